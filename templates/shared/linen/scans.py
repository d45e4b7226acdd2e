"""Loops, branches and maps over layers of flax.linen."""

import functools

from ..control import conditional, stacked_trees, switch, while_loop
from .lifted import Repeated, plain, step_of, store_variables, variables_of
from .stacks import collections_of, repeated_method, sizes_of, stacked_parts


@functools.cache
def repeated(prefix, layer):
    """A layer with the fields of another that runs it several times."""
    return type(layer)(prefix + layer.__name__, (Repeated, layer), {})


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
