"""Function definitions: ``forward`` is renamed, decorators that mean nothing go, threaded arguments come."""

from __future__ import annotations

from typing import Any

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import UNKNOWN
from ..s2s.rewrite import Scope
from ..s2s.symbolic import makes_models
from ..s2s.tables import Entry
from .abstract_methods import means_nothing
from .base import rule
from .changed_arguments import returned_arguments, with_returned
from .jit_boundary import boundary
from .mode_arguments import modeless_parameters
from .nnx_modules import keyless_parameters
from .nnx_variables import initialised_body, rebinds
from .own_call import keeps_forward
from .partials import partial_of
from .variables import called_as_forward


@rule(cst.Annotation)
def annotation(node: cst.Annotation, ctx) -> cst.Annotation:
    """Types in annotations."""
    return ctx.visit_annotation(node)


@rule(cst.FunctionDef)
def function_definition(node: cst.FunctionDef, ctx) -> cst.FunctionDef:
    """Rewrite a function in a scope of its own."""
    method = bool(ctx.class_name) and ctx.in_class_body
    cls = ctx.class_name if method else ""
    info = ctx.project.function(ctx.qualified(node.name.value))
    is_layer = bool(cls) and ctx.threading.is_module(cls)
    is_forward = is_layer and node.name.value == ctx.source.settings.get("forward")
    if is_layer:
        own = node.params
        rebound = "rngs" in ctx.module.bound and rebinds(node.body, "rngs")
        keyless = own if rebound else keyless_parameters(own, node.name.value, ctx)
        kept = modeless_parameters(keyless, cls, ctx)
        if kept is not own:
            node = node.with_changes(params=kept)
    head = _head(node, ctx)
    scope = Scope(
        name=ctx.qualified(node.name.value),
        info=info,
        cls=cls or (ctx.scope.cls if ctx.scope else ""),
        is_forward=is_forward
        or (is_layer and node.name.value.startswith("forward"))
        or (bool(cls) and node.name.value in ("forward", "backward") and ctx.infer.is_differentiable_function(cls)),
        threaded=_threaded(node.name.value, cls, ctx),
        params=frozenset(p.name for p in info.params) if info else frozenset(),
        arguments=frozenset() if _shares_variables(node, ctx) else _names(node.params),
        body=node.body,
        symbolic=_puts_models_together(node, ctx),
    )
    names = ctx.infer.function_scope(info, method and bool(cls), scope.is_forward)
    if node.name.value == "__init__" and cls:
        names.setdefault("self", names.get("self"))
    if cls and info is not None and info.params and ctx.infer.is_differentiable_function(cls):
        first = int(any(name.endswith("classmethod") for name in info.decorators))
        names.update({param.name: UNKNOWN for param in info.params[first : first + 1]})  # the context is no array
    with ctx.function_scope(scope, names):
        body = ctx._suite(node.body)
    returned = returned_arguments(info, ctx)
    if returned:
        body = with_returned(body, returned)
        changed = " and ".join(map(repr, returned))
        message = f"the caller's {changed} cannot be changed and is returned"
        ctx.note(node, "S2S203", scope.name, message, "use the returned value")
    changes: dict[str, object] = dict(head)
    if body is not node.body:
        changes["body"] = body
    renamed = is_forward and not keeps_forward(cls, ctx)
    if renamed or called_as_forward(node.name.value, cls if method else "", ctx):
        changes["name"] = cst.Name(ctx.forward_name)
        if ctx.names_calls and any(_is_own(decorator, ctx) for decorator in node.decorators):
            named = nodes.call(ctx.helper("named"), cst.SimpleString(f'"{node.name.value}"'))
            changes["decorators"] = [*head.get("decorators", node.decorators), cst.Decorator(named)]
    params = changes.get("params", node.params)
    if is_layer:
        initialised = initialised_body(node, body, cls, ctx)
        if initialised is not body:
            changes["body"] = initialised
    new_params = _with_threaded(params, scope.threaded, method and bool(cls), node, ctx)
    if new_params is not params:
        changes["params"] = new_params
    if not method:
        ctx.infer.bind(
            node.name.value, ctx.infer.kind(cst.Name(node.name.value)) if not ctx.scopes else _ref(scope.name)
        )
    return node.with_changes(**changes) if changes else node


def _puts_models_together(node: cst.FunctionDef, ctx) -> bool:
    """Whether symbolic tensors of Keras may reach the calls of a function, which the target's functions do not take."""
    if not ctx.target.settings.get("on_symbols") or ctx.source.name != "tensorflow":
        return False
    return (ctx.scope is not None and ctx.scope.symbolic) or makes_models(node, ctx.name_of, ctx.source)


def _ref(name: str):
    from ..s2s.kinds import ref

    return ref(name)


