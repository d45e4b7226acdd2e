"""Haiku's way of writing models: parameters are asked for by name and kept in dictionaries outside."""

import abc
import types

import numpy as np

from .frames import FirstState, bundle, filled, frame, inside, named_scope, running, snake_case, unique_name
from .transforms import Transformed, without_state


class ModuleType(abc.ABCMeta):
    """Gives methods and properties their name scopes."""

    def __new__(mcs, name, bases, members):
        for key, value in members.items():
            if isinstance(value, property) and value.fget is not None:
                members[key] = property(named_scope(value.fget, key), value.fset, value.fdel)
            plain = isinstance(value, types.FunctionType) and (
                key == "__call__" or not key.startswith("__")
            )
            if plain and not getattr(value, "transparent", False):
                scope = getattr(value, "named_like", key)
                members[key] = named_scope(value, scope)
        return super().__new__(mcs, name, bases, members)

    def __call__(cls, *args, **kwargs):
        module = cls.__new__(cls)
        with inside(module, "__init__"):
            module.__init__(*args, **kwargs)
        return module


class Module(metaclass=ModuleType):
    """Base class of modules; ``__call__`` computes."""

    def __init__(self, name=None):
        name = name or getattr(self, "name", None) or snake_case(type(self).__name__)
        self.module_name = unique_name(frame().calls[-2], name)
        self.name = self.module_name.rpartition("/")[2]

    __post_init__ = __init__

    def params_dict(self):
        """The parameters of this module and those inside it, by full name."""
        own = frame().params.items()
        inner = self.module_name + "/"
        return {
            f"{m}/{n}": v for m, part in own if f"{m}/".startswith(inner) for n, v in part.items()
        }


def initial(init, shape, dtype):
    """A new array from a function of the shape, and of the dtype where it takes one."""
    code = getattr(init, "__code__", None)
    if code is not None and code.co_argcount == 1:
        return init(tuple(shape)).astype(dtype)
    return init(tuple(shape), dtype)


def get_parameter(name, shape, /, dtype=None, init=None):
    """The parameter of this name of the running module, made by ``init(shape, dtype)`` at first."""
    part = (
        frame().params.setdefault(bundle(), {})
        if frame().creating
        else frame().params.get(bundle(), {})
    )
    if name not in part:
        if not frame().creating:
            raise ValueError(f"no parameter {name!r} was given for {bundle()!r}")
        part[name] = initial(init, shape, dtype or np.float32)
    if tuple(part[name].shape) != tuple(shape):
        raise ValueError(
            f"{bundle()}/{name} has shape {tuple(part[name].shape)}, but {tuple(shape)} is needed"
        )
    return part[name]


def get_state(name, /, shape=None, dtype=None, init=None):
    """The state of this name of the running module, made by ``init(shape, dtype)`` at first."""
    part = frame().state.setdefault(bundle(), {})
    if name not in part:
        if init is None:
            raise ValueError(f"no state {name!r} was given for {bundle()!r}")
        part[name] = initial(init, shape, dtype or np.float32)
    return part[name]


def next_rng_keys(num, /):
    """Several new random keys, one in each row."""
    return np.stack(frame().next_keys(num))


def transform_with_state(f, /):
    """``init(key, ...)`` gives parameters and state, ``apply(params, state, key, ...)`` the result and new state."""

    def init(rng, *args, **kwargs):
        with running({}, {}, rng, True) as made:
            first = {}
            made.state = FirstState(first)
            f(*args, **kwargs)
        return filled(made.params), filled(first)

    def apply(params, state, rng, *args, **kwargs):
        state = {name: dict(part) for name, part in (state or {}).items()}
        with running(params or {}, state, rng, False):
            output = f(*args, **kwargs)
        return output, state

    return Transformed(init, apply)


def transform(f, /):
    """``init(key, ...)`` gives parameters, ``apply(params, key, ...)`` the result."""
    return without_state(transform_with_state(f))
