"""Parameters taken apart, filtered and joined."""
import haiku as hk
import jax
import jax.numpy as jnp
import optax


def forward(x):
    x = hk.nets.MLP([5, 4], name="body")(x)
    return hk.Linear(2, name="head")(x)


net = hk.without_apply_rng(hk.transform(forward))


def init(key):
    return net.init(key, jnp.ones((1, 3)))


def compute(params):
    x = jnp.sin(jnp.arange(6.0)).reshape(2, 3)
    head, body = hk.data_structures.partition(lambda m, n, p: m == "head", params)
    weights = hk.data_structures.filter(lambda m, n, p: n == "w", params)
    scaled = hk.data_structures.map(lambda m, n, p: p * 0.5 if n == "b" else p, params)
    count = hk.data_structures.tree_size(params)
    byte = hk.data_structures.tree_bytes(params)
    names = [f"{m}/{n}" for m, n, p in hk.data_structures.traverse(params)]

    def loss(head, body):
        return (net.apply(hk.data_structures.merge(head, body), x) ** 2).mean()

    tx = optax.adam(1e-2)
    state = tx.init(head)
    losses = []
    for _ in range(3):
        value, grads = jax.value_and_grad(loss)(head, body)
        updates, state = tx.update(grads, state)
        head = optax.apply_updates(head, updates)
        losses.append(value)
    l2 = 0.5 * sum(jnp.sum(jnp.square(p)) for p in jax.tree.leaves(weights))
    d = hk.data_structures.to_mutable_dict(params)
    d["head"]["b"] = jnp.ones(2)
    return losses, l2, net.apply(scaled, x), count, byte, len(names), net.apply(d, x), hk.data_structures.is_subset(subset=head, superset=params)
