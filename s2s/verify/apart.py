"""Models whose parameters live outside of them, held together with their parameters: flax.linen and haiku."""

from __future__ import annotations

import abc
import contextlib
import inspect
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from ..functional import functional, is_functional_class, plain_tree
from ..live_entry import parameters_of
from ..weight_state import without_collections

FLAGS = {"train": True, "training": True, "is_training": True, "deterministic": False, "use_running_average": False}
"""Arguments by which such models are told that they train, with the value that says so."""

Tree = dict[str, Any]
Run = Callable[[Tree, Any, Any, bool], tuple[Any, Tree]]


class Apart(dict[str, Any]):
    """The arrays of a model by name, and the function that computes with them.

    ``run`` takes nested dictionaries of variables, the arguments and whether it trains; it returns the result and the
    variables that changed. ``init`` makes the variables of a first call. ``function`` has the signature of a call.
    """

    def __init__(self, run: Run, function: Any, init: Callable[[Any, Any], Tree] | None = None) -> None:
        super().__init__()
        self.run, self.function, self.init = run, function, init
        self.paths: dict[str, tuple[str, ...]] = {}

    @property
    def flag(self) -> str:
        """The argument by which it is told that it trains, '' when there is none."""
        return next((p.name for p in parameters_of(self.function) if p.name in FLAGS), "")

    def fill(self, tree: Tree) -> None:
        """Take the variables of nested dictionaries."""
        found = {".".join(path): (path, value) for path, value in _flat(tree, ())}
        for name, short in without_collections(found).items():
            self.paths[short], self[short] = found[name]

    def trained(self) -> list[str]:
        """The names of parameters."""
        return [name for name, path in self.paths.items() if path[0] == "params"]

    def tree(self, values: Mapping[str, Any]) -> Tree:
        """Nested dictionaries of values by name."""
        found: Tree = {"params": {}}
        for name, path in self.paths.items():
            place = found
            for part in path[:-1]:
                place = place.setdefault(part, {})
            place[path[-1]] = values[name]
        return found

    def applied(self, values: Mapping[str, Any], args: Any, kwargs: Any, training: bool) -> tuple[Any, dict[str, Any]]:
        """The result with the given values, and what changed by name."""
        result, changed = self.run(self.tree(values), args, kwargs, training)
        names = {path: name for name, path in self.paths.items()}
        return result, {names[path]: value for path, value in _flat(changed, ()) if path in names}

    def call(self, args: Any, kwargs: Any, training: bool) -> Any:
        """The result; a call in training keeps the state that it leaves."""
        if not self and self.init is not None:
            self.fill(self.init(args, kwargs))
        result, changed = self.applied(self, args, kwargs, training)
        if training:
            self.update(changed)
        return result

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.call(args, kwargs, False)


def _flat(tree: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*path, name))
        else:
            yield (*path, name), value


def held_apart(cls: Any, make: Callable[[], Any]) -> Apart | None:
    """A class of linen or haiku as such a model, None for any other; ``make`` makes the module."""
    if is_functional_class(cls) and any(base.__module__.startswith("haiku.") for base in cls.__mro__):
        return _haiku(cls, make)
    if is_functional_class(cls):
        return _linen(cls, make())
    helpers = next((sys.modules[base.__module__] for base in cls.__mro__ if _frames(base)), None)
    return None if helpers is None else _converted_haiku(cls, make, helpers)


def _frames(base: Any) -> bool:
    """Whether a class is the base of converted modules of haiku."""
    module = sys.modules.get(base.__module__)
    named = base.__name__ == "Module" and isinstance(base, abc.ABCMeta)
    return named and hasattr(module, "FRAMES") and hasattr(module, "Call")


def is_apart_class(cls: Any) -> bool:
    """Whether a class is held apart from its parameters."""
    return inspect.isclass(cls) and (is_functional_class(cls) or any(map(_frames, cls.__mro__)))


def _linen(cls: Any, module: Any) -> Apart:
    linen, keys = import_module("flax.linen"), _keys()
    known = functional(module)

    def undropped(function: Any, args: Any, kwargs: Any, context: Any) -> Any:
        dropped = isinstance(context.module, linen.Dropout) and context.method_name == "__call__"
        return args[0] if dropped else function(*args, **kwargs)

    def run(tree: Tree, args: Any, kwargs: Any, training: bool) -> tuple[Any, Tree]:
        with linen.intercept_methods(undropped):
            mutable = [name for name in tree if name != "params"] if training else False
            result = module.apply(tree, *args, **kwargs, rngs={"dropout": next(keys)}, mutable=mutable)
        return (result[0], plain_tree(result[1])) if training else (result, {})

    def init(args: Any, kwargs: Any) -> Tree:
        return {} if known is None else known.init(args, kwargs)[0]

    return Apart(run, cls.__call__, init)


def _haiku(cls: Any, make: Callable[[], Any]) -> Apart:
    haiku, keys = import_module("haiku"), _keys()
    pair = haiku.transform_with_state(lambda *args, **kwargs: make()(*args, **kwargs))

    def run(tree: Tree, args: Any, kwargs: Any, training: bool) -> tuple[Any, Tree]:
        result, state = pair.apply(tree["params"], tree.get("state", {}), next(keys), *args, **kwargs)
        return result, {"state": plain_tree(state)}

    def init(args: Any, kwargs: Any) -> Tree:
        flags = {name: value for name, value in FLAGS.items() if name in kwargs}
        params, state = pair.init(next(keys), *args, **{**kwargs, **flags})
        return {"params": plain_tree(params), "state": plain_tree(state)}

    return Apart(run, cls.__call__, init)


@contextlib.contextmanager
def without_dropout(cls: Any) -> Iterator[None]:
    """Dropout of a converted model of linen gives what it gets: it is made anew in every call, with its rate."""
    kept = []
    for module in {sys.modules[base.__module__] for base in cls.__mro__ if base.__module__.endswith("_helpers")}:
        dropout = getattr(module, "Dropout", None)
        for name in ("forward", "call", "__call__"):
            if inspect.isclass(dropout) and name in vars(dropout):
                kept.append((dropout, name, vars(dropout)[name]))
                setattr(dropout, name, lambda self, inputs, *args, **kwargs: inputs)
    try:
        yield
    finally:
        for dropout, name, method in kept:
            setattr(dropout, name, method)


def _keys() -> Iterator[Any]:
    """A new random key for every call: what is random shows itself."""
    return map(import_module("jax").random.key, itertools.count())


def _converted_haiku(cls: Any, make: Callable[[], Any], helpers: Any) -> Apart:
    def run(tree: Tree, args: Any, kwargs: Any, training: bool) -> tuple[Any, Tree]:
        state = {name: dict(part) for name, part in tree.get("state", {}).items()}
        calls = [helpers.Call(None, "__call__")]
        frame = SimpleNamespace(params=tree["params"], state=state, key=None, creating=False, calls=calls)
        helpers.FRAMES.append(frame)
        try:
            return make()(*args, **kwargs), {"state": state}
        finally:
            helpers.FRAMES.pop()

    return Apart(run, getattr(cls, "forward", cls.__call__))
