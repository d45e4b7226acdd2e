"""Keras' own training loop: ``compile``, ``fit`` and the like are methods of the generated ``Model`` too."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from .base import rule
from .keras_models import is_model_method, leaves_keras

_SHORT = {
    "bce": "BinaryCrossentropy",
    "cosine_similarity": "CosineSimilarity",
    "kld": "KLDivergence",
    "kl_divergence": "KLDivergence",
    "kullback_leibler_divergence": "KLDivergence",
    "logcosh": "LogCosh",
    "log_cosh": "LogCosh",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "mse": "MeanSquaredError",
    "msle": "MeanSquaredLogarithmicError",
    "rmse": "RootMeanSquaredError",
}
# What the model makes of a name when it sees the first outputs.
_BY_SHAPE = frozenset(("acc", "accuracy"))
_ORDER = ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
# Argument -> the module of Keras whose names it takes, and what looks a name up that is only known later.
_NAMED = {
    "optimizer": ("keras.optimizers", "keras.named_optimizer"),
    "loss": ("keras.losses", "keras.named_losses"),
    "metrics": ("keras.metrics", "keras.named_metrics"),
    "weighted_metrics": ("keras.metrics", "keras.named_metrics"),
}
_OPTIONS = frozenset(("auto_scale_loss", "jit_compile", "run_eagerly", "steps_per_execution"))
_PENALISED = {
    "activity_regularizer": "activity",
    "beta_regularizer": "beta",
    "bias_regularizer": "bias",
    "depthwise_regularizer": "depthwise_kernel",
    "embeddings_regularizer": "embeddings",
    "gamma_regularizer": "gamma",
    "kernel_regularizer": "kernel",
    "pointwise_regularizer": "pointwise_kernel",
    "recurrent_regularizer": "recurrent_kernel",
}
_SQUARING = frozenset(f"keras.{name}" for name in "Adadelta Adagrad Adam AdamW Adamax Nadam RMSprop".split())
_CROSSENTROPIES = frozenset(
    """binary_crossentropy categorical_crossentropy keras.BinaryCrossentropy keras.CategoricalCrossentropy
    keras.SparseCategoricalCrossentropy sparse_categorical_crossentropy""".split()
)
_CLIPPED = "Keras takes the logits behind softmax and sigmoid, here probabilities are kept 1e-7 away from 0 and 1"
_OCCURRENCES = "Keras on TensorFlow squares the gradient of each occurrence of a word: embeddings step otherwise"
_SAVED = "the weights alone are saved: make the model and load them with load_weights"


@rule(cst.Call)
def compile_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``model.compile("adam", "mse")`` -> ``model.compile(Adam(), MeanSquaredError())``."""
    if not _is_method(node, "compile", ctx):
        return None
    args, given = [], set()
    for index, arg in enumerate(node.args):
        name = arg.keyword.value if arg.keyword is not None else _ORDER[index] if index < len(_ORDER) else ""
        given.add("*" if arg.star else name)
        if name in _OPTIONS or (not name and not arg.star) or name == "optimizer" and ctx.target.name == "numpy":
            continue
        value = _object(arg.value, *_NAMED[name], ctx) if name in _NAMED else ctx.visit(arg.value)
        if value is None:
            return ctx.refuse(node, "keras.Model.compile", f"{nodes.code(arg.value)} has no counterpart")
        args.append(arg.with_changes(value=value))
    if not given & {"optimizer", "*"} and given and ctx.target.name != "numpy":
        made = nodes.call(ctx.helper("keras.RMSprop"))
        args.insert(0, nodes.keyword("optimizer", made))
    ctx.count("exact")
    return node.with_changes(func=_visited(node.func, ctx), args=nodes.spaced(args))


def _visited(func: cst.Attribute, ctx) -> cst.Attribute:
    return func.with_changes(value=ctx.visit(func.value))


def _is_method(node: cst.Call, name: str, ctx) -> bool:
    """Whether a call is one of this method of a Keras model, in a target where models have it."""
    if not isinstance(node.func, cst.Attribute) or node.func.attr.value != name or not leaves_keras(ctx):
        return False
    return "keras.Trainer" in ctx.target.templates and is_model_method(node, ctx)


def _object(node: cst.BaseExpression, module: str, lookup: str, ctx) -> cst.BaseExpression | None:
    """Objects in place of names, also inside lists and dictionaries; None for a name without counterpart."""
    if isinstance(node, cst.SimpleString):
        return _named(node, module, ctx)
    if isinstance(node, (cst.List, cst.Tuple, cst.Dict)):
        elements = []
        for element in node.elements:
            value = _object(element.value, module, lookup, ctx)
            if value is None:
                return None
            elements.append(element.with_changes(value=value))
        return node.with_changes(elements=elements)
    if ctx.kind(node).tag not in ("unknown", "str", "list", "tuple", "dict"):
        return ctx.visit(node)
    return nodes.call(ctx.helper(lookup), ctx.visit(node))


def _named(node: cst.SimpleString, module: str, ctx) -> cst.BaseExpression | None:
    """The object that Keras makes of a name."""
    name = node.evaluated_value
    if not isinstance(name, str) or module == "keras.metrics" and name.lower() in _BY_SHAPE:
        return node if isinstance(name, str) else None
    entry = _entry(name, module, ctx)
    if entry is None or entry.op not in ctx.target.templates:
        return None
    _note_occurrences(node, name, entry.op, ctx)
    made = nodes.call(ctx.helper(entry.op))
    default = next((p.default for p in ctx.hub[entry.op].params if p.name == "name"), None)
    if module == "keras.metrics" and default is not None and default.strip("'\"") != name:
        made = nodes.call(ctx.helper(entry.op), name=node)
    return made


