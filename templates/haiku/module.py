"""Modules of Haiku with PyTorch's attributes and dotted names."""

import contextlib
import contextvars
import copy
import functools
import inspect

import haiku as hk
import jax

from ..jax.module import _named_variables, named_modules
from .variables import Buffer, Parameter, Variable

# Names that modules keep for themselves.
RESERVED = ("is_training module_name",)
# Whether the modules that are running train; None while none is running.
TRAINING = contextvars.ContextVar("training", default=None)
# Whether a module is being made.
MAKING = contextvars.ContextVar("making", default=False)


@contextlib.contextmanager
def holding(variable, value):
    """The context variable has a value inside a `with` block."""
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


def is_making():
    """Whether a module is being made."""
    return MAKING.get()


def making(init):
    """A constructor that computes at once, also under `jax.jit`: sizes and rates may depend on arrays."""

    @functools.wraps(init)
    def made(self, *args, **kwargs):
        with jax.ensure_compile_time_eval(), holding(MAKING, True):
            init(self, *args, **kwargs)

    return made


def calling(call):
    """A method that takes `is_training` and hands it to all modules that it calls; the default is not to train."""
    mode = inspect.signature(call).parameters.get("is_training")
    takes = mode is not None and mode.kind is inspect.Parameter.KEYWORD_ONLY

    @functools.wraps(call)
    def called(self, *args, **kwargs):
        outer = TRAINING.get()
        if outer is None:
            name_below(root_of(self))
        given = kwargs.get("is_training")
        training = bool(outer) if given is None else given
        if mode is None:
            kwargs.pop("is_training", None)
        elif takes:
            kwargs["is_training"] = training
        with holding(TRAINING, training):
            return call(self, *args, **kwargs)

    return called


def takes_mode(method):
    """Whether a member of a class is a method with the keyword-only argument `is_training`."""
    mode = inspect.signature(method).parameters.get("is_training") if inspect.isfunction(method) else None
    return mode is not None and mode.kind is inspect.Parameter.KEYWORD_ONLY


class Module(hk.Module):
    """Base of modules: a Haiku module whose children and arrays are attributes.

    Names in `params` and `state` are those of the attributes (`net/blocks/0/norm`), `init` makes all of them,
    used or not, and the `is_training` of a call reaches all modules below.
    """

    _parent = None

    def __new__(cls, *args, **kwargs):
        module = super().__new__(cls)
        module._take_name()
        return module

    def __init__(self):
        pass

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name, member in list(vars(cls).items()):
            if name == "__init__":
                cls.__init__ = making(member)
            elif name == "__call__" or takes_mode(member):
                setattr(cls, name, calling(member))

    def make_arrays(self):
        """Makes `params` and `state`, for an `init` without inputs: the first call does so by itself."""
        name_below(root_of(self))
        return self

    def _take_name(self):
        """Takes the name that Haiku gives a new module: that of the outermost one."""
        self._in_call = TRAINING.get() is not None and not is_making()
        hk.Module.__init__(self)

    @property
    def module_name(self):
        """The name in `params` and `state`."""
        if self._parent is None:
            return self._own_name
        parent, name = self._parent
        return f"{parent.module_name}/{name}"

    @module_name.setter
    def module_name(self, name):
        self._own_name = name

    @property
    def is_training(self):
        """Whether the running call trains."""
        return bool(TRAINING.get())

    def __setattr__(self, name, value):
        old = vars(self).get(name)
        if isinstance(old, Variable) and hasattr(value, "dtype") and not isinstance(value, Variable):
            old[...] = value
            return
        if isinstance(old, (Module, Variable)) and old._parent == (self, name):
            old._parent = None
        if isinstance(value, (Module, Variable)) and value._parent is None:
            value._parent = (self, name)
        super().__setattr__(name, value)

    def __delattr__(self, name):
        setattr(self, name, None)
        super().__delattr__(name)

    def __deepcopy__(self, memo):
        new = memo[id(self)] = type(self).__new__(type(self))
        for name, value in vars(self).items():
            if name not in ("_parent", "_own_name", "_in_call", "_submodules"):
                setattr(new, name, copy.deepcopy(value, memo))
        return new

    def _kept_parameter(self, name, parameter):
        return hk.get_parameter(name, parameter.shape, parameter.dtype, lambda *_: parameter.first())

    def _kept_state(self, name, buffer):
        init = (lambda *_: buffer.first()) if hk.running_init() else None
        return hk.get_state(name, buffer.shape, buffer.dtype, init)

    def _put_state(self, name, value):
        hk.set_state(name, value)


def root_of(module):
    """The outermost module that a module lies in."""
    while module._parent is not None:
        module = module._parent[0]
    return module


def owner_of(variable):
    """The module that has a variable as an attribute."""
    owner = variable._parent[0]
    if root_of(owner)._in_call:
        raise RuntimeError(f"{owner.module_name} is made by a call and has arrays: make it in a constructor")
    return owner


def name_below(module, seen=None):
    """Names everything below a module by the first attributes that lead to it; `init` makes its arrays."""
    seen = {id(module)} if seen is None else seen
    inner = [(name, value) for name, value in _members(module) if isinstance(value, (Variable, Module))]
    for name, value in sorted(inner, key=lambda item: isinstance(item[1], Module)):
        if id(value) in seen:
            continue
        seen.add(id(value))
        value._parent = (module, name)
        if isinstance(value, Module):
            name_below(value, seen)
        elif hk.running_init():
            _ = value.value  # asking for it makes it


def _members(module):
    """(name, value) of the attributes of a module, in order of definition."""
    return list(vars(module).items())


def named_buffers(module, prefix="", recurse=True, remove_duplicate=True):
    """Yields (dotted name, Buffer) of running statistics and buffers."""
    yield from _named_variables(module, Buffer, prefix, recurse, remove_duplicate)


def add_module(module, name, child):
    """Sets a child module under a name."""
    setattr(module, name, child)


def _state_variables(module):
    """(dotted name, variable) of what is kept: module by module, parameters first."""
    pairs = []
    for path, owner in named_modules(module, remove_duplicate=False):
        for kind in (Parameter, Buffer):
            for name, value in _named_variables(owner, kind, path, recurse=False):
                if getattr(value, "persistent", True):
                    pairs.append((name, value))
    return pairs


class LateModule(Module):
    """A module whose ``__new__`` sets attributes."""
