"""A library of the source framework: its files, its index, and its modules converted one by one into the cache."""

from __future__ import annotations

import importlib.util
import os
import pickle
import sys
import threading
from dataclasses import replace
from functools import cache, cached_property
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import TYPE_CHECKING

from ...exceptions import NotConvertible, SourceNotFound
from ..garbage import without_collection
from ..model import Converted, SourceFile
from . import cache as files
from .frameworks import Direction, framework_of
from .helpers import naming_families

if TYPE_CHECKING:
    from ..project import ModuleInfo
    from ..threaded import Threading
    from .deferred import Waiting
    from .indexing import Index

_lock = threading.RLock()
_WAITING = "__init__.waiting.json"
opened: set[tuple[Direction, str]] = set()


@cache
def open_library(direction: Direction, name: str) -> Library:
    """The library of a top-level module name, the same object for all of its modules; it is converted from now on."""
    library = Library(direction, name)
    opened.add((direction, name))
    return library


def place_of(name: str) -> Path:
    """The folder or the file that a top-level module lies in."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    if spec is None and module is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
    folders = getattr(spec, "submodule_search_locations", None) or getattr(module, "__path__", None)
    if folders:
        return Path(next(iter(folders)))
    origin = getattr(spec, "origin", None) or getattr(module, "__file__", None)
    if not origin or not origin.endswith(".py"):
        raise SourceNotFound(f"{name}: no Python source was found; only code with Python source can be converted")
    return Path(origin)


class Library:
    """One top-level package or module. Nothing is read before it is needed.

    ``is_whole`` says that importing its packages runs the modules that act on others, as in the source; a model that
    is already built needs only the modules of its classes.
    """

    is_whole = False

    def __init__(self, direction: Direction, name: str) -> None:
        self.direction = direction
        self.name = name
        self.place = place_of(name)
        self._alone = (name, f"{direction.target}_helpers")  # what is no other library that is converted too
        self._infos: dict[str, ModuleInfo | None] = {}

    @cached_property
    def modules(self) -> dict[str, SourceFile]:
        """Dotted name -> file, of every Python file below the place."""
        if self.place.is_file():
            return {self.name: SourceFile(self.place, self.place.name, self.name)}
        found = {}
        for folder, directories, names in os.walk(self.place):
            directories[:] = sorted(d for d in directories if d.isidentifier() and d != "__pycache__")
            inner = Path(folder).relative_to(self.place.parent)
            for name in sorted(names):
                stem, suffix = os.path.splitext(name)
                if suffix == ".py":
                    is_package = stem == "__init__"
                    parts = [self.name, *inner.parts[1:], *(() if is_package else (stem,))]
                    relative = (inner / name).as_posix()
                    file = SourceFile(Path(folder) / name, relative, ".".join(parts), is_package)
                    found[file.module] = file
        return found

    def is_compiled(self, module: str) -> bool:
        """Whether a module of the library is a compiled one."""
        path = self.place.joinpath(*module.split(".")[1:])
        return self.place.is_dir() and any(path.with_name(path.name + suffix).exists() for suffix in EXTENSION_SUFFIXES)

    @cached_property
    def state(self) -> str:
        return files.state_of([file.path for file in self.modules.values()])

    @cached_property
    def folder(self) -> Path:
        """Where this state of the library is converted to; what is not Python is linked there from the start."""
        state = files.digest(self.state, files.installed())
        folder = files.folder(self.direction.name) / f"{self.name}-{state}"
        if self.place.is_dir() and not (folder / self.place.name).exists():
            _link_others(self.place, folder)
        return folder

    def generated(self, module: str) -> Path | None:
        """The converted file of a module that stands for a framework module used as a value; None for others."""
        head, _, stem = module.rpartition(".")
        path = self.folder.joinpath(*head.split(".")) / f"{stem}.py"
        if path.exists():
            return path
        return self.converted(module) if module in self._index.made else None

    def converted(self, module: str) -> Path:
        """The converted file of a module; converts it when the cache has none."""
        file = self.modules.get(module) or self._index.made[module][0]
        path = self.folder / file.relative
        if not path.exists():
            with _lock:
                if not path.exists():
                    self._convert(file, path)
        return path

    def waiting(self, module: str) -> Waiting | None:
        """The imports that may wait in a package's converted ``__init__``; None for modules that are no packages."""
        file = self.modules.get(module)
        if file is None or not file.is_package:
            return None
        from .deferred import Waiting

        return Waiting.from_json((self.folder / file.relative).with_name(_WAITING).read_bytes())

    def _convert(self, file: SourceFile, path: Path) -> None:
        made = self._index.made.get(file.module)
        text = self.text(file) if made is None else made[1]
        copied = file.module in self._index.copied
        result = Converted(file.relative, None) if copied else self._convert_text(text, file)
        if result.error:
            raise NotConvertible(f"{file.path}: {result.error}")
        stem = next(iter(self.helpers)).rpartition(".")[2]
        code = text if result.code is None else naming_families(result.code, result.helpers, stem)
        if file.is_package:
            from .deferred import waiting_imports

            waiting = waiting_imports(code, file.module, self.modules, self._index.acting)
            files.write(path.with_name(_WAITING), waiting.to_json())
        files.write(path, code.encode("utf-8", "surrogatepass"))

    def text(self, file: SourceFile) -> str:
        from ..discover import InputError, read_source

        try:
            return read_source(file.path)
        except InputError as error:
            raise SourceNotFound(str(error)) from error

    def _convert_text(self, text: str, file: SourceFile) -> Converted:
        from ...rules import by_node
        from ..convert import convert_module
        from ..helper_places import helper_modules, helpers_import
        from ..tables import load

        source, target = self.direction.source, self.direction.target
        helpers = helpers_import(file, helper_modules(self.modules.values()), target)
        threading = self._threading
        try:
            with without_collection():
                return convert_module(
                    text, file, threading.project, load(), source, target, by_node(), helpers, threading
                )
        except RecursionError:
            return Converted(file.relative, None, error="nested too deeply to be converted")

    @cached_property
    def helpers(self) -> frozenset[str]:
        """The names under which converted modules import their helpers."""
        from ..helper_places import helper_modules

        stem = helper_modules(self.modules.values())
        found = stem.get(f"{self.name}:{self.direction.target}", stem[f":{self.direction.target}"])
        return frozenset((f"{self.name}.{found}",)) if self.place.is_dir() else frozenset((found,))

    @cached_property
    def _threading(self) -> Threading:
        from ..tables import load
        from ..threaded import Threading

        project = replace(self._index.project, neighbour=self._neighbour)
        return Threading(project, load(), self.direction.source, self.direction.target)

    def _neighbour(self, module: str) -> ModuleInfo | None:
        """What is known of a module of another library that is converted too."""
        top = module.partition(".")[0]
        if top in self._alone or top in sys.stdlib_module_names or framework_of(top):
            return None
        from .dependencies import is_converted

        return open_library(self.direction, top).info(module) if is_converted(top, self.direction) else None

    def info(self, module: str) -> ModuleInfo | None:
        """What one module defines; the others are not read for it."""
        if "_index" in vars(self):
            return self._index.project.modules.get(module)
        if module not in self._infos:
            file = self.modules.get(module)
            self._infos[module] = None if file is None else self._read(file)
        return self._infos[module]

    def _read(self, file: SourceFile) -> ModuleInfo | None:
        from ..indexer import index_module
        from ..pipeline import known_names
        from ..tables import load

        try:
            text = self.text(file)
            return index_module(text, file.module, file.is_package, known_names(load()[self.direction.source]))
        except (SourceNotFound, SyntaxError, ValueError, RecursionError):
            return None  # converting such a file is an error of its own, when it is imported

    @cached_property
    def _index(self) -> Index:
        """The facts of all modules of the library. Built once, then cached."""
        path = files.folder(self.direction.name) / f"{self.name}-{self.state}.index"
        try:
            with without_collection():
                return pickle.loads(path.read_bytes())
        except (OSError, pickle.PickleError, AttributeError, EOFError, ImportError):
            pass
        from .indexing import index_library

        texts = [(file, self.text(file)) for file in self.modules.values()]
        with without_collection():
            found = index_library(texts, self.direction.source, self.direction.target)
            files.write(path, pickle.dumps(found, protocol=5))
        return found


def _link_others(place: Path, folder: Path) -> None:
    """Data files that the library's code reads beside its modules, as links to the originals."""
    for inner, directories, names in os.walk(place):
        directories[:] = [d for d in directories if d != "__pycache__"]
        goal = folder / Path(inner).relative_to(place.parent)
        goal.mkdir(parents=True, exist_ok=True)
        for name in names:
            if not name.endswith((".py", ".pyc", ".so", ".pyd")):
                try:
                    os.symlink(os.path.join(inner, name), goal / name)
                except OSError:
                    continue
