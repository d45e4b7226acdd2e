"""Layers of einops, and containers around them, against PyTorch."""

import importlib
import sys

import ivy
import numpy as np
import pytest
from ivy.s2s.api import source_to_source

torch = pytest.importorskip("torch")
pytest.importorskip("einops")

SOURCE = '''
import torch
from einops import repeat
from einops.layers.torch import Rearrange, Reduce
from torch import nn


class Patches(nn.Module):
    def __init__(self, dim, p=2):
        super().__init__()
        self.token = nn.Parameter(torch.ones(dim))
        self.parts = nn.Sequential(Rearrange("b c (h p) w -> b h w (p c)", p=p), nn.ReLU())
        self.pools = nn.ModuleList([Reduce("b h w c -> b c", reduction="mean"), None])

    def forward(self, x):
        for pool in self.pools:
            x = self.parts(x) if pool is None else pool(self.parts(x))
            break
        return x + repeat(self.token, "d -> b d", b=len(x)), len(self.pools)


def chain(*layers):
    return nn.Sequential(*layers)
'''
MAKERS = {"jax": "jax.numpy.asarray", "tensorflow": "tensorflow.constant", "numpy": "numpy.asarray"}


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """The source, and what it becomes in the target."""

    def made(target):
        (tmp_path / "einops_source.py").write_text(SOURCE)
        source_to_source(tmp_path / "einops_source.py", to=target, out=tmp_path / f"einops_{target}.py")
        monkeypatch.syspath_prepend(str(tmp_path))
        names = ("einops_source", f"einops_{target}")
        for name in (*names, f"{target}_helpers"):
            sys.modules.pop(name, None)
        return [importlib.import_module(name) for name in names]

    return made


@pytest.mark.parametrize("target", MAKERS)
def test_layers_of_einops(modules, target):
    source, converted = modules(target)
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    wanted, count = source.Patches(6)(torch.from_numpy(x))
    package, maker = MAKERS[target].rsplit(".", 1)
    found, ours = converted.Patches(6)(getattr(importlib.import_module(package), maker)(x))
    np.testing.assert_allclose(np.asarray(found), wanted.detach().numpy(), atol=1e-6)
    assert ours == count == 2


@pytest.mark.parametrize("target", MAKERS)
def test_a_chain_refuses_what_is_no_module(modules, target):
    source, converted = modules(target)
    for chain in (source.chain, converted.chain):
        with pytest.raises(TypeError):
            chain(len)


@pytest.mark.parametrize("target", MAKERS)
def test_live_models_keep_the_places_of_absent_modules(modules, target):
    source, _ = modules(target)
    model, x = source.Patches(6).eval(), np.ones((2, 3, 4, 5), np.float32)
    package, maker = MAKERS[target].rsplit(".", 1)
    found, count = ivy.transpile(model, source="torch", to=target)(getattr(importlib.import_module(package), maker)(x))
    np.testing.assert_allclose(np.asarray(found), model(torch.from_numpy(x))[0].detach().numpy(), atol=1e-6)
    assert count == 2
