"""Reading a call: native arguments bound to the canonical arguments of a hub op."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from . import kinds as k
from .kinds import Kind
from .nodes import code, expression, item, keyword, parenthesized, tuple_of
from .tables import Entry, NativeArg


@dataclass(frozen=True, slots=True)
class Bound:
    """A call read as a hub op: canonical name -> value, in the order of the source."""

    entry: Entry
    args: dict[str, cst.BaseExpression]
    places: dict[str, cst.Arg] = field(default_factory=dict)
    collected: dict[str, tuple[cst.Arg, ...]] = field(default_factory=dict)
    positional: frozenset[str] = frozenset()
    method: bool = False
    implied: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a call cannot be read or written."""

    reason: str
    hint: str = ""


# PyTorch takes NumPy's names for two of these everywhere (torch/csrc/utils/python_arg_parser.cpp), Keras an old one.
SYNONYMS = {
    "alpha": "negative_slope", "axis": "dim", "interpolation": "method", "keepdims": "keepdim", "newshape": "shape",
}  # fmt: skip
KindOf = Callable[[cst.CSTNode], Kind]


def bind(entry: Entry, args: Sequence[cst.Arg], receiver: cst.BaseExpression | None, kind: KindOf) -> Bound | Refused:
    """Read a call of ``entry``; with a receiver, as the method of that name."""
    if entry.refuse:
        return Refused(entry.refuse)
    if not entry.overloads:
        return _bind_one(entry, args, receiver, kind)
    reasons = []
    for part in entry.overloads:
        bound = _bind_one(part, args, receiver, kind)
        if isinstance(bound, Refused):
            reasons.append(bound.reason)
            continue
        return bound
    return Refused(reasons[-1] if len(set(reasons)) == 1 else "none of its overloads takes these arguments")


def _bind_one(
    entry: Entry, args: Sequence[cst.Arg], receiver: cst.BaseExpression | None, kind: KindOf
) -> Bound | Refused:
    if entry.refuse:
        return Refused(entry.refuse)
    native = list(entry.args)
    values: dict[str, cst.BaseExpression] = {}
    places: dict[str, cst.Arg] = {}
    collected: dict[str, tuple[cst.Arg, ...]] = {}
    if receiver is not None:
        if not native:
            return Refused("the method takes no receiver in the tables")
        values[native.pop(0).canonical] = receiver
        native = [replace(p, variadic=p.variadic or p.canonical == entry.method_variadic) for p in native]
    problem = _bind_positional(entry, native, args, values, places, collected, kind)
    if problem:
        return Refused(problem)
    if receiver is not None and not args and native and native[0].variadic and native[0].canonical == "shape":
        values["shape"] = tuple_of([])  # x.reshape(): an array of no axes
    given = frozenset([*collected, *places])
    for arg in args:
        if arg.star == "**":
            problem = _bind_mapping(entry, arg, kind(arg.value), values)
        elif arg.keyword is not None:
            problem = _bind_keyword(entry, arg, values, places)
        if problem:
            return Refused(problem)
    return _checked(entry, values, places, collected, given, receiver, kind)


def _bind_positional(
    entry: Entry,
    native: Sequence[NativeArg],
    args: Sequence[cst.Arg],
    values: dict[str, cst.BaseExpression],
    places: dict[str, cst.Arg],
    collected: dict[str, tuple[cst.Arg, ...]],
    kind: KindOf,
) -> str:
    """Bind the positional arguments; the reason when they do not fit, else ''."""
    given = [arg for arg in args if arg.keyword is None and arg.star != "**"]
    order = _in_order(entry, native)
    for position, arg in enumerate(given):
        if position >= len(order):
            if entry.fixed or position >= len(order) + len(entry.ignore):
                return "too many positional arguments"
            continue
        param = order[position]
        if isinstance(param, str):
            problem = "" if param in entry.ignore else _fixed_problem(entry, param, arg.value)
            if problem:
                return problem
            continue
        rest = given[position:]
        several = param.positional_only or len(rest) > 1 or arg.star or kind(arg.value).tag in ("int", "array")
        if param.variadic and several:
            collected[param.canonical] = tuple(rest)
            values[param.canonical] = _tuple(rest)
            return ""
        axes = _axes(order[position:]) if len(rest) == 1 else []
        if arg.star and axes and isinstance(arg.value, (cst.Name, cst.Attribute)):
            values.update((axis, item(arg.value, place)) for place, axis in enumerate(axes))
            return ""
        if arg.star:
            return "starred arguments cannot be matched with the target's"
        values[param.canonical] = arg.value
        places[param.canonical] = arg
    return ""


def _axes(params: Sequence[NativeArg | str]) -> list[str]:
    """The parameters that are left where they are the two axes of ``x.transpose(*axes)``, which have no defaults."""
    names = [param if isinstance(param, str) else param.canonical for param in params]
    return names if names == ["axis1", "axis2"] else []


def _in_order(entry: Entry, native: Sequence[NativeArg]) -> Sequence[NativeArg | str]:
    """The parameters in native positional order; those between that stand for no canonical one by name."""
    if not entry.order:
        return native
    by_name = {param.native: param for param in native}
    names = entry.order[len(entry.args) - len(native) :]
    return [by_name.get(name, name) for name in names]


