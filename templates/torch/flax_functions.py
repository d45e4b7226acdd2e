"""What layers of flax and Haiku compute: channels come last, kernels hold the window, the inputs and the outputs."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from .channels_last import _first, _last, _padded, convolution
from .last_axes import _paddings, _spatial
from .windows import positive_axes, transposed_padding, window_pairs


def dtype_of(dtype):
    """A dtype that may be given by its name."""
    return getattr(torch, dtype) if isinstance(dtype, str) else dtype


def promoted(*arrays, dtype=None):
    """The arrays in one floating dtype: the given one, else the one that their dtypes promote to; None stays None."""
    if dtype is None:
        dtype = torch.bool
        for array in arrays:
            dtype = dtype if array is None else torch.promote_types(dtype, array.dtype)
        dtype = (
            dtype
            if dtype.is_floating_point or dtype.is_complex
            else torch.promote_types(dtype, torch.float32)
        )
    return [None if array is None else array.to(dtype_of(dtype)) for array in arrays]


def he_uniform(key, shape, dtype=torch.float32):
    """Uniform numbers of variance 2 / fan-in; numbers come from PyTorch's generator and not from the key."""
    limit = math.sqrt(6 * shape[-1] / math.prod(shape))
    return torch.empty(shape, dtype=dtype).uniform_(-limit, limit)


def lecun_normal(key, shape, dtype=torch.float32):
    """Truncated normal numbers of variance 1 / fan-in; numbers come from PyTorch's generator and not from the key."""
    fan_in = math.prod(shape) / shape[-1]
    # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
    std = math.sqrt(1 / fan_in) / 0.87962566103423978
    return nn.init.trunc_normal_(torch.empty(shape, dtype=dtype), std=std, a=-2 * std, b=2 * std)


def orthogonal(key, shape, dtype=torch.float32):
    """A matrix with orthogonal columns, or rows when it has fewer rows."""
    return nn.init.orthogonal_(torch.empty(shape, dtype=dtype))


def embedding_normal(key, shape, dtype=torch.float32):
    """Normal numbers of variance 1 / features."""
    return torch.randn(shape, dtype=dtype) / math.sqrt(shape[-1])


def zeros(key, shape, dtype=torch.float32):
    """Zeros."""
    return torch.zeros(shape, dtype=dtype)


def ones(key, shape, dtype=torch.float32):
    """Ones."""
    return torch.ones(shape, dtype=dtype)


def new_key():
    """A random key, drawn from PyTorch's generator."""
    return torch.randint(1 << 32, (2,)).to(torch.uint32)


def dilated(x, rates):
    """The array with rate - 1 zeros between neighbours on the axes between the first and the last."""
    for axis, rate in enumerate(rates, 1):
        if rate > 1:
            shape = list(x.shape)
            wide = x.new_zeros([*shape[: axis + 1], rate, *shape[axis + 1 :]])
            wide.select(axis + 1, 0).copy_(x)
            shape[axis] *= rate
            x = wide.reshape(shape).narrow(axis, 0, shape[axis] - rate + 1)
    return x


def padded_around(x, pairs, mode):
    """Axes between the first and the last padded by what is at their other end ("circular") or mirrored."""
    flat = [n for pair in reversed(pairs) for n in pair]
    return torch.movedim(F.pad(torch.movedim(x, -1, 1), flat, mode=mode), 1, -1)


