"""Initialisers that fill a variable in place and return it; fans as in PyTorch's layouts."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from .random import draw_key, in_transformation


def _fill(tensor, value):
    """Sets all elements of a variable (or NumPy array) in place."""
    tensor[...] = jnp.broadcast_to(jnp.asarray(value, tensor.dtype), tensor.shape)
    return tensor


def _fill_drawn(tensor, draw, generator):
    """Fills with `draw(key, shape, dtype)`, compiled for flat powers of two only: NumPy cuts."""
    size = math.prod(tensor.shape)
    values = draw(draw_key(generator), (1 << max(size - 1, 0).bit_length(),), tensor.dtype)
    values = values if isinstance(values, jax.core.Tracer) else np.asarray(values)
    return _fill(tensor, jnp.array(values[:size].reshape(tensor.shape)))


def filled(shape, value, dtype):
    """Array of one value; outside transformations nothing is compiled for its shape."""
    return jnp.array((jnp if in_transformation() else np).full(shape, value, dtype))


def initialised(array, fill, *args, **kwargs):
    """A new array of the same shape and dtype, filled by an initialiser."""
    variable = nnx.Variable(array)
    fill(variable, *args, **kwargs)
    return variable[...]


def zeros_(tensor):
    """Fills with zeros."""
    return constant_(tensor, 0)


def ones_(tensor):
    """Fills with ones."""
    return constant_(tensor, 1)


def constant_(tensor, val):
    """Fills with one value."""
    return _fill(tensor, filled(tensor.shape, val, tensor.dtype))


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Fills with draws from U(a, b)."""
    return _fill_drawn(tensor, lambda *args: jax.random.uniform(*args, a, b), generator)


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Fills with draws from N(mean, std^2)."""
    return _fill_drawn(tensor, lambda *args: mean + std * jax.random.normal(*args), generator)


def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Fills with draws from N(mean, std^2) cut to [a, b] (absolute bounds)."""

    def draw(key, shape, dtype):
        low, high = (a - mean) / std, (b - mean) / std
        draws = jax.random.truncated_normal(key, low, high, shape, dtype)
        return jnp.clip(mean + std * draws, a, b)

    return _fill_drawn(tensor, draw, generator)


def calculate_gain(nonlinearity, param=None):
    """Recommended gain of a nonlinearity; `param` is the slope of "leaky_relu"."""
    linear = ("linear", "sigmoid", "conv1d", "conv2d", "conv3d")
    transposed = ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 0.75}
    if nonlinearity in linear + transposed:
        return 1
    if nonlinearity == "leaky_relu":
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def _calculate_fan_in_and_fan_out(tensor):
    """(fan in, fan out) of a weight of shape (out, in, *kernel)."""
    rows, columns, *kernel = tensor.shape
    return columns * math.prod(kernel), rows * math.prod(kernel)


def _calculate_correct_fan(tensor, mode):
    """Fan in or fan out, by the name "fan_in" or "fan_out"."""
    return _calculate_fan_in_and_fan_out(tensor)[["fan_in", "fan_out"].index(mode.lower())]


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Fills with U(-a, a) where a = gain * sqrt(6 / (fan_in + fan_out))."""
    rows, columns, *kernel = tensor.shape
    bound = gain * math.sqrt(6.0 / ((rows + columns) * math.prod(kernel)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Fills with N(0, std^2) where std = gain * sqrt(2 / (fan_in + fan_out))."""
    rows, columns, *kernel = tensor.shape
    std = gain * math.sqrt(2.0 / ((rows + columns) * math.prod(kernel)))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Fills with U(-b, b) where b = gain * sqrt(3 / fan)."""
    std = calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    bound = math.sqrt(3.0) * std
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Fills with N(0, std^2) where std = gain / sqrt(fan)."""
    std = calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def orthogonal_(tensor, gain=1, generator=None):
    """Fills with a (semi-)orthogonal matrix of shape (first axis, all other axes)."""
    if len(tensor.shape) < 2:
        raise ValueError("orthogonal_ needs a tensor of at least two axes")
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    flat = jax.random.normal(draw_key(generator), (max(rows, columns), min(rows, columns)))
    q, r = jnp.linalg.qr(flat)
    q = q * jnp.sign(jnp.diagonal(r))
    q = q.T if rows < columns else q
    return _fill(tensor, gain * q.reshape(tensor.shape))


def eye_(tensor):
    """Fills a matrix with the identity."""
    if len(tensor.shape) != 2:
        raise ValueError("eye_ needs a tensor of two axes")
    return _fill(tensor, jnp.eye(*tensor.shape))


def dirac_(tensor, groups=1):
    """Fills a convolution kernel (out, in, *kernel) so that it keeps its input channels."""
    shape = tensor.shape
    if len(shape) not in (3, 4, 5) or shape[0] % groups:
        raise ValueError("dirac_ needs 3 to 5 axes and a first size divisible by groups")
    values = np.zeros(shape)
    per_group = shape[0] // groups
    center = tuple(size // 2 for size in shape[2:])
    for group in range(groups):
        for channel in range(min(per_group, shape[1])):
            values[(group * per_group + channel, channel) + center] = 1
    return _fill(tensor, values)


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Fills a matrix with N(0, std^2) and a share `sparsity` of each column with zeros."""
    if len(tensor.shape) != 2:
        raise ValueError("sparse_ needs a tensor of two axes")
    count = math.ceil(sparsity * tensor.shape[0])
    normal_(tensor, 0.0, std, generator)
    order = jnp.argsort(jax.random.uniform(draw_key(generator), tensor.shape), axis=0)
    return _fill(tensor, jnp.where(order < count, 0.0, jnp.asarray(tensor)))
