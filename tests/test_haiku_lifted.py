"""Programs of haiku with loops and branches over layers, several functions, lifted and stacked layers: the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")
pytest.importorskip("haiku")

from .converted_text import converted  # noqa: E402
from .flax_targets import TARGETS, array, module  # noqa: E402
from .programs import assert_same, both  # noqa: E402

PROGRAMS = sorted((Path(__file__).parent / "haiku_programs").glob("*.py"))
# What takes gradients has no counterpart in NumPy, optax none but in PyTorch.
WITHOUT = {"control": ("numpy",), "stack": ("numpy",), "data": ("numpy", "tensorflow")}
CASES = [(path, target) for path in PROGRAMS for target in TARGETS if target not in WITHOUT.get(path.stem, ())]


@pytest.mark.parametrize(("path", "target"), CASES, ids=[f"{path.stem}-{target}" for path, target in CASES])
def test_program(path, target, tmp_path):
    source, ours = both(path, target, tmp_path)
    variables = source.init(jax.random.key(0))
    given = jax.tree.map(lambda leaf: array(np.asarray(leaf), target), variables)
    assert_same(ours.compute(given), source.compute(variables))


KEYS = """
import haiku as hk
import jax, jax.numpy as jnp

class Noisy(hk.Module):
    def __call__(self, x):
        first, _, last = hk.next_rng_keys(3)
        return x + jax.random.normal(first, x.shape) + jax.random.normal(last, x.shape) + jax.random.normal(hk.next_rng_key(), x.shape)

net = hk.transform(lambda x: Noisy()(x))

def sequence():
    keys = hk.PRNGSequence(5)
    return [jax.random.uniform(key, (2,)) for key in (*keys.take(3), next(keys))]
"""


@pytest.mark.parametrize("target", TARGETS)
def test_several_keys_are_of_one_split(target):
    source, ours = module("haiku_keys", KEYS), converted(KEYS, "jax", target)
    assert_same(ours.sequence(), source.sequence())
    x = np.zeros((2, 3), "float32")
    expected = source.net.apply(source.net.init(jax.random.key(0), x), jax.random.PRNGKey(2), x)
    assert_same(ours.net.apply(ours.net.init(0, array(x, target)), 2, array(x, target)), expected)
