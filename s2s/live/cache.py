"""Files of converted code: written beside their place and renamed, so that processes can share them."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path

from ..places import cache_dir, stamp

_HERE = Path(__file__).resolve().parent


def folder(direction: str) -> Path:
    """The folder for one direction, such as ``torch_to_jax``."""
    return cache_dir() / "live" / direction


def digest(*parts: str) -> str:
    """A short digest of texts, of the tables and of the converter: whatever changes what is written."""
    found = hashlib.sha256(stamp().encode())
    for part in parts:
        found.update(b"\0" + part.encode("utf-8", "surrogatepass"))
    return found.hexdigest()[:16]


def write(path: Path, data: bytes) -> None:
    """Write a whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as handle:
        handle.write(data)
    os.replace(handle.name, path)


def state_of(files: list[Path]) -> str:
    """A digest of when files were last changed and how long they are."""
    parts = []
    for path in [*files, *sorted(_HERE.glob("*.py"))]:
        stat = path.stat()
        parts.append(f"{path}:{stat.st_mtime_ns}:{stat.st_size}")
    return digest(*parts)


@cache
def installed() -> str:
    """A digest of the installed packages and their versions: what a converted module of a library builds on."""
    found: set[str] = set()
    for place in sys.path:
        try:
            found.update(name for name in os.listdir(place or ".") if name.endswith((".dist-info", ".egg-info")))
        except OSError:
            continue
    return digest(*sorted(found))
