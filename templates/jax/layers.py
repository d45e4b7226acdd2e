"""Layers with PyTorch's names, constructor arguments, attributes, state names and layouts."""

import copy
import math

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from .functional import (
    _adaptive_avg_pool,
    _avg_pool,
    _conv,
    _conv_padding,
    _conv_transpose,
    _drop,
    _max_pool,
    _ntuple,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    alpha_dropout,
    avg_pool1d,
    batch_norm,
    bilinear,
    channel_shuffle,
    cosine_similarity,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    embedding,
    feature_alpha_dropout,
    fold,
    gelu,
    group_norm,
    hardshrink,
    hardtanh,
    instance_norm,
    interpolate,
    layer_norm,
    leaky_relu,
    linear,
    local_response_norm,
    log_softmax,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
    pad,
    pairwise_distance,
    pixel_shuffle,
    pixel_unshuffle,
    prelu,
    rms_norm,
    rrelu,
    scaled_dot_product_attention,
    softmax,
    softmin,
    softplus,
    softshrink,
    tanhshrink,
    threshold,
    unfold,
)
from .init import (
    constant_,
    filled,
    normal_,
    ones_,
    uniform_,
    xavier_normal_,
    xavier_uniform_,
    zeros_,
)
from .module import Buffer, _members, modules, parameters
from .random import default_rngs, drawing_from


def _parameter(shape, dtype, wanted=True):
    """Parameter of zeros; float32 unless `dtype` says otherwise; None where it is not wanted."""
    return nnx.data(nnx.Param(filled(shape, 0, dtype or jnp.float32)) if wanted else None)


class Identity(nnx.Module):
    """Returns its input; accepts and ignores any constructor arguments."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, input):
        return input


class _Weighted(nnx.Module):
    """Weight of shape (out, in, *kernel) and bias, from U(-b, b) with b = 1 / sqrt(fan in)."""

    def _add_parameters(self, shape, out_features, bias, dtype, rngs):
        self.weight = _parameter(shape, dtype)
        self.bias = _parameter((out_features,), dtype, bias)
        with drawing_from(default_rngs(rngs)):
            self.reset_parameters()

    def reset_parameters(self):
        """Draws weight and bias anew."""
        fan_in = math.prod(self.weight.shape[1:])
        bound = fan_in**-0.5 if fan_in else 0.0
        uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            uniform_(self.bias, -bound, bound)


class Linear(_Weighted):
    """Affine map of the last axis; `weight` has shape (out_features, in_features)."""

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None, *, rngs=None):
        self.in_features, self.out_features = in_features, out_features
        self._add_parameters((out_features, in_features), out_features, bias, dtype, rngs)

    def __call__(self, input):
        return linear(input, self.weight, self.bias)


class Bilinear(nnx.Module):
    """Bilinear form of two inputs; `weight` has shape (out_features, in1, in2)."""

    def __init__(
        self,
        in1_features,
        in2_features,
        out_features,
        bias=True,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        self.in1_features, self.in2_features = in1_features, in2_features
        self.out_features = out_features
        self.weight = _parameter((out_features, in1_features, in2_features), dtype)
        self.bias = _parameter((out_features,), dtype, bias)
        with drawing_from(default_rngs(rngs)):
            self.reset_parameters()

    def reset_parameters(self):
        """Draws weight and bias from U(-b, b) where b = 1 / sqrt(in1_features)."""
        bound = 1 / math.sqrt(self.in1_features)
        uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            uniform_(self.bias, -bound, bound)

    def __call__(self, input1, input2):
        return bilinear(input1, input2, self.weight, self.bias)


class _ConvNd(_Weighted):
    """Parameters and attributes that all convolutions share."""

    transposed = False
    output_padding = 0
    pad_modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        n = self.spatial_axes
        if in_channels % groups or out_channels % groups:
            raise ValueError("in_channels and out_channels must be divisible by groups")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = _ntuple(kernel_size, n), _ntuple(stride, n)
        self.padding = padding if isinstance(padding, str) else _ntuple(padding, n)
        self.dilation, self.padding_mode = _ntuple(dilation, n), padding_mode
        self.output_padding = _ntuple(self.output_padding, n)
        outer, inner = (in_channels, out_channels)[:: 1 if self.transposed else -1]
        shape = (outer, inner // groups, *self.kernel_size)
        self._add_parameters(shape, out_channels, bias, dtype, rngs)

    def _conv_forward(self, input, weight, bias):
        padding, options = self.padding, (self.dilation, self.groups)
        if self.padding_mode != "zeros":
            pads = _conv_padding(padding, self.kernel_size, self.stride, self.dilation)
            pads = [(0, 0)] * (input.ndim - len(pads)) + pads
            most = {"reflect": 1, "circular": 0}.get(self.padding_mode, -math.inf)
            if any(max(pair) > size - most for size, pair in zip(input.shape, pads)):
                raise ValueError(f"padding {pads} is too large for the input {input.shape}")
            input, padding = jnp.pad(input, pads, self.pad_modes[self.padding_mode]), 0
        return _conv(self.spatial_axes, input, weight, bias, self.stride, padding, *options)

    def __call__(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_ConvNd):
    """Convolution of (N, C, L); `weight` has shape (O, C / groups, k)."""

    spatial_axes = 1


class Conv2d(_ConvNd):
    """Convolution of (N, C, H, W); `weight` has shape (O, C / groups, kh, kw)."""

    spatial_axes = 2


class Conv3d(_ConvNd):
    """Convolution of (N, C, D, H, W); `weight` has shape (O, C / groups, kd, kh, kw)."""

    spatial_axes = 3


class _ConvTransposeNd(_ConvNd):
    """Transposed convolution; `weight` has shape (C, O / groups, *kernel)."""

    transposed = True

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        padding_mode="zeros",
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        if padding_mode != "zeros":
            raise ValueError("transposed convolutions only have padding_mode='zeros'")
        self.output_padding = _ntuple(output_padding, self.spatial_axes)
        options = (stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        super().__init__(in_channels, out_channels, kernel_size, *options, rngs=rngs)

    def __call__(self, input, output_size=None):
        extra = self.output_padding
        if output_size is not None:
            extra = self._extra(input.shape, tuple(output_size))
        options = (self.stride, self.padding, extra, self.groups, self.dilation)
        return _conv_transpose(self.spatial_axes, input, self.weight, self.bias, *options)

    def _extra(self, shape, output_size):
        """Output padding that makes the spatial shape `output_size`."""
        n = self.spatial_axes
        rows = zip(shape[-n:], self.stride, self.padding, self.dilation, self.kernel_size)
        least = [(size - 1) * s - 2 * p + d * (k - 1) + 1 for size, s, p, d, k in rows]
        extra = tuple(size - low for size, low in zip(output_size[-n:], least))
        if any(e < 0 or e >= s for e, s in zip(extra, self.stride)):
            raise ValueError(f"output_size {output_size} cannot be reached from {tuple(shape)}")
        return extra


class ConvTranspose1d(_ConvTransposeNd):
    """Transposed convolution of (N, C, L)."""

    spatial_axes = 1


class ConvTranspose2d(_ConvTransposeNd):
    """Transposed convolution of (N, C, H, W)."""

    spatial_axes = 2


class ConvTranspose3d(_ConvTransposeNd):
    """Transposed convolution of (N, C, D, H, W)."""

    spatial_axes = 3


class _Affine(nnx.Module):
    """Weight of ones and bias of zeros, where they are wanted."""

    def _add_parameters(self, shape, affine, bias, dtype):
        self.weight = _parameter(shape, dtype, affine)
        self.bias = _parameter(shape, dtype, affine and bias)

    def reset_parameters(self):
        """Sets the weight to 1 and the bias to 0."""
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)


class _NormBase(_Affine):
    """Parameters and running statistics of batch and instance normalisation."""

    deterministic = False

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._add_parameters((num_features,), affine, bias, dtype)
        self.running_mean = self.running_var = self.num_batches_tracked = nnx.data(None)
        if track_running_stats:
            self.running_mean = nnx.BatchStat(filled((num_features,), 0, dtype or jnp.float32))
            self.running_var = nnx.BatchStat(filled((num_features,), 1, dtype or jnp.float32))
            self.num_batches_tracked = nnx.BatchStat(filled((), 0, jnp.int32))
        self.reset_parameters()

    def reset_running_stats(self):
        """Sets the running statistics back to mean 0, variance 1."""
        if self.track_running_stats:
            zeros_(self.running_mean)
            ones_(self.running_var)
            zeros_(self.num_batches_tracked)

    def reset_parameters(self):
        """Sets running statistics, weight and bias back to their first values."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_input_dim(self, input):
        if self.axes and input.ndim not in self.axes:
            raise ValueError(f"expected an input with {self.axes} axes, got {input.ndim}")


