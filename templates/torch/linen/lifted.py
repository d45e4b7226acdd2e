"""Layers that flax.linen makes of others: run several times with variables that are split along an axis or shared."""

import collections
import copy
import functools

from ..control import conditional, stacked_trees, switch, while_loop
from ..trees import tree_leaves, tree_map
from .base import Module, running

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


class Repeated:
    """A layer whose call runs another one several times; ``split`` has the axes of the collections of variables."""

    def forward(self, *args):
        return self._run(self, *args)


@functools.cache
def repeated(prefix, layer):
    """A layer with the fields of another that runs it several times."""
    return type(layer)(prefix + layer.__name__, (Repeated, layer), {})


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


def maker(prefix, target, axes, loop):
    """A function that makes the repeated layer; a method is repeated itself. ``loop`` calls each run by its number."""
    if not isinstance(target, type):
        return repeated_method(target, axes, loop)

    def run(layer, *args):
        runs = Runs(layer, axes)
        result = loop(runs.computed, *args)
        runs.store()
        return result

    def make(*args, **kwargs):
        layer = repeated(prefix, target)(*args, **kwargs)
        layer.__dict__["_run"] = run
        return layer

    return make


def scan_layers(
    target,
    /,
    variable_axes=None,
    variable_broadcast=False,
    variable_carry=False,
    split_rngs=None,
    in_axes=0,
    out_axes=0,
    length=None,
    reverse=False,
):
    """A layer that runs another along an axis: ``carry, outputs = layer(carry, *inputs)``."""
    shared = (*collections_of(variable_broadcast), *collections_of(variable_carry))
    axes = {**dict.fromkeys(shared), **(variable_axes or {})}

    def loop(computed, carry, *inputs):
        placed = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(inputs)
        steps = length or next(sizes_of(inputs, placed))
        results = [None] * steps
        for i in reversed(range(steps)) if reverse else range(steps):
            given = [step_of(x, axis, i) for x, axis in zip(inputs, placed, strict=True)]
            carry, results[i] = computed(i, carry, *given)
        return carry, stacked_parts(results, out_axes)

    return maker("Scan", target, axes, loop)


def map_layers(
    target, /, variable_axes=None, split_rngs=None, in_axes=0, out_axes=0, axis_size=None
):
    """A layer that runs another for each place of an axis."""

    def loop(computed, *inputs):
        placed = in_axes if isinstance(in_axes, (tuple, list)) else (in_axes,) * len(inputs)
        size = axis_size or next(sizes_of(inputs, placed))
        results = []
        for i in range(size):
            given = [step_of(x, axis, i) for x, axis in zip(inputs, placed, strict=True)]
            results.append(computed(i, *given))
        return stacked_parts(results, out_axes)

    return maker("Vmap", target, variable_axes or {}, loop)


class Runs:
    """Runs of a repeated layer, with the variables of each."""

    def __init__(self, layer, axes):
        self.layer, self.axes = layer, axes
        self.known = {col: tree for col, tree in variables_of(layer).items() if col in axes}
        self.creating = layer.is_initializing() or not self.known
        self.shared, self.made = {}, {}

    def computed(self, i, *args):
        """The result of one run."""
        given = {}
        for col, axis in self.axes.items():
            tree = self.known.get(col, {})
            whole = axis is None
            given[col] = self.shared.get(col, tree) if whole else step_of(tree, axis, i)
        layer = plain(self.layer)
        layer.__dict__.update(_given=given, _creating=self.creating and not given.get("params"))
        layer.__dict__["_mutable"] = [
            col for col in self.axes if self.layer.is_mutable_collection(col)
        ]
        result = layer._computed(None, args, {})
        self.made[i] = layer._given
        self.shared = {col: given[col] for col, axis in self.axes.items() if axis is None}
        return result

    def store(self):
        """Keep what the runs made or changed."""
        for col, axis in self.axes.items():
            if col == "params" and not self.creating:
                continue
            trees = [self.made[i].get(col, {}) for i in sorted(self.made)]
            tree = self.shared.get(col, {}) if axis is None else stacked_trees(trees, axis)
            store_variables(self.layer, col, tree)


def conditional_layers(pred, true_fun, false_fun, layer, /, *operands):
    """One of two functions of a layer by whether ``pred`` holds; ``init`` makes what both need."""
    if layer.is_initializing():
        true_fun(layer, *operands)
        false_fun(layer, *operands)
    return conditional(pred, true_fun, false_fun, layer, *operands)


def switch_layers(index, branches, layer, /, *operands):
    """The branch of an index, which is clamped, applied to the layer and operands; ``init`` makes what all need."""
    if layer.is_initializing():
        for branch in branches:
            branch(layer, *operands)
    return switch(index, branches, layer, *operands)


def loop_layers(cond_fn, body_fn, layer, init, /):
    """Apply ``body_fn(layer, value)`` to a value as long as ``cond_fn(layer, value)`` holds."""
    if layer.is_initializing():
        return body_fn(layer, init)
    return while_loop(lambda value: cond_fn(layer, value), lambda value: body_fn(layer, value), init)


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


def step_of(tree, axis, i):
    """One slice of each array along an axis, or all of it without one."""
    if axis in (None, WHOLE):
        return tree
    return tree_map(lambda x: x[(slice(None),) * (axis % x.ndim) + (i,)], tree)


def stacked_parts(results, axes):
    """The results of all runs as one; a tuple may have an axis for each of its parts."""
    if isinstance(axes, tuple):
        parts = zip(*results, strict=True)
        return tuple(stacked_parts(part, axis) for part, axis in zip(parts, axes, strict=True))
    return results[-1] if axes is None else stacked_trees(results, axes)


def plain(layer):
    """The layer that a repeated one runs, without variables."""
    copied_layer = copy.deepcopy(layer, {id(layer._place): None})
    copied_layer.__class__ = type(layer).__mro__[2]
    return copied_layer


def variables_of(layer):
    """The variables of a layer and of those below it by collection."""
    root, path = layer._root()
    if root._given is not None:
        return {col: found for col in root._given if (found := below(root._given[col], path))}
    found = {}
    for name, value in layer.named_parameters(recurse=False):
        found.setdefault("params", {})[name] = value
    for name, value in layer.named_buffers(recurse=False):
        found.setdefault(layer.collections[name], {})[name] = value
    for name, child in layer.named_children():
        for col, tree in variables_of(child).items():
            found.setdefault(col, {})[name] = tree
    return found


def below(tree, path):
    """The part of nested dictionaries at the end of a path; nothing where there is none."""
    for name in path:
        tree = tree.get(name, {})
    return tree


def store_variables(layer, col, tree):
    """Keep variables of a collection in a layer and in layers below it by their names."""
    for name, value in tree.items():
        if isinstance(value, dict):
            child = layer._modules.get(name)
            if child is None:
                with running(None):
                    child = Module()
                layer._own(name, child)
            store_variables(child, col, value)
        elif col == "params":
            layer.param(name, lambda key, value=value: value)
        else:
            layer.put_variable(col, name, value)
