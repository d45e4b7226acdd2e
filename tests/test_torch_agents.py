"""What agents and recurrent models do in training: temperatures, target networks, detached states, indices of NumPy."""


import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ivy.s2s.pipeline import convert_text  # noqa: E402

from .torch_cases import converted_cases, numbers_of  # noqa: E402

TEXT = '''"""Steps of agents."""
import numpy as np
import torch
import torch.nn as nn


class Temperature:
    def __init__(self, lr=0.1):
        self.log_alpha = torch.zeros(1, requires_grad=True)
        self.optimizer = torch.optim.Adam([self.log_alpha], lr=lr)

    def update(self, x):
        loss = (-self.log_alpha.exp() * (x - 2.0)).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.optimizer = torch.optim.SGD([self.scale], lr=0.1)

    def forward(self, x):
        return x * self.scale


def temperature(x, y):
    agent = Temperature()
    return [agent.update(x) for _ in range(3)]


def clipped(x, y):
    z = x.clone().requires_grad_(True)
    optimizer = torch.optim.SGD([z], lr=0.5)
    norms = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = (z - y).pow(2).sum()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_([z], 1.0)
        optimizer.step()
        norms.append(norm.item())
    return norms


def outside(x, y):
    """An optimizer that the model holds steps outside of it."""
    model = Scale()
    losses = []
    for _ in range(3):
        model.optimizer.zero_grad()
        loss = ((model(x) - y) ** 2).mean()
        loss.backward()
        model.optimizer.step()
        losses.append(loss.item())
    return losses


def copied(net, target):
    target.load_state_dict(net.state_dict())
    return target.parameters()


def target_network(x, y):
    net, target = Scale(), Scale()
    net.scale.data.copy_(x[0])
    copied(net, target)
    return target(y).sum(0).tolist()


def repackaged(state):
    if isinstance(state, torch.Tensor):
        return state.detach()
    return tuple(repackaged(part) for part in state)


def recurrent(x, y):
    """Truncated gradients through time."""
    model = Scale()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    states, hidden, losses = [torch.zeros(4)], (torch.ones(4),), []
    for step in range(3):
        states = [state.detach() for state in states]
        hidden = repackaged(hidden)
        out = model(x[step] + states[0]) * hidden[0]
        states = [out]
        hidden = (out * 0.5,)
        loss = ((out - y[step]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def smaller(net, other, x, alpha):
    values = torch.min(net(x), other(x)) - alpha
    return values.view(-1)


def chosen(x, indices: np.ndarray):
    return x[indices[1:3]]


def minibatches(x: torch.Tensor, y: torch.Tensor):
    scale, indices = Scale(), np.array([3, 0, 2, 1])
    found = smaller(scale, scale, chosen(x, indices), 0.5)
    return [*found, float((x > y).max()), float((x > y).min())]
'''
CASES = ["temperature", "clipped", "outside", "target_network", "recurrent", "minibatches"]


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def target(request):
    return converted_cases(TEXT, request.param)


@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_torch(name, target):
    found, wanted = numbers_of(TEXT, name, target)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    assert np.ptp(wanted) > 1e-3


@pytest.mark.parametrize("to", ["jax", "tensorflow"])
def test_a_part_of_a_result_is_not_changed(to):
    text = "import torch\n\n\ndef cut(find, x):\n    find(x)[x > 0] = 0.0\n    find(x)['key'] = 0.0\n"
    result = convert_text(text, "torch", to, "cut")
    assert [(d.code, d.api, d.line) for d in result.diagnostics] == [("S2S100", "torch.Tensor.__setitem__", 5)]


def test_an_attribute_that_is_bound_twice_is_not_trained():
    text = """import torch


class Code:
    def __init__(self, z):
        self.z = z.clone()
        self.optimizer = torch.optim.Adam([self.z], lr=0.1)

    def restart(self):
        self.z = torch.zeros(3)
"""
    result = convert_text(text, "torch", "jax", "code")
    assert [(d.code, d.api) for d in result.diagnostics] == [("S2S100", "torch.optim.Adam")]
