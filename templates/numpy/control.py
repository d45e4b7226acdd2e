"""Loops and branches over functions, and loops over the leading axis of arrays."""

import numpy as np

from .containers import subtrees, tree_flatten, tree_leaves, tree_map


def stacked_trees(trees, axis=0):
    """Trees of the same structure as one, its leaves stacked."""
    if not trees:
        raise ValueError("a loop of no steps has no outputs to stack")
    return tree_map(lambda *leaves: np.stack(leaves, axis), *trees)


def scan(f, init, xs=None, length=None, *, reverse=False):
    """Carry a state through ``f(carry, x) -> (carry, y)`` along the leading axis; the last carry and all y."""
    leaves, structure = tree_flatten(xs)
    steps = range(len(leaves[0]) if leaves else length)
    ys = []
    for i in reversed(steps) if reverse else steps:
        init, y = f(init, structure.unflatten([leaf[i] for leaf in leaves]))
        ys.append(y)
    return init, stacked_trees(ys[::-1] if reverse else ys)


def map_leading(f, xs, /):
    """``f`` of each element along the leading axis, the results stacked."""
    leaves, structure = tree_flatten(xs)
    return stacked_trees([f(structure.unflatten(list(parts))) for parts in zip(*leaves)])


def conditional(pred, true_fun, false_fun, /, *operands):
    """``true_fun(*operands)`` if ``pred``, else ``false_fun(*operands)``."""
    return true_fun(*operands) if pred else false_fun(*operands)


def switch(index, branches, /, *operands):
    """The branch of an index, which is clamped, applied to the operands."""
    return branches[min(max(int(index), 0), len(branches) - 1)](*operands)


def while_loop(cond_fun, body_fun, init_val, /):
    """Apply ``body_fun`` to a value as long as ``cond_fun`` of it holds."""
    while cond_fun(init_val):
        init_val = body_fun(init_val)
    return init_val


def fori_loop(lower, upper, body_fun, init_val, /):
    """Apply ``body_fun(i, value)`` for i from lower to upper - 1."""
    for i in range(int(lower), int(upper)):
        init_val = body_fun(np.int64(i), init_val)
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
    return tree_map(lambda *leaves: np.concatenate(leaves, axis), *found)


def vmap(fun, /, *, in_axes=0, out_axes=0):
    """``fun`` of each slice of its arguments along their axes (None for an argument that is the same for all)."""

    def mapped(*args, **kwargs):
        axes = in_axes if isinstance(in_axes, (tuple, list)) else [in_axes] * len(args)
        parts = [mapped_leaves(arg, axis) for arg, axis in zip(args, axes, strict=True)]
        parts.append(mapped_leaves(kwargs, 0))
        size = next(
            leaf.shape[axis] for leaves, _ in parts for leaf, axis in leaves if axis is not None
        )
        results = []
        for i in range(size):
            *given, named = [
                tree.unflatten([slice_at(*leaf, i) for leaf in leaves]) for leaves, tree in parts
            ]
            results.append(fun(*given, **named))
        return stacked_outputs(results, out_axes)

    return mapped


def mapped_leaves(tree, axes):
    """The leaves of an argument, each with the axis that it is mapped over, and the structure."""
    leaves, structure = tree_flatten(tree)
    if axes is None or isinstance(axes, int):
        return [(leaf, axes) for leaf in leaves], structure
    found: list = []
    wide, outer = tree_flatten(axes, is_leaf=lambda node: node is None)
    for axis, below in zip(wide, subtrees(outer, tree), strict=True):
        found.extend((leaf, axis) for leaf in tree_leaves(below))
    return found, structure


def slice_at(x, axis, i):
    """One slice along an axis, or all of it without one."""
    return x if axis is None else x[(slice(None),) * (axis % x.ndim) + (i,)]


def stacked_outputs(results, out_axes):
    """The results of a mapped function, stacked along their axes; with None, the first stands for all."""
    if out_axes is None:
        return results[0]
    if isinstance(out_axes, int):
        return stacked_trees(results, out_axes)
    parts = [
        stacked_outputs(part, axis)
        for part, axis in zip(zip(*results, strict=True), out_axes, strict=True)
    ]
    return type(results[0])(parts)


class Tracer:
    """No array: all of them have values to look at. Only for ``isinstance``."""