class _BatchNorm(_NormBase):
    """Batch normalisation of axis 1: batch statistics in training, running ones in inference."""

    axes = ()
    normalize = staticmethod(batch_norm)

    def __call__(self, input):
        self._check_input_dim(input)
        training, momentum = not self.deterministic, self.momentum
        if training and self.num_batches_tracked is not None:
            self.num_batches_tracked[...] += 1
            momentum = 1 / self.num_batches_tracked[...] if momentum is None else momentum
        statistics = (self.running_mean, self.running_var, self.weight, self.bias)
        use_batch = training or self.running_mean is None
        return self.normalize(input, *statistics, use_batch, momentum, self.eps)


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L)."""

    axes = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalisation of (N, C, H, W)."""

    axes = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, D, H, W)."""

    axes = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation; under a sharded `jax.jit` the statistics are those of all devices."""

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        process_group=None,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        options = (eps, momentum, affine, track_running_stats, device, dtype)
        super().__init__(num_features, *options, bias=bias)

    @classmethod
    def convert_sync_batchnorm(cls, module, process_group=None):
        """Returns the module: its batch normalisations need no conversion."""
        return module


class _InstanceNorm(_NormBase):
    """Normalises each channel of each sample; also takes an input without batch axis."""

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=False,
        track_running_stats=False,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        options = (eps, momentum, affine, track_running_stats, device, dtype)
        super().__init__(num_features, *options, bias=bias)

    def __call__(self, input):
        self._check_input_dim(input)
        if input.ndim == self.axes[0]:
            return self(input[None])[0]
        use_input = not self.deterministic or not self.track_running_stats
        stats = (self.running_mean, self.running_var, self.weight, self.bias)
        return instance_norm(input, *stats, use_input, self.momentum or 0.0, self.eps)


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L)."""

    axes = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalisation of (N, C, H, W)."""

    axes = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, D, H, W)."""

    axes = (4, 5)


class LayerNorm(_Affine):
    """Normalises over the trailing axes of shape `normalized_shape`."""

    def __init__(
        self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, device=None, dtype=None
    ):
        self.normalized_shape = tuple(np.ravel(normalized_shape).tolist())
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._add_parameters(self.normalized_shape, elementwise_affine, bias, dtype)
        self.reset_parameters()

    def __call__(self, input):
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(nnx.Module):
    """Divides by the root mean square over the trailing axes of shape `normalized_shape`."""

    def __init__(
        self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None
    ):
        self.normalized_shape = tuple(np.ravel(normalized_shape).tolist())
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.weight = _parameter(self.normalized_shape, dtype, elementwise_affine)
        self.reset_parameters()

    def reset_parameters(self):
        """Sets the weight to 1."""
        if self.weight is not None:
            ones_(self.weight)

    def __call__(self, x):
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)


class GroupNorm(_Affine):
    """Normalises groups of channels (axis 1) of each sample."""

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        if num_channels % num_groups:
            raise ValueError("num_channels must be divisible by num_groups")
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._add_parameters((num_channels,), affine, bias, dtype)
        self.reset_parameters()

    def __call__(self, input):
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class LocalResponseNorm(nnx.Module):
    """Divides by a power of the mean square over neighbouring channels."""

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def __call__(self, input):
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)


class Embedding(nnx.Module):
    """Table of `num_embeddings` vectors; the row `padding_idx` starts at zero and stays."""

    def __init__(
        self,
        num_embeddings,
        embedding_dim,
        padding_idx=None,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        sparse=False,
        _weight=None,
        _freeze=False,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        if max_norm is not None or scale_grad_by_freq:
            raise NotImplementedError("Embedding with max_norm or scale_grad_by_freq")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError("padding_idx must be within num_embeddings")
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        if _weight is not None:
            self.weight = nnx.Param(jnp.asarray(_weight))
        else:
            self.weight = _parameter((num_embeddings, embedding_dim), dtype)
            with drawing_from(default_rngs(rngs)):
                self.reset_parameters()
        if _freeze:
            self.weight.set_metadata(requires_grad=False)

    def reset_parameters(self):
        """Draws the table from N(0, 1) and sets the row `padding_idx` to 0."""
        normal_(self.weight)
        if self.padding_idx is not None:
            self.weight[self.padding_idx] = 0

    # only if used
    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None):
        """Layer with a given table; `freeze` keeps the table out of the parameters."""
        layer = cls(*embeddings.shape, padding_idx=padding_idx, _weight=embeddings)
        if freeze:
            layer.weight = Buffer(jnp.asarray(embeddings))
        return layer

    def __call__(self, input):
        return embedding(input, self.weight, self.padding_idx)


class ReLU(nnx.Module):
    """Largest of the element and zero (`inplace` has no effect)."""

    def __init__(self, inplace=False):
        pass

    def __call__(self, input):
        return jax.nn.relu(input)


class ReLU6(nnx.Module):
    """Elements limited to [0, 6] (`inplace` has no effect)."""

    def __init__(self, inplace=False):
        pass

    def __call__(self, input):
        return jax.nn.relu6(input)


class SELU(nnx.Module):
    """Scaled exponential linear unit (`inplace` has no effect)."""

    def __init__(self, inplace=False):
        pass

    def __call__(self, input):
        return jax.nn.selu(input)


class SiLU(nnx.Module):
    """x * sigmoid(x) (`inplace` has no effect)."""

    def __init__(self, inplace=False):
        pass

    def __call__(self, input):
        return jax.nn.silu(input)


class Mish(nnx.Module):
    """x * tanh(softplus(x)) (`inplace` has no effect)."""

    def __init__(self, inplace=False):
        pass

    def __call__(self, input):
        return jax.nn.mish(input)


class Hardswish(nnx.Module):
    """x * relu6(x + 3) / 6 (`inplace` has no effect)."""

    def __init__(self, inplace=False):
        pass

    def __call__(self, input):
        return jax.nn.hard_swish(input)


class Hardsigmoid(nnx.Module):
    """relu6(x + 3) / 6 (`inplace` has no effect)."""

    def __init__(self, inplace=False):
        pass

    def __call__(self, input):
        return jax.nn.hard_sigmoid(input)


class Hardtanh(nnx.Module):
    """Layer of `hardtanh` (`inplace` has no effect)."""

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False):
        self.min_val, self.max_val = min_val, max_val

    def __call__(self, input):
        return hardtanh(input, self.min_val, self.max_val)


class LeakyReLU(nnx.Module):
    """Layer of `leaky_relu` (`inplace` has no effect)."""

    def __init__(self, negative_slope=0.01, inplace=False):
        self.negative_slope = negative_slope

    def __call__(self, input):
        return leaky_relu(input, self.negative_slope)


class ELU(nnx.Module):
    """Identity above zero, `alpha * (exp(x) - 1)` below (`inplace` has no effect)."""

    def __init__(self, alpha=1.0, inplace=False):
        self.alpha = alpha

    def __call__(self, input):
        return jax.nn.elu(input, self.alpha)


class CELU(nnx.Module):
    """Identity above zero, `alpha * (exp(x / alpha) - 1)` below (`inplace` has no effect)."""

    def __init__(self, alpha=1.0, inplace=False):
        self.alpha = alpha

    def __call__(self, input):
        return jax.nn.celu(input, self.alpha)


class Threshold(nnx.Module):
    """Layer of `threshold` (`inplace` has no effect)."""

    def __init__(self, threshold, value, inplace=False):
        self.threshold, self.value = threshold, value

    def __call__(self, input):
        return threshold(input, self.threshold, self.value)


class GELU(nnx.Module):
    """Layer of `gelu`: exact unless `approximate` is "tanh"."""

    def __init__(self, approximate="none"):
        self.approximate = approximate

    def __call__(self, input):
        return jax.nn.gelu(input, approximate={"none": False, "tanh": True}[self.approximate])


class Sigmoid(nnx.Module):
    """Logistic function."""

    def __call__(self, input):
        return jax.nn.sigmoid(input)


class LogSigmoid(nnx.Module):
    """Logarithm of the logistic function."""

    def __call__(self, input):
        return jax.nn.log_sigmoid(input)


class Tanh(nnx.Module):
    """Hyperbolic tangent."""

    def __call__(self, input):
        return jnp.tanh(input)


class Tanhshrink(nnx.Module):
    """Layer of `tanhshrink`."""

    def __call__(self, input):
        return tanhshrink(input)


class Softsign(nnx.Module):
    """x / (1 + |x|)."""

    def __call__(self, input):
        return jax.nn.soft_sign(input)


class Softplus(nnx.Module):
    """Layer of `softplus`."""

    def __init__(self, beta=1.0, threshold=20.0):
        self.beta, self.threshold = beta, threshold

    def __call__(self, input):
        return softplus(input, self.beta, self.threshold)


class Softshrink(nnx.Module):
    """Layer of `softshrink`."""

    def __init__(self, lambd=0.5):
        self.lambd = lambd

    def __call__(self, input):
        return softshrink(input, self.lambd)


class Hardshrink(nnx.Module):
    """Layer of `hardshrink`."""

    def __init__(self, lambd=0.5):
        self.lambd = lambd

    def __call__(self, input):
        return hardshrink(input, self.lambd)


class PReLU(nnx.Module):
    """Leaky ReLU with learned slopes `weight` of shape (num_parameters,)."""

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        self.num_parameters, self.init = num_parameters, init
        self.weight = _parameter((num_parameters,), dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Fills the weight with `init`."""
        constant_(self.weight, self.init)

    def __call__(self, input):
        return prelu(input, self.weight)


