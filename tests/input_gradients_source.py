"""Code that takes gradients of arrays, in the forms that repositories of PyTorch have."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import autograd
from torch.autograd import grad


class Field(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.inner = nn.Linear(3, width)
        self.outer = nn.Linear(width, 2)

    def forward(self, x):
        return self.outer(torch.tanh(self.inner(x)))

    def residual(self, x, t):
        """u_t + u u_x - 0.1 u_xx of the first output."""
        u = self.forward(torch.cat([x, t], dim=1))[:, :1]
        ones = torch.ones_like(u)
        u_t = grad(u, t, grad_outputs=ones, retain_graph=True, create_graph=True)[0]
        u_x = grad(u, x, grad_outputs=ones, create_graph=True)[0][:, :1]
        u_xx = grad(u_x, x, grad_outputs=torch.ones_like(u_x), create_graph=True)[0][:, :1]
        return u_t + u * u_x - 0.1 * u_xx


def penalty(net, x):
    # points in between
    mixed = (0.3 * x + 0.7 * x.flip(0)).requires_grad_(True)
    scores = net(mixed)
    gradients = torch.autograd.grad(
        outputs=scores,
        inputs=mixed,
        grad_outputs=torch.ones_like(scores),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    gradients = gradients.view(gradients.size(0), -1)
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean()


def residuals(net, x):
    space, time = x[:, :2].clone(), x[:, 2:].clone()
    space.requires_grad_()
    time.requires_grad = True
    return net.residual(space, time)


def forces(net, x):
    positions = x.detach()
    positions.requires_grad_(True)
    with torch.enable_grad():
        energy = net(positions).pow(2).sum(dim=1)
        pull = -torch.autograd.grad(energy.sum(), positions, create_graph=net.training)[0]
    return torch.cat([energy[:, None], pull], dim=1)


def laplacian(net, x):
    x = x.clone().requires_grad_(True)
    y = net(x)
    g = autograd.grad(y.sum(), x, create_graph=True)[0]
    total = torch.zeros(x.shape[0])
    for i in range(x.shape[1]):
        second = autograd.grad(g[:, i].sum(), x, create_graph=True)[0]
        total = total + second[:, i]
    return total


def sliced_score(net, x):
    x = x.clone().requires_grad_(True)
    direction = x.detach().sin()
    log_density = -net(x).sum()
    score = autograd.grad(log_density, x, create_graph=True)[0]
    first = 0.5 * torch.norm(score, dim=-1) ** 2
    projected = torch.sum(score * direction)
    again = autograd.grad(projected, x, create_graph=True)[0]
    return (first + torch.sum(direction * again, dim=-1)).mean()


def langevin(net, x):
    for _ in range(3):
        x = x.detach().requires_grad_(True)
        energy = net(x).sum()
        (score,) = autograd.grad(energy, [x])
        x = x - 0.1 * score
    return x.detach()


def carried(net, x):
    """A state that goes from one pass to the next, and new inputs in each."""
    state = torch.zeros(x.shape[0])
    found = []
    for scale in (1.0, 2.0, 3.0):
        inputs = (scale * x).requires_grad_(True)
        state = state + net(inputs).sum(dim=1)
        found.append(autograd.grad(state.sum(), inputs)[0])
    return torch.stack(found)


def several(net, x):
    a = x.clone().requires_grad_()
    b = (2 * x).requires_grad_()
    out = net(a * b)
    fixed = out.detach() * 2
    with torch.no_grad():
        scale = out.abs().max()
    value = (out / scale).sum() + (fixed[:, :1] * a).sum()
    to_a, to_b = autograd.grad(value, (a, b), retain_graph=True)
    backwards = autograd.grad(out, (b, a), out.detach())
    return torch.stack([to_a, to_b, *backwards])


def mixed(net, x):
    """A second derivative with respect to another input than the first one."""
    a = x.clone().requires_grad_()
    b = (0.5 * x).requires_grad_()
    value = (net(a * b) * net(a + b)).sum()
    to_a = autograd.grad(value, a, create_graph=True)[0]
    return autograd.grad(to_a.pow(2).sum(), b)[0]


def signed(net, x):
    x = x.clone().detach().requires_grad_(True)
    labels = torch.arange(x.shape[0]) % 2
    loss = F.cross_entropy(net(x), labels)
    net.zero_grad()
    loss.backward()
    gradient = x.grad.data
    return (x + 0.1 * gradient.sign()).clamp(-1, 1).detach()


def projected(net, x):
    labels = torch.arange(x.shape[0]) % 2
    moved = x.clone().detach()
    for _ in range(3):
        moved.requires_grad_(True)
        loss = F.cross_entropy(net(moved), labels)
        loss.backward()
        with torch.no_grad():
            moved = moved + 0.05 * moved.grad.sign()
            moved = torch.max(torch.min(moved, x + 0.1), x - 0.1)
    return moved.detach()


def perturbation(net, x):
    labels = torch.arange(x.shape[0]) % 2
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(3):
        loss = F.cross_entropy(net(x + delta), labels)
        loss.backward()
        delta.data = (delta + 0.05 * delta.grad.detach().sign()).clamp(-0.1, 0.1)
        delta.grad.zero_()
    return delta.detach()


def conditional(net, x, wanted=True):
    points = x.clone().requires_grad_(True)
    values = net(points).square().mean(dim=1)
    if not wanted:
        return values
    slopes = grad(values.sum(), points)[0]
    return slopes + values[:, None]


def adapted(net, x):
    """Weights that a list holds are moved along their gradients, which are differentiated too."""
    weights = [x[:2].t().clone().requires_grad_(), x[2:, :1].clone().requires_grad_()]
    for _ in range(2):
        values = torch.tanh(x @ weights[0]) @ weights[1]
        loss = (values - x[:, :1]).pow(2).mean()
        gradients = torch.autograd.grad(loss, weights, create_graph=True)
        first = torch.autograd.grad(loss, weights, retain_graph=True)[0]
        weights = [weight - 0.3 * gradient for weight, gradient in zip(weights, gradients)]
        weights[0] = weights[0] + 0.1 * first
    return torch.cat([weight.flatten() for weight in weights]).detach()


def from_scratch(net, x):
    weight = torch.zeros(3, 1, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    for _ in range(5):
        loss = ((x @ weight + bias - x[:, :1]) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            weight -= 0.2 * weight.grad
            bias -= 0.2 * bias.grad
            weight.grad.zero_()
            bias.grad = None
    return torch.cat([weight.flatten(), bias]).detach()


def functional(net, x):
    rows = autograd.functional.jacobian(lambda v: net(v).sum(dim=0), x)
    to_a, to_b = autograd.functional.jacobian(lambda a, b: torch.sin(a * b).sum(dim=1), (x, 2 * x))
    second = autograd.functional.hessian(lambda v: net(v[None]).pow(2).sum(), x[0], create_graph=True)
    return torch.cat([rows.flatten(), to_a.flatten(), to_b.flatten(), second.flatten()]).detach()


CASES = [
    penalty, residuals, forces, laplacian, sliced_score, langevin, carried, several, mixed, signed, projected,
    perturbation, conditional, adapted, from_scratch, functional,
]  # fmt: skip
TRAINED = [penalty, residuals, laplacian, sliced_score]  # the gradients are part of what is differentiated
