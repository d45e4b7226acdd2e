"""Losses and metrics by the names that Keras gives them."""

from .decisions import AUC, Precision, Recall
from .loss_classes import loss_function
from .metric_classes import (
    BinaryCrossentropyMetric,
    CategoricalCrossentropyMetric,
    CosineSimilarityMetric,
    MeanAbsoluteErrorMetric,
    MeanAbsolutePercentageErrorMetric,
    MeanSquaredErrorMetric,
    MeanSquaredLogarithmicErrorMetric,
    SparseCategoricalCrossentropyMetric,
)
from .metrics import RootMeanSquaredError
from .structures import each_array


def named_losses(value):
    """Losses in place of their names; what is none stays."""
    return each_array(loss_function, value)


def named_metrics(value):
    """Metrics in place of their names; those that the shape of outputs decides on stay names."""
    known = {
        "mse": MeanSquaredErrorMetric,
        "mean_squared_error": MeanSquaredErrorMetric,
        "mae": MeanAbsoluteErrorMetric,
        "mean_absolute_error": MeanAbsoluteErrorMetric,
        "mape": MeanAbsolutePercentageErrorMetric,
        "msle": MeanSquaredLogarithmicErrorMetric,
        "root_mean_squared_error": RootMeanSquaredError,
        "cosine_similarity": CosineSimilarityMetric,
        "binary_crossentropy": BinaryCrossentropyMetric,
        "categorical_crossentropy": CategoricalCrossentropyMetric,
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropyMetric,
        "auc": AUC,
        "precision": Precision,
        "recall": Recall,
    }

    def named(metric):
        if not isinstance(metric, str) or metric.lower() in ("acc", "accuracy"):
            return metric
        if metric.lower() not in known:
            raise ValueError(f"no metric here is named {metric!r}: give an object")
        return known[metric.lower()](name=metric)

    return each_array(named, value)
