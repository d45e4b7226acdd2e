"""Keras models in other frameworks: weights are added by keyword, penalties and what has no counterpart go."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import Kind
from .base import rule
from .indexing import index_value

_TRAINING = "NumPy does not train: convert to PyTorch or JAX"
_SAVING = "weights are saved and loaded in the target's way; set_weights takes the arrays that get_weights gives"
_LOSSES = "layers and models add losses in their own call: write self.add_loss(...) there"
_REFUSED = {
    "add_metric": "compute it where the model is used",
    "export": _SAVING,
}
_UNTRAINED = {"fit": _TRAINING, "train_on_batch": _TRAINING}
_METHODS = frozenset(
    """add_loss add_metric compile evaluate export fit load_weights predict predict_on_batch save save_weights summary
    test_on_batch train_on_batch""".split()
)
# Methods that nothing but a Keras model has.
_SURE = frozenset(("add_loss", "load_weights", "predict_on_batch", "save_weights", "test_on_batch", "train_on_batch"))
# Arguments that no other library's method of such a name has.
_KEYWORDS = frozenset(
    """batch_size callbacks epochs include_optimizer jit_compile loss metrics optimizer run_eagerly save_format
    steps_per_epoch validation_data validation_split verbose""".split()
)
_WEIGHT = ("shape", "initializer", "dtype", "trainable", "autocast", "regularizer", "constraint", "aggregation")
_OLD_WEIGHT = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
_KEPT = ("shape", "initializer", "dtype", "trainable", "name")
_PENALTIES = {
    "regularizer": "the penalty of '{}' has to be added to the loss",
    "constraint": "'{}' has to be applied after each step of training",
}


def leaves_keras(ctx) -> bool:
    return ctx.source.name == "tensorflow" and ctx.target.name not in ("tensorflow", "ivy")


def dropped_argument(arg: cst.Arg, node: cst.Call, name: str, ctx) -> None:
    """Tell the user what a regularizer or constraint that is dropped leaves to do."""
    keyword = arg.keyword.value if arg.keyword is not None else ""
    for ending, note in _PENALTIES.items():
        if keyword.endswith(ending) and ctx.kind(arg.value).tag != "none":
            ctx.note(node, "S2S200", name, note.format(keyword))


@rule(cst.Expr)
def model_statement(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``self.add_loss(...)`` as a statement."""
    reason = _refusal(node.value, ctx) if isinstance(node.value, cst.Call) else ""
    if not reason:
        return None
    return ctx.refuse_statement(node.value, f"keras.Model.{node.value.func.attr.value}", reason)


