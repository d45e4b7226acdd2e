"""Classes of flax.linen with constructors: the numbers, gradients and names of flax, in code that the target's own is like."""

from __future__ import annotations

import copy
import functools
import importlib
import itertools
import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
pytest.importorskip("flax.linen")

import ivy  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402

from .flax_targets import TARGETS, array, converted, flat, gradients, leaves, module, same, state  # noqa: E402

SOURCE = Path(__file__).with_name("hoisting_source.py").read_text(encoding="utf-8")
RECURRENT = SOURCE[SOURCE.index("class Recurrent") :]
TEXT = SOURCE.removesuffix(RECURRENT)
VECTORS, IMAGE, SEQUENCE, TOKENS = (5, 4), (2, 8, 8, 3), (2, 5, 4), "tokens"
# (constructor, inputs, keywords of the call, collections that change)
MODELS = [
    ("Mlp((6, 5, 2))", VECTORS, {"train": True}, ["batch_stats"]),
    ("Mlp((6, 5, 2))", VECTORS, {"train": False}, []),
    ("Mlp((3, 4), jax.nn.silu, norm=False)", VECTORS, {}, []),
    ("Stem()", IMAGE, {}, []),
    ("Block(2)", SEQUENCE, {}, []),
    ("Encoder()", TOKENS, {}, []),
    ("Encoder(pooled=True)", TOKENS, {}, []),
    ("Tower()", VECTORS, {}, []),
    ("Tower(2, 'batch')", VECTORS, {"train": True}, ["batch_stats"]),
    ("Tower(2, 'none')", VECTORS, {}, []),
]
LAYERED = ("Recurrent()", SEQUENCE, {}, ["stats"])
NAMES = [f"{text}{options}" for text, _, options, _ in MODELS]


@functools.cache
def source():
    """The models as they are."""
    return module("hoisting_models", SOURCE)


@functools.cache
def target_models(target: str, text: str = TEXT):
    """The models as they become."""
    return converted(text, target, f"hoisted_{len(text)}")


def given(shape):
    draw = np.random.default_rng(0)
    return draw.integers(0, 11, (2, 7)) if shape == TOKENS else draw.normal(size=shape).astype("float32")


@functools.cache
def reference(case: tuple):
    """Variables of a model of flax, what it computes with them, and the gradients of its parameters."""
    text, shape, options, mutable = case
    model, x = eval(text, source().__dict__), jax.numpy.asarray(given(shape))  # noqa: S307
    shapes = jax.eval_shape(functools.partial(model.init, **dict(options)), jax.random.key(0), x)
    draw = np.random.default_rng(1)

    def value(path, old):
        spread = path[-1].key == "var"
        return (draw.uniform(0.2, 1, old.shape) if spread else draw.normal(size=old.shape) * 0.4).astype(old.dtype)

    values = jax.tree_util.tree_map_with_path(value, shapes)

    @jax.jit
    @functools.partial(jax.grad, has_aux=True)
    def compute(params):
        found = model.apply({**values, "params": params}, x, mutable=list(mutable), **dict(options))
        return sum((leaf**2).sum() for leaf in jax.tree.leaves(found[0])), found

    grads, (expected, changed) = compute(values["params"])
    return flat_parts(values), expected, flat(grads), flat_parts(changed)


def flat_parts(variables):
    """The arrays of all collections by their names."""
    return {key: np.asarray(value) for part in variables.values() for key, value in flat(dict(part)).items()}


def frozen(case):
    text, shape, options, mutable = case
    return text, shape, tuple(options.items()), tuple(mutable)


def check(case, target, own):
    """A converted model with the variables of flax against flax; the model."""
    text, shape, options, mutable = case
    values, expected, grads, changed = reference(frozen(case))
    scope = {**vars(own), "jax": types.SimpleNamespace(nn=activations(target))}
    model, x = eval(text, scope), array(given(shape), target)  # noqa: S307
    model(x, **options)
    assert {name: value.shape for name, value in state(model).items()} == {n: v.shape for n, v in values.items()}
    ivy.load_weights(model, values)
    same(model(x, **options), expected)
    same({key: state(model)[key] for key in changed}, changed)
    found = gradients(model, lambda: model(x, **options), target) if not mutable else {}
    for name, value in found.items():
        wanted = np.asarray(grads[name])
        value = np.zeros_like(wanted) if value is None else value
        np.testing.assert_allclose(value, wanted, rtol=2e-3, atol=2e-3 * max(1, np.abs(wanted).max()), err_msg=name)
    return model, x


