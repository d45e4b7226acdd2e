"""flax.linen's way of writing modules on Keras: fields, ``setup``, and layers made where they are called."""

import contextlib
import dataclasses
import functools
import inspect

import keras
import tensorflow as tf

from ..flax_functions import KEYS, new_key
from ..keys import random_key
from ..module import (
    RESERVED,
    Buffer,
    Parameter,
    attribute_name,
    has_symbolic_input,
    public_name,
)
from .running import STACK, running


@contextlib.contextmanager
def seeded(keys):
    """Random numbers that follow from a key or the first of several keys by name."""
    key = next(iter(keys.values()), None) if isinstance(keys, dict) else keys
    if key is None:
        yield
        return
    KEYS.append(random_key(key) if isinstance(key, int) else key)
    try:
        yield
    finally:
        KEYS.pop()


class Place:
    """Where a module is: the one that it belongs to, and its name there."""

    def __init__(self, owner, name):
        self.owner, self.name = owner, name


class ModuleType(type(keras.Model)):
    """Constructing a layer inside a compact method gives the layer of that name again, with its new fields."""

    def __call__(cls, *args, name=None, **kwargs):
        owner = STACK[-1] if STACK else None
        if owner is None or not owner._compact:
            module = super().__call__(*args, **kwargs)
            if name is not None:
                module.name = name
            return module
        name = owner._new_name(cls.__name__, name)
        known = vars(owner).get(attribute_name(name))
        if type(known) is cls and not has_constructor(cls):
            known.__init__(*args, **kwargs)
            return known
        with running(None):
            module = super().__call__(*args, **kwargs)
        if type(known) is cls:
            known._take_fields(module)
            return known
        owner._own(name, module)
        return module


