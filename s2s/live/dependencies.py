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
    paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
    record = files.folder("packages") / f"{package}-{files.state_of(paths)}.json"
    try:
        return tuple(json.loads(record.read_text()))
    except (OSError, ValueError):
        pass
    found = _counted(paths)
    compiled = place.is_dir() and any(
        name.endswith((".so", ".pyd")) for _, _, names in os.walk(place) for name in names
    )
    if compiled:
        found.pop("numpy", None)
    written = tuple(name for name in sorted(found, key=lambda n: -found[n]) if found[name] * _SHARE >= len(paths))
    files.write(record, json.dumps(written).encode())
    return written


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
