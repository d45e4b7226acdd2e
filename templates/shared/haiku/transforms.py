"""Pairs of functions that Haiku makes of one."""

import collections

from ..containers import tree_map

Transformed = collections.namedtuple("Transformed", ["init", "apply"])


def without_apply_rng(f, /):
    """The transformed function, with an ``apply`` that takes no key, or with a tree of such."""
    if not callable(f.apply):
        return f._replace(apply=tree_map(lambda apply: without_apply_rng(Transformed(f.init, apply)).apply, f.apply))

    def apply(params, *args, **kwargs):
        return f.apply(params, None, *args, **kwargs)

    def apply_with_state(params, state, *args, **kwargs):
        return f.apply(params, state, None, *args, **kwargs)

    stateful = "state" in f.apply.__code__.co_varnames[:2]
    return Transformed(f.init, apply_with_state if stateful else apply)


def without_state(f, /):
    """The functions of a pair that has no state, which neither take nor give one."""

    def init(*args, **kwargs):
        params, state = f.init(*args, **kwargs)
        if state:
            raise ValueError("the function has state: use transform_with_state")
        return params

    def apply(params, *args, **kwargs):
        output, state = f.apply(params, {}, *args, **kwargs)
        if state:
            raise ValueError("the function has state: use transform_with_state")
        return output

    return Transformed(init, apply)


def with_empty_state(f, /):
    """The functions of a pair without state, which take and give an empty one."""

    def init(*args, **kwargs):
        return f.init(*args, **kwargs), {}

    def apply(params, state, *args, **kwargs):
        return f.apply(params, *args, **kwargs), state

    return Transformed(init, apply)
