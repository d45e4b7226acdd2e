"""Losses for segmentation and detection."""

from typing import Optional

import jax
import jax.numpy as jnp

from haiku_helpers import clamp, Module, one_hot as _one_hot


def one_hot_like(target: jax.Array, num_classes: int, eps: float = 1e-6) -> jax.Array:
    """Class ids of shape (B, H, W) to floats of shape (B, C, H, W)."""
    one_hot = _one_hot(target, num_classes).transpose(0, 3, 1, 2).astype(jnp.float32)
    return one_hot + eps


def focal_loss(
    logits: jax.Array,
    target: jax.Array,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: str = "none",
) -> jax.Array:
    r"""Focal loss, https://arxiv.org/abs/1708.02002.

    .. math:: \text{FL}(p_t) = -\alpha_t (1 - p_t)^{\gamma} \, \log(p_t)

    Args:
        logits: unnormalized scores of shape (B, C, H, W).
        target: class ids of shape (B, H, W).
    """
    if logits.ndim != 4:
        raise ValueError(f"Expected (B, C, H, W), got {tuple(logits.shape)}")
    probs = jax.nn.softmax(logits, axis=1)
    log_probs = jax.nn.log_softmax(logits, axis=1)
    weight = jnp.power(1.0 - probs, gamma)
    loss = -alpha * weight * log_probs
    loss = jnp.sum(one_hot_like(target, logits.shape[1]) * loss, axis=1)

    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise NotImplementedError(f"Invalid reduction mode: {reduction}")


class DiceLoss(Module):
    """One minus the Sorensen-Dice coefficient, averaged over the batch."""

    def __init__(self, smooth: float = 1.0, ignore_index: Optional[int] = None) -> None:
        super().__init__()
        self.smooth = smooth
        self.ignore_index = ignore_index

    def __call__(self, logits: jax.Array, target: jax.Array) -> jax.Array:
        probs = jax.nn.softmax(logits, axis=1)
        valid = jnp.ones_like(target, dtype=jnp.bool_)
        if self.ignore_index is not None:
            valid = target != self.ignore_index
            target = jnp.where(valid, target, jnp.zeros_like(target))
        one_hot = one_hot_like(target, logits.shape[1], eps=0.0)
        one_hot *= jnp.expand_dims(valid, axis=1)
        probs = probs * jnp.expand_dims(valid, axis=1)

        dims = (1, 2, 3)
        intersection = (probs * one_hot).sum(axis=dims)
        cardinality = (probs + one_hot).sum(axis=dims)
        dice = (2.0 * intersection + self.smooth) / (cardinality + self.smooth)
        return 1 - dice.mean()


class GIoULoss(Module):
    """Generalized IoU of boxes (x1, y1, x2, y2), https://arxiv.org/abs/1902.09630."""

    def __init__(self, eps: float = 1e-7):
        super().__init__()
        self.eps = eps

    def __call__(self, boxes: jax.Array, target: jax.Array) -> jax.Array:
        x1, y1, x2, y2 = jnp.unstack(boxes, axis=-1)
        x1g, y1g, x2g, y2g = jnp.unstack(target, axis=-1)

        # overlap, zero when the boxes do not touch
        width = clamp(jnp.minimum(x2, x2g) - jnp.maximum(x1, x1g), min=0)
        height = clamp(jnp.minimum(y2, y2g) - jnp.maximum(y1, y1g), min=0)
        overlap = width * height
        union = (x2 - x1) * (y2 - y1) + (x2g - x1g) * (y2g - y1g) - overlap + self.eps

        hull = (jnp.maximum(x2, x2g) - jnp.minimum(x1, x1g)) * (jnp.maximum(y2, y2g) - jnp.minimum(y1, y1g)) + self.eps
        giou = overlap / union - (hull - union) / hull
        return (1 - giou).mean()
