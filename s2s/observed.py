"""What the calls of a module give its functions, what these return, and what attributes are given: by a rehearsal.

The kinds are those of the code at hand. Others may call its functions with other arrays, so integers are only likely
ones: what is combined with them is promoted, as floats need no less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce

import libcst as cst

from . import kinds as k
from .kinds import ARRAY, FLOATS, MIXED, UNKNOWN, WHOLE, Kind
from .project import FunctionInfo
from .receivers import methods_that_may_be
from .walk import is_node, semantic_fields

_KNOWN = ("array", "instance", "list", "ndarray")  # what says more than that a value is an array
HOPEFUL = 2  # rounds in which what is not known yet is left out
ROUNDS = 4


@dataclass
class Observed:
    """Kinds by function and parameter, by function, by class and attribute, and by module and name."""

    parameters: dict[tuple[str, str], Kind] = field(default_factory=dict)
    returns: dict[str, Kind] = field(default_factory=dict)
    attributes: dict[tuple[str, str], Kind] = field(default_factory=dict)
    names: dict[tuple[str, str], Kind] = field(default_factory=dict)
    hopeful: bool = field(default=False, compare=False)  # what is not known yet is left out, as in calls of themselves

    def add(self, kinds: dict, key: object, kind: Kind) -> None:
        """Note one more kind of a function or attribute."""
        if kind or not self.hopeful:
            _join(kinds, key, kind)

    def parameter(self, function: str, name: str) -> Kind:
        """What all calls give a parameter."""
        return self._likely(self.parameters, (function, name))

    def returned(self, function: str) -> Kind:
        """What all returns of a function give."""
        return self._likely(self.returns, function)

    def given_by(self, methods: Iterable[FunctionInfo]) -> Kind:
        """What a call gives that is one of several methods; those that only raise do not count."""
        seen = [self._likely(self.returns, info.name) for info in methods if self.hopeful or info.name in self.returns]
        return reduce(_joined, seen) if seen else UNKNOWN

    def attribute(self, owner: str, name: str) -> Kind:
        """What all assignments give an attribute of a class."""
        return self._likely(self.attributes, (owner, name))

    def name(self, module: str, name: str) -> Kind:
        """What all assignments of a module give one of its names, none of which is in a function."""
        return self.names.get((module, name), UNKNOWN)

    def _likely(self, kinds: dict, key: object) -> Kind:
        return k.UNSEEN if self.hopeful and key not in kinds else likely(kinds.get(key, UNKNOWN))


def rehearsed(once: Callable[[Observed, bool], Observed]) -> Observed:
    """Go through a module that stands alone, until nothing new is seen."""
    seen = Observed()
    for number in range(ROUNDS):
        found = once(replace(seen, hopeful=number < HOPEFUL), number < HOPEFUL)
        if found == seen and number >= HOPEFUL:
            break
        seen = found
    return seen


def seen_in(module: cst.Module, rules: dict, made: Callable[[dict], object], hopeful: bool) -> Observed:
    """Go through a module once without writing anything. ``made`` gives a rewriter."""
    found = Observed(hopeful=hopeful)
    watching: dict[type, tuple] = {kind: rules[kind] for kind in (cst.FunctionDef, cst.ClassDef)}
    for kind, note in _NOTES.items():
        watching[kind] = (_watching(note, found),)
    made(watching).module_body(module)  # type: ignore[attr-defined]
    return found


def telling(module: cst.Module) -> frozenset[int]:
    """The nodes of a module that are watched, and those around them; all others tell a rehearsal nothing."""
    found: set[int] = set()
    _mark(module, found)
    return frozenset(found)


def _mark(node: cst.CSTNode, found: set[int]) -> bool:
    tells = node.__class__ in _TELLING
    for name in semantic_fields(node.__class__):
        value = getattr(node, name)
        for item in value if value.__class__ in (tuple, list) else (value,):
            if is_node(item) and _mark(item, found):
                tells = True
    if tells:
        found.add(id(node))
    return tells


def combined(parts: Iterable[Observed]) -> Observed:
    """What was seen in several modules."""
    every = Observed()
    for part in parts:
        for field_name in ("parameters", "returns", "attributes", "names"):
            for key, kind in getattr(part, field_name).items():
                _join(getattr(every, field_name), key, kind)
    return every


def changes(before: Observed, after: Observed) -> set[str]:
    """The names of the functions and attributes of which other things were seen than before."""
    found: set[str] = set()
    for function, _ in _changed(before.parameters, after.parameters):
        found.add(_bare(function))
    found.update(map(_bare, _changed(before.returns, after.returns)))
    for kinds in ("attributes", "names"):
        found.update(name for _, name in _changed(getattr(before, kinds), getattr(after, kinds)))
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
    if kind.tag == "list" and k.content(kind).tag in (*k.NUMBERS, "str"):
        return kind
    if kind.tag in ("tuple", "list") and kind.items:
        return replace(kind, items=tuple(map(likely, kind.items)))
    if kind.tag == "dict" and kind.items:
        return replace(kind, items=(kind.items[0], likely(kind.items[1])))
    if kind in (k.TRUTH, k.BOOL):
        return k.TRUTH
    return k.LOOSE if kind.tag in k.NUMBERS else kind if kind.tag in ("instance", "list", "ndarray", "str") else UNKNOWN


def refined(stated: Kind, seen: Kind) -> Kind:
    """What is known of a value, and what was seen of it where that says more."""
    if seen == k.UNSEEN and stated != UNKNOWN:
        return stated
    says_more = stated == ARRAY and seen.tag in _KNOWN or not stated and stated != k.LOOSE
    empty = stated.tag in ("list", "dict") and not stated.items
    says_more = says_more or empty and seen.tag == stated.tag
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
            if special is None and callee.tag != "instance":
                _fields(name, node, ctx, found)
            method, function = True, special.name if special is not None else ""
        else:
            function = name
    info = ctx.project.function(function) if function else None
    _kept(node, ctx, found)
    if info is not None:
        _given_to(info, method, node, ctx, found)
    else:
        for each in methods_that_may_be(node, ctx.infer):
            _given_to(each, True, node, ctx, found)


def _fields(name: str, node: cst.Call, ctx, found: Observed) -> None:
    """What a call gives the fields of a class without a constructor of its own, as data classes are."""
    known = ctx.project.class_info(name).attributes
    fields = [attribute for attribute in known if ctx.project.method(name, attribute) is None]
    for attribute, arg in zip(fields, (arg for arg in node.args if arg.keyword is None)):
        if arg.star:
            return
        found.add(found.attributes, (name, attribute), ctx.kind(arg.value))
    for arg in node.args:
        if arg.keyword is not None:
            found.add(found.attributes, (name, arg.keyword.value), ctx.kind(arg.value))


def _given_to(info: FunctionInfo, method: bool, node: cst.Call, ctx, found: Observed) -> None:
    """What a call gives the parameters of one function."""
    of_class = any(name.endswith("classmethod") for name in info.decorators)
    bound = of_class or method and "staticmethod" not in info.decorators
    names = [param.name for param in info.params if not param.star][int(bound) :]
    positions = [(arg, kind) for arg in node.args if arg.keyword is None for kind in _given(arg, ctx, len(names))]
    for name, (_, kind) in zip(names, positions):
        found.add(found.parameters, (info.name, name), kind)
    for arg in node.args:
        if arg.keyword is not None:
            found.add(found.parameters, (info.name, arg.keyword.value), ctx.kind(arg.value))


def _given(arg: cst.Arg, ctx, count: int) -> list[Kind]:
    """What a positional argument gives; for ``*values`` what each of the parameters may be given."""
    kind = ctx.kind(arg.value)
    if arg.star == "**":
        return []
    if arg.star != "*":
        return [kind]
    return list(kind.items) if kind.tag == "tuple" else [k.element(kind)] * count


def _kept(node: cst.Call, ctx, found: Observed) -> None:
    """What ``self.items.append(x)`` puts into a list that an attribute holds."""
    func = node.func
    if not isinstance(func, cst.Attribute) or func.attr.value != "append" or len(node.args) != 1:
        return
    held = func.value
    owner = ctx.kind(held.value) if isinstance(held, cst.Attribute) else UNKNOWN
    if isinstance(held, cst.Attribute) and owner.tag == "instance":
        found.add(found.attributes, (owner.name, held.attr.value), k.list_of(ctx.kind(node.args[0].value)))


def _returned(node: cst.Return, ctx, found: Observed) -> None:
    if ctx.scope is not None and ctx.scope.info is not None and node.value is not None:
        found.add(found.returns, ctx.scope.info.name, ctx.kind(node.value))


def _assigned(node: cst.Assign, ctx, found: Observed) -> None:
    for target in node.targets:
        for place, kind in _places(target.target, ctx.kind(node.value)):
            owner = ctx.kind(place.value) if isinstance(place, cst.Attribute) else UNKNOWN
            if isinstance(place, cst.Attribute) and owner.tag == "instance":
                found.add(found.attributes, (owner.name, place.attr.value), kind)
            _named(place, kind, ctx, found)
            _item(place, kind, ctx, found)


def _named(place: cst.BaseExpression, kind: Kind, ctx, found: Observed) -> None:
    """A name outside of functions and classes."""
    if isinstance(place, cst.Name) and ctx.scope is None and not ctx.infer.scopes:
        found.add(found.names, (ctx.module.name, place.value), kind)


def _augmented(node: cst.AugAssign, ctx, found: Observed) -> None:
    _named(node.target, k.join(ctx.kind(node.target), ctx.kind(node.value)), ctx, found)


def _looped(node: cst.For, ctx, found: Observed) -> None:
    for place, kind in _places(node.target, k.element(ctx.kind(node.iter))):
        _named(place, kind, ctx, found)


def _item(place: cst.BaseExpression, kind: Kind, ctx, found: Observed) -> None:
    """What ``self.cache[key] = x`` puts into a dictionary that an attribute holds."""
    held = place.value if isinstance(place, cst.Subscript) and len(place.slice) == 1 else None
    owner = ctx.kind(held.value) if isinstance(held, cst.Attribute) else UNKNOWN
    index = place.slice[0].slice if isinstance(place, cst.Subscript) else None
    if not isinstance(held, cst.Attribute) or owner.tag != "instance" or not isinstance(index, cst.Index):
        return
    if ctx.project.attribute(owner.name, held.attr.value).tag == "dict":
        kept = Kind("dict", items=(ctx.kind(index.value), kind))
        found.add(found.attributes, (owner.name, held.attr.value), kept)


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
    if known is None or known in (kind, k.UNSEEN):
        kinds[key] = kind
    elif kind == k.UNSEEN:
        return
    elif known.tag == kind.tag == "tuple" and len(known.items) == len(kind.items):
        kinds[key] = k.tuple_of(map(_joined, known.items, kind.items))
    elif {known.tag, kind.tag} <= {"list", "tuple"}:
        kinds[key] = Kind("list", items=_both([_inside(each) for each in (known, kind) if each.items]))
    elif known.tag == kind.tag == "dict":
        held = _both([each.items[1] for each in (known, kind) if each.items])
        kinds[key] = Kind("dict", items=(UNKNOWN, *held) if any(held) else ())
    elif known.tag == kind.tag == "array":
        parts = {likely(known), likely(kind)}
        whole = WHOLE in parts or MIXED in parts
        kinds[key] = parts.pop() if len(parts) == 1 else MIXED if whole else ARRAY
    elif {known, kind} <= {k.TRUTH, k.BOOL, k.BOOL_ARRAY}:
        kinds[key] = k.TRUTH
    else:
        numbers = all(each == k.LOOSE or each.tag == "array" or each.tag in k.NUMBERS for each in (known, kind))
        kinds[key] = k.join(known, kind) if numbers or "none" in (known.tag, kind.tag) else UNKNOWN


def _inside(kind: Kind) -> Kind:
    """What a list or tuple holds."""
    return kind.items[0] if kind.tag == "list" else k.join_all(kind.items)


def _both(found: list[Kind]) -> tuple[Kind, ...]:
    """One kind for one or two that were found; none for none."""
    return (_joined(*found),) if len(found) == 2 else tuple(found)


def _joined(known: Kind, kind: Kind) -> Kind:
    both: dict = {}
    _join(both, "", known)
    _join(both, "", kind)
    return both[""]


_NOTES: dict[type, Callable] = {
    cst.Call: _call,
    cst.Return: _returned,
    cst.Assign: _assigned,
    cst.AugAssign: _augmented,
    cst.For: _looped,
}
_TELLING = frozenset((*_NOTES, cst.FunctionDef, cst.ClassDef))
