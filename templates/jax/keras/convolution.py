"""Convolutions, pooling, padding and upsampling of Keras; channels come last unless a layer says otherwise."""

import jax
import jax.numpy as jnp

from ..channels_last import adaptive_average_pool, convolution, depthwise_convolution, pool, transposed_convolution
from ..images import resize_image
from ..last_axes import bias_add
from .base import Layer
from .core import activation_function


def numbers(value, rank):
    """One number for each spatial axis."""
    return (value,) * rank if isinstance(value, int) else tuple(value)


def channels_first(data_format):
    """Whether the channels are the second axis."""
    return data_format == "channels_first"


class Convolution(Layer):
    """Base of the convolutions: ``kernel`` has shape (*window, in / groups, filters)."""

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters, self.groups, self.use_bias = filters, groups, use_bias
        self.kernel_size, self.strides = numbers(kernel_size, self.rank), numbers(
            strides, self.rank
        )
        self.dilation_rate = numbers(dilation_rate, self.rank)
        self.padding, self.data_format = padding, data_format
        self.activation = activation_function(activation)
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer

    def build(self, input_shape):
        channels = input_shape[1 if channels_first(self.data_format) else -1]
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = self.add_weight(shape, self.kernel_initializer)
        self.bias = (
            self.add_weight((self.filters,), self.bias_initializer) if self.use_bias else None
        )

    def call(self, inputs):
        x, padding = inputs, self.padding
        if padding == "causal":
            width = (self.kernel_size[0] - 1) * self.dilation_rate[0]
            pairs = (
                ((0, 0), (width, 0)) if channels_first(self.data_format) else ((width, 0), (0, 0))
            )
            x, padding = jnp.pad(x, ((0, 0), *pairs)), "valid"
        x = convolution(
            x, self.kernel[...], self.strides, padding, self.data_format, self.dilation_rate
        )
        return self.activation(
            x if self.bias is None else bias_add(x, self.bias[...], self.data_format)
        )


class ConvolutionTranspose(Layer):
    """Base of the transposed convolutions: ``kernel`` has shape (*window, filters, in)."""

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters, self.use_bias = filters, use_bias
        self.kernel_size, self.strides = numbers(kernel_size, self.rank), numbers(
            strides, self.rank
        )
        self.dilation_rate = numbers(dilation_rate, self.rank)
        self.output_padding = output_padding
        self.padding, self.data_format = padding, data_format
        self.activation = activation_function(activation)
        self.kernel_initializer, self.bias_initializer = kernel_initializer, bias_initializer

    def build(self, input_shape):
        channels = input_shape[1 if channels_first(self.data_format) else -1]
        self.kernel = self.add_weight(
            (*self.kernel_size, self.filters, channels), self.kernel_initializer
        )
        self.bias = (
            self.add_weight((self.filters,), self.bias_initializer) if self.use_bias else None
        )

    def call(self, inputs):
        options = (
            self.strides,
            self.padding,
            self.output_padding,
            self.data_format,
            self.dilation_rate,
        )
        x = transposed_convolution(inputs, self.kernel[...], *options)
        return self.activation(
            x if self.bias is None else bias_add(x, self.bias[...], self.data_format)
        )


class Conv3DTranspose(ConvolutionTranspose):
    """Transposed convolution of (batch, *volume, channels)."""

    rank = 3

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        output_padding=None,
        *args,
        **kwargs,
    ):
        super().__init__(
            filters, kernel_size, strides, padding, output_padding, data_format, *args, **kwargs
        )


class DepthwiseConvolution(Layer):
    """Base of the depthwise convolutions: ``kernel`` has shape (*window, channels, multiplier)."""

    rank = 2

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.kernel_size, self.strides = numbers(kernel_size, self.rank), numbers(
            strides, self.rank
        )
        self.dilation_rate, self.depth_multiplier = (
            numbers(dilation_rate, self.rank),
            depth_multiplier,
        )
        self.padding, self.data_format, self.use_bias = padding, data_format, use_bias
        self.activation = activation_function(activation)
        self.depthwise_initializer, self.bias_initializer = depthwise_initializer, bias_initializer

    def build(self, input_shape):
        channels = input_shape[1 if channels_first(self.data_format) else -1]
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = self.add_weight(shape, self.depthwise_initializer)
        count = channels * self.depth_multiplier
        self.bias = self.add_weight((count,), self.bias_initializer) if self.use_bias else None

    def call(self, inputs):
        options = (self.strides, self.padding, self.data_format, self.dilation_rate)
        x = depthwise_convolution(inputs, self.kernel[...], *options)
        return self.activation(
            x if self.bias is None else bias_add(x, self.bias[...], self.data_format)
        )


