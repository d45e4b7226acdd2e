"""Layers whose weight is computed from other parameters; the names of the state are PyTorch's."""

import functools

import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from .init import normal_
from .module import Buffer


class Parts(nnx.Module):
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
    object.__setattr__(module, "__class__", cls)
    return module


def _subclass(cls, title, members):
    return type(cls)(title, (cls,), {"__module__": cls.__module__, **members})


def _ignored(module, value):
    """What is assigned is lost, as in PyTorch, where the next call computes the weight anew."""


def _length(weight, dim):
    """The Euclidean norm over all axes but `dim`; over all axes if it is None or -1."""
    if dim is None or dim == -1:
        return jnp.sqrt(jnp.sum(weight**2))
    others = tuple(axis for axis in range(weight.ndim) if axis != dim)
    return jnp.sqrt(jnp.sum(weight**2, axis=others, keepdims=True))


def _scaled(length, direction, dim):
    return direction[...] * (length[...] / _length(direction[...], dim))


@functools.cache
def _weight_normed(cls, name, dim):
    """The subclass whose weight is computed from `{name}_g` and `{name}_v`."""

    def read(module):
        return _scaled(getattr(module, name + "_g"), getattr(module, name + "_v"), dim)

    return _subclass(cls, cls.__name__, {name: property(read, _ignored)})


def weight_norm(module, name="weight", dim=0):
    """Gives a layer a weight that is a length `{name}_g` times a direction `{name}_v`; returns the layer."""
    weight = getattr(module, name)[...]
    delattr(module, name)
    setattr(module, name + "_g", nnx.Param(_length(weight, dim)))
    setattr(module, name + "_v", nnx.Param(weight))
    return _become(module, _weight_normed(type(module), name, dim))


def remove_weight_norm(module, name="weight"):
    """Makes the weight of a layer a parameter again; returns the layer."""
    if name not in vars(type(module)):
        raise ValueError(f"weight_norm of {name!r} not found in {module}")
    weight = getattr(module, name)
    _become(module, type(module).__bases__[0])
    delattr(module, name + "_g")
    delattr(module, name + "_v")
    setattr(module, name, nnx.Param(weight))
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
    weight = getattr(module, name)[...]
    _parametrize(module, name, original0=nnx.Param(_length(weight, dim)), original1=nnx.Param(weight))
    return _become(module, _weight_parametrized(type(module), name, dim))


def _unit(x, eps):
    return x / jnp.maximum(jnp.sqrt(jnp.sum(x**2)), eps)


def _random_unit(size, eps):
    return _unit(normal_(np.zeros(size, np.float32)), eps)


def _matrix(weight, dim):
    """A weight as a matrix, whose rows are the given axis."""
    return jnp.moveaxis(weight[...], dim, 0).reshape(weight.shape[dim], -1)


def _largest(matrix, u, v):
    """The estimate of the largest singular value; only the matrix has a gradient."""
    return jnp.vdot(lax.stop_gradient(u[...]), matrix @ lax.stop_gradient(v[...]))


def _rows_axis(module, dim):
    """The axis of the outputs: 1 in transposed convolutions."""
    return int(getattr(module, "transposed", False)) if dim is None else dim


@functools.cache
def _spectral_normed(cls, name, steps, eps, dim):
    """The subclass whose weight is `{name}_orig` over its largest singular value; calls in training estimate that."""

    def parts(module):
        return (getattr(module, name + suffix) for suffix in ("_orig", "_u", "_v"))

    def read(module):
        weight, u, v = parts(module)
        return weight[...] / _largest(_matrix(weight, dim), u, v)

    def call(module, *args, **kwargs):
        if not module.deterministic:
            weight, u, v = parts(module)
            matrix = lax.stop_gradient(_matrix(weight, dim))
            for _ in range(steps):
                v[...] = _unit(matrix.T @ u[...], eps)
                u[...] = _unit(matrix @ v[...], eps)
        return cls.__call__(module, *args, **kwargs)

    return _subclass(cls, cls.__name__, {name: property(read, _ignored), "__call__": call})


def spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """Gives a layer the weight `{name}_orig` over its largest singular value; returns the layer."""
    weight, dim = getattr(module, name), _rows_axis(module, dim)
    rows, columns = _matrix(weight, dim).shape
    delattr(module, name)
    setattr(module, name + "_orig", weight)
    setattr(module, name + "_u", Buffer(_random_unit(rows, eps)))
    setattr(module, name + "_v", Buffer(_random_unit(columns, eps)))
    module.deterministic = getattr(module, "deterministic", False)
    return _become(module, _spectral_normed(type(module), name, n_power_iterations, eps, dim))


def _power_steps(matrix, u, v, steps, eps):
    for _ in range(steps):
        u[...] = _unit(matrix @ v[...], eps)
        v[...] = _unit(matrix.T @ u[...], eps)


@functools.cache
def _spectral_parametrized(cls, name, steps, eps, dim):
    """The subclass whose weight is the original of a parametrization over its largest singular value."""

    def read(module):
        parts = getattr(module.parametrizations, name)
        norm = getattr(parts, "0")
        return parts.original[...] / _largest(_matrix(parts.original, dim), norm._u, norm._v)

    def call(module, *args, **kwargs):
        if not module.deterministic:
            parts = getattr(module.parametrizations, name)
            norm = getattr(parts, "0")
            _power_steps(lax.stop_gradient(_matrix(parts.original, dim)), norm._u, norm._v, steps, eps)
        return cls.__call__(module, *args, **kwargs)

    return _subclass(cls, "Parametrized" + cls.__name__, {name: property(read), "__call__": call})


def parametrized_spectral_norm(module, name="weight", n_power_iterations=1, eps=1e-12, dim=None):
    """Gives a layer its weight over the largest singular value; returns the layer.

    In training each call improves the estimate, as each reading of the weight does in PyTorch: they are the same
    for layers that read it once.
    """
    weight, dim = getattr(module, name), _rows_axis(module, dim)
    sizes = ("in_channels", "in_features", "num_embeddings")
    if weight.ndim < 2 or not any(hasattr(module, size) for size in sizes):
        raise NotImplementedError("spectral_norm is for linear maps, convolutions and embeddings")
    matrix = _matrix(weight, dim)
    norm = {"_u": Buffer(_random_unit(matrix.shape[0], eps)), "_v": Buffer(_random_unit(matrix.shape[1], eps))}
    _power_steps(matrix, norm["_u"], norm["_v"], 15, eps)
    _parametrize(module, name, original=weight, **{"0": Parts(**norm)})
    module.deterministic = getattr(module, "deterministic", False)
    return _become(module, _spectral_parametrized(type(module), name, n_power_iterations, eps, dim))
