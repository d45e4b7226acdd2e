"""What ``nnx.Optimizer`` and ``nnx.grad`` are told to train: all parameters, which is what their counterparts do."""

from __future__ import annotations

import libcst as cst

from .base import rule

_OPTIMIZERS = ("flax.nnx.Optimizer", "flax.nnx.ModelAndOptimizer")
_ALL = "flax.nnx.Param"


@rule(cst.Call)
def trained_parameters(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.Optimizer(model, tx, wrt=nnx.Param)`` -> ``Optimizer(model, tx)``."""
    name = ctx.name_of(node.func)
    if ctx.source.name != "jax" or name not in _OPTIMIZERS:
        return None
    if "nnx.Optimizer" in ctx.target.refusals:
        return ctx.refuse(node, name, ctx.target.refusals["nnx.Optimizer"])
    args = [arg for i, arg in enumerate(node.args) if not _says_all(i, arg, ctx)]
    if len(args) == len(node.args):
        return _filtered(node, ctx)
    last = node.args[-1]
    args[-1] = args[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return ctx.visit(node.with_changes(args=args))


def _filtered(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.Optimizer(model, tx, wrt=LoRAParam)`` -> ``FilteredOptimizer(model, tx, wrt=LoRAParam)``."""
    places = [arg.keyword.value if arg.keyword is not None else index for index, arg in enumerate(node.args)]
    if set(places) - {"model", "tx", "wrt", 0, 1, 2} or not {"wrt", 2} & set(places):
        return None
    ctx.count("exact")
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(func=ctx.helper("nnx.FilteredOptimizer"), args=args)


def _says_all(position: int, arg: cst.Arg, ctx) -> bool:
    """Whether an argument is ``wrt=nnx.Param``."""
    is_wrt = arg.keyword.value == "wrt" if arg.keyword is not None else position == 2 and not arg.star
    return is_wrt and ctx.name_of(arg.value) == _ALL


@rule(cst.Call)
def differentiated_argument(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.DiffState(0, nnx.Param)`` -> ``0``."""
    if ctx.source.name != "jax" or ctx.name_of(node.func) != "flax.nnx.DiffState":
        return None
    values = {arg.keyword.value if arg.keyword else place: arg.value for arg, place in zip(node.args, _PLACES)}
    if len(node.args) != 2 or set(values) != set(_PLACES) or ctx.name_of(values["filter"]) != _ALL:
        return None
    ctx.count("exact")
    return ctx.visit(values["argnum"])


_PLACES = ("argnum", "filter")
