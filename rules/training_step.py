"""``loss.backward(); optimizer.step()`` -> a loss function, ``nnx.value_and_grad`` and ``optimizer.update``.

In TensorFlow the statements stand in a ``tf.GradientTape``. Where each step provably takes the gradients of the losses
before it alone, ``zero_grad`` goes; otherwise the optimizer accumulates gradients as PyTorch's parameters do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import libcst as cst

from ..s2s.dataflow import bound_names, inner_bodies
from ..s2s.statements import Block, Planned
from .base import rule
from .gradient_steps import Group, OptimizerCalls, calls_in, step_kind
from .hidden_modules import closing_over, through_methods
from .kept_graphs import kept_problem
from .loss_functions import written
from .loss_region import (
    Parameters,
    Region,
    Unclear,
    backward_loss,
    backward_problem,
    module_paths,
    region_of,
    takes_gradients,
)
from .said_modes import with_said_modes
from .scaled_losses import unscaled
from .shared_passes import recorded_names, with_passes_where_needed
from .step_branches import with_losses_in_branches
from .step_closures import with_block, without_closures
from .step_forms import with_plain_forms


@dataclass(slots=True)
class Tape:
    """The tape of a loss: the one before that goes on, if any, what it is called, and whether a later one goes on."""

    before: Tape | None = None
    name: str = ""
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One loss and what follows of it.

    ``modules`` are those whose gradients are taken, ``others`` what else the loss calls, of which ``known`` are
    modules for certain; ``outer`` are the names that are bound outside the region, ``lines`` the comments of the
    statements that go, ``head`` those of them that stand above the region, and ``backs`` the calls of ``backward``.
    """

    region: Region
    modules: tuple[str, ...]
    others: tuple[str, ...]
    known: frozenset[str]
    optimizers: tuple[str, ...]
    accumulates: bool
    grads: str
    outer: frozenset[str]
    lines: tuple[cst.EmptyLine, ...]
    backs: tuple[cst.BaseStatement, ...]
    head: tuple[cst.EmptyLine, ...] = ()
    held: bool = False  # whether methods of self that the loss calls use the modules too
    tape: Tape = field(default_factory=Tape)


@rule(Block)
def training_step(body: Sequence[cst.BaseStatement], ctx) -> Sequence[cst.BaseStatement | Planned] | None:
    """A block whose statements take gradients: those of each loss become one planned statement."""
    if ctx.source.name != "torch" or ctx.target.name not in ("jax", "tensorflow"):
        return None
    _, whole = ctx.joined.get(id(body), (None, ctx.enclosing))
    if any(isinstance(node, cst.FunctionDef) for node in body):
        before = ctx.kinds_ahead(body)
        body, whole = without_closures(body, whole, ctx)
        ctx.restore_kinds(before)
    said = with_said_modes(body, ctx)
    if not any(map(takes_gradients, body)):
        return None if said is body else list(said)
    plain = with_plain_forms(said, ctx)
    before = ctx.kinds_ahead(plain)
    if ctx.target.name == "jax":
        plain = with_passes_where_needed(plain, _evidence(whole, ctx), ctx)
    if plain is not body:
        whole, body = with_block(whole, body, plain), plain
    joined = with_losses_in_branches(body, _evidence(whole, ctx), ctx)
    if joined is not None:
        body, whole = joined, with_block(whole, body, joined)
        ctx.joined.update((id(line.body.body), (line, whole)) for line in body if isinstance(line, cst.If))
    body, gone = unscaled(body, ctx)
    losses = {i: loss for i, node in enumerate(body) if (loss := backward_loss(node, ctx)) is not None}
    planned = _planned(body, losses, gone, whole, ctx) if losses else joined or (plain if plain is body else None)
    ctx.restore_kinds(before)
    return planned


def _planned(
    body, losses: dict[int, cst.BaseExpression], gone: frozenset[int], whole: cst.CSTNode, ctx
) -> list[cst.BaseStatement | Planned]:
    """The statements of a block, with those of each group of losses put together."""
    calls = calls_in(body, whole, losses, gone, ctx)
    made: list[cst.BaseStatement | Planned] = []
    start = 0
    earlier: Step | None = None
    for group in calls.groups:
        statements = body[start : group.last + 1]
        step = _step(body, start, group, [losses[i] for i in group.backs], calls, whole, ctx, earlier)
        earlier = None
        if isinstance(step, Unclear):
            made.extend(_refused(statements, {i - start for i in group.backs}, step))
        else:
            earlier = step
            calls.mark(group, step.accumulates, step.modules, ctx)
            after = [*step.region.after, *body[group.last + 1 :]]
            write = partial(written, step=step, after=after, whole=whole)
            made.extend([*step.region.before, Planned(write, apart=True), *step.region.after])
        start = group.last + 1
    return [*made, *body[start:]]


