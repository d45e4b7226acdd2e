"""``optimizer = Adam([image])`` of arrays without a module -> ``image = nnx.Param(image)`` before it.

The loss function of a step then takes the variables as it takes modules (``gradient_steps.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst
import libcst.matchers as m

from ..s2s import nodes
from ..s2s.dataflow import bound_names
from ..s2s.kinds import Kind
from .base import rule
from .gradient_flow import leaves

_VARIABLE = Kind("array", "variable")


def optimized_arrays(call: cst.Call, ctx) -> tuple[str, ...]:
    """The names of the arrays that an optimizer is given in a list that is written out; none if it is given more."""
    entry = ctx.source.find(ctx.name_of(call.func))
    op = ctx.hub.get(entry.op) if entry is not None else None
    if op is None or op.topic != "optimizers" or not call.args or call.args[0].star:
        return ()
    given = call.args[0].value
    if not isinstance(given, (cst.List, cst.Tuple)) or not given.elements:
        return ()
    values = [each for element in given.elements for each in _of_group(element.value)]
    if not all(isinstance(each, cst.Name) and not ctx.infer.is_layer(ctx.kind(each)) for each in values):
        return ()
    return tuple(each.value for each in values)


def _of_group(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """What a group of parameters trains: ``{"params": [a, b], "lr": 0.1}``; an array alone."""
    if not isinstance(node, cst.Dict):
        return [node]
    items = (each for each in node.elements if isinstance(each, cst.DictElement))
    held = next((each.value for each in items if nodes.code(each.key).strip("'\"") == "params"), node)
    return [each.value for each in held.elements] if isinstance(held, (cst.List, cst.Tuple)) else [held]


def trained_arrays(whole: cst.CSTNode, ctx) -> frozenset[str]:
    """The names of all arrays that optimizers of a function train."""
    finder = _Optimizers(ctx)
    whole.visit(finder)
    return frozenset(finder.found)


class _Optimizers(cst.CSTVisitor):
    def __init__(self, ctx) -> None:
        super().__init__()
        self.ctx = ctx
        self.found: list[str] = []

    def visit_Assign(self, node: cst.Assign) -> None:
        if isinstance(node.value, cst.Call):
            self.found.extend(optimized_arrays(node.value, self.ctx))


@rule(cst.Assign)
def array_optimizer(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """An optimizer of arrays: what it trains becomes a variable."""
    if ctx.source.name != "torch" or ctx.target.name not in ("jax", "tensorflow"):
        return None
    names = optimized_arrays(node.value, ctx) if isinstance(node.value, cst.Call) else ()
    plain = [name for name in names if not _is_made_variable(name, ctx)]
    if not plain:
        return None
    made: list[cst.BaseSmallStatement] = []
    for name in plain:
        other = _alias(name, ctx)
        if other:
            reason = f"'{name}' is trained, and '{other}' holds the same array"
            return ctx.refuse_statement(node.value, nodes.code(node.value.func), reason)
        if ctx.scope is not None and name in ctx.scope.params and not _is_bound(name, ctx):
            message = f"'{name}' is an argument: the array of the caller stays as it was"
            ctx.note(node, "S2S203", nodes.code(node.value.func), message, "use what the function returns")
        value = nodes.call(_maker(ctx), cst.Name(name))
        made.append(cst.Assign([cst.AssignTarget(cst.Name(name))], value))
        if ctx.scope is not None:
            ctx.scope.assigned.add(name)
    made.append(ctx.descend(node))
    for name in plain:
        if ctx.scope is None:
            ctx.module.names[name] = _VARIABLE
        ctx.infer.bind(name, _VARIABLE)
    return made


def _maker(ctx) -> cst.BaseExpression:
    return ctx.native("flax.nnx.Param") if ctx.target.name == "jax" else ctx.helper("Parameter")


def _lines(ctx) -> Iterator[cst.BaseSmallStatement]:
    """The small statements of the function at hand."""
    for line in leaves(getattr(ctx.enclosing, "body", ())):
        yield from getattr(line, "body", ())


def _is_bound(name: str, ctx) -> bool:
    """Whether the function gives a name a value of its own."""
    return any(name in bound_names(cst.SimpleStatementLine([small])) for small in _lines(ctx))


def _is_made_variable(name: str, ctx) -> bool:
    """Whether a name is given ``nn.Parameter(...)`` wherever it is bound."""
    bound = [small for small in _lines(ctx) if isinstance(small, cst.Assign) and _binds(small, name)]
    entries = (ctx.source.find(ctx.name_of(s.value.func)) if isinstance(s.value, cst.Call) else None for s in bound)
    return bool(bound) and all(entry is not None and entry.op == "Parameter" for entry in entries)


def _binds(node: cst.Assign, name: str) -> bool:
    return any(m.matches(target.target, m.Name(name)) for target in node.targets)


def _alias(name: str, ctx) -> str:
    """Another name that is, or was, given the array itself: ``y = x``, ``x = y``; '' for none."""
    for small in _lines(ctx):
        if isinstance(small, cst.Assign) and isinstance(small.value, cst.Name):
            targets = [t.target.value for t in small.targets if isinstance(t.target, cst.Name)]
            if small.value.value == name and targets:
                return targets[0]
            if name in targets:
                return small.value.value
    return ""
