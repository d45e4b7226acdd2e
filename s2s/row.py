"""Base of the many small values that are kept in the cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import cache
from operator import attrgetter
from typing import Any


class Row:
    """Base of frozen dataclasses: made again by their constructor, which is the fastest way to unpickle them."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        kind: Any = type(self)
        read, defaults = _plan(kind)
        values = read(self)
        end = len(values)
        while end and type(values[end - 1]) is type(defaults[end - 1]) and values[end - 1] == defaults[end - 1]:
            end -= 1
        return kind, values[:end]


@cache
def _plan(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[Any, ...]]:
    """How to read all fields of a class at once, and their defaults."""
    known = fields(kind)
    names = [field.name for field in known]
    read = attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
    defaults = tuple(f.default_factory() if f.default_factory is not MISSING else f.default for f in known)
    return read, defaults
