"""``row = x[0]; row += 1`` -> ``row = row + 1; x = x.at[0].set(row)``: writes into a view reach its array."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes


def view_chain(name: str, ctx) -> list[str]:
    """The names from a slice up to the array that it was taken from."""
    chain = [name]
    while chain[-1] in ctx.scope.slices:
        base = ctx.scope.slices[chain[-1]].value
        if base.value in chain:
            break
        chain.append(base.value)
    return chain


def is_slice(node: cst.BaseExpression, ctx) -> bool:
    """Whether a name stands for a slice that can be written back."""
    return isinstance(node, cst.Name) and ctx.scope is not None and node.value in ctx.scope.slices


def chain_hazard(name: str, ctx) -> str:
    """Why writing back is not enough: another view of the array is used later."""
    from .inplace import uses_after

    chain = view_chain(name, ctx)
    views = ctx.scope.views
    for other, root in views.items():
        if root == views.get(name, chain[-1]) and other not in chain and uses_after(other, ctx):
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
    if len(chain) == 1 or not any(uses_after(base, ctx) or _returned(base, ctx) for base in chain[1:]):
        return []
    views = ctx.scope.views
    own = {member: views.pop(member) for member in chain if member in views}  # these see the change
    made = list(written(ctx.scope.slices[name], cst.Name(name), ctx))
    views.update(own)
    return made


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