class Module(keras.Model, metaclass=ModuleType):
    """Base class of modules: annotations are constructor arguments, weights are made at the first call.

    ``init`` and ``apply`` compute with dictionaries of tensors by collection, module and name instead.
    """

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if not has_constructor(cls):
            dataclasses.dataclass(eq=False, repr=False)(cls)
        for name in fields_of(cls):
            if name in RESERVED and name not in cls.__dict__:
                setattr(cls, name, None)  # a field, where Keras has a property

    def __new__(cls, *args, **kwargs):
        module = super().__new__(cls)
        keras.Model.__init__(module)
        for name in [name for name, value in vars(module).items() if value is None]:
            if inspect.isfunction(getattr(cls, name, None)):
                del module.__dict__[
                    name
                ]  # such as `loss`: a subclass's method, not a Keras setting
        module.autocast, module.built, module._called = False, True, True
        module.__dict__.update(
            _compact=False, _ready=False, _place=None, _given=None, _mutable=(), _creating=False
        )
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
        if has_symbolic_input(args) or has_symbolic_input(kwargs.values()):
            return super().__call__(*args, **kwargs)
        return self.call(*args, **kwargs)

    def __getattr__(self, name):
        if name.startswith("_") or self.__dict__.get("_ready", True) or name in fields_of(type(self)):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        self._set_up()
        return getattr(self, name)

    def __setattr__(self, name, value):
        if isinstance(value, Module) and value._place is not None:
            self.__dict__[name] = value  # it belongs to another module
            return
        if isinstance(value, (list, tuple, dict)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in items:
                if isinstance(item, Module) and item._place is None:
                    self._own(f"{public_name(name)}_{key}", item)
        super().__setattr__(name, value)
        if isinstance(value, Module):
            value.__dict__.update(_place=Place(self, public_name(name)), name=public_name(name))

    def _own(self, name, module):
        super().__setattr__(attribute_name(name), module)
        module.__dict__.update(_place=Place(self, name), name=name)

    def _new_name(self, kind, name):
        """The name of a layer that is made in a compact method."""
        if name is None:
            name = f"{kind}_{self._names[kind]}"
            self._names[kind] += 1
        if name in self._used:
            raise ValueError(f"{type(self).__name__} has two layers that are called {name!r}")
        self._used.add(name)
        return name

    def _take_fields(self, other):
        """Take over what another layer of the same class was given, and so for the layers inside it."""
        for name, value in list(vars(other).items()):
            known = vars(self).get(name)
            if name.startswith("_") or name == "name" or name in RESERVED:
                continue
            if isinstance(value, Module) and value._place and value._place.owner is other:
                if type(known) is not type(value):
                    raise NotImplementedError(f"calls of {type(self).__name__} have unlike layers")
                known._take_fields(value)
            elif isinstance(known, Module) and value is None:
                raise NotImplementedError(f"calls of {type(self).__name__} have unlike layers")
            elif not isinstance(known, (Module, keras.Variable)) and not holds_modules(value):
                self.__dict__[name] = value

    def layer(self, name, make):
        """The layer of this name, made when it is first asked for."""
        if vars(self).get(attribute_name(name)) is None:
            with running(None):
                self._own(name, make())
        return vars(self).get(attribute_name(name))

    # Parameters and state

    def _root(self):
        """The outermost module and the names on the way to this one."""
        module, path = self, []
        while module._place is not None:
            path.insert(0, module._place.name)
            module = module._place.owner
        return module, path

    def _stored(self, collection):
        """The dictionary of a collection for this module, None when the module keeps its own variables."""
        root, path = self._root()
        if root._given is None:
            return None
        part = root._given.setdefault(collection, {})
        for name in path:
            part = part.setdefault(name, {})
        return part

    def _own_variable(self, name):
        """The variable of this name that the module keeps, None when there is none."""
        found = vars(self).get(attribute_name(name))
        return found if isinstance(found, keras.Variable) else None

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
        if self._own_variable(name) is None:
            with tf.init_scope():
                made = Parameter(init_fn(new_key(), *init_args, **init_kwargs))
                setattr(self, attribute_name(name), made)
        return tf.convert_to_tensor(self._own_variable(name))

    def variable(self, col, name, init_fn=None, *init_args, **init_kwargs):
        """State that is not trained, as an object with a ``value``."""
        if not self.has_variable(col, name):
            with contextlib.nullcontext() if self._stored(col) is not None else tf.init_scope():
                self.put_variable(col, name, init_fn(*init_args, **init_kwargs))
        return State(self, col, name)

    def has_variable(self, col, name):
        """Whether there is state of this name."""
        stored = self._stored(col)
        return self._own_variable(name) is not None if stored is None else name in stored

    def get_variable(self, col, name, default=None):
        """The state or parameter of this name."""
        stored = self._stored(col)
        if stored is not None:
            return stored.get(name, default)
        found = self._own_variable(name)
        return default if found is None else tf.convert_to_tensor(found)

    def put_variable(self, col, name, value):
        """Replace state."""
        stored = self._stored(col)
        if stored is not None:
            stored[name] = value
            return
        self.collections[name] = col
        known = self._own_variable(name)
        if known is None:
            setattr(self, attribute_name(name), Buffer(value))
        else:
            known.assign(value)

    @property
    def collections(self):
        """The collection of each variable that is not trained."""
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
        with seeded(rngs):
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
        names = list(module._given) if mutable is True else mutable
        names = [names] if isinstance(names, str) else names
        state = {name: module._given[name] for name in names if name in module._given}
        return output, without_empty(state)

    def clone(self):
        """A module with the same fields and without weights."""
        return fresh(self, {})

    # only if used
    def bind(self, variables, *args, rngs=None, mutable=False):
        """The module with these variables, whose methods can be called."""
        module = self._bound(copied(variables), False)
        module.__dict__["_mutable"] = (mutable,) if isinstance(mutable, str) else mutable or ()
        return module

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
        module = self.clone()
        module.__dict__.update(_given=variables, _creating=creating)
        return module

    def _computed(self, method, args, kwargs):
        with running(None):
            if method is None:
                return self(*args, **kwargs)
            self._set_up()
            if isinstance(method, str):
                return getattr(self, method)(*args, **kwargs)
            return getattr(method, "__func__", method)(self, *args, **kwargs)


class State:
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


def fresh(value, known):
    """A field's value with new modules in place of those in it; the same one for the same one."""
    if isinstance(value, Module):
        if id(value) not in known:
            fields = {
                name: fresh(field_of(value, name), known) for name in fields_of(type(value))
            }
            with running(None):
                known[id(value)] = type(value)(**fields)
        return known[id(value)]
    if isinstance(value, dict):
        return {key: fresh(item, known) for key, item in value.items()}
    if isinstance(value, list) or type(value) is tuple:
        items = [fresh(item, known) for item in value]
        return tuple(items) if type(value) is tuple else items
    return value


def holds_modules(value):
    """Whether a value is a module, or a list or dictionary with modules in it."""
    if isinstance(value, dict):
        return any(map(holds_modules, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(holds_modules, value))
    return isinstance(value, Module)


def has_constructor(cls):
    """Whether a class or one that it derives from has a constructor of its own, not one made of annotations."""
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    return owner not in Module.__mro__ and "__dataclass_fields__" not in vars(owner)


def fields_of(cls):
    """The names of the arguments of a class, which are attributes too."""
    return list(inspect.signature(cls.__init__).parameters)[1:]


def field_of(module, name):
    """The argument of this name; where Keras has a property of it, a constructor of one's own added an underscore."""
    held = vars(module)
    return held[attribute_name(name)] if attribute_name(name) in held else getattr(module, name)


def copied(tree):
    """Nested dictionaries with the same tensors."""
    return {key: copied(value) for key, value in tree.items()} if isinstance(tree, dict) else tree


def without_empty(tree):
    """Nested dictionaries without empty ones."""
    if not isinstance(tree, dict):
        return tree
    kept = {key: without_empty(value) for key, value in tree.items()}
    return {key: value for key, value in kept.items() if not isinstance(value, dict) or value}
