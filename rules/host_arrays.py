"""``x * SCALE`` with an array of NumPy -> ``x * from_numpy(SCALE)``: JAX computes with it in 32 bits."""

from __future__ import annotations

import libcst as cst

from ..s2s.kinds import HOST, LOOSE, NUMBERS, STR, instance
from .base import rule


@rule(cst.BinaryOperation)
def host_operand(node: cst.BinaryOperation, ctx) -> None:
    """Arithmetic of an array and one of NumPy's, which others refuse or do in 64 bits."""
    _take_over([node.left, node.right], ctx)
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if _is_host_number(side, ctx) and (_is_host_number(other, ctx) or ctx.kind(other).tag != "array"):
            ctx.substitutes[id(side)] = side


@rule(cst.Comparison)
def host_comparison(node: cst.Comparison, ctx) -> None:
    """The same for comparisons."""
    if len(node.comparisons) != 1 or isinstance(node.comparisons[0].operator, (cst.Is, cst.IsNot, cst.In, cst.NotIn)):
        return
    _take_over([node.left, node.comparisons[0].comparator], ctx)


@rule(cst.Comparison)
def compared_texts(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``grid == "#"`` -> ``torch.asarray(grid == "#")``: texts stay an array of NumPy, the mask does not."""
    if ctx.source.name != "numpy" or ctx.target.name == "numpy" or len(node.comparisons) != 1:
        return None
    if {ctx.kind(node.left), ctx.kind(node.comparisons[0].comparator)} != {HOST, STR}:
        return None
    ctx.count("exact")
    made = ctx.descend(node).with_changes(lpar=[], rpar=[])
    ctx.substitutes[id(made)] = made
    return ctx.writer.of_op("asarray", obj=made)


@rule(cst.Param)
def host_default(node: cst.Param, ctx) -> None:
    """``scale: jax.Array = np.ones(3)``: what is said to be an array of the source."""
    _stated(node.annotation, node.default, ctx)


@rule(cst.AnnAssign)
def host_field(node: cst.AnnAssign, ctx) -> None:
    """The same for names and fields."""
    _stated(node.annotation, node.value, ctx)


def _stated(annotation: cst.Annotation | None, value: cst.BaseExpression | None, ctx) -> None:
    """Have an array of NumPy that is annotated as one of the source written as the target's."""
    if annotation is None or value is None or ctx.kind(value) != HOST or "from_numpy" not in ctx.target.templates:
        return
    entry = ctx.source.find(ctx.name_of(annotation.annotation))
    if entry is not None and entry.type == "array" and id(value) not in ctx.substitutes:
        ctx.substitutes[id(value)] = ctx.writer.taken_over(value)
        ctx.count("exact")


def _is_host_number(node: cst.BaseExpression, ctx) -> bool:
    """Whether this is a number of NumPy, ``np.float32(0.1)``, in a function that computes with NumPy alone."""
    known = ctx.source.settings.get("host_arrays", {})
    if not known or known.get("beside_arrays_alone") or ctx.scope is None or _computes(ctx):
        return False
    if not isinstance(node, cst.Call) or len(node.args) != 1 or ctx.kind(node.args[0].value).tag not in NUMBERS:
        return False
    package = ctx.name_of(node.func).partition(".")[0]
    return bool(ctx.infer.dtype_name(node.func)) and package not in ctx.source.packages


def _take_over(sides: list[cst.BaseExpression], ctx) -> None:
    """Have arrays of NumPy written as the target's, where they stand beside such a one."""
    if _mixes(sides, ctx):
        for side in sides:
            if ctx.kind(side) == HOST and id(side) not in ctx.substitutes:
                ctx.substitutes[id(side)] = ctx.writer.taken_over(side)
                ctx.count("exact")


def _mixes(sides: list[cst.BaseExpression], ctx) -> bool:
    """Whether one operand is an array of NumPy, and the other one of the framework."""
    if not ctx.source.settings.get("host_arrays") or "from_numpy" not in ctx.target.templates:
        return False
    kinds = [ctx.kind(side) for side in sides]
    if HOST not in kinds:
        return False
    other = kinds[1 - kinds.index(HOST)]
    if ctx.source.settings["host_arrays"].get("beside_arrays_alone"):
        reads = ctx.target.settings.get("arrays_read_by_method", False)
        return reads and other.tag == "array" and other.name != "float64"
    if other == LOOSE:  # a number more often than not: the result stays NumPy's, as what is made of it expects
        return False
    if other.tag == "unknown" and ctx.scope is not None and not _computes(ctx):
        message = "a tensor and this array of NumPy would give 64-bit floats, or raise"
        ctx.note(sides[kinds.index(HOST)], "S2S300", "numpy.ndarray", message, "annotate the other operand")
        return False
    return other.tag in ("array", "unknown") and (other.tag == "array" or ctx.scope is not None)


def _computes(ctx) -> bool:
    """Whether the function calls the framework's, or is the call of a layer: what it is given is hardly NumPy's."""
    info = ctx.scope.info if ctx.scope is not None else None
    name = info.name.rpartition(".")[2] if info is not None else ""
    if name == ctx.source.settings.get("forward", "__call__") and ctx.infer.is_layer(instance(ctx.infer.self_class)):
        return True
    called = info.constructs if info is not None else ()
    packages = tuple(f"{package}." for package in ctx.source.packages)
    return any(name.startswith(packages) for name in called)
