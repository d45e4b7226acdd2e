"""What layers of flax compute: channels come last, kernels hold the window, the inputs and the outputs."""

import math

import numpy as np

from .channels_last import _first, _last, _windows, convolution
from .last_axes import _same_padding
from .random import default_generator
from .windows import positive_axes, several, transposed_padding, window_pairs


def promoted(*arrays, dtype=None):
    """The arrays in one floating dtype: the given one, else the one that their dtypes promote to; None stays None."""
    given = [None if array is None else np.asarray(array) for array in arrays]
    if dtype is None:
        known = {array.dtype for array in given if array is not None}
        floats = {kind for kind in known if np.issubdtype(kind, np.inexact)}
        dtype = np.result_type(*floats) if floats else np.float32
    return [None if array is None else array.astype(dtype, copy=False) for array in given]


def lecun_normal(key, shape, dtype=np.float32):
    """Truncated normal numbers of variance 1 / fan-in; numbers come from NumPy's generator and not from the key."""
    generator = default_generator()
    draws = generator.standard_normal(shape)
    while (outside := np.abs(draws) > 2).any():
        draws = np.where(outside, generator.standard_normal(shape), draws)
    fan_in = math.prod(shape) / shape[-1]
    # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
    return (draws * math.sqrt(1 / fan_in) / 0.87962566103423978).astype(dtype)


def orthogonal(key, shape, dtype=np.float32):
    """A matrix with orthogonal columns, or rows when it has fewer rows."""
    rows, columns = shape
    draws = default_generator().standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draws)
    q = (q * np.sign(np.diag(r))).astype(dtype)
    return q if rows >= columns else q.T


def embedding_normal(key, shape, dtype=np.float32):
    """Normal numbers of variance 1 / features."""
    return (default_generator().standard_normal(shape) / math.sqrt(shape[-1])).astype(dtype)


def zeros(key, shape, dtype=np.float32):
    """Zeros."""
    return np.zeros(shape, dtype)


def ones(key, shape, dtype=np.float32):
    """Ones."""
    return np.ones(shape, dtype)


def new_key():
    """A random key, drawn from NumPy's generator."""
    return default_generator().integers(1 << 32, size=2)


def per_axis(value, rank):
    """A number for each axis from one number, none or several."""
    values = several(1 if value is None else value)
    return values * rank if len(values) == 1 else values


def same_pairs(sizes, widths, strides):
    """Padding that gives size / stride windows, rounded up; the odd one goes to the end."""
    return [_same_padding(*axis, 1) for axis in zip(sizes, widths, strides, strict=True)]


def dilated(x, rates):
    """The array with rate - 1 zeros between neighbours on the axes between the first and the last."""
    sizes = [(n - 1) * rate + 1 for n, rate in zip(x.shape[1:-1], rates, strict=True)]
    wide = np.zeros((len(x), *sizes, x.shape[-1]), x.dtype)
    wide[(slice(None), *(slice(None, None, rate) for rate in rates))] = x
    return wide


