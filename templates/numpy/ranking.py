"""Ranks of values in their order."""

import numpy as np


def rankdata(x, /, *, method="average", axis=None):
    """The rank of each value, from 1; ties get what the method says, and all is NaN along an axis with a NaN."""
    x = np.asarray(x)
    values = x.ravel() if axis is None else np.moveaxis(x, axis, -1)
    order = np.argsort(values, axis=-1, kind="stable")
    places, ordered = np.argsort(order, axis=-1, kind="stable"), np.take_along_axis(values, order, -1)
    first = np.ones_like(ordered, dtype=bool)
    first[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    position, count = np.arange(values.shape[-1]), values.shape[-1]
    least = np.maximum.accumulate(np.where(first, position, 0), axis=-1) + 1
    last = np.roll(first, -1, axis=-1)
    last[..., -1:] = True
    most = np.minimum.accumulate(np.where(last, position + 1, count)[..., ::-1], axis=-1)[..., ::-1]
    ranks = {
        "average": (least + most) / 2, "min": least, "max": most, "dense": np.cumsum(first, axis=-1),
        "ordinal": np.broadcast_to(position + 1, values.shape),
    }[method]  # fmt: skip
    floats = np.issubdtype(x.dtype, np.floating)
    ranks = np.take_along_axis(ranks, places, -1).astype(x.dtype if floats else np.float32)
    if floats:
        ranks = np.where(np.isnan(values).any(-1, keepdims=True), np.nan, ranks).astype(x.dtype)
    return ranks if axis is None else np.moveaxis(ranks, -1, axis)
