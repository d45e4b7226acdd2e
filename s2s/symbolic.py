"""Calls of functions that take arrays alone, on tensors of a Keras model that is being put together.

``jnp.pad(x, widths)`` -> ``on_symbols(jnp.pad)(x, widths)`` in functions that make layers or inputs and call them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import libcst as cst

from . import nodes
from .kinds import NUMBERS, Kind, content
from .table_model import Table
from .walk import below

# Methods in which Keras' layers compute or prepare: the tensors there have values.
_METHODS = frozenset("call build compute_mask compute_output_shape get_config".split())
_PLAIN = frozenset((*NUMBERS, "str", "none", "dtype"))


def makes_models(function: cst.FunctionDef, name_of: Callable[[cst.CSTNode], str], source: Table) -> bool:
    """Whether a function calls ``keras.Input``, or a layer where it makes it: ``Dense(3)(x)``."""
    if function.name.value in _METHODS:
        return False
    for call in below(function.body):
        if not isinstance(call, cst.Call):
            continue
        made = call.func.func if isinstance(call.func, cst.Call) else None
        name = name_of(call.func if made is None else made)
        entry = source.find(name) if name else None
        if entry is not None and (entry.op == "keras.Input" or made is not None and entry.op.startswith("keras.")):
            return True
    return False


def for_symbols(
    written: cst.BaseExpression,
    given: Iterable[Kind],
    modules: frozenset[str],
    helper: Callable[[], cst.BaseExpression],
) -> cst.BaseExpression:
    """A written expression whose native functions are put into the graph where an argument is symbolic.

    ``given`` are the kinds of the arguments, ``modules`` the names that the target's modules have.
    """
    if all(content(kind).tag in _PLAIN for kind in given):
        return written
    if not isinstance(written, cst.Call):
        changed = written.visit(_Native(modules, helper))
        assert isinstance(changed, cst.BaseExpression)
        return changed
    return _wrapped(written, modules, helper)


class _Native(cst.CSTTransformer):
    """Wraps all native functions of an expression."""

    def __init__(self, modules: frozenset[str], helper: Callable[[], cst.BaseExpression]) -> None:
        super().__init__()
        self.modules, self.helper = modules, helper

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        return _wrapped(updated_node, self.modules, self.helper)


def _wrapped(call: cst.Call, modules: frozenset[str], helper: Callable[[], cst.BaseExpression]) -> cst.Call:
    """``jnp.pad(x)`` -> ``on_symbols(jnp.pad)(x)``; other calls as they are."""
    root: cst.BaseExpression = call.func
    while isinstance(root, cst.Attribute):
        root = root.value
    native = root is not call.func and isinstance(root, cst.Name) and root.value in modules
    return call.with_changes(func=nodes.call(helper(), call.func)) if native else call
