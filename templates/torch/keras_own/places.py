"""Layers of torch.nn for (batch, *places, channels) that start and pad as Keras' do."""

import inspect

import torch
from torch import nn
from torch.nn import functional as F

from ..channels_last import _padded, _transposed_borders, pool
from ..last_axes import _same_padding
from .graph import Node
from .layers import Started


class ChannelsLast(Node):
    """For modules of (batch, channels, *places) that are given (batch, *places, channels)."""

    def forward(self, inputs):
        return super().forward(inputs.movedim(-1, 1)).movedim(1, -1)


class Convolution(Started, ChannelsLast):
    """For convolutions of (batch, *places, channels)."""


class LazyConvolution:
    """For convolutions whose number of input channels is that of the first input."""

    def initialize_parameters(self, inputs):
        super().initialize_parameters(inputs.movedim(-1, 1))


class Strided:
    """For convolutions with strides, whose padding "same" has its odd zero at the end."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding="valid", *args, **kwargs):
        super().__init__(in_channels, out_channels, kernel_size, stride, "valid", *args, **kwargs)
        self.same, self.steps = str(padding).lower() == "same", self.stride
        if max(self.kernel_size) == 1:
            # A stride is a slice here; the gradient of PyTorch's own writes outside of its memory for such inputs.
            self.stride = (1,) * len(self.stride)

    def forward(self, inputs):
        if self.stride != self.steps:
            inputs = inputs[(..., *(slice(None, None, step) for step in self.steps))]
        elif self.same:
            axes = zip(inputs.shape[2:], self.kernel_size, self.stride, self.dilation, strict=True)
            inputs = _padded(inputs, [_same_padding(*axis) for axis in axes])
        return super().forward(inputs)


class Conv1d(Convolution, nn.Conv1d):
    """``nn.Conv1d`` of (batch, steps, channels)."""


class LazyConv1d(LazyConvolution, nn.LazyConv1d, Conv1d):
    """``nn.LazyConv1d`` of (batch, steps, channels)."""

    cls_to_become = Conv1d


class StridedConv1d(Convolution, Strided, nn.Conv1d):
    """``nn.Conv1d`` of (batch, steps, channels) with strides."""

    # [full
    word = "conv1d"
    # full]


class LazyStridedConv1d(LazyConvolution, nn.LazyConv1d, StridedConv1d):
    """``nn.LazyConv1d`` of (batch, steps, channels) with strides."""

    cls_to_become = StridedConv1d


class CausalConv1d(Conv1d):
    """``Conv1d`` whose outputs know the steps up to their own."""

    # [full
    word = "conv1d"
    # full]

    def forward(self, inputs):
        return super().forward(F.pad(inputs, (0, 0, (self.kernel_size[0] - 1) * self.dilation[0], 0)))


class LazyCausalConv1d(LazyConvolution, nn.LazyConv1d, CausalConv1d):
    """``LazyConv1d`` whose outputs know the steps up to their own."""

    cls_to_become = CausalConv1d


class Conv2d(Convolution, nn.Conv2d):
    """``nn.Conv2d`` of (batch, height, width, channels)."""


class LazyConv2d(LazyConvolution, nn.LazyConv2d, Conv2d):
    """``nn.LazyConv2d`` of (batch, height, width, channels)."""

    cls_to_become = Conv2d


class StridedConv2d(Convolution, Strided, nn.Conv2d):
    """``nn.Conv2d`` of (batch, height, width, channels) with strides."""

    # [full
    word = "conv2d"
    # full]


class LazyStridedConv2d(LazyConvolution, nn.LazyConv2d, StridedConv2d):
    """``nn.LazyConv2d`` of (batch, height, width, channels) with strides."""

    cls_to_become = StridedConv2d


class DepthwiseConv2d(StridedConv2d):
    """``nn.Conv2d`` of (batch, height, width, channels) in which each channel has its own filter."""

    # [full
    word = "depthwise_conv2d"
    # full]


class LazyDepthwiseConv2d(LazyConvolution, nn.LazyConv2d, DepthwiseConv2d):
    """``DepthwiseConv2d`` with as many filters as the first input has channels."""

    cls_to_become = DepthwiseConv2d

    def __init__(self, kernel_size, stride=1, padding="valid", dilation=1, bias=True):
        super().__init__(1, kernel_size, stride, padding, dilation, bias=bias)

    def initialize_parameters(self, inputs):
        self.groups = self.out_channels = inputs.shape[-1]
        super().initialize_parameters(inputs)


class Conv3d(Convolution, nn.Conv3d):
    """``nn.Conv3d`` of (batch, *volume, channels)."""


class LazyConv3d(LazyConvolution, nn.LazyConv3d, Conv3d):
    """``nn.LazyConv3d`` of (batch, *volume, channels)."""

    cls_to_become = Conv3d


class StridedConv3d(Convolution, Strided, nn.Conv3d):
    """``nn.Conv3d`` of (batch, *volume, channels) with strides."""

    # [full
    word = "conv3d"
    # full]


class LazyStridedConv3d(LazyConvolution, nn.LazyConv3d, StridedConv3d):
    """``nn.LazyConv3d`` of (batch, *volume, channels) with strides."""

    cls_to_become = StridedConv3d


class Transposed:
    """For transposed convolutions whose results are cut, or grow, where Keras' are."""

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding="valid", output_padding=0, *args, **kwargs
    ):
        super().__init__(in_channels, out_channels, kernel_size, stride, 0, output_padding, *args, **kwargs)
        axes = zip(self.kernel_size, self.stride, self.dilation, strict=True)
        borders = [_transposed_borders(*axis, None, str(padding)) for axis in axes]
        self.output_padding = tuple(max(after, 0) for _, after in borders)
        self.cuts = [(before, min(after, 0)) for before, after in borders]

    def forward(self, inputs):
        return _padded(super().forward(inputs), self.cuts)


