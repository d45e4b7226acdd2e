"""Layers and functions for images whose channels come last; arguments and weights are those of PyTorch."""

import tensorflow as tf

from .functional import (
    adaptive_means,
    compute_float32,
    conv_last,
    conv_padding,
    conv_transpose_last,
    drop_with_noise,
    moments_over,
    normalized_batch,
    pad,
    pooled_maxima,
    pooled_means,
    resized,
    spatial_tuple,
    standardize,
    update_running_stats,
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
from .shape import shape_of


def channels_last_conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution of (N, L, C) with (O, C / groups, k)."""
    return conv_last(1, input, weight, bias, stride, padding, dilation, groups)


def channels_last_conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution of (N, H, W, C) with (O, C / groups, kh, kw)."""
    return conv_last(2, input, weight, bias, stride, padding, dilation, groups)


def channels_last_conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution of (N, D, H, W, C) with (O, C / groups, kd, kh, kw)."""
    return conv_last(3, input, weight, bias, stride, padding, dilation, groups)


class _LastConv:
    """Convolution of images whose channels come last."""

    def _conv_forward(self, input, weight, bias):
        """The convolution of the input with this weight and bias."""
        padding, options = self.padding, (self.dilation, self.groups)
        if self.padding_mode != "zeros":
            pairs = conv_padding(padding, self.kernel_size, self.stride, self.dilation)
            sizes = [size for pair in reversed(pairs) for size in pair]
            input, padding = pad_last(input, sizes, self.padding_mode), 0
        return conv_last(self.spatial_axes, input, weight, bias, self.stride, padding, *options)


class ChannelsLastConv1d(_LastConv, Conv1d):
    """Convolution of (N, L, C); weight (out, in / groups, k)."""


class ChannelsLastConv2d(_LastConv, Conv2d):
    """Convolution of (N, H, W, C); weight (out, in / groups, kh, kw)."""


class ChannelsLastConv3d(_LastConv, Conv3d):
    """Convolution of (N, D, H, W, C); weight (out, in / groups, kd, kh, kw)."""


def channels_last_conv_transpose1d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Transposed convolution of (N, L, C) with (C, O / groups, k)."""
    options = (stride, padding, output_padding, groups, dilation)
    return conv_transpose_last(1, input, weight, bias, *options)


def channels_last_conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Transposed convolution of (N, H, W, C) with (C, O / groups, kh, kw)."""
    options = (stride, padding, output_padding, groups, dilation)
    return conv_transpose_last(2, input, weight, bias, *options)


def channels_last_conv_transpose3d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """Transposed convolution of (N, D, H, W, C) with (C, O / groups, kd, kh, kw)."""
    options = (stride, padding, output_padding, groups, dilation)
    return conv_transpose_last(3, input, weight, bias, *options)


class _LastConvTranspose:
    """Transposed convolution of images whose channels come last."""

    def call(self, input, output_size=None):
        if self.padding_mode != "zeros":
            raise ValueError("Only `zeros` padding mode is supported for ConvTranspose")
        extra = self._output_padding(input[..., 0], output_size)
        options = (self.stride, self.padding, extra, self.groups, self.dilation)
        return conv_transpose_last(self.spatial_axes, input, self.weight, self.bias, *options)


class ChannelsLastConvTranspose1d(_LastConvTranspose, ConvTranspose1d):
    """Transposed convolution of (N, L, C)."""


class ChannelsLastConvTranspose2d(_LastConvTranspose, ConvTranspose2d):
    """Transposed convolution of (N, H, W, C)."""


class ChannelsLastConvTranspose3d(_LastConvTranspose, ConvTranspose3d):
    """Transposed convolution of (N, D, H, W, C)."""


def channels_last_batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Normalize each channel (the last axis); training uses the batch and assigns the averages."""
    x = compute_float32(tf.convert_to_tensor(input))
    options = (running_mean, running_var, weight, bias, training, momentum, eps)
    return tf.cast(normalized_batch(x, list(range(x.shape.rank - 1)), [-1], *options), input.dtype)


class _LastBatchNorm:
    """Batch normalization of the last axis."""

    normalize = staticmethod(channels_last_batch_norm)


class ChannelsLastBatchNorm1d(_LastBatchNorm, BatchNorm1d):
    """Batch normalization of (N, L, C)."""


class ChannelsLastBatchNorm2d(_LastBatchNorm, BatchNorm2d):
    """Batch normalization of (N, H, W, C)."""


class ChannelsLastBatchNorm3d(_LastBatchNorm, BatchNorm3d):
    """Batch normalization of (N, D, H, W, C)."""


class ChannelsLastSyncBatchNorm(_LastBatchNorm, SyncBatchNorm):
    """Batch normalization of (N, ..., C)."""


def channels_last_instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-05,
):
    """Normalize each channel of each sample of (N, ..., C) over its spatial positions."""
    statistics = (running_mean, running_var, weight, bias)
    if not use_input_stats:
        return channels_last_batch_norm(input, *statistics, False, momentum, eps)
    x = compute_float32(tf.convert_to_tensor(input))
    if None not in x.shape[1:-1] and x.shape[1:-1].num_elements() == 1:
        raise ValueError(f"expected more than 1 spatial element: {x.shape}")
    mean, variance = moments_over(x, list(range(1, x.shape.rank - 1)), keepdims=True)
    if running_mean is not None or running_var is not None:
        count = tf.reduce_prod(tf.shape(x)[1:-1])
        batch = [tf.reshape(tf.reduce_mean(s, axis=0), [-1]) for s in (mean, variance)]
        update_running_stats(running_mean, running_var, *batch, count, momentum)
    return tf.cast(standardize(x, mean, variance, eps, weight, bias, [-1]), input.dtype)


