"""Training steps in a branch: code that trains and validates computes its loss before it asks which of both it does."""

import importlib
import sys
import types

import ivy
import numpy as np
import pytest
from ivy.s2s.emit import helper_module
from ivy.s2s.pipeline import convert_text
from ivy.s2s.tables import load

torch = pytest.importorskip("torch")

TEXT = '''"""Loops that train and validate."""
import copy

import numpy as np
import torch
from torch import nn


def run_epoch(model, batches, optimizer=None):
    """The mean loss; trains where there is an optimizer."""
    model.train(optimizer is not None)
    loss_fn = nn.CrossEntropyLoss()
    total = 0.0
    for x, y in batches:
        pred = model(x)
        loss = loss_fn(pred, y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item()
    return total / len(batches)


def train_model(model, batches, optimizer, scheduler, epochs=2):
    """The phases of a tutorial, with the best weights."""
    criterion = nn.CrossEntropyLoss()
    best, best_correct, history = copy.deepcopy(model.state_dict()), -1.0, []
    for epoch in range(epochs):
        for phase in ["train", "val"]:
            if phase == "train":
                model.train()
            else:
                model.eval()
            running, correct = 0.0, 0
            for inputs, labels in batches[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    _, preds = torch.max(outputs, 1)
                    loss = criterion(outputs, labels)
                    # only in training
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                running += loss.item() * inputs.size(0)
                correct += torch.sum(preds == labels.data)
            if phase == "train":
                scheduler.step()
            history.append((running, int(correct)))
            if phase == "val" and float(correct) > best_correct:
                best_correct = float(correct)
                best = copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    return history


def one_epoch(model, batches, criterion, optimizer, train: bool):
    """The branch stands after the block of the forward pass."""
    model.train() if train else model.eval()
    losses, correct = [], 0
    for x, y in batches:
        with torch.set_grad_enabled(train):
            out = model(x)
            loss = criterion(out, y)
        if train:
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
        losses.append(loss.item())
        correct += (out.argmax(1) == y).sum().item()
    return sum(losses) / len(losses), correct


class Worker:
    model: nn.Module
    training = True

    def __init__(self, model: nn.Module, lr):
        self.model = model
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)

    def step(self, x, y):
        self.model.train(self.training)
        loss = ((self.model(x).sum(dim=1) - y) ** 2).mean()
        if self.training:
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
        else:
            loss = loss * 2
        return loss.item()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 8)
        self.norm = nn.BatchNorm1d(8)
        self.last = nn.Linear(8, 4)

    def forward(self, x):
        return self.last(torch.relu(self.norm(self.first(x))))


class Letters(nn.Module):
    """A recurrent network whose state goes from one part of a text to the next."""

    def __init__(self):
        super().__init__()
        self.letters = "abcd"
        self.lstm = nn.LSTM(4, 5, 2, batch_first=True)
        self.fc = nn.Linear(5, 4)

    def forward(self, x, hidden):
        out, hidden = self.lstm(x, hidden)
        return self.fc(out.contiguous().view(-1, 5)), hidden

    def init_hidden(self, size):
        weight = next(self.parameters()).data
        return weight.new(2, size, 5).zero_(), weight.new(2, size, 5).zero_()


def one_hot(codes, count):
    return np.eye(count, dtype=np.float32)[codes]


def read_text(net, codes, epochs=2, clip=0.5):
    net.train()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    criterion = nn.CrossEntropyLoss()
    count = len(net.letters)
    losses = []
    for _ in range(epochs):
        h = net.init_hidden(2)
        for start in range(0, 8, 4):
            x, y = codes[:, start : start + 4], codes[:, start + 1 : start + 5]
            x = one_hot(x, count)
            inputs, targets = torch.from_numpy(x), torch.from_numpy(y)
            # A new history for the state
            h = tuple([each.data for each in h])
            net.zero_grad()
            output, h = net(inputs, h)
            loss = criterion(output, targets.reshape(8).long())
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
            losses.append(loss.item())
            if start:
                net.eval()
                for x, y in [(codes[:, :4], codes[:, 1:5])]:
                    x = torch.from_numpy(one_hot(x, count))
                    out, h = net(x, h)
                    losses.append(out.data.sum().item())
                net.train()
    return losses


def nn_loss():
    return nn.CrossEntropyLoss()


def optimizer_of(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
'''


