"""Attributes that calls change are not kept where modules are made anew by every ``init`` and ``apply``: a note."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s.kinds import Kind
from ..s2s.nodes import is_of_self
from ..s2s.walk import below

_MESSAGE = "modules are made anew by every init and apply: what a call sets is gone afterwards"


def note_lost_attributes(node: cst.ClassDef, name: str, ctx) -> None:
    """Tell where a method that runs in calls sets an attribute that the constructor sets, and that is no buffer."""
    if not ctx.target.settings.get("made_anew"):
        return
    methods = {f.name.value: f for f in node.body.body if isinstance(f, cst.FunctionDef)}
    first = {t.attr.value for t in _assigned(methods["__init__"])} if "__init__" in methods else set()
    for method in sorted(_called(name, ctx) & methods.keys() - {"__init__"}):
        for target in _assigned(methods[method]):
            attribute = target.attr.value
            kept = ctx.project.attribute(name, attribute) == Kind("array", "variable")
            if attribute in first and not kept:
                api = ctx.module_api("__setattr__")
                hint = f"register {attribute!r} as a buffer, or return it"
                ctx.note(target, "S2S205", api, f"'{attribute}' is set in a call: {_MESSAGE}", hint)


def _assigned(function: cst.FunctionDef) -> Iterator[cst.Attribute]:
    """The attributes of ``self`` that a method assigns."""
    for found in below(function.body):
        if isinstance(found, (cst.AssignTarget, cst.AugAssign)) and is_of_self(found.target):
            yield cst.ensure_type(found.target, cst.Attribute)


def _called(cls: str, ctx) -> set[str]:
    """The methods that a call of the module runs, by what they call on ``self``."""
    todo, found = [ctx.source.settings["forward"]], set()
    while todo:
        method = todo.pop()
        info = ctx.project.method(cls, method)
        if method not in found and info is not None:
            found.add(method)
            todo.extend(info.self_calls)
    return found
