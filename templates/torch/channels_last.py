"""Convolution, pooling and normalisation of arrays whose channels come last, with TensorFlow's padding."""


import torch
import torch.nn.functional as F

from .last_axes import _channels_first, _paddings, _spatial


def _first(x, data_format):
    """The channels moved to the second place."""
    return x if _channels_first(data_format) else torch.movedim(x, -1, 1)


def _last(x, data_format):
    """The channels moved back to where the input has them."""
    return x if _channels_first(data_format) else torch.movedim(x, 1, -1)


def _padded(x, pairs, value=0.0):
    flat = [n for pair in reversed(pairs) for n in pair]
    return F.pad(x, flat, value=value) if any(flat) else x


def convolution(input, filters, /, strides=1, padding="VALID", data_format=None, dilations=None):
    """Convolution with filters laid out as window, input channels, output channels."""
    rank = filters.ndim - 2
    x = _first(input, data_format)
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    x = _padded(x, _paddings(x.shape[2:], filters.shape[:rank], strides, rates, padding))
    if all(size == 1 for size in filters.shape[:rank]) and any(s > 1 for s in strides):
        # A stride is a slice here; the gradient of PyTorch's own writes outside of its memory for such inputs.
        x = x[(slice(None), slice(None), *(slice(None, None, s) for s in strides))]
        strides = (1,) * rank
    weight = filters.permute(rank + 1, rank, *range(rank))
    function = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    groups = x.shape[1] // filters.shape[rank]
    return _last(function(x, weight, stride=strides, dilation=rates, groups=groups), data_format)


def _transposed_borders(size, stride, rate, extra, padding):
    """What Keras adds (or, below zero, cuts) before and after an axis of the full result."""
    window = (size - 1) * rate + 1
    if padding.lower() != "same":
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
    function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
    weight = filters.permute(rank + 1, rank, *range(rank))
    x = function(_first(input, data_format), weight, stride=strides, dilation=rates)
    axes = zip(filters.shape[:rank], strides, rates, extra, strict=True)
    return _last(_padded(x, [_transposed_borders(*axis, padding) for axis in axes]), data_format)


def depthwise_convolution(
    input, filter, /, strides=1, padding="VALID", data_format=None, dilations=None
):
    """Convolution of each channel with its own filters, laid out as window, channels, filters per channel."""
    rank = filter.ndim - 2
    x = _first(input, data_format)
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    x = _padded(x, _paddings(x.shape[2:], filter.shape[:rank], strides, rates, padding))
    weight = filter.permute(rank, rank + 1, *range(rank)).reshape(-1, 1, *filter.shape[:rank])
    function = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
    return _last(
        function(x, weight, stride=strides, dilation=rates, groups=x.shape[1]), data_format
    )


def pool(input, window_shape, /, mode, strides=None, padding="VALID", data_format=None):
    """The largest value ("max") or the mean ("avg") of each window; the mean leaves padding out."""
    rank = input.ndim - 2
    x = _first(input, data_format)
    window = _spatial(window_shape, rank, data_format)
    strides = window if strides is None else _spatial(strides, rank, data_format)
    pairs = _paddings(x.shape[2:], window, strides, (1,) * rank, padding)
    if mode.lower() == "max":
        function = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[rank - 1]
        return _last(function(_padded(x, pairs, float("-inf")), window, strides), data_format)
    function = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[rank - 1]
    counted = function(_padded(torch.ones_like(x[:1, :1]), pairs), window, strides)
    return _last(function(_padded(x, pairs), window, strides) / counted, data_format)


def adaptive_average_pool(input, output_size, /, data_format=None):
    """Means of as many bins along each spatial axis as the output has places."""
    function = (F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d)[input.ndim - 3]
    return _last(function(_first(input, data_format), output_size), data_format)


def adaptive_max_pool(input, output_size, /, data_format=None):
    """Maxima of as many bins along each spatial axis as the output has places."""
    function = (F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d)[input.ndim - 3]
    return _last(function(_first(input, data_format), output_size), data_format)


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
        return torch.permute(x, (0, 3, 5, 1, 2, 4)).reshape(n, -1, h // block_size, w // block_size)
    n, h, w, c = input.shape
    x = input.reshape(n, h // block_size, block_size, w // block_size, block_size, c)
    return torch.permute(x, (0, 1, 3, 2, 4, 5)).reshape(n, h // block_size, w // block_size, -1)


def depth_to_space(input, block_size, /, data_format="NHWC"):
    """Channels, in the order row, column, channel, as blocks of pixels."""
    if _channels_first(data_format):
        n, c, h, w = input.shape
        x = input.reshape(n, block_size, block_size, c // block_size**2, h, w)
        return torch.permute(x, (0, 3, 4, 1, 5, 2)).reshape(n, -1, h * block_size, w * block_size)
    n, h, w, c = input.shape
    x = input.reshape(n, h, w, block_size, block_size, c // block_size**2)
    return torch.permute(x, (0, 1, 3, 2, 4, 5)).reshape(n, h * block_size, w * block_size, -1)


def local_response_normalization(input, /, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    """Each value divided by a power of the sum of squares over neighbouring channels, which come last."""
    square = torch.square(input)
    count = input.shape[-1]
    total = [
        torch.sum(square[..., max(i - depth_radius, 0) : i + depth_radius + 1], dim=-1)
        for i in range(count)
    ]
    return input / (bias + alpha * torch.stack(total, dim=-1)) ** beta


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
