"""Reading what this converter wrote: the names of a generated helper module stand for hub ops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .table_model import Entry, HubOp, NativeArg, Table, Template

_STEM = re.compile(r"(?:^|\.)(torch|tensorflow|jax|numpy|ivy|haiku)_helpers_*(?:\.|$)")


def helpers_of(name: str) -> str:
    """The framework of the helper module that a qualified name is, or lies in; '' for other names."""
    found = _STEM.search(name) if "_helpers" in name else None
    return found.group(1) if found else ""


def with_helper_entries(table: Table, hub: dict[str, HubOp]) -> Table:
    """The table with an entry for each of its templates that is a hub op, for reading generated packages."""
    return replace(table, helper_entries={name: entry for name, entry in _entries(table, hub)})


def _entries(table: Table, hub: dict[str, HubOp]) -> Iterator[tuple[str, Entry]]:
    for native, entry in table.entries.items():
        if native.startswith("@") and entry.type:
            yield native[1:], Entry(f"{table.name}_helpers.{native[1:]}", type=entry.type, writable=False)
    ops = {name: name for name in table.templates if name in hub}
    for op, entry in table.writes.items():
        if entry.helper:
            ops.setdefault(entry.helper, op)
        for form in entry.forms:
            unit = table.templates.get(form.helper)
            own = {p.name for p in unit.params} if unit is not None else set()
            if all(name in own or predicate == "absent" for name, predicate in form.when):
                ops.setdefault(form.helper, op)
    kinked = {name: op.name for op in hub.values() for name in op.kinks.values() if name in table.templates}
    ops |= {name: op for name, op in kinked.items() if name not in ops}
    ops.pop("", None)
    for name, op in ops.items():
        unit = table.templates.get(name)
        args = _args(unit, hub[op]) if unit is not None else None
        if args is not None:
            yield (
                name,
                Entry(f"{table.name}_helpers.{name}", op=op, args=args, writable=False, kink=name * (name in kinked)),
            )


def _args(unit: Template, op: HubOp) -> tuple[NativeArg, ...] | None:
    """The template's parameters as the op's; None when it takes something that the op has not."""
    if op.layer or (unit.is_class and not unit.params):
        return tuple(NativeArg(p.name, p.name) for p in op.params if not p.variadic)
    known = {p.name: p for p in op.params}
    own = [p for p in unit.params if not p.variadic]
    if any(p.name not in known and p.default is None for p in own):
        return None
    if any(p.default is not None and known[p.name].default != p.default for p in own if p.name in known):
        return None
    return tuple(NativeArg(p.name, p.name) for p in own if p.name in known)
