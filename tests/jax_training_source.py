"""Training code in the styles in which people write it: functions of trees, loops as scans, several models."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax, value_and_grad


class TrainingState(NamedTuple):
    params: Any
    avg_params: Any
    opt_state: optax.OptState
    step: jax.Array


def mse(params, batch, reg=0.0):
    x, y = batch
    pred = jnp.dot(x, params["w"]) + params["b"]
    loss = jnp.mean(jnp.square(pred - y))
    return loss + reg * sum(jnp.sum(p**2) for p in jax.tree_util.tree_leaves(params)), {"pred": pred, "mse": loss}


@partial(jax.jit, static_argnames=("lr",), donate_argnums=(0,))
def sgd_step(params, batch, lr=0.1):
    (loss, aux), grads = value_and_grad(mse, has_aux=True)(params, batch, reg=1e-3)
    params = jax.tree.map(lambda p, g: p - lr * g, params, grads)
    return params, loss, aux["mse"]


def manual(n=5):
    rng = np.random.RandomState(0)
    x = jnp.asarray(rng.randn(8, 3), dtype=jnp.float32)
    y = x @ jnp.array([[1.0], [2.0], [3.0]])
    params = {"w": jnp.zeros((3, 1)), "b": jnp.zeros((1,))}
    out = []
    for _ in range(n):
        params, loss, m = sgd_step(params, (x, y), lr=0.05)
        out.append(float(loss))
    return out, params


def make_update(optimizer: optax.GradientTransformation, loss_fn: Callable):
    @jax.jit
    def update(state: TrainingState, batch) -> tuple[TrainingState, jax.Array]:
        grads, aux = jax.grad(loss_fn, has_aux=True)(state.params, batch)
        updates, opt_state = optimizer.update(grads, state.opt_state)
        params = optax.apply_updates(state.params, updates)
        avg = optax.incremental_update(params, state.avg_params, step_size=0.01)
        return TrainingState(params, avg, opt_state, state.step + 1), aux["mse"]

    return update


def state_style(n=5):
    rng = np.random.RandomState(1)
    x = jnp.asarray(rng.randn(8, 3).astype(np.float32))
    y = jnp.asarray(rng.randn(8, 1).astype(np.float32))
    params = {"w": jnp.ones((3, 1)), "b": jnp.zeros((1,))}
    opt = optax.adam(1e-2)
    update = make_update(opt, mse)
    state = TrainingState(params, params, opt.init(params), jnp.array(0))
    ms = []
    for _ in range(n):
        state, m = update(state, (x, y))
        ms.append(m.item())
    return ms, state.params, state.avg_params, state.step


def scan_style(n=5):
    rng = np.random.RandomState(2)
    xs = jnp.asarray(rng.randn(n, 8, 3).astype(np.float32))
    ys = jnp.asarray(rng.randn(n, 8, 1).astype(np.float32))
    params = {"w": jnp.ones((3, 1)), "b": jnp.zeros((1,))}
    tx = optax.chain(optax.clip_by_global_norm(0.5), optax.sgd(optax.linear_schedule(0.1, 0.0, n), momentum=0.9))

    def body(carry, batch):
        params, opt_state = carry
        (loss, _), grads = jax.value_and_grad(mse, has_aux=True)(params, batch)
        updates, opt_state = tx.update(grads, opt_state, params)
        params = optax.apply_updates(params, updates)
        return (params, opt_state), (loss, optax.global_norm(grads))

    (params, opt_state), (losses, norms) = lax.scan(body, (params, tx.init(params)), (xs, ys))
    return losses, norms, params


def fori_style(n=5):
    x = jnp.linspace(-1.0, 1.0, 12).reshape(4, 3)
    y = jnp.sum(x, axis=1, keepdims=True)
    params = {"w": jnp.ones((3, 1)), "b": jnp.zeros((1,))}
    tx = optax.lion(1e-2)

    def body(i, carry):
        params, s = carry
        grads = jax.grad(lambda p: mse(p, (x, y))[0])(params)
        up, s = tx.update(grads, s, params)
        return optax.apply_updates(params, up), s

    params, _ = jax.lax.fori_loop(0, n, body, (params, tx.init(params)))
    return params


def multi_args():
    def f(a, b, scale):
        return scale * jnp.sum(a * jnp.sin(b))

    a, b = jnp.arange(3.0), jnp.ones(3)
    (ga, gb) = jax.grad(f, argnums=(0, 1))(a, b, 2.0)
    v, g = jax.value_and_grad(f, argnums=1)(a, b, 3.0)
    per = jax.vmap(jax.grad(lambda w, x: jnp.tanh(w @ x)), in_axes=(None, 0))(a, jnp.eye(3))
    return ga, gb, v, g, per


def maml(n=3):
    def loss(p, x):
        return jnp.sum((p["w"] * x - 1.0) ** 2)

    def outer(p, x):
        g = jax.grad(loss)(p, x)
        fast = jax.tree_util.tree_map(lambda q, d: q - 0.1 * d, p, g)
        return loss(fast, x + 1)

    p = {"w": jnp.ones(3)}
    tx = optax.rmsprop(1e-2)
    s = tx.init(p)
    for _ in range(n):
        value, g = jax.value_and_grad(outer)(p, jnp.arange(3.0))
        u, s = tx.update(g, s)
        p = optax.apply_updates(p, u)
    return value, p


def microbatches():
    params = {"w": jnp.ones((3, 1)), "b": jnp.zeros((1,))}
    x = jnp.linspace(-1.0, 1.0, 24).reshape(2, 4, 3)
    y = jnp.ones((2, 4, 1))
    grads = jax.tree.map(jnp.zeros_like, params)
    for i in range(2):
        g = jax.grad(mse, has_aux=True)(params, (x[i], y[i]))[0]
        grads = jax.tree.map(jnp.add, grads, g)
    grads = jax.tree.map(lambda t: t / 2, grads)
    n = sum(p.size for p in jax.tree.leaves(params))
    flat = jax.tree_util.tree_reduce(lambda acc, t: acc + jnp.sum(t), grads, 0.0)
    return grads, n, flat


def frozen():
    params = {"enc": {"w": jnp.ones(3)}, "head": {"w": jnp.ones(3)}}
    labels = jax.tree.map(lambda _: "zero", params)
    labels["head"] = jax.tree.map(lambda _: "adam", params["head"])
    tx = optax.multi_transform({"adam": optax.adam(0.1), "zero": optax.set_to_zero()}, labels)
    s = tx.init(params)
    g = jax.grad(lambda p: jnp.sum(p["enc"]["w"] * p["head"]["w"] ** 2))(params)
    u, s = tx.update(g, s, params)
    return optax.apply_updates(params, u)


CASES = ("manual", "state_style", "scan_style", "fori_style", "multi_args", "maml", "microbatches", "frozen")
