"""Small makers and tests of libcst nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import libcst as cst

_ATOMS = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.Integer,
    cst.Float,
    cst.SimpleString,
    cst.List,
    cst.Dict,
    cst.Set,
    cst.ListComp,
    cst.DictComp,
    cst.FormattedString,
    cst.Ellipsis,
    cst.Imaginary,
)
_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
_EMPTY = cst.Module([])
_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def code(node: cst.CSTNode) -> str:
    """The source text of a node."""
    return _EMPTY.code_for_node(node)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> cst.BaseExpression:
    return cst.parse_expression(text)


def expression(text: str) -> cst.BaseExpression:
    """A fresh expression parsed from text that the tables or the engine wrote."""
    return _parsed(text).deep_clone()


def dotted(name: str) -> cst.BaseExpression:
    """``a.b.c`` as nodes."""
    head, *rest = name.split(".")
    node: cst.BaseExpression = cst.Name(head)
    for part in rest:
        node = cst.Attribute(node, cst.Name(part))
    return node


def call(func: cst.BaseExpression, *args: cst.BaseExpression, **kwargs: cst.BaseExpression) -> cst.Call:
    """A call on one line."""
    return cst.Call(func, spaced([*map(positional, args), *(keyword(n, v) for n, v in kwargs.items())]))


def positional(value: cst.BaseExpression) -> cst.Arg:
    """A positional argument; a tuple has parentheses there."""
    bare = isinstance(value, cst.Tuple) and not value.lpar
    return cst.Arg(parenthesized(value) if bare else value)


def keyword(name: str, value: cst.BaseExpression) -> cst.Arg:
    """``name=value`` without spaces."""
    return cst.Arg(
        value,
        keyword=cst.Name(name),
        equal=_TIGHT,
    )


def kept_param(name: str) -> cst.Param:
    """``name=name``: a parameter whose default is what the name is outside of the function."""
    return cst.Param(cst.Name(name), default=cst.Name(name), equal=_TIGHT)


def spaced(args: Sequence[cst.Arg]) -> list[cst.Arg]:
    """Arguments joined by ``, ``; commas that carry a layout of their own are kept."""
    result = []
    for index, arg in enumerate(args):
        last = index == len(args) - 1
        has_comma = isinstance(arg.comma, cst.Comma)
        if last and has_comma and not _multiline(arg.comma):
            arg = arg.with_changes(comma=cst.MaybeSentinel.DEFAULT)
        elif not last and (not has_comma or not _has_space(arg.comma)):
            arg = arg.with_changes(comma=_COMMA)
        result.append(arg if arg.star else arg.with_changes(value=bare(arg.value)))
    return result


def bare(value: cst.BaseExpression) -> cst.BaseExpression:
    """An operand without the parentheses on one line that only an operator needs."""
    if not value.lpar or isinstance(value, (cst.NamedExpr, cst.GeneratorExp, cst.Tuple, cst.Yield)):
        return value
    if any(isinstance(paren.whitespace_after, cst.ParenthesizedWhitespace) for paren in value.lpar):
        return value
    if any(isinstance(paren.whitespace_before, cst.ParenthesizedWhitespace) for paren in value.rpar):
        return value
    return value.with_changes(lpar=[], rpar=[])


def _multiline(comma: cst.Comma) -> bool:
    return isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)


def _has_space(comma: cst.Comma) -> bool:
    after = comma.whitespace_after
    return isinstance(after, cst.ParenthesizedWhitespace) or bool(after.value)


def parenthesized(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression in parentheses unless it already binds tightly."""
    if isinstance(node, _ATOMS) or node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def one_statement(node: cst.BaseExpression) -> cst.BaseExpression:
    """The expression in parentheses if it goes over lines that only brackets around it held together."""
    text = cst.Module([]).code_for_node(node)
    if "\n" not in text:
        return node
    try:
        compile(f"_ = {text}", "", "exec", dont_inherit=True)
    except SyntaxError:
        return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])
    return node


def tuple_of(values: Sequence[cst.BaseExpression | cst.StarredElement]) -> cst.Tuple:
    """A parenthesised tuple on one line."""
    elements: list[cst.BaseElement] = []
    for index, value in enumerate(values):
        last = index == len(values) - 1
        comma = cst.MaybeSentinel.DEFAULT if last and len(values) > 1 else (cst.Comma() if last else _COMMA)
        if isinstance(value, cst.StarredElement):
            elements.append(value.with_changes(comma=comma))
        else:
            elements.append(cst.Element(value, comma=comma))
    return cst.Tuple(elements)


