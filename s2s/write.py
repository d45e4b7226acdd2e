"""Writing a generated package: beside its place first, then renamed, so that nothing is ever half-written."""

from __future__ import annotations

import ast
import difflib
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import tokenize
from dataclasses import asdict, replace
from pathlib import Path

from .discover import InputError
from .emit import helper_module, is_helper_module, units_of
from .helper_names import helpers_of
from .model import Report
from .pipeline import Run
from .table_model import Table
from .tables import cache_dir, load

MARKER = ".ivy-s2s.json"


def place_of(source: Path, target: str, out: Path | None) -> Path:
    """Where the result goes: ``SRC_TARGET`` where nothing is given; a file goes into an ``out`` that names a folder."""
    if out is None:
        return Path(f"{source.resolve().stem}_{target}{source.suffix if source.is_file() else ''}")
    if source.is_file() and (out.is_dir() or not out.exists() and not out.suffix):
        return out / source.name
    return out


def check_place(source: Path, out: Path) -> None:
    """Refuse a place that would touch the source or something that this tool did not write."""
    src, dst = source.resolve(), out.resolve()
    if dst == src:
        raise InputError(f"{out}: is the source itself; choose another place with -o")
    if source.is_dir() and dst.is_relative_to(src):
        raise InputError(f"{out}: lies inside the source {source}; choose a place outside it with -o")
    if source.is_dir() and src.is_relative_to(dst):
        raise InputError(f"{out}: contains the source {source}; choose another place with -o")
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).exists():
        raise InputError(f"{out}: exists and was not written by ivy-s2s; remove it or choose another place with -o")
    if source.is_dir() and out.is_file():
        raise InputError(f"{out}: is a file; choose a directory with -o")
    if source.is_file() and out.exists() and not _is_ours(out):
        raise InputError(f"{out}: exists and was not written by ivy-s2s; remove it or choose another place with -o")


def _record(path: Path) -> Path:
    """Where the digest of what was last written to a single file is kept."""
    return cache_dir() / f"file-{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:32]}"


def _is_ours(path: Path) -> bool:
    try:
        return _record(path).read_text() == hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return False


def _remember(path: Path, data: bytes) -> None:
    try:
        _record(path).parent.mkdir(parents=True, exist_ok=True)
        _record(path).write_text(hashlib.sha256(data).hexdigest())
    except OSError:
        return


