"""The text of code in which some names are known: what follows from them is worked out, the rest stays as it is.

Branches that cannot be reached go, and so do arguments that nobody takes any more. A place that cannot be written
without one of the names (a text with values, an assignment) raises ``StillNeeded``.
"""

from __future__ import annotations

import ast
import operator
import textwrap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any, TypeGuard

from .docstring_clauses import mentions, without

UNKNOWN = object()

_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Is: operator.is_, ast.IsNot: operator.is_not, ast.Eq: operator.eq, ast.NotEq: operator.ne,
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
_ATOMS: tuple[type[ast.expr], ...] = (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Subscript)
_DEFINES = (ast.FunctionDef, ast.ClassDef)
_NAMED = (ast.keyword, ast.Assign, ast.AnnAssign, ast.Compare, ast.BoolOp, ast.IfExp, ast.If, ast.UnaryOp)
_PURE = (
    ast.Name, ast.Attribute, ast.Constant, ast.Compare, ast.BoolOp, ast.UnaryOp, ast.cmpop, ast.boolop, ast.unaryop,
    ast.expr_context,
)  # fmt: skip
_ENDS = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class StillNeeded(Exception):
    """A name cannot be replaced by its value: ``args`` are the function whose parameter it is and the name."""


def literal(node: ast.AST | None) -> Any:
    """The value of a literal, ``UNKNOWN`` for anything else."""
    match node:
        case ast.Constant(value=None | bool() | int() | float() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Tuple(elts=parts):
            values = tuple(map(literal, parts))
            return UNKNOWN if UNKNOWN in values else values
    return UNKNOWN


def same(one: Any, other: Any) -> bool:
    """Whether two literals are the same, types included: True is not 1."""
    return type(one) is type(other) and (one == other if one is not UNKNOWN else False)


@dataclass(frozen=True)
class Source:
    """A text with places of its nodes."""

    text: str
    starts: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        if not self.text.isascii():  # places of nodes count bytes
            raise ValueError("helpers are written in ASCII")
        lengths = map(len, self.text.splitlines(keepends=True))
        object.__setattr__(self, "starts", tuple(accumulate(lengths, initial=0)))

    def place(self, line: int, column: int) -> int:
        """The place of a column of a line."""
        return self.starts[line - 1] + column

    def span(self, node: ast.AST) -> tuple[int, int]:
        """From where to where a node goes."""
        assert isinstance(node, (ast.expr, ast.stmt, ast.arg, ast.keyword))
        return self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset)  # type: ignore[arg-type]

    def lines(self, nodes: Sequence[ast.stmt]) -> tuple[int, int]:
        """From where to where whole statements go, with decorators and comments, without the last end of line."""
        first = min([nodes[0].lineno, *(d.lineno for d in getattr(nodes[0], "decorator_list", []))])
        end = self.text.find("\n", self.span(nodes[-1])[1])
        return self.place(first, 0), len(self.text) if end < 0 else end

    def block(self, nodes: Sequence[ast.stmt]) -> tuple[int, int]:
        """From where to where the statements of a block go, with the comments before them."""
        start, end = self.lines(nodes)
        while start and self.text[(above := self.text.rfind("\n", 0, start - 1) + 1) : start].lstrip().startswith("#"):
            start = above
        return start, end


