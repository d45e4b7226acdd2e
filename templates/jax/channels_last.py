"""Convolution, pooling and normalisation of arrays whose channels come last, with TensorFlow's padding."""


import jax.numpy as jnp
from jax import lax

from .functional import _adaptive_avg_pool, _adaptive_max_pool
from .last_axes import _channels_first, _paddings, _spatial


def _layout(rank, data_format):
    """The names of the axes of input, filters and output."""
    space = "DHW"[-rank:]
    data = f"NC{space}" if _channels_first(data_format) else f"N{space}C"
    return data, f"{space}IO", data


def convolution(input, filters, /, strides=1, padding="VALID", data_format=None, dilations=None):
    """Convolution with filters laid out as window, input channels, output channels."""
    rank = filters.ndim - 2
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    layout = _layout(rank, data_format)
    sizes = [input.shape[layout[0].index(name)] for name in "DHW"[-rank:]]
    return lax.conv_general_dilated(
        input,
        filters,
        strides,
        _paddings(sizes, filters.shape[:rank], strides, rates, padding),
        rhs_dilation=rates,
        dimension_numbers=layout,
        feature_group_count=input.shape[layout[0].index("C")] // filters.shape[rank],
    )


def _transposed_borders(size, stride, rate, extra, padding):
    """Zeros before and after an axis of the input whose places are ``stride`` apart."""
    window = (size - 1) * rate + 1
    if padding.lower() == "valid":
        after = max(window, stride) - window if extra is None else extra
        return window - 1, window - 1 + after
    total = stride + window - 2 if extra is None else window + window % 2 - 2 + extra
    before = min((total + 1) // 2, window - 1)
    return before, total - before


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
    axes = zip(filters.shape[:rank], strides, rates, extra, strict=True)
    data, space = _layout(rank, data_format)[0], "DHW"[-rank:]
    return lax.conv_general_dilated(
        input,
        jnp.flip(filters, tuple(range(rank))),
        (1,) * rank,
        [_transposed_borders(*axis, padding) for axis in axes],
        lhs_dilation=strides,
        rhs_dilation=rates,
        dimension_numbers=(data, f"{space}OI", data),
    )


def depthwise_convolution(
    input, filter, /, strides=1, padding="VALID", data_format=None, dilations=None
):
    """Convolution of each channel with its own filters, laid out as window, channels, filters per channel."""
    *window, channels, multiplier = filter.shape
    rank = len(window)
    strides, rates = (_spatial(v, rank, data_format) for v in (strides, dilations))
    layout = _layout(rank, data_format)
    sizes = [input.shape[layout[0].index(name)] for name in "DHW"[-rank:]]
    return lax.conv_general_dilated(
        input,
        filter.reshape(*window, 1, channels * multiplier),
        strides,
        _paddings(sizes, window, strides, rates, padding),
        rhs_dilation=rates,
        dimension_numbers=layout,
        feature_group_count=channels,
    )


def pool(input, window_shape, /, mode, strides=None, padding="VALID", data_format=None):
    """The largest value ("max") or the mean ("avg") of each window; the mean leaves padding out."""
    rank = input.ndim - 2
    window = _spatial(window_shape, rank, data_format)
    strides = window if strides is None else _spatial(strides, rank, data_format)
    first = _channels_first(data_format)
    sizes = input.shape[2:] if first else input.shape[1:-1]
    pairs = _paddings(sizes, window, strides, (1,) * rank, padding)
    around = [(0, 0), (0, 0), *pairs] if first else [(0, 0), *pairs, (0, 0)]
    whole = [(1, 1, *values) if first else (1, *values, 1) for values in (window, strides)]
    if mode.lower() == "max":
        return lax.reduce_window(input, -jnp.inf, lax.max, *whole, around)
    total = lax.reduce_window(input, 0.0, lax.add, *whole, around)
    return total / lax.reduce_window(jnp.ones_like(input), 0.0, lax.add, *whole, around)


def adaptive_average_pool(input, output_size, /, data_format=None):
    """Means of as many bins along each spatial axis as the output has places."""
    first = _channels_first(data_format)
    x = input if first else jnp.moveaxis(input, -1, 1)
    x = _adaptive_avg_pool(x.ndim - 2, x, output_size)
    return x if first else jnp.moveaxis(x, 1, -1)


def adaptive_max_pool(input, output_size, /, data_format=None):
    """Maxima of as many bins along each spatial axis as the output has places."""
    first = _channels_first(data_format)
    x = input if first else jnp.moveaxis(input, -1, 1)
    x = _adaptive_max_pool(x.ndim - 2, x, output_size, False)
    return x if first else jnp.moveaxis(x, 1, -1)


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
        return jnp.transpose(x, (0, 3, 5, 1, 2, 4)).reshape(n, -1, h // block_size, w // block_size)
    n, h, w, c = input.shape
    x = input.reshape(n, h // block_size, block_size, w // block_size, block_size, c)
    return jnp.transpose(x, (0, 1, 3, 2, 4, 5)).reshape(n, h // block_size, w // block_size, -1)


def depth_to_space(input, block_size, /, data_format="NHWC"):
    """Channels, in the order row, column, channel, as blocks of pixels."""
    if _channels_first(data_format):
        n, c, h, w = input.shape
        x = input.reshape(n, block_size, block_size, c // block_size**2, h, w)
        return jnp.transpose(x, (0, 3, 4, 1, 5, 2)).reshape(n, -1, h * block_size, w * block_size)
    n, h, w, c = input.shape
    x = input.reshape(n, h, w, block_size, block_size, c // block_size**2)
    return jnp.transpose(x, (0, 1, 3, 2, 4, 5)).reshape(n, h * block_size, w * block_size, -1)


def local_response_normalization(input, /, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5):
    """Each value divided by a power of the sum of squares over neighbouring channels, which come last."""
    square = jnp.square(input)
    count = input.shape[-1]
    total = [
        jnp.sum(square[..., max(i - depth_radius, 0) : i + depth_radius + 1], axis=-1)
        for i in range(count)
    ]
    return input / (bias + alpha * jnp.stack(total, axis=-1)) ** beta


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
