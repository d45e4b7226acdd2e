"""Both sides' answers for an entry, check by check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
_LIKE = {
    "compiled": "forward",
    "small inputs": "forward",
    "sgd step": "gradients of parameters",
    "adam step": "gradients of parameters",
}
"""Checks that are as sensitive to rounding as another."""
_ROUNDINGS = 20
"""As many times the change that rounding its inputs makes in the source, the converted code may be off."""
_USELESS = 0.02
"""A comparison that would allow more than this says nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One check of one entry: ``equal``, ``differs`` or why there is no number, the largest error, where it is.

    Further statuses: ``raises`` (only the converted code raises), ``refused`` (it reaches what was not converted),
    ``untraced`` (it runs, but no compiler takes it), ``timeout``, ``skipped``, ``needs --inputs``, ``not reached``.
    """

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
        yield Row(entry, "source", _ending(ends[0], "skipped"), None, ends[0])
        return
    if source.status != "ok":
        yield Row(entry, "source", "needs --inputs" if source.status == "inputs" else "skipped", None, source.reason)
        return
    if converted is None:
        yield Row(entry, "converted", _ending(ends[1], "raises"), None, ends[1])
        return
    if converted.status != "ok":
        yield Row(entry, "converted", converted.status, None, converted.reason)
        return
    for check in CHECKS:
        row = _row(entry, check, source, converted, tolerance)
        if row is not None:
            yield row


def _row(entry: str, check: str, source: Answer, converted: Answer, tolerance: float) -> Row | None:
    wanted, given = source.of("forward" if check == "compiled" else check), converted.of(check)
    whole = "training" if check not in ("forward", "small inputs", "compiled") else check
    skipped = source.skipped.get(check) or source.skipped.get(whole)
    if skipped and check != "compiled":
        return Row(entry, check, "skipped", None, f"source: {skipped[1]}") if check == whole else None
    skipped = converted.skipped.get(check) or converted.skipped.get(whole)
    if skipped:
        return Row(entry, check, *_without_number(skipped)) if check in (whole, *converted.skipped) else None
    if not given and (not wanted or check == "compiled"):
        return None
    problem = _structure(wanted, given)
    if problem:
        return Row(entry, check, "differs", None, problem)
    noise = source.noise.get(_LIKE.get(check, check), {})
    found = errors(wanted, given, _NOISE.get(check, 0.0))
    limits = {place: max(tolerance * _LOOSER.get(check, 1), _ROUNDINGS * noise.get(place, 0.0)) for place in found}
    useless = [place for place, limit in limits.items() if limit > _USELESS and found[place] > tolerance]
    wrong = {place: error for place, error in found.items() if not error <= limits[place] and place not in useless}
    told = wrong or {place: error for place, error in found.items() if place not in useless}
    place = max(told, key=lambda name: told[name], default="")
    error = told.get(place, 0.0)
    if wrong:
        where = first_difference(source, converted, tolerance) if check == "forward" and source.is_model else place
        return Row(entry, check, "differs", error, where)
    kinds = _kinds(wanted, given) if check == "forward" else ""
    if kinds:
        return Row(entry, "dtypes", "differs", None, kinds)
    if len(useless) == len(found) and found:
        return Row(entry, check, "skipped", None, f"rounding the inputs alone changes it by {max(noise.values()):.1e}")
    return Row(entry, check, "equal", error, f"{len(found)} arrays" if len(found) > 1 else "")


def _ending(end: str, otherwise: str) -> str:
    return "timeout" if end.startswith("took more than") else otherwise


def _without_number(skipped: tuple[str, str]) -> tuple[str, None, str]:
    return skipped[0], None, skipped[1]


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


def errors(wanted: Mapping[str, np.ndarray], given: Mapping[str, np.ndarray], noise: float = 0.0) -> dict[str, float]:
    """The largest relative error of each array that both sides have in one shape.

    An error is relative to the largest number of its array, or to ``noise`` times the largest of all arrays when that
    is more.
    """
    sizes = {name: _largest(array) for name, array in wanted.items()}
    floor = noise * max(sizes.values(), default=0.0)
    return {
        name: _error(array, given[name], max(sizes[name], floor, 1e-12))
        for name, array in wanted.items()
        if name in given and given[name].shape == array.shape
    }


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
        error = float("inf") if problem else max(errors(arrays, given[call]).values(), default=0.0)
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
