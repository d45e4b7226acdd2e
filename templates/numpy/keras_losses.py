"""Loss and metric functions with Keras' conventions: true values first, probabilities unless told otherwise."""

import math

import numpy as np

from .tf_math import logits_ctc_loss


def _same_rank(y_true, y_pred):
    """Both arrays with as many axes: a last axis of length 1 that only one has is dropped."""
    if y_true.ndim == y_pred.ndim + 1 and y_true.shape[-1] == 1:
        return (y_true, y_pred[..., None]) if y_pred.ndim == 1 else (y_true[..., 0], y_pred)
    if y_pred.ndim == y_true.ndim + 1 and y_pred.shape[-1] == 1:
        return (y_true[..., None], y_pred) if y_true.ndim == 1 else (y_true, y_pred[..., 0])
    return y_true, y_pred


def _true_and_predicted(y_true, y_pred):
    """Targets in the dtype and with the rank of the predictions."""
    return _same_rank(y_true.astype(y_pred.dtype), y_pred)


def mean_squared_error(y_true, y_pred, /):
    """Mean of the squared differences along the last axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    return np.mean(np.square(y_true - y_pred), axis=-1)


def mean_absolute_error(y_true, y_pred, /):
    """Mean of the absolute differences along the last axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    return np.mean(np.abs(y_true - y_pred), axis=-1)


def mean_absolute_percentage_error(y_true, y_pred, /):
    """Mean of the absolute differences in percent of the true values, along the last axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    return 100 * np.mean(np.abs((y_true - y_pred) / np.clip(np.abs(y_true), min=1e-7)), axis=-1)


def mean_squared_logarithmic_error(y_true, y_pred, /):
    """Mean of the squared differences of log(1 + y) along the last axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    logs = [np.log(np.clip(y, min=1e-7) + 1) for y in (y_true, y_pred)]
    return np.mean(np.square(logs[0] - logs[1]), axis=-1)


def _as_signs(y_true):
    """Labels 0 and 1 as -1 and 1; other labels as they are."""
    binary = np.all((y_true == 0) | (y_true == 1))
    return np.where(binary, 2 * y_true - 1, y_true)


def hinge(y_true, y_pred, /):
    """Mean of max(1 - y_true * y_pred, 0) along the last axis, for labels -1 and 1 (or 0 and 1)."""
    return np.mean(np.clip(1 - _as_signs(y_true.astype(y_pred.dtype)) * y_pred, min=0), axis=-1)


def squared_hinge(y_true, y_pred, /):
    """Mean of max(1 - y_true * y_pred, 0) squared along the last axis, for labels -1 and 1 (or 0 and 1)."""
    signs = _as_signs(y_true.astype(y_pred.dtype))
    return np.mean(np.square(np.clip(1 - signs * y_pred, min=0)), axis=-1)


def categorical_hinge(y_true, y_pred, /):
    """How far the best wrong class comes within 1 of the right one, along the last axis."""
    y_true = y_true.astype(y_pred.dtype)
    right = np.sum(y_true * y_pred, axis=-1)
    wrong = np.max((1 - y_true) * y_pred, axis=-1)
    return np.clip(wrong - right + 1, min=0)


def huber(y_true, y_pred, /, delta=1.0):
    """Mean along the last axis of squares of small errors and absolute values of those beyond delta."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    error = np.abs(y_pred - y_true)
    return np.mean(
        np.where(error <= delta, 0.5 * error**2, delta * error - 0.5 * delta**2), axis=-1
    )


def log_cosh(y_true, y_pred, /):
    """Mean of log(cosh(error)) along the last axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    error = y_pred - y_true
    zero = np.zeros_like(error)
    return np.mean(error + np.logaddexp(-2 * error, zero) - math.log(2), axis=-1)


def kl_divergence(y_true, y_pred, /):
    """Sum of y_true * log(y_true / y_pred) along the last axis, for probabilities."""
    y_true = np.clip(y_true.astype(y_pred.dtype), 1e-7, 1)
    return np.sum(y_true * np.log(y_true / np.clip(y_pred, 1e-7, 1)), axis=-1)


def poisson_loss(y_true, y_pred, /):
    """Mean of y_pred - y_true * log(y_pred) along the last axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    return np.mean(y_pred - y_true * np.log(y_pred + 1e-7), axis=-1)


def _unit_length(x, axis):
    norm = np.sqrt(np.sum(np.square(x), axis=axis, keepdims=True))
    return x / np.clip(norm, min=1e-7)


def cosine_similarity_loss(y_true, y_pred, /, axis=-1):
    """Minus the cosine of the angle between the vectors along an axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    return -np.sum(_unit_length(y_true, axis) * _unit_length(y_pred, axis), axis=axis)


