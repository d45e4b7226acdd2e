"""Layers and functions for images whose channels come last; arguments and weights are those of PyTorch."""

import math
import operator

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from .functional import (
    _adaptive_avg_pool,
    _avg_pool,
    _conv_padding,
    _drop,
    _max_pool,
    _moments,
    _normalize,
    _normalize_channels,
    _ntuple,
    _resize,
    _update_average,
    pad,
)
from .layers import (
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    Flatten,
    GroupNorm,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    PixelShuffle,
    PixelUnshuffle,
    PReLU,
    SyncBatchNorm,
    Upsample,
    UpsamplingBilinear2d,
    UpsamplingNearest2d,
)


def _channels_to_end(weight):
    """(O, I, ...) to (..., I, O)."""
    order = (*range(2, weight.ndim), 1, 0)
    if isinstance(weight, jax.core.Tracer):
        return jnp.transpose(weight, order)
    return jnp.asarray(
        np.ascontiguousarray(np.transpose(weight, order))
    )  # nothing is compiled for its shape


def _channels_to_front(kernel):
    """(..., I, O) to (O, I, ...)."""
    last = kernel.ndim - 1
    return jnp.transpose(kernel, (last, last - 1, *range(last - 1)))


class Kernel(nnx.Param):
    """A weight (O, I, ...) that is stored as JAX convolves channels that come last: (..., I, O).

    States, gradients, optax and `get_value` have the stored array; items, shape, operators and all that JAX computes
    with the weight itself have (O, I, ...).
    """

    def create_value(self, value):
        return _channels_to_end(value)

    def __jax_array__(self):
        return _channels_to_front(self.get_value())

    def __getitem__(self, key):
        weight = self.__jax_array__()
        return weight if key is ... else weight[key]

    def __setitem__(self, key, value):
        value = jnp.asarray(value, self.dtype)
        whole = key is ... and value.shape == self.shape
        self.set_value(_channels_to_end(value if whole else self[...].at[key].set(value)))

    def __iter__(self):
        return iter(self[...])

    def __len__(self):
        return self.shape[0]

    @property
    def shape(self):
        """The sizes of the weight (O, I, ...)."""
        *places, inner, outer = self.get_value().shape
        return (outer, inner, *places)

    def __getattr__(self, name):
        if name in ("dtype", "ndim", "size") or name in object.__getattribute__(
            self, "_var_metadata"
        ):
            return super().__getattr__(name)
        return getattr(self[...], name)

    (
        __add__, __radd__, __sub__, __rsub__, __mul__, __rmul__, __truediv__, __rtruediv__, __pow__, __rpow__,
        __matmul__, __rmatmul__, __eq__, __ne__, __lt__, __le__, __gt__, __ge__,
    ) = (
        lambda self, other, name=name: getattr(self[...], f"__{name}__")(
            other[...] if isinstance(other, nnx.Variable) else other
        )
        for name in "add radd sub rsub mul rmul truediv rtruediv pow rpow matmul rmatmul eq ne lt le gt ge".split()
    )  # fmt: skip
    __neg__, __abs__ = (
        lambda self, compute=compute: compute(self[...]) for compute in (operator.neg, operator.abs)
    )


def _as_kernel(weight):
    """A weight (O, I, ...) as JAX convolves channels that come last: (..., I, O)."""
    if isinstance(weight, Kernel):
        return weight.get_value()
    weight = jnp.asarray(weight)
    return jnp.transpose(weight, (*range(2, weight.ndim), 1, 0))


def _conv_last(n, input, weight, bias, stride, padding, dilation, groups):
    """Cross-correlation over n spatial axes: (N, ..., I) with (O, I / groups, ...)."""
    x, kernel = jnp.asarray(input), _as_kernel(weight)
    stride, dilation = _ntuple(stride, n), _ntuple(dilation, n)
    pads = _conv_padding(padding, kernel.shape[:n], stride, dilation)
    images = (0, n + 1, *range(1, n + 1))
    numbers = lax.ConvDimensionNumbers(images, (n + 1, n, *range(n)), images)
    y = lax.conv_general_dilated(
        x,
        kernel,
        stride,
        pads,
        rhs_dilation=dilation,
        dimension_numbers=numbers,
        feature_group_count=groups,
    )
    return y if bias is None else y + jnp.asarray(bias)


