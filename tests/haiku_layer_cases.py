"""Layers of haiku as functions of an input, with its shape, for the tests of all targets."""

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
