"""Gradients as a tape of TensorFlow gives them."""

import torch

from .structures import array_leaves, each_array


def gradients(target, sources, output_gradients=None, zeros=False, **options):
    """The gradients of a result, or of the sum of several, in the structure of the sources.

    ``output_gradients`` are the weights in the sum. What the result lacks has the gradient None, or ``zeros``.
    """
    variables, results = array_leaves(sources), array_leaves(target)
    given = [None] * len(results) if output_gradients is None else array_leaves(output_gradients)
    weights = [torch.ones_like(y) if w is None else torch.as_tensor(w, dtype=y.dtype) for y, w in zip(results, given)]
    found = torch.autograd.grad(results, variables, weights, allow_unused=True, **options)
    known = {id(x): torch.zeros_like(x) if zeros and g is None else g for x, g in zip(variables, found)}
    return each_array(lambda variable: known[id(variable)], sources)


def watched(value):
    """Copies of the arrays of a structure that record what is computed of them."""
    return each_array(lambda x: x.clone().requires_grad_(), value)


def jacobian(target, sources, zeros=False, **options):
    """The derivatives of each element of a result, in the structure of the sources; None of what it lacks."""
    variables, options = array_leaves(sources), {**options, "retain_graph": True}
    rows = [torch.autograd.grad(y, variables, allow_unused=True, **options) for y in target.reshape(-1)]

    def stacked(place, x):
        parts = [row[place] for row in rows]
        if all(part is None for part in parts) and not zeros:
            return None
        parts = [torch.zeros_like(x) if part is None else part for part in parts]
        return torch.stack(parts).reshape(*target.shape, *x.shape)

    known = {id(x): stacked(place, x) for place, x in enumerate(variables)}
    return each_array(lambda variable: known[id(variable)], sources)


def batch_jacobian(target, source, zeros=False, **options):
    """The derivatives of the elements of each row of a result with respect to the same row of the source."""
    columns, options = target.reshape(len(target), -1).sum(0), {**options, "retain_graph": True}
    found = [torch.autograd.grad(y, source, **options)[0] for y in columns]
    return torch.stack(found, 1).reshape(*target.shape, *source.shape[1:])
