"""Gradients looked at by layer."""
import jax
import jax.numpy as jnp
import optax
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.first = nnx.Linear(3, 4, rngs=rngs)
        self.second = nnx.Linear(4, 1, rngs=rngs)
        self.scales = nnx.List([nnx.Param(jnp.ones(1)), nnx.Param(jnp.ones(1) * 2)])

    def __call__(self, x):
        return self.second(nnx.tanh(self.first(x))) * self.scales[0] * self.scales[1]


def make():
    return Net(nnx.Rngs(0))


def run(model):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)

    def loss_fn(model):
        params = nnx.state(model, nnx.Param)
        l2 = sum(jnp.sum(p**2) for p in jax.tree.leaves(params))
        return (model(x) ** 2).mean() + 0.01 * l2

    loss, grads = nnx.value_and_grad(loss_fn)(model)
    norms = {name: optax.global_norm(part) for name, part in grads.items()}
    per_leaf = jax.tree.map(lambda g: jnp.linalg.norm(g), grads)
    clipped = jax.tree.map(lambda g: jnp.clip(g, -0.1, 0.1), grads)
    flat, unravel = jax.flatten_util.ravel_pytree(nnx.state(model, nnx.Param))
    names = sum(len(jax.tree_util.keystr(path)) for path, _ in jax.tree_util.tree_leaves_with_path(grads))
    size = sum(p.size for p in jax.tree.leaves(nnx.state(model, nnx.Param)))
    decayed = optax.adamw(1e-2, weight_decay=0.1, mask=lambda p: jax.tree.map(lambda x: x.ndim > 1, p))
    opt = nnx.Optimizer(model, decayed, wrt=nnx.Param)
    opt.update(model, clipped)
    return names, loss, norms, jax.tree.leaves(per_leaf), flat, size, model(x), unravel(flat)["first"]["bias"]
