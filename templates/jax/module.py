"""Walking modules and their variables in PyTorch's order and with its dotted names."""

import operator
from collections import namedtuple
from types import MappingProxyType

import jax.numpy as jnp
import numpy as np
from flax import nnx


class Buffer(nnx.Variable):
    """State that is saved but not trained; `Buffer(x, persistent=False)` is not saved either."""

    __lt__, __le__, __gt__, __ge__, __ne__, __add__, __sub__, __mul__, __truediv__ = (
        lambda self, other, compute=compute: compute(self[...], other)  # flax compares no variables
        for compute in (
            operator.lt, operator.le, operator.gt, operator.ge, operator.ne,
            operator.add, operator.sub, operator.mul, operator.truediv,
        )
    )  # fmt: skip

    def __bool__(self):
        return bool(self[...])  # flax asks for the length


class LateModule(nnx.Module, pytree=False):
    """A module whose ``__new__`` sets attributes, which happens before flax keeps track of them."""

    def __setattr__(self, name, value):
        if "_pytree__state" in vars(self):
            super().__setattr__(name, value)
        else:
            object.__setattr__(self, name, value)


class BoundMethod(nnx.Pytree, pytree=False):
    """A method that a module keeps in an attribute: copies of the module, as nnx.grad makes them, have their own."""

    def __init__(self, owner, function):
        self.owner = owner
        self.function = getattr(function, "__func__", function)

    def __call__(self, *args, **kwargs):
        return self.function(self.owner, *args, **kwargs)

    def __eq__(self, other):
        """Whether another one, or a method, is of the same object."""
        own = getattr(other, "owner", getattr(other, "__self__", None)) is self.owner
        return own and getattr(other, "function", getattr(other, "__func__", None)) is self.function

    __hash__ = object.__hash__


def _members(module):
    """(name, value) of the attributes of a module in order of definition, also after nnx.jit, which sorts vars()."""
    known = vars(module)
    listed = range(len(module)) if isinstance(module, nnx.List) else [*module._pytree__nodes, *known]
    names = dict.fromkeys(map(str, listed))
    return [(n, known[n]) for n in names if n in known and not n.startswith("_pytree__")]


def named_children(module):
    """Yields (name, module) of the direct children, each module once."""
    seen = set()
    for name, value in _members(module):
        if isinstance(value, nnx.Module) and id(value) not in seen:
            seen.add(id(value))
            yield name, value


def children(module):
    """Yields the direct children, each module once."""
    for _, child in named_children(module):
        yield child


def child_modules(module):
    """The direct children by name, for reading."""
    return MappingProxyType({name: value for name, value in _members(module) if isinstance(value, nnx.Module)})


def named_modules(module, memo=None, prefix="", remove_duplicate=True):
    """Yields (dotted name, module) of the module itself and all below it, parents first."""
    memo = set() if memo is None else memo
    if id(module) in memo:
        return
    if remove_duplicate:
        memo.add(id(module))
    yield prefix, module
    for name, value in _members(module):
        if isinstance(value, nnx.Module):
            path = f"{prefix}.{name}" if prefix else name
            yield from named_modules(value, memo, path, remove_duplicate)


def modules(module):
    """Yields the module itself and all modules below it, parents first, each once."""
    for _, item in named_modules(module):
        yield item


def _named_variables(module, kinds, prefix="", recurse=True, remove_duplicate=True):
    """Yields (dotted name, variable) of the variables of some kinds, each variable once."""
    everything = named_modules(module, prefix=prefix, remove_duplicate=remove_duplicate)
    seen = set()
    for path, owner in everything if recurse else [(prefix, module)]:
        for name, value in _members(owner):
            if not isinstance(value, kinds) or (remove_duplicate and id(value) in seen):
                continue
            seen.add(id(value))
            yield (f"{path}.{name}" if path else name), value


def named_parameters(module, prefix="", recurse=True, remove_duplicate=True):
    """Yields (dotted name, nnx.Param) of all trained variables."""
    yield from _named_variables(module, nnx.Param, prefix, recurse, remove_duplicate)


def parameters(module, recurse=True):
    """Yields the nnx.Param variables of a module and of all below it."""
    for _, value in named_parameters(module, recurse=recurse):
        yield value


def named_buffers(module, prefix="", recurse=True, remove_duplicate=True):
    """Yields (dotted name, variable) of running statistics and buffers."""
    kinds = (nnx.BatchStat, Buffer)
    yield from _named_variables(module, kinds, prefix, recurse, remove_duplicate)


def buffers(module, recurse=True):
    """Yields the running statistics and buffers of a module and of all below it."""
    for _, value in named_buffers(module, recurse=recurse):
        yield value


