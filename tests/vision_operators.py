"""Two compiled operators that torchvision registers, and that a build for other versions of PyTorch lacks."""

from __future__ import annotations

from functools import cache


@cache
def define_vision_operators() -> object:
    """Define them where they are missing, so that torchvision can be imported; they are gone with what is returned."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        try:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        except RuntimeError:
            pass  # this build has it
    return library
