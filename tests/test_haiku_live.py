"""Live functions that ``hk.transform`` made, as models of PyTorch, TensorFlow and NumPy with their parameters."""

from __future__ import annotations

import functools
import os
import pickle

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")
pytest.importorskip("einops")

import einops  # noqa: E402
import ivy  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from ivy.exceptions import NotConvertible  # noqa: E402

TARGETS = ("torch", "tensorflow", "numpy")
CONFIG = {"latents": {"count": 4, "size": 8}, "bands": 3}


def fourier(pos, bands):
    """Sines of positions."""
    frequencies = jnp.linspace(1.0, 8.0, num=bands, endpoint=True)
    return jnp.concatenate([pos, jnp.sin(jnp.pi * pos * frequencies[None, :])], axis=-1)


class Latents(hk.Module):
    """Learned starting values."""

    def __init__(self, count, size, name=None):
        super().__init__(name=name)
        self.count, self.size = count, size

    def __call__(self, batch):
        init = hk.initializers.TruncatedNormal(stddev=0.02)
        table = hk.get_parameter("table", [self.count, self.size], init=init)
        return jnp.broadcast_to(table[None], (batch,) + table.shape)


class Block(hk.Module):
    """Attention to an array, and a dense layer."""

    def __init__(self, rate=0.0, name="block"):
        super().__init__(name=name)
        self.rate = rate
        self.out = hk.Linear(8, w_init=hk.initializers.VarianceScaling(0.5))

    def project(self, x):
        return hk.Linear(8, with_bias=False)(hk.LayerNorm(-1, True, True)(x))

    def __call__(self, query, x):
        keys = self.project(x)
        weights = jax.nn.softmax(jnp.einsum("bqc,bkc->bqk", self.project(query), keys) / np.sqrt(8))
        query = query + self.out(jnp.einsum("bqk,bkc->bqc", weights, keys))
        return hk.dropout(hk.next_rng_key(), self.rate, jax.nn.gelu(query))


def backbone(images, rate=0.0):
    """A small perceiver."""
    x = einops.rearrange(images, "b h w c -> b (h w) c")
    pos = jnp.linspace(-1.0, 1.0, x.shape[1])[:, None]
    pos = jnp.broadcast_to(pos[None], (x.shape[0],) + pos.shape)
    encode = functools.partial(fourier, bands=CONFIG["bands"])
    x = jnp.concatenate([x, jax.vmap(encode)(pos)], axis=-1)
    x = hk.BatchApply(hk.Linear(8))(x)
    z = Latents(**CONFIG["latents"])(x.shape[0])
    block = Block(rate)
    for _ in range(2):
        z = block(z, x)
    return Block(rate)(z, x)


def normalised(x, is_training):
    """A convolution with batch normalisation."""
    x = hk.Conv2D(4, 3, with_bias=False)(x)
    x = hk.BatchNorm(True, True, 0.9)(x, is_training)
    return hk.Linear(2)(jnp.mean(jax.nn.relu(x), axis=(1, 2)))


images = np.random.default_rng(0).normal(size=(2, 4, 5, 3)).astype("float32")
net = hk.transform(backbone)
params = net.init(jax.random.PRNGKey(1), images)
expected = np.asarray(net.apply(params, jax.random.PRNGKey(0), images))


@pytest.fixture(params=TARGETS)
def target(request):
    pytest.importorskip(request.param)
    return request.param


def test_parameters(target):
    """The spec's call: the parameters are the model's, no key is needed, arrays of other frameworks are taken."""
    model = ivy.transpile(net, source="jax", to=target, params_v=params, kwargs={"images": images})
    np.testing.assert_allclose(np.asarray(ivy.to_numpy(model(images=images))), expected, atol=2e-5)
    np.testing.assert_allclose(np.asarray(ivy.to_numpy(model(jnp.asarray(images)))), expected, atol=2e-5)


@pytest.mark.slow
def test_without_parameters(target):
    """A fixed key makes them when an example of the inputs is given."""
    model = ivy.transpile(net, source="jax", to=target, args=(images,))
    made = net.init(jax.random.PRNGKey(0), images)
    result = np.asarray(ivy.to_numpy(model(images)))
    np.testing.assert_allclose(result, net.apply(made, jax.random.PRNGKey(0), images), atol=2e-5)


