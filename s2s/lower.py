"""Writing a hub op in the target: a native call, an expression template, a method or a helper."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from . import kinks, nodes
from .empty_axes import REDUCTIONS, all_of_none, may_be_empty, none_of_none
from .kinds import ARRAY, DTYPE, GIVEN, HOST, LOOSE, NDARRAY, NUMBERS, SEQUENCES, STR, Kind, asked, content
from .lift import Bound, Refused, holds, same_literal
from .result_kinds import OF_NUMBERS
from .table_model import Param
from .tables import Entry, Form, HubOp, NativeArg, Table, Template

# What functions ask of numbers as of arrays: of an array alone, code asks its attributes.

# What is a number where one of its operands is.
# Ops whose index may be a tuple of indices.
INDEXED = frozenset(("add_at", "maximum_at", "minimum_at", "multiply_at", "subtract_at"))
_OF_AXES = frozenset(("indexing", "linalg", "reductions", "shape", "sorting"))  # topics of ops that look at axes
_OF_LENGTHS = (cst.Add, cst.FloorDivide, cst.Modulo, cst.Subtract)

# Variadic integers of PyTorch may also be given as one sequence.
_ONE_SEQUENCE = ("shape", "axis", "axes", "repetitions")


@dataclass(frozen=True, slots=True)
class Spelled:
    """An op written in the target, with the grade of the whole conversion."""

    node: cst.BaseExpression
    grade: str = "exact"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Writer:
    """How one file writes: the target's table and what names it may use.

    ``native`` spells a full native name (and wants its import), ``helper`` a template unit, ``visit``
    converts an operand, ``fresh`` makes a new variable name.
    """

    table: Table
    hub: dict[str, HubOp]
    native: Callable[[str], cst.BaseExpression]
    helper: Callable[[str], cst.BaseExpression]
    visit: Callable[[cst.BaseExpression], cst.BaseExpression]
    kind: Callable[[cst.CSTNode], Kind]
    known_name: Callable[[str], cst.BaseExpression | None]
    dtype_name: Callable[[cst.BaseExpression], str]
    fresh: Callable[[str], str]
    array_op: str = "tensor"
    given_op: str = "as_tensor"
    list_ints: str = ""
    replaced: Callable[[cst.CSTNode | None], bool] = lambda node: False
    no_axes: str = "none"
    loose: bool = False
    asks: Sequence[str] = ()  # ops that the source also calls with numbers
    graph: bool = False  # whether models of Keras are put together from the target's own layers
    source: str = ""
    trains: bool = False  # whether the project may take gradients

    def spell(self, bound: Bound, original: cst.Call | None = None) -> Spelled | Refused:
        """Write a bound call in the target framework."""
        op = self.hub.get(bound.entry.op)
        if op is None:
            return Refused(f"the hub has no op '{bound.entry.op}'")
        entry = self.table.writes.get(op.name)
        form = self._form(entry, bound) if entry is not None else None
        kinked = self._kinked(op, form, bound)
        if kinked and self.trains:
            return self._graded(bound, entry, self._helper(op, bound, kinked, original))
        if entry is None:
            if op.name in self.table.templates:
                return self._graded(bound, None, self._helper(op, bound, op.name, original))
            reason = self.table.refusals.get(op.name, f"no {self.table.name} counterpart is known")
            return Refused(reason)
        if form is not None and not (form.write or form.helper or form.call):
            return Refused(entry.note or f"no {self.table.name} spelling for these arguments")
        write = form.write if form else entry.write
        helper = form.helper if form else entry.helper
        if taken := self._of_numpy(bound):
            return self._graded(bound, entry, taken)
        if write:
            stated = {name for name, predicate in form.when if predicate not in ("given", "unknown")} if form else set()
            result = self._template(op, entry, bound, write, stated)
        elif helper:
            result = self._helper(op, bound, helper, original)
        else:
            result = self._call(op, entry, bound, form, original)
        if self._empty_axes(bound) and self.no_axes == "none" and not isinstance(result, Refused):
            result = none_of_none(result, self.native, self.helper) or result
        spelled = self._graded(bound, entry, result)
        if kinked and isinstance(spelled, Spelled) and spelled.grade == "exact":
            return replace(spelled, grade="close", note=kinks.kink_note(op, self.table))
        return spelled

    def keeps_kink(self, bound: Bound) -> bool:
        """Whether a helper is written for a call because of its derivative where it jumps."""
        op = self.hub[bound.entry.op]
        entry = self.table.writes.get(op.name) if op.kinks and self.trains else None
        return entry is not None and bool(self._kinked(op, self._form(entry, bound), bound))

    def _kinked(self, op: HubOp, form: Form | None, bound: Bound) -> str:
        if not kinks.may_have_gradients(op, bound.args, self.kind):
            return ""
        return kinks.kink_helper(op, self.source, self.table, form, bound.entry)

    def kink_helper(self, op: HubOp) -> str:
        """The helper that is written for a function of the source because of its derivative where it jumps."""
        return kinks.kink_helper(op, self.source, self.table) if self.trains else ""

    def native_args(self, entry: Entry, bound: Bound) -> list[cst.Arg] | Refused:
        """The arguments of a native call, under its names and in its order."""
        op = self.hub[bound.entry.op]
        return self._unlisted(op, entry, bound) or self._arguments(op, entry, bound, skip_first=False)

    def _empty_axes(self, bound: Bound) -> bool:
        """Whether the source and the target may reduce over other axes because there are none."""
        axes = bound.args.get("axis")
        if axes is None or bound.entry.op not in REDUCTIONS or "axis" in bound.collected:
            return False
        return self.no_axes != self.table.settings.get("no_axes", "none") and may_be_empty(axes, self.kind(axes))

    def _graded(self, bound: Bound, entry: Entry | None, result: cst.BaseExpression | Refused) -> Spelled | Refused:
        if isinstance(result, Refused):
            return result
        grades = ["exact", "close", "approximate"]
        sides = [bound.entry] + ([entry] if entry is not None else [])
        worst = max(sides, key=lambda e: grades.index(e.grade) if e.grade in grades else 0)
        return Spelled(result, worst.grade, worst.note)

    def _form(self, entry: Entry, bound: Bound) -> Form | None:
        if not entry.forms:
            return None
        for form in entry.forms:
            if all(holds(p, bound.args.get(name), self._kind_of(bound, name)) for name, p in form.when):
                return form
        return Form() if not (entry.write or entry.helper or entry.args) else None

    def _kind_of(self, bound: Bound, name: str) -> Callable[[cst.CSTNode], Kind]:
        if name in bound.collected:
            return lambda node: Kind("tuple")
        if name in self.table.settings.get("array_operands", ()) and self.replaced(bound.args.get(name)):
            return lambda node: ARRAY
        if name == "dtype" and isinstance(bound.args.get(name), cst.SimpleString):
            if self.dtype_name(bound.args[name]) in self.table.constants:
                return lambda node: DTYPE
        return self.kind

    def argument(self, bound: Bound, name: str) -> cst.BaseExpression:
        """The value of a canonical argument in the target."""
        return self._value(bound, name)

    def _value(self, bound: Bound, name: str, stated: Collection[str] = ()) -> cst.BaseExpression:
        if name in bound.args and name not in bound.collected and name not in stated:
            adapted = self._adapted(bound, name)
            if adapted is not None:
                return adapted
        if name in bound.collected:
            return nodes.tuple_of(
                [
                    cst.StarredElement(self.visit(a.value)) if a.star else self.visit(a.value)
                    for a in bound.collected[name]
                ]
            )
        if name == "dtype":
            return self._dtype(bound.args[name])
        value = self.visit(bound.args[name])
        if name == "axis" and self._empty_axes(bound) and self.no_axes == "all":
            return all_of_none(value, self.kind(bound.args[name]))
        if name == "axis" and self.table.settings.get("axes_are_tuples") and self.kind(bound.args[name]).tag == "list":
            if not isinstance(value, cst.List):
                return nodes.call(cst.Name("tuple"), value)
        if name in ("shape", "repetitions") and self.table.settings.get("sizes_are_numbers"):
            if self.kind(bound.args[name]).tag == "array":
                return nodes.call(cst.Attribute(nodes.parenthesized(value), cst.Name("tolist")))
        if name == "arrays":
            return self._arrays(bound.args[name], value)
        if isinstance(value, cst.List) and name in ("axis", "axes", "in_axes", "out_axes", "shape"):
            return nodes.tuple_of([e if isinstance(e, cst.StarredElement) else e.value for e in value.elements])
        return value

    def _arrays(self, given: cst.BaseExpression, value: cst.BaseExpression) -> cst.BaseExpression:
        """A list of arrays, with those of NumPy, and what may be numbers, as the target's."""
        slices = self.table.settings.get("joined_slices", "")
        if slices and self.kind(given).tag == "array":
            return nodes.call(self.native(slices), value)
        if slices and isinstance(given, cst.Call) and self.kind(given).tag == "unknown":  # an array, or a list of them
            return nodes.call(cst.Name("tuple"), value)
        if not isinstance(given, (cst.List, cst.Tuple)) or not isinstance(value, (cst.List, cst.Tuple)):
            return value
        if len(value.elements) != len(given.elements):
            return value
        elements = [
            new.with_changes(value=self._one_of_several(old.value) or new.value)
            for old, new in zip(given.elements, value.elements, strict=True)
        ]
        same = all(new.value is old.value for new, old in zip(elements, value.elements, strict=True))
        return value if same else value.with_changes(elements=elements)

    def _one_of_several(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """An element of a list of arrays in the form that the target takes; None for one that stays."""
        kind = self.kind(node)
        if kind == HOST:
            return self.taken_over(node)
        if not self.loose or not self.table.settings.get("number_operands") or self.replaced(node):
            return None
        if kind.tag in NUMBERS:
            return self.as_array(node)
        return self._as_given(node) if kind == LOOSE or kind.tag == "ndarray" else None

    def _adapted(self, bound: Bound, name: str) -> cst.BaseExpression | None:
        """An operand in the form that the target takes: lists and numbers as arrays, an int as a shape."""
        node, op = bound.args[name], self.hub[bound.entry.op]
        kind, settings = self.kind(node), self.table.settings
        tag = kind.tag
        if self.replaced(node) or (op.returns == "bool" and name == "x"):  # a question about the value as it is
            return None
        if name in settings.get("shape_operands", ()) and (tag == "int" or tag == "unknown" and self._counts(node)):
            return nodes.tuple_of([self.visit(node)])
        if kind == HOST and name in settings.get("array_operands", ()):
            return self.taken_over(node)
        if tag == "tuple" and op.name in INDEXED:
            return None  # an index an axis
        wanted = tag in SEQUENCES and name in settings.get("array_operands", ()) and asked(kind, name).tag == tag
        if wanted or (tag in NUMBERS and name in settings.get("number_operands", ())):
            return self.as_array(node)
        counted = op.name in self.asks and tag == "unknown"
        receives = bound.method and name == next(iter(bound.args))  # what has the method is an array
        given = kind == GIVEN and op.topic not in _OF_AXES and op.name not in OF_NUMBERS  # operators take both
        wraps = (given or kind in (LOOSE, NDARRAY)) and not receives and name in settings.get("number_operands", ())
        if counted or wraps and self.loose:
            return self._as_given(node)
        return None

    def _counts(self, node: cst.BaseExpression) -> bool:
        """Whether a length is computed with a number, as ``2 * n + 1``."""
        if not isinstance(node, cst.BinaryOperation) or not isinstance(node.operator, _OF_LENGTHS):
            return False
        return "int" in (self.kind(node.left).tag, self.kind(node.right).tag)

    def _of_numpy(self, bound: Bound) -> cst.BaseExpression | None:
        """What makes an array of one of NumPy, without a dtype."""
        obj, dtype = bound.args.get("obj"), bound.args.get("dtype")
        if obj is None or self.kind(obj) != HOST or (dtype is not None and self.kind(dtype).tag != "none"):
            return None
        return self.taken_over(obj)

    def taken_over(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """An array of NumPy beside arrays of the source as the target's array."""
        return nodes.call(self.helper("from_numpy"), self.visit(node)) if "from_numpy" in self.table.templates else None

    def of_op(self, op: str, **operands: cst.BaseExpression) -> cst.BaseExpression | None:
        """An op of the hub with these operands; None where it has no counterpart."""
        made = self.spell(Bound(Entry("", op=op), operands))
        return made.node if isinstance(made, Spelled) else None

    def _as_given(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """A value that may be an array or a number as an array."""
        return self.of_op(self.given_op, obj=node)

    def as_array(self, node: cst.BaseExpression, dtype: str = "") -> cst.BaseExpression | None:
        """A list or a number as the array that the source's functions make of it, or one of a dtype."""
        if not dtype and content(self.kind(node)).tag == "int":
            dtype = self.list_ints
        stated: dict[str, cst.BaseExpression] = {"dtype": cst.SimpleString(repr(dtype))} if dtype else {}
        return self.of_op(self.array_op, obj=node, **stated)

    def _dtype(self, node: cst.BaseExpression) -> cst.BaseExpression:
        """A dtype argument; one that is stated by name is spelled as the target's constant."""
        if isinstance(node, cst.Name) and node.value in self.table.settings.get("python_dtypes", ()):
            return node
        value = self.visit(node) if isinstance(node, cst.Call) else node
        node = value if isinstance(value, cst.SimpleString) else node  # a call that always gives one name
        if isinstance(node, (cst.SimpleString, cst.Name)) or self.loose and isinstance(node, cst.Attribute):
            native = self.table.constants.get(self.dtype_name(node), "@")
            if not native.startswith("@"):
                return self.native(native)
        made = self.visit(node) if value is node else value
        if self.kind(node) == STR and not self.table.settings.get("dtypes_by_name", True):
            return self.of_op("as_dtype", x=node) or made
        return made

    def _default(self, op: HubOp, bound: Bound, name: str) -> str | None:
        """What the source means when the argument is not given."""
        param = op.param(name)
        return bound.entry.defaults.get(name, param.default if param else None)

    def _template(
        self, op: HubOp, entry: Entry, bound: Bound, template: str, stated: set[str]
    ) -> cst.BaseExpression | Refused:
        values: dict[str, cst.BaseExpression] = {}
        native_only = entry.native.startswith("@")  # which is written alone: what it ignores means nothing there
        for param in op.params:
            mark = "{" + param.name + "}"
            if mark not in template:
                left_out = native_only and param.name in entry.ignore
                given = param.name in bound.args and param.name not in stated and not left_out
                if given and not is_default(op, param.name, bound.args[param.name]):
                    return Refused(f"argument '{param.name}' has no {self.table.name} counterpart")
                continue
            if param.name in bound.args:
                value = self._value(bound, param.name, stated)
                table = entry.values.get(param.name)
                if table:
                    mapped = _native_literal(table, value)
                    if mapped is None:
                        return Refused(f"argument '{param.name}' must be a literal")
                    value = mapped
                if template.count(mark) > 1 and not nodes.is_simple(value):
                    value = self._bind_once(values, template, param.name, value)
                    template = template.replace(mark, "{" + param.name + "__first}", 1)
            else:
                default = self._default(op, bound, param.name)
                if default is None:
                    return Refused(f"argument '{param.name}' is missing")
                value = nodes.expression(default)
            values[param.name] = value
        return nodes.fill(template, values, self.known_name)

    def _bind_once(
        self,
        values: dict[str, cst.BaseExpression],
        template: str,
        name: str,
        value: cst.BaseExpression,
    ) -> cst.BaseExpression:
        fresh = cst.Name(self.fresh(name))
        bound = cst.NamedExpr(fresh, value, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        values[f"{name}__first"] = bound
        return fresh

    def _call(
        self, op: HubOp, entry: Entry, bound: Bound, form: Form | None, original: cst.Call | None
    ) -> cst.BaseExpression | Refused:
        unlisted = self._unlisted(op, entry, bound)
        if unlisted is not None:
            return unlisted
        native = (form.call if form and form.call else entry.native).lstrip("@")
        usual = op.name in self.table.settings.get("usual_methods", ())
        method = (
            (bound.method or (usual and self._is_array(bound, entry)))
            and entry.method
            and self.table.settings.get("array_methods", False)
            and entry.args
            and entry.args[0].canonical in bound.args
        )
        args = self._arguments(op, entry, bound, skip_first=bool(method), plain=bool(usual and method))
        if isinstance(args, Refused):
            return args
        if method:
            receiver = nodes.parenthesized(self._value(bound, entry.args[0].canonical))
            func: cst.BaseExpression = cst.Attribute(receiver, cst.Name(entry.method[0]))
        else:
            func = self.native(native)
        if native in self.table.settings.get("of_arrays_alone", ()) and args and not method:
            args[0] = self._of_variable(args[0], bound.args.get(entry.args[0].canonical))
        return self._finish(func, args, original)

    def _of_variable(self, arg: cst.Arg, given: cst.BaseExpression | None) -> cst.Arg:
        """The array of a variable, for a function that takes no variables."""
        if given is None or self.kind(given).tag != "array" or self.kind(given).name != "variable":
            return arg
        everything = cst.SubscriptElement(cst.Index(cst.Ellipsis()))
        return arg.with_changes(value=cst.Subscript(nodes.parenthesized(arg.value), [everything]))

    def _unlisted(self, op: HubOp, entry: Entry, bound: Bound) -> Refused | None:
        """Why a call cannot be written: an argument that is not the default and that the entry does not list."""
        known = {*(a.canonical for a in entry.args), *entry.initializers, *(name for name, _ in entry.when)}
        for name, value in bound.args.items():
            if name not in known and not is_default(op, name, value):
                return Refused(f"argument '{name}' has no {self.table.name} counterpart")
        return None

    def _is_array(self, bound: Bound, entry: Entry) -> bool:
        """Whether the first argument is known to be an array, and is written without parentheses."""
        value = bound.args.get(entry.args[0].canonical) if entry.args else None
        postfix = (cst.Name, cst.Attribute, cst.Call, cst.Subscript)
        return isinstance(value, postfix) and not value.lpar and self.kind(value).tag == "array"

    def _finish(self, func: cst.BaseExpression, args: list[cst.Arg], original: cst.Call | None) -> cst.Call:
        if original is not None:
            args = _as_written(args, original)
            node = original.with_changes(func=func, args=nodes.spaced(args), lpar=[], rpar=[])
            if not args:
                node = node.with_changes(whitespace_before_args=cst.SimpleWhitespace(""))
            return node
        return cst.Call(func, nodes.spaced(args))

    def _arguments(
        self, op: HubOp, entry: Entry, bound: Bound, skip_first: bool, plain: bool = False
    ) -> list[cst.Arg] | Refused:
        args: list[cst.Arg] = []
        contiguous = True
        for index, param in enumerate(entry.args):
            if skip_first and index == 0:
                continue
            name = param.canonical
            if name in bound.implied and self._agrees(op, entry, bound, name):
                contiguous = False
                continue
            if name in bound.args:
                value = self._value(bound, name)
                table = entry.values.get(name)
                if table:
                    mapped = _native_literal(table, value)
                    if mapped is None:
                        return Refused(f"argument '{name}' must be a literal")
                    value = mapped
            else:
                text = self._missing(op, entry, bound, name)
                if text is None:
                    contiguous = False
                    continue
                value = nodes.expression(text)
            if param.variadic or (skip_first and entry.method_variadic == name):
                spread = self._spread(bound, name, value)
                args.extend(spread)
                contiguous = False
                continue
            arg = self._arg(op, param, bound, value, contiguous, plain)
            contiguous = contiguous and arg.keyword is None
            args.append(arg)
        return args

    def _agrees(self, op: HubOp, entry: Entry, bound: Bound, name: str) -> bool:
        """Whether the target's own default is what the source means by leaving the argument out."""
        param = op.param(name)
        target = entry.defaults.get(name, param.default if param else None)
        return target is not None and self._same_default(name, nodes.code(bound.args[name]), target)

    def _same_default(self, name: str, source: str, target: str) -> bool:
        """Whether two defaults mean the same; a default dtype may stand for the target's own default dtype."""
        if name == "dtype" and target == "None" and source.strip("'") in self.table.settings.get("default_dtypes", ()):
            return True
        return same_literal(source, target)

    def _spread(self, bound: Bound, name: str, value: cst.BaseExpression) -> list[cst.Arg]:
        if name in bound.collected:
            return [cst.Arg(self.visit(a.value), star=a.star, comma=a.comma) for a in bound.collected[name]]
        if isinstance(value, cst.Tuple) and value.elements:
            return [cst.Arg(e.value, star="*" if isinstance(e, cst.StarredElement) else "") for e in value.elements]
        if name in _ONE_SEQUENCE:
            return [cst.Arg(value)]
        return [cst.Arg(nodes.parenthesized(value), star="*")]

    def _missing(self, op: HubOp, entry: Entry, bound: Bound, name: str) -> str | None:
        """The literal to write for an argument that the source leaves out; None when defaults agree."""
        param = op.param(name)
        hub_default = param.default if param else None
        source = bound.entry.defaults.get(name, hub_default)
        target = entry.defaults.get(name, hub_default)
        if source is None or target is None:
            return source if target is None and source is not None else None
        return None if same_literal(source, target) else source

    def _arg(
        self,
        op: HubOp,
        param: NativeArg,
        bound: Bound,
        value: cst.BaseExpression,
        contiguous: bool,
        plain: bool = False,
    ) -> cst.Arg:
        canonical = op.param(param.canonical)
        place = bound.places.get(param.canonical)
        by_position = canonical is not None and (
            canonical.positional or (param.canonical in bound.positional and not canonical.keyword)
        )
        if contiguous and (plain or by_position or param.positional_only):
            return (
                cst.Arg(value)
                if place is None
                else place.with_changes(value=value, keyword=None, equal=cst.MaybeSentinel.DEFAULT)
            )
        made = nodes.keyword(param.native, value)
        if place is None:
            return made
        return place.with_changes(value=value, keyword=made.keyword, equal=made.equal)

    def _helper(self, op: HubOp, bound: Bound, helper: str, original: cst.Call | None) -> cst.BaseExpression | Refused:
        template = self.table.templates.get(helper)
        if template is None:
            return Refused(f"the helper '{helper}' does not exist")
        defaults = {p.name: p.default for p in self._params(template)}
        args: list[cst.Arg] = []
        contiguous = True
        for param in op.params:
            name = param.name
            if param.variadic:
                if name in bound.collected or name in bound.args:
                    args.extend(self._spread(bound, name, self._value(bound, name)))
                continue
            if name in bound.args:
                own = defaults.get(name)
                if name in bound.implied and own is not None:
                    if self._same_default(name, nodes.code(bound.args[name]), own):
                        contiguous = False
                        continue
                if name not in defaults:
                    if is_default(op, name, bound.args[name]):
                        continue
                    return Refused(f"argument '{name}' has no {self.table.name} counterpart")
                value = self._value(bound, name)
            else:
                source = self._default(op, bound, name)
                own = defaults.get(name)
                if source is None or own is None or same_literal(source, own):
                    contiguous = False
                    continue
                value = nodes.expression(source)
            arg = self._arg(op, NativeArg(name, name), bound, value, contiguous)
            contiguous = contiguous and arg.keyword is None
            args.append(arg)
        return self._finish(self.helper(helper), args, original)

    def _params(self, template: Template) -> tuple[Param, ...]:
        """What a template takes; a class without a constructor of its own has that of its base."""
        base = self.table.templates.get(template.bases[0]) if template.bases and not template.init_params else None
        return template.params or (() if base is None else self._params(base))


def _as_written(args: list[cst.Arg], original: cst.Call) -> list[cst.Arg]:
    """Arguments with those by keyword in the order of the call that they come from, where all of them stand there."""
    start = next((place for place, arg in enumerate(args) if arg.keyword is not None), len(args))
    known = {arg.keyword.value: place for place, arg in enumerate(original.args) if arg.keyword is not None}
    named = [(known.get(arg.keyword.value, -1) if arg.keyword is not None else -1, arg) for arg in args[start:]]
    places = [place for place, _ in named]
    if -1 in places or places == sorted(places):
        return args
    return [*args[:start], *(arg for _, arg in sorted(named, key=lambda pair: pair[0]))]


def is_default(op: HubOp, name: str, value: cst.BaseExpression) -> bool:
    """Whether an argument is given the literal that is its default in the hub."""
    param = op.param(name)
    return param is not None and param.default is not None and same_literal(nodes.code(value), param.default)


def _native_literal(table: dict[str, str], value: cst.BaseExpression) -> cst.BaseExpression | None:
    text = nodes.code(value)
    for canonical, native in table.items():
        if same_literal(text, canonical):
            return nodes.expression(native)
    if isinstance(value, (cst.SimpleString, cst.Integer, cst.Float)) or text in ("None", "True", "False"):
        return value
    return None
