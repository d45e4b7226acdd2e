"""Haiku's convolutions, with its names and layouts of parameters."""

import math

import keras
import tensorflow as tf

from ..primitives import conv_general
from ..shape import shape_of
from .base import Module, get_parameter
from .initializers import TruncatedNormal
from .places import axis_names, channel_axis, padding_for_size, pairs_of_padding, per_axis, transposed_padding


def with_bias_added(out, channels, rank, data_format, init):
    """The outputs and the parameter ``b``, a number for each channel."""
    shape = (channels,) if channel_axis(data_format) == -1 else (channels,) + (1,) * rank
    return out + get_parameter("b", shape, out.dtype, init)


class ConvND(Module):
    """Convolution; ``w`` is (window, in / groups, out)."""

    def __init__(
        self, num_spatial_dims, output_channels, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True,
        w_init=None, b_init=None, data_format="channels_last", mask=None, feature_group_count=1, name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        rank = self.num_spatial_dims = num_spatial_dims
        self.output_channels, self.kernel_shape = output_channels, per_axis(kernel_shape, rank)
        self.stride, self.rate = per_axis(stride, rank), per_axis(rate, rank)
        self.padding = pairs_of_padding(padding, rank)
        self.with_bias, self.w_init, self.b_init = with_bias, w_init, b_init or tf.zeros
        self.data_format, self.mask = data_format, mask
        self.feature_group_count = feature_group_count

    def call(self, inputs):
        rank = self.num_spatial_dims
        if len(inputs.shape) == rank + 1:
            return tf.squeeze(self(tf.expand_dims(inputs, axis=0)), axis=0)
        if len(inputs.shape) != rank + 2:
            raise ValueError(f"inputs have {rank + 1} or {rank + 2} axes, not {len(inputs.shape)}")
        channels = shape_of(inputs)[channel_axis(self.data_format)] // self.feature_group_count
        shape = (*self.kernel_shape, channels, self.output_channels)
        init = self.w_init or TruncatedNormal(1 / math.sqrt(math.prod(shape[:-1])))
        w = get_parameter("w", shape, inputs.dtype, init)
        out = conv_general(
            inputs, w if self.mask is None else keras.ops.multiply(w, self.mask), self.stride, self.padding,
            rhs_dilation=self.rate, dimension_numbers=axis_names(rank, self.data_format, "IO"),
            feature_group_count=self.feature_group_count,
        )  # fmt: skip
        if not self.with_bias:
            return out
        return with_bias_added(out, self.output_channels, rank, self.data_format, self.b_init)


class ConvNDTranspose(Module):
    """Transposed convolution; ``w`` is (window, out, in)."""

    def __init__(
        self, num_spatial_dims, output_channels, kernel_shape, stride=1, output_shape=None, padding="SAME",
        with_bias=True, w_init=None, b_init=None, data_format="channels_last", mask=None, name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        rank = self.num_spatial_dims = num_spatial_dims
        self.output_channels, self.kernel_shape = output_channels, per_axis(kernel_shape, rank)
        self.stride, self.padding = per_axis(stride, rank), pairs_of_padding(padding, rank)
        self.output_shape = None if output_shape is None else per_axis(output_shape, rank)
        self.with_bias, self.w_init, self.b_init = with_bias, w_init, b_init or tf.zeros
        self.data_format, self.mask = data_format, mask

    def call(self, inputs):
        rank = self.num_spatial_dims
        if len(inputs.shape) == rank + 1:
            return tf.squeeze(self(tf.expand_dims(inputs, axis=0)), axis=0)
        if len(inputs.shape) != rank + 2:
            raise ValueError(f"inputs have {rank + 1} or {rank + 2} axes, not {len(inputs.shape)}")
        channels = shape_of(inputs)[channel_axis(self.data_format)]
        shape = (*self.kernel_shape, self.output_channels, channels)
        fan_in = math.prod(self.kernel_shape) * channels
        init = self.w_init or TruncatedNormal(1 / math.sqrt(fan_in))
        w = get_parameter("w", shape, inputs.dtype, init)
        out = conv_general(
            inputs, w if self.mask is None else keras.ops.multiply(w, self.mask), (1,) * rank, self.pairs(inputs),
            lhs_dilation=self.stride, dimension_numbers=axis_names(rank, self.data_format, "OI"),
        )  # fmt: skip
        if not self.with_bias:
            return out
        return with_bias_added(out, self.output_channels, rank, self.data_format, self.b_init)

    def pairs(self, inputs):
        """Zeros before and after each axis of the inputs, which the strides spread."""
        if not isinstance(self.padding, str):
            return self.padding
        if self.output_shape is None:
            return [
                transposed_padding(*axis, self.padding)
                for axis in zip(self.kernel_shape, self.stride)
            ]
        sizes = list(shape_of(inputs))
        sizes = sizes[2:] if channel_axis(self.data_format) == 1 else sizes[1:-1]
        axes = zip(sizes, self.output_shape, self.kernel_shape, self.stride)
        return [padding_for_size(*axis, self.padding) for axis in axes]


class DepthwiseConvND(Module):
    """Convolution of each channel by itself; ``w`` is (window, 1, channels * multiplier)."""

    def __init__(
        self, channel_multiplier, kernel_shape, num_spatial_dims, data_format, stride=1, rate=1, padding="SAME",
        with_bias=True, w_init=None, b_init=None, name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        rank = self.num_spatial_dims = num_spatial_dims
        self.channel_multiplier, self.kernel_shape = channel_multiplier, per_axis(
            kernel_shape, rank
        )
        self.stride, self.rate = per_axis(stride, rank), per_axis(rate, rank)
        self.padding, self.data_format = pairs_of_padding(padding, rank), data_format
        self.with_bias, self.w_init, self.b_init = with_bias, w_init, b_init or tf.zeros

    def call(self, inputs):
        rank, channels = self.num_spatial_dims, shape_of(inputs)[channel_axis(self.data_format)]
        shape = (*self.kernel_shape, 1, self.channel_multiplier * channels)
        init = self.w_init or TruncatedNormal(1 / math.sqrt(math.prod(shape[:-1])))
        w = get_parameter("w", shape, inputs.dtype, init)
        out = conv_general(
            inputs, w, self.stride, self.padding, rhs_dilation=self.rate,
            dimension_numbers=axis_names(rank, self.data_format, "IO"), feature_group_count=channels,
        )  # fmt: skip
        if not self.with_bias:
            return out
        return with_bias_added(out, shape[-1], rank, self.data_format, self.b_init)


class SeparableDepthwiseConv2D(Module):
    """A depthwise convolution along the rows after one along the columns."""

    def __init__(
        self, channel_multiplier, kernel_shape, stride=1, padding="SAME", with_bias=True, w_init=None, b_init=None,
        data_format="NHWC", name=None,
    ):  # fmt: skip
        super().__init__(name=name)
        height, width = per_axis(kernel_shape, 2)
        self.first = DepthwiseConv2D(
            channel_multiplier, (height, 1), stride, 1, padding, False, w_init, b_init, data_format
        )
        self.second = DepthwiseConv2D(
            1, (1, width), 1, 1, padding, with_bias, w_init, b_init, data_format
        )

    def call(self, inputs):
        return self.second(self.first(inputs))


class DepthwiseConv2D(DepthwiseConvND):
    """Convolution of each channel by itself over two axes."""

    def __init__(
        self, channel_multiplier, kernel_shape, stride=1, rate=1, padding="SAME", with_bias=True, w_init=None,
        b_init=None, data_format="NHWC", name=None,
    ):  # fmt: skip
        super().__init__(
            channel_multiplier,
            kernel_shape,
            2,
            data_format,
            stride,
            rate,
            padding,
            with_bias,
            w_init,
            b_init,
            name,
        )
