"""Arrays brought into the other order where they are used: each is a transpose that is written and counted."""

from __future__ import annotations

from .axes import native_order, source_order, written
from .edits import KEEP, Blocked, Edit, Edits
from .values import UNKNOWN, Arg, Array, Const, Value, has_image, options, union


def as_plain(edits: Edits, module: str, arg: Arg, where) -> Value:
    """The argument in the source's order of axes."""
    return union(_plain(edits, module, option, arg.node, where) for option in options(arg.value))


def _plain(edits: Edits, module: str, value: Value, node, where) -> Value:
    if isinstance(value, Array) and value.image:
        if node is None:
            raise Blocked(module, where, "an image would have to be transposed where nothing can be written")
        assert value.rank is not None
        axes = written(source_order(value.rank))
        edits.record(module, node, "order", Edit(edits.appended(module, node, f".permute({axes})"), 1))
        return Array(value.rank)
    if has_image(value):
        raise Blocked(module, node or where, "images in a sequence are used where the order of axes counts")
    if node is not None and value != Const(None):
        edits.record(module, node, "order")
    return value


def as_image(edits: Edits, module: str, arg: Arg, rank: int, where) -> Value:
    """The argument as an image with this number of axes, or what broadcasts against one."""
    return union(_image(edits, module, option, arg.node, rank, where) for option in options(arg.value))


def _image(edits: Edits, module: str, value: Value, node, rank: int, where) -> Value:
    if value is UNKNOWN or (not isinstance(value, Array) and has_image(value)):
        raise Blocked(module, node or where, "it is not known what is combined with an image here")
    if not isinstance(value, Array):
        if node is not None and value != Const(None):
            edits.record(module, node, "order")
        return value
    if value.image and value.rank != rank:
        raise Blocked(module, node or where, "images with different numbers of axes meet")
    edit = _to_image(edits, module, value, node, rank, where)
    if node is not None:
        edits.record(module, node, "order", edit)
    return value if edit == KEEP else Array(rank, True)


def _to_image(edits: Edits, module: str, value: Array, node, rank: int, where) -> Edit:
    if value.image or value.rank == 0:
        return KEEP
    if value.rank is None or value.rank > rank:
        raise Blocked(module, node or where, "the number of axes of what meets an image is not known")
    if node is None:
        raise Blocked(module, where, "an array would have to be transposed where nothing can be written")
    axes = native_order(rank)
    if value.rank == rank:
        return Edit(edits.appended(module, node, f".permute({written(axes)})"), 1)
    if value.rank == rank - 1:
        shifted = tuple(axis - 1 for axis in axes[1:])
        return Edit(edits.appended(module, node, f".permute({written(shifted)})"), 1)
    return Edit(edits.appended(module, node, ".unsqueeze(-1)"))
