"""Pooling of Keras by its number of axes."""

from ..channels_last import adaptive_max_pool
from .convolution import AdaptivePooling, GlobalPooling, Pooling


class MaxPooling1D(Pooling):
    """The largest value of each window of (batch, steps, channels)."""

    rank = 1


class MaxPooling2D(Pooling):
    """The largest value of each window of (batch, height, width, channels)."""


class MaxPooling3D(Pooling):
    """The largest value of each window of (batch, *volume, channels)."""

    rank = 3


class AveragePooling1D(Pooling):
    """The mean of each window of (batch, steps, channels), padding left out."""

    rank, mode = 1, "avg"


class AveragePooling2D(Pooling):
    """The mean of each window of (batch, height, width, channels), padding left out."""

    mode = "avg"


class AveragePooling3D(Pooling):
    """The mean of each window of (batch, *volume, channels), padding left out."""

    rank, mode = 3, "avg"


class AdaptiveAveragePooling1D(AdaptivePooling):
    """Means of bins of the steps."""

    rank = 1


class AdaptiveAveragePooling2D(AdaptivePooling):
    """Means of bins of height and width."""


class AdaptiveAveragePooling3D(AdaptivePooling):
    """Means of bins of the volume."""

    rank = 3


class AdaptiveMaxPooling1D(AdaptivePooling):
    """Maxima of bins of the steps."""

    rank, reduce = 1, staticmethod(adaptive_max_pool)


class AdaptiveMaxPooling2D(AdaptivePooling):
    """Maxima of bins of height and width."""

    reduce = staticmethod(adaptive_max_pool)


class AdaptiveMaxPooling3D(AdaptivePooling):
    """Maxima of bins of the volume."""

    rank, reduce = 3, staticmethod(adaptive_max_pool)


class GlobalAveragePooling2D(GlobalPooling):
    """The mean over height and width."""


class GlobalAveragePooling3D(GlobalPooling):
    """The mean over the volume."""
