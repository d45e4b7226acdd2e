"""Normalisation layers of Keras."""

import torch

from .base import Layer, truncated


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
        self.moving_mean = self.add_weight(shape, self.moving_mean_initializer, trainable=False)
        self.moving_variance = self.add_weight(shape, self.moving_variance_initializer, trainable=False)

    def forward(
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
        mean, variance = self.moving_mean, self.moving_variance
        if training and self.trainable:
            axes = [axis for axis in range(inputs.ndim) if axis != self.axis % inputs.ndim]
            variance, mean = torch.var_mean(inputs, dim=axes, correction=0)
            with torch.no_grad():
                self.moving_mean.lerp_(mean, 1 - self.momentum)
                self.moving_variance.lerp_(variance, 1 - self.momentum)
        factor = torch.rsqrt(variance + self.epsilon)
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
        return sorted(axis % rank for axis in axes)

    def build(self, input_shape):
        shape = tuple(input_shape[axis] for axis in self.axes(len(input_shape)))
        self.gamma = self.add_weight(shape, self.gamma_initializer) if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer) if self.center else None

    def forward(self, inputs):
        axes = self.axes(inputs.ndim)
        shape = [inputs.shape[axis] if axis in axes else 1 for axis in range(inputs.ndim)]
        variance, mean = torch.var_mean(inputs, dim=axes, correction=0, keepdim=True)
        x = (inputs - mean) * torch.rsqrt(variance + self.epsilon)
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
        return sorted(axis % rank for axis in axes)

    def build(self, input_shape):
        self.scale = self.add_weight([input_shape[axis] for axis in self.axes(len(input_shape))], "ones")

    def forward(self, inputs):
        axes = self.axes(inputs.ndim)
        shape = [inputs.shape[axis] if axis in axes else 1 for axis in range(inputs.ndim)]
        square = inputs.square().mean(axes, keepdim=True)
        return inputs * torch.rsqrt(square + self.epsilon) * self.scale.reshape(shape)


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
        self.groups, self.axis, self.epsilon, self.center, self.scale = groups, axis, epsilon, center, scale
        self.beta_initializer, self.gamma_initializer = beta_initializer, gamma_initializer

    def build(self, input_shape):
        shape = (input_shape[self.axis],)
        self.gamma = self.add_weight(shape, self.gamma_initializer) if self.scale else None
        self.beta = self.add_weight(shape, self.beta_initializer) if self.center else None

    def forward(self, inputs):
        groups = inputs.shape[self.axis] if self.groups == -1 else self.groups
        x = inputs.movedim(self.axis, 1)
        x = torch.nn.functional.group_norm(x, groups, eps=self.epsilon).movedim(1, self.axis)
        x = x if self.gamma is None else x * along(self.gamma, self.axis, x.ndim)
        return x if self.beta is None else x + along(self.beta, self.axis, x.ndim)


class UnitNormalization(Layer):
    """Divides by the length over the axes."""

    supports_masking = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def forward(self, inputs):
        square = inputs.square().sum(self.axis, keepdim=True)
        return inputs * torch.rsqrt(square).clamp(max=1e12)


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
            self.count = self.add_weight((), "zeros", "int64", trainable=False)
        else:
            self.mean = torch.as_tensor(self.given_mean, dtype=self.dtype).expand(shape)
            self.variance = torch.as_tensor(self.given_variance, dtype=self.dtype).expand(shape)

    # only if used
    @torch.no_grad()
    def adapt(self, data):
        """Take mean and variance from an array, or from all batches of a data set."""
        if not hasattr(data, "ndim"):
            batches = [torch.as_tensor(batch) for batch in data]
            data = (torch.cat if batches[0].ndim > 1 else torch.stack)(batches)
        rows = torch.as_tensor(data, dtype=self.dtype)
        if not self.built:
            self.build(rows.shape)
            self.built = True
        axes = [axis for axis in range(rows.ndim) if axis - rows.ndim not in self.axis and axis not in self.axis]
        self.mean.copy_(rows.mean(axes))
        self.variance.copy_(rows.var(axes, correction=0))

    def forward(self, inputs):
        inputs = inputs.to(self.dtype)
        mean, variance = (x.to(inputs.device).reshape(self.places) for x in (self.mean, self.variance))
        std = variance.sqrt().clamp(min=1e-7)
        return mean + inputs * std if self.invert else (inputs - mean) / std


class SpectralNormalization(Layer):
    """Divides the kernel of a layer by its largest singular value before each training step."""

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(**kwargs)
        self.layer, self.power_iterations = layer, power_iterations

    def build(self, input_shape):
        if not self.layer.built:
            self.layer.build(input_shape)
        self.vector_u = self.add_weight(
            (1, self.weight.shape[-1]), lambda shape: truncated(shape, 0.02), trainable=False
        )

    @property
    def weight(self):
        """The weight that is normalised."""
        return self.layer.kernel if hasattr(self.layer, "kernel") else self.layer.embeddings

    @torch.no_grad()
    def normalize_weight(self):
        """Divide the weight by an estimate of its largest singular value, unless it is all zeros."""
        flat, u = self.weight.reshape(-1, self.weight.shape[-1]), self.vector_u
        if not flat.any():
            return
        for _ in range(self.power_iterations):
            v = torch.nn.functional.normalize(u @ flat.T)
            u = torch.nn.functional.normalize(v @ flat)
        self.vector_u.copy_(u)
        self.weight.div_(v @ flat @ u.T)

    def forward(self, inputs, training=False):
        if training:
            self.normalize_weight()
        return self.layer(inputs)
