"""The full names of what a module imported, in its syntax tree."""

from __future__ import annotations

import ast

from .project import ModuleInfo


def imported_name(node: ast.expr, info: ModuleInfo) -> str:
    """The name of something imported that an expression stands for, '' for anything else."""
    if isinstance(node, ast.Attribute):
        owner = imported_name(node.value, info)
        return f"{owner}.{node.attr}" if owner else ""
    kind = info.names.get(node.id) if isinstance(node, ast.Name) else None
    imported = kind is not None and kind.tag == "ref" and not kind.name.startswith(f"{info.name}.")
    return kind.name if kind is not None and imported else ""
