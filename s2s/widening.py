"""NumPy's float64: operands that the target would compute in fewer bits, or would not take at all."""

from __future__ import annotations

from itertools import pairwise

import libcst as cst

from . import kinds as k
from . import nodes
from .kinds import Kind
from .lift import Bound
from .lower import INDEXED
from .result_kinds import FLOATING

_TOPICS = ("elementwise", "reductions", "numeric", "sorting", "joining")
_OF_FLOATS = frozenset(
    """cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_norm norm pinv qr slogdet solve svd svdvals
    vector_norm""".split()
)
_OF_ONE_ARRAY = frozenset(
    """acos acosh asin asinh atan atanh cos cosh exp exp2 expm1 log log10 log1p log2 reciprocal rsqrt sigmoid sin sinc
    sinh sqrt tan tanh""".split()
)
_SPREAD = frozenset(("mean", "std", "var"))
_ANY = ("isscalar", "is_array", "ndim", "block", "unique_with_nan")


def widen(bound: Bound, ctx) -> None:
    """Give operands of a call the dtype and the type that NumPy computes with; they are replaced when visited."""
    _test_condition(bound, ctx)
    operands = ctx.target.settings.get("array_operands")
    op = ctx.hub.get(bound.entry.op)
    if not operands or op is None or op.name in _ANY:
        return
    if op.topic not in _TOPICS and op.name not in _OF_FLOATS and op.name not in ("ix_", "meshgrid"):
        return
    if ctx.writer.list_ints:
        _join_operands(bound, ctx)
    if not ctx.source.settings.get("wide_floats"):
        _make_floats(bound, ctx)
        return
    floating = op.name in FLOATING or op.topic == "linalg" and op.name in _OF_FLOATS
    names = [name for name in bound.args if name in operands and name not in bound.collected]
    kinds = [ctx.kind(bound.args[name]) for name in names]
    mixed = any(kind.tag == "float" for kind in kinds)
    no_array = not any(kind.tag in ("array", "ndarray") for kind in kinds)
    _join_operands(bound, ctx)
    for name, kind in zip(names, kinds):
        node = bound.args[name]
        if kind.tag == "tuple" and op.name in INDEXED:
            continue  # an index an axis
        if id(node) in ctx.substitutes or (name not in ("x", "x1", "x2", "y") and kind.tag == "array"):
            continue
        leads = no_array and name == names[0] or name == "values"
        made = _widened(node, kind, floating, leads, mixed, op.topic in _TOPICS, ctx)
        if made is not None:
            ctx.substitutes[id(node)] = made


def _make_floats(bound: Bound, ctx) -> None:
    """Give functions of floats, such as ``torch.log(torch.arange(5))``, floats where the target takes no integers."""
    node = bound.args.get("x")
    if node is None or ctx.source.name not in ("torch", "jax"):
        return
    strict = ctx.target.settings.get("strict_dtypes") or ctx.target.name == "numpy"  # which gives 64 bits
    ops = _OF_ONE_ARRAY if strict else frozenset()
    if ctx.source.name == "jax" and "dtype" not in bound.args:  # its means of integers have 32 bits
        ops |= _SPREAD
    kind = ctx.kind(node)
    masks = ("bool",) if bound.entry.op in _SPREAD else ()
    whole = kind.tag == "array" and (kind.name.startswith(("int", "uint", *masks)) or k.may_be_whole(kind))
    if whole and bound.entry.op in ops and id(node) not in ctx.substitutes:
        ctx.substitutes[id(node)] = ctx.writer.of_op("to_float32", x=node)