def flax_convolution(
    x, kernel, bias, strides=1, padding="SAME", input_dilation=1, kernel_dilation=1, groups=1
):
    """Convolution over the axes before the last; all axes before those are batch axes."""
    rank = kernel.ndim - 2
    lead = x.shape[: -(rank + 1)]
    x = x.reshape(-1, *x.shape[-(rank + 1) :])
    strides, rates, gaps = (per_axis(v, rank) for v in (strides, kernel_dilation, input_dilation))
    if x.shape[-1] != kernel.shape[-2] * groups:
        raise ValueError(
            f"{x.shape[-1]} input channels, but the kernel is for {kernel.shape[-2]} in {groups} groups"
        )
    padding = window_pairs(padding, rank)
    widths = [(size - 1) * rate + 1 for size, rate in zip(kernel.shape, rates, strict=False)]
    if padding in ("CIRCULAR", "REFLECT"):
        pairs = [(0, 0), *(((width - 1) // 2, width // 2) for width in widths), (0, 0)]
        x = np.pad(x, pairs, mode="wrap" if padding == "CIRCULAR" else "reflect")
        padding = "VALID"
    elif padding == "CAUSAL":
        if rank != 1:
            raise ValueError("causal padding is for convolutions over one axis")
        padding = ((widths[0] - 1, 0),)
    elif padding == "SAME":
        padding = same_pairs(x.shape[1:-1], widths, strides)
    x = dilated(x, gaps)
    y = convolution(x, kernel, strides=strides, padding=padding, dilations=rates)
    y = y if bias is None else y + bias
    return y.reshape(*lead, *y.shape[1:])


def flax_conv_transpose(
    x, kernel, bias, strides=None, padding="SAME", kernel_dilation=None, transpose_kernel=False
):
    """Convolution of the input spread by the strides; a transposed kernel holds the outputs before the inputs."""
    rank = kernel.ndim - 2
    lead = x.shape[: -(rank + 1)]
    x = x.reshape(-1, *x.shape[-(rank + 1) :])
    strides, rates = per_axis(strides, rank), per_axis(kernel_dilation, rank)
    widths = [(size - 1) * rate + 1 for size, rate in zip(kernel.shape, rates, strict=False)]
    pairs = window_pairs(padding, rank)
    if isinstance(pairs, str):
        pairs = [transposed_padding(*axis, pairs) for axis in zip(widths, strides, strict=True)]
    if transpose_kernel:
        kernel = np.flip(np.swapaxes(kernel, -1, -2), tuple(range(rank)))
    y = convolution(dilated(x, strides), kernel, padding=pairs, dilations=rates)
    y = y if bias is None else y + bias
    return y.reshape(*lead, *y.shape[1:])


def flax_pool(inputs, window_shape, strides, padding, mode):
    """The largest value ("max") or the sum ("sum") of each window over the axes before the last."""
    rank = len(window_shape)
    strides = tuple(strides or (1,) * rank)
    lead = inputs.shape[: -(rank + 1)]
    x = _first(inputs.reshape(-1, *inputs.shape[-(rank + 1) :]), None)
    padding = window_pairs(padding, rank)
    if isinstance(padding, str):
        same = padding == "SAME"
        padding = same_pairs(x.shape[2:], window_shape, strides) if same else [(0, 0)] * rank
    value = -np.inf if mode == "max" else 0
    found = _windows(x, window_shape, strides, (1,) * rank, padding, value)
    axes = tuple(range(-rank, 0))
    y = _last(found.max(axis=axes) if mode == "max" else found.sum(axis=axes), None)
    return y.reshape(*lead, *y.shape[1:])


def mean_and_variance(x, axes, dtype=None, fast=True, mask=None, centered=True):
    """Mean and biased variance over axes, in float32 at least; ``fast`` takes it as mean square less squared mean."""
    x = x.astype(np.result_type(dtype or x.dtype, np.float32), copy=False)

    def average(values):
        if mask is None:
            return np.asarray(values.mean(axes))
        kept = np.broadcast_to(mask, values.shape) > 0
        total = np.where(kept, values, 0).sum(axes)
        return np.asarray(total / kept.sum(axes).astype(values.dtype))

    if not centered:
        variance = average(np.abs(x) ** 2)
        return np.zeros_like(variance), variance
    mean = average(x)
    if fast:
        return mean, np.maximum(average(x * x) - mean * mean, 0)
    return mean, average((x - np.expand_dims(mean, positive_axes(axes, x.ndim))) ** 2)


def normalized(x, mean, variance, scale, bias, axes, features, epsilon, dtype=None):
    """The input centred and divided by its deviation, scaled and shifted along its feature axes."""
    axes, features = positive_axes(axes, x.ndim), positive_axes(features, x.ndim)
    along = [size if axis in features else 1 for axis, size in enumerate(x.shape)]
    factor = 1 / np.sqrt(np.expand_dims(variance, axes) + epsilon)
    if scale is not None:
        factor = factor * scale.reshape(along)
    y = (x - np.expand_dims(mean, axes)) * factor
    if bias is not None:
        y = y + bias.reshape(along)
    return y.astype(dtype or promoted(x, scale, bias)[0].dtype, copy=False)


def dropped_out(x, rate, shape=None):
    """Zeros with this probability, the rest divided by the probability to stay; one draw per element of shape."""
    if rate == 1:
        return np.zeros_like(x)
    kept = default_generator().random(x.shape if shape is None else tuple(shape)) >= rate
    return np.where(kept, x / (1 - rate), np.zeros_like(x))


def repeated_heads(x, heads):
    """Keys or values of fewer heads, each for a group of neighbouring query heads."""
    return x if x.shape[-2] == heads else np.repeat(x, heads // x.shape[-2], axis=-2)


def dot_product_attention_weights(
    query,
    key,
    bias=None,
    mask=None,
    broadcast_dropout=True,
    dropout_rng=None,
    dropout_rate=0.0,
    deterministic=False,
    dtype=None,
    is_causal=False,
):
    """Softmax of the scaled products of queries and keys, (..., length, heads, depth): (..., heads, queries, keys)."""
    query, key = promoted(query, key, dtype=dtype)
    key = repeated_heads(key, query.shape[-2])
    query = query / math.sqrt(query.shape[-1])
    weights = np.einsum("...qhd,...khd->...hqk", query, key, optimize=True)
    if bias is not None:
        weights = weights + bias
    keep = None if mask is None else np.asarray(mask).astype(bool)
    if is_causal:
        causal = np.tri(*weights.shape[-2:], dtype=bool)
        keep = causal if keep is None else keep & causal
    if keep is not None:
        weights = np.where(keep, weights, np.finfo(weights.dtype).min)
    weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    if not deterministic and dropout_rate > 0:
        lead = (1,) * (weights.ndim - 2) if broadcast_dropout else weights.shape[:-2]
        weights = dropped_out(weights, dropout_rate, (*lead, *weights.shape[-2:]))
    return weights


def flax_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    broadcast_dropout=True,
    dropout_rng=None,
    dropout_rate=0.0,
    deterministic=False,
    dtype=None,
    is_causal=False,
):
    """Attention over arrays of shape (..., length, heads, depth)."""
    query, key, value = promoted(query, key, value, dtype=dtype)
    weights = dot_product_attention_weights(
        query, key, bias, mask, broadcast_dropout, dropout_rng, dropout_rate, deterministic, dtype, is_causal
    )  # fmt: skip
    value = repeated_heads(value, query.shape[-2])
    return np.einsum("...hqk,...khd->...qhd", weights, value, optimize=True)


def flipped_sequences(x, lengths, time):
    """Sequences in reverse order; where lengths are given, each within its length."""
    if lengths is None:
        return np.flip(x, time)
    steps = x.shape[time]
    shape = [1] * lengths.ndim
    shape.insert(time, steps)
    index = np.arange(steps - 1, -1, -1).reshape(shape)
    index = (index + np.expand_dims(lengths, time)) % steps
    return np.take_along_axis(x, index.reshape(*index.shape, *[1] * (x.ndim - index.ndim)), time)


def carry_at(carries, steps):
    """The carry of each sequence after its last step."""
    if isinstance(carries[0], tuple):
        return tuple(carry_at(parts, steps) for parts in zip(*carries, strict=True))
    return np.stack(carries)[np.asarray(steps), np.arange(len(steps))]


def concatenated(first, second):
    """The outputs of both directions beside each other."""
    return np.concatenate([first, second], axis=-1)
