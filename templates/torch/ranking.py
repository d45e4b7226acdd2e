"""Ranks of values in their order."""

import torch


def rankdata(x, /, *, method="average", axis=None):
    """The rank of each value, from 1; ties get what the method says, and all is NaN along an axis with a NaN."""
    x = torch.as_tensor(x)
    values = x.flatten() if axis is None else x.movedim(axis, -1).contiguous()
    ordered, order = torch.sort(values, dim=-1, stable=True)
    if method == "ordinal":
        ranks = torch.argsort(order, dim=-1) + 1
    elif method == "dense":
        first = torch.ones_like(ordered, dtype=torch.bool)
        first[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
        ranks = first.cumsum(-1).gather(-1, torch.argsort(order, dim=-1))
    else:
        least, most = torch.searchsorted(ordered, values) + 1, torch.searchsorted(ordered, values, right=True)
        ranks = {"average": (least + most) / 2, "min": least, "max": most}[method]
    ranks = ranks.to(x.dtype if x.is_floating_point() else torch.get_default_dtype())
    if x.is_floating_point():
        ranks = ranks.masked_fill(values.isnan().any(-1, keepdim=True), torch.nan)
    return ranks if axis is None else ranks.movedim(-1, axis)
