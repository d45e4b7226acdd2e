"""Arrays with the channels last: their order, and the padding of windows."""

import math


def _spatial(value, rank, data_format):
    """One number per spatial axis of a stride, size or rate that may also name batch and channels."""
    if value is None:
        return (1,) * rank
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if len(values) == 1:
        return values * rank
    if len(values) == rank:
        return values
    return values[2:] if _channels_first(data_format) else values[1:-1]


def _channels_first(data_format):
    return data_format is not None and (
        data_format.startswith("NC") or data_format == "channels_first"
    )


def _same_padding(size, window, stride, rate):
    """Zeros before and after an axis so that the output has ceil(size / stride) places; the odd one goes to the end."""
    total = max((math.ceil(size / stride) - 1) * stride + (window - 1) * rate + 1 - size, 0)
    return total // 2, total - total // 2


def _paddings(sizes, windows, strides, rates, padding):
    if not isinstance(padding, str):
        pairs = [tuple(pair) for pair in padding]
        return pairs if len(pairs) == len(sizes) else pairs[1:-1]
    if padding.upper() == "VALID":
        return [(0, 0)] * len(sizes)
    return [_same_padding(*axis) for axis in zip(sizes, windows, strides, rates, strict=True)]


def bias_add(value, bias, /, data_format=None):
    """The bias added to the channels."""
    if _channels_first(data_format):
        bias = bias.reshape((-1,) + (1,) * (value.ndim - 2))
    return value + bias
