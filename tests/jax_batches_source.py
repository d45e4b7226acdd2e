"""Training steps whose batches are arrays of NumPy, as loaders give them."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx


class Net(nnx.Module):
    def __init__(self, rngs):
        self.conv = nnx.Conv(1, 4, (3, 3), rngs=rngs)
        self.l = nnx.Linear(4, 3, rngs=rngs)

    def __call__(self, x):
        x = nnx.relu(self.conv(x))
        return self.l(x.mean(axis=(1, 2)))


def fill(m):
    m.conv.kernel.value = jnp.asarray(np.sin(np.arange(36)).reshape(3, 3, 1, 4), jnp.float32)
    m.l.kernel.value = jnp.asarray(np.cos(np.arange(12)).reshape(4, 3), jnp.float32)
    return m


@nnx.jit
def step(model, optimizer, batch):
    def loss_fn(model):
        logits = model(batch["image"])
        loss = optax.softmax_cross_entropy_with_integer_labels(logits, batch["label"]).mean()
        return loss, logits

    (loss, logits), grads = nnx.value_and_grad(loss_fn, has_aux=True)(model)
    optimizer.update(model, grads)
    return loss, (logits.argmax(-1) == batch["label"]).mean()


def run_nnx():
    m = fill(Net(nnx.Rngs(0)))
    opt = nnx.Optimizer(m, optax.adam(1e-2), wrt=nnx.Param)
    r = np.random.default_rng(0)
    out = []
    for _ in range(4):
        batch = {"image": r.standard_normal((6, 8, 8, 1)), "label": r.integers(0, 3, 6)}
        out.append(step(m, opt, batch))
    return out


@jax.jit
def update(params, state, x, y):
    def loss(p):
        pred = jnp.tanh(x @ p["a"]) @ p["b"]
        return jnp.mean((pred - y) ** 2) + 0.1 * jnp.mean(jnp.dot(x, p["a"]))

    value, g = jax.value_and_grad(loss)(params)
    u, state = optax.adam(1e-2).update(g, state)
    return optax.apply_updates(params, u), state, value


def run_fn():
    r = np.random.default_rng(0)
    params = {"a": r.standard_normal((3, 4)).astype(np.float32), "b": r.standard_normal((4, 1)).astype(np.float32)}
    state = optax.adam(1e-2).init(params)
    out = []
    for _ in range(3):
        params, state, value = update(params, state, r.standard_normal((5, 3)), r.standard_normal((5, 1)))
        out.append(value)
    return out, params


CASES = ("run_nnx", "run_fn")
