"""Which reads carry no gradients: ``state.detach()``, ``[s.data for s in state]``, ``repackage(state)``, ``len(x)``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import libcst as cst

from ..s2s.dataflow import bound_names, paths_read
from .loss_region import Region

_CUTTING = ("detach", "item", "tolist")
# Functions that make arrays anew of values alone.
_ANEW = ("from_numpy", "tensor")
# Functions whose results are numbers and texts of Python's.
_OF_PYTHON = frozenset("bool float int isinstance len range repr round str type".split())


def cut_names(statements: Iterable[cst.CSTNode], ctx) -> frozenset[int]:
    """The names (as nodes) that are read for their values alone."""
    return _cut(statements, _cutting_functions(ctx.top))


def _cut(statements: Iterable[cst.CSTNode], functions: frozenset[str]) -> frozenset[int]:
    finder = _Cut(functions)
    for node in statements:
        node.visit(finder)
    return frozenset(finder.found)


class _Cut(cst.CSTVisitor):
    def __init__(self, functions: frozenset[str]) -> None:
        super().__init__()
        self.functions = functions
        self.found: set[int] = set()

    def visit_Call(self, node: cst.Call) -> None:
        func = node.func
        if isinstance(func, cst.Attribute) and func.attr.value in _CUTTING:
            self._add(func.value)
        elif isinstance(func, cst.Attribute) and func.attr.value in _ANEW:
            for arg in node.args:
                self._add(arg.value)
        elif isinstance(func, cst.Name) and (func.value in self.functions or func.value in _OF_PYTHON):
            for arg in node.args:
                self._add(arg.value)

    def leave_ListComp(self, original_node: cst.ListComp) -> None:
        self._comprehension(original_node)

    def leave_GeneratorExp(self, original_node: cst.GeneratorExp) -> None:
        self._comprehension(original_node)

    def _comprehension(self, node: cst.ListComp | cst.GeneratorExp) -> None:
        target = node.for_in.target
        if isinstance(target, cst.Name):
            if isinstance(node.elt, cst.Attribute) and node.elt.attr.value == "data":
                self._add(node.elt)
            reads = [id(each) for path, each in paths_read(node.elt) if path == target.value]
            if reads and self.found.issuperset(reads):
                self._add(node.for_in.iter)

    def _add(self, node: cst.CSTNode) -> None:
        self.found.update(id(each) for _, each in paths_read(node))


def _cutting_functions(top: Sequence[cst.CSTNode]) -> frozenset[str]:
    """The functions of a file that give back what they are given without gradients."""
    return frozenset(node.name.value for node in top if isinstance(node, cst.FunctionDef) and _is_cutting(node))


@lru_cache(maxsize=1024)
def _is_cutting(node: cst.FunctionDef) -> bool:
    """Whether all that a function returns of its one argument is cut, or given to itself."""
    params = node.params.params
    finder = _Returned()
    node.body.visit(finder)
    if len(params) != 1 or not finder.found or finder.binds:
        return False
    cut = _cut(finder.found, frozenset([node.name.value]))
    reads = [id(each) for value in finder.found for path, each in paths_read(value) if path == params[0].name.value]
    return bool(reads) and cut.issuperset(reads)


class _Returned(cst.CSTVisitor):
    """What a function returns, and whether it binds names on the way."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.BaseExpression] = []
        self.binds = False

    def visit_Return(self, node: cst.Return) -> None:
        if node.value is not None:
            self.found.append(node.value)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self.binds = True

    def visit_For(self, node: cst.For) -> None:
        self.binds = True


def inputs_of(region: Region, is_constant) -> list[tuple[cst.CSTNode, bool]]:
    """The statements that a loss is computed by, in order, and whether what they read counts.

    Those before the loss function are among them, as what they read may have gradients; constants only bind names.
    """
    inside = [*region.inside, *(cst.Expr(loss) for loss in region.losses)]
    wanted = {path for node in inside for path, _ in paths_read(node)}
    found: list[tuple[cst.CSTNode, bool]] = []
    for node in reversed(region.before):
        names = {*bound_names(node)}
        if names & wanted:
            constant = is_constant(node)
            found.append((node, not constant))
            if not constant:
                wanted |= {path for path, _ in paths_read(node)}
    return [*reversed(found), *((node, True) for node in inside)]
