"""Which values may have leading axes of length 1: those of ``x[None]``, ``x.unsqueeze(0)``, ``x.view(1, -1)``."""

from __future__ import annotations

import libcst as cst

from .reading import names_read
from .statements import target_names
from .walk import explore

_SHAPING = frozenset(("reshape", "view", "expand", "repeat", "zeros", "ones", "full", "empty", "randn", "rand"))
_LISTING = frozenset(("tensor", "array", "asarray", "as_tensor", "Tensor", "FloatTensor", "LongTensor", "stack"))


def unit_names(body: cst.CSTNode) -> frozenset[str]:
    """The names of a body whose arrays may have a leading axis of length 1 because of how they are made."""
    visitor = _Made()
    explore(body, visitor)
    found: set[str] = set()
    while True:
        more = {name for name, value in visitor.values if name not in found and may_lead(value, found)}
        if not more:
            return frozenset(found)
        found |= more


def may_lead(value: cst.CSTNode, names: frozenset[str] | set[str]) -> bool:
    """Whether an expression adds a leading axis of length 1, or reads a name whose array may have one."""
    visitor = _Added()
    explore(value, visitor)
    return visitor.found or bool(names & names_read(value))


class _Made(cst.CSTVisitor):
    """What each name is given."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[str, cst.BaseExpression]] = []

    def visit_Assign(self, node: cst.Assign) -> None:  # noqa: N802
        self.values += [(name, node.value) for target in node.targets for name in target_names(target.target)]

    def visit_AugAssign(self, node: cst.AugAssign) -> None:  # noqa: N802
        self.values += [(name, node.value) for name in target_names(node.target)]


class _Added(cst.CSTVisitor):
    """Looks for an axis of length 1 that is written at the front."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def visit_Subscript(self, node: cst.Subscript) -> None:  # noqa: N802
        first = node.slice[0].slice
        if isinstance(first, cst.Index):
            self.found = self.found or isinstance(first.value, cst.Name) and first.value.value == "None"
        elif isinstance(first, cst.Slice):
            starts = first.lower is None or _is_number(first.lower, 0)
            self.found = self.found or starts and _is_number(first.upper, 1)

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
        name = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
        plain = [arg.value for arg in node.args if arg.keyword is None or arg.keyword.value in ("dim", "axis")]
        kept = any(arg.keyword is not None and arg.keyword.value in ("keepdim", "keepdims") for arg in node.args)
        if name == "unsqueeze":
            self.found = self.found or bool(plain) and _is_number(plain[-1], 0)
        elif name in _LISTING:
            first = plain[0] if plain else None
            self.found = self.found or isinstance(first, cst.List) and len(first.elements) == 1
        elif name in _SHAPING:
            starts = [_first(value) for value in plain]
            self.found = self.found or any(_is_number(value, 1) for value in starts[:2])
        self.found = self.found or kept and any(_is_number(value, 0) for value in plain)


def _first(node: cst.BaseExpression) -> cst.BaseExpression:
    """The first element of a written sequence; other expressions as they are."""
    if not isinstance(node, (cst.Tuple, cst.List)) or not node.elements:
        return node
    return node.elements[0].value


def _is_number(node: cst.CSTNode | None, value: int) -> bool:
    return isinstance(node, cst.Integer) and node.value == str(value)
