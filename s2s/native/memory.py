"""Calls whose results are remembered: what they get cannot change, so each is followed once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from .values import Array, ClassRef, Const, Function, Items, Mapping, Native, Sequence, Special, Union, Value


def known_call(func: Function, names: dict[str, Value]) -> Hashable | None:
    """What a call of a function with these arguments is known by; None where an argument can change."""
    if not (func.bound is None or isinstance(func.bound, ClassRef)):
        return None
    own = func.node.args.kwarg
    found: list[Hashable] = [func.node]
    for name, value in (*(func.outer or {}).items(), *names.items()):
        if own is not None and name == own.arg and isinstance(value, Mapping):  # made for this call
            known = _all((value.open, *value.items), value.items.values())
        else:
            known = form(value)
        if known is None:
            return None
        found.append(known)
    return tuple(found)


def form(value: Value) -> Hashable | None:
    """A value in a form that can be compared; None where it holds something that can change."""
    if isinstance(value, (Array, Const, ClassRef, Native, Special)):
        return value
    if isinstance(value, Items):
        return _all("items", [value.item])
    if isinstance(value, Union):
        return _all("union", value.options)
    if isinstance(value, Sequence) and value.tuple:
        return _all(value.exact, value.items)
    if isinstance(value, Function) and value.bound is None and not value.outer:
        return value.node
    return None


def remembered(value: Value) -> Value | None:
    """A result as a later call gets it: lists are new ones; None where it holds something else that can change."""
    if isinstance(value, Sequence) and not value.tuple:
        return None if _all("list", value.items) is None else Sequence(list(value.items), value.exact)
    if isinstance(value, Union):
        found = [remembered(option) for option in value.options]
        return None if None in found else Union(tuple(found))  # type: ignore[arg-type]
    return None if form(value) is None else value


def _all(kind: Hashable, values: Iterable[Value]) -> Hashable | None:
    found = [form(value) for value in values]
    return None if None in found else (kind, *found)
