"""Arrays merged by functions in place of layers."""

from .shaping import Average, Concatenate, Dot, Maximum, Merge, Minimum, Multiply, Subtract


class Add(Merge):
    """The sum of the inputs."""


def add(inputs, name=None):
    """The sum of the inputs."""
    return Add(name=name)(inputs)


def subtract(inputs, name=None):
    """The first input minus the second."""
    return Subtract(name=name)(inputs)


def multiply(inputs, name=None):
    """The product of the inputs."""
    return Multiply(name=name)(inputs)


def merged_maximum(inputs, name=None):
    """The largest of the inputs."""
    return Maximum(name=name)(inputs)


def merged_minimum(inputs, name=None):
    """The smallest of the inputs."""
    return Minimum(name=name)(inputs)


def merged_average(inputs, name=None):
    """The mean of the inputs."""
    return Average(name=name)(inputs)


def concatenate(inputs, axis=-1, name=None):
    """The inputs one after the other along an axis."""
    return Concatenate(axis, name=name)(inputs)


def dot(inputs, axes=-1, normalize=False, name=None):
    """The product of two inputs, summed over an axis of each."""
    return Dot(axes, normalize, name=name)(inputs)
