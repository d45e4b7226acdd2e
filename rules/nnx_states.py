"""States of flax.nnx, trees of the values of a model, in PyTorch: they hold tensors, filters are types and names."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import UNKNOWN
from ..s2s.state_kinds import is_state
from ..s2s.walk import below
from .base import rule
from .nnx_variables import class_of_variable

# The ops that take filters, and how many arguments come before them.
_FILTERED = {
    "nnx.All": 0,
    "nnx.DiffState": 1,
    "nnx.Not": 0,
    "nnx.Optimizer": 2,
    "nnx.StateAxes": 0,
    "nnx.any_of": 0,
    "nnx.filter_state": 1,
    "nnx.model_state": 1,
    "nnx.pop_values": 1,
    "nnx.split_model": 1,
    "nnx.split_state": 1,
}
_DERIVATIVES = {"jax.grad": "flax.nnx.grad", "jax.value_and_grad": "flax.nnx.value_and_grad"}
# What layers of flax name the variables of these types.
_OF_LAYERS = {
    "flax.nnx.BatchStat": ("mean", "var"),
    "flax.nnx.Cache": ("cached_key", "cached_value", "cache_index"),
}


def _in_torch(ctx) -> bool:
    return ctx.source.name == "jax" and ctx.target.name == "torch"


@rule(cst.Attribute)
def state_value(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``params["dense"]["kernel"].value`` -> ``params["dense"]["kernel"]``."""
    if not _in_torch(ctx) or node.attr.value != "value" or not _is_leaf(node.value, ctx):
        return None
    ctx.count("exact")
    return ctx.visit(node.value)


