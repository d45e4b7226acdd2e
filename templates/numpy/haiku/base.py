"""Haiku's way of writing models: parameters are asked for by name and kept in dictionaries outside."""

import abc
import collections
import contextlib
import functools
import re
import types

import numpy as np

from ..keys import random_key, random_split
from ..trees import tree_map

# What the transformed functions that are running compute with, the innermost last.
FRAMES = []


class Frame:
    """Parameters, state and keys of a call, and the modules whose methods are running."""

    def __init__(self, params, state, key, creating):
        self.params, self.state, self.creating = params, state, creating
        self.key = random_key(key) if isinstance(key, int) else key
        self.calls = [Call(None, "__call__")]

    def next_key(self):
        """A key that was not used yet."""
        if self.key is None:
            raise ValueError("a random key is needed: pass one to apply")
        if callable(self.key):
            return self.key()
        self.key, key = random_split(self.key)
        return key

    def next_keys(self, num):
        """Several keys that were not used yet, of one split."""
        if self.key is None or callable(self.key):
            return [self.next_key() for _ in range(num)]
        self.key, *keys = random_split(self.key, num + 1)
        return keys


class Call:
    """A method of a module that is running, and how often layers of each name were made in it."""

    def __init__(self, module, method):
        self.module, self.method = module, method
        self.made, self.names = collections.Counter(), set()


def frame():
    """The innermost frame."""
    if not FRAMES:
        raise ValueError("modules and parameters are made inside a transformed function")
    return FRAMES[-1]


@contextlib.contextmanager
def inside(module, method):
    """Names made inside follow from the module and its method."""
    calls = frame().calls
    calls.append(Call(module, method))
    try:
        yield
    finally:
        calls.pop()


def named_scope(method, name):
    """The method, with the names that it makes put below its module."""

    @functools.wraps(method)
    def wrapped(self, *args, **kwargs):
        with inside(self, name):
            return method(self, *args, **kwargs)

    return wrapped


def transparent(method):
    """A method whose layers are named as if they were made by its caller."""
    method.transparent = True
    return method


def name_like(method_name, /):
    """A decorator of methods whose layers are named as if another method made them."""

    def decorator(method):
        method.named_like = method_name
        return method

    return decorator


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


def snake_case(name):
    """``LayerNorm`` -> ``layer_norm``."""
    return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", name).lower()


@contextlib.contextmanager
def name_scope(name, /, *, method_name="__call__"):
    """Names made inside follow from this one."""
    with inside(
        types.SimpleNamespace(module_name=unique_name(frame().calls[-1], name)), method_name
    ):
        yield


def unique_name(caller, name):
    """The full name of a new layer: a number follows where the caller made one of the same name."""
    if caller.module is not None:
        scope = {"__init__": "~/", "__call__": ""}.get(caller.method, f"~{caller.method}/")
        name = f"{caller.module.module_name}/{scope}{name}"
    numbered = re.fullmatch(r"(.*)_(0|[1-9]\d*)", name)
    stem, number = (numbered[1], int(numbered[2])) if numbered else (name, caller.made[name])
    name = f"{stem}_{number}" if numbered or number else stem
    if name in caller.names:
        raise ValueError(f"two modules are called {name!r}")
    caller.names.add(name)
    caller.made[stem] = max(caller.made[stem], number + 1)
    return name


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


def bundle():
    """The name under which the running module keeps what it asks for."""
    module = frame().calls[-1].module
    return "~" if module is None else module.module_name


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


def set_state(name, value, /):
    """Replace the state of this name of the running module."""
    frame().state.setdefault(bundle(), {})[name] = value


def next_rng_key():
    """A new random key."""
    return frame().next_key()


class PRNGSequence:
    """Random keys that follow from a key or a seed."""

    def __init__(self, key_or_seed):
        self.key = random_key(key_or_seed) if isinstance(key_or_seed, int) else key_or_seed

    def __iter__(self):
        return self

    def __next__(self):
        self.key, key = random_split(self.key)
        return key

    def take(self, num):
        """The next keys."""
        self.key, *keys = random_split(self.key, num + 1)
        return tuple(keys)


def next_rng_keys(num, /):
    """Several new random keys, one in each row."""
    return np.stack(frame().next_keys(num))


def maybe_next_rng_key():
    """A new random key, or None when there are none."""
    return None if frame().key is None else next_rng_key()


def running_init():
    """Whether parameters are being made."""
    return frame().creating


Transformed = collections.namedtuple("Transformed", ["init", "apply"])


@contextlib.contextmanager
def running(params, state, key, creating):
    """A frame for one call."""
    FRAMES.append(Frame(params, state, key, creating))
    try:
        yield FRAMES[-1]
    finally:
        FRAMES.pop()


def filled(parts):
    """The dictionaries that are not empty."""
    return {name: part for name, part in parts.items() if part}


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


class FirstState(dict):
    """State of a call of ``init``, of which the first values are kept."""

    def __init__(self, first):
        super().__init__()
        self.first = first

    def setdefault(self, name, default):
        if name not in self:
            self[name] = FirstValues(self.first.setdefault(name, {}))
        return self[name]


class FirstValues(dict):
    """State of one module, of which the first values are kept."""

    def __init__(self, first):
        super().__init__()
        self.first = first

    def __setitem__(self, name, value):
        self.first.setdefault(name, value)
        super().__setitem__(name, value)


def transform(f, /):
    """``init(key, ...)`` gives parameters, ``apply(params, key, ...)`` the result."""
    return without_state(transform_with_state(f))


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
