"""A classifier of haiku that is trained on batches of NumPy."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
import optax

Batch = Mapping[str, np.ndarray]


class TrainingState(NamedTuple):
    params: hk.Params
    avg_params: hk.Params
    opt_state: optax.OptState


def net_fn(batch: Batch) -> jax.Array:
    x = batch["image"].astype(jnp.float32) / 255.0
    mlp = hk.Sequential([hk.Flatten(), hk.Linear(16), jax.nn.relu, hk.Linear(10)])
    return mlp(x)


def load(seed: int, batch_size: int) -> Iterator[Batch]:
    rng = np.random.default_rng(seed)
    while True:
        label = rng.integers(0, 10, batch_size).astype(np.int64)
        image = (rng.integers(0, 40, (batch_size, 4, 4, 1)) + label[:, None, None, None] * 20).astype(np.uint8)
        yield {"image": image, "label": label}


def classifier():
    net = hk.without_apply_rng(hk.transform(net_fn))
    opt = optax.adam(1e-2)

    def loss(params: hk.Params, batch: Batch) -> jax.Array:
        logits = net.apply(params, batch)
        labels = jax.nn.one_hot(batch["label"], 10)
        l2 = 0.5 * sum(jnp.sum(jnp.square(p)) for p in jax.tree_util.tree_leaves(params))
        log_likelihood = jnp.sum(labels * jax.nn.log_softmax(logits))
        return -log_likelihood / labels.shape[0] + 1e-4 * l2

    @jax.jit
    def evaluate(params: hk.Params, batch: Batch) -> jax.Array:
        logits = net.apply(params, batch)
        return jnp.mean(jnp.argmax(logits, axis=-1) == batch["label"])

    @jax.jit
    def update(state: TrainingState, batch: Batch) -> TrainingState:
        grads = jax.grad(loss)(state.params, batch)
        updates, opt_state = opt.update(grads, state.opt_state)
        params = optax.apply_updates(state.params, updates)
        avg = optax.incremental_update(params, state.avg_params, step_size=0.1)
        return TrainingState(params, avg, opt_state)

    train, test = load(0, 32), load(1, 64)
    params = net.init(jax.random.PRNGKey(42), next(train))
    state = TrainingState(params, params, opt.init(params))
    out = []
    for step in range(20):
        if step % 5 == 0:
            accuracy = np.array(evaluate(state.avg_params, next(test))).item()
            out.append(accuracy)
        state = update(state, next(train))
    return out, state.avg_params


CASES = ("classifier",)
