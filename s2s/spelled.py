"""A hub op as a Python function over one framework: what the converter would write, compiled."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import libcst as cst

from . import nodes
from .joined import APART, joined, statements, tried_first
from .kinds import ARRAY, NDARRAY, UNKNOWN, Kind
from .lift import Bound, Refused
from .lower import Writer
from .tables import HubOp, Table, load
from .template_modules import template_module


class NotAvailable(NotImplementedError):
    """An op, or this use of it, that a backend does not have."""


@dataclass(frozen=True, slots=True)
class Given:
    """An argument of a call: its canonical name, its kind, and its text when the literal decides what is written."""

    name: str
    kind: Kind = UNKNOWN
    literal: str = ""
    keyword: bool = False
    is_dtype: bool = False
    absent: bool = False


@dataclass(slots=True)
class _Names:
    """The names that a spelled expression uses, bound to the objects themselves."""

    table: Table
    space: dict[str, Any] = field(default_factory=dict)

    def native(self, name: str) -> cst.BaseExpression:
        local = name.replace(".", "_")
        self.space[local] = resolve(name)
        return cst.Name(local)

    def helper(self, name: str) -> cst.BaseExpression:
        local = name.rpartition(".")[2]
        self.space[local] = template_object(self.table, name)
        return cst.Name(local)

    def known(self, name: str) -> cst.BaseExpression | None:
        for module, statement in self.table.imports.items():
            if statement.split()[-1] == name:
                self.space[name] = import_module(module)
                return None
        if name in self.table.templates:
            return self.helper(name)
        if name in ("copy", "math", "operator", "itertools", "functools"):
            self.space[name] = import_module(name)
        return None


def resolve(name: str) -> Any:
    """The object of a full native name."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            value = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            value = getattr(value, part)
        return value
    raise ImportError(f"{name} is not installed")


def template_object(table: Table, name: str) -> Any:
    """The function or class of a template unit."""
    unit = table.templates[name]
    return getattr(template_module(f"{table.name}.{unit.topic}"), name.rpartition(".")[2])


class NativeDtypes(dict[str, Any]):
    """Hub dtype names -> a framework's own dtypes."""

    def __init__(self, table: Table) -> None:
        self.framework = table.name
        natives = {const: native for const, native in table.constants.items() if table.entries[native].kind == "dtype"}
        super().__init__({const: resolve(native) for const, native in natives.items()})

    def __missing__(self, key: str) -> Any:
        if self.framework != "numpy":
            raise NotAvailable(f"{self.framework} has no dtype {str(key)!r}")
        try:
            self[str(key)] = dtype = getattr(import_module("ml_dtypes"), key)
        except (ImportError, AttributeError):
            raise NotAvailable(f"numpy has no dtype {str(key)!r} without the package ml_dtypes") from None
        return dtype


_dtypes: dict[str, NativeDtypes] = {}


def native_dtypes(framework: str) -> NativeDtypes:
    """The dtypes of a framework, found once."""
    if framework not in _dtypes:
        _dtypes[framework] = NativeDtypes(load()[framework])
    return _dtypes[framework]


def sensitive(op: HubOp, table: Table) -> frozenset[str]:
    """The parameters whose literal values may change what is written."""
    entry = table.writes.get(op.name)
    names = {p.name for p in op.params}
    if entry is None:
        unit = table.templates.get(op.name)
        return frozenset(names - {p.name for p in unit.params}) if unit is not None else frozenset()
    found = set(entry.values)
    for form in entry.forms:
        found |= {n for n, p in form.when if p in ("absent", "given", "none", "literal") or p.startswith("=")}
    for write in (entry.write, *(f.write for f in entry.forms)):
        found |= {n for n in names if write and "{" + n + "}" not in write}
    if not entry.write and not entry.helper:
        found |= names - {a.canonical for a in entry.args}
    return frozenset(found)


