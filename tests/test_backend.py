"""The runtime API: every hub op over every backend gives the numbers of PyTorch."""

from __future__ import annotations

import asyncio
import inspect
import threading
import warnings
from functools import cache

import ivy
import numpy as np
import pytest
from ivy.s2s.kinds import ARRAY
from ivy.s2s.runtime import functions
from ivy.s2s.spelled import Given, NotAvailable, build
from ivy.s2s.tables import FRAMEWORKS, load

from . import sampling
from .conformance import UP_TO_SIGN, difference, magnitudes, observed, topics

torch = pytest.importorskip("torch")
OTHERS = [name for name in FRAMEWORKS if name != "torch"]
# What differs and is known: JAX takes no lists for arrays and raises, counts in floats, and gives residuals of
# underdetermined systems.
KNOWN = {
    "jax": {
        "delete(f64[3,4], [0, -1], axis=1): TypeError",
        "histogram(f64[9], 4): dtype",
        "histogram(f64[9], 5, (-2, 2)): dtype",
        "histogram(f64[9], [-1.0, 0.0, 2.0]): dtype",
        "least_squares(f64[3,5], f64[3]): shape",
        "nanpercentile(f64[3,4], [25.0, 75.0], axis=1): TypeError",
        "percentile(f64[3,4], [25.0, 75.0], axis=1): TypeError",
        "percentile(f64[5], [30.0, 90.0], method='midpoint'): TypeError",
        "sort_together([i32[3,8], f32[3,8], f32[3,8]], 0, 2): TypeError",
    },
    "numpy": set(),
    "tensorflow": set(),
}


def run(sample: str, backend: str):
    """A hub sample computed by ``ivy`` over a backend, in comparable form."""
    with ivy.use_backend(backend), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return observed(
            sampling.evaluate(
                sample,
                lambda name: getattr(ivy, name),
                lambda array: sampling.to_framework(array, backend),
                lambda name: getattr(ivy, name),
            )
        )


@cache
def reference(sample: str):
    """What PyTorch gives, or None where it does not take the sample."""
    try:
        return run(sample, "torch")
    except (TypeError, RuntimeError, ValueError, IndexError, NotImplementedError, AttributeError):
        return None


def grade_of(op: str, backend: str) -> str:
    """The worst documented grade of writing an op in the two frameworks that are compared."""
    grades = ["exact", "close", "approximate"]
    if load().hub[op].topic == "keys":  # what a key is, and what is drawn with it, is the framework's own
        return "approximate"
    entries = [load()[name].writes.get(op) for name in ("torch", backend)]
    return max((e.grade for e in entries if e is not None), key=grades.index, default="exact")


def sampled(topic: str):
    return [
        op
        for op in load().hub.values()
        if op.topic == topic and op.samples and op.name in functions()
    ]


def problems(topic: str, backend: str):
    """What differs from PyTorch, and how many samples were compared."""
    found, compared = [], 0
    for op in sampled(topic):
        for sample in op.samples:
            expected = reference(sample)
            if expected is None:
                continue
            try:
                got = run(sample, backend)
            except NotImplementedError:
                continue
            except Exception as error:  # whatever a framework raises is a finding
                found.append(f"{sample}: {type(error).__name__}: {str(error)[:150]}")
                continue
            compared += 1
            if op.name in UP_TO_SIGN:
                expected, got = magnitudes(expected), magnitudes(got)
            reason = difference(
                expected,
                got,
                "torch",
                backend,
                "shape" if op.random and op.topic != "keys" else grade_of(op.name, backend),
            )
            if reason:
                found.append(f"{sample}: {reason}")
    return found, compared


FUNCTIONS = [t for t in topics() if sampled(t)]


@pytest.mark.parametrize("backend", OTHERS)
@pytest.mark.parametrize("topic", FUNCTIONS)
def test_ops_give_the_numbers_of_pytorch(topic, backend):
    found, _ = problems(topic, backend)
    found = [item for item in found if not item.startswith(tuple(KNOWN[backend]) or ("-",))]
    assert not found, "\n".join(found)


def test_backend_is_found_from_the_arguments():
    assert type(ivy.abs(torch.ones(2))) is torch.Tensor
    assert type(ivy.concat([torch.ones(2), torch.ones(1)])) is torch.Tensor
    assert type(ivy.stack([[1.0, 2.0], np.ones(2)])) is np.ndarray
    assert type(ivy.zeros((2,))) is np.ndarray
    assert ivy.current_backend() == "numpy"
    assert ivy.current_backend(np.ones(2), [torch.ones(2)]) == "torch"


