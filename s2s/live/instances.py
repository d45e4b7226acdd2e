"""Live models: the same classes converted, with the same state, attributes and shared parts; no `__init__` is run."""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from ...exceptions import IvyError, NotConvertible
from ..weight_state import WeightError
from ..weights import load_weights
from .boundary import is_keras, to_native
from .frameworks import Direction, framework_of
from .functions import Function, importable, located, source_of
from .helpers import getattr_or, lookup
from .keras_models import converted_keras
from .nnx_models import converted_nnx, is_nnx
from .references import belongs, counterpart

_BOOKKEEPING = frozenset(
    "training _parameters _buffers _modules _non_persistent_buffers_set call_super_init dump_patches".split()
)
_NOT_ARGUMENTS = frozenset(("self", "args", "kwargs", "device", "dtype", "rngs"))


def converted_instance(obj: Any, direction: Direction, args: Any = None, kwargs: Any = None) -> Any:
    """A model of the target framework with the state, the plain attributes and the structure of a live one."""
    if is_keras(obj):
        return converted_keras(obj, direction, args, kwargs)
    if is_nnx(obj):
        return converted_nnx(obj, direction)
    if not hasattr(obj, "named_modules") or not hasattr(obj, "_parameters"):
        if _is_plain(obj):
            return _Copy(direction).plain(obj)
        raise NotConvertible(f"{type(obj).__name__}: cannot be converted as a live model; convert its class instead")
    copy = _Copy(direction)
    new = copy.module(obj)
    try:
        load_weights(new, obj.state_dict())
    except WeightError as error:
        raise NotConvertible(f"{type(obj).__name__}: {error}") from error
    if direction.target in ("jax", "torch"):
        copy.set_modes(obj)
    return new


class _Copy:
    """One conversion: what was made for each object, so that what is shared stays shared."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.helper = lookup(direction)
        self.reserved = frozenset(getattr_or(self.helper, "RESERVED", ()))
        self.made: dict[int, Any] = {}
        self.kept: list[Any] = []

    def module(self, obj: Any) -> Any:
        if id(obj) not in self.made:
            if any(hooks for name, hooks in vars(obj).items() if name.endswith("_hooks")):
                raise NotConvertible(f"{type(obj).__name__}: has hooks, which are not converted; remove them")
            own = framework_of(type(obj).__module__) == self.direction.source
            (self.layer if own else self.user_module)(obj)
        return self.made[id(obj)]

    def remember(self, obj: Any, new: Any) -> Any:
        self.made[id(obj)] = new
        self.kept.append(obj)
        return new

    def layer(self, obj: Any) -> Any:
        """A layer of the framework itself: built from the attributes that keep its arguments."""
        cls = counterpart(type(obj), self.direction)
        children = {name: None if child is None else self.module(child) for name, child in obj._modules.items()}
        if type(obj).__name__ in ("Sequential", "ModuleList", "ModuleDict"):
            return self.remember(obj, _container(type(obj).__name__, cls, children))
        arguments: dict[str, Any] = {}
        for name, parameter in inspect.signature(cls.__init__).parameters.items():
            if name not in _NOT_ARGUMENTS and not name.startswith("_") and hasattr(obj, name):
                value = getattr(obj, name)
                is_flag = isinstance(parameter.default, bool) and not isinstance(value, bool)
                arguments[name] = value is not None if is_flag else self.value(value)
        try:
            return self.remember(obj, cls(**arguments))
        except TypeError as error:
            raise NotConvertible(f"{type(obj).__name__}: cannot be built from its attributes ({error})") from error

    def user_module(self, obj: Any) -> Any:
        """A module of a class of the user's: attribute by attribute."""
        cls = located_class(type(obj), self.direction)
        new = self.remember(obj, _bare(cls))
        for name, value in vars(obj).items():
            if name not in _BOOKKEEPING and not name.endswith("_hooks") and not name.startswith("_is_full_backward"):
                if not name.endswith("_hooks_with_kwargs") and not name.endswith("_hooks_always_called"):
                    self.set(new, name, self.value(value))
        for name, value in obj._parameters.items():
            self.set(new, name, self.parameter(value))
        for name, value in obj._buffers.items():
            self.set_buffer(new, name, value, name not in obj._non_persistent_buffers_set)
        for name, child in obj._modules.items():
            self.set(new, name, None if child is None else self.module(child))
        return new

    def plain(self, obj: Any) -> Any:
        """An object of a class of no framework: attribute by attribute."""
        if id(obj) not in self.made:
            cls = located(type(obj), self.direction, self.value)
            new = self.remember(obj, cls.__new__(cls))
            for name, value in vars(obj).items():
                held = _is_plain(value) and source_of(type(value), self.direction.target) == self.direction.source
                object.__setattr__(new, name, self.plain(value) if held else self.value(value))
        return self.made[id(obj)]

    def set(self, new: Any, name: str, value: Any) -> None:
        setattr(new, f"{name}_" if name in self.reserved else name, value)

    def parameter(self, value: Any) -> Any:
        """A parameter in the target; one that several modules hold stays one."""
        if value is None:
            return None
        if id(value) not in self.made:
            array = to_native(value, self.direction.target)
            make = getattr_or(self.helper, "Parameter", None)
            if self.direction.target == "jax":
                from flax import nnx

                make = nnx.Param
            self.remember(value, array if make is None else make(array))
        return self.made[id(value)]

    def set_buffer(self, new: Any, name: str, value: Any, persistent: bool) -> None:
        array = to_native(value, self.direction.target)
        make = getattr_or(self.helper, "Buffer", None)
        if make is None:
            new.register_buffer(name, array, persistent)
        elif value is None:
            self.set(new, name, None)
        else:
            if id(value) not in self.made:
                self.remember(value, make(array, persistent=persistent))
            self.set(new, name, self.made[id(value)])

    def value(self, value: Any) -> Any:
        """A plain attribute: arrays, functions, classes and modules in it become the target's."""
        return to_native(value, self.direction.target, self.other)

    def other(self, value: Any) -> Any:
        if hasattr(value, "_parameters") and hasattr(value, "_modules"):
            return self.module(value)
        if isinstance(value, partial):
            held = self.value((value.args, value.keywords))
            return partial(self.other(value.func), *held[0], **held[1])
        if isinstance(value, MethodType):
            owner = self.other(value.__self__)
            method = getattr(owner, value.__name__)
            of_module = self.direction.target == "jax" and hasattr(value.__self__, "_modules")
            return self.helper("BoundMethod")(owner, method) if of_module else method
        if belongs(value, self.direction.source):
            return counterpart(value, self.direction)
        if isinstance(value, type):
            return located_class(value, self.direction) if _speaks(value, self.direction.source) else value
        return Function(value, self.direction, self.value) if isinstance(value, FunctionType) else value

    def set_modes(self, obj: Any) -> None:
        """Training or evaluation, for each module as in the source."""
        for module in obj.modules():
            new = self.made.get(id(module))
            if new is not None and hasattr(new, "train"):
                new.train() if module.training else new.eval()


