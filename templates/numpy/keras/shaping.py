"""Layers of Keras that merge inputs or change their shape."""

import functools

import numpy as np

from ..functional import elu, leaky_relu, softmax
from .base import Layer
from .core import Dropout


def aligned(inputs):
    """Inputs of different rank with axes added after the first, so that they broadcast."""
    rank = max(x.ndim for x in inputs)
    return [x.reshape(x.shape[0], *(1,) * (rank - x.ndim), *x.shape[1:]) for x in inputs]


class Merge(Layer):
    """Base of the layers that combine inputs element by element."""

    combine = staticmethod(np.add)

    def call(self, inputs):
        return functools.reduce(self.combine, aligned(inputs))


class Add(Merge):
    """The sum of the inputs."""


class Subtract(Merge):
    """The first input minus the second."""

    combine = staticmethod(np.subtract)


class Multiply(Merge):
    """The product of the inputs."""

    combine = staticmethod(np.multiply)


class Maximum(Merge):
    """The largest of the inputs."""

    combine = staticmethod(np.maximum)


class Minimum(Merge):
    """The smallest of the inputs."""

    combine = staticmethod(np.minimum)


class Average(Merge):
    """The mean of the inputs."""

    def call(self, inputs):
        return super().call(inputs) / len(inputs)


class Concatenate(Layer):
    """The inputs one after the other along an axis."""

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        return np.concatenate(inputs, axis=self.axis)


class Flatten(Layer):
    """All axes after the first in one."""

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = data_format

    def call(self, inputs):
        x = (
            np.moveaxis(inputs, 1, -1)
            if self.data_format == "channels_first" and inputs.ndim > 1
            else inputs
        )
        return x.reshape(x.shape[0], -1)


class Reshape(Layer):
    """The axes after the first in another shape."""

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def call(self, inputs):
        return inputs.reshape(inputs.shape[0], *self.target_shape)


class Permute(Layer):
    """The axes after the first, which are counted from 1, in another order."""

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)

    def call(self, inputs):
        return inputs.transpose(0, *self.dims)


class RepeatVector(Layer):
    """(batch, features) repeated to (batch, n, features)."""

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        self.n = n

    def call(self, inputs):
        return np.repeat(inputs[:, None], self.n, axis=1)


class Identity(Layer):
    """The input."""

    def call(self, inputs):
        return inputs


class Lambda(Layer):
    """A function as a layer."""

    def __init__(self, function, output_shape=None, mask=None, arguments=None, **kwargs):
        super().__init__(**kwargs)
        self.function, self.arguments = function, arguments or {}

    def call(self, inputs):
        return self.function(inputs, **self.arguments)


class Rescaling(Layer):
    """inputs * scale + offset."""

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset

    def call(self, inputs):
        x = inputs if np.issubdtype(inputs.dtype, np.floating) else inputs.astype(self.dtype)
        return x * np.asarray(self.scale, x.dtype) + np.asarray(self.offset, x.dtype)


class ReLU(Layer):
    """max(x, 0), with an upper bound, a slope below the threshold."""

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def call(self, inputs):
        above = inputs if self.max_value is None else np.minimum(inputs, self.max_value)
        return np.where(
            inputs > self.threshold, above, self.negative_slope * (inputs - self.threshold)
        )


class LeakyReLU(Layer):
    """x, or the slope times x where x is negative."""

    def __init__(self, negative_slope=0.3, **kwargs):
        super().__init__(**kwargs)
        self.negative_slope = negative_slope

    def call(self, inputs):
        return leaky_relu(inputs, self.negative_slope)


class ELU(Layer):
    """x, or alpha * (exp(x) - 1) where x is negative."""

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs):
        return elu(inputs, self.alpha)


class PReLU(Layer):
    """x, or a learned slope ``alpha`` times x where x is negative."""

    def __init__(self, alpha_initializer="zeros", shared_axes=None, **kwargs):
        super().__init__(**kwargs)
        self.alpha_initializer, self.shared_axes = alpha_initializer, shared_axes or ()

    def build(self, input_shape):
        shape = [1 if axis in self.shared_axes else n for axis, n in enumerate(input_shape)][1:]
        self.alpha = self.add_weight(shape, self.alpha_initializer)

    def call(self, inputs):
        return np.where(inputs > 0, inputs, self.alpha * inputs)


class Softmax(Layer):
    """Softmax over an axis."""

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs):
        return softmax(inputs, self.axis)


class Embedding(Layer):
    """Rows of ``embeddings`` at whole numbers."""

    def __init__(
        self, input_dim, output_dim, embeddings_initializer="uniform", mask_zero=False, **kwargs
    ):
        super().__init__(**kwargs)
        if mask_zero:
            raise ValueError(
                "Embedding: mask_zero makes a mask that the converted layers do not pass on"
            )
        self.input_dim, self.output_dim = input_dim, output_dim
        self.embeddings_initializer = embeddings_initializer

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim), self.embeddings_initializer
        )

    def call(self, inputs):
        return self.embeddings[inputs.astype(int)]


class SpatialDropout(Dropout):
    """Base of the dropout of whole channels."""

    def __init__(self, rate, data_format=None, **kwargs):
        super().__init__(rate, **kwargs)
        self.data_format = data_format


class SpatialDropout1D(SpatialDropout):
    """Dropout of whole channels of (batch, steps, channels)."""


class SpatialDropout2D(SpatialDropout):
    """Dropout of whole channels of (batch, height, width, channels)."""


class SpatialDropout3D(SpatialDropout):
    """Dropout of whole channels of (batch, *volume, channels)."""
