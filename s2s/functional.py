"""Models whose parameters live outside of them: modules of flax.linen, haiku's modules and transformed functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .weight_names import plain
from .weight_state import Known, known


@dataclass(frozen=True, slots=True)
class Functional:
    """A model by its ``init`` and ``apply``; ``kind`` is ``linen`` or ``haiku``, ``stateful`` whether it has state."""

    kind: str
    model: Any
    stateful: bool = True

    def init(self, args: Any, kwargs: Any) -> tuple[dict[str, Any], dict[str, Known]]:
        """Variables of the first call, and what is known of the modules by plain path."""
        key = import_module("jax").random.key(0)
        classes: dict[str, Known] = {}
        package: Any = import_module("flax.linen" if self.kind == "linen" else "haiku")
        keys: Any = {"params": key, "dropout": key} if self.kind == "linen" else key
        with package.intercept_methods(_watching(classes)):
            made = self.model.init(keys, *args, **kwargs)
        if self.kind == "linen" or not self.stateful:
            return plain_tree(made), classes
        return {"params": plain_tree(made[0]), "state": plain_tree(made[1])}, classes


def functional(obj: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None) -> Functional | None:
    """An object as such a model, None when it is none; ``args`` make a module of haiku inside the function."""
    if inspect.isclass(obj) and _is_of(obj, "haiku"):
        haiku, given = import_module("haiku"), dict(kwargs or {})
        cls: Any = obj
        return Functional("haiku", haiku.transform_with_state(lambda *a, **k: cls(*args, **given)(*a, **k)))
    if isinstance(obj, tuple) and hasattr(obj, "init") and hasattr(obj, "apply"):
        return Functional("haiku", obj, type(obj).__name__ == "TransformedWithState")
    if not inspect.isclass(obj) and _is_of(type(obj), "flax.linen"):
        return Functional("linen", obj)
    return None


def is_functional_class(cls: Any) -> bool:
    """Whether a class is a module whose parameters live outside of it."""
    return inspect.isclass(cls) and (_is_of(cls, "haiku") or _is_of(cls, "flax.linen"))


def _is_of(cls: Any, package: str) -> bool:
    return any(base.__name__ == "Module" and f"{base.__module__}.".startswith(f"{package}.") for base in cls.__mro__)


def _watching(classes: dict[str, Known]) -> Callable[..., Any]:
    """An interceptor of methods that keeps what it sees of every module."""

    def seen(function: Any, args: Any, kwargs: Any, context: Any) -> Any:
        result = function(*args, **kwargs)
        path = _path(context.module)
        if path is not None:
            classes.setdefault(plain(path), known(context.module))
        return result

    return seen


def _path(module: Any) -> str | None:
    """The path of a module of linen or haiku; None before it has one."""
    if hasattr(module, "module_name"):
        return str(module.module_name)
    return ".".join(module.path) if getattr(module, "scope", None) is not None else None


def plain_tree(tree: Any) -> dict[str, Any]:
    """Nested dictionaries that can be changed."""
    return {str(k): plain_tree(v) if isinstance(v, Mapping) else v for k, v in tree.items()}
