"""Graphs of code that takes functions (``vmap``, ``grad``, ``scan``), and of live models of flax and haiku."""

from __future__ import annotations

import ivy
import numpy as np
import pytest
from ivy import exceptions

torch = pytest.importorskip("torch")
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
linen = pytest.importorskip("flax.linen")
hk = pytest.importorskip("haiku")
jnp = jax.numpy


def drawn(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape), jnp.float32)


def loss(w, x):
    return jnp.mean(jax.nn.softplus(x @ w) ** 2)


def slopes(w, x):
    return jax.value_and_grad(loss)(w, x)


def norms(a, b):
    return jax.vmap(lambda row, other: jnp.dot(row, other) / jnp.linalg.norm(row))(a, b)


def smoothed(x):
    def step(carry, row):
        carry = 0.9 * carry + row
        return carry, jnp.tanh(carry)

    return jax.lax.scan(step, jnp.zeros(x.shape[1]), x)


def cross_entropy(logits, labels):
    def one(row, label):
        return jax.nn.logsumexp(row) - row[label]

    return jax.vmap(one)(logits, labels)


def curvature(x):
    return jax.hessian(lambda z: jnp.sum(z**3) * z[0])(x)


def embedded(table, ids):
    return jax.vmap(lambda one: table[one])(ids).sum(-1)


def convolved(kernel, images):
    def total(kernel):
        numbers = ("NHWC", "HWIO", "NHWC")
        return jax.nn.relu(
            jax.lax.conv_general_dilated(images, kernel, (1, 1), "SAME", dimension_numbers=numbers)
        ).sum()

    return jax.grad(total)(kernel)


def ordered(x):
    return jax.vmap(jnp.sort)(x), jax.vmap(jnp.argsort)(x), jax.vmap(lambda row: jax.lax.top_k(row, 2))(x)


def powered(x):
    return jax.lax.fori_loop(0, 3, lambda i, z: z * 1.5 + i, x)


def halved(x):
    """A loop inside a loop; the number of turns depends on values."""

    def body(carry):
        x, count = carry
        x = jax.lax.while_loop(lambda z: z.sum() < 10, lambda z: z + 1.5, x)
        return x * 0.1, count + 1

    return jax.lax.while_loop(lambda carry: carry[1] < 3, body, (x, 0))


def stopped(x):
    """Each row stops by itself."""
    return jax.vmap(lambda row: jax.lax.while_loop(lambda z: z.sum() < 10, lambda z: z * 1.5 + 1, row))(x)


def branches(x, y):
    first = jax.lax.cond(x.sum() > y, lambda z: z + y, jnp.cos, x)
    return jax.lax.switch(jnp.argmax(x[0]), [jnp.sin, lambda z: z * y, jnp.cos, jnp.tanh], first)


def long_scan(x):
    """Gradients through a loop that is not unrolled, with a condition in it."""

    def step(carry, row):
        carry = jnp.tanh(carry * row + 0.1)
        return carry, jax.lax.cond(carry.sum() > 0, lambda z: z * 2, lambda z: z, carry)

    def total(x):
        carry, rows = jax.lax.scan(step, x[0], jnp.tile(x, (30, 1)), reverse=True)
        return carry.sum() + (rows**2).mean()

    return jax.value_and_grad(total)(x)


def counted(x):
    return jax.lax.fori_loop(0, 120, lambda i, z: z * 0.9 + i * 0.01 * jnp.sin(z), x)


