"""``exec("torch.abs(x)")``, ``import_module("torch.nn")``: code and modules named by strings are not converted.

``eval(activation)()`` finds the classes that the file imported by name: those stay imported.
"""

from __future__ import annotations

import re

import libcst as cst

from .base import rule
from .references import reference

_RUN = ("builtins.exec", "builtins.eval", "builtins.compile")
_IMPORT = ("builtins.__import__", "importlib.import_module")


@rule(cst.Call)
def dynamic_code(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Refuse a string that names the source framework; tell about strings that only exist at run time."""
    name = _name(node.func, ctx)
    if name not in _RUN + _IMPORT or not node.args:
        return None
    value = node.args[0].value
    if not isinstance(value, (cst.SimpleString, cst.ConcatenatedString)):
        if name == "builtins.eval":
            _keep_names(ctx)
        ctx.note(node, "S2S301", name, "what the string holds is not converted", "make sure that it names no framework")
        return None
    text = str(value.evaluated_value)
    if not any(re.search(rf"\b{package}\b", text) for package in ctx.source.packages):
        return None
    return ctx.refuse(node, name, "a string that names the source framework is not converted")


def _keep_names(ctx) -> None:
    """Import the counterparts of what the file imports from the source framework, where they have the same names."""
    imported = ((name, kind) for name, kind in ctx.module.names.items() if name in ctx.imports.top_names)
    foreign = [(name, ctx.source.find(kind.name)) for name, kind in imported if kind.tag == "ref"]
    names = [cst.Name(name) for name, entry in foreign if entry is not None and entry.op in ctx.target.templates]
    for node in names:  # all of them at once: what is known of a node is known by its id
        reference(node, ctx)


def _name(func: cst.BaseExpression, ctx) -> str:
    if isinstance(func, cst.Name) and func.value in ("exec", "eval", "compile", "__import__"):
        return "" if ctx.is_local(func.value) or func.value in ctx.module.names else f"builtins.{func.value}"
    return ctx.name_of(func)
