"""Names of variables: the user's own where a value was assigned to one, else what the operation is called."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from typing import Any

from .record import Node

_OPERATORS = {
    "truediv": "ratio", "floordiv": "quotient", "mod": "remainder", "pow": "power", "and_": "both", "or_": "either",
    "sub": "difference", "add": "total", "mul": "product", "invert": "inverted", "neg": "negative", "pos": "positive",
    "lt": "below", "le": "below", "gt": "above", "ge": "above", "eq": "equal", "ne": "unequal", "getitem": "item",
}  # fmt: skip
_NESTED = {"while_loop": "looped", "scan": "scanned", "cond": "chosen", "switch": "chosen"}
RESERVED = frozenset(
    (
        *dir(builtins),
        "ivy",
        "torch",
        "tensorflow",
        "tf",
        "keras",
        "jax",
        "jnp",
        "lax",
        "np",
        "numpy",
        "F",
    )
)
"""Names that a variable must not hide."""


def hint(node: Node) -> str:
    """The name of the variable that the user assigned the value of a node to, '' when there is none."""
    path: list[int] = []
    if node.kind == "part" and node.args[1][0] == "attribute":
        return ""
    while node.kind == "part" and node.args[1][0] == "item":
        path.insert(0, node.args[1][1])
        node = node.args[0]
    target: Any = node.site.targets() if node.site is not None else None
    for place in path:
        if not isinstance(target, (ast.Tuple, ast.List)) or not isinstance(place, int):
            return ""
        if any(isinstance(item, ast.Starred) for item in target.elts) or place >= len(target.elts):
            return ""
        target = target.elts[place]
    return target.id if isinstance(target, ast.Name) and target.id.strip("_") else ""


def described(node: Node) -> str:
    """What the value of a node is called when the user did not name it."""
    if node.kind == "part":
        kind, key = node.args[1]
        return key if kind == "attribute" else described(node.args[0])
    if node.kind == "setitem":
        return "updated"
    short = node.name.rpartition(".")[2]
    if node.kind == "nested":
        return _NESTED.get(short, short)
    return _OPERATORS.get(short, short)


class Names:
    """Names in one function: a name is taken while its value is still used."""

    def __init__(self, taken: set[str]) -> None:
        self._fixed = set(taken) | RESERVED
        self._until: dict[str, int] = {}

    def reserve(self, wanted: str, until: int = 1 << 60) -> str:
        """A name like ``wanted`` for a value whose last use is in statement ``until``."""
        return self.take(wanted, -1, until)

    def take(self, wanted: str, now: int, until: int) -> str:
        """A name for the value that statement ``now`` makes; that of a value that is used no more is free again."""
        base = identifier(wanted)
        name, count = base, 0
        while name in self._fixed or self._until.get(name, -2) > now:
            count += 1
            name = f"{base}_{count}"
        self._until[name] = until
        return name


def identifier(text: str) -> str:
    """A valid name of a variable made of any text."""
    found = re.sub(r"\W+", "_", text).strip("_") or "value"
    if found[0].isdigit():
        found = f"value_{found}"
    return f"{found}_" if keyword.iskeyword(found) or found in RESERVED else found