def channels_last_conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution of (N, L, C) with a kernel of shape (O, C / groups, k)."""
    return _conv_last(1, input, weight, bias, stride, padding, dilation, groups)


def channels_last_conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution of (N, H, W, C) with a kernel of shape (O, C / groups, kh, kw)."""
    return _conv_last(2, input, weight, bias, stride, padding, dilation, groups)


def channels_last_conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution of (N, D, H, W, C) with a kernel of shape (O, C / groups, kd, kh, kw)."""
    return _conv_last(3, input, weight, bias, stride, padding, dilation, groups)


class _LastConv:
    """Convolution of images whose channels come last."""

    def _add_parameters(self, *options, **keywords):
        super()._add_parameters(*options, **keywords)
        self.weight = Kernel(self.weight[...])

    def _conv_forward(self, input, weight, bias):
        padding, options = self.padding, (self.dilation, self.groups)
        if self.padding_mode != "zeros":
            pairs = _conv_padding(padding, self.kernel_size, self.stride, self.dilation)
            pads = [size for pair in reversed(pairs) for size in pair]
            input, padding = _pad_last(input, pads, self.padding_mode), 0
        return _conv_last(self.spatial_axes, input, weight, bias, self.stride, padding, *options)


class ChannelsLastConv1d(_LastConv, Conv1d):
    """Convolution of (N, L, C); `weight` has shape (O, C / groups, k)."""


class ChannelsLastConv2d(_LastConv, Conv2d):
    """Convolution of (N, H, W, C); `weight` has shape (O, C / groups, kh, kw)."""


class ChannelsLastConv3d(_LastConv, Conv3d):
    """Convolution of (N, D, H, W, C); `weight` has shape (O, C / groups, kd, kh, kw)."""


def _conv_transpose_last(n, input, weight, bias, stride, padding, output_padding, groups, dilation):
    """Gradient of a convolution over n spatial axes of (N, ..., I); the kernel is (I, O / groups, ...)."""
    x, w = jnp.asarray(input), jnp.asarray(weight)
    stride, dilation = _ntuple(stride, n), _ntuple(dilation, n)
    extra, kernel = _ntuple(output_padding, n), w.shape[2:]
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise ValueError("output_padding must be smaller than either stride or dilation")
    reach = [d * (k - 1) for d, k in zip(dilation, kernel)]
    pads = [(r - p, r - p + e) for r, p, e in zip(reach, _ntuple(padding, n), extra)]
    split = w.reshape((groups, w.shape[0] // groups) + w.shape[1:])
    w = jnp.swapaxes(split, 1, 2).reshape((-1, w.shape[0] // groups) + kernel)
    images = (0, n + 1, *range(1, n + 1))
    y = lax.conv_general_dilated(
        x,
        jnp.flip(w, tuple(range(2, n + 2))),
        (1,) * n,
        pads,
        lhs_dilation=stride,
        rhs_dilation=dilation,
        dimension_numbers=lax.ConvDimensionNumbers(images, tuple(range(n + 2)), images),
        feature_group_count=groups,
    )
    return y if bias is None else y + jnp.asarray(bias)


def channels_last_conv_transpose1d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Transposed convolution of (N, L, C); the kernel has shape (C, O / groups, k)."""
    options = (stride, padding, output_padding, groups, dilation)
    return _conv_transpose_last(1, input, weight, bias, *options)


def channels_last_conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Transposed convolution of (N, H, W, C); the kernel has shape (C, O / groups, kh, kw)."""
    options = (stride, padding, output_padding, groups, dilation)
    return _conv_transpose_last(2, input, weight, bias, *options)


def channels_last_conv_transpose3d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Transposed convolution of (N, D, H, W, C); the kernel has shape (C, O / groups, kd, kh, kw)."""
    options = (stride, padding, output_padding, groups, dilation)
    return _conv_transpose_last(3, input, weight, bias, *options)


class _LastConvTranspose:
    """Transposed convolution of images whose channels come last."""

    def __call__(self, input, output_size=None):
        extra = self.output_padding
        if output_size is not None:
            extra = self._extra((*input.shape[:1], *input.shape[1:-1]), tuple(output_size))
        options = (self.stride, self.padding, extra, self.groups, self.dilation)
        n = self.spatial_axes
        return _conv_transpose_last(n, input, self.weight, self.bias, *options)