CASES = {
    "while": (halved, lambda seed: (drawn(3, 4, seed=seed),)),
    "while in vmap": (stopped, lambda seed: (drawn(3, 4, seed=seed),)),
    "cond": (branches, lambda seed: (drawn(3, 4, seed=seed), drawn(seed=seed + 1))),
    "long scan": (long_scan, lambda seed: (drawn(3, 4, seed=seed),)),
    "long loop": (counted, lambda seed: (drawn(3, 4, seed=seed),)),
    "grad": (slopes, lambda seed: (drawn(4, 2, seed=seed), drawn(5, 4, seed=seed + 1))),
    "vmap": (norms, lambda seed: (drawn(5, 4, seed=seed), drawn(5, 4, seed=seed + 1))),
    "scan": (smoothed, lambda seed: (drawn(5, 4, seed=seed),)),
    "labels": (cross_entropy, lambda seed: (drawn(5, 4, seed=seed), jnp.asarray([0, 3, 1, 2, 2]))),
    "hessian": (curvature, lambda seed: (drawn(4, seed=seed),)),
    "table": (embedded, lambda seed: (drawn(6, 3, seed=seed), jnp.asarray([[1, 5], [0, 2]]))),
    "convolution": (convolved, lambda seed: (drawn(3, 3, 2, 4, seed=seed), drawn(1, 6, 6, 2, seed=seed + 1))),
    "sort": (ordered, lambda seed: (drawn(5, 4, seed=seed),)),
    "loop": (powered, lambda seed: (drawn(5, 4, seed=seed),)),
}


PLACES = jnp.asarray([2, 0, 1, 1])
PAIRS = jnp.asarray([[0, 2], [1, 1], [2, 0], [0, 0]])
in_rows = jax.vmap
SCATTERS = {
    "one place": (lambda x: in_rows(lambda row: row.at[1].set(0.0))(x), ()),
    "a slice": (lambda x: in_rows(lambda row: row.at[1:].add(row[:2]))(x), ()),
    "set": (lambda x, i: in_rows(lambda row, i: row.at[i].set(9.0))(x, i), (PLACES,)),
    "places from the end": (lambda x, i: in_rows(lambda row, i: row.at[i].set(9.0))(x, i - 3), (PLACES,)),
    "add": (lambda x, i: in_rows(lambda row, i: row.at[i].add(row[:2]))(x, i), (PAIRS,)),
    "max": (lambda x, i: in_rows(lambda row, i: row.at[i].max(0.5))(x, i), (PAIRS,)),
    "min": (lambda x, i: in_rows(lambda row, i: row.at[i].min(0.5))(x, i), (PLACES,)),
    "multiply": (lambda x, i: in_rows(lambda row, i: row.at[i].multiply(0.5))(x, i), (PLACES,)),
    "rows": (lambda x, i: jax.grad(lambda x: jnp.sum(x[i] ** 2 * jnp.arange(3.0)))(x), (PLACES,)),
    "columns": (lambda x, i: jax.grad(lambda x: jnp.sum(x[:, i] ** 2))(x), (PLACES,)),
    "pairs": (lambda x, i: jax.grad(lambda x: jnp.sum(jnp.sin(x[jnp.arange(4), i])))(x), (PLACES,)),
    "along": (lambda x, i: jax.grad(lambda x: jnp.sum(jnp.take_along_axis(x, i, 1) ** 2))(x), (PAIRS,)),
    "sorted": (lambda x: jax.grad(lambda x: jnp.sum(jnp.sort(x, 0)[:2] ** 2))(x), ()),
    "labels": (lambda x, i: in_rows(jax.grad(lambda row, i: jax.nn.logsumexp(row) - row[i]))(x, i), (PLACES,)),
    "segments": (lambda x, i: in_rows(lambda row: jax.ops.segment_sum(row, i, 3), 1)(x), (PLACES,)),
    "counts": (lambda x, i: in_rows(lambda i: jnp.bincount(i, length=4))(i), (PAIRS,)),
}


def agree(found, expected):
    found, expected = (jax.tree.leaves(jax.tree.map(host, value)) for value in (found, expected))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def host(value):
    return np.asarray(value.detach() if hasattr(value, "detach") else value)


@pytest.mark.parametrize("name", CASES)
def test_functions_of_functions(name):
    function, make = CASES[name]
    graph = ivy.trace_graph(function, args=make(0))
    assert graph.framework == "jax" and "lambda" not in graph.source
    agree(graph(*make(7)), function(*make(7)))
    agree(graph.to("torch")(*make(7)), function(*make(7)))


