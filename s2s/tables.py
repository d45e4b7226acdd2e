"""The framework tables: TOML that people edit, compiled into the form the stages look things up in."""

from __future__ import annotations

import ast
import os
import pickle
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from .garbage import without_collection
from .helper_names import with_helper_entries
from .hub_table import hub_table
from .places import DIALECTS, FRAMEWORKS, MAPPINGS, TARGETS, VARIANTS, cache_dir, stamp
from .table_model import (
    Entry,
    Form,
    HubOp,
    KnownNames,
    NativeArg,
    Param,
    Table,
    TableError,
    Tables,
    Template,
    signature_params,
)
from .template_units import template_units
from .toml_files import read_toml
from .twins import with_twin_entries, with_twins, without_twins
from .variants import variant

__all__ = [
    "DIALECTS", "FRAMEWORKS", "MAPPINGS", "TARGETS", "VARIANTS", "Entry", "Form", "HubOp", "KnownNames", "NativeArg",
    "Param", "Table", "Tables", "Template", "cache_dir", "load", "stamp",
]  # fmt: skip


@cache
def load() -> Tables:
    """The compiled tables, from the cache when no table or template changed."""
    cached = cache_dir() / f"tables-{stamp()[:20]}.pickle"
    try:
        hub, frameworks, packages = _unpickled(cached.read_bytes())
        return Tables(_unpickled(hub), StoredTables(frameworks), packages)
    except (OSError, ValueError, pickle.PickleError, AttributeError, EOFError, ImportError):
        pass
    tables = compile_tables()
    _store(cached, tables)
    return tables


def _unpickled(data: bytes) -> Any:
    with without_collection():
        return pickle.loads(data)


class StoredTables(Mapping[str, Table]):
    """The tables of all frameworks; each is read from its stored form when it is first asked for."""

    def __init__(self, stored: dict[str, bytes]) -> None:
        self._stored = stored
        self._read: dict[str, Table] = {}

    def __getitem__(self, framework: str) -> Table:
        if framework not in self._read:
            self._read[framework] = _unpickled(self._stored[framework])
        return self._read[framework]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def _store(path: Path, tables: Tables) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
            stored = {name: pickle.dumps(table, protocol=5) for name, table in tables.frameworks.items()}
            pickle.dump((pickle.dumps(tables.hub, protocol=5), stored, tables.packages), handle, protocol=5)
        os.replace(handle.name, path)
    except OSError:
        return


def compile_tables() -> Tables:
    """Read and check all TOML tables and index the templates."""
    hub = {}
    for topic, name, raw in _sections(MAPPINGS / "ivy"):
        hub[name] = _hub_op(topic, name, raw)
    hub = with_twins(hub)
    frameworks = {}
    for framework in FRAMEWORKS:
        frameworks[framework] = _compile_framework(framework, hub)
    frameworks["jax"] = _inherit(frameworks["jax"], frameworks["numpy"], hub)
    frameworks = {name: with_helper_entries(table, hub) for name, table in frameworks.items()}
    config = _config("ivy")
    frameworks["ivy"] = _index(hub_table(without_twins(hub), frameworks.values(), config, template_units("ivy")), hub)
    for name, base in VARIANTS.items():
        made = variant(name, frameworks[base], _config(name), *_entries_of(name, hub), hub)
        frameworks[name] = _index(replace(made, reserved=_reserved(made.templates.get("RESERVED"))), hub)
    return Tables(hub, frameworks, {name: table.packages for name, table in frameworks.items()})


def _config(name: str) -> dict[str, Any]:
    return read_toml(MAPPINGS / name / "framework.toml")


