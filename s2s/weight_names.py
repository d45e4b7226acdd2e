"""Which array of a state belongs to which place in a model, where the two sides do not spell names alike."""

from __future__ import annotations

import re
from collections import Counter
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
        positions = _positions(_without(left, found), by_position)
        pairs = matched(positions, by_position, made_up) if positions else {}
        found.update((positions[place], name) for place, name in pairs.items())
    return found


def without_layers(name: str, places: Collection[str]) -> str:
    """``head.layers.dense`` -> ``head.dense`` where no place of the model, given as plain names, lies there.

    Files of Keras keep what a sequence holds in ``layers``, an attribute that no other framework's sequence has.
    """
    parts = name.split(".")
    kept: list[str] = []
    for index, part in enumerate(parts):
        begin = plain(".".join(parts[: index + 1])) + "_" if part == "layers" else ""
        if not begin or index == 0 or any(place.startswith(begin) for place in places):
            kept.append(part)
    return ".".join(kept)


def plain(name: str) -> str:
    """A name without case, separators and leading underscores: ``block1/_query_dense`` -> ``block1_query_dense``."""
    parts = (re.sub(r"\W", "_", part).strip("_") for part in _parts(name))
    return "_".join(part for part in parts if part).lower()


def roots(places: Iterable[str], names: Iterable[str]) -> tuple[str, str]:
    """What all places of the model, or all names of the state, have in front of what the other side begins with.

    ``module.fc.weight`` against ``fc.weight`` gives ``("", "module.")``.
    """
    left, right = [list(side) for side in (places, names)]
    for outer in _outer(right):
        if _tops(name.removeprefix(outer) for name in right) & _tops(left):
            return "", outer
    for outer in _outer(left):
        if _tops(name.removeprefix(outer) for name in left) & _tops(right):
            return outer, ""
    return "", ""


def _outer(names: list[str]) -> list[str]:
    """The first modules that are common to all names, from none to three."""
    found = [""]
    for depth in range(1, 4):
        starts = {_start(name, depth) for name in names}
        if len(starts) != 1 or "" in starts:
            break
        found += starts
    return found


def _start(name: str, depth: int) -> str:
    match = re.match(rf"(?:[^./]+[./]){{{depth}}}(?=.)", name)
    return match[0] if match else ""


def _tops(names: Iterable[str]) -> set[str]:
    return {plain(_parts(name)[0]) for name in names}


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


def _positions(places: list[str], numbered: list[str]) -> dict[str, str]:
    """``dense.#0`` -> ``dense.kernel``: places by their position, in layers that have as many as the state has."""
    held: dict[str, list[str]] = {}
    for place in places:
        held.setdefault(place.rpartition(".")[0], []).append(place)
    counts = Counter(_BY_POSITION.sub(r"\1", name) for name in numbered)
    known = set(counts.values())
    return {f"{owner}.#{i}": place for owner, own in held.items() if len(own) in known for i, place in enumerate(own)}
