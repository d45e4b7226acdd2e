"""Values of unknown kind that the code around uses as modules: it calls them, or methods that only modules have."""

from __future__ import annotations

import libcst as cst

from ..s2s.dataflow import dotted_path
from .loss_region import module_paths


def is_evident_module(node: cst.BaseExpression, ctx) -> bool:
    """Whether a path of unknown kind holds a module, as the function at hand, or for ``self.net`` the file, uses it."""
    path = dotted_path(node)
    if not path or ctx.kind(node).tag != "unknown":
        return False
    whole = ctx.whole if path.startswith("self.") else ctx.enclosing
    uses = _Uses()
    whole.visit(uses)
    evident = module_paths(whole) | uses.called
    return path in evident or any(path in pair and evident & pair for pair in uses.copied)


class _Uses(cst.CSTVisitor):
    """The paths that are called, and the pairs of which one takes the state of the other."""

    def __init__(self) -> None:
        super().__init__()
        self.called: set[str] = set()
        self.copied: list[frozenset[str]] = []

    def visit_Call(self, node: cst.Call) -> None:
        self.called.add(dotted_path(node.func))
        state = node.args[0].value if node.args else None
        if _method(node) == "load_state_dict" and isinstance(state, cst.Call) and _method(state) == "state_dict":
            self.copied.append(frozenset((dotted_path(node.func.value), dotted_path(state.func.value))) - {""})


def _method(node: cst.Call) -> str:
    return node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
