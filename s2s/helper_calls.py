"""What calls give the parameters of helpers: in the helper module itself, and in the code that uses it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from .known_values import UNKNOWN, literal, same
from .walk import ast_children, ast_nodes

_TYPE_TESTS = ("isinstance", "issubclass")
_LOOKING = frozenset(("getattr", "hasattr", "id", "setattr", "super", "vars"))
_WAYS = frozenset(("classmethod", "staticmethod"))


class Place(NamedTuple):
    """Where a node of a helper module stands: in which class, and in which function."""

    cls: str = ""
    function: ast.FunctionDef | None = None


@dataclass(frozen=True)
class Uses:
    """What code that imports helpers says of them."""

    calls: tuple[tuple[str, ast.Call], ...]
    handed: frozenset[str]  # names that are passed on, derived from, imported as another name, or written in a text
    methods: frozenset[str]  # names of methods that are defined, or read without a call
    words: frozenset[str]

    @staticmethod
    def of(texts: Iterable[str], names: frozenset[str]) -> Uses:
        """The uses of helpers, and of their methods, that have these names."""
        calls: list[tuple[str, ast.Call]] = []
        handed: set[str] = set()
        methods: set[str] = set()
        words: set[str] = set()
        for text in texts:
            found = set(re.findall(r"\w+", text))
            words |= found
            if found.isdisjoint(names):
                continue
            try:
                tree = ast.parse(text)
            except (SyntaxError, ValueError):  # not Python
                handed |= found & names
                methods |= found & names
                continue
            nodes = ast_nodes(tree)
            harmless = {id(part) for node in nodes for part in _harmless(node)}
            for node in nodes:
                if isinstance(node, ast.Call) and (name := _named(node.func)) in names:
                    calls.append((name, node))
                    harmless.add(id(node.func))
                elif id(node) not in harmless and (name := _named(node)) in names:
                    methods.add(name)
                    if not isinstance(node, ast.FunctionDef):
                        handed.add(name)
        return Uses(tuple(calls), frozenset(handed), frozenset(methods), frozenset(words))


def _named(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name):
            return name
        case ast.Constant(value=str() as name):
            return name
        case ast.alias(name=name, asname=other) if other not in (None, name):
            return name
    return ""


def _harmless(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node in which a class is only asked for, or one of its methods."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[_, *kinds]) if name in _TYPE_TESTS:
            yield from (part for kind in kinds for part in ast_nodes(kind))
        case ast.arg(annotation=ast.expr() as kind) | ast.AnnAssign(annotation=kind):
            yield kind
        case ast.Attribute(attr=name, value=ast.Name() as value) if not name.startswith("__"):
            yield value


@dataclass
class Calls:
    """The calls of a helper module's functions, classes and methods.

    Their keys are ``f:name``, ``c:Class`` and ``m:Class.method`` with all classes that have the method.
    """

    trees: Mapping[str, ast.Module]
    sites: dict[int, str] = field(default_factory=dict)
    escaped: set[str] = field(default_factory=set)
    given: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    methods: dict[str, dict[str, list[ast.FunctionDef]]] = field(default_factory=dict)
    places: dict[str, set[str]] = field(default_factory=dict)  # the units in which they are defined and called
    spelled: set[str] = field(default_factory=set)  # the units in which a call says what is the default
    unit: str = ""
    hidden: set[str] = field(default_factory=set)  # methods that may be called in ways that nobody sees
    constructors: dict[str, ast.FunctionDef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        defined: set[str] = set()
        for tree in self.trees.values():
            for node in tree.body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    if node.name in defined:
                        self.escaped |= {f"f:{node.name}", f"c:{node.name}"}
                    defined.add(node.name)
                if isinstance(node, ast.FunctionDef) and not node.decorator_list:
                    self.functions[node.name] = node
                elif isinstance(node, ast.ClassDef):
                    self.classes[node.name] = node
        for node in self.classes.values():
            self._add_methods(node)
        self.keys |= {id(node): f"f:{name}" for name, node in self.functions.items()}
        self.keys |= {id(node): f"c:{name}" for name, node in self.constructors.items()}
        self.methods = {name: self._group(found) for name, found in self.methods.items()}
        for name in self.methods:
            for key in self._of_methods(name):
                found = self.parameters(key)
                self.keys |= {id(node): key for node in found}
                self.escaped |= {key} if len({tuple(_names(method)) for method in found}) > 1 else set()
        for unit, tree in self.trees.items():
            self.unit = unit
            for node in tree.body:
                self._visit(node, Place())

    def _add_methods(self, node: ast.ClassDef) -> None:
        own = not self.outer_bases(node.name)
        for method in node.body:
            if not isinstance(method, ast.FunctionDef):
                continue
            name, ways = method.name, {d.id for d in method.decorator_list if isinstance(d, ast.Name)}
            if len(ways) != len(method.decorator_list) or not ways <= _WAYS:
                self.hidden.add(name)
            elif name == "__init__":
                self.constructors[node.name] = method
            elif name == "__new__" and not (method.args.vararg and method.args.kwarg):
                self.escaped.add(f"c:{node.name}")
            elif not name.startswith("__") and (own or name.startswith("_")):
                self.methods.setdefault(name, {})[node.name] = [method]
            else:
                self.hidden.add(name)

    @cached_property
    def below(self) -> dict[str, set[str]]:
        """Each class with those that derive from it."""
        found = {cls: {cls} for cls in self.classes}
        for cls in self.classes:
            todo = [cls]
            while todo:
                bases = self.inner_bases(self.classes[todo.pop()])
                todo += bases
                for base in bases:
                    found[base].add(cls)
        return found

    def _group(self, classes: dict[str, list[ast.FunctionDef]]) -> dict[str, list[ast.FunctionDef]]:
        """The methods of one name, together where an object may have either of them."""
        found: dict[str, list[ast.FunctionDef]] = {}
        for cls, methods in classes.items():
            near = [group for group in found if self._meets(cls, group)]
            joined = [*methods, *(method for group in near for method in found.pop(group))]
            found[" ".join([*near, cls])] = joined
        return found

    def _meets(self, cls: str, group: str) -> bool:
        """Whether an object may be of a class and of one of a group."""
        return any(not self.below[cls].isdisjoint(self.below[other]) for other in group.split())

    def _of_methods(self, name: str) -> list[str]:
        """The keys of all methods with a name."""
        return [f"m:{group}.{name}" for group in self.methods.get(name, ())]

    def is_open(self, key: str) -> bool:
        """Whether all calls of a function are seen."""
        return key not in self.escaped and not (key.startswith("m:") and key.rpartition(".")[2] in self.hidden)

    def outer_bases(self, cls: str) -> set[str]:
        """The bases of a class, and of its bases, that the module does not define, and metaclasses."""
        node = self.classes[cls]
        inner = self.inner_bases(node)
        own = {ast.unparse(base) for base in (*node.bases, *node.keywords)} - {*inner}
        return own.union(*map(self.outer_bases, inner))

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that code may call."""
        return frozenset((*self.functions, *self.classes, *self.methods))

    @cached_property
    def bare(self) -> frozenset[str]:
        """The classes that have no constructor, and whose bases have none."""
        inner = (cls for cls in self.classes if not self.outer_bases(cls))
        return frozenset(cls for cls in inner if not self._constructor(cls))

    def add(self, uses: Uses) -> None:
        """Add what the code says that imports the helpers."""
        for name in uses.handed:
            self._hand_on(name)
        self.hidden |= uses.methods
        for name, call in uses.calls:
            keys = [f"f:{name}"] if name in self.functions else []
            keys += [key] if name in self.classes and (key := self._constructor(name)) else []
            keys += self._of_methods(name)
            for key in keys:
                self._bind(key, call, outside=True)

    def _hand_on(self, name: str) -> None:
        self.escaped.add(f"f:{name}")
        if name in self.classes:
            self.escaped.add(self._constructor(name))

    def _constructor(self, name: str) -> str:
        """The key of the constructor that a class has; '' for one of a framework."""
        if name in self.constructors:
            return f"c:{name}"
        return next(filter(None, map(self._constructor, self.inner_bases(self.classes[name]))), "")

    def inner_bases(self, node: ast.ClassDef) -> list[str]:
        """The bases of a class that the module defines."""
        return [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in self.classes]

    def _family(self, name: str) -> set[str]:
        """The constructors of a class and of those that derive from it."""
        if name not in self.classes:
            return set()
        derived = [other for other, node in self.classes.items() if name in self.inner_bases(node)]
        return {self._constructor(name)}.union(*map(self._family, derived))

    def parameters(self, key: str) -> list[ast.FunctionDef]:
        """The functions that a key stands for."""
        kind, _, name = key.partition(":")
        if kind == "m":
            group, _, name = name.partition(".")
            return self.methods[name][group]
        found = (self.functions if kind == "f" else self.constructors).get(name)
        return [found] if found is not None else []

    def _visit(self, node: ast.AST, place: Place) -> None:
        match node:
            case ast.ClassDef():
                self._visit_class(node)
                return
            case ast.FunctionDef():
                if key := self.keys.get(id(node)):
                    self.places.setdefault(key, set()).add(self.unit)
                place = place if place.function is not None else Place(place.cls, node)
            case ast.Call():
                self._visit_call(node, place)
                return
            case ast.Name(id="cls", ctx=ast.Load()):
                self.escaped |= self._family(place.cls)
            case ast.Name(id=name):
                self._hand_on(name)
            case ast.arg(arg=name):
                self._hand_on(name)
                return  # annotations call nothing
            case ast.Constant(value=str() as name):
                self._hand_on(name)
                self.hidden.add(name)
            case ast.Attribute(attr=name, value=value):
                self.hidden.add(name)
                if not self._is_class(value):
                    self._visit(value, place)
                return
        for part in ast_children(node):
            self._visit(part, place)

    def _is_class(self, node: ast.AST) -> bool:
        """Whether something is a class of the module of which an attribute is read."""
        return isinstance(node, ast.Name) and (node.id in self.classes or node.id == "cls")

    def _visit_class(self, node: ast.ClassDef) -> None:
        inner = self.inner_bases(node)
        for base in inner if len(inner) > 1 else []:
            self.escaped |= self._family(base)
        for part in (*node.decorator_list, *node.keywords):
            self._visit(part, Place(node.name))
        for part in node.body:
            self._visit(part, Place(node.name))

    def _visit_call(self, node: ast.Call, place: Place) -> None:
        keys = self._keys(node, place)
        for key in keys:
            self.places.setdefault(key, set()).add(self.unit)
            self._bind(key, node)
        if len(keys) == 1:
            self.sites[id(node)] = keys[0]
        else:
            self.escaped |= set(keys)
        match node.func:
            case ast.Name(id=name) if name in _TYPE_TESTS:
                self._visit(node.args[0], place)
                return
            case ast.Attribute(attr="__init__" | "__new__", value=ast.Name(id=name)) if name in self.classes:
                pass
            case ast.Attribute(value=value):
                if not self._is_class(value):
                    self._visit(value, place)
            case ast.Name():
                pass
            case func:
                self._visit(func, place)
        looks = isinstance(node.func, ast.Name) and node.func.id in _LOOKING
        for part in (*node.args, *node.keywords):
            if not (looks and isinstance(part, ast.Name) and self._is_class(part)):
                self._visit(part, place)

    def _keys(self, node: ast.Call, place: Place) -> list[str]:
        """The keys of what a call of the module may call."""
        match node.func:
            case ast.Name(id="cls"):
                return [] if _asks_signature(place.function) else sorted(self._family(place.cls) - {""})
            case ast.Name(id=name) if name in self.functions:
                return [f"f:{name}"]
            case ast.Name(id=name) if name in self.classes:
                return [key] if (key := self._constructor(name)) else []
            case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id="self")]) | ast.Attribute(
                attr="__class__", value=ast.Name(id="self")
            ):
                return sorted(self._family(place.cls) - {""})
            case ast.Call(func=ast.Name(id="type")) | ast.Attribute(attr="__class__"):
                self._make_any(node, place)
            case ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"))):
                bases = self.inner_bases(self.classes[place.cls])
                return sorted({self._constructor(base) for base in bases} - {""})
            case ast.Attribute(attr="__init__", value=ast.Name(id=name)) if name in self.classes:
                self.escaped.add(self._constructor(name))
            case ast.Attribute(attr=name, value=value) if name in self.methods:
                return self._method_keys(name, value, place)
        return []

    def _method_keys(self, name: str, value: ast.expr, place: Place) -> list[str]:
        """The keys of the methods that a call on some value may call."""
        match value:
            case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")) if place.cls in self.classes:
                found = [f"m:{group}.{name}" for group in self.methods[name] if self._meets(place.cls, group)]
            case ast.Name(id=cls) if cls in self.classes:
                self.hidden.add(name)
                found = []
            case _:
                found = self._of_methods(name)
        return found

    def _make_any(self, call: ast.Call, place: Place) -> None:
        """Take down that an object of any class is made, as far as it may be none of named tuples."""
        nodes: Iterable[ast.AST] = ast_nodes(place.function) if place.function is not None else ()
        named = any(isinstance(node, ast.Constant) and node.value == "_fields" for node in nodes)
        if named and any(isinstance(part, ast.Starred) for part in call.args):
            return
        for name in self.constructors:
            self._bind(f"c:{name}", call, outside=True)

    def _bind(self, key: str, call: ast.Call, outside: bool = False) -> None:
        """Take down what a call gives each parameter."""
        for function in self.parameters(key):
            names, named = positional(function), {part.arg: part.value for part in call.keywords}
            many = any(isinstance(part, ast.Starred) for part in call.args) or None in named
            if many or len(call.args) > len(names) and function.args.vararg is None:
                self.escaped.add(key)
                return
            named |= dict(zip(names, call.args, strict=False))
            for name, default in _defaults(function):
                value = named.get(name)
                kept = UNKNOWN if value is not None and outside else literal(value or default)
                self.given.setdefault((key, name), []).append(kept)
                if value is not None and default is not None and same(kept, literal(default)):
                    self.spelled.add(self.unit)


