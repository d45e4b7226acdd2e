"""What libraries of PyTorch are made of, converted to TensorFlow and JAX and compared with PyTorch."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

from . import torch_parts_source as source

torch = pytest.importorskip("torch")
X = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)


class Converted:
    """The converted module, and a target's arrays and gradients."""

    def __init__(self, module, target):
        self.module, self.target = module, target

    def array(self, x):
        """An array of the target."""
        return getattr(
            importlib.import_module({"jax": "jax.numpy"}.get(self.target, self.target)),
            {"jax": "asarray", "tensorflow": "constant"}[self.target],
        )(x)

    def gradient(self, function, x):
        """The gradient of the sum of a function's result."""
        if self.target == "jax":
            import jax

            return jax.grad(lambda x: function(x).sum())(self.array(x))
        import tensorflow as tf

        x = self.array(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(function(x))
        return tape.gradient(total, x)


@pytest.fixture(scope="module", params=("jax", "tensorflow"))
def converted(request, tmp_path_factory):
    """The converted source."""
    target = request.param
    pytest.importorskip(target)
    result = convert_text(Path(source.__file__).read_text(), "torch", target)
    folder = tmp_path_factory.mktemp(target)
    (folder / f"{target}_helpers.py").write_text(helper_module(result.helpers, load()[target]))
    (folder / f"torch_parts_{target}.py").write_text(result.code)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.delitem(sys.modules, f"{target}_helpers", raising=False)
        yield Converted(importlib.import_module(f"torch_parts_{target}"), target)


def same(found, wanted):
    """Within rounding the same."""
    if isinstance(wanted, torch.Tensor):
        wanted = wanted.detach().numpy()
    np.testing.assert_allclose(np.asarray(found), wanted, rtol=1e-5, atol=1e-6)


def test_gradient_of_a_norm_at_zero(converted):
    x = X * np.array([[0], [1], [0], [1]], np.float32)
    tensor = torch.tensor(x, requires_grad=True)
    source.lengths(tensor).sum().backward()
    same(converted.module.lengths(converted.array(x)), source.lengths(tensor))
    same(converted.gradient(converted.module.lengths, x), tensor.grad)


@pytest.mark.parametrize("kind", ("mean", "sum"))
def test_functions_as_values_called_with_names(converted, kind):
    same(converted.module.Pool(kind)(converted.array(X)), source.Pool(kind)(torch.from_numpy(X)))


def test_dtypes_of_casts(converted):
    dtype = {"jax": "jax.numpy"}.get(converted.target, converted.target)
    dtype = importlib.import_module(dtype).float32
    found = converted.module.cast(converted.array(X), dtype, "cpu", converted.array(X))
    wanted = source.cast(torch.from_numpy(X), torch.float32, "cpu", torch.from_numpy(X))
    for ours, theirs in zip(found, wanted):
        same(ours, theirs)
        assert np.asarray(ours).dtype == theirs.numpy().dtype


def test_inverted_masks(converted):
    mask = np.array([True, False, False, True])
    same(
        converted.module.kept(converted.array(X), converted.array(mask)),
        source.kept(torch.from_numpy(X), torch.from_numpy(mask)),
    )


def test_variables_as_arguments_of_functions_and_layers(converted):
    for ours, theirs in zip(
        converted.module.Normalized()(converted.array(X)), source.Normalized()(torch.from_numpy(X))
    ):
        same(ours, theirs)


def test_variables_are_gone_through(converted):
    ours, theirs = converted.module.Memories()(converted.array(X)), source.Memories()(torch.from_numpy(X))
    same(ours[0], theirs[0])
    for row, wanted in zip(ours[1], theirs[1], strict=True):
        same(row, wanted)


def test_functions_with_a_gradient_of_their_own_of_class_methods(converted):
    x = torch.from_numpy(X).requires_grad_()
    expected = source.gated(x)
    expected.sum().backward()
    np.testing.assert_allclose(converted.module.gated(converted.array(X)), expected.detach(), rtol=1e-5)
    np.testing.assert_allclose(converted.gradient(converted.module.gated, X), x.grad, rtol=1e-5)


def test_the_device_of_an_array_of_unknown_kind(converted):
    x = torch.from_numpy(X).requires_grad_()
    source.placed(x, 2 * x).backward()
    found = converted.gradient(lambda x: converted.module.placed(x, 2 * x), X)
    np.testing.assert_allclose(found, x.grad, rtol=1e-5)


def test_generators_are_made_and_seeded(converted):
    alike, mixed, order = converted.module.seeded(3)
    assert bool(alike) and not bool(mixed) and sorted(np.asarray(order).tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("target", ["jax", "tensorflow", "numpy"])
def test_methods_of_generators_that_are_not_converted_are_told(target):
    text = "import torch\n\n\ndef state(generator: torch.Generator):\n    return generator.get_state()\n"
    found = convert_text(text, "torch", target)
    assert [d.api for d in found.diagnostics] == ["torch.Generator.get_state"]


def test_numbers_of_math_beside_integers(converted):
    ours, theirs = converted.module.Frequencies(8)(converted.array(X)), source.Frequencies(8)(torch.from_numpy(X))
    same(ours[0], theirs[0])
    same(ours[1], theirs[1])
    assert ours[2] is theirs[2] is True
