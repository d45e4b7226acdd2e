"""Ops on arrays: which keep an image an image, which axes they name, and which need the source's order."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable
from typing import Any

from ..twins import layouts
from . import layers
from .axes import moved, native_order, permuted, written
from .edits import KEEP, Blocked, Edit, Splice
from .knowledge import returned
from .orders import as_image, as_plain
from .shapes import number, renumbered
from .values import (
    HOST,
    OUTSIDE,
    UNKNOWN,
    Arg,
    Array,
    Const,
    Container,
    Items,
    NotConstant,
    Sequence,
    Shape,
    Site,
    Union,
    Value,
    constant,
    has_image,
    options,
    union,
)

Bound = dict[str, Arg]


def operate(m, frame, node, op: ast.AST, args: list[Arg]) -> Value:
    """A binary operator."""
    from .expressions import host

    kinds = [option for arg in args for option in options(arg.value)]
    if UNKNOWN in kinds:
        m.unknown.add((frame.module, node))
    if any(isinstance(kind, Array) for kind in kinds):
        if isinstance(op, ast.MatMult):
            return _product(m, frame, node, args)
        return elementwise(m, frame, node, args)
    left, right = (arg.value for arg in args)
    if isinstance(left, (Sequence, Container, Items)) or isinstance(right, (Sequence, Items)):
        return _joined(m, frame, op, left, right, node)
    if any(has_image(arg.value) for arg in args):
        raise Blocked(frame.module, node, "the shape of an image is used as a whole")
    return UNKNOWN if UNKNOWN in (left, right) else host(type(op), [left, right])


def _joined(m, frame, op, left: Value, right: Value, node) -> Value:
    """Lists and tuples added, or repeated."""
    if isinstance(op, ast.Mult):
        held, times = (left, right) if isinstance(left, (Sequence, Items)) else (right, left)
        if isinstance(held, Sequence) and isinstance(times, Const) and isinstance(times.value, int):
            return m.new(Sequence(held.items * times.value, held.exact, held.tuple))
        return Items(union(held.items)) if isinstance(held, Sequence) and held.items else Items(HOST)
    if has_image(left) and isinstance(left, Shape) or isinstance(right, Shape) and right.of.image:
        raise Blocked(frame.module, node, "the shape of an image is used as a whole")
    parts = [m.iterated(frame, side, node) for side in (left, right)]
    if all(isinstance(part, Sequence) for part in parts):
        items = [item for part in parts for item in part.items]
        return m.new(Sequence(items, all(part.exact for part in parts), getattr(left, "tuple", False)))
    return Items(union(i for p in parts for i in (p.items if isinstance(p, Sequence) else [p.item])))


def elementwise(m, frame, node, args: list[Arg]) -> Value:
    """Operands at the same place, broadcast against each other."""
    found = []
    for combination in itertools.product(*[options(arg.value) for arg in args]):
        held = [Arg(value, arg.node) for value, arg in zip(combination, args, strict=True)]
        found.append(_broadcast(m, frame, node, held))
    return union(found)


def _broadcast(m, frame, node, args: list[Arg]) -> Value:
    arrays = [arg.value for arg in args if isinstance(arg.value, Array)]
    images = [array for array in arrays if array.image]
    if not images:
        for arg in args:
            if arg.node is not None and arg.value != Const(None):
                m.edits.record(frame.module, arg.node, "order")
        if not arrays:
            return UNKNOWN if any(arg.value is UNKNOWN for arg in args) else HOST
        ranks = [array.rank for array in arrays]
        known = None not in ranks and all(a.value is not UNKNOWN for a in args)
        shaped = known and any(array.shaped and array.rank == max(ranks) for array in arrays)
        return Array(max(ranks) if known else None, shaped=shaped)
    rank = max(image.rank for image in images)  # type: ignore[type-var]
    held = [as_image(m.edits, frame.module, arg, rank, node) for arg in args]
    singles = [v.single or v.rank == 0 for v in held if isinstance(v, Array)]
    return Array(rank, True, all(singles))


def _product(m, frame, node, args: list[Arg]) -> Value:
    held = [as_plain(m.edits, frame.module, arg, node) for arg in args]
    ranks: list[Any] = [v.rank if isinstance(v, Array) else None for v in held]
    return Array(None if None in ranks or min(ranks) < 2 else max(ranks))


def apply(m, frame, entry, bound: Bound, node, site: Site | None = None) -> Value:
    """An op with its arguments by canonical name."""
    names = [name for name, arg in bound.items() if isinstance(arg.value, Union)]
    if not names:
        return _apply(m, frame, entry, bound, node, site)
    found = []
    for combination in itertools.product(*[options(bound[name].value) for name in names]):
        chosen = {name: Arg(v, bound[name].node, bound[name].nodes) for name, v in zip(names, combination, strict=True)}
        found.append(_apply(m, frame, entry, bound | chosen, node, site))
    return union(found)


def _apply(m, frame, entry, bound: Bound, node, site: Site | None) -> Value:
    op = entry.op
    if any(arg.value is UNKNOWN for arg in bound.values()):
        m.unknown.add((frame.module, node))
        if m.knowledge.spatial(op) is not None:
            layers.rename(m, site, False, node, frame)
    if m.knowledge.elementwise(op):
        args = [a for a in bound.values() if isinstance(a.value, Array) or a.value is UNKNOWN]
        return elementwise(m, frame, node, args or list(bound.values()))
    first = next((a for a in bound.values() if isinstance(a.value, Array)), None)
    image = first is not None and first.value.image  # type: ignore[union-attr]
    if op in _OWN and first is not None:
        return _OWN[op](m, frame, entry, bound, node)
    if m.knowledge.spatial(op) is not None and first is not None:
        return _twin(m, frame, op, bound, node, site)
    if op == "matmul":
        return _product(m, frame, node, [a for a in bound.values() if isinstance(a.value, Array)])
    if op in ("concat", "stack"):
        return _concatenated(m, frame, entry, bound, node)
    if image and first is not None and op in layouts()["along"]["ops"]:
        made = _along(m, frame, entry, bound, first, node)
        if made is not None:
            return made
    if image and first is not None and op in layouts()["reductions"]["ops"] + layouts()["reductions"]["whole"]:
        made = _reduced(m, frame, entry, bound, first, node)
        if made is not None:
            return made
    return _general(m, frame, entry, bound, node)


def _general(m, frame, entry, bound: Bound, node) -> Value:
    """Any other op: its images are brought into the source's order."""
    op, held = entry.op, {}
    ranks = {a.value.rank for a in bound.values() if isinstance(a.value, Array) and a.value.image}
    m.edits.record(frame.module, node, "axis")
    for name, arg in bound.items():
        if isinstance(arg.value, Sequence) and has_image(arg.value):
            raise Blocked(frame.module, node, f"a sequence with images is passed to {entry.native}")
        held[name] = as_plain(m.edits, frame.module, arg, node)
        for place in _axis_places(arg, name):
            m.edits.record(frame.module, place, "axis")
    rank = _RANKS.get(op)
    array = next((v for v in held.values() if isinstance(v, Array)), None)
    if rank is not None:
        made = rank(array, bound)
        return Array(made, shaped=made in ranks)
    text = m.knowledge.hub[op].returns if op in m.knowledge.hub else "unknown"
    if text.startswith("same:"):
        return next(iter(held.values()), UNKNOWN)
    if text in ("unknown", "layer"):
        return Array() if array is not None else UNKNOWN
    if array is not None and op in layouts()["along"]["ops"] + layouts()["last_axis"]["ops"]:
        inner = Array(array.rank, shaped=array.rank in ranks) if op not in layouts()["along"]["drops"] else Array()
        return Items(inner) if op in layouts()["along"]["lists"] else inner
    return returned(text)


