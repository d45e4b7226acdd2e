"""Weights as dictionaries: kept, changed and put back."""
import jax
import jax.numpy as jnp
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.fc = nnx.Linear(2, 3, rngs=rngs)
        self.bn = nnx.BatchNorm(3, rngs=rngs)
        self.blocks = nnx.List([nnx.Linear(3, 3, rngs=rngs) for _ in range(2)])

    def __call__(self, x):
        x = self.bn(self.fc(x))
        for block in self.blocks:
            x = block(x)
        return x


def save(model):
    _, state = nnx.split(model)
    return nnx.to_pure_dict(state)


def restore(values):
    abstract = nnx.eval_shape(lambda: Net(nnx.Rngs(0)))
    graphdef, state = nnx.split(abstract)
    nnx.replace_by_pure_dict(state, values)
    return nnx.merge(graphdef, state)


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 8).reshape(4, 2)
    a = model(x)
    values = save(model)
    again = restore(values)
    model.eval()
    again.eval()
    shapes = jax.tree.map(lambda p: p.shape, values)
    return a, model(x), again(x), values["fc"]["kernel"], values["blocks"][1]["bias"], shapes["fc"]["kernel"]
