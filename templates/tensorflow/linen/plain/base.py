"""Layers of flax.linen as layers of Keras: fields are arguments, weights are made at the first call."""

import dataclasses
import inspect

import keras
import tensorflow as tf

from ...flax_functions import new_key
from ...module import (
    RESERVED,
    Buffer,
    Parameter,
    attribute_name,
    has_symbolic_input,
    public_name,
)


class Place:
    """Where a module is: the one that it belongs to, and its name there."""

    def __init__(self, owner, name):
        self.owner, self.name = owner, name


class Module(keras.Model):
    """Base class of layers whose weights are made at the first call; annotations are constructor arguments."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__init__" not in vars(cls):
            dataclasses.dataclass(eq=False, repr=False)(cls)
        for name in inspect.signature(cls.__init__).parameters:
            if name in RESERVED and name not in cls.__dict__:
                setattr(cls, name, None)  # a field, where Keras has a property

    def __new__(cls, *args, **kwargs):
        module = super().__new__(cls)
        keras.Model.__init__(module)
        for name in [name for name, value in vars(module).items() if value is None]:
            if inspect.isfunction(getattr(cls, name, None)):
                del module.__dict__[name]  # such as `loss`: a method, not a Keras setting
        module.autocast, module.built, module._called = False, True, True
        module.__dict__["_place"] = None
        return module

    def __init__(self):
        """Nothing: what a module needs, it has before its fields are set."""

    def __call__(self, *args, **kwargs):
        """Run `call`, without Keras' conversion of the inputs."""
        if has_symbolic_input(args) or has_symbolic_input(kwargs.values()):
            return super().__call__(*args, **kwargs)
        if "_inputs" not in vars(self) and all(hasattr(x, "shape") for x in args):
            sizes = [([n or 1 for n in x.shape], tf.as_dtype(x.dtype).name) for x in args]
            self.__dict__["_inputs"] = sizes
        return self.call(*args, **kwargs)

    def get_config(self):
        """The arguments of the constructor, for Keras' files."""
        names = list(inspect.signature(type(self).__init__).parameters)[1:]
        values = {name: getattr(self, attribute_name(name), None) for name in names}
        return {
            name: keras.saving.serialize_keras_object(value) for name, value in values.items()
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A module with these arguments, which Keras has still to build."""
        read = keras.saving.deserialize_keras_object
        module = cls(**{name: read(value, custom_objects) for name, value in config.items()})
        module.built = False
        return module

    def get_build_config(self):
        """The shapes and dtypes of the first inputs."""
        return {"inputs": self.__dict__.get("_inputs")}

    def build_from_config(self, config):
        """Make the weights by a call on zeros."""
        if config["inputs"]:
            self(*(tf.zeros(shape, dtype) for shape, dtype in config["inputs"]))

    def __setattr__(self, name, value):
        if isinstance(value, Module) and value._place is not None:
            self.__dict__[name] = value  # it belongs to another module
            return
        if isinstance(value, (list, tuple, dict)):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if isinstance(item, Module) and item._place is None:
                    setattr(self, attribute_name(f"{public_name(name)}_{key}"), item)
        super().__setattr__(name, value)
        if isinstance(value, Module):
            value.__dict__.update(_place=Place(self, public_name(name)), name=public_name(name))

    def param(self, name, init_fn, *args, **kwargs):
        """The parameter of this name, made by ``init_fn(key, *args)`` at the first call."""
        if attribute_name(name) not in vars(self):
            with tf.init_scope():
                made = Parameter(init_fn(new_key(), *args, **kwargs))
                setattr(self, attribute_name(name), made)
        return tf.convert_to_tensor(vars(self)[attribute_name(name)])

    def variable(self, col, name, init_fn, *args, **kwargs):
        """State that is not trained, as an object with a ``value``; made at the first call."""
        if attribute_name(name) not in vars(self):
            with tf.init_scope():
                setattr(self, attribute_name(name), Buffer(init_fn(*args, **kwargs)))
        return State(vars(self)[attribute_name(name)])

    def layer(self, name, make):
        """The layer of this name, made at the first call."""
        if attribute_name(name) not in vars(self):
            setattr(self, attribute_name(name), make())
        return vars(self)[attribute_name(name)]

    def is_initializing(self):
        """Whether weights are made without a computation: never."""
        return False


class State:
    """State of a module."""

    def __init__(self, variable):
        self.variable = variable

    @property
    def value(self):
        """The tensor."""
        return tf.convert_to_tensor(self.variable)

    @value.setter
    def value(self, value):
        self.variable.assign(value)
