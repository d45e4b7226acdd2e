"""Calls of JAX, TensorFlow and NumPy while a function is traced: their public functions record what they are given.

The functions are replaced in their modules while a trace runs; for other threads they do what they always do.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from .proxy import Traced
from .record import Level, Recorder, computes, is_array, unwrapped
from .trees import leaves

current: ContextVar[Recorder | None] = ContextVar("native_recorder", default=None)
_patching = threading.RLock()

MODULES = {
    "jax": (
        "jax.numpy", "jax.numpy.linalg", "jax.numpy.fft", "jax.nn", "jax.lax", "jax.random", "jax.image",
        "jax.scipy.special", "jax.scipy.stats.norm",
    ),
    "numpy": ("numpy", "numpy.linalg", "numpy.fft", "numpy.random"),
    "tensorflow": (
        "tensorflow", "tensorflow.math", "tensorflow.nn", "tensorflow.linalg", "tensorflow.image", "tensorflow.signal",
        "tensorflow.random", "keras.ops",
    ),
}  # fmt: skip
"""The modules whose functions record, by framework."""
_FACTS = frozenset(
    "ndim shape size isscalar iscomplexobj isrealobj issubdtype result_type promote_types can_cast dtype finfo iinfo"
    " broadcast_shapes is_tensor min_scalar_type rank dtypes canonicalize_dtype static_shape get_static_value".split()
)
_DTYPES = frozenset("iscomplexobj isrealobj issubdtype result_type promote_types can_cast dtype finfo iinfo".split())
_VALUES = {
    "allclose": "bool",
    "array_equal": "bool",
    "array_equiv": "bool",
    "may_share_memory": "bool",
}
_TRANSFORMS = tuple("vmap grad value_and_grad jacobian jacfwd jacrev hessian jvp vjp linearize checkpoint".split())
_IN_PLACE = frozenset("sort fill put resize partition itemset setfield setflags byteswap assign assign_add".split())


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Let the public functions of the recorder's framework record, in this thread."""
    with _patching:
        replaced = _replace(recorder.framework)
        token = current.set(recorder)
        try:
            with _without_jit(recorder.framework):
                yield recorder
        finally:
            current.reset(token)
            for module, name, function in replaced:
                setattr(module, name, function)


def _without_jit(framework: str) -> Any:
    """Jitted functions run as Python while they are recorded."""
    return import_module("jax").disable_jit() if framework == "jax" else nullcontext()


def _replace(framework: str) -> list[tuple[Any, str, Any]]:
    replaced: list[tuple[Any, str, Any]] = []
    for name in _TRANSFORMS if framework == "jax" else ():
        module = import_module("jax")
        replaced.append((module, name, getattr(module, name)))
        setattr(module, name, _Function(getattr(module, name), f"jax.{name}"))
    for path in MODULES[framework]:
        module = module_at(path)
        for name, value in list(vars(module).items()):
            if name.startswith("_") or isinstance(value, type) or not callable(value) or isinstance(value, _Function):
                continue
            replaced.append((module, name, value))
            setattr(module, name, _Function(value, f"{path}.{name}"))
    return replaced


def module_at(path: str) -> Any:
    """A module by its name; TensorFlow's are attributes that cannot all be imported."""
    if not path.startswith("tensorflow."):
        return import_module(path)
    found: Any = import_module("tensorflow")
    for part in path.split(".")[1:]:
        found = getattr(found, part)
    return found


def public(name: str) -> Any:
    """A public function as its module has it now: one that records while a trace runs."""
    path, _, short = name.rpartition(".")
    return getattr(module_at(path), short)


def recording_version(framework: str) -> Callable[[Any], Any]:
    """What gives the recording version of a function of a framework that is an argument or a default."""
    known: dict[int, str] = {}
    for path in MODULES[framework]:
        for name, value in vars(module_at(path)).items():
            if not name.startswith("_") and callable(value) and not isinstance(value, type):
                known.setdefault(id(value), f"{path}.{name}")
    return lambda value: _Function(value, known[id(value)]) if id(value) in known else value


