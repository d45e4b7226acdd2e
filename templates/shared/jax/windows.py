"""Axes, windows and padding as flax has them."""

import math


def several(value):
    """A number as a tuple of one; numbers as a tuple."""
    return (value,) if isinstance(value, int) else tuple(value)


def positive_axes(axes, rank):
    """Axes counted from the front, in order."""
    return tuple(sorted({axis % rank for axis in several(axes)}))


def window_pairs(padding, rank):
    """Padding before and after each axis from one number, a number per axis or pairs; names stay as they are."""
    if isinstance(padding, str):
        if padding.upper() not in ("CAUSAL", "CIRCULAR", "REFLECT", "SAME", "VALID"):
            raise ValueError(f"padding {padding!r} is not converted")
        return padding.upper()
    pairs = (padding,) * rank if isinstance(padding, int) else tuple(padding)
    if len(pairs) != rank:
        raise ValueError(f"padding {padding} is not for {rank} axes")
    return tuple((pair, pair) if isinstance(pair, int) else tuple(pair) for pair in pairs)


def transposed_padding(width, stride, padding):
    """Zeros before and after an axis of the spread input."""
    if padding == "SAME":
        total = width + stride - 2
        low = width - 1 if stride > width - 1 else math.ceil(total / 2)
    elif padding == "VALID":
        total = width + stride - 2 + max(width - stride, 0)
        low = width - 1
    else:
        raise ValueError(f"padding {padding!r} is not converted; use 'SAME', 'VALID' or numbers")
    return low, total - low
