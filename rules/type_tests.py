"""``isinstance(m, nn.GroupNorm)``: a class that is only asked for needs no more than its name.

``isinstance(x, torch.LongTensor)`` -> ``is_array_of(x, jnp.int64)``: the targets have one class for all arrays.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from .base import rule
from .calls import TYPED_ARRAYS
from .references import constant_name

_KINDS_OF_DTYPES = ("floating", "integer", "number")


@rule(cst.Call)
def scalar_test(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``isinstance(n, (int, np.integer))`` -> ``(isinstance(n, int) or is_scalar_of(n, "integer"))``.

    NumPy has classes for the elements of its arrays; the targets have arrays without axes.
    """
    if ctx.source.name != "numpy" or ctx.name_of(node.func) != "builtins.isinstance" or len(node.args) != 2:
        return None
    if "is_scalar_of" not in ctx.target.templates:
        return None
    parts = [(part, _scalar_kind(part, ctx)) for part in classes_of(node.args[1].value)]
    if ctx.kind(node.args[0].value).tag in ("array", "unknown"):
        parts += [found for part, _ in parts for found in _scalars_that_are(part, ctx)]
    kinds = [part for part, name in parts if name]
    if not kinds:
        return None
    value = node.args[0].value
    others = [part for part, name in parts if not name]
    if others and not nodes.is_simple(value):
        return ctx.refuse(node, "isinstance(x, numpy.integer)", "what is tested is needed twice", "name it before")
    ctx.count("exact")
    asked = ctx.visit(value)
    every = any(name == "numpy.generic" for _, name in parts)
    test = nodes.call(ctx.helper("is_scalar_of"), asked, *([] if every else map(ctx.visit, kinds)))
    return _either(asked, [_tested(part, ctx) for part in others], test)


def _scalars_that_are(node: cst.BaseExpression, ctx) -> list[tuple[cst.BaseExpression, str]]:
    """The classes of scalars of NumPy that are one of a class of Python: such elements are numbers of it too."""
    found: list[tuple[cst.BaseExpression, str]] = []
    for name in ctx.source.settings.get("number_scalars", {}).get(ctx.name_of(node), "").split():
        made, written = nodes.dotted(f"numpy.{name}"), ctx.native_constant(name)
        if name in _KINDS_OF_DTYPES:
            jax = ctx.target.language == "jax"
            written = ctx.native(f"jax.numpy.{name}") if jax else cst.SimpleString(repr(name))
        elif ctx.target.language == "jax":  # whose floats have 32 bits by default
            written = ctx.native("jax.numpy.floating" if name == "float64" else "jax.numpy.complexfloating")
        if written is not None:
            ctx.substitutes[id(made)] = written
            found.append((made, name))
    return found


def _scalar_kind(node: cst.BaseExpression, ctx) -> str:
    """The name of a class of NumPy's scalars, '' for any other class."""
    name = ctx.source.renamed(ctx.name_of(node) or constant_name(node, ctx))
    entry = ctx.source.find(name) if name.startswith("numpy.") else None
    return name if name == "numpy.generic" or entry is not None and entry.kind in ("dtype", "dtype kind") else ""


@rule(cst.BinaryOperation)
def scalar_union(node: cst.BinaryOperation, ctx) -> None:
    """``Number = float | np.floating`` -> ``Number = float | torch.Tensor``: elements of arrays are arrays there."""
    if ctx.source.name != "numpy" or not isinstance(node.operator, cst.BitOr):
        return
    for side in (node.left, node.right):
        name = _scalar_kind(side, ctx) if isinstance(side, (cst.Name, cst.Attribute)) else ""
        array = ctx.type_node("array") if name else None
        if array is not None and id(side) not in ctx.substitutes:
            ctx.substitutes[id(side)] = array
            if not ctx.annotation:
                ctx.note(side, "S2S200", name, "in a union of types it stands for arrays of any dtype and shape")


def _either(asked: cst.BaseExpression, classes: list, test: cst.BaseExpression) -> cst.BaseExpression:
    """Whether a value is of one of these classes, or passes the test."""
    if not classes:
        return test
    kinds = classes[0] if len(classes) == 1 else nodes.tuple_of(classes)
    both = cst.BooleanOperation(nodes.call(cst.Name("isinstance"), asked, kinds), cst.Or(), test)
    return both.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


