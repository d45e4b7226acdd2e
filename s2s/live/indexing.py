"""Indexing a whole library: what its modules define, and which of them act when they are imported."""

from __future__ import annotations

import ast
import gc

from ..model import SourceFile
from ..pipeline import table_types
from ..project import ModuleInfo, Project, _Indexer
from ..tables import load
from .effects import Effects, acting_modules, module_effects


def index_library(texts: list[tuple[SourceFile, str]], source: str) -> tuple[Project, frozenset[str]]:
    """The project of these files and the modules whose import must not be put off."""
    types = table_types(load()[source])
    modules: dict[str, ModuleInfo] = {}
    effects: dict[str, Effects] = {}
    collecting = gc.isenabled()
    gc.disable()  # syntax trees are many small objects without cycles
    try:
        for file, text in texts:
            try:
                tree = ast.parse(text)
                info = _Indexer(file.module, file.is_package, types).index(tree)
            except (SyntaxError, ValueError, RecursionError):
                continue  # converting such a file is an error of its own, when it is imported
            modules[file.module] = info
            effects[file.module] = module_effects(tree, info, file.is_package)
    finally:
        if collecting:
            gc.enable()
    project = Project(modules)
    return project, acting_modules(effects, project)
