"""``loss = ...; if train: loss.backward(); optimizer.step()`` -> the loss is computed in both branches.

What takes gradients has to know them before the loss is computed, and code that trains and validates decides after it.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s.dataflow import bare_calls, bound_names, changed_names, read_names
from .loss_region import Parameters, Unclear, backward_loss, region_of

Lines = Sequence[cst.BaseStatement]
_PLAIN = (
    cst.Name, cst.Attribute, cst.SimpleString, cst.Integer, cst.Comparison, cst.ComparisonTarget, cst.BooleanOperation,
    cst.UnaryOperation, cst.Not, cst.And, cst.Or, cst.Equal, cst.NotEqual, cst.Is, cst.IsNot, cst.GreaterThan,
    cst.GreaterThanEqual, cst.LessThan, cst.LessThanEqual, cst.In, cst.NotIn,
)  # fmt: skip


def with_losses_in_branches(body: Lines, evidence: frozenset[str], ctx) -> Lines | None:
    """A block with the statements of a loss in both branches of the ``if`` that alone takes its gradients, if any."""
    made = list(body)
    for line in body:
        place = made.index(line)
        losses = _losses(line, ctx) if isinstance(line, cst.If) else []
        start = _start(made[:place], losses, evidence, ctx) if losses else None
        if start is None or not isinstance(line, cst.If) or not _may_be_first(line, made[start:place]):
            continue
        made[start : place + 1] = [_joined(line, made[start:place])]
    return made if len(made) < len(body) else None


def _losses(node: cst.If, ctx) -> list[cst.BaseExpression]:
    """The losses whose gradients a branch takes and steps by, where other statements than its own compute them."""
    if isinstance(node.orelse, cst.If) or not isinstance(node.body, cst.IndentedBlock):
        return []
    found = [loss for line in node.body.body if (loss := backward_loss(line, ctx)) is not None]
    own = {name for line in node.body.body for name in bound_names(line)}
    called = (call.func for _, call in bare_calls(node.body.body))
    steps = any(isinstance(func, cst.Attribute) and func.attr.value == "step" for func in called)
    return found if steps and not any(own & read_names(loss) for loss in found) else []


def _start(before: Lines, losses: Sequence[cst.BaseExpression], evidence: frozenset[str], ctx) -> int | None:
    """The place of the first statement that computes a loss of parameters."""
    region = region_of(before, losses, frozenset(), Parameters(evidence, ctx), ctx)
    if isinstance(region, Unclear) or not region.inside:
        return None
    inside = {id(line) for line in region.inside}
    return next(place for place, line in enumerate(before) if id(line) in inside)


def _may_be_first(node: cst.If, lines: Lines) -> bool:
    """Whether a test gives before some statements what it gives after them."""
    changed = {name for line in lines for name in (*bound_names(line), *changed_names(line))}
    return _is_plain(node.test) and not changed & read_names(node.test)


def _is_plain(node: cst.CSTNode) -> bool:
    parts = [part for part in node.children if not isinstance(part, (cst.BaseParenthesizableWhitespace, cst.Dot))]
    brackets = (cst.LeftParen, cst.RightParen)
    return isinstance(node, brackets) or isinstance(node, _PLAIN) and all(map(_is_plain, parts))


def _joined(node: cst.If, lines: Lines) -> cst.If:
    """The branches with the statements before them, whose comments stand in the first one alone."""
    assert isinstance(node.body, cst.IndentedBlock)
    first, *rest = lines
    lead = list(getattr(first, "leading_lines", ()))
    moved = [first.with_changes(leading_lines=[]), *rest]
    again = [line.deep_clone().with_changes(leading_lines=[]) for line in lines]
    other = node.orelse.body.body if isinstance(node.orelse, cst.Else) else ()
    return node.with_changes(
        leading_lines=lead,
        body=node.body.with_changes(body=[*moved, *_after_comments(node, node.body.body)]),
        orelse=cst.Else(cst.IndentedBlock([*again, *other])),
    )


def _after_comments(node: cst.If, body: Lines) -> list[cst.BaseStatement]:
    """The statements of a branch, with the comments above it before them."""
    first, *rest = body
    lead = [line for line in node.leading_lines if line.comment is not None]
    return [first.with_changes(leading_lines=[*lead, *getattr(first, "leading_lines", ())]), *rest]
