"""The code examples of the specification as they are written there, each in a fresh process.

Only what they download is replaced: weights and images are drawn from a seed, and a small model stands for the one
that is fetched. ``python tests/specification_runner.py`` prints the table of all examples and their outcomes. With
``MADMOM_SOURCE`` set (see ``test_madmom.py``) the published text of that library is converted, else one like it.
"""

import importlib.util
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import specification_runner as runner  # noqa: E402

FAST = {"dot_and_mean", "eager_and_lazy", "numpy_loss_in_jax", "jax_loss_in_numpy", "torch_loss_in_numpy", "numpy_loss_in_torch"}


def example(name):
    """A test parameter; all but a few examples import several frameworks and take long."""
    return pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow])


@pytest.mark.parametrize("name", map(example, runner.names()))
def test_example(name):
    missing = [p for p in sorted(runner.packages_of(name)) if importlib.util.find_spec(p) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed")
    passed, line, _ = runner.run(name)
    assert passed, line


def test_every_kind_of_example_is_there():
    names = runner.names()
    assert len(names) == 33
    directions = {(s, t) for s in ("torch", "tensorflow", "jax", "numpy") for t in ("torch", "tensorflow", "jax", "numpy") if s != t}
    assert {f"{s}_loss_in_{t}" for s, t in directions} <= set(names)
