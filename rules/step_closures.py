"""``optimizer.step(closure)`` -> what the closure does, and ``optimizer.step()``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s.dataflow import bound_names, paths_read
from ..s2s.liveness import flow_of
from ..s2s.walk import below

Lines = Sequence[cst.BaseStatement]


def without_closures(body: Lines, whole: cst.CSTNode, ctx) -> tuple[Lines, cst.CSTNode]:
    """A block, and what encloses it, with the closures written out that optimizers call once in a step.

    The closure is a function of the block without arguments that ends with its only ``return``, and nothing else uses
    it or the names that it binds.
    """
    made: list[cst.BaseStatement] = list(body)
    for line in body:
        step = _step(line, ctx)
        function = _closure(line.body[0], step, made, whole, ctx) if step is not None else None
        if step is None or function is None:
            continue
        place = made.index(line)
        made[place : place + 1] = _written_out(line, step, function)
        made.remove(function)
    if len(made) == len(body) and all(a is b for a, b in zip(made, body)):
        return body, whole
    return made, with_block(whole, body, made)


def with_block(node: cst.CSTNode, old: Lines, new: Lines) -> cst.CSTNode:
    """Code whose block of some statements has others; nodes that are not around it stay the same objects."""
    if getattr(node, "body", None) is old:
        return node.with_changes(body=new)
    for name in ("body", "orelse", "handlers", "finalbody"):
        value = getattr(node, name, None)
        if isinstance(value, cst.CSTNode):
            other = with_block(value, old, new)
            if other is not value:
                return node.with_changes(**{name: other})
        elif value is not None:
            others = [with_block(each, old, new) for each in value]
            if any(a is not b for a, b in zip(others, value)):
                return node.with_changes(**{name: others})
    return node


def _step(line: cst.BaseStatement, ctx) -> cst.Call | None:
    """The call ``optimizer.step(closure)`` that a line is, or whose value it gives a name."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    call = small.value if isinstance(small, (cst.Expr, cst.Assign)) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "step":
        return None
    of_optimizer = ctx.infer.is_object(ctx.kind(call.func.value), "optimizers")
    given = len(call.args) == 1 and not call.args[0].star and isinstance(call.args[0].value, cst.Name)
    return call if of_optimizer and given else None


def _closure(
    small: cst.CSTNode, step: cst.Call, body: Lines, whole: cst.CSTNode, ctx
) -> cst.FunctionDef | None:  # fmt: skip
    """The function of a block that the step of a statement calls, where it may be written out."""
    name = cst.ensure_type(step.args[0].value, cst.Name).value
    found = [each for each in body if isinstance(each, cst.FunctionDef) and each.name.value == name]
    function = found[0] if len(found) == 1 else None
    if function is None or function.decorators or function.params.params or function.asynchronous is not None:
        return None
    used = [each for each in below(whole) if isinstance(each, cst.Name) and each.value == name]
    returns = [each for each in below(function) if isinstance(each, (cst.Return, cst.Yield, cst.Global))]
    lines = function.body.body if isinstance(function.body, cst.IndentedBlock) else ()
    last = lines[-1].body[-1] if lines and isinstance(lines[-1], cst.SimpleStatementLine) else None
    if len(used) != 1 or returns not in ([], [last]) or not lines or len(lines[-1].body) != 1:
        return None
    own = {name for line in lines for name in bound_names(line)} - _nonlocals(lines)
    outside = {path for line in body if line is not function for path, _ in paths_read(line)}
    flow = flow_of(whole)
    params = ctx.scope.params if ctx.scope is not None else frozenset()
    own -= {*bound_names(small)}
    if own & params or any(name in outside and flow.read_later(name, small) for name in own):
        return None
    return function


def _nonlocals(lines: Lines) -> set[str]:
    found = (each for line in lines for each in below(line) if isinstance(each, cst.Nonlocal))
    return {item.name.value for each in found for item in each.names}


def _written_out(line: cst.SimpleStatementLine, step: cst.Call, function: cst.FunctionDef) -> list[cst.BaseStatement]:
    lines = [each for each in function.body.body if not _is_nonlocal(each)]
    last = lines[-1].body[0]
    value = last.value if isinstance(last, cst.Return) else None
    lines = lines[:-1] if isinstance(last, cst.Return) else lines
    lines[0] = lines[0].with_changes(leading_lines=[*function.leading_lines, *lines[0].leading_lines])
    plain = cst.SimpleStatementLine([cst.Expr(step.with_changes(args=[]))], line.leading_lines)
    small = line.body[0]
    if not isinstance(small, cst.Assign) or value is None:
        return [*lines, plain]
    same = all(t.target.deep_equals(value) for t in small.targets)
    return [*lines, plain] if same else [*lines, cst.SimpleStatementLine([small.with_changes(value=value)]), plain]


def _is_nonlocal(line: cst.BaseStatement) -> bool:
    return isinstance(line, cst.SimpleStatementLine) and all(isinstance(each, cst.Nonlocal) for each in line.body)
