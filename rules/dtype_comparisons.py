"""``x.dtype is torch.int64``: dtypes are compared by value, and JAX's default integers stand for torch's."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from .base import rule
from .inplace import shared_root


@rule(cst.Comparison)
def dtype_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``is`` becomes ``==``; in JAX int64 is written as the dtype that a request for int64 gives."""
    if ctx.kind(node.left).tag != "dtype" or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    same = isinstance(other.operator, (cst.Is, cst.IsNot)) and ctx.kind(other.comparator).tag == "dtype"
    wide = ctx.target.language == "jax" and _is_int64(other.comparator, ctx)
    if not same and not wide:
        return None
    space = cst.SimpleWhitespace(" ")
    changes: dict[str, object] = {"comparator": _canonical(ctx) if wide else ctx.visit(other.comparator)}
    if same:
        equal = cst.Equal if isinstance(other.operator, cst.Is) else cst.NotEqual
        changes["operator"] = equal(whitespace_before=space, whitespace_after=space)
    return node.with_changes(left=ctx.visit(node.left), comparisons=[other.with_changes(**changes)])


@rule(cst.Comparison)
def host_dtype_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``x.dtype == np.float32`` -> ``x.dtype == torch.float32``: PyTorch's dtypes equal none of NumPy's and no name.

    TensorFlow's equal names, but ``float`` has 32 bits there.
    """
    if ctx.source.name == "torch" or ctx.source.name != "tensorflow" and ctx.target.name not in ("torch", "tensorflow"):
        return None
    if len(node.comparisons) != 1:
        return None
    other, left = node.comparisons[0], _bare(node.left, ctx)
    if not is_array_dtype(left, ctx):
        return None
    if isinstance(other.operator, (cst.Equal, cst.NotEqual)):
        dtype = _host_dtype(other.comparator, ctx)
    elif isinstance(other.operator, (cst.In, cst.NotIn)) and isinstance(other.comparator, (cst.List, cst.Tuple)):
        dtype = _host_dtypes(other.comparator, ctx)
    else:
        return None
    if dtype is None:
        return None
    ctx.count("exact")
    if ctx.source.name == "numpy" and isinstance(left, cst.Attribute) and ctx.kind(left.value).tag == "unknown":
        own = nodes.call(ctx.helper("as_host_dtype"), ctx.visit(left))  # the array may be NumPy's
        return node.with_changes(left=own, comparisons=node.comparisons)
    return node.with_changes(left=ctx.visit(left), comparisons=[other.with_changes(comparator=dtype)])


def _bare(node: cst.BaseExpression, ctx) -> cst.BaseExpression:
    """The argument of a call that the target does without: ``keras.backend.standardize_dtype(x.dtype)``."""
    entry = ctx.source.find(ctx.name_of(node.func)) if isinstance(node, cst.Call) and len(node.args) == 1 else None
    return node.args[0].value if entry is not None and entry.drop else node


def is_array_dtype(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is the dtype of what may be an array of the source."""
    if ctx.kind(node).tag == "dtype" or _is_dtype_parameter(node, ctx):
        return True
    of_value = isinstance(node, cst.Attribute) and node.attr.value == "dtype"
    return of_value and ctx.kind(node.value).tag in ("array", "unknown")


def _is_dtype_parameter(node: cst.BaseExpression, ctx) -> bool:
    """Whether a name is that of a parameter that is one of the source's dtypes by default."""
    info = ctx.scope.info if ctx.scope is not None else None
    param = info.param(node.value) if info is not None and isinstance(node, cst.Name) else None
    if param is None or param.default is None or param.default.tag != "ref":
        return False
    entry = ctx.source.find(ctx.project.canonical(param.default.name))
    return entry is not None and entry.kind == "dtype"


