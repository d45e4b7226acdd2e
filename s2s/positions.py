"""Line and column of single nodes, found by generating only the statements that hold them."""

from __future__ import annotations

import libcst as cst

from .walk import is_node, semantic_fields


class _Positions(cst._nodes.internal.CodegenState):
    """Code generation that notes where wanted nodes begin."""

    def __init__(self, wanted: set[int], **kwargs: str) -> None:
        super().__init__(**kwargs)
        self.wanted = wanted
        self.found: dict[int, tuple[int, int]] = {}
        self.line = 1
        self.column = 0

    def add_token(self, value: str) -> None:
        super().add_token(value)
        breaks = value.count("\n")
        if breaks:
            self.line += breaks
            self.column = len(value) - value.rindex("\n") - 1
        else:
            self.column += len(value)

    def add_indent_tokens(self) -> None:
        before = len(self.tokens)
        super().add_indent_tokens()
        self.column += sum(len(t) for t in self.tokens[before:])

    def before_codegen(self, node: cst.CSTNode) -> None:
        if id(node) in self.wanted:
            self.found[id(node)] = (self.line, self.column)


def positions(module: cst.Module, wanted: set[int], starts: tuple[int, ...] = ()) -> dict[int, tuple[int, int]]:
    """Line (from 1) and column (from 0) of the nodes with these ids.

    ``starts`` are the lines of the top-level statements; with them only statements that hold such nodes are
    generated.
    """
    state = _Positions(wanted, default_indent=module.default_indent, default_newline=module.default_newline)
    if len(starts) != len(module.body):
        module._codegen(state)
        return state.found
    for statement, start in zip(module.body, starts, strict=True):
        if not _holds(statement, wanted):
            continue
        state.line = start - len(getattr(statement, "leading_lines", ()))
        state.column = 0
        statement._codegen(state)
    return state.found


def _holds(node: cst.CSTNode, wanted: set[int]) -> bool:
    """Whether one of the wanted nodes is inside this one."""
    todo = [node]
    while todo:
        node = todo.pop()
        if id(node) in wanted:
            return True
        for name in semantic_fields(type(node)):
            value = getattr(node, name)
            if value.__class__ is tuple or value.__class__ is list:
                todo.extend(v for v in value if is_node(v))
            elif is_node(value):
                todo.append(value)
    return False
