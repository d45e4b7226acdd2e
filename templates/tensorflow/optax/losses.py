"""Losses without the mean over the batch: of each element, or of each row of logits."""

import math

import tensorflow as tf


def difference(predictions, targets):
    """Predictions minus targets; the predictions when there are none."""
    return predictions if targets is None else predictions - tf.cast(targets, predictions.dtype)


def difference_of_equals(predictions, targets):
    """The difference of arrays that must have the same shape."""
    if targets is not None and not predictions.shape.is_compatible_with(targets.shape):
        raise ValueError(f"shapes differ: {tuple(predictions.shape)} and {tuple(targets.shape)}")
    return difference(predictions, targets)


def squared_error(predictions, targets=None):
    """(predictions - targets)^2 of each element."""
    return difference_of_equals(predictions, targets) ** 2


def l2_loss(predictions, targets=None):
    """Half the squared error of each element."""
    return 0.5 * difference_of_equals(predictions, targets) ** 2


def huber_loss(predictions, targets=None, *, delta=1.0):
    """Half the squared error up to ``delta``, beyond it a line, of each element."""
    error = tf.abs(difference(predictions, targets))
    quadratic = tf.minimum(error, delta)
    return 0.5 * quadratic**2 + delta * (error - quadratic)


def log_cosh_loss(predictions, targets=None):
    """The logarithm of the hyperbolic cosine of the error of each element."""
    error = difference(predictions, targets)
    return error + tf.math.softplus(-2 * error) - math.log(2.0)


def cosine_similarity(predictions, targets, *, epsilon=0.0, axis=-1):
    """The cosine of the angle between vectors; their squared lengths are at least ``epsilon``."""
    lengths = [tf.sqrt(tf.maximum(tf.reduce_sum(x**2, axis, keepdims=True), epsilon)) for x in (predictions, targets)]
    return tf.reduce_sum((predictions / lengths[0]) * (targets / lengths[1]), axis)


def cosine_distance(predictions, targets, *, epsilon=0.0, axis=-1):
    """One minus the cosine of the angle between vectors."""
    return 1.0 - cosine_similarity(predictions, targets, epsilon=epsilon, axis=axis)


def softmax_cross_entropy_with_probabilities(logits, labels, axis=-1):
    """The cross entropy of logits and probabilities over an axis."""
    return -tf.reduce_sum(tf.cast(labels, logits.dtype) * tf.nn.log_softmax(logits, axis), axis)


def softmax_cross_entropy_with_integer_labels(logits, labels, axis=-1):
    """The cross entropy of logits over an axis and the indices of classes."""
    classes = tf.shape(logits)[axis]
    labels = tf.where(labels < 0, labels + tf.cast(classes, labels.dtype), labels)
    chosen = tf.one_hot(labels, classes, axis=axis, dtype=logits.dtype)
    return -tf.reduce_sum(chosen * tf.nn.log_softmax(logits, axis), axis)


def sigmoid_binary_cross_entropy(logits, labels):
    """The binary cross entropy of logits and probabilities, of each element."""
    labels = tf.cast(labels, logits.dtype)
    return -labels * tf.math.log_sigmoid(logits) - (1.0 - labels) * tf.math.log_sigmoid(-logits)


def sigmoid_focal_loss(logits, labels, *, alpha=None, gamma=2.0):
    """The binary cross entropy of logits, less where the prediction is right, of each element."""
    labels = tf.cast(labels, logits.dtype)
    wrong = tf.sigmoid(logits) * (1.0 - labels) + tf.sigmoid(-logits) * labels
    loss = sigmoid_binary_cross_entropy(logits, labels) * wrong**gamma
    return loss if alpha is None else (alpha * labels + (1.0 - alpha) * (1.0 - labels)) * loss


def hinge_loss(predictor_outputs, targets):
    """How far the outputs are below one on the side of the targets, -1 or 1."""
    return tf.maximum(1.0 - predictor_outputs * tf.cast(targets, predictor_outputs.dtype), 0.0)


def smooth_labels(labels, alpha):
    """One-hot labels mixed with equal probabilities for all classes of the last axis."""
    return (1.0 - alpha) * labels + alpha / labels.shape[-1]


def kl_divergence_of_logs(log_predictions, targets, axis=-1):
    """The Kullback-Leibler divergence of logarithms of predictions from probabilities."""
    logs = tf.where(targets == 0, tf.zeros_like(targets), tf.math.log(targets))
    return tf.reduce_sum(targets * (logs - log_predictions), axis)
