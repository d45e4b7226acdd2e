"""Losses of Keras by their functions, and by their names."""

from ..keras_losses import (
    _same_rank,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    categorical_hinge,
    circle_loss,
    cosine_similarity_loss,
    ctc,
    dice_loss,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson_loss,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky_loss,
)
from .losses import Loss
from .masks import set_mask


class FunctionLoss(Loss):
    """The loss of a function of true and predicted values."""

    def __init__(self, function, reduction, **options):
        super().__init__(function.__name__, reduction)
        self.function, self.options = function, options

    def call(self, y_true, y_pred):
        return self.function(*_same_rank(y_true, y_pred), **self.options)


class MeanSquaredError(FunctionLoss):
    """The mean of squared errors."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(mean_squared_error, reduction)


class MeanAbsoluteError(FunctionLoss):
    """The mean of absolute errors."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(mean_absolute_error, reduction)


class MeanAbsolutePercentageError(FunctionLoss):
    """The mean of absolute errors in percent of the true values."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(mean_absolute_percentage_error, reduction)


class MeanSquaredLogarithmicError(FunctionLoss):
    """The mean of squared errors of logarithms."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(mean_squared_logarithmic_error, reduction)


class BinaryCrossentropy(FunctionLoss):
    """The cross-entropy of probabilities, or logits, of two classes."""

    def __init__(
        self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size"
    ):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(binary_crossentropy, reduction, **options)


class BinaryFocalCrossentropy(FunctionLoss):
    """The cross-entropy of two classes, less where the prediction is right."""

    def __init__(
        self,
        apply_class_balancing=False,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
    ):
        options = {
            "apply_class_balancing": apply_class_balancing,
            "alpha": alpha,
            "gamma": gamma,
            "from_logits": from_logits,
            "label_smoothing": label_smoothing,
            "axis": axis,
        }
        super().__init__(binary_focal_crossentropy, reduction, **options)


class CategoricalCrossentropy(FunctionLoss):
    """The cross-entropy of probabilities, or logits, and one-hot targets."""

    def __init__(
        self, from_logits=False, label_smoothing=0.0, axis=-1, reduction="sum_over_batch_size"
    ):
        options = {"from_logits": from_logits, "label_smoothing": label_smoothing, "axis": axis}
        super().__init__(categorical_crossentropy, reduction, **options)


class CategoricalFocalCrossentropy(FunctionLoss):
    """The cross-entropy of one-hot targets, less where the prediction is right."""

    def __init__(
        self,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
    ):
        options = {
            "alpha": alpha,
            "gamma": gamma,
            "from_logits": from_logits,
            "label_smoothing": label_smoothing,
            "axis": axis,
        }
        super().__init__(categorical_focal_crossentropy, reduction, **options)


class SparseCategoricalCrossentropy(FunctionLoss):
    """The cross-entropy of probabilities, or logits, and indices of classes."""

    def __init__(self, from_logits=False, reduction="sum_over_batch_size", axis=-1):
        options = {"from_logits": from_logits, "axis": axis}
        super().__init__(sparse_categorical_crossentropy, reduction, **options)


class CategoricalGeneralizedCrossEntropy(FunctionLoss):
    """Between cross-entropy and absolute errors, for indices of classes."""

    def __init__(self, q=0.5, reduction="sum_over_batch_size"):
        super().__init__(categorical_generalized_cross_entropy, reduction, q=q)


class Huber(FunctionLoss):
    """Squares of small errors and absolute values of large ones."""

    def __init__(self, delta=1.0, reduction="sum_over_batch_size"):
        super().__init__(huber, reduction, delta=delta)


class KLDivergence(FunctionLoss):
    """The Kullback-Leibler divergence of probabilities."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(kl_divergence, reduction)


class LogCosh(FunctionLoss):
    """The logarithm of the hyperbolic cosine of errors."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(log_cosh, reduction)


class Poisson(FunctionLoss):
    """Predictions minus true values times their logarithms."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(poisson_loss, reduction)


class CosineSimilarity(FunctionLoss):
    """Minus the cosine of the angle between vectors."""

    def __init__(self, axis=-1, reduction="sum_over_batch_size"):
        super().__init__(cosine_similarity_loss, reduction, axis=axis)


class Hinge(FunctionLoss):
    """How far predictions are below one on the right side."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(hinge, reduction)


