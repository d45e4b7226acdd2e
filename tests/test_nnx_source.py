"""flax.nnx modules in PyTorch: with the same weights the same results, statistics and gradients."""

from __future__ import annotations

import os
import types

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
torch = pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

HEAD = "from functools import partial\n\nimport jax\nimport jax.numpy as jnp\nfrom flax import nnx\n\n\n"
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


def converted(text: str) -> types.ModuleType:
    """The module that a text becomes in PyTorch."""
    found = convert_text(text, "jax", "torch")
    assert not found.error, found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    helpers = types.ModuleType("torch_helpers")
    exec(helper_module(found.helpers, load()["torch"]), helpers.__dict__)  # noqa: S102
    module = types.ModuleType("converted")
    code = (found.code or text).replace("from torch_helpers import", "from torch_helpers import ")
    import sys

    sys.modules["torch_helpers"] = helpers
    exec(code, module.__dict__)  # noqa: S102
    return module


def native(text: str) -> types.ModuleType:
    """The source as it is."""
    module = types.ModuleType("source")
    exec(text, module.__dict__)  # noqa: S102
    return module


def copy_state(model, to) -> None:
    """Random values for the weights of a flax.nnx model, copied by name."""
    draw = np.random.default_rng(1)
    state = nnx.state(model, nnx.Not(nnx.RngState))
    own = to.state_dict()
    flat = [(path, variable) for path, variable in nnx.to_flat_state(state)]
    names = {".".join(map(str, path)) for path, _ in flat}
    assert names == set(own), (names, set(own))
    for path, variable in flat:
        value = variable.get_value()
        if np.issubdtype(value.dtype, np.floating):
            made = (
                draw.uniform(0.2, 1.0, value.shape)
                if path[-1] == "var"
                else draw.normal(size=value.shape) * 0.5
            )
            variable.set_value(jax.numpy.asarray(made, value.dtype))
        own[".".join(map(str, path))].copy_(torch.tensor(np.asarray(variable.get_value())))
    nnx.update(model, state)


def same(ours, theirs) -> None:
    """Structures of arrays agree."""
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
        return
    theirs = np.asarray(theirs)
    ours = ours.detach().numpy()
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-5)


def inputs(shapes):
    draw = np.random.default_rng(0)
    return [draw.normal(size=shape).astype("float32") for shape in shapes]


def gradients(model, to, arrays) -> None:
    """The gradients of the sum of squares agree, parameter by parameter."""

    def loss(model):
        leaves = jax.tree.leaves(model(*map(jax.numpy.asarray, arrays)))
        return sum((leaf**2).sum() for leaf in leaves)

    expected = nnx.grad(loss)(model)
    output = to(*map(torch.tensor, arrays))
    total = sum((leaf**2).sum() for leaf in torch.utils._pytree.tree_leaves(output))
    named = dict(to.named_parameters())
    if not named:
        return
    total.backward()
    for path, variable in nnx.to_flat_state(expected):
        value = np.asarray(variable.get_value())
        got = named[".".join(map(str, path))].grad
        np.testing.assert_allclose(
            got.numpy(), value, rtol=2e-3, atol=2e-3 * max(1, np.abs(value).max())
        )


@pytest.mark.parametrize(("text", "shapes"), LAYERS, ids=[text for text, _ in LAYERS])
def test_layer(text, shapes):
    text = HEAD + f"def make(rngs):\n    return {text}\n"
    model = native(text).make(nnx.Rngs(0))
    to = converted(text).make(None)
    arrays = inputs(shapes)
    copy_state(model, to)
    gradients(model, to, arrays)
    for _ in range(2):
        same(to(*map(torch.tensor, arrays)), model(*map(jax.numpy.asarray, arrays)))
        state = dict(nnx.to_flat_state(nnx.state(model, nnx.BatchStat)))
        for path, variable in state.items():
            same(to.state_dict()[".".join(map(str, path))], variable.get_value())
        model.eval(), to.eval()


@pytest.mark.parametrize(("text", "shape"), FUNCTIONS, ids=[text for text, _ in FUNCTIONS])
def test_function(text, shape):
    text = HEAD + f"def compute(x):\n    return {text}\n"
    (array,) = inputs([shape])
    same(
        converted(text).compute(torch.tensor(array)), native(text).compute(jax.numpy.asarray(array))
    )