def stack_module_state(models):
    """Parameters and buffers of models of one kind by their names, stacked along a new first axis."""

    def stacked(named):
        found = [dict(named(model)) for model in models]
        return {name: jnp.stack([one[name][...] for one in found]) for name in found[0]}

    return stacked(named_parameters), stacked(named_buffers)


def functional_call(module, parameters, args=(), kwargs=None):
    """What a module computes with other parameters and buffers, by their names; its own stay as they are."""
    given = parameters if isinstance(parameters, (list, tuple)) else [parameters]
    copy = nnx.clone(module)
    variables = dict(_named_variables(copy, nnx.Variable, remove_duplicate=False))
    for part in given:
        for name, value in part.items():
            variables.pop(name)[...] = jnp.asarray(value)
    others = {id(variable) for variable in variables.values()}
    before = {path: v.get_value() for path, v in nnx.iter_graph(copy) if id(v) in others}
    result = copy(*(args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    own, after = dict(nnx.iter_graph(module)), dict(nnx.iter_graph(copy))
    for path, value in before.items():
        if after[path].get_value() is not value:  # running statistics
            own[path][...] = after[path].get_value()
    return result


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
        if not isinstance(module, nnx.Module):
            raise AttributeError(f"{name!r} of {target!r} is not a module")
    return module


def is_training(module):
    """Whether a module, or anything else that says so, is training; a module without a mode is as its layers are."""
    if not isinstance(module, nnx.Module):
        return module.training
    modes = (inner.deterministic for _, inner in nnx.iter_modules(module) if hasattr(inner, "deterministic"))
    return not (module.deterministic if hasattr(module, "deterministic") else next(modes, False))


def get_parameter(module, target):
    """The parameter at a dotted name."""
    owner, _, name = target.rpartition(".")
    value = getattr(get_submodule(module, owner), name)
    if not isinstance(value, nnx.Param):
        raise AttributeError(f"{target!r} is not a parameter")
    return value


def get_buffer(module, target):
    """The buffer or running statistic at a dotted name."""
    owner, _, name = target.rpartition(".")
    value = getattr(get_submodule(module, owner), name)
    if not isinstance(value, (nnx.BatchStat, Buffer)):
        raise AttributeError(f"{target!r} is not a buffer")
    return value


def add_module(module, name, child):
    """Sets a child module under a name."""
    setattr(module, name, nnx.data(None) if child is None else child)


def _state_variables(module):
    """(dotted name, variable) of what is saved: module by module, parameters first."""
    pairs = []
    for path, owner in named_modules(module, remove_duplicate=False):
        for kinds in (nnx.Param, (nnx.BatchStat, Buffer)):
            for name, value in _named_variables(owner, kinds, path, recurse=False):
                if value.get_metadata().get("persistent", True):
                    pairs.append((name, value))
    return pairs


def state_variables(module):
    """Dictionary from dotted name to variable of all parameters and buffers."""
    return dict(_state_variables(module))


def state_dict(module):
    """Dictionary from dotted name to array of all parameters and buffers."""
    return {name: value[...] for name, value in _state_variables(module)}


LoadResult = namedtuple("LoadResult", ["missing_keys", "unexpected_keys"])


def load_state_dict(module, state_dict, strict=True):
    """Sets parameters and buffers in place from a dictionary from dotted name to array.

    Values may be of any array type that NumPy reads. Shapes have to agree; with `strict`
    the names too.
    """
    targets = dict(_state_variables(module))
    missing = [name for name in targets if name not in state_dict]
    unexpected = [name for name in state_dict if name not in targets]
    if strict and (missing or unexpected):
        raise RuntimeError(f"missing keys: {missing}; unexpected keys: {unexpected}")
    for name, variable in targets.items():
        if name not in state_dict:
            continue
        value = np.asarray(state_dict[name])
        if value.shape != variable.shape:
            raise RuntimeError(f"{name} has shape {variable.shape}, the new value {value.shape}")
        variable[...] = jnp.array(value, variable.dtype)
    return LoadResult(missing, unexpected)


def requires_grad_(module, requires_grad=True):
    """Lets the parameters of a module be trained, or freezes them, and returns it."""
    for variable in parameters(module):
        variable.set_metadata(requires_grad=requires_grad)
    return module


def state_of(owner):
    """The state of a module, or of an object that gives its own."""
    return owner.state_dict() if hasattr(owner, "state_dict") else state_dict(owner)


def load_state_of(owner, state, strict=True):
    """Give a module, or an object that takes its own, a state."""
    if not hasattr(owner, "load_state_dict"):
        return load_state_dict(owner, state, strict)
    return owner.load_state_dict(state) if strict else owner.load_state_dict(state, strict=False)
