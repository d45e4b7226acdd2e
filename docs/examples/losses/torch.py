"""Losses for segmentation and detection."""

from typing import Optional

import torch
import torch.nn as nn
import torch.nn.functional as F


def one_hot_like(target: torch.Tensor, num_classes: int, eps: float = 1e-6) -> torch.Tensor:
    """Class ids of shape (B, H, W) to floats of shape (B, C, H, W)."""
    one_hot = F.one_hot(target, num_classes).permute(0, 3, 1, 2).float()
    return one_hot + eps


def focal_loss(
    logits: torch.Tensor,
    target: torch.Tensor,
    alpha: float = 0.25,
    gamma: float = 2.0,
    reduction: str = "none",
) -> torch.Tensor:
    r"""Focal loss, https://arxiv.org/abs/1708.02002.

    .. math:: \text{FL}(p_t) = -\alpha_t (1 - p_t)^{\gamma} \, \log(p_t)

    Args:
        logits: unnormalized scores of shape (B, C, H, W).
        target: class ids of shape (B, H, W).
    """
    if logits.ndim != 4:
        raise ValueError(f"Expected (B, C, H, W), got {tuple(logits.shape)}")
    probs = F.softmax(logits, dim=1)
    log_probs = F.log_softmax(logits, dim=1)
    weight = torch.pow(1.0 - probs, gamma)
    loss = -alpha * weight * log_probs
    loss = torch.sum(one_hot_like(target, logits.shape[1]) * loss, dim=1)

    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    if reduction == "none":
        return loss
    raise NotImplementedError(f"Invalid reduction mode: {reduction}")


class DiceLoss(nn.Module):
    """One minus the Sorensen-Dice coefficient, averaged over the batch."""

    def __init__(self, smooth: float = 1.0, ignore_index: Optional[int] = None) -> None:
        super().__init__()
        self.smooth = smooth
        self.ignore_index = ignore_index

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        probs = logits.softmax(dim=1)
        valid = torch.ones_like(target, dtype=torch.bool)
        if self.ignore_index is not None:
            valid = target != self.ignore_index
            target = torch.where(valid, target, torch.zeros_like(target))
        one_hot = one_hot_like(target, logits.size(1), eps=0.0)
        one_hot *= valid.unsqueeze(1)
        probs = probs * valid.unsqueeze(1)

        dims = (1, 2, 3)
        intersection = (probs * one_hot).sum(dims)
        cardinality = (probs + one_hot).sum(dims)
        dice = (2.0 * intersection + self.smooth) / (cardinality + self.smooth)
        return 1 - dice.mean()


class GIoULoss(nn.Module):
    """Generalized IoU of boxes (x1, y1, x2, y2), https://arxiv.org/abs/1902.09630."""

    def __init__(self, eps: float = 1e-7):
        super().__init__()
        self.eps = eps

    def forward(self, boxes: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        x1, y1, x2, y2 = boxes.unbind(dim=-1)
        x1g, y1g, x2g, y2g = target.unbind(dim=-1)

        # overlap, zero when the boxes do not touch
        width = (torch.min(x2, x2g) - torch.max(x1, x1g)).clamp(min=0)
        height = (torch.min(y2, y2g) - torch.max(y1, y1g)).clamp(min=0)
        overlap = width * height
        union = (x2 - x1) * (y2 - y1) + (x2g - x1g) * (y2g - y1g) - overlap + self.eps

        hull = (torch.max(x2, x2g) - torch.min(x1, x1g)) * (torch.max(y2, y2g) - torch.min(y1, y1g)) + self.eps
        giou = overlap / union - (hull - union) / hull
        return (1 - giou).mean()
