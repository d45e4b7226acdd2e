"""What the calls of a program of NumPy give its functions decides where integers meet floats."""

import numpy as np
import pytest
from ivy.s2s.api import source_to_source

from .programs import loaded

TEXT = '''import numpy as np


class Memory:
    ACTIONS = np.array([[0, 1], [1, 0]])

    def __init__(self, n):
        self.W = np.zeros((n, n))
        self.best = np.zeros(n)

    def train(self, patterns):
        for p in patterns:
            self.W += np.outer(p, p)
        return self

    def moved(self, i, value):
        old = self.best[i]
        self.best[i] = value
        return self.best[i] - old

    @classmethod
    def of_size(cls, sizes):
        return cls(int(np.linalg.norm(sizes)))


def smoothed(x, alpha):
    y = x[0]
    out = []
    for t in range(len(x)):
        y = alpha * x[t] + (1 - alpha) * y
        out.append(y)
    return np.array(out)


def centred(y):
    return y - y.mean(), np.concatenate([[0], y, [0.5]])


def distances(a, b):
    return (a.reshape(-1, 1) - b.reshape(1, -1)) / 2


def design(x, y):
    X = np.column_stack([np.ones(len(x)), x])
    return np.linalg.solve(X.T @ X, X.T @ y)


def spectrum(mag, phase):
    z = mag * np.exp(1j * phase)
    return np.abs(z * mag), (z + mag).real, np.abs(-2j * np.pi * phase)


def picked(table, ids):
    return table[ids] + table[range(len(ids))]


def filled(h):
    A = np.zeros((2, 3))
    A[0, :] = h[0], 2 * h[1], h[2]
    A[1] = A[0] @ [1, 0, 2]
    return A


def rounded(x):
    return [int(round(v * np.cos(0.1))) for v in x]


def memory():
    m = Memory(3).train(np.array([[1, -1, 1], [1, 1, -1]]))
    return m.W, m.moved(1, 5.0), Memory.of_size([3, 4]).W.shape[0]


def numbers():
    whole = np.array([3, 1, 2])
    return smoothed(whole, 0.3), *centred(whole), *centred(whole * 1.5)


def grids():
    whole, real = np.arange(4), np.linspace(0, 1, 3)
    return distances(whole, whole), distances(real, whole), design(np.arange(5), np.array([1, 3, 2, 5, 7]))


def waves():
    x = np.linspace(0.0, 2.0, 4)
    return spectrum(x, x)


def tables():
    table = np.arange(12.0).reshape(6, 2)
    return picked(table, [4, 1, 1]), filled(np.arange(3.0)), rounded(np.array([1.2, 3.7]))
'''
NAMES = ("memory", "numbers", "grids", "waves", "tables")


@pytest.fixture(scope="module")
def original():
    names: dict = {}
    exec(compile(TEXT, "original.py", "exec"), names)  # noqa: S102
    return names


@pytest.fixture(scope="module", params=["torch", "jax", "tensorflow"])
def program(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "program.py").write_text(TEXT, encoding="utf-8")
    report = source_to_source(folder / "program.py", to=request.param, out=folder / "out")
    assert not report.sites["refused"], report.diagnostics
    path = folder / "out"
    return loaded(path if path.is_file() else path / "program.py", f"likely_integers_{request.param}")


@pytest.mark.parametrize("name", NAMES)
def test_same_numbers(name, program, original):
    found, wanted = getattr(program, name)(), original[name]()
    assert len(found) == len(wanted)
    for ours, theirs in zip(found, wanted):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=2e-5, atol=1e-5)


UPDATES = """import numpy as np


def sgd(layers, lr):
    for layer in layers:
        for p, g in layer.parameters():
            p -= lr * g
"""


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_changes_for_others_are_refused(target, tmp_path):
    (tmp_path / "program.py").write_text(UPDATES, encoding="utf-8")
    report = source_to_source(tmp_path / "program.py", to=target, out=tmp_path / "out")
    assert report.sites["refused"] == 1


TRANSFORM = """import numpy as np


def transform(x: np.ndarray):
    k = np.arange(len(x))
    return np.exp(-2j * np.pi * k[:, None] * k / len(x)) @ x
"""


def test_complex_products_keep_their_precision(tmp_path):
    (tmp_path / "program.py").write_text(TRANSFORM, encoding="utf-8")
    source_to_source(tmp_path / "program.py", to="tensorflow", out=tmp_path / "out")
    path = tmp_path / "out"
    module = loaded(path if path.is_file() else path / "program.py", "complex_products")
    x = np.random.default_rng(0).normal(size=16)
    found = module.transform(x)
    assert found.dtype.name == "complex128"
    np.testing.assert_allclose(found, np.fft.fft(x), rtol=1e-12, atol=1e-12)