class SquaredHinge(FunctionLoss):
    """The square of how far predictions are below one on the right side."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(squared_hinge, reduction)


class CategoricalHinge(FunctionLoss):
    """How far the best wrong class comes within one of the right one."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(categorical_hinge, reduction)


class CTC(FunctionLoss):
    """The CTC loss of labels, padded with 0, which is the blank, and logits (batch, time, classes)."""

    def __init__(self, reduction="sum_over_batch_size"):
        super().__init__(ctc, reduction)


class Dice(FunctionLoss):
    """One minus twice the overlap divided by the total."""

    def __init__(self, reduction="sum_over_batch_size", axis=None):
        super().__init__(dice_loss, reduction, axis=axis)


class Tversky(FunctionLoss):
    """One minus the overlap divided by itself plus weighted false predictions."""

    def __init__(self, alpha=0.5, beta=0.5, reduction="sum_over_batch_size", axis=None):
        super().__init__(tversky_loss, reduction, alpha=alpha, beta=beta, axis=axis)


class Circle(FunctionLoss):
    """How far similarities within classes and between them are from their margins."""

    def __init__(
        self, gamma=80.0, margin=0.4, remove_diagonal=True, reduction="sum_over_batch_size"
    ):
        options = {"gamma": gamma, "margin": margin, "remove_diagonal": remove_diagonal}
        super().__init__(circle_loss, reduction, **options)

    def call(self, y_true, y_pred):
        values = super().call(y_true, y_pred)
        set_mask(values, values > 0)
        return values


def loss_function(identifier):
    """The function of a loss's name, or an object of its class; anything else is given back."""
    functions = {
        "mean_squared_error": mean_squared_error,
        "mse": mean_squared_error,
        "MSE": mean_squared_error,
        "mean_absolute_error": mean_absolute_error,
        "mae": mean_absolute_error,
        "MAE": mean_absolute_error,
        "mean_absolute_percentage_error": mean_absolute_percentage_error,
        "mape": mean_absolute_percentage_error,
        "MAPE": mean_absolute_percentage_error,
        "mean_squared_logarithmic_error": mean_squared_logarithmic_error,
        "msle": mean_squared_logarithmic_error,
        "MSLE": mean_squared_logarithmic_error,
        "binary_crossentropy": binary_crossentropy,
        "binary_focal_crossentropy": binary_focal_crossentropy,
        "categorical_crossentropy": categorical_crossentropy,
        "categorical_focal_crossentropy": categorical_focal_crossentropy,
        "sparse_categorical_crossentropy": sparse_categorical_crossentropy,
        "categorical_generalized_cross_entropy": categorical_generalized_cross_entropy,
        "huber": huber,
        "kl_divergence": kl_divergence,
        "kld": kl_divergence,
        "KLD": kl_divergence,
        "kullback_leibler_divergence": kl_divergence,
        "log_cosh": log_cosh,
        "logcosh": log_cosh,
        "poisson": poisson_loss,
        "cosine_similarity": cosine_similarity_loss,
        "hinge": hinge,
        "squared_hinge": squared_hinge,
        "categorical_hinge": categorical_hinge,
        "dice": dice_loss,
        "tversky": tversky_loss,
        "circle": circle_loss,
    }
    classes = (
        MeanSquaredError,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredLogarithmicError,
        BinaryCrossentropy,
        BinaryFocalCrossentropy,
        CategoricalCrossentropy,
        CategoricalFocalCrossentropy,
        SparseCategoricalCrossentropy,
        CategoricalGeneralizedCrossEntropy,
        Huber,
        KLDivergence,
        LogCosh,
        Poisson,
        CosineSimilarity,
        Hinge,
        SquaredHinge,
        CategoricalHinge,
        CTC,
        Dice,
        Tversky,
        Circle,
    )
    if not isinstance(identifier, str):
        return identifier() if isinstance(identifier, type) else identifier
    for known in classes:
        if known.__name__ == identifier:
            return known()
    if identifier not in functions:
        raise ValueError(f"unknown loss {identifier!r}")
    return functions[identifier]