@rule(cst.Call)
def state_get_value(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``params["dense"]["kernel"].get_value()`` -> ``params["dense"]["kernel"]``."""
    func = node.func
    if not _in_torch(ctx) or not isinstance(func, cst.Attribute) or func.attr.value != "get_value" or node.args:
        return None
    if not _is_leaf(func.value, ctx):
        return None
    ctx.count("exact")
    return ctx.visit(func.value)


@rule(cst.Attribute)
def possible_value(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``layer.kernel.value`` -> ``value_of(layer.kernel)``, where it is not known that this is a variable."""
    if not _in_torch(ctx) or node.attr.value != "value" or ctx.annotation or id(node) in ctx.places:
        return None
    kind = ctx.kind(node.value)
    own = isinstance(node.value, cst.Name) and node.value.value == "self"
    if own or not (kind == UNKNOWN or is_state(kind)) or not _names_flax(ctx):
        return None
    ctx.count("exact")
    return nodes.call(ctx.helper("nnx.value_of"), ctx.visit(node.value))


def _names_flax(ctx) -> bool:
    """Whether the module imports something of flax.nnx, or flax itself."""
    names = (kind.name for kind in ctx.module.names.values() if kind.tag == "ref")
    return any(name == "flax" or name.startswith("flax.nnx") for name in names)


@rule(cst.Assign)
def state_assignment(node: cst.Assign, ctx) -> cst.BaseSmallStatement | None:
    """``params["dense"]["bias"].value = v`` -> ``assign_value(params["dense"]["bias"], v)``."""
    target = node.targets[0].target
    if not _in_torch(ctx) or len(node.targets) != 1:
        return None
    whole = isinstance(target, cst.Attribute) and target.attr.value == "value"
    whole = whole or isinstance(target, cst.Subscript) and nodes.code(target).endswith("[...]")
    if not whole or not is_state(ctx.kind(target.value)):
        return None
    ctx.count("exact")
    return cst.Expr(nodes.call(ctx.helper("nnx.assign_value"), ctx.visit(target.value), ctx.visit(node.value)))


def _is_leaf(node: cst.BaseExpression, ctx) -> bool:
    """Whether something in a state is a variable by its name, and no state of a module."""
    if not is_state(ctx.kind(node)):
        return False
    if isinstance(node, cst.Attribute):
        name = node.attr.value
    elif isinstance(node, cst.Subscript) and isinstance(node.slice[0].slice, cst.Index):
        name = getattr(node.slice[0].slice.value, "evaluated_value", "")
    else:
        return False
    return name in ctx.source.settings["layer_arrays"] or bool(_variables_named(name, ctx))


@rule(cst.Call)
def mapped_state(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``jax.tree.map(f, state)`` -> ``tree_map_values(f, state)``: what an average keeps has no gradients."""
    if not _in_torch(ctx) or not node.args:
        return None
    entry = ctx.source.find(ctx.name_of(node.func))
    if entry is None or entry.op != "tree_map" or not any(is_state(ctx.kind(arg.value)) for arg in node.args[1:]):
        return None
    ctx.count("exact")
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(func=ctx.helper("nnx.tree_map_values"), args=args)


@rule(cst.Call)
def variable_filters(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.pop(model, Loss)`` -> ``pop_values(model, "kl_loss")``: buffers do not tell what they were made as."""
    if not _in_torch(ctx):
        return None
    entry = ctx.source.find(ctx.name_of(node.func))
    if entry is None or entry.op not in _FILTERED:
        return None
    for value in _filters(node, entry.op):
        names = names_of_type(ctx.name_of(value), ctx)
        if names is None:
            continue
        if not names:
            reason = "only types of variables are filters whose names in the project tell them from others"
            return ctx.refuse(node, entry.native, reason)
        texts = [cst.SimpleString(f'"{name}"') for name in names]
        ctx.substitutes[id(value)] = texts[0] if len(texts) == 1 else nodes.tuple_of(texts)
    return None


def _filters(node: cst.Call, op: str) -> list[cst.BaseExpression]:
    """The filters among the arguments of a call; those of axes are the keys of a dictionary."""
    if op != "nnx.StateAxes":
        return [arg.value for arg in node.args[_FILTERED[op] :]]
    axes = node.args[0].value if node.args else None
    parts = axes.elements if isinstance(axes, cst.Dict) else []
    return [part.key for part in parts if isinstance(part, cst.DictElement)]


def names_of_type(name: str, ctx) -> list[str] | None:
    """The attributes that hold variables of a type that parameters are not; none where other variables have such names.

    None stands for what needs no names: other filters, and the type of all buffers that the project has.
    """
    if class_of_variable(name, ctx) != "Buffer":
        return None
    held = _variables(ctx).items()
    found = {attribute for attribute, types in held if any(_derives(t, name, ctx) for t in types)}
    others = {attribute for attribute, types in held if not all(_derives(t, name, ctx) for t in types)}
    layers = set(_OF_LAYERS.get(name, ()))
    if layers and not others:
        return None
    foreign = {part for other, parts in _OF_LAYERS.items() if other != name for part in parts}
    names = found | layers
    return [] if names & (others | (foreign - layers)) else sorted(names)


def _variables(ctx) -> dict[str, set[str]]:
    """The attributes that the project's classes keep variables as which are no parameters, with their types."""
    found: dict[str, set[str]] = {}
    for module in ctx.project.modules.values():
        for info in module.classes.values():
            for attribute, kinds in info.assigned.items():
                types = {k.name for k in kinds if k.tag in ("result", "instance") and class_of_variable(k.name, ctx)}
                if any(class_of_variable(each, ctx) == "Buffer" for each in types):
                    found.setdefault(attribute, set()).update(types)
    return found


def _variables_named(name: str, ctx) -> bool:
    """Whether a class of the project keeps a variable or parameter under a name."""
    infos = (info for module in ctx.project.modules.values() for info in module.classes.values())
    kinds = (kind for info in infos for kind in info.assigned.get(name, ()))
    return any(kind.tag in ("result", "instance") and class_of_variable(kind.name, ctx) for kind in kinds)


def _derives(name: str, base: str, ctx) -> bool:
    return base in ctx.project.mro(name) or ctx.project.canonical(name) == base


@rule(cst.Call)
def gradient_of_state(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``jax.grad(loss)`` -> ``model_grad(loss)`` where models are put together: statistics are changed in place."""
    name = ctx.name_of(node.func)
    if not _in_torch(ctx) or not ctx.module.merges:
        return None
    if name == "jax.vmap" and node.args:
        ctx.mapped.add(id(node.args[0].value))
    if name not in _DERIVATIVES or id(node) in ctx.mapped:
        return None
    return ctx.convert(ctx.source.find(_DERIVATIVES[name]), node, None, name)


@rule(cst.Call)
def merged_copy(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.merge(graphdef, state)`` in a function of the state has ``copy=True``: JAX gives it arrays of its own."""
    if not _in_torch(ctx) or ctx.name_of(node.func) != "flax.nnx.merge":
        return None
    compiled = any(scope.info is not None and "jax.jit" in scope.info.decorators for scope in ctx.scopes)
    names = {part.value for arg in node.args[1:] for part in below(arg.value) if isinstance(part, cst.Name)}
    given = any(names & scope.arguments for scope in ctx.scopes) or ctx.in_lambda
    if any(arg.keyword is not None and arg.keyword.value == "copy" for arg in node.args) or not (compiled or given):
        return None
    args = nodes.spaced([*node.args, nodes.keyword("copy", cst.Name("True"))])
    return ctx.visit(node.with_changes(args=args))


@rule(cst.Call)
def shapes_alone(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.eval_shape(lambda: Model(...))`` -> ``Model(...)``: a model with values where shapes are asked for."""
    if not _in_torch(ctx) or ctx.name_of(node.func) != "flax.nnx.eval_shape" or not node.args:
        return None
    function, rest = node.args[0].value, node.args[1:]
    ctx.count("close")
    if isinstance(function, cst.Lambda) and not rest and not nodes.code(function.params).strip():
        return ctx.visit(function.body)
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in rest]
    made = ctx.visit(function)
    return cst.Call(nodes.parenthesized(made) if isinstance(function, cst.Lambda) else made, args)


_PARTIALS = ("flax.nnx.cached_partial", "flax.nnx.jit_partial")
_WALKS = ("iter_modules",)


@rule(cst.Call)
def partial_step(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.cached_partial(step, model, optimizer)`` -> ``partial(step, model, optimizer)``."""
    if not _leaves_jax(ctx) or ctx.name_of(node.func) not in _PARTIALS:
        return None
    if any(arg.keyword is not None for arg in node.args):
        return None
    ctx.count("exact")
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(func=ctx.imports.want_from("functools", "partial"), args=args)


@rule(cst.Call)
def walked_modules(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``model.iter_modules()`` -> ``iter_modules(model)``."""
    func = node.func
    if not _in_torch(ctx) or not isinstance(func, cst.Attribute) or func.attr.value not in _WALKS or node.args:
        return None
    if not ctx.infer.is_layer(ctx.kind(func.value)):
        return None
    ctx.count("exact")
    return nodes.call(ctx.helper("nnx.iter_modules"), ctx.visit(func.value))


@rule(cst.Call)
def drawn_from_stream(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``rngs.noise.normal((2,))`` -> what ``jax.random.normal(rngs.noise(), (2,))`` becomes."""
    func = node.func
    if not _leaves_jax(ctx) or not isinstance(func, cst.Attribute) or not node.args:
        return None
    streams = func.value
    owner = streams.value if isinstance(streams, cst.Attribute) and not _is_rngs(streams, ctx) else streams
    entry = ctx.source.find(f"jax.random.{func.attr.value}")
    if not _is_rngs(owner, ctx) or entry is None:
        return None
    key = nodes.positional(cst.Call(streams))
    return ctx.convert(entry, node.with_changes(args=nodes.spaced([key, *node.args])), None, entry.native)


def _leaves_jax(ctx) -> bool:
    return ctx.source.name == "jax" and ctx.target.name != "jax"


def _is_rngs(node: cst.BaseExpression, ctx) -> bool:
    kind = ctx.kind(node)
    return kind.tag == "generator" or kind.tag == "instance" and ctx.project.canonical(kind.name) == "flax.nnx.Rngs"