class SeparableConvolution(Layer):
    """Base of the separable convolutions: of each channel with its own filters, then of all channels at each place."""

    rank = 2

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters, self.depth_multiplier, self.use_bias = filters, depth_multiplier, use_bias
        self.kernel_size, self.strides = numbers(kernel_size, self.rank), numbers(
            strides, self.rank
        )
        self.dilation_rate = numbers(dilation_rate, self.rank)
        self.padding, self.data_format = padding, data_format
        self.activation = activation_function(activation)
        self.depthwise_initializer, self.pointwise_initializer = (
            depthwise_initializer,
            pointwise_initializer,
        )
        self.bias_initializer = bias_initializer

    def build(self, input_shape):
        channels = input_shape[1 if channels_first(self.data_format) else -1]
        depthwise, pointwise = self.depthwise_initializer, self.pointwise_initializer
        self.depthwise_kernel = self.add_weight(
            (*self.kernel_size, channels, self.depth_multiplier), depthwise
        )
        shape = (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        self.pointwise_kernel = self.add_weight(shape, pointwise)
        self.bias = (
            self.add_weight((self.filters,), self.bias_initializer) if self.use_bias else None
        )

    def call(self, inputs):
        options = (self.strides, self.padding, self.data_format, self.dilation_rate)
        x = depthwise_convolution(inputs, self.depthwise_kernel[...], *options)
        x = convolution(x, self.pointwise_kernel[...], data_format=self.data_format)
        return self.activation(
            x if self.bias is None else bias_add(x, self.bias[...], self.data_format)
        )


class Pooling(Layer):
    """Base of the pooling layers."""

    rank, mode = 2, "max"

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.pool_size = numbers(pool_size, self.rank)
        self.strides = self.pool_size if strides is None else numbers(strides, self.rank)
        self.padding, self.data_format = padding, data_format

    def call(self, inputs):
        return pool(inputs, self.pool_size, self.mode, self.strides, self.padding, self.data_format)


class AdaptivePooling(Layer):
    """Base of the layers that pool to a given size."""

    rank, reduce = 2, staticmethod(adaptive_average_pool)

    def __init__(self, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.output_size, self.data_format = numbers(output_size, self.rank), data_format

    def call(self, inputs):
        return self.reduce(inputs, self.output_size, self.data_format)


class GlobalPooling(Layer):
    """Base of the layers that pool all places."""

    reduce = staticmethod(jnp.mean)

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self.data_format, self.keepdims = data_format, keepdims

    def call(self, inputs):
        first = 2 if channels_first(self.data_format) else 1
        axes = tuple(range(first, first + inputs.ndim - 2))
        return self.reduce(inputs, axis=axes, keepdims=self.keepdims)


class GlobalAveragePooling1D(GlobalPooling):
    """The mean over the steps, over those that count where there is a mask."""

    def call(self, inputs, mask=None):
        if mask is None:
            return super().call(inputs)
        axis = 2 if channels_first(self.data_format) else 1
        kept = jnp.expand_dims(mask.astype(bool), 2 if axis == 1 else 1)
        total = jnp.where(kept, inputs, 0).sum(axis=axis, keepdims=self.keepdims)
        return total / kept.astype(inputs.dtype).sum(axis=axis, keepdims=self.keepdims)

    def compute_mask(self, inputs, mask=None):
        """None: there are no steps any more."""


class GlobalMaxPooling1D(GlobalPooling):
    """The largest value over the steps."""

    reduce = staticmethod(jnp.max)


class GlobalMaxPooling2D(GlobalPooling):
    """The largest value over height and width."""

    reduce = staticmethod(jnp.max)


class GlobalMaxPooling3D(GlobalPooling):
    """The largest value over the volume."""

    reduce = staticmethod(jnp.max)


def edges(value, rank):
    """What to add or cut before and after each spatial axis."""
    if isinstance(value, int):
        return ((value, value),) * rank
    if rank == 1 and len(value) == 2 and isinstance(value[0], int):
        return (tuple(value),)
    return tuple((v, v) if isinstance(v, int) else tuple(v) for v in value)


class ZeroPadding(Layer):
    """Base of the layers that add zeros around the spatial axes."""

    rank = 2

    def __init__(self, padding=1, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.padding, self.data_format = edges(padding, self.rank), data_format

    def call(self, inputs):
        first = channels_first(self.data_format)
        pairs = ((0, 0), (0, 0), *self.padding) if first else ((0, 0), *self.padding, (0, 0))
        return jnp.pad(inputs, pairs)


class Cropping(Layer):
    """Base of the layers that cut the spatial axes."""

    rank = 2

    def __init__(self, cropping=0, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.cropping, self.data_format = edges(cropping, self.rank), data_format

    def call(self, inputs):
        first = 2 if channels_first(self.data_format) else 1
        for axis, (before, after) in enumerate(self.cropping, first):
            inputs = jax.lax.slice_in_dim(inputs, before, inputs.shape[axis] - after, axis=axis)
        return inputs


class UpSampling1D(Layer):
    """Each step repeated."""

    def __init__(self, size=2, **kwargs):
        super().__init__(**kwargs)
        self.size = size

    def call(self, inputs):
        return jnp.repeat(inputs, self.size, axis=1)


class UpSampling2D(Layer):
    """Height and width repeated, or interpolated."""

    def __init__(self, size=(2, 2), data_format=None, interpolation="nearest", **kwargs):
        super().__init__(**kwargs)
        self.size, self.data_format, self.interpolation = (
            numbers(size, 2),
            data_format,
            interpolation,
        )

    def call(self, inputs):
        x = jnp.moveaxis(inputs, 1, -1) if channels_first(self.data_format) else inputs
        size = (x.shape[1] * self.size[0], x.shape[2] * self.size[1])
        x = resize_image(x, size, self.interpolation).astype(x.dtype)
        return jnp.moveaxis(x, -1, 1) if channels_first(self.data_format) else x


class UpSampling3D(Layer):
    """Each place of a volume repeated."""

    def __init__(self, size=(2, 2, 2), data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.size, self.data_format = numbers(size, 3), data_format

    def call(self, inputs):
        first = 2 if channels_first(self.data_format) else 1
        for axis, count in enumerate(self.size, first):
            inputs = jnp.repeat(inputs, count, axis=axis)
        return inputs