def _axis_places(arg: Arg, name: str) -> list[ast.expr]:
    if name in layouts()["along"]["names"] and arg.nodes:
        return [node for node in arg.nodes if node is not None]
    if name not in layouts()["along"]["names"] or arg.node is None:
        return []
    return list(arg.node.elts) if isinstance(arg.node, (ast.Tuple, ast.List)) else [arg.node]


def _axis(m, entry, bound: Bound) -> tuple[str, object] | None:
    """The name and the value of an op's axis; None where it is not known."""
    for name in layouts()["along"]["names"]:
        if name in bound:
            try:
                return name, constant(bound[name].value)
            except NotConstant:
                return None
        default = m.knowledge.default(entry, name)
        if default is not None:
            return name, default
    return None


def _along(m, frame, entry, bound: Bound, first: Arg, node) -> Value | None:
    """An op along one axis of an image."""
    found = _axis(m, entry, bound)
    if found is None:
        return None
    name, value = found
    array: Array = first.value
    axes: list[int] = [value] if isinstance(value, int) else list(value)  # type: ignore[call-overload]
    drops = entry.op in layouts()["along"]["drops"]
    if drops and (axes[0] % array.rank != 1 or "keepdims" in bound):
        return None
    places = _axis_places(bound[name], name) if name in bound else []
    if name in bound and len(places) != len(axes):
        return None
    for place, axis in zip(places, axes, strict=False):
        number(m, frame, array, Arg(Const(axis), place), node)
    if name not in bound:
        m.edits.record(frame.module, node, "axis", _axis_added(m, frame, entry, name, axes[0], array, node))
    _keep_order(m, frame, first)
    if drops:
        return Array(array.rank - 1)
    result = Array(array.rank, True, array.single and all(axis % array.rank == 1 for axis in axes))
    return Items(result) if entry.op in layouts()["along"]["lists"] else result


