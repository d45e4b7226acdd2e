"""Which recorded operations a result needs, which of them are constant, and which get a variable of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .literals import NoLiteral, literal
from .names import hint
from .record import Level, Node
from .trees import leaves

_LONGEST = 5
"""Operations in one expression at most."""


@dataclass(slots=True)
class Program:
    """The nodes that outputs need in order, and how each is written."""

    nodes: list[Node]
    output: Any
    users: dict[Node, list[Node | None]] = field(default_factory=dict)
    parts: dict[Node, list[Node]] = field(default_factory=dict)
    folded: set[Node] = field(default_factory=set)
    assigned: list[Node] = field(default_factory=list)
    hints: dict[Node, str] = field(default_factory=dict)


def program(nodes: list[Node], output: Any, dialect: str) -> Program:
    """Arrange the nodes of a record for an output, a container of nodes and plain values."""
    found = Program(_needed(nodes, output, dialect), output)
    _fold(found, dialect)
    inner = [n for n in found.nodes if n not in found.folded]
    for node in inner:
        found.hints[node] = hint(node)
        for source in node.inputs():
            found.users.setdefault(source, []).append(node)
            if node.kind == "part":
                found.parts.setdefault(source, []).append(node)
    for leaf in leaves(output):
        if isinstance(leaf, Node):
            found.users.setdefault(leaf, []).append(None)
    sizes: dict[Node, int] = {}
    for node in inner:
        if node.kind == "input":
            continue
        sizes[node] = (
            1
            + (len(node.args) + len(node.kwargs)) // 4
            + sum(sizes.get(source, 0) for source in node.inputs() if source not in found.assigned)
        )
        if not _inlined(found, node, sizes[node]):
            found.assigned.append(node)
            sizes[node] = 0
    return found


def _needed(nodes: list[Node], output: Any, dialect: str) -> list[Node]:
    """The nodes that the output depends on, in the order in which they ran."""
    todo = [leaf for leaf in leaves(output) if isinstance(leaf, Node)]
    needed: set[Node] = set()
    while todo:
        node = todo.pop()
        if node not in needed:
            needed.add(node)
            if node.level > Level.CONSTANT or _creates(node, dialect):
                todo += node.inputs()
    return [node for node in nodes if node in needed]


def _fold(found: Program, dialect: str) -> None:
    """Constants: what is computed from constants alone is one value, but for calls that only state what they make."""
    found.folded = {n for n in found.nodes if n.level == Level.CONSTANT and not n.random and not _creates(n, dialect)}


def _creates(node: Node, dialect: str) -> bool:
    """Whether a node makes an array from literals, such as ``arange(5)``: shorter to write than the array."""
    if node.kind != "call" or node.level > Level.CONSTANT:
        return False
    values = list(leaves((node.args, node.kwargs)))
    if any(isinstance(value, Node) for value in values) or len(values) > 16:
        return False
    try:
        for value in values:
            literal(value, dialect)
    except NoLiteral:
        return False
    return hasattr(node.value, "shape")


def _inlined(found: Program, node: Node, size: int) -> bool:
    """Whether a node is written inside the one expression that uses it."""
    users = found.users.get(node, [])
    if node.kind == "nested" or any(user is not None and user.kind == "nested" for user in users):
        return False
    if node.kind == "part":
        parent = node.args[0]
        return parent.kind != "part" and len(found.parts[parent]) == 1 and len(users) <= 1 and not found.hints[node]
    if node in found.parts and (len(found.parts[node]) > 1 or len(users) > 1):
        return False
    if (
        node.random
        or (found.hints[node] and node not in found.parts)
        or len(users) != 1
        or (size > _LONGEST and found.output is not node)
    ):
        return False
    if node.kind == "setitem":
        return False
    return not (users[0] is not None and users[0].kind == "setitem" and users[0].args[0] is node)
