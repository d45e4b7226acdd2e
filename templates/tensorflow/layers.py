"""Layers with PyTorch's signatures, (N, C, ...) layout, initial values and state names."""

import copy
import math

import numpy as np
import tensorflow as tf

from .functional import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    alpha_dropout,
    avg_pool1d,
    avg_pool_nd,
    batch_norm,
    bilinear,
    celu,
    channel_shuffle,
    conv_nd,
    conv_padding,
    conv_transpose_nd,
    cosine_similarity,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    elu,
    embedding,
    feature_alpha_dropout,
    fold,
    gelu,
    glu,
    group_norm,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    instance_norm,
    interpolate,
    known_sizes,
    layer_norm,
    leaky_relu,
    linear,
    local_response_norm,
    log_softmax,
    logsigmoid,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    masked_softmax,
    max_pool_nd,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
    mish,
    pad,
    pad_index,
    pairwise_distance,
    pixel_shuffle,
    pixel_unshuffle,
    prelu,
    relu,
    relu6,
    rms_norm,
    rrelu,
    selu,
    silu,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    spatial_tuple,
    tanhshrink,
    threshold,
    unfold,
)
from .init import constant_, normal_, ones_, uniform_, xavier_normal_, xavier_uniform_, zeros_
from .module import Buffer, Kernel, Module, ModuleList, Parameter, parameters
from .shape import shape_of


def empty_parameter(shape, dtype, requires_grad=True):
    """A parameter of zeros; float32 unless `dtype` says otherwise."""
    return Parameter(tf.zeros(shape, tf.float32 if dtype is None else dtype), requires_grad)


class Identity(Module):
    """Returns its input; takes and ignores any constructor arguments."""

    def __init__(self, *args, **kwargs):
        super().__init__()

    def call(self, input):
        return input


class _Weighted(Module):
    """Weight (out, in, ...) and bias, both from U(-b, b) with b = 1 / sqrt(fan in)."""

    def _add_parameters(self, weight, out_features, bias, dtype):
        self.weight = weight
        self.bias = empty_parameter((out_features,), dtype) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        """Draw weight and bias anew."""
        fan_in = math.prod(self.weight.shape[1:])
        bound = fan_in**-0.5 if fan_in else 0.0
        uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            uniform_(self.bias, -bound, bound)


class Linear(_Weighted):
    """input @ weight.T + bias with weight (out_features, in_features)."""

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        weight = empty_parameter((out_features, in_features), dtype)
        self._add_parameters(weight, out_features, bias, dtype)

    def call(self, input):
        return linear(input, self.weight, self.bias)


class Bilinear(Module):
    """x1 @ weight[o] @ x2 + bias[o] with weight (out, in1, in2)."""

    def __init__(
        self, in1_features, in2_features, out_features, bias=True, device=None, dtype=None
    ):
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = empty_parameter((out_features, in1_features, in2_features), dtype)
        self.bias = empty_parameter((out_features,), dtype) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        """Draw weight and bias from U(-1 / sqrt(in1), 1 / sqrt(in1))."""
        bound = 1.0 / math.sqrt(self.in1_features)
        uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            uniform_(self.bias, -bound, bound)

    def call(self, input1, input2):
        return bilinear(input1, input2, self.weight, self.bias)


# ---------------------------------------------------------------- convolution