def _axis_added(m, frame, entry, name: str, axis: int, array: Array, node: ast.Call) -> Edit:
    """The axis written where the source leaves it to the default."""
    new = moved(axis, array.rank)
    if new == axis:
        return KEEP
    native = next(arg.native for arg in entry.args if arg.canonical == name)
    _, end = m.edits.span(frame.module, node)
    if not m.edits.texts[frame.module][: end - 1].rstrip().endswith(b","):
        return Edit((Splice(end - 1, end - 1, f", {native}={new}"),))
    return Edit((Splice(end - 1, end - 1, f" {native}={new}"),))


def _keep_order(m, frame, arg: Arg) -> None:
    if arg.node is not None:
        m.edits.record(frame.module, arg.node, "order")


def _concatenated(m, frame, entry, bound: Bound, node) -> Value:
    arrays = bound.get("arrays", Arg(UNKNOWN))
    parts = _parts(m, frame, arrays, node)
    if not any(has_image(part.value) for part in parts):
        for place in _axis_places(bound.get("axis", Arg(UNKNOWN)), "axis"):
            m.edits.record(frame.module, place, "axis")
        for part in parts:
            if part.node is not None and isinstance(part.value, Array):
                m.edits.record(frame.module, part.node, "order")
        ranks = {o.rank if isinstance(o, Array) else None for part in parts for o in options(part.value)}
        rank = ranks.pop() if len(ranks) == 1 else None
        return Array(None if rank is None else rank + (entry.op == "stack"))
    rank = max(o.rank for part in parts for o in options(part.value) if isinstance(o, Array) and o.image)
    if entry.op == "stack":
        raise Blocked(frame.module, node, "images are stacked")
    found = _axis(m, entry, bound)
    if found is None or not isinstance(found[1], int) or ("axis" in bound and bound["axis"].node is None):
        raise Blocked(frame.module, node, "along which axis images are concatenated is not known")
    if "axis" in bound:
        number(m, frame, Array(rank, True), Arg(Const(found[1]), bound["axis"].node), node)
    held = [as_image(m.edits, frame.module, part, rank, node) for part in parts]
    for value in held:
        if any(not isinstance(o, Array) or o.rank != rank for o in options(value)):
            raise Blocked(frame.module, node, "it is not known what is concatenated with an image")
    singles = all(o.single for value in held for o in options(value))  # type: ignore[attr-defined]
    return Array(rank, True, singles and found[1] % rank == 1)


