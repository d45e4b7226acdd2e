"""Entries of a project and the ways to call them that its tests, docstrings and examples show; nothing is imported."""

from __future__ import annotations

import ast
import doctest
import fnmatch
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..discover import InputError
from .job import Entry, Example

_ELSEWHERE = frozenset(
    ("tests", "test", "testing", "docs", "doc", "examples", "example", "build", "dist", "benchmarks", "scripts")
)
_PACKAGES = {
    "torch": "torch", "jax": "jax", "flax": "jax", "haiku": "jax", "tensorflow": "tensorflow", "keras": "tensorflow",
    "tf_keras": "tensorflow", "numpy": "numpy", "scipy": "numpy",
}  # fmt: skip
_LETTERS = {
    "B": 2,
    "N": 2,
    "b": 2,
    "n": 2,
    "C": 3,
    "c": 3,
    "H": 16,
    "W": 16,
    "h": 16,
    "w": 16,
    "L": 5,
    "T": 5,
    "S": 5,
    "D": 8,
}
_SHAPE = re.compile(r"\(\s*((?:[A-Za-z]|\*|\d+)(?:\s*,\s*(?:[A-Za-z]|\d+))+)\s*\)")


@dataclass(slots=True)
class Shown:
    """What the project shows of one name: constructions or calls of it, and calls of objects that it makes."""

    direct: list[Example] = field(default_factory=list)
    of_object: list[Example] = field(default_factory=list)


def root_of(path: Path) -> tuple[Path, str]:
    """The folder to import from and the dotted name of a file or package; '' for a folder that is no package."""
    path = path.resolve()
    folder = path.parent if path.is_file() else path
    names = [path.stem] if path.is_file() and path.stem != "__init__" else []
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(names)


def python_files(path: Path) -> list[Path]:
    """The files of a project that may hold entries."""
    if path.is_file():
        return [path]
    found = sorted(path.rglob("*.py"))
    return [file for file in found if not _ELSEWHERE & set(file.relative_to(path).parts[:-1]) and not _is_test(file)]


def _is_test(file: Path) -> bool:
    return file.name.startswith(("test_", "conftest", "setup")) or file.name.endswith(("_test.py", "_helpers.py"))


def framework_of_files(files: list[Path]) -> str:
    """The framework that the files import most; NumPy when they import no other."""
    counts: Counter[str] = Counter()
    for file in files:
        for node in ast.walk(_tree(file)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            counts.update({_PACKAGES[n.split(".")[0]] for n in names if n.split(".")[0] in _PACKAGES})
    others = [name for name, _ in counts.most_common() if name != "numpy"]
    return others[0] if others else "numpy"


def _tree(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text(encoding="utf-8", errors="replace"))
    except (SyntaxError, ValueError, OSError):
        return ast.Module([], [])


def entries_of(path: Path, wanted: tuple[str, ...], inputs: str) -> list[Entry]:
    """The public functions and classes, or those that the user names.

    A name is ``module:Name``, ``Name``, a pattern of either, or has arguments: ``Name(3, 10)``.
    """
    chosen = {text: _chosen(text) for text in wanted}
    base, own = root_of(path)
    found: list[Entry] = []
    shown = examples_of(path)
    hit: set[str] = set()
    for file in python_files(path):
        module = root_of(file)[1] or file.stem
        for node in _tree(file).body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                continue
            name = f"{module}:{node.name}"
            match = next((text for text, (pattern, _) in chosen.items() if _fits(name, pattern)), None)
            if (wanted and match is None) or (not wanted and node.name.startswith("_")):
                continue
            hit.add(match or "")
            made = chosen[match][1] if match is not None else None
            found.append(_entry(name, node, shown[node.name], made, inputs))
    for text in [text for text in wanted if text not in hit]:
        found += _named(text, *chosen[text], base, own, shown, inputs, hit)
    missing = [text for text in wanted if text not in hit]
    if missing:
        raise InputError(f"--entry {', '.join(missing)}: not found in {path}; write it as module:Name")
    return found


def _named(
    text: str,
    name: str,
    made: Example | None,
    base: Path,
    own: str,
    shown: dict[str, Shown],
    inputs: str,
    hit: set[str],
) -> Iterator[Entry]:
    """What ``module:Name`` names without a definition there: imported from elsewhere, or an assigned name."""
    module, colon, attribute = name.partition(":")
    place = base.joinpath(*module.split("."))
    if not colon or not attribute.isidentifier() or not (f"{module}.".startswith(f"{own}.") or not own):
        return
    if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
        hit.add(text)
        known = shown[attribute]
        calls = tuple(_unlike([*known.of_object, *known.direct]))
        yield Entry(name, (made,) if made else tuple(_unlike(known.direct)), calls, (), inputs, made is not None)


def _entry(name: str, node: ast.FunctionDef | ast.ClassDef, shown: Shown, made: Example | None, inputs: str) -> Entry:
    is_class = isinstance(node, ast.ClassDef)
    direct = tuple(_unlike(shown.direct))
    if made is not None:
        return Entry(name, (made,), tuple(_unlike(shown.of_object)), tuple(_shapes(node)), inputs, True)
    if is_class:
        return Entry(name, direct, tuple(_unlike(shown.of_object)), tuple(_shapes(node)), inputs)
    return Entry(name, (), direct, tuple(_shapes(node)), inputs)


def _unlike(examples: list[Example]) -> list[Example]:
    found: list[Example] = []
    for example in examples:
        if example not in found:
            found.append(example)
    return found


def _chosen(text: str) -> tuple[str, Example | None]:
    """``module:Name(3, width=8)`` as a pattern and a construction."""
    name, bracket, _ = text.partition("(")
    if not bracket:
        return text, None
    try:
        call = ast.parse("f" + text[len(name) :], mode="eval").body
    except SyntaxError as error:
        raise InputError(f"--entry {text}: cannot be read; write it as module:Name(3, width=8)") from error
    if not isinstance(call, ast.Call):
        raise InputError(f"--entry {text}: cannot be read; write it as module:Name(3, width=8)")
    return name, _example(call, [])


def _fits(name: str, pattern: str) -> bool:
    module, _, attribute = name.partition(":")
    if ":" not in pattern:
        return fnmatch.fnmatchcase(attribute, pattern) or fnmatch.fnmatchcase(f"{module}.{attribute}", pattern)
    wanted, _, inner = pattern.partition(":")
    return fnmatch.fnmatchcase(attribute, inner) and (
        fnmatch.fnmatchcase(module, wanted) or module.endswith(f".{wanted}")
    )


def _shapes(node: ast.FunctionDef | ast.ClassDef) -> Iterator[tuple[int, ...]]:
    """Shapes such as (B, C, H, W) in the docstrings of a function or of a class and its methods."""
    inner = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name in ("forward", "call", "__call__")]
    for part in (*inner, node):
        for match in _SHAPE.finditer(ast.get_docstring(part) or ""):
            sizes = [
                _LETTERS.get(word.strip(), 0) or (int(word) if word.strip().isdigit() else 0)
                for word in match[1].split(",")
            ]
            if all(sizes) and len(sizes) > 1:
                yield tuple(sizes)


