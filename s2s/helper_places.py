"""Where the helper module of a package lies, and what its files import it as. Imports nothing of the converter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .model import SourceFile
from .places import TARGETS
from .project import ModuleInfo


def helper_modules(files: Iterable[SourceFile], sharing: Collection[str] = ()) -> dict[str, str]:
    """Top-level package (or '') -> the stem of its helper module, free of clashes.

    Packages that share a module beside them are left out: they have no helpers of their own.
    """
    taken = {f.module for f in files}
    packages = {f.package for f in files if f.is_package}.difference(sharing)
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


def sharing_packages(files: Iterable[SourceFile], modules: Mapping[str, ModuleInfo]) -> frozenset[str]:
    """The packages that lie in one folder and build on one another: layers of one are tested and replaced by others."""
    folders = {f.package: package_folder(f).rstrip("/").rpartition("/")[0] for f in files if f.is_package and f.package}
    found: set[str] = set()
    for file in files:
        info = modules.get(file.module)
        if info is None or file.package not in folders:
            continue
        tops = {kind.name.split(".")[0] for kind in info.names.values() if kind.tag == "ref"}
        for other in tops & folders.keys() - {file.package}:
            if folders[other] == folders[file.package]:
                found |= {other, file.package}
    return frozenset(found)


def helper_path(file: SourceFile, names: Mapping[str, str], target: str) -> str:
    """Where the helper module of a file lies, relative to the root: in its package, or beside what shares it."""
    head = file.package
    if head in names and head:
        return f"{package_folder(file)}{names[f'{head}:{target}']}.py"
    beside = package_folder(file).rstrip("/").rpartition("/")[0] if head else ""
    return f"{beside}/{names[f':{target}']}.py".lstrip("/")


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
