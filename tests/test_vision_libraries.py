"""segmentation_models_pytorch and open_clip convert whole, with what they build on, and give PyTorch's numbers."""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from . import vision_library_cases as cases

pytestmark = pytest.mark.slow
ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
LIVE = """
import torch, ivy
kept = torch.library.Library("torchvision", "DEF")
for op in ("nms", "qnms"):
    kept.define(f"{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import numpy as np, segmentation_models_pytorch as smp
import jax.numpy as jnp
torch.manual_seed(0)
model = smp.Unet("resnet18", encoder_weights=None, classes=3).eval()
image = np.random.default_rng(0).normal(size=(2, 3, 64, 64)).astype(np.float32)
expected = model(torch.from_numpy(image)).detach().numpy()
found = ivy.transpile(model, to="jax")(jnp.asarray(image))
assert np.abs(np.asarray(found) - expected).max() < 1e-4 * np.abs(expected).max()
library = ivy.transpile(smp, source="torch", to="jax")
target = (image[:, :1] > 0).astype(np.float32)
loss = smp.losses.DiceLoss("binary")(torch.from_numpy(image[:, 1:2]), torch.from_numpy(target))
found = library.losses.DiceLoss("binary")(jnp.asarray(image[:, 1:2]), jnp.asarray(target))
assert abs(float(found) - float(loss)) < 1e-5
"""


def program(*arguments):
    """The last line that the program of the cases prints, in a process of its own."""
    command = [sys.executable, cases.__file__, *map(str, arguments)]
    done = subprocess.run(command, env=ENVIRONMENT, timeout=900, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().rpartition("\n")[2]


@pytest.fixture(scope="session")
def references(tmp_path_factory):
    """State and outputs of the real libraries."""
    for package in cases.PACKAGES:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    path = tmp_path_factory.mktemp("vision") / "references.npz"
    program("torch", path)
    return path


@pytest.fixture(scope="session")
def sources(references, tmp_path_factory):
    """The libraries and what they build on, in one folder."""
    folder = tmp_path_factory.mktemp("sources")
    for package in cases.PACKAGES:
        place = pathlib.Path(importlib.util.find_spec(package).submodule_search_locations[0])
        shutil.copytree(place, folder / package, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    return folder


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_converted_models_give_the_same_numbers(target, references, sources, tmp_path):
    command = [sys.executable, "-m", "ivy", sources, "--to", target, "-o", tmp_path / "converted"]
    done = subprocess.run(list(map(str, command)), env=ENVIRONMENT, timeout=900, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr[-2000:]  # 1: some calls are refused
    found = json.loads(program(target, references, tmp_path / "converted"))
    assert found.keys() == {"Unet", "FPN", "DeepLabV3Plus", "CLIP"}
    assert all(error < 1e-4 for error in found.values()), found  # false for NaN


def test_live_models_and_library(references):
    folder = pathlib.Path(cases.__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", LIVE], cwd=folder, env=ENVIRONMENT, timeout=900, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
