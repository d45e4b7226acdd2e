"""Walks over a model: layers switched, weights counted, weights set."""
import jax.numpy as jnp
from flax import nnx


class Block(nnx.Module):
    def __init__(self, dim, rngs):
        self.lin = nnx.Linear(dim, dim, rngs=rngs)
        self.drop = nnx.Dropout(0.3, rngs=rngs)

    def __call__(self, x):
        return self.drop(self.lin(x))


class Net(nnx.Module):
    def __init__(self, rngs):
        self.blocks = nnx.List([Block(4, rngs) for _ in range(2)])
        self.head = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x):
        for b in self.blocks:
            x = b(x)
        return self.head(x)


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 8).reshape(2, 4)
    model.eval()
    n = 0
    for _, module in nnx.iter_graph(model):
        if isinstance(module, nnx.Linear):
            n += module.kernel.size
            module.bias.value = jnp.ones_like(module.bias.value)
    names = [path for path, module in nnx.iter_modules(model) if isinstance(module, nnx.Linear)]
    return model(x), n, len(names)
