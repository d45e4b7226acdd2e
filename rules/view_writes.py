"""``row = x[0]; row += 1`` -> ``row = row + 1; x = x.at[0].set(row)``: writes into a view reach its array."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.held import is_part, place_of
from .element_names import may_be_element


def view_chain(name: str, ctx) -> list[str]:
    """The names from a slice up to the array that it was taken from."""
    chain = [name]
    while chain[-1] in ctx.scope.slices:
        slice_ = ctx.scope.slices[chain[-1]]
        if not _is_of_name(slice_, ctx) or slice_.value.value in chain:
            break
        chain.append(slice_.value.value)
    return chain


def _is_of_name(place: cst.BaseExpression, ctx) -> bool:
    """Whether a place is a slice of an array that has a name, and no attribute or item that holds one."""
    of_name = isinstance(place, cst.Subscript) and isinstance(place.value, cst.Name)
    return of_name and ctx.kind(place.value).tag in ("array", "unknown") and not is_held(place, ctx)


def is_held(place: cst.BaseExpression, ctx) -> bool:
    return place_of(place, ctx.infer) is not None


def other_names(place: cst.BaseExpression, ctx, own: Sequence[str] = ()) -> str:
    """A name that is used afterwards and holds what lies in a place, or what the place lies in; '' where none is."""
    from .inplace import uses_after

    for other, held in ctx.scope.slices.items():
        if other in own or not (is_part(place, held) or is_part(held, place)) or not uses_after(other, ctx):
            continue
        if not may_be_element(cst.Name(other), ctx):
            return other
        message = f"if '{other}' is a row of '{nodes.code(place)}', it does not change with it: arrays are immutable"
        ctx.note(place, "S2S203", ctx.array_api("__setitem__"), message, "read the row again")
    return ""


def is_slice(node: cst.BaseExpression, ctx) -> bool:
    """Whether a name stands for a slice, or for what a place holds, that can be written back."""
    return isinstance(node, cst.Name) and ctx.scope is not None and node.value in ctx.scope.slices


def chain_hazard(name: str, ctx) -> str:
    """Why writing back is not enough: another view of the array is used later."""
    from .inplace import uses_after

    chain = view_chain(name, ctx)
    views = ctx.scope.views
    for other, root in views.items():
        if root == views.get(name, chain[-1]) and other not in chain and uses_after(other, ctx):
            return f"'{other}' may share memory with '{name}' and is used afterwards"
    held = ctx.scope.slices.get(chain[-1])
    if isinstance(held, cst.Subscript) and ctx.kind(held.value).tag == "tuple":
        return f"'{nodes.code(held.value)}' is a tuple, and arrays are immutable"
    if held is not None and (other := other_names(held, ctx, chain)):
        return f"'{other}' may share memory with '{name}' and is used afterwards"
    for base in chain[1:]:
        escapes = base in ctx.scope.params and not _returned(base, ctx) and base not in ctx.scope.assigned
        if escapes and not uses_after(base, ctx):
            return f"'{base}' is changed for the caller through '{name}', and arrays are immutable"
    return ""


def _returned(name: str, ctx) -> bool:
    from .changed_arguments import returned_arguments

    return name in returned_arguments(ctx.scope.info, ctx)


def written_back(name: str, ctx) -> list[cst.BaseSmallStatement]:
    """The statements that put a changed slice back where it was taken from, as far up as it is read later."""
    from .indexing import written
    from .inplace import uses_after

    chain = view_chain(name, ctx)
    held = chain[-1] in ctx.scope.slices
    if len(chain) == 1 and held:
        return _held_by(ctx.scope.slices[name], cst.Name(name), ctx)
    if len(chain) == 1 or not held and not any(uses_after(base, ctx) or _returned(base, ctx) for base in chain[1:]):
        return []
    views = ctx.scope.views
    own = {member: views.pop(member) for member in chain if member in views}  # these see the change
    made = list(written(ctx.scope.slices[name], cst.Name(name), ctx))
    views.update(own)
    return made


def _held_by(place: cst.Attribute | cst.Subscript, name: cst.Name, ctx) -> list[cst.BaseSmallStatement]:
    """The statements that give the place a changed array that holds it."""
    from .indexing import written

    if isinstance(place, cst.Subscript) and ctx.kind(place.value).tag == "array":
        return list(written(place, name, ctx))
    ctx.mark_places(place)
    return [cst.Assign([cst.AssignTarget(ctx.visit(place))], name)]


def stored(place: cst.BaseExpression, value: cst.BaseExpression, ctx) -> Sequence[cst.BaseSmallStatement]:
    """The statements that give a place a new array, and the arrays that it is a slice of."""
    from .indexing import written
    from .inplace import view_hazard

    if isinstance(place, cst.Subscript):
        return written(place, value, ctx)
    if not isinstance(place, (cst.Name, cst.Attribute)):
        return ctx.refuse_statement(place, nodes.code(place), "an array that has no name is changed")
    slice_ = is_slice(place, ctx)
    hazard = chain_hazard(place.value, ctx) if slice_ else view_hazard(place, ctx)
    if hazard:
        return ctx.refuse_statement(place, nodes.code(place), hazard)
    made: list[cst.BaseSmallStatement] = [cst.Assign([cst.AssignTarget(ctx.visit(place))], value)]
    return [*made, *written_back(place.value, ctx)] if slice_ else made
