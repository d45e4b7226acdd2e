"""A function of Haiku's modules as a graph whose text has a class for each kind of module."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...exceptions import IvyError, NotTraceable
from ..live.boundary import to_native
from .check import _reordered, copies, difference
from .drawn import drawn
from .graph import Graph, Recorded, compiled, expected_of
from .haiku_classes import Classes
from .haiku_record import Entangled, Modules, Run, RunRecorder, watched
from .haiku_text import arranged
from .names import identifier
from .record import is_array, noded
from .source import Text
from .trace import parameters_of
from .trees import leaves, mapped

Apply = Callable[..., Any]
Tree = Mapping[str, Mapping[str, Any]]


def module_graph(
    apply: Apply, original: Any, params: Tree, state: Tree, args: tuple[Any, ...], kwargs: dict[str, Any], key: Any
) -> Graph:
    """The graph of ``apply(params, state, key, ...)``, as text that is transformed again.

    Raises `NotTraceable` where modules cannot be told apart.
    """
    signature = _signature(original)
    called = identifier(getattr(original, "__name__", "").strip("<>") or "function")
    called = "function" if called == "lambda_" else called
    given = to_native((args, kwargs), "jax")
    bound = signature.bind(*given[0], **given[1])
    expected = expected_of(bound.arguments, signature)
    run = _recorded(original, params, state, bound, key)
    text = _text(run, called)
    if run.recorder.sizes and not run.recorder.shapes_read:
        expected = _expected(run, text, original, params, state, bound, expected, key)
    known = Recorded(
        text=text,
        cast_text=text,
        dialect="jax",
        origin="jax",
        signature=signature,
        expected=expected,
        shapes_read=run.recorder.shapes_read or bool(run.recorder.sizes),
        dtypes_read=run.recorder.dtypes_read,
        warnings=tuple(run.recorder.findings),
        picture=drawn(arranged(run)),
        name=called,
        doc=inspect.getdoc(original) if inspect.isfunction(original) else None,
    )
    _compare(known, apply, params, state, given, key)
    return Graph(known, "jax")


def _signature(original: Any) -> inspect.Signature:
    try:
        found = inspect.signature(original)
    except (TypeError, ValueError):
        kind = inspect.Parameter
        return inspect.Signature([kind("args", kind.VAR_POSITIONAL), kind("kwargs", kind.VAR_KEYWORD)])
    plain = [p.replace(annotation=p.empty) for p in found.parameters.values()]
    return inspect.Signature(plain)


def _recorded(function: Any, params: Tree, state: Tree, bound: inspect.BoundArguments, key: Any) -> Run:
    """The record; modules that share layers with the code around them are dissolved in it."""
    dissolved: set[type] = set()
    while True:
        try:
            return _record(function, params, state, bound, key, frozenset(dissolved))
        except Entangled as error:
            if error.kind is None or error.kind in dissolved:
                raise
            dissolved.add(error.kind)


def _record(
    function: Any, params: Tree, state: Tree, given: inspect.BoundArguments, key: Any, dissolved: frozenset[type]
) -> Run:
    import haiku as hk

    bound = inspect.BoundArguments(given.signature, dict(given.arguments))  # type: ignore[arg-type]
    recorder = RunRecorder([])
    modules = Modules(recorder, dissolved)
    modules.root.parameters = parameters_of(recorder, bound)
    apply = hk.transform_with_state(partial(watched, modules, function)).apply
    try:
        output, _ = apply(params, state, key, *bound.args, **bound.kwargs)
    except Entangled:
        raise
    except Exception as error:
        raise recorder.failure or NotTraceable(f"{type(error).__name__} while it was traced: {error}") from error
    if recorder.failure is not None:
        raise recorder.failure
    modules.root.output = noded(output)
    return modules.root


def _text(run: Run, called: str) -> Text:
    return Classes(run, called, lambda value: "").text()


def _expected(
    run: Run,
    text: Text,
    function: Any,
    params: Tree,
    state: Tree,
    bound: inspect.BoundArguments,
    expected: Any,
    key: Any,
) -> Any:
    """What is expected of arguments: leading axes of any size where nothing that was read depends on them."""
    sizes = {leaf.shape[0] if leaf.shape else 0 for leaf in leaves(bound.arguments) if is_array(leaf)}
    if len(sizes) != 1 or sizes == {0}:
        return expected
    for size in (1, 2 * sizes.pop() + 3):
        other = inspect.BoundArguments(bound.signature, mapped(partial(_resized, size=size), bound.arguments))
        try:
            found = _recorded(function, params, state, other, key)
            same = found.recorder.sizes == run.recorder.sizes and _text(found, text.function).module == text.module
        except IvyError:
            return expected
        if not same:
            return expected
    return {
        name: tuple(replace(place, shape=(None, *place.shape[1:])) if place.is_array else place for place in places)
        for name, places in expected.items()
    }


def _resized(leaf: Any, size: int) -> Any:
    """An array with another number of rows."""
    return leaf[np.arange(size) % leaf.shape[0]] if is_array(leaf) else leaf


def _compare(known: Recorded, apply: Apply, params: Tree, state: Tree, given: Any, key: Any) -> None:
    """Raise unless the text, transformed, computes what the function does, state included."""
    import haiku as hk

    again = hk.transform_with_state(compiled(known.text)[0]).apply
    arrays = Graph(known, "jax")._arguments
    for inputs in (given, mapped(_reordered, given)):
        expected = apply(params, state, key, *copies(inputs)[0], **copies(inputs)[1])
        args, kwargs = arrays(*inputs)
        found = again(params, state, key, *args, **kwargs)
        one, other = list(leaves(expected)), list(leaves(found))
        problem = next((text for text in map(difference, one, other) if text), "")
        if len(one) != len(other) or problem:
            raise NotTraceable(f"{known.name}: its modules give other values than the function: {problem}")
