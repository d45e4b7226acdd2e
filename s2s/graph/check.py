"""A graph is run on what it was traced with and must give what the function itself gives."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...exceptions import NotTraceable
from ..backend import of_type, use_backend
from ..dtypes import dtype_name
from ..live.boundary import key_numbers, to_native
from .record import Recorder, copied, is_array
from .trees import leaves, mapped

if TYPE_CHECKING:
    from .graph import Recorded
    from .runnable import Runnable

_TOLERANCE = {"float64": 1e-7, "float32": 1e-4, "complex128": 1e-7, "complex64": 1e-4}


def copies(value: Any) -> Any:
    """The same containers with a copy of each array."""
    return mapped(lambda leaf: _copy(leaf) if is_array(leaf) else leaf, value)


def _copy(value: Any) -> Any:
    if hasattr(value, "detach"):
        return value.detach().clone().requires_grad_(value.requires_grad)
    return copied(value) if hasattr(value, "copy") else value


def compare(found: Runnable, known: Recorded, given: Any, recorder: Recorder, random: bool) -> None:
    """Raise `NotTraceable` when the graph computes something else than the function does.

    Both are called with the arguments, and with the same numbers in another order: what was kept without being
    recorded shows then. A function that raises for those is left at the first comparison.
    """
    if random:
        return
    before = copies(given)
    with _undisturbed(found.original):
        expected = found.original(*given[0], **given[1])
    _note_changes(recorder, before, given)
    _agree(found, known, before, expected, "")
    if recorder.findings and recorder.freeze:
        return
    other = mapped(_reordered, before)
    try:
        with _undisturbed(found.original):
            expected = found.original(*copies(other)[0], **copies(other)[1])
    except Exception:  # numbers that the function does not take
        return
    _agree(found, known, other, expected, " for other numbers: something is kept as it was")


def _agree(found: Runnable, known: Recorded, given: Any, expected: Any, when: str) -> None:
    from .graph import Graph

    args, kwargs = copies(given)
    with use_backend(found.framework):
        result = Graph(known, found.dialect)(*args, **kwargs)
    wanted, got = list(leaves(expected)), list(leaves(result))
    problem = f"{len(got)} values instead of {len(wanted)}" if len(wanted) != len(got) else ""
    problem = problem or next((text for text in map(difference, wanted, got) if text), "")
    if problem:
        raise NotTraceable(f"{found.name}: the graph gives other values than the function{when}: {problem}")


def _reordered(value: Any) -> Any:
    """An array with its elements in the opposite order; floats that are all the same are made smaller too."""
    if not is_array(value) or not getattr(value, "shape", ()):
        return value
    framework = of_type(type(value))
    host = _host(value)
    flipped = host.reshape(-1)[::-1].reshape(host.shape).copy()
    if host.dtype.kind == "f" and (host == flipped).all():
        flipped = (flipped * 0.75).astype(host.dtype)
    new = to_native(flipped, framework)
    if dtype_name(new.dtype) != dtype_name(value.dtype):
        return value
    return new.requires_grad_(value.requires_grad) if hasattr(value, "detach") else new


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
            return (
                ""
                if expected is found or bool(expected == found) or expected != expected
                else f"{expected} and {found}"
            )
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
    found = np.asarray(key_numbers(value))
    return found.astype(np.float32) if found.dtype.kind == "V" else found
