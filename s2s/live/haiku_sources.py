"""Live functions of Haiku as models: what ``hk.transform`` was given is converted, parameters become the model's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ...exceptions import NotConvertible, SourceNotFound
from .boundary import to_native
from .frameworks import Direction
from .haiku_traced import has_source, traced_function
from .helpers import lookup

_WHAT_IS_NEEDED = (
    "a transformed function has no parameters of its own; give them with params_v= (what init returned), or give"
    " args= or kwargs= to make them with jax.random.PRNGKey(0)"
)
_INPUTS_ARE_NEEDED = (
    "the function that was transformed has no Python source, so what it computes is traced; give the inputs of a call"
    " with args= or kwargs=, or define it in a file"
)


def is_transformed(obj: Any) -> bool:
    """Whether an object is a pair of functions that ``hk.transform`` made."""
    return type(obj).__module__.startswith("haiku.") and type(obj).__name__ in ("Transformed", "TransformedWithState")


def converted_transformed(
    obj: Any, direction: Direction, args: Any, kwargs: Any, params_v: Any, convert: Callable[[Any, Direction], Any]
) -> Any:
    """A model of the target framework that computes what the function computes, with these parameters and state.

    It is called as the function is, and keeps the state that a call leaves. Random keys are drawn from the target's
    generator unless ``rng=`` gives one. ``params_v`` is what ``init`` returned: parameters, or parameters and state.
    """
    if direction.target not in ("torch", "tensorflow", "numpy"):
        raise NotConvertible(
            f"to={direction.target!r}: a transformed function of Haiku is JAX code, and is not made a flax.nnx model;"
            " use its apply, or hk.lift inside other Haiku code"
        )
    original = getattr(obj.init, "_original_fn", None)
    if original is None:
        raise NotConvertible("what hk.transform was given cannot be found; make the pair with hk.transform itself")
    params, state = _state_of(obj, args, kwargs, params_v)
    if args is None and kwargs is None:
        if not has_source(original):
            raise NotConvertible(_INPUTS_ARE_NEEDED)
        function = convert(original, direction)
    else:
        try:
            function = _loaded(convert(original, direction))
        except SourceNotFound:
            given = _arrays(tuple(args or ())), _arrays(dict(kwargs or {}))
            function = traced_function(obj, direction, params, state, *given)
    model = lookup(direction, "haiku")("TransformedModel")
    return model(function, _native(params, direction), _native(state, direction))


def _loaded(function: Any) -> Any:
    """A converted function, converted now."""
    inner = function
    while isinstance(inner, partial):
        inner = inner.func
    getattr(inner, "load", lambda: None)()
    return function


def _state_of(obj: Any, args: Any, kwargs: Any, params_v: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The parameters and the state, as they were given or from ``init``."""
    stateful = type(obj).__name__ == "TransformedWithState"
    if params_v is None:
        if args is None and kwargs is None:
            raise NotConvertible(_WHAT_IS_NEEDED)
        import jax

        params_v = obj.init(jax.random.PRNGKey(0), *_arrays(tuple(args or ())), **_arrays(dict(kwargs or {})))
    params, state = params_v if isinstance(params_v, tuple) else (params_v, {})
    if not _is_tree(params) or not _is_tree(state):
        raise NotConvertible(f"params_v is a {type(params_v).__name__}, not what init of the function returns")
    if stateful and not isinstance(params_v, tuple):
        raise NotConvertible("params_v has no state; give (params, state), which is what init returns")
    return params, state


def _is_tree(value: Any) -> bool:
    """Whether a value is a dictionary of dictionaries, by the names of modules and of what they keep."""
    return isinstance(value, Mapping) and all(isinstance(inner, Mapping) for inner in value.values())


def _arrays(value: Any) -> Any:
    """Inputs with the arrays of other frameworks as JAX's."""
    return to_native(value, "jax")


def _native(tree: Mapping[str, Any], direction: Direction) -> dict[str, dict[str, Any]]:
    return {
        path: {name: to_native(value, direction.target) for name, value in values.items()}
        for path, values in tree.items()
    }
