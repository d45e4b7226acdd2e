"""Models that are changed: layers replaced, weights set, running values read back in the loss."""
import jax.numpy as jnp
import optax
from flax import nnx


class Running(nnx.Module):
    def __init__(self, dim, rngs):
        self.linear = nnx.Linear(dim, dim, rngs=rngs)
        self.mean = nnx.BatchStat(jnp.zeros(dim))

    def __call__(self, x):
        h = self.linear(x)
        self.mean.value = 0.9 * self.mean.value + 0.1 * h.mean(0)
        return h - self.mean.value


def make():
    return Running(3, nnx.Rngs(0))


def run(model):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    opt = nnx.Optimizer(model, optax.sgd(0.5), wrt=nnx.Param)

    def loss_fn(model):
        return (model(x) ** 2).mean() + (model.mean.value ** 2).sum()

    losses = []
    for _ in range(3):
        loss, grads = nnx.value_and_grad(loss_fn)(model)
        opt.update(model, grads)
        losses.append(loss)
    model.linear.kernel.value = model.linear.kernel.value * 0.5
    model.linear.bias[...] = jnp.ones(3)
    y = model(x)
    model.linear = nnx.Linear(3, 2, rngs=nnx.Rngs(1), kernel_init=nnx.initializers.ones)
    model.mean = nnx.BatchStat(jnp.zeros(2))
    return losses, y, model(x), model.mean.value
