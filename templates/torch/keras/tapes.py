"""Gradients as a tape of TensorFlow gives them."""

import torch

from .structures import array_leaves, each_array


def gradients(target, sources, **options):
    """The gradients of a result, or of the sum of several, in the structure of the sources; None of what it lacks."""
    variables = array_leaves(sources)
    total = sum(result.sum() for result in array_leaves(target))
    found = torch.autograd.grad(total, variables, allow_unused=True, **options)
    known = {id(variable): gradient for variable, gradient in zip(variables, found)}
    return each_array(lambda variable: known[id(variable)], sources)
