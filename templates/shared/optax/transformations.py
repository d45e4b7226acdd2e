"""Optimizers as pairs of functions over trees of parameters: what they are, how they combine, what applies them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ..containers import tree_leaves, tree_map


class GradientTransformation(NamedTuple):
    """``init(params)`` gives a state, ``update(grads, state, params)`` the updates and the next state."""

    init: Callable
    update: Callable


class EmptyState(NamedTuple):
    """The state of a transformation that has none."""


def stateless(change):
    """A transformation that is ``change(updates, params)``."""
    return GradientTransformation(
        lambda params: EmptyState(), lambda updates, state, params=None: (change(updates, params), state)
    )


def required(params):
    """The parameters, which this transformation cannot do without."""
    if params is None:
        raise ValueError("this update needs the parameters: pass them as third argument")
    return params


def identity():
    """Leave the updates as they are."""
    return stateless(lambda updates, params: updates)


def chain(*transformations):
    """Transformations one after the other; the state is a tuple of theirs."""

    def init(params):
        return tuple(each.init(params) for each in transformations)

    def update(updates, state, params=None):
        states = []
        for each, before in zip(transformations, state, strict=True):
            updates, after = each.update(updates, before, params)
            states.append(after)
        return updates, tuple(states)

    return GradientTransformation(init, update)


class MaskedState(NamedTuple):
    """The state of a transformation of some of the parameters."""

    inner_state: Any


def masked(inner, mask):
    """``inner`` where the mask, a tree of booleans or a function that makes one of the parameters, is true."""

    def chosen(tree):
        return mask(tree) if callable(mask) else mask

    def part(tree, mask):
        return None if tree is None else tree_map(lambda use, leaf: leaf if use else None, mask, tree)

    def init(params):
        return MaskedState(inner.init(part(params, chosen(params))))

    def update(updates, state, params=None):
        use = chosen(updates)
        changed, inner_state = inner.update(part(updates, use), state.inner_state, part(params, use))
        merged = tree_map(lambda use, new, old: new if use else old, use, changed, updates)
        return merged, MaskedState(inner_state)

    return GradientTransformation(init, update)


class PartitionState(NamedTuple):
    """The state of each of several transformations."""

    inner_states: dict


def partition(transforms, param_labels):
    """The transformation of its label for each parameter; the labels are a tree or a function of the parameters."""

    def labels(tree):
        found = param_labels(tree) if callable(param_labels) else param_labels
        unknown = set(tree_leaves(found)) - set(transforms)
        if unknown:
            raise ValueError(f"no transformation for the labels {sorted(unknown)}")
        return found

    def part(label, tree):
        return masked(transforms[label], tree_map(lambda own: own == label, labels(tree)))

    def init(params):
        return PartitionState({label: part(label, params).init(params) for label in transforms})

    def update(updates, state, params=None):
        states = {}
        for label in transforms:
            updates, states[label] = part(label, updates).update(updates, state.inner_states[label], params)
        return updates, PartitionState(states)

    return GradientTransformation(init, update)


def incremental_update(new_tensors, old_tensors, step_size):
    """The old values moved towards the new ones by a fraction of the way."""
    return tree_map(lambda new, old: step_size * new + (1.0 - step_size) * old, new_tensors, old_tensors)


def periodic_update(new_tensors, old_tensors, steps, update_period):
    """The new values every ``update_period`` steps, else the old ones."""
    return new_tensors if steps % update_period == 0 else old_tensors
