"""Which array of a state belongs to which place in a model, where the two sides do not spell names alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_BY_POSITION = re.compile(r"(.*?)[./]?#(\d+)$")


def matched(places: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Place in the model -> name in the state.

    In this order: equal names; names that are equal but for their separators; names that are equal but for the
    numbers that Keras adds (``dense_3``), in order, when both sides have as many; arrays known by their position in a
    layer (``dense/#0``).
    """
    left, given = list(dict.fromkeys(places)), list(dict.fromkeys(names))
    found = _equal(left, given, lambda name: name)
    for key in (plain, _unnumbered):
        found.update(_equal(_without(left, found), _without(given, found.values()), key))
    numbered = [name for name in _without(given, found.values()) if _BY_POSITION.match(name)]
    if numbered:
        by_position = _positions(_without(left, found))
        pairs = matched(by_position, numbered) if by_position.keys() != set(left) else {}
        found.update((by_position[place], name) for place, name in pairs.items())
    return found


def plain(name: str) -> str:
    """A name without case, separators and leading underscores: ``block1/_query_dense`` -> ``block1_query_dense``."""
    parts = (re.sub(r"\W", "_", part).strip("_") for part in re.split(r"[./]", name))
    return "_".join(part for part in parts if part).lower()


def _unnumbered(name: str) -> str:
    parts = (re.sub(r"_\d+$", "", part) for part in re.split(r"[./]", name))
    return plain(".".join(parts))


def _without(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    gone = set(taken)
    return [name for name in names if name not in gone]


def _equal(places: list[str], names: list[str], key: Callable[[str], str]) -> dict[str, str]:
    """Pairs with equal keys, in order; keys that one side has more often than the other give none."""
    sides: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    for side, every in zip(sides, (places, names)):
        for name in every:
            side.setdefault(key(name), []).append(name)
    return {
        place: name
        for word, group in sides[0].items()
        if len(group) == len(sides[1].get(word, ()))
        for place, name in zip(group, sides[1][word])
    }


def _positions(places: list[str]) -> dict[str, str]:
    """``dense.#0`` -> ``dense.kernel``: places by their position in the layer that holds them."""
    counts: dict[str, int] = {}
    found = {}
    for place in places:
        owner = place.rpartition(".")[0]
        found[f"{owner}.#{counts.get(owner, 0)}"] = place
        counts[owner] = counts.get(owner, 0) + 1
    return found
