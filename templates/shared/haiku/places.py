"""Axes and padding of Haiku's convolutions and pooling."""

import math


def channel_axis(data_format):
    """1 where channels come first, -1 where they come last."""
    return 1 if data_format == "channels_first" or data_format.startswith("NC") else -1


def axis_names(rank, data_format, kernel):
    """The orders of axes of inputs, kernel and outputs."""
    space = "DHW"[-rank:]
    arrays = f"NC{space}" if channel_axis(data_format) == 1 else f"N{space}C"
    return arrays, space + kernel, arrays


def per_axis(value, rank):
    """A number for each axis."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


def pairs_of_padding(padding, rank):
    """Pairs for each axis, or the name of a way to pad."""
    if isinstance(padding, str):
        return padding.upper()
    if callable(padding) or (padding and callable(padding[0])):
        raise NotImplementedError("functions that compute the padding; give pairs of numbers")
    pairs = (tuple(padding),) if isinstance(padding[0], int) else tuple(tuple(p) for p in padding)
    return pairs * rank if len(pairs) == 1 else pairs


def transposed_padding(width, stride, padding):
    """Zeros before and after an axis of the spread input."""
    if padding == "SAME":
        low = width - 1 if stride > width - 1 else math.ceil((width + stride - 2) / 2)
        return low, width + stride - 2 - low
    return width - 1, width + stride - 2 + max(width - stride, 0) - (width - 1)


def padding_for_size(size, wanted, width, stride, padding):
    """Zeros before and after an axis of the spread input so that the output has the wanted size."""
    whole = wanted - width + 1 if padding == "VALID" else wanted
    if size != math.ceil(whole / stride):
        raise ValueError(f"an axis of size {size} does not become one of size {wanted}")
    cut = 0 if padding == "VALID" else max(0, (size - 1) * stride + width - wanted) // 2
    low = width - 1 - cut
    return low, wanted + width - 1 - ((size - 1) * stride + 1) - low


def spatial(value, rank):
    """Sizes along the axes between the first and the last; several sizes end with that of the channels."""
    if isinstance(value, int):
        return (value,) * rank
    values = (1,) * (rank + 2 - len(value)) + tuple(value)
    if values[0] != 1 or values[-1] != 1:
        raise NotImplementedError(f"{tuple(value)} pools over examples or channels")
    return values[1:-1]
