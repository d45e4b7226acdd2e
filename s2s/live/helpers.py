"""The helpers of converted code, taken from the target's templates when a name is first asked for."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from ..template_modules import template_module
from . import cache as files
from .frameworks import Direction, framework_of


def lookup(direction: Direction, family: str = "") -> Callable[[str], Any]:
    """The ``__getattr__`` of the helper module of a direction, or of its part for a family of layers."""

    def __getattr__(name: str) -> Any:
        module = _places(direction, family).get(name)
        if module is None:
            raise AttributeError(f"{name!r} is not a helper of {direction.target}")
        return getattr(template_module(module), name)

    return __getattr__


def getattr_or(helper: Any, name: str, default: Any) -> Any:
    """A helper of the target by name, or the default when it has none."""
    try:
        return helper(name)
    except AttributeError:
        return default


def naming_families(code: str, helpers: Iterable[str], stem: str) -> str:
    """The text with its helpers imported from ``torch_helpers.haiku`` where all of its layers are of that family.

    The names of a family may stand for other layers in another one.
    """
    families = {name.split(".")[0] for name in helpers if "." in name}
    if len(families) != 1:
        return code
    return re.sub(rf"(?m)^(\s*from \.*){stem} import", rf"\1{stem}.{families.pop()} import", code)


def _is_read(folder: str, direction: Direction, family: str) -> bool:
    """Whether templates are read: of a family of layers where it is asked for, else those of the source."""
    return folder == family if family else framework_of(folder) == direction.source


@cache
def _places(direction: Direction, family: str) -> dict[str, str]:
    """Name -> the template that defines it: of the family, else of those made for the source, else of those for all."""
    path = files.folder("helpers") / f"{direction.name}-{files.digest(direction.name, family)}.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        pass
    from ..template_units import SHARED_FOR, TEMPLATES, _bound, shared_templates

    folder = TEMPLATES / direction.target
    inner = [p for p in sorted(folder.iterdir()) if p.is_dir() and _is_read(p.name, direction, family)]
    inner.sort(key=lambda p: p.name == family)
    found: dict[str, str] = {}
    places = (*(TEMPLATES / "shared" / place.name for place in inner), folder, *inner)
    below = (path for place in places for path in sorted(place.glob("*.py")))
    for template in (*shared_templates(direction.target), *below):
        module = ".".join(template.relative_to(TEMPLATES).with_suffix("").parts)
        module = re.sub(rf"^shared(\.({'|'.join(SHARED_FOR)})\b)?", direction.target, module)
        for node in ast.parse(template.read_text(encoding="utf-8")).body:
            found.update((name, module) for name in _bound(node))
    files.write(path, json.dumps(found).encode())
    return found
