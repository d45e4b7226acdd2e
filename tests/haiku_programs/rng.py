"""Keys of haiku."""
import haiku as hk
import jax
import jax.numpy as jnp


def forward(x, is_training):
    w = hk.get_parameter("w", [3, 2], init=hk.initializers.RandomNormal(0.1))
    keys = hk.next_rng_keys(2)
    a = jax.random.normal(keys[0], (2,))
    b = jax.random.uniform(keys[1], (2,))
    if is_training:
        x = hk.dropout(hk.next_rng_key(), 0.5, x)
    key = hk.maybe_next_rng_key()
    c = jax.random.normal(key, (2,)) if key is not None else jnp.zeros(2)
    with hk.with_rng(jax.random.PRNGKey(7)):
        d = jax.random.normal(hk.next_rng_key(), (2,))
    return x @ w, a, b, c, d


net = hk.transform(forward)


def init(key):
    return net.init(key, jnp.ones((1, 3)), True)


def compute(params):
    x = jnp.ones((4, 3))
    return net.apply(params, jax.random.PRNGKey(3), x, True), net.apply(params, jax.random.PRNGKey(4), x, False)