def binary_crossentropy_elements(target, output, /, from_logits=False):
    """Cross-entropy of each element with its probability, kept 1e-7 away from 0 and 1, or with its logit."""
    target = target.astype(output.dtype)
    if from_logits:
        zero = np.zeros_like(output)
        return np.maximum(output, zero) - output * target + np.log1p(np.exp(-np.abs(output)))
    output = np.clip(output, 1e-7, 1 - 1e-7)
    return -(target * np.log(output) + (1 - target) * np.log(1 - output))


def binary_crossentropy(y_true, y_pred, /, from_logits=False, label_smoothing=0.0, axis=-1):
    """Mean of the binary cross-entropy along an axis."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    y_true = y_true * (1 - label_smoothing) + 0.5 * label_smoothing
    return np.mean(binary_crossentropy_elements(y_true, y_pred, from_logits), axis=axis)


def binary_focal_crossentropy(
    y_true,
    y_pred,
    /,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """Mean of the binary cross-entropy along an axis, weighted by (1 - p) ** gamma for the right class."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    y_true = y_true * (1 - label_smoothing) + 0.5 * label_smoothing
    if from_logits:
        y_pred = 1 / (1 + np.exp(-y_pred))
    right = y_true * y_pred + (1 - y_true) * (1 - y_pred)
    loss = (1 - right) ** gamma * binary_crossentropy_elements(y_true, y_pred)
    if apply_class_balancing:
        loss = (y_true * alpha + (1 - y_true) * (1 - alpha)) * loss
    return np.mean(loss, axis=axis)


