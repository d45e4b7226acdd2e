"""``ids * weights`` -> ``tf.cast(ids, tf.float32) * weights`` where the target does not promote dtypes."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import Kind
from .base import rule

_KERAS: dict[type, str] = {
    cst.Add: "add", cst.Subtract: "subtract", cst.Multiply: "multiply", cst.Divide: "divide",
    cst.FloorDivide: "floor_divide", cst.Modulo: "mod", cst.Power: "power",
}  # fmt: skip
_COMPARED: dict[type, str] = {
    cst.Equal: "equal", cst.NotEqual: "not_equal", cst.LessThan: "less", cst.LessThanEqual: "less_equal",
    cst.GreaterThan: "greater", cst.GreaterThanEqual: "greater_equal",
}  # fmt: skip
_NOT_FLOAT = {"bool", "mask", "uint8", "int8", "int16", "int32", "int64"}
_ASSIGNING = (cst.AddAssign, cst.SubtractAssign, cst.MultiplyAssign, cst.DivideAssign)


@rule(cst.BinaryOperation)
def mixed_operands(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """Arithmetic on two arrays whose dtypes are known and differ, or of which one is a mask."""
    if not ctx.target.settings.get("strict_dtypes") or type(node.operator) not in _KERAS:
        return None
    left, right = ctx.kind(node.left), ctx.kind(node.right)
    if _rotated(node.left, right) or _rotated(node.right, left):
        return ctx.refuse(node, "1j", "real arrays are not promoted to complex ones", "build them from both parts")
    if _unknown_product(node, left, right, ctx):
        new = ctx.descend(node)
        return nodes.call(ctx.native("keras.ops.multiply"), _bare(new.left), _bare(new.right))
    if left.tag != "array" or right.tag != "array" or left.name == right.name:
        return None
    wanted = ctx.infer.operated(left, right).name
    if not wanted:
        return _promoted(node, left, right, ctx)
    new = ctx.descend(node)
    dtype = ctx.native(ctx.target.constants[wanted]) if wanted in ctx.target.constants else None
    if dtype is None:
        return new
    if left.name != wanted:
        new = new.with_changes(left=_cast(new.left, dtype, ctx))
    if right.name != wanted:
        new = new.with_changes(right=_cast(new.right, dtype, ctx))
    return new


def _rotated(number: cst.BaseExpression, other: Kind) -> bool:
    """``1j * x`` of an array that is not known to be complex."""
    return isinstance(number, cst.Imaginary) and other.tag in ("array", "unknown") and "complex" not in other.name


def _unknown_product(node: cst.BinaryOperation, left: Kind, right: Kind, ctx) -> bool:
    """A product with an argument of unknown dtype: TensorFlow's ``*`` of a float and a mask is a mask, in silence."""
    if not isinstance(node.operator, cst.Multiply) or ctx.scope is None or ctx.scope.info is None:
        return False
    if {left.tag, right.tag} - {"array", "unknown"} or "array" not in (left.tag, right.tag) or left.name or right.name:
        return False
    first = [p.name for p in ctx.scope.info.params if p.name != "self"][:1] if ctx.scope.is_forward else []
    arguments = ctx.scope.params - ctx.scope.assigned - set(first)
    if any(_is_cast(side) for side in (node.left, node.right)):
        return False
    sides = [side.value for side in (node.left, node.right) if isinstance(side, cst.Name)]
    return any(name in arguments for name in sides) and sides != sides[:1] * 2


def _is_cast(node: cst.BaseExpression) -> bool:
    """Whether an operand was given its dtype on purpose."""
    func = node.func if isinstance(node, cst.Call) else None
    return isinstance(func, cst.Attribute) and func.attr.value in ("to", "type_as", "float", "double", "half")


def _promoted(node: cst.BinaryOperation, left: Kind, right: Kind, ctx) -> cst.BaseExpression | None:
    """One dtype is known and is no float: a mask takes the dtype of a name; Keras promotes everything else."""
    if not ({left.name, right.name} & _NOT_FLOAT):
        return None
    new = ctx.descend(node)
    side, other = ("left", "right") if left.name == "bool" else ("right", "left")
    value = getattr(new, other)
    if "bool" in (left.name, right.name) and nodes.is_simple(value) and not isinstance(node.operator, cst.Divide):
        dtype = cst.Attribute(value, cst.Name("dtype"))
        return new.with_changes(**{side: _cast(getattr(new, side), dtype, ctx)})
    function = ctx.native(f"keras.ops.{_KERAS[type(node.operator)]}")
    return nodes.call(function, _bare(new.left), _bare(new.right))


@rule(cst.Comparison)
def mixed_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``ids == values`` on arrays of which one is known to be no float and the other's dtype is another or unknown."""
    if not ctx.target.settings.get("strict_dtypes") or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    left, right = ctx.kind(node.left), ctx.kind(other.comparator)
    if left.tag != "array" or right.tag != "array" or left.name == right.name:
        return None
    if type(other.operator) not in _COMPARED or not ({left.name, right.name} & _NOT_FLOAT):
        return None
    function = ctx.native(f"keras.ops.{_COMPARED[type(other.operator)]}")
    return nodes.call(function, _bare(ctx.visit(node.left)), _bare(ctx.visit(other.comparator)))


def _bare(value: cst.BaseExpression) -> cst.BaseExpression:
    """An operand without the parentheses that only an operator needs."""
    if value.lpar and not isinstance(value, (cst.NamedExpr, cst.GeneratorExp)):
        return value.with_changes(lpar=value.lpar[1:], rpar=value.rpar[1:])
    return value


def _cast(value: cst.BaseExpression, dtype: cst.BaseExpression, ctx) -> cst.BaseExpression:
    return nodes.call(ctx.native("tensorflow.cast"), _bare(value), dtype)


@rule(cst.AugAssign)
def mixed_assignment(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x *= mask`` on an array that is not a mask."""
    if not ctx.target.settings.get("strict_dtypes") or not isinstance(node.operator, _ASSIGNING):
        return None
    target, value = ctx.kind(node.target), ctx.kind(node.value)
    if not isinstance(node.target, cst.Name) or target.tag != "array" or value.tag != "array":
        return None
    if value.name not in ("bool", "mask") or target.name in ("bool", "mask"):
        return None
    cast = _cast(ctx.visit(node.value), cst.Attribute(node.target, cst.Name("dtype")), ctx)
    return [node.with_changes(value=cast)]
