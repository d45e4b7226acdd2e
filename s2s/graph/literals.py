"""Plain values and small arrays as expressions of source text."""

from __future__ import annotations

import ast
import math
from typing import Any

from ..backend import of_type
from ..dtypes import Dtype, dtype_name
from .dialects import DIALECTS
from .record import is_array

SMALL = 16
"""Arrays of at most this many elements are written out."""
_TORCH_OBJECTS = ("memory_format", "layout")


class NoLiteral(ValueError):
    """A value that has no text; it is held by the graph."""


def name(dotted: str) -> ast.expr:
    """``a.b.c`` as an expression."""
    first, *rest = dotted.split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for part in rest:
        node = ast.Attribute(node, part, ast.Load())
    return node


def call(function: ast.expr, args: list[ast.expr], kwargs: dict[str, ast.expr] | None = None) -> ast.Call:
    """``function(*args, **kwargs)``."""
    return ast.Call(function, args, [ast.keyword(key, value) for key, value in (kwargs or {}).items()])


def literal(value: Any, dialect: str) -> ast.expr:
    """A plain value that is no container; NoLiteral for all others."""
    kind = type(value)
    if kind in (float, complex) and not _finite(value):
        return _infinite(value, dialect)
    if value is None or value is ... or kind in (int, float, bool, str, bytes, complex):
        return _negative(value) if kind in (int, float) and _signed(value) else ast.Constant(value)
    if isinstance(value, range):
        return call(
            name("range"),
            [literal(part, dialect) for part in (value.start, value.stop, value.step)],
        )
    dtype = _dtype(value)
    if dtype:
        return _dtype_name(dtype, dialect)
    if kind.__module__ == "torch" and kind.__name__ in _TORCH_OBJECTS and dialect == "torch":
        return name(str(value))
    if kind.__module__ == "torch" and kind.__name__ == "device":
        return ast.Constant(str(value))
    raise NoLiteral(f"{kind.__name__} has no text")


def _finite(value: Any) -> bool:
    return math.isfinite(value.real) and math.isfinite(value.imag)


def _infinite(value: Any, dialect: str) -> ast.expr:
    if isinstance(value, complex):
        raise NoLiteral("a complex number that is not finite")
    text = "nan" if math.isnan(value) else "inf"
    plain = call(name("float"), [ast.Constant(text)])
    found = plain if dialect == "tensorflow" else name(f"{DIALECTS[dialect].module}.{text}")
    return ast.UnaryOp(ast.USub(), found) if value < 0 else found


def _signed(value: Any) -> bool:
    return value < 0 or (isinstance(value, float) and math.copysign(1.0, value) < 0)


def _negative(value: Any) -> ast.expr:
    return ast.UnaryOp(ast.USub(), ast.Constant(-value))


def _dtype_name(dtype: str, dialect: str) -> ast.expr:
    plain = "bool_" if dtype == "bool" and dialect in ("jax", "numpy") else dtype
    return name(f"{DIALECTS[dialect].module}.{plain}")


def _dtype(value: Any) -> str:
    """The hub's name of a dtype object, '' for other values."""
    if isinstance(value, Dtype):
        return str(value)
    kind = type(value)
    named = "dtype" in kind.__name__.lower() and of_type(kind)
    if named or (isinstance(value, type) and of_type(value) and hasattr(value, "dtype")):
        return dtype_name(value)
    return ""


def small_array(value: Any, dialect: str) -> ast.expr:
    """A small array as ``array([...], dtype=...)``; NoLiteral for one that is large or of an unusual dtype."""
    import numpy as np

    if getattr(value, "requires_grad", False):
        raise NoLiteral("a parameter")
    host = _host(value)
    if host.size > SMALL or host.dtype.kind not in "biuf" or host.size == 0:
        raise NoLiteral("large, empty or of an unusual dtype")
    if host.dtype.kind == "f" and host.dtype.itemsize > 8:
        raise NoLiteral("more digits than a Python number has")
    items = np.empty(host.shape, dtype=object)
    for place in np.ndindex(host.shape):
        items[place] = _shortest(host[place])
    items = items.tolist()
    dtype = _dtype_name(dtype_name(host.dtype), dialect)
    return call(name(DIALECTS[dialect].maker), [_nested(items, dialect)], {"dtype": dtype})


def _host(value: Any) -> Any:
    import numpy as np

    if not is_array(value):
        raise NoLiteral("no array")
    try:
        host = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
    except (TypeError, RuntimeError, ValueError) as error:
        raise NoLiteral("not on the host") from error
    if host.dtype.name != dtype_name(value.dtype):
        raise NoLiteral("a dtype that NumPy has not")
    return host


def _shortest(value: Any) -> Any:
    """The Python number with the fewest digits that gives a NumPy scalar again."""
    if value.dtype.kind != "f":
        return value.item()
    return float(str(value)) if math.isfinite(value) else float(value)


def _nested(items: Any, dialect: str) -> ast.expr:
    if isinstance(items, list):
        return ast.List([_nested(item, dialect) for item in items], ast.Load())
    return literal(items, dialect)
