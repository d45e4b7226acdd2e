"""What converted code imports of another converted library, which may be more than can be converted.

An optional part of a library imports another one at its top; that this one does not run when it is converted must not
stop the rest of the library. Its names then stand for what was not converted and raise when they are used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .frameworks import Direction
from .helpers import lookup


def with_stand_ins(load: Callable[[], Any], name: str, names: tuple[str, ...], direction: Direction) -> Any:
    """The module that ``load`` imports; where it fails and the original does not, one with stand-ins for its names."""
    try:
        module = load()
        failed = {wanted: error for wanted in names if (error := _problem(module, wanted)) is not None}
    except Exception as error:
        module, failed = None, dict.fromkeys(names, error)
        if not names:
            raise
    original = sys.modules.get(name)
    found = ModuleType(name)
    for wanted, problem in failed.items():
        if original is None or not hasattr(original, wanted):
            raise problem
        setattr(found, wanted, _stand_in(f"{name}.{wanted}", problem, direction))
    for wanted in names:
        if failed and wanted not in failed:
            setattr(found, wanted, getattr(module, wanted))
    return found if failed else module


def _problem(module: Any, name: str) -> Exception | None:
    try:
        getattr(module, name)
    except Exception as error:
        return error
    return None


def _stand_in(name: str, error: Exception, direction: Direction) -> Any:
    return lookup(direction)("not_converted")(name, f"its module does not run when it is converted ({error})")
