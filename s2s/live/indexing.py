"""Indexing a whole library: what its modules define, and which of them act when they are imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ..indexer import Indexer
from ..model import SourceFile
from ..namespaces import ByClass
from ..pipeline import add_namespaces, adopt, detect
from ..project import ModuleInfo, Project
from ..tables import known_names, load
from .effects import Effects, acting_modules, module_effects
from .frameworks import libraries


@dataclass(frozen=True, slots=True)
class Index:
    """The project of a library, the modules that act on others when imported, and those that need no conversion.

    ``made`` holds source files and texts of modules that stand for framework modules used as values.
    """

    project: Project
    acting: frozenset[str]
    copied: frozenset[str]
    made: dict[str, tuple[SourceFile, str]]


def index_library(texts: list[tuple[SourceFile, str]], source: str, target: str) -> Index:
    """Index all files of a library."""
    tables = load()
    known = known_names(tables[source])
    modules: dict[str, ModuleInfo] = {}
    effects: dict[str, Effects] = {}
    nodes: dict[str, ByClass] = {}
    for file, text in texts:
        try:
            tree = ast.parse(text)
            indexer = Indexer(file.module, file.is_package, known)
            info = indexer.index(tree)
        except (SyntaxError, ValueError, RecursionError):
            continue  # converting such a file is an error of its own, when it is imported
        modules[file.module] = info
        nodes[file.relative] = indexer.below(tree)
        effects[file.module] = module_effects(tree, info, file.is_package)
    files = [file for file, _ in texts if file.module in modules]
    frameworks = {file.relative: detect(modules[file.module], tables, target) for file in files}
    if source == "numpy" or len(files) == 1:
        frameworks = {relative: framework or source for relative, framework in frameworks.items()}
    adopt(files, modules, frameworks, target)
    made = add_namespaces(files, nodes, modules, frameworks, tables, target)
    stand_ins = {f"{item.package}:{item.native}": item.file.module for item in made}
    project = Project(modules, stand_ins, libraries(source)).with_passed()
    project = project.with_mixins(tables) if source == "torch" else project
    copied = frozenset(file.module for file in files if frameworks[file.relative] != source)
    generated = {item.file.module: (item.file, item.text) for item in made}
    return Index(project, acting_modules(effects, project), copied, generated)
