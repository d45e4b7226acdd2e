"""Haiku's layers as layers of torch.nn: arrays are made at the first call, as attributes of the layer."""

import collections
import contextlib

import torch
from torch import nn

from ...flax_functions import new_key
from ...keys import random_key, random_split
from ...trees import on_tensors
from ..base import initial
from ..basic import applied_to_batch

# The keys of the transformed functions that are running, the innermost last.
KEYS = []
# What a layer keeps several layers in.
Layers = nn.ModuleList


class Module(nn.Module):
    """Base class of layers whose arrays are made at the first call."""

    def __init__(self, name=None):
        super().__init__()
        self.name, self.first_state = name, {}

    def param(self, name, shape, dtype=None, init=None):
        """The parameter of this name, made by ``init(shape, dtype)`` at the first call."""
        if name not in self._parameters:
            value = initial(init, shape, dtype or torch.float32).detach().clone()
            trained = value.is_floating_point() or value.is_complex()
            self._parameters[name] = nn.Parameter(value, trained)
        value = self._parameters[name]
        if tuple(value.shape) != tuple(shape):
            raise ValueError(f"{name} has shape {tuple(value.shape)}, but {tuple(shape)} is needed")
        return value

    # only if used
    def get_state(self, name, shape=None, dtype=None, init=None):
        """The state of this name, made by ``init(shape, dtype)`` at the first call."""
        if name not in self._buffers:
            if init is None:
                raise ValueError(f"there is no state {name!r}")
            self.set_state(name, initial(init, shape, dtype or torch.float32))
        return self._buffers[name]

    # only if used
    def set_state(self, name, value):
        """Replace the state of this name."""
        value = torch.as_tensor(value)
        value = value if KEYS else value.detach()
        self.first_state.setdefault(name, value)
        self._buffers[name] = value


class Function(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *args, **kwargs):
        return self.function(*args, **kwargs)


def held(layers):
    """Layers and functions that a layer was given."""
    return nn.ModuleList(f if isinstance(f, nn.Module) else Function(f) for f in layers)


class BatchApply(nn.Module):
    """A function of arrays whose first axes are taken as one."""

    def __init__(self, f, num_dims=2):
        super().__init__()
        self.f, self.num_dims = f, num_dims

    def forward(self, *args, **kwargs):
        return applied_to_batch(self.f, self.num_dims, args, kwargs)


class Sequential(nn.Sequential):
    """Functions one after the other."""

    def __init__(self, layers, name=None):
        super().__init__(*(f if isinstance(f, nn.Module) else Function(f) for f in layers))

    def forward(self, inputs, *args, **kwargs):
        for index, layer in enumerate(self):
            inputs = layer(inputs) if index else layer(inputs, *args, **kwargs)
        return inputs


@contextlib.contextmanager
def drawing_from(key):
    """Keys that are asked for inside follow from this one."""
    KEYS.append(random_key(key) if isinstance(key, int) else key)
    try:
        yield
    finally:
        KEYS.pop()


def next_rng_key():
    """A new random key: of the transformed function that is running, else from PyTorch's generator."""
    if not KEYS:
        return new_key()
    if KEYS[-1] is None:
        raise ValueError("a random key is needed: pass one to apply")
    KEYS[-1], key = random_split(KEYS[-1])
    return key


def next_rng_keys(num, /):
    """Several new random keys, one in each row."""
    if not KEYS or KEYS[-1] is None:
        return torch.stack([next_rng_key() for _ in range(num)])
    KEYS[-1], *keys = random_split(KEYS[-1], num + 1)
    return torch.stack(keys)


Transformed = collections.namedtuple("Transformed", ["init", "apply"])
TransformedWithState = collections.namedtuple("TransformedWithState", ["init", "apply"])


def arrays(module, kind):
    """The arrays of a module by the paths of its layers and their names; ``kind`` is where layers keep them."""
    found = {}
    for path, layer in module.named_modules():
        for name, value in getattr(layer, kind, {}).items():
            if value is not None:
                value = value.detach() if isinstance(value, nn.Parameter) else value
                found.setdefault(path or "~", {})[name] = value
    return found


def place(module, arrays, kind):
    """Give the layers of a module these arrays, as they are."""
    for path, own in arrays.items():
        getattr(module.get_submodule("" if path == "~" else path), kind).update(own)


def transform_with_state(make, /):
    """A module as functions of its arrays, of which ``make`` makes a new one.

    ``init(key, ...)`` gives parameters and state, by layer and name; ``apply(params, state, key, ...)`` gives the
    result and the new state.
    """

    @torch.no_grad
    def init(rng, *args, **kwargs):
        with drawing_from(rng):
            module = make()
            on_tensors(module.__call__)(*args, **kwargs)
        return arrays(module, "_parameters"), arrays(module, "first_state")

    def apply(params, state, rng, *args, **kwargs):
        with drawing_from(0):
            module = make()
        place(module, params, "_parameters")
        place(module, state or {}, "_buffers")
        with drawing_from(rng):
            output = on_tensors(module.__call__)(*args, **kwargs)
        for path, layer in arrays(module, "_parameters").items():
            if layer.keys() - params.get(path, {}).keys():
                raise ValueError(f"no parameters {sorted(layer)} were given for {path!r}")
        return output, arrays(module, "_buffers")

    return TransformedWithState(init, apply)


def transform(make, /):
    """A module as functions: ``init(key, ...)`` gives its parameters, ``apply(params, key, ...)`` the result."""
    both = transform_with_state(make)

    def init(rng, *args, **kwargs):
        params, state = both.init(rng, *args, **kwargs)
        if state:
            raise ValueError("the module has state: use transform_with_state")
        return params

    def apply(params, rng, *args, **kwargs):
        return both.apply(params, {}, rng, *args, **kwargs)[0]

    return Transformed(init, apply)


def without_apply_rng(f, /):
    """The functions of a module, with an ``apply`` that takes no key."""

    def apply(params, *args, **kwargs):
        return f.apply(params, None, *args, **kwargs)

    def apply_with_state(params, state, *args, **kwargs):
        return f.apply(params, state, None, *args, **kwargs)

    stateful = isinstance(f, TransformedWithState)
    return f._replace(apply=apply_with_state if stateful else apply)
