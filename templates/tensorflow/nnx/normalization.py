"""Normalisation layers of flax.nnx: the features are the last axis unless said otherwise, variances are biased."""

import tensorflow as tf

from ..flax_functions import mean_and_variance, new_key, normalized, ones, promoted, zeros
from ..module import Buffer, Module, Parameter
from ..shape import shape_of
from ..windows import positive_axes, several
from .modes import is_deterministic


class Norm(Module):
    """The scale and the bias of a normalisation layer."""

    def __init__(
        self,
        shape,
        epsilon,
        dtype,
        param_dtype,
        use_bias,
        use_scale,
        bias_init,
        scale_init,
        use_fast_variance,
    ):
        super().__init__()
        self.epsilon, self.dtype_, self.use_fast_variance = epsilon, dtype, use_fast_variance
        self.use_bias, self.use_scale = use_bias, use_scale
        scale = Parameter(scale_init(new_key(), shape, param_dtype)) if use_scale else None
        self.scale = scale
        bias = Parameter(bias_init(new_key(), shape, param_dtype)) if use_bias else None
        self.bias = bias

    def normalize(self, x, axes, features, mask=None, centered=True):
        """Normalise over axes."""
        x, scale, bias = promoted(x, self.scale, self.bias, dtype=self.dtype_)
        moments = mean_and_variance(x, axes, self.dtype_, self.use_fast_variance, mask, centered)
        return normalized(x, *moments, scale, bias, axes, features, self.epsilon, self.dtype_)


class BatchNorm(Norm):
    """Normalisation over all axes but one by the batch while training, by running averages otherwise.

    ``momentum`` is the weight of the old averages.
    """

    def __init__(
        self,
        num_features,
        *,
        use_running_average=False,
        axis=-1,
        momentum=0.99,
        epsilon=1e-05,
        dtype=None,
        param_dtype=tf.float32,
        use_bias=True,
        use_scale=True,
        bias_init=zeros,
        scale_init=ones,
        use_fast_variance=True,
    ):
        shape = (num_features,)
        super().__init__(
            shape,
            epsilon,
            dtype,
            param_dtype,
            use_bias,
            use_scale,
            bias_init,
            scale_init,
            use_fast_variance,
        )
        self.num_features, self.axis, self.momentum = num_features, axis, momentum
        self.use_running_average = use_running_average
        self.mean = Buffer(tf.zeros(shape))
        self.var = Buffer(tf.ones(shape))

    def call(self, x, use_running_average=None, *, mask=None):
        stored = is_deterministic(self, use_running_average, "use_running_average")
        features = positive_axes(self.axis, len(x.shape))
        axes = tuple(axis for axis in range(len(x.shape)) if axis not in features)
        x, mean, var, scale, bias = promoted(
            x, self.mean, self.var, self.scale, self.bias, dtype=self.dtype_
        )
        if not stored:
            mean, var = mean_and_variance(x, axes, self.dtype_, self.use_fast_variance, mask)
            for old, new in ((self.mean, mean), (self.var, var)):
                old.assign(self.momentum * old + (1 - self.momentum) * new)
        return normalized(x, mean, var, scale, bias, axes, features, self.epsilon, self.dtype_)


class LayerNorm(Norm):
    """Normalisation over the reduction axes."""

    def __init__(
        self,
        num_features,
        *,
        epsilon=1e-06,
        dtype=None,
        param_dtype=tf.float32,
        use_bias=True,
        use_scale=True,
        bias_init=zeros,
        scale_init=ones,
        reduction_axes=-1,
        feature_axes=-1,
        use_fast_variance=True,
    ):
        super().__init__(
            several(num_features),
            epsilon,
            dtype,
            param_dtype,
            use_bias,
            use_scale,
            bias_init,
            scale_init,
            use_fast_variance,
        )
        self.num_features, self.reduction_axes, self.feature_axes = (
            num_features,
            reduction_axes,
            feature_axes,
        )

    def call(self, x, *, mask=None):
        return self.normalize(x, several(self.reduction_axes), self.feature_axes, mask)


class RMSNorm(Norm):
    """Division by the root mean square over the reduction axes."""

    def __init__(
        self,
        num_features,
        *,
        epsilon=1e-06,
        dtype=None,
        param_dtype=tf.float32,
        use_scale=True,
        scale_init=ones,
        reduction_axes=-1,
        feature_axes=-1,
        use_fast_variance=True,
    ):
        super().__init__(
            several(num_features),
            epsilon,
            dtype,
            param_dtype,
            False,
            use_scale,
            zeros,
            scale_init,
            use_fast_variance,
        )
        self.num_features, self.reduction_axes, self.feature_axes = (
            num_features,
            reduction_axes,
            feature_axes,
        )

    def call(self, x, mask=None):
        return self.normalize(
            x, several(self.reduction_axes), self.feature_axes, mask, centered=False
        )


class GroupNorm(Norm):
    """Normalisation of groups of neighbouring features over all axes but the first."""

    def __init__(
        self,
        num_features,
        num_groups=32,
        group_size=None,
        *,
        epsilon=1e-06,
        dtype=None,
        param_dtype=tf.float32,
        use_bias=True,
        use_scale=True,
        bias_init=zeros,
        scale_init=ones,
        use_fast_variance=True,
    ):
        super().__init__(
            (num_features,),
            epsilon,
            dtype,
            param_dtype,
            use_bias,
            use_scale,
            bias_init,
            scale_init,
            use_fast_variance,
        )
        if (num_groups is None) == (group_size is None):
            raise ValueError("give either num_groups or group_size; num_groups must then be None")
        self.num_groups = num_groups or num_features // group_size
        if num_features % self.num_groups:
            raise ValueError(f"{self.num_groups} groups do not divide {num_features} features")
        self.group_size = num_features // self.num_groups

    def call(self, x, *, mask=None):
        x, scale, bias = promoted(x, self.scale, self.bias, dtype=self.dtype_)
        split = (self.num_groups, self.group_size)
        groups = tf.reshape(x, (*shape_of(x)[:-1], *split))
        if mask is not None:
            mask = tf.reshape(mask, (*shape_of(mask)[:-1], *split))
        between = tuple(range(1, len(x.shape) - 1))
        moments = mean_and_variance(
            groups, (*between, -1), self.dtype_, self.use_fast_variance, mask
        )
        mean, var = (tf.repeat(m, self.group_size, axis=1) for m in moments)
        return normalized(x, mean, var, scale, bias, between, -1, self.epsilon, self.dtype_)


class InstanceNorm(Norm):
    """Normalisation over all axes but the first and those of the features."""

    def __init__(
        self,
        num_features,
        *,
        epsilon=1e-06,
        dtype=None,
        param_dtype=tf.float32,
        use_bias=True,
        use_scale=True,
        bias_init=zeros,
        scale_init=ones,
        feature_axes=-1,
        use_fast_variance=True,
    ):
        super().__init__(
            (num_features,),
            epsilon,
            dtype,
            param_dtype,
            use_bias,
            use_scale,
            bias_init,
            scale_init,
            use_fast_variance,
        )
        self.num_features, self.feature_axes = num_features, feature_axes

    def call(self, x, *, mask=None):
        features = positive_axes(self.feature_axes, len(x.shape))
        axes = tuple(axis for axis in range(1, len(x.shape)) if axis not in features)
        return self.normalize(x, axes, features, mask)
