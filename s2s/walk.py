"""Walking libcst nodes cheaply: the fields that can hold names, and what is a node."""

from __future__ import annotations

import libcst as cst

_SKIPPED = (
    "whitespace", "lpar", "rpar", "comma", "leading", "header", "footer", "trailing", "semicolon", "lines", "equal",
    "operator", "encoding", "default_", "has_trailing",
)  # fmt: skip
_LABELS = ("attr", "keyword", "name", "asname")
_FIELDS: dict[type, tuple[str, ...]] = {}


def semantic_fields(kind: type) -> tuple[str, ...]:
    """Fields of a node class that can hold names: no whitespace, commas or parentheses."""
    found = _FIELDS.get(kind)
    if found is None:
        names = kind.__dataclass_fields__  # type: ignore[attr-defined]
        found = tuple(n for n in names if n not in _LABELS and not any(part in n for part in _SKIPPED))
        _FIELDS[kind] = found
    return found


_IS_NODE: dict[type, bool] = {}


def is_node(value: object) -> bool:
    """``isinstance(value, cst.CSTNode)`` without the cost of an abstract class's instance check."""
    kind = value.__class__
    found = _IS_NODE.get(kind)
    if found is None:
        found = _IS_NODE[kind] = issubclass(kind, cst.CSTNode)
    return found
