"""Functions in the style of JAX libraries; each is called with its own inputs in the source and in every target."""

import operator
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax, random
from jax.flatten_util import ravel_pytree


def masked_reductions(x: jax.Array, mask: jax.Array):
    total = jnp.sum(x, axis=-1, where=mask)
    largest = x.max(axis=-1, where=mask, initial=-jnp.inf)
    mean = jnp.mean(x, where=mask, keepdims=True)
    spread = jnp.std(x, axis=0, where=mask, ddof=1), jnp.var(x, where=mask)
    return (
        total,
        largest,
        mean,
        spread,
        jnp.prod(x, axis=1, where=mask),
        jnp.all(mask, axis=0, where=x > 0),
    )


def reduced(x: jax.Array, mask: jax.Array, reduce_fn=jnp.mean):
    return reduce_fn(x, where=mask), reduce_fn(x, axis=-1, keepdims=True)


REDUCERS = {
    "sum": jnp.sum,
    "mean": jnp.mean,
    "max": partial(jnp.max, axis=0),
    "row": partial(jnp.sum, axis=-1),
}


def by_name(x: jax.Array):
    return [REDUCERS[name](x) for name in sorted(REDUCERS)]


def casts(x: jax.Array, n: jax.Array):
    assert isinstance(x, jnp.ndarray) and isinstance(n, jax.Array)
    return (
        jnp.float32(n) * 2.5 + x,
        jnp.int32(x),
        jnp.bool_(n) & (x > 0),
        jnp.asarray(n, dtype=jnp.float32) / 3,
    )


@jax.jit
def compiled(x):
    return jnp.tanh(x) + 1


@partial(jax.jit, static_argnames=("power",))
def compiled_power(x, power=2):
    return x**power


def calls_compiled(x: jax.Array):
    return jax.jit(compiled)(x), compiled_power(x, power=3)


def cumulative(x: jax.Array):
    return (
        lax.cummax(x, axis=1), lax.cumsum(x, axis=0, reverse=True), lax.cumprod(x, axis=1), lax.cummin(x, 0, True),
        lax.cumlogsumexp(x, axis=1),
    )  # fmt: skip


def discounted(rewards: jax.Array, discount: float = 0.9):
    """As rlax computes returns."""

    def body(carry, reward):
        carry = reward + discount * carry
        return carry, carry

    return lax.scan(body, jnp.zeros(rewards.shape[1:]), rewards, reverse=True)


def scanned_pairs(x: jax.Array, y: jax.Array):
    def step(state, inputs):
        a, b = inputs
        state = {"sum": state["sum"] + a * b, "count": state["count"] + 1}
        return state, (state["sum"], a - b)

    return lax.scan(step, {"sum": jnp.zeros(x.shape[1:]), "count": 0}, (x, y))


def loops(x: jax.Array):
    halved = lax.while_loop(lambda v: jnp.sum(v) > 1.0, lambda v: v / 2, jnp.abs(x))
    powers = lax.fori_loop(0, 4, lambda i, v: v + x * i, jnp.zeros_like(x))
    squares = lax.map(lambda row: jnp.sum(row**2), x)
    prefixes = lax.associative_scan(jnp.add, x, axis=1), lax.associative_scan(
        jnp.maximum, x, reverse=True
    )
    return halved, powers, squares, prefixes


def branches(x: jax.Array):
    a = lax.cond(jnp.sum(x) > 0, lambda v: v + 1, lambda v: v - 1, x)
    b = [lax.switch(i, [jnp.sin, jnp.cos, lambda v: v * 2], x) for i in (-3, 1, 9)]
    return a, b, lax.select(x > 0, x, -x)


def sorted_together(x: jax.Array, n: jax.Array):
    index = jnp.broadcast_to(jnp.arange(x.shape[1]), x.shape)
    return (
        lax.sort((n, x, index), dimension=1, num_keys=2),
        lax.sort(x, dimension=0),
        lax.top_k(x, 2),
    )


def slices(x: jax.Array):
    return (
        lax.dynamic_slice(x, (2, -1), (2, 2)), lax.dynamic_slice_in_dim(x, 9, 2, axis=1),
        lax.dynamic_update_slice(x, jnp.ones((2, 2)), (9, 0)), lax.dynamic_index_in_dim(x, 1, 0, keepdims=False),
        lax.dynamic_update_index_in_dim(x, jnp.zeros(x.shape[1]), 1, 0), lax.slice(x, (0, 1), (3, 4), (2, 1)),
        lax.slice_in_dim(x, 1, 3, axis=1), lax.pad(x, 0.0, ((1, 0, 0), (0, 2, 1))), lax.rsqrt(jnp.abs(x) + 1),
    )  # fmt: skip


