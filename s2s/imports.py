"""Imports of a converted file: the source framework's go, the target's and the helpers' come."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import libcst as cst

from . import nodes
from .helper_names import helpers_of
from .module_names import absolute
from .project import ModuleInfo, Project
from .tables import Table


class Imports:
    """Collects what a file wants to import while it is rewritten, and rewrites its import statements."""

    def __init__(self, module: ModuleInfo, source: Table, target: Table, helpers_module: str, project: Project) -> None:
        self.module = module
        self.project = project
        self.source = source
        self.target = target
        self.helpers_module = helpers_module
        self.wanted: set[str] = set()
        self.helpers: dict[str, str] = {}
        # Units that are more to this module than the class of an isinstance test.
        self.used: set[str] = set()
        self.testing = False
        self.taken: set[str] = set()
        self.top_names: set[str] = set()

    @cached_property
    def _existing(self) -> dict[str, str]:
        """Qualified name -> local name of what the module imports at its top level."""
        return {
            kind.name: name for name, kind in self.module.names.items() if kind.tag == "ref" and name in self.top_names
        }

    def native(self, name: str) -> cst.BaseExpression:
        """A native name spelled through its module's usual alias."""
        module = name
        while module and module not in self.target.imports:
            module = module.rpartition(".")[0]
        if not module:
            top = name.split(".")[0]
            self.wanted.add(f"import {top}")
            return nodes.dotted(name)
        statement = self.target.imports[module]
        local = self._local_name(module, statement)
        rest = name[len(module) + 1 :]
        return nodes.dotted(f"{local}.{rest}" if rest else local)

    def _local_name(self, module: str, statement: str) -> str:
        existing = self._existing.get(module)
        if existing is not None and module.split(".")[0] not in self.source.packages:
            return existing
        local = statement.split()[-1]
        if local in self.taken and local not in self.module.names:
            local = f"{local}_"
            statement = f"{' '.join(statement.split()[:-1])} {local}"
            if " as " not in statement:
                statement = f"import {module} as {local}"
        self.wanted.add(statement)
        return local

    def want_from(self, module: str, name: str) -> cst.BaseExpression:
        """A name of a standard module, which is imported unless the module is there already."""
        existing = self._existing.get(f"{module}.{name}")
        if existing is None and module in self._existing:
            return cst.Attribute(cst.Name(self._existing[module]), cst.Name(name))
        if existing is None:
            self.wanted.add(f"from {module} import {name}")
        return cst.Name(existing or name)

    def sibling(self, module: str) -> cst.Name:
        """A generated module that lies at the top of the package, or beside a loose module."""
        depth = self.module.name.count(".") - self.package.count(".") + bool(self._is_package)
        dots = depth if self.package else 0
        self.wanted.add(f"from {'.' * dots} import {module}" if dots else f"import {module}")
        return cst.Name(module)

    def template_name(self, name: str) -> cst.BaseExpression | None:
        """A name inside an expression template: a framework module's alias or a helper."""
        for module, statement in self.target.imports.items():
            if statement.split()[-1] == name:
                return cst.Name(self._local_name(module, statement))
        if name in self.target.templates:
            return self.helper(name)
        if name in ("copy", "math", "operator", "itertools", "functools"):
            kind = self.module.names.get(name)
            if kind is not None and not (kind.tag == "ref" and kind.name == name):  # another module of that name
                self.wanted.add(f"import {name} as _{name}")
                return cst.Name(f"_{name}")
            self.wanted.add(f"import {name}")
        return None

    def helper(self, name: str) -> cst.BaseExpression:
        """A template unit, imported under its own name or one beside it when that is taken."""
        if not self.testing:
            self.used.add(name)
        if name not in self.helpers:
            unit = name
            name = local = name.rpartition(".")[2]
            if self._means_more(name) or name in self.taken:
                # Two leading underscores would be mangled inside a class.
                local = name if name.startswith("_") else f"_{name}"
                while local in self.taken or local in self.module.names:
                    local = f"{local.rstrip('_')}_helper"
            self.helpers[unit] = local
            name = unit
        return cst.Name(self.helpers[name])

    def _means_more(self, name: str) -> bool:
        """Whether a name of the module, also one of ``from utils import *``, is not what it takes from the source."""
        kind = self.module.names.get(name)
        if kind is not None:
            return not (kind.tag == "ref" and self._source_package(self.project.canonical(kind.name)))
        here = f"{self.module.name}.{name}"
        found = self.project.canonical(here) if self.module.stars else here
        return found != here and not self._source_package(found)

    def rewrite(self, node: cst.Import | cst.ImportFrom) -> cst.Import | cst.ImportFrom | None:
        """The statement without what it takes from the source framework; None when nothing is left."""
        new = self._rewrite_import(node) if isinstance(node, cst.Import) else self._rewrite_from(node)
        self.count += new is not node
        return new

    def taken_from(self, node: cst.Import | cst.ImportFrom, packages: Iterable[str]) -> str:
        """The first of these packages that a statement imports from, '' when it is none."""
        if isinstance(node, cst.Import):
            names = [nodes.code(alias.name) for alias in node.names]
        else:
            names = [nodes.code(node.module)] if node.module is not None and not node.relative else []
        own = self.project.owns
        return next((p for name in names for p in packages if f"{name}.".startswith(f"{p}.") and not own(name)), "")

    def drops(self, node: cst.Import | cst.ImportFrom) -> bool:
        """Whether nothing is left of an import statement."""
        new = self._rewrite_import(node) if isinstance(node, cst.Import) else self._rewrite_from(node)
        return new is None

    def _rewrite_from(self, node: cst.ImportFrom) -> cst.ImportFrom | None:
        package = self.module.name if self._is_package else self.module.name.rpartition(".")[0]
        module = nodes.code(node.module) if node.module is not None else ""
        base = absolute(module, len(node.relative), package)
        if helpers_of(base) == self.source.name or (self._source_package(base) and not node.relative):
            return None
        node = self._relative(node, base)
        if isinstance(node.names, cst.ImportStar):
            return node
        kept = [a for a in node.names if not self._from_source(base, nodes.code(a.name))]
        return self._with_names(node, kept)

    def _from_source(self, base: str, name: str, depth: int = 0) -> bool:
        """Whether a name is the source framework's, also one that modules of the project only hand on."""
        if self._source_package(f"{base}.{name}"):
            return True
        info = self.project.module(base)
        kind = info.names.get(name) if info is not None and name not in info.aliases else None
        if kind is None or kind.tag != "ref" or depth > 12:
            return False
        inner, _, handed = kind.name.rpartition(".")
        own = kind.name == f"{base}.{name}" or not inner
        return not own and self._from_source(inner, handed, depth + 1)

    def _relative(self, node: cst.ImportFrom, base: str) -> cst.ImportFrom:
        """An import by absolute name from a package inside another, which lies somewhere else when it is converted."""
        own = self.package
        if node.relative or "." not in own or not (base == own or base.startswith(f"{own}.")):
            return node
        inner = self.module.name.split(".")[own.count(".") + 1 :]
        dots = [cst.Dot()] * (len(inner) + (1 if self._is_package else 0))
        rest = base[len(own) + 1 :]
        space = cst.SimpleWhitespace(" ")
        module = nodes.dotted(rest) if rest else None
        return node.with_changes(relative=dots, module=module, whitespace_before_import=space)

    @property
    def _is_package(self) -> bool:
        return self.package_file

    package_file = False
    package = ""
    count = 0

    def _rewrite_import(self, node: cst.Import) -> cst.Import | None:
        kept = [a for a in node.names if not self._source_package(nodes.code(a.name))]
        return self._with_names(node, kept)

    def _with_names(self, node, kept):
        if not kept:
            return None
        if len(kept) == len(node.names):
            return node
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return node.with_changes(names=kept)

    def _source_package(self, name: str) -> bool:
        if self.project.owns(name):
            return False
        return any(name == p or name.startswith(p + ".") for p in self.source.packages)

    def _imported(self) -> list[tuple[str, str]]:
        """The helpers' own names and those that they have here."""
        return [(unit.rpartition(".")[2], local) for unit, local in self.helpers.items()]

    def statements(self) -> list[str]:
        """The import statements to add, framework first, helpers last."""
        found = sorted(self.wanted, key=_import_order)
        if self.helpers:
            names = [
                name if local == name else f"{name} as {local}"
                for name, local in sorted(self._imported(), key=lambda item: item[0].lower())
            ]
            line = f"from {self.helpers_module} import {', '.join(names)}"
            if len(line) > 88:
                line = f"from {self.helpers_module} import (\n    " + ",\n    ".join(names) + ",\n)"
            found.append(line)
        return found


def _import_order(statement: str) -> tuple[bool, bool, str]:
    """Standard library first, ``import`` before ``from``, then by name."""
    words = statement.split()
    standard = words[1] in ("copy", "math", "operator", "itertools", "functools", "typing")
    return (not standard, words[0] == "from", words[1])
