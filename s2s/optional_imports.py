"""Imports that a file does without: ``try: from torch.nn import RMSNorm`` with something else ``except ImportError``.

A name that is converted is what the import gives, and the file's own substitute goes; for any other name of the
framework's packages the substitute is what counts: the import would fail where the package is not installed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import libcst as cst

from . import nodes
from .dataflow import dotted_path
from .module_names import absolute
from .reading import names_read
from .table_model import KnownNames

_CAUGHT = ("ImportError", "ModuleNotFoundError", "Exception", "AttributeError", "RuntimeError")


@dataclass(slots=True)
class Choices:
    """Which of two bindings of a name counts, in one module."""

    unused: set[int] = field(default_factory=set)  # ids of statements whose bindings do not count
    substituted: set[str] = field(default_factory=set)  # names for which the import does not count
    imported: dict[str, str] = field(default_factory=dict)  # names that only a handler imports -> qualified names


def choices(node: ast.Try | ast.If, package: str, known: KnownNames) -> Choices:
    """What counts of the names that a ``try`` or an ``if`` imports in one branch and binds in another."""
    found = Choices()
    if isinstance(node, ast.Try):
        others = [statement for handler in node.handlers for statement in handler.body]
        branches = [(node.body, others)]
    else:
        branches = [(node.body, node.orelse), (node.orelse, node.body)]
    for body, others in branches:
        imported = dict(_imports(body, package))
        for statement in others:
            foreign = {name for name in _bound(statement) if known.owns(imported.get(name, ""))}
            offered = {name for name in foreign if known.offers(imported[name])}
            if foreign and foreign == offered:
                found.unused.add(id(statement))
            elif isinstance(node, ast.Try) and foreign:
                found.substituted |= foreign - offered
                found.imported |= {name: full for name, full in _imports([statement], package) if name in foreign}
    return found


def _imports(body: Sequence[ast.stmt], package: str) -> Iterator[tuple[str, str]]:
    """The names that the statements of a block import, with their qualified names."""
    for statement in body:
        if isinstance(statement, ast.ImportFrom):
            base = absolute(statement.module or "", statement.level, package)
            yield from ((a.asname or a.name, f"{base}.{a.name}") for a in statement.names)
        elif isinstance(statement, ast.Import):
            yield from ((a.asname or a.name.split(".")[0], a.name) for a in statement.names)
        elif isinstance(statement, ast.If):
            yield from _imports([*statement.body, *statement.orelse], package)


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement binds."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {a.asname or a.name.split(".")[0] for a in statement.names}
    return set()


def kept_branch(node: cst.Try, ctx) -> str:
    """``body`` where imports from the framework cannot fail, ``handler`` where they would, '' where a ``try`` stays.

    ``error`` where they would and the handler names the error.
    """
    if node.finalbody is not None or not isinstance(node.body, cst.IndentedBlock):
        return ""
    small = _statements(node.body)
    imports = [part for part in small if isinstance(part, (cst.Import, cst.ImportFrom))]
    if not imports or not all(ctx.imports.drops(part) for part in imports):
        return ""
    lost = [name for part in imports for name in _qualified(part) if ctx.foreign(name) and not ctx.source.offers(name)]
    if not lost:
        others = [part for part in small if part not in imports]
        return "body" if node.orelse is None and all(map(_is_flag, others)) else ""
    if len(node.handlers) != 1 or not _catches(node.handlers[0]):
        return ""
    names = {name for part in _statements(node.handlers[0].body) for name in _names_of(part)}
    given = {name for part in small for name in _names_of(part)}
    if node.orelse is not None:
        given |= {name for part in _statements(node.orelse.body) for name in _names_of(part)}
    if not names & given:
        return ""
    reason = "it is not converted: what the file does without it is kept"
    ctx.note(node.body, "S2S209", lost[0], reason, "convert what comes of the import by hand")
    handler = node.handlers[0]
    named = handler.name is not None and nodes.code(handler.name.name) in names_read(handler.body)
    return "error" if named else "handler"


def handed_on(node: cst.Try, ctx) -> list[cst.BaseStatement]:
    """The file's own functions and classes for what it need not do without, where other files import them from it."""
    own = [part for handler in node.handlers for part in _statements(handler.body)]
    return [part for part in own if isinstance(part, (cst.FunctionDef, cst.ClassDef)) and _is_imported(part, ctx)]


def _is_imported(node: cst.FunctionDef | cst.ClassDef, ctx) -> bool:
    """Whether another file of the project imports a name from this one."""
    name = ctx.qualified(node.name.value)
    kinds = (kind for module in ctx.project.modules.values() for kind in module.names.values())
    return any(kind.tag == "ref" and kind.name == name for kind in kinds)


def failing(name: str) -> cst.IndentedBlock:
    """``raise ImportError("xformers is not installed")``."""
    return cst.IndentedBlock([cst.parse_statement(f'raise ImportError("{name} is not installed")')])


def first_lost(node: cst.Try, ctx) -> str:
    """The first name that a ``try`` imports and that is not converted."""
    imports = [part for part in _statements(node.body) if isinstance(part, (cst.Import, cst.ImportFrom))]
    names = [name for part in imports for name in _qualified(part)]
    return next(name for name in names if ctx.foreign(name) and not ctx.source.offers(name))


def _statements(body: cst.BaseSuite) -> list[cst.CSTNode]:
    """The statements of a block, each of one line alone."""
    lines = body.body if isinstance(body, cst.IndentedBlock) else [body]
    return [part for line in lines for part in (line.body if isinstance(line, cst.SimpleStatementLine) else [line])]


def _qualified(node: cst.Import | cst.ImportFrom) -> list[str]:
    """The qualified names that an absolute import gives."""
    if isinstance(node, cst.Import):
        return [nodes.code(alias.name) for alias in node.names]
    base = nodes.code(node.module) if node.module is not None else ""
    if node.relative or isinstance(node.names, cst.ImportStar):
        return []
    return [f"{base}.{nodes.code(alias.name)}" for alias in node.names]


def _catches(handler: cst.ExceptHandler) -> bool:
    """Whether a handler is there for imports that fail."""
    return handler.type is None or any(word in nodes.code(handler.type) for word in _CAUGHT)


def _is_flag(node: cst.CSTNode) -> bool:
    """Whether a statement gives a name a literal, or does nothing."""
    if isinstance(node, cst.Assign):
        return isinstance(node.value, (cst.Name, cst.SimpleString, cst.Integer, cst.Float))
    return isinstance(node, cst.Pass)


def _names_of(node: cst.CSTNode) -> list[str]:
    """The names and attributes that a statement binds."""
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        return [node.name.value]
    if isinstance(node, cst.Assign):
        return [path for path in (dotted_path(t.target) for t in node.targets) if path]
    if isinstance(node, (cst.Import, cst.ImportFrom)) and not isinstance(node.names, cst.ImportStar):
        return [nodes.code(a.asname.name if a.asname else a.name).split(".")[0] for a in node.names]
    return []
