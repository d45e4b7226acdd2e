"""What a verification found: a table for people, JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

from .command import Verification
from .comparing import Row

_COUNTED = ("equal", "differs", "raises", "refused", "untraced", "timeout", "skipped")
_STOPPED = {"budget": "stopped when the time was over (--budget)", "interrupted": "stopped by the user"}
_LISTED = 20


def as_table(found: Verification, verbose: bool = False) -> str:
    """A line for each check of each entry that was compared, then what was not compared and why."""
    shown = _shown(found, verbose)
    lines: list[str] = []
    cells = [("entry", "check", "", "error", ""), *(_cells(row) for row in shown)]
    widths = [max(len(row[i]) for row in cells) for i in range(4)]
    previous = ""
    for row in cells if shown else ():
        name = "" if row[0] == previous else row[0]
        previous = row[0]
        lines.append("  ".join(f"{cell:<{w}}" for cell, w in zip((name, *row[1:]), [*widths, 0])).rstrip())
    waiting = [row for row in found.rows if row.status == "needs --inputs"]
    lines += [f"needs --inputs: {row.entry} ({row.detail})" for row in (waiting if verbose else waiting[:_LISTED])]
    if len(waiting) > _LISTED and not verbose:
        lines.append(f"... and {len(waiting) - _LISTED} more; see them with --verbose or --json FILE")
    return "\n".join([*lines, summary(found)])


def summary(found: Verification) -> str:
    """How many entries were compared, and how many checks ended in which way."""
    counts = Counter(row.status for row in found.rows)
    compared = len({row.entry for row in found.rows if row.status in ("equal", "differs", "raises")})
    words = ", ".join(f"{counts[status]} {status}" for status in _COUNTED if counts[status])
    text = (
        f"{compared} of {found.entries} entries compared, {found.source} against {found.target}: {words or 'no checks'}"
    )
    if found.stopped:
        text += f"; {_STOPPED[found.stopped]}, {counts['not reached']} entries not reached"
    return text


def _shown(found: Verification, verbose: bool) -> list[Row]:
    """The rows of the table; what many entries say alike is said three times."""
    counted: Counter[str] = Counter()
    kept = []
    for row in found.rows:
        alike = row.status in ("raises", "refused", "skipped") and row.check in ("source", "converted")
        counted[row.detail] += alike
        hidden = row.status in ("needs --inputs", "not reached") or alike and counted[row.detail] > 3
        if not hidden or (verbose and row.status != "needs --inputs"):
            kept.append(row)
    return kept


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    error = "" if row.error is None else f"{row.error:.1e}" if row.error else "0"
    return row.entry, row.check, row.status, error, row.detail


def as_json(found: Verification) -> str:
    """All rows for machines."""
    facts = {
        "source": found.source,
        "target": found.target,
        "exit_code": found.exit_code,
        "stopped": found.stopped,
        "entries": found.entries,
    }
    return json.dumps({**facts, "checks": [asdict(row) for row in found.rows]}, indent=2) + "\n"
