"""JAX as a source: functions in the style of its libraries give the same numbers in every target."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import types
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
jax = pytest.importorskip("jax")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import jax_cases, sampling  # noqa: E402

TARGETS = ("torch", "tensorflow", "numpy")
SOURCE = Path(jax_cases.__file__).read_text(encoding="utf-8")
rng = np.random.default_rng(0)
MATRIX = np.round(rng.standard_normal((3, 4)), 2).astype(np.float32)
OTHER = np.round(rng.standard_normal((3, 4)), 2).astype(np.float32)
MASK = np.array([[True, False, True, True], [True, True, False, False], [True, True, True, True]])
WHOLE = rng.integers(0, 3, (3, 4)).astype(np.int32)
INPUTS = {
    "masked_reductions": (MATRIX, MASK),
    "core_functions": (MATRIX, OTHER),
    "flattened": (MATRIX, WHOLE),
    "reduced": (MATRIX, MASK),
    "result_types": (MATRIX, WHOLE),
    "by_name": (MATRIX,),
    "casts": (MATRIX, WHOLE),
    "calls_compiled": (MATRIX,),
    "cumulative": (MATRIX,),
    "discounted": (MATRIX,),
    "scanned_pairs": (MATRIX, OTHER),
    "loops": (MATRIX,),
    "branches": (MATRIX,),
    "sorted_together": (MATRIX, WHOLE),
    "slices": (MATRIX,),
    "contractions": (np.stack([MATRIX] * 2), np.stack([OTHER.T] * 2)),
    "convolution": (
        rng.standard_normal((2, 6, 5, 3)).astype(np.float32),
        rng.standard_normal((3, 3, 3, 4)).astype(np.float32),
    ),
    "mapped": (MATRIX, OTHER[:, 0]),
    "calls_scaled_rows": (MATRIX,),
    "trees": (MATRIX, OTHER),
    "updates": (MATRIX, WHOLE),
    "normalised": (MATRIX, MASK),
    "drawn": (MATRIX,),
    "entropy_loss": (MATRIX, np.array([0, 2, 1], np.int32)),
    "shapes": (MATRIX,),
    "gradients": (MATRIX, OTHER),
    "loose_annotations": (WHOLE, MATRIX),
    "chosen": (MATRIX, OTHER),
    "bound_in_advance": (MATRIX, OTHER),
    "mask_arithmetic": (MASK, MATRIX),
    "pieces": (MATRIX,),
    "jacobians": (np.array([0.5, -1.0, 2.0], np.float32),),
}
DERIVATIVES = ("gradients", "jacobians")


@functools.cache
def converted(target: str) -> types.ModuleType:
    """The cases in a target, as a module beside its helpers."""
    result = convert_text(SOURCE, "jax", target, "cases")
    assert result.error is None or not result.error, result.error
    unexpected = [
        d
        for d in result.diagnostics
        if d.grade == "refused" and not (target == "numpy" and "derivatives" in d.message)
    ]
    assert unexpected == []
    helpers = types.ModuleType(f"{target}_helpers")
    exec(helper_module(result.helpers, load()[target]), helpers.__dict__)  # noqa: S102
    sys.modules[helpers.__name__] = helpers
    module = types.ModuleType(f"jax_cases_{target}")
    exec(result.code, module.__dict__)  # noqa: S102
    del sys.modules[helpers.__name__]
    return module


def leaves(value) -> list:
    """The arrays and numbers in nested results, dicts in the order of their keys."""
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in leaves(value[key])]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [np.asarray(value.detach() if hasattr(value, "detach") else value)]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", INPUTS)
def test_functions_agree_with_the_source(name, target):
    pytest.importorskip(target)
    if target == "numpy" and name in DERIVATIVES:
        with pytest.raises(NotImplementedError, match="derivatives"):
            getattr(converted(target), name)(*INPUTS[name])
        return
    expected = leaves(getattr(jax_cases, name)(*map(jax.numpy.asarray, INPUTS[name])))
    given = [sampling.to_framework(array.copy(), target) for array in INPUTS[name]]
    found = leaves(getattr(converted(target), name)(*given))
    assert len(found) == len(expected)
    for position, (a, b) in enumerate(zip(found, expected)):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5, err_msg=f"result {position}")
    for array, original in zip(given, INPUTS[name]):
        np.testing.assert_array_equal(np.asarray(array), original, "an argument was changed")


def test_every_case_is_run():
    defined = {
        n
        for n, f in vars(jax_cases).items()
        if inspect.isfunction(f) and f.__module__ == jax_cases.__name__
    }
    assert set(INPUTS) >= {n for n in defined if not n.startswith(("compiled", "cut", "scaled"))}