@rule(cst.Call)
def type_test(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Classes in isinstance and issubclass tests are noted apart from those that the module uses."""
    name = ctx.name_of(node.func)
    plain = name == "torch.jit.isinstance" and isinstance(node.args[-1].value, (cst.Name, cst.Attribute))
    if len(node.args) != 2 or name not in ("builtins.isinstance", "builtins.issubclass") and not plain:
        return None
    typed = _typed_arrays(node.args[1].value, ctx)
    if typed:
        return _of_dtypes(node, typed, ctx)
    _mark_shapes(node.args[1].value, ctx)
    first = ctx.visit(node.args[0])
    second = _tested(node.args[1], ctx)
    ctx.count("exact" if plain else "kept")
    if plain:  # which tests the elements of containers too
        return node.with_changes(func=cst.Name("isinstance"), args=[first, second])
    if first is node.args[0] and second is node.args[1]:
        return node
    return node.with_changes(args=[first, second])


@rule(cst.Comparison)
def class_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``type(x) == np.ndarray`` -> ``isinstance(x, jax.Array)``, where no array is of the class that stands for all."""
    call, part = node.left, node.comparisons[0]
    if len(node.comparisons) != 1 or ctx.target.name not in ("jax", "tensorflow") or not isinstance(call, cst.Call):
        return None
    if ctx.name_of(call.func) != "builtins.type" or len(call.args) != 1:
        return None
    if isinstance(part.operator, (cst.In, cst.NotIn)) and isinstance(part.comparator, (cst.List, cst.Set)):
        classes = [element.value for element in part.comparator.elements]
    elif isinstance(part.operator, (cst.Equal, cst.NotEqual, cst.Is, cst.IsNot, cst.In, cst.NotIn)):
        classes = classes_of(part.comparator)
    else:
        return None
    arrays = ctx.source.settings.get("array_types", ())
    if not any(ctx.project.canonical(ctx.name_of(each) or "") in arrays for each in classes):
        return None
    ctx.count("exact")
    tested = _tested(nodes.one_or_tuple(classes), ctx)
    assert isinstance(tested, cst.BaseExpression)
    made = nodes.call(cst.Name("isinstance"), ctx.visit(call.args[0].value), tested)
    negative = isinstance(part.operator, (cst.NotEqual, cst.IsNot, cst.NotIn))
    return cst.UnaryOperation(cst.Not(), made) if negative else made


@rule(cst.Call)
def axes_test(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``hasattr(x, "__len__")`` -> with ``and getattr(x, "ndim", 1) > 0``: NumPy's elements have no length."""
    if ctx.source.name != "numpy" or ctx.target.name not in ("jax", "tensorflow", "torch") or len(node.args) != 2:
        return None
    value, name = (arg.value for arg in node.args)
    asked = isinstance(name, cst.SimpleString) and name.evaluated_value in ("__len__", "__iter__")
    if not asked or ctx.name_of(node.func) != "builtins.hasattr" or not nodes.is_simple(value):
        return None
    if ctx.kind(value).tag not in ("array", "unknown"):
        return None
    ctx.count("exact")
    axes = nodes.call(cst.Name("getattr"), ctx.visit(value), cst.SimpleString('"ndim"'), cst.Integer("1"))
    several = cst.Comparison(axes, [cst.ComparisonTarget(cst.GreaterThan(), cst.Integer("0"))])
    brackets = {"lpar": [cst.LeftParen()], "rpar": [cst.RightParen()]}
    return cst.BooleanOperation(ctx.descend(node), cst.And(), several, **brackets)


def _mark_shapes(node: cst.BaseExpression, ctx) -> None:
    """Have ``torch.Size`` in a test written as the classes that the target's shapes are of."""
    names = ctx.target.settings.get("shape_classes", ())
    for part in classes_of(node) if names else ():
        entry = ctx.source.find(ctx.name_of(part))
        if entry is not None and entry.type == "shape" and ctx.foreign(entry.native):
            ctx.substitutes[id(part)] = nodes.one_or_tuple([_class_named(name, ctx) for name in names])


def _class_named(name: str, ctx) -> cst.BaseExpression:
    module, _, last = name.rpartition(".")
    return cst.Name(last) if module == "builtins" else ctx.native(name)


def _tested(node: cst.CSTNode, ctx) -> cst.CSTNode:
    ctx.imports.testing = True
    new = ctx.visit(node)
    ctx.imports.testing = False
    return new


def classes_of(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """The classes that a test names, one or a tuple of them."""
    return [part.value for part in node.elements] if isinstance(node, cst.Tuple) else [node]


def _typed_arrays(node: cst.BaseExpression, ctx) -> dict[int, str]:
    """The classes of a test that are arrays of one dtype, by their ids; '' for those of a device that is not there."""
    found: dict[int, str] = {}
    for part in classes_of(node) if ctx.source.name == "torch" else ():
        place, _, name = ctx.name_of(part).rpartition(".")
        if name in TYPED_ARRAYS and name != "Tensor" and place in ("torch", "torch.cuda"):
            found[id(part)] = TYPED_ARRAYS[name] if place == "torch" else ""
    return found


def _of_dtypes(node: cst.Call, typed: dict[int, str], ctx) -> cst.BaseExpression:
    """``isinstance(x, (int, torch.LongTensor))`` -> ``(isinstance(x, int) or is_array_of(x, jnp.int64))``."""
    api = "isinstance(x, torch.LongTensor)"
    value = node.args[0].value
    dtypes = [ctx.native_constant(dtype) for dtype in dict.fromkeys(filter(None, typed.values()))]
    others = [part for part in classes_of(node.args[1].value) if id(part) not in typed]
    twice = bool(dtypes and others) and not nodes.is_simple(value)
    if None in dtypes or "is_array_of" not in ctx.target.templates or twice:
        return ctx.refuse(node, api, "there is one class for arrays of all dtypes", "compare the dtype")
    narrow = set(typed.values()) & {"int32", "float32"} and not _has_wide(list(typed.values()))
    if ctx.target.language == "jax" and narrow:
        message = "arrays of 64 bits have 32 there unless they are enabled, and pass the test too"
        ctx.note(node, "S2S200", api, message, "compare the dtype where the difference matters")
    ctx.count("exact")
    asked = ctx.visit(value)
    kinds = [_tested(part, ctx) for part in others]
    if dtypes:
        return _either(asked, kinds, nodes.call(ctx.helper("is_array_of"), asked, *dtypes))
    if not kinds:
        return cst.Name("False")
    return nodes.call(cst.Name("isinstance"), asked, kinds[0] if len(kinds) == 1 else nodes.tuple_of(kinds))


def _has_wide(dtypes: Sequence[str]) -> bool:
    """Whether a test takes the arrays of 64 bits with those of 32."""
    return {"int32", "int64"} <= set(dtypes) or {"float32", "float64"} <= set(dtypes)
