"""Layers of sequences, which Keras calls by their names and PyTorch by their numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any


def sequence_paths(modules: Mapping[str, Any], places: Collection[str], names: Collection[str]) -> dict[str, str]:
    """A layer of the model -> the state's name for it, in sequences that one of the two numbers and the other does not.

    Layers without arrays have no name; the others are in the order of the sequence on both sides.
    """
    return dict(
        pair
        for path, module in modules.items()
        if any(cls.__name__ == "Sequential" for cls in type(module).__mro__)
        for pair in _pairs(f"{path}." if path else "", places, names)
    )


def _pairs(path: str, places: Collection[str], names: Collection[str]) -> Iterator[tuple[str, str]]:
    ours, theirs = _layers(path, places), _layers(path, names)
    numbered = [all(name.isdigit() for name in side) for side in (ours, theirs)]
    if len(ours) == len(theirs) and numbered[0] != numbered[1]:
        yield from zip((path + name for name in ours), (path + name for name in theirs), strict=True)


def _layers(path: str, names: Collection[str]) -> list[str]:
    """The layers inside a sequence, in their order."""
    inside = (name[len(path) :] for name in names if name.startswith(path))
    return list(dict.fromkeys(name.partition(".")[0] for name in inside if "." in name))
