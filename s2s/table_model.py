"""What the tables hold: hub ops, native entries, templates."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .row import Row


class TableError(ValueError):
    """A table that cannot be used: the file, the entry and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Param(Row):
    """One canonical parameter of a hub op. ``default`` is source text, None when it is required."""

    name: str
    default: str | None = None
    positional: bool = False
    variadic: bool = False
    keyword: bool = False


@dataclass(frozen=True, slots=True)
class HubOp(Row):
    """A framework-neutral op or layer."""

    name: str
    params: tuple[Param, ...]
    returns: str = "unknown"
    doc: str = ""
    samples: tuple[str, ...] = ()
    random: bool = False
    layer: bool = False
    topic: str = ""
    # Names of the parts of a tuple that the op returns.
    fields: tuple[str, ...] = ()
    # By framework what the derivative is where it jumps: the name of the helper that has it in other frameworks.
    kinks: dict[str, str] = field(default_factory=dict)
    # What calling a layer surely gives: ``array`` (one), ``several``, or '' where that depends on what it is given.
    gives: str = ""

    def param(self, name: str) -> Param | None:
        return next((p for p in self.params if p.name == name), None)


@dataclass(frozen=True, slots=True)
class NativeArg(Row):
    """A native parameter and the canonical one it stands for ('' when it is ignored)."""

    canonical: str
    native: str
    variadic: bool = False
    positional_only: bool = False


@dataclass(frozen=True, slots=True)
class Form(Row):
    """One way to write an op: an expression template, a helper, or a native call."""

    when: tuple[tuple[str, str], ...] = ()
    write: str = ""
    helper: str = ""
    call: str = ""
    # Of the target's own layers: arguments that this form does not take, and what it is given beside the others.
    drop: frozenset[str] = frozenset()
    add: dict[str, str] = field(default_factory=dict)
    # What the derivative is where it jumps, if this form has another one than the framework's function.
    kink: str = ""


@dataclass(frozen=True, slots=True)
class Entry(Row):
    """One native API: how it is read as a hub op and how the op is written as it."""

    native: str
    op: str = ""
    args: tuple[NativeArg, ...] = ()
    order: tuple[str, ...] = ()
    defaults: dict[str, str] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    fixed: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    when: tuple[tuple[str, str], ...] = ()
    method: tuple[str, ...] = ()
    method_variadic: str = ""
    property: bool = False
    overloads: tuple[Entry, ...] = ()
    forms: tuple[Form, ...] = ()
    write: str = ""
    helper: str = ""
    refuse: str = ""
    grade: str = "exact"
    note: str = ""
    const: str = ""
    type: str = ""
    kind: str = ""
    fold: str = ""
    drop: bool | str = False
    context: str = ""
    readable: bool = True
    writable: bool = True
    preferred: bool = False
    place: str = ""
    # The target's own layer for a hub layer that has a template too, '@' before the name of a template derived from it.
    layer: str = ""
    # The dtypes of inputs for which the own layer gives another dtype than the source's.
    differs_in: tuple[str, ...] = ()
    # Whether the own layer is a model with methods as ``fit``, for projects that ask for them.
    trained: bool = False
    # Arguments that are penalties of parameters of a layer of such a model -> the parameters.
    penalised: dict[str, str] = field(default_factory=dict)
    # Initialisers that the layer's method ``initialized`` takes -> the parameters that they give values.
    initializers: dict[str, str] = field(default_factory=dict)
    # The initialiser whose function of a tensor the layer's method ``initialized`` takes.
    started: str = ""
    # Canonical arguments of an own layer that are computed from what the source is given: expressions.
    computed: dict[str, str] = field(default_factory=dict)
    # The argument that is the size of the last axis of the layer's results; '' for an own layer that keeps it.
    size: str | None = None
    # How the layer is written whose first argument is the size of its inputs, where it is not the class without "Lazy".
    sized: Form | None = None
    # The target's function that fills a tensor as an initialiser of the hub does.
    fill: str = ""
    # What the derivative is where it jumps, if this function has another one than others of its framework for the op.
    kink: str = ""


