"""Converted packages at run time: their waiting imports, resolved by name or all at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..garbage import without_collection

if TYPE_CHECKING:
    from .deferred import Waiting
    from .library import Library


class Package:
    """The waiting imports of one converted package, and its ``__getattr__`` and ``__dir__``."""

    def __init__(self, module: ModuleType, waiting: Waiting, library: Library) -> None:
        self.module = module
        self.waiting = waiting
        self.library = library
        self.prefix = library.direction.prefix
        self.own: Callable[[str], Any] | None = vars(module).get("__getattr__")
        self.own_dir: Callable[[], list[str]] | None = vars(module).get("__dir__")
        vars(module).update(__getattr__=self.attribute, __dir__=self.names, __package_imports__=self)

    def attribute(self, name: str) -> Any:
        """What was put off, a submodule that nobody imported yet, or a name that ``*`` brings."""
        place = self.waiting.names.get(name)
        if place is not None:
            value = self.imported(place[0])
            value = getattr(value, place[1]) if place[1] else value
            setattr(self.module, name, value)
            return value
        full = f"{self.module.__name__}.{name}"
        if full[len(self.prefix) + 1 :] in self.library.modules:
            return import_module(full)
        if self.own is not None:
            return self.own(name)
        if self.waiting.stars and not name.startswith("__"):
            self.import_stars()
            if name in vars(self.module):
                return vars(self.module)[name]
        raise AttributeError(f"module {self.module.__name__!r} has no attribute {name!r}")

    def imported(self, name: str) -> ModuleType:
        full = f"{self.prefix}.{name}"
        if full in sys.modules:
            return sys.modules[full]
        with without_collection():
            return import_module(full)

    def import_stars(self) -> None:
        """Import the modules that ``*`` was imported from, for names that they add to ``__all__`` themselves."""
        stars, self.waiting.stars = self.waiting.stars, []
        for star in stars:
            module = self.imported(star)
            for name in getattr(module, "__all__", ()):
                vars(self.module).setdefault(name, getattr(module, name))

    def import_acting(self) -> None:
        """Import the modules that act on others, as importing the package does in the source."""
        acting, self.waiting.acting = self.waiting.acting, []
        for name in acting:
            self.imported(name)

    def import_all(self) -> None:
        """Import everything that waits."""
        self.import_stars()
        for name in self.waiting.names:
            getattr(self.module, name)

    def names(self) -> list[str]:
        known = self.own_dir() if self.own_dir is not None else vars(self.module)
        return sorted({*known, *self.waiting.names})


def import_all(module: ModuleType) -> None:
    """Import everything that a package put off, for ``from package import *``."""
    package = vars(module).get("__package_imports__")
    if package is not None:
        package.import_all()


def complete(library: Library) -> None:
    """Import what acts on others in all packages of a library, now and from now on: it is used as a whole."""
    if library.is_whole:
        return
    library.is_whole = True
    prefix = f"{library.direction.prefix}.{library.name}"
    for name, module in list(sys.modules.items()):
        if name == prefix or name.startswith(prefix + "."):
            package = vars(module).get("__package_imports__")
            if package is not None:
                package.import_acting()
