"""What importing a module does beside binding its own names: whether a package may put the import off."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..module_names import absolute
from ..project import ModuleInfo, Project

_CHANGES = frozenset("append add update setdefault register extend insert pop remove clear".split())
_BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True)
class Effects:
    """Facts of one module: it acts on other modules, what it imports and calls, its own functions."""

    acts: bool
    imports: frozenset[str]
    calls: frozenset[str]
    decorators: frozenset[str]
    bases: frozenset[str]
    functions: dict[str, ast.FunctionDef]
    subclass_hooks: frozenset[str]


def module_effects(tree: ast.Module, info: ModuleInfo, is_package: bool) -> Effects:
    """Summarise what the top level of a module does."""
    found = _Effects(info, info.name if is_package else info.name.rpartition(".")[0])
    for node in _statements(tree.body):
        found.statement(node)
    hooks = {n.name for n in _statements(tree.body) if isinstance(n, ast.ClassDef) and _has_hook(n)}
    return Effects(
        found.acts,
        frozenset(found.imports),
        frozenset(found.calls),
        frozenset(found.decorating),
        frozenset(found.bases),
        {n.name: n for n in _statements(tree.body) if isinstance(n, ast.FunctionDef)},
        frozenset(f"{info.name}.{name}" for name in hooks),
    )


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for block in _BLOCKS:
                yield from _statements(getattr(node, block, []))
            for handler in getattr(node, "handlers", ()):
                yield from _statements(handler.body)


def _has_hook(node: ast.ClassDef) -> bool:
    return any(isinstance(n, ast.FunctionDef) and n.name == "__init_subclass__" and _acts(n) for n in node.body)


class _Effects:
    def __init__(self, info: ModuleInfo, package: str) -> None:
        self.info = info
        self.package = package
        self.acts = False
        self.imports: set[str] = set()
        self.calls: set[str] = set()
        self.decorating: set[str] = set()
        self.bases: set[str] = set()

    def statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            self.imports.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node.module or "", node.level, self.package)
            self.imports.add(base)
            self.imports.update(f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ClassDef):
            self.class_definition(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.decorators(node)
        elif isinstance(node, ast.Expr):
            self.acts |= any(isinstance(inner, ast.Call) for inner in ast.walk(node))
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            self.assignment(node)
        elif isinstance(node, ast.Delete):
            self.acts |= any(not isinstance(target, ast.Name) for target in node.targets)

    def class_definition(self, node: ast.ClassDef) -> None:
        self.decorators(node)
        for keyword in node.keywords:
            self.called(keyword.value, self.decorating)
        for base in node.bases:
            name = self.name_of(base)
            if name:
                self.bases.add(name)
        self.acts |= any(isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) for n in node.body)

    def decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.called(decorator.func if isinstance(decorator, ast.Call) else decorator, self.decorating)

    def assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for place in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
                root = _root(place)
                own = root is not None and not self.imported(root)
                self.acts |= not isinstance(place, ast.Name) and not own
        for inner in ast.walk(node.value) if node.value is not None else ():
            if isinstance(inner, ast.Call):
                self.called(inner.func, self.calls)

    def called(self, func: ast.expr, where: set[str]) -> None:
        name = self.name_of(func)
        if name:
            where.add(name)

    def imported(self, name: str) -> bool:
        kind = self.info.names.get(name)
        return kind is not None and kind.tag == "ref" and not kind.name.startswith(self.info.name + ".")

    def name_of(self, node: ast.expr) -> str:
        """The qualified name of a dotted expression, '' when it is none."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        kind = self.info.names.get(node.id)
        if kind is None or kind.tag != "ref":
            return ""  # a builtin, or a method of an object that this module made itself
        return ".".join([kind.name, *reversed(parts)])


def _root(node: ast.expr) -> str | None:
    """The name that a chain of attributes and items starts from."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _acts(function: ast.FunctionDef) -> bool:
    """Whether a function changes something outside itself: globals, registries, attributes of what it is given."""
    fresh = _fresh_names(function)
    for node in ast.walk(function):
        if isinstance(node, (ast.Global, ast.Delete)):
            return True
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and _root(node) not in fresh:
            return True
        if isinstance(node, ast.Call):
            func = node.func
            if isinstance(func, ast.Attribute) and func.attr in _CHANGES and _root(func) not in fresh:
                return True
            if isinstance(func, ast.Name) and func.id == "setattr":
                return True
    return False


def _fresh_names(function: ast.FunctionDef) -> frozenset[str]:
    """Local names that only ever stand for containers made in the function."""
    fresh: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(function):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name):
                (fresh if _is_new(getattr(node, "value", None)) else other).add(target.id)
    return frozenset(fresh - other)


def _is_new(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in ("dict", "list", "set", "defaultdict")
    return isinstance(value, (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp))


def acting_modules(effects: Mapping[str, Effects], project: Project) -> frozenset[str]:
    """Modules whose import must not be put off: they act, or import a module that does."""
    hooks = frozenset(name for facts in effects.values() for name in facts.subclass_hooks)
    acting = {name for name, facts in effects.items() if facts.acts or _calls_out(facts, effects, project, hooks)}
    importers: dict[str, set[str]] = {}
    for name, facts in effects.items():
        for imported in facts.imports:
            for owner in _parents(imported):
                if owner in effects and not f"{name}.".startswith(f"{owner}."):
                    importers.setdefault(owner, set()).add(name)
    todo = list(acting)
    while todo:
        for importer in importers.get(todo.pop(), ()):
            if importer not in acting:
                acting.add(importer)
                todo.append(importer)
    return frozenset(acting)


def _calls_out(facts: Effects, effects: Mapping[str, Effects], project: Project, hooks: frozenset[str]) -> bool:
    if any(not hooks.isdisjoint(project.mro(base)) for base in facts.bases if hooks):
        return True
    for called in facts.calls | facts.decorators:
        name = project.canonical(called)
        owner = next((m for m in _parents(name) if m in effects), None)
        if owner is None or project.class_info(name) is not None:
            continue
        rest = name[len(owner) + 1 :]
        function = effects[owner].functions.get(rest)
        if function is not None and _acts(function):
            return True
        reads = called not in facts.decorators and rest.rpartition(".")[2] not in _CHANGES
        if project.function(name) is None and not reads:
            return True
    return False


def _parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.rpartition(".")[0]
