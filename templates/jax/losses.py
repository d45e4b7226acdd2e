"""Losses with PyTorch's names, argument order and reductions (class axis 1)."""

import math

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from .functional import pairwise_distance
from .kinks import absolute, clamp
from .module import Buffer


def _reduce(loss, reduction):
    """Mean, sum or the elements themselves."""
    if reduction == "mean":
        return jnp.mean(loss)
    if reduction == "sum":
        return jnp.sum(loss)
    if reduction != "none":
        raise ValueError(f"{reduction!r} is not a valid reduction")
    return loss


def _weighted_reduce(loss, weight, reduction):
    """Reduction of weighted elements; the mean divides by the sum of the weights."""
    if weight is None:
        return _reduce(loss, reduction)
    weight = jnp.broadcast_to(jnp.asarray(weight), loss.shape)
    if reduction == "mean":
        return jnp.sum(loss * weight) / jnp.sum(weight)
    return _reduce(loss * weight, reduction)


def mse_loss(input, target, reduction="mean", weight=None):
    """Squared differences."""
    difference = jnp.asarray(input) - jnp.asarray(target)
    return _weighted_reduce(difference * difference, weight, reduction)


def l1_loss(input, target, reduction="mean", weight=None):
    """Absolute differences."""
    return _weighted_reduce(absolute(jnp.asarray(input) - jnp.asarray(target)), weight, reduction)


def smooth_l1_loss(input, target, reduction="mean", beta=1.0):
    """Squared differences below `beta` (over 2 * beta), absolute ones above."""
    if beta < 0:
        raise ValueError("smooth_l1_loss needs a beta of at least zero")
    size = absolute(jnp.asarray(input) - jnp.asarray(target))
    if beta == 0:
        return _reduce(size, reduction)
    return _reduce(jnp.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta), reduction)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """Half squared differences up to `delta`, then linear."""
    size = absolute(jnp.asarray(input) - jnp.asarray(target))
    loss = jnp.where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta))
    return _weighted_reduce(loss, weight, reduction)


