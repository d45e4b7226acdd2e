"""One side of a comparison, in a process of its own: ``python -m ivy.s2s.verify.worker JOB.json``."""

from __future__ import annotations

import gc
import inspect
import os
import random
import runpy
import sys
import time
import traceback
from contextlib import nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..weight_slots import slots
from ..weight_state import State, WeightError
from ..weights import read_state
from .apart import FLAGS, Apart, is_apart_class, without_dropout
from .comparing import errors
from .job import Answer, Entry, Example, Job, packed, read_answer, read_job, unpacked, write_answer
from .nudging import beside, rounded
from .running import described, put_training, run_checks, smaller, status_of, varied
from .side import Side, side_of
from .translation import Translation, translated
from .trials import NotFound, constructed, constructions, first_that_runs, is_portable
from .values import flat

_KEPT = 25
"""After as many entries what frameworks have compiled is let go."""

_RUNS = 12
"""As often the source is run to see whether its results are random."""


def main(path: str) -> None:
    """Answer for entries of a job: their numbers are read, a line each, and a line is written when one is answered."""
    asked, told = _private_streams()
    job = read_job(Path(path))
    for name in job.blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    sys.path[:0] = job.paths
    if job.setup:
        runpy.run_path(job.setup)
    side = side_of(job.framework)
    folder = Path(job.folder)
    _tell(told, "ready")
    for count, line in enumerate(asked, 1):
        number = int(line)
        entry = job.entries[number]
        answer = _source(entry, job, side) if job.is_source else _converted(entry, job, side, folder, number)
        if answer is not None:
            write_answer(answer, folder, number, "source" if job.is_source else "converted")
        if count % _KEPT == 0:
            side.forget()
            gc.collect()
        _tell(told, "done")


def _private_streams() -> tuple[IO[str], IO[str]]:
    """Standard input and output for this module alone: what the code under test prints goes to the log."""
    asked, told = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    return asked, told


def _tell(told: IO[str], word: str) -> None:
    print(word, file=told, flush=True)


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
    if inspect.isclass(found) and not _is_model_class(found, side) or not callable(found):
        return Answer("none", "is no model and no function")
    package = (job.module or entry.name).split(":")[0].split(".")[0]
    problem = ""
    for way in constructions(entry, found, namespace, package):
        if way is not None and not is_portable(way, namespace, package):
            continue
        try:
            again = partial(_made, found, way, namespace)
            obj = again()
            if way is not None and not side.is_model(obj) and not entry.chosen:
                continue
            obj, args, kwargs = first_that_runs(entry, obj, side, namespace, again)
        except NotFound as error:
            problem = problem or str(error)
            continue
        except Exception as error:  # this way to make it does not work
            problem = problem or described(error)
            continue
        answer.made = way
        return _compute_source(answer, obj, args, kwargs, side)
    return Answer("inputs", problem or "its constructor's arguments cannot be told")


def _made(found: Any, way: Example | None, namespace: dict[str, Any]) -> Any:
    """The function itself, or an object of the class."""
    return found if way is None else constructed(found, way, namespace)


def _is_model_class(found: Any, side: Side) -> bool:
    if is_apart_class(found):
        return True
    if side.name == "numpy":
        return "__call__" in vars(found)
    tops = {cls.__module__.split(".")[0] for cls in found.__mro__}
    return bool(tops & {"torch": {"torch"}, "jax": {"flax"}, "tensorflow": {"keras", "tensorflow"}}[side.name])


def _compute_source(answer: Answer, obj: Any, args: Any, kwargs: Any, side: Side) -> Answer:
    try:
        answer.is_model = side.is_model(obj)
        if isinstance(obj, Apart):
            answer.flag = obj.flag
        if answer.is_model:
            varied(obj)
            state = read_state(obj)
            if isinstance(obj, Apart):
                answer.collections = tuple(obj.paths[name][0] for name in state.arrays)
            answer.made_up = tuple(state.made_up)
            answer.put("state", state.arrays)
        answer.call, arrays = packed(args, kwargs)
        answer.put("input", arrays)
        if _is_random(side, obj, args, kwargs):
            return Answer("random", "its results are random: runs of the source differ")
        if answer.is_model:
            answer.mode = "train" if steady(side, obj, args, kwargs) else "eval"
        answer.moved = _runs(side, obj, beside((args, kwargs)))
        run_checks(side, obj, args, kwargs, answer, Translation(), False)
        _put_noise(side, obj, args, kwargs, answer)
    except Exception as error:
        traceback.print_exc()
        return Answer("error", f"the source raised {described(error)}")
    return answer


