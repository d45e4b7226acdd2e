"""Which helper has the source's derivative where it jumps: at zeros, at bounds, where values are equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libcst as cst

from .kinds import HOST, NUMBERS, Kind
from .table_model import Entry, Form, HubOp, Table


def kink_helper(op: HubOp, source: str, table: Table, form: Form | None = None, read: Entry | None = None) -> str:
    """The helper to write; '' where what is written usually has the source's derivative, or none is known."""
    wanted = (read.kink if read is not None else "") or op.kinks.get(source, "")
    own = (form.kink if form is not None else "") or op.kinks.get(table.language, "")
    return wanted if own and wanted != own and wanted in table.templates else ""


def kink_note(op: HubOp, table: Table) -> str:
    """What is said of a call that is written as the target has it."""
    return f"the derivative of {op.name} where it jumps is {table.name}'s"


def may_have_gradients(
    op: HubOp, args: Mapping[str, cst.BaseExpression], kind: Callable[[cst.CSTNode], Kind]
) -> bool:
    """Whether some operand of a call may be an array of floats."""
    operands = [args[p.name] for p in op.params if p.default is None and p.name in args]
    return bool(op.kinks) and any(is_differentiable(kind(node)) for node in operands)


def is_differentiable(kind: Kind) -> bool:
    """Whether a value may be an array that has a gradient: no number, no integers, no truth values."""
    whole = kind.name.startswith(("int", "uint", "bool", "mask")) or kind == HOST
    return kind.tag not in NUMBERS and not (kind.tag == "array" and whole)
