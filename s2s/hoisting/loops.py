"""Loops that make layers: over numbers, so that each layer has a name of its own."""

from __future__ import annotations

from collections import Counter

import libcst as cst

from .. import nodes
from ..infer import Inference
from ..nodes import code
from .known import Known
from .names import Loop
from .tree import below, names_of


def numbered(
    node: cst.For, each: Counter[str], known: Known, infer: Inference
) -> tuple[cst.BaseExpression, cst.BaseExpression, Loop]:
    """The target and the iterable of a loop with a counter, and the loop as the names of its layers need it."""
    call = node.iter if isinstance(node.iter, cst.Call) else None
    name = infer.name_of(call.func) if call is not None else ""
    args = [arg.value for arg in call.args if arg.keyword is None and not arg.star] if call is not None else []
    complete = call is not None and len(args) == len(call.args)
    if name == "builtins.range" and complete and len(args) == 1 and isinstance(node.target, cst.Name):
        index = node.target if node.target.value != "_" else _counter(known)
        return index, node.iter, Loop(index, each, args[0])
    if name == "builtins.enumerate" and complete and len(args) == 1 and _is_pair(node.target):
        first = node.target.elements[0].value  # type: ignore[attr-defined]
        index = first if first.value != "_" else _counter(known)
        elements = [node.target.elements[0].with_changes(value=index), *node.target.elements[1:]]  # type: ignore[attr-defined]
        return node.target.with_changes(elements=elements), node.iter, Loop(index, each, _length(args[0]))
    index = _counter(known)
    pair = nodes.tuple_of([index, node.target]).with_changes(lpar=[], rpar=[])
    counted = nodes.call(cst.Name("enumerate"), node.iter)
    return pair, counted, Loop(index, each, None if call is not None else _length(node.iter))


def _is_pair(target: cst.BaseExpression) -> bool:
    if not isinstance(target, cst.Tuple) or len(target.elements) != 2:
        return False
    return isinstance(target.elements[0].value, cst.Name)


def _length(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """How many elements there are; None where the elements are made as they are asked for."""
    return None if isinstance(node, cst.Call) else nodes.call(cst.Name("len"), node)


def _counter(known: Known) -> cst.Name:
    """A name for the number of a turn that the method does not use."""
    name = next(n for n in ("i", "j", "k", "index", "turn") if n not in known.bound)
    known.bound[name] += 1
    return cst.Name(name)


def without_elements(node: cst.For) -> cst.For:
    """``for i, width in enumerate(widths)`` -> ``for i in range(len(widths))`` where only ``i`` is read."""
    elements = set(names_of(node.target.elements[1].value))  # type: ignore[attr-defined]
    if any(isinstance(part, cst.Name) and part.value in elements for part in below(node.body)):
        return node
    args = node.iter.args  # type: ignore[attr-defined]
    if isinstance(args[0].value, cst.Call):
        return node
    counted = nodes.call(cst.Name("range"), cst.Call(cst.Name("len"), args))
    return node.with_changes(target=node.target.elements[0].value, iter=counted)  # type: ignore[attr-defined]


def header(target: cst.BaseExpression, iterable: cst.BaseExpression, body: list[cst.BaseStatement]) -> cst.For:
    """A loop of the constructor."""
    return cst.For(target.deep_clone(), iterable, cst.IndentedBlock(body))


def filled_lists(loop: Loop, node: cst.For) -> list[cst.BaseStatement]:
    """A loop of the constructor behind the lists that it fills; a list alone where it does nothing else."""
    appended = [call for part in below(node) if (call := _appended(part)) is not None]
    lists = {code(call.func.value) for call in appended if isinstance(call.func, cst.Attribute)}
    names = [name for name in loop.lists.values() if f"self.{name}" in lists]
    body = node.body.body
    added = _appended(body[0]) if len(body) == 1 else None
    if added is None:
        return [*(_list_called(name, cst.List([])) for name in names), node]
    value, target, iterable = added.args[0].value, node.target, node.iter
    if isinstance(target, cst.Tuple) and code(target.elements[0].value) == loop.index.value:
        read = any(isinstance(part, cst.Name) and part.value == loop.index.value for part in below(value))
        if not read and isinstance(iterable, cst.Call) and len(target.elements) == 2:
            target, iterable = target.elements[1].value, iterable.args[0].value
    return [_list_called(names[0], cst.ListComp(value, cst.CompFor(target, iterable)))]


def _list_called(name: str, value: cst.BaseExpression) -> cst.BaseStatement:
    place = cst.Attribute(cst.Name("self"), cst.Name(name))
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(place)], value)])


def _appended(node: cst.CSTNode) -> cst.Call | None:
    """The call of a statement that appends a layer to a list."""
    small = node.body[0] if isinstance(node, cst.SimpleStatementLine) else None
    call = small.value if isinstance(small, cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    return call if call.func.attr.value == "append" else None
