"""Optimizers of the project: ``p.grad`` -> ``self.gradient(p)``, ``self.state[p]`` -> ``self.state_of(p)``.

Parameters, gradients and what is kept of them are variables, so that several names are those of one array.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import dotted_path
from ..s2s.kinds import Kind, instance
from ..s2s.nodes import code
from ..s2s.walk import below
from .base import rule
from .indexing import operation

_REASON = "the update rule reads gradients from parameters and changes both in place"
_HINT = "write it as the methods new_state and new_value of the generated Optimizer class"
_BASE = "WrittenOptimizer"


@rule(cst.FunctionDef)
def custom_step(node: cst.FunctionDef, ctx) -> cst.FunctionDef | None:
    """``def step(self, closure=None)`` of an optimizer of the project: refused where the base is not the plain one."""
    if node.name.value != "step" or not ctx.in_class_body or ctx.target.name == ctx.source.name:
        return None
    if not ctx.infer.is_object(instance(ctx.class_name), "optimizers") or _is_written(ctx.class_name, ctx):
        return None
    ctx.count("refused")
    ctx.note(node.name, "S2S100", "torch.optim.Optimizer.step", _REASON, _HINT, grade="refused")
    message = cst.SimpleString(repr(f"{ctx.class_name}.step: {_REASON}: {_HINT}"))
    raised = cst.Raise(cst.Call(cst.Name("NotImplementedError"), [cst.Arg(message)]))
    todo = cst.EmptyLine(comment=cst.Comment(f"# TODO(ivy-s2s): {_REASON}"))
    line = cst.SimpleStatementLine([raised], leading_lines=[todo])
    return node.with_changes(body=cst.IndentedBlock([line]), decorators=[])


def written_base(node: cst.BaseExpression, cls: cst.ClassDef, ctx) -> cst.BaseExpression | None:
    """The base of a class that derives from the framework's base of optimizers."""
    name = ctx.name_of(node)
    entry = ctx.source.find(name) if name else None
    if entry is None or entry.op != "Optimizer" or not _is_written(ctx.qualified(cls.name.value), ctx):
        return None
    ctx.count("exact")
    return ctx.helper(_BASE)


def _is_written(name: str, ctx) -> bool:
    """Whether a class is an optimizer with a step of its own that the helpers' base can run."""
    if _BASE not in ctx.target.templates or not name or not ctx.infer.is_written_optimizer(instance(name)):
        return False
    short = name.rpartition(".")[2]
    cls = next((node for node in ctx.top if isinstance(node, cst.ClassDef) and node.name.value == short), None)
    made = [each for each in below(cls) if isinstance(each, cst.FunctionDef)] if cls is not None else []
    made = [each for each in made if each.name.value == "__init__"]
    return all(any(dotted_path(call.func) == "super" for call in _calls(each)) for each in made)


_SETTINGS = ("__init__", "add_param_group", "load_state_dict", "state_dict", "step", "zero_grad")


def is_own_step(method: str, kind: Kind, ctx) -> bool:
    """Whether a method of an optimizer of the project, such as ``first_step``, may take the gradients."""
    own = method not in _SETTINGS and ctx.infer.is_written_optimizer(kind)
    return own and ctx.project.method(kind.name, method) is not None


def _calls(node: cst.CSTNode) -> list[cst.Call]:
    return [each for each in below(node) if isinstance(each, cst.Call)]


def _own_name(ctx) -> str:
    """What the methods of such an optimizer call it; '' elsewhere."""
    scope = ctx.scope
    if scope is None or not scope.cls or scope.info is None or not scope.info.params:
        return ""
    return scope.info.params[0].name if _is_written(scope.cls, ctx) else ""


def is_held_variable(node: cst.BaseExpression, ctx) -> bool:
    """Whether a name or item in such an optimizer is a parameter, a gradient or what is kept of one."""
    is_place = isinstance(node, (cst.Name, cst.Subscript)) or code(node).endswith(".grad")
    return is_place and _is_parameter(node, ctx) and bool(_own_name(ctx))


def may_be_held(node: cst.BaseExpression, ctx) -> bool:
    """Whether a name in such an optimizer is given what may be a variable: ``d_p = buf``, ``d_p = p.grad``."""
    if not isinstance(node, cst.Name) or not _own_name(ctx):
        return False
    given = (each for each in below(ctx.enclosing) if isinstance(each, cst.Assign))
    places = (cst.Name, cst.Attribute, cst.Subscript)
    return any(
        isinstance(target.target, cst.Name) and target.target.value == node.value and isinstance(each.value, places)
        for each in given
        for target in each.targets
    )


def variable_stored(
    place: cst.BaseExpression, value: cst.BaseExpression, ctx, casts: bool
) -> list[cst.BaseSmallStatement]:
    """``exp_avg[...] = value`` or ``exp_avg.assign(value)``; ``casts`` where shape or dtype may differ."""
    target = ctx.visit(place)
    if casts:
        return [cst.Expr(nodes.call(ctx.helper("assign"), target, value))]
    value = nodes.bare(value)
    if ctx.target.name == "tensorflow":
        return [cst.Expr(nodes.call(cst.Attribute(target, cst.Name("assign")), value))]
    return [cst.Assign([cst.AssignTarget(nodes.whole(target))], value)]


