"""What the two processes are told and what they answer, as JSON beside files of arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Example:
    """A call that the project itself shows: texts of its arguments and of the statements that they need."""

    args: tuple[str, ...] = ()
    kwargs: dict[str, str] = field(default_factory=dict)
    setup: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A function or class to compare, and what analysis knows about calling it.

    ``made`` are ways to construct a class, ``calls`` examples of inputs, ``shapes`` inputs that a docstring names;
    ``inputs`` is what the user gave.
    """

    name: str
    made: tuple[Example, ...] = ()
    calls: tuple[Example, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    inputs: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One process: the framework that it has, those that it must not have, where modules are, what to run.

    ``renamed`` is the name in the source of what is imported as ``module`` here.
    """

    framework: str
    blocked: tuple[str, ...]
    paths: tuple[str, ...]
    module: str
    folder: str
    entries: tuple[Entry, ...]
    is_source: bool
    compiled: bool = True
    setup: str = ""
    renamed: str = ""


def write_job(job: Job, path: Path) -> None:
    """Write a job for the process."""
    path.write_text(json.dumps(asdict(job)), encoding="utf-8")


def read_job(path: Path) -> Job:
    """The job that a process was given."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    entries = tuple(_entry(entry) for entry in raw.pop("entries"))
    return Job(**{**raw, "entries": entries})


def _entry(raw: dict[str, Any]) -> Entry:
    made, calls = (
        tuple(Example(tuple(e["args"]), e["kwargs"], tuple(e["setup"])) for e in raw[key]) for key in ("made", "calls")
    )
    return Entry(raw["name"], made, calls, tuple(map(tuple, raw["shapes"])), raw["inputs"], raw["chosen"])


@dataclass(slots=True)
class Answer:
    """What one side found for one entry: how it ended, the way it was called, and arrays by check and place.

    ``skipped`` has a status and a reason for each check that gave no arrays. The source says in ``noise`` how much
    rounding its inputs changes each array of a check, and by ``moved`` that derivatives are taken beside the given
    inputs.
    """

    status: str = "ok"
    reason: str = ""
    made: Example | None = None
    call: Any = None
    mode: str = "eval"
    made_up: tuple[str, ...] = ()
    is_model: bool = False
    flag: str = ""
    collections: tuple[str, ...] = ()
    moved: bool = False
    noise: dict[str, dict[str, float]] = field(default_factory=dict)
    skipped: dict[str, tuple[str, str]] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def put(self, check: str, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep copies of the arrays of a check."""
        self.arrays.update({f"{check}|{place}": np.array(value) for place, value in arrays.items()})

    def of(self, check: str) -> dict[str, np.ndarray]:
        """The arrays of a check by place."""
        start = f"{check}|"
        return {name[len(start) :]: value for name, value in self.arrays.items() if name.startswith(start)}


def write_answer(answer: Answer, folder: Path, number: int, side: str) -> None:
    """Write what a side found; arrays keep their order."""
    facts = {name: getattr(answer, name) for name in _FACTS}
    facts["made"] = None if answer.made is None else asdict(answer.made)
    facts["names"] = list(answer.arrays)
    arrays: dict[str, Any] = {str(i): a for i, a in enumerate(answer.arrays.values())}
    np.savez(folder / f"{number}-{side}.npz", **arrays)
    (folder / f"{number}-{side}.json").write_text(json.dumps(facts), encoding="utf-8")


def read_answer(folder: Path, number: int, side: str) -> Answer | None:
    """What a side found; None when its process ended before."""
    place = folder / f"{number}-{side}.json"
    if not place.exists():
        return None
    facts = json.loads(place.read_text(encoding="utf-8"))
    names = facts.pop("names")
    with np.load(folder / f"{number}-{side}.npz", allow_pickle=False) as stored:
        arrays = {name: stored[str(i)] for i, name in enumerate(names)}
    made = facts["made"] and Example(tuple(facts["made"]["args"]), facts["made"]["kwargs"])
    skipped = {check: (status, reason) for check, (status, reason) in facts["skipped"].items()}
    lists = {"made": made, "made_up": tuple(facts["made_up"]), "skipped": skipped}
    return Answer(**{**facts, **lists, "arrays": arrays})


_FACTS = ("status", "reason", "call", "mode", "made_up", "is_model", "flag", "collections", "moved", "noise", "skipped")


def packed(args: Any, kwargs: Any) -> tuple[Any, dict[str, np.ndarray]]:
    """A call as JSON in which arrays are names, and the arrays."""
    arrays: dict[str, np.ndarray] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays[str(len(arrays))] = value
            return {"array": str(len(arrays) - 1)}
        if isinstance(value, tuple):
            return {"tuple": [plain(item) for item in value]}
        if isinstance(value, list):
            return {"list": [plain(item) for item in value]}
        if isinstance(value, dict):
            return {"dict": {str(key): plain(item) for key, item in value.items()}}
        return {"value": value}

    return {"args": [plain(a) for a in args], "kwargs": {k: plain(v) for k, v in kwargs.items()}}, arrays


def unpacked(call: Any, arrays: Mapping[str, np.ndarray]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a packed call."""

    def value(item: Any) -> Any:
        ((kind, inside),) = item.items()
        if kind == "array":
            return arrays[inside]
        if kind == "dict":
            return {key: value(part) for key, part in inside.items()}
        if kind in ("tuple", "list"):
            parts = [value(part) for part in inside]
            return tuple(parts) if kind == "tuple" else parts
        return inside

    return [value(item) for item in call["args"]], {key: value(item) for key, item in call["kwargs"].items()}
