"""Optimizers whose step is written out make the steps that they make in torch."""


import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ivy.s2s.pipeline import convert_text  # noqa: E402

from .torch_cases import converted_cases, numbers_of  # noqa: E402

TEXT = '''"""Update rules."""
import numpy as np
import torch
import torch.nn as nn
from torch.optim import Optimizer
from torch.optim.optimizer import required


class Layerwise(Optimizer):
    def __init__(self, params, lr=required, momentum=0.9, weight_decay=0.01):
        if lr is not required and lr < 0.0:
            raise ValueError("Invalid learning rate: {}".format(lr))
        super().__init__(params, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                grad = p.grad.add(p, alpha=group["weight_decay"])
                grad.mul_(torch.norm(p) / (torch.norm(grad) + 1e-6))
                state = self.state[p]
                if "buffer" not in state:
                    buffer = state["buffer"] = torch.zeros_like(p)
                else:
                    buffer = state["buffer"]
                buffer.mul_(group["momentum"]).add_(grad)
                p.add_(buffer, alpha=-group["lr"])
        return loss


class Belief(Optimizer):
    def __init__(self, params, lr=0.05, betas=(0.9, 0.99), eps=1e-8):
        super(Belief, self).__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                grad = p.grad.data
                if grad.is_sparse:
                    raise RuntimeError("sparse gradients")
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["mean"] = torch.zeros_like(p.data)
                    spread = torch.zeros_like(p.data)
                    state["spread"] = spread
                mean, spread = state["mean"], state["spread"]
                state["step"] += 1
                mean.mul_(beta1).add_(grad, alpha=1 - beta1)
                rest = grad - mean
                spread.mul_(beta2).addcmul_(rest, rest, value=1 - beta2)
                spread += group["eps"]
                rate = group["lr"] / (1 - beta1 ** state["step"])
                p.data.addcdiv_(mean, spread.sqrt(), value=-rate)


class Centered(Optimizer):
    """The mean over all axes but the first: which axes these are matters."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                step = p.grad
                if p.dim() > 1:
                    step = step - step.mean(dim=tuple(range(1, p.dim())), keepdim=True)
                p -= group["lr"] * step


class Sharpness(Optimizer):
    def __init__(self, params, base, rho=0.5, **kwargs):
        super().__init__(params, dict(rho=rho, **kwargs))
        self.base = base(self.param_groups, **kwargs)
        self.param_groups = self.base.param_groups

    @torch.no_grad()
    def climb(self, zero_grad=False):
        norm = torch.stack([p.grad.norm() for group in self.param_groups for p in group["params"]]).norm()
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["start"] = p.data.clone()
                p.add_(p.grad * (group["rho"] / (norm + 1e-12)))
        if zero_grad:
            self.zero_grad()

    @torch.no_grad()
    def descend(self, zero_grad=False):
        for group in self.param_groups:
            for p in group["params"]:
                p.data = self.state[p]["start"]
        self.base.step()
        if zero_grad:
            self.zero_grad()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 3, 2)
        self.fc = nn.Linear(9, 2)

    def forward(self, x):
        return self.fc(torch.tanh(self.conv(x.unsqueeze(1))).flatten(1))


def made():
    net = Net()
    for i, p in enumerate(net.parameters()):
        p.data.copy_(torch.cos(torch.arange(p.numel(), dtype=torch.float32) + i).reshape(p.shape))
    return net


def trained(net, optimizer, x: torch.Tensor, y: torch.Tensor):
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = ((net(x)[:, 0] - y[:, 0]) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def layerwise(x: torch.Tensor, y: torch.Tensor):
    net = made()
    optimizer = Layerwise(net.parameters(), lr=0.02)
    losses = trained(net, optimizer, x, y)
    again = Layerwise(net.parameters(), lr=1.0)
    again.load_state_dict(optimizer.state_dict())
    return losses + trained(net, again, x, y)


def belief(x: torch.Tensor, y: torch.Tensor):
    net = made()
    groups = [{"params": net.conv.parameters(), "lr": 0.2}, {"params": net.fc.parameters()}]
    optimizer = Belief(groups)
    losses = trained(net, optimizer, x, y)
    again = Belief([{"params": net.conv.parameters()}, {"params": net.fc.parameters()}])
    again.load_state_dict(optimizer.state_dict())
    return losses + trained(net, again, x, y)


def centered(x: torch.Tensor, y: torch.Tensor):
    net = made()
    return trained(net, Centered(net.parameters()), x, y)


def sharpness(x: torch.Tensor, y: torch.Tensor):
    net = made()
    optimizer = Sharpness(net.parameters(), torch.optim.SGD, lr=0.1, momentum=0.9)
    losses = []
    for _ in range(4):
        loss = ((net(x)[:, 0] - y[:, 0]) ** 2).mean()
        loss.backward()
        optimizer.climb(zero_grad=True)
        ((net(x)[:, 0] - y[:, 0]) ** 2).mean().backward()
        optimizer.descend(zero_grad=True)
        losses.append(loss.item())
    return losses


def accumulated(x: torch.Tensor, y: torch.Tensor):
    net = made()
    optimizer = Layerwise(net.parameters(), lr=0.02)
    losses = []
    for i in range(6):
        loss = ((net(x)[:, 0] - y[:, 0]) ** 2).mean() / 2
        loss.backward()
        if i % 2:
            optimizer.step()
            optimizer.zero_grad()
        losses.append(loss.item())
    return losses
'''
CASES = ["layerwise", "belief", "centered", "sharpness", "accumulated"]


@pytest.fixture(scope="module", params=["jax", "tensorflow"])
def target(request):
    return converted_cases(TEXT, request.param)


@pytest.mark.parametrize("name", CASES)
def test_steps_are_those_of_torch(name, target):
    found, wanted = numbers_of(TEXT, name, target)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-6)
    assert np.ptp(wanted) > 1e-3


REFUSED = {
    "a base with a rule of its own": (
        """import torch


class Clipped(torch.optim.SGD):
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                p.grad.clamp_(-1, 1)
        super().step()
""",
        ("torch.optim.Optimizer.step", 5),
    ),
    "a cast that may share memory": (
        """import torch


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, dict(lr=lr))

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                value = p.data.float()
                value.add_(p.grad, alpha=-group["lr"])
""",
        ("torch.Tensor.add_", 12),
    ),
    "a state that is a parameter": (
        """import torch


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, dict(lr=lr))

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["old"] = p.data
""",
        ("torch.optim.Optimizer.state", 11),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("to", ["jax", "tensorflow"])
def test_what_is_not_certain_is_refused(name, to):
    text, place = REFUSED[name]
    result = convert_text(text, "torch", to, "rule")
    assert [(d.api, d.line) for d in result.diagnostics] == [place]