class ChannelsLastConvTranspose1d(_LastConvTranspose, ConvTranspose1d):
    """Transposed convolution of (N, L, C)."""


class ChannelsLastConvTranspose2d(_LastConvTranspose, ConvTranspose2d):
    """Transposed convolution of (N, H, W, C)."""


class ChannelsLastConvTranspose3d(_LastConvTranspose, ConvTranspose3d):
    """Transposed convolution of (N, D, H, W, C)."""


def channels_last_batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Normalises each channel (the last axis); training uses the batch and updates the averages."""
    options = (running_mean, running_var, weight, bias, training, momentum, eps)
    return _normalize_channels(jnp.asarray(input), -1, *options)


class _LastBatchNorm:
    """Batch normalisation of the last axis of any number."""

    normalize = staticmethod(channels_last_batch_norm)

    def _check_input_dim(self, input):
        """Any number of axes."""


class ChannelsLastBatchNorm1d(_LastBatchNorm, BatchNorm1d):
    """Batch normalisation of (N, L, C)."""


class ChannelsLastBatchNorm2d(_LastBatchNorm, BatchNorm2d):
    """Batch normalisation of (N, H, W, C)."""


class ChannelsLastBatchNorm3d(_LastBatchNorm, BatchNorm3d):
    """Batch normalisation of (N, D, H, W, C)."""


class ChannelsLastSyncBatchNorm(_LastBatchNorm, SyncBatchNorm):
    """Batch normalisation of (N, ..., C)."""


def channels_last_instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """Normalises each channel of each sample of (N, ..., C)."""
    x, statistics = jnp.asarray(input), (running_mean, running_var, weight, bias)
    if not use_input_stats:
        return channels_last_batch_norm(x, *statistics, False, momentum, eps)
    count = math.prod(x.shape[1:-1])
    if count == 1:
        raise ValueError(f"expected more than 1 spatial element, got shape {x.shape}")
    mean, var = _moments(x, tuple(range(1, x.ndim - 1)))
    if running_mean is not None:
        _update_average(running_mean, jnp.mean(mean, 0), momentum)
        _update_average(running_var, jnp.mean(var, 0) * (count / (count - 1)), momentum)
    return _normalize(x, mean, var, eps, weight, bias, (-1,))


class _LastInstanceNorm:
    """Instance normalisation of images whose channels come last."""

    def __call__(self, input):
        use_input = not self.deterministic or not self.track_running_stats
        stats = (self.running_mean, self.running_var, self.weight, self.bias)
        options = (use_input, self.momentum or 0.0, self.eps)
        return channels_last_instance_norm(input, *stats, *options)


class ChannelsLastInstanceNorm1d(_LastInstanceNorm, InstanceNorm1d):
    """Instance normalisation of (N, L, C)."""


class ChannelsLastInstanceNorm2d(_LastInstanceNorm, InstanceNorm2d):
    """Instance normalisation of (N, H, W, C)."""


class ChannelsLastInstanceNorm3d(_LastInstanceNorm, InstanceNorm3d):
    """Instance normalisation of (N, D, H, W, C)."""


def channels_last_group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalises groups of channels (the last axis) of each sample."""
    x = jnp.asarray(input)
    groups = x.reshape((x.shape[0], -1, num_groups, x.shape[-1] // num_groups))
    return _normalize(
        groups, *_moments(groups, (1, 3)), eps, weight, bias, (num_groups, -1)
    ).reshape(x.shape)


class ChannelsLastGroupNorm(GroupNorm):
    """Normalises groups of channels (the last axis) of each sample."""

    def __call__(self, input):
        return channels_last_group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


def _with_channels(n, sizes, one):
    """Sizes of n spatial axes, and that of the channels behind them."""
    return (*_ntuple(sizes, n), one)


def _max_pool_last(n, input, kernel_size, stride, padding, ceil_mode):
    """Maxima of windows over the axes between the first and the last."""
    steps = kernel_size if stride is None else stride
    sizes = (
        _with_channels(n, kernel_size, 1),
        _with_channels(n, steps, 1),
        _with_channels(n, padding, 0),
    )
    return _max_pool(n + 1, input, *sizes, 1, ceil_mode, False)


def _avg_pool_last(n, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor):
    """Means of windows over the axes between the first and the last."""
    steps = kernel_size if stride is None else stride
    sizes = (
        _with_channels(n, kernel_size, 1),
        _with_channels(n, steps, 1),
        _with_channels(n, padding, 0),
    )
    return _avg_pool(n + 1, input, *sizes, ceil_mode, count_include_pad, divisor)


class _LastMaxPool:
    """Maxima of windows of each channel, which come last."""

    def __call__(self, input):
        options = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        return _max_pool_last(self.spatial_axes, input, *options)


class ChannelsLastMaxPool1d(_LastMaxPool, MaxPool1d):
    """Maxima of windows of (N, L, C)."""


class ChannelsLastMaxPool2d(_LastMaxPool, MaxPool2d):
    """Maxima of windows of (N, H, W, C)."""


class ChannelsLastMaxPool3d(_LastMaxPool, MaxPool3d):
    """Maxima of windows of (N, D, H, W, C)."""


class _LastAvgPool:
    """Means of windows of each channel, which come last."""

    def __call__(self, input):
        sizes = (self.kernel_size, self.stride, self.padding)
        options = (self.ceil_mode, self.count_include_pad, self.divisor_override)
        return _avg_pool_last(self.spatial_axes, input, *sizes, *options)


class ChannelsLastAvgPool1d(_LastAvgPool, AvgPool1d):
    """Means of windows of (N, L, C)."""

    spatial_axes = 1
    divisor_override = None


class ChannelsLastAvgPool2d(_LastAvgPool, AvgPool2d):
    """Means of windows of (N, H, W, C)."""


class ChannelsLastAvgPool3d(_LastAvgPool, AvgPool3d):
    """Means of windows of (N, D, H, W, C)."""


class _LastAdaptiveAvgPool:
    """Means of bins of each channel, which come last."""

    def __call__(self, input):
        n = self.spatial_axes
        return _adaptive_avg_pool(n, input, self.output_size, range(-1 - n, -1))


class ChannelsLastAdaptiveAvgPool1d(_LastAdaptiveAvgPool, AdaptiveAvgPool1d):
    """Means of bins of (N, L, C)."""


class ChannelsLastAdaptiveAvgPool2d(_LastAdaptiveAvgPool, AdaptiveAvgPool2d):
    """Means of bins of (N, H, W, C)."""


class ChannelsLastAdaptiveAvgPool3d(_LastAdaptiveAvgPool, AdaptiveAvgPool3d):
    """Means of bins of (N, D, H, W, C)."""


def channels_last_max_pool1d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows of (N, L, C)."""
    return _max_pool_last(1, input, kernel_size, stride, padding, ceil_mode)


def channels_last_max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows of (N, H, W, C)."""
    return _max_pool_last(2, input, kernel_size, stride, padding, ceil_mode)


def channels_last_max_pool3d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows of (N, D, H, W, C)."""
    return _max_pool_last(3, input, kernel_size, stride, padding, ceil_mode)


def channels_last_avg_pool1d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Means of windows of (N, L, C)."""
    options = (stride, padding, ceil_mode, count_include_pad, None)
    return _avg_pool_last(1, input, kernel_size, *options)


def channels_last_avg_pool2d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Means of windows of (N, H, W, C)."""
    options = (stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _avg_pool_last(2, input, kernel_size, *options)


def channels_last_avg_pool3d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Means of windows of (N, D, H, W, C)."""
    options = (stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _avg_pool_last(3, input, kernel_size, *options)


def channels_last_adaptive_avg_pool1d(input, output_size):
    """Means of bins of (N, L, C)."""
    return _adaptive_avg_pool(1, input, output_size, range(-2, -1))


def channels_last_adaptive_avg_pool2d(input, output_size):
    """Means of bins of (N, H, W, C); None in `output_size` keeps an axis."""
    return _adaptive_avg_pool(2, input, output_size, range(-3, -1))


def channels_last_adaptive_avg_pool3d(input, output_size):
    """Means of bins of (N, D, H, W, C); None in `output_size` keeps an axis."""
    return _adaptive_avg_pool(3, input, output_size, range(-4, -1))


def channels_last_interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """Resizes the spatial axes of (N, ..., C) to `size` or by `scale_factor`."""
    x = jnp.asarray(input)
    options = (size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    return _resize(x, range(1 - x.ndim, -1), *options)


class _LastUpsample:
    """Resizing of images whose channels come last."""

    def __call__(self, input):
        options = (self.mode, self.align_corners, self.recompute_scale_factor)
        return channels_last_interpolate(input, self.size, self.scale_factor, *options)


class ChannelsLastUpsample(_LastUpsample, Upsample):
    """Layer of `channels_last_interpolate`."""


class ChannelsLastUpsamplingNearest2d(_LastUpsample, UpsamplingNearest2d):
    """Nearest neighbour resizing of (N, H, W, C)."""


class ChannelsLastUpsamplingBilinear2d(_LastUpsample, UpsamplingBilinear2d):
    """Bilinear resizing of (N, H, W, C) with aligned corners."""


def channels_last_pixel_shuffle(input, upscale_factor):
    """(N, H, W, C * r * r) to (N, H * r, W * r, C)."""
    x, r = jnp.asarray(input), upscale_factor
    n, h, w, c = x.shape
    x = x.reshape((n, h, w, c // (r * r), r, r)).transpose((0, 1, 4, 2, 5, 3))
    return x.reshape((n, h * r, w * r, c // (r * r)))


class ChannelsLastPixelShuffle(PixelShuffle):
    """Layer of `channels_last_pixel_shuffle`."""

    def __call__(self, input):
        return channels_last_pixel_shuffle(input, self.upscale_factor)


def channels_last_pixel_unshuffle(input, downscale_factor):
    """(N, H * r, W * r, C) to (N, H, W, C * r * r)."""
    x, r = jnp.asarray(input), downscale_factor
    n, h, w, c = x.shape
    x = x.reshape((n, h // r, r, w // r, r, c)).transpose((0, 1, 3, 5, 2, 4))
    return x.reshape((n, h // r, w // r, c * r * r))


class ChannelsLastPixelUnshuffle(PixelUnshuffle):
    """Layer of `channels_last_pixel_unshuffle`."""

    def __call__(self, input):
        return channels_last_pixel_unshuffle(input, self.downscale_factor)


def _pad_last(input, sizes, mode, value=None):
    """Pads by (before, after) pairs, the last spatial axis first, then the channels, then the batch."""
    pairs = [tuple(sizes[i : i + 2]) for i in range(0, len(sizes), 2)]
    pairs += [(0, 0)] * (jnp.ndim(input) - len(pairs))
    *space, channels, batch = pairs
    return pad(input, [size for pair in (channels, *space, batch) for size in pair], mode, value)


def channels_last_pad(input, pad, mode="constant", value=None):
    """Pads (N, ..., C) by (before, after) pairs, the last spatial axis first, then the channels."""
    return _pad_last(input, pad, mode, value)


def _drop_last_channels(input, p, training, rngs):
    """Zeros whole channels of each sample with probability p in training."""
    x = jnp.asarray(input)
    shape = (x.shape[0],) + (1,) * (x.ndim - 2) + x.shape[-1:]
    return _drop(x, p, shape, rngs) if training else x


def channels_last_dropout2d(input, p=0.5, training=True, *, rngs=None):
    """Dropout of whole channels of (N, H, W, C)."""
    return _drop_last_channels(input, p, training, rngs)


class _LastDropout:
    """Dropout of whole channels, which come last."""

    def __call__(self, input):
        return _drop_last_channels(input, self.p, not self.deterministic, self.rngs)


class ChannelsLastDropout1d(_LastDropout, Dropout1d):
    """Zeros whole channels of (N, L, C) with probability p in training."""


class ChannelsLastDropout2d(_LastDropout, Dropout2d):
    """Zeros whole channels of (N, H, W, C) with probability p in training."""


class ChannelsLastDropout3d(_LastDropout, Dropout3d):
    """Zeros whole channels of (N, D, H, W, C) with probability p in training."""


class ChannelsLastPReLU(PReLU):
    """Leaky ReLU with learned slopes for the channels, which come last."""

    def __call__(self, input):
        slope = self.weight[...].astype(input.dtype)
        return jnp.where(input > 0, input, slope * input)


class ChannelsLastFlatten(Flatten):
    """Joins all axes but the first, the channels foremost."""

    def __call__(self, input):
        return jnp.moveaxis(input, -1, 1).reshape(input.shape[0], -1)
