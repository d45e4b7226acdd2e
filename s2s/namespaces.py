"""``backend = keras.backend``: a framework module that is used as a value becomes a generated module of the package.

The generated source module holds a function for each name of the framework module that the project calls on
something that is no import (``backend.sum(x)``), written in the source framework. It is then converted as all
other files are, so that every spelling comes from the tables. Where names are taken by text that only exists at run
time (``getattr(nn, activation)()``), it also holds what the strings of the project name, in upper or lower case.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from textwrap import indent
from typing import Any

from .model import SourceFile
from .project import ModuleInfo
from .table_model import Entry, HubOp, Table

ByClass = Mapping[type, list[Any]]
_ARRAYS = ("x", "x1", "input", "condition", "y_true", "target")


@dataclass(frozen=True, slots=True)
class Namespace:
    """A framework module used as a value in a package, and the module that stands for it."""

    package: str
    native: str
    file: SourceFile
    framework: str
    text: str


def namespaces(
    files: Iterable[SourceFile],
    modules: dict[str, ModuleInfo],
    frameworks: dict[str, str],
    tables: Mapping[str, Table],
    hub: dict[str, HubOp],
    nodes: Mapping[str, ByClass],
    folder_of: Callable[[SourceFile], str],
    target: Table,
) -> list[Namespace]:
    """The generated source modules that a project needs; ``nodes`` holds those of the files that can be parsed."""
    wanted: dict[tuple[str, str, str], SourceFile] = {}
    by_text: set[tuple[str, str, str]] = set()
    known: dict[str, frozenset[str]] = {}
    for file in files:
        table = tables.get(frameworks[file.relative])
        if table is None or file.relative not in nodes:
            continue
        if table.name not in known:
            known[table.name] = _modules_of(table)
        parents = known[table.name]
        named = _named_by_text(nodes[file.relative], modules[file.module], table) & parents
        by_text |= {(package_of(file), native, table.name) for native in named}
        for native in sorted(named | _module_values(nodes[file.relative], modules[file.module], table, parents)):
            wanted.setdefault((package_of(file), native, table.name), file)
    if not wanted:
        return []
    read = [file for file in files if file.relative in nodes]
    called = {name for file in read for name in _called(nodes[file.relative], modules[file.module])}
    words = {word for file in read for word in _words(nodes[file.relative])} if by_text else set()
    found = []
    for (head, native, framework), file in wanted.items():
        mentioned = words if (head, native, framework) in by_text else None
        tuples = bool(target.settings.get("axes_are_tuples"))
        text = _text(native, called, mentioned, tables[framework], hub, tuples)
        if not text:
            continue
        stem = _stem(native)
        relative = (folder_of(file) if head else "") + f"{stem}.py"
        module = f"{head}.{stem}" if head else stem
        if module not in modules:
            made = SourceFile(Path(file.path).with_name(f"{stem}.py"), relative, module)
            found.append(Namespace(head, native, made, framework, text))
    return found


def users(
    made: Iterable[Namespace],
    files: Iterable[SourceFile],
    modules: dict[str, ModuleInfo],
    nodes: Mapping[str, ByClass],
    methods: set[str],
) -> Iterator[tuple[str, str]]:
    """Files that take several functions of such a module from one name, and the framework that they are written in.

    One of the functions has to be no method of arrays, which ``x.sum()`` would look like.
    """
    known: dict[str, set[str]] = {}
    for item in made:
        names = {node.name for node in ast.parse(item.text).body if isinstance(node, ast.FunctionDef)}
        known.setdefault(item.framework, set()).update(names)
    for file in files:
        info = modules.get(file.module)
        if info is None or not known or file.relative not in nodes:
            continue
        taken: dict[str, set[str]] = {}
        for node in nodes[file.relative].get(ast.Call, ()):
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                if not _resolve(node.func.value, info):
                    taken.setdefault(node.func.value.id, set()).add(node.func.attr)
        for framework, names in known.items():
            if any(len(found & names) > 1 and found & names - methods for found in taken.values()):
                yield file.relative, framework


def package_of(file: SourceFile) -> str:
    """The top-level package that a file lies in, '' for a loose module."""
    return file.package if file.is_package or "." in file.module else ""


def _stem(native: str) -> str:
    parts = native.split(".")[-2:]
    return "_".join(parts) if len(parts) > 1 else f"{parts[0]}_functions"


def _module_values(nodes: ByClass, info: ModuleInfo, table: Table, parents: frozenset[str]) -> set[str]:
    """The framework's modules that a file uses other than to take a name from them."""
    tops = {name.split(".")[0] for name in (*table.packages, *table.renames)}
    imported = {name for name, kind in info.names.items() if kind.tag == "ref" and kind.name.split(".")[0] in tops}
    if not imported:
        return set()
    attributes = [node for node in nodes.get(ast.Attribute, ()) if node.ctx.__class__ is ast.Load]
    named = [*attributes, *(node for node in nodes.get(ast.Name, ()) if node.ctx.__class__ is ast.Load)]
    inner = {id(node.value) for node in attributes}
    inner |= {id(node.args[0]) for node in nodes.get(ast.Call, ()) if _takes_by_text(node) and _is_text(node.args[1])}
    outer = (node for node in named if id(node) not in inner and _root(node) in imported)
    names = {table.renamed(name) for name in {_resolve(node, info) for node in outer}}
    return {name for name in names & parents if table.find(name) is None}


def _named_by_text(nodes: ByClass, info: ModuleInfo, table: Table) -> set[str]:
    """The framework's modules of which a file takes names that only exist at run time."""
    calls = nodes.get(ast.Call, ())
    owners = [node.args[0] for node in calls if _takes_by_text(node) and not _is_text(node.args[1])]
    owners += [node.value for node in nodes.get(ast.Attribute, ()) if node.attr == "__dict__"]
    found = {table.renamed(_resolve(owner, info)) for owner in owners}
    return {name for name in found if table.find(name) is None}  # classes of arrays are no modules


