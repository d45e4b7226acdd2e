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

from .flax_targets import TARGETS, array, converted, gradients, module, same, state  # noqa: E402

IMAGE, SEQUENCE = (2, 8, 9, 4), (2, 7, 4)
# (constructor, shapes of the inputs)
LAYERS = [
    ("nnx.Linear(4, 5, rngs=rngs)", [SEQUENCE]),
    ("nnx.Linear(4, 5, use_bias=False, rngs=rngs)", [(4,)]),
    ("nnx.LinearGeneral((7, 4), (2, 3), axis=(1, 2), rngs=rngs)", [SEQUENCE]),
    ("nnx.LinearGeneral(4, (2, 3), use_bias=False, rngs=rngs)", [SEQUENCE]),
    ("nnx.Einsum('nta,hab->nthb', (3, 4, 2), (3, 2), rngs=rngs)", [SEQUENCE]),
    ("nnx.Einsum('...a,ab->...b', (4, 2), None, rngs=rngs)", [SEQUENCE]),
    ("nnx.Conv(4, 6, kernel_size=(3, 3), rngs=rngs)", [IMAGE]),
    ("nnx.Conv(4, 6, kernel_size=3, strides=2, rngs=rngs)", [SEQUENCE]),
    ("nnx.Conv(4, 6, (3, 2), strides=(2, 1), padding='VALID', rngs=rngs)", [IMAGE]),
    ("nnx.Conv(4, 6, (3, 3), padding=((1, 2), (0, 1)), kernel_dilation=2, rngs=rngs)", [IMAGE]),
    ("nnx.Conv(4, 6, (3, 3), padding=1, input_dilation=2, rngs=rngs)", [IMAGE]),
    ("nnx.Conv(4, 8, (3, 3), padding='CIRCULAR', feature_group_count=2, use_bias=False, rngs=rngs)", [IMAGE]),
    ("nnx.Conv(4, 8, (4, 3), padding='REFLECT', rngs=rngs)", [IMAGE]),
    ("nnx.Conv(4, 6, 3, padding='CAUSAL', kernel_dilation=2, rngs=rngs)", [SEQUENCE]),
    ("nnx.Conv(4, 6, (3, 3), rngs=rngs)", [(8, 9, 4)]),
    ("nnx.Conv(4, 6, 3, rngs=rngs)", [(2, 3, 7, 4)]),
    ("nnx.ConvTranspose(4, 6, (3, 3), strides=(2, 2), rngs=rngs)", [IMAGE]),
    ("nnx.ConvTranspose(4, 6, (2, 4), strides=(3, 1), padding='VALID', rngs=rngs)", [IMAGE]),
    ("nnx.ConvTranspose(4, 6, (5, 4), strides=(2, 3), transpose_kernel=True, rngs=rngs)", [IMAGE]),
    ("nnx.ConvTranspose(4, 6, 3, strides=2, padding=1, rngs=rngs)", [SEQUENCE]),
    ("nnx.ConvTranspose(4, 6, 3, kernel_dilation=2, use_bias=False, rngs=rngs)", [SEQUENCE]),
    ("nnx.BatchNorm(4, rngs=rngs)", [IMAGE]),
    ("nnx.BatchNorm(7, axis=1, momentum=0.5, epsilon=1e-3, use_bias=False, rngs=rngs)", [SEQUENCE]),
    ("nnx.BatchNorm(4, use_running_average=True, use_fast_variance=False, rngs=rngs)", [IMAGE]),
    ("nnx.LayerNorm(4, rngs=rngs)", [SEQUENCE]),
    ("nnx.LayerNorm(4, epsilon=0.1, use_scale=False, use_fast_variance=False, rngs=rngs)", [SEQUENCE]),
    ("nnx.LayerNorm(4, reduction_axes=(1, 2), rngs=rngs)", [SEQUENCE]),
    ("nnx.RMSNorm(4, rngs=rngs)", [SEQUENCE]),
    ("nnx.GroupNorm(4, num_groups=2, rngs=rngs)", [IMAGE]),
    ("nnx.GroupNorm(4, num_groups=None, group_size=2, use_bias=False, rngs=rngs)", [SEQUENCE]),
    ("nnx.InstanceNorm(4, rngs=rngs)", [IMAGE]),
    ("nnx.PReLU(0.2)", [SEQUENCE]),
    ("nnx.Sequential(nnx.Linear(4, 3, rngs=rngs), nnx.relu, nnx.Linear(3, 2, rngs=rngs))", [SEQUENCE]),
    ("nnx.MultiHeadAttention(2, 4, decode=False, rngs=rngs)", [SEQUENCE]),
    ("nnx.MultiHeadAttention(4, 4, qkv_features=8, out_features=3, num_kv_heads=2, normalize_qk=True, decode=False, rngs=rngs)", [SEQUENCE, (2, 5, 4)]),
    ("nnx.MultiHeadAttention(2, 4, dropout_rate=0.5, deterministic=True, use_bias=False, decode=False, rngs=rngs)", [SEQUENCE]),
    ("nnx.RNN(nnx.LSTMCell(4, 5, rngs=rngs))", [SEQUENCE]),
    ("nnx.RNN(nnx.OptimizedLSTMCell(4, 5, rngs=rngs), return_carry=True)", [SEQUENCE]),
    ("nnx.RNN(nnx.GRUCell(4, 5, rngs=rngs), time_major=True)", [SEQUENCE]),
    ("nnx.RNN(nnx.SimpleCell(4, 4, residual=True, rngs=rngs), reverse=True, keep_order=True)", [SEQUENCE]),
    ("nnx.Bidirectional(nnx.RNN(nnx.GRUCell(4, 3, rngs=rngs)), nnx.RNN(nnx.GRUCell(4, 3, rngs=rngs)))", [SEQUENCE]),
    ("nnx.Dropout(0.5, deterministic=True, rngs=rngs)", [SEQUENCE]),
]  # fmt: skip
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


FIRST_MODEL = len(LAYERS)
LAYERS += MODELS
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
    found = gradients(to, lambda: to(*arrays), target)
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
