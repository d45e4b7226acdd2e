"""Loops, branches and maps over layers of Haiku; functions that share parameters, or are transformed inside others."""

import collections
import contextlib
import functools

from ..containers import tree_flatten, tree_leaves, tree_map
from ..control import conditional, fori_loop, map_leading, scan, stacked_trees, switch, while_loop
from ..keys import random_split
from .base import transform_with_state
from .frames import filled, frame, maybe_next_rng_key, running, unique_name


def once(function):
    """A function whose layers get the same names in every run, as if it were compiled."""

    @functools.wraps(function)
    def run(*args):
        call = frame().calls[-1]
        made, names = call.made.copy(), set(call.names)
        try:
            return function(*args)
        finally:
            call.made, call.names = made, names

    return run


def prepared(branches, operands):
    """The branches as functions with names of their own; while parameters are made each of them makes its own."""
    branches = [once(branch) for branch in branches]
    if frame().creating:
        for branch in branches:
            key = frame().key
            branch(*operands)
            frame().key = key
    return branches


def conditional_call(pred, true_fun, false_fun, /, *operands):
    """``true_fun(*operands)`` if ``pred``, else ``false_fun(*operands)``."""
    if len(operands) == 2 and callable(false_fun) and callable(operands[1]):  # an operand before each function
        of_true, true_fun, of_false, false_fun = true_fun, false_fun, *operands
        return conditional_call(pred, lambda a, b: true_fun(a), lambda a, b: false_fun(b), of_true, of_false)
    return conditional(pred, *prepared([true_fun, false_fun], operands), *operands)


def switch_call(index, branches, /, *operands):
    """The branch of an index, which is clamped, applied to the operands."""
    return switch(index, prepared(branches, operands), *operands)


def scan_calls(f, init, xs=None, length=None, *, reverse=False):
    """Carry a state through ``f(carry, x) -> (carry, y)`` along the leading axis; the last carry and all y."""
    return scan(once(f), init, xs, length, reverse=reverse)


def map_calls(f, xs, /):
    """``f`` of each element along the leading axis, the results stacked."""
    return map_leading(once(f), xs)


def fori_calls(lower, upper, body_fun, init_val, /):
    """Apply ``body_fun(i, value)`` for i from lower to upper - 1."""
    return fori_loop(lower, upper, once(body_fun), init_val)


def while_calls(cond_fun, body_fun, init_val, /):
    """Apply ``body_fun`` to a value as long as ``cond_fun`` of it holds."""
    return while_loop(once(cond_fun), once(body_fun), init_val)


def part_of(tree, axis, i):
    """One slice of each array of a tree along its axis, or all of it without one; axes may be those of parts."""
    if axis is None:
        return tree
    if isinstance(axis, (tuple, list)):
        return type(tree)(part_of(part, own, i) for part, own in zip(tree, axis))
    if isinstance(axis, dict):
        return {key: part_of(part, axis[key], i) for key, part in tree.items()}
    return tree_map(lambda x: x[(slice(None),) * (axis % len(x.shape)) + (i,)], tree)


def sizes_along(tree, axis):
    """The sizes of the arrays of a tree along their axes."""
    if axis is None:
        return []
    if isinstance(axis, (tuple, list)):
        return [size for part, own in zip(tree, axis) for size in sizes_along(part, own)]
    if isinstance(axis, dict):
        return [size for key, own in axis.items() for size in sizes_along(tree[key], own)]
    return [leaf.shape[axis] for leaf in tree_leaves(tree)]


def joined_results(results, axis):
    """The results of all runs, stacked along an axis, or one for each part."""
    if isinstance(axis, (tuple, list)):
        return tuple(joined_results(part, own) for part, own in zip(zip(*results), axis))
    return results[0] if axis is None else stacked_trees(results, axis)


def vmap_calls(fun, /, in_axes=0, out_axes=0, *, split_rng):
    """A function run for each part of its arguments; with ``split_rng`` each run has a random key of its own."""

    def mapped(*args):
        axes = in_axes if isinstance(in_axes, (tuple, list)) else (in_axes,) * len(args)
        count = sizes_along(args, tuple(axes))[0]
        keys = frame().next_keys(count) if split_rng else [frame().key] * count
        after, results = frame().key, []
        for i, key in enumerate(keys):
            frame().key = key
            results.append(once(fun)(*part_of(tuple(args), tuple(axes), i)))
            after = after if split_rng else frame().key
        frame().key = after
        return joined_results(results, out_axes)

    return mapped


@contextlib.contextmanager
def with_rng(key, /):
    """Random keys made inside follow from this one."""
    outer, frame().key = frame().key, key
    try:
        yield
    finally:
        frame().key = outer


MultiTransformed = collections.namedtuple("MultiTransformed", ["init", "apply"])


def multi_transform_with_state(f, /):
    """``init`` of the function that ``f`` gives first, ``apply`` of each in the tree that it gives second."""
    with running({}, {}, 0, True):
        functions, structure = tree_flatten(f()[1])

    def function_of(place):
        return transform_with_state(lambda *args, **kwargs: tree_leaves(f()[1])[place](*args, **kwargs)).apply

    init = transform_with_state(lambda *args, **kwargs: f()[0](*args, **kwargs)).init
    return MultiTransformed(init, structure.unflatten([function_of(i) for i in range(len(functions))]))