def test_the_text_is_that_of_public_functions():
    graph = ivy.trace_graph(norms, args=CASES["vmap"][1](0))
    assert graph.source.endswith("""
def norms(a: jax.Array, b: jax.Array):
    return jnp.einsum("ab,ab->a", a, b) / jnp.sqrt(jnp.sum(a * a, axis=1))
""")


def test_loops_and_branches_are_nested_functions():
    graph = ivy.trace_graph(stopped, to="torch", args=CASES["while in vmap"][1](0))
    assert graph.source.endswith("""
def stopped(x: torch.Tensor):
    \"\"\"Each row stops by itself.\"\"\"

    def condition(carry: torch.Tensor):
        return torch.any(torch.sum(carry, dim=1) < 10.0)

    def body(carry: torch.Tensor):
        return torch.where((torch.sum(carry, dim=1) < 10.0).reshape(3, 1), carry * 1.5 + 1.0, carry)

    looped = while_loop(condition, body, x)
    return looped
""")


@pytest.mark.parametrize("target", ["tensorflow", "numpy"])
@pytest.mark.parametrize("name", ["while", "while in vmap", "cond", "long scan"])
def test_loops_in_other_targets(name, target):
    pytest.importorskip(target)
    function, make = CASES[name]
    agree(ivy.trace_graph(function, to=target, args=make(0))(*make(7)), function(*make(7)))


@pytest.mark.parametrize("name", SCATTERS)
def test_scatters(name):
    function, rest = SCATTERS[name]
    graph = ivy.trace_graph(function, args=(drawn(4, 3), *rest))
    others = (drawn(4, 3, seed=7), *(places[::-1] for places in rest))
    for target in ("jax", "torch"):
        agree(graph.to(target)(*others), function(*others))


@pytest.mark.parametrize("target", ["tensorflow", "numpy"])
@pytest.mark.parametrize("name", ["add", "labels", "sorted", "columns"])
def test_scatters_in_other_targets(name, target):
    pytest.importorskip(target)
    function, rest = SCATTERS[name]
    others = (drawn(4, 3, seed=7), *rest)
    agree(ivy.trace_graph(function, to=target, args=(drawn(4, 3), *rest))(*others), function(*others))


def test_scatters_that_leave_places_out():
    """A place outside is left out by JAX, and raises elsewhere."""
    function, _ = SCATTERS["set"]
    graph = ivy.trace_graph(function, args=(drawn(4, 3), PLACES))
    outside = PLACES + 1
    agree(graph(drawn(4, 3), outside), function(drawn(4, 3), outside))
    with pytest.raises(IndexError):
        graph.to("torch")(drawn(4, 3), outside)


def test_a_scatter_is_an_update():
    graph = ivy.trace_graph(SCATTERS["set"][0], args=(drawn(4, 3), PLACES))
    assert "    return x.at[jnp.arange(4), i].set(9.0)\n" in graph.source


def test_places_outside_give_what_they_gave():
    table, places = drawn(4, 3), jnp.asarray([0, 7])
    taken = ivy.trace_graph(lambda t, i: jax.vmap(lambda one: jnp.take(t, one, axis=0))(i), args=(table, places % 4))
    assert np.isnan(taken(table, places)[1]).all()


def test_what_is_not_followed_is_refused_by_name():
    with pytest.raises(exceptions.NotTraceable, match="random"):
        ivy.trace_graph(
            lambda key, x: jax.vmap(lambda row: row * jax.random.gamma(key, row))(jnp.abs(x)),
            args=(jax.random.key(0), drawn(3, 2)),
        )


class Net(nnx.Module):
    """Dense layers, normalisation and attention."""

    def __init__(self, rngs):
        self.first, self.norm = nnx.Linear(4, 8, rngs=rngs), nnx.BatchNorm(8, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, 8, rngs=rngs, decode=False)
        self.drop, self.last = nnx.Dropout(0.5, rngs=rngs), nnx.Linear(8, 2, rngs=rngs)

    def __call__(self, x):
        x = nnx.relu(self.norm(self.first(x)))
        return self.last(self.drop(x + self.attention(x)))


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_live_models_of_nnx(target):
    net = Net(nnx.Rngs(0))
    net.eval()
    graph = ivy.trace_graph(net, to=target, args=(drawn(3, 5, 4),))
    agree(graph(drawn(3, 5, 4, seed=1)), net(drawn(3, 5, 4, seed=1)))