class _LastInstanceNorm:
    """Instance normalization of images whose channels come last."""

    def call(self, input, training=None):
        use_input = bool(training) or not self.track_running_stats
        statistics = (self.running_mean, self.running_var, self.weight, self.bias)
        momentum = 0.0 if self.momentum is None else self.momentum
        return channels_last_instance_norm(input, *statistics, use_input, momentum, self.eps)


class ChannelsLastInstanceNorm1d(_LastInstanceNorm, InstanceNorm1d):
    """Instance normalization of (N, L, C)."""


class ChannelsLastInstanceNorm2d(_LastInstanceNorm, InstanceNorm2d):
    """Instance normalization of (N, H, W, C)."""


class ChannelsLastInstanceNorm3d(_LastInstanceNorm, InstanceNorm3d):
    """Instance normalization of (N, D, H, W, C)."""


def channels_last_group_norm(input, num_groups, weight=None, bias=None, eps=1e-05):
    """Normalize groups of channels (the last axis) together with all spatial positions."""
    x = compute_float32(tf.convert_to_tensor(input))
    if x.shape[-1] % num_groups:
        raise ValueError(f"{x.shape[-1]} channels do not divide into {num_groups} groups")
    sizes = shape_of(x)
    grouped = tf.reshape(x, [sizes[0], -1, num_groups, x.shape[-1] // num_groups])
    moments = moments_over(grouped, [1, 3], keepdims=True)
    out = standardize(grouped, *moments, eps, weight, bias, [num_groups, -1])
    return tf.cast(tf.reshape(out, sizes), input.dtype)


class ChannelsLastGroupNorm(GroupNorm):
    """Normalizes groups of channels (the last axis) with all spatial positions."""

    def call(self, input):
        return channels_last_group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


def max_pool_of_last(n, x, kernel_size, stride, padding, dilation, ceil_mode):
    """Max pooling of (N, ..., C); windows have no gaps."""
    if any(step != 1 for step in spatial_tuple(dilation, n)):
        raise NotImplementedError("max pooling with dilation for channels that come last")
    return pooled_maxima(n, x, kernel_size, stride, padding, ceil_mode)


class _LastMaxPool:
    """Maximum over windows of images whose channels come last."""

    def call(self, input):
        sizes = (self.kernel_size, self.stride, self.padding)
        return max_pool_of_last(self.spatial_axes, input, *sizes, self.dilation, self.ceil_mode)


class ChannelsLastMaxPool1d(_LastMaxPool, MaxPool1d):
    """Maximum over windows of (N, L, C)."""


class ChannelsLastMaxPool2d(_LastMaxPool, MaxPool2d):
    """Maximum over windows of (N, H, W, C)."""


class ChannelsLastMaxPool3d(_LastMaxPool, MaxPool3d):
    """Maximum over windows of (N, D, H, W, C)."""


def channels_last_max_pool1d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maximum over windows of (N, L, C)."""
    return max_pool_of_last(1, input, kernel_size, stride, padding, dilation, ceil_mode)


def channels_last_max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maximum over windows of (N, H, W, C)."""
    return max_pool_of_last(2, input, kernel_size, stride, padding, dilation, ceil_mode)


def channels_last_max_pool3d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maximum over windows of (N, D, H, W, C)."""
    return max_pool_of_last(3, input, kernel_size, stride, padding, dilation, ceil_mode)


class _LastAvgPool:
    """Mean over windows of images whose channels come last."""

    def call(self, input):
        sizes = (self.kernel_size, self.stride, self.padding)
        options = (self.ceil_mode, self.count_include_pad, self.divisor_override)
        return pooled_means(self.spatial_axes, input, *sizes, *options)


class ChannelsLastAvgPool1d(AvgPool1d):
    """Mean over windows of (N, L, C)."""

    def call(self, input):
        sizes = (self.kernel_size, self.stride, self.padding)
        return pooled_means(1, input, *sizes, self.ceil_mode, self.count_include_pad, None)


class ChannelsLastAvgPool2d(_LastAvgPool, AvgPool2d):
    """Mean over windows of (N, H, W, C)."""


class ChannelsLastAvgPool3d(_LastAvgPool, AvgPool3d):
    """Mean over windows of (N, D, H, W, C)."""


def channels_last_avg_pool1d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True
):
    """Mean over windows of (N, L, C)."""
    return pooled_means(
        1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None
    )


def channels_last_avg_pool2d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Mean over windows of (N, H, W, C)."""
    options = (stride, padding, ceil_mode, count_include_pad, divisor_override)
    return pooled_means(2, input, kernel_size, *options)


def channels_last_avg_pool3d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Mean over windows of (N, D, H, W, C)."""
    options = (stride, padding, ceil_mode, count_include_pad, divisor_override)
    return pooled_means(3, input, kernel_size, *options)


def channels_last_adaptive_avg_pool1d(input, output_size):
    """Mean pooling of (N, L, C) to the given size."""
    return adaptive_means(input, range(1, 2), output_size)


def channels_last_adaptive_avg_pool2d(input, output_size):
    """Mean pooling of (N, H, W, C) to the given sizes."""
    return adaptive_means(input, range(1, 3), output_size)


def channels_last_adaptive_avg_pool3d(input, output_size):
    """Mean pooling of (N, D, H, W, C) to the given sizes."""
    return adaptive_means(input, range(1, 4), output_size)


class _LastAdaptiveAvgPool:
    """Mean pooling of images whose channels come last to a given size."""

    def call(self, input):
        return adaptive_means(input, range(1, input.shape.rank - 1), self.output_size)


class ChannelsLastAdaptiveAvgPool1d(_LastAdaptiveAvgPool, AdaptiveAvgPool1d):
    """Mean pooling of (N, L, C)."""


class ChannelsLastAdaptiveAvgPool2d(_LastAdaptiveAvgPool, AdaptiveAvgPool2d):
    """Mean pooling of (N, H, W, C)."""


class ChannelsLastAdaptiveAvgPool3d(_LastAdaptiveAvgPool, AdaptiveAvgPool3d):
    """Mean pooling of (N, D, H, W, C)."""


def channels_last_interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """Resize the spatial axes of (N, ..., C)."""
    options = (size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    return resized(input, range(1, input.shape.rank - 1), *options)


class _LastUpsample:
    """Resizing of images whose channels come last."""

    def call(self, input):
        options = (self.mode, self.align_corners, self.recompute_scale_factor)
        return channels_last_interpolate(input, self.size, self.scale_factor, *options)


class ChannelsLastUpsample(_LastUpsample, Upsample):
    """Resizes the spatial axes of (N, ..., C)."""


class ChannelsLastUpsamplingNearest2d(_LastUpsample, UpsamplingNearest2d):
    """Nearest neighbour resizing of (N, H, W, C)."""


class ChannelsLastUpsamplingBilinear2d(_LastUpsample, UpsamplingBilinear2d):
    """Bilinear resizing of (N, H, W, C) with aligned corners."""


def channels_last_pixel_shuffle(input, upscale_factor):
    """(N, H, W, C * r * r) to (N, H * r, W * r, C)."""
    r = upscale_factor
    batch, height, width, channels = shape_of(input)
    x = tf.reshape(input, [batch, height, width, channels // (r * r), r, r])
    x = tf.transpose(x, [0, 1, 4, 2, 5, 3])
    return tf.reshape(x, [batch, height * r, width * r, channels // (r * r)])


class ChannelsLastPixelShuffle(PixelShuffle):
    """(N, H, W, C * r * r) to (N, H * r, W * r, C)."""

    def call(self, input):
        return channels_last_pixel_shuffle(input, self.upscale_factor)


def channels_last_pixel_unshuffle(input, downscale_factor):
    """(N, H * r, W * r, C) to (N, H, W, C * r * r)."""
    r = downscale_factor
    batch, height, width, channels = shape_of(input)
    x = tf.reshape(input, [batch, height // r, r, width // r, r, channels])
    x = tf.transpose(x, [0, 1, 3, 5, 2, 4])
    return tf.reshape(x, [batch, height // r, width // r, channels * r * r])


class ChannelsLastPixelUnshuffle(PixelUnshuffle):
    """(N, H * r, W * r, C) to (N, H, W, C * r * r)."""

    def call(self, input):
        return channels_last_pixel_unshuffle(input, self.downscale_factor)


def pad_last(input, sizes, mode, value=None):
    """Pads by (before, after) pairs, the last spatial axis first, then the channels, then the batch."""
    pairs = [tuple(sizes[i : i + 2]) for i in range(0, len(sizes), 2)]
    pairs += [(0, 0)] * (input.shape.rank - len(pairs))
    *space, channels, batch = pairs
    return pad(input, [size for pair in (channels, *space, batch) for size in pair], mode, value)


def channels_last_pad(input, pad, mode="constant", value=None):
    """Pads (N, ..., C) by (before, after) pairs, the last spatial axis first, then the channels."""
    return pad_last(input, pad, mode, value)


def drop_last_channels(input, p, training):
    """Zeroes whole channels of each sample with probability p in training."""
    sizes = shape_of(input)
    noise = [sizes[0], *[1] * (len(sizes) - 2), sizes[-1]]
    return drop_with_noise(input, p, noise) if training else input


def channels_last_dropout2d(input, p=0.5, training=True):
    """Zero whole channels of (N, H, W, C) with probability p."""
    return drop_last_channels(input, p, training)


class _LastDropout:
    """Dropout of whole channels, which come last."""

    def call(self, input, training=None):
        return drop_last_channels(input, self.p, bool(training))


class ChannelsLastDropout1d(_LastDropout, Dropout1d):
    """Zeroes channels of (N, L, C)."""


class ChannelsLastDropout2d(_LastDropout, Dropout2d):
    """Zeroes channels of (N, H, W, C)."""


class ChannelsLastDropout3d(_LastDropout, Dropout3d):
    """Zeroes channels of (N, D, H, W, C)."""


class ChannelsLastPReLU(PReLU):
    """x where positive, else weight * x with a learned weight for each channel, which come last."""

    def call(self, input):
        weight = tf.cast(tf.convert_to_tensor(self.weight), input.dtype)
        return tf.where(input > 0, input, weight * input)


class ChannelsLastFlatten(Flatten):
    """Merges all axes but the first, the channels foremost."""

    def call(self, input):
        rank = input.shape.rank
        first = tf.transpose(input, [0, rank - 1, *range(1, rank - 1)])
        return super().call(first)