def contractions(a: jax.Array, b: jax.Array):
    return (
        lax.dot_general(a, b, (((2,), (1,)), ((0,), (0,)))), jnp.einsum("bij,bjk->bik", a, b),
        lax.dot_general(a, b, (((2,), (1,)), ((), ()))), jax.vmap(jnp.dot)(a, b),
    )  # fmt: skip


def convolution(images: jax.Array, kernel: jax.Array):
    dims = ("NHWC", "HWIO", "NHWC")
    a = lax.conv_general_dilated(images, kernel, (2, 1), "SAME", dimension_numbers=dims)
    b = lax.conv_general_dilated(
        images, kernel, (1, 1), [(1, 0), (2, 1)], rhs_dilation=(2, 1), dimension_numbers=dims
    )
    return a, b


def mapped(x: jax.Array, y: jax.Array):
    a = jax.vmap(lambda u, v: jnp.sum(u) * v)(x, y)
    b = jax.vmap(lambda u, v: u @ v, in_axes=(1, None), out_axes=0)(x, y)
    c = jax.vmap(jax.vmap(lambda u: u * 2), out_axes=1)(x)
    return a, b, c


@partial(jax.vmap, in_axes=(0, None))
def scaled_rows(row, scale):
    return row * scale / jnp.linalg.norm(row)


def calls_scaled_rows(x: jax.Array):
    return scaled_rows(x, 3.0)


def trees(x: jax.Array, y: jax.Array):
    tree = {"b": [x, None], "a": (y, {"c": x + 1})}
    doubled = jax.tree.map(lambda leaf: leaf * 2, tree)
    summed = jax.tree_util.tree_map(lambda p, q: p + q, tree, doubled)
    leaves, structure = jax.tree_util.tree_flatten(summed)
    again = jax.tree.unflatten(structure, [leaf - 1 for leaf in leaves])
    return jax.tree.leaves(again), jax.tree.reduce(lambda p, q: p + jnp.sum(q), tree, 0.0)


def updates(x: jax.Array, n: jax.Array):
    index = jnp.array([0, 2, 0])
    y = x.at[0].set(1.5)
    z = x.at[index].add(2.0)
    w = x.at[:, 1].multiply(3.0)
    v = x.at[index, 1].max(0.25)
    u = n.at[1].set(7)
    x += 1
    return (
        x,
        y,
        z,
        w,
        v,
        u,
        x.at[1, 1].get(),
        x.at[0].min(0.0),
        x.at[1:].divide(4.0),
        x.at[..., 0].power(2),
    )


def normalised(x: jax.Array, mask: jax.Array):
    return (
        jax.nn.softmax(x, axis=-1, where=mask), jax.nn.log_softmax(x), jax.nn.softmax(x, axis=(0, 1)),
        jax.nn.gelu(x), jax.nn.gelu(x, approximate=False), jax.nn.leaky_relu(x), jax.nn.one_hot(jnp.arange(3), 4),
        jax.nn.standardize(x), jax.nn.logsumexp(x, axis=1), jax.nn.hard_tanh(x), jax.nn.softplus(x), jax.nn.glu(x),
        jax.nn.elu(x), jax.nn.silu(x), jax.nn.relu6(x), jax.nn.squareplus(x), jax.nn.log_sigmoid(x),
    )  # fmt: skip


def drawn(x: jax.Array):
    key = random.PRNGKey(7)
    key, first, second = random.split(key, 3)
    noise = random.normal(first, x.shape) + random.uniform(second, (3, 4), minval=-1.0)
    keys = random.split(random.fold_in(key, 3), x.shape[0])
    rows = jax.vmap(lambda k, row: row + random.gumbel(k, row.shape))(keys, x)
    shuffled = random.permutation(key, x)
    picked = (
        random.categorical(key, x, axis=-1),
        random.randint(key, (5,), 0, 10),
        random.bernoulli(key, 0.3, (6,)),
    )
    return noise, rows, shuffled, picked, random.choice(keys[0], 5, (2,), replace=False)


def entropy_loss(logits: jax.Array, labels: jax.Array):
    """As distrax and optax write it: labels may be of integers."""
    log_p = jax.nn.log_softmax(logits, axis=-1)
    one_hot = jax.nn.one_hot(labels, logits.shape[-1])
    loss = -jnp.sum(one_hot * log_p, axis=-1)
    return jnp.mean(loss * labels), jnp.where(labels > 0, labels, 0.5), jnp.maximum(labels, 0.5) / 2