class Mixer(linen.Module):
    @linen.compact
    def __call__(self, x):
        x = linen.gelu(linen.LayerNorm()(linen.Dense(8)(x)))
        return linen.Conv(3, (3,))(linen.MultiHeadDotProductAttention(2)(x, x))


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_functions_that_apply_models(target):
    x, other = drawn(3, 5, 4), drawn(3, 5, 4, seed=1)
    mixer = Mixer()
    variables = mixer.init(jax.random.key(0), x)
    graph = ivy.trace_graph(lambda x: mixer.apply(variables, x), to=target, args=(x,))
    agree(graph(other), mixer.apply(variables, other))
    forward = hk.without_apply_rng(hk.transform(lambda x: hk.nets.MLP([8, 3])(hk.Flatten()(x))))
    params = forward.init(jax.random.key(0), x)
    graph = ivy.trace_graph(forward.apply, to=target, args=(params, x))
    agree(graph(params, other), forward.apply(params, other))


def noisy(key, x):
    first, second = jax.random.split(key)
    kept = jax.random.bernoulli(first, 0.7, x.shape)
    return jax.grad(lambda v: jnp.sum((jnp.where(kept, v, 0.0) + jax.random.normal(second, v.shape)) ** 2))(x)


def a_key_for_each(key, x):
    def one(key, row):
        keep = jax.random.bernoulli(jax.random.fold_in(key, 3), jax.nn.sigmoid(row))
        return keep * row + jax.random.uniform(key, row.shape, minval=row, maxval=2.0)

    return jax.vmap(one)(jax.random.split(key, 3), x)


def one_key_for_all(key, x):
    def one(row):
        order = jax.random.permutation(key, 4)
        noise = jax.random.gumbel(key, row.shape) + jax.random.truncated_normal(key, -1.0, 2.0, row.shape)
        return row[order] + noise + jax.random.randint(key, row.shape, 0, 5) + jax.random.categorical(key, row)

    return jax.vmap(one)(x)


def walk(key, x):
    def step(carry, row):
        key, place = carry
        key, used = jax.random.split(key)
        place = place + row * jax.random.laplace(used, row.shape)
        return (key, place), jax.random.exponential(used)

    (_, last), steps = jax.lax.scan(step, (key, x[0]), jnp.tile(x, (20, 1)))
    return last, steps


def drawn_if_positive(key, x):
    def one(row):
        return jax.lax.cond(row.sum() > 0, lambda key: jax.random.normal(key, row.shape), lambda key: row, key)

    return jax.vmap(one)(x)


KEYED = (noisy, a_key_for_each, one_key_for_all, walk, drawn_if_positive)


@pytest.mark.parametrize("make", [jax.random.key, jax.random.PRNGKey])
@pytest.mark.parametrize("function", KEYED)
def test_keys_as_arguments(function, make):
    """Inside functions of functions, of both kinds, and in another framework."""
    graph = ivy.trace_graph(function, args=(make(0), drawn(3, 4)))
    for key in (jax.random.key(5), jax.random.PRNGKey(6)):
        expected = function(key, drawn(3, 4, seed=1))
        for target in ("jax", "torch"):
            agree(graph.to(target)(key, drawn(3, 4, seed=1)), expected)


def test_the_text_of_a_draw():
    assert (
        ivy.trace_graph(noisy, to="torch", args=(jax.random.PRNGKey(0), drawn(3, 4))).source
        == """\
import torch

from torch_helpers import random_bernoulli, random_normal, random_split


def noisy(key: torch.Tensor, x: torch.Tensor):
    split = random_split(key)
    bernoulli = random_bernoulli(split[0], 0.7, (3, 4))
    product = 1.0 * (2.0 * (torch.where(bernoulli, x, 0.0) + random_normal(split[1], (3, 4))))
    return torch.where(bernoulli, product, 0.0)
"""
    )
