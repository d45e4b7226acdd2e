"""What layers of flax compute: channels come last, kernels hold the window, the inputs and the outputs."""

import math

import keras
import tensorflow as tf

from .functional import conv_channels_last, dilated_conv_channels_last, insert_gaps, lowest
from .keys import random_split
from .shape import shape_of
from .windows import positive_axes, several, transposed_padding, window_pairs


def dtype_name(x):
    """The name of the dtype of a tensor or variable."""
    return keras.backend.standardize_dtype(x.dtype)


def promoted(*arrays, dtype=None):
    """The arrays in one floating dtype: the given one, else the one that their dtypes promote to; None stays None."""
    if dtype is None:
        known = [dtype_name(array) for array in arrays if array is not None]
        dtype = keras.backend.result_type(*known, float)
    return [None if array is None else tf.cast(array, dtype) for array in arrays]


# Keys that the following random keys come from; the last one counts.
KEYS = []


def new_key():
    """A random key that follows from the last of KEYS, else drawn from TensorFlow's generator."""
    if not KEYS:
        return tf.cast(tf.random.uniform((2,), 0, 2**32, dtype=tf.int64), tf.uint32)
    KEYS[-1], key = tf.unstack(random_split(KEYS[-1]))
    return key


def lecun_normal(key, shape, dtype=tf.float32):
    """Truncated normal numbers of variance 1 / fan-in; the key is the seed of TensorFlow's generator."""
    fan_in = math.prod(shape) / shape[-1]
    # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
    std = math.sqrt(1 / fan_in) / 0.87962566103423978
    return tf.random.stateless_truncated_normal(
        shape, tf.cast(key, tf.int64), stddev=std, dtype=dtype
    )


def orthogonal(key, shape, dtype=tf.float32):
    """A matrix with orthogonal columns, or rows when it has fewer rows."""
    rows, columns = shape
    normal = tf.random.stateless_normal(
        (max(shape), min(shape)), tf.cast(key, tf.int64), dtype=dtype
    )
    q, r = tf.linalg.qr(normal)
    q = q * tf.sign(tf.linalg.diag_part(r))
    return q if rows >= columns else tf.transpose(q)


def embedding_normal(key, shape, dtype=tf.float32):
    """Normal numbers of variance 1 / features."""
    return tf.random.stateless_normal(
        shape, tf.cast(key, tf.int64), stddev=1 / math.sqrt(shape[-1]), dtype=dtype
    )


def zeros(key, shape, dtype=tf.float32):
    """Zeros."""
    return tf.zeros(shape, dtype)


def ones(key, shape, dtype=tf.float32):
    """Ones."""
    return tf.ones(shape, dtype)


def per_axis(value, rank):
    """A number for each axis from one number, none or several."""
    values = several(1 if value is None else value)
    return values * rank if len(values) == 1 else values


