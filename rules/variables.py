"""Variables of TensorFlow that stand alone, and modules that hold them: ``tf.Variable``, ``tf.Module``."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import FLOATS, SEQUENCES, Kind, content, is_integral
from ..s2s.lift import Bound, Refused, bind
from .base import rule

_DEFAULTS = {"float": "float32", "int": "int32", "bool": "bool"}
# What makes an array that nothing else holds.
_FRESH = (cst.BinaryOperation, cst.Call, cst.UnaryOperation)


@rule(cst.Call)
def plain_variable(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``tf.Variable(tf.zeros([3]))`` -> ``nn.Parameter(torch.zeros(3))`` where it is known what it holds."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if entry is None or entry.op != "keras.variable" or ctx.target.name not in ("torch", "jax", "numpy"):
        return None
    bound = bind(entry, node.args, None, ctx.kind)
    if isinstance(bound, Refused) or "value" not in bound.args:
        return None
    trainable = bound.args.get("trainable")
    said = "True" if trainable is None else nodes.code(trainable)
    dtype = _dtype(bound, ctx)
    if said not in ("True", "False") or not dtype:
        return None
    made = _first_value(bound, ctx)
    if made is None or ctx.target.name == "numpy":
        return made
    trained = said == "True" and not is_integral(dtype)
    ctx.count("exact")
    if ctx.target.name == "torch":
        return nodes.call(ctx.native("torch.nn.Parameter" if trained else "torch.nn.Buffer"), made)
    return nodes.call(ctx.native("flax.nnx.Param") if trained else ctx.helper("Buffer"), made)


def _dtype(bound: Bound, ctx) -> str:
    """The dtype of a new variable, '' where it is not known."""
    value, dtype = bound.args["value"], bound.args.get("dtype")
    if dtype is not None and ctx.kind(dtype).tag != "none":
        return ctx.infer.dtype_name(dtype)
    kind = ctx.kind(value)
    if kind == FLOATS or _makes_floats(value, ctx):
        return "float32"
    if kind.tag == "array":
        return "" if kind.name == "variable" else kind.name
    return _DEFAULTS.get(content(kind).tag, "")


# What makes floats unless it is given a dtype.
_OF_FLOATS = frozenset(("draw_normal", "draw_uniform", "draw_truncated_normal", "eye", "ones", "zeros"))


def _makes_floats(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is a new array of floats of the default width, maybe scaled."""
    if isinstance(node, cst.BinaryOperation):
        return _makes_floats(node.left, ctx) or _makes_floats(node.right, ctx)
    lifted = ctx.infer.lifted(node) if isinstance(node, cst.Call) else None
    return lifted is not None and lifted[0].op in _OF_FLOATS and "dtype" not in lifted[1]


def _first_value(bound: Bound, ctx) -> cst.BaseExpression | None:
    """The array that a variable begins with; None where the helper has to make it."""
    value, dtype = bound.args["value"], bound.args.get("dtype")
    kind = ctx.kind(value)
    if kind.tag == "array":
        if dtype is not None:
            return None
        made = ctx.visit(value)
        if ctx.target.name == "jax" or isinstance(value, _FRESH):
            return made
        copied = "clone" if ctx.target.name == "torch" else "copy"
        return nodes.call(cst.Attribute(nodes.parenthesized(made), cst.Name(copied)))
    if kind.tag not in _DEFAULTS and kind.tag not in SEQUENCES:
        return None
    args = [cst.Arg(value)] if dtype is None else [cst.Arg(value), nodes.keyword("dtype", dtype)]
    constant = ctx.source.find("tensorflow.constant")
    return ctx.convert(constant, cst.Call(cst.Name("constant"), nodes.spaced(args)), None, "tensorflow.constant")


@rule(cst.Call)
def read_value(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``variable.read_value()``, ``variable.value()`` -> the value as it is now."""
    if ctx.source.name != "tensorflow" or node.args or not isinstance(node.func, cst.Attribute):
        return None
    owner, name = node.func.value, node.func.attr.value
    if name not in ("read_value", "value") or ctx.kind(owner) != Kind("array", "variable"):
        return None
    ctx.count("exact")
    read = nodes.parenthesized(ctx.visit(owner))
    if ctx.target.name == "jax":
        return cst.Subscript(read, [cst.SubscriptElement(cst.Index(cst.Ellipsis()))])
    copied = {"torch": "clone", "numpy": "copy"}.get(ctx.target.name)
    return nodes.call(cst.Attribute(read, cst.Name(copied))) if copied else None


def holds_variables(cls: str, ctx) -> bool:
    """Whether a class of the project derives from ``tf.Module`` itself, not from a layer of Keras."""
    entries = (ctx.source.find(base) for base in ctx.project.mro(cls)[1:])
    return any(entry is not None and entry.op == "keras.Module" for entry in entries)


def called_as_forward(name: str, cls: str, ctx) -> bool:
    """Whether a method is ``__call__`` of a class whose modules are called by way of ``forward`` in the target."""
    return name == "__call__" and ctx.target.name == "torch" and bool(cls) and holds_variables(cls, ctx)
