"""``ivy.trace_graph``: run a function on proxies and keep what it computed."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import partial
from types import FunctionType
from typing import Any

from ...exceptions import DataDependent, IvyError, NotTraceable
from ..live.boundary import to_native
from ..live.frameworks import target_name
from . import hub_calls, native_calls, torch_calls
from .check import compare, copies
from .drawn import drawn
from .graph import Graph, Recorded, expected_of
from .program import program
from .record import Recorder, is_array, noded
from .runnable import Runnable, runnables
from .sites import raised_at
from .source import Parameter, text_of
from .syntax import common_dtype
from .trees import Step, children, mapped, rebuilt


def trace_graph(
    fn: Any,
    to: str | None = None,
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    *,
    source: str | None = None,
    freeze: bool = False,
) -> Any:
    """What ``fn`` computes for these arguments, as a function without wrapping, dead code and Python control flow.

    ``fn`` is a function of torch, tensorflow, jax, numpy or ``ivy``, or a live model of torch, Keras or nnx. It is run
    once on ``args`` and ``kwargs`` (arrays of any framework, in tuples, lists, dicts, named tuples and dataclasses too;
    other values are kept as they are) and the result is a `Graph` in the framework ``to``, that of ``fn`` by default.
    Without arguments the graph is traced when it is first called. Where a value of an array would decide what Python
    does, `ivy.exceptions.DataDependent` tells the place; with ``freeze=True`` it is kept as it was and listed in
    ``graph.warnings``. Raises `NotTraceable` for what cannot be recorded.
    """
    if isinstance(fn, Graph):
        return fn.to(to) if to else fn
    goal = target_name(to) if to else ""
    if not args and kwargs is None:
        return Lazy(fn, goal, source, freeze)
    return traced(fn, goal, tuple(args), dict(kwargs or {}), source, freeze)


class Lazy(Graph):
    """A graph that is traced when it is first called."""

    def __init__(self, fn: Any, goal: str, source: str | None, freeze: bool) -> None:
        self._given = (fn, goal, source, freeze)
        self._graph: Graph | None = None
        self.__name__ = self.__qualname__ = _called(fn)
        self.__doc__ = inspect.getdoc(fn)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._graph is None:
            fn, goal, source, freeze = self._given
            self._graph = traced(fn, goal, args, kwargs, source, freeze)
        return self._graph(*args, **kwargs)

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        graph = own.get("_graph")
        if graph is not None and name not in ("__call__", "__class__", "_graph", "__dict__"):
            return getattr(graph, name)
        if name in _NEEDED:
            raise IvyError(f"{own['__name__']}: not traced yet; call it, or give trace_graph its args")
        return object.__getattribute__(self, name)

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.signature(self._given[0])

    def __repr__(self) -> str:
        return f"<graph {self.__name__}, not traced yet>"

    def __reduce__(self) -> Any:
        return Lazy, self._given


_NEEDED = frozenset(
    "source constants function warnings framework to save show dot _repr_svg_ _traced _plain __wrapped__".split()
)


def traced(
    fn: Any,
    goal: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    source: str | None = None,
    freeze: bool = False,
) -> Graph:
    """Trace a function on arguments, in the first way of running it that can be recorded."""
    failures: list[Exception] = []
    for found in runnables(fn, args, kwargs, source):
        try:
            return _traced(fn, found(), goal, args, kwargs, freeze)
        except (IvyError, NotImplementedError) as error:
            failures.append(error)
    first = failures[-1] if "takes a function" in str(failures[0]) else failures[0]
    raise next((e for e in failures if isinstance(e, DataDependent)), first)


def _traced(fn: Any, found: Runnable, goal: str, args: tuple[Any, ...], kwargs: dict[str, Any], freeze: bool) -> Graph:
    native = partial(to_native, target=found.framework)
    args, kwargs = mapped(native, args), mapped(native, kwargs)
    given = copies((args, kwargs))
    doc = inspect.getdoc(fn) if isinstance(fn, FunctionType) else None
    recorder = Recorder(found.framework, found.dialect, freeze)
    bound = found.signature.bind(*args, **kwargs)
    expected = expected_of(bound.arguments, found.signature)
    parameters = parameters_of(recorder, bound)
    for name, parameter in found.signature.parameters.items():
        if name in bound.arguments:
            bound.arguments[name] = mapped(found.adapt, bound.arguments[name])
        elif callable(parameter.default) and found.adapt(parameter.default) is not parameter.default:
            bound.arguments[name] = found.adapt(parameter.default)
    result = program(recorder.nodes, _run(found, recorder, bound.args, bound.kwargs), found.dialect)
    first = (doc or "").strip().partition("\n")[0]
    write = partial(text_of, result, found.name, parameters, found.dialect, found.known, first)
    text = write()
    known = Recorded(
        text=text,
        cast_text=write(casts=True) if any(map(common_dtype, result.nodes)) else text,
        dialect=found.dialect,
        origin=found.framework,
        signature=found.signature,
        expected=expected,
        shapes_read=recorder.shapes_read,
        dtypes_read=recorder.dtypes_read,
        warnings=(),
        picture=drawn(result),
        name=found.name,
        doc=doc,
    )
    compare(found, known, given, recorder, any(node.random for node in result.nodes))
    return Graph(replace(known, warnings=tuple(recorder.findings)), goal or found.home)


def parameters_of(recorder: Recorder, bound: inspect.BoundArguments) -> list[Parameter]:
    """Put proxies in the place of arrays among the arguments; the parameters that hold some."""
    found = []
    for name, value in bound.arguments.items():
        paths: dict[Any, tuple[Step, ...]] = {}
        bound.arguments[name] = with_proxies(recorder, name, value, (), paths)
        if paths:
            found.append(Parameter(name, bound.signature.parameters[name].kind, paths))
    return found


def with_proxies(
    recorder: Recorder,
    name: str,
    value: Any,
    path: tuple[Step, ...],
    paths: dict[Any, tuple[Step, ...]],
) -> Any:
    """A value with a proxy of its own for each place of an array, also where one array stands in two places."""
    inner = children(value)
    if inner is None and is_array(value):
        proxy = recorder.input(name, value)
        paths[proxy.node] = path
        return proxy
    if inner is None:
        return value
    items = [with_proxies(recorder, name, item, (*path, step), paths) for step, item in inner]
    same = all(new is old for new, (_, old) in zip(items, inner))
    return value if same else rebuilt(value, items)


def _run(found: Runnable, recorder: Recorder, args: Any, kwargs: Any) -> Any:
    """Run on proxies; the output with nodes in place of arrays."""
    recording: Any = {"torch": torch_calls, "ivy": hub_calls}.get(found.dialect, native_calls).recording
    try:
        with recording(recorder):
            output = found.run(*args, **kwargs)
    except IvyError:
        raise
    except Exception as error:
        if recorder.failure is not None:
            raise recorder.failure from error
        told = str(error).strip().partition("\n")[0][:200]
        place = raised_at(error)
        raise NotTraceable(f"{found.name}: {type(error).__name__} while it was traced: {told}{place}") from error
    if recorder.failure is not None:
        raise recorder.failure
    return noded(output)


def _called(fn: Any) -> str:
    return getattr(fn, "__name__", None) or type(fn).__name__
