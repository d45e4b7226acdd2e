"""The connectionist temporal classification loss with PyTorch's arguments."""

import jax.numpy as jnp
from jax import lax

from .losses import _Loss, _reduce

_IMPOSSIBLE = -1e30  # the logarithm of nothing; infinities have no gradient


def ctc_loss(
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False
):
    """-log of the probability of the targets, with blanks and repetitions left out.

    `log_probs` are (time, batch, classes) or (time, classes), `targets` (batch, length) or one after the other.
    The mean divides by the lengths of the targets.
    """
    log_probs, targets = jnp.asarray(log_probs), jnp.asarray(targets)
    single = log_probs.ndim == 2
    if single:
        log_probs = log_probs[:, None]
    steps, batch, _ = log_probs.shape
    input_lengths = jnp.asarray(input_lengths).reshape(-1)
    target_lengths = jnp.asarray(target_lengths).reshape(-1)
    if targets.ndim == 1:
        places = jnp.cumsum(target_lengths)[:, None] - target_lengths[:, None] + jnp.arange(max(target_lengths))
        targets = targets[jnp.minimum(places, len(targets) - 1)]
    length = targets.shape[1]
    targets = jnp.where(jnp.arange(length) < target_lengths[:, None], targets, blank)
    labels = jnp.full((batch, 2 * length + 1), blank, targets.dtype).at[:, 1::2].set(targets)
    skips = jnp.pad(labels[:, 2:] != labels[:, :-2], ((0, 0), (2, 0)))
    own = jnp.take_along_axis(log_probs, labels[None], axis=2)

    def step(alpha, given):
        place, own = given
        one = jnp.pad(alpha[:, :-1], ((0, 0), (1, 0)), constant_values=_IMPOSSIBLE)
        two = jnp.pad(alpha[:, :-2], ((0, 0), (2, 0)), constant_values=_IMPOSSIBLE)
        new = jnp.logaddexp(jnp.logaddexp(alpha, one), jnp.where(skips, two, _IMPOSSIBLE)) + own
        return jnp.where(place < input_lengths[:, None], new, alpha), None

    first = jnp.where(jnp.arange(2 * length + 1) < 2, own[0], _IMPOSSIBLE)
    alpha, _ = lax.scan(step, first, (jnp.arange(1, steps), own[1:]))
    ends = 2 * target_lengths[:, None] - jnp.arange(2)
    last = jnp.where(ends < 0, _IMPOSSIBLE, jnp.take_along_axis(alpha, jnp.maximum(ends, 0), axis=1))
    total = jnp.logaddexp(last[:, 0], last[:, 1])
    # The sum of probabilities is a constant of log_softmax, whose part of the gradient PyTorch takes here.
    used = jnp.where(jnp.arange(steps)[:, None, None] < input_lengths[:, None], jnp.exp(log_probs), 0).sum((0, 2))
    loss = used - lax.stop_gradient(used) - total
    loss = jnp.where(total < _IMPOSSIBLE / 2, 0.0 if zero_infinity else jnp.inf, loss)
    if reduction == "mean":
        loss = loss / jnp.maximum(target_lengths, 1)
    return loss[0] if single and reduction == "none" else _reduce(loss, reduction)


class CTCLoss(_Loss):
    """Layer of `ctc_loss`."""

    def __init__(self, blank=0, reduction="mean", zero_infinity=False):
        super().__init__(reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def __call__(self, log_probs, targets, input_lengths, target_lengths):
        return ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