@dataclass(frozen=True)
class Writer:
    """Writes nodes of a source anew.

    ``attributes`` are those that always have one value, ``dropped`` the parameters with their values that a function
    (named by a key) loses. ``arguments`` gives those of a call that stay, None where all do. ``known`` are the values
    of the names of the function ``owner``, ``bare`` the classes without a constructor.

    A number stays a parameter where it would stand without its name.
    """

    source: Source
    attributes: Mapping[str, Any]
    arguments: Callable[[ast.Call], list[ast.expr | ast.keyword] | None]
    dropped: Callable[[ast.FunctionDef], tuple[str, Mapping[str, Any]]]
    bare: Collection[str] = ()
    inner: Collection[int] = ()  # the calls of functions of the same module
    tests: Collection[int] = ()  # expressions of which only the truth matters
    owner: str = ""
    known: Mapping[str, Any] = field(default_factory=dict)
    made_by: str = ""  # the constructor of the class at hand
    of_class: Mapping[str, Any] = field(default_factory=dict)  # what that loses
    derives: bool = False  # whether the class has a base with a constructor

    def module(self, tree: ast.Module) -> str:
        """The text of the whole source."""
        start, end = self.source.block(tree.body)
        body = replace(self, tests=frozenset(_tests(tree))).body(tree.body)
        return self.source.text[:start] + body + self.source.text[end:]

    def text(self, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self.source.span(node)
        return self._spliced(node, start, end)

    def body(self, nodes: Sequence[ast.stmt]) -> str:
        """The text of whole statements, of which those that are not reached are left out; `pass` if none is left."""
        kept = list(self._block(nodes))
        if any(text is not None and not _is_docstring(node) for node, text in kept):
            return "".join(text for _, text in kept if text is not None).lstrip("\n")
        indent = " " * nodes[0].col_offset
        told = "".join(text for node, text in kept if text is not None and _is_docstring(node))
        return told or f"{indent}pass"

    def _block(self, nodes: Sequence[ast.stmt]) -> Iterator[tuple[ast.stmt, str | None]]:
        """Each statement with its text from the end of the one before; None for one that goes."""
        before = self.source.block(nodes)[0]
        for node in nodes:
            start, end = self.source.lines([node])
            gap, before = self.source.text[before:start], end
            chosen = self._branch(node)
            if chosen is None:
                yield node, self._statement(node, gap)
                continue
            if not chosen:
                yield node, None
                continue
            yield node, gap + self._moved(chosen, node.col_offset)
            if isinstance(chosen[-1], _ENDS):
                return

    def _statement(self, node: ast.stmt, gap: str) -> str | None:
        if isinstance(node, ast.Assign) and self._is_unread(node.targets):
            return None
        if _is_docstring(node):
            return gap + self._docstring(node)
        if isinstance(node, ast.Assign) and (pairs := self._pairs(node)) is not None:
            left, right = (", ".join(map(self.text, part)) for part in zip(*pairs, strict=True)) if pairs else ("", "")
            return f"{gap}{' ' * node.col_offset}{left} = {right}" if pairs else None
        text = self._spliced(node, *self.source.lines([node]))
        if isinstance(node, ast.FunctionDef) and node.name == "__init__" and self._has_become_idle(node, text):
            return None
        return gap + text

    def _has_become_idle(self, node: ast.FunctionDef, text: str) -> bool:
        """Whether a constructor of which something went does what the one of the base does."""
        (left,) = ast.parse(textwrap.dedent(text)).body
        if not isinstance(left, ast.FunctionDef) or ast.unparse(left.args) != "self" or len(left.body) > 1:
            return False
        only = ast.unparse(left.body[0])
        gone = only == "super().__init__()" or only == "pass" and not self.derives
        return gone and only != ast.unparse(node.body[0])

    def _docstring(self, node: ast.Expr) -> str:
        """A docstring that does not speak of what is gone."""
        start, end = self.source.lines([node])
        text = self.source.text[start:end]
        gone = [(self.owner, self.known), (self.made_by, self.of_class), ("", self.attributes)]
        found = [(key, name, names[name]) for key, names in gone for name in names if mentions(text, name)]
        found = [(key, name, value) for key, name, value in found if value is not True]
        if not found:
            return text
        assert isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        kept = without(node.value.value, [name for _, name, _ in found])
        if kept is None or any(type(value) in (int, float) for _, _, value in found):
            raise StillNeeded(*found[0][:2])
        return text.replace(text.strip().strip('"'), kept)

    def _is_unread(self, targets: Sequence[ast.expr]) -> bool:
        return all(isinstance(target, ast.Attribute) and target.attr in self.attributes for target in targets)

    def _pairs(self, node: ast.Assign) -> list[tuple[ast.expr, ast.expr]] | None:
        """What stays of `self.a, self.b = a, b`; None where all of it does."""
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if len(names) == len(values):
                pairs = [(n, v) for n, v in zip(names, values, strict=True) if not self._is_unread([n])]
                return pairs if len(pairs) < len(names) else None
        return None

    def _branch(self, node: ast.stmt) -> list[ast.stmt] | None:
        """The statements that stay of an `if` that is known."""
        known = self.truth(node.test) if isinstance(node, ast.If) else None
        return None if known is None else node.body if known else node.orelse  # type: ignore[attr-defined]

    def _moved(self, nodes: Sequence[ast.stmt], indent: int) -> str:
        """Statements at another indentation."""
        if self._is_elif(nodes[0]):
            start, end = self.source.span(nodes[0])[0], self.source.lines(nodes)[1]
            text = self._spliced(nodes[0], start, end)
            known = self.truth(nodes[0].test)
            return " " * indent + text.removeprefix("el") if known is None else self.body(nodes)
        return textwrap.indent(textwrap.dedent(self.body(nodes)), " " * indent)

    def _is_elif(self, node: ast.stmt) -> TypeGuard[ast.If]:
        return isinstance(node, ast.If) and self.source.text.startswith("elif", self.source.span(node)[0])

    def _spliced(self, node: ast.AST, start: int, end: int) -> str:
        """The text from start to end with the parts of a node written anew."""
        written = self._written(node)
        if written is not None:
            return written
        if isinstance(node, ast.JoinedStr):  # the places of its parts are not known
            self._refuse(node)
            return self.source.text[start:end]
        edits = list(self._edits(node))
        pieces, at = [], start
        for one, other, text in sorted(edits):
            pieces += [self.source.text[at:one], text]
            at = other
        return "".join([*pieces, self.source.text[at:end]])

    def _edits(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        if isinstance(node, ast.ClassDef):
            constructors = (part for part in node.body if isinstance(part, ast.FunctionDef) and part.name == "__init__")
            made_by, of_class = next(map(self.dropped, constructors), ("", {}))
            derives = any(isinstance(base, ast.Name) and base.id not in self.bare for base in node.bases)
            inner = replace(self, made_by=made_by, of_class=of_class, derives=derives)
            yield (*self.source.block(node.body), inner.body(node.body))
        elif isinstance(node, ast.FunctionDef):
            owner, dropped = self.dropped(node)
            inner = replace(self, owner=owner, known=dropped, of_class={}) if owner else replace(self, of_class={})
            yield (*self.source.block(node.body), inner.body(node.body))
            yield from self._signature(node, dropped)
        for name, value in ast.iter_fields(node):
            if isinstance(node, ast.FunctionDef) and name == "args" or isinstance(node, _DEFINES) and name == "body":
                continue
            if name == "decorator_list":
                yield from ((*self.source.span(part), self.text(part)) for part in value)
            elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                if isinstance(node, ast.If) and name == "orelse" and self._is_elif(value[0]):
                    yield self._elif(node, value[0])
                elif isinstance(node, ast.If) and name == "orelse" and not any(t for _, t in self._block(value)):
                    yield self.source.lines(node.body)[1], self.source.lines(value)[1], ""
                else:
                    yield (*self.source.block(value), self.body(value))
            else:
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, (ast.Name, ast.Attribute)) and not self._says_what(node):
                        self._refuse_number(part)
                    yield from self._edit(part, _ATOMS if not isinstance(node, ast.BoolOp) else (*_ATOMS, ast.Compare))

    def _edit(self, part: Any, free: tuple[type[ast.expr], ...]) -> Iterator[tuple[int, int, str]]:
        if isinstance(part, (ast.expr, ast.stmt, ast.arg, ast.keyword)):
            self._refuse(part)
            start, end = self.source.span(part)
            text, old = self.text(part), self.source.text
            if text != old[start:end] and _in_brackets(old, start, end) and _is_one_of(text, free):
                start, end = start - 1, end + 1
            yield start, end, text
        elif isinstance(part, ast.AST):  # comprehensions, handlers, arguments of lambdas
            yield from self._edits(part)

    def _elif(self, parent: ast.If, node: ast.If) -> tuple[int, int, str]:
        """What follows a branch: another one, that without its test where it is known, or nothing."""
        start, end = self.source.span(node)[0], self.source.lines([node])[1]
        known = self.truth(node.test)
        if known is None:
            return start, end, self._spliced(node, start, end)
        after = self.source.lines(parent.body)[1]
        if not known and not node.orelse:
            return after, end, ""
        if not known and self._is_elif(node.orelse[0]):
            place = self.source.span(node.orelse[0])[0]
            return after, end, "\n" + " " * node.col_offset + self._spliced(node.orelse[0], place, end)
        return after, end, "\n" + " " * node.col_offset + "else:\n" + self.body(node.body if known else node.orelse)

    def _signature(self, node: ast.FunctionDef, dropped: Collection[str]) -> Iterator[tuple[int, int, str]]:
        """The parameters of a function that stay."""
        if not dropped:
            yield from self._edits(node.args)
            return
        parts = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
        defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
        places = [self.source.span(part) for part in (*parts, *defaults) if part is not None]
        text = self.source.text
        opening = text.rindex("(", 0, min(start for start, _ in places))
        closing = text.index(")", max(end for _, end in places))
        yield opening, closing + 1, f"({', '.join(_parameters(node.args, dropped, self.text))})"

    def _written(self, node: ast.AST) -> str | None:
        """The text of a node that is written otherwise, None for one that stays."""
        value = self.value(node) if isinstance(node, ast.expr) else UNKNOWN
        if value is not UNKNOWN and literal(node) is UNKNOWN:
            return repr(value) if isinstance(value, str) and '"' in value else repr(value).replace("'", '"')
        match node:
            case ast.IfExp():
                known = self.truth(node.test)
                return None if known is None else self.text(node.body if known else node.orelse)
            case ast.BoolOp():
                return self._joined(node)
            case ast.Call():
                kept = self.arguments(node)
                return f"{self.text(node.func)}({', '.join(map(self.text, kept))})" if kept is not None else None
        return None

    def _joined(self, node: ast.BoolOp) -> str | None:
        """`a and b` without what is known not to matter."""
        neutral = isinstance(node.op, ast.And)
        kept: list[ast.expr] = []
        for part in node.values:
            known = self.truth(part)
            if known is neutral and (part is not node.values[-1] or kept and id(node) in self.tests):
                continue
            kept.append(part)
            if known is (not neutral):
                break
        if len(kept) == len(node.values):
            return None
        word = " and " if neutral else " or "
        return word.join(self._bracketed(part) for part in kept) if len(kept) > 1 else self.text(kept[0])

    def _bracketed(self, node: ast.expr) -> str:
        text = self.text(node)
        return f"({text})" if isinstance(node, (ast.BoolOp, ast.IfExp, ast.Lambda)) else text

    def _refuse(self, node: ast.AST) -> None:
        """Raise where a known name is bound anew, or stands where no value can be written."""
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name) if name in self.known:
                raise StillNeeded(self.owner, name)
            case ast.Global(names=names) | ast.Nonlocal(names=names) if set(names) & self.known.keys():
                raise StillNeeded(self.owner, *set(names) & self.known.keys())
            case ast.JoinedStr():
                for part in ast.walk(node):
                    if isinstance(part, ast.Name) and part.id in self.known:
                        raise StillNeeded(self.owner, part.id)
                    if isinstance(part, ast.Attribute) and part.attr in self.attributes:
                        raise StillNeeded("", part.attr)

    def _says_what(self, node: ast.AST) -> bool:
        """Whether a number may be a direct part of a node: it has a name there, or goes on to a helper."""
        return isinstance(node, _NAMED) or id(node) in self.inner

    def _refuse_number(self, node: ast.Name | ast.Attribute) -> None:
        """Raise where a known number would stand without a name, as in ``0.0 + 1.0 * x``."""
        if type(self.value(node)) in (int, float):
            raise StillNeeded(*(("", node.attr) if isinstance(node, ast.Attribute) else (self.owner, node.id)))

    def truth(self, node: ast.expr) -> bool | None:
        """Whether a test holds; None where nobody knows."""
        value = self.value(node)
        if value is not UNKNOWN:
            return bool(value)
        if isinstance(node, ast.BoolOp):
            stops = isinstance(node.op, ast.Or)
            for part in node.values:
                known = self.truth(part)
                if known is stops:
                    return stops
                if known is None and not _is_pure(part):
                    return None
        return None

    def value(self, node: ast.expr) -> Any:
        """The value of an expression that follows from what is known; ``UNKNOWN`` otherwise."""
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in self.known:
                return self.known[name]
            case ast.Attribute(attr=name, ctx=ast.Load()) if name in self.attributes:
                return self.attributes[name]
            case ast.UnaryOp(op=ast.Not()):
                known = self.truth(node.operand)
                return UNKNOWN if known is None else not known
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                values = self.value(left), self.value(right)
                return UNKNOWN if UNKNOWN in values else _compared(op, *values)
            case ast.BoolOp(values=[*parts]):
                return self._value_of_all(node, list(map(self.value, parts)))
            case ast.IfExp():
                known = self.truth(node.test)
                return UNKNOWN if known is None else self.value(node.body if known else node.orelse)
            case ast.Call(func=ast.Name(id="bool"), args=[part], keywords=[]):
                known = self.truth(part)
                return UNKNOWN if known is None else known
            case ast.Subscript(value=ast.Dict() as table, slice=key):
                return self._item(table, self.value(key))
        return literal(node)

    def _value_of_all(self, node: ast.BoolOp, values: list[Any]) -> Any:
        for value in values:
            if value is UNKNOWN or bool(value) is isinstance(node.op, ast.Or):
                return value
        return values[-1]

    def _item(self, table: ast.Dict, key: Any) -> Any:
        if key is UNKNOWN:
            return UNKNOWN
        found = [value for name, value in zip(table.keys, table.values, strict=True) if same(literal(name), key)]
        return self.value(found[0]) if len(found) == 1 else UNKNOWN