def _parts(m, frame, arrays: Arg, node) -> list[Arg]:
    """The arrays of a sequence and where each of them is written, if it is."""
    places = arrays.node.elts if isinstance(arrays.node, (ast.List, ast.Tuple)) else []
    if any(isinstance(place, ast.Starred) for place in places):
        places = []
    found = []
    for option in options(arrays.value):
        source = m.iterated(frame, option, node)
        items = source.items if isinstance(source, Sequence) else [source.item]
        nodes = list(places) if len(places) == len(items) else [None] * len(items)
        found += [Arg(item, place) for item, place in zip(items, nodes, strict=True)]
    return found


def _reduced(m, frame, entry, bound: Bound, first: Arg, node) -> Value | None:
    array: Array = first.value  # type: ignore[assignment]
    if "axis" not in bound or bound["axis"].value == Const(None):
        return Array(0) if entry.op in layouts()["reductions"]["whole"] and "keepdims" not in bound else None
    places: Any = bound["axis"].nodes or _axis_places(bound["axis"], "axis")
    try:
        axes = constant(bound["axis"].value)
        keep = constant(bound["keepdims"].value) if "keepdims" in bound else False
    except NotConstant:
        return None
    axes = [axes] if isinstance(axes, int) else list(axes)
    rank = array.rank
    gone = {axis % rank for axis in axes}  # type: ignore[operator]
    space = set(range(2, rank))  # type: ignore[arg-type]
    if len(places) != len(axes) or None in places or (0 in gone and not keep and gone != {0, *space}):
        return None
    for place, axis in zip(places, axes, strict=True):
        new = moved(axis, rank)  # type: ignore[arg-type]
        m.edits.record(frame.module, place, "axis", renumbered(m, frame, place, axis, new))
    _keep_order(m, frame, first)
    if keep:
        made = Array(rank, True, array.single or space <= gone)
    else:
        still = 1 not in gone and bool(space - gone)
        made = Array(rank - len(gone), still, still and array.single)  # type: ignore[operator]
    return Sequence([made, made], tuple=True) if entry.op.endswith("_with_indices") else made


def _twin(m, frame, op: str, bound: Bound, node, site: Site | None) -> Value:
    first = bound["input"]
    value: Value = first.value
    if not isinstance(value, Array):
        raise Blocked(frame.module, node, f"what {op} gets is not known")
    for name, arg in bound.items():
        if name != "input" and has_image(arg.value):
            raise Blocked(frame.module, node, f"{op} gets more than one image")
    spatial = m.knowledge.spatial(op)
    rank = spatial + 2 if spatial else value.rank
    if not value.image and (m.knowledge.listed("plain", "layers", op) or rank is None):
        layers.rename(m, site, False, node, frame)
        _keep_order(m, frame, first)
        return Array(value.rank)
    if bound.get("return_indices", Arg(Const(False))).value != Const(False):
        raise Blocked(frame.module, node, f"positions in the source's order are asked of {op}")
    if "max" in op and bound.get("dilation", Arg(Const(1))).value != Const(1):
        raise Blocked(frame.module, node, f"windows of {op} have gaps")
    m.meets(value)
    held = as_image(m.edits, frame.module, first, rank, node)
    if not isinstance(held, Array) or held.rank != rank or not held.image:
        raise Blocked(frame.module, node, f"{op} gets an array with fewer axes")
    layers.rename(m, site, True, node, frame)
    values = {name: arg.value for name, arg in bound.items()}
    return Array(rank, True, layers.single(m, op, value.single, values))


# Ops that change the order or number of axes


def _permute(m, frame, entry, bound: Bound, node) -> Value:
    array: Array = bound["x"].value  # type: ignore[assignment]
    try:
        axes = tuple(constant(bound["axes"].value))
    except (NotConstant, TypeError):
        axes = None
    return _ordered(m, frame, array, axes, bound["x"], node)


