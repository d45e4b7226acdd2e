"""Names of arrays that a place holds too: ``w = self.W``, ``m = cache[key]``, ``m = cache.setdefault(key, zeros)``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from . import nodes
from .reading import names_read

_ITEMS = ("get", "setdefault")


def place_of(value: cst.BaseExpression, infer) -> cst.BaseExpression | None:
    """The attribute or item that holds a value; None for values of their own, and for parts of arrays with a name."""
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute) and value.func.attr.value in _ITEMS:
        owner = value.func.value
        of_dict = infer.kind(owner).tag in ("dict", "unknown") and not infer.name_of(value.func)
        if not of_dict or not value.args or any(arg.star or arg.keyword is not None for arg in value.args):
            return None
        value = _item(owner, value.args[0].value)
    if not isinstance(value, (cst.Attribute, cst.Subscript)) or not _may_hold(value, infer):
        return None
    return value if _repeats(value) else None


def unpacked(
    target: cst.Tuple | cst.List, value: cst.BaseExpression, infer
) -> list[cst.BaseExpression] | None:
    """What each part of a target is given; None where that is not seen."""
    count = len(target.elements)
    if any(isinstance(element, cst.StarredElement) for element in target.elements):
        return None
    if isinstance(value, (cst.Tuple, cst.List)):
        plain = len(value.elements) == count and all(isinstance(element, cst.Element) for element in value.elements)
        bound = {element.value.value for element in target.elements if isinstance(element.value, cst.Name)}
        return [element.value for element in value.elements] if plain and not names_read(value) & bound else None
    if isinstance(value, (cst.Attribute, cst.Subscript)) and infer.kind(value).tag in ("tuple", "list"):
        return [_item(value, cst.Integer(str(position))) for position in range(count)]
    return None


def looped_places(loop: cst.For, infer) -> dict[str, cst.Subscript]:
    """The items that hold what a loop goes through: those of ``enumerate(items)`` and ``cache.items()``."""
    source, target = loop.iter, loop.target
    if not isinstance(target, cst.Tuple) or len(target.elements) != 2 or not isinstance(source, cst.Call):
        return {}
    index, value = (element.value for element in target.elements)
    if not isinstance(index, cst.Name) or not isinstance(value, cst.Name):
        return {}
    if infer.name_of(source.func) == "builtins.enumerate" and len(source.args) == 1:
        owner, tag = source.args[0].value, "list"
    elif isinstance(source.func, cst.Attribute) and source.func.attr.value == "items" and not source.args:
        owner, tag = source.func.value, "dict"
    else:
        return {}
    return {value.value: _item(owner, index)} if _repeats(owner) and infer.kind(owner).tag == tag else {}


def _item(owner: cst.BaseExpression, index: cst.BaseExpression) -> cst.Subscript:
    return cst.Subscript(owner, [cst.SubscriptElement(cst.Index(index))])


def is_part(node: cst.BaseExpression, place: cst.BaseExpression) -> bool:
    """Whether a place lies in what a node names, or is it."""
    while not node.deep_equals(place):
        if not isinstance(place, (cst.Attribute, cst.Subscript)):
            return False
        place = place.value
    return True


def assigned_places(targets: Sequence[cst.AssignTarget]) -> list[cst.BaseExpression]:
    """The attributes and items that an assignment gives new values."""
    found: list[cst.BaseExpression] = []
    todo: list[cst.BaseExpression] = [target.target for target in targets]
    while todo:
        node = todo.pop()
        if isinstance(node, (cst.Tuple, cst.List)):
            todo.extend(element.value for element in node.elements)
        elif isinstance(node, (cst.Attribute, cst.Subscript)):
            found.append(node)
    return found


def _may_hold(value: cst.Attribute | cst.Subscript, infer) -> bool:
    """Whether a place may be one of arrays, and no member of a module or an array."""
    if infer.kind(value).tag not in ("array", "unknown") or infer.name_of(value):
        return False
    owner = infer.kind(value.value)
    if isinstance(value, cst.Attribute):
        return owner.tag in ("instance", "unknown")
    if owner.tag == "shape":
        return False
    if isinstance(value.value, cst.Name) and owner.tag in ("array", "unknown"):
        return _has_text(value, infer)  # others are slices of an array with a name
    if owner.tag in ("dict", "list", "tuple"):
        return True
    parts = [element.slice for element in value.slice]
    whole = (part.value for part in parts if isinstance(part, cst.Index))
    return not any(isinstance(each, cst.List) or infer.kind(each).tag in ("array", "list") for each in whole)


def _has_text(value: cst.Subscript, infer) -> bool:
    index = value.slice[0].slice
    return isinstance(index, cst.Index) and infer.kind(index.value).tag in ("str", "tuple")


def _repeats(node: cst.BaseExpression) -> bool:
    """Whether a place may be evaluated again."""
    if isinstance(node, cst.Subscript):
        return _repeats(node.value) and all(map(_is_plain, node.slice))
    return _repeats(node.value) if isinstance(node, cst.Attribute) else isinstance(node, cst.Name)


def _is_plain(element: cst.SubscriptElement) -> bool:
    part = element.slice
    if isinstance(part, cst.Index):
        inner = part.value
        parts = [each.value for each in inner.elements] if isinstance(inner, cst.Tuple) else [inner]
        return all(nodes.is_simple(each) for each in parts)
    bounds = (part.lower, part.upper, part.step) if isinstance(part, cst.Slice) else ()
    return all(bound is None or nodes.is_simple(bound) for bound in bounds)
