"""Losses and metrics of Keras as objects: a function of true and predicted values, reduced or gathered over batches."""

import torch

from ..keras_losses import (
    binary_accuracy,
    binary_crossentropy,
    categorical_accuracy,
    categorical_crossentropy,
    cosine_similarity_loss,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_squared_error,
    sparse_categorical_accuracy,
    sparse_categorical_crossentropy,
)
from .masks import mask_of


class Loss:
    """A loss of each example, times weights, as a mean over all of them, a sum, or as it is."""

    def __init__(self, function, reduction, **options):
        self.function, self.reduction, self.options = function, reduction, options

    def __call__(self, y_true, y_pred, sample_weight=None):
        y_pred = torch.as_tensor(y_pred)
        values, mask = self.function(torch.as_tensor(y_true), y_pred, **self.options), mask_of(y_pred)
        weights = None if sample_weight is None else torch.as_tensor(sample_weight).to(values.dtype)
        if mask is not None:
            mask = mask.to(values.dtype)
            if self.reduction == "sum_over_batch_size":
                mask = mask * mask.numel() / mask.sum()
            weights = mask if weights is None else mask * weights
        if weights is not None:
            if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
                weights = weights[..., 0]
            values = values * weights.reshape((*weights.shape, *[1] * (values.ndim - weights.ndim)))
        if self.reduction in (None, "none"):
            return values
        return values.sum() / (1 if self.reduction == "sum" else values.numel())


class MeanSquaredError(Loss):
    """The mean of squared errors."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(mean_squared_error, reduction)


class MeanAbsoluteError(Loss):
    """The mean of absolute errors."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(mean_absolute_error, reduction)


class BinaryCrossentropy(Loss):
    """The cross-entropy of probabilities, or logits, of two classes."""

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size"):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(binary_crossentropy, reduction, **options)


class CategoricalCrossentropy(Loss):
    """The cross-entropy of probabilities, or logits, and one-hot targets."""

    def __init__(self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size"):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, reduction, **options)


class SparseCategoricalCrossentropy(Loss):
    """The cross-entropy of probabilities, or logits, and indices of classes."""

    def __init__(self, from_logits=False, reduction="sum_over_batch_size", axis=-1):
        super().__init__(sparse_categorical_crossentropy, reduction, from_logits=from_logits, axis=axis)


class Huber(Loss):
    """Squares of small errors and absolute values of large ones."""

    def __init__(self, delta=1.0, reduction="sum_over_batch_size"):
        super().__init__(huber, reduction, delta=delta)


class KLDivergence(Loss):
    """The Kullback-Leibler divergence of probabilities."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(kl_divergence, reduction)


class LogCosh(Loss):
    """The logarithm of the hyperbolic cosine of errors."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(log_cosh, reduction)


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between vectors."""

    def __init__(self, axis=-1, reduction="sum_over_batch_size"):
        super().__init__(cosine_similarity_loss, reduction, axis=axis)


class Hinge(Loss):
    """How far predictions are below one on the right side."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(hinge, reduction)


class Mean:
    """The mean of all values, or their weighted mean."""

    def __init__(self, name="mean"):
        self.name = name
        self.reset_state()

    def reset_state(self):
        """Forget all values."""
        self.total, self.count = 0.0, 0.0

    def update_state(self, values, sample_weight=None):
        """Take values in."""
        values = torch.as_tensor(values, dtype=torch.float32).detach()
        weights = torch.ones_like(values) if sample_weight is None else torch.as_tensor(sample_weight)
        weights = weights.reshape((*weights.shape, *[1] * (values.ndim - weights.ndim))).expand_as(values)
        self.total = self.total + (values * weights).sum()
        self.count = self.count + weights.sum()

    def result(self):
        """The mean so far; zero without values."""
        return torch.as_tensor(self.total / self.count if self.count else 0.0)

    def __call__(self, *args, **kwargs):
        self.update_state(*args, **kwargs)
        return self.result()


class MeanMetric(Mean):
    """The mean of a function of true and predicted values."""

    def __init__(self, function, name, **options):
        super().__init__(name)
        self.function, self.options = function, options

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take true and predicted values in."""
        values = self.function(torch.as_tensor(y_true), torch.as_tensor(y_pred), **self.options)
        super().update_state(values, sample_weight)


class SparseCategoricalAccuracy(MeanMetric):
    """How often the largest prediction is the class whose index is given."""

    def __init__(self, name="sparse_categorical_accuracy"):
        super().__init__(sparse_categorical_accuracy, name)


class CategoricalAccuracy(MeanMetric):
    """How often the largest prediction is that of the one-hot target."""

    def __init__(self, name="categorical_accuracy"):
        super().__init__(categorical_accuracy, name)


class BinaryAccuracy(MeanMetric):
    """How often predictions are on the right side of a threshold."""

    def __init__(self, name="binary_accuracy", threshold=0.5):
        super().__init__(binary_accuracy, name, threshold=threshold)


class MeanSquaredErrorMetric(MeanMetric):
    """The mean of squared errors over all batches."""

    def __init__(self, name="mean_squared_error"):
        super().__init__(mean_squared_error, name)


class MeanAbsoluteErrorMetric(MeanMetric):
    """The mean of absolute errors over all batches."""

    def __init__(self, name="mean_absolute_error"):
        super().__init__(mean_absolute_error, name)
