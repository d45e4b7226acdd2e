"""One file: text in, converted text and findings out. A pure function of the text and the project index."""

from __future__ import annotations

import ast

import libcst as cst

from .import_layout import with_imports, without_unused
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
    rewriter.imports.own_packages = project.packages
    rewriter.imports.top_names = imported_names(module)
    new = rewriter.module_body(module)
    new = without_unused(with_imports(new, rewriter), module)
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
