"""``counts[label] += 1`` -> ``counts[label.item()] += 1``: elements of NumPy's arrays are equal keys, tensors are not.

PyTorch's tensors hash by what object they are, so that each element is another key; others cannot be hashed at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import ARRAY, Kind
from .base import rule

_OF_KEYS = ("add", "discard", "get", "pop", "remove", "setdefault")
_COLLECTING = ("builtins.frozenset", "builtins.set", "collections.Counter", "builtins.dict.fromkeys")


def are_values(ctx) -> bool:
    """Whether elements of arrays are values of their own in the source, and arrays in the target."""
    return bool(ctx.source.settings.get("hashable_elements")) and not ctx.target.settings.get("hashable_elements")


@rule(cst.Subscript)
def hashed_index(node: cst.Subscript, ctx) -> None:
    """``groups[label]`` of a dictionary."""
    if are_values(ctx) and len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Index):
        if ctx.kind(node.value).tag == "dict":
            _hash(node.slice[0].slice.value, ctx)


@rule(cst.Comparison)
def hashed_member(node: cst.Comparison, ctx) -> None:
    """``label in seen``."""
    if not are_values(ctx) or len(node.comparisons) != 1:
        return
    other = node.comparisons[0]
    if isinstance(other.operator, (cst.In, cst.NotIn)) and ctx.kind(other.comparator).tag in ("dict", "set"):
        _hash(node.left, ctx)


@rule(cst.Call)
def hashed_argument(node: cst.Call, ctx) -> None:
    """``seen.add(label)``, ``set(labels)``, ``dict(zip(labels, values))``."""
    if not are_values(ctx) or not node.args or node.args[0].star:
        return
    first, name = node.args[0].value, ctx.name_of(node.func)
    if name in _COLLECTING and len(node.args) == 1:
        _collect(first, ctx)
    elif name == "builtins.dict" and isinstance(first, cst.Call) and ctx.name_of(first.func) == "builtins.zip":
        _collect_pairs(first, ctx)
    elif isinstance(node.func, cst.Attribute) and node.func.attr.value in _OF_KEYS:
        if ctx.kind(node.func.value).tag in ("dict", "set"):
            _hash(first, ctx)


@rule(cst.Dict)
def hashed_keys(node: cst.Dict, ctx) -> None:
    """``{label: value}``."""
    if are_values(ctx):
        for element in node.elements:
            if isinstance(element, cst.DictElement):
                _hash(element.key, ctx)


@rule(cst.Set)
def hashed_elements(node: cst.Set, ctx) -> None:
    """``{first, last}``."""
    if are_values(ctx):
        for element in node.elements:
            _hash(element.value, ctx)


@rule(cst.DictComp)
def hashed_keys_of_loop(node: cst.DictComp, ctx) -> None:
    """``{label: i for i, label in enumerate(labels)}``."""
    if are_values(ctx):
        with _loop_names(node, ctx):
            _hash(node.key, ctx)


@rule(cst.SetComp)
def hashed_elements_of_loop(node: cst.SetComp, ctx) -> None:
    """``{label for label in labels}``."""
    if are_values(ctx):
        with _loop_names(node, ctx):
            _hash(node.elt, ctx)


@contextmanager
def _loop_names(node: cst.DictComp | cst.SetComp, ctx) -> Iterator[None]:
    """With the names that a comprehension loops over."""
    names: dict[str, Kind] = {}
    ctx.infer.push(names)
    ctx.loops.append(names)
    ctx.infer.bind_comprehension(node.for_in)
    yield
    ctx.loops.pop()
    ctx.infer.pop()


def _hash(node: cst.BaseExpression, ctx) -> None:
    """Have an element of an array written as a number of Python; those of a tuple too."""
    if isinstance(node, cst.Tuple):
        for element in node.elements:
            _hash(element.value, ctx)
    elif ctx.kind(node).tag == "array" and id(node) not in ctx.substitutes:
        _replace(node, ctx.writer.of_op("item", x=node), ctx)


def _replace(node: cst.BaseExpression, made: cst.BaseExpression | None, ctx) -> None:
    if made is not None:
        ctx.substitutes[id(node)] = made


def _collect(node: cst.BaseExpression, ctx) -> None:
    """Have what is collected written as numbers of Python, where it may be an array or hold such."""
    kind = ctx.kind(node)
    if id(node) in ctx.substitutes or isinstance(node, (cst.GeneratorExp, cst.Dict, cst.Set)):
        return
    if kind.tag == "array":
        _replace(node, ctx.writer.of_op("tolist", x=node), ctx)
    elif kind.tag == "unknown" or kind.tag == "list" and _holds_arrays(kind):
        ctx.substitutes[id(node)] = nodes.call(ctx.helper("elements"), ctx.visit(node))


def _collect_pairs(zipped: cst.Call, ctx) -> None:
    """The keys of ``dict(zip(labels, values))``; both parts of ``dict(zip(*np.unique(x, return_counts=True)))``."""
    first = zipped.args[0] if zipped.args else None
    if first is None:
        return
    kind = ctx.kind(first.value)
    if first.star and all(item.tag == "array" for item in kind.items or (kind,)):
        parts = nodes.call(cst.Name("map"), ctx.helper("elements"), ctx.visit(first.value))
        ctx.substitutes[id(first.value)] = parts
    elif not first.star and kind.tag == "array":
        _collect(first.value, ctx)


def _holds_arrays(kind: Kind) -> bool:
    return any(item.tag == ARRAY.tag or item.tag == "tuple" and _holds_arrays(item) for item in kind.items)