def _swap(m, frame, entry, bound: Bound, node) -> Value:
    array: Array = bound["x"].value  # type: ignore[assignment]
    try:
        first, second = (constant(arg.value) for name, arg in bound.items() if name != "x")
    except (NotConstant, ValueError):
        return _ordered(m, frame, array, None, bound["x"], node)
    if array.rank is None:
        m.edits.record(frame.module, node, "axes")
        _keep_order(m, frame, bound["x"])
        return Array()
    axes = list(range(array.rank))
    if not all(-array.rank <= axis < array.rank for axis in (first, second)):  # on a way that is not taken
        return _ordered(m, frame, array, None, bound["x"], node)
    axes[first], axes[second] = axes[second], axes[first]
    return _ordered(m, frame, array, tuple(axes), bound["x"], node)


def _ordered(m, frame, array: Array, axes: tuple[int, ...] | None, arg: Arg, node) -> Value:
    """``x.permute(axes)``, which may be nothing in the native order."""
    if axes is None:
        if array.image:
            raise Blocked(frame.module, node, "in which order the axes of an image are put is not known")
        m.edits.record(frame.module, node, "axes")
        return Array(array.rank)
    _keep_order(m, frame, arg)
    axes = tuple(axis % len(axes) for axis in axes)
    new, image, nothing = permuted(axes, array.image)
    if nothing and not (axes == tuple(range(len(axes))) and not array.image):
        m.edits.record(frame.module, node, "axes", Edit((_without_call(m, frame, arg, node),)))
    elif new == axes:
        m.edits.record(frame.module, node, "axes")
    else:
        m.edits.record(frame.module, node, "axes", Edit((_called(m, frame, arg, node, f"permute({written(new)})"),)))
    return Array(len(axes), image, array.single and image)


def _without_call(m, frame, arg: Arg, node: ast.Call) -> Splice:
    return _called(m, frame, arg, node, "")


def _called(m, frame, arg: Arg, node: ast.Call, text: str) -> Splice:
    """The method call in a chain replaced by another, or left out."""
    if not isinstance(node.func, ast.Attribute) or arg.node is not node.func.value:
        raise Blocked(frame.module, node, "the order of axes is changed by a function, not by a method")
    _, start = m.edits.span(frame.module, node.func.value)
    _, end = m.edits.span(frame.module, node)
    return Splice(start + _closing(m, frame, start, node), end, f".{text}" if text else "")


def _closing(m, frame, start: int, node: ast.Call) -> int:
    """How many bytes between a receiver and the dot close its parentheses."""
    _, end = m.edits.span(frame.module, node.func)
    between = m.edits.texts[frame.module][start:end]
    if b"\\" in between or b"#" in between:
        raise Blocked(frame.module, node, "a call over several lines cannot be changed here")
    return between.rindex(b".")


def _reshape(m, frame, entry, bound: Bound, node) -> Value:
    array: Array = bound["x"].value  # type: ignore[assignment]
    shape = bound.get("shape", Arg(UNKNOWN))
    if isinstance(shape.value, Shape) and shape.value.of.image:
        raise Blocked(frame.module, node, "an array gets the shape of an image as a whole")
    exact = isinstance(shape.value, Sequence) and shape.value.exact
    rank = len(shape.value.items) if exact else None  # type: ignore[union-attr]
    if array.image and array.single:
        _keep_order(m, frame, bound["x"])
        return Array(rank)
    as_plain(m.edits, frame.module, bound["x"], node)
    return Array(rank, shaped=rank is not None and rank > 3)


