"""Changes of source text; a place that is reached in several ways must change in one way alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


class Blocked(Exception):
    """Why a model cannot be written in the native layout: the place and the reason."""

    def __init__(self, module: str, node: ast.AST | None, reason: str, outside: bool = False) -> None:
        super().__init__(reason)
        self.module, self.node, self.reason, self.outside = module, node, reason, outside


@dataclass(frozen=True)
class Splice:
    """Bytes of a module's text and what takes their place."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Edit:
    """What one place needs: its splices, none when it stays; how many transposes they add; an import."""

    splices: tuple[Splice, ...] = ()
    transposes: int = 0
    imports: str = ""


KEEP = Edit()


@dataclass
class Edits:
    """The edits of a model by module, node and aspect of the node."""

    texts: dict[str, bytes]
    found: dict[tuple[str, ast.AST, str], Edit] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def record(self, module: str, node: ast.AST, aspect: str, edit: Edit = KEEP) -> None:
        """Note an edit; the same place must get the same one whenever it is reached."""
        known = self.found.setdefault((module, node, aspect), edit)
        if known != edit:
            raise Blocked(module, node, "the same code gets images and other arrays")

    @property
    def transposes(self) -> int:
        """How many transposes the edits add."""
        return sum(edit.transposes for edit in self.found.values())

    def offset(self, module: str, line: int, column: int) -> int:
        """The place in bytes of a line and a column as ``ast`` counts them."""
        if module not in self.lines:
            starts = [0]
            for text in self.texts[module].splitlines(keepends=True):
                starts.append(starts[-1] + len(text))
            self.lines[module] = starts
        return self.lines[module][line - 1] + column

    def span(self, module: str, node: ast.AST) -> tuple[int, int]:
        """Where the text of a node starts and ends."""
        start = self.offset(module, node.lineno, node.col_offset)  # type: ignore[attr-defined]
        end = self.offset(module, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]
        return start, end

    def source(self, module: str, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self.span(module, node)
        return self.texts[module][start:end].decode()

    def replaced(self, module: str, node: ast.AST, text: str) -> Splice:
        """The text of a node replaced."""
        return Splice(*self.span(module, node), text)

    def appended(self, module: str, node: ast.expr, text: str) -> tuple[Splice, ...]:
        """``.text`` written behind an expression, which gets parentheses where it needs them."""
        start, end = self.span(module, node)
        if isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
            return (Splice(end, end, text),)
        return Splice(start, start, "("), Splice(end, end, ")" + text)


def apply(text: bytes, edits: list[Edit], tree: ast.Module, offset) -> str:
    """The text with all edits made; imports stand behind the first import of the module."""
    splices = {splice for edit in edits for splice in edit.splices}
    imports = sorted({edit.imports for edit in edits if edit.imports})
    if imports:
        place = offset(tree)
        splices.add(Splice(place, place, "".join(f"; {line}" for line in imports)))
    # Of what is inserted at one place, parentheses that close come first and those that open last.
    ordered = sorted(splices, key=lambda s: (s.start, s.end, s.text != ")" and not s.text.startswith("."), s.text))
    parts, position = [], 0
    for splice in ordered:
        parts.append(text[position : splice.start])
        parts.append(splice.text.encode())
        position = max(position, splice.end)
    parts.append(text[position:])
    return b"".join(parts).decode()
