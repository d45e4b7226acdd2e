"""Layers of Keras that merge inputs or change their shape."""

import functools

import numpy as np

from ..functional import elu, leaky_relu
from ..images import resize_image
from .base import Layer, dtype_named
from .convolution import channels_first
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

    def compute_mask(self, inputs, mask=None):
        """The steps that count in any of the inputs; none where one input has no mask."""
        return None if mask is None or any(one is None for one in mask) else functools.reduce(np.logical_or, mask)


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

    def compute_mask(self, inputs, mask=None):
        """The steps that count in any of the inputs; all do in one without a mask."""
        if mask is None or all(one is None for one in mask):
            return None
        masks = []
        for x, one in zip(inputs, mask, strict=True):
            whole = np.ones(x.shape, bool) if one is None else one
            masks.append(np.broadcast_to(whole[..., None], x.shape) if whole.ndim < x.ndim else whole)
        return np.concatenate(masks, axis=self.axis).any(-1)


class Dot(Layer):
    """The product of two inputs, summed over an axis of each; with ``normalize``, of vectors of length one."""

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        self.axes, self.normalize = axes, normalize

    def call(self, inputs):
        x, y = inputs
        pair = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        first, second = pair[0] % x.ndim, pair[1] % y.ndim
        if self.normalize:
            x = x * np.minimum(1 / np.sqrt(np.square(x).sum(first, keepdims=True)), 1e7)
            y = y * np.minimum(1 / np.sqrt(np.square(y).sum(second, keepdims=True)), 1e7)
        x_axes, y_axes = list(range(x.ndim)), [0, *range(x.ndim, x.ndim + y.ndim - 1)]
        y_axes[second] = x_axes[first]
        kept = [axis for axis in x_axes + y_axes[1:] if axis != first]
        found = np.einsum(x, x_axes, y, y_axes, kept)
        return found[:, None] if found.ndim == 1 else found


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

    supports_masking = True

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

    supports_masking = True

    def __init__(self, scale, offset=0.0, **kwargs):
        super().__init__(**kwargs)
        self.scale, self.offset = scale, offset

    def call(self, inputs):
        x = inputs if np.issubdtype(inputs.dtype, np.floating) else inputs.astype(self.dtype)
        return x * np.asarray(self.scale, x.dtype) + np.asarray(self.offset, x.dtype)


class ReLU(Layer):
    """max(x, 0), with an upper bound, a slope below the threshold."""

    supports_masking = True

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def call(self, inputs):
        above = inputs if self.max_value is None else np.minimum(inputs, self.max_value)
        below = self.negative_slope * (inputs - self.threshold)
        return np.where(inputs > self.threshold, above, below)


class LeakyReLU(Layer):
    """x, or the slope times x where x is negative."""

    supports_masking = True

    def __init__(self, negative_slope=0.3, **kwargs):
        super().__init__(**kwargs)
        self.negative_slope = negative_slope

    def call(self, inputs):
        return leaky_relu(inputs, self.negative_slope)


class ELU(Layer):
    """x, or alpha * (exp(x) - 1) where x is negative."""

    supports_masking = True

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs):
        return elu(inputs, self.alpha)


class PReLU(Layer):
    """x, or a learned slope ``alpha`` times x where x is negative."""

    supports_masking = True

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

    supports_masking = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs, mask=None):
        x = inputs
        if mask is not None:
            mask = mask if mask.dtype == bool else mask > 0.5
            x = np.where(mask, x, -3e4 if x.dtype == np.float16 else -1e9)
        axes = (self.axis,) if isinstance(self.axis, int) else tuple(self.axis)
        x = np.exp(x - x.max(axes, keepdims=True))
        x = x / x.sum(axes, keepdims=True)
        return x if mask is None else np.where(mask, x, 0.0)


class Embedding(Layer):
    """Rows of ``embeddings`` at whole numbers."""

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        mask_zero=False,
        weights=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.input_dim, self.output_dim = input_dim, output_dim
        self.mask_zero = mask_zero
        # [full
        self.supports_masking = mask_zero
        # full]
        given = weights[0] if isinstance(weights, (list, tuple)) else weights
        self.embeddings_initializer = (
            embeddings_initializer if given is None else lambda shape: given
        )

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim), self.embeddings_initializer
        )

    def call(self, inputs):
        return self.embeddings[inputs.astype(int)]

    def compute_mask(self, inputs, mask=None):
        """Which numbers are not zero, with ``mask_zero``."""
        return inputs != 0 if self.mask_zero else None


