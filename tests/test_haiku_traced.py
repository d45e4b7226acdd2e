"""Live functions of Haiku without Python source: they are traced, and written as text that is converted."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")

import ivy  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from ivy.exceptions import GraphMismatch, IvyError, NotConvertible  # noqa: E402

TARGETS = ("torch", "tensorflow", "numpy")
TEXT = """
import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import gelu


class Block(hk.Module):
    def __init__(self, size, scale=1.0, name=None):
        super().__init__(name=name)
        self.scale = scale
        self.linear = hk.Linear(size)

    def __call__(self, x):
        gain = hk.get_parameter("gain", [x.shape[-1]], init=jnp.ones)
        return jax.nn.relu(self.linear(x)) * self.scale + x * gain


def repeated(x):
    x = hk.Linear(8)(x)
    for scale in (1.0, 0.5, 0.25):
        x = Block(8, scale)(x)
    return hk.nets.MLP([4, 3])(x)


def normalised(x, is_training):
    x = hk.Conv2D(4, 3, with_bias=False)(x)
    x = jax.nn.relu(hk.BatchNorm(True, True, 0.9)(x, is_training))
    x = hk.max_pool(x, (2, 2, 1), (2, 2, 1), "SAME")
    return hk.Linear(3)(hk.Flatten()(x))


class Inner(hk.Module):
    def __init__(self, size, act=jax.nn.relu, name=None):
        super().__init__(name=name)
        self.size, self.act = size, act

    def __call__(self, x):
        return self.act(hk.LayerNorm(-1, True, True)(hk.Linear(self.size)(x)))


