"""Importing converted modules: ``ivy.s2s.live.torch_to_jax.kornia.enhance`` is ``kornia.enhance`` converted."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from ..garbage import without_collection
from . import cache as files
from .compiled import CompiledLoader, HostModule, compiled_place
from .frameworks import ROOT, Direction, direction_of
from .library import Library, open_library
from .neighbours import with_stand_ins
from .packages import Package, complete, import_all

SNIPPETS = "ivy_snippets"


class Finder(MetaPathFinder):
    """Finds converted modules, and nothing else."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if not fullname.startswith(ROOT + "."):
            return None
        head, _, module = fullname[len(ROOT) + 1 :].partition(".")
        direction = direction_of(head)
        if direction is None:
            return None
        if not module or module == SNIPPETS:
            return ModuleSpec(fullname, _Nothing(), is_package=True)
        if module.startswith(SNIPPETS + "."):
            stem = module.partition(".")[2]
            return _file_spec(fullname, files.folder(direction.name) / f"{stem}.py", _Loader(direction))
        if module.split(".")[0] == f"{direction.target}_helpers":
            return ModuleSpec(fullname, _Helpers(direction, module.partition(".")[2]), is_package=True)
        library = open_library(direction, module.split(".")[0])
        helpers, _, family = module.rpartition(".")
        if module in library.helpers or helpers in library.helpers:
            family = family if helpers in library.helpers else ""
            return ModuleSpec(fullname, _Helpers(direction, family), is_package=True)
        loader = _Loader(direction, library, module)
        if module in library.modules:
            return _file_spec(fullname, library.converted(module), loader, library.modules[module].is_package)
        path = library.generated(module)
        if path is not None:
            return _file_spec(fullname, path, loader)
        compiled = compiled_place(module, direction)
        if compiled:
            return ModuleSpec(fullname, CompiledLoader(direction, module), origin=compiled)
        if library.is_compiled(module):
            return ModuleSpec(fullname, _Original(module))
        return _folder_spec(library, fullname, module)


def _file_spec(fullname: str, path: Path, loader: _Loader, is_package: bool = False) -> ModuleSpec | None:
    if not path.exists():
        return None
    loader.name, loader.path = fullname, str(path)
    spec = ModuleSpec(fullname, loader, origin=str(path), is_package=is_package)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [str(path.parent)]
    return spec


def _folder_spec(library: Library, fullname: str, module: str) -> ModuleSpec | None:
    """A folder without ``__init__`` that holds modules is a package too."""
    if any(name.startswith(module + ".") for name in library.modules):
        return ModuleSpec(fullname, _Nothing(), is_package=True)
    return None


class _Original(Loader):
    """A compiled module of a library: there is nothing to convert in it, so it is the library's own."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return import_module(self.name)

    def exec_module(self, module: ModuleType) -> None:
        return


class _Nothing(Loader):
    """Packages that hold converted modules and have no code of their own."""

    def exec_module(self, module: ModuleType) -> None:
        return


class _Helpers(Loader):
    """The module of helpers that converted code imports: names of the target's templates, loaded when asked for."""

    def __init__(self, direction: Direction, family: str) -> None:
        self.direction = direction
        self.family = family

    def exec_module(self, module: ModuleType) -> None:
        from .helpers import lookup

        vars(module)["__getattr__"] = lookup(self.direction, self.family)


class _Loader(SourceFileLoader):
    """Runs a converted file; imports of the source's libraries inside it give converted ones."""

    def __init__(self, direction: Direction, library: Library | None = None, module: str = "") -> None:
        super().__init__("", "")
        self.direction = direction
        self.library = library
        self.module = module

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> Any:  # type: ignore[override]
        waiting = self.library.waiting(self.module) if self.library is not None else None
        finds_itself = self.library is not None and b"__file__" in data
        if not finds_itself and (waiting is None or not waiting.names):
            return super().source_to_code(data, path, _optimize=_optimize)  # type: ignore[call-arg]
        tree = ast.parse(data)
        if waiting is not None:
            tree = waiting.removed_from(tree)
        if self.library is not None and finds_itself:
            tree = _OriginalFile(self.library.modules[self.module].path).visit(tree)
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)

    def exec_module(self, module: ModuleType) -> None:
        code = self.get_code(module.__name__)
        assert code is not None
        vars(module)["__builtins__"] = converted_builtins(self.direction)
        exec(code, vars(module))
        waiting = self.library.waiting(self.module) if self.library is not None else None
        if waiting is not None and self.library is not None:
            package = Package(module, waiting, self.library)
            if self.library.is_whole:
                package.import_acting()


class _OriginalFile(ast.NodeTransformer):
    """``__file__`` as the path of the original file: libraries look for data, and for their own modules, beside it."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        read = node.id == "__file__" and isinstance(node.ctx, ast.Load)
        return ast.copy_location(ast.Constant(self.path), node) if read else node


def import_converted(direction: Direction, name: str) -> ModuleType:
    """The converted counterpart of a module, in a library that is used as a whole."""
    complete(open_library(direction, name.split(".")[0]))
    return import_module(f"{direction.prefix}.{name}")


def run_file(name: str, path: Path, direction: Direction, values: dict[str, Any]) -> ModuleType:
    """A module of its own made from a converted file, with names set before the file is run."""
    spec = _file_spec(name, path, _Loader(direction))
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"{path}: not in the cache", name=name)
    module = module_from_spec(spec)
    vars(module).update(values)
    spec.loader.exec_module(module)
    return module


@cache
def converted_builtins(direction: Direction) -> dict[str, Any]:
    """The builtins of converted modules: as always, but for ``import``."""
    return {**vars(builtins), "__import__": _redirected(direction)}


def _redirected(direction: Direction) -> Callable[..., Any]:
    from .dependencies import is_converted, runs_on_the_host

    prefix = direction.prefix

    def __import__(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if level == 0 and is_converted(name.split(".")[0], direction):
            full = f"{prefix}.{name}"

            def load() -> Any:
                module = import_module(full)
                if not fromlist:
                    return sys.modules[f"{prefix}.{name.split('.')[0]}"]
                if "*" in fromlist:
                    import_all(module)
                return builtins.__import__(full, globals, locals, fromlist, 0)

            asks = str((globals or {}).get("__name__", ""))[len(prefix) + 1 :]
            own = asks.split(".")[0] == name.split(".")[0]
            if own or not fromlist or "*" in fromlist:
                return load()
            return with_stand_ins(load, name, tuple(fromlist), direction)
        found = builtins.__import__(name, globals, locals, fromlist, level)
        if level == 0 and runs_on_the_host(name.split(".")[0], direction):
            return HostModule(found, direction.target)
        if fromlist and "*" in fromlist:
            import_all(found)
        return found

    return __import__


def install() -> None:
    """Let Python find converted modules."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


class LazyModule(ModuleType):
    """Stands for a converted module that is imported when something of it is asked for."""

    def __init__(self, direction: Direction, name: str, doc: str | None = None) -> None:
        super().__init__(f"{direction.prefix}.{name}", doc)
        vars(self)["__place__"] = (direction, name)

    def __getattr__(self, name: str) -> Any:
        if name in ("__path__", "__wrapped__", "__file__"):
            raise AttributeError(name)
        with without_collection():
            return getattr(import_converted(*self.__place__), name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(import_converted(*self.__place__), name, value)

    def __dir__(self) -> list[str]:
        return dir(import_converted(*self.__place__))

    def __reduce__(self) -> Any:
        return LazyModule, (*self.__place__, self.__doc__)


install()