def same_pairs(sizes, widths, strides):
    """Padding that gives size / stride windows, rounded up; the odd one goes to the end."""
    pairs = []
    for size, width, stride in zip(sizes, widths, strides, strict=True):
        total = (-(-size // stride) - 1) * stride + width - size
        total = tf.maximum(total, 0) if tf.is_tensor(total) else max(total, 0)
        pairs.append((total // 2, total - total // 2))
    return pairs


def wrapped(x, axis, low, high):
    """An axis padded by what is at its other end."""
    size = shape_of(x)[axis]
    return tf.gather(x, tf.range(-low, size + high) % size, axis=axis)


def batched(x, rank):
    """An array with one batch axis before ``rank`` axes and the channels, and the sizes of the batch axes it had."""
    sizes = shape_of(x)
    lead = sizes[: -(rank + 1)]
    return x if len(lead) == 1 else tf.reshape(x, [-1, *sizes[-(rank + 1) :]]), lead


def unbatched(x, lead):
    """The batch axes as they were."""
    return x if len(lead) == 1 else tf.reshape(x, [*lead, *shape_of(x)[1:]])


def flax_convolution(
    x, kernel, bias, strides=1, padding="SAME", input_dilation=1, kernel_dilation=1, groups=1
):
    """Convolution over the axes before the last; all axes before those are batch axes."""
    rank = len(kernel.shape) - 2
    x, lead = batched(x, rank)
    strides, rates, gaps = (per_axis(v, rank) for v in (strides, kernel_dilation, input_dilation))
    if x.shape[-1] != kernel.shape[-2] * groups:
        raise ValueError(
            f"{x.shape[-1]} input channels, but the kernel is for {kernel.shape[-2]} in {groups} groups"
        )
    padding = window_pairs(padding, rank)
    if padding in ("SAME", "VALID") and groups == 1 and all(n == 1 for n in (*rates, *gaps)):
        y = tf.nn.convolution(x, kernel, strides, padding)
    else:
        widths = [(n - 1) * rate + 1 for n, rate in zip(kernel.shape[:rank], rates, strict=True)]
        x = padded_for(x, padding, widths, strides, gaps)
        y = valid_convolution(x, kernel, strides, rates, groups)
    return unbatched(y if bias is None else y + bias, lead)


def padded_for(x, padding, widths, strides, gaps):
    """The input of a convolution without padding of its own, spread by its dilation."""
    centred = [((width - 1) // 2, width // 2) for width in widths]
    if padding == "CIRCULAR":
        for axis, pair in enumerate(centred, 1):
            x = wrapped(x, axis, *pair)
    elif padding == "REFLECT":
        x = tf.pad(x, [(0, 0), *centred, (0, 0)], mode="REFLECT")
    elif padding == "CAUSAL":
        if len(widths) != 1:
            raise ValueError("causal padding is for convolutions over one axis")
        padding = ((widths[0] - 1, 0),)
    elif padding == "SAME":
        padding = same_pairs(shape_of(x)[1:-1], widths, strides)
    for axis, gap in enumerate(gaps, 1):
        x = insert_gaps(x, axis, gap)
    return x if isinstance(padding, str) else tf.pad(x, [(0, 0), *padding, (0, 0)])


def valid_convolution(x, kernel, strides, rates, groups):
    """Convolution without padding, with gaps in the kernel and groups of channels."""
    if len(strides) == 1:
        y = valid_convolution(x[:, None], kernel[None], strides * 2, (1, *rates), groups)
        return y[:, 0]
    if any(rate != 1 for rate in rates):
        return dilated_conv_channels_last(x, kernel, strides, rates, groups)
    return conv_channels_last(x, kernel, strides, groups)


def flax_conv_transpose(
    x, kernel, bias, strides=None, padding="SAME", kernel_dilation=None, transpose_kernel=False
):
    """Convolution of the input spread by the strides; a transposed kernel holds the outputs before the inputs."""
    rank = len(kernel.shape) - 2
    x, lead = batched(x, rank)
    strides, rates = per_axis(strides, rank), per_axis(kernel_dilation, rank)
    if not transpose_kernel:
        kernel = tf.reverse(tf.linalg.matrix_transpose(kernel), list(range(rank)))
    for axis, rate in enumerate(rates):
        kernel = insert_gaps(kernel, axis, rate)
    widths = kernel.shape[:rank]
    pairs = window_pairs(padding, rank)
    if isinstance(pairs, str):
        pairs = [transposed_padding(*axis, pairs) for axis in zip(widths, strides, strict=True)]
    sizes = shape_of(x)
    full = [
        (n - 1) * stride + width
        for n, stride, width in zip(sizes[1:-1], strides, widths, strict=True)
    ]
    y = tf.nn.conv_transpose(
        x, kernel, [sizes[0], *full, kernel.shape[-2]], strides, padding="VALID"
    )
    more = [
        (low - width + 1, high - width + 1)
        for (low, high), width in zip(pairs, widths, strict=True)
    ]
    y = tf.pad(y, [(0, 0), *((max(low, 0), max(high, 0)) for low, high in more), (0, 0)])
    cuts = (slice(max(-low, 0), min(high, 0) or None) for low, high in more)
    y = y[(slice(None), *cuts)]
    return unbatched(y if bias is None else y + bias, lead)


def flax_pool(inputs, window_shape, strides, padding, mode):
    """The largest value ("max") or the sum ("sum") of each window over the axes before the last."""
    rank = len(window_shape)
    strides, window = tuple(strides or (1,) * rank), tuple(window_shape)
    x, lead = batched(inputs, rank)
    padding = window_pairs(padding, rank)
    if padding == "SAME":
        padding = same_pairs(shape_of(x)[1:-1], window, strides)
    if padding != "VALID":
        value = lowest(x.dtype) if mode == "max" else 0
        x = tf.pad(x, [(0, 0), *padding, (0, 0)], constant_values=value)
    if mode == "max":
        return unbatched(tf.nn.max_pool(x, window, strides, "VALID"), lead)
    return unbatched(tf.nn.avg_pool(x, window, strides, "VALID") * math.prod(window), lead)


def mean_and_variance(x, axes, dtype=None, fast=True, mask=None, centered=True):
    """Mean and biased variance over axes, in float32 at least; ``fast`` takes it as mean square less squared mean."""
    given = dtype_name(x) if dtype is None else keras.backend.standardize_dtype(dtype)
    x = tf.cast(x, keras.backend.result_type(given, "float32"))

    def average(values):
        if mask is None:
            return tf.reduce_mean(values, axes)
        kept = tf.broadcast_to(tf.cast(mask, tf.bool), tf.shape(values))
        total = tf.reduce_sum(tf.where(kept, values, tf.zeros_like(values)), axes)
        return total / tf.reduce_sum(tf.cast(kept, values.dtype), axes)

    if not centered:
        variance = average(x * x)
        return tf.zeros_like(variance), variance
    mean = average(x)
    if fast:
        return mean, tf.maximum(average(x * x) - mean * mean, 0)
    return mean, average((x - unsqueezed(mean, axes, len(x.shape))) ** 2)


def unsqueezed(x, axes, rank):
    """The array with the axes that were reduced as axes of length one."""
    for axis in positive_axes(axes, rank):
        x = tf.expand_dims(x, axis)
    return x


def normalized(x, mean, variance, scale, bias, axes, features, epsilon, dtype=None):
    """The input centred and divided by its deviation, scaled and shifted along its feature axes."""
    rank = len(x.shape)
    features = positive_axes(features, rank)
    along = [size if axis in features else 1 for axis, size in enumerate(x.shape)]
    if dtype is None:
        dtype = promoted(x, scale, bias)[0].dtype
    x, mean, variance, scale, bias = promoted(x, mean, variance, scale, bias)
    factor = tf.math.rsqrt(unsqueezed(variance, axes, rank) + epsilon)
    if scale is not None:
        factor = factor * tf.reshape(scale, along)
    y = (x - unsqueezed(mean, axes, rank)) * factor
    if bias is not None:
        y = y + tf.reshape(bias, along)
    return tf.cast(y, dtype)


def dropped_out(x, rate, shape=None):
    """Zeros with this probability, the rest divided by the probability to stay; one draw per element of shape."""
    if rate == 1:
        return tf.zeros_like(x)
    seed = tf.cast(new_key(), tf.int64)
    kept = tf.random.stateless_uniform(shape_of(x) if shape is None else shape, seed) >= rate
    return tf.where(kept, x / (1 - rate), tf.zeros_like(x))


def repeated_heads(x, heads):
    """Keys or values of fewer heads, each for a group of neighbouring query heads."""
    return x if x.shape[-2] == heads else tf.repeat(x, heads // x.shape[-2], axis=-2)


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
    weights = tf.einsum("...qhd,...khd->...hqk", query / math.sqrt(query.shape[-1]), key)
    if bias is not None:
        weights, bias = promoted(weights, bias)
        weights = weights + bias
    keep = None if mask is None else tf.cast(mask, tf.bool)
    if is_causal:
        causal = tf.linalg.band_part(tf.ones(shape_of(weights)[-2:]), -1, 0) > 0
        keep = causal if keep is None else keep & causal
    if keep is not None:
        weights = tf.where(keep, weights, tf.constant(weights.dtype.min, weights.dtype))
    weights = tf.nn.softmax(weights)
    if not deterministic and dropout_rate > 0:
        sizes = shape_of(weights)
        lead = (1,) * (len(sizes) - 2) if broadcast_dropout else sizes[:-2]
        weights = dropped_out(weights, dropout_rate, (*lead, *sizes[-2:]))
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
    weights, value = promoted(weights, repeated_heads(value, query.shape[-2]))
    return tf.einsum("...hqk,...khd->...qhd", weights, value)


def flipped_sequences(x, lengths, time):
    """Sequences in reverse order; where lengths are given, each within its length."""
    if lengths is None:
        return tf.reverse(x, [time])
    rank, steps = len(lengths.shape), shape_of(x)[time]
    x = keras.ops.moveaxis(x, time, rank)
    last = tf.cast(lengths, tf.int32)[..., None]
    x = tf.gather(x, (tf.range(steps - 1, -1, -1) + last) % steps, axis=rank, batch_dims=rank)
    return keras.ops.moveaxis(x, rank, time)


def carry_at(carries, steps):
    """The carry of each sequence after its last step."""
    if isinstance(carries[0], tuple):
        return tuple(carry_at(parts, steps) for parts in zip(*carries, strict=True))
    steps = tf.cast(steps, tf.int32)
    return tf.gather(tf.stack(carries, axis=1), steps, axis=1, batch_dims=1)


def concatenated(first, second):
    """The outputs of both directions beside each other."""
    return tf.concat([first, second], axis=-1)