def one_or_tuple(values: Sequence[cst.BaseExpression]) -> cst.BaseExpression:
    """A value alone, or a parenthesised tuple of several."""
    return values[0] if len(values) == 1 else tuple_of(values)


def names(texts: Sequence[str], paren: bool = False) -> cst.BaseExpression:
    """``a`` or ``a, b``, as they are assigned and returned; with ``paren`` several stand in parentheses."""
    made = one_or_tuple([cst.Name(text) for text in texts])
    return made if paren else made.with_changes(lpar=[], rpar=[])


def item(owner: cst.BaseExpression, place: int) -> cst.Subscript:
    """``owner[2]``."""
    return cst.Subscript(owner, [cst.SubscriptElement(cst.Index(cst.Integer(str(place))))])


def whole(variable: cst.BaseExpression) -> cst.Subscript:
    """``x[...]``: the array that a variable holds."""
    return cst.Subscript(variable, [cst.SubscriptElement(cst.Index(cst.Ellipsis()))])


def is_name(node: cst.CSTNode, *texts: str) -> bool:
    """Whether a node is one of these names."""
    return isinstance(node, cst.Name) and node.value in texts


def is_of_self(node: cst.CSTNode) -> bool:
    """Whether a node is an attribute of ``self``."""
    return isinstance(node, cst.Attribute) and is_name(node.value, "self")


def calls_method(node: cst.CSTNode, *texts: str) -> bool:
    """Whether a node is a call of a method, of anything, with one of these names."""
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in texts


def names_values(node: cst.CSTNode) -> bool:
    """Whether an expression holds ``name := value``."""
    return isinstance(node, cst.NamedExpr) or any(map(names_values, node.children))


def is_simple(node: cst.CSTNode) -> bool:
    """Whether evaluating the expression twice is the same as once, and cheap."""
    if isinstance(node, (cst.Name, cst.Integer, cst.Float, cst.SimpleString)):
        return True
    if isinstance(node, cst.Attribute):
        return is_simple(node.value)
    if isinstance(node, cst.UnaryOperation):
        return is_simple(node.expression)
    return isinstance(node, cst.Tuple) and all(is_simple(e.value) for e in node.elements)


class _Filler(cst.CSTTransformer):
    """Replace placeholder names by operands, in parentheses where they stand next to an operator."""

    def __init__(
        self,
        values: dict[str, cst.BaseExpression],
        name: Callable[[str], cst.BaseExpression | None],
    ) -> None:
        super().__init__()
        self.values = values
        self.name = name
        self.free: set[int] = set()

    def visit_Arg(self, node: cst.Arg) -> None:
        self.free.add(id(node.value))
        if node.keyword is not None:
            self.free.add(id(node.keyword))

    def visit_Element(self, node: cst.Element) -> None:
        self.free.add(id(node.value))

    def visit_Index(self, node: cst.Index) -> None:
        self.free.add(id(node.value))

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.free.add(id(node.attr))

    def leave_Arg(self, original: cst.Arg, updated: cst.Arg):
        """``f(*(a, b))`` -> ``f(a, b)``."""
        if updated.star != "*" or not isinstance(updated.value, cst.Tuple):
            return updated
        args = [
            cst.Arg(e.value, star="*" if isinstance(e, cst.StarredElement) else "", comma=_COMMA)
            for e in updated.value.elements
        ]
        if not args:
            return cst.RemoveFromParent()
        args[-1] = args[-1].with_changes(comma=updated.comma)
        return cst.FlattenSentinel(args)

    def leave_Name(self, original: cst.Name, updated: cst.Name) -> cst.BaseExpression:
        key = original.value
        if key in self.values:
            value = self.values[key]
            return bare(value) if id(original) in self.free else parenthesized(value)
        if id(original) in self.free and key not in self.values:
            replaced = None
        else:
            replaced = self.name(key)
        return updated if replaced is None else replaced


def fill(
    template: str,
    values: dict[str, cst.BaseExpression],
    name: Callable[[str], cst.BaseExpression | None],
) -> cst.BaseExpression:
    """An expression template with its ``{placeholders}`` replaced.

    ``name`` is asked about every other name and may return a replacement for it.
    """
    text = template
    for key in values:
        text = text.replace("{" + key + "}", f"_ivy_{key}")
    filler = _Filler({f"_ivy_{key}": value for key, value in values.items()}, name)
    node = _parsed(text)
    if isinstance(node, cst.Name) and node.value in filler.values:
        return filler.values[node.value]
    result = node.visit(filler)
    assert isinstance(result, cst.BaseExpression)
    return result
