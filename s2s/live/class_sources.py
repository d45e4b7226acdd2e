"""The source text of a live class with what it uses: its module's own definitions, and imports of everything else."""

from __future__ import annotations

import ast
import inspect
import symtable
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

from ...exceptions import NotConvertible


class Definitions:
    """Classes and functions by name, with the imports that they need."""

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.parts: dict[str, str] = {}
        self._objects: dict[str, Any] = {}

    def add(self, obj: Any) -> str:
        """Include a class or function; its name."""
        name = obj.__name__
        if name in self._objects:
            if self._objects[name] is not obj:
                raise NotConvertible(f"{obj.__module__}.{name}: another class of the model has the same name")
            return name
        self._objects[name] = obj
        try:
            text = textwrap.dedent(inspect.getsource(obj))
        except (OSError, TypeError) as error:
            raise NotConvertible(f"{obj.__module__}.{name}: its source cannot be found; define it in a file") from error
        for used in _globals(text):
            self._need(used, obj)
        self.parts[name] = text.rstrip()
        return name

    def _need(self, name: str, user: Any) -> None:
        """Import or define a global name of the module of ``user``."""
        module = sys.modules[user.__module__]
        if not hasattr(module, name):
            return
        value = getattr(module, name)
        if isinstance(value, types.ModuleType):
            head, _, tail = value.__name__.rpartition(".")
            line = f"from {head} import {tail}" if head and tail == name else f"import {value.__name__}"
            self.imports[line if tail == name or value.__name__ == name else f"{line} as {name}"] = None
        elif isinstance(value, (type, types.FunctionType)):
            own = value.__module__ == module.__name__
            beside = value.__module__.split(".")[0] == module.__name__.split(".")[0] and not _is_keras(value.__module__)
            if (own or beside) and value.__name__ == name:
                self.add(value)
            else:
                self.imports[f"from {value.__module__} import {value.__name__}" + _alias(value.__name__, name)] = None
        elif _literal(value):
            self.parts.setdefault(name, f"{name} = {value!r}")
        else:
            raise NotConvertible(f"{user.__module__}.{user.__name__}: it uses {name}, which has no source text")


def _alias(own: str, name: str) -> str:
    return "" if own == name else f" as {name}"


def _is_keras(module: str) -> bool:
    return module.split(".")[0] in ("keras", "tensorflow", "tf_keras")


def _literal(value: Any) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False


def _globals(text: str) -> list[str]:
    """The names that a definition takes from its module, in alphabetical order."""
    own = {node.name for node in ast.parse(text).body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    return sorted(set(_referenced(symtable.symtable(text, "definition", "exec"))) - own)


def _referenced(table: symtable.SymbolTable) -> Iterator[str]:
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _referenced(child)
