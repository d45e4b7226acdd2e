"""The stages in order: discover, index, convert, emit. Start reading here."""

from __future__ import annotations

import ast
import hashlib
import os
import pickle
import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .convert import keep_trees
from .discover import Discovered, InputError, discover, read_source
from .emit import helper_module, is_helper_module
from .garbage import without_collection
from .helper_families import separated
from .helper_names import helpers_of
from .helper_places import helper_modules, package_folder, sharing_packages
from .indexer import Indexer, index_module
from .keras_listed import listed_sequences
from .model import Converted, Diagnostic, Report, SourceFile
from .namespaces import ByClass, Namespace, namespaces, users
from .project import ModuleInfo, Project
from .styles import own_layers_of, style_of_haiku, style_of_linen, styled
from .tables import DIALECTS, FRAMEWORKS, VARIANTS, KnownNames, Table, Tables, cache_dir, known_names, load, stamp
from .workers import Progress, Shared, convert_one, each, rehearsed_together


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a run gives: output texts by relative path, files to copy, and the report."""

    outputs: dict[str, str]
    copies: tuple[Path, ...]
    root: Path
    report: Report

# What everything is imported from.
_STARRED = re.compile(r"^\s*from\s+([.\w]+)\s+import\s+\*", re.M)


def run(
    source_path: Path,
    target: str,
    source: str = "",
    exclude: tuple[str, ...] = (),
    jobs: int = 0,
    cache: bool = True,
    progress: Progress | None = None,
    line_length: int = 0,
    layout: str = "source",
) -> Run:
    """Convert everything below ``source_path`` in memory; nothing is written.

    ``layout`` is ``source``, or ``native`` to let models take images as the target prefers them.
    """
    started = time.perf_counter()
    check_layout(layout, target)
    source = VARIANTS.get(source, source)
    found = discover(source_path, exclude)
    found, texts = _without_helpers(*_read(found), target)
    key = _run_key(texts, target, source, line_length, layout)
    stored = _load_run(key) if cache else None
    if stored is None:
        stored = _convert_all(found, texts, target, source, jobs, progress, line_length, layout)
        if cache:
            _store_run(key, stored)
    converted, helpers, layouts = stored
    return _collect(found, texts, converted, helpers, source, target, started, layouts)


def check_layout(layout: str, target: str) -> None:
    """Refuse layouts that the target does not have."""
    if layout not in ("source", "native"):
        raise InputError(f"layout is {layout!r}; it can be source or native")
    if layout == "native" and target not in ("jax", "tensorflow"):
        raise InputError(f"--layout native is for jax and tensorflow; models for {target} keep the source's layout")


def _read(found: Discovered) -> tuple[Discovered, dict[str, str]]:
    """The texts by relative path; files that cannot be decoded join those that are copied."""
    texts: dict[str, str] = {}
    problems = list(found.problems)
    others = list(found.others)
    for file in found.python:
        try:
            texts[file.relative] = read_source(file.path)
        except InputError as error:
            problems.append(str(error))
            if os.access(file.path, os.R_OK):
                others.append(file.path)
    return replace(found, others=tuple(others), problems=tuple(problems)), texts


def _without_helpers(found: Discovered, texts: dict[str, str], target: str) -> tuple[Discovered, dict[str, str]]:
    """Without the helper modules of an earlier conversion: what they stand for is spelled anew in the target."""
    written = {
        file.relative
        for file in found.python
        if helpers_of(file.module) not in ("", target) and is_helper_module(texts.get(file.relative, ""))
    }
    kept = tuple(file for file in found.python if file.relative not in written)
    return replace(found, python=kept), {name: text for name, text in texts.items() if name not in written}


def _convert_all(found, texts, target, source, jobs, progress, line_length, layout):
    tables = load()
    files = [f for f in found.python if f.relative in texts]
    texts = listed_sequences(files, texts, tables["tensorflow"], tables[target])
    with without_collection():
        modules, errors, nodes, by_kind = _index_all(files, texts, tables, source)
    frameworks = {f.relative: source or detect(modules.get(f.module), tables, target) for f in files}
    if not any(frameworks.values()) and target != "numpy":
        frameworks = {f.relative: _plain_numpy(modules.get(f.module)) for f in files}
    adopt(files, modules, frameworks, target)
    made = add_namespaces(files, by_kind, modules, frameworks, tables, target)
    known = styled(files, texts, nodes, modules, frameworks, tables, target, graphs=not made)
    del nodes, by_kind  # the processes that convert need no copy of all trees
    texts = {**texts, **{item.file.relative: item.text for item in made}}
    files = [*files, *(item.file for item in made)]
    work = [f for f in files if f.relative not in errors and frameworks[f.relative] not in ("", target)]
    if files and not work and not errors and target not in frameworks.values():
        place = files[0].path if len(files) == 1 else found.root
        raise InputError(f"{place}: no source framework was found; name it with --from")
    names = helper_modules(files, sharing_packages(files, modules))
    stand_ins = {f"{n.package}:{n.native}": n.file.module for n in made}
    project = replace(known, namespaces=stand_ins).with_passed()
    project = project.with_mixins(tables) if "torch" in frameworks.values() else project
    texts, layouts = _in_layout(layout, work, texts, frameworks, project, tables)
    shared = rehearsed_together(work, Shared(project, texts, frameworks, target, names, line_length), jobs)
    converted = list(each(convert_one, work, shared, jobs, progress))
    keep_trees(())
    for relative, message in errors.items():
        converted.append(Converted(relative, None, error=message))
    converted.sort(key=lambda c: c.relative)
    converted, places = separated(converted, {f.relative: f for f in files}, frameworks, names, tables[target])
    helpers = _helper_texts(converted, places, tables[target], texts)
    return converted, helpers, layouts


def _in_layout(layout, work: list[SourceFile], texts, frameworks, project: Project, tables: Tables):
    """The texts with the models rewritten that take images in the target's layout, and what became of each model."""
    files = {file.module: file for file in work if frameworks[file.relative] == "torch"}
    if layout == "source" or not files:
        return texts, ()
    from .native import rewrite

    by_module = {module: texts[file.relative] for module, file in files.items()}
    paths = {module: file.relative for module, file in files.items()}
    found = rewrite(by_module, paths, project, tables, "torch")
    known = known_names(tables["torch"])
    for module, text in found.texts.items():
        project.modules[module] = index_module(text, module, files[module].is_package, known, project.modules)
    return {**texts, **{files[m].relative: text for m, text in found.texts.items()}}, found.outcomes


