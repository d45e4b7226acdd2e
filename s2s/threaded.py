"""Arguments that a target passes explicitly and the source keeps in state: ``rngs``, the mode (``training``)."""

from __future__ import annotations

from collections.abc import Callable

from .project import FunctionInfo, Project
from .tables import Table, Tables, Template


class Threading:
    """Which classes and methods take a threaded argument, found over the whole project."""

    def __init__(self, project: Project, tables: Tables, source: str, target: str) -> None:
        self.project = project
        self.source: Table = tables[source]
        self.target: Table = tables[target]
        self.hub = tables.hub
        self.root = self.source.settings.get("module_class", "")
        self.forward = self.source.settings.get("forward", "")
        # What constructors are given to draw from, and what methods that read the mode are given; '' for nothing.
        self.keys = self.target.settings.get("key_argument", "")
        self.mode = self.target.settings.get("mode_argument", "")
        self._rngs: dict[str, bool] = {}
        self._methods: dict[tuple[str, str], bool] = {}
        self._assigned: frozenset[str] | None = None
        self._metaclasses: frozenset[str] | None = None
        self._children: dict[str, list[str]] = {}
        for module in project.modules.values():
            for info in module.classes.values():
                for base in info.bases:
                    self._children.setdefault(project.canonical(base), []).append(info.name)

    def sets_attribute(self, name: str) -> bool:
        """Whether some module class of the project assigns ``self.<name>``."""
        if self._assigned is None:
            self._assigned = frozenset(
                attribute
                for module in self.project.modules.values()
                for info in module.classes.values()
                for attribute in info.assigned
                if self.is_module(info.name) and not self.is_plain(info.name)
            )
        return name in self._assigned

    def is_plain(self, name: str) -> bool:
        """Whether what a class becomes derives from no class of the target framework itself."""
        found = [unit for base in self.project.mro(name) if (unit := self.template_of(base)) is not None]
        todo, seen = [base for unit in found for base in unit.bases], set()
        while todo:
            base = todo.pop()
            unit = self.target.templates.get(base)
            if unit is None:
                return False
            if base not in seen:
                seen.add(base)
                todo.extend(unit.bases)
        return bool(found)

    def is_module_metaclass(self, name: str) -> bool:
        """Whether some module class of the project has the class of this name as its metaclass."""
        if self._metaclasses is None:
            self._metaclasses = frozenset(
                self.project.canonical(info.metaclass)
                for module in self.project.modules.values()
                for info in module.classes.values()
                if info.metaclass and self.is_module(info.name)
            )
        return name in self._metaclasses

    def template_of(self, name: str):
        """The template class that stands for a framework layer class."""
        entry = self.source.find(name)
        if entry is None or not entry.op:
            return None
        return self.target.templates.get(entry.op)

    def constructor_takes_rngs(self, name: str, depth: int = 0) -> bool:
        """Whether constructing this class in the target takes ``rngs``."""
        if not self.keys or depth > 20:
            return False
        name = self.project.canonical(name)
        if name in self._rngs:
            return self._rngs[name]
        self._rngs[name] = False
        self._rngs[name] = self._takes_rngs(name, depth)
        return self._rngs[name]

    def _takes_rngs(self, name: str, depth: int) -> bool:
        info = self.project.class_info(name)
        if info is None:
            template = self._constructor(self.template_of(name))
            return template is not None and self.keys in template.init_params
        if not self.is_module(name):
            return False
        init = info.methods.get("__init__")
        if init is None:
            return any(self.constructor_takes_rngs(base, depth + 1) for base in info.bases)
        return self._constructs(name, init, depth)

    def _constructor(self, template: Template | None) -> Template | None:
        """The template class whose constructor a template class has: its own or that of its bases, first come first."""
        if template is None or not template.is_class or template.init_params:
            return template if template is not None and template.is_class else None
        found = (self._constructor(self.target.templates.get(base)) for base in template.bases)
        return next((base for base in found if base is not None), None)

    def _constructs(self, cls: str, method: FunctionInfo, depth: int) -> bool:
        info = self.project.class_info(cls)
        assert info is not None
        for name in method.constructs:
            if name == "super":
                if any(self.constructor_takes_rngs(base, depth + 1) for base in info.bases):
                    return True
            elif self.constructor_takes_rngs(name, depth + 1):
                return True
        return False

    def is_module(self, name: str) -> bool:
        """Whether a class derives from the source's module class or one of its layers."""
        for base in self.project.mro(name):
            entry = self.source.find(base)
            if base == self.root or (entry is not None and (entry.type == "module" or self._layer(entry.op))):
                return True
        return False

    def _layer(self, op: str) -> bool:
        return op in self.hub and self.hub[op].layer

    def family(self, cls: str) -> list[str]:
        """The class, its bases and everything derived from it."""
        found = list(self.project.mro(cls))
        todo = [self.project.canonical(cls)]
        while todo:
            for child in self._children.get(todo.pop(), ()):
                if child not in found:
                    found.append(child)
                    todo.append(child)
        return found

    def training_method(self, cls: str, method: str, depth: int = 0) -> bool:
        """Whether a method gets the mode as an argument (it, or what it calls on self, reads the mode)."""
        return self._method(cls, method, self._reads_training, depth)

    def _reads_training(self, cls: str, info: FunctionInfo) -> bool:
        return info.reads_training

    def _method(self, cls: str, method: str, own: Callable[[str, FunctionInfo], bool], depth: int) -> bool:
        key = (cls, method)
        if key in self._methods:
            return self._methods[key]
        if depth > 8:
            return False
        self._methods[key] = False
        found = False
        for owner in self.family(cls):
            info = self.project.class_info(owner)
            member = info.methods.get(method) if info is not None else None
            if member is None:
                continue
            if own(owner, member) or any(
                self._method(cls, called, own, depth + 1)
                for called in member.self_calls
                if called != method and self.project.method(cls, called) is not None
            ):
                found = True
                break
        self._methods[key] = found
        return found
