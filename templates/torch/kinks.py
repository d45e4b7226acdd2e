"""Functions with derivatives at kinks that are not those of PyTorch: at zeros, at bounds, where values are equal."""

import torch

from .math import as_tensors, maximum, minimum


def rising_abs(x, /):
    """Absolute value; its gradient is one at zero, where that of `torch.abs` is zero."""
    x = torch.as_tensor(x)
    return torch.where(x >= 0, x, -x) if x.is_floating_point() else torch.abs(x)


def halving_clip(x, /, min=None, max=None):
    """x within bounds; its gradient is a half at the bounds, where that of `torch.clamp` is one."""
    x = x if min is None else maximum(x, min)
    return x if max is None else minimum(x, max)


def first_maximum(x1, x2, /):
    """Larger elements; the gradient of equal ones is that of the first."""
    x1, x2 = as_tensors(x1, x2)
    return torch.where(x1 == x2, x1, torch.maximum(x1, x2))


def first_minimum(x1, x2, /):
    """Smaller elements; the gradient of equal ones is that of the first."""
    x1, x2 = as_tensors(x1, x2)
    return torch.where(x1 == x2, x1, torch.minimum(x1, x2))


def second_fmax(x1, x2, /):
    """Larger elements without NaN; the gradient of equal ones is that of the second."""
    x1, x2 = as_tensors(x1, x2)
    return torch.where(x1 == x2, x2, torch.fmax(x1, x2))


def second_fmin(x1, x2, /):
    """Smaller elements without NaN; the gradient of equal ones is that of the second."""
    x1, x2 = as_tensors(x1, x2)
    return torch.where(x1 == x2, x2, torch.fmin(x1, x2))


def closed_hardtanh(input, /, min_val=-1.0, max_val=1.0):
    """Elements limited to [min_val, max_val]; the gradient is one at both bounds."""
    return torch.clamp(torch.as_tensor(input), min_val, max_val)


def rising_leaky_relu(input, /, negative_slope=0.01):
    """Identity at and above zero, negative_slope * x below it."""
    return torch.where(input >= 0, input, negative_slope * input)
