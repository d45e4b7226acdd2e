"""Helpers without the parameters that no call gives, or that all calls give the same: their values take their places.

``Embedding(num_embeddings, embedding_dim, padding_idx=None, max_norm=None, ...)`` becomes ``Embedding(num_embeddings,
embedding_dim)`` in a package that never says more, and what other values would do is gone.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeGuard

from .helper_calls import Calls, Uses, default_of, positional
from .known_values import UNKNOWN, Source, StillNeeded, Writer, literal, same
from .tables import Table, Template
from .trimming import reached, with_text
from .walk import ast_nodes
from .weight_table import asked_attributes

_WIDTH = 100
_SETTERS = frozenset(("set_attributes", "update", "replace", "dict"))
Dropped = Mapping[str, Mapping[str, Any]]


def specialised(
    units: list[Template], texts: Iterable[str], roots: Collection[str], table: Table
) -> list[Template]:
    """The units for the code in ``texts``, which imports ``roots``; those that nobody needs any more are left out."""
    original = {unit.name: unit.text for unit in units}
    known: dict[str, _Unit] = {}
    uses: Uses | None = None
    freed: set[str] = set()
    while True:
        known = {unit.name: _of_text(unit.text, known.get(unit.name)) for unit in units}
        module = _Module(known)
        uses = uses or Uses.of(texts, module.calls.names)
        module.calls.add(uses)
        unasked = freed - uses.words - _asked_attributes(table) if freed else freed
        dropped, written = module.written(unasked, table.settings.get("bare_bases", ()))
        if not written:
            return [_laid_out(unit, original[unit.name]) for unit in units]
        freed |= module.kept_in_attributes(dropped)
        changed = {unit.name: with_text(unit, written.get(unit.name, unit.text)) for unit in units}
        needed = reached(roots, changed)
        units = [changed[unit.name] for unit in units if unit.name in needed]


def _asked_attributes(table: Table) -> frozenset[str]:
    """The attributes of layers that the framework, or what loads weights, sets or reads."""
    return table.reserved.union(table.settings.get("own_attributes", ()), asked_attributes())


def _laid_out(unit: Template, original: str) -> Template:
    """A unit that was changed, with lines as long as those that it had."""
    if unit.text == original:
        return unit
    import black

    mode = black.Mode(line_length=max(_WIDTH, *map(len, original.split("\n"))))
    return replace(unit, text=black.format_str(unit.text, mode=mode).rstrip("\n"))


class _Unit:
    """The text of a unit with its syntax tree, and what it says of attributes."""

    def __init__(self, text: str) -> None:
        self.text, self.tree = text, ast.parse(text)
        self.values: dict[str, list[Any]] = {}  # what `self.name` is set to
        self.setting: dict[str, set[str]] = {}  # the classes that set it
        self.asking: dict[str, set[str]] = {}  # those that read it; '' is for other objects
        self.named: set[str] = set()  # what is named otherwise: as a text, in a class, as a method, as an argument
        for statement in self.tree.body:
            cls = statement.name if isinstance(statement, ast.ClassDef) else ""
            nodes = ast_nodes(statement)
            given = {id(target): value for node in nodes for target, value in _assigned(node)}
            for node in nodes:
                self.named.update(_names(node))
                if isinstance(node, ast.Attribute) and _is_of_self(node) and not isinstance(node.ctx, ast.Load):
                    self.values.setdefault(node.attr, []).append(literal(given.get(id(node))))
                    self.setting.setdefault(node.attr, set()).add(cls)
                if isinstance(node, ast.Attribute):
                    self.asking.setdefault(node.attr, set()).add(cls if _is_of_self(node) else "")


def _of_text(text: str, known: _Unit | None) -> _Unit:
    return known if known is not None and known.text == text else _Unit(text)


class _Module:
    """Units, and what calls among them give."""

    def __init__(self, units: Mapping[str, _Unit]) -> None:
        self.units = units
        self.calls = Calls({name: unit.tree for name, unit in units.items()})

    def written(self, freed: set[str], bare: Collection[str]) -> tuple[Dropped, dict[str, str]]:
        """The parameters that go, by the keys of their functions, and the texts of the units that change.

        ``freed`` are the attributes that may always have one value, in classes with no other bases of a framework than
        the ``bare`` ones.
        """
        dropped: dict[str, dict[str, Any]] = {}
        for (key, name), values in self.calls.given.items():
            first = values[0]
            if self.calls.is_open(key) and first is not UNKNOWN and all(same(first, value) for value in values):
                dropped.setdefault(key, {})[name] = first
        attributes = {name: value for name in sorted(freed) if (value := self._always(name, bare)) is not UNKNOWN}
        todo = self.calls.spelled.union(*(self.calls.places[key] for key in dropped), *map(self._naming, attributes))
        found: dict[str, str] = {}
        while todo:
            unit = todo.pop()
            try:
                found[unit] = self._text(unit, dropped, attributes)
            except StillNeeded as needed:
                key, *names = needed.args
                todo |= {unit} | (self.calls.places[key] if key else self._naming(*names))
                for name in names:
                    (dropped[key] if key else attributes).pop(name)
        return dropped, {name: text for name, text in found.items() if text != self.units[name].text}

    def _text(self, unit: str, dropped: Dropped, attributes: Mapping[str, Any]) -> str:
        source, arguments = Source(self.units[unit].text), partial(self._arguments, dropped)
        losing, bare = partial(self._dropped, dropped), self.calls.bare
        writer = Writer(source, attributes, arguments, losing, bare, self.calls.sites.keys())
        return writer.module(self.units[unit].tree)

    def _naming(self, *names: str) -> set[str]:
        """The units that set or read some attributes."""
        return {key for key, unit in self.units.items() if not unit.asking.keys().isdisjoint(names)}

    def _dropped(self, dropped: Dropped, function: ast.FunctionDef) -> tuple[str, Mapping[str, Any]]:
        key = self.calls.keys.get(id(function), "")
        return key, dropped.get(key, {})

    def _arguments(self, dropped: Dropped, call: ast.Call) -> list[ast.expr | ast.keyword] | None:
        """The arguments of a call that stay; None where all do."""
        key = self.calls.sites.get(id(call), "")
        if not key or not self.calls.is_open(key):
            return None
        gone, function = dropped.get(key, {}), self.calls.parameters(key)[0]
        names = [name for name in positional(function) if name not in gone]
        placed = [arg for arg, name in zip(call.args, positional(function), strict=False) if name not in gone]
        named = [part for part in call.keywords if part.arg not in gone]
        kept: list[ast.expr | ast.keyword] = [*placed, *call.args[len(positional(function)) :], *named]
        kept = _without_defaults(kept, function, names)
        return kept if len(kept) < len(call.args) + len(call.keywords) else None

    def kept_in_attributes(self, dropped: Dropped) -> set[str]:
        """The attributes with the names of parameters that go, and of which they are made."""
        found = set()
        for key, names in dropped.items():
            for node in (part for function in self.calls.parameters(key) for part in ast_nodes(function)):
                for target, value in _assigned(node):
                    read = {part.id for part in ast_nodes(value) if isinstance(part, ast.Name)}
                    if isinstance(target, ast.Attribute) and target.attr in names and target.attr in read:
                        found.add(target.attr)
        return found

    def _always(self, name: str, bare: Collection[str]) -> Any:
        """The value that an attribute always has; ``UNKNOWN`` where nobody knows, or other objects are asked for it."""
        units = self.units.values()
        values = [value for unit in units for value in unit.values.get(name, ())]
        setting = set().union(*(unit.setting.get(name, set()) for unit in units))
        asking = set().union(*(unit.asking.get(name, set()) for unit in units))
        one = bool(values) and all(same(values[0], value) for value in values)
        if not one or any(name in unit.named for unit in units):
            return UNKNOWN
        if "" in setting or any(not self.calls.outer_bases(cls) <= {*bare, "object"} for cls in setting):
            return UNKNOWN
        return values[0] if all(self._related(cls, setting) for cls in asking) else UNKNOWN

    def _related(self, cls: str, setting: set[str]) -> bool:
        """Whether a class is one of some, or derives from one, or one of them from it."""
        below = self.calls.below
        return any(cls in below[one] or one in below.get(cls, ()) for one in setting)


def _without_defaults(
    arguments: list[ast.expr | ast.keyword], function: ast.FunctionDef, names: list[str]
) -> list[ast.expr | ast.keyword]:
    """The arguments of a call without those that are the defaults, where the others keep their places."""
    kept = [a for a in arguments if not isinstance(a, ast.keyword) or not _is_default(a.value, function, a.arg)]
    while kept and isinstance(kept[-1], ast.expr) and len(kept) <= len(names):
        if not _is_default(kept[-1], function, names[len(kept) - 1]):
            break
        kept.pop()
    return kept


def _is_default(value: ast.expr, function: ast.FunctionDef, name: str | None) -> bool:
    default = literal(default_of(function, name))
    return default is not UNKNOWN and same(literal(value), default)


def _assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """What an assignment gives its targets, those of a tuple one by one."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
            return list(zip(names, values, strict=True))
        case ast.Assign(targets=targets, value=value):
            return [(target, value) for target in targets]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [(target, target)]
    return []


def _is_of_self(node: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _names(node: ast.AST) -> Iterator[str]:
    """The attributes that a node may name in other ways than by a point."""
    match node:
        case ast.Constant(value=str() as name) | ast.FunctionDef(name=name):
            yield name
        case ast.Call(func=ast.Name(id=setter) | ast.Attribute(attr=setter), keywords=keywords) if setter in _SETTERS:
            yield from (keyword.arg for keyword in keywords if keyword.arg is not None)
        case ast.ClassDef(body=body):
            targets = (target for part in body for target, _ in _assigned(part))
            yield from (target.id for target in targets if isinstance(target, ast.Name))
