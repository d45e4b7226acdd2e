"""``torch.func`` in graphs: ``vmap``, ``grad`` and derivatives of nested functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from .inner import Inner
from .record import Level, Node, Recorder, computes, is_array, noded, unwrapped
from .trees import leaves

NAMES = ("vmap", "grad", "grad_and_value", "jacrev", "jacfwd", "hessian")


@contextmanager
def recording_functions(current: ContextVar[Recorder | None]) -> Iterator[None]:
    """Let the functions of functions of ``torch.func`` record what they are given."""
    import torch

    with ExitStack() as stack:
        for module, names in ((torch.func, NAMES), (torch, ("vmap",))):
            for name in names:
                original = getattr(module, name)
                stack.callback(setattr, module, name, original)
                setattr(module, name, _recording(name, original, current))
        yield


def _recording(name: str, original: Callable[..., Any], current: ContextVar[Recorder | None]) -> Callable[..., Any]:
    def transform(function: Any, *options: Any, **named: Any) -> Any:
        plain = original(function, *options, **named)

        def call(*args: Any, **kwargs: Any) -> Any:
            recorder = current.get()
            if recorder is None or recorder.busy:
                return plain(*args, **kwargs)
            if kwargs or not all(map(_is_option, leaves((options, named)))):
                recorder.refuse(f"torch.func.{name}: keyword arguments of the function are not traced")
            result = computes(_called)(recorder, plain, args)
            inner = _inner(recorder, current, name, function, args, options, named)
            given = ((inner,), tuple(inner.free), tuple(noded(options)), *noded(args))
            node = Node("nested", f"torch.func.{name}", given, named, Level.DATA, False, recorder.site(), result)
            return recorder.wrapped(recorder.add(node), result)

        call.__name__ = f"{name}_of_{_named(function)}"
        return call

    return transform


def _called(recorder: Recorder, function: Any, args: Any) -> Any:
    return function(*unwrapped(args))


def _is_option(value: Any) -> bool:
    return value is None or isinstance(value, (int, str, bool))


def _inner(
    recorder: Recorder,
    current: ContextVar[Recorder | None],
    name: str,
    function: Any,
    args: tuple[Any, ...],
    options: tuple[Any, ...],
    named: dict[str, Any],
) -> Inner:
    """The function as it runs on one example of its arguments."""
    samples = unwrapped(args)
    if name == "vmap":
        axes = named.get("in_dims", options[0] if options else 0)
        samples = _first(recorder, samples, axes)
    inner = Recorder("torch", "torch", recorder.freeze)
    parameters: list[tuple[str, Any]] = []
    given: list[Any] = []
    for at, sample in enumerate(samples):
        if not is_array(sample):
            recorder.refuse(f"torch.func.{name}: arguments that are no tensors are not traced")
        proxy = inner.input(_parameter(function, at), sample)
        parameters.append((proxy.node.name, proxy.node))
        given.append(proxy)
    token, recorder.inner = current.set(inner), inner
    try:
        output = function(*given)
    finally:
        recorder.inner = None
        current.reset(token)
    if any(node.random for node in inner.nodes):
        recorder.refuse(f"torch.func.{name}: random numbers in the function are not traced")
    recorder.shapes_read |= inner.shapes_read
    recorder.dtypes_read |= inner.dtypes_read
    return Inner(_named(function), parameters, inner.nodes, noded(output)).arrange("torch")


@computes
def _first(recorder: Recorder, samples: Any, axes: Any) -> Any:
    """What one call of a mapped function gets."""
    each = axes if isinstance(axes, tuple) else (axes,) * len(samples)
    if not all(axis is None or isinstance(axis, int) for axis in each):
        recorder.refuse("torch.func.vmap: in_dims of containers are not traced")
    pairs = zip(samples, each, strict=True)
    return [sample if axis is None or not is_array(sample) else sample.select(axis, 0) for sample, axis in pairs]


def _named(function: Any) -> str:
    called = getattr(function, "__name__", "")
    return called if called.isidentifier() else "function"


def _parameter(function: Any, at: int) -> str:
    code = getattr(function, "__code__", None)
    return code.co_varnames[at] if code is not None and at < code.co_argcount else f"x_{at}"
