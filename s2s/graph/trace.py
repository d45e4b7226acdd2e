"""``ivy.trace_graph``: run a function on proxies and keep what it computed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from ...exceptions import IvyError, NotTraceable
from ..backend import chosen_backend, of_values
from ..dtypes import dtype_name
from ..live.boundary import is_keras, to_native
from ..live.frameworks import target_name
from ..places import FRAMEWORKS
from . import hub_calls, torch_calls
from .check import compare, copies
from .drawn import drawn
from .graph import Graph, Traced, expected_of
from .program import program
from .record import Recorder, is_array, noded
from .runnable import Runnable, runnable
from .source import Parameter, text_of
from .trees import mapped, with_paths

Node = Any


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

    ``fn`` is a function of torch, tensorflow, jax, numpy or ``ivy``, or a live PyTorch or Keras model. It is run
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
    fn: Any, goal: str, args: tuple[Any, ...], kwargs: dict[str, Any], source: str | None = None, freeze: bool = False
) -> Graph:
    """Trace a function on arguments."""
    found = runnable(fn, args, kwargs, source)
    native = partial(to_native, target=found.framework)
    args, kwargs = mapped(native, args), mapped(native, kwargs)
    expected, doc = copies((args, kwargs)), inspect.getdoc(fn) if isinstance(fn, FunctionType) else None
    recorder = Recorder(found.framework, found.dialect, freeze)
    bound = found.signature.bind(*args, **kwargs)
    known_for = expected_of(bound.arguments, found.signature)
    parameters = _parameters(recorder, bound)
    for name, value in bound.arguments.items():
        bound.arguments[name] = mapped(found.adapt, value)
    output = _run(found, recorder, bound.args, bound.kwargs)
    result = program(recorder.nodes, output, found.dialect)
    first = (doc or "").strip().partition("\n")[0]
    text = text_of(result, found.name, parameters, found.dialect, found.known, first)
    known = Traced(
        text, found.dialect, found.framework, found.signature, known_for,
        recorder.shapes_read, recorder.dtypes_read, (), drawn(result), found.name, doc,
    )  # fmt: skip
    random = any(node.random for node in result.nodes)
    compare(found, known, expected, recorder, random)
    known = _with_warnings(known, recorder)
    return Graph(known, goal or found.home)


def _with_warnings(known: Traced, recorder: Recorder) -> Traced:
    from dataclasses import replace

    return replace(known, warnings=tuple(recorder.findings))


def _parameters(recorder: Recorder, bound: inspect.BoundArguments) -> list[Parameter]:
    """Put proxies in the place of arrays among the arguments; the parameters that hold some."""
    found = []
    for name, value in bound.arguments.items():
        proxies: dict[int, Any] = {}
        paths: dict[Any, Any] = {}
        for path, leaf in with_paths(value):
            if is_array(leaf) and id(leaf) not in proxies:
                proxies[id(leaf)] = recorder.input(name, leaf)
                paths[proxies[id(leaf)].node] = path
        if paths:
            bound.arguments[name] = mapped(lambda leaf, known=proxies: known.get(id(leaf), leaf), value)
            found.append(Parameter(name, bound.signature.parameters[name].kind, paths))
    return found


def _run(found: Runnable, recorder: Recorder, args: Any, kwargs: Any) -> Any:
    """Run on proxies; the output with nodes in place of arrays."""
    recording = torch_calls.recording if found.dialect == "torch" else hub_calls.recording
    try:
        with recording(recorder):
            output = found.run(*args, **kwargs)
    except IvyError:
        raise
    except Exception as error:
        if recorder.failure is not None:
            raise recorder.failure from error
        raise NotTraceable(f"{found.name}: {type(error).__name__} while it was traced: {error}") from error
    if recorder.failure is not None:
        raise recorder.failure
    return noded(output)


def _called(fn: Any) -> str:
    return getattr(fn, "__name__", None) or type(fn).__name__


__all__ = ["FRAMEWORKS", "Callable", "MethodType", "chosen_backend", "dtype_name", "is_keras", "of_values", "trace_graph"]