def _fixed_problem(entry: Entry, name: str, value: cst.BaseExpression) -> str:
    """Why a parameter that stands for no canonical one cannot have this value, '' when it can."""
    if name not in entry.fixed:
        return f"argument '{name}' has no counterpart"
    if same_literal(code(value), entry.fixed[name]):
        return ""
    return f"argument '{name}' is only converted when it is {entry.fixed[name]}"


def _checked(entry, values, places, collected, given, receiver, kind) -> Bound | Refused:
    unused = values.pop("", None)
    implied = {name: text for name, text in entry.defaults.items() if name not in values}
    for name, text in implied.items():
        values[name] = expression(text)
    for name, predicate in entry.when:
        if not holds(predicate, values.get(name) if name else unused, kind):
            return Refused(f"argument '{name}' is not known to be {predicate}")
    for param in entry.args:
        table = entry.values.get(param.canonical)
        if table and param.canonical in values:
            mapped = _canonical_literal(table, values[param.canonical])
            if mapped is None:
                return Refused(f"argument '{param.native}' must be a literal")
            values[param.canonical] = mapped
    return Bound(
        entry,
        values,
        places,
        collected,
        given,
        receiver is not None,
        frozenset(implied),
    )


def _bind_keyword(
    entry: Entry,
    arg: cst.Arg,
    values: dict[str, cst.BaseExpression],
    places: dict[str, cst.Arg],
) -> str:
    assert arg.keyword is not None
    name = arg.keyword.value
    for param in entry.args:
        if param.native == name and not param.positional_only:
            if param.canonical in values:
                return f"argument '{name}' is given twice"
            values[param.canonical] = arg.value
            places[param.canonical] = arg
            return ""
    if name in entry.ignore:
        return ""
    if name in SYNONYMS and any(a.native == SYNONYMS[name] for a in entry.args):
        renamed = arg.with_changes(keyword=cst.Name(SYNONYMS[name]))
        return _bind_keyword(entry, renamed, values, places)
    return _fixed_problem(entry, name, arg.value)


def _bind_mapping(
    entry: Entry,
    arg: cst.Arg,
    kind: Kind,
    values: dict[str, cst.BaseExpression],
) -> str:
    """``**dd`` with known keys, as ``dtype=dd["dtype"]`` for each."""
    if kind.tag != "dict" or not kind.name or not isinstance(arg.value, cst.Name):
        return "arguments unpacked with ** cannot be matched with the target's"
    for key in kind.name.split(","):
        item = cst.Subscript(arg.value, [cst.SubscriptElement(cst.Index(cst.SimpleString(repr(key))))])
        problem = _bind_keyword(entry, keyword(key, item), values, {})
        if problem:
            return problem
    return ""


def _tuple(args: Sequence[cst.Arg]) -> cst.BaseExpression:
    return tuple_of([cst.StarredElement(a.value) if a.star else a.value for a in args])


def _canonical_literal(table: dict[str, str], value: cst.BaseExpression) -> cst.BaseExpression | None:
    text = code(value)
    for canonical, native in table.items():
        if same_literal(text, native):
            return cst.parse_expression(canonical)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _asked_whether(value, table["True"]) if table.keys() == {"True", "False"} else None
    return value


def _asked_whether(value: cst.BaseExpression, native: str) -> cst.BaseExpression:
    """``side == "right"``: one of two values as a question."""
    target = cst.ComparisonTarget(cst.Equal(), cst.parse_expression(native))
    left = parenthesized(value)
    return cst.Comparison(left, [target], lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def same_literal(a: str, b: str) -> bool:
    """Whether two texts are the same Python literal (0 and 0.0 are)."""
    if a == b:
        return True
    try:
        left, right = ast.literal_eval(a), ast.literal_eval(b)
    except (ValueError, SyntaxError):
        return False
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def holds(predicate: str, value: cst.BaseExpression | None, kind: KindOf) -> bool:
    """Whether a canonical argument satisfies a ``when`` predicate."""
    if predicate == "absent":
        return value is None
    if value is None:
        return False
    if predicate == "given":
        return True
    if predicate.startswith("="):
        return same_literal(code(value), predicate[1:])
    tag = kind(value).tag
    if predicate == "none":
        return tag == "none"
    if predicate == "scalar":
        return tag in k.NUMBERS
    if predicate == "loose":
        return kind(value) == k.LOOSE
    if predicate == "sequence":
        return tag in k.SEQUENCES
    if predicate == "flat":
        return tag == "shape" or tag in k.SEQUENCES and {item.tag for item in kind(value).items} == {"int"}
    if predicate in ("bools", "ints", "floats"):
        return k.content(kind(value)).tag == predicate[:-1]
    if predicate in ("mask", "integers"):
        compared = kind(value) == k.TRUTH and isinstance(value, cst.Comparison)
        return compared or (tag == "array" and k.is_integral(kind(value).name, masks_only=predicate == "mask"))
    if predicate == "narrow":
        return tag == "array" and kind(value).name in ("uint8", "int8", "uint16", "int16")
    if predicate == "floating":
        return tag == "array" and k.has_floats(kind(value))
    if predicate == "literal":
        try:
            ast.literal_eval(code(value))
        except (ValueError, SyntaxError):
            return False
        return True
    if predicate == "callable":
        return tag in ("ref", "function", "class", "method")
    return tag == predicate and kind(value) != k.OPTIONAL_DTYPE
