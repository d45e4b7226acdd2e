"""Repositories of PyTorch in NumPy: models in several files, their weights, and training code beside them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from ivy.s2s.api import source_to_source
from ivy.s2s.pipeline import convert_text

from .converted_text import converted
from .programs import forget_helpers

torch = pytest.importorskip("torch")

PARTS = '''import torch
import torch.nn as nn
import torch.nn.functional as F


class Stage(nn.Module):
    """Two layers and what they gave last."""

    def __init__(self, size):
        super().__init__()
        self.inner = nn.Linear(size, size)
        self.mean = nn.Buffer(torch.ones(size))
        self.steps = torch.arange(size) / 2
        self.shift = nn.Parameter(torch.zeros(size)) if size > 2 else torch.zeros(size)
        self.last = None
        for parameter in self.inner.parameters():
            parameter.requires_grad = False

    def forward(self, x):
        self.last = F.relu(self.inner(x) - self.mean) * self.steps + self.shift
        return self.last
'''
MODEL = '''from parts import *


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList([Stage(3), Stage(3)])

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return x


def sizes(net):
    return sum(p.numel() for p in net.parameters()), [name for name, _ in net.named_buffers()]


def make():
    return Net()


def restored(state):
    net = Net()
    net.load_state_dict({name: torch.as_tensor(value) for name, value in state.items()})
    return net.eval()


def names():
    return list(make().state_dict())
'''
TRAIN = '''import torch
from model import Net


def fit(batches):
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    for x, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(net(x), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    return net
'''
RUN = """import sys
import numpy as np
import model, train

net = model.restored(dict(np.load("weights.npz")))
before = model.sizes(net)
y = net(np.load("x.npy"))
np.save("y.npy", y)
assert before == model.sizes(net) == (30, ["stages.0.mean", "stages.1.mean"]), model.sizes(net)
assert model.names() == list(np.load("weights.npz"))
assert not {"torch", "jax", "tensorflow"} & set(sys.modules)
try:
    train.fit([])
except NotImplementedError as error:
    print(error)
"""


def test_a_repository_infers_without_its_framework_and_refuses_to_train(tmp_path, monkeypatch):
    """The names of ``from parts import *`` are known, and arrays that are no state are none in NumPy."""
    repository, out = tmp_path / "repository", tmp_path / "out"
    repository.mkdir()
    for name, text in (("parts", PARTS), ("model", MODEL), ("train", TRAIN)):
        (repository / f"{name}.py").write_text(text)
    report = source_to_source(repository, to="numpy", out=out)
    reason = "NumPy computes no gradients: train the model where it was written, and load its weights"
    refused = [(d.path, d.line, d.message) for d in report.diagnostics if d.code == "S2S100"]
    assert refused == [("train.py", line, reason) for line in (7, 11, 12)]

    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(repository))
        forget_helpers()
        torch.manual_seed(0)
        import model

        net = model.make()
        x = torch.randn(4, 3)
        expected = net(x)
        np.savez(out / "weights.npz", **{name: value.numpy() for name, value in net.state_dict().items()})
        assert model.sizes(net) == (30, ["stages.0.mean", "stages.1.mean"])
    for name in ("model", "parts"):
        sys.modules.pop(name)
    np.save(out / "x.npy", x.numpy())
    (out / "run.py").write_text(RUN)
    done = subprocess.run([sys.executable, "run.py"], cwd=out, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"torch.optim.Adam was not converted: {reason}\n"
    np.testing.assert_allclose(np.load(out / "y.npy"), expected.detach().numpy(), rtol=1e-5, atol=1e-6)


def _lines(text: str) -> list[str]:
    """The lines of a converted function."""
    result = convert_text(f"import numpy as np\nimport torch\n\n\n{text}", "torch", "numpy")
    assert result.code is not None
    return result.code[result.code.index("def ") :].splitlines()


def test_freezing_moving_and_gradient_marks_leave_nothing():
    text = """def prepare(net, x, device, size):
    if device == "cuda":
        x = x.to(device, non_blocking=True)
    else:
        x = x.to(device)
    for p in net.parameters():
        p.requires_grad_(False)
    x = x.detach().requires_grad_(True)
    return net(x.view(size, -1))
