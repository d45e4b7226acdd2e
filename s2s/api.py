"""The command line as functions."""

from __future__ import annotations

from pathlib import Path

from . import write
from .model import Report
from .pipeline import run


def source_to_source(
    path: str | Path,
    source: str = "",
    to: str = "",
    out: str | Path | None = None,
    exclude: tuple[str, ...] = (),
    jobs: int = 0,
    target: str = "",
    layout: str = "source",
) -> Report:
    """Convert a file, a package or a repository to another framework and write it to ``out``.

    ``to`` (or ``target``) is ``jax``, ``haiku``, ``tensorflow``, ``numpy`` or ``torch``; ``source`` is found per file
    when it is empty. With ``layout="native"`` models whose images are (N, C, ...) take and give (N, ..., C) where that
    is proven, and ``report.layouts`` tells which. Returns the report: counts of sites, diagnostics with their places,
    errors. Raises ``InputError`` with the remedy for a source that does not exist or an ``out`` that must not be
    overwritten.
    """
    src = Path(path)
    framework = to or target
    place = write.place_of(src, framework, Path(out) if out is not None else None)
    write.check_place(src, place)
    result = run(src, framework, source, exclude, jobs, layout=layout)
    if src.is_file():
        write.write_file(result, src, place)
    else:
        write.write_tree(result, place)
    return result.report