def _sections(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.toml")):
        if path.stem == "framework":
            continue
        try:
            data = read_toml(path)
        except ValueError as error:
            raise TableError(f"{path}: {error}") from error
        for name, raw in data.items():
            yield path.stem, name, raw


def _hub_op(topic: str, name: str, raw: dict[str, Any]) -> HubOp:
    try:
        params = signature_params(raw["signature"])
    except (KeyError, SyntaxError) as error:
        raise TableError(f"ivy/{topic}.toml [{name}]: signature: {error}") from error
    return HubOp(
        name=name,
        params=params,
        returns=raw.get("returns", "layer" if raw.get("layer") else "unknown"),
        doc=raw.get("doc", ""),
        samples=tuple(raw.get("samples", ())),
        random=raw.get("random", False),
        layer=raw.get("layer", False),
        topic=topic,
        fields=tuple(raw.get("fields", ())),
        kinks=raw.get("kinks", {}),
        gives=raw.get("gives", ""),
    )


def _compile_framework(name: str, hub: dict[str, HubOp]) -> Table:
    config = _config(name)
    entries, refusals = _entries_of(name, hub)
    if name == "torch":
        entries = with_twin_entries(entries)
    templates = template_units(name)
    table = Table(
        name=name,
        packages=(*config["packages"], *config.get("libraries", ())),
        imports=config.get("imports", {}),
        renames=config.get("renames", {}),
        settings=config.get("settings", {}),
        entries={native: entry for native, entry in entries.items() if not (entry.layer or entry.fill)},
        refusals=refusals,
        templates=templates,
        own_layers=_own_layers(entries.values()),
        fills={entry.op: entry for entry in entries.values() if entry.fill},
        reserved=_reserved(templates.get("RESERVED")),
        dtype_names=config.get("dtype_names", {}),
    )
    return _index(table, hub)


def _own_layers(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """The target's own layers for each layer of the hub, in the order in which they are tried."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in entries:
        if entry.layer:
            found[entry.op] = (*found.get(entry.op, ()), entry)
    return found


def _entries_of(name: str, hub: dict[str, HubOp]) -> tuple[dict[str, Entry], dict[str, str]]:
    """The entries of a framework's own tables by native name, and its reasons for what is not written."""
    entries: dict[str, Entry] = {}
    refusals: dict[str, str] = {}
    ignored = _config(name).get("ignored", {})
    for topic, native, raw in _sections(MAPPINGS / name):
        place = f"{name}/{topic}.toml [{native}]"
        entry = _ignoring(_with_layer_args(_entry(native, raw, place), hub), ignored)
        if native in entries:
            raise TableError(f"{place}: defined twice")
        entries[native] = entry
        for alias in raw.get("aliases", ()):
            entries.setdefault(alias, replace(entry, native=alias, writable=False))
        if native.startswith("@") and entry.refuse:
            refusals[entry.op or native[1:]] = entry.refuse
    return entries, refusals


def _ignoring(entry: Entry, ignored: Mapping[str, Sequence[str]]) -> Entry:
    """An entry that takes and drops the arguments that all functions of its package have (``name`` in TensorFlow)."""
    for prefix, names in ignored.items():
        if entry.native.startswith(prefix) and not entry.refuse:
            more = frozenset(names) - {param.native for param in entry.args}
            overloads = tuple(replace(part, ignore=part.ignore | more) for part in entry.overloads)
            return replace(entry, ignore=entry.ignore | more, overloads=overloads)
    return entry


def _with_layer_args(entry: Entry, hub: dict[str, HubOp]) -> Entry:
    """A layer whose arguments are not listed has those of the hub's layer."""
    op = hub.get(entry.op)
    if op is None or not op.layer or entry.args or entry.layer:
        return entry
    return replace(entry, args=tuple(NativeArg(p.name, p.name) for p in op.params if not p.variadic))


def _reserved(unit: Template | None) -> frozenset[str]:
    """The attribute names that the module template reserves."""
    if unit is None:
        return frozenset()
    strings = [n.value for n in ast.walk(ast.parse(unit.text)) if isinstance(n, ast.Constant)]
    return frozenset(word for text in strings if isinstance(text, str) for word in text.split())


# Libraries whose names of types are read and never written: what is converted need not have them.
_READ_ALONE = frozenset(("chex", "optax"))


def _index(table: Table, hub: dict[str, HubOp]) -> Table:
    methods: dict[str, list[Entry]] = {}
    properties: dict[str, Entry] = {}
    candidates: dict[str, list[Entry]] = {}
    constants: dict[str, str] = {}
    types: dict[str, str] = {}
    for native, entry in sorted(table.entries.items()):
        owner, _, last = native.rpartition(".")
        is_method = owner in table.settings.get("array_types", ())
        if entry.readable:
            if entry.property:
                if is_method:
                    properties[last] = entry
            elif is_method:
                methods.setdefault(last, []).insert(0, entry)
            for name in _method_names(entry):
                if entry not in methods.get(name, ()):
                    methods.setdefault(name, []).append(entry)
        if entry.const and (entry.preferred or entry.const not in constants):
            constants[entry.const] = native
        written = native.split(".")[0] not in _READ_ALONE
        if entry.type and written and (entry.preferred or entry.type not in types):
            types[entry.type] = native
        if entry.writable and not (entry.property or is_method or entry.refuse):
            for part in entry.overloads or (entry,):
                if part.op and part.writable:
                    candidates.setdefault(part.op, []).append(replace(part, native=entry.native))
    return replace(
        table,
        methods={name: tuple(found) for name, found in methods.items()},
        properties=properties,
        writes={op: min(found, key=_write_rank) for op, found in candidates.items()},
        constants=constants,
        type_names={kind: _names_of_type(table, kind) for kind in types},
        family_bases={e.op: e for e in reversed(table.entries.values()) if e.op.endswith(".Layer")},
        types=types,
    )


def _names_of_type(table: Table, kind: str) -> tuple[str, ...]:
    """The native names of a type such as ``dtype``, in the order of the tables."""
    return tuple(native for native, entry in table.entries.items() if entry.type == kind)


def _write_rank(entry: Entry) -> tuple[bool, bool, int, str]:
    """Preferred entries first, then those that exist only to be written, then the shortest name."""
    return (not entry.preferred, not entry.native.startswith("@"), len(entry.native), entry.native)


def _method_names(entry: Entry) -> tuple[str, ...]:
    names = list(entry.method)
    for part in entry.overloads:
        names.extend(name for name in part.method if name not in names)
    return tuple(names)


def _entry(native: str, raw: dict[str, Any], place: str) -> Entry:
    unknown = set(raw) - _KEYS
    if unknown:
        raise TableError(f"{place}: unknown keys {sorted(unknown)}")
    method = raw.get("method", ())
    graded = {key: raw[key] for key in ("grade", "note") if key in raw}
    ignore = frozenset(raw.get("ignore", ()))
    return Entry(
        native=native,
        op=raw.get("op", ""),
        args=tuple(_native_arg(c, n) for c, n in raw.get("args", {}).items()),
        order=tuple(raw.get("order", ())),
        defaults={k: literal_text(v) for k, v in raw.get("defaults", {}).items()},
        ignore=ignore,
        fixed={k: literal_text(v) for k, v in raw.get("fixed", {}).items()},
        values={k: {literal_text(a): literal_text(b) for a, b in v.items()} for k, v in raw.get("values", {}).items()},
        when=tuple(raw.get("when", {}).items()),
        method=(method,) if isinstance(method, str) else tuple(method),
        method_variadic=raw.get("method_variadic", ""),
        property=raw.get("property", False),
        overloads=tuple(
            replace(made, readable=True, ignore=made.ignore | ignore)
            for made in (_entry(native, graded | part, place) for part in raw.get("overloads", ()))
        ),
        forms=tuple(_form(form) for form in raw.get("forms", ())),
        write=raw.get("write", ""),
        helper=raw.get("helper", ""),
        refuse=raw.get("refuse", ""),
        grade=raw.get("grade", "exact"),
        note=raw.get("note", ""),
        const=raw.get("const", ""),
        type=raw.get("type", ""),
        kind=raw.get("kind", ""),
        fold=raw.get("fold", ""),
        drop=raw.get("drop", False),
        context=raw.get("context", ""),
        readable=raw.get("read", True) and not raw.get("write_only", False),
        writable=not raw.get("read_only", False),
        preferred=raw.get("preferred", False),
        place=place,
        layer=raw.get("layer", ""),
        differs_in=tuple(raw.get("differs_in", ())),
        trained=raw.get("trained", False),
        penalised=raw.get("penalised", {}),
        initializers=raw.get("initializers", {}),
        started=raw.get("started", ""),
        computed=raw.get("computed", {}),
        size=raw.get("size"),
        sized=_form(raw["sized"]) if "sized" in raw else None,
        fill=raw.get("fill", ""),
        kink=raw.get("kink", ""),
    )


def _form(raw: dict[str, Any]) -> Form:
    return Form(
        tuple(raw.get("when", {}).items()),
        raw.get("write", ""),
        raw.get("helper", ""),
        raw.get("call", ""),
        frozenset(raw.get("drop", ())),
        {key: literal_text(value) for key, value in raw.get("add", {}).items()},
        raw.get("kink", ""),
    )


_KEYS = frozenset(
    "op args order defaults ignore fixed values when method method_variadic property overloads forms write helper "
    "refuse grade note const type kind fold drop context read write_only read_only preferred aliases link "
    "removed layer differs_in initializers started computed size sized fill kink trained penalised".split()
)


def _native_arg(canonical: str, native: str) -> NativeArg:
    name = native.lstrip("*/")
    return NativeArg(canonical, name, native.startswith("*"), "/" in native[: len(native) - len(name)])


def literal_text(value: Any) -> str:
    """A TOML value as Python source. Strings that name Python literals ("None") stay bare."""
    if isinstance(value, str) and value in ("None", "()", "True", "False"):
        return value
    if isinstance(value, list):
        return repr(tuple(value))
    return repr(value)


def _inherit(jax: Table, numpy: Table, hub: dict[str, HubOp]) -> Table:
    """Every ``numpy.*`` entry holds for ``jax.numpy.*`` too unless the JAX tables say otherwise."""
    absent = frozenset(jax.settings.get("not_in_jax_numpy", ()))
    entries = dict(jax.entries)
    own = {e.op for n, e in jax.entries.items() if e.writable and e.op and not e.method}
    own |= {p.op for e in jax.entries.values() for p in e.overloads if e.writable}
    own |= set(jax.refusals)
    for native, entry in numpy.entries.items():
        if not native.startswith("numpy.") or native in absent or native.startswith("numpy.random"):
            if native.startswith("@") and (entry.write or entry.forms) and native not in entries:
                if not entry.refuse and entry.op not in own and entry.op not in jax.templates:
                    entries[native] = _renamed(entry, native)
            continue
        name = re.sub(r"^numpy\.ndarray\.|^", lambda m: "jax.Array." if m[0] else "jax.", native)
        if name in entries or entry.type:
            continue
        entries[name] = _renamed(entry, name, frozenset(jax.settings.get("ignored", ())))
        if entry.op in own and not entry.preferred:
            entries[name] = replace(entries[name], writable=False)
    entries = {n: replace(e, writable=False) if e.op in own and n not in jax.entries else e for n, e in entries.items()}
    return _index(replace(jax, entries=entries), hub)


def _renamed(entry: Entry, name: str, ignore: frozenset[str] = frozenset()) -> Entry:
    forms = tuple(
        replace(f, write=_to_jnp(f.write), call=f.call.replace("numpy.", "jax.numpy.", 1)) for f in entry.forms
    )
    overloads = tuple(_renamed(part, name, ignore) for part in entry.overloads)
    ignore = entry.ignore | ignore
    return replace(entry, native=name, ignore=ignore, write=_to_jnp(entry.write), forms=forms, overloads=overloads)


def _to_jnp(template: str) -> str:
    return template.replace("np.", "jnp.").replace("jjnp.", "jnp.")


def known_names(table: Table) -> KnownNames:
    """The framework types that annotations may name, and which names are converted."""
    types = {native: entry.type for native, entry in table.entries.items() if entry.type and entry.type != "module"}
    types |= {native: "variable" for native, entry in table.entries.items() if entry.op in ("Parameter", "Buffer")}
    return KnownNames(types, (table,))
