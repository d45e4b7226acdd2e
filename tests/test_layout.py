"""``--layout native``: models take images with channels last and give PyTorch's numbers; what cannot be proven stays."""

import importlib
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

torch = pytest.importorskip("torch")

from ivy.cli import main  # noqa: E402
from ivy.s2s.api import source_to_source  # noqa: E402

HERE = pathlib.Path(__file__).parent
SOURCE = HERE / "layout_source.py"
RUN = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import ivy, layout_source as made
target, file = sys.argv[2:]
data = np.load(file)
names = sorted({key.split("|")[0] for key in data.files})
for name in names:
    model = getattr(made, name)()
    state = {key.split("|")[2]: data[key] for key in data.files if key.startswith(name + "|state|")}
    ivy.load_weights(model, state)
    x, wanted = data[name + "|x"], data[name + "|y"]
    if target == "jax":
        import jax
        from flax import nnx
        model.eval()
        found = np.asarray(nnx.jit(lambda m, x: m(x))(model, jax.numpy.asarray(x)))
    else:
        import tensorflow as tf
        found = tf.function(lambda x: model(x, training=False))(tf.constant(x)).numpy()
    assert found.shape == wanted.shape, (name, found.shape, wanted.shape)
    error = float(abs(found - wanted).max())
    assert error < 1e-4, (name, error)
    print(name, error)
"""


def channels_last(x):
    """An image (N, C, ...) as (N, ..., C); other arrays as they are."""
    return np.moveaxis(x, 1, -1).copy() if x.ndim > 2 else x


@pytest.fixture(scope="module")
def references(tmp_path_factory):
    """Weights, inputs and outputs of PyTorch's models; images have channels last."""
    sys.path.insert(0, str(HERE))
    source = importlib.import_module("layout_source")
    sys.path.remove(str(HERE))
    found = {}
    for name, shape in source.MODELS.items():
        torch.manual_seed(0)
        model = getattr(source, name)().eval()
        for key, value in model.state_dict().items():
            if value.is_floating_point() and value.ndim == 1:
                value.copy_(torch.rand(value.shape) + 0.5)
            found[f"{name}|state|{key}"] = value.numpy()
        x = torch.randn(shape)
        with torch.no_grad():
            y = model(x)
        found[f"{name}|x"], found[f"{name}|y"] = channels_last(x.numpy()), channels_last(y.numpy())
    path = tmp_path_factory.mktemp("layout") / "references.npz"
    np.savez(path, **found)
    return path


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_models_take_images_with_channels_last(target, references, tmp_path):
    pytest.importorskip(target)
    report = source_to_source(SOURCE, to=target, out=tmp_path / "layout_source.py", layout="native")
    assert not report.errors and not report.sites["refused"]
    left = [str(outcome) for outcome in report.layouts if not outcome.native]
    assert left == []
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", RUN, str(tmp_path), target, str(references)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout
