"""PyTorch templates give NumPy's numbers and dtypes."""

import importlib
import sys
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch")



def _load_template(name):
    """A template file as a module of a package of its own, so that it finds its siblings."""
    package = sys.modules.setdefault("torch_templates", types.ModuleType("torch_templates"))
    package.__path__ = [*importlib.import_module("ivy.templates.torch").__path__]
    return importlib.import_module(f"torch_templates.{name}")


creation, host, indexing, math, shape, structure = (
    _load_template(name) for name in ("creation", "host", "indexing", "math", "shape", "structure")
)
RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, 3, 4)).astype(np.float32)
Y = RNG.standard_normal(4).astype(np.float32)
DOUBLES = RNG.standard_normal((3, 4))
INTS = RNG.integers(-5, 6, (2, 3))


def to_torch(value):
    """NumPy arrays, also inside lists and tuples, to torch tensors."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(to_torch, value))
    return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value


def assert_same(got, want, rtol=1e-5):
    """Compares shape, dtype and numbers."""
    want = np.asarray(want)
    assert str(got.dtype).removeprefix("torch.") == want.dtype.name
    assert tuple(got.shape) == want.shape
    np.testing.assert_allclose(got.numpy(), want, rtol=rtol, atol=1e-6)


BINARY = {
    "maximum": np.maximum,
    "minimum": np.minimum,
    "fmax": np.fmax,
    "fmin": np.fmin,
    "atan2": np.arctan2,
    "hypot": np.hypot,
    "copysign": np.copysign,
    "nextafter": np.nextafter,
    "heaviside": np.heaviside,
    "logaddexp": np.logaddexp,
    "logaddexp2": np.logaddexp2,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "fmod": np.fmod,
}


@pytest.mark.parametrize("pair", [(X, Y), (X, 0.5), (0.5, X), (DOUBLES, 0.1), (X, -2.0)])
@pytest.mark.parametrize("name", BINARY)
def test_functions_of_tensors_and_numbers(name, pair):
    got = getattr(math, name)(*map(to_torch, pair))
    assert_same(got, BINARY[name](*pair))


@pytest.mark.parametrize("pair", [(INTS, 4), (4, INTS), (INTS, INTS)])
@pytest.mark.parametrize("name", ["gcd", "lcm", "maximum", "minimum"])
def test_functions_of_integers(name, pair):
    assert_same(getattr(math, name)(*map(to_torch, pair)), getattr(np, name)(*pair))


def test_a_float_is_not_cut_to_an_integer():
    got = math.maximum(torch.tensor([0, 1, 2]), 0.5)
    assert got.tolist() == [0.5, 1.0, 2.0]


def test_ldexp_of_numbers():
    assert_same(math.ldexp(to_torch(Y), 3), np.ldexp(Y, 3))


@pytest.mark.parametrize("x1, x2", [(Y, Y + 1e-7), (Y, DOUBLES[0]), (Y, 0.0), (INTS, 1)])
def test_closeness_of_different_dtypes(x1, x2):
    close = math.isclose(to_torch(x1), to_torch(x2), atol=1e-6)
    assert_same(close, np.isclose(x1, x2, atol=1e-6))
    assert math.allclose(to_torch(x1), to_torch(x2), atol=1e-6) == np.allclose(x1, x2, atol=1e-6)


BOUNDS = [(-0.5, 0.5), (None, 0.5), (-0.5, None), (Y, 0.5), (-0.5, Y), (1.0, -1.0)]


@pytest.mark.parametrize("low, high", BOUNDS)
def test_clip(low, high):
    assert_same(math.clip(to_torch(X), to_torch(low), to_torch(high)), np.clip(X, low, high))


def test_where_takes_any_condition():
    small = X[0, :, :1].T
    got = math.where(to_torch(INTS), to_torch(small), 0.0)
    assert_same(got, np.where(INTS, small, np.float32(0)))


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 1, -1, (0, 2), (-1, 0), (0, 1, 2)])
def test_reductions_over_several_axes(axis, keepdims):
    got = math.prod(to_torch(X), axis=axis, keepdims=keepdims)
    assert_same(got, np.prod(X, axis=axis, keepdims=keepdims))
    got = math.median(to_torch(X), axis=axis, keepdims=keepdims)
    assert_same(got, np.median(X, axis=axis, keepdims=keepdims))
    for q in (0.3, [0.1, 0.9]):
        got = math.quantile(to_torch(X), q, axis=axis, keepdims=keepdims, method="lower")
        assert_same(
            got, np.quantile(X, q, axis=axis, keepdims=keepdims, method="lower").astype(X.dtype)
        )


def test_quantiles_of_integers_and_nan():
    assert_same(math.median(to_torch(INTS)), np.median(INTS))
    holes = np.where(X > 0.5, np.float32(np.nan), X)
    assert_same(
        math.nanquantile(to_torch(holes), 0.5, axis=(0, 1)), np.nanquantile(holes, 0.5, axis=(0, 1))
    )


def test_prod_of_a_number_and_of_a_dtype():
    assert_same(math.prod(torch.tensor(3.0)), np.float32(3))
    got = math.prod(to_torch(INTS), axis=(0, 1), dtype=torch.float64)
    assert_same(got, np.prod(INTS, axis=(0, 1), dtype=np.float64))


ROWS = [[1, 2], [3, 4]]
DATA = [1, 2.5, True, ROWS, [1, 2.5], [True, False], [], X, INTS, (1, 2)]


@pytest.mark.parametrize("data", DATA, ids=str)
def test_arrays_of_data(data):
    for name in ("array", "asarray"):
        assert_same(getattr(creation, name)(to_torch(data)), getattr(np, name)(data))
        got = getattr(creation, name)(to_torch(data), dtype=torch.float64)
        assert_same(got, getattr(np, name)(data, dtype=np.float64))


def test_tensors_of_python_floats_are_single_precision():
    for make in (creation.tensor, creation.as_tensor):
        assert make([1.0, 2.0]).dtype == torch.float32
        assert make([torch.ones(2), torch.zeros(2)]).tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_nested_tensors_keep_dtype_and_gradient():
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    made = creation.array([[x, 1], [0.1, x]])
    assert made.dtype == torch.float64
    assert made[1, 0].item() == 0.1
    made.sum().backward()
    assert x.grad.item() == 2.0


def test_what_is_copied():
    x = torch.zeros(2)
    assert creation.asarray(x) is x
    creation.array(x)[0] = 1
    creation.tensor(x)[0] = 1
    creation.array(x, dtype=torch.float32)[0] = 1
    assert x.tolist() == [0, 0]


@pytest.mark.parametrize("axis", [0, -1, (0, 2), (-1, 1), (0, -1)])
def test_expand_dims(axis):
    assert_same(shape.expand_dims(to_torch(X), axis=axis), np.expand_dims(X, axis))


@pytest.mark.parametrize("axis", [None, 1, -1, (0, 2), ()])
def test_flip(axis):
    assert_same(shape.flip(to_torch(X), axis=axis), np.flip(X, axis))


@pytest.mark.parametrize("repetitions", [2, (2,), (2, 1), (2, 1, 1, 2), [1, 2]])
def test_tile(repetitions):
    assert_same(shape.tile(to_torch(Y), repetitions), np.tile(Y, repetitions))


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("indices", [1, -1, [0, 1], [[0, -1], [1, 0]], np.array([1, 0])], ids=str)
def test_take(indices, axis):
    got = indexing.take(to_torch(X), to_torch(indices), axis=axis)
    assert_same(got, np.take(X, indices, axis=axis))


def test_take_outside_raises():
    with pytest.raises(IndexError):
        indexing.take(to_torch(X), [5], axis=0)


def test_writing_keeps_the_tensor():
    x = torch.zeros(2, 3, requires_grad=True)
    assert host.assign(x, [1, 2, 3]) is x
    assert x.tolist() == [[1, 2, 3], [1, 2, 3]]
    y = torch.zeros(3)
    assert host.setitem(y, slice(1, None), 2) is y
    assert y.tolist() == [0, 2, 2]
    assert host.device_type(y) == host.device_type("cpu:0") == host.device_type(y.device) == "cpu"


def test_what_was_not_converted_says_why():
    stub = structure.not_converted("numpy.busday_count", "no counterpart")
    with pytest.raises(
        NotImplementedError, match="numpy.busday_count was not converted: no counterpart"
    ):
        stub()
