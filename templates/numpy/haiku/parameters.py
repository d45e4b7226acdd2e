"""The size of Haiku's parameters in memory."""

import math

from ..containers import tree_leaves


def tree_bytes(tree, /):
    """How many bytes the arrays of a tree take."""
    return sum(math.prod(leaf.shape) * leaf.dtype.itemsize for leaf in tree_leaves(tree))
