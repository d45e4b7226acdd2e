"""Reductions over no axes: ``axis=()`` reduces nothing in NumPy, JAX and TensorFlow, and everything in PyTorch."""

from __future__ import annotations

import libcst as cst

from . import nodes
from .kinds import Kind

REDUCTIONS = frozenset(
    "count_nonzero max mean min nanmean nansum norm safe_norm std std_mean sum var var_mean vector_norm".split()
)
"""Ops that PyTorch applies to all axes when it is given none; ``any`` and ``all`` it applies to none."""


def is_empty(axes: cst.BaseExpression) -> bool:
    """Whether axes are written as an empty tuple or list."""
    return isinstance(axes, (cst.Tuple, cst.List)) and not axes.elements


def may_be_empty(axes: cst.BaseExpression, kind: Kind) -> bool:
    """Whether axes may turn out to be none: those that are computed, and those of which only the type is known."""
    if isinstance(axes, (cst.Tuple, cst.List)):
        return not axes.elements
    return kind.tag in ("list", "shape") or kind.tag == "tuple" and not kind.items


def all_of_none(axes: cst.BaseExpression, kind: Kind) -> cst.BaseExpression:
    """Axes for NumPy's meaning from axes that PyTorch would read: none of them mean all."""
    if is_empty(axes):
        return cst.Name("None")
    made = axes.func.value if isinstance(axes, cst.Call) and isinstance(axes.func, cst.Name) else ""
    if made == "list":
        axes = axes.with_changes(func=cst.Name("tuple"))
    elif kind.tag == "list" and made != "tuple":
        axes = nodes.call(cst.Name("tuple"), axes)
    return cst.BooleanOperation(nodes.parenthesized(axes), cst.Or(), cst.Name("None"))


def none_of_none(call: cst.BaseExpression, native, helper) -> cst.BaseExpression | None:
    """A reduction that PyTorch computes, written so that no axes reduce nothing; None when it has no ``dim``."""
    if not isinstance(call, cst.Call) or not isinstance(call.func, (cst.Name, cst.Attribute)):
        return None
    dims = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "dim"]
    plain = [arg for arg in call.args if arg.keyword is None]
    if len(dims) != 1 or any(arg.star for arg in call.args):
        return None
    function, method = call.func, call.func
    if isinstance(method, cst.Attribute) and not plain:  # a method of the array
        function, plain = native(f"torch.{method.attr.value}"), [cst.Arg(method.value)]
    if len(plain) != 1:
        return None
    others = [arg for arg in call.args if arg not in dims and arg.keyword is not None]
    arguments = [cst.Arg(function), plain[0], cst.Arg(dims[0].value), *others]
    return cst.Call(helper("reduced"), nodes.spaced(arguments))
