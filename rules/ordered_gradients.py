"""``zip(params.values(), grads.values())``: dictionaries of gradients have the order of their keys in the targets."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.nodes import code
from ..s2s.walk import below
from .base import rule

_TRANSFORMS = tuple(f"torch.func.{name}" for name in ("grad", "grad_and_value", "jacfwd", "jacrev", "vjp", "vmap"))


@rule(cst.Call)
def paired_by_order(node: cst.Call, ctx) -> None:
    """Tell that values of two dictionaries are paired by a place that differs, where gradients are dictionaries."""
    if ctx.source.name != "torch" or ctx.target.name not in ("jax", "tensorflow") or code(node.func) != "zip":
        return
    given = [arg.value for arg in node.args if nodes.calls_method(arg.value, "values", "items")]
    names = {code(value.func.value) for value in given}  # type: ignore[attr-defined]
    if len(names) < 2 or not any(
        isinstance(call, cst.Call) and ctx.name_of(call.func) in _TRANSFORMS for call in below(ctx.whole)
    ):
        return
    message = "gradients of a dictionary come in the order of its keys here, in PyTorch in that of the dictionary"
    ctx.note(node, "S2S203", "torch.func.grad", message, "pair the values by their names in the source")
