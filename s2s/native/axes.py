"""Numbers of axes in the source's order (N, C, ...) and in the native one (N, ..., C)."""

from __future__ import annotations


def native_order(rank: int) -> tuple[int, ...]:
    """The axes of the source in the order in which a native image has them."""
    return (0, *range(2, rank), 1)


def source_order(rank: int) -> tuple[int, ...]:
    """The axes of a native image in the order in which the source has them."""
    return (0, rank - 1, *range(1, rank - 1))


def moved(axis: int, rank: int) -> int:
    """Where an axis of the source is in a native image; that of the channels is -1."""
    place = native_order(rank).index(axis % rank)
    return -1 if place == rank - 1 else place


def written(axes: tuple[int, ...]) -> str:
    """Axes as arguments of a call."""
    return ", ".join(map(str, axes))


def permuted(axes: tuple[int, ...], image: bool) -> tuple[tuple[int, ...], bool, bool]:
    """What ``permute(axes)`` is natively: the axes, whether the result is an image, whether nothing has to be done.

    ``image`` says whether the operand is one. A result that costs nothing is preferred, then an array that is no image.
    """
    rank = len(axes)
    held = native_order(rank) if image else tuple(range(rank))
    plain = tuple(held.index(axis) for axis in axes)
    nothing = tuple(range(rank))
    if plain == nothing:
        return plain, False, True
    as_image = tuple(held.index(axes[axis]) for axis in native_order(rank))
    if as_image == nothing and (rank > 3 or image):
        return as_image, True, True
    return plain, False, False
