"""Loss functions and loss layers with PyTorch's signatures; the class axis is 1."""

import math

import tensorflow as tf

from .functional import pairwise_distance
from .module import Buffer, Module


def reduce_loss(loss, reduction):
    """The loss itself ("none"), its mean or its sum."""
    if reduction == "mean":
        return tf.reduce_mean(loss)
    if reduction == "sum":
        return tf.reduce_sum(loss)
    if reduction == "none":
        return loss
    raise ValueError(f"{reduction} is not a valid value for reduction")


def reduce_weighted_loss(loss, weight, reduction):
    """Like reduce_loss for weighted elements; the mean divides by the sum of the weights."""
    if weight is None:
        return reduce_loss(loss, reduction)
    weighted = weight_elements(loss, weight)
    if reduction == "mean":
        return tf.reduce_sum(weighted) / tf.reduce_sum(tf.cast(weight, loss.dtype))
    return reduce_loss(weighted, reduction)


def weight_elements(loss, weight):
    """The loss times a weight of the same shape."""
    if loss.shape != weight.shape:
        raise ValueError("Weights and input must have the same size.")
    return loss * tf.cast(weight, loss.dtype)


def mse_loss(input, target, reduction="mean", weight=None):
    """Squared error."""
    return reduce_weighted_loss(tf.math.squared_difference(input, target), weight, reduction)


def l1_loss(input, target, reduction="mean", weight=None):
    """Absolute error."""
    return reduce_weighted_loss(tf.abs(input - target), weight, reduction)


