"""``ivy.transpile``: what kind of object it is given decides what is done."""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from ...exceptions import NotConvertible, SourceNotFound, UnknownFramework
from ..places import FRAMEWORKS
from .boundary import framework_of_array, is_keras, to_native
from .compiled import CompiledFunction, is_compiled
from .dependencies import written_in
from .framework_functions import FrameworkFunction, is_framework_function
from .frameworks import Direction, framework_of, source_name, target_name
from .functions import Function, located, source_of
from .haiku_models import haiku_class, is_haiku
from .haiku_sources import converted_transformed, is_transformed
from .importer import LazyModule
from .keras_models import own_counterpart
from .library import open_library, place_of
from .linen_models import converted_linen, is_linen
from .nnx_models import is_nnx
from .references import belongs, counterpart


def transpile(
    obj: Any,
    source: str | None = None,
    to: str | None = None,
    args: tuple[Any, ...] | None = None,
    kwargs: dict[str, Any] | None = None,
    params_v: Any = None,
    *,
    target: str | None = None,
) -> Any:
    """Convert a function, class, module (library) or model to another framework while the program runs.

    ``to`` (or ``target``) is ``torch``, ``tensorflow``, ``jax`` or ``numpy``; ``source`` is found out when it is not
    given. A function is converted when it is first called, or at once when ``args`` or ``kwargs`` are given;
    arrays of other frameworks that it is called with are converted, its results are the target's arrays. A
    module comes back at once, and each of its modules is converted when it is first used: its functions are
    the plain converted ones and take the target's arrays. A class comes back as a class, a model as a model
    with the same state. A function that ``hk.transform`` wrapped comes back as a model with the parameters
    ``params_v``, which is what its ``init`` returned; without them ``init`` is called with ``args``, ``kwargs`` and
    ``jax.random.PRNGKey(0)``. A module of flax.linen needs ``args`` or ``kwargs``, the inputs of a call that makes its
    weights; ``params_v`` is what its ``init`` returned. Raises a class of ``ivy.exceptions``, with the remedy.
    """
    goal = target_name(to or target)
    finish = haiku_class if is_haiku(to or target) else _unchanged
    if isinstance(obj, ModuleType) and framework_of(obj.__name__):
        raise NotConvertible(f"{obj.__name__}: is a framework itself; give code that is written in it")
    if is_transformed(obj):
        return converted_transformed(obj, Direction("jax", goal), args, kwargs, params_v, _converted)
    if is_linen(obj):
        return converted_linen(obj, Direction("jax", goal), args, kwargs, params_v)
    found = source_name(source) if source else _found_source(obj, goal)
    if found == goal:
        return finish(obj)
    direction = Direction(found, goal)
    own = own_counterpart(obj, direction, args, kwargs)
    result = _converted(obj, direction, args, kwargs) if own is None else own
    if isinstance(result, Function) and (args is not None or kwargs is not None):
        result.load()
    return finish(result)


def unify(
    obj: Any, source: str | None = None, args: tuple[Any, ...] | None = None, kwargs: dict[str, Any] | None = None
) -> Any:
    """The framework-neutral version of a function or library: its code calls ``ivy`` and runs on any backend.

    Backends are those of the arguments, or the one that ``ivy.set_backend`` chose: other arrays are converted to it.
    Arrays that the function finds in its surroundings take the backend that is set when it is converted.
    """
    return transpile(obj, source, "ivy", args, kwargs)


def _unchanged(obj: Any) -> Any:
    return obj


def _found_source(obj: Any, target: str) -> str:
    found = ""
    if isinstance(obj, ModuleType):
        top = obj.__name__.split(".")[0]
        found = next((name for name in written_in(top, place_of(top)) if name != target), "")
    elif isinstance(obj, partial):
        return _found_source(obj.func, target)
    elif isinstance(obj, (FunctionType, type)) or hasattr(obj, "__wrapped__"):
        found = source_of(obj, target)
        module = getattr(obj, "__module__", None)
        if not found and module and module != "__main__":
            found = next((n for n in _written_in_module(module) if n != target), "")
    elif isinstance(obj, MethodType):
        return _found_source(obj.__self__ if isinstance(obj.__self__, type) else type(obj.__self__), target)
    else:
        found = next((name for name in FRAMEWORKS if name != target and belongs(obj, name)), "")
        found = found or source_of(type(obj), target)
    if not found and isinstance(obj, BuiltinFunctionType):
        raise SourceNotFound(f"{_called(obj)}: a builtin or compiled object has no Python source to convert")
    if not found:
        raise UnknownFramework(f"{_called(obj)}: no source framework was found; name it with source=")
    return found


def _written_in_module(module: str) -> tuple[str, ...]:
    top = module.split(".")[0]
    try:
        return written_in(top, place_of(top))
    except SourceNotFound:
        return ()


def _called(obj: Any) -> str:
    return (
        getattr(obj, "__qualname__", None)
        or getattr(obj, "__name__", None)
        or f"an object of class {type(obj).__name__}"
    )


def _converted(obj: Any, direction: Direction, args: Any = None, kwargs: Any = None) -> Any:
    """The converted counterpart of any object that has one; a model may be called with ``args`` and ``kwargs``."""
    if isinstance(obj, ModuleType):
        open_library(direction, obj.__name__.split(".")[0])
        return LazyModule(direction, obj.__name__, obj.__doc__)
    if isinstance(obj, partial):
        held = to_native((obj.args, obj.keywords), direction.target, partial(_value, direction=direction))
        return partial(_value(obj.func, direction), *held[0], **held[1])
    if isinstance(obj, MethodType):
        return getattr(_converted(obj.__self__, direction), obj.__name__)
    if belongs(obj, direction.source) and not framework_of_array(obj) and not _is_model(obj):
        if direction.target != "ivy" and is_framework_function(obj):
            return FrameworkFunction(obj, direction)
        return counterpart(obj, direction)
    if isinstance(obj, type):
        return located(obj, direction, partial(_value, direction=direction))
    if isinstance(obj, FunctionType) or isinstance(getattr(obj, "__wrapped__", None), FunctionType):
        return Function(obj, direction, partial(_value, direction=direction))
    if framework_of_array(obj):
        return to_native(obj, direction.target)
    if not hasattr(obj, "__dict__"):
        raise SourceNotFound(f"{_called(obj)}: a builtin or compiled object has no Python source to convert")
    from .instances import converted_instance

    return converted_instance(obj, direction, args, kwargs)


def _is_model(obj: Any) -> bool:
    return not isinstance(obj, type) and (hasattr(obj, "_parameters") or is_keras(obj) or is_nnx(obj))


def _value(value: Any, direction: Direction) -> Any:
    """A closure value or global that converted code uses: arrays, functions and models are converted."""
    return to_native(value, direction.target, partial(_other, direction=direction))


def _other(value: Any, direction: Direction) -> Any:
    if is_compiled(value, direction):
        return CompiledFunction(value, direction.target)
    if belongs(value, direction.source) or isinstance(value, (partial, MethodType, FunctionType)):
        return _converted(value, direction)
    model = any(framework_of(base.__module__) == direction.source for base in type(value).__mro__)
    return _converted(value, direction) if model and not isinstance(value, type) else value
