"""Which names of a function may depend on its inputs in ways that gradients flow through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, changed_names, inner_bodies, paths_read, read_names
from .loss_region import is_constant_block

_CUTTING = frozenset("detach item numpy tolist size dim numel".split())  # methods whose results have no gradient
_WITHOUT = frozenset("data shape grad dtype device requires_grad ndim".split())


def reached_names(inputs: Collection[str], body: Sequence[cst.CSTNode], known: Collection[int], ctx) -> set[str]:
    """The names that may depend on inputs by statements of a function other than some that are known by ``id``."""
    constant = {id(line) for block in _all_below(body) if is_constant_block(block, ctx) for line in leaves([block])}
    statements = [line for line in leaves(body) if id(line) not in known and id(line) not in constant]
    flows = [(flowing_names(line, ctx), set_by(line)) for line in statements]
    reached = {*inputs}
    for _ in flows:
        grown = {name for read, own in flows if read & reached for name in own}
        if grown <= reached:
            break
        reached |= grown
    return reached


def flowing_names(node: cst.CSTNode, ctx) -> frozenset[str]:
    """The names that a statement reads, without those of which it keeps no gradient: ``x.detach()``, ``x.shape``."""
    finder = _Cut(ctx)
    node.visit(finder)
    cut = {id(each) for part in finder.found for _, each in paths_read(part)}
    return frozenset(path for path, each in paths_read(node) if "." not in path and id(each) not in cut)


class _Cut(cst.CSTVisitor):
    """Collects the expressions whose values have no gradient."""

    def __init__(self, ctx) -> None:
        super().__init__()
        self.ctx = ctx
        self.found: list[cst.CSTNode] = []

    def visit_Call(self, node: cst.Call) -> bool:
        method = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
        entry = self.ctx.source.find(self.ctx.name_of(node.func))
        constant = entry is not None and entry.op == "gradient_of_inputs" and not creates_graph(node)
        if constant or method in _CUTTING:
            self.found.append(node)
            return False
        return True

    def visit_Attribute(self, node: cst.Attribute) -> bool:
        if node.attr.value in _WITHOUT:
            self.found.append(node)
            return False
        return True


def creates_graph(call: cst.Call) -> bool:
    """Whether a call of ``torch.autograd.grad`` may give what can be differentiated again."""
    given = [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == "create_graph"]
    given += [arg.value for arg in call.args[4:5] if arg.keyword is None]
    return any(nodes.code(value) != "False" for value in given) or any(arg.star for arg in call.args)


def free_names(body: Sequence[cst.CSTNode], bound: Collection[str] = ()) -> tuple[set[str], set[str]]:
    """The names that statements may read before they bind them, and those that they bind in any case."""
    free: set[str] = set()
    certain = {*bound}
    for line in body:
        inner = list(inner_bodies(line))
        if not inner:
            free |= read_names(line) - certain
            certain |= {*bound_names(line)}
            continue
        within = {id(each) for block in inner for statement in block for _, each in paths_read(statement)}
        header = {path for path, each in paths_read(line) if "." not in path and id(each) not in within}
        free |= header - certain
        parts = [free_names(block, certain | _targets(line)) for block in inner]
        free |= {name for part, _ in parts for name in part}
        if isinstance(line, cst.With):
            certain |= parts[0][1]
        elif isinstance(line, cst.If) and _has_else(line):
            certain |= set.intersection(*(own for _, own in parts))
    return free, certain


def _targets(line: cst.CSTNode) -> set[str]:
    return (
        {*bound_names(cst.Assign([cst.AssignTarget(line.target)], line.iter))} if isinstance(line, cst.For) else set()
    )


def _has_else(line: cst.If) -> bool:
    """Whether one branch of ``if``, ``elif`` and ``else`` runs in any case."""
    while isinstance(line.orelse, cst.If):
        line = line.orelse
    return line.orelse is not None


def set_by(line: cst.CSTNode) -> set[str]:
    """The names that a statement binds or changes, but for ``self``."""
    return {*bound_names(line)} | changed_names(line) - {"self"}


def leaves(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """The statements of a function without those of functions inside of it; of blocks their own statements."""
    for line in body:
        if isinstance(line, (cst.FunctionDef, cst.ClassDef)):
            continue
        inner = list(inner_bodies(line))
        for each in inner:
            yield from leaves(each)
        if not inner:
            yield line


def statements_before(block: Sequence[cst.CSTNode], body: Sequence[cst.CSTNode]) -> list[cst.BaseStatement]:
    """The statements of a function that stand before one of its blocks, of each block around this one."""
    return [line for line, _ in _placed_before(block, body)]


def containers(block: Sequence[cst.CSTNode], body: Sequence[cst.CSTNode]) -> list[cst.BaseStatement]:
    """For each statement before a block the one of the same block that the block is in."""
    return [around for _, around in _placed_before(block, body)]


def _placed_before(
    block: Sequence[cst.CSTNode], body: Sequence[cst.CSTNode]
) -> list[tuple[cst.BaseStatement, cst.BaseStatement]]:
    for place, line in enumerate(body):
        if block and line is block[0]:
            return []
        for inner in inner_bodies(line):
            if block and any(each is block[0] for each in _all_below(inner)):
                return [*((each, line) for each in body[:place]), *_placed_before(block, inner)]
    return []


def _all_below(body: Sequence[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    for line in body:
        yield line
        for inner in inner_bodies(line):
            yield from _all_below(inner)
