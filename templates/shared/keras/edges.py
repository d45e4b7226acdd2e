"""Zeros around arrays, and edges cut off, by their number of axes."""

from .convolution import Cropping, ZeroPadding


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after the steps."""

    rank = 1


class ZeroPadding2D(ZeroPadding):
    """Zeros around height and width."""


class ZeroPadding3D(ZeroPadding):
    """Zeros around the volume."""

    rank = 3


class Cropping1D(Cropping):
    """Steps cut before and after."""

    rank = 1


class Cropping2D(Cropping):
    """Height and width cut."""


class Cropping3D(Cropping):
    """The volume cut."""

    rank = 3
