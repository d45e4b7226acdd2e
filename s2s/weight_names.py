"""Which array of a state belongs to which place in a model, where the two sides do not spell names alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

_BY_POSITION = re.compile(r"(.*?)[./]?#(\d+)$")


def matched(places: Iterable[str], names: Iterable[str], made_up: Collection[str] = ()) -> dict[str, str]:
    """Place in the model -> name in the state.

    Names are equal, or equal but for separators, or equal but for the numbers behind words that Keras makes up
    (``dense_3``): those go in order when both sides have as many. Arrays that are known by their position in a layer
    (``dense.#0``) come last.
    """
    left, given = list(dict.fromkeys(places)), list(dict.fromkeys(names))

    def unnumbered(name: str) -> str:
        return _unnumbered(name, made_up)

    found = _equal(left, given, unnumbered)
    for key in (str, plain):
        found.update(_equal(_without(left, found), _without(given, found.values()), key))
    by_position = [name for name in _without(given, found.values()) if _BY_POSITION.match(name)]
    if by_position and not any(map(_BY_POSITION.match, left)):
        positions = _positions(_without(left, found))
        pairs = matched(positions, by_position, made_up)
        found.update((positions[place], name) for place, name in pairs.items())
    return found


def plain(name: str) -> str:
    """A name without case, separators and leading underscores: ``block1/_query_dense`` -> ``block1_query_dense``."""
    parts = (re.sub(r"\W", "_", part).strip("_") for part in _parts(name))
    return "_".join(part for part in parts if part).lower()


def stem(name: str) -> str:
    """``dense_3`` -> ``dense``."""
    return re.sub(r"_\d+$", "", name)


def _parts(name: str) -> list[str]:
    return re.split(r"[./]", name)


def _unnumbered(name: str, made_up: Collection[str]) -> str:
    return plain(".".join(stem(part) if stem(part) in made_up else part for part in _parts(name)))


def _without(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    gone = set(taken)
    return [name for name in names if name not in gone]


def _equal(places: list[str], names: list[str], key: Callable[[str], str]) -> dict[str, str]:
    """Pairs with equal keys: by their names when both sides have the same, else in order when they have as many."""
    sides: tuple[dict[str, list[str]], dict[str, list[str]]] = ({}, {})
    for side, every in zip(sides, (places, names)):
        for name in every:
            side.setdefault(key(name), []).append(name)
    found: dict[str, str] = {}
    for word, group in sides[0].items():
        others = sides[1].get(word, [])
        if len(group) == len(others):
            same = sorted(map(plain, group)) == sorted(map(plain, others))
            found.update(zip(*(sorted(side, key=plain) for side in (group, others))) if same else zip(group, others))
    return found


def _positions(places: list[str]) -> dict[str, str]:
    """``dense.#0`` -> ``dense.kernel``: places by their position in the layer that holds them."""
    counts: dict[str, int] = {}
    found = {}
    for place in places:
        owner = place.rpartition(".")[0]
        found[f"{owner}.#{counts.get(owner, 0)}"] = place
        counts[owner] = counts.get(owner, 0) + 1
    return found
