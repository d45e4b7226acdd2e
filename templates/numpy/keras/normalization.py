"""Normalisation layers of Keras."""

import numpy as np

from .base import Layer, truncated


def along(value, axis, rank):
    """A vector in the shape that broadcasts along one axis."""
    shape = [1] * rank
    shape[axis] = -1
    return value.reshape(shape)


class BatchNormalization(Layer):
    """Normalises each channel by the moving statistics."""

    supports_masking = True

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis, self.momentum, self.epsilon = axis, momentum, epsilon
        self.center, self.scale = center, scale
        self.beta_initializer, self.gamma_initializer = beta_initializer, gamma_initializer
        self.moving_mean_initializer = moving_mean_initializer
        self.moving_variance_initializer = moving_variance_initializer

    def build(self, input_shape):
        shape = (input_shape[self.axis],)
        self.gamma = self.add_weight(shape, self.gamma_initializer) if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer) if self.center else None
        self.register_buffer("moving_mean", self.add_weight(shape, self.moving_mean_initializer))
        self.register_buffer(
            "moving_variance", self.add_weight(shape, self.moving_variance_initializer)
        )

    def call(self, inputs):
        mean, factor = self.moving_mean, 1 / np.sqrt(self.moving_variance + self.epsilon)
        factor = factor if self.gamma is None else factor * self.gamma
        shift = -mean * factor if self.beta is None else self.beta - mean * factor
        return inputs * along(factor, self.axis, inputs.ndim) + along(shift, self.axis, inputs.ndim)


class LayerNormalization(Layer):
    """Normalises each example over the axes; ``gamma`` and ``beta`` have their shape."""

    supports_masking = True

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.axis, self.epsilon, self.center, self.scale = axis, epsilon, center, scale
        self.beta_initializer, self.gamma_initializer = beta_initializer, gamma_initializer

    def axes(self, rank):
        """The normalised axes in order."""
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        return tuple(sorted(axis % rank for axis in axes))

    def build(self, input_shape):
        shape = tuple(input_shape[axis] for axis in self.axes(len(input_shape)))
        self.gamma = self.add_weight(shape, self.gamma_initializer) if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer) if self.center else None

    def call(self, inputs):
        axes = self.axes(inputs.ndim)
        shape = [inputs.shape[axis] if axis in axes else 1 for axis in range(inputs.ndim)]
        mean, variance = inputs.mean(axes, keepdims=True), inputs.var(axes, keepdims=True)
        x = (inputs - mean) / np.sqrt(variance + self.epsilon)
        x = x if self.gamma is None else x * self.gamma.reshape(shape)
        return x if self.beta is None else x + self.beta.reshape(shape)


class RMSNormalization(Layer):
    """Divides by the root of the mean square over the axes and multiplies by ``scale``."""

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis, self.epsilon = axis, epsilon

    def axes(self, rank):
        """The normalised axes in order."""
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        return tuple(sorted(axis % rank for axis in axes))

    def build(self, input_shape):
        shape = [input_shape[axis] for axis in self.axes(len(input_shape))]
        self.scale = self.add_weight(shape, "ones")

    def call(self, inputs):
        axes = self.axes(inputs.ndim)
        shape = [inputs.shape[axis] if axis in axes else 1 for axis in range(inputs.ndim)]
        square = np.square(inputs).mean(axes, keepdims=True)
        return inputs / np.sqrt(square + self.epsilon) * self.scale.reshape(shape)


class GroupNormalization(Layer):
    """Normalises groups of channels over all places of an example; ``groups=-1`` makes each channel a group."""

    supports_masking = True

    def __init__(
        self,
        groups=32,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.groups, self.axis, self.epsilon, self.center, self.scale = (
            groups,
            axis,
            epsilon,
            center,
            scale,
        )
        self.beta_initializer, self.gamma_initializer = beta_initializer, gamma_initializer

    def build(self, input_shape):
        shape = (input_shape[self.axis],)
        self.gamma = self.add_weight(shape, self.gamma_initializer) if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer) if self.center else None

    def call(self, inputs):
        groups = inputs.shape[self.axis] if self.groups == -1 else self.groups
        x = np.moveaxis(inputs, self.axis, 1)
        grouped = x.reshape(x.shape[0], groups, -1)
        mean, variance = grouped.mean(-1, keepdims=True), grouped.var(-1, keepdims=True)
        x = ((grouped - mean) / np.sqrt(variance + self.epsilon)).reshape(x.shape)
        x = np.moveaxis(x, 1, self.axis)
        x = x if self.gamma is None else x * along(self.gamma, self.axis, x.ndim)
        return x if self.beta is None else x + along(self.beta, self.axis, x.ndim)


class UnitNormalization(Layer):
    """Divides by the length over the axes."""

    supports_masking = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        square = np.square(inputs).sum(self.axis, keepdims=True)
        return inputs * np.minimum(1 / np.sqrt(square), 1e12)


class Normalization(Layer):
    """Subtracts the mean and divides by the standard deviation of the axes; both are given, or weights to be loaded."""

    supports_masking = True

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        # As lists, because arrays would be weights.
        self.given_mean = None if mean is None else np.asarray(mean).tolist()
        self.given_variance = None if variance is None else np.asarray(variance).tolist()
        self.invert = invert

    def build(self, input_shape):
        axes = sorted(axis % len(input_shape) for axis in self.axis)
        shape = [input_shape[axis] for axis in axes]
        self.sizes, self.places = shape, [
            n if axis in axes else 1 for axis, n in enumerate(input_shape)
        ]
        if self.given_mean is None:
            self.register_buffer("mean", self.add_weight(shape, "zeros"))
            self.register_buffer("variance", self.add_weight(shape, "ones"))
            self.register_buffer("count", self.add_weight((), "zeros", "int32"))

    def call(self, inputs):
        x = np.asarray(inputs, self.dtype)
        mean = self.mean if self.given_mean is None else self.given_mean
        variance = self.variance if self.given_mean is None else self.given_variance
        mean, variance = (
            np.broadcast_to(np.asarray(x, self.dtype), self.sizes).reshape(self.places)
            for x in (mean, variance)
        )
        std = np.maximum(np.sqrt(variance), 1e-7)
        return mean + x * std if self.invert else (x - mean) / std


class SpectralNormalization(Layer):
    """A layer whose kernel is divided by its largest singular value in training."""

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(**kwargs)
        self.layer, self.power_iterations = layer, power_iterations

    def build(self, input_shape):
        if not self.layer.built:
            self.layer.build(input_shape)
        shape = (1, self.weight.shape[-1])
        self.register_buffer(
            "vector_u", self.add_weight(shape, lambda shape: truncated(shape, 0.02))
        )

    @property
    def weight(self):
        """The weight that is normalised."""
        return self.layer.kernel if hasattr(self.layer, "kernel") else self.layer.embeddings

    def call(self, inputs):
        return self.layer(inputs)
