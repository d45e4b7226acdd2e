"""Writing into tensors, and checks."""

import torch


def assign(x, value, /):
    """Write value into x, broadcast to its shape and cast to its dtype, and return x."""
    with torch.no_grad():
        return x.copy_(torch.as_tensor(value))


def assign_in_place(x, value):
    """Give a tensor the value and return it."""
    return assign(x, value)


def axes_taken(part):
    """How many axes of the indexed tensor a part of an index stands for; an ellipsis counts as none."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if str(getattr(part, "dtype", "")) in ("torch.bool", "bool") else 1


def forwards(x, parts):
    """x flipped along the axes of slices that go backwards, and the index that takes the same elements of it."""
    rest = x.ndim - sum(map(axes_taken, parts))
    found, axis = [], 0
    for part in parts:
        if isinstance(part, slice) and part.step is not None and part.step < 0:
            size = x.shape[axis]
            picked = range(*part.indices(size))
            first = size - 1 - picked.start
            x, part = x.flip(axis), slice(first, first - len(picked) * picked.step, -picked.step)
        found.append(part)
        axis += rest if part is Ellipsis else axes_taken(part)
    return x, tuple(found)


def getitem(x, key, /):
    """x[key], where slices may go backwards; x may be a list."""
    if not isinstance(x, torch.Tensor):
        return x[key]
    x, parts = forwards(x, key if isinstance(key, tuple) else (key,))
    return x[parts]


def setitem(x, key, value, /):
    """x[key] = value in place; returns x."""
    x[key] = value
    return x


def device_type(x, /):
    """The sort of device ("cpu", "cuda") of a tensor or a device."""
    return torch.device(getattr(x, "device", x)).type


def from_numpy(x):
    """An array of NumPy as a tensor; 64-bit floats become 32-bit ones, as in JAX."""
    narrower = {torch.float64: torch.float32, torch.complex128: torch.complex64}
    x = torch.as_tensor(x)
    return x.to(narrower.get(x.dtype, x.dtype))


def elements(values):
    """What a tensor or a collection that may hold such has, as numbers of Python, which are keys by their value."""
    if isinstance(values, torch.Tensor):
        return values.tolist()
    return [element(value) for value in values]


def element(value):
    """A tensor of one element, alone or in a tuple, as a number of Python; other values as they are."""
    if isinstance(value, tuple):
        return tuple(map(element, value))
    return value.item() if isinstance(value, torch.Tensor) else value


def own_element(x):
    """A copy of a tensor without axes, which shares no memory with what it is an element of; others as they are."""
    return x.clone() if isinstance(x, torch.Tensor) and x.ndim == 0 else x
