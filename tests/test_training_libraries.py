"""Training code of libraries: their loops and schedules, converted, see PyTorch's losses and learning rates."""

import importlib
import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("flax")

MAKERS = """
import torch


def sgd(params):
    return torch.optim.SGD(params, lr=0.3, momentum=0.9)


def cosine(params):
    optimizer = torch.optim.AdamW(params, lr=0.1)
    return optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 20)
"""


def packages(name, pattern, folder):
    """A package of some files of a library and makers of optimizers, in PyTorch and converted to JAX."""
    from ivy.s2s.api import source_to_source

    spec = importlib.util.find_spec(name)
    if spec is None:
        pytest.skip(f"{name} is not installed")
    source = folder / f"torch_{name}"
    (source / "library").mkdir(parents=True)
    (source / "__init__.py").touch()
    (source / "library/__init__.py").touch()
    (source / "makers.py").write_text(MAKERS)
    for file in Path(spec.origin).parent.glob(pattern):
        shutil.copy(file, source / "library")
    report = source_to_source(source, to="jax", out=folder / f"jax_{name}")
    assert report.exit_code == 0, [str(d) for d in report.diagnostics if d.grade == "refused"]
    sys.path.insert(0, str(folder))
    return f"torch_{name}", f"jax_{name}"


@pytest.fixture(autouse=True)
def path():
    """The import path is what it was after each test."""
    before = list(sys.path)
    yield
    sys.path[:] = before


def part(package, name):
    return importlib.import_module(f"{package}.{name}")


@pytest.mark.slow
def test_the_loop_of_segmentation_models_pytorch(tmp_path):
    pytest.importorskip("tqdm")
    import jax.numpy as jnp
    import optax
    from flax import nnx

    theirs, ours = packages("segmentation_models_pytorch", "utils/[mt]*.py", tmp_path)
    torch.manual_seed(0)
    net, copy = torch.nn.Linear(4, 1), nnx.Linear(4, 1, rngs=nnx.Rngs(0))
    copy.kernel[...], copy.bias[...] = jnp.asarray(net.weight.detach().numpy().T), jnp.asarray(net.bias.detach().numpy())
    wanted = epochs(theirs, net, list(net.parameters()), torch.from_numpy, torch.nn.functional.binary_cross_entropy_with_logits)
    found = epochs(
        ours, copy, [copy.kernel, copy.bias], jnp.asarray, lambda x, y: optax.sigmoid_binary_cross_entropy(x, y).mean()
    )
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert wanted[-1] < wanted[0]


class Loss:
    """A loss as the loop expects it: with a name, and movable."""

    __name__ = "bce"

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        return self.function(*args)

    def to(self, device):
        return self


def epochs(package, net, params, convert, loss):
    """The mean loss of each of three epochs."""
    rng = np.random.default_rng(5)
    inputs = rng.standard_normal((8, 6, 4)).astype(np.float32)
    labels = (inputs.sum(axis=2, keepdims=True) > 0).astype(np.float32)
    data = [(convert(x), convert(y)) for x, y in zip(inputs, labels)]
    optimizer = part(package, "makers").sgd(params)
    epoch = part(package, "library.train").TrainEpoch(net, Loss(loss), [], optimizer, verbose=False)
    return [float(epoch.run(data)["bce"]) for _ in range(3)]


@pytest.mark.slow
def test_the_schedules_of_pytorch_warmup(tmp_path):
    import jax.numpy as jnp
    from flax import nnx

    theirs, ours = packages("pytorch_warmup", "*.py", tmp_path)
    wanted = rates(theirs, [torch.nn.Parameter(torch.zeros(3))])
    np.testing.assert_allclose(rates(ours, [nnx.Param(jnp.zeros(3))]), wanted, rtol=1e-5)
    assert wanted[0] < wanted[9]


def rates(package, params):
    """Learning rates of twenty steps of a cosine with warmup."""
    optimizer, schedule = part(package, "makers").cosine(params)
    warmup = part(package, "library").UntunedLinearWarmup(optimizer)
    found = []
    for _ in range(20):
        if isinstance(optimizer, torch.optim.Optimizer):
            optimizer.step()
        with warmup.dampening():
            schedule.step()
        found.append(optimizer.param_groups[0]["lr"])
    return found
