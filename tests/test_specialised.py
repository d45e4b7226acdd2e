"""Helpers lose the parameters that no call gives, and compute the same."""

import ast
import importlib.util
import sys
import textwrap

import numpy as np
import pytest
from ivy.s2s.api import source_to_source
from ivy.s2s.docstring_clauses import without
from ivy.s2s.emit import helper_module
from ivy.s2s.known_values import UNKNOWN, Source, StillNeeded, Writer
from ivy.s2s.specialised import _Unit
from ivy.s2s.tables import load

TARGETS = ("jax", "tensorflow", "numpy", "haiku", "torch")

MODEL = """
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self, words, tags):
        super().__init__()
        self.embed = nn.Embedding(words, 8)
        self.norm = nn.LayerNorm(8)
        self.conv = nn.Conv1d(8, 6, 3, padding=1)
        self.act = nn.GELU()
        self.head = nn.Linear(6, tags)

    def forward(self, ids):
        x = self.norm(self.embed(ids)).transpose(1, 2)
        return self.head(self.act(self.conv(x)).transpose(1, 2))
"""


def written(text, known, attributes=None):
    """A function with some of its parameters known."""
    text = textwrap.dedent(text).strip()

    def dropped(function):
        return ("f", known) if function.name == "f" else ("", {})

    return Writer(Source(text), attributes or {}, lambda call: None, dropped).module(ast.parse(text))


@pytest.mark.parametrize("target", TARGETS)
def test_with_nothing_known_every_unit_stays_as_it_is(target):
    for unit in load()[target].templates.values():
        writer = Writer(Source(unit.text), {}, lambda call: None, lambda function: ("", {}))
        assert writer.module(ast.parse(unit.text)) == unit.text


@pytest.mark.parametrize(
    ("before", "known", "after"),
    (
        ("def f(x, p=None):\n    return x if p is None else x * p", {"p": None}, "def f(x):\n    return x"),
        (
            "def f(x, p=None):\n    if p is not None:  # rare\n        x = x + p\n    return x",
            {"p": None},
            "def f(x):\n    return x",
        ),
        (
            "def f(x, p=None):\n    if p is None:\n        # as it is\n        return x\n    y = x + p\n    return y",
            {"p": None},
            "def f(x):\n    # as it is\n    return x",
        ),
        (
            "def f(x, p='a', *, q=1):\n    if x:\n        y = 1\n    elif p == 'b':\n        y = 2\n    else:\n        y = 3\n    return y",
            {"p": "a"},
            "def f(x, *, q=1):\n    if x:\n        y = 1\n    else:\n        y = 3\n    return y",
        ),
        (
            "def f(x, p=True):\n    if p and x:\n        return (x if p else 2).sum()\n    return 0",
            {"p": True},
            "def f(x):\n    if x:\n        return x.sum()\n    return 0",
        ),
        (
            "def f(x, p=None, q=None):\n    y = g(x, q or h)\n    return {'a': y, None: 2}[p]",
            {"p": None, "q": None},
            "def f(x):\n    y = g(x, h)\n    return 2",
        ),
        (
            'def f(x, p_q=None):\n    """Rows of x; the row `p_q` stays."""\n    if p_q is not None:\n        x = p_q\n    return x',
            {"p_q": None},
            'def f(x):\n    """Rows of x."""\n    return x',
        ),
        ("def f(x, p=0):\n    if x and (x > 1 or p):\n        g()", {"p": 0}, "def f(x):\n    if x and x > 1:\n        g()"),
        ("def f(x, *, p=False):\n    return not p", {"p": False}, "def f(x):\n    return True"),
        ("def f(x, p=None):\n    if p:\n        g()", {"p": None}, "def f(x):\n    pass"),
    ),
)
def test_what_follows_from_a_value(before, known, after):
    assert written(before, known) == after


@pytest.mark.parametrize(
    "text",
    (
        "def f(x, p=None):\n    p = p or x\n    return p",
        "def f(x, p=None):\n    return f'{x} and {p}'",
        "def f(x, p=2.0):\n    return x * p",
        "def f(x, p=2.0):\n    return super().f(x, p)",
        "def f(x, p=2.0):\n    return x[p]",
        "def f(x, p=None):\n    return [p for p in x]",
        "def f(x, p=None):\n    return lambda p: p",
        'def f(x, p=None):\n    """x without `p`."""\n    return x',
    ),
)
def test_names_that_are_still_needed(text):
    with pytest.raises(StillNeeded) as raised:
        written(text, {"p": 2.0 if "2.0" in text else None})
    assert raised.value.args == ("f", "p")


def test_clauses():
    assert without("Rows of x; `p` of them: as they are.", ["p"]) == "Rows of x: as they are."
    assert without("Draws x and sets `p`.", ["p"]) == "Draws x."
    assert without("Only `p`.", ["p"]) is None


def parameters(text, name):
    """The parameters of a function, or of a class's constructor."""
    for node in ast.parse(text).body:
        if getattr(node, "name", "") == name:
            body = node.body if isinstance(node, ast.ClassDef) else [node]
            found = next(part for part in body if isinstance(part, ast.FunctionDef) and part.name in (name, "__init__"))
            return [arg.arg for arg in (*found.args.args, *found.args.kwonlyargs) if arg.arg != "self"]
    raise AssertionError(f"no {name}")


@pytest.mark.parametrize(
    ("code", "wanted"),
    (
        ("Embedding(3, 4)", ["num_embeddings", "embedding_dim"]),
        ("Embedding(3, 4, 1)", ["num_embeddings", "embedding_dim", "padding_idx"]),
        ("Embedding(3, 4)\nEmbedding(3, 4, sparse=True)", ["num_embeddings", "embedding_dim", "sparse"]),
        ("layers.Embedding(3, 4, padding_idx=None)", ["num_embeddings", "embedding_dim", "padding_idx"]),
        ("class Mine(Embedding):\n    pass", None),
        ("make = partial(Embedding, 3)", None),
        ("Embedding(*sizes)", None),
        ("Embedding(3, 4, **options)", None),
        ("from numpy_helpers import Embedding as Table\nTable(3, 4)", None),
        ("getattr(layers, 'Embedding')(3, 4)", None),
        ("def broken(:\n    Embedding", None),
        ("def f(x: Embedding):\n    return isinstance(x, Embedding)\nEmbedding(3, 4)", ["num_embeddings", "embedding_dim"]),
    ),
)
def test_what_code_says(code, wanted):
    table = load()["numpy"]
    full = parameters(helper_module(["Embedding"], table), "Embedding")
    assert parameters(helper_module(["Embedding"], table, texts=[code]), "Embedding") == (wanted or full)


@pytest.mark.parametrize("target", ("jax", "tensorflow", "numpy"))
def test_a_model_computes_the_same(target, tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    source = tmp_path / "tagger"
    source.mkdir()
    (source / "tagger.py").write_text(MODEL)
    source_to_source(source, to=target, out=tmp_path / "out")
    helpers = (tmp_path / "out" / f"{target}_helpers.py").read_text()
    for name in ("max_norm", "padding_idx", "device=None", "dtype=None", "padding_mode", "approximate=\"none\""):
        assert name not in helpers.split("class Module(")[0] + helpers.split("class Linear(")[1]
    modules = []
    for folder, name in ((source, "source_tagger"), (tmp_path / "out", "target_tagger")):
        monkeypatch.syspath_prepend(str(folder))
        spec = importlib.util.spec_from_file_location(name, folder / "tagger.py")
        modules.append(importlib.util.module_from_spec(spec))
        monkeypatch.setitem(sys.modules, name, modules[-1])
        spec.loader.exec_module(modules[-1])
    ours, theirs = modules[0].Tagger(11, 5).eval(), modules[1].Tagger(11, 5)
    import ivy

    ivy.load_weights(theirs, ours.state_dict(), source="torch")
    ids = np.random.default_rng(0).integers(0, 11, (2, 7))
    wanted = ours(torch.from_numpy(ids)).detach().numpy()
    np.testing.assert_allclose(np.asarray(theirs(ids)), wanted, rtol=1e-5, atol=1e-6)
    monkeypatch.delitem(sys.modules, f"{target}_helpers", raising=False)


def test_what_a_framework_sets_is_no_constant(tmp_path):
    torch = pytest.importorskip("torch")
    (tmp_path / "torch_helpers.py").write_text(helper_module(["nnx.Dropout"], load()["torch"], texts=["Dropout(0.5)"]))
    spec = importlib.util.spec_from_file_location("dropout_helpers", tmp_path / "torch_helpers.py")
    helpers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(helpers)
    layer, ones = helpers.Dropout(0.5), torch.ones(1000)
    assert (layer(ones) == 0).any() and torch.equal(layer.eval()(ones), ones)


def test_what_tells_how_weights_are_stored_is_kept():
    text = helper_module(["Conv2d"], load()["jax"], texts=["Conv2d(1, 2, 3)"])
    assert "self.groups" in text and "self.padding_mode" not in text


def test_attributes_that_are_set_in_other_ways_are_no_constants():
    unit = _Unit("class A:\n    def f(self):\n        self.p, self.q = None, 1\n        self.q, self.r = g()\n")
    assert unit.values == {"p": [None], "q": [1, UNKNOWN], "r": [UNKNOWN]}