@rule(cst.Call)
def model_method(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``path = model.export(...)``: what is Keras' own is refused."""
    reason = _refusal(node, ctx)
    return ctx.refuse(node, f"keras.Model.{node.func.attr.value}", reason) if reason else None


def _refusal(node: cst.Call, ctx) -> str:
    """Why a method of a model is not converted, '' for other calls."""
    if not leaves_keras(ctx) or not isinstance(node.func, cst.Attribute):
        return ""
    reasons = _REFUSED | _UNTRAINED if ctx.target.name == "numpy" else _REFUSED
    if ctx.target.name == "numpy" or nodes.code(node.func.value) not in ("self", "super()"):
        reasons = {**reasons, "add_loss": _TRAINING if ctx.target.name == "numpy" else _LOSSES}
    reason = reasons.get(node.func.attr.value, "")
    return reason if reason and is_model_method(node, ctx) else ""


def is_model_method(node: cst.Call, ctx) -> bool:
    """Whether a call is one of a method that Keras' models have and the project's classes do not define."""
    func = node.func
    if not isinstance(func, cst.Attribute) or func.attr.value not in _METHODS:
        return False
    name, kind = func.attr.value, ctx.kind(func.value)
    if ctx.infer.is_layer(kind):
        return ctx.project.method(kind.name, name) is None
    if kind.tag == "super":
        return ctx.threading.is_module(kind.name)
    keywords = {arg.keyword.value for arg in node.args if arg.keyword is not None}
    likely = {"compile": len(node.args) > 1, "summary": not node.args}.get(name, name in _SURE)
    return kind.tag == "unknown" and bool(likely or keywords & _KEYWORDS)


@rule(cst.Call)
def weight_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``self.add_weight("kernel", (3, 4))`` -> ``self.add_weight(name="kernel", shape=(3, 4))``."""
    func = node.func
    if not leaves_keras(ctx) or not isinstance(func, cst.Attribute):
        return None
    if func.attr.value not in ("add_weight", "add_variable") or any(arg.star for arg in node.args):
        return None
    if not (ctx.infer.is_layer(ctx.kind(func.value)) or ctx.kind(func.value).tag == "unknown"):
        return None
    order = _OLD_WEIGHT if _is_old(node, ctx) else _WEIGHT
    args, penalty = [], None
    for index, arg in enumerate(node.args):
        if arg.keyword is None and index >= len(order):
            return ctx.refuse(node, "keras.layers.Layer.add_weight", "too many positional arguments")
        name = arg.keyword.value if arg.keyword is not None else order[index]
        if name == "regularizer" and ctx.target.name != "numpy":
            penalty = None if ctx.kind(arg.value).tag == "none" else ctx.visit(arg.value)
            continue
        if name not in _KEPT:
            dropped_argument(nodes.keyword(name, arg.value), node, "keras.layers.Layer.add_weight", ctx)
            continue
        plain = arg.keyword is None and order is _WEIGHT and penalty is None
        value = arg.with_changes(value=ctx.visit(arg.value))
        args.append(value if plain else value.with_changes(keyword=cst.Name(name), equal=_TIGHT))
    ctx.count("exact")
    changed = func.with_changes(value=ctx.visit(func.value), attr=cst.Name("add_weight"))
    made = node.with_changes(func=changed, args=nodes.spaced(args))
    if penalty is None:
        return made
    if "#" not in nodes.code(node):  # without comments it is laid out anew
        args = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in args]
        made = cst.Call(changed, nodes.spaced(args))
    return nodes.call(ctx.helper("keras.regularized_weight"), made, penalty)


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _is_old(node: cst.Call, ctx) -> bool:
    """Whether the first argument is the name, as in older versions of Keras."""
    first = node.args[0] if node.args and node.args[0].keyword is None else None
    return first is not None and ctx.kind(first.value).tag == "str"


_ASSIGNED = {"assign": None, "assign_add": cst.Add, "assign_sub": cst.Subtract}


def _binds(node: cst.BaseExpression) -> bool:
    """Whether an expression needs no parentheses in a sum."""
    return isinstance(node, cst.BinaryOperation) and isinstance(node.operator, (cst.Multiply, cst.Divide))


# What says how a variable is assigned, and nothing of the value.
_SILENT = frozenset(("name", "read_value", "use_locking"))


@rule(cst.Call)
def assigned_variable(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``variable.assign_add(x)`` -> ``assign_variable(variable, variable + x)``, which asks whether it is one."""
    if not isinstance(node.func, cst.Attribute) or not leaves_keras(ctx):
        return None
    name, owner = node.func.attr.value, node.func.value
    if name not in _ASSIGNED or "keras.assign_variable" not in ctx.target.templates:
        return None
    args = [arg for arg in node.args if arg.keyword is None or arg.keyword.value not in _SILENT]
    if len(args) != 1 or args[0].star or args[0].keyword and args[0].keyword.value not in ("value", "delta"):
        return None
    part, kind = isinstance(owner, cst.Subscript), ctx.kind(owner.value if isinstance(owner, cst.Subscript) else owner)
    likely = isinstance(owner, (cst.Attribute, cst.Name)) and kind.tag in ("unknown", "array")
    if not (likely or kind == Kind("array", "variable") or part and kind.tag in ("unknown", "array", "list")):
        return None
    value, operator = ctx.visit(args[0].value), _ASSIGNED[name]
    if operator is not None:
        operand = value if _binds(value) else nodes.parenthesized(value)
        value = cst.BinaryOperation(ctx.visit(owner), operator(), operand)
    ctx.count("exact")
    if not part or kind.tag == "list":
        return nodes.call(ctx.helper("keras.assign_variable"), ctx.visit(owner), value)
    index = index_value(owner, ctx)
    return nodes.call(ctx.helper("keras.assign_part"), ctx.visit(owner.value), index, value)


@rule(cst.Call)
def read_variable(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``tf.convert_to_tensor(variable)`` -> ``variable.clone()``: the value as it is now."""
    if ctx.source.name != "tensorflow" or ctx.target.name != "torch" or len(node.args) != 1 or node.args[0].star:
        return None
    value = node.args[0].value
    if ctx.name_of(node.func) != "tensorflow.convert_to_tensor" or ctx.kind(value) != Kind("array", "variable"):
        return None
    ctx.count("exact")
    return nodes.call(cst.Attribute(nodes.parenthesized(ctx.visit(value)), cst.Name("clone")))
