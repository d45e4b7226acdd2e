"""The picture of a program."""

from __future__ import annotations

from typing import Any

from ..dtypes import dtype_name
from .names import described
from .picture import Box, Picture
from .program import Program
from .record import Node, is_array
from .trees import leaves


def drawn(program: Program) -> Picture:
    """A box for each input, constant array and operation, and one for each array that is returned."""
    boxes: list[Box] = []
    places: dict[Any, int] = {}

    def add(key: Any, box: Box) -> int:
        places[key] = len(boxes)
        boxes.append(box)
        return places[key]

    def place(value: Any) -> int:
        if isinstance(value, Node):
            while value.kind == "part" and value not in places:
                value = value.args[0]
            if value in places:
                return places[value]
            return add(value, Box("constant", _detail(value.value), "constant", ()))
        key = id(value)
        return places[key] if key in places else add(key, Box("constant", _detail(value), "constant", ()))

    for node in program.nodes:
        if node in program.folded or node.kind == "part":
            continue
        given = [v for v in leaves((node.args, node.kwargs)) if isinstance(v, Node) or is_array(v)]
        sources = tuple(dict.fromkeys(place(value) for value in given))
        kind = "input" if node.kind == "input" else "op"
        title = node.name if kind == "input" else program.hints.get(node) or ""
        operation = described(node)
        shown = title if kind == "input" else operation + (f": {title}" if title else "")
        add(node, Box(shown, _detail(node.value), kind, sources))
    results = [leaf for leaf in leaves(program.output) if isinstance(leaf, Node)]
    for node in dict.fromkeys(results):
        boxes.append(Box("result", _detail(node.value), "output", (place(node),)))
    return Picture(tuple(boxes))


def _detail(value: Any) -> str:
    """The dtype and shape of an array."""
    if not is_array(value):
        return ""
    return f"{dtype_name(value.dtype)} {tuple(int(n) for n in value.shape)}"