def write_tree(run: Run, out: Path) -> None:
    """Write a converted package to ``out``, replacing what an earlier run wrote there."""
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        for relative, text in run.outputs.items():
            path = beside / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(text, run.root / relative))
        for other in run.copies:
            path = beside / other.relative_to(run.root)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(other, path)
        (beside / MARKER).write_text(_marker(run), encoding="utf-8")
        os.chmod(beside, 0o755)
        _swap(beside, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _bytes(text: str, original: Path) -> bytes:
    """The text in the encoding and with the line ends of the original; the original's bytes when nothing changed."""
    try:
        data = original.read_bytes()
    except OSError:
        return text.encode("utf-8")
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        if io.TextIOWrapper(io.BytesIO(data), encoding).read() == text:
            return data
    except (SyntaxError, UnicodeDecodeError):
        return data  # a file that could not be decoded is copied
    if b"\r\n" in data[:4096]:
        text = text.replace("\n", "\r\n")
    return text.encode(encoding)


def _marker(run: Run) -> str:
    facts = {"tool": "ivy-s2s", "target": run.report.target, "files": sorted(run.outputs)}
    return json.dumps(facts, indent=1) + "\n"


def _swap(beside: Path, out: Path) -> None:
    if not out.exists():
        os.rename(beside, out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}-old-", dir=out.parent))
    os.rename(out, old / "old")
    try:
        os.rename(beside, out)
    except OSError:
        os.rename(old / "old", out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def with_earlier_helpers(run: Run, source: Path, out: Path) -> Run:
    """The run with the helpers that files converted earlier to the same directory use, kept in the helper module."""
    outputs = dict(run.outputs)
    for relative, text in run.outputs.items():
        path = out.parent / relative
        if relative == source.name or not path.exists():
            continue
        earlier = path.read_text(encoding="utf-8", errors="replace")
        if earlier.split("\n", 1)[0] != text.split("\n", 1)[0]:
            raise InputError(f"{path}: exists and was not written by ivy-s2s; move it or choose another place with -o")
        if not helpers_of(path.stem):
            _check_stand_in(path, earlier, text, (source.name, relative))
            continue
        table = load()[run.report.target]
        (had, only_asked), (have, ask) = units_of(earlier, table), units_of(text, table)
        users = [p.read_text(encoding="utf-8", errors="replace") for p in out.parent.glob("*.py") if p != path]
        had -= _replaced(had, have, path, out, _own_classes(table))
        tested = (only_asked | ask) - (had - only_asked) - (have - ask)
        users += [text for text in run.outputs.values() if not is_helper_module(text)]
        outputs[relative] = helper_module(had | have, table, tested, users)
    return replace(run, outputs=outputs)


def _check_stand_in(path: Path, earlier: str, text: str, written: tuple[str, str]) -> None:
    """Raise where files converted earlier use names of a generated module that it would not have any more."""
    lost = sorted(_defined(earlier) - _defined(text))
    others = (p for p in path.parent.glob("*.py") if p.name not in written)
    if lost and any(path.stem in p.read_text(encoding="utf-8", errors="replace") for p in others):
        reason = f"files converted earlier use its {', '.join(lost)}"
        raise InputError(f"{path}: {reason}; convert all files together, or choose another place with -o")


def _defined(text: str) -> set[str]:
    """The functions and values that a module defines at its top."""
    found = set()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def _own_classes(table: Table) -> set[str]:
    """The templates that derive from the target's own layers."""
    return {own.layer[1:] for found in table.own_layers.values() for own in found}


def _replaced(had: set[str], have: set[str], path: Path, out: Path, own: set[str]) -> set[str]:
    """The helpers of an earlier run that have the name of another class now: an own layer of the target, or a template.

    Raises where other files than the one that is converted again use them.
    """
    now = {unit.rpartition(".")[2]: unit for unit in have}
    clashing = {u for u in had if (other := now.get(u.rpartition(".")[2], u)) != u and own & {u, other}}
    texts = [p.read_text(encoding="utf-8", errors="replace") for p in out.parent.glob("*.py") if p not in (path, out)]
    for name in sorted(unit.rpartition(".")[2] for unit in clashing):
        if any(path.stem in text and re.search(rf"\b{name}\b", text) for text in texts):
            reason = f"files converted earlier use another {name}"
            raise InputError(f"{path}: {reason}; convert all files together, or choose another place with -o")
    return clashing


def write_file(run: Run, source: Path, out: Path) -> list[Path]:
    """Write one converted file, and its helper module beside it."""
    run = with_earlier_helpers(run, source, out)
    out.parent.mkdir(parents=True, exist_ok=True)
    written = []
    for relative, text in run.outputs.items():
        path = out if relative == source.name else out.parent / relative
        data = _bytes(text, source) if path == out else text.encode("utf-8")
        with tempfile.NamedTemporaryFile(dir=out.parent, delete=False) as handle:
            handle.write(data)
        os.chmod(handle.name, 0o644)
        os.replace(handle.name, path)
        _remember(path, data)
        written.append(path)
    return written


def differences(run: Run, source: Path, out: Path) -> list[str]:
    """What a run would do to ``out``, a line for each file; empty when there is nothing to do."""
    if source.is_file():
        run = with_earlier_helpers(run, source, out)
        places = {(out if name == source.name else out.parent / name): name for name in run.outputs}
        return [f"would be written: {place}" for place, name in places.items() if _differs(place, run, name)]
    wrong = [out / name for name in run.outputs if _differs(out / name, run, name)]
    copies = {out / other.relative_to(run.root): other for other in run.copies}
    wrong += [place for place, other in copies.items() if not _same_bytes(place, other.read_bytes())]
    expected = {out / MARKER, *copies, *(out / name for name in run.outputs)}
    present = (path for path in sorted(out.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return [
        *(f"would be written: {path}" for path in sorted(wrong)),
        *(f"would be removed: {path}" for path in present if path not in expected),
    ]


def _differs(place: Path, run: Run, name: str) -> bool:
    return not _same_bytes(place, _bytes(run.outputs[name], run.root / name))


def _same_bytes(path: Path, wanted: bytes) -> bool:
    try:
        return path.read_bytes() == wanted
    except OSError:
        return False


def unified_diff(run: Run) -> str:
    """A unified diff from the source to what would be written."""
    parts: list[str] = []
    for relative, text in sorted(run.outputs.items()):
        path = run.root / relative
        old = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n") if path.exists() else ""
        lines = difflib.unified_diff(
            old.splitlines(keepends=True), text.splitlines(keepends=True), f"a/{relative}", f"b/{relative}"
        )
        parts.extend(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
    return "".join(parts)


def report_json(report: Report) -> str:
    """The report for machines."""
    facts = asdict(report)
    facts["diagnostics"] = [asdict(d) for d in report.diagnostics]
    facts["exit_code"] = report.exit_code
    return json.dumps(facts, indent=1) + "\n"
