"""Containers of arrays: tuples, lists, dicts, named tuples and dataclasses, looked into and made again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Step = tuple[str, Any]
"""One step into a container: ``("item", key)`` or ``("attribute", name)``."""


def is_named(value: Any) -> bool:
    """Whether a value is a named tuple, or one of the named results of PyTorch (``torch.return_types``)."""
    return isinstance(value, tuple) and (hasattr(value, "_fields") or hasattr(value, "n_fields"))


def names_of(value: Any) -> tuple[str, ...]:
    """The names of the items of a named tuple."""
    return tuple(getattr(type(value), "_fields", None) or type(value).__match_args__)


def is_record(value: Any) -> bool:
    """Whether a value is an object of a dataclass, one that says of itself that it is a leaf excepted."""
    return dataclasses.is_dataclass(value) and not isinstance(value, type) and not hasattr(value, "is_leaf_of_trees")


def children(value: Any) -> list[tuple[Step, Any]] | None:
    """What a container holds, with the steps that lead there; None for everything that is no container."""
    kind = type(value)
    if kind in (tuple, list):
        return [(("item", at), item) for at, item in enumerate(value)]
    if isinstance(value, Mapping) and hasattr(value, "items"):
        return [(("item", key), item) for key, item in value.items()]
    if is_named(value):
        return [(("attribute", name), item) for name, item in zip(names_of(value), value)]
    if is_record(value):
        fields = [field.name for field in dataclasses.fields(value) if hasattr(value, field.name)]
        return [(("attribute", name), getattr(value, name)) for name in fields]
    return None


def rebuilt(value: Any, items: list[Any]) -> Any:
    """A container of the same kind with other contents, in the order of ``children``."""
    kind = type(value)
    if kind in (tuple, list):
        return kind(items)
    if is_named(value):
        return kind(*items) if hasattr(kind, "_fields") else kind(items)
    if is_record(value):
        new = object.__new__(kind)
        for (step, _), item in zip(children(value) or [], items):
            object.__setattr__(new, step[1], item)
        return new
    filled = dict(zip(value, items))
    try:
        return filled if kind is dict else kind(filled)
    except TypeError:  # a defaultdict, which takes its factory first
        return filled


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """The same containers with ``function`` of each leaf; slices are looked into too."""
    if type(value) is slice:
        return slice(*(mapped(function, part) for part in (value.start, value.stop, value.step)))
    inner = children(value)
    if inner is None:
        return function(value)
    items = [mapped(function, item) for _, item in inner]
    if all(new is old for new, (_, old) in zip(items, inner)):
        return value
    return rebuilt(value, items)


def leaves(value: Any) -> Iterator[Any]:
    """The leaves of a value, those of slices included."""
    if type(value) is slice:
        yield from leaves((value.start, value.stop, value.step))
        return
    inner = children(value)
    if inner is None:
        yield value
        return
    for _, item in inner:
        yield from leaves(item)


def with_paths(value: Any, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """The leaves of a value with the steps that lead to each."""
    inner = children(value)
    if inner is None:
        yield path, value
        return
    for step, item in inner:
        yield from with_paths(item, (*path, step))


def at(value: Any, path: tuple[Step, ...]) -> Any:
    """What lies at the end of a path."""
    for kind, key in path:
        value = value[key] if kind == "item" else getattr(value, key)
    return value
