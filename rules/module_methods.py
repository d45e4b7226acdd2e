"""``self.register_buffer("mean", m)`` -> ``self.mean = Buffer(m)``; walking, moving and switching modules."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import dotted_path
from ..s2s.helper_names import helpers_of
from ..s2s.kinds import BOOL
from .base import rule
from .evident_modules import is_evident_module
from .first_values import drawing, may_draw
from .live_states import live_states

# Targets whose modules have train() and eval() themselves.
_WITH_MODES = ("torch", "ivy")
# Targets where a helper sets the mode.
_SETTING = ("jax", "tensorflow")
_WALKERS = frozenset(
    """named_modules modules named_children children named_parameters parameters named_buffers buffers apply
    get_submodule get_parameter get_buffer state_dict load_state_dict requires_grad_""".split()
)
_SURE = frozenset(
    """named_modules named_children named_parameters named_buffers get_submodule get_parameter get_buffer parameters
    children modules""".split()
)
# Methods that optimizers have too.
_OF_STATE = ("state_dict", "load_state_dict")
# What optimizers and schedulers are called, which have these methods in the targets too.
_WITH_STATES = ("optimizer", "optim", "opt", "optimiser", "scheduler", "sched", "scaler", "ema")
MOVES = frozenset("to cuda cpu xpu to_empty compile share_memory".split())
# What PyTorch's modules keep their members in, and what to use instead.
_PRIVATE = {
    "_modules": "use named_children() or setattr",
    "_parameters": "use named_parameters() or setattr",
    "_buffers": "use named_buffers() or register_buffer",
    "_forward_hooks": "keep what register_forward_hook returns",
    "_forward_pre_hooks": "keep what register_forward_pre_hook returns",
}
# What registers functions for the time when states are loaded or saved.
_STATE_HOOKS = frozenset(
    """_register_load_state_dict_pre_hook register_load_state_dict_pre_hook register_load_state_dict_post_hook
    _register_state_dict_hook register_state_dict_pre_hook register_state_dict_post_hook""".split()
)
_CASTS = frozenset("half float double bfloat16 type".split())


def _is_layer(node: cst.BaseExpression, ctx) -> bool:
    kind = ctx.kind(node)
    return ctx.infer.is_layer(kind) or (kind.tag == "super" and ctx.threading.is_module(kind.name))


@rule(cst.Expr)
def module_statement(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """Statements that declare state or switch the mode."""
    call = node.value
    if not (isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute)):
        return None
    name, owner = call.func.attr.value, call.func.value
    kind = ctx.kind(owner)
    if name in ("register_buffer", "register_parameter", "add_module", "register_module"):
        if not (_is_layer(owner, ctx) or kind.tag == "unknown"):
            return None
        return _registered(name, owner, call, ctx)
    if kind.tag == "super" and name in MOVES and ctx.source.name == "torch" and _is_layer(owner, ctx):
        own = ctx.project.class_info(kind.name)
        if own is not None and not any(ctx.project.method(base, name) for base in own.bases):
            ctx.count("close")
            return []
    if name in _STATE_HOOKS and ctx.source.name == "torch" and _is_layer(owner, ctx):
        message = "weights are read and written by their own names: what the hook changes stays as it is"
        ctx.note(node, "S2S200", ctx.module_api(name), message, "rename the weights before they are loaded")
        ctx.count("approximate")
        return []
    unknown = kind.tag == "unknown" and (not call.args or _hands_mode_on(call, ctx) or _is_given_truth(call, ctx))
    if name in ("eval", "train") and (_is_layer(owner, ctx) or unknown):
        if ctx.project.method(kind.name, name) is not None:
            return None
        return _mode(node, call, ctx)
    return None


@rule(cst.Assign)
def registered_nothing(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``self.skip = self.register_parameter("skip", None)`` -> ``self.skip = None``."""
    call = node.value
    if not (isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and len(node.targets) == 1):
        return None
    target, owner = node.targets[0].target, call.func.value
    if call.func.attr.value not in ("register_buffer", "register_parameter") or not isinstance(target, cst.Attribute):
        return None
    if not _is_layer(owner, ctx) or nodes.code(owner) != nodes.code(target.value) or len(call.args) != 2:
        return None
    name, value = (arg.value for arg in call.args)
    same = isinstance(name, cst.SimpleString) and name.evaluated_value == target.attr.value
    return module_statement(cst.Expr(call), ctx) if same and ctx.kind(value).tag == "none" else None


