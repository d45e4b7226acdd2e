"""Images (N, C, ...) as (N, ..., C) and back, without transpositions that cancel one another.

On CPUs TensorFlow computes convolutions of images with channels last, and it keeps both transpositions
around a sum or an activation between two of them. While a graph is traced, a tensor that was made with
channels last remembers it, and what reads it takes that one; the other is then computed for nobody.
"""

import tensorflow as tf

# Operations on single elements, by TensorFlow's names, and those whose outputs are their inputs.
ELEMENTWISE = (
    *("AddV2", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "Neg", "Square", "Exp", "Erf"),
    *("Relu", "Relu6", "LeakyRelu", "Elu", "Selu", "Softplus", "Sigmoid", "Tanh"),
)
PASSED_ON = ("Identity", "IdentityN", "StopGradient")


def to_channels_last(x):
    """(N, C, ...) to (N, ..., C)."""
    last = known_channels_last(x)
    return transposed_last(x) if last is None else same_values(x, last)


def to_channels_first(x):
    """(N, ..., C) to (N, C, ...)."""
    rank = x.shape.rank
    out = tf.transpose(x, [0, rank - 1, *range(1, rank - 1)])
    if tf.is_symbolic_tensor(out):
        out.channels_last = x
    return out


def transposed_last(x):
    """(N, C, ...) to (N, ..., C), transposed."""
    return tf.transpose(x, [0, *range(2, x.shape.rank), 1])


@tf.custom_gradient
def same_values(x, last):
    """`last`, which is x (N, C, ...) as (N, ..., C); x alone has its gradient."""
    return tf.identity(last), lambda gradient: (to_channels_first(gradient), None)


def known_channels_last(x, depth=16):
    """x (N, C, ...) as (N, ..., C) where the graph being traced computes it without x, else None."""
    here = tf.is_symbolic_tensor(x) and x.graph is tf.compat.v1.get_default_graph()
    if not here or not depth or x.shape.rank is None or x.shape.rank < 3:
        return None
    if not hasattr(x, "channels_last"):
        x.channels_last = repeated_channels_last(x, depth - 1)
    return x.channels_last


def repeated_channels_last(x, depth):
    """The operation that made x, on operands with channels last where one of these is known."""
    op, rank = x.op, x.shape.rank
    if op.type in PASSED_ON:
        return known_channels_last(op.inputs[x.value_index], depth)
    joined = op.type == "ConcatV2"
    operands = list(op.inputs)[: -1 if joined else None]
    if not joined and (
        op.type not in ELEMENTWISE or any(y.shape.rank not in (0, rank) for y in operands)
    ):
        return None
    known = [known_channels_last(y, depth) for y in operands]
    if all(y is None for y in known):
        return None
    last = [
        transposed_last(y) if z is None and y.shape.rank else y if z is None else z
        for y, z in zip(operands, known)
    ]
    if joined:
        axis = tf.get_static_value(op.inputs[-1])
        return None if axis is None else tf.concat(last, [0, rank - 1, *range(1, rank - 1)][axis])
    names = [argument.name for argument in op.op_def.input_arg]
    options = {a.name: op.get_attr(a.name) for a in op.op_def.attr if a.type != "type"}
    return getattr(tf.raw_ops, op.type)(**dict(zip(names, last)), **options)