def promoted(bound: Bound, ctx) -> cst.BaseExpression | None:
    """A call of two arrays whose dtypes may differ, where the target's usual function takes one dtype alone."""
    if bound.entry.op in ("einsum", "tensordot"):
        return _products(bound, ctx)
    native = ctx.target.settings.get("promoting", {}).get(bound.entry.op)
    if native is not None and isinstance(bound.args.get("arrays"), (cst.List, cst.Tuple)):
        return _joined(native, bound, ctx)
    operands = [bound.args[name] for name in ("x1", "x2") if name in bound.args]
    if len(operands) != 2 or not ctx.source.settings.get("wide_floats"):
        return None
    if ctx.writer.keeps_kink(bound):
        return None
    kinds = [ctx.kind(node) for node in operands]
    if native is None:
        return of_one_dtype(bound.entry.op, operands, ctx) if len(bound.args) == 2 else None
    if any(kind.tag in k.NUMBERS or kind.tag in k.SEQUENCES for kind in kinds):
        return None
    if kinds[0].name == kinds[1].name != "" and kinds[0].tag == "array":
        return None
    return cst.Call(ctx.native(native), [cst.Arg(ctx.visit(operands[0])), cst.Arg(ctx.visit(operands[1]))])


def of_one_dtype(op: str, operands: list[cst.BaseExpression], ctx) -> cst.BaseExpression | None:
    """``np.arange(n) @ x`` -> ``torch.matmul(*same_dtype(torch.arange(n), x))``."""
    native = ctx.target.settings.get("one_dtype", {}).get(op)
    if native is None or not _unlike(*map(ctx.kind, operands)):
        return None
    made = [ctx.writer.as_array(node) if ctx.kind(node).tag in k.SEQUENCES else ctx.visit(node) for node in operands]
    if None in made:
        return None
    pair = cst.Call(ctx.helper("same_dtype"), [cst.Arg(operand) for operand in made])
    return cst.Call(ctx.native(native), [cst.Arg(pair, star="*")])


def _joined(native: str, bound: Bound, ctx) -> cst.BaseExpression | None:
    """``np.concatenate([[0], counts, x])`` of what may be integers and floats."""
    arrays = bound.args["arrays"]
    assert isinstance(arrays, (cst.List, cst.Tuple))
    kinds = [ctx.kind(element.value) for element in arrays.elements]
    plain = not any(isinstance(element, cst.StarredElement) for element in arrays.elements)
    if not ctx.source.settings.get("wide_floats") or not plain or bound.args.keys() - {"arrays", "axis"}:
        return None
    if not any(_unlike(a, b) for a, b in pairwise(kinds)):
        return None
    axis = [nodes.keyword("axis", ctx.visit(bound.args["axis"]))] if "axis" in bound.args else []
    return cst.Call(ctx.native(native), nodes.spaced([cst.Arg(ctx.visit(arrays)), *axis]))


def _products(bound: Bound, ctx) -> cst.BaseExpression | None:
    """``np.einsum("ij,j", grid, x)`` of integers and what may be floats, over arrays of one dtype."""
    native = ctx.target.settings.get("one_dtype", {}).get(bound.entry.op)
    operands = [arg.value for arg in bound.collected.get("operands", ()) if not arg.star]
    operands = operands or [bound.args[name] for name in ("x1", "x2") if name in bound.args]
    axes = bound.args.get("axes")
    unlike = any(_unlike(ctx.kind(a), ctx.kind(b)) for a, b in pairwise(operands))
    if native is None or not ctx.source.settings.get("wide_floats") or not unlike:
        return None
    if axes is not None and ctx.kind(axes).tag != "int":
        return None
    rest = [cst.Arg(ctx.visit(bound.args["equation"]))] if "equation" in bound.args else []
    after = [nodes.keyword("dims", ctx.visit(axes))] if axes is not None else []
    arrays = cst.Call(ctx.helper("same_dtype"), [cst.Arg(ctx.visit(operand)) for operand in operands])
    return cst.Call(ctx.native(native), nodes.spaced([*rest, cst.Arg(arrays, star="*"), *after]))


def _unlike(left: Kind, right: Kind) -> bool:
    """Whether one of two arrays holds complex numbers, or likely integers, and the other perhaps does not."""
    if left.name.startswith("complex") != right.name.startswith("complex"):
        return left.tag == right.tag == "array"
    whole = [k.may_be_whole(kind) or k.content(kind).tag == "int" or _holds_integers(kind) for kind in (left, right)]
    mixed = k.MIXED in (left, right)
    if not any(whole) or left == right and not mixed or all(whole) and k.WHOLE in (left, right) and not mixed:
        return False
    return {left.tag, right.tag} <= {"array", "unknown", "list"}


