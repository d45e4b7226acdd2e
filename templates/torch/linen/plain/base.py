"""Layers of flax.linen as layers of torch.nn: fields are arguments, weights are made at the first call."""

import dataclasses

import torch
from torch import nn

from ...flax_functions import new_key


class Module(nn.Module):
    """Base class of layers whose weights are made at the first call; annotations are constructor arguments."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__init__" not in vars(cls):
            dataclasses.dataclass(eq=False, repr=False)(cls)

    def __new__(cls, *args, **kwargs):
        module = super().__new__(cls)
        nn.Module.__init__(module)
        return module

    def __init__(self):
        """Nothing: what a module needs, it has before its fields are set."""

    def __setattr__(self, name, value):
        if getattr(value, "placed", False):
            self.__dict__[name] = value  # it belongs to another layer
            return
        super().__setattr__(name, value)
        if isinstance(value, Module):
            value.__dict__["placed"] = True
        if isinstance(value, (list, tuple, dict)):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(item, nn.Module):
                    setattr(self, f"{name}_{key}", item)

    def param(self, name, init_fn, *args, **kwargs):
        """The parameter of this name, made by ``init_fn(key, *args)`` at the first call."""
        if name not in self._parameters:
            self.register_parameter(name, nn.Parameter(init_fn(new_key(), *args, **kwargs)))
        return self._parameters[name]

    def variable(self, col, name, init_fn, *args, **kwargs):
        """State that is not trained, as an object with a ``value``; made at the first call."""
        if name not in self._buffers:
            self.register_buffer(name, torch.as_tensor(init_fn(*args, **kwargs)))
        return Variable(self, name)

    def layer(self, name, make):
        """The layer of this name, made at the first call."""
        if name not in self._modules:
            self.add_module(name, make())
        return self._modules[name]

    def is_initializing(self):
        """Whether weights are made without a computation: never."""
        return False


class Variable:
    """State of a module."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    @property
    def value(self):
        """The tensor."""
        return self.module._buffers[self.name]

    @value.setter
    def value(self, value):
        self.module._buffers[self.name] = torch.as_tensor(value).detach()
