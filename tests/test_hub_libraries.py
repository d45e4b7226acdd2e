"""Libraries converted to ``ivy`` give the source's numbers under every backend."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from ivy.s2s.tables import FRAMEWORKS

from . import hub_cases, kornia_cases, test_kornia, test_rax

pytestmark = pytest.mark.slow


def evaluated(library: str, backend: str, folder: Path, *paths: Path) -> None:
    """Run the cases of a converted library in a process of their own."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    command = [sys.executable, "-W", "ignore", hub_cases.__file__, library, backend, str(folder), *map(str, paths)]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, env=quiet, timeout=900, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """A function that gives the folder of a library converted to ``ivy``, converted once."""
    from ivy.s2s.api import source_to_source

    done: dict[str, Path] = {}

    def convert(library):
        if library not in done:
            found = importlib.util.find_spec(library)
            if found is None:
                pytest.skip(f"{library} is not installed")
            folder = tmp_path_factory.mktemp(f"{library}_ivy")
            source = Path(found.origin).parent
            report = source_to_source(source, to="ivy", out=folder / library, exclude=["*_test.py"])
            assert not report.errors
            done[library] = folder
        return done[library]

    return convert


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_rax_gives_the_numbers_of_jax(converted, backend, tmp_path):
    work = [*test_rax.jobs(), *test_rax.key_jobs()]
    jobs, results = tmp_path / "jobs.pickle", tmp_path / "results.pickle"
    jobs.write_bytes(pickle.dumps(work))
    evaluated("rax", backend, converted("rax"), jobs, results)
    wrong = test_rax.differences(work, pickle.loads(results.read_bytes()))
    functions = {name for name, *_ in work}
    print(f"rax under {backend:11} {len(functions)} functions, {len(work)} calls, {len(wrong)} wrong")
    assert wrong == []


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    """What the real kornia gives."""
    if importlib.util.find_spec("kornia") is None:
        pytest.skip("kornia is not installed")
    return test_kornia.evaluate("torch", "", tmp_path_factory.mktemp("kornia") / "torch")[0]


@pytest.mark.parametrize("backend", FRAMEWORKS)
def test_kornia_gives_the_numbers_of_torch(converted, references, backend, tmp_path):
    evaluated("kornia", backend, converted("kornia"), tmp_path / "out")
    arrays, errors = np.load(tmp_path / "out.npz"), json.loads((tmp_path / "out.json").read_text())
    rows = {case: test_kornia.difference(case, references, arrays) for case in kornia_cases.CASES if case not in errors}
    wrong = {case: found for case, found in rows.items() if not test_kornia.agrees(found)}
    functions = {case.split("(")[0] for case in rows.keys() - wrong.keys()}
    print(
        f"kornia under {backend:11} {len(functions)} functions, {len(rows) - len(wrong)} calls agree, "
        f"{len(wrong)} wrong, {len(errors)} raise"
    )
    assert wrong == {}
    assert len(functions) >= 50
