"""Haiku's loops and branches."""
import haiku as hk
import jax.numpy as jnp


def forward(xs):
    cell = hk.LSTM(4)
    state = cell.initial_state(xs.shape[1])
    ys, state = hk.dynamic_unroll(cell, xs, state)
    lin = hk.Linear(4)
    lin(ys[0])

    def step(carry, x):
        carry = jnp.tanh(lin(carry) + x)
        return carry, carry.sum(-1)

    carry, sums = hk.scan(step, jnp.zeros_like(ys[0]), ys)
    carry = hk.cond(carry.sum() > 0, lin, lambda c: c * 2.0, carry)
    carry = hk.fori_loop(0, 3, lambda i, c: jnp.tanh(lin(c)), carry)
    carry = hk.switch(1, [lambda c: c, lin], carry)
    carry = carry if hk.running_init() else carry
    i, carry = (2, lin(lin(carry))) if hk.running_init() else hk.while_loop(lambda c: c[0] < 2, lambda c: (c[0] + 1, lin(c[1])), (0, carry))
    out = hk.vmap(lin, in_axes=1, out_axes=1, split_rng=False)(ys)
    out = out + hk.remat(lin)(ys)
    g = hk.grad(lambda c: lin(c).sum())(carry)
    return sums, carry, out, g


net = hk.without_apply_rng(hk.transform(forward))


def init(key):
    return net.init(key, jnp.ones((3, 2, 4)))


def compute(params):
    xs = jnp.sin(jnp.arange(24.0)).reshape(3, 2, 4)
    return net.apply(params, xs)