class RReLU(nnx.Module):
    """Leaky ReLU with random slopes in training and their mean in inference."""

    deterministic = False

    def __init__(self, lower=1.0 / 8, upper=1.0 / 3, inplace=False, *, rngs=None):
        self.lower, self.upper = lower, upper
        self.rngs = default_rngs(rngs).dropout.fork()

    def __call__(self, input):
        return rrelu(input, self.lower, self.upper, not self.deterministic, rngs=self.rngs)


class GLU(nnx.Module):
    """First half along `dim` times the sigmoid of the second half."""

    def __init__(self, dim=-1):
        self.dim = dim

    def __call__(self, input):
        return jax.nn.glu(input, axis=self.dim)


class Softmax(nnx.Module):
    """Layer of `softmax`; without `dim` the axis depends on the number of axes."""

    def __init__(self, dim=None):
        self.dim = dim

    def __call__(self, input):
        return softmax(input, self.dim)


class LogSoftmax(nnx.Module):
    """Layer of `log_softmax`; without `dim` the axis depends on the number of axes."""

    def __init__(self, dim=None):
        self.dim = dim

    def __call__(self, input):
        return log_softmax(input, self.dim)


class Softmin(nnx.Module):
    """Layer of `softmin`; without `dim` the axis depends on the number of axes."""

    def __init__(self, dim=None):
        self.dim = dim

    def __call__(self, input):
        return softmin(input, self.dim)


class Softmax2d(nnx.Module):
    """Softmax over the channels of (N, C, H, W) or (C, H, W)."""

    def __call__(self, input):
        return softmax(input, -3)


class _DropoutNd(nnx.Module):
    """Dropout: off in inference."""

    deterministic = False

    def __init__(self, p=0.5, inplace=False, *, rngs=None):
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, got {p}")
        self.p = p
        self.rngs = default_rngs(rngs).dropout.fork()


class Dropout(_DropoutNd):
    """Zeros elements with probability p in training."""

    def __call__(self, input):
        return input if self.deterministic else _drop(input, self.p, input.shape, self.rngs)


class Dropout1d(_DropoutNd):
    """Zeros whole channels of (N, C, L) with probability p in training."""

    def __call__(self, input):
        return dropout1d(input, self.p, not self.deterministic, rngs=self.rngs)


class Dropout2d(_DropoutNd):
    """Zeros whole channels of (N, C, H, W) with probability p in training."""

    def __call__(self, input):
        return dropout2d(input, self.p, not self.deterministic, rngs=self.rngs)


class Dropout3d(_DropoutNd):
    """Zeros whole channels of (N, C, D, H, W) with probability p in training."""

    def __call__(self, input):
        return dropout3d(input, self.p, not self.deterministic, rngs=self.rngs)


class AlphaDropout(_DropoutNd):
    """Dropout for SELU networks."""

    def __call__(self, input):
        return alpha_dropout(input, self.p, not self.deterministic, rngs=self.rngs)