def _names(params: cst.Parameters) -> frozenset[str]:
    return frozenset(param.name.value for param in [*params.params, *params.kwonly_params])


def _shares_variables(node: cst.FunctionDef, ctx) -> bool:
    """Whether a function is compiled by ``nnx.jit``, which changes variables for the caller too."""
    calls = [decorator.decorator for decorator in node.decorators]
    names = [call.args[0].value for call in calls if isinstance(call, cst.Call) and call.args]
    names += [call.func if isinstance(call, cst.Call) else call for call in calls]
    return any(ctx.name_of(name) == "flax.nnx.jit" for name in names)


def _head(node: cst.FunctionDef, ctx) -> dict[str, Any]:
    """Decorators, parameters and return annotation, rewritten in the enclosing scope."""
    changes: dict[str, Any] = {}
    decorators = []
    for decorator in node.decorators:
        new = None if means_nothing(decorator, ctx) else rewritten_decorator(decorator, ctx)
        if new is not None:
            decorators.append(new)
    if len(decorators) != len(node.decorators) or any(
        a is not b for a, b in zip(decorators, node.decorators, strict=True)
    ):
        changes["decorators"] = decorators
        if not decorators and node.decorators:
            changes["leading_lines"] = [*node.leading_lines, *node.lines_after_decorators]
            changes["lines_after_decorators"] = []
    params = ctx.visit(node.params)
    if params is not node.params:
        changes["params"] = params
    if node.returns is not None:
        returns = ctx.visit_annotation(node.returns)
        if returns is not node.returns:
            changes["returns"] = returns
    return changes


def _is_own(decorator: cst.Decorator, ctx) -> bool:
    """Whether a decorator is the project's, which may look at the name of what it is given."""
    call = decorator.decorator
    name = ctx.name_of(call.func if isinstance(call, cst.Call) else call)
    return bool(name) and ctx.project.owns(name)


# What gives a function a gradient of its own.
_CUSTOM = ("defvjp", "defjvp", "defjvps")


def takes_rules(ctx) -> bool:
    """Whether the target has functions that ``defjvp`` and ``defvjp`` give derivatives, or the source has none."""
    return ctx.source.name != "jax" or "custom_vjp" in ctx.target.templates or "custom_vjp" in ctx.target.writes


def rewritten_decorator(decorator: cst.Decorator, ctx) -> cst.Decorator | None:
    """A decorator without the source framework; None when it has no effect in the target."""
    expr = decorator.decorator
    func = expr.func if isinstance(expr, cst.Call) else expr
    bound = partial_of(expr, ctx)
    if bound is not None and bound.drop:
        ctx.count(bound.grade)
        return _at_boundary(decorator, bound, ctx)
    name = ctx.name_of(func)
    if bound is not None and bound.refuse and isinstance(expr, cst.Call):
        return _refusing(decorator, expr.args[0].value, bound.native, bound.refuse, ctx)
    if not takes_rules(ctx) and isinstance(func, cst.Attribute) and func.attr.value in _CUSTOM:
        return _refusing(decorator, func, f"jax.{func.attr.value}", "a gradient of one's own has no counterpart", ctx)
    if name and ctx.foreign(name):
        entry = ctx.source.find(name)
        if entry is not None and entry.refuse:
            return _refusing(decorator, func, name, entry.refuse, ctx)
        if entry is not None and (entry.drop or entry.context == "drop"):
            ctx.count(entry.grade)
            return _at_boundary(decorator, entry, ctx)
        called = isinstance(expr, cst.Call) and not ctx.scopes
        if entry is None and ctx.source.settings.get("transforms"):
            return _refusing(decorator, func, name, f"the decorator has no {ctx.target.name} counterpart", ctx)
        if entry is None or called and not ctx.source.settings.get("transforms"):
            ctx.refuse(func, name, f"the decorator has no {ctx.target.name} counterpart", "it was removed")
            return None
    return _kept(decorator, ctx)


def _at_boundary(decorator: cst.Decorator, entry: Entry, ctx) -> cst.Decorator | None:
    """What stands in the place of a decorator that has no effect but on arguments; None for nothing."""
    made = boundary(entry, ctx)
    return None if made is None else decorator.with_changes(decorator=made)


def _kept(decorator: cst.Decorator, ctx) -> cst.Decorator:
    new = ctx.visit(decorator.decorator)
    return decorator if new is decorator.decorator else decorator.with_changes(decorator=new)


def _refusing(decorator: cst.Decorator, func: cst.BaseExpression, name: str, reason: str, ctx) -> cst.Decorator:
    """A decorator that makes a stub of the function: without it the function would be another, in silence."""
    stub = ctx.refuse(func, name, reason)
    parameters = cst.Parameters([cst.Param(cst.Name("function"))])
    made = cst.Lambda(parameters, stub, whitespace_after_lambda=cst.SimpleWhitespace(" "))
    return decorator.with_changes(decorator=nodes.parenthesized(made))