def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    """Squared error below beta, absolute error above, joined smoothly."""
    error = tf.abs(input - target)
    if beta == 0:
        return reduce_loss(error, reduction)
    loss = tf.where(error < beta, 0.5 * error * error / beta, error - 0.5 * beta)
    return reduce_loss(loss, reduction)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Half the squared error up to delta, delta * (error - delta / 2) above."""
    error = tf.abs(input - target)
    loss = tf.where(error <= delta, 0.5 * error * error, delta * (error - 0.5 * delta))
    return reduce_loss(loss if weight is None else weight_elements(loss, weight), reduction)


def classes_last(x):
    """(N, C, ...) to (N, ..., C); (C,) stays."""
    rank = x.shape.rank
    return x if rank < 3 else tf.transpose(x, [0, *range(2, rank), 1])


def class_weights(weight, target, kept, dtype):
    """The weight of each target class, 0 where the target is ignored."""
    kept = tf.cast(kept, dtype)
    return kept if weight is None else tf.gather(tf.cast(weight, dtype), target) * kept


def checked_classes(target, kept, count):
    """Class indices with 0 in place of ignored ones; raises if one is out of range."""
    target = tf.where(kept, target, tf.zeros_like(target))
    tf.debugging.assert_non_negative(target, "target out of bounds")
    tf.debugging.assert_less(target, tf.cast(count, target.dtype), "target out of bounds")
    return target


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """Negative log-probability of the target classes; input (N, C, ...) holds log-probabilities."""
    log_p = classes_last(input)
    kept = target != ignore_index
    target = checked_classes(target, kept, log_p.shape[-1])
    weights = class_weights(weight, target, kept, log_p.dtype)
    picked = tf.gather(log_p, target, batch_dims=target.shape.rank, axis=-1)
    loss = tf.where(kept, -picked * weights, tf.zeros_like(picked))
    if reduction == "mean":
        return tf.reduce_sum(loss) / tf.reduce_sum(weights)
    return reduce_loss(loss, reduction)


def soft_cross_entropy(log_p, target, weight, reduction):
    """Cross-entropy of class probabilities (..., C); the mean is over the targets."""
    loss = -target * log_p
    loss = loss if weight is None else loss * tf.cast(weight, loss.dtype)
    return reduce_loss(tf.reduce_sum(loss, axis=-1), reduction)


def uniform_cross_entropy(log_p, target, weight, ignore_index, reduction):
    """Sum over classes of -weight * log_p, averaged with the weights of the target classes."""
    kept = target != ignore_index
    scaled = -log_p if weight is None else -log_p * tf.cast(weight, log_p.dtype)
    total = tf.reduce_sum(scaled, axis=-1)
    loss = tf.where(kept, total, tf.zeros_like(total))
    if reduction == "mean":
        target = tf.where(kept, target, tf.zeros_like(target))
        return tf.reduce_sum(loss) / tf.reduce_sum(class_weights(weight, target, kept, log_p.dtype))
    return reduce_loss(loss, reduction)


def cross_entropy(
    input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0
):
    """Cross-entropy of logits (N, C, ...) with class indices (N, ...) or probabilities (N, C, ...).

    The weighted mean divides by the sum of the weights of the target classes.
    """
    log_p = tf.nn.log_softmax(classes_last(input), axis=-1)
    count = log_p.shape[-1]
    if target.dtype.is_floating:
        soft = classes_last(target) * (1.0 - label_smoothing) + label_smoothing / count
        return soft_cross_entropy(log_p, soft, weight, reduction)
    nll_input = log_p if log_p.shape.rank < 3 else tf.reshape(log_p, [-1, count])
    flat = target if log_p.shape.rank < 3 else tf.reshape(target, [-1])
    loss = nll_loss(nll_input, flat, weight, ignore_index, reduction)
    if label_smoothing:
        smooth = uniform_cross_entropy(nll_input, flat, weight, ignore_index, reduction)
        loss = (1.0 - label_smoothing) * loss + label_smoothing / count * smooth
    return tf.reshape(loss, tf.shape(target)) if reduction == "none" else loss


@tf.custom_gradient
def element_binary_cross_entropy(p, target):
    """-target * log p - (1 - target) * log(1 - p) with both logarithms at least -100."""
    log_p, log_q = tf.math.log(p), tf.math.log1p(-p)

    def gradient(upstream):
        slope = (p - target) / tf.maximum(p * (1.0 - p), 1e-12)
        return upstream * slope, upstream * (log_q - log_p)

    bounded = (target - 1.0) * tf.maximum(log_q, -100.0) - target * tf.maximum(log_p, -100.0)
    return bounded, gradient


def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    """Cross-entropy of probabilities in [0, 1] with targets of the same shape."""
    input.shape.assert_is_compatible_with(target.shape)
    tf.debugging.assert_non_negative(input, "all elements of input should be between 0 and 1")
    tf.debugging.assert_less_equal(input, tf.ones([], input.dtype), "input should be at most 1")
    loss = element_binary_cross_entropy(input, target)
    loss = loss if weight is None else loss * tf.cast(weight, loss.dtype)
    return reduce_loss(loss, reduction)


def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    """Cross-entropy of sigmoid(input) with targets of the same shape."""
    input.shape.assert_is_compatible_with(target.shape)
    positive = 1.0
    if pos_weight is not None:
        positive = (tf.cast(pos_weight, input.dtype) - 1.0) * target + 1.0
    loss = (1.0 - target) * input + positive * tf.math.softplus(-input)
    loss = loss if weight is None else loss * tf.cast(weight, loss.dtype)
    return reduce_loss(loss, reduction)


def kl_div(input, target, reduction="mean", log_target=False):
    """target * (log target - input) for log-probabilities `input`; "batchmean" divides by N."""
    if log_target:
        loss = tf.exp(target) * (target - input)
    else:
        loss = tf.math.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return tf.reduce_sum(loss) / tf.cast(tf.shape(input)[0], loss.dtype)
    return reduce_loss(loss, reduction)


def cosine_embedding_loss(input1, input2, target, margin=0, reduction="mean"):
    """1 - cosine where the target is 1, max(0, cosine - margin) where it is -1."""
    dot = tf.reduce_sum(input1 * input2, axis=-1)
    first = tf.reduce_sum(input1 * input1, axis=-1) + 1e-12
    second = tf.reduce_sum(input2 * input2, axis=-1) + 1e-12
    cosine = dot / tf.sqrt(first * second)
    zeros = tf.zeros_like(cosine)
    loss = tf.where(target == 1, 1.0 - cosine, zeros)
    loss += tf.where(target == -1, tf.maximum(cosine - margin, 0.0), zeros)
    return reduce_loss(loss, reduction)


def hinge_embedding_loss(input, target, margin=1.0, reduction="mean"):
    """The input where the target is 1, max(0, margin - input) where it is -1."""
    zeros = tf.zeros_like(input)
    loss = tf.where(target != 1, tf.maximum(margin - input, 0.0), zeros)
    return reduce_loss(loss + tf.where(target != -1, input, zeros), reduction)


def margin_ranking_loss(input1, input2, target, margin=0, reduction="mean"):
    """max(0, -target * (input1 - input2) + margin)."""
    return reduce_loss(tf.nn.relu(-target * (input1 - input2) + margin), reduction)


def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2, eps=1e-06, swap=False, reduction="mean"
):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin) with the p-norm distance."""
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = tf.minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduce_loss(tf.nn.relu(near - far + margin), reduction)


