"""Attributes and methods of a traced array: plain facts are given, everything else is recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from .proxy import Traced
from .record import is_array

_DTYPE = frozenset("dtype itemsize is_floating_point is_complex is_signed".split())
_FREE = frozenset("device ndim requires_grad is_cuda is_sparse is_quantized is_leaf layout names is_mps".split())
_OUT = {"item": "x.item()", "tolist": "x.tolist()", "numpy": "x.numpy()", "tobytes": "x.tobytes()"}


def member(traced: Traced, name: str) -> Any:
    """``x.name`` for a traced array ``x``."""
    recorder = traced.current().recorder
    value = getattr(traced.value, name)
    if name in _OUT and callable(value):
        return lambda *args: getattr(recorder.concrete(traced, _OUT[name]), name)(*args)
    if recorder.dialect == "torch":
        from .torch_calls import attribute

        return attribute(traced, name, value)
    if recorder.dialect != "ivy":
        from .native_calls import attribute as native

        return native(traced, name, value)
    if callable(value) or is_array(value) or hasattr(value, "__getitem__") and not isinstance(value, tuple):
        return _Converted(traced, name)() if is_array(value) else _Converted(traced, name)
    recorder.dtypes_read |= name in _DTYPE
    recorder.shapes_read |= name not in _DTYPE and name not in _FREE
    return value


class _Converted:
    """A method, or an object such as ``x.at``, that was not converted because it was not known that ``x`` is an array.

    It is converted when it is used, as the text of the expression.
    """

    def __init__(self, traced: Traced, text: str, values: tuple[Any, ...] = ()) -> None:
        self._traced = traced
        self._text = text
        self._values = values

    def __getitem__(self, key: Any) -> _Converted:
        return _Converted(self._traced, f"{self._text}[v{len(self._values)}]", (*self._values, key))

    def __getattr__(self, name: str) -> _Converted:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Converted(self._traced, f"{self._text}.{name}", self._values)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        recorder = self._traced.recorder
        count = len(self._values)
        values = (*self._values, *args, *kwargs.values())
        is_property = not args and not kwargs and is_array(getattr(self._traced.value, self._text, None))
        names = [f"v{at}" for at in range(len(values))]
        given = [
            *names[count : count + len(args)],
            *(f"{k}={n}" for k, n in zip(kwargs, names[count + len(args) :])),
        ]
        text = f"x.{self._text}" if is_property else f"x.{self._text}({', '.join(given)})"
        literals = tuple(repr(v) if isinstance(v, (int, float, str, bool, type(None))) else "" for v in values)
        try:
            function = _function(recorder.framework, text, literals)
        except Exception as error:
            recorder.refuse(f"{text}: a method of {recorder.framework}'s arrays that is not converted ({error})")
        return function(self._traced, *values)


@lru_cache(maxsize=512)
def _function(framework: str, text: str, literals: tuple[str, ...]) -> Callable[..., Any]:
    """The hub's version of an expression on an array ``x`` and values ``v0``, ``v1`` and so on."""
    from ..live.frameworks import Direction
    from ..live.functions import text_module

    natives = {
        "tensorflow": "tensorflow.Tensor",
        "jax": "jax.Array",
        "numpy": "numpy.ndarray",
        "torch": "torch.Tensor",
    }
    names = ", ".join(f"v{at}" for at in range(len(literals)))
    stated = "".join(f"    v{at} = {literal}\n" for at, literal in enumerate(literals) if literal)
    lines = f"import {framework}\n\n\ndef member(x: {natives[framework]}, {names}):\n{stated}    return {text}\n"
    return text_module(lines, "member", Direction(framework, "ivy")).member
