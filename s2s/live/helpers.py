"""The helpers of converted code, taken from the target's templates when a name is first asked for."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from . import cache as files
from .frameworks import Direction, framework_of

_PACKAGE = __name__.split(".s2s.")[0] + ".templates"


def lookup(direction: Direction) -> Callable[[str], Any]:
    """The ``__getattr__`` of the helper module of a direction."""

    def __getattr__(name: str) -> Any:
        module = _places(direction).get(name)
        if module is None:
            raise AttributeError(f"{name!r} is not a helper of {direction.target}")
        return getattr(import_module(f"{_PACKAGE}.{module}"), name)

    return __getattr__


@cache
def _places(direction: Direction) -> dict[str, str]:
    """Name -> the template that defines it; those made for the source come before those for all."""
    path = files.folder("helpers") / f"{direction.name}-{files.digest(direction.name)}.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        pass
    from ..template_units import TEMPLATES, _bound

    folder = TEMPLATES / direction.target
    inner = [p for p in sorted(folder.iterdir()) if p.is_dir() and framework_of(p.name) == direction.source]
    found: dict[str, str] = {}
    for template in (path for place in (folder, *inner) for path in sorted(place.glob("*.py"))):
        module = ".".join(template.relative_to(TEMPLATES).with_suffix("").parts)
        for node in ast.parse(template.read_text(encoding="utf-8")).body:
            found.update((name, module) for name in _bound(node))
    files.write(path, json.dumps(found).encode())
    return found
