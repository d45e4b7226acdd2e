"""``torch.autograd.grad(y, x)`` -> ``jax.vjp`` of a function that computes y of x, or a tape of TensorFlow.

The statements between the last binding of x and the call, as far as y needs them and they depend on x, are that
function. What depends on x in ways that are not seen there is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, inner_bodies, read_names
from ..s2s.statements import Block, Planned
from .array_optimizers import trained_arrays
from .base import rule
from .gradient_blocks import on_tapes
from .gradient_flow import called_helper, gradient_arguments, graph_argument, is_gradient, statements_before
from .gradient_functions import as_functions
from .loss_region import Unclear, takes_gradients
from .parameter_gradients import is_parameters
from .stored_gradients import read_gradients, resets_alone, stored_gradients
from .taken_gradients import HINT, Taken, placed


@rule(Block)
def input_gradients(body: Sequence[cst.BaseStatement], ctx) -> Sequence[cst.BaseStatement | Planned] | None:
    """A block that takes gradients of what its statements compute."""
    if ctx.source.name != "torch" or ctx.target.name not in ("jax", "tensorflow") or not ctx.takes_gradients:
        return None
    if any(isinstance(line, Planned) for line in body):
        return None
    before = ctx.kinds_ahead(body)
    made = _planned(body, ctx)
    ctx.restore_kinds(before)
    return made


def _planned(body: Sequence[cst.BaseStatement], ctx) -> Sequence[cst.BaseStatement | Planned] | None:
    outer = [] if ctx.target.name == "tensorflow" else statements_before(body, getattr(ctx.enclosing, "body", ()))
    whole, start = [*outer, *body], len(outer)
    calls = [(place, call) for place in range(start, len(whole)) for call in _calls(whole[place], ctx)]
    inputs = (each for _, call in calls for each in _elements(gradient_arguments(call, ctx).get("inputs")))
    names = {each.value for each in inputs if _is_name(each)} | {*read_gradients(ctx)}
    names |= trained_arrays(ctx.enclosing, ctx)
    if not names and not calls:
        return None
    marks = frozenset(place for place, line in enumerate(whole) if _marks(line, names) or resets_alone(line, names))
    for line in body:
        if names & {*bound_names(line)}:
            ctx.plain_marks.update(id(call) for call in _marking_calls(line))
    found = [_parsed(call, place, ctx) for place, call in calls if not _is_within(call, whole[place], ctx)]
    stored = stored_gradients(whole, start, ctx)
    if not stored and any(map(takes_gradients, body)):
        return None  # a training step, whose loss has blocks of its own
    found = [each for each in found if each is not None] + stored
    planned = []
    for each in sorted(found, key=attrgetter("place")):
        plan = placed(whole, start, each, marks, ctx)
        if isinstance(plan, Unclear):
            ctx.taken[id(each.call)] = plan
        else:
            planned.append(plan)
    if planned and ctx.target.name == "tensorflow":
        return on_tapes(body, planned, marks, ctx)
    if planned:
        return as_functions(whole, start, planned, marks, ctx)
    return [whole[place] for place in range(start, len(whole)) if place not in marks] if marks else None


def _is_name(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name)


def _is_within(call: cst.Call, line: cst.BaseStatement, ctx) -> bool:
    """Whether a block inside of a statement computes what a call in it takes gradients of.

    A tape can stand around a loop whose variable is part of the outputs.
    """
    bound = {*bound_names(line)} if any(True for _ in inner_bodies(line)) else set()
    if isinstance(line, cst.For) and ctx.target.name == "tensorflow":
        bound = {name for inner in line.body.body for name in bound_names(inner)}
    outputs = gradient_arguments(call, ctx).get("outputs")
    return outputs is not None and bool(bound & read_names(outputs))


def _calls(line: cst.BaseStatement, ctx) -> list[cst.Call]:
    """The calls in a statement that take gradients, without those that a block inside of it has planned."""
    finder = _Calls(ctx)
    line.visit(finder)
    return [call for call in finder.found if id(call) not in ctx.taken]


class _Calls(cst.CSTVisitor):
    def __init__(self, ctx) -> None:
        super().__init__()
        self.ctx = ctx
        self.found: list[cst.Call] = []

    def visit_Call(self, node: cst.Call) -> None:
        if is_gradient(node, self.ctx):
            self.found.append(node)

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:
        return False

    def visit_CompFor(self, node: cst.CompFor) -> bool:
        return False


def _parsed(call: cst.Call, place: int, ctx) -> Taken | None:
    """A call with its arguments sorted, None where it cannot be converted: the reason is kept then."""
    args = gradient_arguments(call, ctx)
    inputs = _elements(args.get("inputs"))
    outputs, weights = _elements(args.get("outputs")), _elements(args.get("grad_outputs"))
    of_module = "inputs" in args and is_parameters(args["inputs"], ctx)
    if not outputs or not inputs or not (of_module or all(map(_is_name, inputs))):
        ctx.taken[id(call)] = Unclear("gradients are taken with respect to names alone", HINT)
        return None
    if weights and len(weights) != len(outputs):
        ctx.taken[id(call)] = Unclear("it is not clear which weights belong to which outputs")
        return None
    unused = "allow_unused" in args and nodes.code(args["allow_unused"]) not in ("False", "None")
    unused = unused and nodes.code(args.get("materialize_grads", cst.Name("False"))) == "False"
    if of_module:
        created = graph_argument(args)
        return Taken(call, place, tuple(outputs), (), tuple(weights), created, unused, parameters=args["inputs"])
    names = tuple(each.value for each in inputs)
    sequences = [ctx.kind(each).tag in ("list", "tuple") for each in inputs]
    if any(sequences) and (len(inputs) > 1 or isinstance(args["inputs"], (cst.List, cst.Tuple))):
        ctx.taken[id(call)] = Unclear("lists of arrays are inputs only alone", HINT)
        return None
    return Taken(call, place, tuple(outputs), names, tuple(weights), graph_argument(args), unused, sequences[0])


def _elements(node: cst.BaseExpression | None) -> list[cst.BaseExpression]:
    """The expressions of a list or tuple that is written out, or the expression alone."""
    if node is None or isinstance(node, cst.Name) and node.value == "None":
        return []
    return [element.value for element in node.elements] if isinstance(node, (cst.List, cst.Tuple)) else [node]


def _marks(line: cst.BaseStatement, names: set[str]) -> bool:
    """Whether a line only says of an input that gradients are taken of it."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return False
    small = line.body[0]
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = small.targets[0].target
        return isinstance(target, cst.Attribute) and target.attr.value == "requires_grad" and _named(target, names)
    func = small.value.func if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call) else None
    marked = isinstance(func, cst.Attribute) and func.attr.value in ("requires_grad_", "retain_grad")
    return marked and _named(func, names)


