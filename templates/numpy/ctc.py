"""The connectionist temporal classification loss with PyTorch's arguments."""

import numpy as np

from .losses import _Loss, _reduce


def ctc_loss(
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False
):
    """-log of the probability of the targets, with blanks and repetitions left out.

    `log_probs` are (time, batch, classes) or (time, classes), `targets` (batch, length) or one after the other.
    The mean divides by the lengths of the targets.
    """
    targets = np.asarray(targets)
    single = log_probs.ndim == 2
    if single:
        log_probs = log_probs[:, None]
    steps, batch, _ = log_probs.shape
    input_lengths = np.reshape(input_lengths, -1)
    target_lengths = np.reshape(target_lengths, -1)
    if targets.ndim == 1:
        places = np.cumsum(target_lengths)[:, None] - target_lengths[:, None] + np.arange(max(target_lengths))
        targets = targets[np.minimum(places, len(targets) - 1)]
    length = targets.shape[1]
    labels = np.full((batch, 2 * length + 1), blank)
    labels[:, 1::2] = np.where(np.arange(length) < target_lengths[:, None], targets, blank)
    skips = np.pad(labels[:, 2:] != labels[:, :-2], ((0, 0), (2, 0)))
    own = np.take_along_axis(log_probs, labels[None], axis=2)
    alpha = np.where(np.arange(2 * length + 1) < 2, own[0], -np.inf)
    for step in range(1, steps):
        one = np.pad(alpha[:, :-1], ((0, 0), (1, 0)), constant_values=-np.inf)
        two = np.pad(alpha[:, :-2], ((0, 0), (2, 0)), constant_values=-np.inf)
        new = np.logaddexp(np.logaddexp(alpha, one), np.where(skips, two, -np.inf)) + own[step]
        alpha = np.where(step < input_lengths[:, None], new, alpha)
    ends = 2 * target_lengths[:, None] - np.arange(2)
    last = np.where(ends < 0, -np.inf, np.take_along_axis(alpha, np.maximum(ends, 0), axis=1))
    loss = -np.logaddexp(last[:, 0], last[:, 1]).astype(log_probs.dtype)
    if zero_infinity:
        loss = np.where(np.isinf(loss), 0, loss).astype(log_probs.dtype)
    if reduction == "mean":
        loss = loss / np.maximum(target_lengths, 1).astype(loss.dtype)
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
