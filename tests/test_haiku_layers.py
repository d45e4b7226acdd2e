"""Haiku's layers in PyTorch, TensorFlow and NumPy: first values, results, state and gradients of the same parameters."""

from __future__ import annotations

import os
import sys
import types
from functools import cache

import numpy as np
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
jax = pytest.importorskip("jax")
hk = pytest.importorskip("haiku")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

HEAD = """
import haiku as hk
import jax
import jax.numpy as jnp
"""

# What a case computes, and the shapes of its inputs; the function's `train` says whether the layer is being trained.
CASES = {
    "avg_pool": ("hk.avg_pool(x, (1, 3, 2, 1), (1, 2, 2, 1), 'SAME')", (2, 7, 6, 3)),
    "avg_pool_layer": ("hk.AvgPool(3, 2, 'VALID')(x)", (2, 7, 6, 3)),
    "batch_apply": ("hk.BatchApply(hk.Linear(3))(x)", (2, 3, 4)),
    "batch_norm": ("hk.BatchNorm(True, True, 0.9)(x, train)", (4, 3, 2)),
    "batch_norm_axis": ("hk.BatchNorm(True, False, 0.99, axis=[0], eps=1e-3)(x, train, test_local_stats=True)", (4, 3)),
    "batch_norm_first": ("hk.BatchNorm(False, True, 0.9, data_format='NCHW')(x, train)", (2, 3, 4, 4)),
    "bias": ("hk.Bias(bias_dims=[-1], b_init=hk.initializers.RandomNormal())(x, multiplier=-1)", (2, 3, 4)),
    "bias_all": ("hk.Bias(b_init=hk.initializers.Constant(0.5))(x)", (2, 3, 4)),
    "conv1d": ("hk.Conv1D(4, 3, rate=2, padding='VALID')(x)", (2, 9, 3)),
    "conv2d": ("hk.Conv2D(4, (3, 2), stride=2)(x)", (2, 8, 7, 3)),
    "conv2d_first": ("hk.Conv2D(4, 3, data_format='NCHW', padding=(1, 2))(x)", (2, 3, 8, 7)),
    "conv2d_groups": ("hk.Conv2D(6, 3, feature_group_count=2, with_bias=False)(x)", (2, 5, 5, 4)),
    "conv2d_mask": ("hk.Conv2D(4, 3, mask=jnp.ones((3, 3, 2, 4)).at[1].set(0.0))(x)", (2, 5, 5, 2)),
    "conv2d_one": ("hk.Conv2D(4, 3)(x)", (6, 5, 2)),
    "conv3d": ("hk.Conv3D(2, 2, stride=(1, 2, 1), padding=((0, 1), (1, 0), (2, 2)))(x)", (1, 4, 5, 3, 2)),
    "conv_transpose1d": ("hk.Conv1DTranspose(3, 5, stride=2, padding='VALID')(x)", (2, 6, 2)),
    "conv_transpose2d": ("hk.Conv2DTranspose(3, (4, 2), stride=(2, 3))(x)", (2, 4, 3, 2)),
    "conv_transpose2d_first": ("hk.Conv2DTranspose(3, 3, stride=2, data_format='NCHW')(x)", (2, 2, 4, 3)),
    "conv_transpose2d_size": ("hk.Conv2DTranspose(3, 3, stride=2, output_shape=(7, 6))(x)", (2, 4, 3, 2)),
    "conv_transpose3d": ("hk.Conv3DTranspose(2, 3, stride=(1, 2, 2), with_bias=False)(x)", (1, 3, 2, 3, 2)),
    "depthwise1d": ("hk.DepthwiseConv1D(2, 3)(x)", (2, 7, 3)),
    "depthwise2d": ("hk.DepthwiseConv2D(1, 3, stride=2, padding=((1, 1), (1, 1)))(x)", (2, 6, 7, 3)),
    "depthwise3d": ("hk.DepthwiseConv3D(2, 2, padding='VALID')(x)", (1, 3, 4, 3, 2)),
    "dropout": ("hk.dropout(hk.next_rng_key(), 0.4, x)", (3, 4)),
    "dropout_axes": ("hk.dropout(hk.next_rng_key(), 0.4, x, broadcast_dims=(1,))", (3, 4)),
    "embed": ("hk.Embed(7, 3)(jnp.abs(x * 2).astype(jnp.int32))", (2, 5)),
    "ema": ("hk.ExponentialMovingAverage(0.9)(x)", (3, 2)),
    "ema_warm": ("hk.ExponentialMovingAverage(0.9, zero_debias=False, warmup_length=2)(x)", (3, 2)),
    "expand_apply": ("hk.expand_apply(hk.Linear(3))(x)", (4,)),
    "flatten": ("hk.Flatten(preserve_dims=-2)(x)", (2, 3, 4, 2)),
    "group_norm": ("hk.GroupNorm(2, scale_init=hk.initializers.RandomUniform())(x)", (2, 3, 5, 6)),
    "group_norm_first": ("hk.GroupNorm(3, data_format='NCHW')(x)", (2, 6, 3, 2)),
    "identity": ("hk.Linear(3, w_init=hk.initializers.Identity(2.0))(x)", (2, 3)),
    "instance_norm": ("hk.InstanceNorm(True, True)(x)", (2, 4, 5, 3)),
    "instance_norm_first": ("hk.InstanceNorm(True, False, data_format='NCHW')(x)", (2, 3, 4, 5)),
    "layer_norm": ("hk.LayerNorm(-1, True, True, eps=1e-3)(x)", (2, 3, 4)),
    "layer_norm_axes": ("hk.LayerNorm((1, 2), True, True, use_fast_variance=True, param_axis=(1, 2))(x)", (2, 3, 4)),
    "layer_norm_slice": ("hk.LayerNorm(slice(1, None), False, True, param_axis=-1)(x)", (2, 3, 4)),
    "linear": ("hk.Linear(3)(x)", (2, 4)),
    "linear_deep": ("hk.Linear(3, with_bias=False, name='last_7')(x)", (2, 3, 4)),
    "max_pool": ("hk.max_pool(x, 3, 2, 'SAME')", (2, 7, 6, 3)),
    "max_pool_first": ("hk.MaxPool(2, 2, 'VALID', channel_axis=1)(x)", (2, 3, 6, 4)),
    "mlp": ("hk.nets.MLP([5, 4, 3], activation=jnp.tanh, activate_final=True)(x)", (2, 4)),
    "mobilenet": ("hk.nets.MobileNetV1((1, 2), (4, 6), 3)(x, train)", (2, 9, 9, 3)),
    "mobilenet_plain": ("hk.nets.MobileNetV1((1, 2), (4, 6), 3, use_bn=False)(x, train)", (2, 9, 9, 3)),
    "orthogonal": ("hk.Linear(3, w_init=hk.initializers.Orthogonal(1.5))(x)", (2, 5)),
    "reshape": ("hk.Reshape((-1, 2))(x)", (2, 3, 4)),
    "resnet": (
        "hk.nets.ResNet((1, 1, 1, 1), 3, bottleneck=False, channels_per_group=(4, 4, 8, 8), strides=(1, 2, 1, 1),"
        " logits_config={'w_init': None}, initial_conv_config={'output_channels': 4})(x, train)",
        (4, 16, 16, 3),
    ),
    "resnet_v2": (
        "hk.nets.ResNet((1, 1, 2, 1), 3, resnet_v2=True, channels_per_group=(8, 8, 8, 8), strides=(1, 2, 1, 1),"
        " logits_config={'w_init': hk.initializers.UniformScaling()}, initial_conv_config={'output_channels': 4})(x, train)",
        (4, 16, 16, 3),
    ),
    "rms_norm": ("hk.RMSNorm(-1)(x)", (2, 3, 4)),
    "separable": ("hk.SeparableDepthwiseConv2D(2, (3, 2), stride=2)(x)", (2, 6, 7, 3)),
    "sequential": ("hk.Sequential([hk.Linear(5), jax.nn.relu, hk.Linear(3)])(x)", (2, 4)),
    "spectral_norm": ("hk.SpectralNorm(n_steps=2)(x)", (4, 3)),
    "to_module": ("hk.to_module(scaled)('again')(x)", (2, 3)),
    "variance_axes": (
        "x @ hk.get_parameter('w', (4, 3), init=hk.initializers.VarianceScaling(2.0, 'fan_avg', 'uniform'))",
        (2, 4),
    ),
    "vector_quantizer": ("hk.nets.VectorQuantizer(4, 5, 0.25)(x, train)", (2, 3, 4)),
    "vector_quantizer_ema": ("hk.nets.VectorQuantizerEMA(4, 5, 0.25, 0.9)(x, train)", (2, 3, 4)),
}
BODIES = {
    "attention": (
        """
    mask = jnp.tril(jnp.ones((1, 1, 3, 3)))
    init = hk.initializers.VarianceScaling(1.0)
    return hk.MultiHeadAttention(2, 4, w_init=init, value_size=3, model_size=6)(x, x, x, mask)
""",
        (2, 3, 6),
    ),
    "conv_lstm": (
        """
    core = hk.Conv2DLSTM((4, 3), 2, 3)
    return hk.static_unroll(core, x, core.initial_state(2))
""",
        (3, 2, 4, 3, 2),
    ),
    "deep_rnn": (
        """
    core = hk.DeepRNN([hk.VanillaRNN(4), jnp.tanh, hk.LSTM(3), hk.IdentityCore()])
    return hk.dynamic_unroll(core, x, core.initial_state(2))
""",
        (5, 2, 3),
    ),
    "gru": (
        """
    core = hk.GRU(3)
    return hk.dynamic_unroll(core, x, core.initial_state(2), time_major=False, reverse=True)
""",
        (2, 5, 3),
    ),
    "lstm": (
        """
    core = hk.LSTM(4)
    return hk.dynamic_unroll(core, x, core.initial_state(x.shape[1]), return_all_states=True)
""",
        (5, 2, 3),
    ),
    "names": (
        """
    with hk.name_scope("outer"):
        x = hk.Linear(3)(x)
    x = Shared()(x)
    return hk.Linear(2)(x)
""",
        (2, 3),
    ),
    "reset_core": (
        """
    core = hk.ResetCore(hk.LSTM(3))
    marks = jnp.abs(x[:, :, 0]) > 0.5
    return hk.dynamic_unroll(core, (x, marks), core.initial_state(2))
""",
        (5, 2, 3),
    ),
    "rnn_skip": (
        """
    core = hk.deep_rnn_with_skip_connections([hk.LSTM(3), hk.VanillaRNN(2, double_bias=False)])
    return core(x, core.initial_state(2))
""",
        (2, 3),
    ),
    "state": (
        """
    count = hk.get_state("count", (), jnp.int32, init=jnp.zeros)
    hk.set_state("count", count + 1)
    return hk.Linear(2)(x) * (count + 1).astype(x.dtype)
""",
        (2, 3),
    ),
}
SHARED = """

def scaled(x):
    return x * hk.get_parameter("scale", x.shape[1:], init=jnp.ones)


class Shared(hk.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.inner = hk.Linear(4)

    @property
    def table(self):
        return hk.get_parameter("table", (4, 3), init=hk.initializers.RandomNormal())

    @hk.name_like("__call__")
    def encode(self, x):
        return hk.Linear(4, name="encoded")(x)

    @hk.transparent
    def unnamed(self, x):
        return hk.Linear(4)(x)

    def other(self, x):
        return hk.Linear(4)(x)

    def __call__(self, x):
        x = self.inner(x) + self.inner(self.encode(x)[:, :3])
        return (self.unnamed(x) + self.other(x)) @ self.table
"""
# Cases that are quick and stand for the others; all are tried with `-m slow`.
QUICK = "attention batch_norm conv2d conv_transpose2d group_norm lstm names vector_quantizer_ema".split()
EVERY = {name: shape for name, (_, shape) in (CASES | BODIES).items()}


