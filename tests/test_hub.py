"""The hub as a language: ``--to ivy``, ``--from ivy``, and what ``ivy-s2s explain`` says."""

from __future__ import annotations

import importlib
import sys
import types

import ivy
import numpy as np
import pytest
from click.testing import CliRunner
from ivy.cli import main
from ivy.s2s.discover import InputError
from ivy.s2s.emit import helper_module
from ivy.s2s.explain import explain
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import FRAMEWORKS, load
from ivy.s2s.twins import without_twins

torch = pytest.importorskip("torch")

SOURCE = '''"""Scores."""
import torch
import torch.nn.functional as F


def scores(x: torch.Tensor, mask: torch.Tensor, dim: int = 1) -> torch.Tensor:
    y = x.std(dim, keepdim=True) + torch.cat([x, x], dim=-1)
    z = F.softmax(x.view(3, -1), dim=-1).to(torch.float32)
    z[mask] = 0
    picked = z[mask] + x[..., 0].max(dim=0).values
    values, _ = torch.zeros(2, 3, dtype=z.dtype).max(dim=1)
    if x.dtype == torch.float32 and x.shape[0] > 2:
        y = y * torch.pi
    return y.sum() + z.sum() + picked.sum() + values.sum()
'''
WRITTEN = '''"""Scores."""
import ivy


def scores(x: ivy.Array, mask: ivy.Array, dim: int = 1) -> ivy.Array:
    y = ivy.std(x, axis=dim, correction=1, keepdims=True) + ivy.concat([x, x], axis=-1)
    z = ivy.astype(ivy.softmax(ivy.reshape(x, (3, -1)), dim=-1), ivy.float32)
    z = ivy.setitem(z, mask, 0)
    picked = ivy.getitem(z, mask) + ivy.max_with_indices(x[..., 0], 0).values
    values, _ = ivy.max_with_indices(ivy.zeros((2, 3), dtype=z.dtype), 1)
    if x.dtype == ivy.float32 and ivy.shape(x)[0] > 2:
        y = y * ivy.pi
    return ivy.sum(y) + ivy.sum(z) + ivy.sum(picked) + ivy.sum(values)
'''
LAYER = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(2, 3)
        self.register_buffer("scale", torch.ones(3))

    def forward(self, x):
        return self.proj(x) * self.scale


def plain(x: torch.Tensor) -> torch.Tensor:
    return x.abs()
"""


def loaded(converted, target):
    """The names of a converted module, with its helpers beside it."""
    helpers = types.ModuleType(f"{target}_helpers")
    exec(helper_module(converted.helpers, load()[target]), helpers.__dict__)
    previous = sys.modules.get(helpers.__name__)
    sys.modules[helpers.__name__] = helpers
    try:
        space = {}
        exec(converted.code, space)
    finally:
        if previous is None:
            del sys.modules[helpers.__name__]
        else:
            sys.modules[helpers.__name__] = previous
    return space


def arrays():
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    return x, x > 0


def native(array, framework):
    with ivy.use_backend(framework):
        return ivy.from_numpy(array)


@pytest.fixture(scope="module")
def expected():
    space = {}
    exec(SOURCE, space)
    return float(space["scores"](*map(torch.from_numpy, arrays())))


def test_the_hub_is_written():
    converted = convert_text(SOURCE, "torch", "ivy")
    assert converted.code == WRITTEN and not converted.helpers
    assert converted.sites.get("refused", 0) == 0


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_hub_code_runs_over_every_backend(backend, expected):
    space = {}
    exec(WRITTEN, space)
    got = space["scores"](*(native(a, backend) for a in arrays()))
    assert float(ivy.to_numpy(got)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("target", FRAMEWORKS)
def test_hub_code_is_converted_to_every_framework(target, expected):
    converted = convert_text(WRITTEN, "ivy", target)
    assert converted.sites.get("refused", 0) == 0, converted.diagnostics
    assert "ivy" not in converted.code
    got = loaded(converted, target)["scores"](*(native(a, target) for a in arrays()))
    assert float(ivy.to_numpy(got)) == pytest.approx(expected, rel=1e-5)


def test_operators_on_unlike_dtypes_are_ops():
    text = "import {0}\n\n\ndef f(x: {1}, y):\n    x *= x > 0\n    return x / {0}.{2}(y) + (x > y)\n"
    body = "def f(x: ivy.Array, y):\n    x = ivy.multiply(x, x > 0)\n    return {}\n"
    converted = convert_text(text.format("jax", "jax.Array", "numpy.sum"), "jax", "ivy")
    assert converted.code.endswith(body.format("ivy.add(ivy.divide(x, ivy.sum(y)), ivy.greater(x, y))"))


def test_assignments_to_immutable_arrays_change_no_argument():
    text = "import jax\n\n\ndef f(x: jax.Array, y: jax.Array):\n    x += y\n    return x\n"
    converted = convert_text(text, "jax", "ivy")
    space = {}
    exec(converted.code, space)
    x = np.ones(2)
    assert space["f"](x, x).tolist() == [2.0, 2.0] and x.tolist() == [1.0, 1.0]


WEIGHTED = """import torch

SCALE = 3.0


def weighted(x):
    return torch.std(x, 0) * torch.tensor([1.0, SCALE]).sum()
