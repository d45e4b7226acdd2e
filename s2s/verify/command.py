"""``ivy-s2s verify``: two processes, the same weights and inputs, and what differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from ..discover import InputError
from ..places import VARIANTS
from .comparing import Row, compared
from .finding import entries_of, framework_of_files, python_files, root_of
from .job import Job, read_answer, write_job

_BLOCKED = {
    "torch": ("torch", "torchvision"),
    "jax": ("jax", "jaxlib", "flax", "haiku", "optax"),
    "tensorflow": ("tensorflow", "keras", "tf_keras"),
    "numpy": (),
}


@dataclass(frozen=True, slots=True)
class Verification:
    """All rows, and how many entries of the source were compared."""

    rows: tuple[Row, ...]
    entries: int
    source: str
    target: str

    @property
    def exit_code(self) -> int:
        """0 when something was compared and nothing differs, 1 otherwise."""
        wrong = any(row.status in ("differs", "error") for row in self.rows)
        return 1 if wrong or not any(row.status == "equal" for row in self.rows) else 0


def verify(
    out: Path,
    against: Path,
    entries: tuple[str, ...] = (),
    inputs: str = "",
    source: str = "",
    target: str = "",
    tolerance: float = 1e-4,
    compiled: bool = True,
    timeout: float = 1800,
    setup: Path | None = None,
) -> Verification:
    """Run the source (``against``) and the converted code (``out``) and compare them.

    ``setup`` is a Python file that the source's process runs first. ``InputError`` says what cannot be run.
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
        kept = (other for other in (target, source) if source != target)
        blocked = [_BLOCKED[other] for other in kept] or [(), ()]
        entries_found = tuple(found)
        first = Job(source, blocked[0], (str(base),), own, name, entries_found, True, compiled, str(setup or ""))
        second = Job(target, blocked[1], paths, module, name, entries_found, False, compiled, renamed=own)
        ends = [_run(first, folder / "source.json", timeout), _run(second, folder / "converted.json", timeout)]
        rows: list[Row] = []
        for number, entry in enumerate(found):
            before = read_answer(folder, number, "source")
            if before is not None and before.status == "none":
                continue
            rows += compared(entry.name, before, read_answer(folder, number, "converted"), tolerance, ends)
    return Verification(tuple(rows), len({row.entry for row in rows}), source, target)


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


def _run(job: Job, path: Path, timeout: float) -> str:
    """Run one side; returns how its process ended, for the entries that it did not come to."""
    write_job(job, path)
    environment = dict(os.environ)
    package = str(Path(__file__).resolve().parents[3])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package, environment.get("PYTHONPATH", "")]))
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    environment["KERAS_BACKEND"] = "tensorflow"
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [sys.executable, "-W", "ignore", "-m", "ivy.s2s.verify.worker", str(path)]
    log = path.with_suffix(".log")
    with log.open("wb") as handle:
        try:
            ended = subprocess.run(command, env=environment, stdout=handle, stderr=handle, timeout=timeout, check=False)
        except subprocess.TimeoutExpired:
            return f"the process was ended after {timeout:.0f} seconds"
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"the process ended with {ended.returncode}: {lines[-1] if lines else 'no message'}"


def as_table(found: Verification, verbose: bool = False) -> str:
    """A line for each check of each entry that was compared, then what was not compared and why."""
    shown = _shown(found, verbose)
    lines: list[str] = []
    cells = [("entry", "check", "", "error", ""), *(_cells(row) for row in shown)]
    widths = [max(len(row[i]) for row in cells) for i in range(4)]
    previous = ""
    for row in cells if shown else ():
        name = "" if row[0] == previous else row[0]
        previous = row[0]
        lines.append("  ".join(f"{cell:<{w}}" for cell, w in zip((name, *row[1:]), [*widths, 0])).rstrip())
    waiting = [row for row in found.rows if row.status == "needs --inputs"]
    lines += [f"needs --inputs: {row.entry} ({row.detail})" for row in (waiting if verbose else waiting[:20])]
    if len(waiting) > 20 and not verbose:
        lines.append(f"... and {len(waiting) - 20} more; see them with --verbose or --json FILE")
    counts = {
        status: sum(row.status == status for row in found.rows) for status in ("equal", "differs", "error", "skipped")
    }
    compared_entries = len({row.entry for row in found.rows if row.status in ("equal", "differs")})
    words = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
    sides = f"{found.source} against {found.target}"
    lines.append(f"{compared_entries} of {found.entries} entries compared, {sides}: {words or 'no checks'}")
    return "\n".join(lines)


def _shown(found: Verification, verbose: bool) -> list[Row]:
    """The rows of the table; a module that cannot be imported is said three times, not for each of its entries."""
    counted: Counter[str] = Counter()
    kept = []
    for row in found.rows:
        counted[row.detail] += row.status == "error"
        if row.status != "needs --inputs" and (verbose or row.status != "error" or counted[row.detail] <= 3):
            kept.append(row)
    return kept


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    error = "" if row.error is None else f"{row.error:.1e}" if row.error else "0"
    return row.entry, row.check, row.status, error, row.detail


def as_json(found: Verification) -> str:
    """All rows for machines."""
    facts = {"source": found.source, "target": found.target, "exit_code": found.exit_code}
    return json.dumps({**facts, "checks": [asdict(row) for row in found.rows]}, indent=2) + "\n"
