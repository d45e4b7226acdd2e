"""Quotients, cumulative sums, norms and moments with TensorFlow's conventions."""

import numpy as np


def integer_mean(x, /, *, axis=None, keepdims=False):
    """Mean of integers as an integer, rounded towards zero."""
    total = np.sum(x, axis=axis, keepdims=keepdims)
    count = x.size // max(total.size, 1)
    return (np.sign(total) * (np.abs(total) // count)).astype(x.dtype)


def integer_norm(x, /, *, axis=None, keepdims=False):
    """Euclidean length of integers as an integer, rounded towards zero."""
    return np.sqrt(np.sum(np.square(x.astype(np.float64)), axis=axis, keepdims=keepdims)).astype(x.dtype)


def narrow_sum(x, /, *, axis=None, keepdims=False):
    """Sum of integers of 8 or 16 bits in their own dtype, in which it wraps."""
    return np.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


def divide_no_nan(x1, x2, /):
    """x1 / x2, and 0 where x2 is 0."""
    zero = x2 == 0
    return np.where(zero, np.zeros_like(x2), x1 / np.where(zero, np.ones_like(x2), x2))


def multiply_no_nan(x1, x2, /):
    """x1 * x2, and 0 where x2 is 0, whatever x1 is."""
    zero = x2 == 0
    return np.where(zero, np.zeros_like(x2), np.where(zero, np.zeros_like(x2), x1) * x2)


def xdivy(x1, x2, /):
    """x1 / x2, and 0 where x1 is 0."""
    zero = x1 == 0
    return np.where(zero, np.zeros_like(x1), x1 / np.where(zero, np.ones_like(x2), x2))


def cumulative_sum(x, /, *, axis=0, exclusive=False, reverse=False):
    """Cumulative sum along an axis, from the end when reversed; exclusive leaves out the element itself."""
    x = np.flip(x, axis) if reverse else x
    total = np.cumsum(x, axis=axis, dtype=x.dtype)
    total = total - x if exclusive else total
    return np.flip(total, axis) if reverse else total


def cumulative_prod(x, /, *, axis=0, exclusive=False, reverse=False):
    """Cumulative product along an axis, from the end when reversed; exclusive leaves out the element itself."""
    x = np.flip(x, axis) if reverse else x
    if exclusive:
        kept = np.delete(x, -1, axis=axis)
        x = np.concatenate([np.ones_like(np.take(x, [0], axis=axis)), kept], axis=axis)
    total = np.cumprod(x, axis=axis, dtype=x.dtype)
    return np.flip(total, axis) if reverse else total


def l2_normalize(x, /, *, axis=None, epsilon=1e-12):
    """x divided by its Euclidean length along the axes; squares below epsilon count as epsilon."""
    total = np.sum(np.square(x), axis=axis, keepdims=True)
    return x / np.sqrt(np.clip(total, min=epsilon))


def clip_by_norm(x, clip_norm, /, *, axes=None):
    """x, scaled down to the Euclidean length clip_norm along the axes where it is longer."""
    norm = np.sqrt(np.sum(np.square(x), axis=axes, keepdims=True))
    return x * clip_norm / np.clip(norm, min=clip_norm)


def global_norm(arrays, /):
    """The Euclidean length of all arrays together; None is left out."""
    return np.sqrt(sum(np.sum(np.square(x)) for x in arrays if x is not None))


def clip_by_global_norm(arrays, clip_norm, /, *, use_norm=None):
    """The arrays, scaled down together to the Euclidean length clip_norm if they are longer, and their length."""
    norm = global_norm(arrays) if use_norm is None else use_norm
    scale = clip_norm / np.clip(norm, min=clip_norm)
    return [None if x is None else x * scale for x in arrays], norm


def unit_norm(x, /, *, axis=None):
    """x divided by its Euclidean length along the axes, and that length."""
    norm = np.sqrt(np.sum(np.square(x), axis=axis, keepdims=True))
    return x / norm, norm


def moments(x, axes, /, *, keepdims=False):
    """Mean and variance along the axes."""
    axes = tuple(axes) if isinstance(axes, (list, tuple)) else axes
    return np.mean(x, axis=axes, keepdims=keepdims), np.var(x, axis=axes, keepdims=keepdims)


def softmax_cross_entropy(labels, logits, /, *, axis=-1):
    """Cross-entropy along an axis of class probabilities with logits."""
    shifted = logits - np.max(logits, axis=axis, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))
    return -np.sum(labels * log_p, axis=axis)


def sparse_softmax_cross_entropy(labels, logits, /):
    """Cross-entropy of class indices with logits, whose last axis are the classes."""
    shifted = logits - np.max(logits, axis=-1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))
    return -np.take_along_axis(log_p, labels[..., None].astype(np.int64), axis=-1)[..., 0]


def logits_ctc_loss(labels, logits, label_length, logit_length, /, *, time_major=True, blank=0):
    """The CTC loss of each row of labels (batch, length), for logits (time, batch, classes)."""
    logits = logits if time_major else np.swapaxes(logits, 0, 1)
    batch, count = labels.shape
    blank = blank % logits.shape[-1]
    label_length, logit_length = np.asarray(label_length), np.asarray(logit_length)
    # a blank, the first label, a blank, the second label and so on, to the last blank
    states = np.full((batch, 2 * count + 1), blank)
    states[:, 1::2] = np.where(np.arange(count) < label_length[:, None], labels, blank)
    skips = np.pad(states[:, 2:] != states[:, :-2], ((0, 0), (2, 0)))
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    alpha = np.full(states.shape, -np.inf, log_p.dtype)
    alpha[:, 0] = 0
    for time, now in enumerate(log_p):
        before = np.pad(alpha, ((0, 0), (2, 0)), constant_values=-np.inf)
        moved = np.logaddexp(alpha, before[:, 1:-1])
        moved = np.logaddexp(moved, np.where(skips, before[:, :-2], -np.inf).astype(moved.dtype))
        moved += np.take_along_axis(now, states, axis=1)
        alpha = np.where(time < logit_length[:, None], moved, alpha)
    last = 2 * label_length[:, None] + np.array([0, -1])
    ends = np.where(last < 0, -np.inf, np.take_along_axis(alpha, np.maximum(last, 0), axis=1))
    return -np.logaddexp(ends[:, 0], ends[:, 1]).astype(logits.dtype)


def batch_normalization(
    x, mean, variance, /, offset=None, scale=None, variance_epsilon=0.001, axis=-1
):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with parameters that broadcast or lie along an axis."""
    if axis not in (-1, x.ndim - 1):
        shape = [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
        mean, variance, offset, scale = (
            None if p is None else p.reshape(shape) for p in (mean, variance, offset, scale)
        )
    factor = 1 / np.sqrt(variance + variance_epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor
    return x * factor + (shift if offset is None else shift + offset)


def zero_fraction(x, /):
    """The part of the elements that are 0."""
    return np.mean((x == 0).astype(np.float32))