class _ConvNd(_Weighted):
    """Attributes, parameters and initial values of the convolutions."""

    transposed = False
    output_padding = 0

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
    ):
        super().__init__()
        n = self.spatial_axes
        if in_channels % groups or out_channels % groups:
            raise ValueError("in_channels and out_channels must be divisible by groups")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = spatial_tuple(kernel_size, n), spatial_tuple(stride, n)
        self.padding = padding if isinstance(padding, str) else spatial_tuple(padding, n)
        self.dilation, self.padding_mode = spatial_tuple(dilation, n), padding_mode
        self.output_padding = spatial_tuple(self.output_padding, n)
        outer, inner = (in_channels, out_channels)[:: 1 if self.transposed else -1]
        weight = empty_parameter((outer, inner // groups, *self.kernel_size), dtype)
        self._add_parameters(Kernel(weight), out_channels, bias, dtype)

    def _conv_forward(self, input, weight, bias):
        """The convolution of the input with this weight and bias."""
        n, padding = self.spatial_axes, self.padding
        if self.padding_mode != "zeros":
            pads = conv_padding(padding, self.kernel_size, self.stride, self.dilation)
            for axis, (before, after) in zip(range(-n, 0), pads):
                index = pad_index(input.shape[axis], before, after, self.padding_mode)
                input, padding = tf.gather(input, index, axis=axis), 0
        return conv_nd(n, input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def call(self, input):
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_ConvNd):
    """1-D convolution of (N, C, L); weight (out, in / groups, k)."""

    spatial_axes = 1


class Conv2d(_ConvNd):
    """2-D convolution of (N, C, H, W); weight (out, in / groups, kh, kw)."""

    spatial_axes = 2


class Conv3d(_ConvNd):
    """3-D convolution of (N, C, D, H, W); weight (out, in / groups, kd, kh, kw)."""

    spatial_axes = 3


class _ConvTransposeNd(_ConvNd):
    """Transposed convolutions; weight (in, out / groups, ...)."""

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
    ):
        self.output_padding = output_padding
        options = (stride, padding, dilation, groups, bias, padding_mode, device, dtype)
        super().__init__(in_channels, out_channels, kernel_size, *options)

    def _output_padding(self, input, output_size):
        """The output padding that gives the wanted spatial sizes."""
        if output_size is None:
            return self.output_padding
        n = len(self.kernel_size)
        parts = zip(
            known_sizes(input, n), self.stride, self.padding, self.dilation, self.kernel_size
        )
        least = [(size - 1) * s - 2 * p + d * (k - 1) + 1 for size, s, p, d, k in parts]
        extra = [want - have for want, have in zip(list(output_size)[-n:], least)]
        if any(not 0 <= e < max(s, 2) for e, s in zip(extra, self.stride)):
            raise ValueError(f"output_size {output_size} is not possible, least is {least}")
        return tuple(extra)

    def call(self, input, output_size=None):
        if self.padding_mode != "zeros":
            raise ValueError("Only `zeros` padding mode is supported for ConvTranspose")
        extra = self._output_padding(input, output_size)
        options = (self.stride, self.padding, extra, self.groups, self.dilation)
        return conv_transpose_nd(self.spatial_axes, input, self.weight, self.bias, *options)


class ConvTranspose1d(_ConvTransposeNd):
    """1-D transposed convolution of (N, C, L); weight (in, out / groups, k)."""

    spatial_axes = 1


class ConvTranspose2d(_ConvTransposeNd):
    """2-D transposed convolution of (N, C, H, W); weight (in, out / groups, kh, kw)."""

    spatial_axes = 2


class ConvTranspose3d(_ConvTransposeNd):
    """3-D transposed convolution of (N, C, D, H, W); weight (in, out / groups, kd, kh, kw)."""

    spatial_axes = 3


# ---------------------------------------------------------------- normalization


class _Affine(Module):
    """Weight of ones and bias of zeros, where they are wanted."""

    def _add_parameters(self, shape, affine, bias, dtype):
        self.weight = empty_parameter(shape, dtype) if affine else None
        self.bias = empty_parameter(shape, dtype) if affine and bias else None

    def reset_parameters(self):
        """Set weight 1 and bias 0."""
        if self.weight is not None:
            ones_(self.weight)
        if self.bias is not None:
            zeros_(self.bias)


class _NormBase(_Affine):
    """State of batch and instance normalization."""

    def __init__(
        self,
        num_features,
        eps=1e-05,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._add_parameters((num_features,), affine, bias, dtype)
        self.running_mean = self.running_var = self.num_batches_tracked = None
        if track_running_stats:
            kind = tf.float32 if dtype is None else dtype
            self.running_mean = Buffer(tf.zeros((num_features,), kind))
            self.running_var = Buffer(tf.ones((num_features,), kind))
            self.num_batches_tracked = Buffer(tf.constant(0, tf.int64))
        self.reset_parameters()

    def reset_running_stats(self):
        """Set the running statistics to mean 0 and variance 1."""
        if self.track_running_stats:
            zeros_(self.running_mean)
            ones_(self.running_var)
            self.num_batches_tracked.assign(0)

    def reset_parameters(self):
        """Set the running statistics, weight 1 and bias 0."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_input_dim(self, input):
        """Raise unless the input has the right number of axes."""
        if input.shape.rank not in self.input_ranks:
            raise ValueError(f"expected {self.input_ranks} axes, got shape {input.shape}")


class _BatchNorm(_NormBase):
    """Normalizes each channel (axis 1) over the batch in training, else by running statistics."""

    normalize = staticmethod(batch_norm)

    def call(self, input, training=None):
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        if training and self.num_batches_tracked is not None:
            count = self.num_batches_tracked.assign_add(1)
            if self.momentum is None:
                momentum = 1.0 / tf.cast(count, self.running_mean.dtype)
        statistics = (self.running_mean, self.running_var, self.weight, self.bias)
        use_batch = bool(training) or self.running_mean is None
        return self.normalize(input, *statistics, use_batch, momentum, self.eps)


class BatchNorm1d(_BatchNorm):
    """Batch normalization of (N, C) or (N, C, L)."""

    input_ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Batch normalization of (N, C, H, W)."""

    input_ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalization of (N, C, D, H, W)."""

    input_ranks = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalization of (N, C, ...); statistics are those of one replica."""

    input_ranks = (2, 3, 4, 5)

    def __init__(
        self,
        num_features,
        eps=1e-05,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        device=None,
        dtype=None,
        *,
        process_group=None,
        bias=True,
    ):
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, dtype=dtype, bias=bias
        )
        self.process_group = process_group


class _InstanceNorm(_NormBase):
    """Normalizes each channel of each sample over its spatial positions."""

    def __init__(
        self,
        num_features,
        eps=1e-05,
        momentum=0.1,
        affine=False,
        track_running_stats=False,
        device=None,
        dtype=None,
        *,
        bias=True,
    ):
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def call(self, input, training=None):
        self._check_input_dim(input)
        batched = input.shape.rank == max(self.input_ranks)
        training = bool(training)
        out = instance_norm(
            input if batched else input[None],
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out if batched else out[0]


class InstanceNorm1d(_InstanceNorm):
    """Instance normalization of (N, C, L)."""

    input_ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Instance normalization of (N, C, H, W)."""

    input_ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalization of (N, C, D, H, W)."""

    input_ranks = (4, 5)


class LayerNorm(_Affine):
    """Normalizes over the last axes, whose sizes are `normalized_shape`."""

    def __init__(
        self, normalized_shape, eps=1e-05, elementwise_affine=True, bias=True, device=None, dtype=None
    ):
        super().__init__()
        self.normalized_shape = spatial_tuple(normalized_shape, 1)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._add_parameters(self.normalized_shape, elementwise_affine, bias, dtype)
        self.reset_parameters()

    def call(self, input):
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(Module):
    """Divides by the root mean square over the last axes."""

    def __init__(
        self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None
    ):
        super().__init__()
        self.normalized_shape = spatial_tuple(normalized_shape, 1)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        affine = elementwise_affine
        self.weight = empty_parameter(self.normalized_shape, dtype) if affine else None
        self.reset_parameters()

    def reset_parameters(self):
        """Set weight 1."""
        if self.weight is not None:
            ones_(self.weight)

    def call(self, x):
        return rms_norm(x, self.normalized_shape, self.weight, self.eps)


class GroupNorm(_Affine):
    """Normalizes groups of channels of (N, C, ...) with all spatial positions."""

    def __init__(
        self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True
    ):
        super().__init__()
        if num_channels % num_groups:
            raise ValueError("num_channels must be divisible by num_groups")
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._add_parameters((num_channels,), affine, bias, dtype)
        self.reset_parameters()

    def call(self, input):
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class LocalResponseNorm(Module):
    """Divides by a power of the mean of squares over neighbouring channels."""

    def __init__(self, size, alpha=0.0001, beta=0.75, k=1.0):
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def call(self, input):
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)


class Embedding(Module):
    """Rows of weight (num_embeddings, embedding_dim); row padding_idx is 0 and not learned."""

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
    ):
        super().__init__()
        if padding_idx is not None and padding_idx < 0:
            padding_idx += num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        if _weight is not None:
            self.weight = Parameter(_weight, not _freeze)
        else:
            self.weight = empty_parameter((num_embeddings, embedding_dim), dtype, not _freeze)
            self.reset_parameters()

    def reset_parameters(self):
        """Draw from N(0, 1) and set the row `padding_idx` to 0."""
        normal_(self.weight)
        if self.padding_idx is not None:
            rows = tf.range(self.num_embeddings)[:, None] == self.padding_idx
            value = tf.convert_to_tensor(self.weight)
            self.weight.assign(tf.where(rows, tf.zeros_like(value), value))

    # only if used
    @classmethod
    def from_pretrained(
        cls,
        embeddings,
        freeze=True,
        padding_idx=None,
        max_norm=None,
        norm_type=2.0,
        scale_grad_by_freq=False,
        sparse=False,
    ):
        """An embedding with the given rows."""
        rows, columns = embeddings.shape
        return cls(
            rows,
            columns,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def call(self, input):
        return embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )


# ---------------------------------------------------------------- activations


class ReLU(Module):
    """max(x, 0)."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def call(self, input):
        return relu(input)


class ReLU6(Module):
    """min(max(x, 0), 6)."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def call(self, input):
        return relu6(input)


class GELU(Module):
    """x * Phi(x)."""

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def call(self, input):
        return gelu(input, self.approximate)


class SiLU(Module):
    """x * sigmoid(x)."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def call(self, input):
        return silu(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def call(self, input):
        return tf.sigmoid(input)


class Tanh(Module):
    """Hyperbolic tangent."""

    def call(self, input):
        return tf.tanh(input)


class Hardswish(Module):
    """x * relu6(x + 3) / 6."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def call(self, input):
        return hardswish(input)


class Hardsigmoid(Module):
    """relu6(x + 3) / 6."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def call(self, input):
        return hardsigmoid(input)


class LeakyReLU(Module):
    """x where positive, else negative_slope * x."""

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def call(self, input):
        return leaky_relu(input, self.negative_slope)


class ELU(Module):
    """x where positive, else alpha * (exp(x) - 1)."""

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def call(self, input):
        return elu(input, self.alpha)


class CELU(Module):
    """x where positive, else alpha * (exp(x / alpha) - 1)."""

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def call(self, input):
        return celu(input, self.alpha)


class SELU(Module):
    """Scaled ELU."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def call(self, input):
        return selu(input)


class Mish(Module):
    """x * tanh(softplus(x))."""

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def call(self, input):
        return mish(input)


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta."""

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def call(self, input):
        return softplus(input, self.beta, self.threshold)


class Softsign(Module):
    """x / (1 + |x|)."""

    def call(self, input):
        return softsign(input)


class LogSigmoid(Module):
    """log(sigmoid(x))."""

    def call(self, input):
        return logsigmoid(input)


class Tanhshrink(Module):
    """x - tanh(x)."""

    def call(self, input):
        return tanhshrink(input)


class Softshrink(Module):
    """x moved towards 0 by lambd."""

    def __init__(self, lambd=0.5):
        super().__init__()
        self.lambd = lambd

    def call(self, input):
        return softshrink(input, self.lambd)


class Hardshrink(Module):
    """x, but 0 in [-lambd, lambd]."""

    def __init__(self, lambd=0.5):
        super().__init__()
        self.lambd = lambd

    def call(self, input):
        return hardshrink(input, self.lambd)


class Threshold(Module):
    """x where greater than threshold, else value."""

    def __init__(self, threshold, value, inplace=False):
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def call(self, input):
        return threshold(input, self.threshold, self.value)


class GLU(Module):
    """First half along dim times the sigmoid of the second."""

    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def call(self, input):
        return glu(input, self.dim)


class Softmax(Module):
    """Softmax along dim."""

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def call(self, input):
        return softmax(input, self.dim)


class LogSoftmax(Module):
    """Log-softmax along dim."""

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def call(self, input):
        return log_softmax(input, self.dim)


class Softmin(Module):
    """Softmax of -x along dim."""

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def call(self, input):
        return softmin(input, self.dim)


class Hardtanh(Module):
    """x clipped to [min_val, max_val]."""

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False):
        super().__init__()
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def call(self, input):
        return hardtanh(input, self.min_val, self.max_val)


class RReLU(Module):
    """Leaky ReLU whose slope is random in training."""

    def __init__(self, lower=1.0 / 8, upper=1.0 / 3, inplace=False):
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def call(self, input, training=None):
        return rrelu(input, self.lower, self.upper, bool(training))


class PReLU(Module):
    """x where positive, else weight * x with a learned weight, one or one for each channel."""

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = empty_parameter((num_parameters,), dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Fill the weight with `init`."""
        constant_(self.weight, self.init)

    def call(self, input):
        return prelu(input, self.weight)


class Softmax2d(Module):
    """Softmax over the channels of (N, C, H, W)."""

    def call(self, input):
        return softmax(input, -3)


# ---------------------------------------------------------------- dropout


class _DropoutNd(Module):
    """Drop probability of the dropout layers; they are the identity outside training."""

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"dropout probability has to be between 0 and 1, got {p}")
        self.p = p
        self.inplace = inplace


