"""Pieces of training scripts that are written often: their numbers are those of torch."""


import numpy as np
import pytest

torch = pytest.importorskip("torch")

from .torch_cases import converted_cases, numbers_of  # noqa: E402

TEXT = '''"""Pieces of scripts."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Swapped(nn.Module):
    def __init__(self, *axes):
        super().__init__()
        self.axes = axes

    def forward(self, x):
        return x.transpose(*self.axes)


class Scores(nn.Linear):
    def __init__(self, rows, classes):
        nn.Linear.__init__(self, rows, classes)
        self.reset_parameters()

    def reset_parameters(self):
        nn.Linear.reset_parameters(self)
        nn.init.constant_(self.weight, 0.1)
        nn.init.zeros_(self.bias)


def speech(x: torch.Tensor, y: torch.Tensor):
    """CTC losses and their gradients, in both forms of the targets."""
    net = nn.Sequential(Scores(4, 4))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    criterion = nn.CTCLoss(blank=0, zero_infinity=True)
    steps = torch.stack([x, y, x * y, x + y, x - y, y - x])
    losses = []
    for _ in range(3):
        rows = F.log_softmax(net(steps), dim=-1)
        loss = criterion(rows, torch.tensor([[1, 2], [3, 3], [2, 0], [1, 1]]), torch.tensor([6, 5, 4, 2]), torch.tensor([2, 2, 1, 2]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        flat = F.ctc_loss(rows, torch.tensor([1, 2, 3, 3, 2, 1]), torch.tensor([6, 5, 4, 4]), torch.tensor([2, 2, 1, 1]), reduction="sum")
        losses += [loss.item(), flat.item()]
    return losses


def fitted(model, criterion, optimizer, x: torch.Tensor, y: torch.Tensor, max_norm=0.1):
    """The optimizer and the loss come from elsewhere, and the loss is a module of its own."""
    model.train()
    criterion.train()
    losses = []
    for _ in range(3):
        outputs = model(x)
        assert outputs.shape == (4, 4)
        outputs = outputs * 2
        loss = criterion(outputs, y)
        optimizer.zero_grad()
        loss.backward()
        if max_norm > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        losses.append(loss.item())
    return losses


class Distance(nn.Module):
    def __init__(self, power, matcher):
        super().__init__()
        self.power = power
        self.matcher = matcher

    def forward(self, outputs, targets):
        return self.matcher((outputs - targets).abs() ** self.power).mean()


def clipped(x: torch.Tensor, y: torch.Tensor):
    model = nn.Sequential(Scores(4, 4), Swapped(0, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    return fitted(model, Distance(2, nn.Identity()), optimizer, x, y)


def named(x: torch.Tensor, y: torch.Tensor):
    """A loss without a name."""
    model = Scores(4, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
    return model(x).sum(0).tolist()


def chosen(targets, rows):
    return torch.cat([t["labels"][j] for t, (_, j) in zip(targets, rows)])


def entries(x: torch.Tensor, y: torch.Tensor):
    rows = [(i, torch.argsort(part)) for i, part in enumerate((x[0], y[0]))]
    return chosen([{"labels": x[1]}, {"labels": y[1]}], rows).tolist()


class Contrast(nn.Module):
    """Keys have no gradient, though their layer is trained by the queries."""

    def __init__(self):
        super().__init__()
        self.encoder = Scores(4, 4)

    def forward(self, x, y):
        query = self.encoder(x)
        with torch.no_grad():
            key = self.encoder(y)
            key = F.normalize(key, dim=1)
            rows = key.shape[0]
        return (query * key).sum() / rows


def constant(x: torch.Tensor, y: torch.Tensor):
    model = Contrast()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    losses = []
    for _ in range(4):
        loss = model(x, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


class Decay(nn.Module):
    def __init__(self, states, scale=None):
        super().__init__()
        self.rate = nn.Parameter(torch.log(torch.arange(1, states + 1)))
        self.grid = torch.arange(-1, states) * ((scale or [0, 2])[1] / 4)

    def forward(self, x):
        return x * self.rate


def integers(x: torch.Tensor, y: torch.Tensor):
    model = Decay(4)
    return model(x).sum(0).tolist() + model.grid.tolist()
'''
CASES = ["speech", "clipped", "named", "entries", "integers", "constant"]


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def target(request):
    return converted_cases(TEXT, request.param)


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_those_of_torch(name, target):
    found, wanted = numbers_of(TEXT, name, target)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    assert np.ptp(wanted) > 1e-3
