"""Walking, rebuilding and reading bindings of pieces of code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import libcst as cst

from ..nodes import code
from ..parentheses import fitting
from ..walk import below, is_node, semantic_fields

CHANGING = frozenset("add append clear discard extend insert pop popitem remove reverse setdefault sort update".split())


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly inside one, in the order in which Python computes them; of assignments the value first."""
    names = semantic_fields(type(node))
    for name in ("value", "targets") if isinstance(node, cst.Assign) else names:
        value = getattr(node, name)
        if value.__class__ in (tuple, list):
            yield from (item for item in value if is_node(item))
        elif is_node(value):
            yield value


Answer = Callable[[cst.CSTNode], cst.CSTNode | list[cst.BaseStatement] | None]


def rebuilt(node: cst.CSTNode, answer: Answer):
    """The code with the answers in place of the nodes that have one; the node itself when none has.

    The answer for a statement may be several of them, or none.
    """
    made = answer(node)
    if made is not None:
        return made
    changes: dict[str, object] = {}
    for name in semantic_fields(type(node)):
        value = getattr(node, name)
        if value.__class__ in (tuple, list):
            items = [rebuilt(item, answer) if is_node(item) else item for item in value]
            if any(a is not b for a, b in zip(items, value, strict=True)):
                changes[name] = [part for item in items for part in (item if isinstance(item, list) else [item])]
        elif is_node(value):
            new = rebuilt(value, answer)
            if new is not value:
                changes[name] = fitting(node, name, new)
    return node.with_changes(**changes) if changes else node


def bound_names(node: cst.CSTNode) -> Counter[str]:
    """How often a piece of code binds each name, in functions, lambdas and comprehensions inside it too."""
    found: Counter[str] = Counter()
    for part in below(node):
        for target in _targets(part):
            found.update(names_of(target))
        if isinstance(part, (cst.FunctionDef, cst.ClassDef, cst.Param)):
            found[part.name.value] += 1
        elif isinstance(part, (cst.Global, cst.Nonlocal)):
            found.update(item.name.value for item in part.names)
    return found


def _targets(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    if isinstance(node, (cst.AssignTarget, cst.AnnAssign, cst.For, cst.CompFor, cst.NamedExpr)):
        yield node.target
    elif isinstance(node, cst.AugAssign):
        yield from (node.target, node.target)
    elif isinstance(node, cst.Del):
        yield node.target
    elif isinstance(node, cst.WithItem) and node.asname is not None:
        yield node.asname.name
    elif isinstance(node, cst.ExceptHandler) and node.name is not None:
        yield node.name.name


def names_of(target: cst.CSTNode) -> Iterator[str]:
    """The names that a target binds."""
    if isinstance(target, cst.Name):
        yield target.value
    elif isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from names_of(element.value)


def changed_names(node: cst.CSTNode) -> frozenset[str]:
    """The names of containers that a piece of code changes in place."""
    found = set()
    for part in below(node):
        if isinstance(part, cst.Call) and isinstance(part.func, cst.Attribute):
            if part.func.attr.value in CHANGING and isinstance(part.func.value, cst.Name):
                found.add(part.func.value.value)
        for target in _targets(part):
            owner = target
            while isinstance(owner, (cst.Subscript, cst.Attribute)):
                owner = owner.value
            if owner is not target and isinstance(owner, cst.Name):
                found.add(owner.value)
    return frozenset(found)


def is_docstring(line: cst.CSTNode) -> bool:
    """Whether a statement is a text."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    return isinstance(small, cst.Expr) and isinstance(small.value, (cst.SimpleString, cst.ConcatenatedString))


def set_names(statements: Iterable[cst.CSTNode]) -> set[str]:
    """What statements assign to or append to, as it is written."""
    found = set()
    for part in (part for statement in statements for part in below(statement)):
        if isinstance(part, cst.AssignTarget):
            found.add(code(part.target))
        elif isinstance(part, cst.Call) and isinstance(part.func, cst.Attribute) and part.func.attr.value == "append":
            found.add(f"{code(part.func.value)}.append")
        elif isinstance(part, cst.Call) and code(part.func) == "setattr":
            found.add(f"setattr {code(part.args[1].value)}")
    return found
