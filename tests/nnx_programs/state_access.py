"""States looked into, filtered and joined."""
import jax
import jax.numpy as jnp
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.fc = nnx.Linear(2, 3, rngs=rngs)
        self.bn = nnx.BatchNorm(3, rngs=rngs)
        self.out = nnx.Linear(3, 1, rngs=rngs)

    def __call__(self, x):
        return self.out(self.bn(self.fc(x)))


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 8).reshape(4, 2)
    params = nnx.state(model, nnx.Param)
    stats = nnx.state(model, nnx.BatchStat)
    p2, rest = nnx.state(model, nnx.Param, ...)
    kernel = params["fc"]["kernel"].value
    bias = params.fc.bias.value
    first = kernel + bias
    doubled = jax.tree.map(lambda p: p * 2, params)
    nnx.update(model, doubled)
    second = model(x)
    nnx.update(model, params)
    third = model(x)
    flat = nnx.to_flat_state(params)
    names = sorted("/".join(map(str, path)) for path, _ in flat)
    filtered = nnx.filter_state(params, lambda path, v: "kernel" in path)
    merged = nnx.merge_state(params, stats)
    return first, second, third, len(names), len(jax.tree.leaves(filtered)), len(jax.tree.leaves(merged)), stats.bn.mean.value
