"""Compiled functions of NumPy's libraries: called with NumPy's arrays, their results become the target's."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import EXTENSION_SUFFIXES
from types import BuiltinFunctionType, ModuleType
from typing import Any

from ...exceptions import NotConvertible
from .boundary import framework_of_array, to_native
from .frameworks import Direction, framework_of


class CompiledFunction:
    """A compiled function for the target's arrays: they are copied to NumPy and back, so no gradient passes it.

    What it changes in its arguments is changed for the caller where arrays can be, and refused where not.
    """

    def __init__(self, function: Any, target: str) -> None:
        self.__wrapped__ = function
        self._target = target
        self.__name__ = getattr(function, "__name__", "function")
        self.__doc__ = getattr(function, "__doc__", None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = to_native((args, kwargs), "numpy")
        pairs = list(_converted_arrays((args, kwargs), given))
        before = [copy.copy() for _, copy in pairs]
        result = self.__wrapped__(*given[0], **given[1])
        for (original, copy), old in zip(pairs, before):
            if not _same(copy, old):
                self._change(original, copy)
        return to_native(result, self._target)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        """Classes that derive from a compiled class derive from it as it is."""
        return (self.__wrapped__,)

    def _change(self, original: Any, changed: Any) -> None:
        if self._target != "torch":
            name = f"{getattr(self.__wrapped__, '__module__', '')}.{self.__name__}"
            raise NotConvertible(f"{name}: it changes its arguments, which arrays of {self._target} do not allow")
        import torch

        with torch.no_grad():
            original.copy_(torch.from_numpy(changed))

    def __repr__(self) -> str:
        return f"<compiled {self.__name__} for {self._target}>"


def _converted_arrays(old: Any, new: Any) -> Iterator[tuple[Any, Any]]:
    """(array of the target, array of NumPy made of it) in two nested containers."""
    if isinstance(old, dict):
        for key in old:
            yield from _converted_arrays(old[key], new[key])
    elif isinstance(old, (list, tuple)):
        for one, other in zip(old, new):
            yield from _converted_arrays(one, other)
    elif old is not new and framework_of_array(old):
        yield old, new


def _same(one: Any, other: Any) -> bool:
    """Whether two arrays hold the same bytes."""
    return bool(one.tobytes() == other.tobytes())


def is_compiled(value: Any, direction: Direction) -> bool:
    """Whether a value is a compiled function of a library: neither the framework's nor the standard library's."""
    if direction.source != "numpy" or direction.target == "ivy" or isinstance(value, type) or not callable(value):
        return False
    kind = type(value).__name__
    if kind == "ufunc":
        return getattr(sys.modules["numpy"], value.__name__, None) is not value
    top = (getattr(value, "__module__", None) or "builtins").split(".")[0]
    compiled = isinstance(value, BuiltinFunctionType) or kind in ("cython_function_or_method", "fused_cython_function")
    return compiled and top not in sys.stdlib_module_names and not framework_of(top)


def compiled_place(module: str, direction: Direction) -> str:
    """The file of a compiled module of a NumPy library; '' when it is none."""
    if direction.source != "numpy" or direction.target == "ivy":
        return ""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return ""
    origin = getattr(spec, "origin", None) or ""
    return origin if origin.endswith(tuple(EXTENSION_SUFFIXES)) else ""


class HostModule(ModuleType):
    """Stands for a module that runs as it is: its functions take the target's arrays, its classes are its own."""

    def __init__(self, original: ModuleType, target: str) -> None:
        super().__init__(original.__name__, original.__doc__)
        vars(self).update(__original__=original, __target__=target)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__original__, name)
        if isinstance(value, ModuleType):
            return HostModule(value, self.__target__)
        return CompiledFunction(value, self.__target__) if _takes_arrays(value) else value

    def __dir__(self) -> list[str]:
        return dir(self.__original__)


def _takes_arrays(value: Any) -> bool:
    """Whether a value is a function, written in Python or compiled."""
    return callable(value) and not isinstance(value, type)


class CompiledLoader(Loader):
    """Stands for a compiled module: its functions and the constructors of its classes take the target's arrays."""

    def __init__(self, direction: Direction, name: str) -> None:
        self.direction = direction
        self.name = name

    def exec_module(self, module: ModuleType) -> None:
        original = import_module(self.name)

        def __getattr__(name: str) -> Any:
            value = getattr(original, name)
            return CompiledFunction(value, self.direction.target) if callable(value) else value

        public = [name for name in dir(original) if not name.startswith("_")]
        vars(module).update(__getattr__=__getattr__, __doc__=original.__doc__)
        vars(module)["__all__"] = getattr(original, "__all__", public)