def _step(
    body, start: int, group: Group, losses: Sequence[cst.BaseExpression], calls: OptimizerCalls, whole, ctx,
    earlier: Step | None = None,
) -> Step | Unclear:  # fmt: skip
    """What a group becomes, or why it cannot."""
    problem = next(filter(None, (backward_problem(body[i]) for i in group.backs)), "")
    if problem:
        return Unclear(problem)
    if not group.optimizers:
        return Unclear("no optimizer steps in this function", "take the gradient and the step in one function")
    arrays = frozenset(name for path in group.optimizers for name in calls.arrays.get(path, ()))
    parameters = Parameters(_evidence(whole, ctx), ctx, arrays)
    statements, backs = body[start : group.last + 1], frozenset(i - start for i in group.backs)
    region = region_of(statements, losses, backs, parameters, ctx)
    if isinstance(region, Unclear):
        return region
    outside = [*outside_of(whole.body, [*region.inside, *region.before, *region.after])]
    recorded = frozenset[str]()
    if earlier is not None and ctx.target.name == "tensorflow":
        recorded = frozenset(recorded_names(earlier.region.inside, [*earlier.region.after, *region.before]))
    problem = calls.problem(region, outside, parameters, ctx, recorded) or kept_problem(region, ctx)
    kind = Unclear(problem) if problem else step_kind(calls, group)
    if isinstance(kind, Unclear):
        return kind
    modules, others = calls.modules(region, group.optimizers, parameters, ctx)
    goes_on = recorded and calls.problem(region, outside, parameters, ctx)
    if goes_on:
        trained = [calls.sources.get(path, frozenset()) for path in group.optimizers]
        modules = tuple(sorted(frozenset().union(*trained)))
        others = tuple(path for path in (*earlier.modules, *earlier.others, *others) if path not in modules)
        if kind == "accumulates" or not all(trained):
            return Unclear(goes_on)
        earlier.tape.kept = True
    held = False
    if ctx.target.name == "jax":
        modules, others, held = through_methods(modules, others, region, parameters, ctx)
        hidden = closing_over((*modules, *others), region, ctx)
        if hidden is not None or not modules:
            return hidden or Unclear("the loss depends on no module that is known")
    outer = frozenset(name for node in (*outside, *region.before) for name in bound_names(node))
    params = ctx.scope.params if ctx.scope is not None else frozenset()
    accumulates = kind == "accumulates"
    region, head, lines = _without_zeros(region, () if accumulates else calls.zeros, statements)
    lines += [line for i in group.backs for line in body[i].leading_lines]
    return Step(
        region, modules, others, parameters.modules | arrays, group.optimizers, accumulates, calls.grads,
        outer | params, tuple(lines), tuple(body[i] for i in group.backs), tuple(head), held,
        Tape(earlier.tape if goes_on else None),
    )  # fmt: skip


def _evidence(whole: cst.CSTNode, ctx) -> frozenset[str]:
    """The paths on which methods of modules are called: in the function, for attributes of ``self`` in the file."""
    own = (path for path in module_paths(ctx.whole) if path.startswith("self."))
    return module_paths(whole) | frozenset(own)


def outside_of(statements: Sequence[cst.CSTNode], region: Sequence[cst.CSTNode]):
    """The statements of a function that are not in a region: those that hold it are looked into."""
    own = {id(node) for node in region}
    for node in statements:
        if id(node) in own or isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            continue
        inner = list(inner_bodies(node))
        for body in inner:
            yield from outside_of(body, region)
        if not inner:
            yield node


def _without_zeros(region: Region, zeros, statements) -> tuple[Region, list[cst.EmptyLine], list[cst.EmptyLine]]:
    """The region without ``zero_grad`` lines that were moved before it; the comments of those above it, and others."""
    dropped = {id(call.node) for call in zeros}
    order = {id(node): place for place, node in enumerate(statements)}
    first = order.get(id(region.inside[0]), -1) if region.inside else -1
    kept: list[cst.BaseStatement] = []
    head: list[cst.EmptyLine] = []
    lines: list[cst.EmptyLine] = []
    for node in region.before:
        if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1 and id(node.body[0]) in dropped:
            above = order.get(id(node), first) < first
            (head if above else lines).extend(line for line in node.leading_lines if line.comment)
        else:
            kept.append(node)
    return Region(tuple(kept), region.inside, region.after, region.losses, region.constant), head, lines


def _refused(statements, backs: set[int], unclear: Unclear) -> list[cst.BaseStatement | Planned]:
    """The statements as they are, with the ``backward`` calls refused."""
    return [
        Planned(partial(_refused_line, node=node, unclear=unclear), node.leading_lines) if i in backs else node
        for i, node in enumerate(statements)
    ]


def _refused_line(ctx, node: cst.SimpleStatementLine, unclear: Unclear) -> list[cst.BaseStatement]:
    call = node.body[0].value
    made = ctx.refuse(call, ctx.array_api("backward"), unclear.reason, unclear.hint)
    return [node.with_changes(body=[cst.Expr(made if ctx.scope is not None else cst.Call(made))])]
