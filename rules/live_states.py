"""``for v in ema.state_dict().values(): v.mul_(d)`` -> ``... in state_variables(ema).values(): ...``.

What ``state_dict`` gives shares memory with the module in PyTorch; elsewhere it is a copy, and changes of it are lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import libcst as cst

from ..s2s import kinds as k
from ..s2s.walk import below
from .base import rule

_VARIABLE = k.Kind("array", "variable")


@lru_cache(maxsize=64)
def live_states(whole: cst.CSTNode) -> frozenset[int]:
    """The calls of ``state_dict`` (by ``id``) in a function that changes what they give in place."""
    parts = [*below(whole)] if isinstance(whole, cst.CSTNode) else []
    assigns = [node for node in parts if isinstance(node, cst.Assign) and _is_state(node.value)]
    named = {t.target.value: node.value for node in assigns for t in node.targets if isinstance(t.target, cst.Name)}
    found = {id(named[name]) for name in _changed_items(parts) if name in named}
    for loop in (node for node in parts if isinstance(node, cst.For)):
        changed = _changed_names([*below(loop.body)])
        for target, state in _pairs(loop.target, loop.iter):
            if isinstance(target, cst.Name) and target.value in changed:
                held = named.get(state.value) if isinstance(state, cst.Name) else state
                found |= {id(held)} if held is not None else set()
    return frozenset(found)


@rule(cst.For)
def live_loop(node: cst.For, ctx) -> None:
    """The targets of a loop over such a state are variables."""
    if ctx.source.name != "torch" or "state_variables" not in ctx.target.templates:
        return
    live = live_states(ctx.enclosing)
    states = {id(state) for _, state in _pairs(node.target, node.iter)}
    names = {state.value for _, state in _pairs(node.target, node.iter) if isinstance(state, cst.Name)}
    assigns = (each for each in below(ctx.enclosing) if isinstance(each, cst.Assign) and id(each.value) in live)
    held = {t.target.value for each in assigns for t in each.targets if isinstance(t.target, cst.Name)}
    if live & states or held & names:
        ctx.infer.memo[id(node.iter)] = (node.iter, k.list_of(_element(node.iter, live, held, ctx)))


def _element(node: cst.BaseExpression, live: frozenset[int], held: set[str], ctx) -> k.Kind:
    """What a loop over an expression gives each time."""
    if _zips(node):
        return k.tuple_of(tuple(_element(arg.value, live, held, ctx) for arg in node.args))
    state = _state_of(node)
    if state is None or id(state) not in live and not (isinstance(state, cst.Name) and state.value in held):
        return k.element(ctx.infer.kind(node))
    return k.tuple_of((k.STR, _VARIABLE)) if node.func.attr.value == "items" else _VARIABLE


def _pairs(
    target: cst.BaseExpression, given: cst.BaseExpression
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """The targets of a loop that are values of states, with these: calls of ``state_dict``, or names."""
    parts = [each.value for each in target.elements] if isinstance(target, cst.Tuple) else []
    if _zips(given) and len(parts) == len(given.args):
        for part, arg in zip(parts, given.args):
            yield from _pairs(part, arg.value)
        return
    state = _state_of(given)
    if state is not None:
        pair = given.func.attr.value == "items"
        if not pair or len(parts) == 2:
            yield (parts[1] if pair else target), state


def _zips(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "zip"


def _state_of(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """``state`` of ``state.items()`` and ``state.values()``, where that may be one of a module."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute) or node.args:
        return None
    held = node.func.value
    known = isinstance(held, cst.Name) or _is_state(held)
    return held if known and node.func.attr.value in ("items", "values") else None


def _is_state(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "state_dict"


def _changed_names(parts: list[cst.CSTNode]) -> set[str]:
    """The names whose values are changed in place."""
    return {root.value for root in _roots(parts) if isinstance(root, cst.Name)}


def _changed_items(parts: list[cst.CSTNode]) -> set[str]:
    """The names of containers whose items are changed in place."""
    items = (root.value for root in _roots(parts) if isinstance(root, cst.Subscript))
    return {node.value for node in items if isinstance(node, cst.Name)}


def _roots(parts: list[cst.CSTNode]) -> Iterator[cst.BaseExpression]:
    """What in-place methods and augmented assignments change."""
    for node in parts:
        if isinstance(node, cst.AugAssign):
            yield _root(node.target)
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            name = node.func.attr.value
            if name.endswith("_") and not name.startswith("_"):
                yield _root(node.func.value)


def _root(node: cst.BaseExpression) -> cst.BaseExpression:
    """``v`` of ``v.data`` and ``v.detach()``."""
    while isinstance(node, cst.Attribute) and node.attr.value == "data" or _is_detached(node):
        node = node.value if isinstance(node, cst.Attribute) else node.func.value
    return node


def _is_detached(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value == "detach"