def add_namespaces(
    files: list[SourceFile],
    nodes: Mapping[str, ByClass],
    modules: dict[str, ModuleInfo],
    frameworks: dict[str, str],
    tables: Tables,
    target: str,
) -> list[Namespace]:
    """The generated modules that stand for framework modules; they and the files that use them join the index."""
    made = namespaces(files, modules, frameworks, tables.frameworks, tables.hub, nodes, package_folder, tables[target])
    for item in made:
        known = known_names(tables[item.framework])
        modules[item.file.module] = index_module(item.text, item.file.module, False, known)
        frameworks[item.file.relative] = item.framework
    plain = [f for f in files if not frameworks[f.relative]]
    methods = {name for framework in FRAMEWORKS for name in tables[framework].methods} if made else set()
    frameworks.update(users(made, plain, modules, nodes, methods))
    return made


def adopt(files, modules: dict[str, ModuleInfo], frameworks: dict[str, str], target: str) -> None:
    """Files that name no framework but build on the project's modules are read as the others are."""
    known = Counter(f for f in frameworks.values() if f not in ("", target))
    if not known:
        return
    common = known.most_common(1)[0][0]
    heads = tuple({f.package for f in files})
    for file in files:
        info = modules.get(file.module)
        if frameworks[file.relative] or info is None:
            continue
        refs = [kind.name for kind in info.names.values() if kind.tag == "ref"]
        own = [name for name in (*refs, *info.stars) if not name.startswith(file.module + ".")]
        if any(name == head or name.startswith(f"{head}.") for name in own for head in heads):
            frameworks[file.relative] = common


def _index_all(files: list[SourceFile], texts, tables: Tables, source: str):
    """What each module defines, why files cannot be parsed, and the nodes of those that can, also by class."""
    modules: dict[str, ModuleInfo] = {}
    errors: dict[str, str] = {}
    nodes: dict[str, list[ast.AST]] = {}
    by_kind: dict[str, ByClass] = {}
    known = _known_names(tables, source, texts)
    for file in _starred_first(files, texts):
        try:
            tree = ast.parse(texts[file.relative])
            indexer = Indexer(file.module, file.is_package, known, modules)
            modules[file.module] = indexer.index(tree)
        except (SyntaxError, ValueError, RecursionError) as error:
            errors[file.relative] = _syntax_message(file.relative, texts[file.relative], error)
            continue
        nodes[file.relative] = indexer.walk(tree)
        by_kind[file.relative] = indexer.below(tree)
    return modules, errors, nodes, by_kind