def shared_cast(node: cst.BaseExpression, ctx) -> str:
    """Why a change of a name is not seen in the parameter whose memory it may share, '' where it need not be."""
    if not isinstance(node, cst.Name) or not _own_name(ctx):
        return ""
    copied = [call for call in _calls(ctx.enclosing) if code(call.func).endswith(".copy_")]
    if any(call.args and code(call.args[0].value) == node.value for call in copied):
        return ""
    for each in below(ctx.enclosing):
        if not isinstance(each, cst.Assign) or code(each.targets[0].target) != node.value:
            continue
        value = each.value
        while isinstance(value, cst.Call) and nodes.calls_method(value, *_SHARING):
            value = cst.ensure_type(value.func, cst.Attribute).value
            plain = value.value if isinstance(value, cst.Attribute) and value.attr.value == "data" else value
            if _is_parameter(plain, ctx):
                return f"'{node.value}' may share memory with '{code(value)}', which is not copied from it"
    return ""


_SHARING = ("float", "to", "type_as", "type", "contiguous", "view", "reshape", "flatten", "detach")


def _is_parameter(node: cst.BaseExpression, ctx) -> bool:
    return ctx.kind(node).tag == "array" and ctx.kind(node).name == "variable"


def _of_self(ctx, method: str, *args: cst.BaseExpression) -> cst.Call:
    ctx.count("exact")
    return nodes.call(cst.Attribute(cst.Name(_own_name(ctx)), cst.Name(method)), *args)


@rule(cst.Attribute)
def gradient_of_parameter(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``p.grad`` -> ``self.gradient(p)``."""
    if node.attr.value == "data" and isinstance(node.value, cst.Attribute) and node.value.attr.value == "grad":
        return gradient_of_parameter(node.value, ctx)
    if node.attr.value != "grad" or not _is_parameter(node.value, ctx) or not _own_name(ctx):
        return None
    return _of_self(ctx, "gradient", ctx.visit(node.value))


@rule(cst.Attribute)
def data_of_parameter(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``p.data`` -> ``p``: gradients are not taken in a step."""
    if node.attr.value != "data" or not _is_parameter(node.value, ctx) or not _own_name(ctx):
        return None
    ctx.count("exact")
    return ctx.visit(node.value)


@rule(cst.AugAssign)
def changed_variable(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``exp_avg *= beta`` -> ``exp_avg[...] = exp_avg * beta``."""
    place = node.target
    if isinstance(place, cst.Attribute) and place.attr.value == "data":
        place = place.value
    if not is_held_variable(place, ctx):
        return None
    ctx.count("exact")
    return variable_stored(place, operation(node, ctx.visit(place), ctx.visit(node.value)), ctx, casts=False)


@rule(cst.Subscript)
def state_of_parameter(node: cst.Subscript, ctx) -> cst.BaseExpression | None:
    """``self.state[p]`` -> ``self.state_of(p)``."""
    if ctx.kind(node.value).tag != "states" or len(node.slice) != 1 or not _own_name(ctx):
        return None
    index = node.slice[0].slice
    return _of_self(ctx, "state_of", ctx.visit(index.value)) if isinstance(index, cst.Index) else None


@rule(cst.Call)
def step_of_another(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``self.base_optimizer.step()`` -> ``self.base_optimizer.apply(self.held_gradients())``."""
    own = _own_name(ctx) if isinstance(node.func, cst.Attribute) and node.func.attr.value == "step" else ""
    if not own or node.args or not dotted_path(node.func.value).startswith(f"{own}."):
        return None
    held = _of_self(ctx, "held_gradients")
    return nodes.call(cst.Attribute(ctx.visit(node.func.value), cst.Name("apply")), held)


@rule(cst.Assign)
def kept_of_parameter(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``buf = state["x"] = v`` -> ``state["x"] = v`` and ``buf = state["x"]``; ``p.grad = g`` is a call too."""
    targets = [target.target for target in node.targets]
    if len(targets) == 1 and isinstance(targets[0], cst.Attribute) and targets[0].attr.value == "grad":
        if not _is_parameter(targets[0].value, ctx) or not _own_name(ctx):
            return None
        value = ctx.visit(node.value)
        return [cst.Expr(_of_self(ctx, "set_gradient", ctx.visit(targets[0].value), value))]
    kept = [each for each in targets if isinstance(each, cst.Subscript) and ctx.kind(each.value).tag == "record"]
    if not kept or not _own_name(ctx):
        return None
    value = node.value
    if isinstance(value, cst.Attribute) and value.attr.value == "data":
        value = value.value
    if _is_parameter(value, ctx) and not isinstance(value, cst.Call):
        reason = "what is kept would share memory with a parameter or gradient"
        return ctx.refuse_statement(node.value, "torch.optim.Optimizer.state", reason)
    names = [each for each in targets if isinstance(each, cst.Name)]
    if not names and isinstance(node.value, cst.Name) and ctx.kind(node.value).tag in ("array", "unknown"):
        names = [node.value] if ctx.read_after(node.value.value) else []
        if not names:
            return None
    elif len(kept) + len(names) != len(targets) or not names:
        return None
    place = ctx.visit(kept[0])
    first = cst.Assign([cst.AssignTarget(ctx.visit(each)) for each in kept], ctx.visit(node.value))
    return [first, *(cst.Assign([cst.AssignTarget(name.deep_clone())], place.deep_clone()) for name in names)]
