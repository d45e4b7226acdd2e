"""The ``step`` of a class that derives from ``torch.optim.Optimizer`` is refused: it works on stored gradients."""

from __future__ import annotations

import libcst as cst

from ..s2s.kinds import instance
from .base import rule

_REASON = "the update rule reads gradients from parameters and changes both in place"


@rule(cst.FunctionDef)
def custom_step(node: cst.FunctionDef, ctx) -> cst.FunctionDef | None:
    """``def step(self, closure=None)`` of an optimizer of the project."""
    if node.name.value != "step" or not ctx.in_class_body or ctx.target.name == ctx.source.name:
        return None
    if not ctx.infer.is_object(instance(ctx.class_name), "optimizers"):
        return None
    ctx.count("refused")
    hint = "write it as the methods new_state and new_value of the generated Optimizer class"
    ctx.note(node.name, "S2S100", "torch.optim.Optimizer.step", _REASON, hint, grade="refused")
    message = cst.SimpleString(repr(f"{ctx.class_name}.step: {_REASON}: {hint}"))
    raised = cst.Raise(cst.Call(cst.Name("NotImplementedError"), [cst.Arg(message)]))
    todo = cst.EmptyLine(comment=cst.Comment(f"# TODO(ivy-s2s): {_REASON}"))
    line = cst.SimpleStatementLine([raised], leading_lines=[todo])
    return node.with_changes(body=cst.IndentedBlock([line]), decorators=[])
