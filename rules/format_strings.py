"""Strings that come into an f-string take the other quotes: Python before 3.12 cannot nest the same ones."""

from __future__ import annotations

import libcst as cst

from .base import rule


@rule(cst.FormattedString)
def nested_quotes(node: cst.FormattedString, ctx) -> cst.FormattedString:
    """Rewrite the expressions of an f-string."""
    new = ctx.descend(node)
    outer = node.end
    if new is node or len(outer) > 1:
        return new
    return new.with_changes(parts=[_requoted(part, outer) for part in new.parts])


def _requoted(part: cst.BaseFormattedStringContent, outer: str) -> cst.BaseFormattedStringContent:
    if not isinstance(part, cst.FormattedStringExpression):
        return part
    made = part.visit(_Requote(outer))
    assert isinstance(made, cst.FormattedStringExpression)
    return made


class _Requote(cst.CSTTransformer):
    def __init__(self, outer: str) -> None:
        super().__init__()
        self.outer = outer
        self.other = "'" if outer == '"' else '"'

    def leave_SimpleString(self, original: cst.SimpleString, updated: cst.SimpleString) -> cst.SimpleString:
        inner = updated.raw_value
        if updated.quote != self.outer or self.other in inner or "\\" in inner:
            return updated
        return updated.with_changes(value=f"{updated.prefix}{self.other}{inner}{self.other}")
