"""Initialisers of flax by their functions."""

from ..flax_functions import ones, zeros


def zeros_init():
    """An initialiser that gives zeros."""
    return zeros


def ones_init():
    """An initialiser that gives ones."""
    return ones
