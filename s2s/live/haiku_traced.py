"""Functions that ``hk.transform`` was given without Python source: what they compute is traced."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ...exceptions import IvyError
from .frameworks import Direction
from .helpers import lookup
from .sources import written

Tree = Mapping[str, Mapping[str, Any]]


def has_source(function: Any) -> bool:
    """Whether the text of a function can be found; of other callables that is asked later."""
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(getattr(function, "__func__", function))
    if not inspect.isfunction(function):
        return not inspect.isbuiltin(function)
    try:
        return bool(written(function))
    except Exception:  # no file, or one that cannot be parsed any more
        return False


def traced_function(
    obj: Any, direction: Direction, params: Tree, state: Tree, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Callable[..., Any]:
    """What a transformed function computes for inputs like these, as a function inside a model of the target."""
    apply = _with_state(obj)
    keys = _keys(apply, params, state, args, kwargs)
    found = [_traced(obj, apply, direction, params, state, args, kwargs, key) for key in keys]
    if not found or any(not _same(found[0], other) for other in found[1:]):
        return _drawing(obj, apply, direction, params, state, args, kwargs)
    return found[0]


def _drawing(
    obj: Any, apply: Any, direction: Direction, params: Tree, state: Tree, args: Any, kwargs: Any
) -> DrawingFunction:
    """The function as one graph that is given a key."""
    import jax

    from ..graph.trace import traced

    given = (params, state, jax.random.PRNGKey(0), *args), kwargs
    return DrawingFunction(traced(_of_values(obj, apply), direction.target, *given, "jax"), direction)


def _traced(
    obj: Any, apply: Any, direction: Direction, params: Tree, state: Tree, args: Any, kwargs: Any, key: Any
) -> KeylessFunction:
    """The function with a key, None for none: module by module, else as one graph."""
    from ..graph.haiku_graph import module_graph
    from ..graph.trace import traced

    try:
        graph = module_graph(apply, obj.init._original_fn, params, state, args, kwargs, key).to(direction.target)
        graph.source  # noqa: B018  (is converted now)
        return KeylessFunction(graph, direction)
    except IvyError:  # modules that cannot be told apart, or that have no counterpart
        given = (params, state, *args), kwargs
        return FlatFunction(
            traced(_of_values(obj, partial(_with_key, apply, key)), direction.target, *given, "jax"), direction
        )


def _same(one: KeylessFunction, other: KeylessFunction) -> bool:
    """Whether two traces have one text and the same arrays in it."""
    from ..graph.check import difference

    graphs = one._graph, other._graph
    constants = [graph.constants for graph in graphs]
    alike = graphs[0].source == graphs[1].source and constants[0].keys() == constants[1].keys()
    return alike and not any(difference(value, constants[1][name]) for name, value in constants[0].items())


def _with_state(obj: Any) -> Callable[..., Any]:
    """``apply(params, state, rng, ...)`` of either kind of pair; gives the result and the new state."""
    if type(obj).__name__ == "TransformedWithState":
        return obj.apply
    return lambda params, state, rng, *args, **kwargs: (obj.apply(params, rng, *args, **kwargs), state)


def _keys(apply: Any, params: Tree, state: Tree, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The keys to trace with, so that nothing that is drawn is kept unseen: None, or two where one must be given.

    There are none where the result depends on the key.
    """
    import jax

    from ..graph.check import difference

    keys: list[Any] = [jax.random.PRNGKey(0), jax.random.PRNGKey(1)]
    try:
        plain = apply(params, state, None, *args, **kwargs)
    except ValueError as error:
        if "PRNG" not in str(error) and "rng" not in str(error):
            raise
        plain = apply(params, state, keys[0], *args, **kwargs)
    else:
        keys = [None]
    keyed = apply(params, state, jax.random.PRNGKey(1), *args, **kwargs)
    one, other = jax.tree.leaves(plain), jax.tree.leaves(keyed)
    if len(one) != len(other) or any(map(difference, one, other)):
        return []
    return keys


def _with_key(apply: Any, key: Any, params: Any, state: Any, *args: Any, **kwargs: Any) -> Any:
    return apply(params, state, key, *args, **kwargs)


class KeylessFunction:
    """A graph inside a model; it draws nothing, so it takes no key."""

    def __init__(self, graph: Any, direction: Direction) -> None:
        self._graph = graph
        self._frame = lookup(direction, "haiku")("frame")
        self.__name__ = graph.__name__

    @property
    def __signature__(self) -> inspect.Signature:
        return self._graph.__signature__

    @property
    def source(self) -> str:
        """The text of the graph."""
        return self._graph.source

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        frame = self._frame()
        if not callable(frame.key):
            raise IvyError(f"{self.__name__}: was traced without a random key, so it takes none")
        return self.run(frame, args, kwargs)

    def run(self, frame: Any, args: Any, kwargs: Any) -> Any:
        return self._graph(*args, **kwargs)


class FlatFunction(KeylessFunction):
    """One graph of the whole function; parameters and state are read from, and kept in, those of the running model."""

    @property
    def __signature__(self) -> inspect.Signature:
        parameters = list(self._graph.__signature__.parameters.values())
        return inspect.Signature(parameters[2:])

    def run(self, frame: Any, args: Any, kwargs: Any) -> Any:
        result, state = self._graph(frame.params, frame.state, *args, **kwargs)
        for path, values in state.items():
            frame.state.setdefault(path, {}).update(values)
        return result


class DrawingFunction(FlatFunction):
    """One graph of a function that draws random numbers: from the key of the running model."""

    @property
    def __signature__(self) -> inspect.Signature:
        parameters = list(self._graph.__signature__.parameters.values())
        return inspect.Signature(parameters[3:])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        frame = self._frame()
        return self.run(frame, (frame.next_key() if callable(frame.key) else frame.key, *args), kwargs)


def _of_values(obj: Any, apply: Callable[..., Any]) -> Callable[..., Any]:
    """``apply`` with plain dictionaries as state, and with the parameters of the function that was transformed."""

    def function(params: Any, state: Any, *args: Any, **kwargs: Any) -> Any:
        result, state = apply(params, state, *args, **kwargs)
        return result, {path: dict(values) for path, values in state.items()}

    original = obj.init._original_fn
    named = getattr(original, "__name__", "")
    function.__name__ = named if named.isidentifier() else "function"
    try:
        own = list(inspect.signature(original).parameters.values())
    except (TypeError, ValueError):
        return function
    first = ("params", "state") if isinstance(apply, partial) else ("params", "state", "key")
    names = [_free(name, [p.name for p in own]) for name in first]
    kinds = inspect.Parameter
    only = bool(own) and own[0].kind is kinds.POSITIONAL_ONLY
    added = [kinds(name, kinds.POSITIONAL_ONLY if only else kinds.POSITIONAL_OR_KEYWORD) for name in names]
    function.__signature__ = inspect.Signature([*added, *own])  # type: ignore[attr-defined]
    return function


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name
