"""Which packages that converted code imports are converted too: those written in the source framework."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path

from ...exceptions import SourceNotFound
from . import cache as files
from .frameworks import Direction, framework_of, mixed_packages, packages
from .library import opened, place_of

_SHARE = 20  # a package belongs to a framework when one in so many of its files imports it at the top


def is_converted(package: str, direction: Direction) -> bool:
    """Whether a top-level package is imported converted; the frameworks and the standard library never are."""
    return (direction, package) in opened or _by_its_files(package, direction)


@cache
def _by_its_files(package: str, direction: Direction) -> bool:
    if package in sys.stdlib_module_names or framework_of(package) or package == "ivy" or package in mixed_packages():
        return False
    if package == f"{direction.target}_helpers":
        return True
    try:
        place = place_of(package)
    except SourceNotFound:
        return False
    return direction.source in written_in(package, place)


def written_in(package: str, place: Path) -> tuple[str, ...]:
    """The frameworks that a good part of a package's files import at the top, most used first.

    A package with compiled parts is not said to be written in NumPy: such parts need NumPy's own arrays.
    """
    written, compiled = _facts(package, place)
    return tuple(name for name in written if name != "numpy" or not compiled)


@cache
def runs_on_the_host(package: str, direction: Direction) -> bool:
    """Whether a package is NumPy code with compiled parts, such as SciPy: its functions run as they are."""
    if direction.source != "numpy" or direction.target == "ivy" or (direction, package) in opened:
        return False
    if package in sys.stdlib_module_names or framework_of(package) or package == "ivy":
        return False
    try:
        written, compiled = _facts(package, place_of(package))
    except SourceNotFound:
        return False
    return compiled and "numpy" in written


def _facts(package: str, place: Path) -> tuple[list[str], bool]:
    """The frameworks that a good part of a package's files import at the top, and whether it has compiled parts."""
    paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
    record = files.folder("packages") / f"{package}-{files.state_of(paths)}.json"
    try:
        written, compiled = json.loads(record.read_text())
        return written, compiled
    except (OSError, ValueError):
        pass
    found = _counted(paths)
    written = [name for name in sorted(found, key=lambda n: -found[n]) if found[name] * _SHARE >= len(paths)]
    names = (name for _, _, names in os.walk(place) for name in names) if place.is_dir() else ()
    compiled = any(name.endswith((".so", ".pyd")) for name in names)
    files.write(record, json.dumps([written, compiled]).encode())
    return written, compiled


def _counted(paths: list[Path]) -> dict[str, int]:
    """Framework -> how many of these files import it in a line of its own that is not indented."""
    marks = {
        f"\n{word} {package}{end}".encode(): framework
        for package, framework in packages().items()
        for word, ends in (("import", (" ", ".", "\n", ",")), ("from", (" ", ".")))
        for end in ends
    }
    found: dict[str, int] = {}
    for path in paths:
        try:
            data = b"\n" + path.read_bytes()
        except OSError:
            continue
        seen = {framework for mark, framework in marks.items() if mark in data}
        for framework in seen:
            found[framework] = found.get(framework, 0) + 1
    return found