@dataclass(frozen=True, slots=True)
class Template(Row):
    """A unit of helper source: its text, the units and the imports that it needs."""

    name: str
    topic: str
    text: str
    needs: frozenset[str]
    imports: frozenset[str]
    params: tuple[Param, ...] = ()
    init_params: frozenset[str] = frozenset()
    call_params: frozenset[str] = frozenset()
    open_ended: bool = False
    is_class: bool = False
    bases: tuple[str, ...] = ()
    order: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """Everything known about one framework."""

    name: str
    packages: tuple[str, ...] = ()
    imports: dict[str, str] = field(default_factory=dict)
    renames: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    methods: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    properties: dict[str, Entry] = field(default_factory=dict)
    writes: dict[str, Entry] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    type_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    family_bases: dict[str, Entry] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    reserved: frozenset[str] = frozenset()
    dtype_names: dict[str, str] = field(default_factory=dict)
    helper_entries: dict[str, Entry] = field(default_factory=dict)
    own_layers: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    fills: dict[str, Entry] = field(default_factory=dict)

    @property
    def array_type(self) -> str:
        """The full name of the array class."""
        return self.settings["array_types"][0]

    @property
    def language(self) -> str:
        """The framework whose arrays and functions are written: jax for haiku, else the framework itself."""
        return self.settings.get("language", self.name)

    def renamed(self, native: str) -> str:
        """A full native name without aliases of the modules on the way."""
        for old, new in self.renames.items() if native.startswith((*self.renames,)) else ():
            if old.endswith(".") and native.startswith(old):
                return self.renamed(new + native[len(old) :])
        return native

    def find(self, native: str) -> Entry | None:
        """The entry of a full native name, through module aliases such as ``torch.nn.modules.conv``."""
        entry = self.entries.get(native)
        if entry is None and f"{self.name}_helpers" in native:
            return self.helper_entries.get(native.rpartition(".")[2])
        if entry is None and native.startswith((*self.renames,)):
            for old, new in self.renames.items():
                if native == old or (old.endswith(".") and native.startswith(old)):
                    return self.find(new + native[len(old) :])
        return entry

    def offers(self, name: str) -> bool:
        """Whether a name is converted, or a module that holds such names."""
        entry = self.find(name)
        if entry is not None:
            return not entry.refuse
        return any(native.startswith(f"{name}.") for native in self.entries)


@dataclass(frozen=True, slots=True)
class KnownNames:
    """What is known of a framework's names where no more than the text of a module is read."""

    types: dict[str, str] = field(default_factory=dict)  # qualified names that annotations may hold -> types
    tables: tuple[Table, ...] = ()

    def owns(self, name: str) -> bool:
        """Whether a name belongs to the packages of a framework."""
        packages = [package for table in self.tables for package in table.packages]
        return any(name == package or name.startswith(f"{package}.") for package in packages)

    def find(self, name: str) -> Entry | None:
        """The entry of a name."""
        return next((entry for table in self.tables if (entry := table.find(name)) is not None), None)

    def offers(self, name: str) -> bool:
        """Whether a name is one that is converted."""
        return any(table.offers(name) for table in self.tables)

    def __or__(self, other: KnownNames) -> KnownNames:
        return KnownNames(self.types | other.types, self.tables + other.tables)


@dataclass(frozen=True, slots=True)
class Tables:
    """The hub, every framework, and the packages that belong to each."""

    hub: dict[str, HubOp]
    frameworks: Mapping[str, Table]
    packages: dict[str, tuple[str, ...]]

    def __getitem__(self, framework: str) -> Table:
        return self.frameworks[framework]


def signature_params(signature: str) -> tuple[Param, ...]:
    """The parameters of ``name(x, /, *, axis=None)`` as written."""
    node = ast.parse(f"def {signature}: pass").body[0]
    assert isinstance(node, ast.FunctionDef)
    return function_params(node.args)


def function_params(args: ast.arguments) -> tuple[Param, ...]:
    """Parameters of a parsed signature, defaults as source text."""
    plain = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults)) + list(args.defaults)
    params = []
    for index, (arg, default) in enumerate(zip(plain, defaults, strict=True)):
        text = None if default is None else ast.unparse(default)
        params.append(Param(arg.arg, text, positional=index < len(args.posonlyargs)))
    if args.vararg:
        params.append(Param(args.vararg.arg, "()", variadic=True))
    for arg, kw_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        text = None if kw_default is None else ast.unparse(kw_default)
        params.append(Param(arg.arg, text, keyword=True))
    return tuple(params)