def cases(*targets: str) -> list:
    """Pairs of target and case; those that are not quick are slow."""
    pairs = ((target, name) for target in targets for name in sorted(EVERY))
    return [pytest.param(*pair, marks=() if pair[1] in QUICK else pytest.mark.slow) for pair in pairs]


def source_text() -> str:
    parts = [f"\n\ndef {name}(x, train):\n    return {code}\n" for name, (code, _) in CASES.items()]
    parts += [f"\n\ndef {name}(x, train):{body}" for name, (body, _) in BODIES.items()]
    made = "".join(f"\n{name}_net = hk.transform_with_state({name})" for name in EVERY)
    return HEAD + SHARED + "".join(parts) + "\n" + made + "\n"


@cache
def source() -> types.ModuleType:
    module = types.ModuleType("haiku_layers_source")
    exec(source_text(), module.__dict__)  # noqa: S102
    return module


@cache
def converted(target: str) -> types.ModuleType:
    pytest.importorskip(target)
    found = convert_text(source_text(), "jax", target)
    assert not found.error, found.error
    assert not [d for d in found.diagnostics if d.grade == "refused"], found.diagnostics
    helpers = types.ModuleType(f"{target}_helpers")
    module = types.ModuleType(f"haiku_layers_{target}")
    exec(helper_module(found.helpers, load()[target]), helpers.__dict__)  # noqa: S102
    before = sys.modules.get(helpers.__name__)
    sys.modules[helpers.__name__] = helpers
    try:
        exec(found.code, module.__dict__)  # noqa: S102
    finally:
        sys.modules.pop(helpers.__name__)
        if before is not None:
            sys.modules[helpers.__name__] = before
    return module


