"""Where the project's files and the cache lie, and what tells that the files have changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .. import __version__

ROOT = Path(__file__).resolve().parent.parent
MAPPINGS = ROOT / "mappings"
FRAMEWORKS = ("torch", "tensorflow", "jax", "numpy")
DIALECTS = (*FRAMEWORKS, "ivy")
# Targets that are another framework but for their modules.
VARIANTS = {"haiku": "jax"}
TARGETS = (*DIALECTS, *VARIANTS)


@cache
def stamp() -> str:
    """A digest that changes with every table, template and source file of the converter.

    An installed copy has its installer's list of all files with their digests, which is read in their stead.
    """
    digest = hashlib.sha256()
    try:
        digest.update((ROOT.parent / f"ivy_s2s-{__version__}.dist-info" / "RECORD").read_bytes())
        return digest.hexdigest()
    except OSError:
        pass  # a working copy, or packed by something else than an installer of wheels
    for folder, suffix in (("mappings", ".toml"), ("templates", ".py"), ("s2s", ".py"), ("rules", ".py")):
        for line in sorted(_states(str(ROOT / folder), suffix)):
            digest.update(line.encode())
    return digest.hexdigest()


def _states(folder: str, suffix: str) -> Iterator[str]:
    """Path, time of the last change and size of every file below a folder."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _states(entry.path, suffix)
            elif entry.name.endswith(suffix):
                stat = entry.stat()
                yield f"{entry.path}:{stat.st_mtime_ns}:{stat.st_size};"


def cache_dir() -> Path:
    """Where compiled tables and converted files are cached (``IVY_S2S_CACHE`` overrides)."""
    base = os.environ.get("IVY_S2S_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path.home() / ".cache") / "ivy-s2s"
