"""Units of one helper module that have the same name: those that no file imports get another."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Collection, Sequence
from dataclasses import replace

from .table_model import TableError, Template


def told_apart(units: Sequence[Template], wanted: Collection[str]) -> list[Template]:
    """The units, each with a name of its own in the module."""
    taken: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for unit in sorted(units, key=lambda unit: (unit.name not in wanted, "." in unit.name)):
        name = _last(unit.name)
        if name in taken and unit.name in wanted:
            raise TableError(f"two helpers of one module are called {name!r}: {taken[name]} and {unit.name}")
        while name in taken:
            name += "_"
        taken[name] = unit.name
        if name != _last(unit.name):
            renamed[unit.name] = name
    return [_spelled(unit, renamed) for unit in units] if renamed else list(units)


def _spelled(unit: Template, renamed: dict[str, str]) -> Template:
    """A unit that calls the units that it needs by their names."""
    names = {_last(need): renamed[need] for need in (unit.name, *unit.needs) if need in renamed}
    return replace(unit, text=_with_names(unit.text, names)) if names else unit


def _with_names(text: str, names: dict[str, str]) -> str:
    """A text with other names in place of these; attributes and keywords stay."""
    lines, tokens = text.splitlines(keepends=True), list(tokenize.generate_tokens(io.StringIO(text).readline))
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if token.type != tokenize.NAME or token.string not in names:
            continue
        if place and tokens[place - 1].string == "." or _is_keyword(tokens, place):
            continue
        row, column = token.start[0] - 1, token.start[1]
        line = lines[row]
        lines[row] = line[:column] + names[token.string] + line[column + len(token.string) :]
    return "".join(lines)


def _is_keyword(tokens: list[tokenize.TokenInfo], place: int) -> bool:
    """Whether a name is that of an argument, as in ``f(name=value)``."""
    return tokens[place + 1].string == "=" and place > 0 and tokens[place - 1].string in ("(", ",")


def _last(name: str) -> str:
    return name.rpartition(".")[2]
