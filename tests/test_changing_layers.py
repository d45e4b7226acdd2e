"""Layers with ``inplace=True`` in variables, containers, sequences and base classes: right, refused or told."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
from ivy import source_to_source

BASE = """
import torch.nn as nn


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.LeakyReLU(0.2, True)
"""

MODEL = """
import torch
import torch.nn as nn
from .base import Base

GLOBAL = nn.ReLU(True)


class Derived(Base):
    def forward(self, x):
        x = x * 1
        y = self.act(x)
        return x + y


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.ReLU(inplace=True), nn.Tanh()])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def by_variable(x):
    act = nn.LeakyReLU(0.2, True)
    x = x * 1
    y = act(x)
    return x + y


def by_global(x):
    x = x * 1
    y = GLOBAL(x)
    return x + y


def untouched(x):
    act = nn.ReLU()
    y = act(x)
    return x + y


def nested(x):
    return Nested()(x * 1)


def derived(x):
    return Derived()(x)
"""

# The skip connection of an image-to-image network: its input is changed by the first layer of the sequence.
SKIPPED = """
import torch
import torch.nn as nn


class Skip(nn.Module):
    def __init__(self, inner=None, outermost=False):
        super().__init__()
        relu = nn.LeakyReLU(0.2, True)
        conv = nn.Conv2d(3, 3, 3, padding=1)
        down = [conv] if outermost else [relu, conv]
        self.outermost = outermost
        self.model = nn.Sequential(*down)

    def forward(self, x):
        if self.outermost:
            return self.model(x)
        return torch.cat([x, self.model(x)], 1)
"""

LOOPED = """
import torch.nn as nn


class Features(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        layers = []
        for _ in range(blocks):
            layers.append(nn.Linear(3, 3))
            layers.append(nn.ReLU(inplace=True))
        self.layers = nn.ModuleList(layers)

    def forward(self, x):
        found = []
        for layer in self.layers:
            y = layer(x)
            found.append(x)
            x = y
        return found
"""


def write(folder, name, files):
    package = folder / name
    package.mkdir()
    for file, text in {"__init__.py": "", **files}.items():
        (package / file).write_text(text)
    return package


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_the_argument_is_changed(tmp_path, target, monkeypatch):
    torch, framework = pytest.importorskip("torch"), pytest.importorskip(target)
    source = write(tmp_path, "changing_torch", {"base.py": BASE, "model.py": MODEL})
    report = source_to_source(source, to=target, out=tmp_path / f"changing_{target}")
    assert not report.diagnostics
    monkeypatch.syspath_prepend(str(tmp_path))
    make = framework.numpy.asarray if target == "jax" else framework.constant
    x = np.array([-2, -0.5, 0, 3], np.float32)
    ours, theirs = (importlib.import_module(f"changing_{name}.model") for name in ("torch", target))
    for name in ("by_variable", "by_global", "untouched", "nested", "derived"):
        want = getattr(ours, name)(torch.from_numpy(x.copy())).detach().numpy()
        np.testing.assert_allclose(np.asarray(getattr(theirs, name)(make(x))), want, err_msg=name)
    for name in [name for name in sys.modules if name.startswith("changing_")]:
        monkeypatch.delitem(sys.modules, name)


def test_a_skip_connection_is_refused_in_its_branch_alone(tmp_path):
    (tmp_path / "skip.py").write_text(SKIPPED)
    report = source_to_source(tmp_path / "skip.py", to="jax", out=tmp_path / "skip_jax.py")
    assert [(item.line, item.grade) for item in report.diagnostics] == [(18, "refused")]
    assert "            return self.model(x)\n" in (tmp_path / "skip_jax.py").read_text()


def test_layers_of_containers_are_told(tmp_path):
    (tmp_path / "features.py").write_text(LOOPED)
    report = source_to_source(tmp_path / "features.py", to="jax", out=tmp_path / "features_jax.py")
    assert [(item.line, item.message) for item in report.diagnostics] == [
        (17, "a layer with inplace=True may change 'x', which is read again: here it stays as it was")
    ]
