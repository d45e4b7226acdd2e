"""Scripts of PyTorch: names of module code, modes of models, gradients that other functions kept, data of arrays."""

import subprocess
import sys

import numpy as np
import pytest
from ivy.s2s.pipeline import convert_text

from .converted_text import converted

torch = pytest.importorskip("torch")

TARGETS = ("jax", "tensorflow")
KEPT = '''import torch
import torch.nn as nn


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)
        self.saved = []

    def forward(self, x):
        return torch.log_softmax(self.layer(x), dim=-1)


policy = Policy()
optimizer = torch.optim.SGD(policy.parameters(), lr=0.1)


def act(state):
    out = policy(state)
    policy.saved.append(out[0]DETACHED)
    return out


def finish(rewards):
    losses = []
    for log_prob, reward in zip(policy.saved, rewards):
        losses.append(-log_prob * reward)
    optimizer.zero_grad()
    loss = torch.stack(losses).sum() + policy.layer.weight.pow(2).sum()
    loss.backward()
    optimizer.step()
'''


@pytest.mark.parametrize("target", TARGETS)
def test_losses_of_values_that_another_function_kept_are_refused(target):
    refused = [d for d in convert_text(KEPT.replace("DETACHED", ""), "torch", target).diagnostics if d.code == "S2S100"]
    assert [d.message.count("'act' computed of parameters") for d in refused] == [1]
    held = convert_text(KEPT.replace("DETACHED", ".detach()"), "torch", target)
    assert [d for d in held.diagnostics if d.code == "S2S100"] == []


TOP = '''import numpy as np
import torch

if __name__ != "":
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    counts = torch.zeros((2, 3) + (2,)).to(device)
    for step in range(2):
        counts[step] = step + 1.0
        counts[step][1][0] += 5
    host = counts.numpy()
    rows = [row.shape for row in host]
    target = (lambda: torch.tensor([1.0, 2.0]))()
    equal = torch.tensor([1.0, 3.0]).eq(target.data).sum()
    total = host.reshape(-1).tolist()
'''


@pytest.mark.parametrize("target", TARGETS)
def test_module_code_knows_what_its_names_are(target):
    expected: dict = {}
    exec(TOP, expected)  # noqa: S102
    module = converted(TOP, "torch", target)
    for name in ("counts", "host", "rows", "equal", "total"):
        np.testing.assert_allclose(np.asarray(getattr(module, name)), np.asarray(expected[name]))
    assert "host.reshape(-1).tolist()" in convert_text(TOP, "torch", target).code


MODES = '''import torch
import torch.nn as nn


def main(x):
    net = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    other = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3))
    other.eval()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
    optimizer.zero_grad()
    loss = net(x).sum()
    loss.backward()
    optimizer.step()
    return net(x), other(x)
'''


@pytest.mark.parametrize("target", TARGETS)
def test_models_that_are_made_train_until_they_are_told(target):
    module = converted(MODES, "torch", target)
    x = np.linspace(-2, 7, 12, dtype=np.float32).reshape(4, 3)
    arrays = {"jax": ("jax.numpy", "asarray"), "tensorflow": ("tensorflow", "constant")}[target]
    trained, inferred = module.main(getattr(__import__(arrays[0], fromlist=["x"]), arrays[1])(x))
    assert abs(np.asarray(trained).mean(axis=0)).max() < 1e-5 < abs(np.asarray(inferred).mean(axis=0)).max()


def test_names_of_star_imports_are_not_those_of_helpers(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "utils.py").write_text("class LambdaLR:\n    def step(self, epoch):\n        return 0.5\n")
    (tmp_path / "own" / "main.py").write_text(
        "import torch\nimport torch.nn as nn\nfrom utils import *\n\n"
        "net = nn.Linear(2, 2).to('cpu')\nnet.apply(print)\noptimizer = torch.optim.SGD(net.parameters(), lr=1.0)\n"
        "scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lr_lambda=LambdaLR().step)\nscheduler.step()\n"
        "print('rate', scheduler.get_last_lr())\n"
    )
    command = [sys.executable, "-m", "ivy", str(tmp_path / "own"), "--to", "jax", "-o", str(tmp_path / "made")]
    assert subprocess.run(command, capture_output=True).returncode == 0
    done = subprocess.run([sys.executable, "main.py"], cwd=tmp_path / "made", capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "rate [0.5]", done.stderr
