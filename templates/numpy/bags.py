"""Sums, means and maxima of rows of tables."""

import numpy as np

from .functional import embedding
from .init import normal_
from .layers import _parameter
from .module import Module


def embedding_bag(
    input,
    weight,
    offsets=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    mode="mean",
    sparse=False,
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
):
    """Sum, mean or maximum of the rows of `weight` for each bag of integers; `padding_idx` is left out.

    Bags are the rows of `input`, or start at `offsets` in it; those without integers give zeros.
    """
    if max_norm is not None or scale_grad_by_freq:
        raise NotImplementedError("embedding_bag with max_norm or scale_grad_by_freq")
    if mode not in ("sum", "mean", "max") or (per_sample_weights is not None and mode != "sum"):
        raise ValueError(f"mode {mode!r} with these arguments is not valid")
    index, table = np.asarray(input), np.asarray(weight)
    bags, count = _bags(index, offsets, include_last_offset)
    index = index.reshape(-1)
    rows = embedding(index, table)
    if per_sample_weights is not None:
        rows = rows * np.reshape(per_sample_weights, (-1, 1))
    used = bags < count if padding_idx is None else (bags < count) & (index != padding_idx % table.shape[0])
    result = np.zeros((count, rows.shape[1]), rows.dtype)
    for bag in range(count):
        held = rows[used & (bags == bag)]
        if len(held):
            result[bag] = {"sum": np.sum, "mean": np.mean, "max": np.max}[mode](held, axis=0)
    return result


def _bags(index, offsets, include_last_offset):
    """The bag of each integer, the number of bags for those after the last one; and that number."""
    if index.ndim == 2:
        if offsets is not None:
            raise ValueError("bags that are rows have no offsets")
        return np.repeat(np.arange(index.shape[0]), index.shape[1]), index.shape[0]
    starts = np.asarray(offsets)
    return np.searchsorted(starts, np.arange(index.size), side="right") - 1, len(starts) - include_last_offset


class EmbeddingBag(Module):
    """Sums, means or maxima of rows of a table for bags of integers."""

    def __init__(
        self,
        num_embeddings,
        embedding_dim,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        mode="mean",
        sparse=False,
        _weight=None,
        include_last_offset=False,
        padding_idx=None,
        device=None,
        dtype=None,
    ):
        if max_norm is not None or scale_grad_by_freq:
            raise NotImplementedError("EmbeddingBag with max_norm or scale_grad_by_freq")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.mode, self.include_last_offset = mode, include_last_offset
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if _weight is not None:
            self.weight = np.asarray(_weight)
            return
        self.weight = _parameter((num_embeddings, embedding_dim), dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Draws the table from N(0, 1) and sets the row `padding_idx` to 0."""
        normal_(self.weight)
        if self.padding_idx is not None:
            self.weight[self.padding_idx] = 0

    def __call__(self, input, offsets=None, per_sample_weights=None):
        return embedding_bag(
            input,
            self.weight,
            offsets,
            mode=self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )
