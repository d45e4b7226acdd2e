"""What stands for code that was not converted."""

from abc import ABCMeta

import tensorflow as tf

from .host import assign
from .module import Buffer


class NotConverted(ABCMeta):
    """A class that stands for a name without counterpart: it can be imported, annotated and subclassed."""

    def __call__(cls, *args, **kwargs):
        raise NotImplementedError(cls.reason)

    def __getitem__(cls, item):
        return cls

    def __iter__(cls):
        return iter(())

    def __getattr__(cls, name):
        raise AttributeError(f"{cls.reason} (attribute {name!r})")


def not_converted(api, reason):
    """A stand-in for ``api`` that raises ``NotImplementedError`` with the reason when it is called."""
    name = api.rpartition(".")[2]
    text = f"{api} was not converted: {reason}"
    bases = (Exception,) if name.endswith("Error") else ()  # that nothing raises
    return NotConverted(name, bases, {"__doc__": text, "reason": text})


def optional_buffer(value, persistent=True):
    """A `Buffer` of the value, or None when there is none."""
    return None if value is None else Buffer(value, persistent=persistent)


def assign_in_place(x, value):
    """Give a variable a new value; an array, which cannot be changed for others, raises TypeError."""
    if assign(x, value) is not x:
        raise TypeError("an array cannot be changed in place; pass a variable, or use the result")
    return x


def copy_of(value):
    """A copy of a list, dictionary or set; arrays are never changed."""
    return value if tf.is_tensor(value) else value.copy()
