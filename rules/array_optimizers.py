"""``optimizer = Adam([image])`` of arrays without a module -> ``image = nnx.Param(image)`` before it.

So does ``self.optimizer = Adam([self.image])`` in a class that is no module. The loss function of a step then takes the
variables as it takes modules (``gradient_steps.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, dotted_path, paths_read
from ..s2s.kinds import Kind
from ..s2s.walk import below
from .base import rule
from .gradient_flow import leaves

_VARIABLE = Kind("array", "variable")


def optimized_arrays(call: cst.Call, ctx) -> tuple[str, ...]:
    """The names of the arrays that an optimizer is given in a list that is written out, alone or beside modules."""
    entry = ctx.source.find(ctx.name_of(call.func))
    op = ctx.hub.get(entry.op) if entry is not None else None
    if op is None or op.topic != "optimizers" or not call.args or call.args[0].star:
        return ()
    values = _written(call.args[0].value, ctx)
    if not values or not all(_is_place(each, ctx) and not ctx.infer.is_layer(ctx.kind(each)) for each in values):
        return ()
    return tuple(dotted_path(each) for each in values if not _is_held(each, ctx))


def _is_held(node: cst.BaseExpression, ctx) -> bool:
    """Whether a name is given what another object has: ``w = net.weight``, a parameter of a module."""
    if not isinstance(node, cst.Name):
        return False
    bound = [small for small in _lines(ctx) if isinstance(small, cst.Assign) and _binds(small, node.value)]
    return bool(bound) and all(isinstance(small.value, cst.Attribute) for small in bound)


def _is_place(node: cst.BaseExpression, ctx) -> bool:
    """Whether an array has a name, or is an attribute of an object at hand that is no module."""
    if isinstance(node, cst.Name):
        return True
    own = isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self"
    return own and ctx.scope is not None and bool(ctx.scope.cls) and not ctx.threading.is_module(ctx.scope.cls)


def arrays_of_object(ctx) -> dict[str, tuple[str, ...]]:
    """The optimizers that the class at hand makes of its own arrays, ``self.optimizer``, with these."""
    name = ctx.scope.cls.rpartition(".")[2] if ctx.scope is not None and ctx.scope.cls else ""
    finder = _Optimizers(ctx)
    for node in ctx.top:
        if name and isinstance(node, cst.ClassDef) and node.name.value == name:
            node.visit(finder)
    own = {path: names for path, names in finder.made.items() if path.startswith("self.")}
    return {path: names for path, names in own.items() if all(each.startswith("self.") for each in names)}


def _written(node: cst.BaseExpression, ctx) -> list[cst.BaseExpression]:
    """The elements of written lists: of ``[z] + list(net.parameters())``, of groups such as ``{"params": [a, b]}``."""
    if isinstance(node, cst.BinaryOperation):
        return [*_written(node.left, ctx), *_written(node.right, ctx)]
    if not isinstance(node, (cst.List, cst.Tuple)):
        return []
    plain = [each.value for each in node.elements if isinstance(each, cst.Element)]
    return [found for each in plain for found in (_of_group(each, ctx) if isinstance(each, cst.Dict) else [each])]


def _of_group(node: cst.Dict, ctx) -> list[cst.BaseExpression]:
    """The arrays that a group of parameters trains: ``{"params": [a, b], "lr": 0.1}``."""
    items = (each for each in node.elements if isinstance(each, cst.DictElement))
    held = next((each.value for each in items if nodes.code(each.key).strip("'\"") == "params"), node)
    alone = isinstance(held, cst.Name) and ctx.kind(held).tag == "array"
    return [held] if alone else _written(held, ctx)


def trained_arrays(whole: cst.CSTNode, ctx) -> frozenset[str]:
    """The names of all arrays that optimizers of a function train."""
    found = (optimized_arrays(node.value, ctx) for node in _made_by_calls(whole))
    return frozenset(name for names in found for name in names)


@lru_cache(maxsize=64)
def _made_by_calls(whole: cst.CSTNode) -> tuple[cst.Assign, ...]:
    """The assignments in a piece of code whose value is a call."""
    return tuple(node for node in below(whole) if isinstance(node, cst.Assign) and isinstance(node.value, cst.Call))


class _Optimizers(cst.CSTVisitor):
    def __init__(self, ctx) -> None:
        super().__init__()
        self.ctx = ctx
        self.made: dict[str, tuple[str, ...]] = {}

    def visit_Assign(self, node: cst.Assign) -> None:
        names = optimized_arrays(node.value, self.ctx) if isinstance(node.value, cst.Call) else ()
        if names:
            self.made.update({dotted_path(target.target): names for target in node.targets})


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
        params = ctx.scope.params if ctx.scope is not None else ()
        if other and not ("." in name and other in params):
            reason = f"'{name}' is trained, and '{other}' holds the same array"
            return ctx.refuse_statement(node.value, nodes.code(node.value.func), reason)
        if "." in name and not _is_made_once(name, ctx):
            reason = f"'{name}' is trained, and is not made by one statement before it"
            return ctx.refuse_statement(node.value, nodes.code(node.value.func), reason)
        if other or (name in params and not _is_bound(name, ctx)):
            message = f"'{other or name}' is an argument: the array of the caller stays as it was"
            ctx.note(node, "S2S203", nodes.code(node.value.func), message, "use what the function returns")
        value = nodes.call(_maker(ctx), ctx.visit(nodes.dotted(name)))
        made.append(cst.Assign([cst.AssignTarget(nodes.dotted(name))], value))
        if ctx.scope is not None and "." not in name:
            ctx.scope.assigned.add(name)
    made.append(ctx.descend(node))
    for name in (each for each in plain if "." not in each):
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


def _is_made_once(name: str, ctx) -> bool:
    """Whether the class binds an attribute by one statement, in the method at hand."""
    finder = _Bindings(name)
    for node in ctx.top:
        if isinstance(node, cst.ClassDef) and node.name.value == ctx.scope.cls.rpartition(".")[2]:
            node.visit(finder)
    here = [small for small in _lines(ctx) if isinstance(small, cst.Assign) and _binds(small, name)]
    return finder.count == len(here) == 1


class _Bindings(cst.CSTVisitor):
    """How often a path, or a part of what it holds, is assigned."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.count = 0

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
        self._note(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._note(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        self._note(node.target)

    def _note(self, node: cst.BaseExpression) -> None:
        self.count += any(path == self.path for path, _ in paths_read(node))


def _is_bound(name: str, ctx) -> bool:
    """Whether the function gives a name a value of its own."""
    return any(name in bound_names(cst.SimpleStatementLine([small])) for small in _lines(ctx))


def _is_made_variable(name: str, ctx) -> bool:
    """Whether a name is given ``nn.Parameter(...)`` wherever it is bound."""
    bound = [small for small in _lines(ctx) if isinstance(small, cst.Assign) and _binds(small, name)]
    entries = (ctx.source.find(ctx.name_of(s.value.func)) if isinstance(s.value, cst.Call) else None for s in bound)
    return bool(bound) and all(entry is not None and entry.op == "Parameter" for entry in entries)


def _binds(node: cst.Assign, name: str) -> bool:
    return any(dotted_path(target.target) == name for target in node.targets)


def _alias(name: str, ctx) -> str:
    """Another name that is, or was, given the array itself: ``y = x``, ``x = y``; '' for none."""
    for small in _lines(ctx):
        if isinstance(small, cst.Assign) and isinstance(small.value, cst.Name):
            targets = [path for t in small.targets if (path := dotted_path(t.target))]
            if small.value.value == name and targets:
                return targets[0]
            if name in targets:
                return small.value.value
    return ""
