"""Making an object from its name and arguments: ``pkg.module:Class`` and JSON."""

from __future__ import annotations

import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from .discover import InputError


def imported(name: str, option: str) -> Any:
    """The object that ``pkg.module:attribute`` names, from the current folder or the installed packages."""
    module_name, colon, attribute = name.partition(":")
    if not colon or not attribute:
        raise InputError(f"{option} {name}: write it as package.module:Class")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = import_module(module_name)
    except ImportError as error:
        raise InputError(f"{option} {name}: cannot be imported: {error}; run in the folder that holds it") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise InputError(f"{option} {name}: {module_name} has no {attribute}")
        found = getattr(found, part)
    return found


def arguments(text: str | None, option: str) -> tuple[list[Any], dict[str, Any]]:
    """Positional and named arguments from JSON: a list, or an object (with ``args`` and ``kwargs``, or names)."""
    if not text:
        return [], {}
    try:
        value = json.loads(Path(text).read_text() if text.endswith(".json") and Path(text).is_file() else text)
    except ValueError as error:
        raise InputError(
            f'{option} {text}: {error}; write a JSON list such as [3, 10] or object {{"dim": 3}}'
        ) from error
    if isinstance(value, list):
        return value, {}
    if isinstance(value, dict) and value and value.keys() <= {"args", "kwargs"}:
        return list(value.get("args", [])), dict(value.get("kwargs", {}))
    if isinstance(value, dict):
        return [], value
    raise InputError(f"{option} {text}: is neither a JSON list nor an object")


def made(cls: Any, args: list[Any] | tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """An object of a class or of a function that makes one; one that needs random keys gets them."""
    if not callable(cls):
        return cls
    kwargs = dict(kwargs)
    if any(p.name == "rngs" for p in parameters_of(cls)) and "rngs" not in kwargs and "flax" in sys.modules:
        kwargs["rngs"] = import_module("flax.nnx").Rngs(0)
    return cls(*args, **kwargs)


def parameters_of(function: Any) -> list[inspect.Parameter]:
    """The named parameters of a function or of a class's constructor; none for those that do not tell them."""
    told: Any = {}
    candidates: list[Any] = [function, function.__init__] if inspect.isclass(function) else [function]
    for known in candidates:
        try:
            told = inspect.signature(known).parameters
        except (TypeError, ValueError):
            continue
        if any(p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in told.values()):
            break
    return [p for p in told.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name != "self"]
