"""Dotted names of modules."""

from __future__ import annotations


def absolute(module: str, level: int, package: str) -> str:
    """The absolute name of a relative import from inside ``package``."""
    if not level:
        return module
    parts = package.split(".") if package else []
    parts = parts[: len(parts) - (level - 1)]
    return ".".join([*parts, module] if module else parts)