def _host_dtype(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The target's dtype for one of NumPy, a name or a type of Python; None for anything else."""
    if not isinstance(node, (cst.Attribute, cst.Name, cst.SimpleString)) or ctx.kind(node).tag == "dtype":
        return None
    if isinstance(node, cst.SimpleString) and ctx.source.name == "tensorflow" and ctx.target.name != "torch":
        return None
    if isinstance(node, cst.Name):
        wide = {"bool": "bool", "int": "int64", "float": "float64"}
        known = {"bool": "bool", "float": "float32"} if ctx.source.name == "tensorflow" else wide
        known = known if ctx.infer.lookup(node.value) is None else {}
        if ctx.kind(node).tag != "str":
            return ctx.native_constant(known.get(node.value))
    if not isinstance(node, cst.SimpleString) and ctx.kind(node).tag == "str":
        by_name = ctx.target.settings.get("dtypes_by_name", True)
        return None if by_name else nodes.call(ctx.helper("as_dtype"), ctx.visit(node))
    return ctx.native_constant(ctx.infer.dtype_name(node))


def _host_dtypes(node: cst.List | cst.Tuple, ctx) -> cst.BaseExpression | None:
    """Several dtypes, of which at least one is NumPy's, a name or a type of Python."""
    found = [_host_dtype(element.value, ctx) for element in node.elements]
    if not any(found):
        return None
    pairs = zip(node.elements, found, strict=True)
    return node.with_changes(elements=[e.with_changes(value=new or ctx.visit(e.value)) for e, new in pairs])


@rule(cst.Call)
def dtype_class_test(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``issubclass(x.dtype.type, np.integer)`` -> what ``np.issubdtype(x.dtype, np.integer)`` becomes."""
    if ctx.source.name != "numpy" or ctx.name_of(node.func) != "builtins.issubclass" or len(node.args) != 2:
        return None
    tested = node.args[0].value
    if not isinstance(tested, cst.Attribute) or tested.attr.value != "type" or ctx.kind(tested.value).tag != "dtype":
        return None
    name = "numpy.issubdtype"
    args = [node.args[0].with_changes(value=tested.value), node.args[1]]
    return ctx.convert(ctx.source.find(name), node.with_changes(args=args), None, name)


@rule(cst.Attribute)
def dtype_of_dtype(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``jnp.float32.dtype`` -> ``torch.float32``: JAX's names of dtypes are classes that have one."""
    if ctx.source.name != "jax" or node.attr.value != "dtype" or not isinstance(node.value, cst.Attribute):
        return None
    if not ctx.foreign(ctx.name_of(node.value.value)) or not ctx.infer.dtype_name(node.value):
        return None
    ctx.count("exact")
    return ctx.visit(node.value)


@rule(cst.Comparison)
def shape_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``x.shape == [2, 3]`` -> ``x.shape == (2, 3)``: TensorFlow's shapes equal lists, tuples do not."""
    other = node.comparisons[0]
    plain = len(node.comparisons) == 1 and isinstance(other.operator, (cst.Equal, cst.NotEqual))
    if ctx.source.name != "tensorflow" or not plain or not isinstance(other.comparator, cst.List):
        return None
    if ctx.kind(node.left).tag != "shape":
        return None
    if any(isinstance(element, cst.StarredElement) for element in other.comparator.elements):
        return None
    sizes = nodes.tuple_of([ctx.visit(element.value) for element in other.comparator.elements])
    return node.with_changes(left=ctx.visit(node.left), comparisons=[other.with_changes(comparator=sizes)])


@rule(cst.Comparison)
def type_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``a.type() == b.type()`` -> ``a.dtype == b.dtype``: PyTorch has names for the classes of tensors too."""
    if ctx.source.name != "torch" or ctx.target.name == "torch" or len(node.comparisons) != 1:
        return None
    other = node.comparisons[0]
    sides = [_typed(side, ctx) for side in (node.left, other.comparator)]
    if None in sides or not isinstance(other.operator, (cst.Equal, cst.NotEqual)):
        return None
    ctx.count("exact")
    left, right = (cst.Attribute(ctx.visit(side), cst.Name("dtype")) for side in sides)
    return node.with_changes(left=left, comparisons=[other.with_changes(comparator=right)])


def _typed(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """``x`` of ``x.type()`` or ``x.data.type()``."""
    called = isinstance(node, cst.Call) and not node.args and isinstance(node.func, cst.Attribute)
    if not called or node.func.attr.value != "type" or ctx.kind(node.func.value).tag not in ("array", "unknown"):
        return None
    return shared_root(node.func.value, ctx)


def _is_int64(node: cst.BaseExpression, ctx) -> bool:
    if not isinstance(node, cst.Attribute):
        return False
    base = ctx.kind(node.value)
    entry = ctx.source.find(ctx.project.canonical(f"{base.name}.{node.attr.value}")) if base.tag == "ref" else None
    return entry is not None and entry.const == "int64"


def _canonical(ctx) -> cst.BaseExpression:
    """The dtype that asking JAX for int64 gives: int32 unless 64-bit types are enabled."""
    return nodes.call(ctx.native("jax.dtypes.canonicalize_dtype"), ctx.native("jax.numpy.int64"))
