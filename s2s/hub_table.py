"""The table of ``ivy`` itself: every hub op under its own name, made from the hub and never typed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .table_model import Entry, HubOp, NativeArg, Table, Template

_NO_LAYER = "ivy has functions and no layers; convert to a framework, or write it as a function"
_PRIVATE = "it is private"
_NO_CLASS = "ivy has functions of arrays, and nothing of this kind; convert to a framework"


def hub_table(
    hub: dict[str, HubOp],
    frameworks: Iterable[Table],
    config: dict[str, Any],
    templates: dict[str, Template],
) -> Table:
    """The table, before it is indexed: ops, the constants that some framework has, and types."""
    frameworks = tuple(frameworks)
    reasons = {op.name: _NO_LAYER if op.layer else _NO_CLASS for op in hub.values() if _is_class(op, frameworks)}
    # Ops of a family, such as nnx.max_pool, are no names of ivy's.
    families = (op.name for op in hub.values() if op.topic == "data" or "." in op.name)
    reasons |= {name: _NO_CLASS for name in families if name not in reasons}
    reasons |= {name: _PRIVATE for name in hub if name.startswith("_")}
    entries = [_entry(op, reasons.get(op.name, "")) for op in hub.values()]
    kinds = sorted({(e.const, e.kind) for table in frameworks for e in table.entries.values() if e.const})
    entries += [Entry(f"ivy.{const}", const=const, kind=kind, place="ivy") for const, kind in kinds]
    entries += [Entry(native, type=kind, place="ivy") for kind, native in config["types"].items()]
    return Table(
        name="ivy",
        packages=tuple(config["packages"]),
        imports=config["imports"],
        settings=config["settings"],
        entries={entry.native: entry for entry in entries},
        refusals=reasons,
        templates=templates,
    )


def _is_class(op: HubOp, frameworks: Iterable[Table]) -> bool:
    """Whether an op is a layer, or a class of the helper templates whose objects are no arrays."""
    units = (table.templates.get(op.name) for table in frameworks)
    made = any(unit is not None and unit.is_class for unit in units)
    return op.layer or (made and not op.returns.startswith("array"))


def _entry(op: HubOp, reason: str) -> Entry:
    args = tuple(NativeArg(p.name, p.name, variadic=p.variadic) for p in op.params)
    return Entry(f"ivy.{op.name}", op=op.name, args=args, refuse=reason, place=f"ivy/{op.topic}.toml")
