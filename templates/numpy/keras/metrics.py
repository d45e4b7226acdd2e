"""Metrics of Keras as objects: what is gathered over the batches of an epoch."""

import numpy as np

from ..keras_losses import (
    _same_rank,
    binary_accuracy,
    binary_crossentropy,
    categorical_accuracy,
    categorical_crossentropy,
    categorical_hinge,
    cosine_of_angle,
    equal_elements,
    hinge,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson_loss,
    sparse_categorical_accuracy,
    sparse_categorical_crossentropy,
    sparse_top_k_categorical_accuracy,
    squared_hinge,
    top_k_categorical_accuracy,
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


class Accuracy(MeanMetric):
    """How often predictions are the true values."""

    def __init__(self, name="accuracy"):
        super().__init__(equal_elements, name)


class TopKCategoricalAccuracy(MeanMetric):
    """How often the class of a one-hot target is among the k largest predictions."""

    def __init__(self, name="top_k_categorical_accuracy", k=5):
        super().__init__(top_k_categorical_accuracy, name, k=k)


class SparseTopKCategoricalAccuracy(MeanMetric):
    """How often the class whose index is given is among the k largest predictions."""

    def __init__(self, name="sparse_top_k_categorical_accuracy", k=5):
        super().__init__(sparse_top_k_categorical_accuracy, name, k=k)


class MeanSquaredErrorMetric(MeanMetric):
    """The mean of squared errors over all batches."""

    def __init__(self, name="mean_squared_error"):
        super().__init__(mean_squared_error, name)


class MeanAbsoluteErrorMetric(MeanMetric):
    """The mean of absolute errors over all batches."""

    def __init__(self, name="mean_absolute_error"):
        super().__init__(mean_absolute_error, name)


class MeanAbsolutePercentageErrorMetric(MeanMetric):
    """The mean of absolute errors in percent over all batches."""

    def __init__(self, name="mean_absolute_percentage_error"):
        super().__init__(mean_absolute_percentage_error, name)


class MeanSquaredLogarithmicErrorMetric(MeanMetric):
    """The mean of squared errors of logarithms over all batches."""

    def __init__(self, name="mean_squared_logarithmic_error"):
        super().__init__(mean_squared_logarithmic_error, name)


class LogCoshError(MeanMetric):
    """The mean of the logarithm of the hyperbolic cosine of errors over all batches."""

    def __init__(self, name="logcosh"):
        super().__init__(log_cosh, name)


class PoissonMetric(MeanMetric):
    """The mean Poisson loss over all batches."""

    def __init__(self, name="poisson"):
        super().__init__(poisson_loss, name)


class KLDivergenceMetric(MeanMetric):
    """The mean Kullback-Leibler divergence over all batches."""

    def __init__(self, name="kl_divergence"):
        super().__init__(kl_divergence, name)


class CosineSimilarityMetric(MeanMetric):
    """The mean cosine of the angle between vectors over all batches."""

    def __init__(self, name="cosine_similarity", axis=-1):
        super().__init__(cosine_of_angle, name, axis=axis)


class HingeMetric(MeanMetric):
    """The mean hinge loss over all batches."""

    def __init__(self, name="hinge"):
        super().__init__(hinge, name)


class SquaredHingeMetric(MeanMetric):
    """The mean squared hinge loss over all batches."""

    def __init__(self, name="squared_hinge"):
        super().__init__(squared_hinge, name)


class CategoricalHingeMetric(MeanMetric):
    """The mean categorical hinge loss over all batches."""

    def __init__(self, name="categorical_hinge"):
        super().__init__(categorical_hinge, name)


class BinaryCrossentropyMetric(MeanMetric):
    """The mean cross-entropy of two classes over all batches."""

    def __init__(self, name="binary_crossentropy", from_logits=False, label_smoothing=0.0):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing}
        super().__init__(binary_crossentropy, name, **options)


class CategoricalCrossentropyMetric(MeanMetric):
    """The mean cross-entropy of one-hot targets over all batches."""

    def __init__(
        self, name="categorical_crossentropy", from_logits=False, label_smoothing=0.0, axis=-1
    ):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, name, **options)


class SparseCategoricalCrossentropyMetric(MeanMetric):
    """The mean cross-entropy of indices of classes over all batches."""

    def __init__(self, name="sparse_categorical_crossentropy", from_logits=False, axis=-1):
        super().__init__(sparse_categorical_crossentropy, name, from_logits=from_logits, axis=axis)
