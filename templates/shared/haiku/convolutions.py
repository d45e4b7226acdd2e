"""Haiku's convolutions over one, two and three axes."""

from .convolution import ConvND, ConvNDTranspose, DepthwiseConvND


class Conv1D(ConvND):
    """Convolution over one axis."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NWC", mask=None, feature_group_count=1, name=None,
    ):  # fmt: skip
        super().__init__(
            1, output_channels, kernel_shape, stride, rate, padding, with_bias, w_init, b_init, data_format, mask,
            feature_group_count, name,
        )  # fmt: skip


class Conv1DTranspose(ConvNDTranspose):
    """Transposed convolution over one axis."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, output_shape=None, padding="SAME", with_bias=True,
        w_init=None, b_init=None, data_format="NWC", mask=None, name=None,
    ):  # fmt: skip
        super().__init__(
            1, output_channels, kernel_shape, stride, output_shape, padding, with_bias, w_init, b_init, data_format,
            mask, name,
        )  # fmt: skip


class DepthwiseConv1D(DepthwiseConvND):
    """Convolution of each channel by itself over one axis."""

    def __init__(
        self, channel_multiplier, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NWC", name=None,
    ):  # fmt: skip
        super().__init__(
            channel_multiplier,
            kernel_shape,
            1,
            data_format,
            stride,
            rate,
            padding,
            with_bias,
            w_init,
            b_init,
            name,
        )


class Conv2D(ConvND):
    """Convolution over two axes."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NHWC", mask=None, feature_group_count=1, name=None,
    ):  # fmt: skip
        super().__init__(
            2, output_channels, kernel_shape, stride, rate, padding, with_bias, w_init, b_init, data_format, mask,
            feature_group_count, name,
        )  # fmt: skip


class Conv2DTranspose(ConvNDTranspose):
    """Transposed convolution over two axes."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, output_shape=None, padding="SAME", with_bias=True,
        w_init=None, b_init=None, data_format="NHWC", mask=None, name=None,
    ):  # fmt: skip
        super().__init__(
            2, output_channels, kernel_shape, stride, output_shape, padding, with_bias, w_init, b_init, data_format,
            mask, name,
        )  # fmt: skip


class Conv3D(ConvND):
    """Convolution over three axes."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NDHWC", mask=None, feature_group_count=1, name=None,
    ):  # fmt: skip
        super().__init__(
            3, output_channels, kernel_shape, stride, rate, padding, with_bias, w_init, b_init, data_format, mask,
            feature_group_count, name,
        )  # fmt: skip


class Conv3DTranspose(ConvNDTranspose):
    """Transposed convolution over three axes."""

    def __init__(
        self, output_channels, kernel_shape, stride=1, output_shape=None, padding="SAME", with_bias=True,
        w_init=None, b_init=None, data_format="NDHWC", mask=None, name=None,
    ):  # fmt: skip
        super().__init__(
            3, output_channels, kernel_shape, stride, output_shape, padding, with_bias, w_init, b_init, data_format,
            mask, name,
        )  # fmt: skip


class DepthwiseConv3D(DepthwiseConvND):
    """Convolution of each channel by itself over three axes."""

    def __init__(
        self, channel_multiplier, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NDHWC", name=None,
    ):  # fmt: skip
        super().__init__(
            channel_multiplier,
            kernel_shape,
            3,
            data_format,
            stride,
            rate,
            padding,
            with_bias,
            w_init,
            b_init,
            name,
        )