def _flatten(m, frame, entry, bound: Bound, node) -> Value:
    array: Array = bound["x"].value  # type: ignore[assignment]
    try:
        start = constant(bound["start_axis"].value) if "start_axis" in bound else 0
        end = constant(bound["end_axis"].value) if "end_axis" in bound else -1
    except NotConstant:
        as_plain(m.edits, frame.module, bound["x"], node)
        m.edits.record(frame.module, node, "axes")
        return Array()
    if array.rank is None:
        _keep_order(m, frame, bound["x"])
        m.edits.record(frame.module, node, "axes")
        return Array(start + 1 if end == -1 and start >= 0 else None)
    rank = array.rank
    first, last = start % rank, end % rank
    if array.image and first == 2 and last == rank - 1:
        if "start_axis" not in bound or bound["start_axis"].node is None or "end_axis" in bound:
            raise Blocked(frame.module, node, "the places of an image are flattened in a way that is not known")
        _keep_order(m, frame, bound["x"])
        edit = Edit((m.edits.replaced(frame.module, bound["start_axis"].node, "1, -2"),))
        m.edits.record(frame.module, node, "axes", edit)
        return Array(3, True, array.single)
    m.edits.record(frame.module, node, "axes")
    if array.image and array.single and first <= 1 and last == rank - 1:
        _keep_order(m, frame, bound["x"])
    else:
        as_plain(m.edits, frame.module, bound["x"], node)
    return Array(rank - (last - first))


def _squeeze(m, frame, entry, bound: Bound, node) -> Value:
    array: Array = bound["x"].value  # type: ignore[assignment]
    axis = bound.get("axis")
    if axis is None:
        if array.image and not array.single:
            as_plain(m.edits, frame.module, bound["x"], node)
        else:
            _keep_order(m, frame, bound["x"])
        return Array()
    known = isinstance(axis.value, Const) and isinstance(axis.value.value, int) and axis.node is not None
    if not array.image or not array.single or not known or axis.value.value % array.rank < 2:  # type: ignore
        as_plain(m.edits, frame.module, bound["x"], node)
        for place in _axis_places(axis, "axis"):
            m.edits.record(frame.module, place, "axis")
        return Array()
    number(m, frame, array, axis, node)
    _keep_order(m, frame, bound["x"])
    rank = array.rank - 1  # type: ignore[operator]
    return Array(rank, rank > 2, rank > 2)


def _read_size(m, frame, entry, bound: Bound, node) -> Value:
    array: Array = bound["x"].value  # type: ignore[assignment]
    return Shape(array)


def _counted(m, frame, entry, bound: Bound, node) -> Value:
    _keep_order(m, frame, bound["x"])
    return HOST


def _expand_as(m, frame, entry, bound: Bound, node) -> Value:
    return elementwise(m, frame, node, [bound["x"], bound["other"]])


def _expand(m, frame, entry, bound: Bound, node) -> Value:
    array: Array = bound["x"].value  # type: ignore[assignment]
    if array.image:
        raise Blocked(frame.module, node, "an image is expanded")
    _keep_order(m, frame, bound["x"])
    exact = isinstance(bound["shape"].value, Sequence) and bound["shape"].value.exact
    return Array(len(bound["shape"].value.items) if exact else None)  # type: ignore[union-attr]


_OWN: dict[str, Callable] = {
    "permute_dims": _permute,
    "swapaxes": _swap,
    "reshape": _reshape,
    "flatten": _flatten,
    "squeeze_ones": _squeeze,
    "squeeze": _squeeze,
    "shape": _read_size,
    "numel": _counted,
    "expand_as": _expand_as,
    "expand": _expand,
}


def _rank_of_shape(array: Array | None, bound: Bound) -> int | None:
    """The number of axes of what is made with a shape."""
    value = bound["shape"].value if "shape" in bound else UNKNOWN
    if isinstance(value, Sequence):
        inner = value.items[0] if len(value.items) == 1 and value.exact else None
        if isinstance(inner, Sequence):
            value = inner
        elif inner in (HOST, OUTSIDE, UNKNOWN) and inner is not None:
            return 1 if inner is HOST and bound["shape"].nodes else None
        return len(value.items) if value.exact else None
    if isinstance(value, Shape):
        return value.of.rank
    return 1 if isinstance(value, Const) and isinstance(value.value, int) else None


def _one_more(array: Array | None, bound: Bound) -> int | None:
    return None if array is None or array.rank is None else array.rank + 1


def _same(array: Array | None, bound: Bound) -> int | None:
    return None if array is None else array.rank


