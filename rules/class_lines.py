"""A line at the head of a class: ``deterministic = False``."""

from __future__ import annotations

import libcst as cst


def with_class_line(body: cst.BaseSuite, assignment: cst.Assign) -> cst.BaseSuite:
    """The body of a class with an assignment after its docstring."""
    if not isinstance(body, cst.IndentedBlock):
        return body
    line = cst.SimpleStatementLine([assignment])
    statements = list(body.body)
    at = 1 if statements and _is_docstring(statements[0]) else 0
    if at < len(statements):
        following = statements[at]
        if not getattr(following, "leading_lines", ()) and isinstance(following, (cst.FunctionDef, cst.ClassDef)):
            statements[at] = following.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    if at:
        line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    statements.insert(at, line)
    return body.with_changes(body=statements)


def _is_docstring(statement: cst.BaseStatement) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine) or not statement.body:
        return False
    first = statement.body[0]
    return isinstance(first, cst.Expr) and isinstance(first.value, (cst.SimpleString, cst.ConcatenatedString))
