"""Gradients at zeros, at bounds and of equal values are the source's where a project takes gradients."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)

from ivy.s2s import pipeline  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import conformance, kinks  # noqa: E402

PAIRS = [
    ("torch", "jax"),
    ("torch", "tensorflow"),
    ("jax", "torch"),
    ("jax", "tensorflow"),
    ("tensorflow", "torch"),
    ("tensorflow", "jax"),
]
# What is equal without a word in the tables, but would not be if a template changed.
PLAIN = (
    "amax amin cummax cummin cumprod hardsigmoid hardswish max min relu relu6 softshrink threshold vector_norm l1_loss "
    "smooth_l1_loss grid_sample std_mean fmod dist"
).split()
# Where the source's own derivative is an accident of how it computes: Keras doubles gradients of equal operands.
ACCIDENTS = {
    "tensorflow": {"angle", "cumprod", "fmod", "hypot", "logaddexp", "logaddexp2", "norm", "vector_norm"},
    "jax": {"hypot", "copysign", "norm", "matrix_norm", "vector_norm", "dist"},
    "torch": set(),
}


# Norms of matrices by singular values or largest sums, and limits of Keras that are arrays.
OTHERS = ("ord=2", "ord=1", "ord='nuc'", "keras.ops.clip(x0, x_min=")
# Where the targets have no function with the source's derivative.
GAPS = {("jax", "tensorflow"): {"fmax", "fmin"}}


def kinked_ops() -> list[str]:
    """The ops whose derivatives at kinks the tables name, and those that agree as they are."""
    hub = load().hub
    return sorted({*(op.name for op in hub.values() if op.kinks), *(op for op in PLAIN if op in hub)})


@pytest.mark.slow
@pytest.mark.parametrize("source, target", PAIRS)
def test_gradients_at_kinks_are_the_sources(source, target):
    pytest.importorskip(source)
    pytest.importorskip(target)
    apart = ACCIDENTS[source] | GAPS.get((source, target), set())
    ops = [op for op in kinked_ops() if op not in apart]
    cases = [case for op in ops for case in conformance.op_cases(op, load(), source, False)]
    found = kinks.outcomes(cases, target)
    assert len(found) > 100
    wrong = [str(outcome) for outcome in found if outcome.verdict == "wrong"]
    wrong = [text for text in wrong if not any(sample in text for sample in OTHERS)]
    assert wrong == []


FUNCTION = "import torch\n\n\ndef f(x):\n    return torch.abs(x).clamp(0, 1)\n"


def converted(text, target="jax"):
    return pipeline.convert_text(text, "torch", target)


def test_code_without_gradients_is_written_with_the_targets_functions():
    found = converted(FUNCTION)
    assert "    return jnp.abs(x).clip(0, 1)\n" in found.code
    assert dict(found.sites)["close"] == 2  # the derivatives are JAX's


def test_code_with_gradients_keeps_the_derivatives():
    found = converted(FUNCTION.replace("import torch\n", "import torch\nfrom torch import nn\n", 1))
    assert "    return clamp(absolute(x), 0, 1)\n" in found.code
    assert "close" not in found.sites


def test_integers_and_numbers_have_no_derivatives():
    text = "import torch\nfrom torch import nn\n\n\ndef f(x, n: int):\n    return torch.abs(x.long()), abs(n)\n"
    assert "    return jnp.abs(x.astype(jnp.int64)), abs(n)\n" in converted(text).code


def test_the_builtin_and_functions_as_values():
    text = "import torch\nfrom torch import nn\n\n\ndef f(x: torch.Tensor):\n    g = torch.abs\n    return g(x) + abs(x)\n"
    assert "    g = absolute\n    return absolute(x) + absolute(x)\n" in converted(text).code


def test_generated_helpers_are_read_back():
    from ivy.s2s.helper_names import helpers_of

    text = "import jax.numpy as jnp\nfrom jax import grad\nfrom jax_helpers import absolute, clamp\n\n\ndef f(x):\n    return clamp(absolute(x + 1), 0, 1)\n"
    assert helpers_of("jax_helpers.clamp") == "jax"
    back = pipeline.convert_text(text, "jax", "torch").code
    assert "    return torch.clamp(abs(x + 1), 0, 1)\n" in back


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_values_of_the_helpers_are_those_of_pytorch(target):
    torch, framework = pytest.importorskip("torch"), pytest.importorskip(target)
    module = pytest.importorskip(f"ivy.templates.{target}.kinks")
    x = np.array([-np.inf, -1, -0.5, 0, 0.5, 1, np.nan, np.inf], np.float32)
    y = x[::-1].copy()
    to = framework.numpy.asarray if target == "jax" else framework.constant
    pairs = {
        "jax": {"absolute": torch.abs, "first_fmax": torch.fmax, "clamp": lambda a: torch.clamp(a, -0.5, 0.5)},
        "tensorflow": {"maximum": torch.maximum, "smooth_logaddexp": torch.logaddexp, "safe_atan2": torch.atan2},
    }[target]
    for name, expected in pairs.items():
        arguments = (x,) if name in ("absolute", "clamp") else (x, y)
        bounds = (-0.5, 0.5) if name == "clamp" else ()
        have = getattr(module, name)(*map(to, arguments), *bounds)
        want = expected(*map(torch.from_numpy, arguments))
        np.testing.assert_allclose(np.asarray(have), want.numpy(), rtol=1e-6, err_msg=name)
