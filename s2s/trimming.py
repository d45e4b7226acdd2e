"""Helper classes without the methods that the package never names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .tables import Template

MARK = "    # only if used"
_USES = {  # what calls them
    "__delitem__": r"\bdel\b",
    "__init_subclass__": r"\bwraps\b|@[^\n]+\n\s+def __init__\(",
    "__setattr__": r"\.setter\b|\bproperty\(",
}
_METHOD = re.compile(r"(?P<decorated>(?:    @[^\n]*\n)*)    def (\w+)\(|    (\w+) = [\w()\".]+$")


@dataclass(frozen=True, slots=True)
class _Method:
    name: str
    text: str
    is_property: bool = False

    def named_in(self, texts: Iterable[str]) -> bool:
        """Whether the package may call the method."""
        word = _USES.get(self.name, rf"\b{self.name}\b")
        return any(re.search(word, text) for text in texts)

    def called_in(self, texts: Iterable[str]) -> bool:
        """Whether helpers call the method, or read the property."""
        used = re.compile(rf"(\.| = ){self.name}\b" if self.is_property else rf"\.{self.name}\(")
        return any(used.search(text) for text in texts)


def trimmed(units: list[Template], texts: Iterable[str] | None) -> list[Template]:
    """The units without the methods marked ``# only if used`` whose name neither the texts nor the units hold.

    Such methods change containers in ways that most packages never do, or ask layers for what few packages need.
    Units that only they need are still among the result. ``texts`` is all code that imports the
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
    return [_with_text(unit, _joined(parts[unit.name], kept)) for unit in units]


def _with_text(unit: Template, text: str) -> Template:
    """A unit with a part of its text, which needs less."""
    if text == unit.text:
        return unit
    words = set(re.findall(r"\w+", text))
    needs = frozenset(need for need in unit.needs if need.rpartition(".")[2] in words)
    imports = frozenset(line for line in unit.imports if _imported(line) in words)
    return replace(unit, text=text, needs=needs, imports=imports)


def _imported(line: str) -> str:
    """The name that an import binds."""
    last = line.split()[-1]
    return last if line.startswith("from ") or " as " in line else last.split(".")[0]


def _split(text: str) -> list[str | _Method]:
    """The blocks of a class text between empty lines, with the marked methods apart."""
    pieces: list[str | _Method] = []
    for block in re.split(r"\n\n(?=    \S)", text):
        marked = block.startswith(MARK)
        body = block[len(MARK) + 1 :] if marked else block
        method = _METHOD.match(body)
        pieces.append(_conditional(method, body) if marked and method else body)
    return pieces


def _conditional(match: re.Match[str], text: str) -> _Method:
    """A method, a property or another name of one."""
    return _Method(match[2] or match[3], text, not match[2] or "    @" in match["decorated"])


def _joined(pieces: list[str | _Method], kept: set[_Method]) -> str:
    return "\n\n".join(p if isinstance(p, str) else p.text for p in pieces if isinstance(p, str) or p in kept)
