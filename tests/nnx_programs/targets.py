"""Annotated states, filters put together, target networks."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Q(nnx.Module):
    def __init__(self, rngs):
        self.encoder = nnx.Linear(3, 4, rngs=rngs)
        self.head = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x):
        return self.head(nnx.relu(self.encoder(x)))


def soft_update(online: Q, target: Q, tau: float) -> None:
    params = nnx.state(online, nnx.Param)
    old = nnx.state(target, nnx.Param)
    nnx.update(target, optax.incremental_update(params, old, tau))


def copy_to(online: nnx.Module, target: nnx.Module):
    graphdef, state = nnx.split(online)
    nnx.update(target, state)


def freeze_encoder(path, variable):
    return path[0] != "encoder"


def decay(params: nnx.State) -> jax.Array:
    return sum(jnp.sum(jnp.square(p)) for p in jax.tree.leaves(params))


def make():
    return Q(nnx.Rngs(0)), Q(nnx.Rngs(1))


def run(online, target):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    opt = nnx.Optimizer(online, optax.adam(1e-2), wrt=freeze_encoder)
    before = online.encoder.kernel.value

    def loss_fn(model):
        return ((model(x) - target(x)) ** 2).mean() + 1e-3 * decay(nnx.state(model, nnx.Param))

    losses = []
    for _ in range(3):
        loss, grads = nnx.value_and_grad(loss_fn, argnums=nnx.DiffState(0, freeze_encoder))(online)
        opt.update(online, grads)
        soft_update(online, target, 0.1)
        losses.append(loss)
    a = target(x)
    copy_to(online, target)
    kernels = nnx.state(online, nnx.All(nnx.Param, nnx.PathContains("kernel")))
    others = nnx.state(online, nnx.Not(nnx.PathContains("kernel")))
    return losses, a, target(x), online.encoder.kernel.value - before, len(jax.tree.leaves(kernels)), len(jax.tree.leaves(others))
