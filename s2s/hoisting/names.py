"""The names that flax gives to layers without one: ``Dense_0``, ``Dense_1``, in the order in which they are made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import libcst as cst

from .. import nodes
from .dialects import Dialect, NotHoistable


@dataclass(slots=True)
class Loop:
    """A loop that makes layers: its counter, and how many of each class one turn makes."""

    index: cst.Name
    each: Counter[str]
    count: cst.BaseExpression | None
    seen: Counter[str] = field(default_factory=Counter)
    lists: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Names:
    """How many layers of each class were made: a number, and the turns of loops that are over."""

    dialect: Dialect
    made: Counter[str] = field(default_factory=Counter)
    turns: dict[str, list[cst.BaseExpression]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    sometimes: set[str] = field(default_factory=set)
    loop: Loop | None = None

    def next(self, cls: str) -> cst.BaseExpression:
        """The name of the next layer of a class, as a string."""
        kind = self.dialect.kind(cls)
        if kind in self.lost:
            raise NotHoistable(f"how many layers of {kind} there are is not known")
        terms = list(self.turns.get(kind, ()))
        if self.loop is not None:
            terms.append(_times(self.loop.each[kind], self.loop.index))
            number = self.made[kind] + self.loop.seen[kind]
            self.loop.seen[kind] += 1
        else:
            number = self.made[kind]
            self.made[kind] += 1
        if not terms:
            plain = number == 0 and not self.dialect.numbers_first
            return cst.SimpleString(f'"{kind}"' if plain else f'"{kind}_{number}"')
        return _formatted(f"{kind}_", _sum(terms, number))

    def place(self, cls: str) -> cst.Subscript:
        """Where the next layer of a class lies in the list that a loop makes of such layers."""
        assert self.loop is not None
        kind = self.dialect.kind(cls)
        number, self.loop.seen[kind] = self.loop.seen[kind], self.loop.seen[kind] + 1
        index = _sum([_times(self.loop.each[kind], self.loop.index)], number).deep_clone()
        place = cst.Attribute(cst.Name("self"), cst.Name(self.loop.lists[kind]))
        return cst.Subscript(place, [cst.SubscriptElement(cst.Index(index))])

    def enter(self, loop: Loop) -> None:
        """Begin a loop that makes layers without names."""
        if self.loop is not None:
            raise NotHoistable("loops inside each other make layers without names")
        self.loop = loop

    def leave(self) -> None:
        """End the loop: its layers are counted."""
        loop, self.loop = self.loop, None
        assert loop is not None
        if +loop.seen != +loop.each:
            raise NotHoistable("what one turn of a loop makes is not known")
        for kind, number in loop.each.items() if not loop.lists else ():
            if loop.count is None or kind in self.sometimes:
                self.lost.add(kind)
            else:
                self.turns.setdefault(kind, []).append(_times(number, loop.count))

    def branches(self, first: Names, second: Names, varies: bool) -> None:
        """Go on after a condition: classes of which its branches made different numbers are not counted on.

        ``varies`` says that the condition may be another one at each turn of a loop.
        """
        kinds = {*first.made, *second.made, *first.turns, *second.turns}
        unlike = {kind for kind in kinds if first._state(kind) != second._state(kind)}
        self.made, self.turns = first.made, first.turns
        self.lost = first.lost | second.lost | unlike
        if self.loop is not None and first.loop is not None and second.loop is not None:
            self._join(first.loop.seen, second.loop.seen, varies)

    def _join(self, first: Counter[str], second: Counter[str], varies: bool) -> None:
        """Go on in a loop after a condition: what all turns make or none makes has the number of the turn."""
        assert self.loop is not None
        for kind in {*first, *second}:
            if first[kind] != second[kind]:
                if varies or min(first[kind], second[kind]) or max(first[kind], second[kind]) != self.loop.each[kind]:
                    raise NotHoistable("a condition in a loop decides how layers are called")
                self.sometimes.add(kind)
        self.loop.seen = first | second

    def _state(self, kind: str) -> tuple[int, list[str]]:
        return self.made[kind], [nodes.code(term) for term in self.turns.get(kind, ())]

    def copied(self) -> Names:
        """The same numbers, to be counted on in a branch."""
        loop = self.loop
        if loop is not None:
            loop = Loop(loop.index, loop.each, loop.count, Counter(loop.seen), loop.lists)
        turns = {kind: list(terms) for kind, terms in self.turns.items()}
        return Names(self.dialect, Counter(self.made), turns, set(self.lost), set(self.sometimes), loop)


def _times(number: int, node: cst.BaseExpression) -> cst.BaseExpression:
    if number == 1:
        return node
    return cst.BinaryOperation(cst.Integer(str(number)), cst.Multiply(), nodes.parenthesized(node))


def _sum(terms: list[cst.BaseExpression], number: int) -> cst.BaseExpression:
    parts = [*terms, *([cst.Integer(str(number))] if number else [])]
    made = parts[0]
    for part in parts[1:]:
        made = cst.BinaryOperation(made, cst.Add(), part)
    return made


def _formatted(start: str, value: cst.BaseExpression) -> cst.FormattedString:
    parts = [cst.FormattedStringText(start), cst.FormattedStringExpression(value.deep_clone())]
    return cst.FormattedString(parts, start='f"', end='"')
