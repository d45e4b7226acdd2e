"""Zeros, norms and steps over trees of parameters."""

import torch

from ..containers import tree_leaves, tree_map
from .transformations import stateless


def zero_count():
    """The number of steps before the first one."""
    return torch.zeros((), dtype=torch.int32)


def set_to_zero():
    """Updates that change nothing, for frozen parameters."""
    return stateless(lambda updates, params: tree_map(torch.zeros_like, updates))


def tree_norm(updates):
    """The Euclidean norm of all numbers of a tree."""
    return torch.sqrt(sum(torch.sum(leaf.abs() ** 2) for leaf in tree_leaves(updates)))


def apply_updates(params, updates):
    """The parameters with the updates added."""
    return tree_map(lambda param, change: (param + change).to(param.dtype), params, updates)
