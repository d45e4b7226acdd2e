"""Quotients, cumulative sums, norms and moments with TensorFlow's conventions."""

import jax
import jax.numpy as jnp
from jax import lax


def integer_mean(x, /, *, axis=None, keepdims=False):
    """Mean of integers as an integer, rounded towards zero."""
    total = jnp.sum(x, axis=axis, keepdims=keepdims)
    return lax.div(total, jnp.full_like(total, x.size // max(total.size, 1))).astype(x.dtype)


def integer_norm(x, /, *, axis=None, keepdims=False):
    """Euclidean length of integers as an integer, rounded towards zero."""
    return jnp.sqrt(jnp.sum(jnp.square(x.astype(float)), axis=axis, keepdims=keepdims)).astype(x.dtype)


def narrow_sum(x, /, *, axis=None, keepdims=False):
    """Sum of integers of 8 or 16 bits in their own dtype, in which it wraps."""
    return jnp.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


def divide_no_nan(x1, x2, /):
    """x1 / x2, and 0 where x2 is 0."""
    zero = x2 == 0
    return jnp.where(zero, jnp.zeros_like(x2), x1 / jnp.where(zero, jnp.ones_like(x2), x2))


def multiply_no_nan(x1, x2, /):
    """x1 * x2, and 0 where x2 is 0, whatever x1 is."""
    zero = x2 == 0
    return jnp.where(zero, jnp.zeros_like(x2), jnp.where(zero, jnp.zeros_like(x2), x1) * x2)


def xdivy(x1, x2, /):
    """x1 / x2, and 0 where x1 is 0."""
    zero = x1 == 0
    return jnp.where(zero, jnp.zeros_like(x1), x1 / jnp.where(zero, jnp.ones_like(x2), x2))


def cumulative_sum(x, /, *, axis=0, exclusive=False, reverse=False):
    """Cumulative sum along an axis, from the end when reversed; exclusive leaves out the element itself."""
    x = jnp.flip(x, axis) if reverse else x
    total = jnp.cumsum(x, axis=axis)
    total = total - x if exclusive else total
    return jnp.flip(total, axis) if reverse else total


def cumulative_prod(x, /, *, axis=0, exclusive=False, reverse=False):
    """Cumulative product along an axis, from the end when reversed; exclusive leaves out the element itself."""
    x = jnp.flip(x, axis) if reverse else x
    if exclusive:
        kept = lax.slice_in_dim(x, 0, x.shape[axis] - 1, axis=axis)
        x = jnp.concatenate([jnp.ones_like(lax.slice_in_dim(x, 0, 1, axis=axis)), kept], axis=axis)
    total = jnp.cumprod(x, axis=axis)
    return jnp.flip(total, axis) if reverse else total


def l2_normalize(x, /, *, axis=None, epsilon=1e-12):
    """x divided by its Euclidean length along the axes; squares below epsilon count as epsilon."""
    total = jnp.sum(jnp.square(x), axis=axis, keepdims=True)
    return x / jnp.sqrt(jnp.clip(total, min=epsilon))


def clip_by_norm(x, clip_norm, /, *, axes=None):
    """x, scaled down to the Euclidean length clip_norm along the axes where it is longer."""
    norm = jnp.sqrt(jnp.sum(jnp.square(x), axis=axes, keepdims=True))
    return x * clip_norm / jnp.clip(norm, min=clip_norm)


def global_norm(arrays, /):
    """The Euclidean length of all arrays together; None is left out."""
    return jnp.sqrt(sum(jnp.sum(jnp.square(x)) for x in arrays if x is not None))


def clip_by_global_norm(arrays, clip_norm, /, *, use_norm=None):
    """The arrays, scaled down together to the Euclidean length clip_norm if they are longer, and their length."""
    norm = global_norm(arrays) if use_norm is None else use_norm
    scale = clip_norm / jnp.clip(norm, min=clip_norm)
    return [None if x is None else x * scale for x in arrays], norm


def unit_norm(x, /, *, axis=None):
    """x divided by its Euclidean length along the axes, and that length."""
    norm = jnp.sqrt(jnp.sum(jnp.square(x), axis=axis, keepdims=True))
    return x / norm, norm


def moments(x, axes, /, *, keepdims=False):
    """Mean and variance along the axes."""
    axes = tuple(axes) if isinstance(axes, (list, tuple)) else axes
    return jnp.mean(x, axis=axes, keepdims=keepdims), jnp.var(x, axis=axes, keepdims=keepdims)


def softmax_cross_entropy(labels, logits, /, *, axis=-1):
    """Cross-entropy along an axis of class probabilities with logits."""
    shifted = logits - jnp.max(logits, axis=axis, keepdims=True)
    log_p = shifted - jnp.log(jnp.sum(jnp.exp(shifted), axis=axis, keepdims=True))
    return -jnp.sum(labels * log_p, axis=axis)


def sparse_softmax_cross_entropy(labels, logits, /):
    """Cross-entropy of class indices with logits, whose last axis are the classes."""
    shifted = logits - jnp.max(logits, axis=-1, keepdims=True)
    log_p = shifted - jnp.log(jnp.sum(jnp.exp(shifted), axis=-1, keepdims=True))
    return -jnp.take_along_axis(log_p, labels[..., None].astype(jnp.int32), axis=-1)[..., 0]


def logits_ctc_loss(labels, logits, label_length, logit_length, /, *, time_major=True, blank=0):
    """The CTC loss of each row of labels (batch, length), for logits (time, batch, classes)."""
    logits = logits if time_major else jnp.swapaxes(logits, 0, 1)
    batch, count = labels.shape
    blank = blank % logits.shape[-1]
    label_length, logit_length = jnp.asarray(label_length), jnp.asarray(logit_length)
    labels = jnp.where(jnp.arange(count) < label_length[:, None], labels, blank).astype(jnp.int32)
    # a blank, the first label, a blank, the second label and so on, to the last blank
    states = jnp.full((batch, 2 * count + 1), blank).at[:, 1::2].set(labels)
    skips = jnp.pad(states[:, 2:] != states[:, :-2], ((0, 0), (2, 0)))
    never = -1e30
    log_p = jax.nn.log_softmax(logits)
    emitted = jnp.take_along_axis(log_p, jnp.broadcast_to(states, (len(log_p), *states.shape)), axis=2)

    def step(alpha, now):
        time, emitted = now
        before = jnp.pad(alpha, ((0, 0), (2, 0)), constant_values=never)
        ways = jnp.stack([alpha, before[:, 1:-1], jnp.where(skips, before[:, :-2], never)])
        moved = jnp.maximum(jax.nn.logsumexp(ways, axis=0) + emitted, never)
        return jnp.where(time < logit_length[:, None], moved, alpha), None

    start = jnp.full(states.shape, never, log_p.dtype).at[:, 0].set(0.0)
    alpha, _ = lax.scan(step, start, (jnp.arange(len(log_p)), emitted))
    last = 2 * label_length[:, None] + jnp.array([0, -1])
    ends = jnp.where(last < 0, never, jnp.take_along_axis(alpha, jnp.maximum(last, 0), axis=1))
    loss = -jax.nn.logsumexp(ends, axis=1)
    return jnp.where(loss < 1e29, loss, jnp.inf)


def batch_normalization(
    x, mean, variance, /, offset=None, scale=None, variance_epsilon=0.001, axis=-1
):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, with parameters that broadcast or lie along an axis."""
    if axis not in (-1, x.ndim - 1):
        shape = [-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]
        mean, variance, offset, scale = (
            None if p is None else p.reshape(shape) for p in (mean, variance, offset, scale)
        )
    factor = 1 / jnp.sqrt(variance + variance_epsilon)
    factor = factor if scale is None else factor * scale
    shift = -mean * factor
    return x * factor + (shift if offset is None else shift + offset)


def zero_fraction(x, /):
    """The part of the elements that are 0."""
    return jnp.mean((x == 0).astype(jnp.float32))
