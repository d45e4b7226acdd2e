"""Layers stacked by layer_stack."""
import haiku as hk
import jax
import jax.numpy as jnp


def block(x):
    return x + jax.nn.gelu(hk.Linear(4)(hk.LayerNorm(-1, True, True)(x)))


def forward(x):
    x = hk.experimental.layer_stack(3)(block)(x)

    @hk.experimental.layer_stack(2, with_per_layer_inputs=True)
    def outer(x, w):
        return hk.Linear(4, name="mix")(x) * w, x.sum()

    return outer(x, jnp.array([1.0, 2.0]))


net = hk.without_apply_rng(hk.transform(forward))


def init(key):
    return net.init(key, jnp.ones((2, 4)))


def compute(params):
    x = jnp.sin(jnp.arange(8.0)).reshape(2, 4)
    return net.apply(params, x), jax.grad(lambda p: net.apply(p, x)[0].sum())(params)
