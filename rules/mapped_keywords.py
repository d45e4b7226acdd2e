"""``jax.vmap(f)(x)`` -> ``torch.func.vmap(f)(x)``: only PyTorch's hands keyword arguments on as they are.

A mapped function that is not called at once may be given some, so it is a helper that maps them too. What makes objects
of classes may put numbers into them, of which PyTorch maps none.
"""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule

_JAX, _TORCH = "jax.vmap", ("torch.func.vmap", "torch.vmap")
_NAMES = ("fun", "in_axes", "out_axes")


@rule(cst.Call)
def mapped_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A function that is mapped and called in one expression."""
    if not isinstance(node.func, cst.Call):
        return None
    named = any(arg.keyword is not None or arg.star == "**" for arg in node.args)
    maps = _maps(node.func, ctx)
    if maps and named and ctx.source.name == "torch" and ctx.target.name != "torch":
        reason = "keyword arguments are handed on as they are, and mapped elsewhere; bind them with functools.partial"
        return ctx.refuse(node, _TORCH[0], reason)
    if ctx.source.name == "jax" and ctx.target.name == "torch" and not named:
        for inner in reversed(maps):
            made = _native(inner, ctx)
            if made is not None:
                ctx.count("exact")
                ctx.substitutes[id(inner)] = made
    return None


def _maps(node: cst.BaseExpression, ctx) -> list[cst.Call]:
    """The calls of ``vmap`` in ``jit(vmap(vmap(f)))``, the outermost first."""
    found = []
    while isinstance(node, cst.Call) and node.args and node.args[0].keyword is None:
        name = ctx.name_of(node.func)
        entry = ctx.source.find(name)
        if name == _JAX or name in _TORCH:
            found.append(node)
        elif entry is None or not entry.drop:
            break
        node = node.args[0].value
    return found


def _native(node: cst.Call, ctx) -> cst.Call | None:
    """The call of PyTorch's function; None where it takes other arguments."""
    names = [arg.keyword.value if arg.keyword is not None else name for arg, name in zip(node.args, _NAMES)]
    if len(node.args) > 3 or any(arg.star for arg in node.args) or not set(names) <= set(_NAMES):
        return None
    function = ctx.project.function(ctx.name_of(node.args[0].value))
    if function is not None and any(ctx.project.class_info(name) is not None for name in function.constructs):
        return None
    given = dict(zip(names, (arg.value for arg in node.args), strict=True))
    options = {name.replace("axes", "dims"): _axes(value, ctx) for name, value in given.items() if name != "fun"}
    ctx.mapped.add(id(given["fun"]))
    return nodes.call(ctx.native(_TORCH[0]), ctx.visit(given["fun"]), **options)


def _axes(value: cst.BaseExpression, ctx) -> cst.BaseExpression:
    new = ctx.visit(value)
    if not isinstance(new, cst.List):
        return new
    return nodes.tuple_of([e if isinstance(e, cst.StarredElement) else e.value for e in new.elements])
