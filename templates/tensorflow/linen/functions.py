"""Initialisers of flax by their functions."""

from ..flax_functions import ones, zeros


def zeros_init():
    """An initialiser that gives zeros."""
    return zeros


def ones_init():
    """An initialiser that gives ones."""
    return ones


def merge_param(name, a, b, /):
    """The value of an argument, which either the constructor or the call gives."""
    if (a is None) == (b is None):
        raise ValueError(f"give {name} to the constructor or to the call")
    return b if a is None else a