def _log_softmax(x, axis):
    shifted = x - np.max(x, axis=axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _log_probabilities(y_pred, from_logits, axis):
    """Logarithms of probabilities that are made to sum to 1, or of the softmax of logits."""
    if from_logits:
        return _log_softmax(y_pred, axis)
    y_pred = y_pred / np.sum(y_pred, axis=axis, keepdims=True)
    return np.log(np.clip(y_pred, 1e-7, 1 - 1e-7))


def _smoothed(y_true, label_smoothing, axis):
    return y_true * (1 - label_smoothing) + label_smoothing / y_true.shape[axis]


def categorical_crossentropy(y_true, y_pred, /, from_logits=False, label_smoothing=0.0, axis=-1):
    """Cross-entropy along an axis of one-hot targets with probabilities, or with logits."""
    y_true = _smoothed(y_true.astype(y_pred.dtype), label_smoothing, axis)
    return -np.sum(y_true * _log_probabilities(y_pred, from_logits, axis), axis=axis)


def categorical_focal_crossentropy(
    y_true, y_pred, /, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """Cross-entropy along an axis, weighted by alpha * (1 - p) ** gamma."""
    y_true = _smoothed(y_true.astype(y_pred.dtype), label_smoothing, axis)
    if from_logits:
        y_pred = np.exp(_log_softmax(y_pred, axis))
    log_p = _log_probabilities(y_pred, False, axis)
    return np.sum(alpha * (1 - np.exp(log_p)) ** gamma * -y_true * log_p, axis=axis)


def sparse_categorical_crossentropy(
    y_true, y_pred, /, from_logits=False, ignore_class=None, axis=-1
):
    """Cross-entropy along an axis of class indices with probabilities, or with logits; 0 where a class is ignored."""
    if not from_logits:
        y_pred = np.log(np.clip(y_pred, 1e-7, 1 - 1e-7))
    log_p = _log_softmax(np.moveaxis(y_pred, axis, -1), -1)
    if y_true.ndim == log_p.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    y_true = y_true.astype(np.int64)
    ignored = y_true == ignore_class if ignore_class is not None else None
    if ignored is not None:
        y_true = np.where(ignored, 0, y_true)
    loss = -np.take_along_axis(log_p, y_true[..., None], axis=-1)[..., 0]
    return loss if ignored is None else np.where(ignored, 0.0, loss)


def categorical_generalized_cross_entropy(y_true, y_pred, /, q):
    """(1 - p ** q) / q of the probability of each class, given as an index."""
    classes = np.arange(y_pred.shape[-1])
    right = (y_true[..., None].astype(int) == classes).astype(y_pred.dtype)
    return (1 - np.sum(y_pred * right, axis=-1) ** q) / q


def circle_loss(
    y_true,
    y_pred,
    /,
    ref_labels=None,
    ref_embeddings=None,
    remove_diagonal=True,
    gamma=80,
    margin=0.4,
):
    """Circle loss (Sun et al. 2020) of embeddings of length one, (batch, features), and their classes."""
    references = y_pred if ref_embeddings is None else ref_embeddings
    labels = y_true.astype(np.int32).reshape(-1, 1)
    others = labels if ref_labels is None else ref_labels.astype(np.int32).reshape(-1, 1)
    distance = np.maximum(1 - y_pred @ references.T, 0)
    negative = labels != others.T
    positive = ~negative
    if remove_diagonal:
        positive = positive & ~np.eye(*positive.shape, dtype=bool)
    near = -gamma * (margin + distance) * (margin - distance)
    far = gamma * np.maximum(1 + margin - distance, 0) * (1 - margin - distance)
    near = np.logaddexp.reduce(np.where(positive, near, -np.inf), axis=1)
    far = np.logaddexp.reduce(np.where(negative, far, -np.inf), axis=1)
    return np.logaddexp(near + far, np.zeros_like(near))


def ctc(y_true, y_pred, /):
    """The CTC loss of labels (batch, length), padded with 0, which is the blank, and logits (batch, time, classes)."""
    lengths = np.sum(y_true != 0, axis=-1), [y_pred.shape[1]] * len(y_pred)
    return logits_ctc_loss(y_true, y_pred, *lengths, time_major=False)


def dice_loss(y_true, y_pred, /, axis=None):
    """1 minus twice the overlap divided by the total."""
    y_true = y_true.astype(y_pred.dtype)
    overlap = np.sum(y_true * y_pred, axis=axis)
    return 1 - 2 * overlap / (np.sum(y_true, axis=axis) + np.sum(y_pred, axis=axis) + 1e-7)


def tversky_loss(y_true, y_pred, /, alpha=0.5, beta=0.5, axis=None):
    """1 minus the overlap divided by itself plus weighted false positives and false negatives."""
    y_true = y_true.astype(y_pred.dtype)
    overlap = np.sum(y_true * y_pred, axis=axis)
    false_positive = np.sum((1 - y_true) * y_pred, axis=axis)
    false_negative = np.sum(y_true * (1 - y_pred), axis=axis)
    return 1 - overlap / (overlap + alpha * false_negative + beta * false_positive + 1e-7)


def equal_elements(y_true, y_pred, /):
    """Where predictions are the true values."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    return (y_true == y_pred).astype(np.float32)


def cosine_of_angle(y_true, y_pred, /, axis=-1):
    """The cosine of the angle between the vectors along an axis."""
    return -cosine_similarity_loss(y_true, y_pred, axis)


def binary_accuracy(y_true, y_pred, /, threshold=0.5):
    """Where predictions above the threshold agree with the labels 0 and 1."""
    y_true, y_pred = _true_and_predicted(y_true, y_pred)
    return (y_true == (y_pred > threshold).astype(y_true.dtype)).astype(np.float32)


def categorical_accuracy(y_true, y_pred, /):
    """Where the largest prediction is the right class, for one-hot targets."""
    return (np.argmax(y_true, axis=-1) == np.argmax(y_pred, axis=-1)).astype(np.float32)


def sparse_categorical_accuracy(y_true, y_pred, /):
    """Where the largest prediction is the right class, for class indices."""
    best = np.argmax(y_pred, axis=-1)
    if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
        y_true = y_true[..., 0]
    found = (y_true.astype(best.dtype) == best).astype(np.float32)
    return found


def in_top_k(targets, predictions, /, k):
    """Whether the prediction of each target class is among the k largest; ties count as in."""
    right = np.take_along_axis(predictions, targets.astype(np.int64)[:, None], axis=-1)
    return (np.sum(predictions > right, axis=-1) < k) & np.isfinite(right[:, 0])


def top_k_categorical_accuracy(y_true, y_pred, /, k=5):
    """Whether the right class of one-hot targets is among the k largest predictions."""
    classes = np.argmax(y_true, axis=-1)
    return sparse_top_k_categorical_accuracy(classes, y_pred, k)


def sparse_top_k_categorical_accuracy(y_true, y_pred, /, k=5):
    """Whether the right class is among the k largest predictions."""
    shape = y_pred.shape[:-1]
    found = in_top_k(y_true.reshape(-1), y_pred.reshape(-1, y_pred.shape[-1]), k)
    return found.astype(np.float32).reshape(shape)
