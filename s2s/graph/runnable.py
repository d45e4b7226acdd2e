"""What `trace_graph` can run: PyTorch code as it is, the code of other frameworks after conversion to ``ivy``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

from ...exceptions import NotTraceable
from ..backend import of_values
from ..live.boundary import is_keras
from ..live.frameworks import Direction, framework_of, source_name
from ..live.functions import Function, from_snippet, source_of
from ..live.haiku_sources import is_transformed
from ..live.nnx_models import is_nnx
from ..live.transpile import _other, _value, unify
from ..places import FRAMEWORKS
from .jaxprs import interpreted
from .native_calls import recording_version
from .proxy import Traced
from .sites import remember
from .trees import leaves


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Runnable:
    """A function that calls ``torch`` or ``ivy`` (the dialect). ``original`` is what it is checked against.

    ``framework`` computes while it is traced, ``home`` is the framework of the graph when the user names none.
    """

    run: Callable[..., Any]
    original: Callable[..., Any]
    dialect: str
    framework: str
    home: str
    signature: inspect.Signature
    name: str
    known: Callable[[Any], str]
    adapt: Callable[[Any], Any] = _unchanged


def runnables(
    fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any], source: str | None
) -> list[Callable[[], Runnable]]:
    """The ways to run a function or model on proxies, the best first; a pair of ``hk.transform`` is its ``apply``."""
    fn = fn.apply if is_transformed(fn) else fn
    if is_keras(fn):
        return [lambda: _by_way_of_torch(fn, "tensorflow", args, kwargs)]
    if is_nnx(fn):
        return [lambda: _by_way_of_torch(fn, "jax", args, kwargs)]
    framework = source_name(source) if source and source != "ivy" else source or _framework(fn, args, kwargs)
    name, signature = _name(fn), _signature(fn)
    if framework == "torch":
        return [lambda: Runnable(fn, fn, "torch", "torch", "torch", signature, name, _names(fn))]
    if _is_model(fn):
        raise NotTraceable(
            f"{type(fn).__name__}: live models of PyTorch, Keras and flax.nnx are traced; "
            "trace a function that takes the weights"
        )
    if framework == "ivy":
        computing = of_values(leaves((args, kwargs))) or "numpy"
        return [lambda: Runnable(fn, fn, "ivy", computing, "ivy", signature, name, _names(fn))]

    def unified(convert: Callable[[Any, str], Callable[..., Any]]) -> Runnable:
        run, adapt = convert(fn, framework), _adapted(framework)
        return Runnable(run, fn, "ivy", framework, framework, signature, name, _names(fn), adapt)

    def native() -> Runnable:
        adapt = recording_version(framework)
        return Runnable(fn, fn, framework, framework, framework, signature, name, _names(fn), adapt)

    def of_primitives() -> Runnable:
        return Runnable(interpreted(fn), fn, framework, framework, framework, signature, name, _names(fn))

    alone = [partial(unified, _alone)] if isinstance(fn, FunctionType) else []
    last = [of_primitives] if framework == "jax" else []
    return [native, partial(unified, _unified), *alone, *last]


def _alone(fn: Any, framework: str) -> Callable[..., Any]:
    """The function over ``ivy`` from a module of its own: its file may be of several frameworks."""
    direction = Direction(framework, "ivy")
    run = from_snippet(fn, direction, partial(_value, direction=direction))
    remember(run.__module__, fn)
    return run


def _adapted(framework: str) -> Callable[[Any], Any]:
    """What converts functions and dtypes of a framework that are arguments."""
    direction = Direction(framework, "ivy")
    return lambda value: _other(value, direction) if not isinstance(value, Traced) else value


def _framework(fn: Any, args: Any, kwargs: Any) -> str:
    """The framework that a function speaks of, else that of its arguments."""
    if isinstance(fn, Function):
        return "ivy" if fn._direction.target == "ivy" else fn._direction.target
    inner = _function(fn)
    if hasattr(fn, "_parameters") and hasattr(fn, "named_modules"):
        return "torch"
    module = getattr(inner, "__module__", None) or ""
    if framework_of(module):
        return framework_of(module)
    if module == "ivy" or isinstance(inner, FunctionType) and _speaks_ivy(inner):
        return "ivy"
    found = source_of(inner, "") if isinstance(inner, (FunctionType, type)) else ""
    given = of_values(leaves((args, kwargs)))
    return found or given or "numpy"


def _function(fn: Any) -> Any:
    while isinstance(fn, (partial, MethodType)):
        fn = fn.func if isinstance(fn, partial) else fn.__func__
    return fn


def _speaks_ivy(fn: FunctionType) -> bool:
    values = [fn.__globals__.get(name) for name in fn.__code__.co_names]
    cells = [cell.cell_contents for cell in fn.__closure__ or () if _filled(cell)]
    return any(isinstance(value, ModuleType) and value.__name__ == "ivy" for value in (*values, *cells))


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _is_model(fn: Any) -> bool:
    return (
        not isinstance(fn, (FunctionType, partial, MethodType, type, Function))
        and not hasattr(fn, "__wrapped__")
        and (framework_of(type(fn).__module__) != "" or any(framework_of(b.__module__) for b in type(fn).__mro__))
        and type(fn).__name__ not in ("PjitFunction", "ufunc", "Function", "_ArrayFunctionDispatcher")
    )


def _unified(fn: Any, framework: str) -> Callable[..., Any]:
    """The function over ``ivy``."""
    direction = Direction(framework, "ivy")
    converted: Any
    own = isinstance(fn, FunctionType) and framework_of(fn.__module__ or "") == framework
    if own and fn.__module__.partition(".")[0] not in FRAMEWORKS:  # a library that the tables count to the framework
        converted = Function(fn, direction, partial(_value, direction=direction))
    else:
        converted = unify(fn, framework)
    inner: Any = converted
    held: list[partial[Any]] = []
    while isinstance(inner, partial):
        held.append(inner)
        inner = inner.func
    if isinstance(inner, Function):
        inner = inner.load()._run
        remember(getattr(inner, "__module__", ""), _function(fn))
    for item in reversed(held):
        inner = partial(inner, *item.args, **item.keywords)
    return inner


def _by_way_of_torch(model: Any, home: str, args: Any, kwargs: Any) -> Runnable:
    """A live model of another framework: the same layers in PyTorch, whose calls are recorded.

    Keras models are traced in inference, others in the mode that they are in.
    """
    import ivy

    converted = ivy.transpile(model, source=home, to="torch", args=args, kwargs=kwargs)
    if home == "tensorflow" and hasattr(converted, "eval"):
        converted.eval()
    signature = _signature(converted)
    return Runnable(converted, converted, "torch", "torch", home, signature, _name(model), _names(converted))


def _signature(fn: Any) -> inspect.Signature:
    target = fn.forward if hasattr(fn, "_parameters") and hasattr(fn, "forward") else fn
    try:
        found = inspect.signature(target)
    except (TypeError, ValueError):
        kind = inspect.Parameter
        found = inspect.Signature([kind("args", kind.VAR_POSITIONAL), kind("kwargs", kind.VAR_KEYWORD)])
    parameters = [p.replace(annotation=inspect.Parameter.empty) for p in found.parameters.values()]
    return inspect.Signature(parameters)


def _name(fn: Any) -> str:
    name = getattr(_function(fn), "__name__", None) or type(fn).__name__
    return name if name.isidentifier() else "graph"


def _names(fn: Any) -> Callable[[Any], str]:
    """The user's names of the arrays that a function or model holds."""
    known: dict[int, str] = {}
    if hasattr(fn, "named_parameters"):
        for part, held in (*fn.named_buffers(), *fn.named_parameters()):
            known[id(held)] = part.replace(".", "_")
    inner = _function(fn)
    if isinstance(inner, FunctionType):
        cells = zip(inner.__code__.co_freevars, inner.__closure__ or ())
        scope: dict[str, Any] = {
            **inner.__globals__,
            **{n: c.cell_contents for n, c in cells if _filled(c)},
        }
        for name in (*inner.__code__.co_names, *inner.__code__.co_freevars):
            value = scope.get(name)
            if value is None:
                continue
            if hasattr(value, "shape"):
                known.setdefault(id(value), name)
            elif hasattr(value, "named_parameters") and not isinstance(value, type):
                for part, held in (*value.named_buffers(), *value.named_parameters()):
                    known.setdefault(id(held), f"{name}_{part.replace('.', '_')}")
    return lambda value: known.get(id(value), "")
