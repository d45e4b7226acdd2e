"""Reductions over the elements that a mask picks; without a mask, over all."""

import math

import torch


def over_axes(reduce, x, axis, keepdims):
    """``reduce`` over an axis, several, or all without one."""
    if axis is None:
        axis = tuple(range(x.ndim))
    return reduce(x, dim=axis, keepdim=keepdims) if x.ndim and axis != () else x


def picked(x, where, other):
    """The elements that the mask picks, ``other`` in place of the rest."""
    return (
        x
        if where is None
        else torch.where(where, x, torch.as_tensor(other, dtype=x.dtype, device=x.device))
    )


def counted(x, axis, keepdims, where):
    """How many elements a reduction takes in."""
    if where is None:
        axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        return math.prod(x.shape[a] for a in axes)
    return over_axes(torch.sum, torch.broadcast_to(where, x.shape), axis, keepdims)


def as_floating(x, dtype=None):
    """The tensor in a dtype; without one, integers and booleans in the default float dtype."""
    if dtype is not None:
        return x.to(dtype)
    return x if x.is_floating_point() or x.is_complex() else x.to(torch.get_default_dtype())


def masked_all(x, /, *, axis=None, keepdims=False, where=None):
    """Whether all picked elements are true."""
    return over_axes(torch.all, picked(x.bool(), where, True), axis, keepdims)


def masked_any(x, /, *, axis=None, keepdims=False, where=None):
    """Whether any picked element is true."""
    return over_axes(torch.any, picked(x.bool(), where, False), axis, keepdims)


def with_initial(x, axis, initial, where):
    """The elements that a maximum or minimum is taken of: the initial value stands first and for those left out."""
    if initial is None:
        if where is not None:
            raise ValueError("a maximum or minimum over a mask needs an initial value")
        return x
    x = picked(x, where, initial)
    if x.numel():
        return x
    shape = list(x.shape)
    for a in range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis:
        shape[a] = 1
    return x.new_full(shape, initial)


def masked_max(x, /, *, axis=None, keepdims=False, initial=None, where=None):
    """Largest of the picked elements and the initial value."""
    result = over_axes(torch.amax, with_initial(x, axis, initial, where), axis, keepdims)
    return (
        result
        if initial is None
        else torch.maximum(result, torch.as_tensor(initial, dtype=x.dtype))
    )


def masked_min(x, /, *, axis=None, keepdims=False, initial=None, where=None):
    """Smallest of the picked elements and the initial value."""
    result = over_axes(torch.amin, with_initial(x, axis, initial, where), axis, keepdims)
    return (
        result
        if initial is None
        else torch.minimum(result, torch.as_tensor(initial, dtype=x.dtype))
    )


def masked_mean(x, /, *, axis=None, dtype=None, keepdims=False, where=None):
    """Mean of the picked elements, NaN where there are none."""
    x = as_floating(x, dtype)
    return masked_sum(x, axis=axis, keepdims=keepdims, where=where) / counted(
        x, axis, keepdims, where
    )


def masked_prod(x, /, *, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    """Product of the picked elements and the initial value."""
    x = picked(x if dtype is None else x.to(dtype), where, 1)
    axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    for a in sorted((a % x.ndim for a in axes), reverse=True):
        x = torch.prod(x, a, keepdim=keepdims)
    return x if initial is None else x * initial


def masked_std(x, /, *, axis=None, correction=0, keepdims=False, where=None):
    """Standard deviation of the picked elements; the divisor is their number - correction."""
    return torch.sqrt(
        masked_var(x, axis=axis, correction=correction, keepdims=keepdims, where=where)
    )


def masked_sum(x, /, *, axis=None, dtype=None, keepdims=False, initial=None, where=None):
    """Sum of the picked elements and the initial value."""
    x = picked(x if dtype is None else x.to(dtype), where, 0)
    total = torch.sum(x, dim=axis, keepdim=keepdims) if axis != () else x
    return total if initial is None else total + initial


def masked_var(x, /, *, axis=None, correction=0, keepdims=False, where=None):
    """Variance of the picked elements; the divisor is their number - correction."""
    x = as_floating(x)
    deviation = x - masked_mean(x, axis=axis, keepdims=True, where=where)
    divisor = torch.as_tensor(
        counted(x, axis, keepdims, where) - correction, dtype=x.dtype, device=x.device
    )
    total = masked_sum(deviation.abs() ** 2, axis=axis, keepdims=keepdims, where=where)
    return torch.where(divisor > 0, total / divisor, math.nan)


def log_softmax_where(x, /, *, axis=-1, where=None):
    """Logarithm of the softmax of the picked elements over one or more axes (all with None); -inf for the others."""
    shifted = x - masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where).detach()
    total = masked_sum(torch.exp(shifted), axis=axis, keepdims=True, where=where)
    return picked(shifted - torch.log(total), where, -math.inf)


def softmax_where(x, /, *, axis=-1, where=None):
    """Softmax of the picked elements over one or more axes (all with None); 0 for the others."""
    shifted = x - masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where).detach()
    powers = picked(torch.exp(picked(shifted, where, 0)), where, 0)
    return powers / masked_sum(powers, axis=axis, keepdims=True)


def weighted_logsumexp(x, /, *, axis=None, b=None, keepdims=False, where=None):
    """log(sum(b * exp(x))) over the picked elements, without overflow."""
    largest = masked_max(x, axis=axis, keepdims=True, initial=-math.inf, where=where).detach()
    largest = torch.where(torch.isfinite(largest), largest, 0.0)
    powers = torch.exp(x - largest)
    total = masked_sum(
        powers if b is None else b * powers, axis=axis, keepdims=keepdims, where=where
    )
    largest = largest if keepdims else largest.reshape(total.shape)
    return torch.log(total) + largest
