"""TOML files, also on Python 3.10, whose standard library has no reader of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        ValueError: The text is no TOML or no UTF-8; the message does not name the file.
        OSError: The file cannot be read.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(path.read_text(encoding="utf-8"))
