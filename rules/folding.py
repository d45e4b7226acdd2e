"""``if not torch.jit.is_scripting():`` -> the body: conditions that became constant are simplified."""

from __future__ import annotations

import operator
from collections.abc import Callable

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import join
from ..s2s.statements import constant_test
from .base import rule


@rule(cst.UnaryOperation)
def fold_not(node: cst.UnaryOperation, ctx) -> cst.BaseExpression | None:
    """``not False`` -> ``True`` when the operand was folded."""
    if not isinstance(node.operator, cst.Not):
        return None
    inner = ctx.visit(node.expression)
    constant = constant_test(inner) if inner is not node.expression else None
    if constant is not None:
        return cst.Name("False" if constant else "True")
    if inner is not node.expression and isinstance(inner, cst.UnaryOperation) and isinstance(inner.operator, cst.Not):
        return _in_parens_of(node, inner.expression)
    return node if inner is node.expression else _with(node, "expression", inner)


@rule(cst.BooleanOperation)
def fold_boolean(node: cst.BooleanOperation, ctx) -> cst.BaseExpression | None:
    """``True and x`` -> ``x`` and the like when an operand was folded."""
    left, right = ctx.visit(node.left), ctx.visit(node.right)
    is_and = isinstance(node.operator, cst.And)
    if left is not node.left:
        constant = constant_test(left)
        if constant is not None:
            return _in_parens_of(node, right if constant == is_and else left)
    if right is not node.right:
        constant = constant_test(right)
        if constant is not None and constant == is_and:
            return _in_parens_of(node, left)
    if left is node.left and right is node.right:
        return node
    return _with(_with(node, "left", left), "right", right)


@rule(cst.IfExp)
def fold_conditional(node: cst.IfExp, ctx) -> cst.BaseExpression | None:
    """``a if True else b`` -> ``a`` when the test was folded."""
    test = ctx.visit(node.test)
    constant = constant_test(test) if test is not node.test else None
    if constant is not None:
        return _in_parens_of(node, ctx.visit(node.body if constant else node.orelse))
    kinds = ctx.kind(node.body), ctx.kind(node.orelse)
    if any(kind.tag != "ref" for kind in kinds) or join(*kinds).tag != "ref" or not nodes.is_simple(node.test):
        return None
    body, orelse = ctx.visit(node.body), ctx.visit(node.orelse)
    same = body is not node.body and nodes.code(body) == nodes.code(orelse)
    return _in_parens_of(node, body) if same else None


@rule(cst.Comparison)
def fold_module_test(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``torch is None`` -> ``False``: the target framework is always there."""
    if len(node.comparisons) != 1 or not isinstance(node.left, (cst.Name, cst.Attribute)):
        return None
    comparison = node.comparisons[0]
    is_none = isinstance(comparison.comparator, cst.Name) and comparison.comparator.value == "None"
    if not is_none or not isinstance(comparison.operator, (cst.Is, cst.IsNot)):
        return None
    if isinstance(node.left, cst.Name) and ctx.is_local(node.left.value):
        return None
    if ctx.name_of(node.left) not in ctx.source.packages:
        return None
    ctx.count("exact")
    return _in_parens_of(node, cst.Name("False" if isinstance(comparison.operator, cst.Is) else "True"))


@rule(cst.Comparison)
def fold_comparison(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``x.layout == torch.sparse_coo`` -> ``False``: both sides became words."""
    if len(node.comparisons) != 1 or not isinstance(node.left, (cst.Name, cst.Attribute)):
        return None
    comparison = node.comparisons[0]
    left, words = _folded_words(node.left, ctx), _folded_words(comparison.comparator, ctx)
    negated = isinstance(comparison.operator, (cst.NotEqual, cst.IsNot, cst.NotIn))
    positive = isinstance(comparison.operator, (cst.Equal, cst.Is, cst.In))
    if not left or not words or not (negated or positive):
        return None
    return _in_parens_of(node, cst.Name(str((left[0] in words) != negated)))


@rule(cst.Comparison)
def fold_count(node: cst.Comparison, ctx) -> cst.BaseExpression | None:
    """``torch.cuda.device_count() > 1`` -> ``False``: a number that became constant beside a written one."""
    comparison = node.comparisons[0]
    compare = _COMPARED.get(type(comparison.operator))
    entry = ctx.source.find(ctx.name_of(node.left.func)) if isinstance(node.left, cst.Call) else None
    folded = nodes.expression(entry.fold) if entry is not None and entry.fold else None
    if compare is None or len(node.comparisons) != 1 or not isinstance(folded, cst.Integer):
        return None
    if not isinstance(comparison.comparator, cst.Integer):
        return None
    ctx.count("exact")
    holds = compare(folded.evaluated_value, comparison.comparator.evaluated_value)
    return _in_parens_of(node, cst.Name(str(holds)))


_COMPARED: dict[type, Callable[[int, int], bool]] = {
    cst.Equal: operator.eq, cst.NotEqual: operator.ne, cst.LessThan: operator.lt, cst.LessThanEqual: operator.le,
    cst.GreaterThan: operator.gt, cst.GreaterThanEqual: operator.ge,
}  # fmt: skip


def _folded_words(node: cst.BaseExpression, ctx) -> list[str]:
    """The words that the target has in the place of names, or of a collection of them; [] for anything else."""
    if isinstance(node, (cst.List, cst.Set, cst.Tuple)):
        words = [_folded_words(element.value, ctx) for element in node.elements]
        return [word for found in words for word in found] if all(words) else []
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return []
    name, owner = ctx.name_of(node), node.value if isinstance(node, cst.Attribute) else None
    if owner is not None and ctx.kind(owner).tag == "array":
        name = ctx.array_api(node.attr.value)
    entry = ctx.source.find(name) if name else None
    value = nodes.expression(entry.fold) if entry is not None and entry.fold else None
    return [value.raw_value] if isinstance(value, cst.SimpleString) else []


def _with(node, name: str, value: cst.BaseExpression):
    if value is getattr(node, name):
        return node
    looser = isinstance(value, (cst.IfExp, cst.Lambda, cst.NamedExpr)) or (
        isinstance(value, cst.BooleanOperation)
        and not (name == "left" and isinstance(value.operator, (cst.And, type(node.operator))))
    )
    if looser and not value.lpar:
        value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node.with_changes(**{name: value})


def _in_parens_of(node: cst.BaseExpression, value: cst.BaseExpression) -> cst.BaseExpression:
    """The operand that is left of a parenthesised operation, which may span lines, in its parentheses."""
    if node.lpar and not value.lpar:
        return value.with_changes(lpar=node.lpar, rpar=node.rpar)
    return value