def _tests(tree: ast.AST) -> Iterator[int]:
    """The expressions of which only the truth matters."""
    for node in ast.walk(tree):
        todo = [node.test] if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)) else []
        while todo:
            test = todo.pop()
            yield id(test)
            todo += test.values if isinstance(test, ast.BoolOp) else []
            todo += [test.operand] if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else []


def _compared(op: ast.cmpop, left: Any, right: Any) -> Any:
    try:
        return _COMPARE[type(op)](left, right)
    except TypeError:
        return UNKNOWN


def _parameters(args: ast.arguments, dropped: Collection[str], text: Callable[[ast.AST], str]) -> Iterator[str]:
    """The parameters of a function that stay, as they stand between its brackets."""
    plain = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(args.defaults))
    for arg, default in zip(plain, [*defaults, *args.defaults], strict=True):
        if arg.arg not in dropped:
            yield _parameter(arg, default, text)
        if args.posonlyargs and arg is args.posonlyargs[-1] and any(a.arg not in dropped for a in args.posonlyargs):
            yield "/"
    named = [(a, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True) if a.arg not in dropped]
    if args.vararg is not None:
        yield f"*{text(args.vararg)}"
    elif named:
        yield "*"
    for arg, default in named:
        yield _parameter(arg, default, text)
    if args.kwarg is not None:
        yield f"**{text(args.kwarg)}"


def _parameter(arg: ast.arg, default: ast.expr | None, text: Callable[[ast.AST], str]) -> str:
    if default is None:
        return text(arg)
    return f"{text(arg)} = {text(default)}" if arg.annotation is not None else f"{text(arg)}={text(default)}"


def _is_docstring(node: ast.stmt) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_pure(node: ast.expr) -> bool:
    """Whether evaluating an expression changes nothing and cannot fail in a way that matters."""
    return all(isinstance(part, _PURE) for part in ast.walk(node))


def _is_one_of(text: str, kinds: tuple[type[ast.expr], ...]) -> bool:
    try:
        return isinstance(ast.parse(text, mode="eval").body, kinds)
    except SyntaxError:  # `*x`
        return False


def _in_brackets(text: str, start: int, end: int) -> bool:
    """Whether an expression stands alone in brackets that are not those of a call."""
    around = start > 1 and text[start - 1] == "(" and text[end : end + 1] == ")"
    return around and not (text[start - 2].isalnum() or text[start - 2] in "_])")
