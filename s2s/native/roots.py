"""Which classes of a project are models, which functions make them, and what each of both names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .declarations import Declarations
from .knowledge import Knowledge


@dataclass
class Roots:
    """What is analysed, read from the names in a project's classes and functions."""

    declarations: Declarations
    knowledge: Knowledge
    named: dict[str, set[str]] = field(default_factory=dict)
    closed: dict[str, set[str]] = field(default_factory=dict)
    used: dict[str, set[str]] = field(default_factory=dict)
    imaging: dict[str, bool] = field(default_factory=dict)

    def is_layer(self, name: str) -> bool:
        """Whether a class of the project is a layer or model."""
        for base, _, _ in self.declarations.natives(name):
            entry = self.knowledge.find(base)
            op = self.knowledge.hub.get(entry.op) if entry is not None else None
            if base == self.knowledge.table.settings["module_class"] or (op is not None and op.layer):
                return True
        return False

    @cached_property
    def models(self) -> list[str]:
        """The models: layer classes with a forward method that no other layer class names, but for its bases."""
        layers = [name for name in self.declarations.classes if self.is_layer(name)]
        used = {used for name in layers for used in self.references(name) if used != name}
        inside = {used for name in layers for used in self.references(name) - self.bases(name) if used != name}
        passed = {p for name in self.declarations.functions for p in self.passed(name)}
        own = [name for name in layers if name not in used | passed or name in self.called - inside]
        return [name for name in own if self.declarations.method(name, "forward") is not None]

    @cached_property
    def builders(self) -> list[str]:
        """The functions that make models."""
        models = set(self.models)
        return sorted(name for name in self.declarations.functions if models & self.reached(name))

    # What is named

    def references(self, name: str) -> set[str]:
        """The project's classes, functions and values that one of them names."""
        if name not in self.named:
            self.named[name] = self.declared & self._names(*self.declarations.place(name))
        return self.named[name]

    @cached_property
    def declared(self) -> set[str]:
        """All classes and functions of the project, and the values that a module sets once."""
        values = {name for name, found in self.declarations.values.items() if found is not None}
        return {*self.declarations.classes, *self.declarations.functions, *values}

    def _names(self, module: str, node: ast.AST) -> set[str]:
        held = (n for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute)))
        return {self.declarations.name_of(module, inner) for inner in held}

    def bases(self, name: str) -> set[str]:
        """The names in the bases of a class."""
        found = self.declarations.classes[name]
        return {self.declarations.name_of(found.module, base) for base in found.node.bases}

    def reached(self, name: str) -> set[str]:
        """What a class or function names, and what that names."""
        if name not in self.closed:
            self.closed[name] = self._closed([name])
        return self.closed[name]

    def _closed(self, todo: list[str]) -> set[str]:
        found: set[str] = set()
        while todo:
            current = todo.pop()
            if current not in found:
                found.add(current)
                todo.extend(self.references(current))
        return found

    def parts(self, name: str) -> set[str]:
        """What a model is made of: what it names, and what the functions name that make it."""
        if name not in self.used:
            makers = [builder for builder in self.builders if name in self.reached(builder)]
            given = {given for builder in makers for given in self.references(builder)}
            self.used[name] = self._closed([name, *(given - {*self.models, *self.builders})])
        return self.used[name]

    def takes_images(self, name: str) -> bool:
        """Whether a model names layers or functions for images alone somewhere."""
        return any(map(self._names_twins, self.reached(name)))

    def _names_twins(self, name: str) -> bool:
        if name not in self.imaging:
            found = map(self.knowledge.find, self._names(*self.declarations.place(name)))
            self.imaging[name] = any(e is not None and self.knowledge.takes_images(e.op) for e in found)
        return self.imaging[name]

    # What is passed and called

    def passed(self, name: str) -> set[str]:
        """The classes that a function passes on as values, and that no function calls."""
        module, node = self.declarations.functions[name]
        values = [value for call in _calls(node) for value in (*call.args, *(k.value for k in call.keywords))]
        return (self._classes(module, values) & self.declarations.classes.keys()) - self.called

    @cached_property
    def called(self) -> set[str]:
        """What functions call, also by a parameter: a class that is passed on and not called is a part of others."""
        found = set()
        for module, node in self.declarations.functions.values():
            for call in _calls(node):
                found.add(self.declarations.name_of(module, call.func))
                found |= self._classes(module, [v for p, v in self._given(module, call) if p in self.calling])
        return found

    @cached_property
    def calling(self) -> set[tuple[str, str]]:
        """The parameters that functions call, or give to functions that call them."""
        found: set[tuple[str, str]] = set()
        while True:
            known = len(found)
            for name, (module, node) in self.declarations.functions.items():
                for call in _calls(node):
                    called = [call.func, *(v for p, v in self._given(module, call) if p in found)]
                    found |= {(name, v.id) for v in called if isinstance(v, ast.Name) and _is_parameter(node, v.id)}
            if len(found) == known:
                return found

    def _given(self, module: str, call: ast.Call) -> Iterator[tuple[tuple[str, str], ast.expr]]:
        """The parameters of a project's function that is called, as far as they are given one by one."""
        name = self.declarations.name_of(module, call.func)
        if name not in self.declarations.functions:
            return
        spec = self.declarations.functions[name][1].args
        for parameter, value in zip([*spec.posonlyargs, *spec.args], call.args, strict=False):
            yield (name, parameter.arg), value
        for keyword in call.keywords:
            yield (name, keyword.arg or ""), keyword.value

    def _classes(self, module: str, values: list[ast.expr]) -> set[str]:
        return {self.declarations.name_of(module, v) for v in values if isinstance(v, (ast.Name, ast.Attribute))}


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (inner for inner in ast.walk(node) if isinstance(inner, ast.Call))


def _is_parameter(node: ast.FunctionDef, name: str) -> bool:
    return any(p.arg == name for p in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
