"""flax.nnx classes in other frameworks: keys are not passed on, and the mode is PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.helper_names import helpers_of
from .base import rule


def _leaves_nnx(ctx) -> bool:
    return ctx.source.name == "jax" and ctx.target.name != "jax"


@rule(cst.Call)
def rngs_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``Block(dim, rngs=rngs)`` -> ``Block(dim)``: the target's layers draw from a generator of their own."""
    if not _leaves_nnx(ctx):
        return None
    at = _rngs_position(node, ctx)
    if at is None:
        return None
    args = [arg for i, arg in enumerate(node.args) if i != at]
    if args:
        last = node.args[-1]
        args[-1] = args[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return ctx.visit(node.with_changes(args=args))


def _rngs_position(node: cst.Call, ctx) -> int | None:
    """Where ``rngs`` stands among the arguments of a constructor of a module."""
    inner = node.func.value if isinstance(node.func, cst.Attribute) else None
    is_super = isinstance(inner, cst.Call) and isinstance(inner.func, cst.Name) and inner.func.value == "super"
    name = ctx.name_of(node.func)
    if not (is_super or (name and ctx.infer.is_layer_class(name)) or ctx.kind(node.func).tag in ("class", "unknown")):
        return None
    for index, arg in enumerate(node.args):
        if arg.keyword is not None and arg.keyword.value == "rngs":
            return index
    init = ctx.project.method(name, "__init__") if name else None
    names = [p.name for p in init.params[1:]] if init is not None else []
    if "rngs" not in names:
        return None
    index = names.index("rngs")
    given = node.args[: index + 1]
    plain = len(given) == index + 1 and all(a.keyword is None and not a.star for a in given)
    return index if plain else None


def keyless_parameters(params: cst.Parameters, name: str, ctx) -> cst.Parameters:
    """The parameters of a module's constructor without ``rngs``."""
    if not _leaves_nnx(ctx) or name != "__init__":
        return params
    plain = _without_rngs(params.params)
    keyword = _without_rngs(params.kwonly_params)
    if len(plain) == len(params.params) and len(keyword) == len(params.kwonly_params):
        return params
    changes: dict[str, object] = {"params": plain, "kwonly_params": keyword}
    if not keyword and isinstance(params.star_arg, cst.ParamStar):
        changes["star_arg"] = cst.MaybeSentinel.DEFAULT
        if plain and params.star_kwarg is None:
            changes["params"] = [*plain[:-1], _last(plain[-1], params.kwonly_params[-1])]
    elif not params.kwonly_params and plain and len(plain) < len(params.params):
        changes["params"] = [*plain[:-1], _last(plain[-1], params.params[-1])]
    return params.with_changes(**changes)


def _without_rngs(params: Sequence[cst.Param]) -> list[cst.Param]:
    kept = [p for p in params if p.name.value != "rngs"]
    if kept and len(kept) < len(params):
        kept[-1] = _last(kept[-1], params[-1])
    return kept


def _last(param: cst.Param, model: cst.Param) -> cst.Param:
    """A parameter laid out as the one that was last."""
    return param.with_changes(comma=model.comma, whitespace_after_param=model.whitespace_after_param)


def keyless_class(keywords: Sequence[cst.Arg], ctx) -> list[cst.Arg]:
    """Class keywords without ``pytree=False``, which is for JAX alone."""
    dropped = _leaves_nnx(ctx)
    return [a for a in keywords if not (dropped and a.keyword is not None and a.keyword.value == "pytree")]


@rule(cst.UnaryOperation)
def inference_mode(node: cst.UnaryOperation, ctx) -> cst.BaseExpression | None:
    """``not self.deterministic`` -> ``self.training``."""
    if not isinstance(node.operator, cst.Not) or not _is_mode(node.expression, ctx):
        return None
    ctx.count("exact")
    return _training(node.expression, ctx)


@rule(cst.Attribute)
def mode_attribute(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``self.deterministic`` -> ``not self.training``."""
    if not _is_mode(node, ctx):
        return None
    ctx.count("exact")
    made = cst.UnaryOperation(cst.Not(), _training(node, ctx))
    return made.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


@rule(cst.Assign)
def mode_line(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``deterministic = False`` in the body of a module class is PyTorch's ``training``."""
    if not _leaves_nnx(ctx) or ctx.target.name != "torch" or not ctx.in_class_body:
        return None
    target = node.targets[0].target
    named = isinstance(target, cst.Name) and target.value == "deterministic"
    return [] if named and ctx.threading.is_module(ctx.class_name) else None


@rule(cst.Assign)
def registered_buffer(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``self.mean = Buffer(m)`` -> ``self.register_buffer("mean", m)``."""
    call, target = node.value, node.targets[0].target
    if ctx.target.name != "torch" or len(node.targets) != 1 or not isinstance(target, cst.Attribute):
        return None
    if isinstance(call, cst.Name) and call.value == "None":
        return _registered_none(target, ctx) if _is_buffer(target, ctx) else None
    name = ctx.name_of(call.func) if isinstance(call, cst.Call) else ""
    if name == "flax.nnx.data" and nodes.code(call.args[0].value) == "None":
        return _registered_none(target, ctx)
    if not helpers_of(name) or name.rpartition(".")[2] not in ("Buffer", "optional_buffer"):
        return None
    assert isinstance(call, cst.Call)
    ctx.count("exact")
    key = nodes.positional(cst.SimpleString(f'"{target.attr.value}"'))
    args = [a.with_changes(value=ctx.visit(a.value)) for a in call.args]
    func = cst.Attribute(ctx.visit(target.value), cst.Name("register_buffer"))
    return [cst.Expr(call.with_changes(func=func, args=nodes.spaced([key, *args])))]


def _is_buffer(target: cst.Attribute, ctx) -> bool:
    """Whether the class makes a buffer of the generated helper module of this attribute somewhere."""
    info = ctx.project.class_info(ctx.scope.cls) if ctx.scope is not None and ctx.scope.cls else None
    kinds = info.assigned.get(target.attr.value, ()) if info is not None else ()
    makers = ("Buffer", "optional_buffer")
    return any(k.tag == "result" and helpers_of(k.name) and k.name.rpartition(".")[2] in makers for k in kinds)


def _registered_none(target: cst.Attribute, ctx) -> Sequence[cst.BaseSmallStatement]:
    """A parameter or buffer that is absent: one that is a buffer elsewhere in the class stays one."""
    method = "register_buffer" if _is_buffer(target, ctx) else "register_parameter"
    func = cst.Attribute(ctx.visit(target.value), cst.Name(method))
    key = cst.SimpleString(f'"{target.attr.value}"')
    ctx.count("exact")
    return [cst.Expr(nodes.call(func, key, cst.Name("None")))]


def _is_mode(node: cst.BaseExpression, ctx) -> bool:
    if not _leaves_nnx(ctx) or ctx.target.name != "torch":
        return False
    if not isinstance(node, cst.Attribute) or node.attr.value != "deterministic":
        return False
    return ctx.infer.is_layer(ctx.kind(node.value))


def _training(node: cst.Attribute, ctx) -> cst.Attribute:
    return cst.Attribute(ctx.visit(node.value), cst.Name("training"))
