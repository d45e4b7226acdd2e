"""Metrics of Keras that are means of functions of examples."""

from ..keras_losses import (
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
from .metrics import MeanMetric


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
