"""What every sub-module returns while a model runs: calls are watched at the classes' ``__call__``."""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..weight_names import plain
from .values import flat


class Record(dict[str, dict[str, np.ndarray]]):
    """Results by sub-module and number of the call (``encoder_block1#0``), in the order in which they were finished."""

    def __init__(self, paths: dict[int, str]) -> None:
        super().__init__()
        self.paths = paths
        self.counts: Counter[str] = Counter()
        self.running: list[int] = []

    def finished(self, module: Any, result: Any) -> None:
        """Keep the result of a call."""
        path = self.paths[id(module)]
        try:
            self[f"{path}#{self.counts[path]}"] = flat(result)
        except (TypeError, ValueError, RuntimeError, AttributeError, NotImplementedError):
            return  # an array that has no values yet, as under tracing
        finally:
            self.counts[path] += 1


@contextlib.contextmanager
def recording(modules: dict[str, Any]) -> Iterator[Record]:
    """Record what the modules (by path) return as long as the context lasts."""
    paths: dict[int, str] = {}
    for path, module in modules.items():
        paths.setdefault(id(module), plain(path) or ".")
    record = Record(paths)
    owners = {_owner(type(module)) for module in modules.values()} - {None}
    kept = [(cls, cls.__dict__["__call__"]) for cls in owners if cls is not None]
    try:
        for cls, method in kept:
            cls.__call__ = _watched(method, record)
        yield record
    finally:
        for cls, method in kept:
            cls.__call__ = method


def _owner(cls: Any) -> Any:
    """The class whose ``__call__`` an object's call runs."""
    return next((base for base in cls.__mro__ if "__call__" in base.__dict__ and base is not object), None)


def _watched(method: Any, record: Record) -> Any:
    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if id(self) not in record.paths or (record.running and record.running[-1] == id(self)):
            return method(self, *args, **kwargs)
        record.running.append(id(self))
        try:
            result = method(self, *args, **kwargs)
        finally:
            record.running.pop()
        record.finished(self, result)
        return result

    return call
