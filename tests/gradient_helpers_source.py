"""Functions that do nothing but take a gradient, and what is computed with them."""

import torch
import torch.nn as nn


def gradient(y, x, grad_outputs=None):
    """dy / dx."""
    if grad_outputs is None:
        grad_outputs = torch.ones_like(y)
    grad = torch.autograd.grad(y, [x], grad_outputs=grad_outputs, create_graph=True)[0]
    return grad


def both(u, x, t):
    return torch.autograd.grad(u.sum(), (x, t), create_graph=True)


class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 8)
        self.outer = nn.Linear(8, 1)

    def forward(self, x, t):
        return self.outer(torch.tanh(self.inner(torch.cat([x, t], 1))))

    def derivative(self, y, x):
        (dy,) = torch.autograd.grad(y, x, torch.ones_like(y), retain_graph=True, create_graph=True)
        return dy


def residual(net, x, t):
    x.requires_grad_(True)
    t.requires_grad_(True)
    u = net(x, t)
    u_t = gradient(u, t)
    u_x = gradient(u, x)
    u_xx = gradient(u_x, x)
    return u_t + u * u_x - 0.01 * u_xx


def weighted(net, x, t):
    x = x.detach().requires_grad_(True)
    u = net(x, t)
    return gradient(u, x, grad_outputs=2 * t)[:, 0]


def in_a_tuple(net, x, t):
    x, t = x.detach().requires_grad_(True), t.detach().requires_grad_(True)
    u = net(x, t)
    return both(u, x, t)[0] * 3


class Solver:
    def __init__(self, net):
        self.net = net

    def derivative(self, y, x):
        return torch.autograd.grad(y.sum(), x, create_graph=True)[0]

    def curvature(self, x, t):
        u = self.net(x, t)
        u_x = self.derivative(u, x)
        return self.derivative(u_x, x)


def by_method(net, x, t):
    return Solver(net).curvature(x.requires_grad_(True), t)


CASES = [residual, weighted, in_a_tuple, by_method]
