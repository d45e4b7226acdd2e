"""``mask ^ 1`` -> ``keras.ops.bitwise_xor(mask, 1)``: operators of TensorFlow combine no masks with numbers."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import BOOL_ARRAY, Kind
from .base import rule

_FUNCTIONS: dict[type, str] = {
    cst.Add: "add", cst.Subtract: "subtract", cst.Multiply: "multiply", cst.Divide: "divide", cst.Power: "power",
    cst.FloorDivide: "floor_divide", cst.Modulo: "mod",
    cst.BitAnd: "bitwise_and", cst.BitOr: "bitwise_or", cst.BitXor: "bitwise_xor",
}  # fmt: skip
_BITWISE = (cst.BitAnd, cst.BitOr, cst.BitXor)


@rule(cst.BinaryOperation)
def mask_number(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """An operator between a mask and numbers, in a source that takes masks for numbers."""
    settings = ctx.source.settings
    takes_masks = settings.get("promotes") or settings.get("wide_floats")
    if not ctx.target.settings.get("strict_dtypes") or not takes_masks or type(node.operator) not in _FUNCTIONS:
        return None
    left, right = ctx.kind(node.left), ctx.kind(node.right)
    other = right if left == BOOL_ARRAY else left
    if BOOL_ARRAY not in (left, right) or not _is_number(other, isinstance(node.operator, _BITWISE)):
        return None
    name, new = _FUNCTIONS[type(node.operator)], ctx.descend(node)
    module = ctx.target.settings["promoting_module"] if settings.get("wide_floats") else "keras.ops"
    name = "true_divide" if settings.get("wide_floats") and name == "divide" else name
    return nodes.call(ctx.native(f"{module}.{name}"), new.left, new.right)


def _is_number(kind: Kind, bitwise: bool) -> bool:
    """Whether the other operand is a number; with bits, integers in an array are meant too."""
    if kind.tag == "array":
        return bitwise and kind.name.startswith(("int", "uint"))
    return kind.tag == "int" or kind.tag == "float" and not bitwise