class _Function:
    """A function of a framework that records its calls."""

    def __init__(self, function: Callable[..., Any], name: str) -> None:
        self.function = function
        self.name = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        recorder = current.get()
        if recorder is None or recorder.busy:
            return self.function(*args, **kwargs)
        return _call(recorder, self.function, self.name, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)


@computes
def _call(recorder: Recorder, function: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    short = name.rpartition(".")[2]
    traced = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Traced)]
    if any(hasattr(leaf, "__code__") and not isinstance(leaf, Traced) for leaf in leaves((args, kwargs))):
        if traced or not short.startswith("custom_"):
            recorder.refuse(f"{name} takes a function and is not traced")
    if traced and kwargs.get("out") is not None:
        recorder.refuse(f"{name}: writing into an array (out=) is not traced")
    if traced and short in _VALUES and recorder.framework == "numpy":
        recorder.concrete(max(traced, key=lambda leaf: leaf.node.level), "bool")
    if short == "where" and len(args) == 3 and is_array(args[0]) and unwrapped(args[0]).dtype != bool:
        chosen = recorder.operator("ne", args[0], 0) if isinstance(args[0], Traced) else args[0] != 0
        args = (chosen, *args[1:])
    result = _computed(recorder, function, args, kwargs)
    if not any(map(is_array, leaves(result))):
        if traced and short not in _VALUES and short != "ndim":
            _fact(recorder, name, short, traced)
        return result
    return recorder.record("call", name, args, kwargs, result, ".random." in name and recorder.framework != "jax")


def _computed(recorder: Recorder, function: Any, args: Any, kwargs: Any) -> Any:
    if recorder.framework != "jax":
        return function(*unwrapped(args), **unwrapped(kwargs))
    with import_module("jax").disable_jit(False):
        return function(*unwrapped(args), **unwrapped(kwargs))


def _fact(recorder: Recorder, name: str, short: str, traced: list[Traced]) -> None:
    if short not in _FACTS and max(leaf.node.level for leaf in traced) > Level.SHAPE:
        recorder.refuse(f"{name} gives no array, and its result depends on one")
    recorder.dtypes_read |= short in _DTYPES
    recorder.shapes_read |= short not in _DTYPES


def attribute(traced: Traced, name: str, value: Any) -> Any:
    """``x.name`` of an array."""
    recorder = traced.recorder
    if name == "at" and recorder.framework == "jax":
        return _At(traced)
    if callable(value) and not is_array(value):
        if name in _IN_PLACE:
            recorder.refuse(f"x.{name}() changes an array in place; use the function that gives a new one")
        return lambda *args, **kwargs: _method(recorder, name, traced, args, kwargs)
    if is_array(value):
        return recorder.record("attribute", name, (traced,), {}, value)
    recorder.shapes_read = True
    recorder.dtypes_read |= name in ("itemsize", "nbytes")
    return value


@computes
def _method(recorder: Recorder, name: str, traced: Traced, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    result = _computed(recorder, getattr(traced.value, name), args, kwargs)
    if not any(map(is_array, leaves(result))):
        recorder.refuse(f"x.{name}() gives no array, and its result depends on one")
    return recorder.record("method", name, (traced, *args), kwargs, result)


class _At:
    """``x.at``, and with an index ``x.at[i]``."""

    def __init__(self, traced: Traced, key: Any = None) -> None:
        self.traced = traced
        self.key = key

    def __getitem__(self, key: Any) -> _At:
        return _At(self.traced, key)

    def __getattr__(self, name: str) -> Any:
        def update(*args: Any, **kwargs: Any) -> Any:
            recorder = self.traced.recorder
            place = self.traced.value.at[unwrapped(self.key)]
            result = computes(_at)(recorder, getattr(place, name), args, kwargs)
            return recorder.record("update", name, (self.traced, self.key, *args), kwargs, result)

        return update


def _at(recorder: Recorder, function: Any, args: Any, kwargs: Any) -> Any:
    return _computed(recorder, function, args, kwargs)
