"""Abstract values of the layout analysis: what is known of a value when a model is built and run on paper."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

MOST_OPTIONS = 16


class Value:
    """A value of the program that is analysed."""


@dataclass(frozen=True)
class Const(Value):
    """A Python literal."""

    value: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


@dataclass(frozen=True)
class Special(Value):
    """One of the values below, of which nothing else is known."""

    name: str


HOST = Special("host")  # a number, string or other Python value: no array, no layer
OUTSIDE = Special("outside")  # what the caller of a model may give: a Python value or None
UNKNOWN = Special("unknown")


@dataclass(frozen=True)
class Array(Value):
    """An array: its number of axes if known, whether it is an image whose channels move to the end, whether it
    then has a single place; whether it is no image because it was reshaped in the source's order."""

    rank: Any = None
    image: bool = False
    single: bool = False
    shaped: bool = False


@dataclass(frozen=True)
class Shape(Value):
    """The shape of an array."""

    of: Array


@dataclass(frozen=True)
class Items(Value):
    """A sequence of values of one sort, of unknown length."""

    item: Value


@dataclass(eq=False)
class Sequence(Value):
    """A list or tuple; ``exact`` when it surely has these elements, else each may be missing."""

    items: list[Value]
    exact: bool = True
    tuple: bool = False


@dataclass(eq=False)
class Mapping(Value):
    """A dictionary with string keys; ``open`` when a caller from outside may have put others into it."""

    items: dict[Any, Value]
    open: bool = False


@dataclass(frozen=True)
class ClassRef(Value):
    """A class of the project."""

    name: str


@dataclass(frozen=True)
class Site(Value):
    """A place in a module."""

    module: str
    node: ast.AST


@dataclass(frozen=True)
class Native(Value):
    """A name that the project does not define, and where it was read."""

    name: str
    site: Site | None = None


@dataclass(eq=False)
class Function(Value):
    """A function of the project with what it is bound to."""

    module: str
    node: ast.FunctionDef | ast.Lambda
    outer: dict[str, Value] | None = None
    owner: str = ""
    bound: Value | None = None


@dataclass(frozen=True)
class Method(Value):
    """A method of an array, a container or a Python value."""

    owner: Value
    name: str
    site: Site


@dataclass(frozen=True)
class Super(Value):
    """``super()``: the classes after ``owner`` in the order of bases of ``object``."""

    object: Object
    owner: str


@dataclass(eq=False)
class Partial(Value):
    """``partial(func, ...)``."""

    func: Value
    args: Args


@dataclass(eq=False)
class Object(Value):
    """An object of a class of the project."""

    cls: str
    attributes: dict[str, Value] = field(default_factory=dict)
    native: Layer | Container | None = None


@dataclass(eq=False)
class Layer(Value):
    """A layer of the framework: its hub name, its arguments by canonical name, where its class was read."""

    op: str
    args: dict[str, Value]
    site: Site | None


@dataclass(eq=False)
class Container(Value):
    """``Sequential``, ``ModuleList`` or ``ModuleDict``."""

    op: str
    items: list[Value]
    exact: bool = True
    keys: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Union(Value):
    """One of several values."""

    options: tuple[Value, ...]


@dataclass(frozen=True)
class Arg:
    """An argument and where it stands; None where it stands nowhere of its own."""

    value: Any
    node: ast.expr | None = None
    nodes: tuple[ast.expr | None, ...] = ()  # of a variadic argument


@dataclass(frozen=True)
class Args:
    """The arguments of a call. ``exact`` is false when positional ones may be missing, ``open`` when a caller from
    outside may have given further keywords."""

    positional: tuple[Arg, ...] = ()
    keywords: dict[str, Arg] = field(default_factory=dict)
    exact: bool = True
    open: bool = False

    def all(self) -> list[Arg]:
        return [*self.positional, *self.keywords.values()]


def options(value: Value) -> tuple[Value, ...]:
    """What a value can be."""
    return value.options if isinstance(value, Union) else (value,)


def union(values: Iterable[Value]) -> Value:
    """One of these values; numbers that differ are a Python value of which nothing is known."""
    found: list[Value] = []
    for value in values:
        for option in options(value):
            if isinstance(option, Const) and isinstance(option.value, (int, float, str)):
                same = [f for f in found if isinstance(f, Const) and isinstance(f.value, (int, float, str))]
                if any(f != option for f in same):
                    found = [f for f in found if f not in same]
                    option = HOST
            if option not in found:
                found.append(option)
    if HOST in found:
        found = [f for f in found if not (isinstance(f, Const) and f.value is not None)]
    if not found:
        return UNKNOWN
    if len(found) > MOST_OPTIONS:
        return UNKNOWN
    return found[0] if len(found) == 1 else Union(tuple(found))


def has_image(value: Value) -> bool:
    """Whether an image is in a value."""
    if isinstance(value, Array):
        return value.image
    if isinstance(value, Shape):
        return value.of.image
    if isinstance(value, Items):
        return has_image(value.item)
    if isinstance(value, Sequence):
        return any(map(has_image, value.items))
    if isinstance(value, Mapping):
        return any(map(has_image, value.items.values()))
    return isinstance(value, Union) and any(map(has_image, value.options))


def truth(value: Value) -> bool | None:
    """Whether a value counts as true, None when that is not known."""
    if isinstance(value, Union):
        found = {truth(option) for option in value.options}
        return found.pop() if len(found) == 1 else None
    if isinstance(value, Const):
        return bool(value.value)
    if isinstance(value, Sequence):
        return bool(value.items) if value.exact else None
    if isinstance(value, Mapping):
        return bool(value.items) or None
    if isinstance(value, (Object, Layer, Native, ClassRef, Function, Partial, Method)):
        return True
    return None


def constant(value: Value) -> Any:
    """The Python value of literals and tuples of them; ``NotConstant`` is raised for others."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Sequence) and value.exact:
        items = [constant(item) for item in value.items]
        return tuple(items) if value.tuple else items
    raise NotConstant


class NotConstant(Exception):
    """A value that is not known in full."""


def broad(value: Value) -> Value:
    """Any value of the same sort: the numbers that one call passes are not those that others do."""
    if isinstance(value, Const):
        return value if value.value is None else HOST
    if isinstance(value, Sequence):
        return Items(union(broad(item) for item in value.items)) if value.items else Items(HOST)
    if isinstance(value, Mapping):
        return Mapping({key: broad(item) for key, item in value.items.items()})
    if isinstance(value, Items):
        return Items(broad(value.item))
    if not isinstance(value, (Array,)) and len(options(value)) > 1:
        return union(broad(option) for option in options(value))
    return value


def from_outside(default: Value) -> Value:
    """What a caller may give in place of a default."""
    value = broad(default)
    return union([value, OUTSIDE]) if Const(None) in options(value) else value
