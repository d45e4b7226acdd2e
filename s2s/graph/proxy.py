"""The stand-in for an array while a function is traced: it computes with the array and records what is done."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .record import Node, Recorder

_OWN = frozenset(("value", "node", "recorder", "origin", "stale", "_group"))


class Traced:
    """An array, the node that it comes from and the record that it belongs to.

    ``origin`` is the array and key of which this is a view (``x[key]``); ``stale`` says that its memory was changed
    through another view in a way that is not followed, so that it must not be used any more.
    """

    value: Any
    node: Node
    __array_ufunc__ = None
    __array_priority__ = 1000.0

    def __init__(self, value: Any, node: Node, recorder: Recorder) -> None:
        self.value = value
        self.node = node
        self.recorder = recorder
        self.origin: tuple[Traced, Any] | None = None
        self.stale = False
        self._group: list[weakref.ref[Traced]] = [weakref.ref(self)]

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.value)

    def join(self, source: Traced, key: Any, is_item: bool) -> None:
        """Share the fate of another proxy whose memory this one's array has."""
        self._group = source._group
        self._group.append(weakref.ref(self))
        if is_item:
            self.origin = (source, key)

    def group(self) -> list[Traced]:
        """The living proxies of the same memory."""
        return [found for found in (ref() for ref in self._group) if found is not None]

    def current(self) -> Traced:
        """The proxy itself, checked for use."""
        if self.stale:
            self.recorder.refuse(
                "an array is used after its memory was changed through a view (a reshaped, transposed or selected part)"
                " of it; change the array itself, or a copy"
            )
        return self

    def wrote_through(self, base: Traced, key: Any) -> bool:
        """Whether this is the view ``base[key]`` and the change of it is in ``base`` already (``x[k] += 1``)."""
        if self.origin is None or self.origin[0] is not base:
            return False
        node = base.node
        return node.kind == "setitem" and node.args[2] is self.node and key is self.origin[1]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        from .members import member

        return member(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            self.recorder.refuse(f"the attribute {name!r} of an array is set")

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        from .torch_calls import recorded

        return recorded(func, args, kwargs or {})

    @property
    def shape(self) -> Any:
        return self.recorder.read_shape(self.value.shape)

    @property
    def ndim(self) -> int:
        return len(self.value.shape)

    @property
    def dtype(self) -> Any:
        self.recorder.dtypes_read = True
        return self.value.dtype

    def __len__(self) -> int:
        return self.recorder.read_shape(self.value.shape)[0] if self.value.shape else len(self.value)

    def __iter__(self) -> Iterator[Any]:
        if not len(self.value.shape):
            raise TypeError("iteration over a 0-d array")
        return iter([self[at] for at in range(len(self))])

    def __getitem__(self, key: Any) -> Any:
        return self.current().recorder.item(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.current().recorder.set_item(self, key, value)

    def __bool__(self) -> bool:
        return bool(self.recorder.concrete(self, "bool"))

    def __int__(self) -> int:
        return int(self.recorder.concrete(self, "int(x)"))

    def __float__(self) -> float:
        return float(self.recorder.concrete(self, "float(x)"))

    def __complex__(self) -> complex:
        return complex(self.recorder.concrete(self, "complex(x)"))

    def __index__(self) -> int:
        return self.recorder.concrete(self, "index").__index__()

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.recorder.concrete(self, "round(x)"), digits)

    def __contains__(self, value: Any) -> bool:
        return (self == value).any().__bool__()

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        import numpy as np

        return np.asarray(self.recorder.concrete(self, "array"), *args, **kwargs)

    def __dlpack__(self, *args: Any, **kwargs: Any) -> Any:
        return self.recorder.concrete(self, "array").__dlpack__(*args, **kwargs)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"Traced({self.value!r})"

    def __format__(self, spec: str) -> str:
        self.recorder.note("a text made of a traced array is not part of the graph")
        return format(self.value, spec)

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __reduce__(self) -> Any:
        self.recorder.refuse("a traced array cannot be pickled")


def proxy(value: Any, node: Node, recorder: Recorder) -> Traced:
    """A proxy for an array; one for a tensor of PyTorch is a tensor itself, for PyTorch's own code takes no other."""
    if recorder.framework != "torch":
        return Traced(value, node, recorder)
    from .tensors import TracedTensor

    return TracedTensor(value, node, recorder)


def _binary(name: str) -> Callable[[Any, Any], Any]:
    def method(self: Traced, other: Any) -> Any:
        return self.current().recorder.operator(name, self, other)

    return method


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    def method(self: Traced, other: Any) -> Any:
        return self.current().recorder.operator(name, other, self)

    return method


def _in_place(name: str) -> Callable[[Any, Any], Any]:
    def method(self: Traced, other: Any) -> Any:
        return self.current().recorder.in_place(name, self, other)

    return method


def _unary(name: str) -> Callable[[Any], Any]:
    def method(self: Traced) -> Any:
        return self.current().recorder.operator(name, self)

    return method


for _name in "add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift".split():
    _dunder = _name.rstrip("_")
    setattr(Traced, f"__{_dunder}__", _binary(_name))
    setattr(Traced, f"__r{_dunder}__", _reflected(_name))
    setattr(Traced, f"__i{_dunder}__", _in_place(_name))
for _name in "lt le gt ge eq ne".split():
    setattr(Traced, f"__{_name}__", _binary(_name))
for _name in "neg pos invert abs".split():
    setattr(Traced, f"__{_name}__", _unary(_name))
