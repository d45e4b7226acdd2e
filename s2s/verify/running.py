"""Everything that one side computes for one entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..weight_slots import assign, modules_of, slots
from ..weight_state import to_numpy
from ..weights import read_state
from .apart import FLAGS, Apart
from .job import Answer
from .nudging import beside
from .recorder import recording
from .side import Arrays, Side, Skipped
from .translation import Translation
from .values import flat, is_float, mapped

_RATES = ("p", "rate", "drop_prob", "drop_rate", "dropout", "dropout_rate", "recurrent_dropout", "dropout_prob")


def run_checks(
    side: Side, obj: Any, args: Any, kwargs: Any, answer: Answer, names: Translation, compiled: bool
) -> None:
    """Fill the answer; ``names`` gives the model's arrays as the source has them."""
    is_model = side.is_model(obj)
    kwargs = told(kwargs, answer, False)
    modules = modules_of(obj) if is_model else {}
    with recording(modules) as record:
        result = side.call(obj, args, kwargs, False)
    answer.put("forward", flat(result))
    for place, arrays in record.items():
        answer.put(f"module|{place}", arrays)
    small = smaller((args, kwargs))
    _attempt(answer, "small inputs", lambda: flat(side.call(obj, small[0], small[1], False)))
    if compiled:
        _attempt(answer, "compiled", lambda: {k: to_numpy(v) for k, v in side.compiled(obj, args, kwargs).items()})
    dropout_off(modules.values())
    args, kwargs = beside((args, kwargs)) if answer.moved else (args, kwargs)
    _attempt(answer, "training", lambda: put_training(side, obj, args, kwargs, answer, names))


def smaller(call: Any) -> Any:
    """A call with floats a hundredth of what they were, where an epsilon shows."""
    return mapped(call, lambda a: np.asarray(a * a.dtype.type(0.01)) if is_float(a) else a)


def told(kwargs: Any, answer: Answer, training: bool) -> dict[str, Any]:
    """The arguments with that by which a model without a mode is told whether it trains."""
    return {**kwargs, answer.flag: FLAGS[answer.flag] == training} if answer.flag else dict(kwargs)


def _attempt(answer: Answer, check: str, work: Callable[[], Arrays]) -> None:
    """Keep the arrays of a check, or why it could not be made."""
    try:
        answer.put(check, work())
    except Skipped as skipped:
        answer.skipped[check] = "skipped", str(skipped)
    except Exception as error:  # whatever the code under test raises
        answer.skipped[check] = status_of(error), described(error)


_UNTRACED = frozenset((
    "ConcretizationTypeError", "NonConcreteBooleanIndexError", "TracerArrayConversionError",
    "TracerBoolConversionError", "TracerIntegerConversionError", "OperatorNotAllowedInGraphError", "Unsupported",
    "UserError",
))  # fmt: skip
"""Errors by which compilers say that what the code does depends on the values of arrays."""


def status_of(error: BaseException) -> str:
    """``refused`` for what the converter did not convert, ``untraced`` for what no compiler takes, else ``raises``."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if "NotImplementedError" in names:
        return "refused"
    return "untraced" if names & _UNTRACED else "raises"


def described(error: BaseException) -> str:
    """An error in one line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def put_training(side: Side, obj: Any, args: Any, kwargs: Any, answer: Answer, names: Translation) -> Arrays:
    """The result in training mode; gradients, statistics and the optimizers' steps go into the answer beside it."""
    training = side.is_model(obj) and answer.mode == "train"
    kwargs = told(kwargs, answer, training)
    before = _state(obj, names) if side.is_model(obj) else {}
    places = {slot.name: to_numpy(slot.value).copy() for slot in slots(obj)} if side.is_model(obj) else {}
    result, parameters, inputs = side.gradients(obj, args, kwargs, training)
    answer.put("gradients of inputs", inputs)
    if side.is_model(obj):
        answer.put("gradients of parameters", names.of(parameters))
        if training:
            after = _state(obj, names)
            moved = {k: v - before[k] for k, v in after.items() if v.dtype.kind == "f" and k not in parameters}
            answer.put("statistics", names.of(moved))
        for slot in slots(obj):
            if slot.name in places:
                assign(slot, places[slot.name])
        for rule in ("sgd", "adam"):
            _attempt(answer, f"{rule} step", partial(_changes, side, obj, parameters, rule, names))
    return {place: to_numpy(value) for place, value in result.items()}


def _state(obj: Any, names: Translation) -> Arrays:
    """Copies of a model's arrays: under the source's names, in converted code under those that ``names`` translates."""
    found = {slot.name: to_numpy(slot.value) for slot in slots(obj)} if names else read_state(obj).arrays
    return {name: array.copy() for name, array in found.items()}


def _changes(side: Side, obj: Any, gradients: Arrays, rule: str, names: Translation) -> Arrays:
    return names.of(side.step(obj, gradients, rule))


def dropout_off(modules: Any) -> None:
    """Set the rates of all dropout to zero, so that training mode computes the same twice."""
    for module in modules:
        for name, value in _rates(module):
            try:
                setattr(module, name, type(value)(0))
            except AttributeError:
                continue


def _rates(module: Any) -> Iterator[tuple[str, float]]:
    is_dropout = "drop" in type(module).__name__.lower()
    for name in _RATES:
        value = getattr(module, name, None)
        if isinstance(value, float) and (is_dropout or "drop" in name):
            yield name, value


def varied(model: Any) -> None:
    """Move every parameter a little and draw statistics, so that no layer is the identity and no two are alike."""
    rng = np.random.default_rng(0)
    seen: set[int] = set()
    for slot in slots(model):
        array = to_numpy(slot.value)
        if array.dtype.kind != "f" or id(slot.value) in seen:
            continue
        seen.add(id(slot.value))
        word = slot.name.rpartition(".")[2].strip("_")
        noise = rng.standard_normal(array.shape)
        if word in ("running_var", "moving_variance", "var"):
            assign(slot, (array * (0.7 + 0.6 * rng.random(array.shape))).astype(array.dtype))
        elif word in ("running_mean", "moving_mean", "mean") or _trained_slot(slot):
            assign(slot, (array + 0.05 * noise).astype(array.dtype))


def _trained_slot(slot: Any) -> bool:
    value = slot.value
    if isinstance(slot.owner, Apart):
        return slot.attribute in slot.owner.trained()
    if isinstance(value, np.ndarray):
        return slot.attribute not in getattr(slot.owner, "buffer_names", ())
    for name in ("requires_grad", "trainable"):
        if hasattr(value, name):
            return bool(getattr(value, name))
    return any(cls.__name__ == "Param" for cls in type(value).__mro__)
