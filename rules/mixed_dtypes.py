"""``ids * weights`` -> ``tf.cast(ids, tf.float32) * weights`` where the target does not promote dtypes."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names
from ..s2s.infer import is_imaginary
from ..s2s.kinds import ARRAY, BOOL_ARRAY, MIXED, TRUTH, Kind, has_floats, is_integral, may_be_whole
from ..s2s.lift import Bound, bind
from .base import rule
from .gradient_flow import reached_names
from .mask_arithmetic import may_be_mask

_KERAS: dict[type, str] = {
    cst.Add: "add", cst.Subtract: "subtract", cst.Multiply: "multiply", cst.Divide: "divide",
    cst.FloorDivide: "floor_divide", cst.Modulo: "mod", cst.Power: "power",
}  # fmt: skip
_OF_NUMPY = {"divide": "true_divide"}  # what has another name in the module that promotes as NumPy does
_COMPARED: dict[type, str] = {
    cst.Equal: "equal", cst.NotEqual: "not_equal", cst.LessThan: "less", cst.LessThanEqual: "less_equal",
    cst.GreaterThan: "greater", cst.GreaterThanEqual: "greater_equal",
}  # fmt: skip
_NOT_FLOAT = {"bool", "mask", "uint8", "int8", "int16", "int32", "int64"}
_PLAIN: dict[type, type] = {
    cst.AddAssign: cst.Add, cst.SubtractAssign: cst.Subtract, cst.MultiplyAssign: cst.Multiply,
    cst.DivideAssign: cst.Divide,
}  # fmt: skip
_ASSIGNING = tuple(_PLAIN)


@rule(cst.BinaryOperation)
def mixed_operands(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """Arithmetic on two arrays whose dtypes are known and differ, or of which one is a mask."""
    if not ctx.target.settings.get("strict_dtypes"):
        return None
    takes_vectors = ctx.source.settings.get("promotes") or ctx.source.settings.get("wide_floats")
    if isinstance(node.operator, cst.MatrixMultiply) and takes_vectors:
        if "__matmul__" in ctx.project.methods_named and ctx.kind(node.left).tag in ("instance", "unknown"):
            return None
        new = ctx.descend(node)  # tf.matmul takes no vectors
        return nodes.call(_product_of(ctx.kind(node.left), ctx.kind(node.right), ctx), new.left, new.right)
    if type(node.operator) not in _KERAS or isinstance(node.operator, cst.Subtract) and (
        may_be_mask(node.left, ctx) != may_be_mask(node.right, ctx)
    ):
        return None
    left, right = ctx.kind(node.left), ctx.kind(node.right)
    rotated = _rotated(node.left, right) or _rotated(node.right, left)
    if rotated and not ctx.source.settings.get("wide_floats"):
        return ctx.refuse(node, "1j", "real arrays are not promoted to complex ones", "build them from both parts")
    promotes = _unknown_product(node, left, right, ctx) or _with_integers(left, right, ctx)
    promotes = promotes or _of_counts(node, left, right) or rotated or _of_masks(left, right, ctx)
    promotes = promotes or _scaled(node, left, right)
    promotes = promotes or _with_complex(left, right, ctx)
    if promotes or _may_differ(node.left, node.right, node.operator, ctx):
        new = ctx.descend(node)
        return nodes.call(_promoting(type(node.operator), left, right, ctx), new.left, new.right)
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


def _product_of(left: Kind, right: Kind, ctx) -> cst.BaseExpression:
    """The function of products of matrices; Keras makes complex numbers beside real ones complex64."""
    real = all(side.name and not side.name.startswith("complex") for side in (left, right))
    wide = ctx.source.settings.get("wide_floats")
    return _as_numpy("matmul", ctx) if wide and not real else ctx.native("keras.ops.matmul")


def _promoting(operator: type, left: Kind, right: Kind, ctx) -> cst.BaseExpression:
    """The function that promotes its operands; of what may be two masks, which Keras does not multiply."""
    if ctx.source.settings.get("wide_floats"):
        return _as_numpy(_KERAS[operator], ctx)
    arrays = {left.tag, right.tag} <= {"array", "unknown"}
    if operator is cst.Multiply and arrays and {left.name, right.name} <= {"", "bool"}:
        return ctx.helper("product")
    return ctx.native(f"keras.ops.{_KERAS[operator]}")


def _as_numpy(name: str, ctx) -> cst.BaseExpression:
    """The function of a module that promotes as NumPy does."""
    return ctx.native(f"{ctx.target.settings['promoting_module']}.{_OF_NUMPY.get(name, name)}")


def _with_complex(left: Kind, right: Kind, ctx) -> bool:
    """Whether complex numbers of NumPy are combined with what is not known to be complex."""
    names = [kind.name for kind in (left, right) if kind.tag in ("array", "unknown", "float")]
    one = any(name.startswith("complex") for name in names) and len(names) == 2 and names[0] != names[1]
    return one and bool(ctx.source.settings.get("wide_floats"))


def _of_masks(left: Kind, right: Kind, ctx) -> bool:
    """Arithmetic of NumPy on what is a mask, or perhaps True or False, and anything but a mask of a known kind."""
    if not ctx.source.settings.get("wide_floats"):
        return False
    return any(kind in (TRUTH, BOOL_ARRAY) for kind in (left, right))


def _with_integers(left: Kind, right: Kind, ctx) -> bool:
    """An array of integers with a value of unknown kind, in a source whose usual arrays are of floats."""
    array = left if left.tag == "array" else right
    if {left.tag, right.tag} != {"array", "unknown"} or not ctx.source.settings.get("wide_floats"):
        return False
    return array.name in _NOT_FLOAT


def _of_counts(node: cst.BinaryOperation, left: Kind, right: Kind) -> bool:
    """Integers (or floats) from ``arange`` that are divided, or combined with what may be of floats."""
    likely = [may_be_whole(side) for side in (left, right)]
    if not any(likely):
        return False
    if MIXED in (left, right) and all(likely):
        return nodes.code(node.left) != nodes.code(node.right)
    others = {side.tag for side in (left, right) if not may_be_whole(side)}
    return isinstance(node.operator, cst.Divide) or bool(others & {"array", "float", "unknown"})


def _scaled(node: cst.BinaryOperation, left: Kind, right: Kind) -> bool:
    """Integers that are multiplied or divided by what may be a float: ``torch.arange(5) * step``."""
    array = left if left.tag == "array" else right
    if not isinstance(node.operator, (cst.Multiply, cst.Divide)) or {left.tag, right.tag} != {"array", "unknown"}:
        return False
    return array.name.startswith(("int", "uint"))


def _rotated(number: cst.BaseExpression, other: Kind) -> bool:
    """``1j * x`` of an array that is not known to be complex."""
    return is_imaginary(number) and other.tag in ("array", "unknown") and "complex" not in other.name


def _unknown_product(node: cst.BinaryOperation, left: Kind, right: Kind, ctx) -> bool:
    """A product or quotient with an argument of unknown dtype, which TensorFlow computes otherwise in silence.

    Its ``*`` of a float and a mask is a mask, its ``/`` of integers has 64 bits.
    """
    if not isinstance(node.operator, (cst.Multiply, cst.Divide)) or ctx.scope is None or ctx.scope.info is None:
        return False
    if {left.tag, right.tag} - {"array", "unknown"} or "array" not in (left.tag, right.tag) or left.name or right.name:
        return False
    first = [p.name for p in ctx.scope.info.params if p.name != "self"][:1] if ctx.scope.is_forward else []
    arguments = ctx.scope.params - ctx.scope.assigned - set(first)
    if any(_is_cast(side) for side in (node.left, node.right)):
        return False
    if first and _by_own_array(node, first[0], ctx):
        return True
    names = [side for side in (node.left, node.right) if isinstance(side, cst.Name)]
    sides = [name.value for name in names]
    if isinstance(node.operator, cst.Divide):  # numbers divide arrays as they should
        names = [name for name in names if ctx.kind(name).tag == "array"]
    return any(name.value in arguments for name in names) and sides != sides[:1] * 2


def _by_own_array(node: cst.BinaryOperation, argument: str, ctx) -> bool:
    """Whether steps, as those of a diffusion, are multiplied by an array that depends on no argument."""
    sides = {side.value for side in map(_indexed, (node.left, node.right)) if isinstance(side, cst.Name)}
    if argument not in sides or argument in ctx.scope.assigned or len(sides) != 2:
        return False
    (own,) = sides - {argument}
    body = getattr(ctx.enclosing, "body", ())
    bound = {name for line in body for name in bound_names(line)}
    return own in bound and own not in reached_names(ctx.scope.params - {"self"}, body, {id(ctx.statement)}, ctx)


def _indexed(node: cst.BaseExpression) -> cst.BaseExpression:
    """``t`` of ``t[:, None]`` and ``t.unsqueeze(1)``."""
    while True:
        func = node.func if isinstance(node, cst.Call) else None
        if isinstance(node, cst.Subscript):
            node = node.value
        elif isinstance(func, cst.Attribute) and func.attr.value in ("unsqueeze", "view", "reshape"):
            node = func.value
        else:
            return node


def _may_differ(left: cst.BaseExpression, right: cst.BaseExpression, operator: cst.CSTNode | None, ctx) -> bool:
    """Whether a source that promotes may combine integers and floats here."""
    if not ctx.source.settings.get("promotes"):
        return False
    a, b = ctx.kind(left), ctx.kind(right)
    divides = isinstance(operator, cst.Divide)
    if operator is None:  # the operands of a function of arrays
        a, b = (ARRAY if kind.tag == "unknown" else kind for kind in (a, b))
    if "array" not in (a.tag, b.tag) or "complex" in a.name + b.name:
        return False
    if has_floats(a) and has_floats(b) or not divides and a.tag == b.tag and a.name == b.name != "":
        return False
    if a.tag == b.tag == "array":
        return divides or has_floats(a) or has_floats(b) or nodes.code(left) != nodes.code(right)
    other = b if a.tag == "array" else a
    if other.tag in ("int", "bool"):
        return divides and not (has_floats(a) or has_floats(b))
    return other.tag in ("float", "unknown")


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
    name = _KERAS[type(node.operator)]
    wide = ctx.source.settings.get("wide_floats")
    function = _as_numpy(name, ctx) if wide else ctx.native(f"keras.ops.{name}")
    return nodes.call(function, new.left, new.right)


_PROMOTING = {
    "add": "add", "atan2": "arctan2", "divide": "divide", "floor_divide": "floor_divide", "logaddexp": "logaddexp",
    "maximum": "maximum", "minimum": "minimum", "multiply": "multiply", "pow": "power", "remainder": "mod",
    "subtract": "subtract", "where": "where",
}  # fmt: skip


@rule(cst.Call)
def mixed_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``jnp.power(2.0, n)``, ``jnp.where(mask, n, 0.0)`` of arrays that may be of integers."""
    promotes = ctx.source.settings.get("promotes")
    if not ctx.target.settings.get("strict_dtypes") or not (promotes or ctx.source.name == "torch"):
        return None
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if entry is None or not any(part.op in (*_PROMOTING, "clip") for part in (entry, *entry.overloads)):
        return None
    bound = bind(entry, node.args, None, ctx.kind)
    if isinstance(bound, Bound) and ctx.writer.keeps_kink(bound):
        return None
    if not isinstance(bound, Bound) or bound.entry.op not in _PROMOTING:
        return _clipped(bound.args, ctx) if isinstance(bound, Bound) and bound.entry.op == "clip" else None
    first, second = bound.args.get("x1"), bound.args.get("x2")
    if first is None or second is None or len(node.args) != len(bound.args):
        return None
    if not (_may_differ(first, second, None, ctx) if promotes else _are_mixed(first, second, ctx)):
        return None
    ctx.count("exact")
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    if any(arg.keyword is not None for arg in node.args):
        args = [cst.Arg(ctx.visit(bound.args[p.name])) for p in ctx.hub[bound.entry.op].params]
    return node.with_changes(func=ctx.native(f"keras.ops.{_PROMOTING[bound.entry.op]}"), args=nodes.spaced(args))


