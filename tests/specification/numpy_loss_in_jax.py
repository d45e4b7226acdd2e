"""A function of two arrays from numpy to jax."""

import ivy
import numpy as np
import jax
import jax.numpy as jnp
jax.config.update('jax_enable_x64', True)

def loss(predictions, targets):
    return np.sqrt(np.mean((predictions - targets) ** 2))

# nothing is converted yet
jax_loss = ivy.transpile(loss, source="numpy", to="jax")

p = jnp.array([3.0, 2.0, 1.0])
t = jnp.array([0.0, 0.0, 0.0])

# the first call converts
out = jax_loss(p, t)
