"""``ivy-s2s verify``: two processes, the same weights and inputs, and what differs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..discover import InputError
from ..places import VARIANTS
from .comparing import Row, compared
from .finding import entries_of, framework_of_files, python_files, root_of
from .job import Job, read_answer, write_job
from .processes import Process
from .schedule import Ends, Schedule

_BLOCKED = {
    "torch": ("torch", "torchvision"),
    "jax": ("jax", "jaxlib", "flax", "haiku", "optax"),
    "tensorflow": ("tensorflow", "keras", "tf_keras"),
}
_WRONG = frozenset(("differs", "raises"))


@dataclass(frozen=True, slots=True)
class Verification:
    """All rows, how many entries of the source were to be compared, and why it stopped early ('' when it did not)."""

    rows: tuple[Row, ...]
    entries: int
    source: str
    target: str
    stopped: str = ""

    @property
    def exit_code(self) -> int:
        """0 all equal; 1 a difference, or nothing compared; 3 equal as far as the time was enough; 130 interrupted."""
        if any(row.status in _WRONG for row in self.rows):
            return 1
        if self.stopped == "interrupted":
            return 130
        if self.stopped or any(row.status == "timeout" for row in self.rows):
            return 3
        return 0 if any(row.status == "equal" for row in self.rows) else 1


def verify(
    out: Path,
    against: Path,
    entries: tuple[str, ...] = (),
    inputs: str = "",
    source: str = "",
    target: str = "",
    tolerance: float = 1e-4,
    compiled: bool = True,
    timeout: float = 300,
    budget: float = 1800,
    jobs: int = 1,
    setup: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Verification:
    """Run the source (``against``) and the converted code (``out``) and compare them.

    ``timeout`` is in seconds for one entry on one side, ``budget`` for all. ``jobs`` pairs of processes run at a time.
    ``setup`` is a Python file that the source's process runs first. Ctrl-C ends it with what is known until then.
    ``InputError`` says what cannot be run.
    """
    for path in (out, against, *([setup] if setup else ())):
        if not path.exists():
            raise InputError(f"{path}: no such file or directory")
    found = entries_of(against, entries, inputs)
    if not found:
        raise InputError(f"{against}: holds no public functions or classes; name some with --entry module:Name")
    source = source or framework_of_files(python_files(against))
    target = VARIANTS.get(target, target) or framework_of_files(_all_python(out))
    if "ivy" in (source, target):
        raise InputError("code over ivy's hub runs on any framework: verify it with --to of the backend's name")
    with (
        tempfile.TemporaryDirectory(prefix="ivy-verify-") as name,
        importable(out, against, Path(name)) as (paths, module),
    ):
        folder = Path(name)
        base, own = root_of(against)
        blocked = _blocked(source, target)
        told = tuple(found)
        first = Job(source, blocked[0], (str(base),), own, name, told, True, compiled, str(setup or ""))
        second = Job(target, blocked[1], paths, module, name, told, False, compiled, renamed=own)
        files = folder / "source.json", folder / "converted.json"
        write_job(first, files[0])
        write_job(second, files[1])

        def pair() -> tuple[Process, Process]:
            return Process(files[0], timeout), Process(files[1], timeout)

        def wanted(number: int) -> bool:
            answer = read_answer(folder, number, "source")
            return answer is not None and answer.status == "ok"

        schedule = Schedule(found, pair, budget, jobs)
        schedule.run(wanted, progress)
        rows = [
            row for number, entry in enumerate(found) for row in _rows(folder, number, entry.name, schedule, tolerance)
        ]
    return Verification(tuple(rows), len({row.entry for row in rows}), source, target, schedule.stopped)


def _rows(folder: Path, number: int, entry: str, schedule: Schedule, tolerance: float) -> Iterator[Row]:
    """The rows of one entry; none for names that are neither models nor functions."""
    ends = schedule.ends[number]
    before = read_answer(folder, number, "source") if ends.source == "" else None
    if ends == Ends():
        yield Row(entry, "source", "not reached", None, schedule.stopped)
    elif before is None or before.status != "none":
        after = read_answer(folder, number, "converted") if ends.converted == "" else None
        yield from compared(entry, before, after, tolerance, (ends.source or "", ends.converted or ""))


def _blocked(source: str, target: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The packages that the source's and the converted code's process must not have: those of the other side."""
    if source == target:
        return (), ()
    return _BLOCKED.get(target, ()), _BLOCKED.get(source, ())


def _all_python(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


@contextmanager
def importable(out: Path, against: Path, folder: Path) -> Iterator[tuple[tuple[str, ...], str]]:
    """Where the converted code is imported from, under the source's own names, and its module's name."""
    _, name = root_of(against)
    base, own = root_of(out)
    if out.is_file() or "." in name or not name or own == name:
        yield (str(base),), own
        return
    place = folder / "converted"
    place.mkdir()
    (place / name.split(".")[0]).symlink_to(out.resolve(), target_is_directory=True)
    yield (str(place),), name
