"""Programs of flax.nnx that take models apart, map, scan and look into them, in PyTorch: the same numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("optax")
pytest.importorskip("flax.nnx")
torch = pytest.importorskip("torch")

import ivy  # noqa: E402

from .converted_text import converted  # noqa: E402
from .programs import assert_same, both  # noqa: E402

PROGRAMS = sorted((Path(__file__).parent / "nnx_programs").glob("*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=[path.stem for path in PROGRAMS])
def test_program(path, tmp_path):
    source, ours = both(path, "torch", tmp_path)
    models, made = source.make(), ours.make()
    models, made = (m if isinstance(m, tuple) else (m,) for m in (models, made))
    for model, to in zip(models, made, strict=True):
        ivy.load_weights(to, model)
    assert_same(ours.run(*made), source.run(*models))


MODEL = """
from flax import nnx
import jax, jax.numpy as jnp

class Net(nnx.Module):
    def __init__(self, rngs):
        self.layer = nnx.Linear(2, 3, rngs=rngs)
        self.norm = nnx.BatchNorm(3, rngs=rngs)

    def __call__(self, x):
        return self.norm(self.layer(x))

"""


def test_states_are_shared_and_copies_are_not():
    """As in flax, a state has the model's own variables, a clone has others, and an average of states is no part of it."""
    module = converted(MODEL + """
def parts(model):
    params = nnx.state(model, nnx.Param)
    return params, nnx.clone(model), jax.tree.map(lambda p: p * 2, params)

def write(model, state):
    nnx.update(model, state)
""", "jax", "torch")  # fmt: skip
    model = module.Net()
    params, clone, doubled = module.parts(model)
    assert params["layer"]["kernel"] is model.layer.kernel and not doubled.layer.kernel.requires_grad
    before = clone.layer.kernel.detach().clone()
    module.write(model, doubled)
    assert torch.equal(params.layer.kernel, doubled.layer.kernel) and torch.equal(clone.layer.kernel, before)
    with torch.no_grad():
        doubled.layer.kernel.zero_()
    assert model.layer.kernel.abs().sum() > 0


def test_types_of_values_in_a_state_are_not_guessed():
    """A state that was computed does not tell parameters from statistics."""
    module = converted(MODEL + """
def parameters(model):
    return nnx.filter_state(jax.tree.map(lambda p: p * 1.0, nnx.state(model)), nnx.Param)
""", "jax", "torch")  # fmt: skip
    with pytest.raises(TypeError, match="filter the model"):
        module.parameters(module.Net())


def test_split_takes_everything():
    module = converted(MODEL + "def parts(model):\n    return nnx.split(model, nnx.Param)\n", "jax", "torch")
    with pytest.raises(ValueError, match="no filter takes"):
        module.parts(module.Net())
