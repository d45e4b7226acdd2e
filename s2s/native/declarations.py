"""The classes and functions of a project as syntax trees, by qualified name."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from ..project import Project


@dataclass(frozen=True, eq=False)
class ClassNode:
    """A class: its module, its statement and its methods."""

    module: str
    node: ast.ClassDef
    methods: dict[str, ast.FunctionDef]


@dataclass
class Declarations:
    """What the modules of a project define at the top level."""

    project: Project
    trees: dict[str, ast.Module]
    classes: dict[str, ClassNode] = field(default_factory=dict)
    functions: dict[str, tuple[str, ast.FunctionDef]] = field(default_factory=dict)
    values: dict[str, tuple[str, ast.expr] | None] = field(default_factory=dict)
    meanings: dict[ast.Name, str] = field(default_factory=dict)
    generators: dict[ast.AST, bool] = field(default_factory=dict)
    decorated: dict[ast.AST, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for module, tree in self.trees.items():
            for node in _statements(tree.body):
                self._add(module, node)

    def _add(self, module: str, node: ast.stmt) -> None:
        if isinstance(node, ast.ClassDef):
            methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
            self.classes[f"{module}.{node.name}"] = ClassNode(module, node, methods)
        elif isinstance(node, ast.FunctionDef):
            self.functions[f"{module}.{node.name}"] = (module, node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    name = f"{module}.{target.id}"
                    self.values[name] = None if name in self.values else (module, node.value)

    def place(self, name: str) -> tuple[str, ast.AST]:
        """The module and node of a function, a class or a value."""
        if name in self.functions:
            return self.functions[name]
        if name in self.classes:
            return self.classes[name].module, self.classes[name].node
        return self.values[name]  # type: ignore[return-value]

    def method(self, cls: str, name: str, after: str = "") -> tuple[str, str, ast.FunctionDef] | None:
        """Class, module and node of a method, looked for in the order of bases, behind ``after`` if given."""
        bases = self.project.mro(cls)
        if after:
            bases = bases[bases.index(after) + 1 :] if after in bases else []
        for base in bases:
            found = self.classes.get(base)
            if found is not None and name in found.methods:
                return base, found.module, found.methods[name]
        return None

    def natives(self, cls: str) -> list[tuple[str, str, ast.expr]]:
        """The bases of a class that the project does not define: name, module and where they are written."""
        result = []
        for base in self.project.mro(cls):
            found = self.classes.get(base)
            for node in found.node.bases if found is not None else ():
                name = self.name_of(found.module, node)  # type: ignore[union-attr]
                if name and name not in self.classes:
                    result.append((name, found.module, node))  # type: ignore[union-attr]
        return result

    def name_of(self, module: str, node: ast.expr) -> str:
        """The qualified name that a name or attribute stands for, '' if none."""
        if isinstance(node, ast.Attribute):
            base = self.name_of(module, node.value)
            return self.project.canonical(f"{base}.{node.attr}") if base else ""
        if isinstance(node, ast.Name):
            info = self.project.modules[module]
            kind = info.names.get(node.id)
            if kind is not None and kind.tag == "ref":
                return self.project.canonical(kind.name)
            found = self.project.canonical(f"{module}.{node.id}")
            return found if found != f"{module}.{node.id}" else ""
        return ""

    def meaning(self, module: str, node: ast.Name) -> str:
        """The qualified name of what a name of a module stands for."""
        if node not in self.meanings:
            own = f"{module}.{node.id}"
            is_own = own in self.classes or own in self.functions or own in self.values
            self.meanings[node] = own if is_own else self.name_of(module, node) or f"builtins.{node.id}"
        return self.meanings[node]

    def is_generator(self, node: ast.AST) -> bool:
        """Whether a function yields values."""
        if node not in self.generators:
            self.generators[node] = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(node))
        return self.generators[node]

    def decorators(self, node: ast.AST) -> frozenset[str]:
        """The last names of the decorators of a function."""
        if node not in self.decorated:
            found = (ast.unparse(d).rpartition(".")[2] for d in getattr(node, "decorator_list", ()))
            self.decorated[node] = frozenset(found)
        return self.decorated[node]


def _statements(body: list[ast.stmt]):
    """The statements of a module, those of its conditions too."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _statements(node.body)
            for handler in getattr(node, "handlers", ()):
                yield from _statements(handler.body)
            yield from _statements(getattr(node, "orelse", []))