def array(value, target: str):
    value = np.array(value)
    if target == "numpy":
        return value
    if target == "torch":
        import torch

        return torch.from_numpy(value)
    import tensorflow as tf

    return tf.constant(value)


def mapped(function, tree):
    return {path: {name: function(value) for name, value in part.items()} for path, part in tree.items()}


def leaves(tree) -> list:
    """Arrays of nested containers, in the order of JAX."""
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    return [] if tree is None else [tree]


def same(ours, theirs, tolerance: float = 1e-5, dtypes: bool = True) -> None:
    if isinstance(theirs, dict):
        assert set(ours) == set(theirs), (set(ours), set(theirs))
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs):
        mine = np.asarray(mine.detach() if hasattr(mine, "detach") else mine)
        assert mine.shape == other.shape
        assert not dtypes or mine.dtype == other.dtype
        scale = max(1.0, float(np.abs(other).max(initial=0)))
        np.testing.assert_allclose(mine, np.asarray(other), rtol=0, atol=tolerance * scale)


@cache
def expected_values(name: str):
    """The parameters, state and inputs of a case, and its results in training and then in inference."""
    net, x = getattr(source(), f"{name}_net"), drawn(EVERY[name])
    first = params, state = jax.jit(net.init, static_argnums=2)(jax.random.PRNGKey(3), x, True)
    apply, found = jax.jit(net.apply, static_argnums=4), []
    for train in (True, False):
        result, state = apply(params, state, jax.random.PRNGKey(7), x, train)
        found.append((result, state))
    return first, x, found