"""


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_unified_functions_run_on_every_backend(backend, tmp_path, monkeypatch):
    pytest.importorskip(backend)
    (tmp_path / "weighted_source.py").write_text(WEIGHTED)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "weighted_source", raising=False)
    weighted = importlib.import_module("weighted_source").weighted
    x = arrays()[0]
    function = ivy.unify(weighted)
    expected = weighted(torch.from_numpy(x)).numpy()
    assert np.allclose(ivy.to_numpy(function(native(x, backend))), expected, atol=1e-5)
    with ivy.use_backend(backend):
        for given in (x, torch.from_numpy(x)):
            found = function(given)
            assert type(found) is type(native(x, backend)) or backend == "numpy"
            assert np.allclose(ivy.to_numpy(found), expected, atol=1e-5)


def test_layers_are_stubs_and_the_rest_works():
    converted = convert_text(LAYER, "torch", "ivy")
    space = loaded(converted, "ivy")
    assert np.array_equal(space["plain"](np.array([-1.0])), [1.0])
    with pytest.raises(
        NotImplementedError, match="torch.nn.Linear was not converted: ivy has functions"
    ):
        space["Net"]()
    refused = {d.api: d.message for d in converted.diagnostics}
    assert "ivy has functions and no layers" in refused["torch.nn.Linear"]


def test_an_index_whose_meaning_depends_on_the_framework_is_refused():
    text = "import torch\n\n\ndef f(x: torch.Tensor, i: torch.Tensor):\n    return x[0, :, i]\n"
    converted = convert_text(text, "torch", "ivy")
    assert converted.sites["refused"] == 1


def test_every_op_has_an_entry_and_reads_back():
    table = load()["ivy"]
    for op in without_twins(load().hub).values():
        entry = table.entries[f"ivy.{op.name}"]
        assert entry.op == op.name and [a.canonical for a in entry.args] == [
            p.name for p in op.params
        ]
        assert entry.refuse or not op.layer
    assert not set(table.constants) & set(load().hub)


def test_explain_says_how_a_name_is_written():
    assert explain("numpy.std", "torch") == (
        "numpy.std\n"
        "  one of 2 ops, by its arguments\n"
        "\n"
        "hub op       std(x, /, *, axis=None, correction=0, keepdims=False)\n"
        "             Standard deviation over the given axes; the divisor is N - correction.\n"
        "arguments    a -> x, ddof -> correction\n"
        "only with    out=None, dtype=None\n"
        "in torch     torch.std(input, dim, correction, keepdim)\n"
        "in torch     default correction=1, written out where the source means another\n"
        "\n"
        "    numpy.std(x, 1)\n"
        "->  import torch\n"
        "    torch.std(x, dim=1, correction=0)\n"
        "\n"
        "hub op       masked_std(x, /, *, axis=None, correction=0, keepdims=False, where=None)\n"
        "             Standard deviation of the picked elements; the divisor is their number - correction.\n"
        "arguments    a -> x, ddof -> correction\n"
        "only with    out=None, dtype=None\n"
        "in torch     helper masked_std, copied into the converted package\n"
        "\n"
        "    numpy.std(x, 1)\n"
        "->  import torch\n"
        "    torch.std(x, dim=1, correction=0)"
    )
    assert explain("np.std", "torch") == explain("numpy.std", "torch")


def test_explain_says_what_is_refused_and_why():
    assert explain("torch.polygamma", "numpy").endswith(
        "in numpy     refused: polygamma needs SciPy, which NumPy does not have\n"
        "\n"
        "    torch.polygamma(n, x)\n"
        "->  refused: polygamma needs SciPy, which NumPy does not have"
    )
    assert explain("torch.Tensor.data_ptr", "jax") == (
        "torch.Tensor.data_ptr\n  is not converted: memory addresses: compare the objects instead"
    )


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_everything_can_be_explained(framework):
    entries = load()[framework].entries.values()
    names = [e.native for e in entries if not e.native.startswith(("@", "builtins.", "math."))]
    for name in names[::7]:
        for target in (*FRAMEWORKS, "ivy"):
            assert explain(name, target).startswith(name)


def test_explain_gives_near_names_for_an_unknown_one():
    with pytest.raises(InputError, match="torch.stdd: not in the tables; did you mean torch.std, "):
        explain("torch.stdd", "jax")
    with pytest.raises(InputError, match="softmaxx: not in the tables"):
        explain("softmaxx", "jax")


def test_explain_is_a_command_and_a_path_of_that_name_is_a_source(tmp_path, monkeypatch):
    runner = CliRunner()
    monkeypatch.chdir(tmp_path)
    done = runner.invoke(main, ["explain", "torch.float32", "--to", "tf"])
    assert (done.exit_code, done.stdout) == (
        0, "torch.float32\n  the constant float32; in tensorflow tensorflow.float32\n",
    )  # fmt: skip
    unknown = runner.invoke(main, ["explain", "torch.sdt", "--to", "jax"])
    assert unknown.exit_code == 2 and "did you mean torch.s" in unknown.output
    (tmp_path / "explain").mkdir()
    (tmp_path / "explain" / "a.py").write_text(
        "import torch\n\n\ndef f(x):\n    return torch.abs(x)\n"
    )
    done = runner.invoke(main, ["explain", "--to", "ivy", "-o", "out"])
    assert done.exit_code == 0 and "ivy.abs(x)" in (tmp_path / "out" / "a.py").read_text()