class FeatureAlphaDropout(_DropoutNd):
    """Dropout of whole channels for SELU networks."""

    def __call__(self, input):
        return feature_alpha_dropout(input, self.p, not self.deterministic, rngs=self.rngs)


class _AvgPoolNd(nnx.Module):
    """Attributes of average pooling; the stride is the kernel size when not given."""

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
    ):
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = divisor_override

    def __call__(self, input):
        options = (self.ceil_mode, self.count_include_pad, self.divisor_override)
        sizes = (self.kernel_size, self.stride, self.padding)
        return _avg_pool(self.spatial_axes, input, *sizes, *options)


class AvgPool1d(nnx.Module):
    """Layer of `avg_pool1d`."""

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        self.kernel_size, self.padding = _ntuple(kernel_size, 1), _ntuple(padding, 1)
        self.stride = _ntuple(kernel_size if stride is None else stride, 1)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def __call__(self, input):
        options = (self.padding, self.ceil_mode, self.count_include_pad)
        return avg_pool1d(input, self.kernel_size, self.stride, *options)


class AvgPool2d(_AvgPoolNd):
    """Layer of `avg_pool2d`."""

    spatial_axes = 2


class AvgPool3d(_AvgPoolNd):
    """Layer of `avg_pool3d`."""

    spatial_axes = 3


class _MaxPoolNd(nnx.Module):
    """Attributes of maximum pooling; the stride is the kernel size when not given."""

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False
    ):
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self.dilation, self.return_indices = dilation, return_indices
        self.ceil_mode = ceil_mode

    def __call__(self, input):
        options = (self.dilation, self.ceil_mode, self.return_indices)
        sizes = (self.kernel_size, self.stride, self.padding)
        return _max_pool(self.spatial_axes, input, *sizes, *options)


class MaxPool1d(_MaxPoolNd):
    """Layer of `max_pool1d`."""

    spatial_axes = 1


class MaxPool2d(_MaxPoolNd):
    """Layer of `max_pool2d`."""

    spatial_axes = 2


class MaxPool3d(_MaxPoolNd):
    """Layer of `max_pool3d`."""

    spatial_axes = 3


class _MaxUnpoolNd(nnx.Module):
    """Attributes of the partial inverse of maximum pooling."""

    def __init__(self, kernel_size, stride=None, padding=0):
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def __call__(self, input, indices, output_size=None):
        options = (self.kernel_size, self.stride, self.padding, output_size)
        return self.unpool(input, indices, *options)


class MaxUnpool1d(_MaxUnpoolNd):
    """Layer of `max_unpool1d`."""

    unpool = staticmethod(max_unpool1d)


class MaxUnpool2d(_MaxUnpoolNd):
    """Layer of `max_unpool2d`."""

    unpool = staticmethod(max_unpool2d)


class MaxUnpool3d(_MaxUnpoolNd):
    """Layer of `max_unpool3d`."""

    unpool = staticmethod(max_unpool3d)