def test_backend_is_set_for_the_process_and_unset():
    ivy.set_backend("pytorch")
    try:
        assert ivy.current_backend() == "torch"
        seen = []
        thread = threading.Thread(target=lambda: seen.append(type(ivy.ones(2))))
        thread.start()
        thread.join()
        assert seen == [torch.Tensor]
        ivy.set_backend("numpy")
        assert type(ivy.ones(2)) is np.ndarray
        ivy.unset_backend()
        assert type(ivy.ones(2)) is torch.Tensor
    finally:
        ivy.unset_backend()
    assert ivy.current_backend() == "numpy"


def test_backend_of_a_block_stays_in_its_thread_and_task():
    with ivy.use_backend("torch") as name:
        assert name == "torch" == ivy.current_backend()
        with ivy.use_backend("np"):
            assert ivy.current_backend() == "numpy"
        assert ivy.current_backend() == "torch"
        seen = []
        thread = threading.Thread(target=lambda: seen.append(ivy.current_backend()))
        thread.start()
        thread.join()
        assert seen == ["numpy"]

    async def task(name):
        with ivy.use_backend(name):
            await asyncio.sleep(0)
            return ivy.current_backend()

    async def both():
        return await asyncio.gather(task("torch"), task("numpy"))

    assert asyncio.run(both()) == ["torch", "numpy"]


def test_wrong_uses_say_what_to_do():
    with pytest.raises(
        ValueError, match="'mxnet' is no backend; choose one of torch, tensorflow, jax, numpy"
    ):
        ivy.set_backend("mxnet")
    with pytest.raises(
        TypeError,
        match=r"ivy.std got an unexpected keyword argument 'dim'; it is \(x, /, \*, axis=None",
    ):
        ivy.std(np.ones(3), dim=0)
    with pytest.raises(TypeError, match="ivy.std takes 1 positional arguments but 2 were given"):
        ivy.std(np.ones(3), 0)
    with pytest.raises(TypeError, match="ivy.std is missing x"):
        ivy.std()
    with pytest.raises(
        NotImplementedError, match="ivy.polygamma is not available in numpy: .* needs SciPy"
    ):
        ivy.polygamma(1, np.ones(3))
    with pytest.raises(
        NotImplementedError, match="numpy has no dtype 'float7' without the package ml_dtypes"
    ):
        ivy.zeros((2,), dtype="float7")
    with (
        ivy.use_backend("numpy"),
        pytest.raises(TypeError, match="x is an array of torch and the backend is numpy"),
    ):
        ivy.abs(torch.ones(2))
    with pytest.raises(AttributeError, match="module 'ivy' has no attribute 'stdd'"):
        ivy.stdd  # noqa: B018


def test_arrays_of_two_frameworks_are_not_mixed():
    jnp = pytest.importorskip("jax.numpy")
    with pytest.raises(TypeError, match="arrays of jax and torch in one call"):
        ivy.add(torch.ones(2), jnp.ones(2))


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_unlike_dtypes_are_promoted(backend):
    pytest.importorskip(backend)
    ids, weights, mask = (np.array([1, 2], np.int32), np.array([0.5, 1.5], np.float32), np.array([True, False]))
    with ivy.use_backend(backend):
        i, w, m = map(ivy.from_numpy, (ids, weights, mask))
        for other in (w, weights):  # an array of NumPy goes along with those of the backend
            assert ivy.tolist(ivy.add(i, other)) == [1.5, 3.5]
            assert ivy.tolist(ivy.multiply(m, other)) == [0.5, 0.0]
            assert ivy.tolist(ivy.less(other, i)) == [True, True]
            assert ivy.tolist(ivy.where(m, i, other)) == [1.0, 1.5]
        assert ivy.tolist(ivy.concat([i, w])) == [1.0, 2.0, 0.5, 1.5]
        assert ivy.tolist(ivy.maximum(i, 1.5)) == [1.5, 2.0]