def _takes_by_text(call: ast.Call) -> bool:
    """Whether a call is ``getattr(module, text)`` or the like."""
    return isinstance(call.func, ast.Name) and len(call.args) > 1 and call.func.id in ("getattr", "hasattr")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _words(nodes: ByClass) -> Iterator[str]:
    """The strings of a file that can be names, in lower case."""
    for node in nodes.get(ast.Constant, ()):
        if isinstance(node.value, str) and node.value.isidentifier():
            yield node.value.lower()


def _root(node: ast.AST) -> str:
    """The name that a chain of attributes starts from, '' when it starts from something else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _modules_of(table: Table) -> frozenset[str]:
    """The modules of which the tables know some functions."""
    found: set[str] = set()
    for native, entry in table.entries.items():
        if _is_function(entry):
            parts = native.split(".")
            found.update(".".join(parts[:end]) for end in range(1, len(parts)))
    return frozenset(found)


def _is_function(entry: Entry) -> bool:
    return entry.readable and bool(entry.op or entry.overloads or entry.fold) and not entry.property


def _resolve(node: ast.expr, info: ModuleInfo) -> str:
    if isinstance(node, ast.Name):
        kind = info.names.get(node.id)
        return kind.name if kind is not None and kind.tag == "ref" else ""
    if isinstance(node, ast.Attribute):
        base = _resolve(node.value, info)
        return f"{base}.{node.attr}" if base else ""
    return ""


def _called(nodes: ByClass, info: ModuleInfo) -> Iterator[str]:
    """The names of functions that are taken from something that is no import, ``linalg.inv`` of ``xp.linalg.inv``."""
    for node in nodes.get(ast.Call, ()):
        if isinstance(node.func, ast.Attribute) and not _resolve(node.func, info):
            yield node.func.attr
            if isinstance(node.func.value, ast.Attribute) and isinstance(node.func.value.value, ast.Name):
                yield f"{node.func.value.attr}.{node.func.attr}"


def _text(
    native: str, called: set[str], words: set[str] | None, table: Table, hub: dict[str, HubOp], tuples: bool
) -> str:
    """What is called of a framework module or named by ``words``, each function as a call of the framework's."""
    parts = []
    nested: dict[str, str] = {}
    for name in sorted(called | _mentioned(native, words or set(), table)):
        entry = table.find(f"{native}.{name}")
        if entry is None or not (_is_function(entry) or entry.const) or _has_keywords(entry):
            continue
        owner, _, last = name.rpartition(".")
        if entry.const or last[:1].isupper():  # a class: its arguments are its own affair, and it may be a base
            text = f"{last} = {native}.{name}\n"
        else:
            text = _function(native, name, entry, table, hub, tuples)
        if owner:
            head = f'class {owner}:\n    """The functions of {native}.{owner}."""\n'
            static = "" if text.startswith(last) else "@staticmethod\n"
            nested[owner] = f"{nested.get(owner, head)}\n{indent(static + text, '    ')}"
        else:
            parts.append(text)
    parts.extend(nested.values())
    if not parts:
        return ""
    if words is not None:
        parts.append(_NO_OTHER.format(native=native))
    top = native.split(".")[0]
    array = table.array_type
    imports = sorted({f"import {top}", f"import {array.split('.')[0]}"})
    doc = f'"""The functions of {native} that this package uses."""\n\n'
    return doc + "\n".join(imports) + "\n\n\n" + "\n\n".join(parts)


def _has_keywords(entry: Entry) -> bool:
    """Whether arguments have names that no function of Python's can have: ``from``."""
    return any(iskeyword(arg.native) for part in (entry, *entry.overloads) for arg in part.args)


def _mentioned(native: str, words: set[str], table: Table) -> set[str]:
    """The names of a framework module that are among ``words`` when case is ignored."""
    names = (entry.rpartition(".") for entry in table.entries) if words else ()
    return {name for module, _, name in names if module == native and name.lower() in words}


_NO_OTHER = """
def __getattr__(name):
    # No AttributeError: getattr() would take its default, and hasattr() say no, for a name that {native} has.
    error = AttributeError if name.startswith("__") else NotImplementedError
    raise error(f"{{name}} of {native} is not here: no string of this package names it")
"""


def _function(native: str, name: str, entry: Entry, table: Table, hub: dict[str, HubOp], tuples: bool) -> str:
    """A function that calls the framework's with all its arguments; lists of axes become tuples where they must."""
    part = max(entry.overloads, key=lambda e: len(e.args)) if entry.overloads else entry
    op = hub.get(part.op)
    params: list[str] = []
    given: list[str] = []
    defaulted = False
    for arg in part.args:
        if not arg.canonical:
            continue
        param = op.param(arg.canonical) if op is not None else None
        default = part.defaults.get(arg.canonical, param.default if param is not None else None)
        kind = f": {table.array_type}" if arg.canonical in _ARRAYS and not params else ""
        if default is None and not defaulted:
            params.append(arg.native + kind)
            given.append(arg.native)
            continue
        defaulted = True
        params.append(f"{arg.native}={default if default is not None else 'None'}")
        given.append(f"{arg.native}={arg.native}")
    axes = [a.native for a in part.args if a.canonical == "axis" and op is not None and op.topic == "reductions"]
    lines = [f"    {axis} = tuple({axis}) if isinstance({axis}, list) else {axis}\n" for axis in axes if tuples]
    head = f"def {name.rpartition('.')[2]}({', '.join(params)}):\n"
    return f"{head}{''.join(lines)}    return {native}.{name}({', '.join(given)})\n"
