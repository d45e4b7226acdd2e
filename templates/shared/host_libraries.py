"""Functions and objects of libraries that compute with NumPy's arrays, for arrays of the framework."""

from functools import wraps
from types import FunctionType

import numpy as np

from .host_copies import from_host, host_value


class Hosted:
    """Something of a library of NumPy's arrays: it gets copies of arrays, and what it gives becomes arrays.

    No gradient passes it.
    """

    def __init__(self, value):
        self.__wrapped__ = value

    def __call__(self, *args, **kwargs):
        return on_host(self.__wrapped__(*to_host(args), **to_host(kwargs)))

    def __getattr__(self, name):
        if name == "__wrapped__":
            raise AttributeError(name)
        return on_host(getattr(self.__wrapped__, name))

    def __getitem__(self, key):
        return on_host(self.__wrapped__[to_host(key)])

    def __iter__(self):
        return map(on_host, self.__wrapped__)

    def __len__(self):
        return len(self.__wrapped__)

    def __enter__(self):
        return on_host(self.__wrapped__.__enter__())

    def __exit__(self, *error):
        return self.__wrapped__.__exit__(*error)

    def __contains__(self, key):
        return to_host(key) in self.__wrapped__

    def __repr__(self):
        return repr(self.__wrapped__)


def on_host(value):
    """What a library of NumPy's arrays has or gives; the arrays that it gives become the framework's."""
    if isinstance(value, (np.ndarray, np.generic)):
        return from_host(value) if value.dtype.kind in "biufc" else value
    if type(value) in (list, tuple):
        return type(value)(map(on_host, value))
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(map(on_host, value))
    if isinstance(value, dict):
        return type(value)({key: on_host(item) for key, item in value.items()})
    return Hosted(value) if callable(value) or type(value).__module__ != "builtins" else value


def to_host(value):
    """What such a library is given: arrays of NumPy, and functions that take and give them."""
    value = host_value(value)
    if isinstance(value, Hosted):
        return value.__wrapped__
    if type(value) in (list, tuple):
        return type(value)(map(to_host, value))
    if type(value) is dict:
        return {key: to_host(item) for key, item in value.items()}
    if isinstance(value, FunctionType):
        return wraps(value)(lambda *args, **kwargs: to_host(value(*on_host(args), **on_host(kwargs))))
    return value
