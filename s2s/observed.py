"""What the calls of a module give its functions, what these return, and what attributes are given: by a rehearsal.

The kinds are those of the code at hand. Others may call its functions with other arrays, so integers are only likely
ones: what is combined with them is promoted, as floats need no less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import libcst as cst

from . import kinds as k
from .kinds import ARRAY, FLOATS, MIXED, UNKNOWN, WHOLE, Kind

_ROUNDS = 3


@dataclass
class Observed:
    """Kinds by function and parameter, by function, and by class and attribute."""

    parameters: dict[tuple[str, str], Kind] = field(default_factory=dict)
    returns: dict[str, Kind] = field(default_factory=dict)
    attributes: dict[tuple[str, str], Kind] = field(default_factory=dict)

    def parameter(self, function: str, name: str) -> Kind:
        """What all calls give a parameter."""
        return likely(self.parameters.get((function, name), UNKNOWN))

    def returned(self, function: str) -> Kind:
        """What all returns of a function give."""
        return likely(self.returns.get(function, UNKNOWN))

    def attribute(self, owner: str, name: str) -> Kind:
        """What all assignments give an attribute of a class."""
        return likely(self.attributes.get((owner, name), UNKNOWN))


def rehearsed(once: Callable[[Observed], Observed]) -> Observed:
    """Go through a module that stands alone, until nothing new is seen."""
    seen = Observed()
    for _ in range(_ROUNDS):
        found = once(seen)
        if found == seen:
            break
        seen = found
    return seen


def seen_in(module: cst.Module, rules: dict, made: Callable[[dict], object]) -> Observed:
    """Go through a module once without writing anything. ``made`` gives a rewriter."""
    found = Observed()
    watching: dict[type, tuple] = {kind: rules[kind] for kind in (cst.FunctionDef, cst.ClassDef)}
    for kind, note in _NOTES.items():
        watching[kind] = (_watching(note, found),)
    made(watching).module_body(module)  # type: ignore[attr-defined]
    return found


def combined(parts: Iterable[Observed]) -> Observed:
    """What was seen in several modules."""
    every = Observed()
    for part in parts:
        for field_name in ("parameters", "returns", "attributes"):
            for key, kind in getattr(part, field_name).items():
                _join(getattr(every, field_name), key, kind)
    return every


def changes(before: Observed, after: Observed) -> set[str]:
    """The names of the functions and attributes of which other things were seen than before."""
    found: set[str] = set()
    for function, _ in _changed(before.parameters, after.parameters):
        found.add(_bare(function))
    found.update(map(_bare, _changed(before.returns, after.returns)))
    found.update(attribute for _, attribute in _changed(before.attributes, after.attributes))
    return found


def _changed(before: dict, after: dict) -> list:
    return [key for key in before.keys() | after.keys() if _likely(before, key) != _likely(after, key)]


def _likely(kinds: dict, key: object) -> Kind:
    return likely(kinds.get(key, UNKNOWN))


def _bare(function: str) -> str:
    """The name by which a function is called: for constructors that of the class."""
    parts = function.split(".")
    return parts[-2] if parts[-1] in ("__init__", "__call__") and len(parts) > 1 else parts[-1]


def likely(kind: Kind) -> Kind:
    """What may be relied on of a kind that was seen: dtypes are those of the calls at hand alone."""
    if kind.tag == "array" and kind.name != "variable":
        if k.has_floats(kind):
            return FLOATS
        if kind.name.startswith("complex"):
            return kind
        if kind == MIXED:
            return kind
        whole = kind == WHOLE or k.is_integral(kind.name) and kind.name not in ("bool", "mask")
        return WHOLE if whole else kind if kind.name in ("bool", "") else ARRAY
    if kind.tag == "list" and k.content(kind).tag in k.NUMBERS:
        return kind
    if kind.tag in ("tuple", "list") and kind.items:
        return replace(kind, items=tuple(map(likely, kind.items)))
    return kind if kind.tag == "instance" else UNKNOWN


def refined(stated: Kind, seen: Kind) -> Kind:
    """What is known of a value, and what was seen of it where that says more."""
    says_more = stated == ARRAY and seen.tag in ("array", "list") or not stated and stated != k.LOOSE
    return seen if says_more else stated


def _watching(note: Callable, found: Observed) -> Callable:
    return lambda node, ctx: note(node, ctx, found)


def _call(node: cst.Call, ctx, found: Observed) -> None:
    callee = ctx.kind(node.func)
    method, function = callee.tag == "method", callee.name
    if callee.tag in ("class", "ref", "instance"):
        name = ctx.project.canonical(callee.name)
        if ctx.project.class_info(name) is not None:
            special = ctx.project.method(name, "__call__" if callee.tag == "instance" else "__init__")
            method, function = True, special.name if special is not None else ""
        else:
            function = name
    info = ctx.project.function(function) if function else None
    if info is None or any(arg.star == "*" for arg in node.args):
        return
    of_class = any(name.endswith("classmethod") for name in info.decorators)
    bound = of_class or method and "staticmethod" not in info.decorators
    names = [param.name for param in info.params if not param.star][int(bound) :]
    for position, arg in enumerate(node.args):
        if arg.star:
            continue
        if arg.keyword is not None:
            name = arg.keyword.value
        elif position < len(names):
            name = names[position]
        else:
            continue
        _join(found.parameters, (info.name, name), ctx.kind(arg.value))


def _returned(node: cst.Return, ctx, found: Observed) -> None:
    if ctx.scope is not None and ctx.scope.info is not None and node.value is not None:
        _join(found.returns, ctx.scope.info.name, ctx.kind(node.value))


def _assigned(node: cst.Assign, ctx, found: Observed) -> None:
    for target in node.targets:
        for place, kind in _places(target.target, ctx.kind(node.value)):
            owner = ctx.kind(place.value) if isinstance(place, cst.Attribute) else UNKNOWN
            if isinstance(place, cst.Attribute) and owner.tag == "instance":
                _join(found.attributes, (owner.name, place.attr.value), kind)


def _places(target: cst.BaseExpression, kind: Kind) -> Iterator[tuple[cst.BaseExpression, Kind]]:
    """The places that an assignment fills, and what each is given."""
    if not isinstance(target, (cst.Tuple, cst.List)):
        yield target, kind
        return
    known = kind.tag == "tuple" and len(kind.items) == len(target.elements)
    for position, element in enumerate(target.elements):
        yield from _places(element.value, kind.items[position] if known else k.element(kind))


def _join(kinds: dict, key: object, kind: Kind) -> None:
    """Note one more kind; arrays of integers and of floats are such of which some are integers."""
    known = kinds.get(key)
    if known is None or known == kind:
        kinds[key] = kind
    elif {known.tag, kind.tag} <= {"list", "tuple"}:
        kinds[key] = k.list_of(k.join(k.content(known), k.content(kind)))
    elif known.tag == kind.tag == "array":
        parts = {likely(known), likely(kind)}
        whole = WHOLE in parts or MIXED in parts
        kinds[key] = parts.pop() if len(parts) == 1 else MIXED if whole else ARRAY
    else:
        kinds[key] = k.join(known, kind) if "none" in (known.tag, kind.tag) else UNKNOWN


_NOTES: dict[type, Callable] = {cst.Call: _call, cst.Return: _returned, cst.Assign: _assigned}
