"""Optimizers looked into: schedules, states, clipping, gradients changed by hand."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.a = nnx.Linear(3, 4, rngs=rngs)
        self.b = nnx.Linear(4, 1, rngs=rngs)

    def __call__(self, x):
        return self.b(nnx.relu(self.a(x)))


class TrainState(nnx.Optimizer):
    """An optimizer that counts its examples."""

    def __init__(self, model, tx):
        super().__init__(model, tx, wrt=nnx.Param)
        self.seen = nnx.Variable(jnp.zeros((), jnp.int32))

    def update(self, model, grads, n):
        self.seen.value += n
        super().update(model, grads)


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.linspace(-1, 1, 12).reshape(4, 3)
    y = jnp.ones((4, 1))
    tx = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(optax.cosine_decay_schedule(1e-2, 10)))
    state = TrainState(model, tx)

    @nnx.jit
    def step(model, state, x, y):
        def loss_fn(model, x, y):
            return jnp.mean((model(x) - y) ** 2)
        loss, grads = nnx.value_and_grad(loss_fn)(model, x, y)
        grads = jax.tree.map(lambda g: g * 0.5, grads)
        norm = optax.global_norm(grads)
        kernel_grad = grads["a"]["kernel"].value
        bias_grad = grads.b.bias.value
        state.update(model, grads, x.shape[0])
        return loss, norm, jnp.abs(kernel_grad).sum(), bias_grad

    out = [step(model, state, x, y) for _ in range(3)]
    return out, state.step.value, state.seen.value
