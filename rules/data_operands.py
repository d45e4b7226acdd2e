"""``preds == labels.data`` -> ``preds == data_of(labels)``, which asks what the value is when it runs."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names
from .base import rule
from .gradient_flow import leaves

# Methods that are called on nothing but arrays.
_OF_ARRAYS = frozenset("clone cpu cuda detach item numpy tolist topk type_as unsqueeze".split())


@rule(cst.Comparison)
def compared_data(node: cst.Comparison, ctx) -> None:
    """``.data`` of a value of unknown kind that is compared with an array."""
    if len(node.comparisons) == 1:
        _as_arrays(node.left, node.comparisons[0].comparator, ctx)


@rule(cst.BinaryOperation)
def combined_data(node: cst.BinaryOperation, ctx) -> None:
    """The same in arithmetic."""
    _as_arrays(node.left, node.right, ctx)


@rule(cst.Call)
def given_data(node: cst.Call, ctx) -> None:
    """The same in what a method of an array is called on or given, or a function: ``pred.eq(target.data)``."""
    func = node.func
    if ctx.source.name != "torch":
        return
    if isinstance(func, cst.Attribute) and func.attr.value in _OF_ARRAYS:
        _as_array(func.value, ctx)
    method = isinstance(func, cst.Attribute) and ctx.kind(func.value).tag == "array"
    entry = None if method else ctx.source.find(ctx.name_of(func))
    if method or entry is not None and not entry.type:
        for arg in node.args:
            _as_array(arg.value, ctx)


@rule(cst.For)
def looped_data(node: cst.For, ctx) -> None:
    """The same in what a loop goes through: ``for image in images.data:``."""
    if ctx.source.name == "torch":
        _as_array(node.iter, ctx)


@rule(cst.Attribute)
def result_data(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``.data`` of what a module gives, or of each of several states: of an array, or of a packed sequence."""
    if ctx.source.name != "torch" or node.attr.value != "data" or id(node) in ctx.places:
        return None
    if ctx.kind(node.value).tag != "unknown" or ctx.kind(node).tag != "unknown":
        return None
    repackaged = isinstance(node.value, cst.Name) and ctx.of_comprehension(node.value.value)
    if not (repackaged or _is_result(node.value, ctx)) or "data_of" not in ctx.target.templates:
        return None
    ctx.count("exact")
    return nodes.call(ctx.helper("data_of"), ctx.visit(node.value))


def _is_result(node: cst.BaseExpression, ctx) -> bool:
    """Whether a value is computed by an operator or a module, or is a name that the function gives nothing else."""
    if isinstance(node, (cst.Comparison, cst.BinaryOperation)):
        return True
    if isinstance(node, cst.Call):
        return ctx.infer.is_layer(ctx.kind(node.func))
    if not isinstance(node, cst.Name) or ctx.scope is not None and node.value in ctx.scope.params:
        return False
    lines = (line for line in leaves(getattr(ctx.enclosing, "body", ())) if node.value in bound_names(line))
    values = [_given(small, node.value) for line in lines for small in getattr(line, "body", ())]
    computed = (cst.Call, cst.Comparison, cst.BinaryOperation)
    return bool(values) and all(isinstance(value, computed) and _is_result(value, ctx) for value in values)


def _given(small: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """The value that a statement gives a name alone."""
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return None
    target = small.targets[0].target
    return small.value if isinstance(target, cst.Name) and target.value == name else None


def _as_arrays(left: cst.BaseExpression, right: cst.BaseExpression, ctx) -> None:
    if ctx.source.name != "torch":
        return
    for side, other in ((left, right), (right, left)):
        if ctx.kind(other).tag == "array":
            _as_array(side, ctx)


def _as_array(node: cst.BaseExpression, ctx) -> None:
    if not isinstance(node, cst.Attribute) or node.attr.value != "data" or "data_of" not in ctx.target.templates:
        return
    held = ctx.kind(node.value)
    if held.tag == "unknown" and ctx.kind(node).tag == "unknown" and id(node) not in ctx.substitutes:
        ctx.substitutes[id(node)] = nodes.call(ctx.helper("data_of"), ctx.visit(node.value))
        ctx.count("exact")
