"""The packages and files in `fixtures/` give the same numbers in every target as in PyTorch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("tinyvit", "losses.py", "lstm_tagger.py")
TARGETS = {"jax": "flax", "tensorflow": "keras", "numpy": "numpy", "haiku": "haiku"}


def environment():
    """The environment of a subprocess: quiet, on the CPU, without the repository on the path."""
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "PYTHONDONTWRITEBYTECODE": "1"}


def run_cases(framework, folder, out, *state):
    """Run `fixture_cases.py` in a process of its own."""
    command = [sys.executable, str(ROOT / "tests/fixture_cases.py"), framework, str(folder), str(out), *map(str, state)]
    done = subprocess.run(command, env=environment(), cwd=out.parent, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return np.load(out)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    pytest.importorskip("torch")
    folder = tmp_path_factory.mktemp("torch")
    return run_cases("torch", ROOT / "fixtures", folder / "out.npz"), folder / "state.npz"


@pytest.mark.parametrize("target", TARGETS)
def test_same_numbers(target, expected, tmp_path):
    pytest.importorskip(TARGETS[target])
    from ivy.s2s.api import source_to_source

    for name in SOURCES:
        report = source_to_source(ROOT / "fixtures" / name, to=target, out=tmp_path / "converted" / name)
        assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
    wanted, state = expected
    found = run_cases(target, tmp_path / "converted", tmp_path / "out.npz", state)
    assert sorted(found.files) == sorted(wanted.files)
    wrong = []
    for name in wanted.files:
        try:
            if wanted[name].dtype.kind == "f":
                np.testing.assert_allclose(found[name], wanted[name], rtol=2e-4, atol=2e-5)
            else:
                np.testing.assert_array_equal(found[name], wanted[name])
        except AssertionError as error:
            wrong.append(f"{name}: {error}")
    assert not wrong, "\n".join(wrong)