def _are_mixed(first: cst.BaseExpression, second: cst.BaseExpression, ctx) -> bool:
    """Whether one of two arrays is known to be of floats and the other of integers."""
    kinds = ctx.kind(first), ctx.kind(second)
    whole = sum(kind.tag == "array" and kind.name in _NOT_FLOAT for kind in kinds)
    return whole == 1 and any(kind.tag == "array" and kind.name.startswith("float") for kind in kinds)


def _clipped(args: dict[str, cst.BaseExpression], ctx) -> cst.BaseExpression | None:
    """``jnp.clip(n, 0.0, 1.0)`` -> ``keras.ops.minimum(keras.ops.maximum(n, 0.0), 1.0)``."""
    bounds = [(name, args[name]) for name in ("min", "max") if name in args]
    if "x" not in args or not any(_may_differ(args["x"], bound, None, ctx) for _, bound in bounds):
        return None
    ctx.count("exact")
    result = ctx.visit(args["x"])
    for name, bound in bounds:
        if ctx.kind(bound).tag != "none":
            other = "maximum" if name == "min" else "minimum"
            result = nodes.call(ctx.native(f"keras.ops.{other}"), result, ctx.visit(bound))
    return result


@rule(cst.Comparison)
def mixed_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``ids == values`` on arrays of which one is known to be no float and the other's dtype is another or unknown."""
    if not ctx.target.settings.get("strict_dtypes") or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    left, right = ctx.kind(node.left), ctx.kind(other.comparator)
    if type(other.operator) not in _COMPARED:
        return None
    unlike = _unlike(left, right) or _unlike(right, left) or _whole_beside(left, right)
    if not unlike and not _may_differ(node.left, other.comparator, other.operator, ctx):
        if left.tag != "array" or right.tag != "array" or left.name == right.name:
            return None
        if not ({left.name, right.name} & _NOT_FLOAT):
            return None
    name = _COMPARED[type(other.operator)]
    wide = ctx.source.settings.get("wide_floats")
    function = _as_numpy(name, ctx) if wide else ctx.native(f"keras.ops.{name}")
    return nodes.call(function, ctx.visit(node.left), ctx.visit(other.comparator))