@rule(cst.Expr)
def custom_gradient(node: cst.Expr, ctx) -> list[cst.BaseSmallStatement] | None:
    """``f.defvjp(forward, backward)`` goes with the decorator that is refused."""
    call = node.value
    if takes_rules(ctx) or not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    if call.func.attr.value not in _CUSTOM or ctx.kind(call.func.value).tag != "ref":
        return None
    ctx.count("refused")
    reason = "a gradient of one's own has no counterpart here"
    ctx.note(node, "S2S100", f"jax.{call.func.attr.value}", reason, "write it for the target by hand", grade="refused")
    return []


def _threaded(name: str, cls: str, ctx) -> frozenset[str]:
    """The arguments that this method takes on top of the source's."""
    threading = ctx.threading
    if not cls:
        return ctx.scope.threaded if ctx.scope is not None else frozenset()
    if not threading.is_module(cls):
        return frozenset()
    if threading.keys and name == "__init__" and threading.constructor_takes_rngs(cls):
        return frozenset((threading.keys,))
    if threading.mode and name != "__init__" and threading.training_method(cls, name):
        return frozenset((threading.mode,))
    return frozenset()


def _with_threaded(
    params: cst.Parameters, threaded: frozenset[str], method: bool, node: cst.FunctionDef, ctx
) -> cst.Parameters:
    if not method:
        return params
    for name in sorted(threaded):
        if any(p.name.value == name for p in [*params.params, *params.kwonly_params]):
            continue
        param = cst.Param(
            cst.Name(name),
            annotation=_type(name, ctx),
            default=cst.Name("None"),
            equal=cst.AssignEqual(cst.SimpleWhitespace(" "), cst.SimpleWhitespace(" ")),
        )
        params = _keyword_only(params, param)
    return params


def _type(name: str, ctx) -> cst.Annotation:
    if name == "rngs":
        rngs = ctx.native("flax.nnx.Rngs")
        union = cst.BinaryOperation(rngs, cst.BitOr(), cst.Name("None"))
        return cst.Annotation(union)
    return cst.Annotation(cst.BinaryOperation(cst.Name("bool"), cst.BitOr(), cst.Name("None")))


def _keyword_only(params: cst.Parameters, param: cst.Param) -> cst.Parameters:
    """The parameters with one more that is keyword-only, laid out as the others are."""
    between = _separator(params)
    star = params.star_arg
    if params.kwonly_params:
        last = params.kwonly_params[-1]
        if params.star_kwarg is not None:
            return params.with_changes(kwonly_params=[*params.kwonly_params, param.with_changes(comma=between)])
        kwonly = [*params.kwonly_params[:-1], last.with_changes(comma=between), _ending(param, last)]
        return params.with_changes(kwonly_params=kwonly)
    if isinstance(star, cst.Param):
        if params.star_kwarg is not None:
            return params.with_changes(kwonly_params=[param.with_changes(comma=between)])
        return params.with_changes(star_arg=star.with_changes(comma=between), kwonly_params=[_ending(param, star)])
    new_star = cst.ParamStar(comma=between)
    if params.star_kwarg is not None:
        return params.with_changes(star_arg=new_star, kwonly_params=[param.with_changes(comma=between)])
    if not params.params:
        return params.with_changes(star_arg=new_star, kwonly_params=[param])
    last = params.params[-1]
    kept = [*params.params[:-1], last.with_changes(comma=between, whitespace_after_param=cst.SimpleWhitespace(""))]
    return params.with_changes(params=kept, star_arg=new_star, kwonly_params=[_ending(param, last)])


def _separator(params: cst.Parameters) -> cst.Comma:
    """A comma like those between the parameters that are there."""
    every = [*params.params, *params.kwonly_params]
    for param in every[1:-1] or every[:-1]:
        if isinstance(param.comma, cst.Comma):
            after = param.comma.whitespace_after
            if isinstance(after, cst.ParenthesizedWhitespace):
                plain = after.with_changes(
                    first_line=after.first_line.with_changes(
                        comment=None, whitespace=cst.SimpleWhitespace("")
                    ),
                    empty_lines=[],
                )
                return param.comma.with_changes(whitespace_after=plain)
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _ending(param: cst.Param, last: cst.Param) -> cst.Param:
    comma = last.comma
    if isinstance(comma, cst.Comma) and isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace):
        after = comma.whitespace_after
        return param.with_changes(comma=cst.Comma(whitespace_after=after))
    return param.with_changes(comma=comma, whitespace_after_param=last.whitespace_after_param)
