"""Initial values: functions that assign to a variable of PyTorch's layout and return it."""

import math

import numpy as np
import tensorflow as tf


def random_source(generator):
    """Where draws come from: TensorFlow's global state; a tf.random.Generator where `generator` is one."""
    return tf.random if generator is None else generator


def variable_dtype(tensor):
    """The dtype of a Keras or TensorFlow variable."""
    return tf.as_dtype(tensor.dtype)


def calculate_gain(nonlinearity, param=None):
    """Recommended gain for a nonlinearity; `param` is the slope of leaky_relu."""
    linear = ("linear", "sigmoid", *(f"conv{n}d" for n in (1, 2, 3)))
    if nonlinearity in linear or nonlinearity in [f"conv_transpose{n}d" for n in (1, 2, 3)]:
        return 1
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return math.sqrt(2.0 / (1 + slope**2))
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor):
    """Inputs and outputs of one unit of a weight (out, in, ...)."""
    outer, inner, *kernel = tensor.shape
    return inner * math.prod(kernel), outer * math.prod(kernel)


def initialised(array, fill, *args, **kwargs):
    """A new tensor of the same shape and dtype, filled by an initialiser."""
    variable = tf.Variable(array)
    fill(variable, *args, **kwargs)
    return tf.convert_to_tensor(variable)


def zeros_(tensor):
    """Fill with 0."""
    return constant_(tensor, 0.0)


def ones_(tensor):
    """Fill with 1."""
    return constant_(tensor, 1.0)


def constant_(tensor, val):
    """Fill with a number."""
    tensor.assign(tf.fill(tensor.shape, tf.cast(val, variable_dtype(tensor))))
    return tensor


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Draw from the uniform distribution on [a, b)."""
    source = random_source(generator)
    tensor.assign(source.uniform(tensor.shape, a, b, dtype=variable_dtype(tensor)))
    return tensor


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Draw from the normal distribution."""
    source = random_source(generator)
    tensor.assign(source.normal(tensor.shape, mean, std, dtype=variable_dtype(tensor)))
    return tensor


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Draw from the normal distribution cut to the values [a, b]."""
    low, high = (math.erf((edge - mean) / (std * math.sqrt(2.0))) for edge in (a, b))
    source = random_source(generator)
    draws = source.uniform(tensor.shape, low, high, dtype=tf.float64)
    values = mean + std * math.sqrt(2.0) * tf.math.erfinv(draws)
    tensor.assign(tf.cast(tf.clip_by_value(values, a, b), variable_dtype(tensor)))
    return tensor


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform with variance gain**2 * 2 / (fan_in + fan_out)."""
    bound = gain * math.sqrt(6.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal with variance gain**2 * 2 / (fan_in + fan_out)."""
    std = gain * math.sqrt(2.0 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return normal_(tensor, 0.0, std, generator)


def _calculate_correct_fan(tensor, mode):
    """The fan in or fan out of a weight, as `mode` says."""
    return _calculate_fan_in_and_fan_out(tensor)[["fan_in", "fan_out"].index(mode.lower())]


def kaiming_std(tensor, a, mode, nonlinearity):
    """Standard deviation gain / sqrt(fan)."""
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform with standard deviation gain / sqrt(fan)."""
    bound = math.sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal with standard deviation gain / sqrt(fan)."""
    return normal_(tensor, 0.0, kaiming_std(tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor, gain=1, generator=None):
    """A (semi-)orthogonal matrix; axes after the first are flattened."""
    if len(tensor.shape) < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    source = random_source(generator)
    flat = source.normal([max(rows, columns), min(rows, columns)], dtype=tf.float64)
    q, r = tf.linalg.qr(flat)
    q *= tf.sign(tf.linalg.diag_part(r))
    q = gain * (tf.transpose(q) if rows < columns else q)
    tensor.assign(tf.cast(tf.reshape(q, tensor.shape), variable_dtype(tensor)))
    return tensor


def eye_(tensor):
    """The identity matrix."""
    if len(tensor.shape) != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    tensor.assign(tf.eye(*tensor.shape, dtype=variable_dtype(tensor)))
    return tensor


def dirac_(tensor, groups=1):
    """A convolution weight (O, I, ...) that passes the input through, for each group."""
    if len(tensor.shape) not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError("dim 0 must be divisible by groups")
    values = np.zeros(tensor.shape)
    outputs = tensor.shape[0] // groups
    center = tuple(size // 2 for size in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(outputs, tensor.shape[1])):
            values[(group * outputs + channel, channel, *center)] = 1
    tensor.assign(tf.cast(values, variable_dtype(tensor)))
    return tensor


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Normal values of which a fraction `sparsity` of every column is 0."""
    if len(tensor.shape) != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    source = random_source(generator)
    order = tf.argsort(tf.argsort(source.uniform([rows, columns]), axis=0), axis=0)
    values = source.normal([rows, columns], 0.0, std, dtype=variable_dtype(tensor))
    tensor.assign(tf.where(order < math.ceil(sparsity * rows), tf.zeros_like(values), values))
    return tensor
