"""``jnp.float32(x)``: a dtype that is called makes an array of that dtype."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import has_floats
from ..s2s.lift import Bound
from ..s2s.table_model import Entry
from .base import rule


@rule(cst.Call)
def cast_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``jnp.float32(x)`` -> ``x.to(torch.float32)``; of a number, ``torch.as_tensor(1, dtype=torch.float32)``."""
    if not ctx.source.settings.get("callable_dtypes") or len(node.args) > 1:
        return None
    if not ctx.infer.dtype_name(node.func) and not _is_dtype(node, ctx):
        return None
    if isinstance(node.func, cst.Name) and node.func.value in ctx.source.dtype_names:
        return None
    if node.args and (node.args[0].keyword is not None or node.args[0].star):
        return ctx.refuse(node, nodes.code(node.func), "only a cast of one value is converted")
    value = node.args[0].value if node.args else cst.Integer("0")
    array = ctx.kind(value).tag == "array"
    op, first = ("astype", "x") if array else ("as_tensor", "obj")
    bound = Bound(
        Entry(op, op),
        {first: value, "dtype": node.func},
        positional=frozenset((first, "dtype")),
    )
    return ctx.spell(bound, node, nodes.code(node.func))


def _is_dtype(node: cst.Call, ctx) -> bool:
    """Whether what is called is a dtype, by its kind or, where nothing tells, by its name."""
    tag, name = ctx.kind(node.func).tag, nodes.code(node.func).rpartition(".")[2]
    return tag == "dtype" or tag == "unknown" and name == "dtype" and len(node.args) == 1


@rule(cst.Call)
def number_of_buffer(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``int(self.pointer)`` -> ``int(self.pointer.item())``: a buffer may have an axis of length 1."""
    plain = len(node.args) == 1 and node.args[0].keyword is None and not node.args[0].star
    if not plain or ctx.source.name != "torch" or ctx.target.name not in ("jax", "tensorflow", "numpy"):
        return None
    value = node.args[0].value
    if ctx.name_of(node.func) not in ("builtins.int", "builtins.float") or ctx.kind(value).name != "variable":
        return None
    made = ctx.visit(nodes.call(cst.Attribute(value, cst.Name("item"))))
    return node.with_changes(args=[node.args[0].with_changes(value=made)])


_NARROW = frozenset(("uint8", "int8", "uint16", "int16"))
_BOUNDED = frozenset(("jax.numpy.clip", "jax.lax.clamp"))


@rule(cst.Call)
def saturating_cast(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``x.astype(jnp.uint8)`` of floats: JAX gives 255 for 300.0 and 0 for -1.0, elsewhere they wrap."""
    func = node.func
    if ctx.source.name != "jax" or not isinstance(func, cst.Attribute) or func.attr.value != "astype":
        return None
    if len(node.args) != 1 or node.args[0].star or ctx.infer.dtype_name(node.args[0].value) not in _NARROW:
        return None
    value = func.value
    bounded = isinstance(value, cst.Call) and ctx.name_of(value.func) in _BOUNDED
    if bounded or ctx.kind(value).tag != "array" or not has_floats(ctx.kind(value)):
        return None
    bound = Bound(
        Entry("saturate_cast", "saturate_cast"),
        {"x": value, "dtype": node.args[0].value},
        positional=frozenset(("x", "dtype")),
    )
    return ctx.spell(bound, node, nodes.code(func))


_WHOLE = {"numpy.ceil": "ceil", "numpy.floor": "floor"}


@rule(cst.Call)
def whole_number(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``int(np.ceil(n / size))`` of numbers -> ``math.ceil(n / size)``, which gives an integer."""
    inner = node.args[0].value if len(node.args) == 1 else None
    if ctx.source.name != "numpy" or not isinstance(inner, cst.Call) or ctx.name_of(node.func) != "builtins.int":
        return None
    name = _WHOLE.get(ctx.name_of(inner.func))
    if name is None or len(inner.args) != 1 or ctx.kind(inner.args[0].value).tag not in ("int", "float"):
        return None
    ctx.count("exact")
    function = cst.Attribute(ctx.imports.template_name("math") or cst.Name("math"), cst.Name(name))
    return nodes.call(function, ctx.visit(inner.args[0].value)).with_changes(lpar=node.lpar, rpar=node.rpar)