def _starred_first(files: list[SourceFile], texts: dict[str, str]) -> list[SourceFile]:
    """The files, those that import everything from others of them after these."""
    waiting = {file.module: (file, _STARRED.findall(texts[file.relative])) for file in files}
    order: list[SourceFile] = []
    while waiting:
        # A name may be relative or start at another folder: what it ends with is what counts.
        lasts = {module.rpartition(".")[2] for module in waiting}
        ready = [m for m, (_, stars) in waiting.items() if not any(star.rpartition(".")[2] in lasts for star in stars)]
        order.extend(waiting.pop(module)[0] for module in ready or list(waiting))
    return order


def _known_names(tables: Tables, source: str, texts: dict[str, str]) -> KnownNames:
    """The framework types that annotations may name. NumPy's arrays are the source's only where nothing else is one."""
    if source:
        return known_names(tables[source])
    found = KnownNames()
    for framework in FRAMEWORKS:
        found |= known_names(tables[framework]) if framework != "numpy" else KnownNames()
    others = ("torch", "tensorflow", "keras", "jax")
    imports = re.compile(rf"^\s*(?:import|from)\s+(?:{'|'.join(others)})\b", re.M)
    mentioned = any(imports.search(text) for text in texts.values())
    return found if mentioned else found | known_names(tables["numpy"])


def _plain_numpy(info: ModuleInfo | None) -> str:
    """``numpy`` for a module that imports it, in a project without any other framework."""
    refs = [kind.name for kind in info.names.values() if kind.tag == "ref"] if info is not None else []
    return "numpy" if any(name.split(".")[0] == "numpy" for name in refs) else ""


def _syntax_message(relative: str, text: str, error: Exception) -> str:
    line = getattr(error, "lineno", None) or 1
    reason = getattr(error, "msg", str(error))
    hint = "correct it, or leave the file out with --exclude"
    if "print" in reason.lower() or "Missing parentheses" in reason or "except" in reason and "," in text:
        hint = "it looks like Python 2; convert it to Python 3 first, or leave it out with --exclude"
    return f"{relative}:{line}: cannot be parsed ({reason}); {hint}"


def detect(info: ModuleInfo | None, tables: Tables, target: str) -> str:
    """The framework that a module is written in, '' when it mentions none.

    Of several it is that with most imports outside of functions; those inside count where there is none outside.
    """
    if info is None:
        return ""
    imported = {name: kind.name for name, kind in info.names.items() if kind.tag == "ref"}
    outside = [kind for name, kind in imported.items() if name not in info.nested]
    return _most_imported([*outside, *info.stars], tables, target) or _most_imported(
        list(imported.values()), tables, target
    )


def _most_imported(names: list[str], tables: Tables, target: str) -> str:
    """The framework that most of these qualified names belong to; '' when none does."""
    counts: Counter[str] = Counter()
    first: dict[str, int] = {}
    heads = {package.partition(".")[0] for framework in DIALECTS for package in tables.packages[framework]}
    owners = [_owners(name, tables) if name.partition(".")[0] in heads else set() for name in names]
    for framework in DIALECTS:
        places = [i for i, owning in enumerate(owners) if framework in owning]
        counts[framework] = len(places)
        first[framework] = min(places, default=len(names))
    others = [f for f in ("torch", "tensorflow", "jax", "ivy") if counts[f] and f != target]
    others = [framework for framework in others if not _is_variants_own(framework, names, tables, target)]
    if others:
        return max(others, key=lambda framework: (counts[framework], -first[framework]))
    if counts["numpy"] and target != "numpy" and not counts[VARIANTS.get(target, target)]:
        return ""
    return target if counts[VARIANTS.get(target, target)] else ""


def _owners(name: str, tables: Tables) -> set[str]:
    """The frameworks that a name belongs to: those with the longest package it begins with."""
    found = {(len(p), f) for f in DIALECTS for p in tables.packages[f] if name == p or name.startswith(p + ".")}
    longest = max((length for length, _ in found), default=0)
    return {framework for length, framework in found if length == longest}


