"""Calls of ``ivy.<op>`` while a function is traced: what is recorded, computed at once, or refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ..backend import TRACING, local
from ..dtypes import dtype_name
from ..table_model import HubOp
from .proxy import Traced
from .record import Level, Recorder, copied, is_array, unwrapped
from .trees import leaves

current: ContextVar[Recorder | None] = ContextVar("ivy_recorder", default=None)
"""The record that is being made in this thread or task."""

_CONTAINERS = frozenset(
    "tree_all tree_flatten tree_leaves tree_map tree_reduce tree_structure tree_unflatten wraps".split()
)
"""Ops on containers: they run as they are, with proxies as leaves."""
_PLAIN = frozenset("isscalar is_array register_pytree_node register_pytree_node_class annotate pair".split())
_VALUES = {
    "item": "x.item()", "tolist": "x.tolist()", "to_numpy": "x.numpy()", "allclose": "bool", "array_equal": "bool",
    "numpy": "x.numpy()",
}  # fmt: skip
"""Ops that give Python values which depend on what an array holds."""
_DTYPES = frozenset("bool dtype str int".split())
_STATE = frozenset("assign set_requires_grad".split())


@contextmanager
def recording(recorder: Recorder) -> Any:
    """Record the calls of hub ops in this thread or task."""
    token, backend = current.set(recorder), local.set(TRACING + recorder.framework)
    try:
        yield recorder
    finally:
        local.reset(backend)
        current.reset(token)


@contextmanager
def computing(recorder: Recorder) -> Any:
    """Compute for a while without recording."""
    backend = local.set(recorder.framework)
    try:
        yield
    finally:
        local.reset(backend)


def traced_op(op: HubOp) -> Callable[..., Any]:
    """The function that stands for an op while calls are recorded."""
    name = f"ivy.{op.name}"

    def call(*args: Any, **kwargs: Any) -> Any:
        recorder = current.get()
        assert recorder is not None
        import ivy

        function = getattr(ivy, op.name)
        if op.name == "setitem":
            return _set(recorder, function, *args)
        if op.name == "dynamic_shape" and isinstance(args[0], Traced):
            return tuple(int(size) for size in args[0].shape)
        if op.name == "is_subdtype":
            return is_of_kind(dtype_name(args[0]), dtype_name(args[1]))
        if op.name in _CONTAINERS:
            return _on_containers(recorder, function, args, kwargs)
        if any(callable(leaf) and not is_array(leaf) and _is_function(leaf) for leaf in leaves((args, kwargs))):
            recorder.refuse(f"{name} takes a function and is not traced")
        return _recorded(recorder, op, function, args, kwargs)

    return call


def is_of_kind(dtype: str, kind: str) -> bool:
    """Whether a dtype is of a kind of NumPy's hierarchy, or is that dtype."""
    name = dtype.rstrip("0123456789_")
    kinds = {
        "float": "floating",
        "bfloat": "floating",
        "complex": "complexfloating",
        "uint": "unsignedinteger",
    }
    own = kinds.get(name, "signedinteger" if name == "int" else name)
    wider = {"floating": ("inexact", "number"), "complexfloating": ("inexact", "number")}
    known = (own, *wider.get(own, ("integer", "number") if own.endswith("integer") else ()))
    return kind == dtype or kind in known or kind == "generic"


def _is_function(value: Any) -> bool:
    return not isinstance(value, Traced) and not isinstance(value, type) and hasattr(value, "__code__")


def _on_containers(recorder: Recorder, function: Any, args: Any, kwargs: Any) -> Any:
    """Run the framework's own function on containers; the functions it is given are recorded."""

    def recorded(leaf: Any) -> Any:
        if not _is_function(leaf):
            return leaf

        def inner(*inputs: Any, **named: Any) -> Any:
            with recording(recorder):
                return leaf(*inputs, **named)

        return inner

    args = tuple(recorded(value) for value in args)
    kwargs = {key: recorded(value) for key, value in kwargs.items()}
    with computing(recorder):
        return function(*args, **kwargs)


def _recorded(recorder: Recorder, op: HubOp, function: Any, args: Any, kwargs: Any) -> Any:
    traced = next((leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Traced)), None)
    if op.name in _VALUES and traced is not None:
        decisive = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Traced)]
        traced = max(decisive, key=lambda leaf: leaf.node.level)
        recorder.concrete(traced, _VALUES[op.name])
        with computing(recorder):
            return function(*unwrapped(args), **unwrapped(kwargs))
    if op.name in _STATE and traced is not None:
        recorder.refuse(f"ivy.{op.name} changes an array from outside")
    with computing(recorder):
        result = function(*unwrapped(args), **unwrapped(kwargs))
    if traced is None and not op.random and not any(map(is_array, leaves(result))):
        return result
    if not any(map(is_array, leaves(result))):
        return _fact(recorder, op, traced, result)
    highest = Level.SHAPE if op.returns in ("shape", "sizes") else Level.DATA
    return recorder.record("call", f"ivy.{op.name}", args, kwargs, result, op.random, highest)


def _set(recorder: Recorder, function: Any, base: Any, key: Any, value: Any) -> Any:
    """``ivy.setitem`` changes arrays that can be changed: a graph works on a copy."""
    changed = copied(unwrapped(base)) if recorder.mutable else unwrapped(base)
    with computing(recorder):
        result = function(changed, unwrapped(key), unwrapped(value))
    return recorder.record("setitem", "", (base, key, value), {}, result)


def _fact(recorder: Recorder, op: HubOp, traced: Traced | None, result: Any) -> Any:
    """A result that is no array: a shape, a dtype, or nothing."""
    if op.random:
        recorder.refuse(f"ivy.{op.name} makes an object that draws random numbers; draw them inside the function")
    if traced is None or op.name in _PLAIN or op.name == "ndim":
        return result
    if op.returns == "none":
        if traced.node.level > Level.SHAPE:
            from .sites import here

            recorder.note(f"ivy.{op.name} is not part of the graph", here())
    elif op.returns in _DTYPES and op.topic == "dtypes":
        recorder.dtypes_read = True
    elif op.topic in ("shape", "tf_control_flow", "host", "dtypes"):
        recorder.shapes_read = True
        recorder.dtypes_read = True
    else:
        recorder.refuse(f"ivy.{op.name} gives no array, and its result depends on one")
    return result