@pytest.fixture(scope="module")
def source():
    names: dict = {}
    exec(compile(TEXT, "steps.py", "exec"), names)  # noqa: S102
    return type("Source", (), {name: staticmethod(value) if callable(value) else value for name, value in names.items()})


def data(target):
    """Four batches of points and classes, and the classes of the first as floats."""
    module, maker = {"torch": ("torch", "from_numpy"), "jax": ("jax.numpy", "asarray")}.get(target, (target, "constant"))
    make = getattr(importlib.import_module(module), maker)
    rng = np.random.default_rng(0)
    pairs = [(rng.normal(size=(6, 3)).astype(np.float32), rng.integers(0, 4, 6)) for _ in range(4)]
    return [tuple(map(make, pair)) for pair in pairs], make(pairs[0][1].astype(np.float32))


def outcomes(module, weights, target):
    """What the loops give, from the same weights."""
    batches, wanted = data(target)

    def model():
        made = module.Net()
        if target == "tensorflow":
            made(batches[0][0])
        if target == "torch":
            made.load_state_dict(weights)
        else:
            ivy.load_weights(made, {name: value.numpy() for name, value in weights.items()})
        return made

    first = model()
    optimizer, _ = module.optimizer_of(first)
    found = [module.run_epoch(first, batches, optimizer), module.run_epoch(first, batches)]
    second = model()
    optimizer, scheduler = module.optimizer_of(second)
    history = module.train_model(second, {"train": batches[:3], "val": batches[3:]}, optimizer, scheduler)
    found += [float(value) for pair in history for value in pair]
    found.append(module.run_epoch(second, batches))
    third = model()
    optimizer, _ = module.optimizer_of(third)
    for train in (True, True, False):
        found += module.one_epoch(third, batches, module.nn_loss(), optimizer, train)
    worker = module.Worker(model(), 0.05)
    x = batches[0][0]
    found += [worker.step(x, wanted), worker.step(x, wanted)]
    worker.training = False
    return [*found, worker.step(x, wanted)]


def loaded(target):
    """What the text becomes; nothing of it may be refused."""
    result = convert_text(TEXT, "torch", target)
    assert [d.code for d in result.diagnostics if d.code.startswith("S2S1")] == []
    helpers = types.ModuleType(f"{target}_helpers")
    exec(helper_module(result.helpers, load()[target], result.tested), helpers.__dict__)  # noqa: S102
    module = types.ModuleType("steps")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, helpers.__name__, helpers)
        exec(result.code, module.__dict__)  # noqa: S102
    return module


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_same_losses(source, target):
    pytest.importorskip(target)
    module = loaded(target)
    torch.manual_seed(0)
    weights = {name: value.clone() for name, value in source.Net().state_dict().items()}
    np.testing.assert_allclose(outcomes(module, weights, target), outcomes(source, weights, "torch"), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("target", ["jax", "tensorflow"])
def test_states_that_are_carried(source, target):
    pytest.importorskip(target)
    module = loaded(target)
    codes = np.random.default_rng(0).integers(0, 4, (2, 9))
    torch.manual_seed(1)
    theirs = source.Letters()
    weights = {name: value.numpy().copy() for name, value in theirs.state_dict().items()}
    ours = module.Letters()
    if target == "tensorflow":
        make = importlib.import_module("tensorflow").zeros
        ours(make((2, 4, 4)), ours.init_hidden(2))
    ivy.load_weights(ours, weights)
    np.testing.assert_allclose(module.read_text(ours, codes), source.read_text(theirs, codes), rtol=2e-4, atol=2e-5)


def test_tests_that_a_loss_decides_are_left_alone():
    text = TEXT.replace("if optimizer is not None:", "if loss < 1:")
    result = convert_text(text, "torch", "jax")
    assert "S2S100" in {d.code for d in result.diagnostics}
