"""Every hub op that a framework can spell gives that framework's values, shapes and dtypes in every other one."""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Compile quickly: each of some thousand small programs runs once.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)

from . import conformance  # noqa: E402

PAIRS = [(s, t) for s in conformance.SOURCES for t in conformance.SOURCES if s != t]


@pytest.fixture(scope="module")
def matrices():
    """One matrix per pair, printed at the end."""
    found: dict[tuple[str, str], conformance.Matrix] = {}
    yield found
    print()
    for matrix in found.values():
        print(matrix)


def compare(topic, source, target, every, matrices):
    pytest.importorskip(source)
    pytest.importorskip(target)
    cases = conformance.topic_cases(topic, source, every)
    found = conformance.outcomes(cases, target)
    matrix = matrices.setdefault((source, target), conformance.Matrix(source, target))
    matrix.add(found)
    wrong = [str(outcome) for outcome in found if outcome.verdict == "wrong"]
    assert wrong == []


@pytest.mark.parametrize("source, target", PAIRS)
@pytest.mark.parametrize("topic", conformance.topics())
def test_converted_ops_agree_with_the_source(topic, source, target, matrices):
    compare(topic, source, target, False, matrices)


@pytest.mark.slow
@pytest.mark.parametrize("source, target", PAIRS)
@pytest.mark.parametrize("topic", conformance.topics())
def test_every_spelling_agrees_with_the_source(topic, source, target, matrices):
    compare(topic, source, target, True, matrices)
