"""Where in the user's code something happens: the frame, the statement and the name that it is assigned to."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from ..places import FRAMEWORKS

_OURS = str(Path(__file__).resolve().parents[2])
_TRACE = str(Path(__file__).with_name("trace.py"))
_LIBRARIES = (*FRAMEWORKS, "keras", "flax", "haiku", "jaxlib", "numpy")
_PREFIX = "ivy.s2s.live."


@dataclass(frozen=True, slots=True)
class Span:
    """A range of source text: lines from 1, columns from 0."""

    line: int
    end_line: int
    column: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Site:
    """A place in running code: file, module, function, and the range of the expression when Python knows it."""

    file: str
    module: str
    function: str
    line: int
    span: Span | None = None

    def statements(self) -> list[ast.stmt]:
        """The statements around the place, outermost first."""
        return enclosing(self.file, self.line, self.span)

    def targets(self) -> ast.expr | None:
        """What the value of the expression is assigned to, when it is the whole right side of an assignment."""
        found = self.statements()
        if not found or self.span is None:
            return None
        statement = found[-1]
        if isinstance(statement, ast.AugAssign) and _span(statement) == self.span:
            return statement.target
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            if _span(statement.value) == self.span:
                return statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        return None

    def only_guards(self) -> bool:
        """Whether the expression is the test of an ``assert``, or of an ``if`` that only raises or warns."""
        found = self.statements()
        if not found:
            return False
        statement = found[-1]
        if isinstance(statement, ast.Assert):
            return True
        if not isinstance(statement, ast.If) or statement.orelse:
            return False
        return all(isinstance(s, ast.Raise) or _warns(s) for s in statement.body)

    def __str__(self) -> str:
        original = _original(self)
        file, line = original or (self.file, self.line)
        text = linecache.getline(file, line).strip()
        return f"{file}:{line}, in {self.function}" + (f"\n    {text}" if text else "")


def here(limit: CodeType | None = None) -> Site | None:
    """The innermost place that is neither the tracer's nor a framework's; None when code of ``limit`` comes first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code is not limit and frame.f_code.co_filename != _TRACE:
        if not _hidden(frame.f_code):
            return _site(frame)
        frame = frame.f_back
    return None


def innermost(frames: Iterable[Any]) -> Site | None:
    """The place of the first of some frames, innermost first, that is neither the tracer's nor a framework's.

    They are those of a traceback of JAX, which knows files, functions and lines.
    """
    for frame in frames:
        if frame.file_name.startswith(f"{_OURS}/s2s/graph/"):
            return None
        if not frame.file_name.startswith(("<frozen ", *_folders())) and frame.file_name != "<string>":
            return Site(frame.file_name, "", frame.function_name, frame.line_num)
    return None


def raised_at(error: BaseException) -> str:
    """The innermost place of the user's in the traceback of an error, as text."""
    trace, found = error.__traceback__, None
    while trace is not None:
        if not _hidden(trace.tb_frame.f_code):
            code = trace.tb_frame.f_code
            name = getattr(code, "co_qualname", code.co_name)
            found = Site(
                code.co_filename,
                trace.tb_frame.f_globals.get("__name__", ""),
                name,
                trace.tb_lineno,
            )
        trace = trace.tb_next
    return f"\n  at {found}" if found is not None else ""


_known: dict[CodeType, bool] = {}


def _hidden(code: CodeType) -> bool:
    found = _known.get(code)
    if found is None:
        file = code.co_filename
        found = _known[code] = file.startswith(("<ivy.", "<frozen ", *_folders())) or file == "<string>"
    return found


@lru_cache(maxsize=1)
def _folders() -> tuple[str, ...]:
    """Folders whose frames are passed over: this package without its tests, the frameworks and the standard library."""
    found = [f"{_OURS}/s2s/", f"{_OURS}/templates/", f"{_OURS}/rules/"]
    for name in _LIBRARIES:
        module = sys.modules.get(name)
        place = getattr(module, "__file__", None)
        if place is None:
            spec = find_spec(name)
            place = spec.origin if spec is not None else None
        if place:
            found.append(str(Path(place).parent) + "/")
    return (
        *found,
        str(Path(ast.__file__).parent / "contextlib"),
        str(Path(ast.__file__).parent / "functools"),
    )


