"""The kornia library converts whole, imports without torch, and its functions give the source's numbers."""

import ast
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from . import kornia_cases

pytestmark = pytest.mark.slow
TARGETS = ("jax", "numpy", "tensorflow")
TOLERANCE = 1e-5
# Calls that raise in a target, and why; none of them gives a number.
_MIXED = "integers meet floats in arrays whose dtypes are not known: TensorFlow raises"
GAPS: dict[str, dict[str, str]] = {
    "jax": {},
    "numpy": {},
    "tensorflow": {
        "enhance.equalize_clahe(f(1, 1, 16, 16), 20.0, (2, 2))": _MIXED,
        'losses.binary_focal_loss_with_logits(f(2, 1, 4), i(2, 2, 1, 4), 0.25, 2.0, "mean")': _MIXED,
        "losses.tversky_loss(f(2, 3, 4, 5), i(3, 2, 4, 5), 0.4, 0.6)": _MIXED,
    },
}


def environment():
    """The environment of a subprocess: quiet, on the CPU."""
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}


def evaluate(framework, folder, output):
    """Run all cases in a process of their own; their arrays and what they raised."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        kornia_cases.__file__,
        framework,
        str(folder),
        str(output),
    ]
    done = subprocess.run(command, env=environment(), timeout=600, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return np.load(f"{output}.npz"), json.loads(pathlib.Path(f"{output}.json").read_text())


@pytest.fixture(scope="session")
def references(tmp_path_factory):
    """What the real library gives."""
    if importlib.util.find_spec("kornia") is None:
        pytest.skip("kornia is not installed")
    arrays, errors = evaluate("torch", "", tmp_path_factory.mktemp("kornia") / "torch")
    assert not errors
    return arrays


@pytest.fixture(scope="session")
def converted(tmp_path_factory):
    """A function that gives the folder of kornia converted to a target; each target is converted once."""
    from ivy.s2s.api import source_to_source

    found = importlib.util.find_spec("kornia")
    if found is None:
        pytest.skip("kornia is not installed")
    done = {}

    def convert(target):
        if target not in done:
            folder = tmp_path_factory.mktemp(target)
            report = source_to_source(
                pathlib.Path(found.origin).parent, to=target, out=folder / "kornia"
            )
            assert not report.errors
            done[target] = folder
        return done[target]

    return convert


@pytest.fixture(scope="session")
def evaluated(converted, tmp_path_factory):
    """A function that gives the arrays and errors of all cases in a target, evaluated once."""
    done = {}

    def outcomes(target):
        if target not in done:
            done[target] = evaluate(
                target, converted(target), tmp_path_factory.mktemp("out") / target
            )
        return done[target]

    return outcomes


@pytest.mark.parametrize("target", TARGETS)
def test_every_file_parses(converted, target):
    for path in converted(target).rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("target", TARGETS)
def test_every_module_imports_without_torch(converted, target):
    command = [
        sys.executable,
        "-W",
        "ignore",
        kornia_cases.__file__,
        "import",
        str(converted(target)),
        "",
    ]
    done = subprocess.run(command, env=environment(), timeout=300, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


@pytest.mark.parametrize("target", TARGETS)
def test_functions_agree(evaluated, references, target):
    arrays, errors = evaluated(target)
    rows = {
        case: errors.get(case) or difference(case, references, arrays)
        for case in kornia_cases.CASES
    }
    for case, result in rows.items():
        shown = result if isinstance(result, float) else str(result).splitlines()[0]
        print(f"{target:11} {case:70} {shown}")
    wrong = {case: result for case, result in rows.items() if not agrees(result)}
    assert {case: str(result) for case, result in wrong.items() if case not in GAPS[target]} == {}
    assert all(case in errors for case in wrong)


def difference(case, references, arrays):
    """The largest difference relative to the largest value (at least 1), or what does not fit."""
    ours, theirs = kornia_cases.results(case, arrays), kornia_cases.results(case, references)
    if len(ours) != len(theirs):
        return f"{len(ours)} results instead of {len(theirs)}"
    largest = 0.0
    for a, b in zip(ours, theirs, strict=True):
        if a.shape != b.shape or not np.array_equal(np.isnan(a), np.isnan(b)):
            return f"shape or NaN: {a.shape} instead of {b.shape}"
        a, b = (np.nan_to_num(array.astype(np.float64)) for array in (a, b))
        scale = max(1.0, float(np.abs(b).max(initial=0.0)))
        largest = max(largest, float(np.abs(a - b).max(initial=0.0)) / scale)
    return largest


def agrees(result):
    """Whether a row of the table is a difference within the tolerance."""
    return isinstance(result, float) and result <= TOLERANCE


@pytest.mark.parametrize("target", TARGETS)
def test_sharpness_has_the_known_values(evaluated, target):
    arrays, _ = evaluated(target)
    sharp, soft = (kornia_cases.results(case, arrays)[0] for case in kornia_cases.SHARPNESS)
    assert sharp.mean(dtype=np.float64) == pytest.approx(0.4997909665, abs=1e-6)
    assert sharp[0, 0, 1, 1:4] == pytest.approx([0.4626057, 0.0, 0.0716941], abs=1e-6)
    assert soft.mean(dtype=np.float64) == pytest.approx(0.4991162, abs=1e-6)
