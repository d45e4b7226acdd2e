"""Convolution, pooling and normalisation of arrays whose channels come last, with TensorFlow's padding."""


import numpy as np

from .functional import (
    _adaptive_avg_pool,
    _adaptive_max_pool,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from .last_axes import _channels_first, _paddings, _spatial


def _first(x, data_format):
    """The channels moved to the second place."""
    return x if _channels_first(data_format) else np.moveaxis(x, -1, 1)


def _last(x, data_format):
    """The channels moved back to where the input has them."""
    return x if _channels_first(data_format) else np.moveaxis(x, 1, -1)


def _windows(x, window, strides, rates, pairs, value=0.0):
    """All windows of an array with channels in the second place: (n, c, *places, *window)."""
    rank = len(window)
    x = np.pad(x, [(0, 0), (0, 0), *pairs], constant_values=value)
    reach = tuple((w - 1) * r + 1 for w, r in zip(window, rates, strict=True))
    found = np.lib.stride_tricks.sliding_window_view(x, reach, axis=tuple(range(2, 2 + rank)))
    places = tuple(slice(None, None, s) for s in strides)
    return found[(slice(None), slice(None), *places, *(slice(None, None, r) for r in rates))]


def convolution(input, filters, /, strides=1, padding="VALID", data_format=None, dilations=None):
    """Convolution with filters laid out as window, input channels, output channels."""
    rank = filters.ndim - 2
    x, window = _first(input, data_format), filters.shape[:-2]
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    found = _windows(
        x, window, strides, rates, _paddings(x.shape[2:], window, strides, rates, padding)
    )
    groups = x.shape[1] // filters.shape[-2]
    parts = [
        np.tensordot(part, kernel, [[1, *range(2 + rank, 2 + 2 * rank)], [rank, *range(rank)]])
        for part, kernel in zip(
            np.split(found, groups, 1), np.split(filters, groups, -1), strict=True
        )
    ]
    return _last(np.moveaxis(np.concatenate(parts, -1), -1, 1), data_format)


def _transposed_borders(size, stride, rate, extra, padding):
    """What Keras adds (or, below zero, cuts) before and after an axis of the full result."""
    window = (size - 1) * rate + 1
    if padding.lower() == "valid":
        return 0, max(window, stride) - window if extra is None else extra
    total = stride + window - 2 if extra is None else window + window % 2 - 2 + extra
    before = min((total + 1) // 2, window - 1)
    return before - (window - 1), total - before - (window - 1)


def transposed_convolution(
    input,
    filters,
    /,
    strides=1,
    padding="valid",
    output_padding=None,
    data_format=None,
    dilations=None,
):
    """Transposed convolution with filters laid out as window, output channels, input channels."""
    rank = filters.ndim - 2
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    extra = (
        (None,) * rank if output_padding is None else _spatial(output_padding, rank, data_format)
    )
    function = (conv_transpose1d, conv_transpose2d, conv_transpose3d)[rank - 1]
    weight = np.transpose(filters, (rank + 1, rank, *range(rank)))
    x = function(_first(input, data_format), weight, stride=strides, dilation=rates)
    axes = zip(filters.shape[:rank], strides, rates, extra, strict=True)
    for axis, sizes in enumerate(axes, 2):
        before, after = _transposed_borders(*sizes, padding)
        pairs = [(0, 0)] * x.ndim
        pairs[axis] = max(before, 0), max(after, 0)
        cut = slice(max(-before, 0), x.shape[axis] - max(-after, 0))
        x = np.pad(x[(slice(None),) * axis + (cut,)], pairs)
    return _last(x, data_format)


def depthwise_convolution(
    input, filter, /, strides=1, padding="VALID", data_format=None, dilations=None
):
    """Convolution of each channel with its own filters, laid out as window, channels, filters per channel."""
    x, window = _first(input, data_format), filter.shape[:-2]
    rank = len(window)
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    pairs = _paddings(x.shape[2:], window, strides, rates, padding)
    found = _windows(x, window, strides, rates, pairs)
    places, steps = "hwd"[:rank], "ijk"[:rank]
    out = np.einsum(f"nc{places}{steps},{steps}cm->ncm{places}", found, filter)
    return _last(out.reshape(out.shape[0], -1, *out.shape[3:]), data_format)


def pool(input, window_shape, /, mode, strides=None, padding="VALID", data_format=None):
    """The largest value ("max") or the mean ("avg") of each window; the mean leaves padding out."""
    rank = input.ndim - 2
    x = _first(input, data_format)
    window = _spatial(window_shape, rank, data_format)
    strides = window if strides is None else _spatial(strides, rank, data_format)
    pairs = _paddings(x.shape[2:], window, strides, (1,) * rank, padding)
    axes = tuple(range(-rank, 0))
    if mode.lower() == "max":
        return _last(
            _windows(x, window, strides, (1,) * rank, pairs, -np.inf).max(axis=axes), data_format
        )
    total = _windows(x, window, strides, (1,) * rank, pairs).sum(axis=axes)
    count = _windows(np.ones_like(x[:1, :1]), window, strides, (1,) * rank, pairs).sum(axis=axes)
    return _last(total / count, data_format)


def adaptive_average_pool(input, output_size, /, data_format=None):
    """Means of as many bins along each spatial axis as the output has places."""
    x = _first(input, data_format)
    return _last(_adaptive_avg_pool(x.ndim - 2, x, output_size), data_format)


def adaptive_max_pool(input, output_size, /, data_format=None):
    """Maxima of as many bins along each spatial axis as the output has places."""
    x = _first(input, data_format)
    return _last(_adaptive_max_pool(x.ndim - 2, x, output_size, False), data_format)


def separable_convolution(
    input,
    depthwise_filter,
    pointwise_filter,
    /,
    strides=1,
    padding="VALID",
    data_format=None,
    dilations=None,
):
    """Convolution of each channel with its own filters, then of all channels at each place."""
    x = depthwise_convolution(input, depthwise_filter, strides, padding, data_format, dilations)
    return convolution(x, pointwise_filter, data_format=data_format)


def space_to_depth(input, block_size, /, data_format="NHWC"):
    """Blocks of pixels as channels, in the order row, column, channel."""
    if _channels_first(data_format):
        n, c, h, w = input.shape
        x = input.reshape(n, c, h // block_size, block_size, w // block_size, block_size)
        return np.transpose(x, (0, 3, 5, 1, 2, 4)).reshape(n, -1, h // block_size, w // block_size)
    n, h, w, c = input.shape
    x = input.reshape(n, h // block_size, block_size, w // block_size, block_size, c)
    return np.transpose(x, (0, 1, 3, 2, 4, 5)).reshape(n, h // block_size, w // block_size, -1)


def depth_to_space(input, block_size, /, data_format="NHWC"):
    """Channels, in the order row, column, channel, as blocks of pixels."""
    if _channels_first(data_format):
        n, c, h, w = input.shape
        x = input.reshape(n, block_size, block_size, c // block_size**2, h, w)
        return np.transpose(x, (0, 3, 4, 1, 5, 2)).reshape(n, -1, h * block_size, w * block_size)
    n, h, w, c = input.shape
    x = input.reshape(n, h, w, block_size, block_size, c // block_size**2)
    return np.transpose(x, (0, 1, 3, 2, 4, 5)).reshape(n, h * block_size, w * block_size, -1)


def local_response_normalization(input, /, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    """Each value divided by a power of the sum of squares over neighbouring channels, which come last."""
    square = np.square(input)
    count = input.shape[-1]
    total = [
        np.sum(square[..., max(i - depth_radius, 0) : i + depth_radius + 1], axis=-1)
        for i in range(count)
    ]
    return input / (bias + alpha * np.stack(total, axis=-1)) ** beta


def transposed_to_shape(
    input, filters, output_shape, /, strides=1, padding="SAME", data_format=None, dilations=None
):
    """Transposed convolution whose result has this shape, as TensorFlow's ``conv2d_transpose`` gives it."""
    rank, first = filters.ndim - 2, _channels_first(data_format)
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    sizes = [int(size) for size in (output_shape[2:] if first else output_shape[1:-1])]
    places = input.shape[2:] if first else input.shape[1:-1]
    spans = [
        (n - 1) * stride + (window - 1) * rate + 1
        for n, stride, window, rate in zip(places, strides, filters.shape, rates)
    ]
    if padding.upper() == "VALID":
        extra = [size - span for size, span in zip(sizes, spans)]
        return transposed_convolution(input, filters, strides, "valid", extra, data_format, rates)
    whole = transposed_convolution(input, filters, strides, "valid", None, data_format, rates)
    starts = [max(span - size, 0) // 2 for size, span in zip(sizes, spans)]
    kept = [slice(start, start + size) for start, size in zip(starts, sizes)]
    return whole[(slice(None), slice(None), *kept)] if first else whole[(slice(None), *kept)]
