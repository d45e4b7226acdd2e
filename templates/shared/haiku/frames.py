"""What runs in Haiku's transformed functions: parameters, state, keys, and the names of modules."""

import collections
import contextlib
import functools
import re
import types

from ..keys import random_key, random_split

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


def bundle():
    """The name under which the running module keeps what it asks for."""
    module = frame().calls[-1].module
    return "~" if module is None else module.module_name


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


def maybe_next_rng_key():
    """A new random key, or None when there are none."""
    return None if frame().key is None else next_rng_key()


def running_init():
    """Whether parameters are being made."""
    return frame().creating


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
