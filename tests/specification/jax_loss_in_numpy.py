"""A function of two arrays from jax to numpy."""

import ivy
import jax.numpy as jnp
import numpy as np

def loss(predictions, targets):
    return jnp.sqrt(jnp.mean((predictions - targets) ** 2))

# nothing is converted yet
np_loss = ivy.transpile(loss, source="jax", to="numpy")

p = np.array([3.0, 2.0, 1.0])
t = np.array([0.0, 0.0, 0.0])

# the first call converts
out = np_loss(p, t)