def flattened(x: jax.Array, y: jax.Array):
    vector, rebuilt = ravel_pytree({"a": x, "b": [y, y]})
    tree = rebuilt(vector * 2)
    return vector, tree["a"], tree["b"][1], jax.nn.sparse_plus(vector), jax.nn.sparse_sigmoid(vector)


def core_functions(x: jax.Array, y: jax.Array):
    dot = jnp.vectorize(jnp.dot, signature="(n),(n)->()")
    ends = jnp.vectorize(lambda row: jnp.stack([row[0], row[-1] + 1.0]), signature="(n)->(m)")
    return dot(x, y), dot(x[:, None], y[None]), ends(x)


def result_types(x: jax.Array, n: jax.Array):
    return jnp.zeros(2, jnp.result_type(x, n)), n.astype(jnp.result_type(n)), n.astype(jnp.result_type(n, 1.5))


def shapes(x: jax.Array):
    return (
        lax.broadcast(x, (2,)), lax.broadcast_in_dim(x, (3, 2, 4), (0, 2)), lax.iota(jnp.int32, 4), lax.rev(x, (0,)),
        lax.broadcasted_iota(jnp.int32, (2, 3), 1), lax.collapse(x, 0, 2), lax.expand_dims(x, (0,)),
        lax.transpose(x, (1, 0)),
        jnp.expand_dims(x, (0, 2)), jnp.swapaxes(x, 0, 1), lax.clamp(-0.5, x, 0.5), lax.full((2,), 3.0), lax.div(7, 2),
    )  # fmt: skip


def gradients(x: jax.Array, y: jax.Array):
    def loss(params, target):
        return jnp.sum((jnp.tanh(params["w"]) - target) ** 2 + params["b"] ** 2)

    params = {"w": x, "b": y}
    value, grads = jax.value_and_grad(loss)(params, y)
    second = jax.grad(lambda a, b: jnp.sum(a * lax.stop_gradient(a) * b), argnums=(0, 1))(x, y)
    return value, grads, second


def jacobians(v: jax.Array):
    def f(u):
        return jnp.stack([jnp.sum(u**2), jnp.prod(u)])

    value, pullback = jax.vjp(f, v)
    return (
        jax.jacrev(f)(v),
        jax.jacfwd(f)(v),
        jax.hessian(lambda u: jnp.sum(u**3))(v),
        pullback(value),
        jax.jvp(f, (v,), (v,)),
    )


def loose_annotations(label: int, score: float):
    """Annotated as numbers, called with arrays, as vmapped losses are."""
    return jnp.where(label, -score, score), jnp.maximum(0, 1 - score), jnp.where(score > 0, score, 0.0)


def chosen(x: jax.Array, y: jax.Array, stop: bool = True):
    """Conditions that are Python's, and functions of one operand that may be None."""
    unused = lax.cond(True, lambda _: x, lambda _: x + 1, operand=None)
    named = lax.cond(pred=jnp.sum(x) > 9, true_fun=lambda v: v, false_fun=lambda v: v + 1, operand=y)
    return lax.select(stop, lax.stop_gradient(x), y), jnp.where(not stop, x, 0.0), unused, named


tree_add = partial(jax.tree_util.tree_map, operator.add)
exact_dot = partial(jnp.vdot, precision=lax.Precision.HIGHEST)


def bound_in_advance(x: jax.Array, y: jax.Array):
    """Positional arguments bound in advance, and one that means nothing elsewhere."""
    return tree_add({"a": x}, {"a": y}), exact_dot(x, y)


def mask_arithmetic(mask, x: jax.Array):
    """Masks as numbers: products of two, and differences from counts."""
    window = jnp.triu(jnp.ones_like(mask), -1) * jnp.tril(jnp.ones_like(mask), 5)
    counts = jnp.cumsum(mask, axis=-1)
    mask *= jnp.ones(mask.shape[-1], dtype=jnp.bool_)
    kept = jnp.where(window * mask, x, 0.0)
    counts -= counts >= 1
    return kept, counts, jnp.cumsum(mask) - (x > 0).reshape(-1)


def cut(x, parts):
    return jnp.split(x, parts, axis=-1)


def pieces(x: jax.Array):
    """As many as a number says, and cut at places."""
    halves = cut(x, 2)
    halves[0] = halves[0] + 1.0
    return halves, cut(x, (1, 3)), cut(x, [2])