def examples_of(path: Path) -> dict[str, Shown]:
    """Calls in the project's own code, its tests, examples and docstrings, by the name that they call."""
    shown: dict[str, Shown] = defaultdict(Shown)
    for file in _all_files(path):
        tree = _tree(file)
        imports = [
            ast.unparse(n)
            for n in tree.body
            if isinstance(n, (ast.Import, ast.ImportFrom)) and not getattr(n, "level", 0)
        ]
        for scope in ast.walk(tree):
            if isinstance(scope, (ast.FunctionDef, ast.Module)):
                _calls_in(scope, imports, shown)
            if isinstance(scope, (ast.FunctionDef, ast.ClassDef, ast.Module)):
                for block in _doctests(ast.get_docstring(scope) or ""):
                    _calls_in(block, imports, shown)
    return shown


def _all_files(path: Path) -> list[Path]:
    """The files of the project and of the tests beside it."""
    inside = [path] if path.is_file() else sorted(path.rglob("*.py"))[:2000]
    tests: list[Path] = []
    for folder in (path.resolve().parent, path.resolve().parent.parent):
        tests += [f for name in ("tests", "test", "examples") for f in sorted((folder / name).rglob("*.py"))[:300]]
        tests += sorted(folder.glob("test_*.py"))[:50]
    return [*dict.fromkeys([*tests, *inside])]


def _doctests(text: str) -> Iterator[ast.Module]:
    if ">>>" not in text:
        return
    try:
        lines = "".join(example.source for example in doctest.DocTestParser().get_examples(text))
        yield ast.parse(lines)
    except (ValueError, SyntaxError):
        return


def _calls_in(scope: ast.FunctionDef | ast.Module, imports: list[str], shown: dict[str, Shown]) -> None:
    """Collect the calls of one function body or of a module's own statements."""
    made: dict[str, str] = {}
    setup = list(imports)
    for statement in _statements(scope.body):
        for call in (n for n in ast.walk(statement) if isinstance(n, ast.Call)):
            name = _last_name(call.func)
            if name and not _has_star(call):
                shown[name].direct.append(_example(call, setup))
            if isinstance(call.func, ast.Name) and call.func.id in made and not _has_star(call):
                shown[made[call.func.id]].of_object.append(_example(call, setup))
            if isinstance(call.func, ast.Call) and _last_name(call.func.func):
                shown[_last_name(call.func.func)].of_object.append(_example(call, setup))
        if (
            isinstance(statement, ast.Assign)
            and len(statement.targets) == 1
            and isinstance(statement.targets[0], ast.Name)
        ):
            maker = _maker(statement.value)
            if maker[:1].isupper():
                made[statement.targets[0].id] = maker
        if isinstance(statement, (ast.Assign, ast.Import, ast.ImportFrom)) and not getattr(statement, "level", 0):
            setup = [*setup, ast.unparse(statement)]


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Simple statements, also those inside ``if`` and ``with``, but not those of inner functions."""
    for statement in body:
        if isinstance(statement, (ast.If, ast.With, ast.For, ast.Try)):
            yield from _statements(statement.body)
        elif not isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            yield statement


def _maker(value: ast.expr) -> str:
    """The class of ``Model(3).eval()`` and the like."""
    while (
        isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Call)
    ):
        value = value.func.value
    return _last_name(value.func) if isinstance(value, ast.Call) else ""


def _last_name(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _has_star(call: ast.Call) -> bool:
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def _example(call: ast.Call, setup: list[str]) -> Example:
    kwargs = {k.arg: ast.unparse(k.value) for k in call.keywords if k.arg is not None}
    return Example(tuple(map(ast.unparse, call.args)), kwargs, tuple(setup))
