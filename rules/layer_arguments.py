"""The arguments of a layer's constructor, where the helper leaves out some that the source's layer has."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.lift import SYNONYMS
from ..s2s.table_model import Template
from ..s2s.tables import Entry

_OLD = ("size_average", "reduce")


def constructor_params(template: Template, ctx) -> list[str]:
    """The names of a helper class' constructor arguments, those of its bases when it has no constructor."""
    found: Template | None = template
    while found is not None and not found.init_params:
        found = ctx.target.templates.get(found.bases[0]) if found.bases else None
    return [param.name for param in found.params] if found is not None else []


def renamed(args: Sequence[cst.Arg], known: Sequence[str]) -> list[cst.Arg]:
    """Arguments whose old names the layer does not have under their names of today."""
    made = []
    for arg in args:
        word = arg.keyword.value if arg.keyword is not None else ""
        new = SYNONYMS.get(word, word)
        made.append(arg.with_changes(keyword=cst.Name(new)) if word not in known and new in known else arg)
    return made


def in_order(args: Sequence[cst.Arg], entry: Entry, template: Template, ctx) -> list[cst.Arg] | str:
    """Arguments such that positions mean the same: those that the helper has at another place get their names.

    ``size_average`` and ``reduce`` become the ``reduction`` that they mean. A text is the reason of a refusal.
    """
    if not entry.order:
        return list(args)
    ours = constructor_params(template, ctx)
    made: list[cst.Arg] = []
    old: dict[str, cst.BaseExpression] = {}
    named = False
    for index, arg in enumerate(args):
        if arg.star == "*" and tuple(entry.order) != tuple(ours):
            return "arguments are unpacked by their position"
        position = arg.keyword is None and not arg.star
        if position and index >= len(entry.order):
            return "too many positional arguments"
        name = entry.order[index] if position else arg.keyword.value if arg.keyword is not None else ""
        if name in _OLD:
            old[name] = arg.value
        elif position and (named or ours[index : index + 1] != [name]):
            named = True
            made.append(nodes.keyword(name, arg.value))
        else:
            made.append(arg)
    return _with_reduction(made, old)


def _with_reduction(args: list[cst.Arg], old: dict[str, cst.BaseExpression]) -> list[cst.Arg] | str:
    """The arguments with the reduction that deprecated arguments mean."""
    words = {name: nodes.code(value) for name, value in old.items()}
    given = {name: word for name, word in words.items() if word != "None"}
    if not given:
        return args
    if not set(given.values()) <= {"True", "False"}:
        return f"{' and '.join(given)} must be True, False or None; pass reduction instead"
    reduction = "none" if given.get("reduce") == "False" else "sum" if given.get("size_average") == "False" else "mean"
    kept = [arg for arg in args if arg.keyword is None or arg.keyword.value != "reduction"]
    return [*kept, nodes.keyword("reduction", nodes.expression(f"'{reduction}'"))]
