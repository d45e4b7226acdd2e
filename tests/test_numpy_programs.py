"""Small programs of NumPy give the same numbers in every target."""

import inspect

import numpy as np
import pytest
from ivy.s2s.api import source_to_source
from ivy.s2s.pipeline import convert_text

from . import numpy_programs_source as original
from .programs import loaded

NAMES = [
    name
    for name, function in inspect.getmembers(original, inspect.isfunction)
    if function.__module__ == original.__name__
    and all(p.default is not p.empty for p in inspect.signature(function).parameters.values())
]
DRAWING = """import numpy as np

rng = np.random.default_rng(0)
START = rng.normal(size=(4, 3))
START[1:] += 100


class Walk:
    def __init__(self, seed=0):
        self.rng = np.random.RandomState(seed)
        self.place = self.rng.randn(4)
        self.place[0] = 50

    def step(self):
        noise = self.rng.uniform(size=4)
        noise[1] = 0
        self.place[1:] += noise[1:]
        return self.place.copy()


def shifted(x: np.ndarray, rng: np.random.Generator):
    noise = rng.random(x.shape)
    noise[noise < 2] = 1
    return x + noise
"""


def converted(text, target, folder):
    (folder / "source").mkdir()
    (folder / "source" / "program.py").write_text(text, encoding="utf-8")
    report = source_to_source(folder / "source", to=target, out=folder / "out")
    assert not report.sites["refused"], report.diagnostics
    return loaded(folder / "out" / "program.py", f"numpy_programs_{target}")


@pytest.fixture(scope="module", params=["torch", "jax", "tensorflow"])
def program(request, tmp_path_factory):
    return converted(inspect.getsource(original), request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("name", NAMES)
def test_same_numbers(name, program):
    found = getattr(program, name)()
    expected = getattr(original, name)()
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        one = np.asarray(one)
        assert one.shape == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("target", ["torch", "jax", "tensorflow"])
def test_drawn_arrays_are_changed(target, tmp_path):
    module = converted(DRAWING, target, tmp_path)
    start = np.asarray(module.START)
    assert start[1:].min() > 50 > start[0].max()
    walk = module.Walk()
    first, second = np.asarray(walk.step()), np.asarray(walk.step())
    assert first[0] == second[0] == 50 and first[1] == second[1]
    assert (second[2:] > first[2:]).all()
    shifted = module.shifted(module.rng.random((3,)) * 0, module.rng)
    assert np.asarray(shifted).tolist() == [1, 1, 1]


ROWS = """import numpy as np


def rows():
    rows = np.zeros((2, 2))
    held, listed = [row for row in rows], [*rows]
    rows[0, 1] = 5
    return held, listed
"""


@pytest.mark.parametrize("target", ["torch", "jax", "tensorflow"])
def test_rows_that_are_kept_change_with_their_array_or_it_is_told(target, tmp_path):
    told = [d.message for d in convert_text(ROWS, "numpy", target).diagnostics]
    if target == "torch":
        held, listed = converted(ROWS, target, tmp_path).rows()
        assert told == [] and held[0].tolist() == listed[0].tolist() == [0, 5]
    else:
        assert told == ["rows of 'rows' that are kept stay as they are when it is changed"] * 2