class ConvTranspose1d(Convolution, Transposed, nn.ConvTranspose1d):
    """``nn.ConvTranspose1d`` of (batch, steps, channels)."""

    # [full
    word = "conv1d_transpose"
    # full]


class LazyConvTranspose1d(LazyConvolution, nn.LazyConvTranspose1d, ConvTranspose1d):
    """``nn.LazyConvTranspose1d`` of (batch, steps, channels)."""

    cls_to_become = ConvTranspose1d


class ConvTranspose2d(Convolution, Transposed, nn.ConvTranspose2d):
    """``nn.ConvTranspose2d`` of (batch, height, width, channels)."""

    # [full
    word = "conv2d_transpose"
    # full]


class LazyConvTranspose2d(LazyConvolution, nn.LazyConvTranspose2d, ConvTranspose2d):
    """``nn.LazyConvTranspose2d`` of (batch, height, width, channels)."""

    cls_to_become = ConvTranspose2d


class ConvTranspose3d(Convolution, Transposed, nn.ConvTranspose3d):
    """``nn.ConvTranspose3d`` of (batch, *volume, channels)."""

    # [full
    word = "conv3d_transpose"
    # full]


class LazyConvTranspose3d(LazyConvolution, nn.LazyConvTranspose3d, ConvTranspose3d):
    """``nn.LazyConvTranspose3d`` of (batch, *volume, channels)."""

    cls_to_become = ConvTranspose3d


def scaled_normal_(weight, scale, mode):
    """Fill with normal numbers of variance scale over fan, cut off at two standard deviations."""
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(weight)
    fan = fan_in if mode == "fan_in" else (fan_in + fan_out) / 2
    # Cutting a normal distribution off at two standard deviations makes it narrower by this factor.
    return truncated_normal_(weight, std=(scale / fan) ** 0.5 / 0.87962566103423978)


def he_normal_(weight):
    """Fill with He's normal numbers, cut off at two standard deviations."""
    return scaled_normal_(weight, 2, "fan_in")


def lecun_normal_(weight):
    """Fill with LeCun's normal numbers, cut off at two standard deviations."""
    return scaled_normal_(weight, 1, "fan_in")


def glorot_normal_(weight):
    """Fill with Glorot's normal numbers, cut off at two standard deviations."""
    return scaled_normal_(weight, 1, "fan_avg")


def lecun_uniform_(weight):
    """Fill with LeCun's uniform numbers."""
    bound = (3 / nn.init._calculate_fan_in_and_fan_out(weight)[0]) ** 0.5
    return nn.init.uniform_(weight, -bound, bound)


def truncated_normal_(weight, mean=0.0, std=0.05):
    """Fill with normal numbers, cut off at two standard deviations."""
    return nn.init.trunc_normal_(weight, mean, std, mean - 2 * std, mean + 2 * std)


class BatchNorm(Node, nn.BatchNorm1d):
    """``nn.BatchNorm1d`` of the last axis, whose running variance is that of the batches themselves.

    It infers until ``train()`` is called, or where its call says so.
    """

    # [full
    word = "batch_normalization"
    # full]

    def __init__(self, num_features, eps=1e-3, momentum=0.01, *args, **kwargs):
        super().__init__(num_features, eps, momentum, *args, **kwargs)
        self.training = False

    def forward(self, inputs, training=None):
        mean, variance = self.running_mean, self.running_var
        if self.training if training is None else training:
            variance, mean = torch.var_mean(inputs, dim=tuple(range(inputs.ndim - 1)), correction=0)
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(variance, self.momentum)
        factor = torch.rsqrt(variance + self.eps) * self.weight
        return inputs * factor + (self.bias - mean * factor)


