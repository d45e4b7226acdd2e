"""Metrics of Keras as objects: what is gathered over the batches of an epoch."""

import numpy as np

from ..keras_losses import (
    _same_rank,
)
from .masks import mask_of


class Mean:
    """The mean of all values, or their weighted mean."""

    def __init__(self, name="mean"):
        self.name = name
        self.reset_state()

    def reset_state(self):
        """Forget all values."""
        self.total, self.count = 0.0, 0.0

    def update_state(self, values, sample_weight=None):
        """Take values in: the mean of each example, or of all that have one weight."""
        values = np.asarray(values, dtype=np.float32)
        count = values.shape[0] if values.ndim else 1
        if sample_weight is not None:
            weights = np.asarray(sample_weight, dtype=np.float32)
            values, weights = _same_rank(values, weights)
            if values.ndim > weights.ndim:
                values = values.mean(axis=tuple(range(weights.ndim, values.ndim)))
            weights = np.broadcast_to(weights, values.shape)
            values = values * weights
            count = (
                weights.mean(axis=tuple(range(1, weights.ndim))) if weights.ndim > 1 else weights
            ).sum()
        values = values.mean(axis=tuple(range(1, values.ndim))) if values.ndim > 1 else values
        self.total = self.total + values.sum()
        self.count = self.count + count

    def result(self):
        """The mean so far; zero without values."""
        return np.asarray(self.total / self.count if self.count else 0.0)

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()


class Sum(Mean):
    """The sum of all values, or their weighted sum."""

    def __init__(self, name="sum"):
        super().__init__(name)

    def update_state(self, values, sample_weight=None):
        """Take values in."""
        values = np.asarray(values, dtype=np.float32)
        if sample_weight is not None:
            weights = np.asarray(sample_weight, dtype=np.float32)
            values, weights = _same_rank(values, weights)
            if values.ndim > weights.ndim:
                values = values.sum(axis=tuple(range(weights.ndim, values.ndim)))
            values = values * np.broadcast_to(weights, values.shape)
        self.total = self.total + values.sum()

    def result(self):
        """The sum so far."""
        return np.asarray(self.total)


class MeanMetric(Mean):
    """The mean of a function of true and predicted values."""

    def __init__(self, function, name=None, **options):
        super().__init__(name)
        self.function, self.options = function, options

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take true and predicted values in."""
        mask = mask_of(y_pred)
        values = self.function(np.asarray(y_true), np.asarray(y_pred), **self.options)
        if mask is not None:
            mask = mask.astype(np.float32)
            if sample_weight is not None:
                mask, weights = _same_rank(mask, np.asarray(sample_weight, dtype=np.float32))
                mask = mask * weights
            sample_weight = mask
        super().update_state(values, sample_weight)


class RootMeanSquaredError(Mean):
    """The root of the mean of squared errors."""

    def __init__(self, name="root_mean_squared_error"):
        super().__init__(name)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take true and predicted values in."""
        y_true, y_pred = (np.asarray(y, dtype=np.float32) for y in (y_true, y_pred))
        y_true, y_pred = _same_rank(y_true, y_pred)
        super().update_state(np.square(y_pred - y_true), sample_weight)

    def result(self):
        """The root so far."""
        return np.sqrt(super().result())
