"""Docstrings without the clauses about parameters that a function has no more."""

from __future__ import annotations

import re
from collections.abc import Collection

_SEPARATORS = (re.compile(r"(;\s+|(?<=\.)\s+|:\s+)"), re.compile(r"(\s+and\s+)"))


def mentions(text: str, name: str) -> bool:
    """Whether a docstring speaks of a parameter: in code quotes, or by a name that is no word of English."""
    quoted = rf"`[^`\n]*\b{re.escape(name)}\b[^`\n]*`"
    return re.search(rf"{quoted}|\b{re.escape(name)}\b" if "_" in name else quoted, text) is not None


def without(text: str, names: Collection[str]) -> str | None:
    """The docstring without the clauses that mention the names; None when nothing would be left."""
    for separators in _SEPARATORS:
        clauses = separators.split(text)
        kept = [at for at in range(0, len(clauses), 2) if not any(mentions(clauses[at], name) for name in names)]
        if not kept:
            continue
        found = "".join((clauses[at - 1] if at != kept[0] else "") + clauses[at] for at in kept).strip()
        found = found[0].upper() + found[1:] if kept[0] else found
        return found if found.endswith((".", "\n")) else f"{found.rstrip(',')}."
    return None
