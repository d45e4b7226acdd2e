"""Functions of jax.nn, and initialisers: functions of a key, a shape and a dtype."""

import math

import torch

from .keys import random_normal
from .kinks import halving_clip
from .masked import masked_mean, masked_var


def init_zeros(key, shape, dtype=None):
    """Zeros; the key is not used."""
    return torch.full(tuple(shape), 0, dtype=dtype or torch.float32)


def init_ones(key, shape, dtype=None):
    """Ones; the key is not used."""
    return torch.full(tuple(shape), 1, dtype=dtype or torch.float32)


def init_constant(value):
    """An initialiser that fills with a value."""
    return lambda key, shape, dtype=None: torch.full(
        tuple(shape), value, dtype=dtype or torch.float32
    )


def init_orthogonal(scale=1.0, column_axis=-1):
    """An initialiser of matrices with orthogonal rows or columns; all axes but one are those of the rows."""

    def draw(key, shape, dtype=None):
        axis = column_axis % len(shape)
        rows, others = shape[axis], (*shape[:axis], *shape[axis + 1 :])
        columns = math.prod(others)
        q, r = torch.linalg.qr(random_normal(key, (max(rows, columns), min(rows, columns)), dtype))
        q = q * torch.sign(torch.diagonal(r))
        return scale * torch.movedim((q if rows >= columns else q.T).reshape(rows, *others), 0, column_axis)

    return draw


def one_hot_floats(x, num_classes, /, *, dtype=None, axis=-1):
    """1.0 at the index, else 0.0; an index out of range gives zeros."""
    x = torch.as_tensor(x)
    axis = axis % (x.ndim + 1)
    classes = torch.arange(num_classes, device=x.device).reshape([-1] + [1] * (x.ndim - axis))
    return (x.unsqueeze(axis) == classes).to(dtype or torch.float32)


def sparse_plus(x, /):
    """0 up to -1, x from 1 on, (x + 1)**2 / 4 between."""
    return torch.where(x <= -1, 0.0, torch.where(x >= 1, x, (x + 1) ** 2 / 4))


def sparse_sigmoid(x, /):
    """(x + 1) / 2, within 0 and 1."""
    return halving_clip((x + 1) / 2, 0, 1)


def squareplus(x, b=4, /):
    """(x + sqrt(x**2 + b)) / 2."""
    return (x + torch.sqrt(torch.square(x) + b)) / 2


def standardized(x, /, axis=-1, mean=None, variance=None, epsilon=1e-05, where=None):
    """x with mean 0 and variance 1 along axes."""
    mean = masked_mean(x, axis=axis, keepdims=True, where=where) if mean is None else mean
    variance = (
        masked_var(x, axis=axis, keepdims=True, where=where) if variance is None else variance
    )
    return (x - mean) * torch.rsqrt(variance + epsilon)


def is_subdtype(dtype, kind, /):
    """Whether a dtype is of a kind, such as "floating" or "integer", or is another dtype."""
    of_types = {bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128}
    dtype = of_types.get(dtype, dtype)
    kind = of_types.get(kind, kind)
    if not isinstance(kind, (str, torch.dtype)):
        kind = getattr(kind, "__name__", str(kind))  # of NumPy: a kind of dtypes or a dtype
        if not kind.endswith(("floating", "inexact", "integer", "number")):
            return str(dtype) == f"torch.{kind.rstrip('_')}"
    if isinstance(kind, torch.dtype):
        return dtype == kind
    if dtype.is_complex:
        return kind in ("complexfloating", "inexact", "number")
    if dtype.is_floating_point:
        return kind in ("floating", "inexact", "number")
    if dtype == torch.bool:
        return False
    sign = "unsignedinteger" if str(dtype).startswith("torch.u") else "signedinteger"
    return kind in (sign, "integer", "number")


def token_attention(query, key, value, bias=None, mask=None, *, scale=None, is_causal=False):
    """Attention over arrays (..., length, heads, features), where several heads may share keys.

    A row of which all places are masked gives the mean of the values.
    """
    q, k, v = (x.transpose(-2, -3) for x in (query, key, value))
    k, v = (x.repeat_interleave(q.shape[-3] // x.shape[-3], dim=-3) for x in (k, v))
    precise = torch.promote_types(q.dtype, torch.float32)
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    scores = (q.to(precise) @ k.to(precise).transpose(-1, -2)) * scale
    scores = scores if bias is None else scores + bias
    if is_causal:
        before = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
        mask = before if mask is None else mask & before
    if mask is not None:
        scores = torch.where(mask, scores, -0.7 * torch.finfo(precise).max)
    weights = torch.softmax(scores, dim=-1).to(k.dtype)
    return (weights @ v).transpose(-2, -3)


def is_scalar_of(x, *kinds):
    """Whether x is a tensor without axes, of one of these dtypes or kinds of dtypes where any are given."""
    if not isinstance(x, torch.Tensor) or x.ndim > 0:
        return False
    return not kinds or any(is_subdtype(x.dtype, kind) for kind in kinds)