@rule(cst.Call)
def squaring_optimizer(node: cst.Call, ctx) -> None:
    """``Adam(1e-3)`` stays a call; the report says what differs for embeddings."""
    name = ctx.name_of(node.func)
    if name and leaves_keras(ctx) and ctx.project.embeds:
        entry = ctx.source.find(name)
        _note_occurrences(node, name, entry.op if entry is not None else "", ctx)


@rule(cst.Call)
def clipped_probabilities(node: cst.Call, ctx) -> None:
    """A crossentropy stays a call; the report says what differs for PyTorch's own softmax outside of ``fit``."""
    name = ctx.name_of(node.func)
    own = {key for key in ctx.project.own_layers if key.startswith("@keras.")}
    if not name or not leaves_keras(ctx) or not own or any(key.endswith("trained") for key in own):
        return
    entry = ctx.source.find(name)
    told = [arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value == "from_logits"]
    if entry is not None and entry.op in _CROSSENTROPIES and not any(nodes.code(value) == "True" for value in told):
        if not any(found.node is node for found in ctx.findings):
            ctx.note(node, "S2S200", name, _CLIPPED)


def _note_occurrences(node: cst.BaseExpression, name: str, op: str, ctx) -> None:
    """Say that steps of embeddings differ where optimizers square their gradients."""
    if op in _SQUARING and ctx.project.embeds and ctx.target.name in ("torch", "jax"):
        if not any(found.node is node for found in ctx.findings):
            ctx.note(node, "S2S200", name, _OCCURRENCES)


def _entry(name: str, module: str, ctx):
    """The entry of the class of this name."""
    wanted = _SHORT.get(name.lower(), name).replace("_", "").lower()
    for native, entry in ctx.source.entries.items():
        parent, _, last = native.rpartition(".")
        if parent == module and last[:1].isupper() and last.lower() == wanted and entry.op:
            return entry
    return None


_DATASETS = "tensorflow.data.Dataset"
_MADE_BY = frozenset(("from_generator", "from_tensor_slices", "from_tensors", "range", "zip"))


@rule(cst.Call)
def made_dataset(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``tf.data.Dataset.from_tensor_slices(x)`` -> ``Dataset.from_tensor_slices(x)``."""
    owner, _, name = ctx.name_of(node.func).rpartition(".")
    if owner != _DATASETS or name not in _MADE_BY or not leaves_keras(ctx):
        return None
    if "keras.Dataset" not in ctx.target.templates:
        return None
    ctx.count("exact")
    kept = _without_shapes(node.args) if name == "from_generator" else node.args
    args = nodes.spaced([arg.with_changes(value=ctx.visit(arg.value)) for arg in kept])
    return node.with_changes(func=cst.Attribute(ctx.helper("keras.Dataset"), cst.Name(name)), args=args)


def _without_shapes(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """The arguments of ``from_generator`` without the shapes, which the elements have themselves."""
    order = ("generator", "output_types", "output_shapes", "args", "output_signature", "name")
    kept = []
    for arg, place in zip(args, order):
        name = arg.keyword.value if arg.keyword is not None else place
        if name not in ("name", "output_shapes"):
            kept.append(nodes.keyword(name, arg.value) if arg.keyword is None and name == "args" else arg)
    return kept


@rule(cst.Attribute)
def chosen_parallelism(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``tf.data.AUTOTUNE`` -> ``-1``, its value."""
    if node.attr.value != "AUTOTUNE" or not leaves_keras(ctx):
        return None
    if ctx.name_of(node) not in ("tensorflow.data.AUTOTUNE", "tensorflow.data.experimental.AUTOTUNE"):
        return None
    return cst.UnaryOperation(cst.Minus(), cst.Integer("1"))


def penalised_weight(arg: cst.Arg, entry, ctx) -> str:
    """The weight (or ``activity``) whose penalty an argument of a layer is, where the target adds it; else ''."""
    keyword = arg.keyword.value if arg.keyword is not None else ""
    if keyword not in entry.ignore or "keras.regularized" not in ctx.target.templates or ctx.target.name == "numpy":
        return ""
    return "" if ctx.kind(arg.value).tag == "none" else _PENALISED.get(keyword, "")


@rule(cst.Expr)
def shown_model(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | cst.Expr | None:
    """``model.summary()`` -> ``print(model)``."""
    if not isinstance(node.value, cst.Call) or not _is_method(node.value, "summary", ctx):
        return None
    ctx.count("close")
    return cst.Expr(nodes.call(cst.Name("print"), ctx.visit(node.value.func.value)))


@rule(cst.Call)
def saved_model(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``model.save(path)`` -> ``model.save_weights(path)``."""
    if not _is_method(node, "save", ctx):
        return None
    ctx.count("approximate")
    ctx.note(node, "S2S200", "keras.Model.save", _SAVED)
    kept = [a for a in node.args if a.keyword is None or a.keyword.value in ("filepath", "overwrite")]
    args = [a.with_changes(value=ctx.visit(a.value)) for a in kept]
    func = _visited(node.func, ctx).with_changes(attr=cst.Name("save_weights"))
    return node.with_changes(func=func, args=nodes.spaced(args))
