"""Functions of the source framework itself: each call of one is converted as somebody would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...exceptions import NotConvertible
from ..places import MAPPINGS
from ..toml_files import read_toml
from .boundary import framework_of_array, to_native
from .frameworks import Direction
from .references import belongs, converted_text, counterpart, framework_place

_WRITTEN = (bool, int, str, type(None))
_LONGEST = 16


def is_framework_function(value: Any) -> bool:
    """Whether something of a framework is a function: neither a class, a dtype nor an object that can be called."""
    return callable(value) and not isinstance(value, type) and hasattr(value, "__name__")


class FrameworkFunction:
    """A function of the source framework for the target's arrays, with the source's arguments and their names.

    What the target needs depends on the options of a call, so each form of calls is converted once: numbers, texts
    and dtypes are part of it, arrays and all else its arguments. ``__wrapped__`` stands for the function as a value.
    """

    def __init__(self, original: Callable[..., Any], direction: Direction) -> None:
        self._original = original
        self._direction = direction
        self._place = framework_place(original, direction)
        self._forms: dict[str, Callable[..., Any]] = {}
        self._value: Any = None
        self.__name__: str = getattr(original, "__name__", "function")
        self.__qualname__ = self.__name__
        self.__doc__ = original.__doc__
        self.__module__ = self._place[0]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        call = _Call(self._place, self._direction)
        written = [call.argument(value) for value in args]
        written += [f"{name}={call.argument(value)}" for name, value in kwargs.items()]
        text = call.text(", ".join(written))
        run = self._forms.get(text)
        if run is None:
            run = self._forms[text] = converted_text(text, self.__name__, self._direction)
        return run(*to_native(call.values, self._direction.target))

    @property
    def __wrapped__(self) -> Any:
        if self._value is None:
            self._value = counterpart(self._original, self._direction)
        return self._value

    @property
    def __signature__(self) -> Any:
        import inspect

        return inspect.signature(self._original)

    def __repr__(self) -> str:
        return f"<{self.__name__}: {self._direction.source} to {self._direction.target}>"

    def __reduce__(self) -> Any:
        return FrameworkFunction, (self._original, self._direction)


class _Call:
    """One form of calls as the text of a function of its arrays."""

    def __init__(self, place: tuple[str, str], direction: Direction) -> None:
        self.place = place
        self.direction = direction
        self.values: list[Any] = []
        self.kinds: list[str] = []
        self.imports = {f"from {place[0]} import {place[1]}": None}
        self.array = read_toml(MAPPINGS / direction.source / "framework.toml")["settings"]["array_types"][0]

    def argument(self, value: Any) -> str:
        """How an argument is written."""
        if type(value) in _WRITTEN:
            return repr(value)
        if type(value) in (tuple, list) and len(value) <= _LONGEST and all(type(item) in _WRITTEN for item in value):
            return repr(value)
        if not framework_of_array(value) and belongs(value, self.direction.source):
            try:
                module, name = framework_place(value, self.direction)
            except NotConvertible:
                module, name = "", ""
            if module:
                self.imports[f"from {module} import {name}"] = None
                return name
        self.values.append(value)
        self.kinds.append(self._kind(value))
        return f"x{len(self.values)}"

    def _kind(self, value: Any) -> str:
        """The annotation of an argument; '' where none can be given."""
        if framework_of_array(value):
            return self.array
        if type(value) is float:
            return "float"
        if type(value) in (list, tuple) and value and all(framework_of_array(item) for item in value):
            return f"list[{self.array}]" if type(value) is list else f"tuple[{self.array}, ...]"
        return ""

    def text(self, arguments: str) -> str:
        """The module of a function that makes the call."""
        imports = [*self.imports, f"import {self.array.split('.')[0]}"]
        named = [f"x{n}: {kind}" if kind else f"x{n}" for n, kind in enumerate(self.kinds, 1)]
        body = f"def value({', '.join(named)}):\n    return {self.place[1]}({arguments})"
        return "\n".join(imports) + f"\n\n\n{body}\n"
