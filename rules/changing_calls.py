"""``np.add.at(x, i, v)``, ``x.fill(0)``, ``x.sort()``: NumPy calls that change an array in place."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.lift import Bound, Refused
from ..s2s.tables import Entry
from .base import rule
from .indexing import written

# What is called: the op whose result the array becomes, and the op's arguments in the order of the call.
_FUNCTIONS = {
    "numpy.add.at": ("add_at", ("x", "index", "values")),
    "numpy.subtract.at": ("subtract_at", ("x", "index", "values")),
    "numpy.maximum.at": ("maximum_at", ("x", "index", "values")),
    "numpy.minimum.at": ("minimum_at", ("x", "index", "values")),
    "numpy.multiply.at": ("multiply_at", ("x", "index", "values")),
    "numpy.fill_diagonal": ("fill_diagonal", ("x", "value")),
    "numpy.put": ("put", ("x", "index", "source")),
    "numpy.random.shuffle": ("permutation", ("rows",)),
}
_METHODS = {"sort": ("sort", ("x", "axis")), "put": ("put", ("x", "index", "source"))}


@rule(cst.Expr)
def changing_statement(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """A statement that changes an array and gives nothing back."""
    call = node.value
    if (
        ctx.source.name != "numpy"
        or not isinstance(call, cst.Call)
        or not isinstance(call.func, cst.Attribute)
    ):
        return None
    name = ctx.name_of(call.func)
    if name == "numpy.copyto" and len(call.args) == 2:
        return _filled(call.args[0].value, call.args[1].value, ctx)
    if name in ("numpy.putmask", "numpy.place") and len(call.args) == 3:
        return _masked(call, name, ctx)
    if name in _FUNCTIONS:
        op, names = _FUNCTIONS[name]
        return _changed(call, name, op, names, [a.value for a in call.args if a.keyword is None], ctx)
    return None if name else _method(call, ctx)


def _method(call: cst.Call, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x.fill(v)``, ``x.sort()`` on an array."""
    owner, method = call.func.value, call.func.attr.value
    if method == "sort" and ctx.kind(owner).tag == "unknown" and _sorts_perhaps(call, ctx):
        ctx.count("exact")
        args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in call.args]
        return [cst.Expr(cst.Call(ctx.helper("sort_in_place"), nodes.spaced([cst.Arg(ctx.visit(owner)), *args])))]
    if ctx.kind(owner).tag != "array":
        return None
    if method == "fill" and len(call.args) == 1:
        return _filled(owner, call.args[0].value, ctx)
    if method not in _METHODS:
        return None
    op, names = _METHODS[method]
    given = [a.value for a in call.args if a.keyword is None or a.keyword.value == "axis"]
    return _changed(call, ctx.array_api(method), op, names, [owner, *given], ctx)


def _sorts_perhaps(call: cst.Call, ctx) -> bool:
    """Whether a list or an array of the target may be sorted, whose method of this name gives a sorted copy."""
    if ctx.infer.project.methods_named.get("sort"):
        return False  # a method of the project's own
    plain = all(not arg.star and (arg.keyword is None or arg.keyword.value == "axis") for arg in call.args)
    return plain and len(call.args) < 2 and ctx.target.language in ("torch", "jax")


def _filled(place: cst.BaseExpression, value: cst.BaseExpression, ctx) -> Sequence[cst.BaseSmallStatement]:
    """``place[...] = value``."""
    whole = nodes.whole(place)
    if ctx.target.settings.get("mutable_arrays"):
        ctx.count("exact")
    return written(whole, ctx.visit(value), ctx)


def _masked(call: cst.Call, name: str, ctx) -> Sequence[cst.BaseSmallStatement]:
    """``np.putmask(x, mask, 0)`` -> ``x[mask] = 0``."""
    place, mask, value = (arg.value for arg in call.args)
    if ctx.kind(value).tag not in ("int", "float", "bool"):
        return ctx.refuse_statement(call, name, "only a number is put at the places of a mask")
    return written(cst.Subscript(place, [cst.SubscriptElement(cst.Index(mask))]), ctx.visit(value), ctx)


def _changed(
    call: cst.Call, api: str, op: str, names: tuple[str, ...], given: list[cst.BaseExpression], ctx
) -> Sequence[cst.BaseSmallStatement]:
    """The array gets the op's result."""
    if len(given) > len(names) or any(arg.star for arg in call.args):
        return ctx.refuse_statement(call, api, "these arguments are not converted")
    place = given[0]
    bound = Bound(Entry(api, op=op), dict(zip(names, given)))
    spelled = ctx.writer.spell(bound)
    if isinstance(spelled, Refused):
        return ctx.refuse_statement(call, api, spelled.reason)
    whole = nodes.whole(place)
    if ctx.target.settings.get("mutable_arrays"):
        ctx.count("exact")
        return [cst.Assign([cst.AssignTarget(ctx.descend(whole))], spelled.node)]
    if isinstance(place, cst.Name):
        return rebound(place, spelled.node, ctx) or written(whole, spelled.node, ctx)
    return written(whole, spelled.node, ctx)


def rebound(place: cst.Name, value: cst.BaseExpression, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x = value`` where nothing else sees the array."""
    from .indexing import only_changed
    from .inplace import view_hazard

    if view_hazard(place, ctx) or only_changed(place.value, ctx):
        return None
    ctx.count("exact")
    return [cst.Assign([cst.AssignTarget(ctx.visit(place))], value)]
