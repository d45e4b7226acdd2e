"""An ensemble by vmap, with methods."""
import jax.numpy as jnp
from flax import linen as nn


class Critic(nn.Module):
    hidden: tuple

    @nn.compact
    def __call__(self, obs, action):
        x = jnp.concatenate([obs, action], -1)
        for h in self.hidden:
            x = nn.relu(nn.Dense(h)(x))
        return jnp.squeeze(nn.Dense(1)(x), -1)


class Ensemble(nn.Module):
    hidden: tuple
    num: int = 2

    @nn.compact
    def __call__(self, obs, action):
        VmapCritic = nn.vmap(
            Critic,
            variable_axes={"params": 0},
            split_rngs={"params": True},
            in_axes=None,
            out_axes=0,
            axis_size=self.num,
        )
        return VmapCritic(self.hidden)(obs, action)


def init(key):
    return Ensemble((8, 8), 3).init(key, jnp.ones((2, 3)), jnp.ones((2, 1)))


def compute(variables):
    obs = jnp.sin(jnp.arange(6.0)).reshape(2, 3)
    act = jnp.cos(jnp.arange(2.0)).reshape(2, 1)
    return Ensemble((8, 8), 3).apply(variables, obs, act)
