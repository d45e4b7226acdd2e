"""Libraries that build on others: what is optional there need not be convertible."""

import importlib
import sys

import ivy
import numpy as np
import pytest

torch = pytest.importorskip("torch")
jnp = pytest.importorskip("jax.numpy")

FIRST = '''
import torch

from second_of_two import halved, settings


def doubled(x):
    return torch.add(x, x)


def divided(x):
    return halved(x)
'''
SECOND = '''
import torch

settings = "new" if torch.__config__.show() > "" else "old"


def halved(x):
    return torch.div(x, 2)
'''


@pytest.fixture
def libraries(tmp_path, monkeypatch):
    """Two libraries, of which the second one does not run when it is converted."""
    (tmp_path / "first_of_two.py").write_text(FIRST)
    (tmp_path / "second_of_two.py").write_text(SECOND)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield importlib.import_module("first_of_two")
    for name in [name for name in sys.modules if name.endswith(("first_of_two", "second_of_two"))]:
        del sys.modules[name]


def test_the_rest_of_a_library_runs_without_what_it_imports(libraries):
    assert isinstance(libraries.settings, str)
    found = ivy.transpile(libraries.doubled, source="torch", to="jax")(jnp.ones(3))
    np.testing.assert_array_equal(found, np.full(3, 2, np.float32))


def test_what_was_not_converted_says_so_when_it_is_called(libraries):
    divided = ivy.transpile(libraries.divided, source="torch", to="jax")
    with pytest.raises(NotImplementedError, match="second_of_two.halved was not converted"):
        divided(jnp.ones(3))