def _named(node: cst.Attribute, names: set[str]) -> bool:
    return isinstance(node.value, cst.Name) and node.value.value in names


def _marking_calls(line: cst.BaseStatement) -> Iterator[cst.Call]:
    """The calls ``(...).requires_grad_()`` of a line."""
    finder = _Marking()
    line.visit(finder)
    yield from finder.found


class _Marking(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.Call] = []

    def visit_Call(self, node: cst.Call) -> None:
        if isinstance(node.func, cst.Attribute) and node.func.attr.value == "requires_grad_":
            self.found.append(node)


@rule(cst.Call)
def marked_input(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``x.detach().requires_grad_()`` of what gradients are taken of: the array itself."""
    if id(node) not in ctx.plain_marks:
        return None
    assert isinstance(node.func, cst.Attribute)
    made = ctx.visit(node.func.value)
    small = ctx.small_statement
    return nodes.bare(made) if isinstance(small, cst.Assign) and small.value is node else made


@rule(cst.Call, cst.Subscript)
def taken_gradient(node: cst.Call | cst.Subscript, ctx) -> cst.BaseExpression | None:
    """``torch.autograd.grad(y, x)``, or an item of what it gives."""
    if not ctx.taken:
        return None
    call = node.value if isinstance(node, cst.Subscript) else node
    plan = ctx.taken.get(id(call))
    helper = called_helper(call, ctx) if plan is not None and isinstance(call, cst.Call) else None
    alone = helper is not None and helper.item  # what it gives is no tuple
    if plan is None or alone and call is not node:
        return None
    if isinstance(plan, Unclear):
        return ctx.refuse(node, "torch.autograd.grad", plan.reason, plan.hint) if call is node else None
    place = _literal_place(node) if isinstance(node, cst.Subscript) else 0 if alone else None
    if isinstance(node, cst.Subscript) and place is None:
        return None
    ctx.count("exact")
    return plan(ctx, place)


def _literal_place(node: cst.Subscript) -> int | None:
    index = node.slice[0].slice if len(node.slice) == 1 else None
    if isinstance(index, cst.Index) and isinstance(index.value, cst.Integer):
        return int(index.value.value)
    return None
