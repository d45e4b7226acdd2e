"""Names that NumPy's code gives what an array has at one index: an element, which is a value, or a row of it."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes


def may_be_element(name: cst.BaseExpression, ctx) -> bool:
    """Whether a name is what NumPy's arrays have at one index, of which nothing shows that it has axes."""
    if ctx.source.name != "numpy" or not isinstance(name, cst.Name) or ctx.scope is None:
        return False
    uses = _Uses(name.value)
    ctx.scope.body.visit(uses)
    values = [value for value in uses.values if isinstance(value, cst.Subscript)]
    values = [value for value in values if ctx.kind(value.value).tag not in ("dict", "list", "tuple")]
    picked = [value for value in values if not any(isinstance(part.slice, cst.Slice) for part in value.slice)]
    if not picked or uses.has_axes:
        return False
    roots = {nodes.code(value.value): max(len(v.slice) for v in picked) for value in picked}
    return not any(root in roots and count > roots[root] for root, count in uses.indexed)


class _Uses(cst.CSTVisitor):
    """What a name is given, whether it is used as an array with axes, and with how many indices names are read."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.values: list[cst.BaseExpression] = []
        self.has_axes = False
        self.indexed: list[tuple[str, int]] = []

    def visit_Assign(self, node: cst.Assign) -> None:
        if any(isinstance(t.target, cst.Name) and t.target.value == self.name for t in node.targets):
            self.values.append(node.value)

    def visit_Subscript(self, node: cst.Subscript) -> None:
        self.indexed.append((nodes.code(node.value), len(node.slice)))
        self.has_axes = self.has_axes or isinstance(node.value, cst.Name) and node.value.value == self.name

    def visit_Attribute(self, node: cst.Attribute) -> None:
        if isinstance(node.value, cst.Name) and node.value.value == self.name:
            self.has_axes = self.has_axes or node.attr.value in ("shape", "T", "ndim", "size")
