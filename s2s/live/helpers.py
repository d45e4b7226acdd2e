"""The helpers of converted code, taken from the target's templates when a name is first asked for."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from ..template_units import TEMPLATES
from . import cache as files

_PACKAGE = __name__.split(".s2s.")[0] + ".templates"


def lookup(target: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a target's helper module."""

    def __getattr__(name: str) -> Any:
        topic = _topics(target).get(name)
        if topic is None:
            raise AttributeError(f"{name!r} is not a helper of {target}")
        return getattr(import_module(f"{_PACKAGE}.{target}.{topic}"), name)

    return __getattr__


@cache
def _topics(target: str) -> dict[str, str]:
    """Name -> the template file that defines it."""
    path = files.folder("helpers") / f"{target}-{files.digest(target)}.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        pass
    found: dict[str, str] = {}
    for template in sorted((TEMPLATES / target).glob("*.py")):
        for node in ast.parse(template.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name] = template.stem
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                found.update((t.id, template.stem) for t in targets if isinstance(t, ast.Name))
    files.write(path, json.dumps(found).encode())
    return found
