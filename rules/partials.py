"""``functools.partial(jnp.sum, axis=-1)``: arguments bound in advance are renamed as those of a call are."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.lift import Bound, bind
from ..s2s.table_model import Entry
from .base import rule
from .references import called_with, value_of


@rule(cst.Call)
def partial_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``partial(jax.vmap, in_axes=0)`` -> ``partial(torch.vmap, in_dims=0)``."""
    entry = partial_of(node, ctx)
    if entry is None:
        return None
    if entry.drop:
        return value_of(entry, ctx)
    rest = node.args[1:]
    if (
        entry.refuse
        or ctx.infer.is_hub_layer(entry.op)
        or not (entry.op or entry.overloads)
        or not rest
    ):
        return None
    names = called_with(entry, ctx)
    function = value_of(entry, ctx)
    bound = bind(entry, rest, None, ctx.kind)
    if not isinstance(bound, Bound):
        return ctx.refuse(node, entry.native, bound.reason)
    plain = all(arg.keyword is not None for arg in rest)
    if function is not None and not bound.args.keys() - bound.implied:  # what was bound means nothing here
        ctx.count("exact")
        return function
    if function is not None and names is not None and not plain and _keep_places(entry, rest, names):
        ctx.count("exact")
        args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in rest]
        return node.with_changes(args=nodes.spaced([node.args[0].with_changes(value=function), *args]))
    if function is None or names is None or not plain or not set(bound.places) <= set(names):
        return _one_argument(node, bound, ctx) if plain else _refused(node, entry, ctx)
    args = [
        place.with_changes(
            keyword=cst.Name(names[canonical]), value=ctx.writer.argument(bound, canonical)
        )
        for canonical, place in bound.places.items()
    ]
    ctx.count("exact")
    if isinstance(function, cst.Call):  # a partial of its own, for defaults that differ
        own = [
            a
            for a in function.args
            if a.keyword is None or a.keyword.value not in {n.keyword.value for n in args}
        ]
        return node.with_changes(func=function.func, args=nodes.spaced([*own, *args]))
    return node.with_changes(args=nodes.spaced([node.args[0].with_changes(value=function), *args]))


def _keep_places(entry: Entry, rest: Sequence[cst.Arg], names: dict[str, str]) -> bool:
    """Whether positional arguments are the first ones of the target's function too."""
    first = [arg.canonical for arg in entry.args if not arg.variadic][: len(rest)]
    positional = all(arg.keyword is None and not arg.star for arg in rest)
    return positional and len(first) == len(rest) and first == list(names)[: len(rest)]


def partial_of(node: cst.BaseExpression, ctx) -> Entry | None:
    """The table entry of ``f`` in ``functools.partial(f, ...)``."""
    if (
        not isinstance(node, cst.Call)
        or not node.args
        or ctx.name_of(node.func) != "functools.partial"
    ):
        return None
    name = ctx.name_of(node.args[0].value)
    return (
        ctx.source.find(name)
        if name and ctx.foreign(name) and node.args[0].keyword is None
        else None
    )


def _one_argument(node: cst.Call, bound: Bound, ctx) -> cst.BaseExpression:
    """A function of the first argument, for an op that is no function in the target."""
    op = ctx.hub[bound.entry.op]
    missing = [p.name for p in op.params if p.default is None and p.name not in bound.args]
    if len(missing) != 1 or missing[0] != bound.entry.args[0].canonical:
        return _refused(node, bound.entry, ctx)
    name = cst.Name("x")
    ctx.substitutes[id(name)] = name
    args = {missing[0]: name, **bound.args}
    full = Bound(
        bound.entry, args, bound.places, positional=frozenset((missing[0],)), implied=bound.implied
    )
    body = ctx.spell(full, cst.Call(node.func), bound.entry.native)
    space = cst.SimpleWhitespace(" ")
    return nodes.parenthesized(
        cst.Lambda(cst.Parameters([cst.Param(name)]), body, whitespace_after_lambda=space)
    )


def _refused(node: cst.Call, entry: Entry, ctx) -> cst.BaseExpression:
    return ctx.refuse(
        node, entry.native, "these bound arguments have no counterpart", "write a small function"
    )
