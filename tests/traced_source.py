"""Functions that the tests of graphs trace, in all frameworks."""

from __future__ import annotations

import dataclasses
from collections import namedtuple

import ivy
import jax
import jax.numpy as jnp
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

Moments = namedtuple("Moments", "mean std")
SCALE = torch.linspace(0.5, 1.5, 40)


@dataclasses.dataclass
class Batch:
    image: torch.Tensor
    count: int = 3


class Wrapped:
    """Wrapping that a graph has no trace of."""

    def __call__(self, x):
        return self.inner(x, scale=2)

    def inner(self, x, scale):
        return x * scale


def jax_loss(predictions, targets):
    """Root of the mean square."""
    error = predictions - targets
    unused = jnp.sum(error) * 3  # noqa: F841
    return jnp.sqrt(jnp.mean(error**2))


def jax_switches(x, y, n=2):
    for step in range(n):
        x = jnp.where(x > 0, x, x * 0.5) + step
    top = jax.nn.softmax(x, axis=-1).at[0].set(0.0)
    return {"top": top.max(axis=1), "both": (x @ y.T, x.shape[0] * y)}


def numpy_changes(x, y):
    z = np.zeros_like(x)
    z[0] = x[1]
    z[:, 1:3] += y[:, 1:3]
    z /= 2
    rows = [row * weight for row, weight in zip(z, np.hanning(4))]
    return np.stack(rows).mean(axis=0), np.where(x > y, x, y)[x > 0].sum()


def torch_changes(x, y, n=2):
    z = Wrapped()(x @ y.T)
    z += 1
    z[0] = 2.0
    z[:, 1:3] *= 2
    row = z[1]
    row.clamp_(min=0)
    for step in range(n):
        z = F.relu(z, inplace=True) + step
    count, _ = z.shape
    values, indices = z.max(dim=1)
    return z.view(count, -1).t() * SCALE[:count], values, indices


def torch_containers(batch, /, *others, scale=2.0, **named):
    mean = batch.image.mean()
    return Moments(mean * scale, others[0].std() + named["bias"]), Batch(mean + 1, batch.count)


def torch_random(x):
    noise = torch.randn(3)
    return F.dropout(x, 0.5) + noise * torch.arange(3)


def torch_without_gradient(x, w):
    with torch.no_grad():
        mean = x.mean()
    return (x - mean) * w


def hub_scores(x, y):
    return ivy.softmax(ivy.matmul(x, ivy.matrix_transpose(y)), dim=-1) + ivy.arange(4)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.act = nn.ReLU(inplace=True)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 8), nn.GELU(), nn.Dropout(), nn.Linear(8, 5)
        )

    def forward(self, x):
        y = self.act(self.norm(self.conv(x)))
        return F.log_softmax(self.head(F.max_pool2d(y, 2)), dim=1)


def branch(x):
    if x.sum() > 0:
        return x
    return -x


def loop(x):
    while x.sum() < 10:
        x = x * 2
    return x


def number(x):
    return x * float(x.sum())


def place(x):
    return x[int(x.argmax())]


def host(x):
    return x * x.sum().item()


def outside(x):
    return x + torch.from_numpy(np.asarray(x) * 2)


def guarded(x):
    if torch.isnan(x).any():
        raise ValueError("not a number")
    return x.exp()


def through_a_view(x):
    y = x.clone()
    y.view(-1).add_(1)
    return y * 2


def changes_its_argument(x):
    x += 1
    return x * 2


def jax_branch(x):
    y = x * 2
    if y.sum() > 0:
        return y
    return -y
