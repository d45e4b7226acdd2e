"""The orders of axes and the padding of lax's convolutions."""

import math


def axis_orders(dimension_numbers, ndim):
    """For input, kernel and output, where batch (or output channel), channel and the spatial axes stand."""
    if dimension_numbers is None:
        return (tuple(range(ndim)),) * 3
    if not isinstance(dimension_numbers, (tuple, list)):
        raise TypeError("dimension_numbers must be three strings, such as ('NHWC', 'HWIO', 'NHWC')")
    lhs, rhs, out = dimension_numbers
    spatial = [c for c in rhs if c not in "OI"]
    return tuple(
        tuple(spec.index(c) for c in (*heads, *spatial))
        for spec, heads in ((lhs, "NC"), (rhs, "OI"), (out, "NC"))
    )


def pad_pairs(padding, sizes, window, strides):
    """The padding before and after each spatial axis."""
    if not isinstance(padding, str):
        return [tuple(pair) for pair in padding]
    if padding.upper() == "VALID":
        return [(0, 0)] * len(sizes)
    pairs = []
    for size, width, stride in zip(sizes, window, strides, strict=True):
        total = max((math.ceil(size / stride) - 1) * stride + width - size, 0)
        pairs.append((total // 2, total - total // 2))
    return [pair[::-1] for pair in pairs] if padding.upper() == "SAME_LOWER" else pairs
