"""Which files a run is about: Python modules with their names, and everything else to copy."""

from __future__ import annotations

import fnmatch
import os
import tokenize
from dataclasses import dataclass
from pathlib import Path

from .model import SourceFile

_SKIPPED_DIRECTORIES = frozenset(
    (
        "__pycache__", ".git", ".hg", ".svn", ".venv", "venv", "node_modules",
        ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache",
    )
)  # fmt: skip


class InputError(Exception):
    """A usage or input error: one sentence with the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """The files of a run. ``root`` is what relative paths start from."""

    root: Path
    python: tuple[SourceFile, ...]
    others: tuple[Path, ...]
    problems: tuple[str, ...] = ()


def discover(source: Path, exclude: tuple[str, ...] = ()) -> Discovered:
    """Find the files below ``source`` (a file, a package or a repository)."""
    if not source.exists():
        raise InputError(f"{source}: no such file or directory; give a Python file, a package or a repository")
    if source.is_file():
        if source.suffix == ".ipynb":
            remedy = "export it with `jupyter nbconvert --to script` first"
            raise InputError(f"{source}: a notebook, not a Python file; {remedy}")
        if source.suffix != ".py":
            raise InputError(f"{source}: not a Python file; give a .py file, a package or a repository")
        return Discovered(source.parent, (_source_file(source, source.parent),), ())
    python: list[SourceFile] = []
    others: list[Path] = []
    problems: list[str] = []
    for path in _walk(source, problems, exclude):
        if path.suffix == ".py":
            python.append(_source_file(path, source))
        elif os.access(path, os.R_OK):
            others.append(path)
        else:
            reason = "cannot be read" if path.exists() else "a symbolic link to nothing"
            problems.append(f"{path}: {reason}; it was left out, correct it or leave it out with --exclude")
    return Discovered(source, tuple(python), tuple(others), tuple(problems))


def _walk(root: Path, problems: list[str], exclude: tuple[str, ...]):
    def unreadable(error: OSError) -> None:
        problems.append(f"{error.filename}: cannot be read ({error.strerror}); it was left out, check its permissions")

    def wanted(path: str) -> bool:
        relative = os.path.relpath(path, root).replace(os.sep, "/")
        return not any(fnmatch.fnmatch(relative, pattern) for pattern in exclude)

    seen = set()
    for folder, directories, files in os.walk(root, followlinks=True, onerror=unreadable):
        real = os.path.realpath(folder)
        if real in seen:
            problems.append(f"{folder}: a symbolic link back to {real}; it was left out, leave it out with --exclude")
            directories.clear()
            continue
        seen.add(real)
        directories[:] = sorted(d for d in directories if not _skipped(d) and wanted(os.path.join(folder, d)))
        for name in sorted(files):
            if not name.endswith((".pyc", ".pyo")) and wanted(os.path.join(folder, name)):
                yield Path(folder) / name


def _skipped(directory: str) -> bool:
    return directory in _SKIPPED_DIRECTORIES or directory.endswith(".egg-info")


def _package_around(folder: Path, root: Path) -> Path:
    """The folder, or the nearest package around it within the root: a folder inside a package belongs to it."""
    for around in (folder, *folder.parents):
        if (around / "__init__.py").exists():
            return around
        if around == root:
            break
    return folder


def _source_file(path: Path, root: Path) -> SourceFile:
    top = _package_around(path.parent, root)
    while (top / "__init__.py").exists() and top.parent != top:
        if not (top.parent / "__init__.py").exists():
            top = top.parent
            break
        top = top.parent
    else:
        top = root
    try:
        parts = list(path.relative_to(top).with_suffix("").parts)
    except ValueError:
        parts = [path.stem]
    is_package = parts[-1] == "__init__"
    if is_package:
        parts.pop()
    return SourceFile(path, path.relative_to(root).as_posix(), ".".join(parts), is_package)


def read_source(path: Path) -> str:
    """The text of a Python file, by its declared encoding."""
    try:
        with tokenize.open(path) as handle:
            return handle.read()
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise InputError(f"{path}: cannot be decoded ({error}); declare its encoding or save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
