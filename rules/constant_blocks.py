"""``with torch.no_grad(): k = f(x)`` in a module -> ``k = f(x)`` and ``k = lax.stop_gradient(k)``."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names
from .base import rule
from .loss_region import is_constant_block

_STOPS = {"jax": "jax.lax.stop_gradient", "tensorflow": "tensorflow.stop_gradient"}
# What has no gradient in any case.
_PLAIN = frozenset(("int", "float", "bool", "str", "none", "dtype", "device", "shape", "ndarray", "function"))


@rule(cst.With)
def constant_block(node: cst.With, ctx) -> list[cst.BaseStatement] | None:
    """The statements of such a block, and what cuts the arrays that are read after it."""
    stop = _STOPS.get(ctx.target.language if ctx.target.language == "jax" else ctx.target.name, "")
    if ctx.source.name != "torch" or not stop or ctx.scope is None or not is_constant_block(node, ctx):
        return None
    if not ctx.scope.cls or not ctx.threading.is_module(ctx.scope.cls) or ctx.open_tapes:
        return None
    names = dict.fromkeys(bound_names(node))
    before = ctx.kinds_ahead(node.body.body)
    kinds = {name: ctx.kind(cst.Name(name)) for name in names}
    ctx.restore_kinds(before)
    if not names or not isinstance(node.body, cst.IndentedBlock) or not ctx.scope.is_forward:
        return None
    arrays = [name for name, kind in kinds.items() if kind.tag == "array"]
    if not arrays or any(kind.tag not in _PLAIN and name not in arrays for name, kind in kinds.items()):
        return None
    body = ctx.block(node.body.body)
    later = [name for name in arrays if ctx.read_after(name)]
    ctx.count("exact")
    made = [_cut(name, stop, ctx) for name in later]
    first, *rest = [*body, *made] or [cst.SimpleStatementLine([cst.Pass()])]
    return [first.with_changes(leading_lines=[*node.leading_lines, *first.leading_lines]), *rest]


def _cut(name: str, stop: str, ctx) -> cst.BaseStatement:
    """``k = lax.stop_gradient(k)``."""
    value = nodes.call(ctx.native(stop), cst.Name(name))
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)])
