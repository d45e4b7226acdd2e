"""Every hub op that PyTorch can spell gives PyTorch's values, shapes and dtypes after conversion."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Compile quickly: each of some thousand small programs runs once.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)
pytest.importorskip("torch")

from . import conformance  # noqa: E402

TARGETS = ("jax", "tensorflow", "numpy")


@pytest.fixture(scope="module")
def matrices():
    """One matrix per target, printed at the end."""
    found = {target: conformance.Matrix(target) for target in TARGETS}
    yield found
    print()
    for matrix in found.values():
        print(matrix)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("topic", conformance.topics())
def test_converted_ops_agree_with_torch(topic, target, matrices):
    pytest.importorskip(target)
    cases = conformance.topic_cases(topic)
    found = conformance.outcomes(cases, target)
    matrices[target].add(found)
    wrong = [str(outcome) for outcome in found if outcome.verdict == "wrong"]
    assert wrong == []
