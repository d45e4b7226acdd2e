"""``repeat(self.token, "d -> n d")`` -> ``repeat(self.token[...], "d -> n d")``: others know no variables."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule


@rule(cst.Call)
def outside_call(node: cst.Call, ctx) -> cst.Call | None:
    """Give functions of other packages that take arrays of whatever framework the values of variables."""
    known = ctx.source.settings.get("array_functions", ())
    if ctx.target.name not in ("jax", "tensorflow") or ctx.name_of(node.func) not in known:
        return None
    if not any(_is_variable(argument, ctx) for argument in node.args):
        return None
    ctx.count("exact")
    return node.with_changes(func=ctx.visit(node.func), args=[_read(argument, ctx) for argument in node.args])


@rule(cst.Call)
def reading_call(node: cst.Call, ctx) -> None:
    """Give functions of the project that call such functions, and layers in JAX, the values of variables too.

    It only notes what is written for the arguments: the rules for calls of functions and layers go on.
    """
    if ctx.source.name != "torch" or ctx.target.name not in ("jax", "tensorflow"):
        return
    variables = [argument for argument in node.args if _is_variable(argument, ctx)]
    if not variables:
        return
    partial = ctx.name_of(node.func) == "functools.partial"
    function = node.args[0].value if partial else node.func
    layer = ctx.target.name == "jax" and not partial and ctx.infer.is_own_layer(ctx.kind(function))
    if layer or _reads_arrays(ctx.name_of(function), ctx):
        for argument in variables:
            ctx.substitutes[id(argument.value)] = _value(argument.value, ctx)


def _reads_arrays(name: str, ctx, depth: int = 3) -> bool:
    """Whether a function of the project computes by functions of other packages, and changes nothing in place."""
    info = ctx.project.function(name) if name else None
    if info is None or info.changes or any(called.endswith("_") for called in info.constructs):
        return False
    if any(use.endswith("_") or use in ("data", "grad") for param in info.params for use in param.attributes):
        return False
    outside = (ctx.source.settings.get(key, ()) for key in ("array_functions", "packing_functions"))
    if info.constructs & {called for functions in outside for called in functions}:
        return True
    return depth > 0 and any(_reads_arrays(called, ctx, depth - 1) for called in info.constructs - {name})


def _is_variable(argument: cst.Arg, ctx) -> bool:
    kind = ctx.kind(argument.value)
    return isinstance(argument.value, (cst.Name, cst.Attribute)) and kind.tag == "array" and kind.name == "variable"


def _read(argument: cst.Arg, ctx) -> cst.Arg:
    if not _is_variable(argument, ctx):
        return argument.with_changes(value=ctx.visit(argument.value))
    return argument.with_changes(value=_value(argument.value, ctx))


def _value(variable: cst.BaseExpression, ctx) -> cst.BaseExpression:
    """What a variable holds."""
    read = ctx.visit(variable)
    return cst.Attribute(read, cst.Name("value")) if ctx.target.name == "tensorflow" else nodes.whole(read)
