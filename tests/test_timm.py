"""The timm library converts whole, and its models give PyTorch's numbers with the same weights."""

import ast
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import pytest

from . import timm_cases

pytestmark = pytest.mark.slow
TARGETS = ("jax", "haiku", "tensorflow", "numpy")
CASES = [
    (target, model)
    for target in TARGETS
    for model in (timm_cases.NUMPY_MODELS if target == "numpy" else timm_cases.MODELS)
]


def environment():
    """The environment of a subprocess: quiet, on the CPU."""
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}


@pytest.fixture(scope="session")
def references(tmp_path_factory):
    """The outputs of real timm, computed once in a process that has torch alone."""
    pytest.importorskip("torch")
    if importlib.util.find_spec("timm") is None:
        pytest.skip("timm is not installed")
    path = tmp_path_factory.mktemp("timm") / "references.npz"
    code = f"import timm_cases as c; c.references({str(path)!r}, [*c.MODELS])"
    folder = pathlib.Path(timm_cases.__file__).parent
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder, env=environment(), timeout=900)
    return path


@pytest.fixture(scope="session")
def converted(tmp_path_factory):
    """A function that gives the folder of timm converted to a target; each target is converted once."""
    from ivy.s2s.api import source_to_source

    found = importlib.util.find_spec("timm")
    if found is None:
        pytest.skip("timm is not installed")
    source = pathlib.Path(found.origin).parent
    done = {}

    def convert(target):
        if target not in done:
            folder = tmp_path_factory.mktemp(target)
            report = source_to_source(source, to=target, out=folder / "timm")
            assert not report.errors
            done[target] = folder
        return done[target]

    return convert


@pytest.mark.parametrize("target", TARGETS)
def test_every_file_parses(converted, target):
    for path in converted(target).rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("target", TARGETS)
def test_imports_without_torch(converted, target):
    code = (
        f"import sys, timm_cases; sys.meta_path.insert(0, timm_cases.BlockTorch());"
        f" sys.path.insert(0, {str(converted(target))!r}); import timm; assert timm.list_models()"
    )
    folder = pathlib.Path(timm_cases.__file__).parent
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment(), timeout=300, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


@pytest.mark.parametrize("target, model", CASES)
def test_same_numbers(converted, references, target, model):
    command = [sys.executable, timm_cases.__file__, target, str(converted(target)), str(references), model]
    done = subprocess.run(command, env=environment(), timeout=600, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result.get("difference", 1) < timm_cases.TOLERANCE, result
