"""Losses without the mean over the batch: of each element, or of each row of logits."""

import math

import numpy as np

from ..functional import log_softmax, logsigmoid, sigmoid, softplus


def difference(predictions, targets):
    """Predictions minus targets; the predictions when there are none."""
    return predictions if targets is None else predictions - targets


def difference_of_equals(predictions, targets):
    """The difference of arrays that must have the same shape."""
    if targets is not None and predictions.shape != targets.shape:
        raise ValueError(f"shapes differ: {predictions.shape} and {targets.shape}")
    return difference(predictions, targets)


def squared_error(predictions, targets=None):
    """(predictions - targets)^2 of each element."""
    return difference_of_equals(predictions, targets) ** 2


def l2_loss(predictions, targets=None):
    """Half the squared error of each element."""
    return 0.5 * difference_of_equals(predictions, targets) ** 2


def huber_loss(predictions, targets=None, *, delta=1.0):
    """Half the squared error up to ``delta``, beyond it a line, of each element."""
    error = np.abs(difference(predictions, targets))
    quadratic = np.minimum(error, delta)
    return 0.5 * quadratic**2 + delta * (error - quadratic)


def log_cosh_loss(predictions, targets=None):
    """The logarithm of the hyperbolic cosine of the error of each element."""
    error = difference(predictions, targets)
    return error + softplus(-2 * error) - math.log(2.0)


def cosine_similarity(predictions, targets, *, epsilon=0.0, axis=-1):
    """The cosine of the angle between vectors; their squared lengths are at least ``epsilon``."""
    lengths = [np.sqrt(np.maximum(np.sum(x**2, axis, keepdims=True), epsilon)) for x in (predictions, targets)]
    return np.sum((predictions / lengths[0]) * (targets / lengths[1]), axis)


def cosine_distance(predictions, targets, *, epsilon=0.0, axis=-1):
    """One minus the cosine of the angle between vectors."""
    return 1.0 - cosine_similarity(predictions, targets, epsilon=epsilon, axis=axis)


def softmax_cross_entropy_with_probabilities(logits, labels, axis=-1):
    """The cross entropy of logits and probabilities over an axis."""
    return -np.sum(labels * log_softmax(logits, axis), axis)


def softmax_cross_entropy_with_integer_labels(logits, labels, axis=-1):
    """The cross entropy of logits over an axis and the indices of classes."""
    chosen = np.expand_dims(labels, axis)
    return -np.take_along_axis(log_softmax(logits, axis), chosen, axis).squeeze(axis)


def sigmoid_binary_cross_entropy(logits, labels):
    """The binary cross entropy of logits and probabilities, of each element."""
    return -labels * logsigmoid(logits) - (1.0 - labels) * logsigmoid(-logits)


def sigmoid_focal_loss(logits, labels, *, alpha=None, gamma=2.0):
    """The binary cross entropy of logits, less where the prediction is right, of each element."""
    labels = np.asarray(labels, logits.dtype)
    wrong = sigmoid(logits) * (1.0 - labels) + sigmoid(-logits) * labels
    loss = sigmoid_binary_cross_entropy(logits, labels) * wrong**gamma
    return loss if alpha is None else (alpha * labels + (1.0 - alpha) * (1.0 - labels)) * loss


def hinge_loss(predictor_outputs, targets):
    """How far the outputs are below one on the side of the targets, -1 or 1."""
    return np.maximum(1.0 - predictor_outputs * targets, 0.0)


def smooth_labels(labels, alpha):
    """One-hot labels mixed with equal probabilities for all classes of the last axis."""
    return (1.0 - alpha) * labels + alpha / labels.shape[-1]


def kl_divergence_of_logs(log_predictions, targets, axis=-1):
    """The Kullback-Leibler divergence of logarithms of predictions from probabilities."""
    logs = np.log(np.where(targets == 0, 1, targets))
    return np.sum(targets * (logs - log_predictions), axis)
