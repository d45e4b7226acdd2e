"""Normalisation layers of Keras."""

import jax
import jax.numpy as jnp
from flax import nnx

from .base import Layer, initial, truncated


def along(value, axis, rank):
    """A vector in the shape that broadcasts along one axis."""
    shape = [1] * rank
    shape[axis] = -1
    return value.reshape(shape)


class BatchNormalization(Layer):
    """Normalises each channel by the batch in training, else by the moving statistics.

    ``momentum`` is the weight of the old statistics; a layer that is not trainable uses the moving ones always.
    """

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
        self.moving_mean = self.statistic(shape, self.moving_mean_initializer)
        self.moving_variance = self.statistic(shape, self.moving_variance_initializer)

    def statistic(self, shape, initializer):
        """A new moving statistic."""
        return nnx.BatchStat(jnp.asarray(initial(initializer, shape), self.dtype))

    def call(
        self,
        inputs,
        training=False,
        # [full
        mask=None,
        # full]
    ):
        # [full
        if mask is not None and training and self.trainable:
            raise NotImplementedError("statistics over the steps that count are not computed here")
        # full]
        mean, variance = self.moving_mean[...], self.moving_variance[...]
        if training and self.trainable:
            axes = tuple(axis for axis in range(inputs.ndim) if axis != self.axis % inputs.ndim)
            old, share = (mean, variance), 1 - self.momentum
            mean, variance = inputs.mean(axes), inputs.var(axes)
            new = jax.lax.stop_gradient((mean, variance))
            self.moving_mean[...] = old[0] + share * (new[0] - old[0])
            self.moving_variance[...] = old[1] + share * (new[1] - old[1])
        factor = jax.lax.rsqrt(variance + self.epsilon)
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
        x = (inputs - mean) * jax.lax.rsqrt(variance + self.epsilon)
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
        square = jnp.square(inputs).mean(axes, keepdims=True)
        return inputs * jax.lax.rsqrt(square + self.epsilon) * self.scale.reshape(shape)


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
        x = jnp.moveaxis(inputs, self.axis, 1)
        grouped = x.reshape(x.shape[0], groups, -1)
        mean, variance = grouped.mean(-1, keepdims=True), grouped.var(-1, keepdims=True)
        x = ((grouped - mean) * jax.lax.rsqrt(variance + self.epsilon)).reshape(x.shape)
        x = jnp.moveaxis(x, 1, self.axis)
        x = x if self.gamma is None else x * along(self.gamma, self.axis, x.ndim)
        return x if self.beta is None else x + along(self.beta, self.axis, x.ndim)


class UnitNormalization(Layer):
    """Divides by the length over the axes."""

    supports_masking = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        square = jnp.square(inputs).sum(self.axis, keepdims=True)
        return inputs * jnp.minimum(jax.lax.rsqrt(square), 1e12)


class Normalization(Layer):
    """Subtracts the mean and divides by the standard deviation of the axes; both are given, adapted or loaded."""

    supports_masking = True

    def __init__(self, axis=-1, mean=None, variance=None, invert=False, **kwargs):
        super().__init__(**kwargs)
        self.axis = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
        self.given_mean, self.given_variance, self.invert = mean, variance, invert

    def build(self, input_shape):
        axes = sorted(axis % len(input_shape) for axis in self.axis)
        shape = [input_shape[axis] for axis in axes]
        self.places = [n if axis in axes else 1 for axis, n in enumerate(input_shape)]
        if self.given_mean is None:
            self.mean = self.add_weight(shape, "zeros", trainable=False)
            self.variance = self.add_weight(shape, "ones", trainable=False)
            self.count = self.add_weight((), "zeros", "int32", trainable=False)
        else:
            self.mean = jnp.broadcast_to(jnp.asarray(self.given_mean, self.dtype), shape)
            self.variance = jnp.broadcast_to(jnp.asarray(self.given_variance, self.dtype), shape)

    # only if used
    def adapt(self, data):
        """Take mean and variance from an array, or from all batches of a data set."""
        if not hasattr(data, "ndim"):
            batches = [jnp.asarray(batch) for batch in data]
            data = (jnp.concatenate if batches[0].ndim > 1 else jnp.stack)(batches)
        rows = jnp.asarray(data, dtype=self.dtype)
        if not self.built:
            self.build(rows.shape)
            self.built = True
        axes = tuple(axis for axis in range(rows.ndim) if axis - rows.ndim not in self.axis and axis not in self.axis)
        self.mean.set_value(rows.mean(axes))
        self.variance.set_value(rows.var(axes))

    def call(self, inputs):
        x = jnp.asarray(inputs, self.dtype)
        mean, variance = self.mean.reshape(self.places), self.variance.reshape(self.places)
        std = jnp.maximum(jnp.sqrt(variance), 1e-7)
        return mean + x * std if self.invert else (x - mean) / std


class SpectralNormalization(Layer):
    """Divides the kernel of a layer by its largest singular value before each training step."""

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(**kwargs)
        self.layer, self.power_iterations = layer, power_iterations

    def build(self, input_shape):
        if not self.layer.built:
            self.layer.build(input_shape)
        shape = (1, self.weight.shape[-1])
        self.vector_u = self.add_weight(
            shape, lambda shape: truncated(shape, 0.02), trainable=False
        )

    @property
    def weight(self):
        """The weight that is normalised."""
        return self.layer.kernel if hasattr(self.layer, "kernel") else self.layer.embeddings

    def normalize_weight(self):
        """Divide the weight by an estimate of its largest singular value, unless it is all zeros."""
        weight, u = jax.lax.stop_gradient(self.weight[...]), self.vector_u[...]
        flat = weight.reshape(-1, weight.shape[-1])
        for _ in range(self.power_iterations):
            v = unit(u @ flat.T)
            u = unit(v @ flat)
        zeros = ~flat.any()
        self.vector_u[...] = jnp.where(zeros, self.vector_u[...], u)
        self.weight[...] = jnp.where(zeros, weight, weight / (v @ flat @ u.T)[0, 0])

    def call(self, inputs, training=False):
        if training:
            self.normalize_weight()
        return self.layer(inputs)


def unit(x):
    """A vector divided by its length."""
    return x / jnp.maximum(jnp.linalg.norm(x), 1e-12)
