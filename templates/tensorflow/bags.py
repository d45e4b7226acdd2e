"""Sums, means and maxima of rows of tables."""

import tensorflow as tf

from .functional import embedding
from .init import normal_
from .layers import empty_parameter
from .module import Module, Parameter


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
    table = tf.convert_to_tensor(weight)
    bags, count = bags_of(input, offsets, include_last_offset)
    index = tf.reshape(input, (-1,))
    rows = embedding(index, table)
    if per_sample_weights is not None:
        rows = rows * tf.reshape(per_sample_weights, (-1, 1))
    used = tf.ones_like(index, tf.bool) if padding_idx is None else index != padding_idx % table.shape[0]
    used = used[:, None]
    inside = tf.where(bags < count, bags, -1)
    sizes = tf.math.unsorted_segment_sum(tf.cast(used, rows.dtype), inside, count)
    if mode == "max":
        largest = tf.math.unsorted_segment_max(tf.where(used, rows, rows.dtype.min), inside, count)
        return tf.where(sizes > 0, largest, tf.zeros_like(largest))
    total = tf.math.unsorted_segment_sum(tf.where(used, rows, tf.zeros_like(rows)), inside, count)
    return total / tf.maximum(sizes, 1) if mode == "mean" else total


def bags_of(index, offsets, include_last_offset):
    """The bag of each integer, the number of bags for those after the last one; and that number."""
    index = tf.convert_to_tensor(index)
    if len(index.shape) == 2:
        if offsets is not None:
            raise ValueError("bags that are rows have no offsets")
        return tf.repeat(tf.range(tf.shape(index)[0]), tf.shape(index)[1]), tf.shape(index)[0]
    starts = tf.cast(offsets, tf.int32)
    bags = tf.searchsorted(starts, tf.range(tf.size(index)), side="right") - 1
    return bags, tf.size(starts) - int(include_last_offset)


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
        super().__init__()
        if max_norm is not None or scale_grad_by_freq:
            raise NotImplementedError("EmbeddingBag with max_norm or scale_grad_by_freq")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.mode, self.include_last_offset = mode, include_last_offset
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if _weight is not None:
            self.weight = Parameter(_weight)
            return
        self.weight = empty_parameter((num_embeddings, embedding_dim), dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Draws the table from N(0, 1) and sets the row `padding_idx` to 0."""
        normal_(self.weight)
        if self.padding_idx is not None:
            rows = tf.range(self.num_embeddings)[:, None] == self.padding_idx
            value = tf.convert_to_tensor(self.weight)
            self.weight.assign(tf.where(rows, tf.zeros_like(value), value))

    def call(self, input, offsets=None, per_sample_weights=None):
        return embedding_bag(
            input,
            self.weight,
            offsets,
            mode=self.mode,
            per_sample_weights=per_sample_weights,
            include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )
