"""Which framework computes ``ivy.<op>``: the one that was chosen, else that of the arguments, else NumPy."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextvars import ContextVar, Token
from importlib.util import find_spec
from typing import Any

from ..exceptions import FrameworkNotInstalled, UnknownFramework
from .places import FRAMEWORKS

_ALIASES = {
    "tf": "tensorflow",
    "keras": "tensorflow",
    "flax": "jax",
    "pytorch": "torch",
    "np": "numpy",
}
# The top-level packages whose classes are a framework's arrays.
_PACKAGES = {
    "torch": "torch", "tensorflow": "tensorflow", "keras": "tensorflow", "jax": "jax", "jaxlib": "jax", "flax": "jax",
    "numpy": "numpy",
}  # fmt: skip

chosen: list[str] = [""]
"""Backends that were set for the whole process, the current one last; '' stands for none."""
TRACING = "tracing:"
"""Begins the local backend's name while ``trace_graph`` records calls; the framework that computes follows."""
local: ContextVar[str] = ContextVar("ivy_backend", default="")
"""The backend of the current thread or task, '' outside ``use_backend``."""


def set_backend(name: str) -> None:
    """Compute with this framework in the whole process, until ``unset_backend``.

    Raises ``UnknownFramework`` for another name, ``FrameworkNotInstalled`` without its package.
    """
    chosen.append(checked(name))


def unset_backend() -> None:
    """Undo the last ``set_backend``."""
    if len(chosen) > 1:
        chosen.pop()


def current_backend(*args: Any) -> str:
    """The name of the framework that a call with these arguments is computed with."""
    return chosen_backend() or of_values(args) or "numpy"


def chosen_backend() -> str:
    """The backend that was chosen for this thread or the process, '' when there is none."""
    return local.get().removeprefix(TRACING) or chosen[-1]


class use_backend:
    """``with ivy.use_backend("jax"):`` computes with JAX inside, in this thread or task only."""

    def __init__(self, name: str) -> None:
        self.name = checked(name)
        self._tokens: list[Token[str]] = []

    def __enter__(self) -> str:
        self._tokens.append(local.set(self.name))
        return self.name

    def __exit__(self, *exc: object) -> None:
        local.reset(self._tokens.pop())


def checked(name: str) -> str:
    """The framework's own name; UnknownFramework, or FrameworkNotInstalled, both of ``ivy.exceptions``."""
    framework = _ALIASES.get(name.lower(), name.lower()) if isinstance(name, str) else ""
    if framework not in FRAMEWORKS:
        raise UnknownFramework(f"{name!r} is no backend; choose one of {', '.join(FRAMEWORKS)}")
    if sys.modules.get(framework) is None and (framework in sys.modules or find_spec(framework) is None):
        raise FrameworkNotInstalled(f"{framework} is not installed; pip install 'ivy-s2s[{framework}]'")
    return FRAMEWORKS[FRAMEWORKS.index(framework)]  # the same object each time: backends are compared by identity


def of_type(cls: type) -> str:
    """The framework that a class of arrays (or of other native objects) belongs to, '' if none."""
    for base in cls.__mro__:
        found = _PACKAGES.get(base.__module__.partition(".")[0])
        if found:
            return found
    return ""


def of_values(values: Iterable[Any]) -> str:
    """The framework of the arrays among the values and inside lists and tuples; '' when there are none.

    NumPy arrays go along with those of any other framework; two others are a TypeError.
    """
    values = list(values)
    found = {of_type(cls) for cls in set(map(type, values)) - {list, tuple}}
    for value in values:
        if type(value) in (list, tuple):
            found.add(of_values(value))
    found -= {""}
    others = found - {"numpy"}
    if len(others) > 1:
        raise TypeError(f"arrays of {' and '.join(sorted(others))} in one call; convert them to one framework first")
    return (others or found or {""}).pop()