def triplet_margin_with_distance_loss(
    anchor,
    positive,
    negative,
    *,
    distance_function=None,
    margin=1.0,
    swap=False,
    reduction="mean",
):
    """Triplet loss with the given distance, by default pairwise_distance."""
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = tf.minimum(far, distance(positive, negative))
    return reduce_loss(tf.nn.relu(near - far + margin), reduction)


def poisson_nll_loss(input, target, log_input=True, full=False, eps=1e-08, reduction="mean"):
    """Negative log-likelihood of Poisson counts; `full` adds Stirling's term."""
    if log_input:
        loss = tf.exp(input) - target * input
    else:
        loss = input - target * tf.math.log(input + eps)
    if full:
        large = tf.where(target > 1, target, tf.ones_like(target))
        term = large * tf.math.log(large) - large + 0.5 * tf.math.log(2 * math.pi * large)
        loss += tf.where(target > 1, term, tf.zeros_like(term))
    return reduce_loss(loss, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-06, reduction="mean"):
    """Negative log-likelihood of a Gaussian; the variance is at least eps."""
    var = tf.cast(var, input.dtype)
    if 0 < var.shape.rank < input.shape.rank:
        var = var[..., None]
    tf.debugging.assert_non_negative(var, "var has negative entries")
    var += tf.stop_gradient(tf.maximum(var, eps) - var)
    loss = 0.5 * (tf.math.log(var) + tf.math.squared_difference(input, target) / var)
    if full:
        loss += 0.5 * math.log(2 * math.pi)
    return reduce_loss(loss, reduction)


def soft_margin_loss(input, target, reduction="mean"):
    """log(1 + exp(-target * input))."""
    return reduce_loss(tf.math.softplus(-target * input), reduction)


def multilabel_soft_margin_loss(input, target, weight=None, reduction="mean"):
    """Binary cross-entropy of logits averaged over the classes (last axis)."""
    positive, negative = tf.math.log_sigmoid(input), tf.math.log_sigmoid(-input)
    loss = -(target * positive + (1.0 - target) * negative)
    loss = loss if weight is None else loss * tf.cast(weight, loss.dtype)
    return reduce_loss(tf.reduce_mean(loss, axis=-1), reduction)


def multilabel_margin_loss(input, target, reduction="mean"):
    """Hinge between each target class and each other class; targets end at the first -1."""
    valid = tf.math.cumprod(tf.cast(target >= 0, tf.int32), axis=-1) > 0
    index = tf.where(valid, target, tf.zeros_like(target))
    picked = tf.gather(input, index, batch_dims=target.shape.rank - 1, axis=-1)
    marks = tf.one_hot(tf.where(valid, target, -tf.ones_like(target)), input.shape[-1])
    other = tf.reduce_max(marks, axis=-2) == 0
    hinge = tf.nn.relu(1.0 - picked[..., None] + input[..., None, :])
    counted = valid[..., None] & other[..., None, :]
    loss = tf.where(counted, hinge, tf.zeros_like(hinge))
    return reduce_loss(tf.reduce_sum(loss, axis=[-2, -1]) / input.shape[-1], reduction)


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Hinge between the target class and every other class, to the power p."""
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    count = input.shape[-1]
    target = checked_classes(target, tf.ones_like(target, tf.bool), count)
    picked = tf.gather(input, target, batch_dims=target.shape.rank, axis=-1)
    hinge = tf.nn.relu(margin - picked[..., None] + input) ** p
    if weight is not None:
        hinge *= tf.gather(tf.cast(weight, hinge.dtype), target)[..., None]
    own = tf.one_hot(target, count, on_value=True, off_value=False)
    loss = tf.where(own, tf.zeros_like(hinge), hinge)
    return reduce_loss(tf.reduce_sum(loss, axis=-1) / count, reduction)


class _Loss(Module):
    """Base of the loss layers."""

    def __init__(self, reduction="mean"):
        super().__init__()
        self.reduction = reduction


class _WeightedLoss(_Loss):
    """Base of the loss layers with a constant weight."""

    def __init__(self, weight=None, reduction="mean"):
        super().__init__(reduction)
        self.weight = None if weight is None else Buffer(weight)


class MSELoss(_Loss):
    """Squared error."""

    def call(self, input, target):
        return mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """Absolute error."""

    def call(self, input, target):
        return l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Squared error below beta, absolute error above."""

    def __init__(self, reduction="mean", beta=1.0):
        super().__init__(reduction)
        self.beta = beta

    def call(self, input, target):
        return smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(_Loss):
    """Half the squared error up to delta, linear above."""

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction)
        self.delta = delta

    def call(self, input, target):
        return huber_loss(input, target, self.reduction, self.delta)


