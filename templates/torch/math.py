"""Elementwise functions of tensors and numbers, and reductions over several axes."""

import functools

import torch


def as_tensors(*values):
    """The values as tensors on one device; numbers take the dtype that they have in arithmetic with the tensors."""
    like = next((value for value in values if isinstance(value, torch.Tensor)), None)
    if like is None:
        return [torch.as_tensor(value) for value in values]
    return [
        (
            torch.as_tensor(value, dtype=torch.result_type(like, value), device=like.device)
            if isinstance(value, (bool, int, float, complex))
            else torch.as_tensor(value, device=like.device)
        )
        for value in values
    ]


def same_dtype(*tensors):
    """Tensors in the dtype that all promote to, for functions that take one dtype alone."""
    dtype = functools.reduce(torch.promote_types, (x.dtype for x in tensors))
    return [x.to(dtype) for x in tensors]


def maximum(x1, x2, /):
    """Elementwise maximum of tensors or numbers."""
    return torch.maximum(*as_tensors(x1, x2))


def minimum(x1, x2, /):
    """Elementwise minimum of tensors or numbers."""
    return torch.minimum(*as_tensors(x1, x2))


def fmax(x1, x2, /):
    """Elementwise maximum of tensors or numbers that ignores NaN."""
    return torch.fmax(*as_tensors(x1, x2))


def fmin(x1, x2, /):
    """Elementwise minimum of tensors or numbers that ignores NaN."""
    return torch.fmin(*as_tensors(x1, x2))


def atan2(x1, x2, /):
    """Angle of the point (x2, x1), tensors or numbers."""
    return torch.atan2(*as_tensors(x1, x2))


def hypot(x1, x2, /):
    """Length of the vector (x1, x2), tensors or numbers."""
    return torch.hypot(*as_tensors(x1, x2))


def copysign(x1, x2, /):
    """Magnitude of x1 with the sign of x2, tensors or numbers."""
    return torch.copysign(*as_tensors(x1, x2))


def nextafter(x1, x2, /):
    """Next floating-point number after x1 towards x2, tensors or numbers."""
    return torch.nextafter(*as_tensors(x1, x2))


def heaviside(x1, x2, /):
    """Step function of x1, with x2 at zero; tensors or numbers."""
    x1, x2 = as_tensors(x1, x2)
    dtype = torch.promote_types(x1.dtype, x2.dtype)
    return torch.heaviside(x1.to(dtype), x2.to(dtype))


def logaddexp(x1, x2, /):
    """log(exp(x1) + exp(x2)) of tensors or numbers."""
    return torch.logaddexp(*as_tensors(x1, x2))


def logaddexp2(x1, x2, /):
    """log2(2**x1 + 2**x2) of tensors or numbers."""
    return torch.logaddexp2(*as_tensors(x1, x2))


def logical_and(x1, x2, /):
    """Elementwise truth of both; tensors or numbers."""
    return torch.logical_and(*as_tensors(x1, x2))


def logical_or(x1, x2, /):
    """Elementwise truth of either; tensors or numbers."""
    return torch.logical_or(*as_tensors(x1, x2))


def logical_xor(x1, x2, /):
    """Elementwise truth of exactly one; tensors or numbers."""
    return torch.logical_xor(*as_tensors(x1, x2))


def fmod(x1, x2, /):
    """Remainder with the sign of x1; tensors or numbers."""
    return torch.fmod(*as_tensors(x1, x2))


def gcd(x1, x2, /):
    """Greatest common divisor of integer tensors or integers."""
    return torch.gcd(*as_tensors(x1, x2))


def lcm(x1, x2, /):
    """Least common multiple of integer tensors or integers."""
    return torch.lcm(*as_tensors(x1, x2))


def ldexp(x1, x2, /):
    """x1 * 2**x2 of tensors or numbers."""
    return torch.ldexp(*as_tensors(x1, x2))


def floats_of_one_dtype(x1, x2):
    """Both as tensors of their common dtype."""
    x1, x2 = as_tensors(x1, x2)
    dtype = torch.result_type(x1, x2)
    return x1.to(dtype), x2.to(dtype)


def isclose(x1, x2, /, *, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether elements agree within atol + rtol * abs(x2); tensors of any dtypes, or numbers."""
    x1, x2 = floats_of_one_dtype(x1, x2)
    return torch.isclose(x1, x2, rtol=rtol, atol=atol, equal_nan=equal_nan)


def allclose(x1, x2, /, *, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether all elements agree within atol + rtol * abs(x2); tensors of any dtypes, or numbers."""
    x1, x2 = floats_of_one_dtype(x1, x2)
    return torch.allclose(x1, x2, rtol=rtol, atol=atol, equal_nan=equal_nan)


def clip(x, /, min=None, max=None):
    """x within bounds, each a number, a tensor or None; where min is above max, max."""
    if min is not None:
        x = maximum(x, min)
    return x if max is None else minimum(x, max)


def where(condition, x1, x2, /):
    """x1 where the condition is not zero, else x2; tensors or numbers."""
    condition = torch.as_tensor(condition, dtype=torch.bool)
    return torch.where(condition, *as_tensors(x1, x2))


def axes_of(x, axis):
    """The axes that a reduction of x over axis (an int, several or None for all) takes, in ascending order."""
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    return sorted(a % x.ndim for a in axes)


def merged_last(x, axes):
    """x with these axes merged into a last one."""
    kept = [a for a in range(x.ndim) if a not in axes]
    return x.permute(*kept, *axes).reshape(*(x.shape[a] for a in kept), -1)


def prod(x, /, *, axis=None, dtype=None, keepdims=False):
    """Product over the given axes."""
    axes = axes_of(x, axis)
    if not axes:
        return torch.prod(x, dtype=dtype)
    for a in reversed(axes):
        x = torch.prod(x, a, keepdim=keepdims, dtype=dtype)
    return x


def quantile(x, q, /, *, axis=None, keepdims=False, method="linear"):
    """The q-th quantile, or several stacked in front, over the given axes."""
    return quantile_with(torch.quantile, x, q, axis, keepdims, method)


def nanquantile(x, q, /, *, axis=None, keepdims=False, method="linear"):
    """The q-th quantile of what is not NaN, or several stacked in front, over the given axes."""
    return quantile_with(torch.nanquantile, x, q, axis, keepdims, method)


def quantile_with(function, x, q, axis, keepdims, method):
    """`quantile` with the function that computes it along one axis."""
    x = x if x.is_floating_point() else x.double()
    q = torch.as_tensor(q, dtype=x.dtype, device=x.device)
    axes = axes_of(x, axis)
    result = function(merged_last(x, axes), q, dim=-1, interpolation=method)
    for a in axes if keepdims else ():
        result = result.unsqueeze(a + q.ndim)
    return result


def median(x, /, *, axis=None, keepdims=False):
    """Median over the given axes; of an even count, the mean of the middle two."""
    return quantile(x, 0.5, axis=axis, keepdims=keepdims)