def positional(function: ast.FunctionDef) -> list[str]:
    """The parameters that calls give by their places: those of methods without their object."""
    names = [part.arg for part in (*function.args.posonlyargs, *function.args.args)]
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
    return names[1:] if names[:1] in (["self"], ["cls"]) and not static else names


def _names(function: ast.FunctionDef) -> list[str]:
    return [*positional(function), *(part.arg for part in function.args.kwonlyargs)]


def _defaults(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr | None]]:
    """Each parameter with its default, None where it has none."""
    args = function.args
    plain = [*args.posonlyargs, *args.args]
    first = len(plain) - len(args.defaults)
    names = set(positional(function))
    for place, part in enumerate(plain):
        if part.arg in names:
            yield part.arg, args.defaults[place - first] if place >= first else None
    for part, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield part.arg, default


def default_of(function: ast.FunctionDef, name: str | None) -> ast.expr | None:
    """The default of a parameter; None where it has none."""
    return dict(_defaults(function)).get(name or "")


def _asks_signature(function: ast.FunctionDef | None) -> bool:
    """Whether a function goes by the signature of what it calls."""
    nodes: Iterable[ast.AST] = ast_nodes(function) if function is not None else ()
    return any(isinstance(node, ast.Attribute) and node.attr == "signature" for node in nodes)


