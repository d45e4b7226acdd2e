"""``ivy.<op>`` as a function: finds the backend and the kinds of a call, and calls what was spelled for them.

What is spelled depends on the types of the arguments alone (and, for a few parameters, on literal values), so one
dictionary lookup by types leads to the compiled function.
"""

from __future__ import annotations

import inspect
import json
import math
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from . import kinds as k
from .backend import TRACING, chosen, local, of_type, of_values
from .dtypes import Array, Dtype
from .kinds import Kind
from .places import cache_dir, stamp
from .spelled import Given, NotAvailable, build, sensitive
from .tables import HubOp, Param, load
from .twins import without_twins

_KINDS = {
    bool: k.BOOL, int: k.INT, float: k.FLOAT, complex: k.FLOAT, str: k.STR, type(None): k.NONE, tuple: Kind("tuple"),
    list: Kind("list"), dict: Kind("dict"), Dtype: k.DTYPE,
}  # fmt: skip
_LITERALS = (bool, int, float, str)
_SEQUENCES = frozenset((list, tuple))
_ABSENT: Any = object()
_OUT = ("to_numpy", "tolist", "item")
"""Ops that lead out of a framework, whichever one is chosen."""


def names() -> list[str]:
    """Everything that ``ivy`` has: ops, constants and types."""
    known = [*functions(), *_constants(), "Array", "Dtype"]
    return sorted(name for name in known if name.isidentifier() and not name.startswith("_"))


@cache
def functions() -> tuple[str, ...]:
    """The names of the hub ops that are functions."""
    table = load()["ivy"]
    return tuple(name for name in without_twins(load().hub) if not table.entries[f"ivy.{name}"].refuse)


@cache
def _constants() -> dict[str, str]:
    """Constants that are known, with their kinds."""
    return {entry.const: entry.kind for entry in load()["ivy"].entries.values() if entry.const}


def member(name: str) -> Any:
    """What ``ivy.<name>`` is; AttributeError when there is no such op or constant."""
    if name not in _known():
        raise AttributeError(f"module 'ivy' has no attribute {name!r}")
    if name in functions():
        return dispatcher(load().hub[name])
    kind = _constants().get(name, "")
    if kind == "dtype" or not hasattr(math, name):  # kinds of dtypes, such as `floating`, are names too
        return Dtype(name)
    return getattr(math, name)


@cache
def _known() -> frozenset[str]:
    """The names of all ops and constants, from a small file of their own: a probe of a name reads no tables."""
    record = cache_dir() / f"names-{stamp()[:20]}.json"
    try:
        return frozenset(json.loads(record.read_text()))
    except (OSError, ValueError):
        pass
    found = frozenset((*functions(), *_constants()))
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        part = record.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(sorted(found)))
        os.replace(part, record)
    except OSError:
        pass
    return found


def dispatcher(op: HubOp) -> Callable[..., Any]:
    """The function of an op, with the hub's signature and doc."""
    known: dict[tuple[Any, ...], Callable[..., Any]] = {}
    find, backend = known.get, local.get

    def call(*args: Any, **kwargs: Any) -> Any:
        key: tuple[Any, ...]
        if kwargs:
            key = (backend() or chosen[-1], *map(type, args), *kwargs, *map(type, kwargs.values()))
        else:
            key = (backend() or chosen[-1], *map(type, args))
        function = find(key)
        if function is None:
            function = known[key] = _made(op, key[0], args, kwargs)
        return function(*args, **kwargs)

    required = [p for p in op.params if p.default is None and not p.variadic]
    short = {1: _of_one, 2: _of_two}.get(len(required)) if len(required) == len(op.params) else None
    call = call if short is None else short(call, known)
    call.__name__ = call.__qualname__ = op.name
    call.__module__ = "ivy"
    call.__doc__ = op.doc
    call.__signature__ = signature(op)  # type: ignore[attr-defined]
    return call


