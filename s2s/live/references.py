"""Functions, classes and dtypes of the source framework itself: what the target has for them."""

from __future__ import annotations

from typing import Any

from ...exceptions import NotConvertible
from . import cache as files
from .frameworks import Direction, framework_of, libraries
from .helpers import naming_families
from .snippets import place_of_value


def counterpart(value: Any, direction: Direction) -> Any:
    """What stands in the target for a function, class or dtype of the source framework."""
    if is_dtype(value) and direction.source in ("jax", "numpy"):
        value = _scalar_type(value, direction.source)
    module, name = framework_place(value, direction)
    return converted_text(f"from {module} import {name}\n\nvalue = {name}\n", f"{module}.{name}", direction)


def framework_place(value: Any, direction: Direction) -> tuple[str, str]:
    """The module of the source framework and the name there that give a value."""
    place = place_of_value(getattr(value, "__name__", "value"), value)
    if place is None or framework_of(place[0]) != direction.source:
        raise NotConvertible(f"{value!r}: is not a public name of {direction.source}")
    return place


def converted_text(text: str, name: str, direction: Direction) -> Any:
    """What the converted text calls ``value``; ``name`` is what it is of."""
    from .functions import load_snippet, snippet_path

    stem = f"{name.rpartition('.')[2]}_{files.digest(direction.name, text)}"
    path = snippet_path(direction, stem)
    if not path.exists():
        from ..pipeline import convert_text

        result = convert_text(text, direction.source, direction.target, stem, libraries(direction.source))
        refused = [d.message for d in result.diagnostics if d.grade == "refused"]
        if refused or result.code is None:
            raise NotConvertible(f"{name}: {refused[0] if refused else 'no counterpart is known'}")
        code = naming_families(result.code, result.helpers, f"{direction.target}_helpers")
        files.write(path, code.encode("utf-8"))
    return load_snippet(direction, stem, {}).value


def belongs(value: Any, framework: str) -> bool:
    """Whether a function, class or dtype is one of a framework's own."""
    named = isinstance(value, type) or hasattr(value, "__name__")
    module = getattr(value, "__module__", None) if named else type(value).__module__
    if named and module is None:
        module = getattr(type(getattr(value, "__self__", None)), "__module__", "")
    return framework_of(module or "") == framework


def is_dtype(value: Any) -> bool:
    """Whether a value is a dtype of NumPy, which arrays of JAX have too."""
    return any(cls.__name__ == "dtype" and cls.__module__ == "numpy" for cls in type(value).__mro__)


def _scalar_type(dtype: Any, framework: str) -> Any:
    """The public name of a dtype: ``jnp.float32`` for what arrays of JAX have."""
    if framework == "numpy":
        return dtype.type
    import jax.numpy as jnp

    return getattr(jnp, dtype.name, dtype.type)
