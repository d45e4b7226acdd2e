"""A function of two arrays from jax to torch."""

import ivy
import jax.numpy as jnp
import torch

def loss(predictions, targets):
    return jnp.sqrt(jnp.mean((predictions - targets) ** 2))

# nothing is converted yet
torch_loss = ivy.transpile(loss, source="jax", to="torch")

p = torch.tensor([3.0, 2.0, 1.0])
t = torch.tensor([0.0, 0.0, 0.0])

# the first call converts
out = torch_loss(p, t)
