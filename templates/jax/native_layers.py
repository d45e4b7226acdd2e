"""Layers and functions for images whose channels come last; arguments and weights are those of PyTorch."""

import math

import jax
import jax.numpy as jnp
from jax import lax

from .functional import (
    _adaptive_avg_pool,
    _avg_pool,
    _conv_padding,
    _drop,
    _max_pool,
    _moments,
    _normalize,
    _ntuple,
    _resize,
    _update_average,
    batch_norm,
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


def _conv_last(n, input, weight, bias, stride, padding, dilation, groups):
    """Cross-correlation over n spatial axes: (N, ..., I) with (O, I / groups, ...)."""
    x, w = jnp.asarray(input), jnp.asarray(weight)
    stride, dilation = _ntuple(stride, n), _ntuple(dilation, n)
    pads = _conv_padding(padding, w.shape[2:], stride, dilation)
    images = (0, n + 1, *range(1, n + 1))
    numbers = lax.ConvDimensionNumbers(images, tuple(range(n + 2)), images)
    y = lax.conv_general_dilated(
        x,
        w,
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


def _conv_transpose_last(
    n, input, weight, bias, stride, padding, output_padding, groups, dilation
):
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
    x = jnp.asarray(input)
    rows = x.reshape(-1, x.shape[-1])
    statistics = (running_mean, running_var, weight, bias)
    return batch_norm(rows, *statistics, training, momentum, eps).reshape(x.shape)


class _LastBatchNorm:
    """Batch normalisation of the last axis, by its rows."""

    def _check_input_dim(self, input):
        """Any number of axes: only rows of channels are normalised."""

    def __call__(self, input):
        rows = super().__call__(input.reshape(-1, input.shape[-1]))
        return rows.reshape(input.shape)


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


class _LastPool:
    """Pooling of each channel, which come last."""

    def __call__(self, input):
        return jax.vmap(super().__call__, -1, -1)(input)


class ChannelsLastMaxPool1d(_LastPool, MaxPool1d):
    """Maxima of windows of (N, L, C)."""


class ChannelsLastMaxPool2d(_LastPool, MaxPool2d):
    """Maxima of windows of (N, H, W, C)."""


class ChannelsLastMaxPool3d(_LastPool, MaxPool3d):
    """Maxima of windows of (N, D, H, W, C)."""


class ChannelsLastAvgPool1d(_LastPool, AvgPool1d):
    """Means of windows of (N, L, C)."""


class ChannelsLastAvgPool2d(_LastPool, AvgPool2d):
    """Means of windows of (N, H, W, C)."""


class ChannelsLastAvgPool3d(_LastPool, AvgPool3d):
    """Means of windows of (N, D, H, W, C)."""


class ChannelsLastAdaptiveAvgPool1d(_LastPool, AdaptiveAvgPool1d):
    """Means of bins of (N, L, C)."""


class ChannelsLastAdaptiveAvgPool2d(_LastPool, AdaptiveAvgPool2d):
    """Means of bins of (N, H, W, C)."""


class ChannelsLastAdaptiveAvgPool3d(_LastPool, AdaptiveAvgPool3d):
    """Means of bins of (N, D, H, W, C)."""


def _max_pool_last(n, input, *options):
    """Maxima of windows over the axes between the first and the last."""
    return jax.vmap(lambda x: _max_pool(n, x, *options), -1, -1)(jnp.asarray(input))


def channels_last_max_pool1d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows of (N, L, C)."""
    return _max_pool_last(1, input, kernel_size, stride, padding, dilation, ceil_mode, False)


def channels_last_max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows of (N, H, W, C)."""
    return _max_pool_last(2, input, kernel_size, stride, padding, dilation, ceil_mode, False)


def channels_last_max_pool3d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows of (N, D, H, W, C)."""
    return _max_pool_last(3, input, kernel_size, stride, padding, dilation, ceil_mode, False)


def _avg_pool_last(n, input, *options):
    """Means of windows over the axes between the first and the last."""
    return jax.vmap(lambda x: _avg_pool(n, x, *options), -1, -1)(jnp.asarray(input))


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
