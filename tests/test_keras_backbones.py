"""Models in the style of libraries on Keras 3, against Keras."""

import importlib
import os
import sys
from pathlib import Path

import ivy
import numpy as np
import pytest
from ivy.s2s.api import source_to_source

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras")
torch = pytest.importorskip("torch")
jnp = pytest.importorskip("jax.numpy")

from . import keras_backbone_source as source  # noqa: E402

MAKE = {"torch": torch.tensor, "jax": jnp.asarray, "numpy": np.asarray}


@pytest.fixture(params=MAKE)
def converted(request, tmp_path, monkeypatch):
    """The name of the target and the converted module."""
    target = request.param
    report = source_to_source(Path(source.__file__), to=target, out=tmp_path / f"backbone_{target}.py")
    assert not [d for d in report.diagnostics if d.grade == "refused"]
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in (f"backbone_{target}", f"{target}_helpers"):
        sys.modules.pop(name, None)
    return target, importlib.import_module(f"backbone_{target}")


def array(value):
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


def test_encoder(converted):
    target, module = converted
    theirs, ours = source.Encoder(), module.Encoder()
    ids = np.random.default_rng(0).integers(0, 11, (2, 7)).astype(np.int32)
    want = theirs(ids)
    ours(MAKE[target](ids))
    ivy.load_weights(ours, theirs)
    found = ours(MAKE[target](ids))
    for key in want:
        np.testing.assert_allclose(array(found[key]), want[key], rtol=1e-5, atol=1e-5)
    assert ours.inside > 0 and ours.token_embedding is ours._token_embedding
    assert not module.unsure(MAKE[target](ids))


def test_attributes_of_a_graph(converted):
    target, module = converted
    theirs, ours = source.Staged(), module.Staged()
    x = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(array(ours(MAKE[target](x))), theirs(x), rtol=1e-5, atol=1e-5)


def test_functions_on_symbolic_inputs(converted):
    target, module = converted
    theirs, ours = source.image_model(), module.image_model()
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype(np.float32)
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(array(ours(MAKE[target](x))), theirs(x), rtol=1e-5, atol=1e-5)


def test_scattered(converted):
    target, module = converted
    x, updates = np.arange(7.0, dtype=np.float32), np.array([1.5, 2.5, 4.0], np.float32)
    indices = np.array([[1], [4], [6]])
    want = source.placed(x, indices, updates)
    found = module.placed(*map(MAKE[target], (x, indices, updates)))
    for one, other in zip(want, found, strict=True):
        np.testing.assert_allclose(array(other), one)


def test_weights_that_layers_change(converted):
    target, module = converted
    theirs, ours = source.Averaged(), module.Averaged()
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    for training in (False,) if target == "numpy" else (False, True, True, False):
        want, found = theirs(x, training=training), ours(MAKE[target](x), training=training)
        np.testing.assert_allclose(array(found), want, atol=1e-6)
    steps = array(ours.steps[...] if target == "jax" else ours.steps)
    assert steps == np.asarray(theirs.steps)


def test_functions_of_arrays_on_symbolic_inputs(converted):
    target, module = converted
    theirs, ours = source.funnel_model(), module.funnel_model()
    ids = np.array([[1, 0, 2, 0, 0, 3]], np.int32)
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(array(ours(MAKE[target](ids))), theirs(ids), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["Cached", "Sharp"])
def test_parts_of_attention_that_subclasses_use(converted, name):
    target, module = converted
    x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype(np.float32)
    theirs, ours = getattr(source, name)(2, 4), getattr(module, name)(2, 4)
    inputs = (x,) if name == "Cached" else (x, x)
    if name == "Cached":  # Keras builds from the arguments of ``call``, which are not those of ``build``
        theirs.build(x.shape, x.shape)
        ours.build(x.shape, x.shape)
    want = theirs(*inputs)
    ours(*map(MAKE[target], inputs))
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(array(ours(*map(MAKE[target], inputs))), want, rtol=1e-5, atol=1e-5)


def test_frameworks_inside_of_functions(converted):
    target, module = converted
    x = np.array([-1.0, 2.0], np.float32)
    np.testing.assert_allclose(array(module.on_a_device(MAKE[target](x))), [0, 2])
    assert not hasattr(module, "keras")


def test_casts_of_numbers_or_arrays(converted):
    target, module = converted
    x = np.array([1.0, 2.0], np.float32)
    for size in (16, 16.0, np.array([4.0, 9.0], np.float32)):
        given = MAKE[target](size) if isinstance(size, np.ndarray) else size
        np.testing.assert_allclose(array(module.rooted(MAKE[target](x), given)), source.rooted(x, size), rtol=1e-6)
