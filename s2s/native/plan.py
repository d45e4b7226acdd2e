"""Which models of a project are rewritten, and their texts."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass

from ..model import LayoutOutcome
from ..project import Project
from ..tables import Tables
from .declarations import Declarations
from .edits import Blocked, Edit, Edits, apply
from .knowledge import Knowledge
from .models import Analysis, Found, Keys

MOST_FRAMES = 8000  # a call of the model takes some ten of Python's


@dataclass(frozen=True)
class Layout:
    """The texts of modules that change, and what became of each model."""

    texts: dict[str, str]
    outcomes: tuple[LayoutOutcome, ...]


def rewrite(texts: dict[str, str], paths: dict[str, str], project: Project, tables: Tables, source: str) -> Layout:
    """Rewrite the models that can be; ``texts`` and ``paths`` are by module."""
    trees = {module: ast.parse(text) for module, text in texts.items() if module in project.modules}
    data = {module: texts[module].encode() for module in trees}
    declarations = Declarations(project, trees)
    analysis = Analysis(declarations, Knowledge(tables[source], tables.hub), data)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, MOST_FRAMES))
    found = _agreeing(analysis, _analysed(analysis))
    sys.setrecursionlimit(limit)
    edits: Keys = {}
    for item in found:
        edits.update(item.edits)
    return Layout(_texts(edits, trees, data), tuple(_outcome(analysis, item, paths) for item in found if item.images))


def _analysed(analysis: Analysis) -> list[Found]:
    """Functions that make models first: they tell with which classes those are made."""
    models = analysis.roots.models
    made, blocked = _built(analysis, models)
    found = []
    for name in models:
        if name in blocked and analysis.roots.takes_images(name):
            found.append(Found(name, {}, blocked[name]))
            continue
        item = analysis.analysed(name)
        covering = [f for f in made if name in f.built]
        if name in blocked and item.images:
            item = Found(name, {}, blocked[name])
        elif covering and item.blocked is not None and item.blocked.outside:
            item = _covered(name, covering)
        found.append(item)
    shown = {item.name for item in found}
    return [f for f in made if not f.built & shown] + found


def _built(analysis: Analysis, models: list[str]) -> tuple[list[Found], dict[str, Blocked]]:
    """The analyses of functions that make models, and why models are blocked that one of them makes."""
    made: list[Found] = []
    blocked: dict[str, Blocked] = {}
    for name in analysis.roots.builders:
        reached = analysis.roots.reached(name)
        own = [model for model in models if model in reached]
        if all(model in blocked for model in own):
            continue
        item = analysis.analysed(name)
        if item.blocked is None:
            made.append(item)
        else:
            blocked.update(dict.fromkeys(own, item.blocked))
    return made, blocked


def _covered(name: str, covering: list[Found]) -> Found:
    """A model that is only proven as the functions that make it do so: all their edits, which must be the same."""
    edits: Keys = {}
    for item in covering:
        for key, edit in item.edits.items():
            if edits.setdefault(key, edit) != edit:
                return _blocked(item, key, "functions that make it need this code in different ways")
    return Found(name, edits)


def _agreeing(analysis: Analysis, found: list[Found]) -> list[Found]:
    """The same with every model blocked whose parts are also used where they must stay as they are."""
    others = [analysis.unchanged(item.name) if item.is_built else item for item in found if not item.images]
    result: list[Found] = []
    merged: Keys = {}
    for item in [*others, *(item for item in found if item.images)]:
        clash = next((key for key, edit in item.edits.items() if merged.get(key, edit) != edit), None)
        if clash is not None:
            item = _blocked(item, clash, "this code is also used where the order of axes stays")
        else:
            merged.update(item.edits)
        result.append(item)
    return _apart(analysis, result)


def _blocked(item: Found, key: tuple[str, ast.AST, str], reason: str) -> Found:
    return Found(item.name, {}, Blocked(key[0], key[1], reason))


def _apart(analysis: Analysis, found: list[Found]) -> list[Found]:
    """Block models that change code which a blocked one uses too, until none is left."""
    while True:
        kept = {name for item in found if item.blocked is not None for name in analysis.roots.parts(item.name)}
        owners = _owners(analysis, kept)
        result = []
        for item in found:
            shared = next((key for key, edit in item.edits.items() if edit != Edit() and _inside(key, owners)), None)
            if shared is not None:
                other = next(f.name for f in found if f.blocked is not None and _uses(analysis, f, shared))
                item = _blocked(item, shared, f"this code is also used by {other}, which is left as it is")
            result.append(item)
        if result == found or all(a is b for a, b in zip(result, found, strict=True)):
            return found
        found = result


def _uses(analysis: Analysis, item: Found, key: tuple[str, ast.AST, str]) -> bool:
    return _inside(key, _owners(analysis, analysis.roots.parts(item.name)))


def _owners(analysis: Analysis, names: set[str]) -> list[tuple[str, int, int]]:
    """Module and lines of classes, functions and values."""
    places = [analysis.declarations.place(name) for name in names]
    return [(module, node.lineno, node.end_lineno) for module, node in places]  # type: ignore[attr-defined]


def _inside(key: tuple[str, ast.AST, str], owners: list[tuple[str, int, int]]) -> bool:
    line = key[1].lineno  # type: ignore[attr-defined]
    return any(module == key[0] and first <= line <= last for module, first, last in owners)


def _texts(edits: Keys, trees: dict[str, ast.Module], data: dict[str, bytes]) -> dict[str, str]:
    changed: dict[str, list[Edit]] = {}
    for (module, _, _), edit in edits.items():
        if edit != Edit():
            changed.setdefault(module, []).append(edit)
    places = Edits(data)

    def behind_import(module: str):
        def place(tree: ast.Module) -> int:
            imports = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
            first = next(n for n in imports if getattr(n, "module", "") != "__future__")
            return places.span(module, first)[1]

        return place

    return {m: apply(data[m], found, trees[m], behind_import(m)) for m, found in changed.items()}


def _outcome(analysis: Analysis, item: Found, paths: dict[str, str]) -> LayoutOutcome:
    if item.blocked is None:
        return LayoutOutcome(item.name, True, item.transposes)
    node = item.blocked.node
    line = getattr(node, "lineno", 1)
    column = getattr(node, "col_offset", 0) + 1
    return LayoutOutcome(item.name, False, 0, item.blocked.reason, f"{paths[item.blocked.module]}:{line}:{column}")
