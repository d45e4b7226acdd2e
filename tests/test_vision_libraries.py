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

ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
LIVE = """
import sys, torch, ivy
kept = torch.library.Library("torchvision", "DEF")
for op in ("nms", "qnms"):
    kept.define(f"{op}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import numpy as np, segmentation_models_pytorch as smp
target = sys.argv[1]
if target == "jax":
    from jax.numpy import asarray as native
else:
    from tensorflow import constant as native
torch.manual_seed(0)
model = smp.Unet("resnet18", encoder_weights=None, classes=3).eval()
image = np.random.default_rng(0).normal(size=(2, 3, 64, 64)).astype(np.float32)
expected = model(torch.from_numpy(image)).detach().numpy()
found = np.asarray(ivy.transpile(model, to=target)(native(image)))
np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)
library = ivy.transpile(smp, source="torch", to=target)
mask = (image[:, :1] > 0).astype(np.float32)
loss = smp.losses.DiceLoss("binary")(torch.from_numpy(image[:, 1:2]), torch.from_numpy(mask))
found = library.losses.DiceLoss("binary")(native(image[:, 1:2]), native(mask))
assert abs(float(found) - float(loss)) < 1e-5
"""


def program(*arguments):
    """The last line that the program of the cases prints, in a process of its own."""
    command = [sys.executable, cases.__file__, *map(str, arguments)]
    done = subprocess.run(command, env=ENVIRONMENT, timeout=1800, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().rpartition("\n")[2]


@pytest.fixture(scope="session")
def references(tmp_path_factory):
    """State and outputs of the real libraries."""
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


@pytest.mark.slow
@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_converted_models_give_the_same_numbers(target, references, sources, tmp_path):
    out = tmp_path / "converted"
    command = [pathlib.Path(sys.executable).with_name("ivy-s2s"), sources, "--to", target, "-o", out, "--no-cache"]
    done = subprocess.run(command, env=ENVIRONMENT, timeout=1800, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr[-2000:]  # 1: something was refused
    found = json.loads(program(target, references, out))
    assert found.keys() == {"Unet", "FPN", "DeepLabV3Plus", "CLIP"}
    assert all(error < 1e-4 for error in found.values()), found  # false for NaN


@pytest.mark.long
@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_live_models_and_library(target, tmp_path):
    command = [sys.executable, "-c", LIVE, target]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, timeout=1800, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
