"""Targets that are another framework with modules of their own: haiku is JAX but for its modules and keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from .table_model import Entry, Table, Template
from .template_units import units_in_place


def variant(
    name: str,
    base: Table,
    config: Mapping[str, Any],
    own: Mapping[str, Entry],
    refusals: Mapping[str, str],
    ops: Collection[str],
) -> Table:
    """The table of a variant, not indexed: the base's entries, settings and templates unless it has its own."""
    packages = tuple(config["packages"])
    left = tuple(f"{package}." for package in base.packages if package not in packages)
    entries = {native: entry for native, entry in base.entries.items() if not native.startswith(left)}
    reasons = config.get("refused", {})
    families = {op: reasons[family] for op in ops if (family := op.partition(".")[0]) in reasons}
    shadowed = {native for native in own if native.startswith("@")}
    return replace(
        base,
        name=name,
        packages=packages,
        imports={m: line for m, line in base.imports.items() if not f"{m}.".startswith(left)},
        settings=base.settings | config.get("settings", {}),
        entries={native: entry for native, entry in entries.items() if native not in shadowed} | dict(own),
        refusals=base.refusals | families | dict(refusals),
        templates=_templates(name, base.name, config.get("templates", {}), left),
        helper_entries={},
    )


def _templates(name: str, base: str, names: Mapping[str, str], left: tuple[str, ...]) -> dict[str, Template]:
    """The units of both; those that need a package which the variant does without are left out."""
    from .keyless import keyless  # loads the matchers of libcst and black, which only the compilation of tables needs

    units = units_in_place(base, name, lambda text: keyless(text, names))
    foreign = {
        unit.name for unit in units.values() if any(f"{line.split()[1]}.".startswith(left) for line in unit.imports)
    }
    while more := {u.name for u in units.values() if u.name not in foreign and u.needs & foreign}:
        foreign |= more
    return {unit_name: unit for unit_name, unit in units.items() if unit_name not in foreign}
