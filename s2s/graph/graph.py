"""A traced function: a callable that shows its source, converts itself, can be saved, and draws itself."""

from __future__ import annotations

import hashlib
import inspect
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...exceptions import GraphMismatch, IvyError
from ..backend import chosen_backend, of_values, use_backend
from ..dtypes import dtype_name
from ..live.boundary import framework_of_array, key_numbers, to_native
from ..live.frameworks import Direction, target_name
from .picture import Picture
from .record import is_array
from .source import Text
from .trees import Step, leaves, mapped, with_paths


@dataclass(frozen=True, slots=True)
class Expected:
    """What a graph was traced with at one place of its arguments: an array's shape and dtype, or a plain value."""

    path: tuple[Step, ...]
    is_array: bool
    shape: tuple[int | None, ...] = ()
    dtype: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that is known of a traced function: its text in the framework it was traced in, and what holds for calls."""

    text: Text
    cast_text: Text
    dialect: str
    origin: str
    signature: inspect.Signature
    expected: dict[str, tuple[Expected, ...]]
    shapes_read: bool
    dtypes_read: bool
    warnings: tuple[str, ...]
    picture: Picture
    name: str
    doc: str | None

    def text_for(self, framework: str) -> Text:
        """The text that is converted to a framework: TensorFlow's operators promote no dtypes."""
        return self.cast_text if framework == "tensorflow" else self.text