class LazyBatchNorm(nn.LazyBatchNorm1d, BatchNorm):
    """``BatchNorm`` whose number of channels is that of the first input."""

    cls_to_become = BatchNorm

    def __init__(self, eps=1e-3, momentum=0.01):
        super().__init__(eps, momentum)

    def initialize_parameters(self, inputs, training=None):
        super().initialize_parameters(inputs.movedim(-1, 1))


class AxisBatchNorm(BatchNorm):
    """``BatchNorm`` of another axis than the last one."""

    def __init__(self, num_features, *args, axis=-1, **kwargs):
        super().__init__(num_features, *args, **kwargs)
        self.axis = axis

    def forward(self, inputs, training=None):
        return super().forward(inputs.movedim(self.axis, -1), training).movedim(-1, self.axis)


class LazyAxisBatchNorm(nn.LazyBatchNorm1d, AxisBatchNorm):
    """``AxisBatchNorm`` whose number of channels is that of the first input."""

    cls_to_become = AxisBatchNorm

    def __init__(self, eps=1e-3, momentum=0.01, axis=-1):
        super().__init__(eps, momentum)
        self.axis = axis

    def initialize_parameters(self, inputs, training=None):
        super().initialize_parameters(inputs.movedim(self.axis, 1))


class Sequential(Node, nn.Sequential):
    """``nn.Sequential`` whose calls may say that it is training."""

    def forward(self, inputs, training=None):
        for layer in self:
            told = {"training": training} if "training" in inspect.signature(layer.forward).parameters else {}
            inputs = layer(inputs, **told)
        return inputs


class MaxPool1d(ChannelsLast, nn.MaxPool1d):
    """``nn.MaxPool1d`` of (batch, steps, channels)."""


class MaxPool2d(ChannelsLast, nn.MaxPool2d):
    """``nn.MaxPool2d`` of (batch, height, width, channels)."""


class MaxPool3d(ChannelsLast, nn.MaxPool3d):
    """``nn.MaxPool3d`` of (batch, *volume, channels)."""


class AvgPool1d(ChannelsLast, nn.AvgPool1d):
    """``nn.AvgPool1d`` of (batch, steps, channels)."""


class AvgPool2d(ChannelsLast, nn.AvgPool2d):
    """``nn.AvgPool2d`` of (batch, height, width, channels)."""


class AvgPool3d(ChannelsLast, nn.AvgPool3d):
    """``nn.AvgPool3d`` of (batch, *volume, channels)."""


class PaddedPool(Node, nn.Module):
    """The largest value of each window of (batch, *places, channels); an odd place of padding comes last."""

    mode = "max"

    def __init__(self, kernel_size, stride=None, padding="valid"):
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, inputs):
        return pool(inputs, self.kernel_size, self.mode, self.stride, self.padding)


class PaddedMaxPool(PaddedPool):
    """The largest value of each window."""


class PaddedAvgPool(PaddedPool):
    """The mean of each window without the padding."""

    mode = "avg"


class GlobalAvgPool(Node, nn.Module):
    """The mean over the places of (batch, *places, channels)."""

    def __init__(self, keepdim=False):
        super().__init__()
        self.keepdim = keepdim

    def forward(self, inputs):
        return inputs.mean(tuple(range(1, inputs.ndim - 1)), keepdim=self.keepdim)


class GlobalMaxPool(Node, nn.Module):
    """The largest value over the places of (batch, *places, channels)."""

    def __init__(self, keepdim=False):
        super().__init__()
        self.keepdim = keepdim

    def forward(self, inputs):
        return inputs.amax(tuple(range(1, inputs.ndim - 1)), keepdim=self.keepdim)


class Upsample(ChannelsLast, nn.Upsample):
    """``nn.Upsample`` of (batch, height, width, channels)."""

    def __init__(self, scale_factor=2, mode="nearest"):
        factor = tuple(map(float, scale_factor)) if isinstance(scale_factor, (list, tuple)) else float(scale_factor)
        super().__init__(scale_factor=factor, mode=mode)


class ZeroPad2d(Node, nn.Module):
    """Zeros around height and width: a number, or one or two for each of them."""

    def __init__(self, padding=1):
        super().__init__()
        height, width = (padding, padding) if isinstance(padding, int) else padding
        self.padding = [(n, n) if isinstance(n, int) else tuple(n) for n in (height, width)]

    def forward(self, inputs):
        return F.pad(inputs, (0, 0, *self.padding[1], *self.padding[0]))
