"""Axes by the kind of variable: shared weights with states of their own, and a carried counter."""
import jax.numpy as jnp
from flax import nnx


class Count(nnx.Variable):
    pass


class Memory(nnx.Variable):
    pass


class Cell(nnx.Module):
    def __init__(self, rngs):
        self.linear = nnx.Linear(3, 3, rngs=rngs)
        self.memory = Memory(jnp.zeros((4, 3)))
        self.count = Count(jnp.zeros((), jnp.int32))

    def __call__(self, x):
        self.memory.value = jnp.tanh(self.linear(self.memory.value + x))
        self.count.value += 1
        return self.memory.value


def make():
    return Cell(nnx.Rngs(0))


def run(model):
    xs = jnp.sin(jnp.arange(24.0)).reshape(4, 2, 3)
    axes = nnx.StateAxes({Memory: 0, nnx.Param: None, Count: nnx.Carry})

    @nnx.scan(in_axes=(axes, 0), out_axes=0)
    def steps(model, x):
        return model(x[0])

    ys = steps(model, xs)

    @nnx.vmap(in_axes=(nnx.StateAxes({Memory: 0, ...: None}), 0))
    def each(model, x):
        return model.linear(x[1]) + model.memory.value

    return ys, each(model, xs), model.memory.value, model.count.value
