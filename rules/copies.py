"""``y = x.astype(float)`` that is changed later -> ``x.to(torch.float64, copy=True)``: NumPy always copies."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.infer import literal_int
from ..s2s.statements import view_root
from ..s2s.walk import explore
from .base import rule


@rule(cst.Assign)
def copied_assignment(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """A name that is given a copy, or a view that the target copies, where one of the two arrays is changed later."""
    settings = ctx.source.settings
    mutable = settings.get("mutable_arrays") and ctx.target.settings.get("mutable_arrays")
    if not mutable or "copies" not in settings or len(node.targets) != 1 or ctx.scope is None:
        return None
    target, value = node.targets[0].target, node.value
    if not isinstance(target, cst.Name) or ctx.target.name == ctx.source.name:
        return None
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and not ctx.name_of(value.func):
        if value.func.attr.value in settings["copies"]:
            return _copied(node, target.value, value, ctx)
    root = view_root(value, ctx.infer)
    if root and _copies_in_target(value, ctx):
        changed = changed_names(ctx.scope.body)
        if (target.value in changed and ctx.read_after(root)) or (
            root in changed and ctx.read_after(target.value)
        ):
            reason = f"it shares memory with '{root}' in NumPy, and is a copy in {ctx.target.name}"
            return [node.with_changes(value=ctx.refuse(value, ctx.array_api("__getitem__"), reason))]
    return None


@rule(cst.AugAssign)
def overlapping_operand(node: cst.AugAssign, ctx) -> None:
    """``x /= x[3, 3]`` -> ``x /= x[3, 3].clone()``: the element changes while the array is divided by it."""
    if ctx.source.name != "numpy" or not ctx.target.settings.get("mutable_arrays"):
        return
    value = node.value
    if not isinstance(value, cst.Subscript) or ctx.kind(value).tag not in ("array", "unknown"):
        return
    whole = node.target.value if isinstance(node.target, cst.Subscript) else node.target
    if whole.deep_equals(value.value) and id(value) not in ctx.substitutes:
        made = ctx.writer.of_op("clone", x=value)
        if made is not None:
            ctx.substitutes[id(value)] = made


@rule(cst.Assign)
def overlapping_part(node: cst.Assign, ctx) -> None:
    """``x[1:] = x[:-1]`` -> ``x[1:] = x[:-1].clone()``: NumPy copies what it moves within an array."""
    if ctx.source.name != "numpy" or not ctx.target.settings.get("mutable_arrays"):
        return
    value = node.value
    if not isinstance(value, cst.Subscript) or ctx.kind(value.value).tag != "array" or id(value) in ctx.substitutes:
        return
    if any(isinstance(t.target, cst.Subscript) and _overlaps(t.target, value) for t in node.targets):
        made = ctx.writer.of_op("clone", x=value)
        if made is not None:
            ctx.substitutes[id(value)] = made


def _overlaps(place: cst.Subscript, value: cst.Subscript) -> bool:
    """Whether two parts of an array may share elements without being the same."""
    if not place.value.deep_equals(value.value):
        return False
    moved = False
    for ours, theirs in zip(place.slice, value.slice):
        same = ours.slice.deep_equals(theirs.slice)
        if not same and isinstance(ours.slice, cst.Index) and isinstance(theirs.slice, cst.Index):
            return False
        moved = moved or not same
    return moved or len(place.slice) != len(value.slice)


def _copied(node: cst.Assign, name: str, value: cst.Call, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    root = value.func.value
    while isinstance(root, (cst.Subscript, cst.Attribute)):
        root = root.value
    changed = changed_names(ctx.scope.body)
    if name not in changed and not (isinstance(root, cst.Name) and root.value in changed):
        return None
    new = ctx.visit(value)
    if isinstance(new, cst.Call) and isinstance(new.func, cst.Attribute) and new.func.attr.value == "to":
        made: cst.BaseExpression = new.with_changes(
            args=nodes.spaced([*new.args, nodes.keyword("copy", cst.Name("True"))])
        )
    else:
        made = cst.Call(cst.Attribute(nodes.parenthesized(new), cst.Name(ctx.target.settings["copy_method"])))
    return [node.with_changes(value=made)]


def _copies_in_target(value: cst.BaseExpression, ctx) -> bool:
    """Whether a view of the source is a copy in the target: reversed slices and flips."""
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        return value.func.attr.value in ctx.source.settings.get("copying_views", ())
    if isinstance(value, cst.Subscript):
        steps = [
            e.slice.step for e in value.slice if isinstance(e.slice, cst.Slice) and e.slice.step is not None
        ]
        return any((literal_int(step) or 0) < 0 for step in steps) or _copies_in_target(value.value, ctx)
    return False


class _Changed(cst.CSTVisitor):
    """The names whose arrays a body changes in place."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._note(node.target)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        parts = [e.value for e in node.target.elements] if isinstance(node.target, cst.Tuple) else [node.target]
        for part in parts:
            if isinstance(part, cst.Subscript):
                self._note(part)

    def visit_Arg(self, node: cst.Arg) -> None:
        if node.keyword is not None and node.keyword.value == "out":
            self._note(node.value)

    def visit_Call(self, node: cst.Call) -> None:
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in (
            "fill",
            "sort",
            "put",
            "partition",
        ):
            self._note(node.func.value)
        elif isinstance(node.func, cst.Attribute) and node.func.attr.value in (
            "at",
            "fill_diagonal",
            "copyto",
            "put",
        ):
            self._note(node.args[0].value if node.args else node.func)

    def _note(self, node: cst.BaseExpression) -> None:
        while isinstance(node, (cst.Subscript, cst.Attribute)):
            if is_own(node):
                self.attributes.add(node.attr.value)
            node = node.value
        if isinstance(node, cst.Name):
            self.found.add(node.value)


def is_own(node: cst.CSTNode) -> bool:
    """Whether an expression is an attribute of ``self``."""
    return isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self"


def changed_attributes(body: cst.CSTNode) -> set[str]:
    """The attributes of ``self`` whose arrays a body changes in place."""
    visitor = _Changed()
    explore(body, visitor)
    return visitor.attributes


def changed_names(body: cst.CSTNode | None) -> set[str]:
    """The names whose arrays a body changes in place, through items, operators, methods and ``out``."""
    visitor = _Changed()
    if body is not None:
        explore(body, visitor)
    return visitor.found
