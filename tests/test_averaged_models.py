"""Averaged models, their schedules and statistics of ``torch.optim.swa_utils`` in JAX and TensorFlow."""

import ivy
import numpy as np
import pytest

from .programs import loaded

torch = pytest.importorskip("torch")

SOURCE = '''
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import swa_utils
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn


class Net(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.fc1, self.norm, self.fc2 = nn.Linear(3, width), nn.BatchNorm1d(width), nn.Linear(width, 2)

    def forward(self, x):
        return self.fc2(torch.tanh(self.norm(self.fc1(x))))


def filled(model):
    with torch.no_grad():
        for i, p in enumerate(model.parameters()):
            p.copy_(torch.sin(torch.arange(p.numel()).float() * (i + 1)).reshape(p.shape) * 0.5)
    return model


def batches(n=3):
    return [(torch.cos(torch.arange(15).float() + i).reshape(5, 3), torch.arange(5) % 2) for i in range(n)]


def train(strategy: str, epochs: int, use_buffers: bool):
    model = filled(Net())
    swa_model = AveragedModel(model)
    ema_model = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=use_buffers)
    own = swa_utils.AveragedModel(model, avg_fn=lambda averaged, new, count: 0.8 * averaged + 0.2 * new)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=4)
    swa_scheduler = SWALR(optimizer, swa_lr=0.05, anneal_epochs=epochs, anneal_strategy=strategy)
    losses, rates = [], []
    for epoch in range(7):
        model.train()
        for x, y in batches():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            ema_model.update_parameters(model)
            own.update_parameters(model)
        rates.append(optimizer.param_groups[0]["lr"])
        if epoch > 2:
            swa_model.update_parameters(model)
            swa_scheduler.step()
        else:
            scheduler.step()
    update_bn(batches(2), swa_model)
    found = []
    x = batches()[1][0]
    for averaged in (swa_model, ema_model, own):
        averaged.eval()
        with torch.no_grad():
            found.append(averaged(x))
    return losses, rates, found, swa_model.module.norm.running_var, swa_model.n_averaged.item()
'''


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """The source and its conversions, by framework."""
    folder = tmp_path_factory.mktemp("swa")
    (folder / "swa_source.py").write_text(SOURCE)
    found = {"torch": loaded(folder / "swa_source.py", "swa_source")}
    for target in ("jax", "tensorflow"):
        report = ivy.source_to_source(folder / "swa_source.py", to=target, out=folder / target)
        assert not report.sites["refused"] and not report.errors, report.diagnostics
        found[target] = loaded(folder / target / "swa_source.py", f"swa_{target}")
    return found


@pytest.mark.parametrize(
    "options", [("cos", 2, False), ("linear", 3, True), ("cos", 0, False)], ids=["cos", "linear", "at once"]
)
@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_averages_and_rates(modules, target, options):
    pytest.importorskip(target)
    ours, theirs = modules[target].train(*options), modules["torch"].train(*options)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-5)
    for a, b in zip(ours[2], theirs[2], strict=True):
        np.testing.assert_allclose(np.asarray(a), b.numpy(), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(np.asarray(ours[3]), theirs[3].numpy(), rtol=1e-4)
    assert ours[4] == theirs[4] == 4