class _AdaptiveAvgPoolNd(nnx.Module):
    """Attribute of adaptive average pooling."""

    def __init__(self, output_size):
        self.output_size = output_size

    def __call__(self, input):
        return _adaptive_avg_pool(self.spatial_axes, input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """Layer of `adaptive_avg_pool1d`."""

    spatial_axes = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """Layer of `adaptive_avg_pool2d`."""

    spatial_axes = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """Layer of `adaptive_avg_pool3d`."""

    spatial_axes = 3


class _AdaptiveMaxPoolNd(nnx.Module):
    """Attributes of adaptive maximum pooling."""

    def __init__(self, output_size, return_indices=False):
        self.output_size, self.return_indices = output_size, return_indices

    def __call__(self, input):
        return self.pool(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """Layer of `adaptive_max_pool1d`."""

    pool = staticmethod(adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """Layer of `adaptive_max_pool2d`."""

    pool = staticmethod(adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """Layer of `adaptive_max_pool3d`."""

    pool = staticmethod(adaptive_max_pool3d)


class _LPPoolNd(nnx.Module):
    """Attributes of power-average pooling."""

    def __init__(self, norm_type, kernel_size, stride=None, ceil_mode=False):
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode

    def __call__(self, input):
        options = (float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
        return self.pool(input, *options)


class LPPool1d(_LPPoolNd):
    """Layer of `lp_pool1d`."""

    pool = staticmethod(lp_pool1d)


class LPPool2d(_LPPoolNd):
    """Layer of `lp_pool2d`."""

    pool = staticmethod(lp_pool2d)


class LPPool3d(_LPPoolNd):
    """Layer of `lp_pool3d`."""

    pool = staticmethod(lp_pool3d)


class _PadNd(nnx.Module):
    """Pads the last `spatial_axes` axes; `padding` is one number or pairs, last axis first."""

    value = None

    def __init__(self, padding):
        self.padding = _ntuple(padding, 2 * self.spatial_axes)

    def __call__(self, input):
        return pad(input, self.padding, self.mode, self.value)


class ZeroPad1d(_PadNd):
    """Pads the last axis with zeros."""

    spatial_axes, mode = 1, "constant"


class ZeroPad2d(_PadNd):
    """Pads the last two axes with zeros."""

    spatial_axes, mode = 2, "constant"


class ZeroPad3d(_PadNd):
    """Pads the last three axes with zeros."""

    spatial_axes, mode = 3, "constant"


class ReflectionPad1d(_PadNd):
    """Pads the last axis with its mirror image, the border left out."""

    spatial_axes, mode = 1, "reflect"


class ReflectionPad2d(_PadNd):
    """Pads the last two axes with their mirror image, the border left out."""

    spatial_axes, mode = 2, "reflect"


class ReflectionPad3d(_PadNd):
    """Pads the last three axes with their mirror image, the border left out."""

    spatial_axes, mode = 3, "reflect"


class ReplicationPad1d(_PadNd):
    """Pads the last axis with its border."""

    spatial_axes, mode = 1, "replicate"


class ReplicationPad2d(_PadNd):
    """Pads the last two axes with their border."""

    spatial_axes, mode = 2, "replicate"


class ReplicationPad3d(_PadNd):
    """Pads the last three axes with their border."""

    spatial_axes, mode = 3, "replicate"


class CircularPad1d(_PadNd):
    """Pads the last axis from its other end."""

    spatial_axes, mode = 1, "circular"


class CircularPad2d(_PadNd):
    """Pads the last two axes from their other ends."""

    spatial_axes, mode = 2, "circular"


class CircularPad3d(_PadNd):
    """Pads the last three axes from their other ends."""

    spatial_axes, mode = 3, "circular"


class _ConstantPadNd(_PadNd):
    """Pads the last axes with a value."""

    mode = "constant"

    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value


class ConstantPad1d(_ConstantPadNd):
    """Pads the last axis with a value."""

    spatial_axes = 1


class ConstantPad2d(_ConstantPadNd):
    """Pads the last two axes with a value."""

    spatial_axes = 2


class ConstantPad3d(_ConstantPadNd):
    """Pads the last three axes with a value."""

    spatial_axes = 3


class Upsample(nnx.Module):
    """Layer of `interpolate`."""

    def __init__(
        self,
        size=None,
        scale_factor=None,
        mode="nearest",
        align_corners=None,
        recompute_scale_factor=None,
    ):
        self.size, self.scale_factor, self.mode = size, scale_factor, mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def __call__(self, input):
        options = (self.mode, self.align_corners, self.recompute_scale_factor)
        return interpolate(input, self.size, self.scale_factor, *options)


class UpsamplingNearest2d(Upsample):
    """Nearest neighbour resizing of (N, C, H, W)."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Bilinear resizing of (N, C, H, W) with aligned corners."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(nnx.Module):
    """Layer of `pixel_shuffle`."""

    def __init__(self, upscale_factor):
        self.upscale_factor = upscale_factor

    def __call__(self, input):
        return pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(nnx.Module):
    """Layer of `pixel_unshuffle`."""

    def __init__(self, downscale_factor):
        self.downscale_factor = downscale_factor

    def __call__(self, input):
        return pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(nnx.Module):
    """Layer of `channel_shuffle`."""

    def __init__(self, groups):
        self.groups = groups

    def __call__(self, input):
        return channel_shuffle(input, self.groups)


class Flatten(nnx.Module):
    """Joins the axes from `start_dim` to `end_dim`."""

    def __init__(self, start_dim=1, end_dim=-1):
        self.start_dim, self.end_dim = start_dim, end_dim

    def __call__(self, input):
        shape = input.shape or (1,)
        start, end = self.start_dim % len(shape), self.end_dim % len(shape)
        joined = math.prod(shape[start : end + 1])
        return jnp.reshape(input, shape[:start] + (joined,) + shape[end + 1 :])


class Unflatten(nnx.Module):
    """Splits the axis `dim` into axes of sizes `unflattened_size`; one may be -1."""

    def __init__(self, dim, unflattened_size):
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def __call__(self, input):
        dim, sizes = self.dim % input.ndim, list(self.unflattened_size)
        if -1 in sizes:
            sizes[sizes.index(-1)] = input.shape[dim] // -math.prod(sizes)
        return jnp.reshape(input, input.shape[:dim] + tuple(sizes) + input.shape[dim + 1 :])


class Unfold(nnx.Module):
    """Layer of `unfold`."""

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        self.kernel_size, self.dilation = kernel_size, dilation
        self.padding, self.stride = padding, stride

    def __call__(self, input):
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(nnx.Module):
    """Layer of `fold`."""

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def __call__(self, input):
        options = (self.kernel_size, self.dilation, self.padding, self.stride)
        return fold(input, self.output_size, *options)


class CosineSimilarity(nnx.Module):
    """Layer of `cosine_similarity`."""

    def __init__(self, dim=1, eps=1e-8):
        self.dim, self.eps = dim, eps

    def __call__(self, x1, x2):
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(nnx.Module):
    """Layer of `pairwise_distance`."""

    def __init__(self, p=2.0, eps=1e-6, keepdim=False):
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def __call__(self, x1, x2):
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


def _masked_scores(mask, dtype):
    """Mask to be added to scores; a boolean one hides where true."""
    mask = jnp.asarray(mask)
    if mask.dtype == bool:
        return jnp.where(mask, -jnp.inf, jnp.zeros((), dtype))
    return mask.astype(dtype)


class MultiheadAttention(nnx.Module):
    """Attention of several heads; inputs (L, N, E), or (N, L, E) with `batch_first`, or (L, E).

    The projections are packed in `in_proj_weight` (3 E, E) unless `kdim` or `vdim` differ.
    Boolean masks hide where true. Returns the output and the attention weights (or None).
    """

    deterministic = False

    def __init__(
        self,
        embed_dim,
        num_heads,
        dropout=0.0,
        bias=True,
        add_bias_kv=False,
        add_zero_attn=False,
        kdim=None,
        vdim=None,
        batch_first=False,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        rngs = default_rngs(rngs)
        size = embed_dim
        if embed_dim % num_heads:
            raise ValueError("embed_dim must be divisible by num_heads")
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.batch_first, self.add_zero_attn = batch_first, add_zero_attn
        self.head_dim = embed_dim // num_heads
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.in_proj_weight = nnx.data(None)
        self.q_proj_weight = self.k_proj_weight = self.v_proj_weight = nnx.data(None)
        if self._qkv_same_embed_dim:
            self.in_proj_weight = _parameter((3 * size, size), dtype)
        else:
            self.q_proj_weight = _parameter((size, size), dtype)
            self.k_proj_weight = _parameter((size, self.kdim), dtype)
            self.v_proj_weight = _parameter((size, self.vdim), dtype)
        self.in_proj_bias = _parameter((3 * size,), dtype, bias)
        self.out_proj = Linear(size, size, bias, dtype=dtype, rngs=rngs)
        self.bias_k = _parameter((1, 1, size), dtype, add_bias_kv)
        self.bias_v = _parameter((1, 1, size), dtype, add_bias_kv)
        with drawing_from(rngs):
            self._reset_parameters()
        self.rngs = rngs.dropout.fork()

    def _reset_parameters(self):
        """Draws the projections as Glorot does and sets the biases to 0."""
        if self._qkv_same_embed_dim:
            xavier_uniform_(self.in_proj_weight)
        else:
            for weight in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
                xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            zeros_(self.in_proj_bias)
            zeros_(self.out_proj.bias)
        if self.bias_k is not None:
            xavier_normal_(self.bias_k)
            xavier_normal_(self.bias_v)

    def _projected(self, query, key, value):
        """Query, key and value after their input projections."""
        biases = [None] * 3
        if self.in_proj_bias is not None:
            biases = jnp.split(self.in_proj_bias[...], 3)
        weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        if self.in_proj_weight is not None:
            weights = jnp.split(self.in_proj_weight[...], 3)
        return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases)]

    def _heads(self, x):
        """(N, L, E) to (N, heads, L, E / heads)."""
        return x.reshape(x.shape[:2] + (self.num_heads, self.head_dim)).swapaxes(1, 2)

    def _mask(self, key_padding_mask, attn_mask, batch, dtype):
        """Sum of both masks, to be added to scores (N, heads, L, S), or None."""
        total = None
        if attn_mask is not None:
            total = _masked_scores(attn_mask, dtype)
            if total.ndim == 3:
                total = total.reshape((batch, self.num_heads) + total.shape[1:])
        if key_padding_mask is not None:
            hidden = _masked_scores(key_padding_mask, dtype)[:, None, None, :]
            total = hidden if total is None else total + hidden
        return total

    def _extended(self, k, v, mask):
        """Key, value and mask with the learned and the zero position at the end."""
        batch = k.shape[0]
        if self.bias_k is not None:
            k = jnp.concatenate([k, jnp.broadcast_to(self.bias_k[...], (batch, 1, k.shape[2]))], 1)
            v = jnp.concatenate([v, jnp.broadcast_to(self.bias_v[...], (batch, 1, v.shape[2]))], 1)
        if self.add_zero_attn:
            k, v = pad(k, (0, 0, 0, 1)), pad(v, (0, 0, 0, 1))
        more = (self.bias_k is not None) + self.add_zero_attn
        if mask is not None and more:
            mask = pad(mask, (0, more))
        return k, v, mask

    def __call__(
        self,
        query,
        key,
        value,
        key_padding_mask=None,
        need_weights=True,
        attn_mask=None,
        average_attn_weights=True,
        is_causal=False,
    ):
        if is_causal and attn_mask is None:
            raise ValueError("is_causal needs attn_mask")
        if query.ndim == 2:
            hidden = None if key_padding_mask is None else key_padding_mask[None]
            axis = 0 if self.batch_first else 1
            inputs = [jnp.expand_dims(x, axis) for x in (query, key, value)]
            options = (hidden, need_weights, attn_mask, average_attn_weights, is_causal)
            out, weights = self(*inputs, *options)
            return out.squeeze(axis), None if weights is None else weights.squeeze(0)
        if not self.batch_first:
            query, key, value = (jnp.swapaxes(x, 0, 1) for x in (query, key, value))
        q, k, v = self._projected(query, key, value)
        mask = self._mask(key_padding_mask, attn_mask, q.shape[0], q.dtype)
        k, v, mask = self._extended(k, v, mask)
        out, weights = self._attend(
            self._heads(q), self._heads(k), self._heads(v), mask, need_weights
        )
        out = self.out_proj(out.swapaxes(1, 2).reshape(q.shape))
        if weights is not None and average_attn_weights:
            weights = weights.mean(axis=1)
        return (out if self.batch_first else jnp.swapaxes(out, 0, 1)), weights

    def _attend(self, q, k, v, mask, need_weights):
        """Attended values and, if needed, the weights (N, heads, L, S)."""
        p = 0.0 if self.deterministic else self.dropout
        if not need_weights:
            return scaled_dot_product_attention(q, k, v, mask, p, rngs=self.rngs), None
        scores = jnp.matmul(q / math.sqrt(q.shape[-1]), k.swapaxes(-1, -2))
        weights = jax.nn.softmax(scores if mask is None else scores + mask, axis=-1)
        weights = _drop(weights, p, weights.shape, self.rngs)
        return jnp.matmul(weights, v), weights


def _reset_recurrent(layer):
    """Draws all parameters from U(-b, b) where b = 1 / sqrt(hidden_size)."""
    bound = 1 / math.sqrt(layer.hidden_size)
    for parameter in parameters(layer):
        uniform_(parameter, -bound, bound)


class _RNNCellBase(nnx.Module):
    """Parameters of a recurrent cell with `chunks` gates, stacked along the first axis."""

    chunks = 1

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None, *, rngs=None):
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = self.chunks * hidden_size
        self.weight_ih = _parameter((rows, input_size), dtype)
        self.weight_hh = _parameter((rows, hidden_size), dtype)
        self.bias_ih = _parameter((rows,), dtype, bias)
        self.bias_hh = _parameter((rows,), dtype, bias)
        with drawing_from(default_rngs(rngs)):
            self.reset_parameters()

    def reset_parameters(self):
        """Draws all parameters from U(-b, b) where b = 1 / sqrt(hidden_size)."""
        _reset_recurrent(self)

    def _weights(self):
        return self.weight_hh[...], None if self.bias_hh is None else self.bias_hh[...]

    def _start(self, input):
        return jnp.zeros(input.shape[:-1] + (self.hidden_size,), input.dtype)


class RNNCell(_RNNCellBase):
    """One step of a plain recurrent network."""

    def __init__(
        self,
        input_size,
        hidden_size,
        bias=True,
        nonlinearity="tanh",
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        super().__init__(input_size, hidden_size, bias, device, dtype, rngs=rngs)
        self.nonlinearity = nonlinearity

    def __call__(self, input, hx=None):
        h = self._start(input) if hx is None else hx
        step = _rnn_relu_step if self.nonlinearity == "relu" else _rnn_tanh_step
        return step(linear(input, self.weight_ih, self.bias_ih), (h,), *self._weights())[0]


class LSTMCell(_RNNCellBase):
    """One step of a long short-term memory; gates in the order i, f, g, o."""

    chunks = 4

    def __call__(self, input, hx=None):
        state = (self._start(input),) * 2 if hx is None else tuple(hx)
        return _lstm_step(linear(input, self.weight_ih, self.bias_ih), state, *self._weights())


class GRUCell(_RNNCellBase):
    """One step of a gated recurrent unit; gates in the order r, z, n."""

    chunks = 3

    def __call__(self, input, hx=None):
        h = self._start(input) if hx is None else hx
        return _gru_step(linear(input, self.weight_ih, self.bias_ih), (h,), *self._weights())[0]


def _rnn_tanh_step(gates, state, weight, bias):
    """Next state of a plain recurrent network with tanh."""
    return (jnp.tanh(gates + linear(state[0], weight, bias)),)


def _rnn_relu_step(gates, state, weight, bias):
    """Next state of a plain recurrent network with ReLU."""
    return (jax.nn.relu(gates + linear(state[0], weight, bias)),)


def _lstm_step(gates, state, weight, bias):
    """Next (h, c) from the projected input; gates in the order i, f, g, o."""
    i, f, g, o = jnp.split(gates + linear(state[0], weight, bias), 4, axis=-1)
    c = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def _gru_step(gates, state, weight, bias):
    """Next state from the projected input; gates in the order r, z, n."""
    r, z, n = jnp.split(gates, 3, axis=-1)
    hr, hz, hn = jnp.split(linear(state[0], weight, bias), 3, axis=-1)
    update = jax.nn.sigmoid(z + hz)
    new = jnp.tanh(n + jax.nn.sigmoid(r + hr) * hn)
    return ((1 - update) * new + update * state[0],)


class RNNBase(nnx.Module):
    """Stacked recurrent layers; inputs (L, N, F), or (N, L, F) with `batch_first`, or (L, F)."""

    deterministic = False
    chunks = 1

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        proj_size=0,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        rngs = default_rngs(rngs)
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, dropout
        self.bidirectional, self.proj_size = bidirectional, proj_size
        rows, out = self.chunks * hidden_size, proj_size or hidden_size
        for layer in range(num_layers):
            width = input_size if layer == 0 else out * self._directions
            for end in self._suffixes(layer):
                shapes = {"weight_ih": (rows, width), "weight_hh": (rows, out)}
                if bias:
                    shapes.update(bias_ih=(rows,), bias_hh=(rows,))
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                for name, shape in shapes.items():
                    setattr(self, name + end, _parameter(shape, dtype))
        with drawing_from(rngs):
            self.reset_parameters()
        self.rngs = rngs.dropout.fork()

    def reset_parameters(self):
        """Draws all parameters from U(-b, b) where b = 1 / sqrt(hidden_size)."""
        _reset_recurrent(self)

    @property
    def _directions(self):
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer):
        return [f"_l{layer}", f"_l{layer}_reverse"][: self._directions]

    def flatten_parameters(self):
        """Does nothing: there is no packed copy of the weights."""

    def _scan(self, x, state, end, reverse, lasting):
        """Outputs (L, N, H) and last state of one direction of one layer."""
        bias_ih = getattr(self, "bias_ih" + end, None)
        bias_hh = getattr(self, "bias_hh" + end, None)
        bias_hh = None if bias_hh is None else bias_hh[...]
        gates = linear(x, getattr(self, "weight_ih" + end), bias_ih)
        weight = getattr(self, "weight_hh" + end)[...]
        project = getattr(self, "weight_hr" + end)[...] if self.proj_size else None

        def body(state, part):
            gate, kept = part
            new = self.step(gate, state, weight, bias_hh)
            if project is not None:
                new = (linear(new[0], project),) + new[1:]
            if kept is not None:
                new = tuple(jnp.where(kept, *pair) for pair in zip(new, state))
            return new, new[0]

        return lax.scan(body, state, (gates, lasting), reverse=reverse)

    def _run(self, x, states, lasting=None):
        """Output of the last layer and the last states, stacked by layer and direction.

        Where sequences do not last to the same step, `lasting` (L, N, 1) is false after their ends.
        """
        last = []
        for layer in range(self.num_layers):
            outputs = []
            for number, end in enumerate(self._suffixes(layer)):
                start = tuple(s[layer * self._directions + number] for s in states)
                state, y = self._scan(x, start, end, number == 1, lasting)
                last.append(state)
                outputs.append(y)
            x = jnp.concatenate(outputs, axis=-1)
            if layer < self.num_layers - 1:
                x = dropout(x, self.dropout, not self.deterministic, rngs=self.rngs)
        return x, tuple(jnp.stack(parts) for parts in zip(*last))

    def _first_states(self, batch, dtype):
        """Zero states of shape (layers * directions, N, H)."""
        count = self.num_layers * self._directions
        return (jnp.zeros((count, batch, self.proj_size or self.hidden_size), dtype),)

    def _forward(self, input, states):
        """Output and last states; `states` is None or a tuple of first states."""
        if hasattr(input, "batch_sizes"):
            return input.through(self, states)
        x = jnp.asarray(input)
        if x.ndim == 2:
            axis = 0 if self.batch_first else 1
            states = None if states is None else tuple(s[:, None] for s in states)
            y, states = self._forward(jnp.expand_dims(x, axis), states)
            return y.squeeze(axis), tuple(s.squeeze(1) for s in states)
        x = jnp.swapaxes(x, 0, 1) if self.batch_first else x
        states = self._first_states(x.shape[1], x.dtype) if states is None else states
        y, states = self._run(x, states)
        return (jnp.swapaxes(y, 0, 1) if self.batch_first else y), states

    def __call__(self, input, hx=None):
        y, states = self._forward(input, None if hx is None else (hx,))
        return y, states[0]


class RNN(RNNBase):
    """Plain recurrent network with tanh or ReLU."""

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        options = (num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype)
        super().__init__(input_size, hidden_size, *options, rngs=rngs)
        self.nonlinearity = nonlinearity

    def step(self, gates, state, weight, bias):
        """Next state from the projected input."""
        step = _rnn_relu_step if self.nonlinearity == "relu" else _rnn_tanh_step
        return step(gates, state, weight, bias)


class LSTM(RNNBase):
    """Long short-term memory; gates in the order i, f, g, o; states are (h, c)."""

    chunks, step = 4, staticmethod(_lstm_step)

    def _first_states(self, batch, dtype):
        count = self.num_layers * self._directions
        hidden = jnp.zeros((count, batch, self.proj_size or self.hidden_size), dtype)
        return hidden, jnp.zeros((count, batch, self.hidden_size), dtype)

    def __call__(self, input, hx=None):
        return self._forward(input, hx)


class GRU(RNNBase):
    """Gated recurrent unit; gates in the order r, z, n."""

    chunks, step = 3, staticmethod(_gru_step)

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        options = (num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype)
        super().__init__(input_size, hidden_size, *options, rngs=rngs)


def _activation(activation):
    """Function of an activation given by name ("relu", "gelu") or as a callable."""
    if not isinstance(activation, str):
        return activation
    if activation not in ("relu", "gelu"):
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return jax.nn.relu if activation == "relu" else gelu


class TransformerEncoderLayer(nnx.Module):
    """Self-attention and a two-layer network, each with residual and layer norm."""

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation="relu",
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        rngs = default_rngs(rngs)
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, dtype=dtype, rngs=rngs
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype, rngs=rngs)
        self.dropout = Dropout(dropout, rngs=rngs)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype, rngs=rngs)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout, rngs=rngs)
        self.dropout2 = Dropout(dropout, rngs=rngs)
        self.activation = _activation(activation)

    def __call__(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        masks = (src_mask, src_key_padding_mask, is_causal)
        if self.norm_first:
            x = src + self._sa_block(self.norm1(src), *masks)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(src + self._sa_block(src, *masks))
        return self.norm2(x + self._ff_block(x))

    def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
        options = {"key_padding_mask": key_padding_mask, "attn_mask": attn_mask}
        x = self.self_attn(x, x, x, need_weights=False, is_causal=is_causal, **options)[0]
        return self.dropout1(x)

    def _ff_block(self, x):
        return self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerDecoderLayer(nnx.Module):
    """Self-attention, attention to a memory and a two-layer network."""

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation="relu",
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        rngs = default_rngs(rngs)
        options = {"batch_first": batch_first, "dtype": dtype, "rngs": rngs}
        self.self_attn = MultiheadAttention(d_model, nhead, dropout, bias, **options)
        self.multihead_attn = MultiheadAttention(d_model, nhead, dropout, bias, **options)
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype, rngs=rngs)
        self.dropout = Dropout(dropout, rngs=rngs)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype, rngs=rngs)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.norm3 = LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout, rngs=rngs)
        self.dropout2 = Dropout(dropout, rngs=rngs)
        self.dropout3 = Dropout(dropout, rngs=rngs)
        self.activation = _activation(activation)

    def __call__(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=False,
        memory_is_causal=False,
    ):
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        x = tgt
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *own)
            x = x + self._mha_block(self.norm2(x), *other)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *own))
        x = self.norm2(x + self._mha_block(x, *other))
        return self.norm3(x + self._ff_block(x))

    def _sa_block(self, x, attn_mask, key_padding_mask, is_causal=False):
        options = {"key_padding_mask": key_padding_mask, "attn_mask": attn_mask}
        x = self.self_attn(x, x, x, need_weights=False, is_causal=is_causal, **options)[0]
        return self.dropout1(x)

    def _mha_block(self, x, mem, attn_mask, key_padding_mask, is_causal=False):
        options = {"key_padding_mask": key_padding_mask, "attn_mask": attn_mask}
        x = self.multihead_attn(x, mem, mem, need_weights=False, is_causal=is_causal, **options)
        return self.dropout2(x[0])

    def _ff_block(self, x):
        return self.dropout3(self.linear2(self.dropout(self.activation(self.linear1(x)))))


def _layer_copies(layer, count):
    """Independent copies of a layer: equal parameters, own streams of random numbers."""
    copies = [copy.deepcopy(layer) for _ in range(count)]
    for item in copies:
        for old, new in zip(modules(layer), modules(item)):
            if isinstance(getattr(old, "rngs", None), nnx.RngStream):
                new.rngs = old.rngs.fork()
    return ModuleList(copies)


class TransformerEncoder(nnx.Module):
    """Stack of copies of an encoder layer, with an optional last norm."""

    def __init__(
        self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True
    ):
        self.layers = _layer_copies(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = nnx.data(norm)

    def __call__(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask, bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(nnx.Module):
    """Stack of copies of a decoder layer, with an optional last norm."""

    def __init__(self, decoder_layer, num_layers, norm=None):
        self.layers = _layer_copies(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = nnx.data(norm)

    def __call__(
        self,
        tgt,
        memory,
        tgt_mask=None,
        memory_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, bool(tgt_is_causal), memory_is_causal)
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(nnx.Module):
    """Encoder and decoder stacks."""

    def __init__(
        self,
        d_model=512,
        nhead=8,
        num_encoder_layers=6,
        num_decoder_layers=6,
        dim_feedforward=2048,
        dropout=0.1,
        activation="relu",
        custom_encoder=None,
        custom_decoder=None,
        layer_norm_eps=1e-5,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
        *,
        rngs=None,
    ):
        rngs = default_rngs(rngs)
        shape = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps)
        options = (*shape, batch_first, norm_first, bias, device, dtype)
        last = {"eps": layer_norm_eps, "bias": bias, "dtype": dtype}
        if custom_encoder is None:
            layer = TransformerEncoderLayer(*options, rngs=rngs)
            norm = LayerNorm(d_model, **last)
            custom_encoder = TransformerEncoder(layer, num_encoder_layers, norm)
        if custom_decoder is None:
            layer = TransformerDecoderLayer(*options, rngs=rngs)
            norm = LayerNorm(d_model, **last)
            custom_decoder = TransformerDecoder(layer, num_decoder_layers, norm)
        self.encoder, self.decoder = custom_encoder, custom_decoder
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first
        with drawing_from(rngs):
            self._reset_parameters()

    def _reset_parameters(self):
        """Draws all parameters of more than one axis as Glorot does."""
        for parameter in parameters(self):
            if len(parameter.shape) > 1:
                xavier_uniform_(parameter)

    @staticmethod
    def generate_square_subsequent_mask(sz, device=None, dtype=None):
        """Mask (sz, sz) to be added: -inf above the diagonal, zero elsewhere."""
        return jnp.triu(jnp.full((sz, sz), -jnp.inf, dtype or jnp.float32), 1)

    def __call__(
        self,
        src,
        tgt,
        src_mask=None,
        tgt_mask=None,
        memory_mask=None,
        src_key_padding_mask=None,
        tgt_key_padding_mask=None,
        memory_key_padding_mask=None,
        src_is_causal=None,
        tgt_is_causal=None,
        memory_is_causal=False,
    ):
        memory = self.encoder(src, src_mask, src_key_padding_mask, src_is_causal)
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        return self.decoder(tgt, memory, *masks, tgt_is_causal, memory_is_causal)


class Sequential(nnx.Module):
    """Calls its modules in order; children are the attributes '0', '1', ... or given names."""

    def __init__(self, *args):
        for name, module in args[0].items() if args and isinstance(args[0], dict) else enumerate(args):
            if not isinstance(module, nnx.Module):
                raise TypeError(getattr(module, "reason", f"{module} is not a module"))
            setattr(self, str(name), module)

    def _named(self):
        return [item for item in _members(self) if isinstance(item[1], nnx.Module)]

    # only if used
    def _replace(self, named):
        """Makes (name, module) pairs the only children."""
        for name, _ in self._named():
            delattr(self, name)
        for name, module in named:
            setattr(self, str(name), module)
        return self

    def __call__(self, input):
        for layer in self:
            input = layer(input)
        return input

    def __len__(self):
        return len(self._named())

    def __iter__(self):
        return iter([module for _, module in self._named()])

    def __getitem__(self, index):
        part = self._named()[index]
        return Sequential(dict(part)) if isinstance(index, slice) else part[1]

    def __setitem__(self, index, module):
        setattr(self, self._named()[index][0], module)

    # only if used
    def __delitem__(self, index):
        named = self._named()
        numbered = all(name.isdigit() for name, _ in named)
        del named[index]
        self._replace(enumerate(module for _, module in named) if numbered else named)

    # only if used
    def append(self, module):
        """Adds a module at the end."""
        setattr(self, str(len(self)), module)
        return self

    # only if used
    def extend(self, modules):
        """Adds modules at the end."""
        for module in modules:
            self.append(module)
        return self

    # only if used
    def insert(self, index, module):
        """Puts a module before the one at `index`; the names become '0', '1', ..."""
        layers = list(self)
        layers.insert(index, module)
        return self._replace(enumerate(layers))


class ModuleList(nnx.List):
    """List of modules; children are the attributes '0', '1', ..."""

    def __init__(self, modules=None):
        super().__init__(modules)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return ModuleList([self[i] for i in range(len(self))[index]])
        return super().__getitem__(index)

    def __contains__(self, module):
        return any(item is module for item in self)

    def __add__(self, other):
        return ModuleList([*self, *other])

    def append(self, module):
        """Adds a module at the end and returns the list."""
        super().append(module)
        return self

    def extend(self, modules):
        """Adds modules at the end and returns the list."""
        for module in list(modules):
            self.append(module)
        return self

    def pop(self, key=-1):
        """Removes and returns the module at a position."""
        module = self[key]
        del self[key]
        return module


class _OrderedDict(nnx.Dict):
    """Dictionary whose items are the attributes of one kind, in order of insertion."""

    _held = nnx.Module

    def __iter__(self):
        return iter([name for name, item in _members(self) if isinstance(item, self._held)])

    def __len__(self):
        return len(list(iter(self)))

    def __contains__(self, key):
        return key in list(self)


class ModuleDict(_OrderedDict):
    """Dictionary of modules in order of insertion; children are attributes of their names."""

    def __init__(self, modules=None):
        self.update({} if modules is None else modules)


class ParameterList(nnx.List):
    """List of parameters with the names '0', '1', ...; arrays become parameters."""

    def __init__(self, values=None):
        super().__init__(values)

    def _set_elem(self, key, value):
        super()._set_elem(key, nnx.Param(value) if isinstance(value, jax.Array) else value)

    def append(self, value):
        """Adds a parameter at the end and returns the list."""
        super().append(value)
        return self

    def extend(self, values):
        """Adds parameters at the end and returns the list."""
        for value in list(values):
            self.append(value)
        return self


class ParameterDict(_OrderedDict):
    """Dictionary of parameters in order of insertion; arrays become parameters."""

    _held = nnx.Variable

    def __init__(self, parameters=None):
        self.update({} if parameters is None else parameters)

    def __setattr__(self, name, value):
        super().__setattr__(name, nnx.Param(value) if isinstance(value, jax.Array) else value)
