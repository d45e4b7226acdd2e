"""The names under which the tables know the functions and classes of a framework."""

from __future__ import annotations

import sys
from functools import lru_cache
from types import ModuleType
from typing import Any

from .frameworks import framework_of


def public_name(value: Any) -> tuple[str, str] | None:
    """The module and name by which the tables read a framework's function or class, whatever file defines it."""
    framework = framework_of(getattr(value, "__module__", None) or type(value).__module__)
    return _names(framework, len(sys.modules)).get(id(value)) if framework and callable(value) else None


@lru_cache(maxsize=4)
def _names(framework: str, loaded: int) -> dict[int, tuple[str, str]]:
    """Identity -> (module, name) of what the loaded modules hold; ``loaded`` makes it anew after further imports."""
    from ..tables import load

    found: dict[int, tuple[str, str]] = {}
    modules: dict[str, ModuleType | None] = {}
    for entry in sorted(load()[framework].entries, key=len, reverse=True):
        module, _, name = entry.rpartition(".")
        if module not in modules:
            modules[module] = _module(module)
        value = getattr(modules[module], name, None) if modules[module] is not None else None
        if value is not None:
            found[id(value)] = (module, name)
    return found


def _module(name: str) -> ModuleType | None:
    """A module that is loaded already, also one that is only an attribute of its parent."""
    if name in sys.modules:
        return sys.modules[name]
    parent, _, last = name.rpartition(".")
    found = vars(_module(parent) or object).get(last) if parent else None
    return found if isinstance(found, ModuleType) else None
