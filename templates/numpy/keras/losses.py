"""Losses of Keras as objects: what is common to all, a reduction over a batch."""

import numpy as np

from ..keras_losses import (
    _same_rank,
)
from .masks import mask_of


class Loss:
    """A loss of each example, which ``call`` gives, times weights, as a mean over all, a sum, or as it is."""

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        if dtype not in (None, "float32", np.float32):
            raise NotImplementedError("losses are computed in float32")
        self.name, self.reduction = name, reduction

    def __call__(self, y_true, y_pred, sample_weight=None):
        mask = mask_of(y_pred)
        y_true, y_pred = (np.asarray(y, dtype=np.float32) for y in (y_true, y_pred))
        values = self.call(y_true, y_pred)
        found = mask_of(values)
        mask = found if mask is None else mask if found is None else mask & found
        weights = None if sample_weight is None else np.asarray(sample_weight, dtype=values.dtype)
        if mask is not None:
            mask = mask.astype(values.dtype)
            if self.reduction in ("mean", "sum_over_batch_size"):
                mask = mask * (mask.size / np.maximum(mask.sum(), 1))
            if weights is not None:
                mask, weights = _same_rank(mask, weights)
            weights = mask if weights is None else mask * weights
        if weights is not None:
            values, weights = _same_rank(values, weights)
            values = values * weights
        return self.reduced(values, weights)

    def reduced(self, values, weights):
        """The values as the reduction says."""
        if self.reduction in (None, "none") or not values.ndim:
            return values
        if self.reduction == "sum":
            return values.sum()
        if self.reduction == "mean_with_sample_weight" and weights is not None:
            total = weights.sum()
            return np.where(total == 0, 0.0, values.sum() / np.where(total == 0, 1.0, total))
        return values.sum() / max(values.size, 1)

    def call(self, y_true, y_pred):
        """The loss of each example."""
        raise NotImplementedError
