"""``self.training`` -> ``not self.deterministic`` (flax.nnx), or ``training`` (Keras), ``is_training`` (haiku)."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import dotted_path
from .base import rule


@rule(cst.Attribute)
def read_mode(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """Reading the mode of a layer."""
    if node.attr.value != "training" or ctx.target.name == "numpy":
        return None
    owner = ctx.kind(node.value)
    is_self = isinstance(node.value, cst.Name) and node.value.value == "self"
    if not is_self and (ctx.infer.is_layer(owner) or owner.tag == "unknown") and (made := _asked(node, owner, ctx)):
        return made
    if not (ctx.infer.is_layer(owner) or is_self):
        return None
    if is_self and ctx.scope is not None and ctx.scope.cls and not ctx.threading.is_module(ctx.scope.cls):
        return None
    if ctx.target.name == "jax":
        ctx.count("exact")
        made = cst.UnaryOperation(
            cst.Not(), cst.Attribute(ctx.visit(node.value), cst.Name("deterministic"))
        )
        return made.with_changes(lpar=node.lpar, rpar=node.rpar)
    mode = ctx.threading.mode
    if not mode:
        return None
    scope = ctx.scope
    if is_self and scope is not None and mode in scope.threaded and mode not in scope.params:
        ctx.count("exact")
        return cst.Name(mode)
    return ctx.refuse(
        node, "torch.nn.Module.training", f"{ctx.target.name} passes the mode as an argument of the call",
        f"pass {mode} to the function that reads it",
    )  # fmt: skip


def _asked(node: cst.Attribute, owner, ctx) -> cst.BaseExpression | None:
    """``module.training`` -> ``is_training(module)``, where the module or its mode is not at hand."""
    known = owner.tag != "unknown"
    if ctx.source.name != "torch" or (known and ctx.target.name == "jax") or "is_training" not in ctx.target.templates:
        return None
    path = dotted_path(node.value)
    if not known and not (path if ctx.target.name == "jax" else isinstance(node.value, cst.Name)):
        return None
    ctx.count("exact")
    return nodes.call(ctx.helper("is_training"), ctx.visit(node.value))


@rule(cst.Assign)
def write_mode(node: cst.Assign, ctx) -> cst.BaseSmallStatement | None:
    """``self.training = flag`` -> ``self.deterministic = not flag``."""
    if ctx.target.name != "jax" or len(node.targets) != 1:
        return None
    target = node.targets[0].target
    if not (isinstance(target, cst.Attribute) and target.attr.value == "training"):
        return None
    if not ctx.infer.is_layer(ctx.kind(target.value)):
        return None
    value = nodes.parenthesized(ctx.visit(node.value))
    if isinstance(value, cst.Name) and value.value in ("True", "False"):
        flag: cst.BaseExpression = cst.Name("False" if value.value == "True" else "True")
    else:
        flag = cst.UnaryOperation(cst.Not(), value)
    new = cst.Attribute(ctx.visit(target.value), cst.Name("deterministic"))
    return node.with_changes(targets=[node.targets[0].with_changes(target=new)], value=flag)
