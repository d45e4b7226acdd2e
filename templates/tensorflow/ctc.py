"""The connectionist temporal classification loss with PyTorch's arguments."""

import tensorflow as tf

from .losses import _Loss, reduce_loss

_IMPOSSIBLE = -1e30  # the logarithm of nothing; infinities have no gradient


def ctc_loss(
    log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False
):
    """-log of the probability of the targets, with blanks and repetitions left out.

    `log_probs` are (time, batch, classes) or (time, classes), `targets` (batch, length) or one after the other.
    The mean divides by the lengths of the targets.
    """
    targets = tf.cast(targets, tf.int32)
    single = log_probs.shape.rank == 2
    if single:
        log_probs = log_probs[:, tf.newaxis]
    steps, batch = tf.shape(log_probs)[0], tf.shape(log_probs)[1]
    input_lengths = tf.reshape(tf.cast(input_lengths, tf.int32), [-1])
    target_lengths = tf.reshape(tf.cast(target_lengths, tf.int32), [-1])
    if targets.shape.rank == 1:
        starts = tf.cumsum(target_lengths, exclusive=True)
        places = starts[:, tf.newaxis] + tf.range(tf.reduce_max(target_lengths))
        targets = tf.gather(targets, tf.minimum(places, tf.size(targets) - 1))
    length = tf.shape(targets)[1]
    targets = tf.where(tf.range(length) < target_lengths[:, tf.newaxis], targets, blank)
    blanks = tf.fill([batch, length], blank)
    labels = tf.reshape(tf.stack([blanks, targets], axis=2), [batch, 2 * length])
    labels = tf.pad(labels, [[0, 0], [0, 1]], constant_values=blank)
    skips = tf.pad(labels[:, 2:] != labels[:, :-2], [[0, 0], [2, 0]])
    own = tf.gather(log_probs, tf.repeat(labels[tf.newaxis], steps, axis=0), axis=2, batch_dims=2)
    impossible = tf.cast(_IMPOSSIBLE, log_probs.dtype)

    def step(alpha, given):
        place, own = given
        one = tf.pad(alpha[:, :-1], [[0, 0], [1, 0]], constant_values=impossible)
        two = tf.pad(alpha[:, :-2], [[0, 0], [2, 0]], constant_values=impossible)
        new = tf.reduce_logsumexp(tf.stack([alpha, one, tf.where(skips, two, impossible)]), axis=0) + own
        return tf.where(place < input_lengths[:, tf.newaxis], new, alpha)

    first = tf.where(tf.range(2 * length + 1) < 2, own[0], impossible)
    alpha = first if log_probs.shape[0] == 1 else tf.scan(step, (tf.range(1, steps), own[1:]), first)[-1]
    ends = 2 * target_lengths[:, tf.newaxis] - tf.range(2)
    last = tf.where(ends < 0, impossible, tf.gather(alpha, tf.maximum(ends, 0), axis=1, batch_dims=1))
    total = tf.reduce_logsumexp(last, axis=1)
    # The sum of probabilities is a constant of log_softmax, whose part of the gradient PyTorch takes here.
    inside = tf.range(steps)[:, tf.newaxis, tf.newaxis] < input_lengths[:, tf.newaxis]
    used = tf.reduce_sum(tf.where(inside, tf.exp(log_probs), 0), [0, 2])
    loss = used - tf.stop_gradient(used) - total
    loss = tf.where(total < impossible / 2, tf.cast(0.0 if zero_infinity else float("inf"), loss.dtype), loss)
    if reduction == "mean":
        loss = loss / tf.cast(tf.maximum(target_lengths, 1), loss.dtype)
    return loss[0] if single and reduction == "none" else reduce_loss(loss, reduction)


class CTCLoss(_Loss):
    """Layer of `ctc_loss`."""

    def __init__(self, blank=0, reduction="mean", zero_infinity=False):
        super().__init__(reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def call(self, log_probs, targets, input_lengths, target_lengths):
        return ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