def multi_transform(f, /):
    """What ``multi_transform_with_state`` gives, without state."""
    both = multi_transform_with_state(f)

    def stateless(function):
        def apply(params, *args, **kwargs):
            output, state = function(params, {}, *args, **kwargs)
            if filled(state):
                raise ValueError("the function has state: use multi_transform_with_state")
            return output

        return apply

    def init(*args, **kwargs):
        return both.init(*args, **kwargs)[0]

    return MultiTransformed(init, tree_map(stateless, both.apply))


class StateUpdater:
    """Takes the state that a transformed function inside another one left."""

    def __init__(self, prefix):
        self.prefix = prefix

    def update(self, state):
        """Keep this state."""
        for name, part in state.items():
            for key, value in part.items():
                frame().state.setdefault(f"{self.prefix}{name}", {})[key] = value

    def ignore_update(self):
        """Keep the state as it was."""


def below(parts, prefix):
    """The dictionaries whose names begin with a prefix, without it."""
    return {name[len(prefix) :]: dict(part) for name, part in parts.items() if name.startswith(prefix)}


def lifted_function(init_fn, prefix, allow_reuse):
    """A function that makes the parameters of another transformed function ours, or finds them again."""

    def params_and_state(*args, **kwargs):
        if not frame().creating:
            return below(frame().params, prefix), below(frame().state, prefix)
        params, state = init_fn(*args, **kwargs)
        for name, part in params.items():
            if f"{prefix}{name}" in frame().params and not allow_reuse:
                raise ValueError(f"there are parameters of {prefix}{name} already")
            frame().params.setdefault(f"{prefix}{name}", {}).update(part)
        StateUpdater(prefix).update(state)
        return params, state

    return params_and_state


def lift_with_state(init_fn, /, *, allow_reuse=False, name="lifted"):
    """A function that gives the parameters and state of another transformed function, and what takes its new state."""
    prefix = unique_name(frame().calls[-1], name) + "/"
    return lifted_function(init_fn, prefix, allow_reuse), StateUpdater(prefix)


def lift(init_fn, /, *, allow_reuse=False, name="lifted"):
    """A function that gives the parameters of another transformed function, which are ours below a name."""
    stateless = lambda *args, **kwargs: (init_fn(*args, **kwargs), {})
    both, _ = lift_with_state(stateless, allow_reuse=allow_reuse, name=name)
    return lambda *args, **kwargs: both(*args, **kwargs)[0]


def transparent_lift(init_fn, /, *, allow_reuse=False):
    """A function that gives the parameters of another transformed function, which are ours as if we had made them."""
    prefix = unique_name(frame().calls[-1], "lifted").removesuffix("lifted")
    both = lifted_function(lambda *args, **kwargs: (init_fn(*args, **kwargs), {}), prefix, allow_reuse)
    return lambda *args, **kwargs: both(*args, **kwargs)[0]


def layer_stack(num_layers, with_per_layer_inputs=False, *, name=None):
    """A decorator of functions that are applied several times, each time with parameters of their own."""
    inputs = "with" if with_per_layer_inputs else "no"

    def decorator(f):
        def body(x, *parts):
            return f(x, *parts) if with_per_layer_inputs else ((f(*x),) if len(x) == 1 else f(*x), None)

        @functools.wraps(f)
        def stacked(*args, reverse=False):
            x, parts = (args[0], args[1:]) if with_per_layer_inputs else (args, ())
            x, outputs = run_stack(body, num_layers, name or f"__layer_stack_{inputs}_per_layer", x, parts, reverse)
            if with_per_layer_inputs:
                return x, outputs
            return x[0] if len(x) == 1 else x

        return stacked

    return decorator


def run_stack(body, count, name, x, parts, reverse):
    """Apply a function of Haiku several times, with the stacked parameters of a name."""
    init, apply = transform_with_state(body)

    def first_values(x, key):
        made = []
        for i in range(count):
            own, after, applied = (None,) * 3 if key is None else random_split(key, 3)
            own, key = own, after
            given = part_of(parts, 0, i)
            made.append(init(own, x, *given))
            (x, _), _ = apply(*made[-1], applied, x, *given)
        return tuple(stacked_trees(list(trees)) for trees in zip(*made))

    stacked, updater = lift_with_state(first_values, allow_reuse=True, name=name)
    params, state = stacked(x, maybe_next_rng_key())
    key = maybe_next_rng_key()
    keys = [None] * count if key is None else random_split(key, count)
    outputs, states = [None] * count, [None] * count
    for i in reversed(range(count)) if reverse else range(count):
        own = (part_of(params, 0, i), part_of(state, 0, i), keys[i])
        (x, outputs[i]), states[i] = apply(*own, x, *part_of(parts, 0, i))
    updater.update(stacked_trees(states))
    return x, stacked_trees(outputs)