class Graph:
    """What a function computed when it was traced, as a function of one framework.

    Called like the function that was traced, with arrays of ``framework`` (others are converted). A plain value among
    the arguments must be the one it was traced with, and shapes too when the function read them; ``GraphMismatch`` is
    raised otherwise. ``function`` is the bare function of the arrays alone, without these checks.
    """

    def __init__(self, traced: Recorded, framework: str) -> None:
        self._traced = traced
        self.framework = framework
        self._made: tuple[Callable[..., Any], str, dict[str, Any]] | None = None
        self.__name__ = self.__qualname__ = traced.name
        self.__doc__ = traced.doc
        self._plain = _plain(traced)

    @property
    def __signature__(self) -> inspect.Signature:
        return self._traced.signature

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        return self.function

    @property
    def function(self) -> Callable[..., Any]:
        """The bare function of the arrays, for ``jax.jit``, ``torch.compile`` and the like."""
        return self._parts()[0]

    @property
    def source(self) -> str:
        """The text of a module with the function; names that are only annotated are in ``constants``."""
        return self._parts()[1]

    @property
    def constants(self) -> dict[str, Any]:
        """Arrays and other values that the source names: parameters, and constants too large to be written out."""
        return dict(self._parts()[2])

    @property
    def warnings(self) -> list[str]:
        """What the graph does not do, or keeps as it was when it was traced, each with its place."""
        return list(self._traced.warnings)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._arguments(args, kwargs)
        function = self.function
        if self.framework != "ivy" or chosen_backend():
            return function(*values[0], **values[1])
        with use_backend(of_values(leaves(values)) or self._traced.origin):
            return function(*values[0], **values[1])

    def to(self, framework: str) -> Graph:
        """The same graph in another framework (``torch``, ``tensorflow``, ``jax``, ``numpy`` or ``ivy``)."""
        return Graph(self._traced, target_name(framework))

    def save(self, path: str | Path) -> Path:
        """Write the graph as a Python module that needs no ivy; arrays that it holds go to a file beside it."""
        from .saved import save

        return save(self, Path(path))

    def show(self, path: str | Path | None = None) -> Path:
        """Write a picture as a page of HTML that stands alone, to ``path`` or ``<name>.html``; gives its place."""
        place = Path(path) if path is not None else Path(f"{self.__name__}.html")
        place.write_text(self._traced.picture.html(self.__name__, self.source), encoding="utf-8")
        return place

    def dot(self) -> str:
        """The picture in the language of Graphviz."""
        return self._traced.picture.dot(self.__name__)

    def _repr_svg_(self) -> str:
        return self._traced.picture.svg()

    def __repr__(self) -> str:
        return f"<graph {self.__name__}{self._traced.signature} in {self.framework}>"

    def __str__(self) -> str:
        return self.source

    def __reduce__(self) -> Any:
        return Graph, (self._traced, self.framework)

    def _parts(self) -> tuple[Callable[..., Any], str, dict[str, Any]]:
        if self._made is None:
            traced = self._traced
            if self.framework == traced.dialect:
                self._made = compiled(traced.text)
            else:
                self._made = _converted(traced, self.framework)
        return self._made

    def _arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The arrays of a call, checked and converted."""
        traced = self._traced
        if self._plain and not kwargs and len(args) == len(self._plain):
            given = dict(zip(self._plain, args))
        else:
            given = _bound(traced.signature, args, kwargs)
        for name, value in given.items():
            for expected in traced.expected.get(name, ()):
                self._check(name, expected, value)
            if name not in traced.expected and (not isinstance(value, (tuple, dict)) or value):
                raise GraphMismatch(f"{self.__name__}: was traced without {name!r}; trace it again with it")
        return self._called_with(given)

    def _called_with(self, given: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for name, expected in self._traced.expected.items():
            if not any(item.is_array for item in expected):
                continue
            value = self._native(given[name])
            if not any(item.dtype.startswith("key<") for item in expected):
                value = mapped(key_numbers, value)
            kind = self._traced.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                positional += value
            elif kind is inspect.Parameter.VAR_KEYWORD:
                named |= value
            elif kind is inspect.Parameter.KEYWORD_ONLY:
                named[name] = value
            else:
                positional.append(value)
        return positional, named

    def _native(self, value: Any) -> Any:
        return value if self.framework == "ivy" else mapped(lambda leaf: to_native(leaf, self.framework), value)

    def _check(self, name: str, expected: Expected, value: Any) -> None:
        """Raise GraphMismatch when an argument is not what the graph holds for."""
        traced, place = self._traced, name + _path(expected.path)
        for kind, key in expected.path:
            try:
                value = value[key] if kind == "item" else getattr(value, key)
            except (KeyError, IndexError, AttributeError, TypeError):
                raise GraphMismatch(f"{self.__name__}: {place} is missing; it was traced with it") from None
        if not expected.is_array:
            if not _same(value, expected.value):
                remedy = "trace the function again for other plain values"
                raise GraphMismatch(f"{self.__name__}: {place} was {expected.value!r} when traced; {remedy}")
            return
        if getattr(value, "shape", None) is None:
            return
        value = key_numbers(value)
        shape = value.shape
        known = traced.shapes_read and not _fits(shape, expected.shape)
        if known or len(shape) != len(expected.shape):
            sizes = tuple(shape)
            remedy = "the function reads shapes, so a graph holds for one; trace it again"
            raise GraphMismatch(f"{self.__name__}: {place} has shape {sizes}, traced with {expected.shape}; {remedy}")
        if traced.dtypes_read and dtype_name(value.dtype) != expected.dtype:
            if not _narrowed(dtype_name(value.dtype), expected.dtype, self.framework):
                found = dtype_name(value.dtype)
                raise GraphMismatch(
                    f"{self.__name__}: {place} has dtype {found}, traced with {expected.dtype}; the function reads"
                    " dtypes, so a graph holds for one; trace it again"
                )


def _narrowed(found: str, expected: str, framework: str) -> bool:
    """JAX has no 64 bits unless they are enabled; elsewhere its random keys may be int64."""
    if found in ("int64", "uint32") and expected in ("uint32", "key<fry>"):
        return True
    return framework in ("jax", "ivy") and found.replace("32", "64") == expected


def _fits(shape: Any, expected: tuple[int | None, ...]) -> bool:
    """Whether a shape is the expected one; sizes that TensorFlow does not know yet fit, and those that may be any."""
    return len(shape) == len(expected) and all(a is None or b is None or a == b for a, b in zip(shape, expected))


def _same(value: Any, known: Any) -> bool:
    if value is known:
        return True
    if callable(known) and not isinstance(known, type):
        return callable(value) and getattr(value, "__qualname__", 0) == getattr(known, "__qualname__", 1)
    try:
        return type(value) is type(known) and bool(value == known)
    except Exception:
        return False


def _path(path: tuple[Step, ...]) -> str:
    return "".join(f"[{key!r}]" if kind == "item" else f".{key}" for kind, key in path)


def _plain(traced: Recorded) -> list[str]:
    """The names of the parameters when all of them are single positional arrays, else none."""
    parameters = list(traced.signature.parameters.values())
    simple = all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
    single = all(len(e) == 1 and e[0].is_array and not e[0].path for e in traced.expected.values())
    return [p.name for p in parameters] if simple and single and len(traced.expected) == len(parameters) else []


def _bound(signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def expected_of(arguments: dict[str, Any], signature: inspect.Signature) -> dict[str, tuple[Expected, ...]]:
    """What the arguments of a traced call were like; parameters that were left out have their defaults."""
    found: dict[str, tuple[Expected, ...]] = {}
    for name, parameter in signature.parameters.items():
        if name not in arguments and parameter.default is not parameter.empty:
            found[name] = (Expected((), False, value=parameter.default),)
    for name, value in arguments.items():
        places = []
        for path, leaf in with_paths(value):
            if is_array(leaf):
                shape = tuple(int(n) for n in key_numbers(leaf).shape)
                places.append(Expected(path, True, shape, dtype_name(leaf.dtype)))
            else:
                places.append(Expected(path, False, value=leaf))
        found[name] = tuple(places)
    return found


def compiled(text: Text) -> tuple[Callable[..., Any], str, dict[str, Any]]:
    """The function of a text in the framework that it was traced in."""
    digest = hashlib.sha256(text.module.encode()).hexdigest()[:12]
    file = f"<graph {text.function} {digest}>"
    linecache.cache[file] = (len(text.module), None, text.module.splitlines(True), file)
    space: dict[str, Any] = {"__name__": f"graph_{text.function}", **text.constants}
    exec(compile(text.module, file, "exec", dont_inherit=True), space)  # noqa: S102
    return space[text.function], text.module, text.constants


def _converted(traced: Recorded, framework: str) -> tuple[Callable[..., Any], str, dict[str, Any]]:
    """The function converted to another framework, with the constants that it holds."""
    from ..live.functions import _converted_stem, load_snippet, snippet_path

    direction = Direction(traced.dialect, framework)
    text = traced.text_for(framework)
    for name, value in text.constants.items():
        if not is_array(value) and not isinstance(value, type):
            raise IvyError(
                f"{traced.name}: holds {name}, a {type(value).__name__} of {traced.dialect}; it is not converted"
            )
    stem = _converted_stem(text.module, text.function, direction, True)
    constants = {name: native_constant(value, framework) for name, value in text.constants.items()}
    module = load_snippet(direction, stem, constants or {"__graph__": True})
    source = snippet_path(direction, stem).read_text(encoding="utf-8")
    return getattr(module, text.function), source, constants


def native_constant(value: Any, framework: str) -> Any:
    """A constant as the target's array."""
    if not framework_of_array(value):
        return value
    return value if framework == "ivy" else to_native(value, framework)
