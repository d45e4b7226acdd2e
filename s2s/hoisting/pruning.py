"""Statements of a constructor without locals that nothing in it reads."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from .tree import below, names_of


def pruned(statements: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """The statements without assignments of locals that none of them reads, and without empty blocks."""
    while True:
        read = {name for statement in statements for name in reads(statement)}
        kept = _kept(statements, read)
        if _count(kept) == _count(statements):
            return kept
        statements = kept


def reads(statement: cst.CSTNode) -> set[str]:
    """The names that a piece of code reads."""
    stored = {id(part) for node in below(statement) if isinstance(node, cst.AssignTarget) for part in below(node)}
    return {node.value for node in below(statement) if isinstance(node, cst.Name) and id(node) not in stored}


def _kept(statements: Sequence[cst.BaseStatement], read: set[str]) -> list[cst.BaseStatement]:
    return [made for statement in statements if (made := _one(statement, read)) is not None]


def _one(node: cst.BaseStatement, read: set[str]) -> cst.BaseStatement | None:
    if isinstance(node, cst.SimpleStatementLine):
        small = node.body[0]
        names = set(names_of(small.targets[0].target)) if isinstance(small, cst.Assign) else set()
        return None if names and not names & read else node
    assert isinstance(node, (cst.If, cst.For))
    body = _kept(node.body.body, read)
    orelse = node.orelse
    if isinstance(orelse, cst.Else):
        rest = _kept(orelse.body.body, read)
        orelse = orelse.with_changes(body=cst.IndentedBlock(rest)) if rest else None
    if not body and orelse is None:
        return None
    return node.with_changes(body=cst.IndentedBlock(body or [_pass()]), orelse=orelse)


def _pass() -> cst.BaseStatement:
    return cst.SimpleStatementLine([cst.Pass()])


def _count(statements: Sequence[cst.BaseStatement]) -> int:
    return sum(1 for statement in statements for node in below(statement) if isinstance(node, cst.BaseStatement))
