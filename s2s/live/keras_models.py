"""Live Keras models: a model that is a graph is written as a class, one of the user's class is rebuilt part by part."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from ...exceptions import NotConvertible
from ..weight_state import WeightError
from ..weights import load_weights, slots
from .boundary import is_keras, to_native
from .frameworks import Direction, framework_of
from .keras_own import own_class, own_model
from .references import belongs, counterpart

_CONTAINERS = ("Model", "Functional", "Sequential", "Layer")
_MADE_BY_KERAS = ("initializer", "regularizer", "constraint")
_UNKNOWN_SIZE = 64
"""The size of axes that a model leaves open, in the call that makes its weights."""


def own_counterpart(obj: Any, direction: Direction, args: Any, kwargs: Any) -> Any:
    """A class or model of Keras as a module of PyTorch's own layers, where only its user can ask it for anything."""
    if (direction.source, direction.target) != ("tensorflow", "torch"):
        return None
    if isinstance(obj, type):
        return own_class(obj, direction)
    if not is_keras(obj) or not hasattr(obj, "_flatten_layers"):
        return None
    _check_dtypes(obj)
    return own_model(obj, _graph(obj), _class_name(obj.name), direction, lambda: _example(obj, args, kwargs))


def _check_dtypes(obj: Any) -> None:
    """Raise for layers that compute in another dtype than that of their weights."""
    for layer in obj._flatten_layers():
        if layer.compute_dtype != layer.variable_dtype:
            raise NotConvertible(f"{layer.name}: computes in {layer.compute_dtype}; build the model in float32")


def converted_keras(obj: Any, direction: Direction, args: Any, kwargs: Any) -> Any:
    """A model of the target framework with a Keras model's weights, in inference mode as Keras' calls are."""
    _check_dtypes(obj)
    new = _Copy(direction).layer(obj)
    if hasattr(new, "eval"):
        new.eval()
    if not obj.weights:
        return new
    if sum(1 for _ in slots(new)) < len(obj.weights):  # layers that make their weights when they are first called
        inputs = _example(obj, args, kwargs)
        if inputs is None:
            raise NotConvertible(f"{obj.name}: its input shape is not known; give an example of its inputs with args=")
        _call_once(new, to_native(inputs, direction.target), obj.name)
    try:
        load_weights(new, obj)
    except WeightError as error:
        raise NotConvertible(f"{obj.name}: {error}") from error
    return new


def _build(new: Any, obj: Any) -> None:
    """Make the weights of a layer of Keras itself from the shape that its source was built with."""
    shapes = list((getattr(obj, "_build_shapes_dict", None) or {}).values())
    if not obj.built or len(shapes) != 1 or not all(n is None or isinstance(n, int) for n in shapes[0] or (0.5,)):
        new.built = obj.built and not obj.weights
        return
    initializers = {name: value for name, value in vars(new).items() if name.endswith("_initializer")}
    vars(new).update(dict.fromkeys(initializers, "zeros"))  # the values come from the source: none need be drawn
    new.build(tuple(shapes[0]))
    vars(new).update(initializers)
    new.built = True


def _call_once(new: Any, inputs: tuple[Any, Any], name: str) -> None:
    """The first call makes the weights."""
    import contextlib
    import sys

    torch = sys.modules.get("torch")
    try:
        with torch.no_grad() if torch is not None else contextlib.nullcontext():
            new(*inputs[0], **inputs[1])
    except (TypeError, ValueError, RuntimeError) as error:
        raise NotConvertible(f"{name}: the call that makes the weights failed: {error}") from error


def _example(obj: Any, args: Any, kwargs: Any) -> tuple[Any, Any] | None:
    """Inputs of the model: those that were given, else zeros of its own input shapes."""
    if args or kwargs:
        return tuple(args or ()), dict(kwargs or {})
    graph = _graph(obj)
    if graph is not None:
        zeros = [_zeros(tensor.shape, tensor.dtype) for tensor in graph.inputs]
        return ((zeros[0] if len(zeros) == 1 else zeros),), {}
    shapes = getattr(obj, "_build_shapes_dict", None)
    if not shapes:
        return None
    is_shape = all(isinstance(shape, (tuple, list)) for shape in shapes.values())
    if not is_shape or any(not all(n is None or isinstance(n, int) for n in s) for s in shapes.values()):
        return None
    return tuple(_zeros(shape, "float32") for shape in shapes.values()), {}


def _zeros(shape: Any, dtype: str) -> Any:
    import numpy as np

    sizes = [n or (_UNKNOWN_SIZE if axis else 1) for axis, n in enumerate(shape)]
    return np.zeros(sizes, np.dtype(dtype))


def _graph(obj: Any) -> Any:
    """The functional model that a model is, None when its computation is written by the user."""
    inner = getattr(obj, "_functional", None)  # a Sequential model whose input is known
    found = inner if inner is not None else obj
    is_graph = hasattr(found, "_nodes_by_depth") and type(found).__module__.startswith("keras.")
    return found if is_graph else None


class _Copy:
    """One conversion of a model: what was made for each layer, so that what is shared stays shared."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.made: dict[int, Any] = {}

    def layer(self, obj: Any) -> Any:
        if id(obj) not in self.made:
            self.made[id(obj)] = self.new(obj)
        return self.made[id(obj)]

    def new(self, obj: Any) -> Any:
        if _graph(obj) is not None:
            return self.functional(obj, _graph(obj))
        if framework_of(type(obj).__module__) == self.direction.source:
            cls = counterpart(type(obj), self.direction)
            if type(obj).__name__ == "Sequential":
                return cls([self.layer(layer) for layer in obj.layers])
            new = cls(**self.arguments(obj, type(obj), cls))
            _build(new, obj)
            return new
        return self.user_layer(obj)

    def functional(self, obj: Any, graph: Any) -> Any:
        from .functions import text_module
        from .keras_graph import graph_source

        name = _class_name(obj.name)
        source = graph_source(graph, name)
        new = getattr(text_module(source.text, name, self.direction), name)()
        new.built = True
        for path, placed in source.layers.items():
            part = new
            for attribute in path.split("."):
                part = getattr(part, attribute)
                part.built = True
            part.built = False
            _build(part, placed.layer)
        return new

    def arguments(self, obj: Any, own: type, cls: Any) -> dict[str, Any]:
        """The constructor's arguments of a layer of Keras itself, from its configuration."""
        config = {} if own.__name__ in _CONTAINERS else obj.get_config()
        config.update(name=obj.name, trainable=obj.trainable)
        accepted = inspect.signature(cls.__init__).parameters
        inherited = any(p.kind is p.VAR_KEYWORD for p in accepted.values())
        found = {}
        for name, value in config.items():
            known = name in accepted or (inherited and name in ("name", "trainable"))
            if known and not any(word in name for word in _MADE_BY_KERAS):
                found[name] = self.value(getattr(obj, name)) if isinstance(value, dict) else value
        return found

    def user_layer(self, obj: Any) -> Any:
        """A layer of a class of the user's: attribute by attribute."""
        from .instances import located_class

        own = next(c for c in type(obj).__mro__ if c.__module__.startswith("keras."))
        cls = located_class(type(obj), self.direction)
        base = next((c for c in cls.__mro__ if ".templates." in c.__module__), None)
        if base is None:
            raise NotConvertible(f"{type(obj).__qualname__}: its base class {own.__name__} has no counterpart")
        arguments = self.arguments(obj, own, base)
        bare = type(cls)(cls.__name__, (cls,), {"__init__": lambda self: base.__init__(self, **arguments)})
        new = self.made[id(obj)] = bare()
        new.__class__ = cls
        weights = {id(v) for v in (*obj._trainable_variables, *obj._non_trainable_variables)}
        for name, value in vars(obj).items():
            if name in _of_every_model():
                continue
            if id(value) in weights:
                made = new.add_weight(tuple(value.shape), "zeros", dtype=value.dtype, trainable=value.trainable)
                setattr(new, name, made)
            else:
                setattr(new, name, self.value(value))
        new.built = obj.built
        new._track()
        return new

    def value(self, value: Any) -> Any:
        """An attribute: layers, arrays, functions and classes in it become the target's."""
        if isinstance(value, (list, tuple)) and type(value) not in (list, tuple) and not hasattr(value, "_fields"):
            value = list(value) if isinstance(value, list) else tuple(value)
        if isinstance(value, dict):
            value = dict(value)
        return to_native(value, self.direction.target, self.other)

    def other(self, value: Any) -> Any:
        from .transpile import _other

        if is_keras(value) and not isinstance(value, type) and hasattr(value, "add_weight"):
            return self.layer(value)
        if isinstance(value, (list, tuple, dict)):
            return self.value(value)
        if belongs(value, self.direction.source) and (isinstance(value, type) or hasattr(value, "__name__")):
            return counterpart(value, self.direction)
        return _other(value, self.direction)


@cache
def _of_every_model() -> frozenset[str]:
    """Attributes that Keras itself sets on models and layers."""
    import keras

    model = keras.Model()
    model.compile()
    return frozenset((*vars(model), *vars(keras.layers.Layer()), *vars(keras.Sequential()), "_self_setattr_tracking"))


def _class_name(name: str) -> str:
    """``efficientnetv2-b0`` -> ``Efficientnetv2B0``."""
    import re

    words = [word for word in re.split(r"\W|_", name) if word]
    found = "".join(word[:1].upper() + word[1:] for word in words)
    return found if found[:1].isalpha() else f"Model{found}"
