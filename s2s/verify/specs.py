"""Inputs written down: ``x=float32[2,3,32,32],mask=bool[2,8],n=3``, or a JSON or Python file."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..discover import InputError

_ARRAY = re.compile(r"(?P<dtype>[a-z]+\d*)\[(?P<shape>[\d,\s]*)\](?:<(?P<limit>\d+))?$")
_INPUT = re.compile(r"\s*(?:(?P<name>\w+)\s*=\s*)?(?P<value>(?:[^,\[\"]|\"[^\"]*\"|\[[^\]]*\])+)(?:,|$)")
_HELP = "write inputs as x=float32[2,3,32,32],ids=int64[2,8]<100,mask=bool[2,8],n=3"


@dataclass(frozen=True, slots=True)
class Call:
    """Arguments of a call: arrays of NumPy and plain values."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] | None = None

    @property
    def named(self) -> dict[str, Any]:
        return dict(self.kwargs or {})


def parsed(spec: str, seed: int = 0) -> Call:
    """The inputs of a specification; values are drawn from a seed.

    Floats come from a normal distribution, whole numbers lie below the number behind ``<`` (10 without one).
    ``InputError`` says what cannot be read.
    """
    if spec.endswith(".json") and Path(spec).is_file():
        return _of_values(_json(Path(spec)), seed, spec)
    if spec.endswith(".py") and Path(spec).is_file():
        made = runpy.run_path(spec).get("inputs")
        if not callable(made):
            raise InputError(f"{spec}: has no function inputs(); let it return a list or dict of NumPy arrays")
        return _of_values(made(), seed, spec)
    return _written(spec, seed)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: {error}; correct the file") from error


def _of_values(values: Any, seed: int, spec: str) -> Call:
    if isinstance(values, Mapping):
        return Call((), {name: _value(value, seed + i) for i, (name, value) in enumerate(values.items())})
    if isinstance(values, (list, tuple)):
        return Call(tuple(_value(value, seed + i) for i, value in enumerate(values)))
    raise InputError(f"{spec}: gives a {type(values).__name__}; give a list of inputs or a dict by name")


def _written(spec: str, seed: int) -> Call:
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    position = 0
    while position < len(spec):
        match = _INPUT.match(spec, position)
        if match is None or match.end() == position:
            raise InputError(f"--inputs {spec}: cannot be read at {spec[position:]!r}; {_HELP}")
        value = _value(_literal(match["value"].strip(), spec), seed + len(args) + len(kwargs))
        if match["name"]:
            kwargs[match["name"]] = value
        else:
            args.append(value)
        position = match.end()
    return Call(tuple(args), kwargs)


def _literal(text: str, spec: str) -> Any:
    if _ARRAY.match(text):
        return text
    try:
        return json.loads({"None": "null", "True": "true", "False": "false"}.get(text, text))
    except ValueError as error:
        raise InputError(f"--inputs {spec}: {text!r} is neither an array nor a value; {_HELP}") from error


def _value(value: Any, seed: int) -> Any:
    match = _ARRAY.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    shape = tuple(int(n) for n in match["shape"].split(",") if n.strip())
    try:
        dtype = np.dtype({"float": "float32", "int": "int64"}.get(match["dtype"], match["dtype"]))
    except TypeError as error:
        raise InputError(f"--inputs: {match['dtype']} is no dtype; {_HELP}") from error
    return drawn(dtype, shape, int(match["limit"] or 10), seed)


def drawn(dtype: Any, shape: tuple[int, ...], limit: int = 10, seed: int = 0) -> np.ndarray:
    """An array of a shape and dtype with numbers that follow from the seed; whole numbers lie below ``limit``."""
    rng, dtype = np.random.default_rng(seed), np.dtype(dtype)
    if dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if dtype.kind in "iu":
        return np.asarray(rng.integers(0, limit, shape)).astype(dtype)
    if dtype.kind == "c":
        return (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)).astype(dtype)
    return np.asarray(rng.standard_normal(shape)).astype(dtype)
