"""A graph is run on what it was traced with and must give what the function itself gives."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...exceptions import NotTraceable
from ..backend import use_backend
from ..dtypes import dtype_name
from .record import Recorder, copied, is_array
from .trees import leaves, mapped

if TYPE_CHECKING:
    from .graph import Traced
    from .runnable import Runnable

_TOLERANCE = {"float64": 1e-7, "float32": 1e-4, "complex128": 1e-7, "complex64": 1e-4}


def copies(value: Any) -> Any:
    """The same containers with a copy of each array."""
    return mapped(lambda leaf: _copy(leaf) if is_array(leaf) else leaf, value)


def _copy(value: Any) -> Any:
    if hasattr(value, "detach"):
        return value.detach().clone().requires_grad_(value.requires_grad)
    return copied(value) if hasattr(value, "copy") else value


def compare(found: Runnable, known: Traced, given: Any, recorder: Recorder, random: bool) -> None:
    """Raise `NotTraceable` when the graph computes something else than the function does."""
    args, kwargs = given
    before = copies(given)
    if random:
        return
    with _undisturbed(found.original):
        expected = found.original(*args, **kwargs)
    _note_changes(recorder, before, given)
    from .graph import Graph

    args, kwargs = copies(before)
    with use_backend(found.framework):
        graph = Graph(known, found.dialect)
        result = graph(*args, **kwargs)
    wanted, got = list(leaves(expected)), list(leaves(result))
    if len(wanted) != len(got):
        raise NotTraceable(f"{found.name}: the graph gives {len(got)} values where the function gives {len(wanted)}")
    for one, other in zip(wanted, got):
        problem = difference(one, other)
        if problem:
            raise NotTraceable(f"{found.name}: the graph gives other values than the function: {problem}")


@contextmanager
def _undisturbed(fn: Any) -> Any:
    """Call a model for comparison without leaving traces in its buffers."""
    if not hasattr(fn, "named_buffers"):
        yield
        return
    kept = {name: buffer.clone() for name, buffer in fn.named_buffers()}
    yield
    for name, buffer in fn.named_buffers():
        buffer.data.copy_(kept[name])


def _note_changes(recorder: Recorder, before: Any, after: Any) -> None:
    for one, other in zip(leaves(before), leaves(after)):
        if is_array(one) and difference(one, other):
            recorder.note("the function changes an array that it is given; the graph does not")


def difference(expected: Any, found: Any) -> str:
    """How two results differ, '' when they do not."""
    import numpy as np

    if not is_array(expected) or not is_array(found):
        if is_array(expected) or is_array(found):
            return f"{type(expected).__name__} and {type(found).__name__}"
        try:
            return "" if expected is found or bool(expected == found) or expected != expected else f"{expected} and {found}"
        except (TypeError, ValueError, RuntimeError):
            return ""
    one, other = _host(expected), _host(found)
    if one.shape != other.shape:
        return f"shapes {one.shape} and {other.shape}"
    if dtype_name(expected.dtype) != dtype_name(found.dtype):
        return f"dtypes {dtype_name(expected.dtype)} and {dtype_name(found.dtype)}"
    if one.dtype.kind not in "fc":
        return "" if np.array_equal(one, other) else "other elements"
    tolerance = _TOLERANCE.get(one.dtype.name, 2e-2)
    finite = np.abs(one[np.isfinite(one)])
    scale = float(finite.max()) if finite.size else 0.0
    if np.allclose(one, other, rtol=tolerance, atol=tolerance * min(scale, 1.0) + 1e-30, equal_nan=True):
        return ""
    return f"a difference of {np.nanmax(np.abs(one - other)):.3g}"


def _host(value: Any) -> Any:
    import numpy as np

    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if dtype_name(value.dtype) == "bfloat16":
            value = value.float()
    found = np.asarray(value)
    return found.astype(np.float32) if found.dtype.kind == "V" else found
