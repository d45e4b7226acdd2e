"""Hub samples in any framework: ``std(f32[3,4], axis=-1)`` -> ``torch.std(x0, dim=-1)``, ``np.std(x0, axis=-1)``."""

from __future__ import annotations

import ast
import re
import zlib
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from ivy.s2s.lift import same_literal
from ivy.s2s.tables import Entry, HubOp, Table, Tables

from . import sampling

_SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_PYTHON_NAMES = ("slice", "float", "True", "False", "None")
_SPELLED_PACKAGES = ("torch", "tensorflow", "keras", "jax", "numpy", "math")


class Unspellable(Exception):
    """The framework has no way to say a sample with the entry that was asked for."""


def header(table: Table) -> str:
    """The imports of a module in which samples are spelled, one line each."""
    known = [text for name, text in table.imports.items() if _is_spelled(name, table)]
    return "".join(f"{text}\n" for text in known)


def _is_spelled(name: str, table: Table) -> bool:
    head = name.split(".")[0]
    return head in _SPELLED_PACKAGES and (head in table.packages or head == "math")


def native_text(name: str, table: Table) -> str:
    """A full native name as the framework's users write it: ``numpy.std`` -> ``np.std``."""
    for package in sorted(table.imports, key=len, reverse=True):
        if name.startswith(f"{package}.") and _is_spelled(package, table):
            bound = re.split(r"\bas\b|\bimport\b", table.imports[package])[-1].strip()
            return bound + name[len(package) :]
    return name


def array_type(table: Table) -> str:
    """The annotation of an array."""
    return native_text(table.settings["array_types"][0], table)


@dataclass(frozen=True)
class Spelling:
    """One way to call a hub op: an entry's function, method, property or template.

    ``spread`` gives a variadic parameter as several arguments, ``x.view(2, 3)``, and not as one sequence;
    ``bare`` leaves out parameters that are accepted with one value only.
    """

    entry: Entry
    method: str = ""
    spread: bool = False
    bare: bool = False

    @property
    def is_property(self) -> bool:
        return bool(self.method) and self.entry.property


@cache
def _ways(framework: str, tables: _ById) -> dict[str, list[Spelling]]:
    """Hub op -> every way in which a framework's tables name it: functions first, then methods."""
    functions: dict[str, list[Spelling]] = {}
    methods: dict[str, list[Spelling]] = {}
    table = tables.value[framework]
    for native, entry in sorted(table.entries.items(), key=lambda item: _rank(item[1])):
        owner, _, last = native.rpartition(".")
        is_method = owner in table.settings.get("array_types", ())
        for part in entry.overloads or (entry,):
            if not part.op or entry.refuse or part.refuse or not _is_readable(native, entry, part):
                continue
            if is_method or entry.property:
                methods.setdefault(part.op, []).append(Spelling(_as(entry, part), last))
                continue
            functions.setdefault(part.op, []).extend(_functions(entry, part))
            if not native.startswith("@"):
                names = part.method or entry.method
                methods.setdefault(part.op, []).extend(Spelling(_as(entry, part), n) for n in names)
    return {
        op: [*functions.get(op, ()), *methods.get(op, ())]
        for op in dict.fromkeys([*functions, *methods])
    }


def _functions(entry: Entry, part: Entry) -> list[Spelling]:
    """The function of an entry; one for each template of an entry that has no name."""
    forms = [form for form in part.forms if form.write]
    if not entry.native.startswith("@") or not forms:
        return [Spelling(_as(entry, part))]
    return [Spelling(replace(_as(entry, part), write=f.write, when=f.when)) for f in forms]


def _is_readable(native: str, entry: Entry, part: Entry) -> bool:
    """Whether source code may hold this entry; a template of the table is as good as a function."""
    if native.startswith("@"):
        return bool(part.write or part.forms)
    return entry.readable and _is_spelled(native, _ANY)


def _rank(entry: Entry) -> tuple[bool, bool, bool, int, str]:
    """Usual spellings first: preferred entries, functions that are also written, the short names."""
    template, native = entry.native.startswith("@"), entry.native
    return (not entry.preferred, template, not entry.writable, len(native), native)


@dataclass(frozen=True, eq=False)
class _ById:
    """Tables as a key of a cache."""

    value: Tables


_known: dict[int, _ById] = {}
_ANY = Table("any", packages=_SPELLED_PACKAGES)


def spellings(op: str, tables: Tables, source: str = "torch") -> list[Spelling]:
    """Every way in which a framework's tables name an op."""
    key = _known.setdefault(id(tables), _ById(tables))
    ways = _ways(source, key).get(op, [])
    ways = ways + [replace(way, spread=True) for way in ways if _spreads(way)]
    if source == "torch":
        return ways
    return [variant for way in ways for variant in _bare_first(way)]


