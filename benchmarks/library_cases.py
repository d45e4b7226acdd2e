"""Small models of installed PyTorch libraries, with their inputs: what ``libraries.py`` converts and compares.

A case is a function that returns a model (or another callable) and its arguments: a tuple, a dictionary of keyword
arguments, or one array. Arrays are NumPy's. Weights are random, from the seed that the caller has set.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Case(NamedTuple):
    """One case: the distribution that it is from, and the function that makes it."""

    library: str
    make: Callable[[], tuple[Any, Any]]


CASES: dict[str, Case] = {}


def case(library: str) -> Callable[[Callable[[], tuple[Any, Any]]], Callable[[], tuple[Any, Any]]]:
    """Register a function as a case of a library."""

    def register(make: Callable[[], tuple[Any, Any]]) -> Callable[[], tuple[Any, Any]]:
        CASES[make.__name__] = Case(library, make)
        return make

    return register


def parts(made: tuple[Any, Any]) -> tuple[Any, tuple, dict]:
    """Model, positional and keyword arguments; models are in evaluation mode, their zeros drawn anew."""
    model, given = made
    if hasattr(model, "eval"):
        model.eval()
        filled(model)
    if isinstance(given, dict):
        return model, (), given
    return model, given if isinstance(given, tuple) else (given,), {}


def filled(model: Any) -> None:
    """Draw what is the same everywhere anew (zeros, ones), so that no branch of the model is hidden."""
    import torch

    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if value.is_floating_point() and value.numel() > 1 and bool((value == value.flatten()[0]).all()):
                value.uniform_(0.5, 1.5) if "var" in name or value.flatten()[0] > 0 else value.normal_(0, 0.1)


def floats(*shape: int) -> np.ndarray:
    """Standard normal float32 values."""
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def ids(*shape: int, below: int) -> np.ndarray:
    """Token ids, int64 in [1, below)."""
    return np.random.default_rng(sum(shape)).integers(1, below, shape)


@case("segmentation_models_pytorch")
def smp_unet():
    import segmentation_models_pytorch as smp

    return smp.Unet("resnet18", encoder_weights=None, classes=3), floats(2, 3, 64, 64)


@case("segmentation_models_pytorch")
def smp_fpn():
    import segmentation_models_pytorch as smp

    return smp.FPN("resnet18", encoder_weights=None, classes=3), floats(2, 3, 64, 64)


@case("segmentation_models_pytorch")
def smp_deeplab():
    import segmentation_models_pytorch as smp

    return smp.DeepLabV3Plus("resnet18", encoder_weights=None, classes=3), floats(2, 3, 64, 64)


@case("open_clip_torch")
def open_clip_model():
    import open_clip.model

    vision = open_clip.model.CLIPVisionCfg(layers=2, width=64, patch_size=8, image_size=32, head_width=16)
    text = open_clip.model.CLIPTextCfg(context_length=12, vocab_size=100, width=32, heads=2, layers=2)
    return open_clip.model.CLIP(24, vision, text), (floats(2, 3, 32, 32), ids(2, 12, below=100))
