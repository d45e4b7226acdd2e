"""Base class of modules, and walking them in PyTorch's order and with its dotted names."""

from collections import namedtuple
from types import MappingProxyType

import numpy as np


class Module:
    """Base of all layers and models, for inference. Arrays are parameters, but for those that these names list.

    `buffer_names` are state that is not learned, `constant_names` no state.
    """

    training = False
    buffer_names = ()
    constant_names = ()
    unsaved_names = ()

    def register_buffer(self, name, value, persistent=True):
        """Sets an array that is state but not learned; without `persistent` it is not in stored states."""
        setattr(self, name, value)
        self.buffer_names = (*self.buffer_names, name)
        if not persistent:
            self.unsaved_names = (*self.unsaved_names, name)

    def eval(self):
        """Returns the module: it is always in inference mode."""
        return self

    def train(self, mode=True):
        """Returns the module if `mode` is false; there is no training."""
        if mode:
            raise NotImplementedError("this model is for inference only")
        return self


def named_children(module):
    """Yields (name, module) of the direct children, each module once."""
    seen = set()
    for name, value in vars(module).items():
        if isinstance(value, Module) and id(value) not in seen:
            seen.add(id(value))
            yield name, value


def children(module):
    """Yields the direct children, each module once."""
    for _, child in named_children(module):
        yield child


def child_modules(module):
    """The direct children by name, for reading."""
    return MappingProxyType({name: value for name, value in vars(module).items() if isinstance(value, Module)})


def named_modules(module, memo=None, prefix="", remove_duplicate=True):
    """Yields (dotted name, module) of the module itself and all below it, parents first."""
    memo = set() if memo is None else memo
    if id(module) in memo:
        return
    if remove_duplicate:
        memo.add(id(module))
    yield prefix, module
    for name, value in vars(module).items():
        if isinstance(value, Module):
            path = f"{prefix}.{name}" if prefix else name
            yield from named_modules(value, memo, path, remove_duplicate)


def modules(module):
    """Yields the module itself and all modules below it, parents first, each once."""
    for _, item in named_modules(module):
        yield item


def _named_arrays(module, wanted, prefix="", recurse=True, remove_duplicate=True):
    """Yields (dotted name, array): buffers if `wanted`, else parameters; each array once."""
    everything = named_modules(module, prefix=prefix, remove_duplicate=remove_duplicate)
    seen = set()
    for path, owner in everything if recurse else [(prefix, module)]:
        constants = {name for cls in type(owner).__mro__ for name in vars(cls).get("constant_names", ())}
        for name, value in vars(owner).items():
            is_buffer = name in owner.buffer_names
            if not isinstance(value, np.ndarray) or is_buffer != wanted or not is_buffer and name in constants:
                continue
            if remove_duplicate and id(value) in seen:
                continue
            seen.add(id(value))
            yield (f"{path}.{name}" if path else name), value


def named_parameters(module, prefix="", recurse=True, remove_duplicate=True):
    """Yields (dotted name, array) of the arrays that are not buffers."""
    yield from _named_arrays(module, False, prefix, recurse, remove_duplicate)


def parameters(module, recurse=True):
    """Yields the parameters of a module and of all below it."""
    for _, value in named_parameters(module, recurse=recurse):
        yield value


def named_buffers(module, prefix="", recurse=True, remove_duplicate=True):
    """Yields (dotted name, array) of the arrays in `buffer_names`."""
    yield from _named_arrays(module, True, prefix, recurse, remove_duplicate)


def buffers(module, recurse=True):
    """Yields the buffers of a module and of all below it."""
    for _, value in named_buffers(module, recurse=recurse):
        yield value


def apply(module, fn):
    """Calls `fn` on every module, children first, and returns the module."""
    for child in children(module):
        apply(child, fn)
    fn(module)
    return module


def get_submodule(module, target):
    """The module at a dotted name; an empty name is the module itself."""
    for name in target.split(".") if target else ():
        module = getattr(module, name)
        if not isinstance(module, Module):
            raise AttributeError(f"{name!r} of {target!r} is not a module")
    return module


def add_module(module, name, child):
    """Sets a child module under a name."""
    setattr(module, name, child)


def state_dict(module):
    """Dictionary from dotted name to array: module by module, parameters first."""
    state = {}
    for path, owner in named_modules(module, remove_duplicate=False):
        for wanted in (False, True):
            state.update(_named_arrays(owner, wanted, path, recurse=False))
    return state


LoadResult = namedtuple("LoadResult", ["missing_keys", "unexpected_keys"])


def load_state_dict(module, state_dict, strict=True):
    """Sets parameters and buffers in place from a dictionary from dotted name to array.

    Values may be of any array type that NumPy reads. Shapes have to agree; with `strict`
    the names too.
    """
    targets = {}
    for path, owner in named_modules(module, remove_duplicate=False):
        for wanted in (False, True):
            targets.update(_named_arrays(owner, wanted, path, recurse=False))
    missing = [name for name in targets if name not in state_dict]
    unexpected = [name for name in state_dict if name not in targets]
    if strict and (missing or unexpected):
        raise RuntimeError(f"missing keys: {missing}; unexpected keys: {unexpected}")
    for name, array in targets.items():
        if name not in state_dict:
            continue
        value = np.asarray(state_dict[name])
        if value.shape != array.shape:
            raise RuntimeError(f"{name} has shape {array.shape}, the new value {value.shape}")
        array[...] = value
    return LoadResult(missing, unexpected)


def requires_grad_(module, requires_grad=True):
    """Returns the module unchanged: there are no gradients."""
    return module


def state_of(owner):
    """The state of a module, or of an object that gives its own."""
    return owner.state_dict() if hasattr(owner, "state_dict") else state_dict(owner)


def load_state_of(owner, state, strict=True):
    """Give a module, or an object that takes its own, a state."""
    if not hasattr(owner, "load_state_dict"):
        return load_state_dict(owner, state, strict)
    return owner.load_state_dict(state) if strict else owner.load_state_dict(state, strict=False)
