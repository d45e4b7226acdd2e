"""Rematerialised blocks with static arguments, jit of methods, vmapped single-example modules, while_loop and cond."""
import jax
import jax.numpy as jnp
from flax import linen as nn


class Mlp(nn.Module):
    dim: int
    drop: float = 0.0

    @nn.compact
    def __call__(self, x, deterministic: bool):
        h = nn.Dense(self.dim * 2)(x)
        h = nn.Dropout(self.drop)(nn.silu(h), deterministic=deterministic)
        return x + nn.Dense(self.dim)(h)


class PerExample(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(3)(x).max(0)


class Net(nn.Module):
    depth: int = 2

    @nn.compact
    def __call__(self, x, train: bool = False):
        block = nn.remat(Mlp, static_argnums=(2,), prevent_cse=False)
        for i in range(self.depth):
            x = block(4, name=f"block_{i}")(x, not train)
        batched = nn.vmap(PerExample, in_axes=0, out_axes=0, variable_axes={"params": None}, split_rngs={"params": False})
        y = batched(name="per")(x)
        dense = nn.Dense(3)
        z = nn.cond(True, lambda m, v: m(v), lambda m, v: m(v) * 2, dense, y)
        return z


def init(key):
    return Net().init(key, jnp.ones((2, 5, 4)))


def compute(variables):
    x = jnp.sin(jnp.arange(40.0)).reshape(2, 5, 4)
    return Net().apply(variables, x), Net().apply(variables, x, True, rngs={"dropout": jax.random.key(0)})
