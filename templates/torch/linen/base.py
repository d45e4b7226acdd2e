"""flax.linen's way of writing modules on torch.nn: fields, ``setup``, and layers made where they are called."""

import contextlib
import copy
import dataclasses
import functools

import torch
from torch import nn

from ..containers import tree_map
from ..flax_functions import new_key
from ..trees import narrow_tensor
from .running import STACK, running


@contextlib.contextmanager
def seeded(keys):
    """Random numbers that follow from a key or the first of several keys by name."""
    key = next(iter(keys.values()), None) if isinstance(keys, dict) else keys
    if key is None:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(
            key if isinstance(key, int) else int(key[..., 0]) << 32 | int(key[..., 1])
        )
        yield


class ModuleType(type):
    """Constructing a layer inside a compact method gives the layer of that name again."""

    def __call__(cls, *args, name=None, **kwargs):
        owner = STACK[-1] if STACK else None
        if owner is None or not owner._compact:
            module = super().__call__(*args, **kwargs)
            module.__dict__["name"] = name
            return module
        with running(None):
            module = super().__call__(*args, **kwargs)
        return owner._adopted(module, name)


class Module(nn.Module, metaclass=ModuleType):
    """Base class of modules: annotations are constructor arguments, weights are made at the first call.

    ``init`` and ``apply`` compute with dictionaries of tensors by collection, module and name instead.
    """

    name = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if not has_constructor(cls):
            dataclasses.dataclass(eq=False, repr=False)(cls)

    def __new__(cls, *args, **kwargs):
        module = super().__new__(cls)
        nn.Module.__init__(module)
        state = {
            "_compact": False,
            "_ready": False,
            "_place": None,
            "_given": None,
            "_creating": False,
            "_mutable": (),
        }
        module.__dict__.update(state)
        return module

    def __init__(self):
        """Nothing: what a module needs, it has before its fields are set."""

    def __post_init__(self):
        """Nothing: for subclasses to extend."""

    def setup(self):
        """Nothing: for subclasses to make their layers in."""

    def _set_up(self):
        if not self._ready:
            self.__dict__["_ready"] = True
            with running(None):
                self.setup()

    def __call__(self, *args, **kwargs):
        self._set_up()
        return super().__call__(*args, **kwargs)

    def __getattr__(self, name):
        if not name.startswith("_") and not self.__dict__.get("_ready", True):
            self._set_up()
            return getattr(self, name)
        return super().__getattr__(name)

    def __setattr__(self, name, value):
        if isinstance(value, Module) and value._place is not None:
            self.__dict__[name] = value  # it belongs to another module
            return
        if isinstance(value, (list, tuple, dict)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in items:
                if isinstance(item, Module) and item._place is None:
                    self._own(f"{name}_{key}", item)
        super().__setattr__(name, value)
        if isinstance(value, Module):
            value.__dict__.update(_place=(self, name), name=name)

    def _own(self, name, module):
        self.add_module(name, module)
        module.__dict__.update(_place=(self, name), name=name)

    def _adopted(self, module, name):
        """The layer of this name, with the fields of the new one."""
        if name is None:
            kind = type(module).__name__
            name = f"{kind}_{self._names[kind]}"
            self._names[kind] += 1
        if name in self._used:
            raise ValueError(f"{type(self).__name__} has two layers that are called {name!r}")
        self._used.add(name)
        known = self._modules.get(name)
        if type(known) is not type(module):
            self._own(name, module)
            return module
        known._take_fields(module)
        return known

    def _take_fields(self, other):
        """Take over what another layer of the same class was given, and so for the layers inside it."""
        children = dict(other.named_children())
        if children.keys() - self._modules.keys() or any(
            name in self._modules and value is None for name, value in vars(other).items()
        ):
            raise NotImplementedError(f"calls of {type(self).__name__} have unlike layers")
        for name, value in vars(other).items():
            private = name.startswith("_") or name in ("name", "training")
            if not private and not isinstance(value, nn.Module) and not holds_modules(value):
                self.__dict__[name] = value
        for name, child in children.items():
            known = self._modules[name]
            if isinstance(known, Module) and type(known) is type(child):
                known._take_fields(child)

    def train(self, mode=True):
        """Set the mode; a field may have the name of this method."""
        self.training = mode
        for child in self.children():
            (Module if isinstance(child, Module) else type(child)).train(child, mode)
        return self

    def eval(self):
        """Set inference mode."""
        return Module.train(self, False)

    def layer(self, name, make):
        """The layer of this name, made when it is first asked for."""
        if self._modules.get(name) is None:
            with running(None):
                self._own(name, make())
        return self._modules.get(name)

    # Parameters and state

    def _root(self):
        """The outermost module and the names on the way to this one."""
        module, path = self, []
        while module._place is not None:
            module, name = module._place
            path.insert(0, name)
        return module, path

    def _stored(self, collection):
        """The dictionary of a collection for this module, None when the module keeps its own tensors."""
        root, path = self._root()
        if root._given is None:
            return None
        part = root._given.setdefault(collection, {})
        for name in path:
            part = part.setdefault(name, {})
        return part

    def is_initializing(self):
        """Whether ``init`` is running."""
        return self._root()[0]._creating

    def param(self, name, init_fn, *init_args, **init_kwargs):
        """The parameter of this name, made by ``init_fn(key, *init_args)`` when it is first asked for."""
        stored = self._stored("params")
        if stored is not None:
            if name not in stored:
                if not self.is_initializing():
                    raise KeyError(
                        f"no parameter {name!r} was given for {'/'.join(self._root()[1])}"
                    )
                stored[name] = init_fn(new_key(), *init_args, **init_kwargs)
            return stored[name]
        if name not in self._parameters:
            self.register_parameter(
                name, nn.Parameter(init_fn(new_key(), *init_args, **init_kwargs))
            )
        return self._parameters[name]

    def variable(self, col, name, init_fn=None, *init_args, **init_kwargs):
        """State that is not trained, as an object with a ``value``."""
        if not self.has_variable(col, name):
            self.put_variable(col, name, init_fn(*init_args, **init_kwargs))
        return Variable(self, col, name)

    def has_variable(self, col, name):
        """Whether there is state of this name."""
        stored = self._stored(col)
        return name in (self._buffers if stored is None else stored)

    def get_variable(self, col, name, default=None):
        """The state or parameter of this name."""
        stored = self._stored(col)
        if stored is not None:
            return stored.get(name, default)
        found = {**self._parameters, **self._buffers}.get(name)
        return default if found is None else found

    def put_variable(self, col, name, value):
        """Replace state."""
        stored = self._stored(col)
        if stored is not None:
            stored[name] = value
            return
        self.collections[name] = col
        value = torch.as_tensor(value).detach()
        if name in self._buffers:
            self._buffers[name] = value
        else:
            self.register_buffer(name, value)

    @property
    def collections(self):
        """The collection of each buffer."""
        return self.__dict__.setdefault("_collections", {})

    def make_rng(self, name="params"):
        """A new random key."""
        return new_key()

    def has_rng(self, name):
        """Whether keys of this name can be made: always."""
        return True

    def is_mutable_collection(self, col):
        """Whether variables of this collection may change; parameters do not while a model computes."""
        root = self._root()[0]
        if root._creating or root._mutable is True:
            return True
        return col != "params" if root._given is None else col in root._mutable

    def sow(self, col, name, value, reduce_fn=None, init_fn=tuple):
        """Add a value to those of this name where ``apply`` is asked for the collection; a model itself keeps none."""
        stored = self._stored(col)
        if stored is None or self.is_initializing() or not self.is_mutable_collection(col):
            return False
        known = stored[name] if name in stored else init_fn()
        stored[name] = (*known, value) if reduce_fn is None else reduce_fn(known, value)
        return True

    # Computing with given variables

    def init(self, rngs, *args, method=None, **kwargs):
        """New variables by collection, for inputs like these."""
        module = self._bound({}, True)
        with seeded(rngs), torch.no_grad():
            module._computed(method, args, kwargs)
        return without_empty(module._given)

    def apply(self, variables, *args, rngs=None, mutable=False, method=None, **kwargs):
        """The result with these variables, and those of the mutable collections as they are afterwards."""
        module = self._bound(copied(variables), False)
        module.__dict__["_mutable"] = (mutable,) if isinstance(mutable, str) else mutable or ()
        with seeded(rngs):
            output = module._computed(method, args, kwargs)
        if mutable is False:
            return output
        names = (
            list(module._given)
            if mutable is True
            else [mutable] if isinstance(mutable, str) else mutable
        )
        state = {name: module._given[name] for name in names if name in module._given}
        return output, without_empty(state)

    # only if used
    def bind(self, variables, *args, rngs=None, mutable=False):
        """The module with these variables, whose methods can be called."""
        module = self._bound(copied(variables), False)
        module.__dict__["_mutable"] = (mutable,) if isinstance(mutable, str) else mutable or ()
        return module

    # only if used
    def unbind(self):
        """The module without variables, and its variables."""
        module = copy.deepcopy(self)
        module.__dict__.update(_given=None, _place=None)
        return module, self.variables

    # only if used
    @property
    def variables(self):
        """The variables of this module and those inside it by collection, where it was given some."""
        root, path = self._root()
        parts = root._given.items()
        return without_empty(
            {col: functools.reduce(lambda part, name: part.get(name, {}), path, tree) for col, tree in parts}
        )

    def _bound(self, variables, creating):
        module = copy.deepcopy(self)
        module.__dict__.update(_given=variables, _creating=creating, _place=None)
        return module

    def _computed(self, method, args, kwargs):
        args, kwargs = tree_map(narrow_tensor, (args, kwargs))
        with running(None):
            if method is None:
                return self(*args, **kwargs)
            self._set_up()
            if isinstance(method, str):
                return getattr(self, method)(*args, **kwargs)
            return getattr(method, "__func__", method)(self, *args, **kwargs)


class Variable:
    """State of a module."""

    def __init__(self, module, col, name):
        self.module, self.col, self.name = module, col, name

    @property
    def value(self):
        """The tensor."""
        return self.module.get_variable(self.col, self.name)

    @value.setter
    def value(self, value):
        self.module.put_variable(self.col, self.name, value)


def holds_modules(value):
    """Whether a list or dictionary has modules in it."""
    items = (
        value.values()
        if isinstance(value, dict)
        else value if isinstance(value, (list, tuple)) else ()
    )
    return any(isinstance(item, nn.Module) for item in items)


def has_constructor(cls):
    """Whether a class or one that it derives from has a constructor of its own, not one made of annotations."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    return owner not in Module.__mro__ and "__dataclass_fields__" not in vars(owner)


def copied(tree):
    """Nested dictionaries with the same tensors."""
    return {key: copied(value) for key, value in tree.items()} if isinstance(tree, dict) else tree


def without_empty(tree):
    """Nested dictionaries without empty ones."""
    if not isinstance(tree, dict):
        return tree
    kept = {key: without_empty(value) for key, value in tree.items()}
    return {key: value for key, value in kept.items() if not isinstance(value, dict) or value}
