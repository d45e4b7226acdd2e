"""Arithmetic of trees, leaf by leaf."""

from ..containers import tree_map
from .updates import averaged, corrected, tree_full


def tree_add(tree_x, tree_y):
    """The sum of two trees."""
    return tree_map(lambda x, y: x + y, tree_x, tree_y)


def tree_sub(tree_x, tree_y):
    """The difference of two trees."""
    return tree_map(lambda x, y: x - y, tree_x, tree_y)


def tree_mul(tree_x, tree_y):
    """The product of two trees."""
    return tree_map(lambda x, y: x * y, tree_x, tree_y)


def tree_div(tree_x, tree_y):
    """The quotient of two trees."""
    return tree_map(lambda x, y: x / y, tree_x, tree_y)


def tree_scale(scalar, tree):
    """A tree times a number."""
    return tree_map(lambda leaf: scalar * leaf, tree)


def tree_add_scale(tree_x, scalar, tree_y):
    """A tree with another one, times a number, added."""
    return tree_map(lambda x, y: x + scalar * y, tree_x, tree_y)


def tree_zeros_like(tree, dtype=None):
    """Zeros in the shapes of a tree."""
    return tree_full(tree, 0, dtype)


def tree_ones_like(tree, dtype=None):
    """Ones in the shapes of a tree."""
    return tree_full(tree, 1, dtype)


def update_moment(updates, moments, decay, order):
    """The moving average of a power of the updates."""
    return averaged(updates, moments, decay, order)


def bias_correction(moment, decay, count):
    """A moving average without its bias towards the zeros that it began with; ``count`` is a tensor."""
    return corrected(moment, decay, count)
