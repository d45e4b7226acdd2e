"""A training repository converted as a whole runs, and its losses follow the source's step by step."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "fixtures/classifier"
TARGETS = {"jax": "flax", "tensorflow": "keras"}
ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "PYTHONDONTWRITEBYTECODE": "1"}


def run(framework, folder, out, *arguments):
    """Train in a process of its own; the losses and the trained state."""
    command = [sys.executable, ROOT / "tests/training_runs.py", framework, folder, out.parent / "state.npz", out, *arguments]
    done = subprocess.run(list(map(str, command)), env=ENVIRONMENT, cwd=out.parent, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    return np.load(out)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    return folder, run("torch", SOURCE, folder / "torch.npz")


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_losses_follow_the_source(target, trained):
    pytest.importorskip(TARGETS[target])
    from ivy.s2s.api import source_to_source

    folder, wanted = trained
    report = source_to_source(SOURCE, to=target, out=folder / f"converted_{target}")
    assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
    found = run(target, folder / f"converted_{target}", folder / f"{target}.npz")
    assert len(wanted["losses"]) == 50
    assert wanted["losses"][-5:].mean() < 0.8 * wanted["losses"][:5].mean(), "the source must learn"
    np.testing.assert_allclose(found["losses"], wanted["losses"], atol=1e-3)
    np.testing.assert_allclose(found["resumed"], wanted["resumed"], atol=1e-3)
    for name in wanted.files:
        np.testing.assert_allclose(found[name], wanted[name], atol=5e-3, err_msg=name)