def activations(target):
    """The functions that a model is constructed with."""
    if target == "numpy":
        return types.SimpleNamespace(silu=lambda x: x / (1 + np.exp(-x)))
    return importlib.import_module("torch.nn.functional") if target == "torch" else importlib.import_module("tensorflow").nn


@pytest.mark.parametrize("case", MODELS, ids=NAMES)
@pytest.mark.parametrize("target", TARGETS)
def test_model(case, target):
    check(case, target, target_models(target))


@pytest.mark.parametrize("target", TARGETS)
def test_layers_of_layers(target):
    check(LAYERED, target, target_models(target, SOURCE))


def test_nothing_is_made_at_the_call():
    """No class keeps flax's form, and those that only call layers are modules like others in PyTorch."""
    import torch

    own = target_models("torch")
    for name in ("Mlp", "Block", "Tower"):
        cls = getattr(own, name)
        assert cls.__bases__ == (torch.nn.Module,) and "__init__" in vars(cls)
    for text, target in itertools.product((TEXT, SOURCE), TARGETS):
        assert "compact" not in convert_text(text, "jax", target).code


MIXED = """import flax.linen as nn


class Part(nn.Module):
    learning: bool

    def setup(self):
        self.norm = nn.BatchNorm(use_running_average=not self.learning, momentum=0.5)
        self.scale = 0.5 if self.learning else 2.0

    def __call__(self, x):
        return self.norm(x) * self.scale


class Whole(nn.Module):
    @nn.compact
    def __call__(self, x, learning: bool = False):
        if x.ndim == 2:
            x = Part(learning)(x)
        return nn.Dense(2)(x)
"""


@pytest.mark.parametrize("target", TARGETS)
def test_constructors_inside_compact_methods(target):
    """A layer that is made anew at each call is the known one with new arguments, down to what these decide."""
    own, theirs = converted(MIXED, target, "mixed"), module("mixed_source", MIXED)
    x = given(VECTORS)
    shapes = jax.eval_shape(functools.partial(theirs.Whole().init, learning=True), jax.random.key(0), x)
    values = jax.tree.map(lambda old: np.full(old.shape, 0.3, old.dtype), shapes)
    model, y = own.Whole(), array(x, target)
    for learning in (False, True):
        model(y, learning=learning)
    ivy.load_weights(model, flat_parts(values))
    for learning in (True, False, True, False):
        expected, changed = theirs.Whole().apply(values, x, learning=learning, mutable=["batch_stats"])
        same(model(y, learning=learning), expected)
        values = {**values, **changed}


@pytest.mark.parametrize("target", TARGETS)
def test_layers_that_come_and_go(target):
    """A call that would need other layers than the one before raises."""
    text = MIXED.replace("self.scale = 0.5", "self.more = nn.Dense(4) if self.learning else None\n        self.scale = 0.5")
    model, x = converted(text, target, "unlike").Whole(), array(given(VECTORS), target)
    model(x, learning=True)
    with pytest.raises(NotImplementedError, match="unlike layers"):
        model(x, learning=False)


def test_torch_tools(tmp_path, monkeypatch):
    """Copies, state dictionaries, compilation and export of a model with a constructor."""
    import torch

    (tmp_path / "source").mkdir()
    (tmp_path / "source/hoisted_models.py").write_text(TEXT)
    ivy.source_to_source(tmp_path / "source", source="jax", to="torch", out=tmp_path / "made")
    monkeypatch.syspath_prepend(tmp_path / "made")
    own = importlib.import_module("hoisted_models")
    model, x = check(MODELS[4], "torch", own)
    expected = model(x)
    other = copy.deepcopy(model)
    other.load_state_dict({key: value + 1 for key, value in model.state_dict().items()})
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(x), expected)
    torch.testing.assert_close(torch.compile(model, backend="eager", fullgraph=True)(x), expected)
    torch.testing.assert_close(torch.export.export(model, (x,)).module()(x), expected)
    del sys.modules["hoisted_models"], sys.modules["torch_helpers"]


def test_keras_tools(tmp_path):
    """``tf.function`` that makes the weights, training, and whole models in Keras' files."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    own = target_models("tensorflow")
    model, x = own.Tower(depth=2), array(given(VECTORS), "tensorflow")
    first = tf.function(model)(x)
    np.testing.assert_allclose(first, model(x), rtol=1e-5, atol=1e-5)
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss="mse")
    history = model.fit(x, x[:, :2], epochs=60, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]
    model.save(tmp_path / "model.keras")
    other = keras.models.load_model(tmp_path / "model.keras", custom_objects={"Tower": own.Tower})
    np.testing.assert_allclose(other(x), model(x), rtol=1e-6, atol=1e-6)
    assert len(other.weights) == len(model.weights) == len(leaves(state(model)))
