"""What passes between the stages: frozen dataclasses and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One input file. ``relative`` is its place below the root, ``module`` its dotted name ('' if none)."""

    path: Path
    relative: str
    module: str = ""
    is_package: bool = False
    lines: int = 0

    @property
    def package(self) -> str:
        """The outermost package of the run that the file lies in; with those around it if the run is about a part."""
        parts = self.module.split(".")
        inside = self.relative.count("/") + (0 if self.is_package else 1)
        return ".".join(parts[: max(len(parts) - inside, 1)])


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding a user can act on: stable ``code``, place, API, reason (``message``) and next step (``hint``)."""

    code: str
    path: str
    line: int
    col: int
    api: str
    message: str
    hint: str = ""
    grade: str = "refused"

    def __str__(self) -> str:
        text = f"{self.path}:{self.line}:{self.col}: {self.code} {self.api}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


@dataclass(frozen=True, slots=True)
class Converted:
    """The result for one Python file. ``code`` is None when the file is copied byte for byte."""

    relative: str
    code: str | None
    sites: dict[str, int] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    helpers: frozenset[str] = frozenset()
    tested: frozenset[str] = frozenset()
    lines: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class LayoutOutcome:
    """What ``layout="native"`` made of one model: rewritten with so many transposes, or left because of a reason."""

    model: str
    native: bool
    transposes: int = 0
    reason: str = ""
    place: str = ""

    def __str__(self) -> str:
        if self.native:
            return f"{self.model}: channels last, {self.transposes} transposes"
        return f"{self.place}: {self.model} keeps its layout: {self.reason}"


@dataclass(frozen=True, slots=True)
class Report:
    """Counts of a run and everything that a user has to know about it."""

    source: str
    target: str
    files: int = 0
    converted: int = 0
    lines: int = 0
    seconds: float = 0.0
    sites: dict[str, int] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    helpers: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    layouts: tuple[LayoutOutcome, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 all converted, 1 converted with refusals or files that could not be read."""
        return 1 if self.sites.get("refused") or self.errors else 0
