"""Losses for segmentation and detection."""

from typing import Optional

import keras
import tensorflow as tf

from tensorflow_helpers import (
    maximum,
    minimum,
    Module,
    one_hot as _one_hot,
    reduce_sum,
    shape_of,
    size_at,
)


def one_hot_like(target: tf.Tensor, num_classes: int, eps: float = 1e-6) -> tf.Tensor:
    """Class ids of shape (B, H, W) to floats of shape (B, C, H, W)."""
    one_hot = tf.cast(tf.transpose(_one_hot(target, num_classes), (0, 3, 1, 2)), tf.float32)
    return one_hot + eps


def focal_loss(
    logits: tf.Tensor,
    target: tf.Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: str = "none",
) -> tf.Tensor:
    r"""Focal loss, https://arxiv.org/abs/1708.02002.

    .. math:: \text{FL}(p_t) = -\alpha_t (1 - p_t)^{\gamma} \, \log(p_t)

    Args:
        logits: unnormalized scores of shape (B, C, H, W).
        target: class ids of shape (B, H, W).
    """
    if len(logits.shape) != 4:
        raise ValueError(f"Expected (B, C, H, W), got {tuple(shape_of(logits))}")
    probs = tf.nn.softmax(logits, axis=1)
    log_probs = tf.nn.log_softmax(logits, axis=1)
    weight = tf.pow(1.0 - probs, gamma)
    loss = -alpha * weight * log_probs
    loss = reduce_sum(one_hot_like(target, shape_of(logits)[1]) * loss, axis=1)

    if reduction == "mean":
        return keras.ops.mean(loss)
    if reduction == "sum":
        return reduce_sum(loss)
    if reduction == "none":
        return loss
    raise NotImplementedError(f"Invalid reduction mode: {reduction}")


class DiceLoss(Module):
    """One minus the Sorensen-Dice coefficient, averaged over the batch."""

    def __init__(self, smooth: float = 1.0, ignore_index: Optional[int] = None) -> None:
        super().__init__()
        self.smooth = smooth
        self.ignore_index = ignore_index

    def call(self, logits: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        probs = tf.nn.softmax(logits, axis=1)
        valid = tf.ones_like(target, dtype=tf.bool)
        if self.ignore_index is not None:
            valid = target != self.ignore_index
            target = tf.where(valid, target, tf.zeros_like(target))
        one_hot = one_hot_like(target, size_at(logits, 1), eps=0.0)
        one_hot *= tf.cast(tf.expand_dims(valid, axis=1), one_hot.dtype)
        probs = probs * tf.cast(tf.expand_dims(valid, axis=1), probs.dtype)

        dims = (1, 2, 3)
        intersection = reduce_sum(probs * one_hot, axis=dims)
        cardinality = reduce_sum(probs + one_hot, axis=dims)
        dice = (2.0 * intersection + self.smooth) / (cardinality + self.smooth)
        return 1 - keras.ops.mean(dice)


class GIoULoss(Module):
    """Generalized IoU of boxes (x1, y1, x2, y2), https://arxiv.org/abs/1902.09630."""

    def __init__(self, eps: float = 1e-7):
        super().__init__()
        self.eps = eps

    def call(self, boxes: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
        x1, y1, x2, y2 = tf.unstack(boxes, axis=-1)
        x1g, y1g, x2g, y2g = tf.unstack(target, axis=-1)

        # overlap, zero when the boxes do not touch
        width = tf.maximum(minimum(x2, x2g) - maximum(x1, x1g), 0)
        height = tf.maximum(minimum(y2, y2g) - maximum(y1, y1g), 0)
        overlap = width * height
        union = (x2 - x1) * (y2 - y1) + (x2g - x1g) * (y2g - y1g) - overlap + self.eps

        hull = (maximum(x2, x2g) - minimum(x1, x1g)) * (maximum(y2, y2g) - minimum(y1, y1g)) + self.eps
        giou = overlap / union - (hull - union) / hull
        return keras.ops.mean(1 - giou)