def _bare_first(way: Spelling) -> list[Spelling]:
    return [replace(way, bare=True), way] if way.entry.fixed else [way]


def _spreads(way: Spelling) -> bool:
    variadic = any(a.variadic for a in way.entry.args)
    return variadic or bool(way.method and way.entry.method_variadic)


def _as(entry: Entry, part: Entry) -> Entry:
    return replace(part, native=entry.native, property=entry.property)


class Speller:
    """Spells one sample, collecting the arrays that become parameters ``x0``, ``x1`` ...

    The constructor of a sample ``Conv2d(3, 8, 3)(f32[2,3,9,9])`` becomes ``layer``, its call ``self.layer(x0)``;
    the constructor takes the first ``layer_arrays`` arrays.
    """

    def __init__(
        self, sample: str, tables: Tables, first: Spelling | None = None, source: str = "torch"
    ) -> None:
        self.tables = tables
        self.source = source
        self.table = tables[source]
        self.arrays: list[np.ndarray] = []
        self.rng = np.random.default_rng(zlib.crc32(sample.encode()))
        self.first = first
        self.layer = ""
        self.layer_arrays = 0
        source = sampling._INDEX_NOTATION.sub(r"idx(\g<shape>, n=\g<n>)", sample)
        self.tree = ast.parse(source, mode="eval").body

    def text(self) -> str:
        """The sample in the source framework."""
        return self.expression(self.tree)

    def array(self, kind: str, shape: tuple[int, ...], n: int = 0) -> str:
        self.arrays.append(sampling.draw(kind, shape, self.rng, n))
        return f"x{len(self.arrays) - 1}"

    def expression(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Subscript):
            if isinstance(node.value, ast.Name) and node.value.id in sampling.KINDS:
                shape = ast.literal_eval(node.slice)
                return self.array(node.value.id, shape if isinstance(shape, tuple) else (shape,))
            return f"{self.expression(node.value)}[{ast.unparse(node.slice)}]"
        if isinstance(node, ast.Name):
            return self.name(node.id)
        if isinstance(node, (ast.Tuple, ast.List)):
            return self.sequence(node)
        if isinstance(node, ast.Starred):
            return f"*{self.expression(node.value)}"
        if isinstance(node, ast.Attribute):
            return f"{self.expression(node.value)}.{node.attr}"
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare)):
            return self.operator(node)
        return ast.unparse(node)

    def named(self, native: str) -> str:
        """A full native name as it is written here."""
        if native.startswith("@"):
            raise Unspellable(native)
        return native if self.source == "torch" else native_text(native, self.table)

    def name(self, name: str) -> str:
        if name in sampling.DTYPES:
            return self.named(self.table.constants.get(name, "@"))
        return f'float("{name}")' if name in ("inf", "nan") else name

    def sequence(self, node: ast.Tuple | ast.List) -> str:
        items = ", ".join(self.expression(item) for item in node.elts)
        if isinstance(node, ast.List):
            return f"[{items}]"
        return f"({items},)" if len(node.elts) == 1 else f"({items})"

    def operator(self, node: ast.BinOp | ast.UnaryOp | ast.Compare) -> str:
        """An operator with its operands spelled in reading order."""
        if isinstance(node, ast.UnaryOp):
            return f"-{self.expression(node.operand)}"
        left, right = (
            (node.left, node.right)
            if isinstance(node, ast.BinOp)
            else (node.left, node.comparators[0])
        )
        sign = type(node.op if isinstance(node, ast.BinOp) else node.ops[0])
        return f"({self.expression(left)} {_SIGNS[sign]} {self.expression(right)})"

    def call(self, node: ast.Call) -> str:
        if isinstance(node.func, ast.Name) and node.func.id == "idx":
            shape = tuple(ast.literal_eval(a) for a in node.args)
            return self.array("idx", () if shape == ((),) else shape, node.keywords[0].value.value)
        if isinstance(node.func, ast.Name) and node.func.id == "sign":
            kind = self.expression(node.args[0])
            self.arrays[-1] = np.where(self.arrays[-1] < 0, -1, 1).astype(np.float32)
            return kind
        if not isinstance(node.func, ast.Name) or node.func.id in _PYTHON_NAMES:
            return self.plain_call(node)
        return self.op_call(node, self.tables.hub[node.func.id])

    def plain_call(self, node: ast.Call) -> str:
        function = self.expression(node.func)
        if isinstance(node.func, ast.Call):
            self.layer, self.layer_arrays, function = function, len(self.arrays), "self.layer"
        return f"{function}({self.arguments(node)})"

    def arguments(self, node: ast.Call) -> str:
        args = [self.expression(a) for a in node.args]
        return ", ".join(args + [f"{k.arg}={self.expression(k.value)}" for k in node.keywords])

    def op_call(self, node: ast.Call, op: HubOp) -> str:
        spelling, self.first = self.first, None
        if spelling is None:
            known = spellings(op.name, self.tables, self.source)
            if not known:
                raise Unspellable(f"{op.name} has no entry")
            spelling = known[0]
        if op.layer:
            return f"{self.named(spelling.entry.native)}({self.arguments(node)})"
        if any(isinstance(arg, ast.Starred) for arg in node.args):
            return f"{self.named(spelling.entry.native)}({self.arguments(node)})"
        values = self.bound(node, op)
        if spelling.entry.write and not spelling.method:
            return self.filled(spelling.entry, op, values)
        return self.native(spelling, op, values)

    def bound(self, node: ast.Call, op: HubOp) -> dict[str, list[str]]:
        """Canonical name -> texts; several for a variadic parameter."""
        values: dict[str, list[str]] = {}
        for index, arg in enumerate(node.args):
            plain = not any(p.variadic for p in op.params[: index + 1])
            param = op.params[index] if plain else next(p for p in op.params if p.variadic)
            values.setdefault(param.name, []).append(self.expression(arg))
        for keyword in node.keywords:
            values[str(keyword.arg)] = [self.expression(keyword.value)]
        return values

    def filled(self, entry: Entry, op: HubOp, values: dict[str, list[str]]) -> str:
        if entry.native.startswith("@") and not _fits(entry, values):
            raise Unspellable("another form is for these arguments")
        text = entry.write
        for param in op.params:
            mentioned, given = "{" + param.name + "}" in text, param.name in values
            value = values.get(param.name, [param.default or "None"])[0]
            if given and not mentioned or mentioned and not given and value == "None":
                raise Unspellable(param.name)
            text = text.replace("[{" + param.name + "}]", f"[{_subscript(value)}]")
            text = text.replace("{" + param.name + "}", f"({value})")
        return text

    def native(self, spelling: Spelling, op: HubOp, values: dict[str, list[str]]) -> str:
        entry = spelling.entry
        extra = set(values) - {a.canonical for a in entry.args}
        if extra or (op.params and not entry.args):
            raise Unspellable(f"no argument for {extra}")
        out, by_position = [], True
        for arg in entry.args:
            texts = values.get(arg.canonical)
            if texts is None:
                by_position = False
                continue
            texts = [_native_value(entry, arg.canonical, text) for text in texts]
            param = op.param(arg.canonical)
            positional = by_position and (param is None or param.positional or param.variadic)
            spread = arg.variadic or (spelling.method and entry.method_variadic == arg.canonical)
            if spread and spelling.spread and texts[0].startswith("("):
                out += [text for text in [texts[0][1:-1].rstrip(",")] if text]
            elif positional or arg.variadic or arg.positional_only:
                out += texts
            else:
                by_position = False
                out.append(f"{arg.native}={texts[0]}")
        stated = {} if spelling.bare else entry.fixed
        fixed = [f"{k}={v}" for k, v in stated.items() if v != "None"]
        if not spelling.method:
            return f"{self.named(entry.native)}({', '.join(out + fixed)})"
        if entry.args[0].canonical not in values:
            raise Unspellable("no receiver")
        tail = "" if spelling.is_property else f"({', '.join(out[1:] + fixed)})"
        return f"{out[0]}.{spelling.method}{tail}"


