"""Live modules of flax.linen: the converted class with the same fields, and the weights of the given variables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ...exceptions import NotConvertible
from ..weight_state import WeightError
from ..weights import load_weights
from .boundary import to_native
from .frameworks import Direction, framework_of
from .nnx_models import ModelCopy
from .references import counterpart

_WHAT_IS_NEEDED = (
    "a module of flax.linen makes its weights when it is called; give the inputs of a call with args= or kwargs="
    " (and its variables with params_v=)"
)
_NOT_FIELDS = frozenset(("parent", "name"))


def is_linen(obj: Any) -> bool:
    """Whether an object is a module of flax.linen."""
    return any(c.__module__.startswith("flax.linen.") and c.__name__ == "Module" for c in type(obj).__mro__)


def converted_linen(obj: Any, direction: Direction, args: Any, kwargs: Any, params_v: Any) -> Any:
    """A model of the target framework that computes what ``obj.apply(params_v, ...)`` does.

    It is called once with ``args`` and ``kwargs``, which makes its weights; they become those of ``params_v``, which is
    what ``init`` returned, or those of the module itself if it is bound, or else what ``init`` gives for these inputs.
    """
    name = type(obj).__name__
    if direction.target not in ("torch", "tensorflow", "numpy"):
        raise NotConvertible(f"{name}: live modules of flax.linen are converted to torch, tensorflow and numpy")
    if args is None and kwargs is None:
        raise NotConvertible(f"{name}: {_WHAT_IS_NEEDED}")
    if obj.scope is not None:
        obj, bound = obj.unbind()
        params_v = bound if params_v is None else params_v
    inputs, options = tuple(args or ()), dict(kwargs or {})
    if params_v is None:
        import jax

        params_v = obj.init(jax.random.PRNGKey(0), *to_native(inputs, "jax"), **to_native(options, "jax"))
    if not isinstance(params_v, Mapping) or "params" not in params_v:
        raise NotConvertible(f"{name}: params_v is not what init returns, a dictionary with 'params'")
    model = _Fields(direction).module(obj)
    model(*to_native(inputs, direction.target), **to_native(options, direction.target))
    try:
        load_weights(model, params_v)
    except WeightError as error:
        raise NotConvertible(f"{name}: {error}") from error
    return model


class _Fields(ModelCopy):
    """One conversion: a module that several fields hold stays one."""

    family = "linen"

    def is_module(self, obj: Any) -> bool:
        return is_linen(obj)

    def layer(self, obj: Any) -> Any:
        if type(obj).__name__ == "Sequential":
            return counterpart(type(obj), self.direction)([self.value(part) for part in obj.layers])
        return super().layer(obj)

    def user_module(self, obj: Any) -> None:
        from .instances import located_class

        fields = [f.name for f in dataclasses.fields(obj) if f.init and f.name not in _NOT_FIELDS]
        cls = located_class(type(obj), self.direction)
        self.made[id(obj)] = cls(**{name: self.value(_plain(getattr(obj, name))) for name in fields})

    def value(self, value: Any) -> Any:
        return super().value(_plain(value))

    def tie(self, obj: Any, new: Any) -> None:
        """Nothing: modules of flax.linen have no variables."""


def _plain(value: Any) -> Any:
    """A field as it was given: flax freezes dictionaries."""
    return value.unfreeze() if framework_of(type(value).__module__) == "jax" and hasattr(value, "unfreeze") else value