class Dropout(_DropoutNd):
    """Zeroes elements with probability p in training."""

    def call(self, input, training=None):
        return dropout(input, self.p, bool(training))


class Dropout1d(_DropoutNd):
    """Zeroes channels of (N, C, L)."""

    def call(self, input, training=None):
        return dropout1d(input, self.p, bool(training))


class Dropout2d(_DropoutNd):
    """Zeroes channels of (N, C, H, W)."""

    def call(self, input, training=None):
        return dropout2d(input, self.p, bool(training))


class Dropout3d(_DropoutNd):
    """Zeroes channels of (N, C, D, H, W)."""

    def call(self, input, training=None):
        return dropout3d(input, self.p, bool(training))


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance of SELU activations."""

    def call(self, input, training=None):
        return alpha_dropout(input, self.p, bool(training))


class FeatureAlphaDropout(_DropoutNd):
    """Alpha dropout of whole channels."""

    def call(self, input, training=None):
        return feature_alpha_dropout(input, self.p, bool(training))


# ---------------------------------------------------------------- pooling


class _MaxPoolNd(Module):
    """Maximum over windows; the stride is the kernel size when not given."""

    def __init__(
        self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False
    ):
        super().__init__()
        self.kernel_size, self.padding, self.dilation = kernel_size, padding, dilation
        self.stride = kernel_size if stride is None else stride
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def call(self, input):
        options = (self.dilation, self.ceil_mode, self.return_indices)
        sizes = (self.kernel_size, self.stride, self.padding)
        return max_pool_nd(self.spatial_axes, input, *sizes, *options)


class MaxPool1d(_MaxPoolNd):
    """Maximum over windows of (N, C, L)."""

    spatial_axes = 1


class MaxPool2d(_MaxPoolNd):
    """Maximum over windows of (N, C, H, W)."""

    spatial_axes = 2


class MaxPool3d(_MaxPoolNd):
    """Maximum over windows of (N, C, D, H, W)."""

    spatial_axes = 3


class _MaxUnpoolNd(Module):
    """Attributes of the max unpooling layers."""

    def __init__(self, kernel_size, stride=None, padding=0):
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding


class MaxUnpool1d(_MaxUnpoolNd):
    """Partial inverse of MaxPool1d with return_indices."""

    def call(self, input, indices, output_size=None):
        return max_unpool1d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )


class MaxUnpool2d(_MaxUnpoolNd):
    """Partial inverse of MaxPool2d with return_indices."""

    def call(self, input, indices, output_size=None):
        return max_unpool2d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )


class MaxUnpool3d(_MaxUnpoolNd):
    """Partial inverse of MaxPool3d with return_indices."""

    def call(self, input, indices, output_size=None):
        return max_unpool3d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )


class AvgPool1d(Module):
    """Mean over windows of (N, C, L)."""

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
    ):
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def call(self, input):
        options = (self.padding, self.ceil_mode, self.count_include_pad)
        return avg_pool1d(input, self.kernel_size, self.stride, *options)


class _AvgPoolNd(Module):
    """Mean over windows; the stride is the kernel size when not given."""

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
        divisor_override=None,
    ):
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = divisor_override

    def call(self, input):
        options = (self.ceil_mode, self.count_include_pad, self.divisor_override)
        sizes = (self.kernel_size, self.stride, self.padding)
        return avg_pool_nd(self.spatial_axes, input, *sizes, *options)


class AvgPool2d(_AvgPoolNd):
    """Mean over windows of (N, C, H, W)."""

    spatial_axes = 2


class AvgPool3d(_AvgPoolNd):
    """Mean over windows of (N, C, D, H, W)."""

    spatial_axes = 3


class _AdaptivePool(Module):
    """Output size of the adaptive mean pooling layers; None keeps a size."""

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size


class AdaptiveAvgPool1d(_AdaptivePool):
    """1-D mean pooling to a given size."""

    def call(self, input):
        return adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """2-D mean pooling to a given size."""

    def call(self, input):
        return adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(_AdaptivePool):
    """3-D mean pooling to a given size."""

    def call(self, input):
        return adaptive_avg_pool3d(input, self.output_size)


class _AdaptiveMaxPool(Module):
    """Output size of the adaptive max pooling layers; None keeps a size."""

    def __init__(self, output_size, return_indices=False):
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """1-D max pooling to a given size."""

    def call(self, input):
        return adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """2-D max pooling to a given size."""

    def call(self, input):
        return adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """3-D max pooling to a given size."""

    def call(self, input):
        return adaptive_max_pool3d(input, self.output_size, self.return_indices)


class _LPPool(Module):
    """Attributes of the p-norm pooling layers."""

    def __init__(self, norm_type, kernel_size, stride=None, ceil_mode=False):
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode


class LPPool1d(_LPPool):
    """1-D p-norm pooling."""

    def call(self, input):
        return lp_pool1d(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )


class LPPool2d(_LPPool):
    """2-D p-norm pooling."""

    def call(self, input):
        return lp_pool2d(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )


class LPPool3d(_LPPool):
    """3-D p-norm pooling."""

    def call(self, input):
        return lp_pool3d(
            input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )


# ---------------------------------------------------------------- padding and shape


class _PadNd(Module):
    """Padding by flat (before, after) pairs, the last axis first."""

    mode = "constant"
    n = 1

    def __init__(self, padding):
        super().__init__()
        self.padding = spatial_tuple(padding, 2 * self.n)

    def call(self, input):
        return pad(input, self.padding, self.mode)


class _ConstantPadNd(_PadNd):
    """Padding with a constant."""

    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def call(self, input):
        return pad(input, self.padding, "constant", self.value)


class _ZeroPadNd(_ConstantPadNd):
    """Padding with zeros."""

    def __init__(self, padding):
        super().__init__(padding, 0.0)


class ConstantPad1d(_ConstantPadNd):
    """Pads the last 1 axis with a constant."""

    n = 1


class ConstantPad2d(_ConstantPadNd):
    """Pads the last 2 axes with a constant."""

    n = 2


class ConstantPad3d(_ConstantPadNd):
    """Pads the last 3 axes with a constant."""

    n = 3


class ZeroPad1d(_ZeroPadNd):
    """Pads the last 1 axis with zeros."""

    n = 1


class ZeroPad2d(_ZeroPadNd):
    """Pads the last 2 axes with zeros."""

    n = 2


class ZeroPad3d(_ZeroPadNd):
    """Pads the last 3 axes with zeros."""

    n = 3


class ReflectionPad1d(_PadNd):
    """Pads the last 1 axis with the reflection of the input."""

    mode = "reflect"
    n = 1


class ReflectionPad2d(_PadNd):
    """Pads the last 2 axes with the reflection of the input."""

    mode = "reflect"
    n = 2


class ReflectionPad3d(_PadNd):
    """Pads the last 3 axes with the reflection of the input."""

    mode = "reflect"
    n = 3


class ReplicationPad1d(_PadNd):
    """Pads the last 1 axis with the edge of the input."""

    mode = "replicate"
    n = 1


class ReplicationPad2d(_PadNd):
    """Pads the last 2 axes with the edge of the input."""

    mode = "replicate"
    n = 2


class ReplicationPad3d(_PadNd):
    """Pads the last 3 axes with the edge of the input."""

    mode = "replicate"
    n = 3


class CircularPad1d(_PadNd):
    """Pads the last 1 axis with the other end of the input."""

    mode = "circular"
    n = 1


class CircularPad2d(_PadNd):
    """Pads the last 2 axes with the other end of the input."""

    mode = "circular"
    n = 2


class CircularPad3d(_PadNd):
    """Pads the last 3 axes with the other end of the input."""

    mode = "circular"
    n = 3


class Upsample(Module):
    """Resizes the spatial axes of (N, C, ...)."""

    def __init__(
        self,
        size=None,
        scale_factor=None,
        mode="nearest",
        align_corners=None,
        recompute_scale_factor=None,
    ):
        super().__init__()
        self.size = size
        self.scale_factor = scale_factor
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def call(self, input):
        return interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            self.recompute_scale_factor,
        )


class UpsamplingNearest2d(Upsample):
    """Nearest-neighbour resizing of (N, C, H, W)."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Bilinear resizing of (N, C, H, W) with aligned corners."""

    def __init__(self, size=None, scale_factor=None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """(..., C * r * r, H, W) to (..., C, H * r, W * r)."""

    def __init__(self, upscale_factor):
        super().__init__()
        self.upscale_factor = upscale_factor

    def call(self, input):
        return pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(Module):
    """(..., C, H * r, W * r) to (..., C * r * r, H, W)."""

    def __init__(self, downscale_factor):
        super().__init__()
        self.downscale_factor = downscale_factor

    def call(self, input):
        return pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(Module):
    """Interleaves groups of channels."""

    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def call(self, input):
        return channel_shuffle(input, self.groups)


class Flatten(Module):
    """Merges the axes start_dim to end_dim."""

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def call(self, input):
        sizes, rank = shape_of(input), input.shape.rank
        start, end = self.start_dim % rank, self.end_dim % rank
        merged = math.prod(sizes[start + 1 : end + 1], start=sizes[start])
        return tf.reshape(input, [*sizes[:start], merged, *sizes[end + 1 :]])


class Unflatten(Module):
    """Splits the axis `dim` into `unflattened_size`."""

    def __init__(self, dim, unflattened_size):
        super().__init__()
        self.dim = dim
        self.unflattened_size = unflattened_size

    def call(self, input):
        sizes = shape_of(input)
        dim = self.dim % len(sizes)
        return tf.reshape(input, [*sizes[:dim], *self.unflattened_size, *sizes[dim + 1 :]])


class Unfold(Module):
    """Windows of (N, C, H, W) as columns (N, C * kh * kw, windows)."""

    def __init__(self, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def call(self, input):
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(Module):
    """Sum of columns (N, C * kh * kw, windows) into (N, C, H, W)."""

    def __init__(self, output_size, kernel_size, dilation=1, padding=0, stride=1):
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def call(self, input):
        return fold(
            input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride
        )


class CosineSimilarity(Module):
    """Cosine of the angle along dim."""

    def __init__(self, dim=1, eps=1e-08):
        super().__init__()
        self.dim = dim
        self.eps = eps

    def call(self, x1, x2):
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """p-norm of x1 - x2 + eps along the last axis."""

    def __init__(self, p=2.0, eps=1e-06, keepdim=False):
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def call(self, x1, x2):
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


# ---------------------------------------------------------------- attention


def added_mask(mask, dtype):
    """A mask to add to attention scores; a boolean one hides where True."""
    if mask is None or mask.dtype != tf.bool:
        return mask if mask is None else tf.cast(mask, dtype)
    hidden = tf.constant(-math.inf, dtype)
    return tf.where(mask, hidden, tf.zeros_like(hidden))


def attention_mask(attn_mask, key_padding_mask, batch, heads, dtype):
    """The sum (N, heads or 1, L or 1, S) of both masks, or None."""
    attn_mask = added_mask(attn_mask, dtype)
    padding = added_mask(key_padding_mask, dtype)
    if attn_mask is not None and attn_mask.shape.rank == 3:
        attn_mask = tf.reshape(attn_mask, [batch, heads, *shape_of(attn_mask)[1:]])
    if padding is None:
        return attn_mask
    padding = padding[:, None, None, :]
    return padding if attn_mask is None else attn_mask + padding


class MultiheadAttention(Module):
    """Attention with several heads over (L, N, E), or (N, L, E) if batch_first.

    A boolean mask hides where True. Returns the output and the weights (None if not needed).
    """

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
    ):
        super().__init__()
        if embed_dim % num_heads:
            raise ValueError("embed_dim must be divisible by num_heads")
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self._qkv_same_embed_dim:
            self.in_proj_weight = empty_parameter((3 * embed_dim, embed_dim), dtype)
        else:
            self.q_proj_weight = empty_parameter((embed_dim, embed_dim), dtype)
            self.k_proj_weight = empty_parameter((embed_dim, self.kdim), dtype)
            self.v_proj_weight = empty_parameter((embed_dim, self.vdim), dtype)
        self.in_proj_bias = empty_parameter((3 * embed_dim,), dtype) if bias else None
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, dtype=dtype)
        self.bias_k = empty_parameter((1, 1, embed_dim), dtype) if add_bias_kv else None
        self.bias_v = empty_parameter((1, 1, embed_dim), dtype) if add_bias_kv else None
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self):
        """Glorot-uniform projections and zero biases."""
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

    def _project(self, query, key, value):
        """Queries, keys and values before they are split into heads."""
        if self._qkv_same_embed_dim:
            weights = tf.split(tf.convert_to_tensor(self.in_proj_weight), 3)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = (None,) * 3
        if self.in_proj_bias is not None:
            biases = tf.split(tf.convert_to_tensor(self.in_proj_bias), 3)
        return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases)]

    def _extra_keys(self, key, value, batch):
        """Keys and values (N, S, E) with the learned and the zero position at the end."""
        pairs = []
        if self.bias_k is not None:
            pairs.append((tf.convert_to_tensor(self.bias_k), tf.convert_to_tensor(self.bias_v)))
        if self.add_zero_attn:
            zero = tf.zeros([1, 1, self.embed_dim], key.dtype)
            pairs.append((zero, zero))
        for more_key, more_value in pairs:
            key = tf.concat([key, tf.tile(more_key, [batch, 1, 1])], axis=1)
            value = tf.concat([value, tf.tile(more_value, [batch, 1, 1])], axis=1)
        return key, value, len(pairs)

    def _split_heads(self, x):
        """(N, L, E) to (N, heads, L, E / heads)."""
        batch, length, _ = shape_of(x)
        return tf.transpose(tf.reshape(x, [batch, length, self.num_heads, -1]), [0, 2, 1, 3])

    def _attend(self, query, key, value, mask, need_weights, training):
        """Output (N, L, E) and weights (N, heads, L, S)."""
        q, k, v = (self._split_heads(x) for x in (query, key, value))
        scores = tf.matmul(q / math.sqrt(self.head_dim), k, transpose_b=True)
        if mask is None:
            weights = tf.nn.softmax(scores, axis=-1)
        elif need_weights:
            weights = tf.nn.softmax(scores + mask, axis=-1)
        else:
            weights = masked_softmax(scores + mask)
        if training:
            weights = dropout(weights, self.dropout)
        out = tf.transpose(tf.matmul(weights, v), [0, 2, 1, 3])
        batch, length = shape_of(out)[:2]
        out = tf.reshape(out, [batch, length, self.embed_dim])
        return linear(out, self.out_proj.weight, self.out_proj.bias), weights

    def call(
        self,
        query,
        key,
        value,
        key_padding_mask=None,
        need_weights=True,
        attn_mask=None,
        average_attn_weights=True,
        is_causal=False,
        training=None,
    ):
        if is_causal and attn_mask is None:
            raise ValueError("is_causal is only a hint: give attn_mask too")
        batched = query.shape.rank == 3
        if not batched:
            query, key, value = query[None], key[None], value[None]
            key_padding_mask = None if key_padding_mask is None else key_padding_mask[None]
        elif not self.batch_first:
            query, key, value = (tf.transpose(x, [1, 0, 2]) for x in (query, key, value))
        batch = shape_of(query)[0]
        query, key, value = self._project(query, key, value)
        mask = attention_mask(attn_mask, key_padding_mask, batch, self.num_heads, query.dtype)
        key, value, extra = self._extra_keys(key, value, batch)
        if mask is not None and extra:
            mask = tf.pad(mask, [(0, 0)] * (mask.shape.rank - 1) + [(0, extra)])
        out, weights = self._attend(query, key, value, mask, need_weights, training)
        if not need_weights:
            weights = None
        elif average_attn_weights:
            weights = tf.reduce_mean(weights, axis=1)
        if not batched:
            return out[0], None if weights is None else weights[0]
        return (out if self.batch_first else tf.transpose(out, [1, 0, 2])), weights