def _is_variants_own(framework: str, names: list[str], tables: Tables, target: str) -> bool:
    """Whether code of a framework is that of its variant too: it names no package that the variant does without."""
    if VARIANTS.get(target) != framework:
        return False
    left = set(tables.packages[framework]) - set(tables.packages[target])
    return not any(name.split(".")[0] in left for name in names)


def _helper_texts(
    converted: list[Converted], places: dict[str, str], table: Table, texts: dict[str, str]
) -> dict[str, str]:
    """Relative path -> text of each helper module that is needed; ``places`` are their paths for each file."""
    wanted: dict[str, set[str]] = {}
    used: dict[str, set[str]] = {}
    for item in converted:
        if not item.helpers:
            continue
        path = places[item.relative]
        wanted.setdefault(path, set()).update(item.helpers)
        used.setdefault(path, set()).update(item.helpers - item.tested)
    texts = texts | {item.relative: item.code for item in converted if item.code is not None}
    return {
        path: helper_module(units, table, units - used[path], texts.values()) for path, units in sorted(wanted.items())
    }


def _run_key(texts: dict[str, str], target: str, source: str, line_length: int, layout: str) -> str:
    digest = hashlib.sha256(f"{stamp()}|{target}|{source}|{line_length}|{layout}".encode())
    for relative, text in sorted(texts.items()):
        digest.update(relative.encode())
        digest.update(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return digest.hexdigest()


def _load_run(key: str):
    try:
        return pickle.loads((cache_dir() / f"run-{key[:32]}.pickle").read_bytes())
    except (OSError, pickle.PickleError, EOFError, AttributeError, ImportError):
        return None


def _store_run(key: str, stored) -> None:
    path = cache_dir() / f"run-{key[:32]}.pickle"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_bytes(pickle.dumps(stored, protocol=5))
        os.replace(beside, path)
    except OSError:
        return


def _collect(found, texts, converted, helpers, source, target, started, layouts) -> Run:
    outputs = dict(texts)
    sites: Counter[str] = Counter()
    diagnostics: list[Diagnostic] = []
    used: set[str] = set()
    errors = list(found.problems)
    for item in converted:
        if item.code is not None:
            outputs[item.relative] = item.code
        if item.error:
            errors.append(item.error)
        sites.update(item.sites)
        diagnostics.extend(item.diagnostics)
        used |= item.helpers
    changed = sum(item.code is not None for item in converted)
    outputs.update(helpers)
    report = Report(
        source=source or "auto",
        target=target,
        files=len(texts),
        converted=changed,
        lines=sum(text.count("\n") for text in texts.values()),
        seconds=time.perf_counter() - started,
        sites={grade: sites.get(grade, 0) for grade in ("exact", "close", "approximate", "refused", "kept")},
        diagnostics=tuple(diagnostics),
        helpers=tuple(sorted(used)),
        errors=tuple(errors),
        layouts=layouts,
    )
    return Run(outputs, found.others, found.root, report)


def convert_text(
    text: str,
    source: str = "torch",
    target: str = "jax",
    name: str = "module",
    beside: tuple[str, ...] | None = None,
    sizes: Mapping[tuple[str, str], str] | None = None,
) -> Converted:
    """Convert the text of one module that stands alone, or that other modules are converted ``beside``.

    These are of the packages with the given names, or the rest of a user's code. Nobody knows what they ask layers for.
    ``sizes`` are those of the inputs of Keras' layers, by class and attribute, of a text that is a whole project.
    """
    from ..rules import by_node
    from .convert import convert_module

    tables = load()
    indexer = Indexer(name, False, known_names(tables[source]))
    tree = ast.parse(text)
    info = indexer.index(tree)
    file = SourceFile(Path(f"{name}.py"), f"{name}.py", name)
    nodes, frameworks = {file.relative: indexer.walk(tree)}, {file.relative: source}
    of = [file], {file.relative: text}, nodes, {name: info}, frameworks, tables, target
    if sizes is not None:
        project = styled(*of, sizes=sizes)
    else:
        project = Project({name: info}, beside=beside or (), linen=style_of_linen(*of), live=True)
    if sizes is None and beside is None:
        project = replace(project, haiku=style_of_haiku(*of))
        project = replace(project, own_layers=own_layers_of([file], nodes, project, frameworks, tables, target))
    project = project.with_passed()
    project = project.with_mixins(tables) if source == "torch" else project
    return convert_module(text, file, project, tables, source, target, by_node(), f"{target}_helpers")
