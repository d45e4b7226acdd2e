"""``torch.autograd.grad(loss, model.parameters())``: which statements compute the outputs of the parameters.

Code reaches parameters by every path to their modules: the function of the outputs takes no arguments, and all that
may reach a module stands in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, free_names, inner_bodies, paths_read, read_names
from .gradient_flow import all_below, cut_names, flowing_statements, leaves, set_by, statements_before
from .loss_region import Parameters, Unclear, module_paths

if TYPE_CHECKING:
    from .taken_gradients import Taken

_HINT = "compute the outputs of the module in the block that takes their gradients"


def is_parameters(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression gives parameters of a module: ``list(model.parameters())``, or a name that holds that."""
    if isinstance(node, cst.Name):
        bound = _only_value(node.value, ctx)
        return bound is not None and not isinstance(bound, cst.Name) and is_parameters(bound, ctx)
    if nodes.calls_method(node, "parameters"):
        kind = ctx.kind(node.func.value)
        return kind.tag == "unknown" or ctx.infer.is_layer(kind)
    collected = _only_argument(node, "list", "tuple")
    if collected is not None:
        return is_parameters(collected, ctx)
    if nodes.calls_method(node, "values") and not node.args:
        held = node.func.value
        bound = _only_value(held.value, ctx) if isinstance(held, cst.Name) else held
        return bound is not None and _is_dictionary(bound)
    if isinstance(node, (cst.ListComp, cst.GeneratorExp)) and node.for_in.inner_for_in is None:
        target = node.for_in.target
        same = isinstance(target, cst.Name) and nodes.is_name(node.elt, target.value)
        return same and is_parameters(node.for_in.iter, ctx)
    return False


def _only_value(name: str, ctx) -> cst.BaseExpression | None:
    """The value of a name that the function at hand binds once, in an assignment to it alone."""
    lines = list(leaves(getattr(ctx.enclosing, "body", ())))
    binding = [line for line in lines if name in bound_names(line)]
    params = ctx.scope.params if ctx.scope is not None else frozenset()
    if len(binding) != 1 or name in params or not isinstance(binding[0], cst.SimpleStatementLine):
        return None
    small = binding[0].body[0]
    alone = isinstance(small, cst.Assign) and len(small.targets) == 1 and nodes.is_name(small.targets[0].target, name)
    return small.value if alone and len(binding[0].body) == 1 else None


def _only_argument(node: cst.BaseExpression, *functions: str) -> cst.BaseExpression | None:
    """The argument of a call of one of these functions with one argument by position."""
    if not isinstance(node, cst.Call) or not nodes.is_name(node.func, *functions) or len(node.args) != 1:
        return None
    arg = node.args[0]
    return None if arg.keyword is not None or arg.star else arg.value


def _is_dictionary(node: cst.BaseExpression) -> bool:
    """Whether an expression is ``dict(model.named_parameters())``."""
    named = _only_argument(node, "dict")
    return named is not None and nodes.calls_method(named, "named_parameters") and not named.args


def reaching_places(
    body: Sequence[cst.BaseStatement], start: int, taken: Taken, needed: Collection[int], ctx
) -> list[int] | Unclear:
    """The places of the needed statements before a call that compute its outputs of parameters, or why that is unclear.

    The statements before ``start`` are those before the block at hand.
    """
    reach = Parameters(module_paths(ctx.enclosing), ctx)
    inside: list[int] = []
    for place in range(taken.place):
        line = body[place]
        if _collects(line, ctx):
            reach.tainted |= {*bound_names(line)}
        elif place in needed and reach.reaches(line):
            inside.append(place)
            reach.tainted |= set_by(line)
        else:
            reach.tainted -= {*bound_names(line)}
    if not any(reach.reaches(each) for each in taken.outputs):
        return Unclear("what the outputs are computed of the parameters by is not in this block", _HINT)
    found = _elsewhere(body, start, taken, inside, ctx)
    if found:
        return Unclear(f"'{found}' may have been computed of the parameters elsewhere in the function", _HINT)
    return inside


def _collects(line: cst.CSTNode, ctx) -> bool:
    """Whether a line only gives parameters a name."""
    values = [small.value for small in getattr(line, "body", ()) if isinstance(small, cst.Assign)]
    return bool(values) and all(is_parameters(value, ctx) or _is_dictionary(value) for value in values)


def _elsewhere(body: Sequence[cst.BaseStatement], start: int, taken: Taken, inside: Sequence[int], ctx) -> str:
    """A name of the outputs that outer statements, or passes of a loop before, may compute of parameters, or ''."""
    whole = ctx.enclosing.body
    needing = [body[place] for place in inside]
    free, bound = free_names(needing)
    free |= {name for each in taken.outputs for name in read_names(each)} - bound
    own = body[start:]
    repeated = _is_repeated(own, whole)
    reach = Parameters(module_paths(ctx.enclosing), ctx)
    given = {name for line in leaves(whole) if _collects(line, ctx) for name in bound_names(line)}
    read = [pair for each in (*needing, *taken.outputs) for pair in paths_read(each)]
    held = {path for path, node in read if reach.is_module(path, node)}
    first = min(inside, default=taken.place)
    fresh = free_names(body[start:first])[1] if repeated else {n for line in body[:first] for n in bound_names(line)}
    held |= given | fresh
    outer = whole if repeated else [] if start else statements_before(own, whole)
    flowing = [line for line in flowing_statements(outer, ctx) if not _collects(line, ctx)]
    for _ in flowing:
        before = len(reach.tainted)
        for line in flowing:
            if reach.reads_module(line, cut_names(line, ctx)):
                reach.tainted |= set_by(line)
        if len(reach.tainted) == before:
            break
    return min(free & reach.tainted - held, default="")


def _is_repeated(block: Sequence[cst.BaseStatement], whole: Sequence[cst.CSTNode]) -> bool:
    """Whether a block is that of a loop, or in one."""
    loops = (line for line in all_below(whole) if isinstance(line, (cst.For, cst.While)))
    return any(each is block[0] for loop in loops for inner in inner_bodies(loop) for each in all_below(inner))