def activation_function(activation):
    """The function called "relu" or "gelu", or the given callable."""
    named = {"relu": relu, "gelu": gelu}
    if isinstance(activation, str) and activation not in named:
        raise RuntimeError(f"activation should be relu/gelu, not {activation}")
    return named[activation] if isinstance(activation, str) else activation


class TransformerEncoderLayer(Module):
    """Self-attention and a feed-forward network, each with a residual and a norm."""

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=relu,
        layer_norm_eps=1e-05,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias=bias, batch_first=batch_first, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, dtype=dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = activation_function(activation)

    def _sa_block(self, x, attn_mask, key_padding_mask):
        out, _ = self.self_attn(x, x, x, key_padding_mask, False, attn_mask)
        return self.dropout1(out)

    def _ff_block(self, x):
        hidden = self.dropout(self.activation(self.linear1(x)))
        return self.dropout2(self.linear2(hidden))

    def call(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        if is_causal and src_mask is None:
            raise ValueError("is_causal is only a hint: give src_mask too")
        x = src
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), src_mask, src_key_padding_mask)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._sa_block(x, src_mask, src_key_padding_mask))
        return self.norm2(x + self._ff_block(x))


class TransformerEncoder(Module):
    """A stack of copies of an encoder layer."""

    def __init__(
        self, encoder_layer, num_layers, norm=None, enable_nested_tensor=True, mask_check=True
    ):
        super().__init__()
        self.layers_ = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def call(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        output = src
        for layer in self.layers_:
            output = layer(output, mask, src_key_padding_mask)
        return output if self.norm is None else self.norm(output)


class TransformerDecoderLayer(Module):
    """Self-attention, attention to a memory and a feed-forward network."""

    def __init__(
        self,
        d_model,
        nhead,
        dim_feedforward=2048,
        dropout=0.1,
        activation=relu,
        layer_norm_eps=1e-05,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias=bias, batch_first=batch_first, dtype=dtype
        )
        self.multihead_attn = MultiheadAttention(
            d_model, nhead, dropout, bias=bias, batch_first=batch_first, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, dtype=dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = activation_function(activation)

    def _sa_block(self, x, attn_mask, key_padding_mask):
        out, _ = self.self_attn(x, x, x, key_padding_mask, False, attn_mask)
        return self.dropout1(out)

    def _mha_block(self, x, memory, attn_mask, key_padding_mask):
        out, _ = self.multihead_attn(x, memory, memory, key_padding_mask, False, attn_mask)
        return self.dropout2(out)

    def _ff_block(self, x):
        hidden = self.dropout(self.activation(self.linear1(x)))
        return self.dropout3(self.linear2(hidden))

    def call(
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
        if (tgt_is_causal and tgt_mask is None) or (memory_is_causal and memory_mask is None):
            raise ValueError("is_causal is only a hint: give the mask too")
        x, own, cross = (
            tgt,
            (tgt_mask, tgt_key_padding_mask),
            (memory_mask, memory_key_padding_mask),
        )
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *own)
            x = x + self._mha_block(self.norm2(x), memory, *cross)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *own))
        x = self.norm2(x + self._mha_block(x, memory, *cross))
        return self.norm3(x + self._ff_block(x))


