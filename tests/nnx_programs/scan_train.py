"""An epoch as one scan over batches."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.fc = nnx.Linear(3, 4, rngs=rngs)
        self.bn = nnx.BatchNorm(4, rngs=rngs)
        self.out = nnx.Linear(4, 1, rngs=rngs)
        self.steps = nnx.Variable(jnp.array(0))

    def __call__(self, x):
        self.steps.value = self.steps.value + 1
        return self.out(nnx.relu(self.bn(self.fc(x))))


def make():
    return Net(nnx.Rngs(0))


def run(model):
    xs = jnp.sin(jnp.arange(60.0)).reshape(5, 4, 3)
    optimizer = nnx.Optimizer(model, optax.sgd(0.1), wrt=nnx.Param)
    graphdef, state = nnx.split((model, optimizer))

    def body(state, x):
        model, optimizer = nnx.merge(graphdef, state)
        loss, grads = nnx.value_and_grad(lambda m: ((m(x) - 1.0) ** 2).mean())(model)
        optimizer.update(model, grads)
        return nnx.state((model, optimizer)), loss

    before = jax.tree.leaves(nnx.state(model, nnx.Param))[1].sum()
    first, _ = jax.lax.scan(body, state, xs[:2])
    again, losses = jax.lax.scan(body, state, xs)
    after = jax.tree.leaves(nnx.state(model, nnx.Param))[1].sum()
    nnx.update((model, optimizer), again)
    return losses, before, after, model(xs[0]), optimizer.step.value, model.steps.value, first[0]["fc"]["kernel"].value
