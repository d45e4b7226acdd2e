"""One side of a comparison, in a process of its own: ``python -m ivy.s2s.verify.worker JOB.json``."""

from __future__ import annotations

import inspect
import runpy
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ..weight_files import State, WeightError
from ..weight_slots import slots
from ..weights import load_weights, read_state
from .job import Answer, Entry, Job, packed, read_answer, read_job, unpacked, write_answer
from .running import described, run_checks, varied
from .side import Side, side_of
from .trials import NotFound, constructed, constructions, first_that_runs, is_portable
from .values import flat


def main(path: str) -> None:
    """Run a job; every entry's answer is written as soon as it is known."""
    job = read_job(Path(path))
    for name in job.blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.path[:0] = job.paths
    if job.setup:
        runpy.run_path(job.setup)
    side = side_of(job.framework)
    folder = Path(job.folder)
    for number, entry in enumerate(job.entries):
        answer = _source(entry, job, side) if job.is_source else _converted(entry, job, side, folder, number)
        if answer is not None:
            write_answer(answer, folder, number, "source" if job.is_source else "converted")


def _found(entry: Entry, job: Job) -> tuple[Any, dict[str, Any]]:
    module_name, _, attribute = entry.name.partition(":")
    if job.renamed and (module_name + ".").startswith(f"{job.renamed}."):
        module_name = job.module + module_name[len(job.renamed) :]
    module = import_module(module_name)
    found: Any = module
    for part in attribute.split("."):
        found = getattr(found, part)
    return found, vars(module)


def _source(entry: Entry, job: Job, side: Side) -> Answer:
    answer = Answer()
    try:
        found, namespace = _found(entry, job)
    except Exception as error:  # whatever importing the module raises
        return Answer("error", f"cannot be imported: {described(error)}")
    if inspect.isclass(found) and _keeps_nothing(found):
        return Answer("skipped", "modules of flax.linen and haiku are not compared as models")
    if inspect.isclass(found) and not _is_model_class(found, side) or not callable(found):
        return Answer("none", "is no model and no function")
    package = (job.module or entry.name).split(":")[0].split(".")[0]
    problem = ""
    for way in constructions(entry, found, namespace, package):
        if way is not None and not is_portable(way, namespace, package):
            continue
        try:
            obj = found if way is None else constructed(found, way, namespace)
            if way is not None and not side.is_model(obj) and not entry.chosen:
                continue
            args, kwargs = first_that_runs(entry, obj, side, namespace)
        except NotFound as error:
            problem = problem or str(error)
            continue
        except Exception as error:  # this way to make it does not work
            problem = problem or described(error)
            continue
        answer.made = way
        return _compute_source(answer, obj, args, kwargs, side)
    return Answer("inputs", problem or "its constructor's arguments cannot be told")


def _keeps_nothing(found: Any) -> bool:
    """Whether a class is a module whose parameters live outside of it."""
    return any(cls.__module__.startswith(("flax.linen", "haiku.")) for cls in found.__mro__)


def _is_model_class(found: Any, side: Side) -> bool:
    if side.name == "numpy":
        return "__call__" in vars(found)
    tops = {cls.__module__.split(".")[0] for cls in found.__mro__}
    return bool(tops & {"torch": {"torch"}, "jax": {"flax"}, "tensorflow": {"keras", "tensorflow"}}[side.name])


def _compute_source(answer: Answer, obj: Any, args: Any, kwargs: Any, side: Side) -> Answer:
    try:
        answer.is_model = side.is_model(obj)
        if answer.is_model:
            varied(obj)
            state = read_state(obj)
            answer.made_up = tuple(state.made_up)
            answer.put("state", state.arrays)
        answer.call, arrays = packed(args, kwargs)
        answer.put("input", arrays)
        first, second = (flat(side.call(obj, args, kwargs, False)) for _ in range(2))
        if not _same(first, second):
            return Answer("random", "its results are random: two runs of the source differ")
        if answer.is_model:
            answer.mode = "train" if steady(side, obj, args, kwargs) else "eval"
        run_checks(side, obj, args, kwargs, answer, {}, False)
    except Exception as error:
        traceback.print_exc()
        return Answer("error", f"the source raised {described(error)}")
    return answer


def steady(side: Side, obj: Any, args: Any, kwargs: Any) -> bool:
    """Whether training mode computes the same twice once dropout is off; the model's state is as before afterwards."""
    import copy

    from ..weight_slots import modules_of
    from .running import dropout_off

    try:
        trial = copy.deepcopy(obj)
        dropout_off(modules_of(trial).values())
        first, second = (flat(side.call(trial, args, kwargs, True)) for _ in range(2))
        return _same(first, second)
    except Exception:  # a model for inference, or one that cannot be copied
        return side.name == "tensorflow"


def _same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> bool:
    return all(np.allclose(first[k], second[k], equal_nan=True, rtol=1e-5) for k in first if k in second)


def _converted(entry: Entry, job: Job, side: Side, folder: Path, number: int) -> Answer | None:
    source = read_answer(folder, number, "source")
    if source is None or source.status != "ok":
        return None
    answer = Answer(mode=source.mode, is_model=source.is_model)
    args, kwargs = unpacked(source.call, source.of("input"))
    try:
        found, namespace = _found(entry, job)
        obj = found if source.made is None else constructed(found, source.made, namespace)
    except Exception as error:
        traceback.print_exc()
        return Answer("error", f"cannot be made: {described(error)}")
    names: dict[str, str] = {}
    try:
        if source.is_model:
            state = State(source.of("state"), frozenset(source.made_up))
            if sum(1 for _ in slots(obj)) < len(state.arrays):
                side.call(obj, args, kwargs, False)  # layers that make their weights when they are first called
            report = load_weights(obj, state)
            names = {loaded.target: loaded.source for loaded in report.loaded}
        run_checks(side, obj, args, kwargs, answer, names, job.compiled)
    except WeightError as error:
        return Answer("error", f"weights: {error}")
    except Exception as error:
        traceback.print_exc()
        return Answer("error", f"raised {described(error)}")
    return answer


if __name__ == "__main__":
    main(sys.argv[1])