def _site(frame: FrameType) -> Site:
    code = frame.f_code
    span = None
    if hasattr(code, "co_positions"):
        line, end_line, column, end_column = next(
            islice(code.co_positions(), frame.f_lasti // 2, None), (None, None, None, None)
        )
        if line and end_line and column is not None and end_column is not None:
            span = Span(line, end_line, column, end_column)
    function = getattr(code, "co_qualname", code.co_name)
    return Site(code.co_filename, frame.f_globals.get("__name__", ""), function, frame.f_lineno, span)


def _span(node: Any) -> Span:
    return Span(node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)


def _inside(node: Any, line: int, span: Span | None) -> bool:
    if span is None:
        return node.lineno <= line <= node.end_lineno
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    return start <= (span.line, span.column) and (span.end_line, span.end_column) <= end


@lru_cache(maxsize=4096)
def enclosing(file: str, line: int, span: Span | None) -> list[ast.stmt]:
    """The statements of a file around a place, outermost first."""
    found: list[ast.stmt] = []
    tree = tree_of(file)
    inner = list(tree.body) if tree is not None else []
    while inner:
        hit = next((s for s in inner if _inside(s, line, span)), None)
        if hit is None:
            break
        found.append(hit)
        inner = [s for block in _blocks(hit) for s in block]
    return found


def _blocks(node: ast.AST) -> list[list[ast.stmt]]:
    blocks = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
    blocks = [block for block in blocks if isinstance(block, list)]
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        blocks.append(part.body)
    return blocks


@lru_cache(maxsize=128)
def tree_of(file: str) -> ast.Module | None:
    """The syntax tree of a file or of a notebook cell; None when it cannot be read."""
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return None


def _warns(statement: ast.stmt) -> bool:
    call = statement.value if isinstance(statement, ast.Expr) else None
    name = getattr(call.func, "attr", getattr(call.func, "id", "")) if isinstance(call, ast.Call) else ""
    return name in ("warn", "warning", "rank_zero_warn")


_roots: dict[str, Any] = {}
"""Stem of a converted snippet's module -> the function or class that it was made of."""


def remember(module: str, original: Any) -> None:
    """Note where the text of a converted snippet came from, so that places in it are told in the user's file."""
    _roots[module] = original


def _original(site: Site) -> tuple[str, int] | None:
    """The user's file and line for a place in converted code; the line of the function when statements moved."""
    if not site.module.startswith(_PREFIX):
        return None
    name = site.module[len(_PREFIX) :].partition(".")[2]
    root = _roots.get(site.module)
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None and root is not None:
        code = getattr(root, "__code__", None)
        file = code.co_filename if code is not None else getattr(sys.modules.get(root.__module__), "__file__", None)
    tree = tree_of(file) if file else None
    if tree is None or file is None:
        return None
    path = site.statements()
    at = next(
        (i for i, s in enumerate(path) if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))),
        None,
    )
    if at is None:
        return None
    wanted: Any = path[at]
    known = getattr(getattr(root, "__code__", None), "co_firstlineno", 0)
    same = [n for n in ast.walk(tree) if isinstance(n, type(wanted)) and n.name == wanted.name]
    if not same:
        return (file, known) if known else None
    owner: Any = min(same, key=lambda n: abs(n.lineno - (known or wanted.lineno)))
    line = owner.lineno
    for statement in path[at + 1 :]:
        found = _counterpart(wanted, owner, statement)
        if found is None:
            break
        wanted, owner, line = statement, found, found.lineno
    return file, line


def _counterpart(parent: Any, other: Any, statement: ast.stmt) -> ast.stmt | None:
    """The statement of the source at the same place in its block."""
    for mine, theirs in zip(_blocks(parent), _blocks(other)):
        mine, theirs = _without_doc(mine), _without_doc(theirs)
        if statement in mine and len(mine) == len(theirs):
            found = theirs[mine.index(statement)]
            return found if isinstance(found, type(statement)) else None
    return None


def _without_doc(block: list[ast.stmt]) -> list[ast.stmt]:
    first = block[0] if block else None
    is_doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return block[1:] if is_doc else block
