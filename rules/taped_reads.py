"""``np.squeeze(p)`` in a block that JAX differentiates -> ``np.squeeze(np.asarray(lax.stop_gradient(p)))``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import paths_read, read_names
from .base import rule
from .gradient_flow import all_below, leaves, set_by


@rule(cst.Call)
def taped_host_read(node: cst.Call, ctx) -> None:
    """Functions of NumPy, and ``numpy()``, of what a tape records: they take no value that is differentiated."""
    if not ctx.recorded_names:
        return
    func = node.func
    given = [arg.value for arg in node.args] if ctx.name_of(func).startswith("numpy.") else []
    if isinstance(func, cst.Attribute) and func.attr.value == "numpy" and not node.args:
        given = [func.value]
    for value in given:
        if read_names(value) & ctx.recorded_names and id(value) not in ctx.substitutes:
            cut = nodes.call(ctx.native("jax.lax.stop_gradient"), ctx.visit(value))
            ctx.substitutes[id(cut)] = cut
            read = None if _is_taken_over(node, ctx) else ctx.writer.of_op("to_numpy", x=cut)
            ctx.substitutes[id(value)] = read or cut


def _is_taken_over(node: cst.Call, ctx) -> bool:
    """Whether a call itself makes an array of NumPy."""
    name = ctx.name_of(node.func)
    return name in ("numpy.asarray", "numpy.array") or not name.startswith("numpy.")


def recorded_names(inside: Sequence[cst.BaseStatement], sources: Collection[str], ctx) -> frozenset[str]:
    """The names of a block that hold what is computed of some paths."""
    flows = [*_flows(inside, ctx)]
    found: set[str] = set()
    for _ in flows:
        grown = {name for read, own in flows if read & found or read & {*sources} for name in own}
        if grown <= found:
            break
        found |= grown
    return frozenset(found)


def _flows(inside: Sequence[cst.BaseStatement], ctx) -> Iterator[tuple[set[str], set[str]]]:
    """What each statement reads, but for what it gives to NumPy, and the names that it sets."""
    for line in all_below(inside):
        if isinstance(line, cst.For):
            yield {path for path, _ in paths_read(line.iter)}, {*read_names(line.target)}
    for line in leaves(inside):
        finder = _HostCalls(ctx)
        line.visit(finder)
        cut = {id(each) for call in finder.found for _, each in paths_read(call)}
        yield {path for path, each in paths_read(line) if id(each) not in cut}, set_by(line)


class _HostCalls(cst.CSTVisitor):
    """Calls of NumPy's functions, and of ``numpy()``."""

    def __init__(self, ctx) -> None:
        super().__init__()
        self.ctx = ctx
        self.found: list[cst.Call] = []

    def visit_Call(self, node: cst.Call) -> bool:
        method = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
        if method != "numpy" and not self.ctx.name_of(node.func).startswith("numpy."):
            return True
        self.found.append(node)
        return False
