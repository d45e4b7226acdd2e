"""flax.nnx modules in other frameworks: with the same weights the same results, statistics and gradients."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")

import ivy  # noqa: E402

from .flax_layer_cases import IMAGE, NNX, SEQUENCE  # noqa: E402
from .flax_targets import TARGETS, array, converted, gradients, module, same, state  # noqa: E402

# Models of nnx_source.py
MODELS = [
    ("CNN(rngs=rngs)", [(2, 8, 8, 3)]),
    ("ResNet(rngs=rngs)", [(2, 8, 8, 3)]),
    ("VAE(6, 8, 3, rngs)", [(4, 6)]),
    ("Decoder(11, 8, 2, 2, rngs=rngs)", ["tokens"]),
    ("Sequences(3, 5, rngs=rngs)", [(2, 6, 3)]),
    ("Transformer(8, 2, rngs=rngs)", [(2, 5, 8)]),
]
FUNCTIONS = [
    ("nnx.max_pool(x, (2, 3))", IMAGE),
    ("nnx.max_pool(x, window_shape=(3, 3), strides=(2, 2), padding='SAME')", IMAGE),
    ("nnx.avg_pool(x, (3, 3), strides=(2, 2), padding='SAME')", IMAGE),
    ("nnx.avg_pool(x, (2,), (2,), count_include_pad=False, padding=((1, 1),))", SEQUENCE),
    ("nnx.min_pool(x, (2,))", SEQUENCE),
    ("nnx.make_causal_mask(x[..., 0])", SEQUENCE),
    ("nnx.make_attention_mask(x[..., 0] > 0, x[..., 1] > 0)", SEQUENCE),
    ("nnx.combine_masks(nnx.make_causal_mask(x[..., 0]), None, x[:, None, :, :1] > 0)", SEQUENCE),
    ("nnx.dot_product_attention(x, x * 2, x + 1)", (2, 7, 3, 4)),
    ("nnx.dot_product_attention(x, x, x, mask=x[:, None, :, :1, 0] > 0)", (2, 7, 3, 4)),
    ("nnx.gelu(x) + nnx.swish(x) + nnx.softmax(x) + nnx.tanh(x) + nnx.log_softmax(x) + nnx.leaky_relu(x)", SEQUENCE),
]  # fmt: skip


LAYERS = [*NNX, *MODELS]
FIRST_MODEL = len(NNX)
SOURCE = Path(__file__).with_name("nnx_source.py").read_text(encoding="utf-8") + "\n\n" + "\n\n".join(
    [
        "def off(model):\n    model.eval()\n",
        *(f"def make_{i}(rngs):\n    return {text}\n" for i, (text, _) in enumerate(LAYERS)),
        *(f"def compute_{i}(x):\n    return {text}\n" for i, (text, _) in enumerate(FUNCTIONS)),
    ]
)


@pytest.fixture(scope="module")
def modules():
    """All layers and functions as they are, and in each target."""
    return {"source": module("source", SOURCE), **{target: converted(SOURCE, target) for target in TARGETS}}


def inputs(shapes):
    draw = np.random.default_rng(0)
    return [
        draw.integers(0, 11, (2, 5)) if shape == "tokens" else draw.normal(size=shape).astype("float32")
        for shape in shapes
    ]


def named(state) -> dict[str, np.ndarray]:
    """Arrays of flax.nnx by their dotted names."""
    return {".".join(map(str, path)): np.asarray(v.get_value()) for path, v in nnx.to_flat_state(state)}


def randomized(model) -> dict[str, np.ndarray]:
    """Random values for the weights of a flax.nnx model, by name."""
    draw = np.random.default_rng(1)
    values = nnx.state(model, nnx.Not(nnx.RngState))
    for path, variable in nnx.to_flat_state(values):
        value = variable.get_value()
        if np.issubdtype(value.dtype, np.floating):
            spread = path[-1] == "var"
            made = draw.uniform(0.2, 1.0, value.shape) if spread else draw.normal(size=value.shape) * 0.5
            variable.set_value(jax.numpy.asarray(made, value.dtype))
    nnx.update(model, values)
    return named(values)


STATISTICS = (nnx.BatchStat, nnx.Cache)


@functools.cache
def reference(index):
    """Weights and gradients of a layer, and its results and statistics in training and in inference."""
    model = getattr(module("source", SOURCE), f"make_{index}")(nnx.Rngs(0))
    weights, arrays = randomized(model), [jax.numpy.asarray(a) for a in inputs(LAYERS[index][1])]

    def loss(model):
        return sum((leaf**2).sum() for leaf in jax.tree.leaves(model(*arrays)))

    # Compiling a model at once takes less time than its operations one by one, which small layers share.
    compiled = nnx.jit if index >= FIRST_MODEL else (lambda function: function)
    grads, results = named(compiled(nnx.grad(loss))(model)), []
    for _ in range(2):
        results.append((compiled(lambda model: model(*arrays))(model), named(nnx.state(model, nnx.Any(*STATISTICS)))))
        model.eval()
    return weights, grads, results


@pytest.mark.parametrize("index", range(len(LAYERS)), ids=[text for text, _ in LAYERS])
@pytest.mark.parametrize("target", TARGETS)
def test_layer(modules, index, target):
    own = modules[target]
    to = getattr(own, f"make_{index}")(None)
    weights, grads, results = reference(index)
    arrays = [array(a, target) for a in inputs(LAYERS[index][1])]
    if weights:
        ivy.load_weights(to, weights)
    found = gradients(to, lambda: to(*arrays), target, compiled=LAYERS[index][0].startswith("ResNet"))
    assert target == "numpy" or set(found) == set(grads)
    for name, value in grads.items() if found else ():
        scale = max(1, np.abs(value).max())
        np.testing.assert_allclose(found[name], value, rtol=2e-3, atol=2e-3 * scale, err_msg=name)
    for output, statistics in results:
        same(to(*arrays), output)
        same({name: state(to)[name] for name in statistics}, statistics)
        own.off(to)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("index", range(len(FUNCTIONS)), ids=[text for text, _ in FUNCTIONS])
def test_function(modules, index, target):
    (given,) = inputs([FUNCTIONS[index][1]])
    own, source = (getattr(modules[name], f"compute_{index}") for name in (target, "source"))
    same(own(array(given, target)), source(jax.numpy.asarray(given)))


def test_arrays_of_layers_are_unpacked_in_compiled_functions(modules):
    """`q, k, v = self.qkv(x)`: a graph of TensorFlow cannot iterate over a tensor, an array of JAX can be unpacked."""
    import tensorflow as tf

    index = next(i for i, (text, _) in enumerate(LAYERS) if text.startswith("Decoder"))
    weights, _, results = reference(index)
    model = getattr(modules["tensorflow"], f"make_{index}")(None)
    ivy.load_weights(model, weights)
    (tokens,) = inputs(LAYERS[index][1])
    same(tf.function(model)(tf.constant(tokens)), results[0][0])
