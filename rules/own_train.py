"""``def train(self, mode=True)`` of a module: the modules around it must call it where they switch the mode."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes


def trains_itself(name: str, ctx) -> bool:
    """Whether a class of the project is the first of its bases with a ``train`` of its own."""
    info = ctx.project.class_info(name) if ctx.source.name == "torch" else None
    if info is None or "train" not in info.methods:
        return False
    others = map(ctx.project.class_info, ctx.project.mro(name)[1:])
    return not any(other is not None and "train" in other.methods for other in others)


def with_own_train(node: cst.ClassDef, bases: list[cst.Arg], ctx) -> list[cst.Arg]:
    """The bases of such a class: flax sets attributes of all modules below one, and calls no method of theirs."""
    if "OwnTrain" not in ctx.target.templates:
        if ctx.target.name in ("tensorflow", "haiku"):
            _refuse(node, ctx)
        return bases
    ctx.count("exact")
    own = nodes.positional(ctx.helper("OwnTrain"))
    plain = [a for a in node.bases if not a.star and _is_module(a.value, ctx)]
    makes_itself = ctx.project.method(ctx.qualified(node.name.value), "__new__") is not None  # on a base of its own
    if plain and not makes_itself:
        return [new.with_changes(value=own.value) if old is plain[0] else new for old, new in zip(node.bases, bases)]
    return nodes.spaced([own, *bases])


def _is_module(base: cst.BaseExpression, ctx) -> bool:
    entry = ctx.source.find(ctx.name_of(base) or "")
    return entry is not None and entry.type == "module"


def _refuse(node: cst.ClassDef, ctx) -> None:
    ctx.count("refused")
    reason = f"{ctx.target.name} tells layers the mode with each call, so this method is never asked for it"
    place = next(s for s in node.body.body if isinstance(s, cst.FunctionDef) and s.name.value == "train")
    ctx.note(place, "S2S100", ctx.module_api("train"), reason, "pass the mode in the call", grade="refused")