"""
    assert _lines(text) == ["def prepare(net, x, device, size):", "    return net(x.reshape(size, -1))"]


def test_lists_of_known_numbers_are_arrays_without_a_helper():
    text = """def f(items, array):
    a = torch.tensor([1, 2, 3])
    b = torch.tensor([[0.5, 1], [2, 3]])
    return a, b, torch.tensor([len(i) for i in items]), torch.from_numpy(np.asarray(array)).float()
"""
    assert _lines(text) == [
        "def f(items, array):",
        "    a = np.array([1, 2, 3])",
        "    b = np.array([[0.5, 1], [2, 3]], dtype=np.float32)",
        "    return a, b, np.array([len(i) for i in items]), np.asarray(array).astype(np.float32)",
    ]


def test_what_becomes_of_a_result_shows_a_tensor():
    """Beside NumPy ``max(1)`` may be that of an array, where nothing around it shows that it is none."""
    text = """def f(net, output, labels, rows):
    _, first = output.max(1)
    second = rows.max(1)[1].eq(labels)
    return first, second, net.run(1).max(1).indices, net.run(2).sort(1, True)[0], PLAIN
"""
    lines = _lines(text.replace("PLAIN", "0"))
    assert [line for line in lines if "not_converted" in line] == []
    result = convert_text(f"import numpy as np\nimport torch\n\n\n{text.replace('PLAIN', 'net.run(3).max(1)[0]')}", "torch", "numpy")
    assert [d.code for d in result.diagnostics if d.code == "S2S100"] == ["S2S100"]


def test_trainable_parameters_are_counted():
    text = """import torch
from torch import nn


def count():
    net = nn.Linear(3, 4)
    return sum(p.numel() for p in net.parameters() if p.requires_grad)
"""
    result = convert_text(text, "torch", "numpy")
    assert [d.grade for d in result.diagnostics] == ["approximate"]
    assert "requires_grad" in result.helpers


LOSSES = """import jax
import jax.numpy as jnp
import optax


def losses(logits, labels, probs, targets):
    return (
        optax.softmax_cross_entropy_with_integer_labels(logits, labels),
        optax.softmax_cross_entropy(logits, probs),
        optax.sigmoid_binary_cross_entropy(logits, probs),
        optax.sigmoid_focal_loss(logits, probs, alpha=0.25),
        optax.l2_loss(logits, targets),
        optax.squared_error(logits, targets),
        optax.huber_loss(logits, targets, delta=0.5),
        optax.log_cosh(logits, targets),
        optax.cosine_similarity(logits, targets),
        optax.cosine_distance(logits, targets, epsilon=1e-3),
        optax.hinge_loss(logits, jnp.sign(targets)),
        optax.smooth_labels(probs, 0.1),
        optax.kl_divergence(jax.nn.log_softmax(logits), probs),
        jax.lax.complex(logits, targets),
    )
"""


def test_losses_of_optax():
    pytest.importorskip("optax")
    logits = np.sin(np.arange(12.0, dtype=np.float32)).reshape(3, 4)
    args = logits, np.array([1, 0, 3]), np.eye(4, dtype=np.float32)[[1, 0, 3]], np.cos(logits)
    space: dict = {}
    exec(LOSSES, space)  # noqa: S102
    expected, found = space["losses"](*args), converted(LOSSES, "jax", "numpy").losses(*args)
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6, err_msg=f"loss {i}")
        assert a.dtype == b.dtype, i


@pytest.mark.parametrize("target", ["numpy", "jax", "tensorflow"])
def test_classes_of_a_star_import_are_modules(tmp_path, target):
    """Through two files: ``call`` of the model becomes what the target calls."""
    (tmp_path / "repository").mkdir()
    for name, text in (("base", PARTS), ("parts", "from base import *\n"), ("model", MODEL)):
        (tmp_path / "repository" / f"{name}.py").write_text(text)
    report = source_to_source(tmp_path / "repository", to=target, out=tmp_path / "out")
    assert [str(d) for d in report.diagnostics if d.grade == "refused"] == []
    assert "def forward" not in (tmp_path / "out" / "model.py").read_text() or target == "tensorflow"
