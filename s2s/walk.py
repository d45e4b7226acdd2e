"""Walking syntax trees cheaply: the fields that can hold names, and what is a node."""

from __future__ import annotations

import ast

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


_CHILDREN: dict[type, tuple[str, ...]] = {}
_LEAVES = frozenset(("ctx", "op", "ops", "id", "attr", "arg", "type_comment", "kind", "level", "module"))


def ast_nodes(node: ast.AST) -> list[ast.AST]:
    """What ``ast.walk`` gives, in its order, but for operators and contexts."""
    found = [node]
    for item in found:
        found += ast_children(item)
    return found


def ast_children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below one, but for operators and contexts."""
    fields = _CHILDREN.get(node.__class__)
    if fields is None:
        fields = _CHILDREN[node.__class__] = tuple(name for name in node._fields if name not in _LEAVES)
    found: list[ast.AST] = []
    for name in fields:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [child for child in value if isinstance(child, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found
