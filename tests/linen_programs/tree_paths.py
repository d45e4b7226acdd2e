"""Masks and groups by the way to each parameter."""
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax


class State(NamedTuple):
    params: dict
    steps: list


def decayed(path, leaf):
    return path[-1].key != "b" and leaf.ndim > 1


def label(path, _):
    name = "/".join(str(part.key) for part in path)
    return "head" if name.startswith("head") else "body"


def init(key):
    return {"body": {"w": jnp.ones((3, 3)), "b": jnp.ones(3)}, "head": {"w": jnp.ones((3, 1)) * 0.5, "b": jnp.zeros(1)}}


def compute(params):
    x = jnp.sin(jnp.arange(12.0)).reshape(4, 3)
    loss = lambda p: ((jnp.tanh(x @ p["body"]["w"] + p["body"]["b"]) @ p["head"]["w"] + p["head"]["b"]) ** 2).mean()
    mask = jax.tree_util.tree_map_with_path(decayed, params)
    labels = jax.tree_util.tree_map_with_path(label, params)
    tx = optax.chain(optax.add_decayed_weights(0.1, mask=mask), optax.multi_transform({"head": optax.sgd(0.1), "body": optax.adam(1e-2)}, labels))
    state = tx.init(params)
    for _ in range(3):
        updates, state = tx.update(jax.grad(loss)(params), state, params)
        params = optax.apply_updates(params, updates)
    names = [len(jax.tree_util.keystr(path)) for path, _ in jax.tree_util.tree_leaves_with_path(State(params, [1, 2]))]
    flat, _ = jax.tree_util.tree_flatten_with_path(params)
    sizes = {jax.tree_util.keystr(p, simple=True, separator="."): v.size for p, v in flat}
    kinds = sum(isinstance(p[0], jax.tree_util.DictKey) for p, _ in flat)
    return params, names, sizes, kinds
