"""Normalisation layers of flax.nnx: the features are the last axis unless said otherwise, variances are biased."""

import torch
from torch import nn

from ..flax_functions import mean_and_variance, new_key, normalized, ones, promoted, zeros
from ..windows import positive_axes, several


class Norm(nn.Module):
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
        self.epsilon, self.dtype, self.use_fast_variance = epsilon, dtype, use_fast_variance
        self.use_bias, self.use_scale = use_bias, use_scale
        scale = nn.Parameter(scale_init(new_key(), shape, param_dtype)) if use_scale else None
        self.register_parameter("scale", scale)
        bias = nn.Parameter(bias_init(new_key(), shape, param_dtype)) if use_bias else None
        self.register_parameter("bias", bias)

    def normalize(self, x, axes, features, mask=None, centered=True):
        """Normalise over axes."""
        x, scale, bias = promoted(x, self.scale, self.bias, dtype=self.dtype)
        moments = mean_and_variance(x, axes, self.dtype, self.use_fast_variance, mask, centered)
        return normalized(x, *moments, scale, bias, axes, features, self.epsilon, self.dtype)


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
        param_dtype=torch.float32,
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
        self.training = not use_running_average
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("var", torch.ones(shape))

    @property
    def use_running_average(self):
        """Whether the stored averages are used."""
        return not self.training

    @use_running_average.setter
    def use_running_average(self, value):
        self.training = not value

    def forward(self, x, use_running_average=None, *, mask=None):
        stored = self.use_running_average if use_running_average is None else use_running_average
        features = positive_axes(self.axis, x.ndim)
        axes = tuple(axis for axis in range(x.ndim) if axis not in features)
        x, mean, var, scale, bias = promoted(
            x, self.mean, self.var, self.scale, self.bias, dtype=self.dtype
        )
        if not stored:
            mean, var = mean_and_variance(x, axes, self.dtype, self.use_fast_variance, mask)
            with torch.no_grad():
                self.mean.mul_(self.momentum).add_(mean, alpha=1 - self.momentum)
                self.var.mul_(self.momentum).add_(var, alpha=1 - self.momentum)
        return normalized(x, mean, var, scale, bias, axes, features, self.epsilon, self.dtype)


class LayerNorm(Norm):
    """Normalisation over the reduction axes."""

    def __init__(
        self,
        num_features,
        *,
        epsilon=1e-06,
        dtype=None,
        param_dtype=torch.float32,
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

    def forward(self, x, *, mask=None):
        return self.normalize(x, several(self.reduction_axes), self.feature_axes, mask)


class RMSNorm(Norm):
    """Division by the root mean square over the reduction axes."""

    def __init__(
        self,
        num_features,
        *,
        epsilon=1e-06,
        dtype=None,
        param_dtype=torch.float32,
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

    def forward(self, x, mask=None):
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
        param_dtype=torch.float32,
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

    def forward(self, x, *, mask=None):
        x, scale, bias = promoted(x, self.scale, self.bias, dtype=self.dtype)
        groups = x.reshape(*x.shape[:-1], self.num_groups, self.group_size)
        if mask is not None:
            mask = mask.reshape(*mask.shape[:-1], self.num_groups, self.group_size)
        between = tuple(range(1, x.ndim - 1))
        moments = mean_and_variance(
            groups, (*between, -1), self.dtype, self.use_fast_variance, mask
        )
        mean, var = (m.repeat_interleave(self.group_size, dim=1) for m in moments)
        return normalized(x, mean, var, scale, bias, between, -1, self.epsilon, self.dtype)


class InstanceNorm(Norm):
    """Normalisation over all axes but the first and those of the features."""

    def __init__(
        self,
        num_features,
        *,
        epsilon=1e-06,
        dtype=None,
        param_dtype=torch.float32,
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

    def forward(self, x, *, mask=None):
        features = positive_axes(self.feature_axes, x.ndim)
        axes = tuple(axis for axis in range(1, x.ndim) if axis not in features)
        return self.normalize(x, axes, features, mask)