# What a literal has to be for a form that states the predicate; whatever is no literal fits them all.
_LITERALS: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (float,), "bool": (bool,), "str": (str,), "scalar": (int, float, bool),
    "list": (list,), "tuple": (tuple,), "sequence": (list, tuple), "none": (type(None),),
}  # fmt: skip


def _fits(entry: Entry, values: dict[str, list[str]]) -> bool:
    """Whether the literals among the arguments are what a form is for."""
    return all(
        name not in values or _is_literal(values[name][0], _LITERALS[predicate])
        for name, predicate in entry.when
        if predicate in _LITERALS
    )


def _is_literal(text: str, wanted: tuple[type, ...]) -> bool:
    try:
        return type(ast.literal_eval(text)) in wanted
    except ValueError:
        return True


def _subscript(text: str) -> str:
    """An index as it is written between brackets: ``(0, slice(None, None, -1))`` -> ``0, ::-1``."""
    node = ast.parse(text, mode="eval").body
    parts = node.elts if isinstance(node, ast.Tuple) and node.elts else [node]
    return ", ".join(_slice(part) for part in parts)


def _slice(node: ast.expr) -> str:
    if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "slice"):
        return ast.unparse(node)
    limits = ["" if ast.unparse(arg) == "None" else ast.unparse(arg) for arg in node.args]
    start, stop, step = [*([""] if len(limits) == 1 else []), *limits, ""][:3]
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _native_value(entry: Entry, name: str, text: str) -> str:
    for canonical, native in entry.values.get(name, {}).items():
        if same_literal(text, canonical):
            return native
    return text
