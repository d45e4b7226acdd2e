"""Layers of flax.linen in NumPy: fields are arguments, weights are made at the first call."""

import dataclasses

import numpy as np

from ...flax_functions import new_key


class Place:
    """Where a module is: the one that it belongs to, and its name there."""

    def __init__(self, owner, name):
        self.owner, self.name = owner, name


class Module:
    """Base class of layers whose weights are made at the first call; annotations are constructor arguments."""

    _place = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__init__" not in vars(cls):
            dataclasses.dataclass(eq=False, repr=False)(cls)

    def __setattr__(self, name, value):
        if isinstance(value, (list, tuple, dict)):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(item, Module) and item._place is None:
                    setattr(self, f"{name}_{key}", item)
        super().__setattr__(name, value)
        if isinstance(value, Module) and value._place is None:
            value.__dict__["_place"] = Place(self, name)

    @property
    def buffer_names(self):
        """The names of arrays that are not trained."""
        return tuple(self.__dict__.get("_buffers", ()))

    def param(self, name, init_fn, *args, **kwargs):
        """The parameter of this name, made by ``init_fn(key, *args)`` at the first call."""
        if name not in vars(self):
            setattr(self, name, np.asarray(init_fn(new_key(), *args, **kwargs)))
        return vars(self)[name]

    def variable(self, col, name, init_fn, *args, **kwargs):
        """State that is not trained, as an object with a ``value``; made at the first call."""
        if name not in vars(self):
            setattr(self, name, np.asarray(init_fn(*args, **kwargs)))
            self.__dict__.setdefault("_buffers", []).append(name)
        return State(self, name)

    def layer(self, name, make):
        """The layer of this name, made at the first call."""
        if name not in vars(self):
            setattr(self, name, make())
        return vars(self)[name]

    def is_initializing(self):
        """Whether weights are made without a computation: never."""
        return False


class State:
    """State of a module."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    @property
    def value(self):
        """The array."""
        return vars(self.module)[self.name]

    @value.setter
    def value(self, value):
        setattr(self.module, self.name, np.asarray(value))
