"""Haiku's networks, with its names and layouts of parameters."""

import numpy as np

from ..functional import relu
from ..keys import random_split
from .base import Module
from .basic import Linear, dropout
from .convolution import DepthwiseConv2D
from .convolutions import Conv2D
from .normalization import BatchNorm
from .pooling import max_pool


class MLP(Module):
    """Linear layers with a function between them."""

    def __init__(
        self, output_sizes, w_init=None, b_init=None, with_bias=True, activation=None, activate_final=False,
        name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        self.w_init, self.b_init, self.with_bias = w_init, b_init, with_bias
        self.activation, self.activate_final = activation or relu, activate_final
        self.layers = tuple(
            Linear(size, with_bias, w_init, b_init, f"linear_{index}")
            for index, size in enumerate(output_sizes)
        )
        self.output_size = self.layers[-1].output_size if self.layers else None

    def __call__(self, inputs, dropout_rate=None, rng=None):
        if (dropout_rate is None) != (rng is None):
            raise ValueError("dropout takes both a rate and a random key")
        out = inputs
        for index, layer in enumerate(self.layers, 1):
            out = layer(out)
            if index < len(self.layers) or self.activate_final:
                if dropout_rate is not None:
                    rng, key = random_split(rng)
                    out = dropout(key, dropout_rate, out)
                out = self.activation(out)
        return out

    def reverse(self, activate_final=None, name=None):
        """A new network with the sizes of this one, once called, from its end to its start."""
        sizes = [layer.input_size for layer in reversed(self.layers)]
        if None in sizes:
            raise ValueError("the sizes of a network are known when it was called")
        final = self.activate_final if activate_final is None else activate_final
        name = name or f"{self.name}_reversed"
        return MLP(sizes, self.w_init, self.b_init, self.with_bias, self.activation, final, name)


class BlockV1(Module):
    """Convolutions with normalisation behind each, around which the inputs are added."""

    def __init__(self, channels, stride, use_projection, bn_config, bottleneck, name=None):
        super().__init__(name=name)
        config = dict(bn_config)
        for key, value in (("create_scale", True), ("create_offset", True), ("decay_rate", 0.999)):
            config.setdefault(key, value)
        self.use_projection = use_projection
        if use_projection:
            self.proj_conv = Conv2D(channels, 1, stride, with_bias=False, name="shortcut_conv")
            self.proj_batchnorm = BatchNorm(name="shortcut_batchnorm", **config)
        inner = channels // 4 if bottleneck else channels
        sizes = [(inner, 1, 1), (inner, 3, stride), (channels, 1, 1)]
        if not bottleneck:
            sizes = [(channels, 3, stride), (channels, 3, 1)]
        self.layers = []
        for index, size in enumerate(sizes):
            conv = Conv2D(*size, with_bias=False, name=f"conv_{index}")
            first = {"scale_init": np.zeros} if index == 2 else {}
            self.layers.append((conv, BatchNorm(name=f"batchnorm_{index}", **first, **config)))

    def __call__(self, inputs, is_training, test_local_stats):
        out = shortcut = inputs
        if self.use_projection:
            shortcut = self.proj_batchnorm(self.proj_conv(shortcut), is_training, test_local_stats)
        for index, (conv, norm) in enumerate(self.layers, 1):
            out = norm(conv(out), is_training, test_local_stats)
            if index < len(self.layers):
                out = relu(out)
        return relu(out + shortcut)


class BlockV2(Module):
    """Convolutions with normalisation before each, around which the inputs are added."""

    def __init__(self, channels, stride, use_projection, bn_config, bottleneck, name=None):
        super().__init__(name=name)
        config = {"create_scale": True, "create_offset": True} | dict(bn_config)
        self.use_projection = use_projection
        if use_projection:
            self.proj_conv = Conv2D(channels, 1, stride, with_bias=False, name="shortcut_conv")
        inner = channels // 4 if bottleneck else channels
        sizes = [(inner, 1, 1), (inner, 3, stride), (channels, 1, 1)]
        if not bottleneck:
            sizes = [(channels, 3, stride), (channels, 3, 1)]
        self.layers = []
        for index, size in enumerate(sizes):
            conv = Conv2D(*size, with_bias=False, name=f"conv_{index}")
            self.layers.append((conv, BatchNorm(name=f"batchnorm_{index}", **config)))

    def __call__(self, inputs, is_training, test_local_stats):
        x = shortcut = inputs
        for index, (conv, norm) in enumerate(self.layers):
            x = relu(norm(x, is_training, test_local_stats))
            if index == 0 and self.use_projection:
                shortcut = self.proj_conv(x)
            x = conv(x)
        return x + shortcut


class BlockGroup(Module):
    """Blocks of one size, of which the first has the stride."""

    def __init__(
        self,
        channels,
        num_blocks,
        stride,
        bn_config,
        resnet_v2,
        bottleneck,
        use_projection,
        name=None,
    ):
        super().__init__(name=name)
        block = BlockV2 if resnet_v2 else BlockV1
        self.blocks = [
            block(
                channels,
                1 if i else stride,
                i == 0 and use_projection,
                bn_config,
                bottleneck,
                f"block_{i}",
            )
            for i in range(num_blocks)
        ]

    def __call__(self, inputs, is_training, test_local_stats):
        out = inputs
        for block in self.blocks:
            out = block(out, is_training, test_local_stats)
        return out


class ResNet(Module):
    """A residual network of four groups of blocks for images."""

    def __init__(
        self, blocks_per_group, num_classes, bn_config=None, resnet_v2=False, bottleneck=True,
        channels_per_group=(256, 512, 1024, 2048), use_projection=(True, True, True, True), logits_config=None,
        name=None, initial_conv_config=None, strides=(1, 2, 2, 2),
    ):  # fmt: skip
        super().__init__(name=name)
        if not len(blocks_per_group) == len(channels_per_group) == len(strides) == 4:
            raise ValueError("there are four groups of blocks")
        norm = {"decay_rate": 0.9, "eps": 1e-5, "create_scale": True, "create_offset": True}
        norm.update(bn_config or {})
        conv = {
            "output_channels": 64,
            "kernel_shape": 7,
            "stride": 2,
            "with_bias": False,
            "padding": "SAME",
        }
        conv.update({"name": "initial_conv"} | dict(initial_conv_config or {}))
        self.resnet_v2 = resnet_v2
        self.initial_conv = Conv2D(**conv)
        if not resnet_v2:
            self.initial_batchnorm = BatchNorm(name="initial_batchnorm", **norm)
        self.block_groups = []
        for i, (channels, blocks, stride) in enumerate(
            zip(channels_per_group, blocks_per_group, strides)
        ):
            projects, group = use_projection[i], f"block_group_{i}"
            self.block_groups.append(
                BlockGroup(channels, blocks, stride, norm, resnet_v2, bottleneck, projects, group)
            )
        if resnet_v2:
            self.final_batchnorm = BatchNorm(name="final_batchnorm", **norm)
        self.logits = Linear(
            num_classes, **({"w_init": np.zeros, "name": "logits"} | dict(logits_config or {}))
        )

    def __call__(self, inputs, is_training, test_local_stats=False):
        out = self.initial_conv(inputs)
        if not self.resnet_v2:
            out = relu(self.initial_batchnorm(out, is_training, test_local_stats))
        out = max_pool(out, (1, 3, 3, 1), (1, 2, 2, 1), "SAME")
        for group in self.block_groups:
            out = group(out, is_training, test_local_stats)
        if self.resnet_v2:
            out = relu(self.final_batchnorm(out, is_training, test_local_stats))
        return self.logits(np.mean(out, axis=(1, 2)))


class MobileNetV1Block(Module):
    """A convolution of each channel and one across the channels."""

    def __init__(self, channels, stride, use_bn=True, name=None):
        super().__init__(name=name)
        self.channels, self.stride, self.use_bn = channels, stride, use_bn

    def __call__(self, inputs, is_training):
        bias = not self.use_bn
        depthwise = DepthwiseConv2D(
            1, 3, self.stride, padding=((1, 1), (1, 1)), with_bias=bias, name="depthwise_conv"
        )
        pointwise = Conv2D(self.channels, 1, padding="VALID", with_bias=bias, name="pointwise_conv")
        out = inputs
        for conv in (depthwise, pointwise):
            out = conv(out)
            if self.use_bn:
                out = BatchNorm(True, True, 0.999)(out, is_training)
            out = relu(out)
        return out


class MobileNetV1(Module):
    """A network of separable convolutions for images."""

    def __init__(
        self, strides=(1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1),
        channels=(64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024), num_classes=1000, use_bn=True,
        name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        if len(strides) != len(channels):
            raise ValueError("there are as many strides as numbers of channels")
        self.strides, self.channels = strides, channels
        self.num_classes, self.use_bn = num_classes, use_bn

    def __call__(self, inputs, is_training):
        out = Conv2D(32, 3, 2, padding="VALID", with_bias=not self.use_bn)(inputs)
        if self.use_bn:
            out = BatchNorm(True, True, 0.999)(out, is_training)
        out = relu(out)
        for channels, stride in zip(self.channels, self.strides):
            out = MobileNetV1Block(channels, stride, self.use_bn)(out, is_training)
        return Linear(self.num_classes, name="logits")(np.mean(out, axis=(1, 2)))
