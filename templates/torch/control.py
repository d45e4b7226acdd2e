"""Loops and branches over functions, and loops over the leading axis of arrays."""

import functools

import torch

from .containers import tree_flatten, tree_map
from .numeric import core_ranks
from .primitives import is_mapped


def stacked_trees(trees, axis=0):
    """Trees of the same structure as one, its leaves stacked."""
    if not trees:
        raise ValueError("a loop of no steps has no outputs to stack")
    return tree_map(
        lambda *leaves: torch.stack([torch.as_tensor(leaf) for leaf in leaves], axis), *trees
    )


def carried(value):
    """What a loop carries: numbers are arrays inside of it."""

    def as_carried(leaf):
        if isinstance(leaf, (bool, float)):
            return torch.tensor(leaf)
        return torch.tensor(leaf, dtype=torch.int32) if isinstance(leaf, int) else leaf

    return tree_map(as_carried, value)


def vmap(fun, /, *, in_axes=0, out_axes=0):
    """``torch.func.vmap`` that maps keyword arguments too, along their first axes; numbers in results are arrays."""

    def of_arrays(named, *args):
        return carried(fun(*args, **named))

    @functools.wraps(fun)
    def mapped(*args, **kwargs):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        return torch.func.vmap(of_arrays, (0 if kwargs else None, *axes), out_axes)(kwargs, *args)

    return mapped


def scan(f, init, xs=None, length=None, *, reverse=False):
    """Carry a state through ``f(carry, x) -> (carry, y)`` along the leading axis; the last carry and all y."""
    leaves, structure = tree_flatten(xs)
    steps = range(len(leaves[0]) if leaves else length)
    init, ys = carried(init), []
    for i in reversed(steps) if reverse else steps:
        init, y = f(init, structure.unflatten([leaf[i] for leaf in leaves]))
        ys.append(y)
    return init, stacked_trees(ys[::-1] if reverse else ys)


def map_leading(f, xs, /):
    """``f`` of each element along the leading axis, the results stacked."""
    leaves, structure = tree_flatten(xs)
    return stacked_trees([f(structure.unflatten(list(parts))) for parts in zip(*leaves)])


def selected(pred, yes, no):
    """Of each two leaves of two trees the first where ``pred`` holds: what a branch is inside ``torch.func.vmap``."""
    return tree_map(lambda a, b: torch.where(pred, a, b), yes, no)


def any_mapped(x):
    """Whether a condition holds, inside ``torch.func.vmap`` for any of its calls."""
    while is_mapped(x):
        x = torch._C._functorch.get_unwrapped(x).any()
    return bool(x)


def conditional(pred, true_fun, false_fun, /, *operands):
    """``true_fun(*operands)`` if ``pred``, else ``false_fun(*operands)``."""
    if is_mapped(pred):
        return selected(pred, true_fun(*operands), false_fun(*operands))
    return true_fun(*operands) if pred else false_fun(*operands)


def vectorize_arrays(function, /, *, excluded=(), signature=None):
    """A function of tensors of the axes that the signature names, mapped over all axes before them, broadcast."""

    def mapped(*args):
        places = [i for i in range(len(args)) if i not in excluded]
        values = [torch.as_tensor(args[i]) for i in places]
        ranks = [0] * len(values) if signature is None else core_ranks(signature)
        cuts = [value.ndim - rank for value, rank in zip(values, ranks, strict=True)]
        shape = torch.broadcast_shapes(*(value.shape[:cut] for value, cut in zip(values, cuts)))
        rows = [
            value.expand(shape + value.shape[cut:]).reshape(-1, *value.shape[cut:])
            for value, cut in zip(values, cuts)
        ]

        def of_row(*row):
            given = list(args)
            for i, value in zip(places, row):
                given[i] = value
            return function(*given)

        found = torch.func.vmap(of_row)(*rows)
        return tree_map(lambda x: x.reshape(shape + x.shape[1:]), found)

    return mapped


def switch(index, branches, /, *operands):
    """The branch of an index, which is clamped, applied to the operands."""
    if is_mapped(index):
        results = [branch(*operands) for branch in branches]
        found = results[0]
        for number, result in enumerate(results[1:], start=1):
            found = selected(index >= number, result, found)
        return found
    return branches[min(max(int(index), 0), len(branches) - 1)](*operands)


def while_loop(cond_fun, body_fun, init_val, /):
    """Apply ``body_fun`` to a value as long as ``cond_fun`` of it holds."""
    init_val = carried(init_val)
    going = cond_fun(init_val)
    while any_mapped(going):
        changed = body_fun(init_val)
        init_val = selected(going, changed, init_val) if is_mapped(going) else changed
        going = cond_fun(init_val)
    return init_val


def fori_loop(lower, upper, body_fun, init_val, /):
    """Apply ``body_fun(i, value)`` for i from lower to upper - 1."""
    init_val = carried(init_val)
    for i in range(int(lower), int(upper)):
        init_val = body_fun(torch.tensor(i), init_val)
    return init_val


def slices_of(x, axis):
    """The slices of size 1 along an axis."""
    before = (slice(None),) * (axis % x.ndim)
    return [x[(*before, slice(i, i + 1))] for i in range(x.shape[axis])]


def associative_scan(fn, elems, /, *, reverse=False, axis=0):
    """All prefixes of the elements along an axis, combined by ``fn``."""
    leaves, structure = tree_flatten(elems)
    steps = [
        structure.unflatten(list(parts))
        for parts in zip(*(slices_of(leaf, axis) for leaf in leaves))
    ]
    steps = steps[::-1] if reverse else steps
    found = steps[:1]
    for step in steps[1:]:
        found.append(fn(found[-1], step))
    found = found[::-1] if reverse else found
    return tree_map(lambda *leaves: torch.cat(leaves, axis), *found)


class TracedTensors(type):
    """Makes ``isinstance`` ask whether a tensor is one of ``torch.func``, which has no values to look at."""

    def __instancecheck__(cls, x):
        return isinstance(x, torch.Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(x)


class Tracer(metaclass=TracedTensors):
    """Tensors inside ``torch.func.grad`` and ``torch.func.vmap``; only for ``isinstance``."""
