"""``python -m ivy.s2s.coverage``: docs/coverage.md, what the tables read and write, and what they refuse and why."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from .places import ROOT
from .table_model import Entry, HubOp, Table, Tables
from .tables import FRAMEWORKS, VARIANTS, load
from .twins import without_twins

WRITTEN = (*FRAMEWORKS, *VARIANTS)
PAGE = ROOT / "docs" / "coverage.md"
_INTRO = """# Coverage

Made from the tables by `python -m ivy.s2s.coverage`; a test keeps it true. `ivy-s2s explain torch.std --to jax` says
more about one name. How the numbers of all this are checked is in [architecture.md](architecture.md).
"""


def page(tables: Tables) -> str:
    """The whole page. Twins are left out: they are written for the ops that they stand for."""
    tables = _without_twins(tables)
    parts = [
        _INTRO,
        *_totals(tables),
        *_written(tables),
        *_read(tables),
        *_unwritten(tables),
        *_unread(tables),
    ]
    return "\n".join([*parts, *_differences(tables)]).rstrip() + "\n"


def _without_twins(tables: Tables) -> Tables:
    twins = tables.hub.keys() - without_twins(tables.hub).keys()
    frameworks = {}
    for name in WRITTEN:
        entries = {native: entry for native, entry in tables[name].entries.items() if _op(entry) not in twins}
        frameworks[name] = replace(tables[name], entries=entries)
    return Tables(without_twins(tables.hub), frameworks, tables.packages)


def _op(entry: Entry) -> str:
    return entry.op or (entry.overloads[0].op if entry.overloads else "")


def _totals(tables: Tables) -> Iterator[str]:
    ops = list(tables.hub.values())
    layers = sum(op.layer for op in ops)
    yield f"The hub has {len(ops) - layers} functions and {layers} layers.\n"
    yield "| | names read | names refused, with a reason | functions written | layers written |"
    yield "|---|---:|---:|---:|---:|"
    for name in FRAMEWORKS:
        table = tables[name]
        read = sum(_is_read(e) for e in table.entries.values())
        refused = sum(bool(e.refuse) for e in _readable(table))
        functions = sum(_way(op, table) != "refused" for op in ops if not op.layer)
        classes = sum(_way(op, table) != "refused" for op in ops if op.layer)
        yield f"| {name} | {read} | {refused} | {functions} | {classes} |"
    for name, base in VARIANTS.items():
        written = [op for op in ops if _way(op, tables[name]) != "refused"]
        classes = sum(op.layer for op in written)
        yield f"| {name} | as {base} | as {base} | {len(written) - classes} | {classes} |"
    yield ""


def _written(tables: Tables) -> Iterator[str]:
    yield "## Written: hub ops by family\n"
    yield "Native calls and expressions + functions or classes of the helper templates, and how many are refused.\n"
    yield from _heading("family", ["ops", *WRITTEN])
    for topic, ops in _families(tables):
        cells = [str(len(ops))]
        for name in WRITTEN:
            ways = [_way(op, tables[name]) for op in ops]
            refused = f", {ways.count('refused')} refused" if "refused" in ways else ""
            cells.append(f"{ways.count('native')} + {ways.count('template')}{refused}")
        yield _row(topic, cells)
    yield ""


def _read(tables: Tables) -> Iterator[str]:
    yield "## Read: native names by family\n"
    yield from _heading("family", FRAMEWORKS)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name in FRAMEWORKS:
        for entry in tables[name].entries.values():
            if _is_read(entry):
                counts[_family(entry, tables)][name] += 1
    for family in sorted(counts):
        yield _row(family, [str(counts[family][name]) for name in FRAMEWORKS])
    yield ""


def _unwritten(tables: Tables) -> Iterator[str]:
    yield "## Not written, and why\n"
    for name in WRITTEN:
        reasons: dict[str, list[str]] = defaultdict(list)
        for op in tables.hub.values():
            if _way(op, tables[name]) == "refused":
                reasons[tables[name].refusals.get(op.name, "no counterpart is known")].append(op.name)
        yield from _by_reason(name, reasons)


def _unread(tables: Tables) -> Iterator[str]:
    yield "## Not read, and why\n"
    for name in FRAMEWORKS:
        reasons: dict[str, list[str]] = defaultdict(list)
        for entry in _readable(tables[name]):
            if entry.refuse:
                reasons[entry.refuse].append(entry.native)
        yield from _by_reason(name, reasons)


def _differences(tables: Tables) -> Iterator[str]:
    yield "## Documented differences\n"
    yield "Names that are converted with a difference, which the user is told (`approximate`) or which is rounding or"
    yield "integer width only (`close`).\n"
    for name in FRAMEWORKS:
        notes: dict[str, list[str]] = defaultdict(list)
        for entry in tables[name].entries.values():
            for part in entry.overloads or (entry,):
                if part.grade != "exact":
                    notes[f"{part.grade}: {part.note}"].append(entry.native.lstrip("@"))
        yield from _by_reason(name, notes)


def _by_reason(name: str, reasons: dict[str, list[str]]) -> Iterator[str]:
    if not reasons:
        return
    yield f"### {name}\n"
    for reason, names in sorted(reasons.items()):
        yield f"- {reason}: {', '.join(f'`{n}`' for n in sorted(set(names)))}"
    yield ""


def _families(tables: Tables) -> Iterator[tuple[str, list[HubOp]]]:
    for topic in sorted({op.topic for op in tables.hub.values()}):
        yield topic, [op for op in tables.hub.values() if op.topic == topic]


def _way(op: HubOp, table: Table) -> str:
    """How a framework writes an op: ``native``, ``template`` or ``refused``."""
    entry = table.writes.get(op.name)
    if entry is None:
        return "template" if op.name in table.templates else "refused"
    natively = entry.write or entry.args or any(form.write or form.call for form in entry.forms)
    return "native" if natively or not (entry.helper or entry.forms) else "template"


def _readable(table: Table) -> Iterator[Entry]:
    return (e for e in table.entries.values() if e.readable and not e.native.startswith("@"))


def _is_read(entry: Entry) -> bool:
    if not entry.readable or entry.refuse or entry.native.startswith(("@", "builtins.", "math.")):
        return False
    return bool(entry.op or entry.overloads or entry.const or entry.type or entry.fold or entry.drop)


def _family(entry: Entry, tables: Tables) -> str:
    op = next((part.op for part in entry.overloads or (entry,) if part.op), "")
    return tables.hub[op].topic if op in tables.hub else "constants, types, no effect"


def _heading(first: str, columns: Iterable[str]) -> Iterator[str]:
    columns = list(columns)
    yield _row(first, columns)
    yield "|---|" + "---:|" * len(columns)


def _row(first: str, cells: Iterable[str]) -> str:
    return f"| {first} | {' | '.join(cells)} |"


def main() -> int:
    """Write the page; with --check only say whether it is true."""
    text = page(load())
    if "--check" in sys.argv[1:]:
        return int(_current(PAGE) != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


def _current(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
