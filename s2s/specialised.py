"""Helpers without the parameters that no call gives, or that all calls give the same: their values take their places.

``Embedding(num_embeddings, embedding_dim, padding_idx=None, max_norm=None, ...)`` becomes ``Embedding(num_embeddings,
embedding_dim)`` in a package that never says more, and what other values would do is gone.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .helper_calls import Calls, Uses, default_of, positional
from .known_values import UNKNOWN, Source, StillNeeded, Writer, literal, same
from .tables import Template
from .trimming import reached, with_text
from .walk import ast_nodes

_WIDTH = 100
_SETTERS = frozenset(("set_attributes", "update", "replace", "dict"))
Dropped = Mapping[str, Mapping[str, Any]]


def specialised(units: list[Template], texts: Iterable[str], roots: Collection[str]) -> list[Template]:
    """The units for the code in ``texts``, which imports ``roots``; those that nobody needs any more are left out."""
    original = {unit.name: unit.text for unit in units}
    uses: Uses | None = None
    freed: set[str] = set()
    while True:
        module = _Module({unit.name: unit.text for unit in units})
        uses = uses or Uses.of(texts, module.calls.names)
        module.calls.add(uses)
        dropped, attributes = module.choice(uses, freed)
        written = module.written(dropped, attributes)
        if written == module.texts:
            return [_laid_out(unit, original[unit.name]) for unit in units]
        freed |= module.kept_in_attributes(dropped)
        changed = {unit.name: with_text(unit, written[unit.name]) for unit in units}
        needed = reached(roots, changed)
        units = [changed[unit.name] for unit in units if unit.name in needed]


def _laid_out(unit: Template, original: str) -> Template:
    """A unit that was changed, with lines as long as those that it had."""
    if unit.text == original:
        return unit
    import black

    mode = black.Mode(line_length=max(_WIDTH, *map(len, original.split("\n"))))
    return replace(unit, text=black.format_str(unit.text, mode=mode).rstrip("\n"))


@dataclass(frozen=True)
class _Module:
    """The texts of units, and what calls among them give."""

    texts: Mapping[str, str]
    trees: Mapping[str, ast.Module]
    calls: Calls

    def __init__(self, texts: Mapping[str, str]) -> None:
        object.__setattr__(self, "texts", texts)
        object.__setattr__(self, "trees", {name: ast.parse(text) for name, text in texts.items()})
        object.__setattr__(self, "calls", Calls(self.trees))

    def choice(self, uses: Uses, freed: set[str]) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
        """The parameters that go, by the keys of their functions, and the attributes that always have one value."""
        dropped: dict[str, dict[str, Any]] = {}
        for (key, name), values in self.calls.given.items():
            first = values[0]
            if self.calls.is_open(key) and first is not UNKNOWN and all(same(first, value) for value in values):
                dropped.setdefault(key, {})[name] = first
        attributes = dict(self._constant_attributes(uses, freed))
        while True:
            try:
                self.written(dropped, attributes)
            except StillNeeded as needed:
                key, *names = needed.args
                for name in names:
                    (dropped[key] if key else attributes).pop(name)
                continue
            return {key: found for key, found in dropped.items() if found}, attributes

    def written(self, dropped: Dropped, attributes: Mapping[str, Any]) -> dict[str, str]:
        """The texts of the units without these parameters and attributes."""
        arguments = partial(self._arguments, dropped)
        found = {}
        for name, tree in self.trees.items():
            source, losing = Source(self.texts[name]), partial(self._dropped, dropped)
            found[name] = Writer(source, attributes, arguments, losing, self.calls.bare).module(tree)
        return found

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
        """The attributes that constructors give parameters that go."""
        found = set()
        for key, names in dropped.items():
            for node in (part for function in self.calls.parameters(key) for part in ast_nodes(function)):
                for target, value in _assigned(node):
                    if isinstance(target, ast.Attribute) and any(_is_one_of(part, names) for part in ast_nodes(value)):
                        found.add(target.attr)
        return found

    def _constant_attributes(self, uses: Uses, freed: set[str]) -> Iterator[tuple[str, Any]]:
        """Those of some attributes that always have the same value, and that nothing outside of the module asks for."""
        for name in sorted(freed - uses.words):
            values, setting, asking = [], set(), set()
            for cls, node in self._attributes():
                values += [literal(v) for target, v in _assigned(node) if _is_of_self(target, name)]
                setting |= {cls for target, _ in _assigned(node) if _is_of_self(target, name)}
                if _names(node, name):
                    break
                if isinstance(node, ast.Attribute) and node.attr == name:
                    asking.add(cls if _is_of_self(node, name) else "")
            else:
                one = bool(values) and values[0] is not UNKNOWN and all(same(values[0], value) for value in values)
                if one and all(self._related(cls, setting) for cls in asking):
                    yield name, values[0]

    def _attributes(self) -> Iterator[tuple[str, ast.AST]]:
        for tree in self.trees.values():
            for statement in tree.body:
                cls = statement.name if isinstance(statement, ast.ClassDef) else ""
                yield from ((cls, node) for node in ast_nodes(statement))

    def _related(self, cls: str, setting: set[str]) -> bool:
        """Whether a class is one of some, or derives from one, or one of them from it."""
        return cls in setting or any(cls in self._bases(one) or one in self._bases(cls) for one in setting)

    def _bases(self, cls: str) -> set[str]:
        node = self.calls.classes.get(cls)
        found = set(self.calls.inner_bases(node)) if node is not None else set()
        return found.union(*map(self._bases, found))


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


def _is_one_of(node: ast.AST, names: Collection[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _is_of_self(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Attribute(attr=found, value=ast.Name(id="self")):
            return found == name
    return False


def _names(node: ast.AST, name: str) -> bool:
    """Whether a node names an attribute otherwise: as a text, as a name in a class, as a method, as an argument."""
    match node:
        case ast.Constant(value=str() as value):
            return value == name
        case ast.FunctionDef(name=other):
            return other == name
        case ast.Call(func=ast.Name(id=setter) | ast.Attribute(attr=setter), keywords=keywords) if setter in _SETTERS:
            return any(keyword.arg == name for keyword in keywords)
        case ast.ClassDef(body=body):
            targets = (t for part in body for t, _ in _assigned(part))
            return any(isinstance(target, ast.Name) and target.id == name for target in targets)
    return False
