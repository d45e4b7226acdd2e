"""Helper classes without the methods that the package never names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from .tables import Template

MARK = "    # only if used"
# A class that is left out, as a base class too, when none of its marked methods is kept.
_CLASS_MARK = "# only if used\n"
_USES = {  # what calls them
    "compile": r"(?<!\bre)\.compile\(",
    "__delitem__": r"\bdel\b",
    "__len__": r"\blen\(",
    "__init_subclass__": r"\bwraps\b|@[^\n]+\n\s+def __init__\(",
    "__setattr__": r"\.setter\b|\bproperty\(",
}
_METHOD = re.compile(r"(?P<decorated>(?:    @[^\n]*\n)*)    def (\w+)\(|    (\w+) = [\w()\".]+$")


@dataclass(frozen=True, slots=True)
class _Method:
    name: str
    text: str
    is_property: bool = False
    of_class: bool = False

    def named_in(self, texts: Iterable[str]) -> bool:
        """Whether the package may call the method, or define it in a subclass where its whole class may go."""
        word = _USES.get(self.name, rf"(\.|def ){self.name}\b" if self.of_class else rf"\b{self.name}\b")
        return any(re.search(word, text) for text in texts)

    def called_in(self, texts: Iterable[str]) -> bool:
        """Whether helpers call the method, or read the property."""
        as_value = self.is_property or self.of_class
        used = re.compile(rf"(\.| = ){self.name}\b" if as_value else rf"\.{self.name}\(")
        return any(used.search(text) for text in texts)


def trimmed(units: list[Template], texts: Iterable[str] | None, roots: Collection[str]) -> list[Template]:
    """The units without the methods marked ``# only if used`` whose name neither the texts nor the units hold.

    Such methods change containers in ways that most packages never do, or ask layers for what few packages need.
    Units that only they need are not among the result. ``texts`` is all code that imports the
    helpers, ``roots`` are the units that it names; with None as texts everything is kept.
    """
    if not any(MARK in unit.text for unit in units):
        return units
    parts = {unit.name: _split(unit.text) for unit in units}
    pending = {part for pieces in parts.values() for part in pieces if isinstance(part, _Method)}
    kept = pending if texts is None else _named(pending, list(texts))
    while True:
        found = _without_empty([with_text(unit, _joined(parts[unit.name], kept)) for unit in units], kept)
        needed = reached(roots, {unit.name: unit for unit in found})
        found = [unit for unit in found if unit.name in needed]
        used = [unit.text for unit in found]
        more = {method for method in pending - kept if method.called_in(used)}
        if not more:
            return found
        kept = kept | more


def _named(methods: Iterable[_Method], texts: list[str]) -> set[_Method]:
    return {method for method in methods if method.named_in(texts)}


def reached(names: Iterable[str], units: Mapping[str, Template]) -> dict[str, Template]:
    """Those of some units that have these names, or that such units need."""
    found: dict[str, Template] = {}
    todo = sorted(names)
    while todo:
        name = todo.pop()
        if name in found or name not in units:
            continue
        found[name] = units[name]
        todo.extend(sorted(units[name].needs - found.keys()))
    return found


def _without_empty(units: list[Template], kept: Collection[_Method]) -> list[Template]:
    """The units without the marked classes of which no method is kept; the others lose the mark."""
    empty = [unit for unit in units if unit.text.startswith(_CLASS_MARK) and not any(m.text in unit.text for m in kept)]
    left = [unit for unit in units if unit not in empty]
    for index, unit in enumerate(left):
        for gone in empty:
            base = re.compile(rf"(?m)^(class \w+\(){gone.name.rpartition('.')[2]}, ")
            unit = with_text(unit, base.sub(r"\1", unit.text, count=1)) if gone.name in unit.needs else unit
        left[index] = with_text(unit, unit.text.removeprefix(_CLASS_MARK))
    return left


def with_text(unit: Template, text: str) -> Template:
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
        pieces.append(_conditional(method, body, text.startswith(_CLASS_MARK)) if marked and method else body)
    return pieces


def _conditional(match: re.Match[str], text: str, of_class: bool) -> _Method:
    """A method, a property or another name of one."""
    return _Method(match[2] or match[3], text, not match[2] or "    @" in match["decorated"], of_class)


def _joined(pieces: list[str | _Method], kept: Collection[_Method]) -> str:
    return "\n\n".join(p if isinstance(p, str) else p.text for p in pieces if isinstance(p, str) or p in kept)
