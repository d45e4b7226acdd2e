"""``np.all(x)`` -> ``np.all(np.asarray(x))``: NumPy calls the array's method, and PyTorch's takes other arguments."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule

# The functions of NumPy that call the method of the same name of what they are given.
_BY_METHOD = frozenset(
    f"numpy.{name}"
    for name in "all amax amin any argmax argmin cumprod cumsum max mean min prod ptp round std sum var".split()
)


@rule(cst.Call)
def numpy_reduction(node: cst.Call, ctx) -> cst.Call | None:
    """Give NumPy's reductions in code of JAX an array of NumPy, where they may be given a tensor."""
    if ctx.source.name != "jax" or ctx.target.name != "torch" or ctx.name_of(node.func) not in _BY_METHOD:
        return None
    first = node.args[0] if node.args else None
    if first is None or first.star or first.keyword is not None or not isinstance(node.func, cst.Attribute):
        return None
    if ctx.kind(first.value).tag not in ("array", "unknown"):
        return None
    called = ctx.descend(node)
    ctx.count("exact")
    array = nodes.call(cst.Attribute(called.func.value, cst.Name("asarray")), called.args[0].value)
    return called.with_changes(args=[called.args[0].with_changes(value=array), *called.args[1:]])
