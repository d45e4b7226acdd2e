"""NumPy code converted to every framework: values and dtypes are NumPy's, or the code is refused; in place too."""

import copy
import functools
import inspect
import warnings
from functools import cache

import numpy as np
import pytest
from ivy.s2s.pipeline import convert_text

from . import converted_text, numpy_cases, sampling

FRAMEWORKS = {"torch": "torch", "jax": "jax", "tensorflow": "tensorflow"}
# What has no form in a framework, or fails with an error there; never a wrong number.
NOT_CONVERTED = {
    "linspace(0, 1, 5, retstep", "A.item(3)", "v.flat", "poly1d", "result_type", "issubdtype", "may_share_memory",
    "array_equiv", "base_repr", "np.iterable", "isrealobj", "dtype(np.float32).itemsize", "prepend=0", "put_values",
    "flip_view", "flip_function_view", "view_then_base", "bool_subtracted", "itemsize", "nbytes", "np.vander",
}  # fmt: skip
FAILS = {
    "torch": {"int_average"},
    "jax": {"reshape_views", "ravel_views", "transpose_view", "np.polyval([", "np.roots", "np.choose", "np.ix_", "np.ndim(s)"},
    "tensorflow": {
        "reshape_views", "ravel_views", "transpose_view", "np.atleast_1d(s)", "np.ndim(s)", "sort(A, axis=None)", "@",
        "[[0], v, [1.5]]", "expand_dims(v, (0", "1j * v", "int_average",
    },
}  # fmt: skip
# Results in another precision than NumPy's.
CLOSE = {"jax": {"np.histogram"}, "tensorflow": {"np.quantile", "np.angle"}, "torch": set()}
WIDTHS = {"float64": "float32", "int64": "int32", "complex128": "complex64", "uint64": "uint32"}


@cache
def jobs():
    """(label, module text, function name) of every case."""
    expressions = [(text, numpy_cases.expression_source(text), "case") for text in numpy_cases.EXPRESSIONS]
    return [*expressions, *((name, text, name) for name, text in numpy_cases.function_sources().items())]


def leaves(value):
    """All values of a result."""
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def mentions(label, fragments):
    return any(fragment in label for fragment in fragments)


@pytest.mark.parametrize("target", FRAMEWORKS)
@pytest.mark.parametrize("label, text, name", [pytest.param(*job, id=job[0][:60]) for job in jobs()])
def test_case(label, text, name, target):
    pytest.importorskip(FRAMEWORKS[target])
    samples = numpy_cases.samples()
    original = numpy_cases.execute(text)[name]
    arguments = {p: samples[p] for p in inspect.signature(original).parameters if p in samples}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = original(**copy.deepcopy(arguments))
        result, space = numpy_cases.converted(text, target)
        refused = result.sites.get("refused", 0)
        given = {n: sampling.to_framework(v.copy(), target) if isinstance(v, np.ndarray) else v for n, v in arguments.items()}
        try:
            found = space[name](**given)
        except Exception:
            assert refused or mentions(label, NOT_CONVERTED | FAILS[target]), result.code
            return
    if refused:
        assert mentions(label, NOT_CONVERTED), result.code
        return
    compare(found, wanted, target, mentions(label, NOT_CONVERTED | CLOSE[target] | FAILS[target]))


def compare(found, wanted, target, close):
    """Equal values, shapes and dtypes; JAX computes in 32 bits."""
    found, wanted = leaves(sampling.to_numpy(found)), leaves(wanted)
    assert len(found) == len(wanted)
    for value, want in zip(found, wanted):
        if want is None or isinstance(want, (str, slice, type, np.dtype)):
            continue
        got, want = np.asarray(value), np.asarray(want)
        assert got.dtype != object and got.shape == want.shape
        if close and got.size == 1 and got.dtype.kind == "i":
            continue  # the size of an element where arrays have 32 bits
        tolerance = 1e-4 if target == "jax" or close else 1e-9
        np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
        if close or isinstance(value, (bool, int, float, complex)):
            continue
        names = [array.dtype.name for array in (got, want)]
        assert len({WIDTHS.get(n, n) if target == "jax" else n for n in names}) == 1, names


ANNOTATED = """\
import numpy as np
import numpy.typing as npt


def mean(x: npt.NDArray[np.int64], weights: np.ndarray | None = None) -> npt.NDArray[np.float64]:
    return np.mean(x)
"""