def _is_random(side: Side, obj: Any, args: Any, kwargs: Any) -> bool:
    """Whether runs of the source differ: two, or a dozen where they take no time; what is rare shows itself then."""
    start, first = time.monotonic(), None
    for number in range(_RUNS):
        random.seed(number)
        side.seed(number)
        now = flat(side.call(obj, args, kwargs, False))
        if first is not None and not _same(first, now):
            return True
        first = now if first is None else first
        if number and time.monotonic() - start > 1:
            break
    return False


def _runs(side: Side, obj: Any, call: Any) -> bool:
    """Whether a call gives numbers."""
    try:
        results = flat(side.call(obj, call[0], call[1], False)).values()
        return all(np.isfinite(array).all() for array in results if array.dtype.kind == "f")
    except Exception:  # inputs that the code checks: it takes the given ones alone
        return False


def _put_noise(side: Side, obj: Any, args: Any, kwargs: Any, answer: Answer) -> None:
    """How much rounding the inputs once changes what the source computes, check by check and array by array."""
    call = rounded((args, kwargs))
    moved = rounded(beside((args, kwargs))) if answer.moved else call
    again = Answer(mode=answer.mode, is_model=answer.is_model, flag=answer.flag)
    try:
        again.put("forward", flat(side.call(obj, call[0], call[1], False)))
        small = smaller(call)
        again.put("small inputs", flat(side.call(obj, small[0], small[1], False)))
        again.put("training", put_training(side, obj, moved[0], moved[1], again, Translation()))
    except Exception:  # the code takes the given inputs alone, or has no gradients
        traceback.print_exc()
    for check in (
        "forward",
        "small inputs",
        "training",
        "gradients of inputs",
        "gradients of parameters",
        "statistics",
    ):
        answer.noise[check] = errors(answer.of(check), again.of(check))
    _put_noise_of_statistics(answer)


def _put_noise_of_statistics(answer: Answer) -> None:
    """A change of an average is known to the rounding of the average: some units in its last place."""
    before, noise = answer.of("state"), answer.noise["statistics"]
    for place, change in answer.of("statistics").items():
        if place in before and change.size:
            rounding = float(np.finfo(np.float32).eps) * float(np.abs(before[place]).max())
            noise[place] = max(noise.get(place, 0.0), rounding / 4 / max(float(np.abs(change).max()), 1e-12))


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
    answer = Answer(mode=source.mode, is_model=source.is_model, moved=source.moved)
    answer.flag = source.flag
    args, kwargs = unpacked(source.call, source.of("input"))
    try:
        found, namespace = _found(entry, job)
        obj = found if source.made is None else constructed(found, source.made, namespace)
    except Exception as error:
        traceback.print_exc()
        return Answer(_kept(error), f"cannot be made: {described(error)}")
    names = Translation()
    try:
        if isinstance(obj, Apart):
            _give(obj, source, side)
        elif source.is_model:
            state = State(source.of("state"), frozenset(source.made_up))
            if sum(1 for _ in slots(obj)) < len(state.arrays):
                # Layers make their weights when they are first called, running averages in training.
                told = {name: value for name, value in FLAGS.items() if name in kwargs and source.collections}
                side.call(obj, args, {**kwargs, **told}, False)
            names = translated(obj, state)
        with without_dropout(type(obj)) if source.collections else nullcontext():
            run_checks(side, obj, args, kwargs, answer, names, job.compiled)
    except WeightError as error:
        return Answer("raises", f"weights: {error}")
    except Exception as error:
        traceback.print_exc()
        return Answer(_kept(error), described(error))
    return answer


def _give(obj: Apart, source: Answer, side: Side) -> None:
    """The source's variables for a model that is apart from them, as haiku's names and trees are kept."""
    arrays = source.of("state")
    collections = dict(zip(arrays, source.collections))
    tree: dict[str, Any] = {}
    for name, array in arrays.items():
        module, _, leaf = name.rpartition(".")
        tree.setdefault(collections[name], {}).setdefault(module, {})[leaf] = side.native(array)
    obj.fill(tree)


def _kept(error: Exception) -> str:
    """``refused`` or ``raises``: outside of a compiler, everything can be traced."""
    return "refused" if status_of(error) == "refused" else "raises"


if __name__ == "__main__":
    main(sys.argv[1])
