"""segmentation_models converts whole with the packages it builds on, imports without Keras, and gives the figures."""

import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.slow
PACKAGES = ("segmentation_models", "efficientnet", "classification_models", "keras_applications")
TARGETS = ("torch", "jax", "numpy")
# output and target are two successive draws of one generator.
FIGURES = {
    "metrics.iou_score": 0.333571195602417,
    "metrics.f1_score": 0.5002384,
    "losses.dice_loss": 0.49976158,
    "losses.jaccard_loss": 0.6664288,
    "losses.binary_focal_loss": 0.3060918,
    "losses.categorical_focal_loss": 0.07644174,
}
MORE = (
    "metrics.f2_score",
    "metrics.precision",
    "metrics.recall",
    "metrics.IOUScore(threshold=0.5, per_image=True)",
    "metrics.IOUScore(class_indexes=[0, 5])",
    "losses.binary_crossentropy",
    "losses.categorical_crossentropy",
    "losses.CategoricalCELoss(class_indexes=2)",
    "losses.DiceLoss(class_weights=np.linspace(0, 1, 512, dtype=np.float32))",
    "losses.binary_focal_dice_loss",
    "losses.categorical_focal_jaccard_loss",
)
PROGRAM = textwrap.dedent("""
    import importlib, json, os, sys
    framework, folder, names = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    if folder:
        sys.path.insert(0, folder)
        for name in ("tensorflow", "keras"):
            sys.modules[name] = None
    os.environ["SM_FRAMEWORK"] = "tf.keras"
    import numpy as np
    import segmentation_models as sm
    draw = np.random.default_rng(0)
    given = [draw.random((1, 3, 512, 512), dtype=np.float32) for _ in range(2)]
    make = {
        "tensorflow": lambda: importlib.import_module("tensorflow").constant,
        "torch": lambda: importlib.import_module("torch").from_numpy,
        "jax": lambda: importlib.import_module("jax.numpy").asarray,
        "numpy": lambda: np.asarray,
    }[framework]()
    arrays = [make(array) for array in given]
    space = {"np": np, "metrics": sm.metrics, "losses": sm.losses}
    print(json.dumps({name: float(eval(name, space)(*arrays)) for name in names}))
    """)


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    """A folder with the library and the packages that it builds on."""
    folder = tmp_path_factory.mktemp("segmentation_models") / "source"
    for package in (*PACKAGES, "skimage"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    for package in PACKAGES:
        place = pathlib.Path(importlib.util.find_spec(package).submodule_search_locations[0])
        shutil.copytree(place, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def values(framework, folder, names):
    """What the functions give, in a process of their own."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        PROGRAM,
        framework,
        str(folder),
        json.dumps(names),
    ]
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, env=quiet, timeout=300, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return json.loads(done.stdout.decode().strip().splitlines()[-1])


@pytest.fixture(scope="session")
def references(sources):
    """What the library itself gives."""
    return values("tensorflow", "", list(MORE))


@pytest.mark.parametrize("target", TARGETS)
def test_converted_library_gives_the_figures(target, sources, references, tmp_path):
    out = tmp_path / target
    command = [
        sys.executable,
        "-m",
        "ivy",
        str(sources),
        "--to",
        target,
        "-o",
        str(out),
        "--no-cache",
    ]
    subprocess.run(command, timeout=300, capture_output=True)
    found = values(target, out, [*FIGURES, *MORE])
    assert {name: found[name] for name in FIGURES} == pytest.approx(FIGURES, rel=1e-6)
    assert {name: found[name] for name in MORE} == pytest.approx(references, rel=2e-6)
