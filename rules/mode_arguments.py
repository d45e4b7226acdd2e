"""The ``training`` argument of generated Keras modules is PyTorch's mode again: ``self.training``."""

from __future__ import annotations

import libcst as cst

from ..s2s.helper_names import helpers_of
from .base import rule


def modeless_parameters(params: cst.Parameters, cls: str, ctx) -> cst.Parameters:
    """The parameters of a method without ``training``."""
    if not _is_generated(cls, ctx) or not any(p.name.value == "training" for p in params.kwonly_params):
        return params
    kept = [p for p in params.kwonly_params if p.name.value != "training"]
    changes: dict[str, object] = {"kwonly_params": kept}
    if kept:
        changes["kwonly_params"] = [*kept[:-1], kept[-1].with_changes(comma=params.kwonly_params[-1].comma)]
    elif isinstance(params.star_arg, cst.ParamStar):
        changes["star_arg"] = cst.MaybeSentinel.DEFAULT
        if params.params and params.star_kwarg is None:
            last = params.params[-1].with_changes(comma=params.kwonly_params[-1].comma)
            changes["params"] = [*params.params[:-1], last]
    return params.with_changes(**changes)


@rule(cst.Name)
def mode_name(node: cst.Name, ctx) -> cst.BaseExpression | None:
    """``training`` -> ``self.training`` where the argument went."""
    if node.value != "training" or ctx.scope is None or not _is_generated(ctx.scope.cls, ctx):
        return None
    ctx.count("exact")
    return cst.Attribute(cst.Name("self"), cst.Name("training"), lpar=node.lpar, rpar=node.rpar)


@rule(cst.Call)
def mode_argument(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``self.attend(x, training=training)`` -> ``self.attend(x)``."""
    if ctx.scope is None or not _is_generated(ctx.scope.cls, ctx):
        return None
    kept = [a for a in node.args if not _passes_mode(a)]
    if len(kept) == len(node.args) or helpers_of(ctx.name_of(node.func)):
        return None
    if kept:
        last = node.args[-1]
        kept[-1] = kept[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return ctx.visit(node.with_changes(args=kept))


@rule(cst.Attribute)
def unreserved_attribute(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``self.name_``, renamed because Keras keeps ``name`` for itself, is ``self.name`` again."""
    plain = node.attr.value[:-1]
    if not node.attr.value.endswith("_") or plain not in ctx.source.reserved or plain in ctx.target.reserved:
        return None
    owner = ctx.kind(node.value)
    if owner.tag != "instance" or not _is_generated(owner.name, ctx):
        return None
    return node.with_changes(value=ctx.visit(node.value), attr=cst.Name(plain))


def _passes_mode(arg: cst.Arg) -> bool:
    named = arg.keyword is not None and arg.keyword.value == "training"
    return named and isinstance(arg.value, cst.Name) and arg.value.value == "training"


def _is_generated(cls: str, ctx) -> bool:
    """Whether a class derives from a module of a generated helper module for Keras, on its way to PyTorch."""
    if ctx.source.name != "tensorflow" or ctx.target.name != "torch" or not cls:
        return False
    return any(helpers_of(base) for base in ctx.project.mro(cls))
