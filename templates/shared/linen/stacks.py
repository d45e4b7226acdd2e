"""Layers of flax.linen that run several times, with variables that are stacked."""

import collections
import functools

from ..containers import tree_leaves
from ..control import stacked_trees

# What nn.scan passes whole to each step.
WHOLE = "whole"


@functools.cache
def named_after(prefix, layer):
    """The same layer, called as flax calls it where layers get their names."""
    return type(layer)(prefix + layer.__name__, (layer,), {})


def remat_layer(target, /):
    """A layer that is computed again for gradients in flax, here as it is; so is a method."""
    return named_after("Checkpoint", target) if isinstance(target, type) else target


def jit_layer(target, /):
    """A layer that is compiled in flax, here as it is; so is a method."""
    return named_after("Jit", target) if isinstance(target, type) else target


def repeated_method(target, axes, loop):
    """A method, or a function of a layer, whose runs share the layer's variables."""
    if any(axis is not None for axis in axes.values()):
        raise NotImplementedError("runs of a method share its variables: make a layer of its own for others")

    @functools.wraps(target)
    def repeated_target(layer, *args):
        names, used = dict(layer.__dict__.get("_names") or {}), set(layer.__dict__.get("_used") or ())

        def computed(i, *given):
            if layer._compact:  # each run makes the layers that the first one made
                layer.__dict__.update(_names=collections.Counter(names), _used=set(used))
            return target(layer, *given)

        return loop(computed, *args)

    return repeated_target


def collections_of(names):
    """The names of collections; none of ``False``."""
    if names is True:
        raise NotImplementedError("name the collections of variables that steps share")
    return (names,) if isinstance(names, str) else tuple(names or ())


def sizes_of(inputs, axes):
    """The sizes of the axes along which the inputs are split."""
    for x, axis in zip(inputs, axes, strict=True):
        if axis not in (None, WHOLE):
            yield from (leaf.shape[axis] for leaf in tree_leaves(x))


def stacked_parts(results, axes):
    """The results of all runs as one; a tuple may have an axis for each of its parts."""
    if isinstance(axes, tuple):
        parts = zip(*results, strict=True)
        return tuple(stacked_parts(part, axis) for part, axis in zip(parts, axes, strict=True))
    return results[-1] if axes is None else stacked_trees(results, axes)


def below(tree, path):
    """The part of nested dictionaries at the end of a path; nothing where there is none."""
    for name in path:
        tree = tree.get(name, {})
    return tree