def test_names():
    """Readable names, trained by an optimizer, saved and loaded."""
    torch = pytest.importorskip("torch")
    model = ivy.transpile(net, to="torch", params_v=params)
    names = set(model.state_dict())
    assert {"latents.table", "linear.w", "block.linear.w", "block.project.layer_norm.scale"} <= names
    assert len(names) == len(jax.tree.leaves(params)) and not [n for n in names if "~" in n]
    assert isinstance(model, torch.nn.Module) and all(p.requires_grad for p in model.parameters())
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    weight = torch.from_numpy(np.random.default_rng(1).normal(size=expected.shape).astype("float32"))
    (model(images) * weight).sum().backward()
    gradients = jax.grad(lambda p: jnp.sum(net.apply(p, jax.random.PRNGKey(0), images) * weight.numpy()))(params)
    for path, values in gradients.items():
        for name, value in values.items():
            held, attribute = model.places["params"][path][name]
            np.testing.assert_allclose(getattr(model.get_submodule(held), attribute).grad, value, atol=2e-4)
    optimizer.step()
    assert not np.allclose(model(images).detach(), expected, atol=1e-4)
    other = ivy.transpile(net, to="torch", args=(images,))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(images), model(images))
    assert len(ivy.load_weights(other, params).loaded) == len(names)
    np.testing.assert_allclose(other(images).detach(), expected, atol=2e-5)
    other.load_state_dict(model.state_dict())
    exported = torch.export.export(model, (torch.from_numpy(images),)).module()
    np.testing.assert_allclose(exported(torch.from_numpy(images)).detach(), model(images).detach(), atol=2e-5)
    assert torch.equal(pickle.loads(pickle.dumps(model))(images), model(images))


def test_keras():
    """Trainable weights in a model of the user's own, under a tape and in a graph."""
    tf = pytest.importorskip("tensorflow")
    model = ivy.transpile(net, to="tensorflow", params_v=params)
    whole = tf.keras.Sequential([model, tf.keras.layers.Flatten(), tf.keras.layers.Dense(2)])
    assert whole(tf.constant(images)).shape == (2, 2)
    assert len(model.trainable_variables) == len(jax.tree.leaves(params))
    assert len(whole.trainable_variables) == len(model.trainable_variables) + 2
    np.testing.assert_allclose(tf.function(model)(tf.constant(images)), expected, atol=2e-5)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(model(images) ** 2)
    gradients = tape.gradient(total, model.trainable_variables)
    assert all(gradient is not None for gradient in gradients)


def test_state(target):
    """Each call keeps the state that it leaves, in training and in inference."""
    pair = hk.transform_with_state(normalised)
    weights, state = pair.init(jax.random.PRNGKey(2), images, True)
    model = ivy.transpile(pair, to=target, params_v=(weights, state))
    for train in (True, True, False):
        result, state = pair.apply(weights, state, None, images, train)
        np.testing.assert_allclose(ivy.to_numpy(model(images, is_training=train)), result, atol=2e-5)


def test_keys(target):
    """The same key drops the same values; without one, calls differ."""
    model = ivy.transpile(net, to=target, params_v=params)
    theirs = net.apply(params, jax.random.PRNGKey(5), images, 0.3)
    np.testing.assert_allclose(ivy.to_numpy(model(images, rate=0.3, rng=5)), theirs, atol=2e-5)
    first, second = (ivy.to_numpy(model(images, rate=0.3)) for _ in range(2))
    assert not np.allclose(first, second)


def test_local_functions(target):
    """A lambda over values of the function around it."""
    size, scale = 3, jnp.full((3,), 2.0)
    pair = hk.transform(lambda x: hk.nets.MLP([4, size], activation=jnp.tanh)(x) * scale)
    x = images[0, 0]
    weights = pair.init(jax.random.PRNGKey(0), x)
    model = ivy.transpile(pair, to=target, params_v=weights)
    np.testing.assert_allclose(ivy.to_numpy(model(x)), pair.apply(weights, None, x), atol=1e-5)


@pytest.mark.slow
def test_resnet(target):
    """Haiku's own ResNet-50: two steps of training and inference, with the statistics that they leave."""

    def whole(x, is_training):
        return hk.nets.ResNet50(5, logits_config={"w_init": None})(x, is_training)

    pair = hk.transform_with_state(whole)
    x = np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype("float32")
    weights, state = jax.jit(pair.init, static_argnums=2)(jax.random.PRNGKey(0), x, True)
    model = ivy.transpile(pair, to=target, params_v=(weights, state))
    apply = jax.jit(pair.apply, static_argnums=4)
    for train in (True, True, False):
        result, state = apply(weights, state, None, x, train)
        ours = model(x, is_training=train)
        np.testing.assert_allclose(ivy.to_numpy(ours.detach() if target == "torch" else ours), result, atol=1e-4)


def test_refusals():
    """What cannot be a model says why."""
    with pytest.raises(NotConvertible, match="params_v"):
        ivy.transpile(net, to="torch")
    with pytest.raises(NotConvertible, match="flax.nnx"):
        ivy.transpile(net, to="jax", params_v=params)
    with pytest.raises(NotConvertible, match="init"):
        ivy.transpile(net, to="torch", params_v=[1, 2])
    pair = hk.transform_with_state(normalised)
    with pytest.raises(NotConvertible, match="state"):
        ivy.transpile(pair, to="torch", params_v=params)


def test_layers_that_are_mapped():
    pair = hk.transform(lambda x: hk.vmap(hk.Linear(3), split_rng=False)(x))
    params = pair.init(jax.random.key(0), images[0, 0])
    model = ivy.transpile(pair, to="torch", params_v=params)
    expected = pair.apply(params, None, images[0, 0])
    np.testing.assert_allclose(model(images[0, 0]).detach(), expected, atol=1e-5)
