"""The bases of PyTorch's layers, and losses whose positional arguments PyTorch orders differently from the helpers."""

from __future__ import annotations

import importlib
import os
import sys

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
torch = pytest.importorskip("torch")

from ivy.s2s.api import source_to_source  # noqa: E402

ARRAYS = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant"), "numpy": ("numpy", "asarray")}
SOURCE = '''"""Losses and counts."""
import functools

import torch
import torch.nn as nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.loss import _Loss, _WeightedLoss


class Dice(_Loss):
    def __init__(self, smooth: float = 1.0, reduction: str = "mean"):
        super().__init__(None, None, reduction)
        self.smooth = smooth

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        score = 1 - (2 * (x * y).sum(1) + self.smooth) / (x.sum(1) + y.sum(1) + self.smooth)
        return score.mean() if self.reduction == "mean" else score


class Weighted(_WeightedLoss):
    def __init__(self, weight=None, reduction="mean"):
        super().__init__(weight, reduction=reduction)

    def forward(self, x, y):
        return nn.functional.cross_entropy(x, y, weight=self.weight, reduction=self.reduction)


class Ignoring(nn.CrossEntropyLoss):
    def __init__(self, ignored):
        super().__init__(None, None, ignored)


def logged(init):
    @functools.wraps(init)
    def wrapper(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.seen = len(args) + len(kwargs)

    return wrapper


class Scaled(nn.Module):
    @logged
    def __init__(self, factor=2.0, offset=1.0):
        super().__init__()
        self.factor, self.offset = factor, offset

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor + self.offset * self.seen


def count() -> tuple[int, int, int]:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ConvTranspose2d(4, 4, 2), nn.InstanceNorm2d(4))
    norms = sum(isinstance(m, _BatchNorm) for m in model.modules())
    convs = sum(isinstance(m, _ConvNd) for m in model.modules())
    return norms, convs, sum(isinstance(m, nn.modules.instancenorm._InstanceNorm) for m in model.modules())


def losses(x: torch.Tensor, labels: torch.Tensor, y: torch.Tensor, weight: torch.Tensor):
    return [
        nn.CrossEntropyLoss(None, None, 2)(x, labels),
        nn.CrossEntropyLoss(weight, False)(x, labels),
        nn.NLLLoss(weight, False)(x, labels),
        nn.MSELoss(False)(x, y),
        nn.MSELoss(size_average=False)(x, y),
        nn.L1Loss(None, None, "sum")(x, y),
        nn.L1Loss(reduce=False)(x, y),
        nn.SmoothL1Loss(True)(x, y),
        nn.KLDivLoss(None, None, "batchmean", True)(x, y),
        nn.BCEWithLogitsLoss(None, False)(x, y),
        nn.TripletMarginLoss(1.0, 2, 1e-6, False, None, None, "sum")(x, y, x * y),
        nn.CosineEmbeddingLoss(0.1, None, None, "none")(x, y, torch.sign(x[:, 0])),
        Dice()(x, y),
        Dice(0.5, "none")(x, y),
        Weighted(weight)(x, labels),
        Ignoring(1)(x, labels),
        Scaled()(x),
        Scaled(offset=3.0)(x),
    ]
'''


@pytest.fixture(scope="module")
def reference():
    space: dict = {}
    exec(compile(SOURCE, "source", "exec"), space)
    return space


@pytest.mark.parametrize("target", ARRAYS)
def test_losses_and_bases(target, reference, tmp_path, monkeypatch):
    (tmp_path / "based").mkdir()
    (tmp_path / "based" / "losses_of.py").write_text(SOURCE)
    report = source_to_source(tmp_path / "based", to=target, out=tmp_path / target)
    assert not report.sites["refused"] and not report.errors, report.diagnostics
    monkeypatch.syspath_prepend(str(tmp_path / target))
    for name in ("losses_of", f"{target}_helpers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    made = importlib.import_module("losses_of")
    for name in ("losses_of", f"{target}_helpers"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    draw = np.random.default_rng(0)
    x, y = (draw.random((4, 3), np.float32) for _ in range(2))
    given = x, np.array([0, 2, 1, 0]), y, draw.random(3, np.float32)
    expected = reference["losses"](*map(torch.from_numpy, given))
    module, maker = ARRAYS[target]
    found = made.losses(*(getattr(importlib.import_module(module), maker)(array) for array in given))
    for index, (one, other) in enumerate(zip(expected, found, strict=True)):
        np.testing.assert_allclose(np.asarray(other), one.numpy(), rtol=1e-5, atol=1e-6, err_msg=str(index))
    assert made.count() == reference["count"]() == (1, 2, 1)


def test_a_size_average_that_is_not_known_is_refused(tmp_path):
    source = tmp_path / "loss.py"
    source.write_text("from torch import nn\n\n\ndef make(average):\n    return nn.MSELoss(average)\n")
    report = source_to_source(source, to="jax", out=tmp_path / "out")
    assert report.sites["refused"] == 1 and "pass reduction instead" in report.diagnostics[0].message