def _whole_beside(left: Kind, right: Kind) -> bool:
    """Whether likely integers are compared with what may be floats."""
    likely = may_be_whole(left) or may_be_whole(right)
    return likely and (left != right or left == MIXED) and {left.tag, right.tag} <= {"array", "float", "unknown"}


def _unlike(array: Kind, number: Kind) -> bool:
    """Whether a comparison fails in TensorFlow: of a mask with an int, or of integers with a float."""
    if array.tag != "array" or number.tag not in ("int", "float"):
        return False
    return is_integral(array.name, masks_only=number.tag == "int")


def _cast(value: cst.BaseExpression, dtype: cst.BaseExpression, ctx) -> cst.BaseExpression:
    return nodes.call(ctx.native("tensorflow.cast"), value, dtype)


@rule(cst.AugAssign)
def mixed_assignment(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x *= mask`` on an array that is not a mask."""
    if not ctx.target.settings.get("strict_dtypes") or not isinstance(node.operator, _ASSIGNING):
        return None
    target, value = ctx.kind(node.target), ctx.kind(node.value)
    if isinstance(node.target, cst.Name) and _may_differ(node.target, node.value, _PLAIN[type(node.operator)](), ctx):
        function = _promoting(_PLAIN[type(node.operator)], target, value, ctx)
        product = nodes.call(function, cst.Name(node.target.value), ctx.visit(node.value))
        return [cst.Assign([cst.AssignTarget(cst.Name(node.target.value))], product)]
    places = (cst.Name, cst.Attribute) if ctx.source.settings.get("wide_floats") else cst.Name
    if not isinstance(node.target, places) or target.tag != "array" or value.tag != "array":
        return None
    if not _keeps_floats(target, value, ctx):
        return None
    place = ctx.visit(node.target)
    cast = _cast(ctx.visit(node.value), cst.Attribute(place, cst.Name("dtype")), ctx)
    return [node.with_changes(target=place, value=cast)]


def _keeps_floats(target: Kind, value: Kind, ctx) -> bool:
    """Whether an assignment adds a mask, or integers of NumPy, to an array of another dtype, which stays."""
    if value.name in ("bool", "mask"):
        return target.name not in ("bool", "mask")
    whole = may_be_whole(value) or value.name in _NOT_FLOAT
    return bool(ctx.source.settings.get("wide_floats")) and whole and (target != value and not may_be_whole(target))