class Outer(hk.Module):
    def __init__(self, sizes, name=None):
        super().__init__(name=name)
        self.layers = [Inner(size) for size in sizes]
        self.out = hk.Linear(3, with_bias=False, name="head")

    def encode(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __call__(self, x, scale):
        h = self.encode(x)
        gate = hk.Linear(h.shape[-1], name="gate")(h)
        return {"out": self.out(h * jax.nn.sigmoid(gate)) * scale, "rest": (h, gate)}


def nested(x, scale=2.0):
    return Outer([4, 6], name="second")(Outer([8, 6])(x, scale)["out"], scale)


class Counter(hk.Module):
    def __call__(self, x):
        count = hk.get_state("count", [], jnp.float32, init=jnp.zeros)
        hk.set_state("count", count + x.mean())
        return x * count - hk.ExponentialMovingAverage(0.9)(x.mean(0))


def counted(x):
    return hk.Linear(3)(Counter()(x))


def recurrent(x):
    core = hk.LSTM(6)
    out, state = hk.dynamic_unroll(core, x, core.initial_state(x.shape[1]))
    return hk.BatchApply(hk.Linear(2))(out), state


def unrolled(x):
    core = hk.DeepRNN([hk.Linear(4), jax.nn.relu, hk.LSTM(5)])
    out, _ = hk.dynamic_unroll(core, x, core.initial_state(x.shape[1]))
    return hk.Sequential([hk.Linear(4), jax.nn.relu, hk.Linear(2)])(out)


class Causal(hk.MultiHeadAttention):
    def __call__(self, x):
        return super().__call__(x, x, x, np.tril(np.ones((x.shape[1], x.shape[1])))[None, None])


def causal(x):
    for at in range(2):
        x = x + Causal(2, 3, model_size=5, w_init=hk.initializers.VarianceScaling(), name=f"at_{at}")(x)
    return x


def shared(x):
    linear = hk.Linear(5)
    return linear(linear(x)) + hk.Linear(5)(x)


class Residual(hk.Module):
    def __init__(self, inner, name=None):
        super().__init__(name=name)
        self.inner = inner

    def __call__(self, x):
        return self.inner(x) + x


def given(x):
    return Residual(hk.Sequential([hk.Linear(4), gelu, hk.Linear(5)]))(x)


class Attention(hk.Module):
    def __call__(self, ids):
        embed = hk.Embed(10, 6)
        h = embed(ids)
        h = hk.MultiHeadAttention(2, 3, model_size=6, w_init=hk.initializers.VarianceScaling())(h, h, h)
        return h @ embed.embeddings.T


def attended(ids):
    return Attention()(ids)


def scoped(x):
    with hk.name_scope("encoder"):
        return hk.Linear(4)(x)


def dropped(x):
    return hk.dropout(hk.next_rng_key(), 0.5, hk.Linear(3)(x))


def dropped_with_a_key(x):
    key = hk.maybe_next_rng_key()
    x = hk.Linear(3)(x)
    return x if key is None else hk.dropout(key, 0.5, x)


def quiet(x, rate=0.0):
    x = jax.nn.relu(hk.Linear(3)(x))
    return hk.Linear(2)(hk.dropout(hk.next_rng_key(), rate, x))


def silent(x):
    return quiet(x * 0.0, 0.5)


def noisy(x):
    first, second = hk.next_rng_keys(2)
    x = hk.Linear(6)(x) + jax.random.normal(first, (2, 6))
    keep = jax.vmap(lambda key, row: jax.random.bernoulli(key, jax.nn.sigmoid(row)))(jax.random.split(second, 2), x)
    return hk.Linear(2)(hk.dropout(hk.next_rng_key(), 0.2, jnp.where(keep, x, 0.1)))


def mapped(x):
    w = hk.get_parameter("w", [5, 3], init=hk.initializers.RandomNormal())
    return jax.vmap(lambda row: jnp.tanh(row @ w))(x)
"""


def without_source(text=TEXT):
    """The functions of a text that stands in no file."""
    space = {}
    exec(text, space)  # noqa: S102
    return space


SPACE = without_source()


def drawn(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape), jnp.float32)


def agree(found, expected):
    found, expected = jax.tree.leaves(found), jax.tree.leaves(expected)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(ivy.to_numpy(one)), np.asarray(other), rtol=1e-5, atol=1e-5)


@pytest.fixture(params=TARGETS)
def target(request):
    pytest.importorskip(request.param)
    return request.param


def converted(name, target, *args):
    """The pair of a function, its parameters and the converted model."""
    net = hk.transform(SPACE[name])
    params = net.init(jax.random.key(0), *args)
    return net, params, ivy.transpile(net, to=target, params_v=params, args=args)


def test_a_function_without_source(target):
    net, params, model = converted("repeated", target, drawn(2, 5))
    for batch in (2, 7):
        x = drawn(batch, 5, seed=batch)
        agree(model(x), net.apply(params, None, x))
    others = jax.tree.map(lambda leaf: leaf * 0.5 + 0.1, params)
    if target == "numpy":
        model.params = jax.tree.map(np.asarray, others)
    else:
        ivy.load_weights(model, others)
    agree(model(x), net.apply(others, None, x))


def test_functions_of_functions_are_one_graph(target):
    net, params, model = converted("mapped", target, drawn(2, 5))
    agree(model(drawn(2, 5, seed=1)), net.apply(params, None, drawn(2, 5, seed=1)))
    with pytest.raises(GraphMismatch):
        model(drawn(3, 5))


IDS = jnp.asarray([[1, 4, 9], [0, 2, 2]])
CASES = {
    "nested": drawn(2, 5),
    "counted": drawn(2, 5),
    "recurrent": drawn(4, 2, 5),
    "unrolled": drawn(4, 2, 5),
    "causal": drawn(2, 3, 5),
    "shared": drawn(2, 5),
    "given": drawn(2, 5),
    "attended": IDS,
    "scoped": drawn(2, 5),
    "normalised": drawn(2, 6, 6, 3),
}


@pytest.mark.parametrize("name", CASES)
def test_modules_compute_what_haiku_does(name):
    """Two calls, so that state is kept; parameters that start as zeros are filled."""
    torch = pytest.importorskip("torch")
    x = CASES[name]
    rest = (True,) if name == "normalised" else ()
    net = hk.transform_with_state(SPACE[name])
    params, state = net.init(jax.random.key(0), x, *rest)
    params = jax.tree.map(lambda leaf: leaf + 0.1 * drawn(*leaf.shape), params)
    model = ivy.transpile(net, to="torch", params_v=(params, state), args=(x, *rest))
    names = {name for name, _ in model.named_parameters()}
    assert len(names) == len(jax.tree.leaves(params)) and isinstance(model, torch.nn.Module)
    for _ in range(2):
        expected, state = net.apply(params, state, None, x, *rest)
        agree(model(x, *rest), expected)
        agree(model.tree("state"), state)
        x = x if name == "attended" else x * 0.5 + 0.1


def test_state_in_every_target(target):
    net = hk.transform_with_state(SPACE["counted"])
    x = drawn(2, 5)
    params, state = net.init(jax.random.key(0), x)
    model = ivy.transpile(net, to=target, params_v=(params, state), args=(x,))
    for shift in (0, 1, 0):
        expected, state = net.apply(params, state, None, x + shift)
        agree(model(x + shift), expected)


def text(name, *args):
    net = hk.transform_with_state(SPACE[name])
    model = ivy.transpile(net, to="torch", params_v=net.init(jax.random.key(0), *args), args=args)
    return model.function.source


def test_blocks_that_repeat_are_one_class():
    assert (
        text("repeated", drawn(2, 5))
        == """import torch
import torch.nn.functional as F

from torch_helpers.haiku import get_parameter, Linear, MLP, Module


class Block(Module):

    def __init__(self, scale, name=None):
        super().__init__(name=name)
        self.scale = scale
        self.linear = Linear(8)

    def forward(self, x: torch.Tensor):
        gain = get_parameter("gain", (8,), init=torch.zeros)
        return F.relu(self.linear(x)) * self.scale + x * gain


def repeated(x: torch.Tensor):
    x = Linear(8)(x)
    x = Block(1.0)(x)
    x = Block(0.5)(x)
    x = Block(0.25)(x)
    return MLP([4, 3])(x)
"""
    )


def test_methods_lists_and_names():
    found = text("nested", drawn(2, 5))
    assert (
        found[found.index("class Outer") :]
        == """class Outer(Module):

    def __init__(self, output_size, name=None):
        super().__init__(name=name)
        self.layers_0 = Inner(output_size)
        self.layers_1 = Inner(6)
        self.out = Linear(3, with_bias=False, name="head")

    def encode(self, x: torch.Tensor):
        return self.layers_1(self.layers_0(x))

    def forward(self, x: torch.Tensor):
        x = self.encode(x)
        x_1 = Linear(6, name="gate")(x)
        return {"out": self.out(x * F.sigmoid(x_1)) * 2.0, "rest": (x, x_1)}


def nested(x: torch.Tensor):
    x = Outer(8)(x)
    x = Outer(4, name="second")(x["out"])
    second = x["out"]
    second_1, second_2 = x["rest"]
    return {"out": second, "rest": (second_1, second_2)}
"""
    )


def test_plain_values_are_kept():
    """What the trace decided with is told when it changes."""
    net = hk.transform_with_state(SPACE["normalised"])
    made = net.init(jax.random.key(0), CASES["normalised"], True)
    model = ivy.transpile(net, to="torch", params_v=made, args=(CASES["normalised"], False))
    model(CASES["normalised"], False)
    with pytest.raises(GraphMismatch, match="is_training"):
        model(CASES["normalised"], True)


def test_keys_that_change_nothing(target):
    """A function that asks for keys and does not use them."""
    net = hk.transform(SPACE["quiet"])
    params = net.init(jax.random.key(0), drawn(2, 5))
    model = ivy.transpile(net, to=target, params_v=params, args=(drawn(2, 5),))
    agree(model(drawn(3, 5)), net.apply(params, jax.random.key(7), drawn(3, 5)))


@pytest.mark.parametrize("name", ["dropped", "dropped_with_a_key", "silent", "noisy"])
def test_what_draws_takes_a_key(name, target):
    """The same numbers for the same key; others each time without one."""
    x = drawn(2, 5)
    net, params, model = converted(name, target, x)
    for key in (jax.random.key(7), jax.random.PRNGKey(8)):
        agree(model(drawn(2, 5, seed=1), rng=key), net.apply(params, key, drawn(2, 5, seed=1)))
    if name != "silent":  # its inputs are zeros
        first, *others = (np.asarray(ivy.to_numpy(model(x))) for _ in range(20))
        assert any((first != other).any() for other in others)


def test_what_is_missing_is_told():
    net = hk.transform(SPACE["repeated"])
    params = net.init(jax.random.key(0), drawn(2, 5))
    with pytest.raises(NotConvertible, match="args="):
        ivy.transpile(net, to="torch", params_v=params)
    model = ivy.transpile(net, to="torch", params_v=params, args=(drawn(2, 5),))
    with pytest.raises(IvyError, match="random key"):
        model(drawn(2, 5), rng=0)


def test_pairs_are_traced():
    net = hk.transform(SPACE["repeated"])
    x = drawn(2, 5)
    params = net.init(jax.random.key(0), x)
    for fn in (net, net.apply):
        graph = ivy.trace_graph(fn, to="torch", args=(params, None, x))
        agree(graph(params, None, x * 0.3), net.apply(params, None, x * 0.3))