def test_annotations():
    result, space = numpy_cases.converted(ANNOTATED, "torch")
    assert result.code == (
        "import torch\n\n\n"
        "def mean(x: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:\n"
        "    return torch.mean(x.double())\n"
    )


@pytest.mark.parametrize("target", FRAMEWORKS)
def test_random_numbers(target):
    pytest.importorskip(FRAMEWORKS[target])
    text = "import numpy as np\n\n\ndef draw(seed):\n    rng = np.random.default_rng(seed)\n"
    text += "    return rng.normal(2.0, 0.5, size=4000), rng.integers(0, 5, size=4000), rng.permutation(5)\n"
    _, space = numpy_cases.converted(text, target)
    normal, integers, order = map(np.asarray, space["draw"](3))
    again, *_ = map(np.asarray, space["draw"](3))
    other, *_ = map(np.asarray, space["draw"](4))
    assert normal.dtype.name == ("float32" if target == "jax" else "float64")
    assert abs(normal.mean() - 2) < 0.05 and abs(normal.std() - 0.5) < 0.05
    assert sorted(set(integers.tolist())) == [0, 1, 2, 3, 4] and sorted(order.tolist()) == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(normal, again)
    assert not np.array_equal(normal, other)


RETURNED = """\
import numpy as np


def fill(values, place):
    part = place[1:3]
    np.maximum(values, part, out=part)


def filled(values: np.ndarray):
    x = np.zeros((4, 2))
    for k in range(2):
        column = x[:, k]
        fill(values, column)
    return x
"""


def test_changes_of_arguments_are_returned_and_written_back():
    result, space = numpy_cases.converted(RETURNED, "jax")
    assert "    place = place.at[1:3].set(part)\n    return place\n" in result.code or "return place" in result.code
    wanted = numpy_cases.execute(RETURNED)["filled"](np.array([1.0, 2.0]))
    np.testing.assert_allclose(np.asarray(space["filled"](sampling.to_framework(np.array([1.0, 2.0]), "jax"))), wanted)


ATTRIBUTES = '''
import numpy as np


class Weights:
    def __init__(self, mean=0):
        self.mean = mean

    def applied(self, x, make=np.ones):
        self.mean += make(4)
        return np.dot(x, self.mean)


def named(x: np.ndarray, number):
    return {"x" + str(number): x}["x3"] + Weights().applied(x).sum()
'''


@pytest.mark.parametrize("target", FRAMEWORKS)
def test_numbers_that_become_arrays_and_names_made_of_numbers(target):
    pytest.importorskip(FRAMEWORKS[target])
    x = numpy_cases.samples()["A"]
    result, space = numpy_cases.converted(ATTRIBUTES, target)
    assert "str(number)" in result.code
    found = space["named"](sampling.to_framework(x, target), 3)
    compare(leaves(found)[0], numpy_cases.execute(ATTRIBUTES)["named"](x, 3), target, close=True)


UNIONS = '''
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Narrow = np.int8 | np.int16
Scalar = np.float32 | np.float64
Number = int | float
Vector = npt.NDArray[np.float64]
Truth: TypeAlias = np.bool_
Given = npt.ArrayLike
'''


@pytest.mark.parametrize("target, dtype", [("torch", "torch.dtype"), ("tensorflow", "tf.DType")])
def test_names_of_types(target, dtype):
    pytest.importorskip(target)
    result, space = numpy_cases.converted(UNIONS, target)
    assert [line for line in result.code.splitlines() if "=" in line] == [
        f"Narrow = {dtype}", f"Scalar = {dtype}", "Number = int | float",
        f"Vector = {dtype.partition('.')[0]}.Tensor", f"Truth: TypeAlias = {dtype}",
        f"Given = {dtype.partition('.')[0]}.Tensor | float",
    ]  # fmt: skip
    assert space["Number"] == int | float


