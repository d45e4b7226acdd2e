"""Live flax.nnx models: the same classes converted, with the same weights, statistics and attributes."""

from __future__ import annotations

import inspect
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from ...exceptions import NotConvertible
from ..weight_state import WeightError
from ..weights import load_weights
from .boundary import framework_of_array, to_native
from .frameworks import Direction, framework_of
from .helpers import getattr_or, lookup
from .references import belongs, counterpart, is_dtype

_OF_NNX = "_pytree__"
_NOT_KEPT = frozenset(("rngs", "rng_collection", "parent", "name"))
_SET_BY_NNX = frozenset(("promote_dtype", "dot_general", "conv_general_dilated"))


def is_nnx(obj: Any) -> bool:
    """Whether an object is a flax.nnx model."""
    return any(c.__module__.startswith("flax.nnx.") and c.__name__ == "Module" for c in type(obj).__mro__)


def converted_nnx(obj: Any, direction: Direction) -> Any:
    """A model of the target framework with the state and the structure of a flax.nnx model."""
    new = ModelCopy(direction).module(obj)
    try:
        load_weights(new, obj)
    except WeightError as error:
        raise NotConvertible(f"{type(obj).__name__}: {error}") from error
    return new


class ModelCopy:
    """One conversion: what was made for each object, so that what is shared stays shared."""

    family = "nnx"

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.helper = lookup(direction, self.family)
        self.reserved = frozenset(getattr_or(self.helper, "RESERVED", ()))
        self.made: dict[int, Any] = {}
        self.kept: list[Any] = []

    def is_module(self, obj: Any) -> bool:
        return is_nnx(obj)

    def module(self, obj: Any) -> Any:
        if id(obj) not in self.made:
            own = framework_of(type(obj).__module__) == self.direction.source
            self.kept.append(obj)
            if own:
                self.made[id(obj)] = self.layer(obj)
                self.tie(obj, self.made[id(obj)])
            else:
                self.user_module(obj)
        return self.made[id(obj)]

    def layer(self, obj: Any) -> Any:
        """A layer of flax itself: built from the attributes that keep its arguments."""
        cls = counterpart(type(obj), self.direction)
        name = type(obj).__name__
        if name == "Sequential":
            return cls(*[self.value(part) for part in obj.layers])
        if name == "List":
            return cls([self.value(part) for part in obj])
        if name == "Dict":
            return cls({key: self.value(part) for key, part in vars(obj).items() if not key.startswith(_OF_NNX)})
        taken = inspect.signature(cls.__init__).parameters
        arguments = {}
        held = _arguments_of(obj)
        for name, parameter in inspect.signature(type(obj).__init__).parameters.items():
            if name in _NOT_KEPT or name not in held or (callable(held[name]) and held[name] is parameter.default):
                continue
            if name in taken:
                arguments[name] = self.value(held[name])
            elif name not in _SET_BY_NNX and not _same(held[name], _default(name, parameter.default)):
                raise NotConvertible(f"{type(obj).__name__}: {name}= has no {self.direction.target} counterpart")
        try:
            return cls(**arguments)
        except TypeError as error:
            raise NotConvertible(f"{type(obj).__name__}: cannot be built from its attributes ({error})") from error

    def user_module(self, obj: Any) -> None:
        """A module of a class of the user's: attribute by attribute."""
        from .instances import located_class

        cls = located_class(type(obj), self.direction)
        new = self.made[id(obj)] = _bare(cls, self.direction.target)
        for name, value in vars(obj).items():
            if not name.startswith(_OF_NNX):
                self.set(new, name, value)

    def set(self, new: Any, name: str, value: Any) -> None:
        from flax import nnx

        name = f"{name}_" if name in self.reserved else name
        if self.direction.target == "numpy" and framework_of_array(value):
            new.register_buffer(name, self.value(value), persistent=False)  # a constant, which is no state
        elif not isinstance(value, nnx.Variable):
            setattr(new, name, self.value(value))
        elif isinstance(value, nnx.Param) or not hasattr(new, "register_buffer"):
            setattr(new, name, self.variable(value))
        else:
            new.register_buffer(name, self.variable(value))

    def variable(self, variable: Any) -> Any:
        """The value of a variable in the target; one that several modules hold stays one."""
        from flax import nnx

        if id(variable) not in self.made:
            array = to_native(variable[...], self.direction.target)
            trained = isinstance(variable, nnx.Param)
            make = getattr_or(self.helper, "Parameter" if trained else "Buffer", None)
            if trained and self.direction.target == "torch":
                import torch

                make = torch.nn.Parameter
            self.kept.append(variable)
            self.made[id(variable)] = array if make is None else make(array)
        return self.made[id(variable)]

    def tie(self, obj: Any, new: Any) -> None:
        """Let a new layer have the variables that its source shares with other modules."""
        from flax import nnx

        for name, variable in vars(obj).items():
            if isinstance(variable, nnx.Param) and getattr(new, name, None) is not None:
                self.kept.append(variable)
                shared = self.made.setdefault(id(variable), getattr(new, name))
                if shared is not getattr(new, name):
                    setattr(new, name, shared)

    def value(self, value: Any) -> Any:
        """A plain attribute: modules, arrays, functions and classes in it become the target's."""
        return to_native(value, self.direction.target, self.other)

    def other(self, value: Any) -> Any:
        from flax import nnx

        from .transpile import _other

        if isinstance(value, (nnx.Rngs, nnx.RngStream)):
            return self.helper("Rngs")(0)  # random streams have no values that could be compared
        if self.is_module(value):
            return self.module(value)
        if isinstance(value, nnx.Variable):
            raise NotConvertible(f"{type(value).__name__}: a variable in a container; make it an attribute of a module")
        if isinstance(value, partial):
            held = self.value((value.args, value.keywords))
            return partial(self.other(value.func), *held[0], **held[1])
        if isinstance(value, MethodType) and self.is_module(value.__self__):
            return getattr(self.module(value.__self__), value.__name__)
        if (
            is_dtype(value)
            or belongs(value, self.direction.source)
            and (isinstance(value, type) or hasattr(value, "__name__"))
        ):
            return counterpart(value, self.direction)
        return _other(value, self.direction) if isinstance(value, FunctionType) else value


def _arguments_of(obj: Any) -> dict[str, Any]:
    """What a layer of flax keeps of its arguments, by their names."""
    held = {name: getattr(obj, name) for name in inspect.signature(type(obj).__init__).parameters if hasattr(obj, name)}
    if type(obj).__name__ == "GroupNorm":  # keeps both ways to say how many groups there are, and takes one
        held.update(num_features=obj.num_groups * obj.group_size, group_size=None)
    return held


def _default(name: str, given: Any) -> Any:
    """What an attribute is where its argument was left out."""
    from flax import nnx

    whole: Any = {...: nnx.Carry}
    return nnx.StateAxes(whole) if name == "state_axes" else given


def _same(value: Any, default: Any) -> bool:
    """Whether an attribute still has the default value of its argument."""
    return value is default or value is None or type(value) is type(default) and bool(value == default)


def _bare(cls: Any, target: str) -> Any:
    """An object of a class whose own constructor was not run, only that of the framework's base."""
    own = (b for b in cls.__mro__ if ".templates." in b.__module__ or framework_of(b.__module__) == target)
    base = next((b for b in own if b.__name__ in ("Module", "Layer", "Model")), None)
    if base is None:
        raise NotConvertible(f"{cls.__name__}: its base class has no {target} counterpart")
    made = type(cls)(cls.__name__, (cls,), {"__init__": lambda self: base.__init__(self)})()
    made.__class__ = cls
    return made