def _of_one(general: Callable[..., Any], known: dict[tuple[Any, ...], Any]) -> Callable[..., Any]:
    """The function of an op of one array: for the types of the last call nothing is looked up."""
    last: tuple[Any, ...] = (None, None, general)
    backend = local.get

    def call(x: Any = _ABSENT, /, *more: Any, **kwargs: Any) -> Any:
        nonlocal last
        name, kind, function = last
        if type(x) is kind and (backend() or chosen[-1]) is name and not more and not kwargs:
            return function(x)
        if x is _ABSENT or more or kwargs:
            return general(*(() if x is _ABSENT else (x, *more)), **kwargs)
        result = general(x)
        name = backend() or chosen[-1]
        last = (name, type(x), known[name, type(x)])
        return result

    return call


def _of_two(general: Callable[..., Any], known: dict[tuple[Any, ...], Any]) -> Callable[..., Any]:
    """The function of an op of two arrays: for the types of the last call nothing is looked up."""
    last: tuple[Any, ...] = (None, None, None, general)
    backend = local.get

    def call(x1: Any = _ABSENT, x2: Any = _ABSENT, /, *more: Any, **kwargs: Any) -> Any:
        nonlocal last
        name, kind1, kind2, function = last
        if type(x1) is kind1 and type(x2) is kind2 and (backend() or chosen[-1]) is name and not more and not kwargs:
            return function(x1, x2)
        if x1 is _ABSENT or x2 is _ABSENT or more or kwargs:
            return general(*(x for x in (x1, x2) if x is not _ABSENT), *more, **kwargs)
        result = general(x1, x2)
        name = backend() or chosen[-1]
        last = (name, type(x1), type(x2), known[name, type(x1), type(x2)])
        return result

    return call


def signature(op: HubOp) -> inspect.Signature:
    """The hub's signature of an op."""
    params = []
    for param in op.params:
        plain = param.default is None or param.variadic
        default = inspect.Parameter.empty if plain else _value(str(param.default))
        params.append(inspect.Parameter(param.name, _parameter_kind(param), default=default))
    return inspect.Signature(params)


def _parameter_kind(param: Param) -> Any:
    if param.variadic:
        return inspect.Parameter.VAR_POSITIONAL
    if param.keyword:
        return inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter.POSITIONAL_ONLY if param.positional else inspect.Parameter.POSITIONAL_OR_KEYWORD


def _value(text: str) -> Any:
    return eval(text, {"__builtins__": {}}, {"float": float})  # noqa: S307