def flax_convolution(
    x, kernel, bias, strides=1, padding="SAME", input_dilation=1, kernel_dilation=1, groups=1
):
    """Convolution over the axes before the last; all axes before those are batch axes."""
    rank = kernel.ndim - 2
    lead = x.shape[: -(rank + 1)]
    x = x.reshape(-1, *x.shape[-(rank + 1) :])
    strides, rates, rates_in = (
        _spatial(v, rank, None) for v in (strides, kernel_dilation, input_dilation)
    )
    if x.shape[-1] != kernel.shape[-2] * groups:
        raise ValueError(
            f"{x.shape[-1]} input channels, but the kernel is for {kernel.shape[-2]} in {groups} groups"
        )
    padding = window_pairs(padding, rank)
    widths = [(size - 1) * rate + 1 for size, rate in zip(kernel.shape, rates, strict=False)]
    if padding in ("CIRCULAR", "REFLECT"):
        x = padded_around(x, [((w - 1) // 2, w // 2) for w in widths], padding.lower())
        padding = "VALID"
    elif padding == "CAUSAL":
        if rank != 1:
            raise ValueError("causal padding is for convolutions over one axis")
        padding = ((widths[0] - 1, 0),)
    x = dilated(x, rates_in)
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
    strides, rates = (_spatial(v, rank, None) for v in (strides, kernel_dilation))
    widths = [(size - 1) * rate + 1 for size, rate in zip(kernel.shape, rates, strict=False)]
    pairs = window_pairs(padding, rank)
    if isinstance(pairs, str):
        pairs = [transposed_padding(*axis, pairs) for axis in zip(widths, strides, strict=True)]
    axes = tuple(range(rank))
    weight = (
        kernel.permute(rank + 1, rank, *axes)
        if transpose_kernel
        else kernel.permute(rank, rank + 1, *axes).flip(tuple(range(2, rank + 2)))
    )
    function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
    y = function(_first(x, None), weight, stride=strides, dilation=rates)
    crops = [
        (low - width + 1, high - width + 1)
        for (low, high), width in zip(pairs, widths, strict=True)
    ]
    y = _last(_padded(y, crops), None)
    y = y if bias is None else y + bias
    return y.reshape(*lead, *y.shape[1:])


def flax_pool(inputs, window_shape, strides, padding, mode):
    """The largest value ("max") or the sum ("sum") of each window over the axes before the last."""
    rank = len(window_shape)
    strides = strides or (1,) * rank
    lead = inputs.shape[: -(rank + 1)]
    x = _first(inputs.reshape(-1, *inputs.shape[-(rank + 1) :]), None)
    padding = window_pairs(padding, rank)
    pairs = _paddings(x.shape[2:], window_shape, strides, (1,) * rank, padding)
    if mode == "max":
        function = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
        y = function(_padded(x, pairs, float("-inf")), tuple(window_shape), tuple(strides))
    else:
        function = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[rank - 1]
        y = function(_padded(x, pairs), tuple(window_shape), tuple(strides)) * math.prod(
            window_shape
        )
    y = _last(y, None)
    return y.reshape(*lead, *y.shape[1:])


def mean_and_variance(x, axes, dtype=None, fast=True, mask=None, centered=True):
    """Mean and biased variance over axes, in float32 at least; ``fast`` takes it as mean square less squared mean."""
    x = x.to(torch.promote_types(dtype_of(dtype) or x.dtype, torch.float32))

    def average(values):
        if mask is None:
            return values.mean(axes)
        kept = torch.broadcast_to(mask, values.shape).to(values.dtype)
        return torch.where(kept > 0, values, 0).sum(axes) / kept.sum(axes)

    if not centered:
        variance = average(x.abs() ** 2)
        return torch.zeros_like(variance), variance
    mean = average(x)
    if fast:
        return mean, torch.clamp(average(x * x) - mean * mean, min=0)
    return mean, average((x - unsqueezed(mean, axes, x.ndim)) ** 2)


def unsqueezed(x, axes, rank):
    """The array with the axes that were reduced as axes of length one."""
    for axis in positive_axes(axes, rank):
        x = x.unsqueeze(axis)
    return x


def normalized(x, mean, variance, scale, bias, axes, features, epsilon, dtype=None):
    """The input centred and divided by its deviation, scaled and shifted along its feature axes."""
    axes, features = positive_axes(axes, x.ndim), positive_axes(features, x.ndim)
    shape = [1 if axis in axes else size for axis, size in enumerate(x.shape)]
    along = [size if axis in features else 1 for axis, size in enumerate(x.shape)]
    factor = torch.rsqrt(variance.reshape(shape) + epsilon)
    if scale is not None:
        factor = factor * scale.reshape(along)
    y = (x - mean.reshape(shape)) * factor
    if bias is not None:
        y = y + bias.reshape(along)
    kept = [a for a in (x, scale, bias) if a is not None]
    return y.to(dtype_of(dtype) or promoted(*kept)[0].dtype)


def dropped_out(x, rate, shape=None):
    """Zeros with this probability, the rest divided by the probability to stay; one draw per element of shape."""
    if rate == 1:
        return torch.zeros_like(x)
    kept = torch.rand(x.shape if shape is None else tuple(shape), device=x.device) >= rate
    return torch.where(kept, x / (1 - rate), torch.zeros_like(x))


def repeated_heads(x, heads):
    """Keys or values of fewer heads, each for a group of neighbouring query heads."""
    return x if x.shape[-2] == heads else x.repeat_interleave(heads // x.shape[-2], dim=-2)


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
    weights = torch.einsum("...qhd,...khd->...hqk", query / math.sqrt(query.shape[-1]), key)
    if bias is not None:
        weights = weights + bias
    keep = None if mask is None else mask.bool()
    if is_causal:
        causal = torch.ones(weights.shape[-2:], dtype=torch.bool, device=weights.device).tril()
        keep = causal if keep is None else keep & causal
    if keep is not None:
        weights = torch.where(keep, weights, torch.finfo(weights.dtype).min)
    weights = torch.softmax(weights, dim=-1)
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
        query,
        key,
        bias,
        mask,
        broadcast_dropout,
        dropout_rng,
        dropout_rate,
        deterministic,
        dtype,
        is_causal,
    )
    return torch.einsum("...hqk,...khd->...qhd", weights, repeated_heads(value, query.shape[-2]))


def flipped_sequences(x, lengths, time):
    """Sequences in reverse order; where lengths are given, each within its length."""
    if lengths is None:
        return x.flip(time)
    steps = x.shape[time]
    index = torch.arange(steps - 1, -1, -1, device=x.device)
    shape = [1] * lengths.ndim
    shape.insert(time, steps)
    index = (index.reshape(shape) + lengths.unsqueeze(time)) % steps
    index = index.reshape(*index.shape, *[1] * (x.ndim - index.ndim))
    return torch.take_along_dim(x, torch.broadcast_to(index, x.shape), dim=time)
