"""Quotients, cumulative sums, norms and moments with TensorFlow's conventions."""

import torch
import torch.nn.functional as F


def integer_mean(x, /, *, axis=None, keepdims=False):
    """Mean of integers as an integer, rounded towards zero."""
    axis = tuple(range(x.ndim)) if axis is None else axis
    total = torch.sum(x, dim=axis, keepdim=keepdims)
    count = x.numel() // max(total.numel(), 1)
    return torch.div(total, count, rounding_mode="trunc").to(x.dtype)


def integer_norm(x, /, *, axis=None, keepdims=False):
    """Euclidean length of integers as an integer, rounded towards zero."""
    axis = tuple(range(x.ndim)) if axis is None else axis
    return torch.sqrt(torch.sum(torch.square(x.to(torch.float64)), dim=axis, keepdim=keepdims)).to(x.dtype)


def narrow_sum(x, /, *, axis=None, keepdims=False):
    """Sum of integers of 8 or 16 bits in their own dtype, in which it wraps."""
    axis = tuple(range(x.ndim)) if axis is None else axis
    return torch.sum(x, dim=axis, keepdim=keepdims, dtype=x.dtype)


def divide_no_nan(x1, x2, /):
    """x1 / x2, and 0 where x2 is 0."""
    zero = x2 == 0
    return torch.where(zero, torch.zeros_like(x2), x1 / torch.where(zero, torch.ones_like(x2), x2))


def multiply_no_nan(x1, x2, /):
    """x1 * x2, and 0 where x2 is 0, whatever x1 is."""
    zero = x2 == 0
    return torch.where(zero, torch.zeros_like(x2), torch.where(zero, torch.zeros_like(x2), x1) * x2)


def xdivy(x1, x2, /):
    """x1 / x2, and 0 where x1 is 0."""
    zero = x1 == 0
    return torch.where(zero, torch.zeros_like(x1), x1 / torch.where(zero, torch.ones_like(x2), x2))


def cumulative_sum(x, /, *, axis=0, exclusive=False, reverse=False):
    """Cumulative sum along an axis, from the end when reversed; exclusive leaves out the element itself."""
    x = torch.flip(x, [axis]) if reverse else x
    total = torch.cumsum(x, dim=axis, dtype=x.dtype)
    total = total - x if exclusive else total
    return torch.flip(total, [axis]) if reverse else total


def cumulative_prod(x, /, *, axis=0, exclusive=False, reverse=False):
    """Cumulative product along an axis, from the end when reversed; exclusive leaves out the element itself."""
    x = torch.flip(x, [axis]) if reverse else x
    if exclusive:
        x = torch.cat(
            [torch.ones_like(x.narrow(axis, 0, 1)), x.narrow(axis, 0, x.shape[axis] - 1)], dim=axis
        )
    total = torch.cumprod(x, dim=axis, dtype=x.dtype)
    return torch.flip(total, [axis]) if reverse else total


def l2_normalize(x, /, *, axis=None, epsilon=1e-12):
    """x divided by its Euclidean length along the axes; squares below epsilon count as epsilon."""
    total = torch.sum(torch.square(x), dim=axis, keepdim=True)
    return x / torch.sqrt(torch.clamp(total, min=epsilon))


def clip_by_norm(x, clip_norm, /, *, axes=None):
    """x, scaled down to the Euclidean length clip_norm along the axes where it is longer."""
    norm = torch.sqrt(torch.sum(torch.square(x), dim=axes, keepdim=True))
    return x * clip_norm / torch.clamp(norm, min=clip_norm)


def global_norm(arrays, /):
    """The Euclidean length of all arrays together; None is left out."""
    return torch.sqrt(sum(torch.sum(torch.square(x)) for x in arrays if x is not None))


def clip_by_global_norm(arrays, clip_norm, /, *, use_norm=None):
    """The arrays, scaled down together to the Euclidean length clip_norm if they are longer, and their length."""
    norm = global_norm(arrays) if use_norm is None else use_norm
    scale = clip_norm / torch.clamp(norm, min=clip_norm)
    return [None if x is None else x * scale for x in arrays], norm


def unit_norm(x, /, *, axis=None):
    """x divided by its Euclidean length along the axes, and that length."""
    norm = torch.sqrt(torch.sum(torch.square(x), dim=axis, keepdim=True))
    return x / norm, norm


def moments(x, axes, /, *, keepdims=False):
    """Mean and variance along the axes."""
    variance, mean = torch.var_mean(x, dim=axes, correction=0, keepdim=keepdims)
    return mean, variance


def softmax_cross_entropy(labels, logits, /, *, axis=-1):
    """Cross-entropy along an axis of class probabilities with logits."""
    shifted = logits - torch.amax(logits, dim=axis, keepdim=True)
    log_p = shifted - torch.log(torch.sum(torch.exp(shifted), dim=axis, keepdim=True))
    return -torch.sum(labels * log_p, dim=axis)


def sparse_softmax_cross_entropy(labels, logits, /):
    """Cross-entropy of class indices with logits, whose last axis are the classes."""
    shifted = logits - torch.amax(logits, dim=-1, keepdim=True)
    log_p = shifted - torch.log(torch.sum(torch.exp(shifted), dim=-1, keepdim=True))
    return -torch.take_along_dim(log_p, labels[..., None].to(torch.int64), dim=-1)[..., 0]


def logits_ctc_loss(labels, logits, label_length, logit_length, /, *, time_major=True, blank=0):
    """The CTC loss of each row of labels (batch, length), for logits (time, batch, classes)."""
    log_p = torch.log_softmax(logits if time_major else logits.transpose(0, 1), dim=-1)
    lengths = [torch.as_tensor(length).long() for length in (logit_length, label_length)]
    return F.ctc_loss(log_p, labels.long(), *lengths, blank=blank % logits.shape[-1], reduction="none")


def batch_normalization(
    x, mean, variance, /, offset=None, scale=None, variance_epsilon=0.001, axis=-1
):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with parameters that broadcast or lie along an axis."""
    if axis not in (-1, x.ndim - 1):
        shape = [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
        mean, variance, offset, scale = (
            None if p is None else p.reshape(shape) for p in (mean, variance, offset, scale)
        )
    factor = 1 / torch.sqrt(variance + variance_epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor
    return x * factor + (shift if offset is None else shift + offset)


def zero_fraction(x, /):
    """The part of the elements that are 0."""
    return torch.mean((x == 0).to(torch.float32))
