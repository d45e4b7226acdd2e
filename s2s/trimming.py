"""Helper classes without the methods that the package never names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .tables import Template

MARK = "    # only if used"
_METHOD = re.compile(r"    def (\w+)\(")
_USES = {"__delitem__": r"\bdel\b", "__init_subclass__": r"\bwraps\b|@[^\n]+\n\s+def __init__\("}  # what calls them


@dataclass(frozen=True, slots=True)
class _Method:
    name: str
    text: str

    def named_in(self, texts: Iterable[str]) -> bool:
        """Whether the package may call the method."""
        word = _USES.get(self.name, rf"\b{self.name}\b")
        return any(re.search(word, text) for text in texts)

    def called_in(self, texts: Iterable[str]) -> bool:
        """Whether helpers call the method."""
        return any(f".{self.name}(" in text for text in texts)


def trimmed(units: list[Template], texts: Iterable[str] | None) -> list[Template]:
    """The units without the methods marked ``# only if used`` whose name neither the texts nor the units hold.

    Such methods change containers in ways that most packages never do. ``texts`` is all code that imports the
    helpers; with None everything is kept.
    """
    if not any(MARK in unit.text for unit in units):
        return units
    parts = {unit.name: _split(unit.text) for unit in units}
    fixed = [part for pieces in parts.values() for part in pieces if isinstance(part, str)]
    pending = [part for pieces in parts.values() for part in pieces if isinstance(part, _Method)]
    if texts is None:
        kept = set(pending)
    else:
        users = list(texts)
        kept = {method for method in pending if method.named_in(users)}
        helpers = [*fixed, *(method.text for method in kept)]
        while found := [m for m in pending if m not in kept and m.called_in(helpers)]:
            kept.update(found)
            helpers = [method.text for method in found]
    return [replace(unit, text=_joined(parts[unit.name], kept)) for unit in units]


def _split(text: str) -> list[str | _Method]:
    """The blocks of a class text between empty lines, with the marked methods apart."""
    pieces: list[str | _Method] = []
    for block in re.split(r"\n\n(?=    \S)", text):
        marked = block.startswith(MARK)
        body = block[len(MARK) + 1 :] if marked else block
        method = _METHOD.match(body)
        pieces.append(_Method(method.group(1), body) if marked and method else body)
    return pieces


def _joined(pieces: list[str | _Method], kept: set[_Method]) -> str:
    return "\n\n".join(p if isinstance(p, str) else p.text for p in pieces if isinstance(p, str) or p in kept)