def nll_loss(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """Negative of the log-probabilities (N, C, ...) at the target classes (N, ...).

    Targets equal to `ignore_index` count nothing; the mean divides by the sum of the
    classes' weights.
    """
    x, index = jnp.asarray(input), jnp.asarray(target)
    axis = 1 if x.ndim > 1 else 0
    keep = index != ignore_index
    safe = jnp.where(keep, index, 0)
    picked = jnp.take_along_axis(x, jnp.expand_dims(safe, axis), axis=axis).squeeze(axis)
    weights = keep.astype(x.dtype)
    if weight is not None:
        weights = weights * jnp.asarray(weight, x.dtype)[safe]
    loss = jnp.where(keep, -picked * weights, 0)
    if reduction == "mean":
        return jnp.sum(loss) / jnp.sum(weights)
    return _reduce(loss, reduction)


def cross_entropy(
    input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0
):
    """Cross-entropy of logits (N, C, ...) with class indices (N, ...) or probabilities.

    Probabilities have the shape of the logits. `label_smoothing` mixes in the uniform
    distribution. The mean over indices divides by the sum of the classes' weights.
    """
    x, y = jnp.asarray(input), jnp.asarray(target)
    axis = 1 if x.ndim > 1 else 0
    log_p = jax.nn.log_softmax(x, axis=axis)
    if y.shape == x.shape and not jnp.issubdtype(y.dtype, jnp.integer):
        return _soft_cross_entropy(log_p, y, axis, weight, reduction, label_smoothing)
    loss = nll_loss(log_p, y, weight, ignore_index, reduction)
    if label_smoothing == 0.0:
        return loss
    spread = _uniform_cross_entropy(log_p, y, axis, weight, ignore_index, reduction)
    share = label_smoothing / x.shape[axis]
    return (1 - label_smoothing) * loss + share * spread


def _class_weights(weight, x, axis):
    """Class weights shaped to multiply the class axis of x."""
    return jnp.asarray(weight, x.dtype).reshape((-1,) + (1,) * (x.ndim - axis - 1))


def _soft_cross_entropy(log_p, target, axis, weight, reduction, label_smoothing):
    """Cross-entropy with class probabilities; the mean divides by the batch size."""
    count = log_p.shape[axis]
    target = target.astype(log_p.dtype) * (1 - label_smoothing) + label_smoothing / count
    terms = -log_p * target
    if weight is not None:
        terms = terms * _class_weights(weight, log_p, axis)
    loss = jnp.sum(terms, axis=axis)
    return jnp.sum(loss) / loss.size if reduction == "mean" else _reduce(loss, reduction)


def _uniform_cross_entropy(log_p, target, axis, weight, ignore_index, reduction):
    """Sum over all classes of the (weighted) losses of the targets that count."""
    keep = target != ignore_index
    terms = -log_p
    counted = keep.astype(log_p.dtype)
    if weight is not None:
        terms = terms * _class_weights(weight, log_p, axis)
        counted = counted * jnp.asarray(weight, log_p.dtype)[jnp.where(keep, target, 0)]
    loss = jnp.where(keep, jnp.sum(terms, axis=axis), 0)
    return jnp.sum(loss) / jnp.sum(counted) if reduction == "mean" else _reduce(loss, reduction)


def binary_cross_entropy(input, target, weight=None, reduction="mean"):
    """Cross-entropy of probabilities with targets in [0, 1]; logarithms are at least -100."""
    p, y = jnp.asarray(input), jnp.asarray(target)
    if p.shape != y.shape:
        raise ValueError(f"target of shape {y.shape} for an input of shape {p.shape}")
    spread = p * (1 - p)
    inside = spread > 1e-12
    q = jnp.where(inside, p, 0.5)
    loss = jnp.where(
        inside, -y * jnp.log(q) - (1 - y) * jnp.log(1 - q), _saturated_cross_entropy(p, y)
    )
    return _reduce(loss if weight is None else loss * jnp.asarray(weight), reduction)


def _saturated_cross_entropy(p, y):
    """Cross-entropy at probabilities of almost 0 or 1: limited value and gradient."""
    q = lax.stop_gradient(p)
    value = -y * jnp.maximum(jnp.log(q), -100.0) - (1 - y) * jnp.maximum(jnp.log1p(-q), -100.0)
    return value + (p - q) * lax.stop_gradient((q - y) / jnp.maximum(q * (1 - q), 1e-12))


def binary_cross_entropy_with_logits(input, target, weight=None, reduction="mean", pos_weight=None):
    """Cross-entropy of logits with targets in [0, 1]; `pos_weight` scales the positive part."""
    x, y = jnp.asarray(input), jnp.asarray(target)
    if x.shape != y.shape:
        raise ValueError(f"target of shape {y.shape} for an input of shape {x.shape}")
    positive = y if pos_weight is None else y * jnp.asarray(pos_weight)
    loss = -positive * jax.nn.log_sigmoid(x) - (1 - y) * jax.nn.log_sigmoid(-x)
    return _reduce(loss if weight is None else loss * jnp.asarray(weight), reduction)


def kl_div(input, target, reduction="mean", log_target=False):
    """Kullback-Leibler divergence of log-probabilities `input` from `target`.

    "batchmean" divides by the first axis, "mean" by the number of elements.
    """
    x, y = jnp.asarray(input), jnp.asarray(target)
    if log_target:
        loss = jnp.exp(y) * (y - x)
    else:
        loss = y * (jnp.log(jnp.where(y == 0, 1, y)) - x)
    if reduction == "batchmean":
        return jnp.sum(loss) / loss.shape[0]
    return _reduce(loss, reduction)


def poisson_nll_loss(input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """Negative log-likelihood of counts under Poisson rates (or their logarithms)."""
    x, y = jnp.asarray(input), jnp.asarray(target)
    loss = jnp.exp(x) - y * x if log_input else x - y * jnp.log(x + eps)
    if full:
        large = jnp.where(y > 1, y, 2.0)
        rest = large * jnp.log(large) - large + 0.5 * jnp.log(2 * math.pi * large)
        loss = loss + jnp.where(y > 1, rest, 0.0)
    return _reduce(loss, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Negative log-likelihood under normal distributions of variance at least `eps`."""
    x, y = jnp.asarray(input), jnp.asarray(target)
    var = jnp.asarray(var, x.dtype)
    if var.shape == x.shape[:-1] and var.ndim:
        var = var[..., None]
    # The floor gives the value but takes no part in the gradient.
    var = var + lax.stop_gradient(jnp.maximum(var, eps) - var)
    loss = 0.5 * (jnp.log(var) + (x - y) ** 2 / var)
    return _reduce(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def soft_margin_loss(input, target, reduction="mean"):
    """log(1 + exp(-y * x)) for targets 1 and -1."""
    x, y = jnp.asarray(input), jnp.asarray(target)
    return _reduce(jax.nn.softplus(-y * x), reduction)


def hinge_embedding_loss(input, target, margin=1.0, reduction="mean"):
    """The distance itself for target 1, what it lacks to `margin` for target -1."""
    x, y = jnp.asarray(input), jnp.asarray(target)
    far = jnp.where(y != 1, clamp(margin - x, min=0), 0.0)
    return _reduce(far + jnp.where(y != -1, x, 0.0), reduction)


def cosine_embedding_loss(input1, input2, target, margin=0.0, reduction="mean"):
    """1 - cosine for target 1, cosine above `margin` for target -1, over the last axis."""
    a, b, y = jnp.asarray(input1), jnp.asarray(input2), jnp.asarray(target)
    eps = 1e-12
    square = (jnp.sum(a * a, -1) + eps) * (jnp.sum(b * b, -1) + eps)
    cosine = jnp.sum(a * b, -1) / jnp.sqrt(square)
    near = jnp.where(y == 1, 1 - cosine, 0.0)
    return _reduce(near + jnp.where(y == -1, jax.nn.relu(cosine - margin), 0.0), reduction)


def margin_ranking_loss(input1, input2, target, margin=0.0, reduction="mean"):
    """What `target * (x1 - x2)` lacks to `margin`."""
    difference = jnp.asarray(input1) - jnp.asarray(input2)
    return _reduce(jax.nn.relu(margin - jnp.asarray(target) * difference), reduction)


def triplet_margin_loss(
    anchor, positive, negative, margin=1.0, p=2.0, eps=1e-6, swap=False, reduction="mean"
):
    """How much the positive is not nearer than the negative by `margin`."""
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = jnp.minimum(far, pairwise_distance(positive, negative, p, eps))
    return _reduce(jax.nn.relu(near - far + margin), reduction)


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
    """Triplet loss with a distance of the caller's choice."""
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = jnp.minimum(far, distance(positive, negative))
    return _reduce(jax.nn.relu(near - far + margin), reduction)


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Sum over wrong classes of how little the right one leads, over the number of classes."""
    x, index = jnp.atleast_2d(jnp.asarray(input)), jnp.atleast_1d(jnp.asarray(target))
    right = jnp.take_along_axis(x, index[:, None], axis=1)
    lack = jax.nn.relu(margin - right + x) ** p
    if weight is not None:
        lack = lack * jnp.asarray(weight)[index][:, None]
    wrong = jnp.arange(x.shape[1]) != index[:, None]
    loss = jnp.sum(jnp.where(wrong, lack, 0.0), axis=1) / x.shape[1]
    return _reduce(loss if jnp.ndim(input) > 1 else loss[0], reduction)


def multilabel_soft_margin_loss(input, target, weight=None, reduction="mean"):
    """Mean over classes (last axis) of the binary cross-entropies of the logits."""
    x, y = jnp.asarray(input), jnp.asarray(target)
    loss = -(y * jax.nn.log_sigmoid(x) + (1 - y) * jax.nn.log_sigmoid(-x))
    loss = loss if weight is None else loss * jnp.asarray(weight)
    return _reduce(jnp.mean(loss, axis=-1), reduction)


class _Loss(nnx.Module):
    """Base of the loss layers: keeps the reduction."""

    def __init__(self, reduction="mean"):
        self.reduction = reduction


class _WeightedLoss(_Loss):
    """Base of the losses with a weight per class or element."""

    def __init__(self, weight=None, reduction="mean"):
        super().__init__(reduction)
        self.weight = _constant(weight)


def _constant(value):
    """An array attribute that is not trained, or None."""
    return nnx.data(None) if value is None else Buffer(jnp.asarray(value))


class MSELoss(_Loss):
    """Layer of `mse_loss`."""

    def __call__(self, input, target):
        return mse_loss(input, target, self.reduction)


class L1Loss(_Loss):
    """Layer of `l1_loss`."""

    def __call__(self, input, target):
        return l1_loss(input, target, self.reduction)


class SmoothL1Loss(_Loss):
    """Layer of `smooth_l1_loss`."""

    def __init__(self, reduction="mean", beta=1.0):
        super().__init__(reduction)
        self.beta = beta

    def __call__(self, input, target):
        return smooth_l1_loss(input, target, self.reduction, self.beta)


class HuberLoss(_Loss):
    """Layer of `huber_loss`."""

    def __init__(self, reduction="mean", delta=1.0):
        super().__init__(reduction)
        self.delta = delta

    def __call__(self, input, target):
        return huber_loss(input, target, self.reduction, self.delta)


class CrossEntropyLoss(_WeightedLoss):
    """Layer of `cross_entropy`."""

    def __init__(
        self,
        weight=None,
        ignore_index=-100,
        reduction="mean",
        label_smoothing=0.0,
    ):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def __call__(self, input, target):
        options = (self.weight, self.ignore_index, self.reduction, self.label_smoothing)
        return cross_entropy(input, target, *options)


class NLLLoss(_WeightedLoss):
    """Layer of `nll_loss`."""

    def __init__(self, weight=None, ignore_index=-100, reduction="mean"):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def __call__(self, input, target):
        return nll_loss(input, target, self.weight, self.ignore_index, self.reduction)


class BCELoss(_WeightedLoss):
    """Layer of `binary_cross_entropy`."""

    def __call__(self, input, target):
        return binary_cross_entropy(input, target, self.weight, self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Layer of `binary_cross_entropy_with_logits`."""

    def __init__(self, weight=None, reduction="mean", pos_weight=None):
        super().__init__(weight, reduction)
        self.pos_weight = _constant(pos_weight)

    def __call__(self, input, target):
        options = (self.weight, self.reduction, self.pos_weight)
        return binary_cross_entropy_with_logits(input, target, *options)


class KLDivLoss(_Loss):
    """Layer of `kl_div`."""

    def __init__(self, reduction="mean", log_target=False):
        super().__init__(reduction)
        self.log_target = log_target

    def __call__(self, input, target):
        return kl_div(input, target, self.reduction, self.log_target)


class PoissonNLLLoss(_Loss):
    """Layer of `poisson_nll_loss`."""

    def __init__(
        self,
        log_input=True,
        full=False,
        eps=1e-8,
        reduction="mean",
    ):
        super().__init__(reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def __call__(self, log_input, target):
        options = (self.log_input, self.full, self.eps, self.reduction)
        return poisson_nll_loss(log_input, target, *options)


class GaussianNLLLoss(_Loss):
    """Layer of `gaussian_nll_loss`."""

    def __init__(self, *, full=False, eps=1e-6, reduction="mean"):
        super().__init__(reduction)
        self.full, self.eps = full, eps

    def __call__(self, input, target, var):
        return gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class SoftMarginLoss(_Loss):
    """Layer of `soft_margin_loss`."""

    def __call__(self, input, target):
        return soft_margin_loss(input, target, self.reduction)


class HingeEmbeddingLoss(_Loss):
    """Layer of `hinge_embedding_loss`."""

    def __init__(self, margin=1.0, reduction="mean"):
        super().__init__(reduction)
        self.margin = margin

    def __call__(self, input, target):
        return hinge_embedding_loss(input, target, self.margin, self.reduction)


class CosineEmbeddingLoss(_Loss):
    """Layer of `cosine_embedding_loss`."""

    def __init__(self, margin=0.0, reduction="mean"):
        super().__init__(reduction)
        self.margin = margin

    def __call__(self, input1, input2, target):
        return cosine_embedding_loss(input1, input2, target, self.margin, self.reduction)


class MarginRankingLoss(_Loss):
    """Layer of `margin_ranking_loss`."""

    def __init__(self, margin=0.0, reduction="mean"):
        super().__init__(reduction)
        self.margin = margin

    def __call__(self, input1, input2, target):
        return margin_ranking_loss(input1, input2, target, self.margin, self.reduction)


class TripletMarginLoss(_Loss):
    """Layer of `triplet_margin_loss`."""

    def __init__(
        self,
        margin=1.0,
        p=2.0,
        eps=1e-6,
        swap=False,
        reduction="mean",
    ):
        super().__init__(reduction)
        self.margin, self.p, self.eps, self.swap = margin, p, eps, swap

    def __call__(self, anchor, positive, negative):
        options = (self.margin, self.p, self.eps, self.swap, self.reduction)
        return triplet_margin_loss(anchor, positive, negative, *options)


class TripletMarginWithDistanceLoss(_Loss):
    """Layer of `triplet_margin_with_distance_loss`."""

    def __init__(self, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
        super().__init__(reduction)
        self.distance_function = distance_function
        self.margin, self.swap = margin, swap

    def __call__(self, anchor, positive, negative):
        return triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class MultiMarginLoss(_WeightedLoss):
    """Layer of `multi_margin_loss`."""

    def __init__(
        self,
        p=1,
        margin=1.0,
        weight=None,
        reduction="mean",
    ):
        super().__init__(weight, reduction)
        self.p, self.margin = p, margin

    def __call__(self, input, target):
        options = (self.p, self.margin, self.weight, self.reduction)
        return multi_margin_loss(input, target, *options)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Layer of `multilabel_soft_margin_loss`."""

    def __call__(self, input, target):
        return multilabel_soft_margin_loss(input, target, self.weight, self.reduction)
