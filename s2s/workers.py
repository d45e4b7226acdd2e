"""Work on many files at once: each is rehearsed with the others, and then converted, in processes of their own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TypeVar

from .convert import convert_module, keep_trees, rehearse_module
from .garbage import without_collection
from .helper_places import helpers_import
from .model import Converted, SourceFile
from .observed import HOPEFUL, ROUNDS, Observed, changes, combined
from .project import Project
from .tables import load

_KEPT = 4_000_000  # characters of code whose trees are kept between two rounds: a quarter of a gigabyte
Progress = Callable[[int, int], None]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Shared:
    """What the work on every file of a run starts from."""

    project: Project
    texts: dict[str, str]
    frameworks: dict[str, str]
    target: str
    names: dict[str, str]
    line_length: int


_shared: Shared | None = None
_threading: dict[str, object] = {}


def _start_worker(shared: Shared) -> None:
    global _shared
    _shared = shared
    _threading.clear()


def each(
    function: Callable[[SourceFile], Result],
    work: list[SourceFile],
    shared: Shared,
    jobs: int,
    progress: Progress | None = None,
) -> Iterator[Result]:
    """What a function gives for each file, the largest files first; in one process where there is little to do."""
    jobs = jobs or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (jobs or os.cpu_count() or 1)
    total = sum(len(shared.texts[f.relative]) for f in work)
    if jobs == 1 or len(work) < 4 or total < 60_000:
        _start_worker(shared)
        for index, file in enumerate(work):
            yield function(file)
            if progress is not None:
                progress(index + 1, len(work))
        return
    method = "fork" if hasattr(os, "fork") else "spawn"
    order = sorted(work, key=lambda f: -len(shared.texts[f.relative]))
    with ProcessPoolExecutor(jobs, get_context(method), _start_worker, (shared,)) as pool:
        for index, result in enumerate(pool.map(function, order, chunksize=1)):
            yield result
            if progress is not None:
                progress(index + 1, len(work))


def rehearsed_together(work: list[SourceFile], shared: Shared, jobs: int) -> Shared:
    """With what all files give one another's functions and attributes, where the source asks for that.

    A file is gone through again where what was seen of something that it names has changed.
    """
    tables = load()
    work = [file for file in work if tables[shared.frameworks[file.relative]].settings.get("wide_floats")]
    if not work:
        return shared
    if sum(len(shared.texts[file.relative]) for file in work) < _KEPT:
        with without_collection():
            keep_trees(shared.texts[file.relative] for file in work)
    words = {file.relative: set(re.findall(r"\w+", shared.texts[file.relative])) for file in work}
    found: dict[str, Observed] = {}
    seen, again = Observed(), work
    for number in range(ROUNDS):
        hopeful = number < HOPEFUL
        project = replace(shared.project, observed=replace(seen, hopeful=hopeful))
        shared = replace(shared, project=project)
        found.update(each(_rehearse_one, work if number == HOPEFUL else again, shared, jobs))
        now = combined(found[file.relative] for file in work)
        changed = changes(seen, now)
        again = [file for file in work if not changed.isdisjoint(words[file.relative])]
        seen = now
        if not again and not hopeful:
            break
    return replace(shared, project=replace(shared.project, observed=seen))


def _rehearse_one(file: SourceFile) -> tuple[str, Observed]:
    from ..rules import by_node

    shared, threading = _work_on(file)
    source = shared.frameworks[file.relative]
    try:
        with without_collection():
            return file.relative, rehearse_module(
                shared.texts[file.relative],
                file,
                shared.project,
                load(),
                source,
                shared.target,
                by_node(),
                threading,
                shared.project.observed.hopeful,
            )
    except Exception:  # the conversion meets it too, and reports it
        return file.relative, Observed()


def convert_one(file: SourceFile) -> Converted:
    """The conversion of one file; what cannot be converted says why."""
    from ..rules import by_node

    shared, threading = _work_on(file)
    try:
        with without_collection():
            return convert_module(
                shared.texts[file.relative],
                file,
                shared.project,
                load(),
                shared.frameworks[file.relative],
                shared.target,
                by_node(),
                helpers_import(file, shared.names, shared.target),
                threading,
                shared.line_length,
            )
    except RecursionError:
        return Converted(
            file.relative,
            None,
            error=f"{file.relative}: nested too deeply to be converted; leave it out with --exclude",
        )
    except Exception as error:  # one file must not end the run: the others are converted, this one is reported
        reason = f"internal error ({type(error).__name__}: {error}); report it, and leave the file out with --exclude"
        return Converted(file.relative, None, error=f"{file.relative}: {reason}")


def _work_on(file: SourceFile):
    from .threaded import Threading

    assert _shared is not None
    source = _shared.frameworks[file.relative]
    if source not in _threading:
        _threading[source] = Threading(_shared.project, load(), source, _shared.target)
    return _shared, _threading[source]
