"""A function of two arrays from torch to jax."""

import ivy
import torch
import jax.numpy as jnp

def loss(predictions, targets):
    return torch.sqrt(torch.mean((predictions - targets) ** 2))

# nothing is converted yet
jax_loss = ivy.transpile(loss, source="torch", to="jax")

p = jnp.array([3.0, 2.0, 1.0])
t = jnp.array([0.0, 0.0, 0.0])

# the first call converts
out = jax_loss(p, t)
