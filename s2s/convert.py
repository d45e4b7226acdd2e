"""One file: text in, converted text and findings out. A pure function of the text and the project index."""

from __future__ import annotations

import ast

import libcst as cst

from .layout import lay_out
from .model import Converted, SourceFile
from .namespaces import package_of
from .nodes import code
from .project import Project
from .rewrite import Rewriter
from .tables import Tables
from .threaded import Threading


def convert_module(
    text: str,
    file: SourceFile,
    project: Project,
    tables: Tables,
    source: str,
    target: str,
    rules,
    helpers_module: str,
    threading: Threading | None = None,
    line_length: int = 0,
) -> Converted:
    """Convert one module. ``helpers_module`` is where the helpers are imported from."""
    module = cst.parse_module(text)
    info = project.modules[file.module]
    threading = threading or Threading(project, tables, source, target)
    rewriter = Rewriter(info, project, tables, source, target, rules, threading, helpers_module)
    rewriter.imports.package_file = file.is_package
    rewriter.imports.package = package_of(file)
    rewriter.imports.taken = set(info.bound)
    rewriter.imports.top_names = imported_names(module)
    new = rewriter.module_body(module)
    new = with_imports(new, rewriter)
    lines = text.count("\n") + 1
    result = None if new is module else lay_out(new, module, text, line_length)
    if result is not None:
        ast.parse(result)  # what cannot be parsed is never written: the caller reports it and copies the file
    return Converted(
        relative=file.relative,
        code=None if result == text else result,
        sites=rewriter.sites,
        diagnostics=rewriter.diagnostics(module, file.relative),
        helpers=frozenset(rewriter.imports.helpers),
        tested=frozenset(rewriter.imports.helpers) - rewriter.imports.used,
        lines=lines,
    )


def imported_names(module: cst.Module) -> set[str]:
    """Names that the module's own top-level import statements bind."""
    found: set[str] = set()
    for statement in module.body:
        for small in statement.body if isinstance(statement, cst.SimpleStatementLine) else ():
            if isinstance(small, (cst.Import, cst.ImportFrom)) and not isinstance(small.names, cst.ImportStar):
                for alias in small.names:
                    name = alias.asname.name if alias.asname is not None else alias.name
                    found.add(code(name).split(".")[0])
    return found


def with_imports(new: cst.Module, rewriter: Rewriter) -> cst.Module:
    """The module with the imports that its converted code needs, where the source's imports stood."""
    statements = rewriter.imports.statements()
    present = {code(s).strip() for s in new.body if isinstance(s, cst.SimpleStatementLine)}
    statements = [s for s in statements if s not in present]
    if not statements:
        return new
    at, leading = _import_position(new, rewriter)
    made: list[cst.BaseStatement] = [cst.parse_statement(s) for s in statements]
    made[0] = made[0].with_changes(leading_lines=leading)
    body = list(new.body)
    if rewriter.imports.helpers and len(made) > 1 and at < len(body) and _is_import(body[at]):
        end = at
        while end < len(body) and _is_import(body[end]):
            end += 1
        body.insert(end, made.pop())
    body[at:at] = made
    following = body[at + len(made)] if at + len(made) < len(body) else None
    if following is not None and not _is_import(following) and not getattr(following, "leading_lines", True):
        body[at + len(made)] = following.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    return new.with_changes(body=body)


def _import_position(new: cst.Module, rewriter: Rewriter) -> tuple[int, list[cst.EmptyLine]]:
    """Where the first removed import stood and the blank lines before it."""
    if rewriter.import_place is not None:
        return rewriter.import_place
    last = 0
    for index, statement in enumerate(new.body):
        if _is_docstring(statement, index) or _from_future(statement):
            last = index + 1
    for index, statement in enumerate(new.body[last:], last):
        if not _is_import(statement):
            break
        last = index + 1
    return last, []


def _is_import(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], (cst.Import, cst.ImportFrom)
    )


def _from_future(statement: cst.CSTNode) -> bool:
    return _is_import(statement) and "__future__" in code(statement)


def _is_docstring(statement: cst.CSTNode, index: int) -> bool:
    return (
        index == 0
        and isinstance(statement, cst.SimpleStatementLine)
        and isinstance(statement.body[0], cst.Expr)
        and isinstance(statement.body[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )
