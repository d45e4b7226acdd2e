"""Where the helper module of a package lies, and what its files import it as. Imports nothing of the converter."""

from __future__ import annotations

from collections.abc import Iterable

from .model import SourceFile
from .places import TARGETS


def helper_modules(files: Iterable[SourceFile]) -> dict[str, str]:
    """Top-level package (or '') -> the stem of its helper module, free of clashes."""
    taken = {f.module for f in files}
    packages = {f.package for f in files if f.is_package}
    found = {}
    for package in sorted(packages | {""}):
        found[package] = "helpers"
        prefix = f"{package}." if package else ""
        for framework in TARGETS:
            stem = f"{framework}_helpers"
            while f"{prefix}{stem}" in taken:
                stem += "_"
            found[f"{package}:{framework}"] = stem
    return found


def helpers_import(file: SourceFile, names: dict[str, str], target: str) -> str:
    """What a file imports its helpers from: relative inside a package, absolute beside a loose module."""
    head = file.package
    if head in names and head:
        return "." * _depth(file) + names[f"{head}:{target}"]
    return names[f":{target}"]


def _depth(file: SourceFile) -> int:
    """How many dots lead from a file to its top-level package."""
    return file.module.count(".") - file.package.count(".") + (1 if file.is_package else 0)


def package_folder(file: SourceFile) -> str:
    """The folder of a file's top-level package, relative to the root, with a trailing slash."""
    parts = file.relative.split("/")[:-1]
    keep = len(parts) - (_depth(file) - 1)
    return "/".join(parts[:keep]) + "/" if keep > 0 else ""
