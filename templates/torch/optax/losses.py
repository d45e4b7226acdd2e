"""Losses without the mean over the batch: of each element, or of each row of logits."""

import math

import torch
import torch.nn.functional as F


def difference(predictions, targets):
    """Predictions minus targets; the predictions when there are none."""
    return predictions if targets is None else predictions - targets


def difference_of_equals(predictions, targets):
    """The difference of arrays that must have the same shape."""
    if targets is not None and predictions.shape != targets.shape:
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
    error = difference(predictions, targets).abs()
    quadratic = error.clamp(max=delta)
    return 0.5 * quadratic**2 + delta * (error - quadratic)


def log_cosh_loss(predictions, targets=None):
    """The logarithm of the hyperbolic cosine of the error of each element."""
    error = difference(predictions, targets)
    return torch.logaddexp(error, -error) - math.log(2.0)


def cosine_similarity(predictions, targets, *, epsilon=0.0, axis=-1):
    """The cosine of the angle between vectors; their squared lengths are at least ``epsilon``."""
    lengths = [torch.sqrt((x**2).sum(axis, keepdim=True).clamp(min=epsilon)) for x in (predictions, targets)]
    return ((predictions / lengths[0]) * (targets / lengths[1])).sum(axis)


def cosine_distance(predictions, targets, *, epsilon=0.0, axis=-1):
    """One minus the cosine of the angle between vectors."""
    return 1.0 - cosine_similarity(predictions, targets, epsilon=epsilon, axis=axis)


def softmax_cross_entropy_with_probabilities(logits, labels, axis=-1):
    """The cross entropy of logits and probabilities over an axis."""
    return -(labels * torch.log_softmax(logits, axis)).sum(axis)


def softmax_cross_entropy_with_integer_labels(logits, labels, axis=-1):
    """The cross entropy of logits over an axis and the indices of classes."""
    labels = torch.where(labels < 0, labels + logits.shape[axis], labels).long()
    chosen = torch.take_along_dim(logits, labels.unsqueeze(axis), axis).squeeze(axis)
    return torch.logsumexp(logits, axis) - chosen


def sigmoid_binary_cross_entropy(logits, labels):
    """The binary cross entropy of logits and probabilities, of each element."""
    labels = labels.to(logits.dtype)
    return -labels * F.logsigmoid(logits) - (1.0 - labels) * F.logsigmoid(-logits)


def sigmoid_focal_loss(logits, labels, *, alpha=None, gamma=2.0):
    """The binary cross entropy of logits, less where the prediction is right, of each element."""
    labels = labels.to(logits.dtype)
    wrong = torch.sigmoid(logits) * (1.0 - labels) + torch.sigmoid(-logits) * labels
    loss = sigmoid_binary_cross_entropy(logits, labels) * wrong**gamma
    return loss if alpha is None else (alpha * labels + (1.0 - alpha) * (1.0 - labels)) * loss


def hinge_loss(predictor_outputs, targets):
    """How far the outputs are below one on the side of the targets, -1 or 1."""
    distance = 1.0 - predictor_outputs * targets
    return torch.maximum(distance, torch.zeros_like(distance))


def smooth_labels(labels, alpha):
    """One-hot labels mixed with equal probabilities for all classes of the last axis."""
    return (1.0 - alpha) * labels + alpha / labels.shape[-1]


def kl_divergence_of_logs(log_predictions, targets, axis=-1):
    """The Kullback-Leibler divergence of logarithms of predictions from probabilities."""
    logs = torch.where(targets == 0, 0.0, torch.log(targets))
    return (targets * (logs - log_predictions)).sum(axis)