def build(op: HubOp, framework: str, given: Sequence[Given]) -> Callable[..., Any]:
    """The function for calls with these arguments; NotAvailable when the framework cannot say it."""
    table = load()[framework]
    names = _Names(table)
    body = nodes.code(_expression(op, table, given, names))
    before = [f"{g.name} = _dtypes[{g.name}]" for g in given if g.is_dtype]
    if table.settings.get("strict_dtypes"):
        kinds = {g.name: g.kind for g in given if not g.absent}
        quick = None if before or op.name in APART else tried_first(_direct(body, given, names.space), kinds)
        if quick is not None:
            return quick
        before += statements(op.name, kinds)
    elif framework == "torch" and any(g.kind == ARRAY for g in given):
        before += [f"{g.name} = torch_as_tensor({g.name})" for g in given if g.kind == NDARRAY]
        names.native("torch.as_tensor")
    direct = None if before else _direct(body, given, names.space)
    if direct is not None:
        return direct
    lines = "".join(f"    {line}\n" for line in [*before, f"return {body}"])
    text = f"def _call({_parameters(op, given)}):\n{lines}"
    names.space |= {"_dtypes": native_dtypes(framework), "_joined": joined} if before else {}
    exec(compile(text, f"<ivy.{op.name} in {framework}>", "exec"), names.space)  # noqa: S102
    return names.space["_call"]


def _expression(op: HubOp, table: Table, given: Sequence[Given], names: _Names) -> cst.BaseExpression:
    """The call in the framework, over names that are the op's parameters."""
    kinds: dict[int, Kind] = {}
    args: dict[str, cst.BaseExpression] = {}
    collected: dict[str, tuple[cst.Arg, ...]] = {}
    for item in given:
        if item.absent:
            continue
        node = nodes.expression(item.literal) if item.literal else cst.Name(item.name)
        args[item.name], kinds[id(node)] = node, item.kind
        param = op.param(item.name)
        if param is not None and param.variadic:
            collected[item.name] = (cst.Arg(node, star="*"),)
    # Lists stay lists here: what an argument is was decided by the caller.
    settings = {**table.settings, "array_operands": ()}
    writer = Writer(
        table=replace(table, settings=settings),
        hub=load().hub,
        native=names.native,
        helper=names.helper,
        visit=lambda node: node,
        kind=lambda node: kinds.get(id(node), UNKNOWN),
        known_name=names.known,
        dtype_name=lambda node: "",
        fresh=lambda name: f"{name}_1",
    )
    by_position = frozenset(item.name for item in given if not item.keyword)
    entry = load()["ivy"].entries[f"ivy.{op.name}"]
    spelled = writer.spell(Bound(entry, args, collected=collected, positional=by_position))
    if isinstance(spelled, Refused):
        raise NotAvailable(f"ivy.{op.name} is not available in {table.name}: {spelled.reason}")
    return spelled.node


def _parameters(op: HubOp, given: Sequence[Given]) -> str:
    """The parameter list of the compiled function: what is given, as it is given."""
    before = []
    for item in given:
        param = op.param(item.name)
        if not item.keyword:
            before.append(f"*{item.name}" if param is not None and param.variadic else item.name)
    after = [item.name for item in given if item.keyword]
    starred = any(text.startswith("*") for text in before)
    return ", ".join([*before, *(["*"] if after and not starred else []), *after])


def _direct(body: str, given: Sequence[Given], space: dict[str, Any]) -> Callable[..., Any] | None:
    """The native function itself, when it is called with exactly the arguments as they are given."""
    call = ast.parse(body, mode="eval").body
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    positional = [arg.id if isinstance(arg, ast.Name) else "" for arg in call.args]
    by_name = {k.arg: k.value.id if isinstance(k.value, ast.Name) else "" for k in call.keywords}
    if positional != [g.name for g in given if not g.keyword]:
        return None
    if by_name != {g.name: g.name for g in given if g.keyword}:
        return None
    return space.get(call.func.id) or getattr(builtins, call.func.id, None)
