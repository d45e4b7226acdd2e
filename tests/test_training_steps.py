"""Converted training steps of many forms see the losses of PyTorch, step by step."""

import importlib.util
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from . import training_steps_source as source  # noqa: E402

TARGETS = {"jax": "flax", "tensorflow": "keras"}
NAMES = [step.__name__ for step in source.STEPS]


def batches():
    rng = np.random.default_rng(3)
    return [(rng.standard_normal((8, 4)).astype(np.float32), rng.integers(0, 3, 8)) for _ in range(6)]


def states():
    """The weights of the two models."""
    found = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        found.append({name: value.numpy().copy() for name, value in source.Net().state_dict().items()})
    return found


def losses(module, name, convert, load):
    models = [load(module.Net(), state) for state in states()]
    return getattr(module, name)(*models, [tuple(map(convert, batch)) for batch in batches()])


def load_torch(model, state):
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in state.items()})
    return model


@pytest.fixture(scope="module", params=TARGETS)
def converted(request, tmp_path_factory):
    """The converted file as a module, and what makes its arrays."""
    pytest.importorskip(TARGETS[request.param])
    from ivy.s2s.api import source_to_source

    folder = tmp_path_factory.mktemp(request.param)
    report = source_to_source(source.__file__, to=request.param, out=folder / f"steps_in_{request.param}.py")
    assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
    sys.modules.pop(f"{request.param}_helpers", None)  # of another file
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location(f"steps_in_{request.param}", folder / f"steps_in_{request.param}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module, importlib.import_module({"jax": "jax.numpy", "tensorflow": "tensorflow"}[request.param])
    sys.path.remove(str(folder))
    sys.modules.pop(f"{request.param}_helpers", None)


def load_weights(model, state):
    import ivy

    ivy.load_weights(model, state)
    return model


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_losses_are_those_of_torch(name, converted):
    module, arrays = converted
    convert = arrays.asarray if hasattr(arrays, "asarray") else arrays.convert_to_tensor
    wanted = losses(source, name, torch.from_numpy, load_torch)
    found = losses(module, name, convert, load_weights)
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    assert np.ptp(wanted) > 1e-2
