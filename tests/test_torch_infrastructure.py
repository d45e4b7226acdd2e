"""What large libraries of PyTorch are built with: mixins, buffers, optional imports, modes asked from outside, masks."""

from __future__ import annotations

import importlib
import os
import sys

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
torch = pytest.importorskip("torch")

from ivy.s2s.api import source_to_source  # noqa: E402
from ivy.s2s.indexer import index_module  # noqa: E402
from ivy.s2s.project import Project  # noqa: E402
from ivy.s2s.table_model import KnownNames  # noqa: E402

from .converted_text import converted  # noqa: E402

ARRAYS = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant")}
BASES = '''"""What the models derive from and call."""
import re

import torch
from torch import nn

try:
    from torch.nn import RMSNorm
except ImportError:
    class RMSNorm(nn.Module):
        def __init__(self, dim, eps=0.5):
            super().__init__()
            self.dim, self.eps = dim, eps

try:
    import xformers.ops as fast
    HAS_FAST = True
except ImportError:
    fast = None
    HAS_FAST = False

if hasattr(nn, "ModuleList"):
    from torch.nn import ModuleList
else:
    ModuleList = list

_NUMBER = re.compile(r"[0-9]+")


class Counting:
    """Says what is in a module."""

    def count(self):
        return {_NUMBER.sub("n", name): tuple(p.shape) for name, p in self.named_parameters()}

    def child_names(self):
        return [name for name, _ in self.named_children()]

    def keep(self, value):
        self.register_buffer("kept", value * 2)


class Forwarding(Counting):
    def forward(self, x, *args):
        return self.compute(x, *args) * self.scale


def attention(module: nn.Module, q, k, v, mask, p):
    scores = q @ k.transpose(-1, -2) + torch.where(mask, 0.0, -1e9)
    weights = nn.functional.dropout(scores.softmax(-1), p, training=module.training)
    return weights @ v


def plain_attention(module, q, k, v, mask, p):
    return attention(module, q, k, v, mask, p) if module.training else attention(module, q, k, v, mask, 0.0)


KINDS = {"full": attention, "plain": plain_attention}


def causal(batch, length, padding: torch.Tensor):
    def before(b: int, q: int, k: int) -> bool:
        return q >= k

    def kept(b: int, q: int, k: int) -> bool:
        return padding[b, k]

    def both(b, q, k):
        return before(b, q, k) & kept(b, q, k)

    places = torch.arange(length)
    return both(torch.arange(batch)[:, None, None], places[None, :, None], places[None, None, :])


def rfft_of(x, wanted):
    if wanted:
        from torch.fft import rfft as transform
    else:
        transform = None
    return torch.abs(transform(x)) if transform is not None else x


def collected(parts):
    found, counts = torch.tensor([]), torch.empty(0, dtype=torch.int64)
    for part in parts:
        found = torch.cat([found, part], dim=0)
        counts = torch.cat((counts, torch.ones(part.shape[1:], dtype=torch.int64)))
    return found, counts


def exchange(model, new):
    for name, child in model.named_children():
        if len(list(child.children())) > 0:
            exchange(child, new)
        if isinstance(child, nn.ReLU):
            model._modules[name] = new


def spread(x):
    return getattr(torch, "std")(x, dim=1) + getattr(torch.nn.functional, "softplus")(x, beta=2.0)[:, 0]
'''
MODELS = '''"""Models."""
import torch
from torch import nn

from .bases import *
from .bases import KINDS, HAS_FAST, Forwarding, ModuleList, RMSNorm, causal, collected, exchange, rfft_of, spread


class Block(Forwarding, nn.Module):
    def __init__(self, dim, kind):
        super().__init__()
        self.norm = RMSNorm(dim, eps=1e-3)
        self.layers = ModuleList([nn.Linear(dim, dim) for _ in range(3)])
        self.after = nn.Sequential(nn.ReLU(), nn.Linear(dim, dim))
        self.scale = nn.Buffer(torch.full((dim,), 0.5))
        self.steps = nn.Buffer(torch.zeros(1), persistent=False)
        self.kind = kind
        self.fast = HAS_FAST
        self._register_load_state_dict_pre_hook(self.renamed)

    def renamed(self, state, prefix, *args):
        state.pop(prefix + "old", None)

    def compute(self, x, padding):
        self.steps = self.steps + 1.0
        q, k, v = (layer(self.norm(x)) for layer in self.layers)
        attend = KINDS[self.kind]
        mask = causal(x.shape[0], x.shape[1], padding)
        return self.after(attend(self, q, k, v, mask, 0.9)) + self.steps


def results(block, x, padding):
    found, counts = collected([x[0], x[1]])
    block.keep(x[0, 0])
    bias = block.get_parameter("layers.1.bias")
    block.layers[2].weight.data.mul_(0.5)
    outputs = [block(x, padding), block(x, padding), found, counts, rfft_of(x[0], True), rfft_of(x[0], False)]
    return outputs + [spread(x[0]), block.kept, bias, block.get_buffer("scale")]


def exchanged(block, x, padding):
    exchange(block, nn.Identity())
    return block(x, padding)
'''


def package(folder):
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "bases.py").write_text(BASES)
    (folder / "models.py").write_text(MODELS)
    return folder


@pytest.fixture
def imported(monkeypatch):
    def load(folder):
        for name in [name for name in sys.modules if name.split(".")[0] == "built"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.syspath_prepend(str(folder))
        return importlib.import_module("built.models")

    return load


@pytest.mark.parametrize("target", ARRAYS)
@pytest.mark.parametrize("kind", ("full", "plain"))
def test_a_library(target, kind, tmp_path, imported):
    import ivy

    (tmp_path / "torch").mkdir()
    report = source_to_source(package(tmp_path / "torch" / "built"), to=target, out=tmp_path / target / "built")
    assert not report.sites["refused"] and not report.errors, report.diagnostics
    told = {(d.code, d.api) for d in report.diagnostics}
    assert told == {
        ("S2S200", "torch.nn.Module._register_load_state_dict_pre_hook"), ("S2S209", "xformers.ops"),
    }, told  # fmt: skip
    draw = np.random.default_rng(0)
    x, padding = draw.standard_normal((2, 4, 6)).astype(np.float32), np.ones((2, 4), bool)
    padding[1, 2:] = False
    source = imported(tmp_path / "torch")
    block = source.Block(6, kind).eval()
    state = {name: value.numpy().copy() for name, value in block.state_dict().items()}
    wanted = source.results(block, torch.from_numpy(x), torch.from_numpy(padding))
    exchanged = source.exchanged(block, torch.from_numpy(x), torch.from_numpy(padding))

    module, maker = ARRAYS[target]
    asarray = getattr(importlib.import_module(module), maker)
    made = imported(tmp_path / target)
    ours = made.Block(6, kind)
    ivy.load_weights(ours, state)
    if target == "jax":
        ours.eval()
    for one, other in zip(made.results(ours, asarray(x), asarray(padding)), wanted, strict=True):
        np.testing.assert_allclose(np.asarray(one), other.detach().numpy(), rtol=1e-5, atol=1e-6)
    found = made.exchanged(ours, asarray(x), asarray(padding))
    np.testing.assert_allclose(np.asarray(found), exchanged.detach().numpy(), rtol=1e-5, atol=1e-6)
    assert ours.count() == block.count() and ours.child_names() == block.child_names()


@pytest.mark.parametrize("target", ARRAYS)
def test_modes_are_those_of_the_module(target, tmp_path, imported):
    (tmp_path / "torch").mkdir()
    source_to_source(package(tmp_path / "torch" / "built"), to=target, out=tmp_path / target / "built")
    made = imported(tmp_path / target)
    module, maker = ARRAYS[target]
    asarray = getattr(importlib.import_module(module), maker)
    x, padding = asarray(np.ones((2, 4, 6), np.float32)), asarray(np.ones((2, 4), bool))
    block = made.Block(6, "plain")
    given = {"training": True} if target == "tensorflow" else {}
    results = [np.asarray(block(x, padding, **given)) for _ in range(8)]
    steps = np.diff(results, axis=0)
    assert np.abs(steps - 0.5).max() > 1e-3  # some draws differ; the steps that are counted alone would make 0.5


def test_star_imports_in_a_circle_and_of_what_is_not_there():
    def info(name, text, is_package=False):
        return index_module(text, name, is_package, KnownNames())

    stars = "\n".join(f"from .absent{i} import *" for i in range(40))
    modules = [
        info("p", f"{stars}\nfrom .a import *\nfrom .b import *\n", True),
        info("p.a", "from .b import *\nfrom . import *\n\n\ndef one():\n    pass\n"),
        info("p.b", "from .a import *\nfrom .c import *\n"),
        info("p.c", "from .b import *\nfrom .a import *\n\n\nclass Two:\n    pass\n"),
    ]
    project = Project({module.name: module for module in modules})
    assert project.canonical("p.one") == "p.a.one" and project.canonical("p.Two") == "p.c.Two"
    assert project.canonical("p.missing") == "p.missing"


PARTS = '''import torch
from torch import nn


def sorts(value):
    found = []
    if isinstance(value, int) or isinstance(value, torch.LongTensor):
        found.append("integers")
    if isinstance(value, (torch.FloatTensor, torch.DoubleTensor, torch.cuda.FloatTensor)):
        found.append("floats")
    if not isinstance(value, (str, torch.BoolTensor)):
        found.append("no mask")
    return found


def picked(x: torch.Tensor, steps, find):
    index = [find(step) for step in steps]
    rows = [1, 0]
    return x[index], x[rows], x[:, rows], x[[find(step) for step in steps], rows]


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.linear = nn.Linear(dim, dim)

    def forward(self, x, kept=None, place=0):
        if kept is not None:
            if kept[place] is not None:
                x = x + kept[place]
            kept[place] = x * 2
        return self.linear(x)


class Levels(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.down = nn.ModuleList()
        for level in range(2):
            down = nn.Module()
            down.blocks = nn.ModuleList([Block(dim)])
            if level == 0:
                down.sample = nn.Linear(dim, dim)
            self.down.append(down)
        self.middle = nn.Module()
        self.middle.block = Block(dim)

    def forward(self, x):
        kept = [None] * 3
        for _ in range(2):
            for level in range(2):
                x = self.down[level].blocks[0](x, kept, level)
                if level == 0:
                    x = self.down[level].sample(x)
            x = self.middle.block(x, kept, 2)
        return x
'''


@pytest.mark.parametrize("target", ARRAYS)
def test_types_of_arrays_lists_as_indices_and_bare_modules(target):
    import ivy

    space: dict = {}
    exec(compile(PARTS, "parts", "exec"), space)
    made = converted(PARTS, "torch", target)
    module, maker = ARRAYS[target]
    asarray = getattr(importlib.import_module(module), maker)
    x = np.random.default_rng(0).standard_normal((3, 3)).astype(np.float32)
    for value in (x, np.arange(3), x > 0):
        assert made.sorts(asarray(value)) == space["sorts"](torch.from_numpy(value))
    assert made.sorts(3) == space["sorts"](3) and made.sorts("a") == space["sorts"]("a")
    wanted = space["picked"](torch.from_numpy(x), (1, 2), lambda step: step - 1)
    for one, other in zip(made.picked(asarray(x), (1, 2), lambda step: step - 1), wanted, strict=True):
        np.testing.assert_array_equal(np.asarray(one), other.numpy())
    levels = space["Levels"](3)
    ours = made.Levels(3)
    ivy.load_weights(ours, {name: value.numpy() for name, value in levels.state_dict().items()})
    found = np.asarray(ours(asarray(x)))
    np.testing.assert_allclose(found, levels(torch.from_numpy(x)).detach().numpy(), rtol=1e-5, atol=1e-5)