def _made(op: HubOp, backend: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
    """The function for calls of these types."""
    if backend.startswith(TRACING):
        from .graph.hub_calls import traced_op

        return traced_op(op)
    values = bound(op, args, kwargs)
    if not backend:
        if any(type(v) in _SEQUENCES for v in (*args, *kwargs.values())):
            return _by_contents(op, args, kwargs)
        backend = of_values(values.values()) or "numpy"
    elif op.name in _OUT:
        backend = of_values(values.values()) or backend
    _check(op, backend, values)
    careful = sensitive(op, load()[backend]) & {n for n, v in values.items() if _literal(v)}
    if careful:
        return _by_literals(op, backend, careful)
    return _built(op, backend, values, kwargs, frozenset())


def _check(op: HubOp, backend: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        found = of_type(type(value))
        if found not in ("", "numpy", backend) and isinstance(value, Array):
            raise TypeError(
                f"ivy.{op.name}: {name} is an array of {found} and the backend is {backend}; "
                f"convert it with ivy.asarray(ivy.to_numpy(x)), or choose ivy.set_backend({found!r})"
            )


def _by_contents(op: HubOp, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
    """Calls whose backend is only known when lists and tuples are looked into."""
    known: dict[tuple[Any, ...], Callable[..., Any]] = {}
    places = [at for at, value in enumerate(args) if type(value) in _SEQUENCES]
    named = [name for name, value in kwargs.items() if type(value) in _SEQUENCES]

    def call(*args: Any, **kwargs: Any) -> Any:
        sequences = [args[at] for at in places]
        if named:
            sequences += [kwargs[name] for name in named]
        key = tuple([frozenset(map(type, values)) for values in sequences])
        function = known.get(key)
        if function is None:
            backend = of_values((*args, *kwargs.values())) or "numpy"
            function = _made(op, backend, args, kwargs)
            if not any(types & _SEQUENCES for types in key):
                known[key] = function
        return function(*args, **kwargs)

    return call


def _by_literals(op: HubOp, backend: str, careful: frozenset[str]) -> Callable[..., Any]:
    """Calls whose spelling depends on the values of these parameters."""
    known: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def call(*args: Any, **kwargs: Any) -> Any:
        values = bound(op, args, kwargs)
        key = tuple(values[name] for name in careful)
        function = known.get(key)
        if function is None:
            function = known[key] = _built(op, backend, values, kwargs, careful)
        return function(*args, **kwargs)

    return call


def _built(
    op: HubOp, backend: str, values: dict[str, Any], kwargs: dict[str, Any], careful: frozenset[str]
) -> Callable[..., Any]:
    given = [_given(op, backend, name, value, name in kwargs, name in careful) for name, value in values.items()]
    return build(op, backend, given)


def _given(op: HubOp, backend: str, name: str, value: Any, keyword: bool, careful: bool) -> Given:
    param = op.param(name)
    assert param is not None
    default = param.default
    is_dtype = isinstance(value, Dtype) or (name == "dtype" and isinstance(value, str))
    same = careful and default is not None and _same(value, default)
    absent = same or (value is None and default == "None")
    literal = repr(value) if careful and not is_dtype else ""
    return Given(name, kind_of(value, backend), literal, keyword, is_dtype, absent)


def _same(value: Any, default: str) -> bool:
    """Whether a literal is the default of its parameter."""
    known = _value(default)
    return value == known and isinstance(value, bool) == isinstance(known, bool)


def _literal(value: Any) -> bool:
    if value is None:
        return True
    if type(value) is float:
        return math.isfinite(value)
    return type(value) in _LITERALS


def bound(op: HubOp, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Canonical name -> value, in the order of the call; TypeError where Python would raise one."""
    values: dict[str, Any] = {}
    plain = [p for p in op.params if not p.keyword]
    for position, value in enumerate(args):
        if position < len(plain) and not plain[position].variadic:
            values[plain[position].name] = value
        elif plain and plain[-1].variadic:
            values[plain[-1].name] = tuple(args[len(plain) - 1 :])
            break
        else:
            raise TypeError(f"ivy.{op.name} takes {len(plain)} positional arguments but {len(args)} were given")
    for name, value in kwargs.items():
        if op.param(name) is None:
            raise TypeError(f"ivy.{op.name} got an unexpected keyword argument {name!r}; it is {signature(op)}")
        if name in values:
            raise TypeError(f"ivy.{op.name} got multiple values for argument {name!r}")
        values[name] = value
    missing = [p.name for p in op.params if p.default is None and p.name not in values]
    if missing:
        raise TypeError(f"ivy.{op.name} is missing {', '.join(missing)}; it is {signature(op)}")
    return values


def kind_of(value: Any, backend: str) -> Kind:
    """The coarse kind of an argument."""
    cls = type(value)
    if cls in _KINDS:
        return _KINDS[cls]
    if isinstance(value, Array):
        return k.NDARRAY if of_type(cls) == "numpy" != backend else k.ARRAY
    if isinstance(value, (tuple, list)):
        return k.SHAPE
    if of_type(cls) and (cls.__name__ in ("dtype", "DType") or "dtype" in cls.__name__.lower()):
        return k.DTYPE
    if isinstance(value, type) and of_type(value):
        return k.DTYPE
    return Kind("function") if callable(value) else k.UNKNOWN


__all__ = ["NotAvailable", "dispatcher", "functions", "member", "names"]
