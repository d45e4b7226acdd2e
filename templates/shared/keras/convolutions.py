"""Convolutions of Keras by their number of axes."""

from .convolution import Convolution, ConvolutionTranspose, DepthwiseConvolution, SeparableConvolution


class Conv1D(Convolution):
    """Convolution of (batch, steps, channels)."""

    rank = 1


class Conv2D(Convolution):
    """Convolution of (batch, height, width, channels)."""


class Conv3D(Convolution):
    """Convolution of (batch, *volume, channels)."""

    rank = 3


class Conv1DTranspose(ConvolutionTranspose):
    """Transposed convolution of (batch, steps, channels)."""

    rank = 1


class Conv2DTranspose(ConvolutionTranspose):
    """Transposed convolution of (batch, height, width, channels)."""


class DepthwiseConv1D(DepthwiseConvolution):
    """Convolution of each channel of (batch, steps, channels) with its own filters."""

    rank = 1


class DepthwiseConv2D(DepthwiseConvolution):
    """Convolution of each channel of (batch, height, width, channels) with its own filters."""


class SeparableConv1D(SeparableConvolution):
    """Separable convolution of (batch, steps, channels)."""

    rank = 1


class SeparableConv2D(SeparableConvolution):
    """Separable convolution of (batch, height, width, channels)."""