class TransformerDecoder(Module):
    """A stack of copies of a decoder layer."""

    def __init__(self, decoder_layer, num_layers, norm=None):
        super().__init__()
        self.layers_ = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def call(
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
        output = tgt
        for layer in self.layers_:
            output = layer(
                output, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
            )
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """An encoder and a decoder."""

    def __init__(
        self,
        d_model=512,
        nhead=8,
        num_encoder_layers=6,
        num_decoder_layers=6,
        dim_feedforward=2048,
        dropout=0.1,
        activation=relu,
        custom_encoder=None,
        custom_decoder=None,
        layer_norm_eps=1e-05,
        batch_first=False,
        norm_first=False,
        bias=True,
        device=None,
        dtype=None,
    ):
        super().__init__()
        common = (d_model, nhead, dim_feedforward, dropout, activation)
        common += (layer_norm_eps, batch_first, norm_first, bias, None, dtype)
        norm = (d_model, layer_norm_eps, True, bias, None, dtype)
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*common), num_encoder_layers, LayerNorm(*norm)
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*common), num_decoder_layers, LayerNorm(*norm)
        )
        for variable in parameters(self):
            if len(variable.shape) > 1:
                xavier_uniform_(variable)
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    @staticmethod
    def generate_square_subsequent_mask(sz, device=None, dtype=None):
        """(sz, sz) with -inf above the diagonal and 0 elsewhere."""
        mask = np.triu(np.full((sz, sz), -math.inf), 1)
        return tf.constant(mask, tf.float32 if dtype is None else dtype)

    def call(
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
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        return self.decoder(
            tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask
        )


# ---------------------------------------------------------------- recurrent layers


def rnn_tanh_step(gates, hidden, state):
    """New state (h,) of a plain cell with tanh from both halves of the gates."""
    return (tf.tanh(gates + hidden),)


def rnn_relu_step(gates, hidden, state):
    """New state (h,) of a plain cell with ReLU from both halves of the gates."""
    return (tf.nn.relu(gates + hidden),)


def lstm_step(gates, hidden, state):
    """New state (h, c); the gates are in order input, forget, cell, output."""
    i, f, g, o = tf.split(gates + hidden, 4, axis=-1)
    c = tf.sigmoid(f) * state[1] + tf.sigmoid(i) * tf.tanh(g)
    return tf.sigmoid(o) * tf.tanh(c), c


def gru_step(gates, hidden, state):
    """New state (h,); the gates are in order reset, update, new."""
    r, z, n = tf.split(gates, 3, axis=-1)
    hr, hz, hn = tf.split(hidden, 3, axis=-1)
    z = tf.sigmoid(z + hz)
    n = tf.tanh(n + tf.sigmoid(r + hr) * hn)
    return ((1.0 - z) * n + z * state[0],)


class RNNBase(Module):
    """Recurrent layers over (T, N, F), or (N, T, F) if batch_first.

    The state is one tensor (layers * directions, N, H), for LSTM a pair (h, c).
    """

    steps = {
        "RNN_TANH": rnn_tanh_step,
        "RNN_RELU": rnn_relu_step,
        "LSTM": lstm_step,
        "GRU": gru_step,
    }
    gate_counts = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}

    def __init__(
        self,
        mode,
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
    ):
        super().__init__()
        if proj_size and mode != "LSTM":
            raise ValueError("proj_size argument is only supported for LSTM")
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        out = proj_size or hidden_size
        width = self.gate_counts[mode] * hidden_size
        for layer in range(num_layers):
            size = input_size if layer == 0 else out * (2 if bidirectional else 1)
            for suffix in self._suffixes(layer):
                self._add_weights(suffix, width, size, out, dtype)
        self.reset_parameters()

    def _suffixes(self, layer):
        """Ends of the names of the parameters of a layer, one for each direction."""
        return [f"_l{layer}", f"_l{layer}_reverse"][: 2 if self.bidirectional else 1]

    def _add_weights(self, suffix, width, size, out, dtype):
        """Create the parameters of one direction of one layer."""
        setattr(self, "weight_ih" + suffix, empty_parameter((width, size), dtype))
        setattr(self, "weight_hh" + suffix, empty_parameter((width, out), dtype))
        if self.bias:
            setattr(self, "bias_ih" + suffix, empty_parameter((width,), dtype))
            setattr(self, "bias_hh" + suffix, empty_parameter((width,), dtype))
        if self.proj_size:
            setattr(self, "weight_hr" + suffix, empty_parameter((out, self.hidden_size), dtype))

    def reset_parameters(self):
        """Draw all parameters from U(-1 / sqrt(hidden), 1 / sqrt(hidden))."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size else 0.0
        for variable in parameters(self):
            uniform_(variable, -bound, bound)

    def flatten_parameters(self):
        """Nothing to do: the parameters have no common storage."""

    def _direction(self, x, suffix, state, reverse, lasting):
        """Outputs (T, N, H) and last state of one direction of one layer."""
        step = self.steps[self.mode]
        weight_hh = tf.convert_to_tensor(getattr(self, "weight_hh" + suffix))
        bias_hh = getattr(self, "bias_hh" + suffix) if self.bias else None
        weight_hr = getattr(self, "weight_hr" + suffix) if self.proj_size else None
        bias_ih = getattr(self, "bias_ih" + suffix) if self.bias else None
        if self.bias and self.mode != "GRU":  # whose new gate scales the second bias
            bias_ih, bias_hh = bias_ih + bias_hh, None
        gates = linear(x, getattr(self, "weight_ih" + suffix), bias_ih)

        def advance(state, part):
            gate, kept = (part, None) if lasting is None else part
            new = step(gate, linear(state[0], weight_hh, bias_hh), state)
            if weight_hr is not None:
                new = (linear(new[0], weight_hr), *new[1:])
            return new if kept is None else tuple(tf.where(kept, *pair) for pair in zip(new, state))

        parts = gates if lasting is None else (gates, lasting)
        states = tf.scan(advance, parts, state, reverse=reverse)
        last = 0 if reverse else -1
        return states[0], tuple(part[last] for part in states)

    def _start(self, hx, batch, dtype):
        """The initial state as a tuple of (layers * directions, N, size)."""
        count = self.num_layers * (2 if self.bidirectional else 1)
        if hx is None:
            sizes = [self.proj_size or self.hidden_size]
            sizes += [self.hidden_size] if self.mode == "LSTM" else []
            return tuple(tf.zeros([count, batch, size], dtype) for size in sizes)
        return tuple(hx) if self.mode == "LSTM" else (hx,)

    def _layers_forward(self, x, start, training, lasting=None):
        """Outputs of the last layer and the last states of all layers.

        Where sequences do not last to the same step, `lasting` (L, N, 1) is false after their ends.
        """
        finals, index = [], 0
        for layer in range(self.num_layers):
            outputs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                state = tuple(part[index] for part in start)
                out, final = self._direction(x, suffix, state, direction == 1, lasting)
                outputs.append(out)
                finals.append(final)
                index += 1
            x = outputs[0] if len(outputs) == 1 else tf.concat(outputs, axis=-1)
            if training and self.dropout and layer < self.num_layers - 1:
                x = dropout(x, self.dropout)
        return x, tuple(tf.stack(parts) for parts in zip(*finals))

    def call(self, input, hx=None, training=None):
        if hasattr(input, "batch_sizes"):
            return input.through(self, hx, training)
        batched = input.shape.rank == 3
        x = input if batched else input[:, None]
        if batched and self.batch_first:
            x = tf.transpose(x, [1, 0, 2])
        if hx is not None and not batched:
            hx = [part[:, None] for part in hx] if self.mode == "LSTM" else hx[:, None]
        start = self._start(hx, shape_of(x)[1], x.dtype)
        x, final = self._layers_forward(x, start, training)
        if not batched:
            x, final = x[:, 0], tuple(part[:, 0] for part in final)
        elif self.batch_first:
            x = tf.transpose(x, [1, 0, 2])
        return x, (final if self.mode == "LSTM" else final[0])


class RNN(RNNBase):
    """Plain recurrent layers with tanh or ReLU."""

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
    ):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        super().__init__(
            "RNN_" + nonlinearity.upper(),
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory; returns output and (h, c)."""

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
    ):
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )


class GRU(RNNBase):
    """Gated recurrent units, with the reset gate after the product."""

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
    ):
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            0,
            device,
            dtype,
        )


class RNNCellBase(Module):
    """Parameters of one recurrent step."""

    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None):
        super().__init__()
        width = num_chunks * hidden_size
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        self.weight_ih = empty_parameter((width, input_size), dtype)
        self.weight_hh = empty_parameter((width, hidden_size), dtype)
        self.bias_ih = empty_parameter((width,), dtype) if bias else None
        self.bias_hh = empty_parameter((width,), dtype) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        """Draw all parameters from U(-1 / sqrt(hidden), 1 / sqrt(hidden))."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size else 0.0
        for variable in parameters(self):
            uniform_(variable, -bound, bound)

    def _advance(self, step, input, state):
        """The new state for an input (N, F) or (F,) and a state tuple, zeros for None."""
        batched = input.shape.rank == 2
        x = input if batched else input[None]
        if state is None:
            zeros = tf.zeros([shape_of(x)[0], self.hidden_size], x.dtype)
            state = (zeros, zeros)
        elif not batched:
            state = tuple(part[None] for part in state)
        gates = linear(x, self.weight_ih, self.bias_ih)
        new = step(gates, linear(state[0], self.weight_hh, self.bias_hh), state)
        return new if batched else tuple(part[0] for part in new)


class RNNCell(RNNCellBase):
    """One step of a plain recurrent layer."""

    def __init__(
        self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None, dtype=None
    ):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def call(self, input, hx=None):
        step = {"tanh": rnn_tanh_step, "relu": rnn_relu_step}[self.nonlinearity]
        return self._advance(step, input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """One step of an LSTM; returns (h, c)."""

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def call(self, input, hx=None):
        return self._advance(lstm_step, input, hx)


class GRUCell(RNNCellBase):
    """One step of a GRU."""

    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def call(self, input, hx=None):
        return self._advance(gru_step, input, None if hx is None else (hx,))[0]