def _registered(name: str, owner, call: cst.Call, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    values = {"name": None, "tensor": None, "persistent": None}
    order = ["name", "tensor", "persistent"]
    for position, arg in enumerate(call.args):
        if arg.star:
            return _starred(name, owner, call, ctx)
        key = arg.keyword.value if arg.keyword is not None else order[position]
        values[{"param": "tensor", "module": "tensor"}.get(key, key)] = arg.value
    key, value = values["name"], values["tensor"]
    if key is None or value is None:
        return None
    new = ctx.visit(value)
    if name == "register_buffer" and ctx.target.name == "numpy":
        ctx.count("exact")
        return [cst.Expr(ctx.descend(call))]
    if name == "register_buffer" and ctx.kind(value).tag != "none":
        extra = []
        if values["persistent"] is not None:
            extra.append(nodes.keyword("persistent", ctx.visit(values["persistent"])))
        if may_draw(value, ctx):
            new = drawing(new)
        unsure = not ctx.kind(value) or (isinstance(value, cst.Name) and value.value in ctx.infer.optional)
        unit = ctx.helper("optional_buffer" if unsure else "Buffer")
        new = cst.Call(unit, nodes.spaced([nodes.positional(new), *extra]))
    elif ctx.kind(value).tag == "none" and ctx.target.name == "jax":
        new = nodes.call(ctx.native("flax.nnx.data"), new)
    ctx.count("exact")
    of_super = ctx.kind(owner).tag == "super"
    return [_set_attribute(cst.Name("self") if of_super else ctx.visit(owner), key, new, ctx)]


def _registered_in_expression(name: str, owner, call: cst.Call, ctx) -> cst.BaseExpression | None:
    """``lambda name, value: self.register_buffer(name, value)`` with ``setattr(self, name, Buffer(value))`` in it."""
    made = _registered(name, owner, call, ctx)
    if not made:
        return None
    if isinstance(made[0], cst.Assign):
        target = cst.ensure_type(made[0].targets[0].target, cst.Attribute)
        key = cst.SimpleString(f'"{target.attr.value}"')
        return nodes.call(cst.Name("setattr"), target.value, key, made[0].value)
    return cst.ensure_type(made[0], cst.Expr).value


def _starred(name: str, owner, call: cst.Call, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    if name not in ("add_module", "register_module") or "add_module" not in ctx.target.templates:
        return None
    args = [a.with_changes(value=ctx.visit(a.value)) for a in call.args]
    owner_arg = nodes.positional(ctx.visit(owner))
    return [cst.Expr(cst.Call(ctx.helper("add_module"), nodes.spaced([owner_arg, *args])))]


def _set_attribute(owner, key: cst.BaseExpression, value, ctx) -> cst.BaseSmallStatement:
    if isinstance(key, cst.SimpleString) and str(key.evaluated_value).isidentifier():
        target = cst.Attribute(owner, cst.Name(ctx.attribute_name(str(key.evaluated_value))))
        return cst.Assign([cst.AssignTarget(target)], value)
    return cst.Expr(nodes.call(cst.Name("setattr"), owner, ctx.visit(key), value))


def _hands_mode_on(call: cst.Call, ctx) -> bool:
    """Whether a module's own ``train(self, mode)`` hands its argument on: ``child.train(mode)``."""
    info = ctx.scope.info if ctx.scope is not None and ctx.scope.cls else None
    if info is None or info.name.rpartition(".")[2] != "train" or not ctx.threading.is_module(ctx.scope.cls):
        return False
    mode = call.args[0].value if len(call.args) == 1 else None
    return isinstance(mode, cst.Name) and info.param(mode.value) is not None


def _is_given_truth(call: cst.Call, ctx) -> bool:
    """Whether a method is given True, False or a comparison, as ``train`` of a module is."""
    return len(call.args) == 1 and not call.args[0].star and ctx.kind(call.args[0].value) == BOOL


def _mode(node: cst.Expr, call: cst.Call, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    if ctx.target.name in _WITH_MODES:
        ctx.count("exact")
        return [ctx.descend(node)]
    if "nnx.set_training" in ctx.target.templates and ctx.source.name == "jax":
        return [cst.Expr(_set_training(call, ctx))]
    settable = ctx.target.name in _SETTING
    ctx.count("exact" if settable else "approximate")
    if ctx.target.name == "jax" and not call.args:
        return None if ctx.kind(call.func.value).tag == "unknown" else [ctx.descend(node)]
    if settable:
        return [cst.Expr(_set_training(call, ctx))]
    mode = ctx.threading.mode
    if mode:
        api, message = ctx.module_api(call.func.attr.value), f"modules have no mode in {ctx.target.name}"
        ctx.note(node, "S2S204", api, message, f"pass {mode}=True or False to the call")
    return []


def _set_training(call: cst.Call, ctx) -> cst.BaseExpression:
    owner = ctx.visit(call.func.value)
    if call.func.attr.value == "eval":
        mode: cst.BaseExpression = cst.Name("False")
    else:
        mode = ctx.visit(call.args[0].value) if call.args else cst.Name("True")
    if ctx.source.name == "jax":
        ctx.count("exact")
        return nodes.call(ctx.helper("nnx.set_training"), owner, mode)
    return nodes.call(ctx.helper("set_training"), owner, mode)


@rule(cst.Call)
def walker_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``named_modules(net)`` of a generated helper module -> ``net.named_modules()``."""
    name = ctx.name_of(node.func)
    unit = name.rpartition(".")[2]
    if not helpers_of(name) or ctx.target.name != "torch" or not node.args or node.args[0].star:
        return None
    method = {"set_training": "train"}.get(unit, unit)
    if unit not in (*_WALKERS, "set_training", "add_module"):
        return None
    ctx.count("exact")
    first, *rest = [a.with_changes(value=ctx.visit(a.value)) for a in node.args]
    func = cst.Attribute(nodes.parenthesized(first.value), cst.Name(method))
    return node.with_changes(func=func, args=rest)


@rule(cst.Call)
def module_method(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Methods that every layer has, called on a layer that does not define them itself."""
    func = node.func
    if not isinstance(func, cst.Attribute):
        return None
    name = func.attr.value
    kind = ctx.kind(func.value)
    layer = _is_layer(func.value, ctx)
    if layer and kind.tag == "instance" and ctx.project.method(kind.name, name) is not None:
        return None
    if layer and name == "apply" and ctx.source.name == "jax":
        return None
    if not layer and kind.tag != "unknown":
        return None
    if layer and name in ("add_module", "register_module") and "add_module" in ctx.target.templates:
        ctx.count("exact")
        args = [a.with_changes(value=ctx.visit(a.value)) for a in node.args]
        return cst.Call(ctx.helper("add_module"), nodes.spaced([nodes.positional(ctx.visit(func.value)), *args]))
    if layer and name in ("register_buffer", "register_parameter"):
        return _registered_in_expression(name, func.value, node, ctx)
    if name == "state_dict" and id(node) in live_states(ctx.enclosing) and "state_variables" in ctx.target.templates:
        ctx.count("exact")
        return nodes.call(ctx.helper("state_variables"), ctx.visit(func.value))
    sure = name in _SURE or name in (*_OF_STATE, "buffers") and is_evident_module(func.value, ctx)
    if name in _WALKERS and (layer or sure and ctx.source.name in _WITH_MODES):
        if name not in ctx.target.templates:
            return ctx.refuse(node, ctx.module_api(name), f"no {ctx.target.name} counterpart is known")
        ctx.count("exact")
        owner = cst.Name("self") if kind.tag == "super" else ctx.visit(func.value)
        args = [a.with_changes(value=ctx.visit(a.value)) for a in node.args]
        return cst.Call(ctx.helper(name), nodes.spaced([nodes.positional(owner), *args]))
    if name in _OF_STATE and _holds_anything(node, kind, ctx):
        ctx.count("exact")
        args = [a.with_changes(value=ctx.visit(a.value)) for a in node.args]
        helper = ctx.helper("state_of" if name == "state_dict" else "load_state_of")
        return cst.Call(helper, nodes.spaced([nodes.positional(ctx.visit(func.value)), *args]))
    if layer and name in MOVES:
        ctx.count("close")
        return ctx.visit(func.value)
    if layer and name in _CASTS:
        return ctx.refuse(node, ctx.module_api(name), "a model is not cast after it was built")
    if name in ("eval", "train") and (layer or (kind.tag == "unknown" and not node.args)):
        if ctx.target.name in _WITH_MODES:
            return None
        if ctx.target.name in _SETTING:
            ctx.count("exact")
            return _set_training(node, ctx)
        if layer:
            ctx.count("approximate")
            return ctx.visit(func.value)
    if layer and name == "zero_grad":
        reason = f"gradients are not stored in the parameters of {ctx.target.name}"
        return ctx.refuse(node, ctx.module_api(name), reason)
    return None


def _holds_anything(node: cst.Call, kind, ctx) -> bool:
    """Whether what a state is asked of, or given to, may be a module, which has no method for it in the target."""
    func = cst.ensure_type(node.func, cst.Attribute)
    if kind.tag != "unknown" or ctx.source.name != "torch" or "state_of" not in ctx.target.templates:
        return False
    owner = func.value.func if isinstance(func.value, cst.Call) else func.value
    name = dotted_path(owner).rpartition(".")[2].lower()
    other = name.endswith(_WITH_STATES) or isinstance(func.value, cst.Name) and ctx.of_comprehension(name)
    return bool(name) and not other and bool(node.args) == (func.attr.value == "load_state_dict")


@rule(cst.Attribute)
def child_dictionary(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``self._modules`` -> ``child_modules(self)``, which is for reading."""
    if node.attr.value not in _PRIVATE or ctx.source.name != "torch":
        return None
    anything = node.attr.value == "_modules" and ctx.kind(node.value).tag == "unknown"
    if not (anything or _is_layer(node.value, ctx)):
        return None
    if node.attr.value != "_modules" or "child_modules" not in ctx.target.templates:
        reason = "it is a part of PyTorch's modules"
        return ctx.refuse(node, ctx.module_api(node.attr.value), reason, _PRIVATE[node.attr.value])
    ctx.count("exact")
    owner = cst.Name("self") if ctx.kind(node.value).tag == "super" else ctx.visit(node.value)
    return nodes.call(ctx.helper("child_modules"), owner)


@rule(cst.Assign)
def child_assignment(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``self._modules[name] = layer`` -> ``setattr(self, name, layer)``."""
    target = node.targets[0].target
    if ctx.source.name != "torch" or len(node.targets) != 1 or not isinstance(target, cst.Subscript):
        return None
    held, key = target.value, target.slice[0].slice
    if not (isinstance(held, cst.Attribute) and held.attr.value == "_modules" and isinstance(key, cst.Index)):
        return None
    if not (_is_layer(held.value, ctx) or ctx.kind(held.value).tag == "unknown"):
        return None
    ctx.count("exact")
    return [_set_attribute(ctx.visit(held.value), key.value, ctx.visit(node.value), ctx)]