def test_what_tensorflow_is_given_first_refuses_unlike_dtypes():
    tf = pytest.importorskip("tensorflow")
    arrays = [Given(name, ARRAY, "", False, False, False) for name in ("x1", "x2")]
    pairs = [("float32", "float64"), ("float32", "int32"), ("int32", "int64"), ("bool", "float32")]
    tried = []
    for op in load().hub.values():
        if [p.name for p in op.params if p.default is None] != ["x1", "x2"]:
            continue
        try:
            call = build(op, "tensorflow", arrays)
        except NotAvailable:
            continue
        native = inspect.getclosurevars(call).nonlocals.get("function")
        if native is None:
            continue
        tried.append(op.name)
        for pair in pairs:
            with pytest.raises((TypeError, ValueError, tf.errors.OpError)):
                native(*(tf.ones((2, 2), dtype) for dtype in pair))
    assert {"add", "maximum", "less", "pow"} <= set(tried)


def test_leading_out_works_whatever_is_chosen():
    with ivy.use_backend("numpy"):
        assert type(ivy.to_numpy(torch.ones(2))) is np.ndarray
        assert ivy.tolist(torch.ones(2)) == [1.0, 1.0]


def test_signatures_and_docs_are_the_hubs():
    for name in ("std", "arange", "einsum", "meshgrid", "pad", "zeros"):
        op = load().hub[name]
        function = getattr(ivy, name)
        assert function.__doc__ == op.doc and function.__name__ == name
        assert len(inspect.signature(function).parameters) == len(op.params)
    assert str(inspect.signature(ivy.std)) == "(x, /, *, axis=None, correction=0, keepdims=False)"
    assert str(inspect.signature(ivy.einsum)) == "(equation, /, *operands)"


def test_everything_is_listed_and_parts_of_the_package_stay():
    listed = set(dir(ivy))
    assert {"std", "conv2d", "float32", "pi", "Array", "set_backend", "source_to_source"} <= listed
    assert "Conv2d" not in listed
    for name in functions():
        assert callable(getattr(ivy, name)), name
    assert inspect.ismodule(ivy.s2s) and inspect.ismodule(ivy.templates)


def test_dtypes_are_equal_to_every_frameworks_own():
    tf, jnp = pytest.importorskip("tensorflow"), pytest.importorskip("jax.numpy")
    own = [torch.float32, np.float32, np.dtype("float32"), jnp.float32, tf.float32, "float32"]
    for dtype in own:
        assert dtype == ivy.float32 and ivy.float32 == dtype
        assert dtype != ivy.bfloat16 and ivy.float64 != dtype
        assert dtype in (ivy.float16, ivy.float32)
    assert torch.bool == ivy.bool == np.bool_
    assert {ivy.float32: 1}["float32"] == 1
    assert ivy.zeros(3, dtype="int32").dtype == ivy.int32


def test_arrays_of_every_framework_are_arrays():
    tf, jnp = pytest.importorskip("tensorflow"), pytest.importorskip("jax.numpy")
    for array in (np.ones(2), torch.ones(2), jnp.ones(2), tf.ones(2), np.float32(1)):
        assert isinstance(array, ivy.Array)
    for other in (1.0, [1.0], np.dtype("float32"), torch.Size([2]), torch.float32, None):
        assert not isinstance(other, ivy.Array)


def test_literals_choose_among_the_forms():
    x = np.arange(12.0, dtype=np.float32).reshape(1, 3, 4)
    for mode in ("constant", "reflect", "replicate"):
        expected = torch.nn.functional.pad(torch.from_numpy(x), (1, 2), mode=mode).numpy()
        assert np.array_equal(ivy.pad(x, (1, 2), mode=mode), expected)
    for keepdims in (False, True):
        for axis in (None, 0, -1):
            assert (
                ivy.max(x, axis=axis, keepdims=keepdims).shape
                == np.max(x, axis=axis, keepdims=keepdims).shape
            )


def test_compiled_code_sees_through_the_dispatch():
    jax, tf = pytest.importorskip("jax"), pytest.importorskip("tensorflow")

    def function(x):
        return ivy.sum(
            ivy.exp(x) / ivy.sum(ivy.exp(x), axis=1, keepdims=True) * ivy.arange(3), axis=1
        )

    x = np.random.default_rng(0).standard_normal((2, 3)).astype(np.float32)
    with ivy.use_backend("jax"):
        expected = np.asarray(function(jax.numpy.asarray(x)))
        assert np.allclose(jax.jit(function)(x), expected, atol=1e-6)
        assert jax.grad(lambda x: function(x).sum())(x).shape == (2, 3)
    softened = tf.function(lambda x: ivy.softmax(x, dim=1))(tf.constant(x))
    assert np.allclose(softened, ivy.softmax(x, dim=1), atol=1e-6)
