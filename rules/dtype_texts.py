"""``str(x.dtype)``: each framework writes its dtypes in its own way, so that texts are compared as dtypes or names."""

from __future__ import annotations

import libcst as cst

from .base import rule
from .dtype_comparisons import is_array_dtype

_LISTS = (cst.List, cst.Tuple, cst.Set)
_PREFIX = "torch."


@rule(cst.Comparison)
def compared_text(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``str(x.dtype) == "torch.float32"`` -> ``x.dtype == jnp.float32``."""
    dtype = _written(node.left, ctx)
    if dtype is None or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    if isinstance(other.operator, (cst.Equal, cst.NotEqual)):
        comparator = _named(other.comparator, ctx)
    elif isinstance(other.operator, (cst.In, cst.NotIn)) and isinstance(other.comparator, _LISTS):
        named = [_named(element.value, ctx) for element in other.comparator.elements]
        elements = [e.with_changes(value=new) for e, new in zip(other.comparator.elements, named) if new is not None]
        comparator = other.comparator.with_changes(elements=elements) if None not in named else None
    else:
        return None
    if comparator is None:
        return None
    ctx.count("exact")
    return node.with_changes(left=ctx.visit(dtype), comparisons=[other.with_changes(comparator=comparator)])


@rule(cst.Call)
def text_of_dtype(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``str(x.dtype)`` -> ``x.dtype.name`` in TensorFlow; without the name of the framework in PyTorch."""
    dtype = _written(node, ctx)
    if dtype is None or ctx.target.name not in ("tensorflow", "torch"):
        return None
    made = ctx.writer.of_op("name_of_dtype", dtype=dtype)
    if made is not None:
        ctx.count("exact")
    return made


def _written(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The dtype of an array of the source that is written as a text; None for everything else."""
    if ctx.source.name not in ("torch", "jax", "numpy") or not isinstance(node, cst.Call) or len(node.args) != 1:
        return None
    if ctx.name_of(node.func) != "builtins.str" or node.args[0].keyword is not None:
        return None
    return node.args[0].value if is_array_dtype(node.args[0].value, ctx) else None


def _named(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The target's dtype for its name in the source, as the source writes it."""
    if not isinstance(node, cst.SimpleString) or not isinstance(node.evaluated_value, str):
        return None
    name = node.evaluated_value
    if ctx.source.name == "torch":
        return ctx.native_constant(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
    return ctx.native_constant(name)