def _holds_integers(kind: Kind) -> bool:
    return kind.tag == "array" and k.is_integral(kind.name)


def _join_operands(bound: Bound, ctx) -> None:
    """``[[0], x, 1.5]``: what is no array among the arrays that are joined becomes one."""
    for arg in bound.collected.get("arrays", ()):
        kind = ctx.kind(arg.value)
        if not arg.star and kind.tag in ("list", "tuple") and id(arg.value) not in ctx.substitutes:
            made = ctx.writer.as_array(arg.value)
            if made is not None:
                ctx.substitutes[id(arg.value)] = made
    node = bound.args.get("arrays")
    if not isinstance(node, (cst.List, cst.Tuple)) or "arrays" in bound.collected:
        return
    for element in node.elements:
        kind = ctx.kind(element.value)
        if isinstance(element, cst.Element) and (kind.tag in k.SEQUENCES or kind.tag in k.NUMBERS):
            made = ctx.writer.as_array(element.value)
            if made is not None and id(element.value) not in ctx.substitutes:
                ctx.substitutes[id(element.value)] = made


def _widened(
    node: cst.BaseExpression, kind: Kind, floating: bool, leads: bool, mixed: bool, of_numbers: bool, ctx
) -> cst.BaseExpression | None:
    """One operand; ``leads`` is the first of a call without a known array, ``of_numbers`` of one that takes numbers."""
    wraps = ctx.target.settings.get("wraps_array_classes") and ctx.array_classes
    if kind.tag == "instance" and ctx.infer.is_array_class(kind.name):
        return ctx.writer.of_op("asarray", obj=node) if wraps else None
    if ctx.target.settings.get("takes_numbers"):
        if kind.tag == "unknown" and wraps:
            return ctx.writer.of_op("asarray", obj=node)
        return ctx.writer.as_array(node) if kind.tag in ("list", "tuple") else None
    if kind.tag == "array":
        whole = k.is_integral(kind.name) or floating and k.may_be_whole(kind)
        return as_float64(node, ctx) if (floating or mixed) and whole else None
    if kind.tag in k.SEQUENCES and floating and k.content(kind).tag != "float":
        exact = k.content(kind).tag in ("int", "bool")
        return ctx.writer.as_array(node, "float64") if exact else _helped("as_float", node, ctx)
    if kind.tag in ("list", "tuple") or (kind.tag in k.NUMBERS and leads and ctx.target.settings.get("strict_dtypes")):
        return ctx.writer.as_array(node, "float64" if (floating or mixed) and kind.tag in k.NUMBERS else "")
    if kind.tag == "unknown" and leads and of_numbers:
        return _helped("as_float" if floating else "asarray", node, ctx)
    return None


def as_float64(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """An array of integers as one of float64."""
    return ctx.writer.of_op("to_float64", x=node)


def _helped(name: str, node: cst.BaseExpression, ctx) -> cst.BaseExpression:
    return cst.Call(ctx.helper(name), [cst.Arg(ctx.visit(node))])


def _test_condition(bound: Bound, ctx) -> None:
    """``np.where(counts, x, y)``: numbers hold where they are not 0, which targets without such masks are told."""
    condition = bound.args.get("condition")
    if condition is None or not ctx.target.settings.get("boolean_conditions") or "condition" in bound.collected:
        return
    kind = ctx.kind(condition)
    whole = kind.tag == "array" and (kind == k.WHOLE or k.is_integral(kind.name)) and kind.name not in ("bool", "mask")
    if not whole and not (kind.tag == "array" and k.has_floats(kind)):
        return
    target = cst.ComparisonTarget(cst.NotEqual(), cst.Integer("0"))
    bound.args["condition"] = cst.Comparison(nodes.parenthesized(condition), [target])