_RANKS: dict[str, Callable[[Array | None, Bound], int | None]] = {
    **dict.fromkeys(("zeros", "ones", "empty", "rand", "randn", "full"), _rank_of_shape),
    **dict.fromkeys(("new_zeros", "new_ones", "new_empty", "new_full"), _rank_of_shape),
    **dict.fromkeys(("expand_dims", "embedding"), _one_more),
    **dict.fromkeys(("scaled_dot_product_attention", "gather", "index_select", "take_along_axis", "roll"), _same),
    **dict.fromkeys(("scatter", "scatter_add", "index_add", "index_fill", "index_copy", "tril", "triu"), _same),
    **dict.fromkeys(("arange", "linspace", "logspace"), lambda array, bound: 1),
}


# Items


def indexed(m, frame, array: Array, node: ast.Subscript) -> Value:
    """``x[...]``."""
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    kinds = [_index_kind(m, frame, part) for part in parts]
    if not array.image:
        m.edits.record(frame.module, node, "index")
        m.edits.record(frame.module, node.value, "order")
        return Array(_indexed_rank(array.rank, kinds))
    rank: int = array.rank  # type: ignore[assignment]
    full = _per_axis(parts, kinds, rank)
    plain = full is None or any(kind not in ("slice", "int") for _, kind in full)
    if plain or full[0][1] == "int":  # type: ignore[index]
        m.edits.record(frame.module, node, "index")
        as_plain(m.edits, frame.module, Arg(array, node.value), node)
        return Array(_indexed_rank(rank, kinds))
    assert full is not None
    m.edits.record(frame.module, node.value, "order")
    m.edits.record(frame.module, node, "index", _reindexed(m, frame, node, full))
    gone = [axis for axis, (_, kind) in enumerate(full) if kind == "int"]
    still = 1 not in gone and len([a for a in gone if a > 1]) < rank - 2
    return Array(rank - len(gone), still, still and array.single)


def _index_kind(m, frame, part: ast.expr) -> str:
    if isinstance(part, ast.Slice):
        m.value(frame, part)
        return "slice"
    value = m.value(frame, part)
    if value == Const(None):
        return "new"
    if isinstance(part, ast.Constant) and part.value is Ellipsis:
        return "rest"
    if value is HOST or (isinstance(value, Const) and type(value.value) is int):
        return "int"
    return "other"


def _per_axis(parts: list[ast.expr], kinds: list[str], rank: int) -> list[tuple[ast.expr | None, str]] | None:
    """The index of each axis of the source; None where that is not known."""
    if "new" in kinds or "other" in kinds or kinds.count("rest") > 1:
        return None
    missing: list[tuple[ast.expr | None, str]] = [(None, "slice")] * (rank - len(parts) + ("rest" in kinds))
    found: list[tuple[ast.expr | None, str]] = []
    for part, kind in zip(parts, kinds, strict=True):
        found += missing if kind == "rest" else [(part, kind)]
    return found if "rest" in kinds else found + missing


def _reindexed(m, frame, node: ast.Subscript, full: list[tuple[ast.expr | None, str]]) -> Edit:
    def text(part: ast.expr | None) -> str:
        return ":" if part is None else m.edits.source(frame.module, part)

    texts = [text(part) for part, _ in full]
    if all(t == ":" for t in texts[2:]) and texts[0] == ":" and texts[1] != ":":
        return Edit((m.edits.replaced(frame.module, node.slice, f"..., {texts[1]}"),))
    ordered = [texts[axis] for axis in native_order(len(texts))]
    while len(ordered) > 1 and ordered[-1] == ":":
        ordered.pop()
    new = ", ".join(ordered)
    if new == m.edits.source(frame.module, node.slice):
        return KEEP
    return Edit((m.edits.replaced(frame.module, node.slice, new),))


def _indexed_rank(rank: int | None, kinds: list[str]) -> int | None:
    if "other" in kinds:
        return None
    if rank is None:
        # What is not known is taken from the index: where it is wrong, the transpose that follows raises.
        known = len(kinds) - kinds.count("int")
        return known if "new" in kinds and "rest" not in kinds and known > 2 else None
    return rank - kinds.count("int") + kinds.count("new")