@cache
def expected_gradients(name: str):
    """Gradients of a weighted sum of a case's results for the parameters and the inputs."""
    net, ((params, state), x, _) = getattr(source(), f"{name}_net"), expected_values(name)

    def total(params, x):
        results = leaves(net.apply(params, state, jax.random.PRNGKey(7), x, True)[0])
        kept = [r for r in results if jax.numpy.issubdtype(r.dtype, jax.numpy.floating)]
        return sum(jax.numpy.sum(r * drawn(r.shape)) for r in kept)

    return jax.jit(jax.grad(total, argnums=(0, 1)))(params, x)


def drawn(shape) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape).astype("float32")


@pytest.mark.parametrize(("target", "name"), cases("torch", "tensorflow", "numpy"))
def test_layer(target: str, name: str) -> None:
    """The first values of a key; a call in training, then one in inference with the state that it left."""
    ours = getattr(converted(target), f"{name}_net")
    (params, state), x, results = expected_values(name)
    made = ours.init(3, array(x, target), True)
    same(made[0], params)
    same(made[1], state)
    mine, held = (mapped(lambda value: array(value, target), tree) for tree in (params, state))
    for train, (expected, state) in zip((True, False), results):
        result, held = ours.apply(mine, held, 7, array(x, target), train)
        same(result, expected, 2e-5)
        same(held, state, 2e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("target", "name"), cases("torch", "tensorflow"))
def test_gradients(target: str, name: str) -> None:
    """Gradients of a weighted sum of the results for the parameters and the inputs."""
    ours, expected = getattr(converted(target), f"{name}_net"), expected_gradients(name)
    (params, state), x, _ = expected_values(name)
    arrays, held = (mapped(lambda value: array(value, target), tree) for tree in (params, state))
    found = gradients(target, ours, arrays, held, array(x, target))
    same(found[0], expected[0], 2e-4, dtypes=False)
    same(found[1], expected[1], 2e-4, dtypes=False)


def gradients(target, net, params, state, x):
    """Those of the weighted sum, zeros where nothing depends on an array."""
    flat = [*leaves(params), x]
    if target == "torch":
        for value in flat:
            value.requires_grad_()
        results = leaves(net.apply(params, state, 7, x, True)[0])
        weighted(results, lambda r: r.dtype.is_floating_point, target).backward()
        found = {id(value): np.zeros(value.shape) if value.grad is None else value.grad for value in flat}
    else:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(flat)
            results = leaves(net.apply(params, state, 7, x, True)[0])
            total = weighted(results, lambda r: r.dtype.is_floating, target)
        got = tape.gradient(total, flat, unconnected_gradients="zero")
        found = {id(value): tf.convert_to_tensor(grad) for value, grad in zip(flat, got)}
    return mapped(lambda value: found[id(value)], params), found[id(x)]


def weighted(results, is_float, target):
    """The sum of the results, each element times a number of its own."""
    if target == "torch":
        return sum((r * array(drawn(tuple(r.shape)), target)).sum() for r in results if is_float(r))
    import tensorflow as tf

    return sum(tf.reduce_sum(r * drawn(tuple(r.shape))) for r in results if is_float(r))
