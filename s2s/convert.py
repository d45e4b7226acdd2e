"""One file: text in, converted text and findings out. A pure function of the text and the project index."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

import libcst as cst

from .hoisting.activations import with_called_activations
from .hoisting.constructors import with_constructors
from .hoisting.haiku_style import native_modules
from .hoisting.keras_constructors import with_short_constructors
from .import_layout import with_imports, without_unused
from .indexer import index_module
from .layout import lay_out
from .model import Converted, SourceFile
from .namespaces import package_of
from .nodes import code
from .observed import Observed, rehearsed, seen_in, telling
from .project import Project
from .rewrite import Rehearser, Rewriter
from .tables import Table, Tables, known_names
from .threaded import Threading

# The trees of files that are gone through several times, by their texts.
_trees: dict[str, cst.Module] = {}
_telling: dict[str, frozenset[int]] = {}


def keep_trees(texts: Iterable[str]) -> None:
    """Parse files once for all that follows, until other files are kept; no texts let them go."""
    _trees.clear()
    _telling.clear()
    for text in texts:
        with suppress(cst.ParserSyntaxError):  # the conversion meets it too, and reports it
            _trees[text] = cst.parse_module(text)
            _telling[text] = telling(_trees[text])


def _parsed(text: str) -> cst.Module:
    return _trees.get(text) or cst.parse_module(text)


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
    original = _parsed(text)
    module = original
    if "linen.Module" in tables[target].templates:
        late = project.linen != "flax"
        module = with_constructors(original, project, file.module, tables[source], tables.hub, late)
    if project.haiku == "native":
        made, _ = native_modules({file.module: module}, project, tables[source], tables.hub, True)
        module = (made or {}).get(file.module, module)
    if project.activated:
        module = with_called_activations(module, file.module, project.activated)
    if "@keras.Layer" in project.own_layers:
        module = with_short_constructors(module, file.module, project)
    if module is not original:
        project, threading = _with_module(module, file, project, tables[source]), None
    info = project.modules[file.module]
    threading = threading or Threading(project, tables, source, target)
    if tables[source].settings.get("wide_floats") and project.observed is None:

        watched = telling(module)

        def rehearse(seen: Observed, hopeful: bool) -> Observed:
            now = replace(project, observed=seen)
            return seen_in(module, rules, _rehearsing(file, now, tables, source, target, threading, watched), hopeful)

        project = replace(project, observed=rehearsed(rehearse))
    rewriter = Rewriter(info, project, tables, source, target, rules, threading, helpers_module)
    rewriter.imports.package_file = file.is_package
    rewriter.imports.package = package_of(file)
    rewriter.imports.taken = set(info.bound)
    rewriter.imports.top_names = imported_names(module)
    new = rewriter.module_body(module)
    new = without_unused(with_imports(new, rewriter), original, rewriter.source.settings.get("host_libraries", ()))
    lines = text.count("\n") + 1
    result = None if new is original else lay_out(new, original, text, line_length)
    if result is not None:
        ast.parse(result)  # what cannot be parsed is never written: the caller reports it and copies the file
    return Converted(
        relative=file.relative,
        code=None if result == text else result,
        sites=rewriter.sites,
        diagnostics=rewriter.diagnostics(original, file.relative),
        helpers=frozenset(rewriter.imports.helpers),
        tested=frozenset(rewriter.imports.helpers) - rewriter.imports.used,
        lines=lines,
    )


def rehearse_module(
    text: str,
    file: SourceFile,
    project: Project,
    tables: Tables,
    source: str,
    target: str,
    rules,
    threading: Threading,
    hopeful: bool,
) -> Observed:
    """What one module of a project gives functions and attributes, going by what was seen of all modules before."""
    module = _parsed(text)
    watched = _telling.get(text) or telling(module)
    return seen_in(module, rules, _rehearsing(file, project, tables, source, target, threading, watched), hopeful)


def _rehearsing(
    file: SourceFile,
    project: Project,
    tables: Tables,
    source: str,
    target: str,
    threading: Threading,
    watched: frozenset[int],
):
    """What makes the rewriter that goes through a module without writing anything."""
    info = project.modules[file.module]

    def made(watching: dict) -> Rewriter:
        known = replace(info, names=dict(info.names))
        rehearser = Rehearser(known, project, tables, source, target, watching, threading, "")
        rehearser.telling = watched
        return rehearser

    return made


def _with_module(module: cst.Module, file: SourceFile, project: Project, table: Table) -> Project:
    """The project with a module as it is written now."""
    known = project.modules[file.module]
    info = index_module(module.code, file.module, file.is_package, known_names(table))
    info = replace(info, starts=known.starts)
    return replace(project, modules={**project.modules, file.module: info})


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
