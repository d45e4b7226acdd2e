"""``x.at[i].set(v)``: functional updates of JAX arrays, on arrays that change in place or have no such property."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.helper_names import helpers_of
from ..s2s.kinds import SEQUENCES
from ..s2s.reading import names_read
from .base import rule
from .indexing import index_value, is_basic

_HELPERS = {
    "set": "at_set",
    "add": "at_add",
    "subtract": "at_subtract",
    "multiply": "at_multiply",
    "mul": "at_multiply",
    "divide": "at_divide",
    "power": "at_power",
    "min": "at_min",
    "max": "at_max",
    "apply": "at_apply",
}
_ASSIGNMENTS = {
    "add": cst.AddAssign,
    "multiply": cst.MultiplyAssign,
    "mul": cst.MultiplyAssign,
    "divide": cst.DivideAssign,
    "power": cst.PowerAssign,
}
_IGNORED = ("indices_are_sorted", "unique_indices")
_USUAL_MODES = ("drop", "promise_in_bounds")
"""What updates do with indices outside if nothing is said, and what is said of those that are inside."""


@rule(cst.Assign)
def update_statement(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``y = x.at[i].set(v)`` -> ``y = x.clone(); y[i] = v`` where arrays change in place."""
    parts = _parts(node.value, ctx)
    if parts is None or not ctx.target.settings.get("mutable_arrays") or len(node.targets) != 1:
        return None
    array, subscript, method = parts
    target = node.targets[0].target
    if not isinstance(target, cst.Name) or not isinstance(array, (cst.Name, cst.Attribute)):
        return None
    # Repeated positions of an index array accumulate in JAX and count once in an augmented assignment.
    if method != "set" and (method not in _ASSIGNMENTS or not all(is_basic(e, ctx) for e in subscript.slice)):
        return None
    assert isinstance(node.value, cst.Call)
    given = _arguments(node.value)
    if len(given) != 1 or given[0].keyword is not None or given[0].star:
        return None
    value = given[0].value
    same = isinstance(array, cst.Name) and array.value == target.value
    read = names_read(value).union(*(names_read(element) for element in subscript.slice))
    if not same and target.value in read:
        return None
    ctx.count("exact")
    if ctx.kind(value).tag in SEQUENCES and id(value) not in ctx.substitutes:
        ctx.substitutes[id(value)] = ctx.writer.as_array(value) or ctx.visit(value)
    method_name = cst.Name(ctx.target.settings["copy_method"])
    copied = cst.Call(cst.Attribute(ctx.visit(array), method_name))
    new = [ctx.visit(element) for element in subscript.slice]
    place = subscript.with_changes(value=cst.Name(target.value), slice=new)
    if method == "set":
        changed: cst.BaseSmallStatement = cst.Assign([cst.AssignTarget(place)], nodes.one_statement(ctx.visit(value)))
    else:
        changed = cst.AugAssign(place, _ASSIGNMENTS[method](), nodes.one_statement(ctx.visit(value)))
    return [cst.Assign([cst.AssignTarget(cst.Name(target.value))], copied), changed]


@rule(cst.Call)
def update_expression(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``x.at[i].add(v)`` -> ``at_add(x, i, v)``."""
    parts = _parts(node, ctx)
    if parts is None or ctx.target.settings.get("at_updates"):
        return None
    array, subscript, method = parts
    api = ctx.array_api("at")
    rest = _arguments(node)
    if method == "get" and not rest:
        return ctx.visit(cst.Subscript(array, subscript.slice))
    helper = _HELPERS.get(method)
    if helper is None or len(rest) != 1 or rest[0].keyword is not None or rest[0].star:
        return ctx.refuse(node, api, f"'{method}' with these arguments has no counterpart")
    given = rest[0].value
    value = (ctx.writer.as_array(given) if ctx.kind(given).tag in SEQUENCES else None) or ctx.visit(given)
    ctx.count("exact")
    return nodes.call(ctx.helper(helper), ctx.visit(array), index_value(subscript, ctx), value)


@rule(cst.Call)
def generated_update(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``setitem(x, key, v)`` of a generated module makes a new array: it must not change ``x`` where arrays can."""
    name = ctx.name_of(node.func)
    if not helpers_of(name) or name.rpartition(".")[2] != "setitem":
        return None
    if ctx.source.settings.get("mutable_arrays") or not ctx.target.settings.get("mutable_arrays"):
        return None
    ctx.count("exact")
    args = [a.with_changes(value=ctx.visit(a.value)) for a in node.args]
    return node.with_changes(func=ctx.helper("at_set"), args=args)


def _arguments(node: cst.Call) -> list[cst.Arg]:
    """The arguments of an update that say more than how it may be compiled."""
    return [a for a in node.args if a.keyword is None or not (a.keyword.value in _IGNORED or _is_usual_mode(a))]


def _is_usual_mode(arg: cst.Arg) -> bool:
    assert arg.keyword is not None
    text = arg.value.evaluated_value if isinstance(arg.value, cst.SimpleString) else None
    return arg.keyword.value == "mode" and text in _USUAL_MODES


def _parts(node: cst.BaseExpression, ctx) -> tuple[cst.BaseExpression, cst.Subscript, str] | None:
    """``x``, ``x.at[i]`` and ``"set"`` of ``x.at[i].set(v)``."""
    if ctx.source.name != "jax" or not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    subscript = node.func.value
    if not isinstance(subscript, cst.Subscript) or not isinstance(subscript.value, cst.Attribute):
        return None
    owner = subscript.value
    if owner.attr.value != "at" or ctx.kind(owner.value).tag not in ("array", "unknown"):
        return None
    return owner.value, subscript, node.func.attr.value
