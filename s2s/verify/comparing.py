"""Both sides' answers for an entry, check by check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..weight_names import plain
from .job import Answer

CHECKS = (
    "forward", "small inputs", "training", "statistics", "gradients of parameters", "gradients of inputs",
    "sgd step", "adam step", "compiled",
)  # fmt: skip
_LOOSER = {"gradients of parameters": 10, "gradients of inputs": 10, "sgd step": 10, "adam step": 10}
"""Sums over whole batches in another order: their tolerance is as many times that of results."""
_NOISE = {
    "statistics": 1e-3,
    "gradients of parameters": 1e-3,
    "gradients of inputs": 1e-3,
    "sgd step": 1e-2,
    "adam step": 1e-2,
}
"""Numbers below this part of the largest of all arrays count as that: gradients that are zero but for rounding."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check of one entry: ``equal``, ``differs``, ``skipped`` or ``error``, the largest error, where it is."""

    entry: str
    check: str
    status: str
    error: float | None = None
    detail: str = ""


def compared(
    entry: str, source: Answer | None, converted: Answer | None, tolerance: float, ends: Sequence[str] = ("", "")
) -> Iterator[Row]:
    """A row for each check; ``ends`` are how the two processes ended."""
    if source is None:
        yield Row(entry, "source", "error", None, ends[0])
        return
    if source.status != "ok":
        status = {"error": "error", "inputs": "needs --inputs"}.get(source.status, "skipped")
        yield Row(entry, "source", status, None, source.reason)
        return
    if converted is None or converted.status != "ok":
        reason = ends[1] if converted is None else converted.reason
        yield Row(entry, "converted", "differs", None, reason)
        return
    for check in CHECKS:
        row = _row(entry, check, source, converted, tolerance)
        if row is not None:
            yield row


def _row(entry: str, check: str, source: Answer, converted: Answer, tolerance: float) -> Row | None:
    wanted, given = source.of("forward" if check == "compiled" else check), converted.of(check)
    whole = "training" if check not in ("forward", "small inputs", "compiled") else check
    reason = source.skipped.get(check) or source.skipped.get(whole)
    if reason and check != "compiled":
        return Row(entry, check, "skipped", None, f"source: {reason}") if check == whole else None
    reason = converted.skipped.get(check) or converted.skipped.get(whole)
    if reason:
        failed = reason.startswith("raised")
        if check != whole and check not in converted.skipped:
            return None
        return Row(entry, check, "differs" if failed else "skipped", None, reason)
    if not given and (not wanted or check == "compiled"):
        return None
    problem = _structure(wanted, given)
    if problem:
        return Row(entry, check, "differs", None, problem)
    allowed = tolerance * _LOOSER.get(check, 1)
    place, error, size = worst(wanted, given, _NOISE.get(check, 0.0))
    kinds = _kinds(wanted, given) if check == "forward" else ""
    if not error <= allowed:
        where = first_difference(source, converted, tolerance) if check == "forward" and source.is_model else place
        return Row(entry, check, "differs", error, where)
    if kinds:
        return Row(entry, "dtypes", "differs", None, kinds)
    return Row(entry, check, "equal", error, f"{size} arrays" if size > 1 else "")


def _structure(wanted: dict[str, np.ndarray], given: dict[str, np.ndarray]) -> str:
    """Missing results or other shapes."""
    missing = [name for name in wanted if name not in given]
    if missing:
        return f"not in the converted result: {', '.join(missing[:5])}"
    for name, array in wanted.items():
        if array.shape != given[name].shape:
            return f"{name} has shape {given[name].shape}, the source's {array.shape}"
    return ""


def _kinds(wanted: dict[str, np.ndarray], given: dict[str, np.ndarray]) -> str:
    """Results of another kind of dtype; the width of whole numbers is the target's own."""
    for name, array in wanted.items():
        if array.dtype.kind != given[name].dtype.kind and not {array.dtype.kind, given[name].dtype.kind} <= set("iu"):
            return f"{name} is {given[name].dtype}, the source's {array.dtype}"
    return ""


def worst(wanted: dict[str, np.ndarray], given: dict[str, np.ndarray], noise: float = 0.0) -> tuple[str, float, int]:
    """The place of the largest relative error, the error, and how many arrays were compared.

    An error is relative to the largest number of its array, or to ``noise`` times the largest of all arrays when that
    is more.
    """
    sizes = {name: _largest(array) for name, array in wanted.items()}
    floor = noise * max(sizes.values(), default=0.0)
    found = ("", 0.0)
    for name, array in wanted.items():
        error = _error(array, given[name], max(sizes[name], floor, 1e-12))
        if error > found[1]:
            found = (name, error)
    return (*found, len(wanted))


def _largest(array: np.ndarray) -> float:
    finite = np.abs(array[np.isfinite(array)]) if array.dtype.kind in "fc" else np.abs(array.astype(np.float64))
    return float(finite.max()) if finite.size else 0.0


def _error(first: np.ndarray, second: np.ndarray, scale: float) -> float:
    if first.dtype.kind not in "fc" and second.dtype.kind not in "fc":
        return 0.0 if np.array_equal(first, second) else float("inf")
    a, b = first.astype(np.complex128), second.astype(np.complex128)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    if same.all():
        return 0.0
    with np.errstate(invalid="ignore"):
        error = np.where(same, 0, np.abs(a - b)) / scale
    return float("inf") if np.isnan(error).any() else float(error.max())


def first_difference(source: Answer, converted: Answer, tolerance: float) -> str:
    """The sub-module that is the first to be finished with another result, with its error."""
    wanted, given = _modules(source), _modules(converted)
    for call, arrays in wanted.items():
        if call not in given:
            continue
        problem = _structure(arrays, given[call])
        place, error, _ = ("", float("inf"), 0) if problem else worst(arrays, given[call])
        if not error <= tolerance:
            name, _, count = call.partition("#")
            again = f" (call {int(count) + 1})" if count != "0" else ""
            return f"first in {'the model itself' if name == '.' else name}{again}: {problem or f'error {error:.1e}'}"
    return "in the model itself"


def _modules(answer: Answer) -> dict[str, dict[str, np.ndarray]]:
    """The results of sub-modules by call, in their order."""
    found: dict[str, dict[str, np.ndarray]] = {}
    for name, array in answer.of("module").items():
        call, _, place = name.partition("|")
        found.setdefault(call if call.startswith(".") else _called(call), {})[place] = array
    return found


def _called(call: str) -> str:
    name, _, count = call.rpartition("#")
    return f"{plain(name)}#{count}"
