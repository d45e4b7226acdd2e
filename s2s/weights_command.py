"""``ivy-s2s weights``: a checkpoint of the source model becomes one of the converted model."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .discover import InputError
from .live_entry import arguments, imported, made
from .verify.specs import parsed
from .weight_files import WeightError
from .weight_haiku import first_arrays
from .weight_plan import FAMILIES
from .weight_slots import framework_of, slots
from .weight_writers import kind_of, write_state
from .weights import LoadReport, load_weights


def convert_checkpoint(
    checkpoint: Path,
    out: Path,
    source: str,
    target: str,
    model: str,
    model_args: str | None = None,
    inputs: str | None = None,
) -> LoadReport:
    """Write ``out``, the state of the converted model with the values of a checkpoint; returns what came from where.

    ``model`` is ``package.module:Class``. ``InputError`` says what does not fit; nothing is written then.
    """
    if source not in FAMILIES:
        raise InputError(f"--from {source}: unknown framework; choose one of {', '.join(filter(None, FAMILIES))}")
    kind_of(out, target)
    cls = imported(model, "--model")
    args, kwargs = arguments(model_args, "--model-args")
    try:
        new = first_arrays(cls, args, kwargs) if target == "haiku" else made(cls, args, kwargs)
    except Exception as error:  # whatever the constructor says
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"--model {model}: {reason}; give its arguments with --model-args") from error
    new = _with_weights(new, target, inputs, model)
    try:
        report = load_weights(new, checkpoint, source=source)
    except WeightError as error:
        reason = str(error).replace(". Pass strict=False to load what fits by name.", "")
        raise InputError(f"{checkpoint}: {reason}") from error
    write_state(new, out, target)
    return report


def _with_weights(new: Any, target: str, inputs: str | None, model: str) -> Any:
    """The model, or the parameters of a transformed function, after the call that makes its weights."""
    if target == "haiku":
        return new
    transformed = hasattr(new, "init") and hasattr(new, "apply") and isinstance(new, tuple)
    if not transformed:
        found = framework_of(new)
        if found != target:
            raise InputError(f"--model {model}: is a model of {found}, not of {target}; give the converted class")
    if not inputs:
        if transformed or not any(True for _ in slots(new)):
            raise InputError(f"--model {model}: has no weights before its first call; give --inputs float32[1,8]")
        return new
    call = parsed(inputs)
    arrays, named = [_native(v, target) for v in call.args], {k: _native(v, target) for k, v in call.named.items()}
    try:
        if transformed:
            made_first = new.init(_key(target), *arrays, **named)
            return dict(zip(("params", "state"), made_first)) if isinstance(made_first, tuple) else made_first
        new(*arrays, **named)
    except Exception as error:  # whatever the model says
        raise InputError(f"--inputs {inputs}: the model cannot be called: {type(error).__name__}: {error}") from error
    return new


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


def _key(target: str) -> Any:
    return import_module("jax").random.key(0) if target == "jax" else None


def as_table(report: LoadReport) -> str:
    """The map for people: a line for every array of the model."""
    rows = [("source", "target", "shape", "layout", "derived from")]
    for w in report.loaded:
        rows.append((w.source, w.target, "×".join(map(str, w.shape)) or "()", w.change or "=", w.derived))
    widths = [min(max(len(row[i]) for row in rows), 60) for i in range(4)]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(row, [*widths, 0])).rstrip() for row in rows)


def as_json(report: LoadReport) -> str:
    """The map for machines."""
    return json.dumps({"weights": [asdict(w) for w in report.loaded]}, indent=2) + "\n"
