"""Writing into tensors, and checks."""

import torch


def assign(x, value, /):
    """Write value into x, broadcast to its shape and cast to its dtype, and return x."""
    with torch.no_grad():
        return x.copy_(torch.as_tensor(value))


def assign_in_place(x, value):
    """Give a tensor the value and return it."""
    return assign(x, value)


def getitem(x, index, /):
    """x[index]."""
    return x[index]


def setitem(x, index, value, /):
    """x[index] = value in place; returns x."""
    x[index] = value
    return x


def device_type(x, /):
    """The sort of device ("cpu", "cuda") of a tensor or a device."""
    return torch.device(getattr(x, "device", x)).type