def _is_plain(obj: Any) -> bool:
    """Whether an object is all in its attributes: no class of it has slots, is compiled or is a framework's."""
    classes = [cls for cls in type(obj).__mro__ if cls is not object]
    made = all(cls.__flags__ & 1 << 9 and "__slots__" not in vars(cls) for cls in classes)
    return bool(classes) and made and hasattr(obj, "__dict__") and not any(framework_of(c.__module__) for c in classes)


def _speaks(cls: type, framework: str) -> bool:
    """Whether a class has a base of a framework: its module may have got the framework in a way that hides it."""
    return any(framework_of(base.__module__) == framework for base in cls.__mro__)


def located_class(cls: type, direction: Direction) -> Any:
    """The converted class; of a library only the modules that it needs are converted."""
    from importlib import import_module

    from .functions import attribute, from_snippet

    place = importable(cls)
    if place is not None:
        try:
            found = attribute(import_module(f"{direction.prefix}.{place[0]}"), place[1])
            if not _speaks(found, direction.source):
                return found
            return from_snippet(cls, direction, lambda value: value)
        except IvyError:
            raise
        except Exception:  # the module's own top level cannot run again: the class alone may
            pass
    return located(cls, direction, lambda value: value)


def _bare(cls: Any) -> Any:
    """An object of a class whose own constructor was not run, only that of the framework's base."""
    base = next((b for b in cls.__mro__ if ".templates." in b.__module__ and b.__name__ == "Module"), None)
    initialise = base.__init__ if base is not None else lambda self: None
    made = type(cls)(cls.__name__, (cls,), {"__init__": lambda self: initialise(self)})()
    made.__class__ = cls
    return made


def _container(kind: str, cls: Any, children: dict[str, Any]) -> Any:
    if kind == "ModuleDict":
        return cls(children)
    if kind == "ModuleList":
        return cls(list(children.values()))
    numbered = list(children) == [str(i) for i in range(len(children))]
    return cls(*children.values()) if numbered else cls(children)
