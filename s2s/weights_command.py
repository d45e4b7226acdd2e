"""``ivy-s2s weights``: a checkpoint of the source model becomes one of the converted model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .discover import InputError
from .functional import functional
from .live_entry import arguments, imported, made
from .verify.specs import parsed
from .weight_haiku import first_arrays, makes_arrays
from .weight_plan import FAMILIES, Hints
from .weight_slots import framework_of, slots
from .weight_state import Known, WeightError
from .weight_writers import kind_of, write_state
from .weights import LoadReport, load


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: the checkpoint and where it goes, the model that it is for, and what the user tells.

    ``model`` is ``package.module:Class``, ``model_args`` and ``inputs`` are its arguments and those of a call;
    ``names`` and ``assume`` are JSON objects for ``load_weights``.
    """

    checkpoint: Path
    out: Path
    source: str
    target: str
    model: str
    model_args: str | None = None
    inputs: str | None = None
    names: str | None = None
    assume: str | None = None


def convert_checkpoint(asked: Request) -> LoadReport:
    """Write the state of the model with the values of a checkpoint; returns what came from where.

    ``InputError`` says what does not fit; nothing is written then.
    """
    if asked.source not in FAMILIES:
        words = ", ".join(filter(None, FAMILIES))
        raise InputError(f"--from {asked.source}: unknown framework; choose one of {words}")
    framework = "jax" if asked.target in FAMILIES["jax"] else asked.target
    kind_of(asked.out, framework)
    new, classes = _model(asked, framework)
    hints = Hints(asked.source, _told(asked.names, "--names"), _told(asked.assume, "--assume"), classes)
    try:
        report = load(new, asked.checkpoint, hints)
    except WeightError as error:
        reason = str(error).replace(". Pass strict=False to load what fits by name.", "")
        raise InputError(f"{asked.checkpoint}: {reason.removeprefix(f'{asked.checkpoint}: ')}") from error
    write_state(new, asked.out, framework)
    return report


def _told(text: str | None, option: str) -> dict[str, Any]:
    """A JSON object, or a file of one."""
    args, named = arguments(text, option)
    if args:
        raise InputError(f'{option} {text}: write a JSON object such as {{"a": "b"}}')
    return named


def _model(asked: Request, framework: str) -> tuple[Any, dict[str, Known]]:
    """The model with its weights, or a dictionary of parameters and what is known of the modules in it."""
    cls = imported(asked.model, "--model")
    args, kwargs = arguments(asked.model_args, "--model-args")
    place = f"--model {asked.model}"
    try:
        if asked.target == "haiku" and not asked.inputs and makes_arrays(cls):
            return first_arrays(cls, args, kwargs), {}
        apart = functional(cls, args, kwargs)
        new = cls if apart else made(cls, args, kwargs)
        apart = apart or functional(new)
    except Exception as error:  # whatever the constructor says
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"{place}: {reason}; give its arguments with --model-args") from error
    if apart is None and framework_of(new) != framework:
        raise InputError(f"{place}: is a model of {framework_of(new)}, not of {framework}; give the converted class")
    if not asked.inputs:
        if apart is not None or not any(True for _ in slots(new, lazy=True)):
            raise InputError(f"{place}: has no weights before its first call; give --inputs float32[1,8]")
        return new, {}
    call = parsed(asked.inputs)
    given = [_native(v, framework) for v in call.args], {k: _native(v, framework) for k, v in call.named.items()}
    try:
        if apart is not None:
            return apart.init(*given)
        new(*given[0], **given[1])
    except Exception as error:  # whatever the model says
        reason = f"the model cannot be called: {type(error).__name__}: {error}"
        raise InputError(f"--inputs {asked.inputs}: {reason}") from error
    return new, {}


_MAKERS = {
    "torch": ("torch", "from_numpy"),
    "jax": ("jax.numpy", "asarray"),
    "tensorflow": ("tensorflow", "convert_to_tensor"),
}


def _native(value: Any, target: str) -> Any:
    if not isinstance(value, np.ndarray) or target == "numpy":
        return value
    module, name = _MAKERS[target]
    return getattr(import_module(module), name)(value)


def as_table(report: LoadReport) -> str:
    """The map for people: a line for every array of the model."""
    rows = [("source", "target", "shape", "layout", "derived from")]
    for w in report.loaded:
        rows.append((w.source, w.target, "×".join(map(str, w.shape)) or "()", w.change or "=", w.derived))
    widths = [min(max(len(row[i]) for row in rows), 60) for i in range(4)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0])).rstrip() for row in rows]
    return "\n".join([*lines, *[f"ignored: {', '.join(report.ignored)}"] * bool(report.ignored)])


def as_json(report: LoadReport) -> str:
    """The map for machines."""
    return json.dumps({"weights": [asdict(w) for w in report.loaded], "ignored": report.ignored}, indent=2) + "\n"
