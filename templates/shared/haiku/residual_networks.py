"""Haiku's residual networks by their number of layers."""

from .nets import ResNet


class ResNet18(ResNet):
    """The residual network with 18 layers."""

    def __init__(
        self, num_classes, bn_config=None, resnet_v2=False, logits_config=None, name=None, initial_conv_config=None,
        strides=(1, 2, 2, 2),
    ):  # fmt: skip
        super().__init__(
            (2, 2, 2, 2), num_classes, bn_config, resnet_v2, False, (64, 128, 256, 512), (False, True, True, True),
            logits_config, name, initial_conv_config, strides,
        )  # fmt: skip


class ResNet34(ResNet):
    """The residual network with 34 layers."""

    def __init__(
        self, num_classes, bn_config=None, resnet_v2=False, logits_config=None, name=None, initial_conv_config=None,
        strides=(1, 2, 2, 2),
    ):  # fmt: skip
        super().__init__(
            (3, 4, 6, 3), num_classes, bn_config, resnet_v2, False, (64, 128, 256, 512), (False, True, True, True),
            logits_config, name, initial_conv_config, strides,
        )  # fmt: skip


class ResNet50(ResNet):
    """The residual network with 50 layers."""

    def __init__(
        self, num_classes, bn_config=None, resnet_v2=False, logits_config=None, name=None, initial_conv_config=None,
        strides=(1, 2, 2, 2),
    ):  # fmt: skip
        super().__init__(
            (3, 4, 6, 3), num_classes, bn_config, resnet_v2, True, (256, 512, 1024, 2048), (True, True, True, True),
            logits_config, name, initial_conv_config, strides,
        )  # fmt: skip


class ResNet101(ResNet):
    """The residual network with 101 layers."""

    def __init__(
        self, num_classes, bn_config=None, resnet_v2=False, logits_config=None, name=None, initial_conv_config=None,
        strides=(1, 2, 2, 2),
    ):  # fmt: skip
        super().__init__(
            (3, 4, 23, 3), num_classes, bn_config, resnet_v2, True, (256, 512, 1024, 2048), (True, True, True, True),
            logits_config, name, initial_conv_config, strides,
        )  # fmt: skip


class ResNet152(ResNet):
    """The residual network with 152 layers."""

    def __init__(
        self, num_classes, bn_config=None, resnet_v2=False, logits_config=None, name=None, initial_conv_config=None,
        strides=(1, 2, 2, 2),
    ):  # fmt: skip
        super().__init__(
            (3, 8, 36, 3), num_classes, bn_config, resnet_v2, True, (256, 512, 1024, 2048), (True, True, True, True),
            logits_config, name, initial_conv_config, strides,
        )  # fmt: skip


class ResNet200(ResNet):
    """The residual network with 200 layers."""

    def __init__(
        self, num_classes, bn_config=None, resnet_v2=False, logits_config=None, name=None, initial_conv_config=None,
        strides=(1, 2, 2, 2),
    ):  # fmt: skip
        super().__init__(
            (3, 24, 36, 3), num_classes, bn_config, resnet_v2, True, (256, 512, 1024, 2048), (True, True, True, True),
            logits_config, name, initial_conv_config, strides,
        )  # fmt: skip