class ReversibleEmbedding(Embedding):
    """An embedding that also goes back from rows to logits, with the same matrix or one of its own."""

    def __init__(
        self,
        input_dim,
        output_dim,
        tie_weights=True,
        embeddings_initializer="uniform",
        mask_zero=False,
        reverse_dtype=None,
        logit_soft_cap=None,
        **kwargs,
    ):
        super().__init__(input_dim, output_dim, embeddings_initializer, mask_zero, **kwargs)
        self.tie_weights, self.reverse_dtype, self.logit_soft_cap = tie_weights, reverse_dtype, logit_soft_cap

    def build(self, input_shape):
        super().build(input_shape)
        if not self.tie_weights:
            shape = (self.output_dim, self.input_dim)
            self.reverse_embeddings = self.add_weight(shape, self.embeddings_initializer)

    def call(self, inputs, reverse=False):
        if not reverse:
            return super().call(inputs)
        kernel = self.embeddings.T if self.tie_weights else self.reverse_embeddings
        if self.reverse_dtype is not None:
            dtype = dtype_named(self.reverse_dtype)
            inputs, kernel = inputs.astype(dtype), kernel.astype(dtype)
        logits = inputs @ kernel
        cap = self.logit_soft_cap
        return logits if cap is None else np.tanh(logits / cap) * cap

    def compute_mask(self, inputs, mask=None):
        """That of the embedding; logits have none."""
        backwards = np.issubdtype(inputs.dtype, np.floating) and inputs.shape[-1] == self.output_dim
        return None if backwards else super().compute_mask(inputs, mask)


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


class Resizing(Layer):
    """Images (..., height, width, channels) in another size."""

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if crop_to_aspect_ratio or pad_to_aspect_ratio:
            raise ValueError(
                "Resizing: the aspect ratio is not kept here, crop or pad the images before"
            )
        self.height, self.width, self.interpolation = height, width, interpolation
        self.antialias, self.data_format = antialias, data_format

    def call(self, inputs):
        x = np.moveaxis(inputs, -3, -1) if channels_first(self.data_format) else inputs
        x = resize_image(x, (self.height, self.width), self.interpolation, antialias=self.antialias)
        if not np.issubdtype(inputs.dtype, np.floating):
            limits = np.iinfo(inputs.dtype)
            x = np.clip(np.round(x), limits.min, limits.max)
        x = x.astype(inputs.dtype)
        return np.moveaxis(x, -1, -3) if channels_first(self.data_format) else x


class CenterCrop(Layer):
    """The middle of images (..., height, width, channels); smaller images are enlarged before."""

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.height, self.width, self.data_format = height, width, data_format

    def call(self, inputs):
        x = (np.moveaxis(inputs, -3, -1) if channels_first(self.data_format) else inputs).astype(
            self.dtype
        )
        height, width = x.shape[-3:-1]
        wide, high = self.width, self.height
        if height < high or width < wide:
            # The largest part of the wanted proportions.
            high, wide = min(height, int(width * high / wide)), min(
                width, int(height * wide / high)
            )
        top, left = (height - high) // 2, (width - wide) // 2
        x = x[..., top : top + high, left : left + wide, :]
        if (high, wide) != (self.height, self.width):
            x = resize_image(x, (self.height, self.width), "bilinear")
        return np.moveaxis(x, -1, -3) if channels_first(self.data_format) else x


class CategoryEncoding(Layer):
    """Whole numbers as vectors: which of them there are ("multi_hot", "one_hot"), or how often ("count")."""

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        self.num_tokens, self.output_mode = num_tokens, output_mode

    def call(self, inputs, count_weights=None):
        x = (np.asarray(inputs)[..., None] == np.arange(self.num_tokens)).astype(self.dtype)
        if self.output_mode == "one_hot":
            return x.squeeze(-2) if inputs.ndim > 1 and inputs.shape[-1] == 1 else x
        if self.output_mode == "multi_hot":
            return x.max(-2)
        return (x if count_weights is None else x * count_weights[..., None]).sum(-2)


class GaussianNoise(Layer):
    """The input: noise is for training alone."""

    supports_masking = True

    def __init__(self, stddev, **kwargs):
        super().__init__(**kwargs)
        self.stddev = stddev

    def call(self, inputs):
        return inputs


class GaussianDropout(Layer):
    """The input: noise is for training alone."""

    supports_masking = True

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        return inputs


class AlphaDropout(Layer):
    """The input: dropout is for training alone."""

    supports_masking = True

    def __init__(self, rate, noise_shape=None, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.noise_shape = rate, noise_shape

    def call(self, inputs):
        return inputs


class ActivityRegularization(Layer):
    """The input: the penalty on it is for training alone."""

    supports_masking = True

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(**kwargs)
        self.l1, self.l2 = l1, l2

    def call(self, inputs):
        return inputs
