"""``ivy.float32`` and the others: dtypes by name, which every framework's own dtypes are equal to."""

from __future__ import annotations

from typing import Any


class Dtype(str):
    """A dtype of no framework in particular. Each op turns it into the backend's own."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"ivy.{self}"

    def __eq__(self, other: object) -> bool:
        return dtype_name(other) == str(self)

    def __ne__(self, other: object) -> bool:
        return dtype_name(other) != str(self)

    __hash__ = str.__hash__


def dtype_name(dtype: Any) -> str:
    """``"float32"`` for ``torch.float32``, ``np.float32``, ``np.dtype("float32")``, ``tf.float32``; '' for others."""
    if isinstance(dtype, str):
        return str(dtype)
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    return {"bool_": "bool"}.get(name, name.removeprefix("torch.")) if isinstance(name, str) else ""


class _ArrayType(type):
    def __instancecheck__(cls, value: object) -> bool:
        from .backend import of_type

        return bool(of_type(value.__class__)) and hasattr(value, "shape") and hasattr(value, "dtype")


class Array(metaclass=_ArrayType):
    """An array of any framework, for annotations and ``isinstance``."""
