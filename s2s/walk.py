"""Walking syntax trees cheaply: the fields that can hold names, and what is a node."""

from __future__ import annotations

import ast
from collections.abc import Iterator

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


def below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all nodes inside it that can hold names."""
    yield node
    for name in semantic_fields(type(node)):
        value = getattr(node, name)
        if value.__class__ in (tuple, list):
            for item in value:
                if is_node(item):
                    yield from below(item)
        elif is_node(value):
            yield from below(value)


_VISITS: dict[tuple[type, type], str] = {}


def explore(node: cst.CSTNode, visitor: cst.CSTVisitor) -> None:
    """``node.visit(visitor)`` for a visitor that only looks and has no methods but ``visit_...``; faster than libcst.

    It is shown the nodes that can hold names, in the order of their fields.
    """
    key = visitor.__class__, node.__class__
    name = _VISITS.get(key)
    if name is None:
        method = f"visit_{node.__class__.__name__}"
        known = getattr(visitor, method, None)
        name = _VISITS[key] = method if known is not None and not getattr(known, "_is_no_op", False) else ""
    if name and getattr(visitor, name)(node) is False:
        return
    for field in semantic_fields(node.__class__):
        value = getattr(node, field)
        if value.__class__ in (tuple, list):
            for item in value:
                if is_node(item):
                    explore(item, visitor)
        elif is_node(value):
            explore(value, visitor)


_CHILDREN: dict[type, tuple[str, ...]] = {}
_TEXTS = frozenset(
    (
        "ctx", "op", "ops", "id", "attr", "arg", "type_comment", "kind", "level", "module", "asname", "conversion",
        "is_async", "kwd_attrs", "rest", "simple", "tag",
    )
)  # fmt: skip
_WITHOUT_CHILDREN = (ast.Constant, ast.MatchSingleton, ast.Global, ast.Nonlocal)
_WITH_GAPS = frozenset(("keys", "kw_defaults"))


def ast_nodes(node: ast.AST) -> list[ast.AST]:
    """What ``ast.walk`` gives, in its order, but for operators and contexts."""
    found = [node]
    for item in found:
        fields = _CHILDREN.get(item.__class__)
        for name in fields if fields is not None else _fields(item.__class__):
            value = getattr(item, name, None)
            if value.__class__ is list:
                found += value if name not in _WITH_GAPS else [child for child in value if child is not None]
            elif value is not None:
                found.append(value)
    return found


def ast_children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below one, but for operators and contexts."""
    found: list[ast.AST] = []
    fields = _CHILDREN.get(node.__class__)
    for name in fields if fields is not None else _fields(node.__class__):
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += value if name not in _WITH_GAPS else [child for child in value if child is not None]
        elif value is not None:
            found.append(value)
    return found


def _fields(kind: type) -> tuple[str, ...]:
    """The fields of a class of nodes that hold nodes or lists of nodes; a name is text but in a ``type`` statement."""
    named = kind.__name__ == "TypeAlias"
    fields: tuple[str, ...] = () if issubclass(kind, _WITHOUT_CHILDREN) else kind._fields  # type: ignore[attr-defined]
    found = tuple(name for name in fields if name not in _TEXTS and (named or name != "name"))
    _CHILDREN[kind] = found
    return found


def by_class(nodes: list[ast.AST]) -> dict[type, list]:
    """The nodes of each class, in their order."""
    found: dict[type, list] = {}
    for node in nodes:
        kind = node.__class__
        if kind in found:
            found[kind].append(node)
        else:
            found[kind] = [node]
    return found


def statements(body: list[ast.stmt]):
    """Statements of a block and of the if/try/with/for blocks inside it, not of functions and classes."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            yield from statements(node.body)
            for handler in getattr(node, "handlers", ()):
                yield from statements(handler.body)
            yield from statements(getattr(node, "orelse", []))
            yield from statements(getattr(node, "finalbody", []))


def imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The names that an import binds."""
    return [alias.asname or alias.name.split(".")[0] for alias in node.names]


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