class NLLLoss(_WeightedLoss):
    """Negative log-probability of the target classes."""

    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def call(self, input, target):
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class CrossEntropyLoss(_WeightedLoss):
    """Cross-entropy of logits (N, C, ...) with class indices or probabilities."""

    def __init__(self, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def call(self, input, target):
        return cross_entropy(
            input,
            target,
            self.weight,
            self.ignore_index,
            self.reduction,
            self.label_smoothing,
        )


class BCELoss(_WeightedLoss):
    """Cross-entropy of probabilities with targets of the same shape."""

    def call(self, input, target):
        return binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Cross-entropy of sigmoid(input) with targets of the same shape."""

    def __init__(self, weight=None, reduction="mean", pos_weight=None):
        super().__init__(reduction)
        self.weight = None if weight is None else Buffer(weight)
        self.pos_weight = None if pos_weight is None else Buffer(pos_weight)

    def call(self, input, target):
        return binary_cross_entropy_with_logits(
            input, target, self.weight, self.reduction, self.pos_weight
        )


class KLDivLoss(_Loss):
    """target * (log target - input) for log-probabilities."""

    def __init__(self, reduction="mean", log_target=False):
        super().__init__(reduction)
        self.log_target = log_target

    def call(self, input, target):
        return kl_div(input, target, self.reduction, self.log_target)


class CosineEmbeddingLoss(_Loss):
    """1 - cosine for target 1, max(0, cosine - margin) for -1."""

    def __init__(self, margin=0.0, reduction="mean"):
        super().__init__(reduction)
        self.margin = margin

    def call(self, input1, input2, target):
        return cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)


class HingeEmbeddingLoss(_Loss):
    """The input for target 1, max(0, margin - input) for -1."""

    def __init__(self, margin=1.0, reduction="mean"):
        super().__init__(reduction)
        self.margin = margin

    def call(self, input, target):
        return hinge_embedding_loss(input, target, self.margin, self.reduction)


class MarginRankingLoss(_Loss):
    """max(0, -target * (input1 - input2) + margin)."""

    def __init__(self, margin=0.0, reduction="mean"):
        super().__init__(reduction)
        self.margin = margin

    def call(self, input1, input2, target):
        return margin_ranking_loss(input1, input2, target, self.margin, self.reduction)


class TripletMarginLoss(_Loss):
    """max(0, d(anchor, positive) - d(anchor, negative) + margin)."""

    def __init__(self, margin=1.0, p=2.0, eps=1e-06, swap=False, reduction="mean"):
        super().__init__(reduction)
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def call(self, anchor, positive, negative):
        return triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, self.reduction
        )


class TripletMarginWithDistanceLoss(_Loss):
    """Triplet loss with a given distance function."""

    def __init__(self, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
        super().__init__(reduction)
        self.distance_function = distance_function
        self.margin = margin
        self.swap = swap

    def call(self, anchor, positive, negative):
        return triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class PoissonNLLLoss(_Loss):
    """Negative log-likelihood of Poisson counts."""

    def __init__(self, log_input=True, full=False, eps=1e-08, reduction="mean"):
        super().__init__(reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def call(self, input, target):
        return poisson_nll_loss(input, target, self.log_input, self.full, self.eps, self.reduction)


class GaussianNLLLoss(_Loss):
    """Negative log-likelihood of a Gaussian with the given variance."""

    def __init__(self, *, full=False, eps=1e-06, reduction="mean"):
        super().__init__(reduction)
        self.full = full
        self.eps = eps

    def call(self, input, target, var):
        return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target * input))."""

    def call(self, input, target):
        return soft_margin_loss(input, target, self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Binary cross-entropy of logits averaged over the classes."""

    def call(self, input, target):
        return multilabel_soft_margin_loss(input, target, self.weight, self.reduction)


class MultiLabelMarginLoss(_Loss):
    """Hinge between target classes and other classes."""

    def call(self, input, target):
        return multilabel_margin_loss(input, target, self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Hinge between the target class and every other class."""

    def __init__(self, p=1, margin=1.0, weight=None, reduction="mean"):
        super().__init__(weight, reduction)
        self.p = p
        self.margin = margin

    def call(self, input, target):
        return multi_margin_loss(input, target, self.p, self.margin, self.weight, self.reduction)
