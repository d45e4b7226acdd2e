"""Modules of PyTorch with state of their own: buffers that are assigned and compared, a ``train`` of their own."""

import torch
from torch import nn


class Assigned(nn.Module):
    """Assigns new tensors to its buffers."""

    def __init__(self, width=3):
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("steps", torch.tensor(0))
        self.register_buffer("last", torch.zeros(width), persistent=False)

    def forward(self, x):
        before = self.last
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x.mean(0)
            self.steps = self.steps + 1
            self.last = x.mean(0)
        return x - self.mean, before, self.last


class Compared(nn.Module):
    """Compares its buffers and parameters, and indexes with them."""

    def __init__(self, width=3):
        super().__init__()
        self.register_buffer("degrees", torch.arange(width))
        self.register_buffer("ready", torch.tensor(0.0))
        self.scale = nn.Parameter(torch.linspace(-1.0, 1.0, width))

    def forward(self, x):
        if not self.ready:
            self.ready = torch.tensor(1.0)
        x = x.clone()
        x[:, self.degrees] = x[:, self.degrees] * 2
        x[:, self.degrees] += 1
        x = x + len(self.degrees)
        return x, self.degrees > 0, self.degrees != 1, self.scale > 0, at_least(self.degrees, self.degrees)


def at_least(a, b):
    return (a >= b).float()


class Frozen(nn.Module):
    """Keeps the statistics of its norm, whatever the mode of the modules around it."""

    def __init__(self, width=3):
        super().__init__()
        self.norm = nn.BatchNorm1d(width)
        self.free = nn.BatchNorm1d(width)

    def train(self, mode=True):
        super().train(mode)
        self.norm.eval()
        return self

    def forward(self, x):
        return self.norm(x), self.free(x) if self.training else x


class Around(nn.Module):
    """Holds a module with a ``train`` of its own in a list."""

    def __init__(self, width=3):
        super().__init__()
        self.parts = nn.ModuleList([Frozen(width), Frozen(width)])

    def forward(self, x):
        return [part(x) for part in self.parts]


def halves(x, f):
    """Assigns several elements at once."""
    a, b = torch.zeros(3), torch.zeros(3)
    a[1:3], b[x[0] > 0] = f(x)
    a[0], total = x[0, 0] + 1, x.sum()
    return a, b, total


def limited(bins, x, eps=0.5):
    """Changes the last element of something that only its index tells to be an array."""
    bins = bins * 1
    bins[..., -1] += eps
    return torch.sum(x[..., None] >= bins, dim=-1)


def larger(a, b, flag):
    """Takes the larger elements of what may be two arrays or an array and an axis."""
    if flag:
        b = torch.ones(())
    return torch.max(a * 2, b)


def scaled(steps):
    """Changes arrays that a collection holds."""
    g = steps[0] + 1
    return [g.mul_(2) if g is not None else None for g in steps], g


def through(layers, x, y):
    """Calls methods of other objects whose names arrays have."""
    for layer in layers:
        x = layer.inverse(x, y)
    return x


class Clipped(nn.Module):
    """Changes its parameters in a call: they stay leaves, which get gradients."""

    def __init__(self, width=3):
        super().__init__()
        self.scale = nn.Parameter(torch.linspace(0.5, 2.0, width))
        self.shift = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        self.scale.data = self.scale.data.clamp(max=1.0)
        with torch.no_grad():
            self.shift.add_(1.0)
        return x * self.scale + self.shift**2


class Fixed(nn.Module):
    """Fills a layer that is not trained, made and frozen in one expression."""

    def __init__(self, bins=3):
        super().__init__()
        self.conv = nn.Conv1d(bins, 1, 1, bias=False).requires_grad_(False)
        self.conv.weight.data[:] = nn.Parameter(torch.arange(bins, dtype=torch.float).view(1, bins, 1))

    def forward(self, x):
        return self.conv(x.unsqueeze(-1))