@pytest.mark.parametrize("target", ["torch", "jax", "tensorflow"])
def test_a_product_with_what_may_be_a_number_or_an_array(target):
    pytest.importorskip(target)
    text = "import numpy as np\n\n\ndef f(x: np.ndarray, w=1.0):\n    return np.dot(x, w), x.dot(w)\n"
    function = converted_text.converted(text, "numpy", target).f
    generator = np.random.default_rng(0)
    x = generator.standard_normal((2, 4, 3)).astype(np.float32)
    for w in (2.0, *(generator.standard_normal(shape).astype(np.float32) for shape in ((3,), (3, 5), (5, 3, 2)))):
        array = {"torch": "tensor", "jax": "numpy.asarray", "tensorflow": "constant"}[target]
        made = functools.reduce(getattr, array.split("."), pytest.importorskip(target))
        for found in function(made(x), w if isinstance(w, float) else made(w)):
            np.testing.assert_allclose(np.asarray(found), np.dot(x, w), atol=1e-5)


def test_a_product_with_what_is_surely_a_number():
    text = "import numpy as np\n\n\ndef f(x: np.ndarray, w: float = 1.0):\n    return np.dot(x, w)\n"
    assert "return torch.mul(x, w)" in convert_text(text, "numpy", "torch").code


FILLED = '''
import numpy as np


def cross_matrices(v, out=None):
    if out is None:
        out = np.empty(v.shape + (3,))
    out[..., 0, 0] = 0.0
    out[..., 1, 1] = 0.0
    out[..., 2, 2] = 0.0
    out[..., 0, 1] = -v[..., 2]
    out[..., 1, 0] = v[..., 2]
    out[..., 0, 2] = v[..., 1]
    out[..., 2, 0] = -v[..., 1]
    out[..., 1, 2] = -v[..., 0]
    out[..., 2, 1] = v[..., 0]
    return out


def doubled(v, out=None):
    return cross_matrices(2 * v, out=out)


def transforms(v):
    made = np.zeros((len(v), 4, 4))
    made[..., 3, :] = (0, 0, 0, 1)
    made[:, :3, 3] = [1.0, 2.0, 3.0]
    cross_matrices(v, out=made[..., :3, :3])
    return made


def named(v):
    out = np.ones((len(v), 3, 3))
    doubled(v, out=out)
    return out
'''


@pytest.mark.parametrize("target", ["torch", "jax", "tensorflow"])
def test_functions_that_fill_what_they_are_given(target):
    pytest.importorskip(target)
    here: dict = {}
    exec(FILLED, here)  # noqa: S102
    there = converted_text.converted(FILLED, "numpy", target)
    v = np.random.default_rng(0).standard_normal((2, 3)).astype(np.float32)
    made = functools.reduce(
        getattr, {"torch": "tensor", "jax": "numpy.asarray", "tensorflow": "constant"}[target].split("."),
        pytest.importorskip(target),
    )  # fmt: skip
    for name in ("transforms", "named"):
        np.testing.assert_allclose(np.asarray(getattr(there, name)(made(v))), here[name](v), atol=1e-6)


def test_a_filled_array_that_is_lost_is_told():
    text = FILLED + "\n\ndef lost(v, out):\n    return doubled(v, out) + doubled(v)\n"
    found = [d for d in convert_text(text, "numpy", "jax").diagnostics if d.code == "S2S203"]
    assert len(found) == 1 and "'out' is not changed" in found[0].message


GIVEN_BACK = '''
import numpy as np


def checked(A):
    A = np.asarray(A, dtype=np.float64)
    if A.ndim != 2:
        raise ValueError("no matrix")
    return A


def made(n):
    out = np.zeros((n, n))
    out[0] = 1.0
    return out


def perhaps(A, n=None):
    if n is not None:
        A = np.zeros(n)
    return A


def use(A, p):
    B = checked(A)
    out = B.copy()
    out[:3, -1] = p
    C = made(3)
    C[1:] += 2.0
    return out, B, C
'''


@pytest.mark.parametrize("target", ["torch", "jax", "tensorflow"])
def test_what_functions_without_annotations_give_back(target):
    pytest.importorskip(target)
    here: dict = {}
    exec(GIVEN_BACK, here)  # noqa: S102
    generator = np.random.default_rng(0)
    A, p = generator.standard_normal((4, 4)).astype(np.float32), generator.standard_normal(3).astype(np.float32)
    there = converted_text.converted(GIVEN_BACK, "numpy", target)
    arrays = there.use(*(sampling.to_framework(x, target) for x in (A, p)))
    for one, other in zip(here["use"](A, p), arrays, strict=True):
        np.testing.assert_allclose(np.asarray(other), one, atol=1e-6)
    assert there.perhaps([1, 2]) == [1, 2]
