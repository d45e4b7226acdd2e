"""Layers whose weight is computed from other parameters; the names of the state are PyTorch's."""

import functools

import numpy as np

from .init import normal_
from .module import Module


class Parts(Module):
    """Named parameters, buffers and modules of a parametrization."""

    def __init__(self, **parts):
        for name, part in parts.items():
            setattr(self, name, part)


def _parametrize(module, name, **parts):
    """Puts what a weight is computed from below `module.parametrizations`."""
    delattr(module, name)
    if not hasattr(module, "parametrizations"):
        module.parametrizations = Parts()
    setattr(module.parametrizations, name, Parts(**parts))


def _become(module, cls):
    module.__class__ = cls
    return module


def _subclass(cls, title, members):
    return type(cls)(title, (cls,), {"__module__": cls.__module__, **members})


def _ignored(module, value):
    """What is assigned is lost, as in PyTorch, where the next call computes the weight anew."""


def _length(weight, dim):
    """The Euclidean norm over all axes but `dim`; over all axes if it is None or -1."""
    if dim is None or dim == -1:
        return np.sqrt(np.sum(weight**2))
    others = tuple(axis for axis in range(weight.ndim) if axis != dim)
    return np.sqrt(np.sum(weight**2, axis=others, keepdims=True))


def _scaled(length, direction, dim):
    return direction * (length / _length(direction, dim))


@functools.cache
def _weight_normed(cls, name, dim):
    """The subclass whose weight is computed from `{name}_g` and `{name}_v`."""

    def read(module):
        return _scaled(getattr(module, name + "_g"), getattr(module, name + "_v"), dim)

    return _subclass(cls, cls.__name__, {name: property(read, _ignored)})


def weight_norm(module, name="weight", dim=0):
    """Gives a layer a weight that is a length `{name}_g` times a direction `{name}_v`; returns the layer."""
    weight = getattr(module, name)
    delattr(module, name)
    setattr(module, name + "_g", _length(weight, dim))
    setattr(module, name + "_v", weight)
    return _become(module, _weight_normed(type(module), name, dim))


def remove_weight_norm(module, name="weight"):
    """Makes the weight of a layer a parameter again; returns the layer."""
    if name not in vars(type(module)):
        raise ValueError(f"weight_norm of {name!r} not found in {module}")
    weight = getattr(module, name)
    _become(module, type(module).__bases__[0])
    delattr(module, name + "_g")
    delattr(module, name + "_v")
    setattr(module, name, weight)
    return module


@functools.cache
def _weight_parametrized(cls, name, dim):
    """The subclass whose weight is computed from the two originals of a parametrization."""

    def read(module):
        parts = getattr(module.parametrizations, name)
        return _scaled(parts.original0, parts.original1, dim)

    return _subclass(cls, "Parametrized" + cls.__name__, {name: property(read)})


def parametrized_weight_norm(module, name="weight", dim=0):
    """Gives a layer a weight that is a length times a direction, `original0` and `original1`; returns the layer."""
    weight = getattr(module, name)
    _parametrize(module, name, original0=_length(weight, dim), original1=weight)
    return _become(module, _weight_parametrized(type(module), name, dim))


def _unit(x, eps):
    return x / np.maximum(np.sqrt(np.sum(x**2)), eps)


def _random_unit(size, eps):
    return _unit(normal_(np.zeros(size, np.float32)), eps)


def _matrix(weight, dim):
    """A weight as a matrix, whose rows are the given axis."""
    return np.moveaxis(weight, dim, 0).reshape(weight.shape[dim], -1)


def _largest(matrix, u, v):
    """The estimate of the largest singular value."""
    return np.vdot(u, matrix @ v)


def _rows_axis(module, dim):
    """The axis of the outputs: 1 in transposed convolutions."""
    return int(getattr(module, "transposed", False)) if dim is None else dim


@functools.cache
def _spectral_normed(cls, name, dim):
    """The subclass whose weight is `{name}_orig` over its largest singular value."""

    def parts(module):
        return (getattr(module, name + suffix) for suffix in ("_orig", "_u", "_v"))

    def read(module):
        weight, u, v = parts(module)
        return weight / _largest(_matrix(weight, dim), u, v)

    return _subclass(cls, cls.__name__, {name: property(read, _ignored)})


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """Gives a layer the weight `{name}_orig` over its largest singular value; returns the layer."""
    weight, dim = getattr(module, name), _rows_axis(module, dim)
    rows, columns = _matrix(weight, dim).shape
    delattr(module, name)
    setattr(module, name + "_orig", weight)
    module.register_buffer(name + "_u", _random_unit(rows, eps))
    module.register_buffer(name + "_v", _random_unit(columns, eps))
    return _become(module, _spectral_normed(type(module), name, dim))


def _power_steps(matrix, u, v, steps, eps):
    for _ in range(steps):
        u = _unit(matrix @ v, eps)
        v = _unit(matrix.T @ u, eps)
    return u, v


@functools.cache
def _spectral_parametrized(cls, name, dim):
    """The subclass whose weight is the original of a parametrization over its largest singular value."""

    def read(module):
        parts = getattr(module.parametrizations, name)
        norm = getattr(parts, "0")
        return parts.original / _largest(_matrix(parts.original, dim), norm._u, norm._v)

    return _subclass(cls, "Parametrized" + cls.__name__, {name: property(read)})


def parametrized_spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """Gives a layer its weight over the largest singular value; returns the layer."""
    weight, dim = getattr(module, name), _rows_axis(module, dim)
    sizes = ("in_channels", "in_features", "num_embeddings")
    if weight.ndim < 2 or not any(hasattr(module, size) for size in sizes):
        raise NotImplementedError("spectral_norm is for linear maps, convolutions and embeddings")
    matrix, norm = _matrix(weight, dim), Module()
    start = (_random_unit(size, eps) for size in matrix.shape)
    for key, value in zip(("_u", "_v"), _power_steps(matrix, *start, 15, eps)):
        norm.register_buffer(key, value)
    _parametrize(module, name, original=weight, **{"0": norm})
    return _become(module, _spectral_parametrized(type(module), name, dim))
