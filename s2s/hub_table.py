"""The table of ``ivy`` itself: every hub op under its own name, made from the hub and never typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .table_model import Entry, HubOp, NativeArg, Table, Template

_NO_LAYER = "ivy has functions and no layers; convert to a framework, or write it as a function"


def hub_table(
    hub: dict[str, HubOp], frameworks: Iterable[Table], config: dict[str, Any], templates: dict[str, Template]
) -> Table:
    """The table, before it is indexed: ops, the constants that some framework has, and types."""
    entries = [_entry(op) for op in hub.values()]
    kinds = sorted({(e.const, e.kind) for table in frameworks for e in table.entries.values() if e.const})
    entries += [Entry(f"ivy.{const}", const=const, kind=kind, place="ivy") for const, kind in kinds]
    entries += [Entry(native, type=kind, place="ivy") for kind, native in config["types"].items()]
    return Table(
        name="ivy",
        packages=tuple(config["packages"]),
        imports=config["imports"],
        settings=config["settings"],
        entries={entry.native: entry for entry in entries},
        refusals={op.name: _NO_LAYER for op in hub.values() if op.layer},
        templates=templates,
    )


def _entry(op: HubOp) -> Entry:
    args = tuple(NativeArg(p.name, p.name, variadic=p.variadic) for p in op.params)
    reason = _NO_LAYER if op.layer else ""
    return Entry(f"ivy.{op.name}", op=op.name, args=args, refuse=reason, place=f"ivy/{op.topic}.toml")
