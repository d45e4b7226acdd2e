"""Operands of one dtype, for TensorFlow, which promotes none: ``ivy.add(ids, weights)`` is what Keras makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .kinds import NUMBERS, Kind

_GROUPS = (("x1", "x2"), ("x", "min", "max"))
"""Canonical names of operands that are computed in one dtype."""
APART = ("ldexp",)
"""Ops whose operands have dtypes of their own."""
_NUMBERS = (bool, int, float, complex)


def tried_first(function: Any, kinds: dict[str, Kind]) -> Any:
    """A function of TensorFlow itself over two arrays, which looks at their dtypes where it raises alone; else None.

    It raises where they are unlike: then they are brought to one. Functions of Keras and helpers may promote instead.
    """
    own = str(getattr(function, "__module__", "")).startswith("tensorflow.")
    if not own or list(kinds) != ["x1", "x2"] or any(kind.tag != "array" for kind in kinds.values()):
        return None
    import tensorflow as tf

    unlike = (TypeError, ValueError, tf.errors.OpError)

    def call(x1: Any, x2: Any) -> Any:
        try:
            return function(x1, x2)
        except unlike:
            x1, x2 = joined((x1, x2))
        return function(x1, x2)

    return call


def statements(op: str, kinds: dict[str, Kind]) -> Iterable[str]:
    """Statements that bring the operands among these arguments to one dtype."""
    if op in APART:
        return
    if "arrays" in kinds:
        yield "if isinstance(arrays, (list, tuple)): arrays = _joined(arrays)"
    for group in _GROUPS:
        names = [name for name in group if name in kinds]
        if len(names) < 2 or all(kinds[name].tag in NUMBERS for name in names):
            continue
        test = " or ".join(f"{name}.dtype is not {names[0]}.dtype" for name in names[1:])
        arrays = all(kinds[name].tag == "array" for name in names)
        prefix = f"if {test}: " if arrays else ""
        yield f"{prefix}{', '.join(names)} = _joined(({', '.join(names)}))"


def joined(values: Sequence[Any]) -> Sequence[Any]:
    """The values in the dtype that Keras promotes them to; None, nested and unknown ones are left as they are."""
    import keras
    import tensorflow as tf

    values = [tf.convert_to_tensor(value) if hasattr(value, "dtype") else value for value in values]
    dtypes = {value.dtype.name for value in values if hasattr(value, "dtype")}
    numbers = {type(value) for value in values if type(value) in _NUMBERS}
    if not dtypes or any(name.startswith("complex") for name in dtypes) or complex in numbers:
        return values
    dtype = keras.backend.result_type(*sorted(dtypes), *numbers)
    return [_cast(value, dtype, tf) for value in values]


def _cast(value: Any, dtype: str, tf: Any) -> Any:
    if type(value) in _NUMBERS:
        return tf.constant(value, dtype)
    return tf.cast(value, dtype) if hasattr(value, "dtype") else value
