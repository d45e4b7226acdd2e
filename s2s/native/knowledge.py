"""What the tables say about images: ``mappings/layouts.toml`` beside the hub and the source's table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..tables import Entry, HubOp, NativeArg, Table
from ..twins import layouts
from .values import (
    HOST,
    OUTSIDE,
    Arg,
    Args,
    Array,
    Const,
    Items,
    Sequence,
    Union,
    Value,
)


@dataclass(frozen=True)
class Knowledge:
    """The source's table, the hub and what is known of layouts."""

    table: Table
    hub: dict[str, HubOp]
    entries: dict[str, Entry | None] = field(default_factory=dict)

    def find(self, name: str) -> Entry | None:
        """The source's entry of a qualified name."""
        if name not in self.entries:
            self.entries[name] = self.table.find(name)
        return self.entries[name]

    def spatial(self, op: str) -> int | None:
        """The number of spatial axes of an op that has a twin, 0 for any, None without a twin."""
        return layouts()["twins"].get(op)

    def takes_images(self, op: str) -> bool:
        """Whether an op has a twin and takes nothing but images."""
        return self.spatial(op) is not None and not self.listed("plain", "layers", op) and op != "Flatten"

    def listed(self, section: str, key: str, op: str) -> bool:
        """Whether an op stands in a list of the tables."""
        return op in layouts()[section][key]

    def elementwise(self, op: str) -> bool:
        """Whether the result at each place depends on the operands there alone."""
        own = layouts()["elementwise"]
        found = self.hub.get(op)
        if found is None or op in own["not"]:
            return False
        return op in own["ops"] or op in own["layers"] or found.topic in own["topics"]

    def default(self, entry: Entry, name: str) -> Any:
        """The literal that a canonical argument has when it is not given, None when there is none."""
        import ast

        op = self.hub.get(entry.op)
        param = op.param(name) if op is not None else None
        text = entry.defaults.get(name, param.default if param is not None else None)
        try:
            return None if text is None else ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return None


_SYNONYMS = {"axis": "dim", "keepdims": "keepdim"}


def bind(entry: Entry, args: Args, receiver: Arg | None) -> tuple[Entry, dict[str, Arg]] | None:
    """The overload that a call is one of, and its arguments by canonical name; None when nothing is sure."""
    for part in entry.overloads or (entry,):
        bound = _bound(part, args, receiver)
        if bound is not None and all(_holds(rule, bound.get(name)) for name, rule in part.when):
            return part, bound
    return None


def _bound(entry: Entry, args: Args, receiver: Arg | None) -> dict[str, Arg] | None:
    native: list[NativeArg] = list(entry.args)
    found: dict[str, Arg] = {}
    if receiver is not None:
        if not native:
            return None
        found[native.pop(0).canonical] = receiver
    names = {param.native: param for param in native}
    order = [names.get(n, n) for n in entry.order[len(entry.args) - len(native) :]] if entry.order else list(native)
    for position, arg in enumerate(args.positional):
        if position >= len(order):
            return None
        param = order[position]
        if isinstance(param, str):
            continue
        rest = args.positional[position:]
        variadic = param.variadic or (receiver is not None and param.canonical == entry.method_variadic)
        if variadic and (len(rest) > 1 or isinstance(arg.value, (Const, Array))):
            values = Sequence([a.value for a in rest], args.exact, tuple=True)
            found[param.canonical] = Arg(values, None, tuple(a.node for a in rest))
            break
        found[param.canonical] = arg
    for name, arg in args.keywords.items():
        known = names.get(name) or names.get(_SYNONYMS.get(name, name))
        if known is not None:
            found[known.canonical] = arg
        elif name not in entry.ignore and name not in entry.fixed:
            return None
    return found


def _holds(rule: str, arg: Arg | None) -> bool:
    if rule in ("absent", "given") or arg is None:
        return (arg is None) == (rule == "absent")
    value = arg.value
    if isinstance(value, Union):
        return any(_holds(rule, Arg(option)) for option in value.options)
    if rule == "array":
        return isinstance(value, Array)
    if rule == "sequence":
        return isinstance(value, (Sequence, Items))
    if rule.startswith("="):
        return isinstance(value, Const) and repr(value.value) == rule[1:]
    if rule in ("int", "scalar", "float", "bool", "str", "literal", "ints"):
        return value in (HOST, OUTSIDE) or (isinstance(value, Const) and _is(rule, value))
    return rule == "unknown"


def _is(rule: str, value: Const) -> bool:
    types = {"int": int, "float": float, "bool": bool, "str": str}
    if rule in ("int", "float", "bool", "str"):
        return type(value.value) is types[rule]
    return isinstance(value.value, (int, float)) or rule == "literal"


def returned(text: str) -> Value:
    """An abstract value for a hub op's ``returns``."""
    if text.startswith(("array", "like:")):
        return Array()
    if text.startswith("tuple("):
        return Sequence([returned(part.strip()) for part in text[6:-1].split(",")], tuple=True)
    if text.startswith("list("):
        return Items(returned(text[5:-1]))
    return HOST
