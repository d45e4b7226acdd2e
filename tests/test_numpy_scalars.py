"""NumPy's scalars are values: a sum that is kept does not grow, an element that is kept does not follow its array."""

import inspect

import numpy as np
import pytest
from ivy.s2s.api import source_to_source

from . import numpy_scalars_source as original
from .programs import loaded

MEMBERS = inspect.getmembers(original, inspect.isfunction)
FUNCTIONS = [name for name, function in MEMBERS if function.__module__ == original.__name__]
# What may be rows of an array, whose changes others see, is refused where arrays cannot be changed.
REFUSED = {
    "torch": set(),
    "jax": {"best", "centred", "exchanged", "first", "shifted", "swap"},
    "tensorflow": {"best", "centred", "exchanged", "first", "shifted", "swap"},
}


def native(target):
    """[1, 2, 3] as an array of the target."""
    if target == "torch":
        import torch

        return torch.tensor([1.0, 2.0, 3.0])
    if target == "jax":
        import jax.numpy as jnp

        return jnp.array([1.0, 2.0, 3.0])
    import tensorflow as tf

    return tf.constant([1.0, 2.0, 3.0])


def converted(text, target, folder):
    """The module that a text becomes."""
    (folder / "source").mkdir()
    (folder / "source" / "program.py").write_text(text, encoding="utf-8")
    source_to_source(folder / "source", to=target, out=folder / "out")
    return loaded(folder / "out" / "program.py", f"numpy_scalars_{target}")


@pytest.fixture(scope="module", params=REFUSED)
def program(request, tmp_path_factory):
    return request.param, converted(inspect.getsource(original), request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_same_values(name, program):
    target, module = program
    if name in REFUSED[target]:
        with pytest.raises(NotImplementedError):
            getattr(module, name)(native(target))
        return
    expected = getattr(original, name)(np.array([1.0, 2.0, 3.0]))
    found = getattr(module, name)(native(target))
    assert [np.asarray(value).tolist() for value in found] == [np.asarray(value).tolist() for value in expected]


@pytest.mark.parametrize("target", ("torch", "jax"))
def test_rows_are_changed_in_their_array(target, tmp_path):
    text = "import numpy as np\n\n\ndef f(x):\n    x = np.asarray(x)\n    row = x[0]\n    row += row.sum() * x[1, 1]\n    return x\n"
    if target == "torch":
        import torch

        x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    else:
        import jax.numpy as jnp

        x = jnp.array([[1.0, 2.0], [3.0, 4.0]])
    found = converted(text, target, tmp_path).f(x)
    assert np.asarray(found).tolist() == [[13.0, 14.0], [3.0, 4.0]]
