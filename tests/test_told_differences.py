"""What computes otherwise than in PyTorch and cannot be helped is told: states that follow, models in no mode."""

import pytest
from ivy.s2s.pipeline import convert_text

BEST = """import copy

import torch
from torch import nn


def fit(model: nn.Module, optimizer, data):
    best, best_loss = None, 1e9
    for x, y in data:
        loss = (model(x) - y).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < best_loss:
            best_loss = loss.item()
            best = {best}
    model.load_state_dict(best)
"""
MODE = """import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(x)


def main():
    net = Net()
    {mode}
    print(net(torch.ones(3)))
"""


def told(text, to):
    result = convert_text(text, "torch", to, "script")
    return [(d.code, d.line) for d in result.diagnostics if d.code in ("S2S203", "S2S204")]


@pytest.mark.parametrize("to", ["jax", "tensorflow"])
def test_a_state_that_follows_the_weights(to):
    assert told(BEST.replace("{best}", "model.state_dict()"), to) == [("S2S203", 16)]
    assert told(BEST.replace("{best}", "model.state_dict().copy()"), to) == [("S2S203", 16)]
    assert told(BEST.replace("{best}", "copy.deepcopy(model.state_dict())"), to) == []
    assert told(BEST.replace("load_state_dict(best)", "load_state_dict(other)"), to) == []


def test_a_state_that_an_object_keeps():
    text = """import torch


class Stopper:
    def __call__(self, model: torch.nn.Module):
        self.state = model.state_dict()

    def restore(self, model: torch.nn.Module):
        model.load_state_dict(self.state)
"""
    assert told(text, "jax") == [("S2S203", 6)]


def test_a_model_in_no_mode():
    assert told(MODE.replace("{mode}", "x = 1"), "tensorflow") == [("S2S204", 15)]
    assert told(MODE.replace("{mode}", "net.eval()"), "tensorflow") == []
    assert told(MODE.replace("{mode}", "net.train()"), "tensorflow") == []
    assert told(MODE.replace("{mode}", "x = 1"), "jax") == []
