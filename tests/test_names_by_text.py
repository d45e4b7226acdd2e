"""Layers and functions that are named by text: ``getattr(nn, name)``, ``nn.__dict__[name]``, ``eval(name)``."""

import importlib
import json
import sys

import numpy as np
import pytest
from ivy.s2s.api import source_to_source
from ivy.s2s.discover import InputError

torch = pytest.importorskip("torch")

SOURCE = '''
import torch
from torch import nn
from torch.nn import Softplus, ReLU
import torch.nn.functional as F


class Head(nn.Module):
    def __init__(self, act="GELU", last="hardtanh", dtype="float32"):
        super().__init__()
        self.act = getattr(nn, act)()
        self.other = nn.__dict__[act]()
        self.fixed = getattr(nn, "Tanh")()
        self.last = getattr(F, last)
        self.dtype = getattr(torch, dtype)

    def forward(self, x):
        return self.last(self.fixed(self.act(x)) + self.other(x)).to(self.dtype)


def evaluated(x, name="ReLU"):
    return eval(name)()(x)


def known(name):
    return hasattr(F, name)
'''
MAKERS = {"jax": "jax.numpy.asarray", "tensorflow": "tensorflow.constant", "numpy": "numpy.asarray"}


def loaded(folder, monkeypatch, *names):
    monkeypatch.syspath_prepend(str(folder))
    for name in (*names, "torch_nn", "nn_functional", "torch_functions", "jax_helpers", "tensorflow_helpers"):
        sys.modules.pop(name, None)
    return [importlib.import_module(name) for name in names]


def maker(target):
    module, _, name = MAKERS[target].rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("target", MAKERS)
def test_named_by_text(tmp_path, monkeypatch, target):
    (tmp_path / "named_source.py").write_text(SOURCE)
    out = tmp_path / "out" / f"named_{target}.py"
    report = source_to_source(tmp_path / "named_source.py", to=target, out=out)
    assert not [d for d in report.diagnostics if d.grade == "refused"]
    monkeypatch.syspath_prepend(str(tmp_path))
    source, converted = loaded(out.parent, monkeypatch, "named_source", out.stem)
    x = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32) * 2
    made = maker(target)(x)
    for act in ("GELU", "ReLU"):
        want = source.Head(act)(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(np.asarray(converted.Head(act)(made)), want, atol=2e-6)
    np.testing.assert_allclose(np.asarray(converted.evaluated(made, "Softplus")), np.log1p(np.exp(x)), atol=2e-6)
    with pytest.raises(NotImplementedError, match="SiLU of torch.nn is not here"):
        converted.Head("SiLU")
    with pytest.raises(NotImplementedError, match="silu"):
        converted.known("silu")


def test_files_converted_one_by_one(tmp_path):
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text("from torch import nn\n\n\ndef make(name='GELU'):\n    return getattr(nn, name)()\n")
    second.write_text("from torch import nn\n\n\ndef make(name='Tanh'):\n    return getattr(nn, name)()\n")
    out = tmp_path / "out"
    out.mkdir()
    source_to_source(first, to="jax", out=out)
    source_to_source(first, to="jax", out=out)
    with pytest.raises(InputError, match="files converted earlier use its GELU"):
        source_to_source(second, to="jax", out=out)


def test_names_are_told(tmp_path, capsys):
    (tmp_path / "told.py").write_text("from torch import nn\n\n\ndef make(name='GELU'):\n    return getattr(nn, name)()\n")
    report = source_to_source(tmp_path / "told.py", to="jax", out=tmp_path / "told_jax.py")
    assert "S2S301" in json.dumps([str(d) for d in report.diagnostics])
