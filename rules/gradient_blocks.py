"""Gradients of arrays in TensorFlow: the statements that compute the outputs stand in the blocks of tapes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import inner_bodies
from ..s2s.statements import Planned
from .loss_functions import with_cut_gradients
from .taken_gradients import Taken

Lines = Sequence[cst.BaseStatement]
_TAPES = ("tape", "outer_tape", "outermost_tape")
_INNER = ("inner_tape", "innermost_tape")  # inside of another one


def on_tapes(body: Lines, taken: Sequence[Taken], marks: Collection[int], ctx) -> list[cst.BaseStatement | Planned]:
    """The statements of a block, those up to the last that outputs need under tapes, one for each order."""
    start = min(place for call in taken for place in (*call.inside, call.place))
    levels = _levels(taken)
    free = [name for name in (_INNER if ctx.open_tapes else _TAPES) if name not in ctx.open_tapes]
    tapes = [ctx.unused(free[level]) if level < len(free) else ctx.fresh("tape") for level in range(len(levels))]
    watches = [(tape, calls) for tape, calls in zip(tapes, levels, strict=True)]
    lines: list[cst.BaseStatement | Planned] = []
    after = start
    for tape, calls in watches:
        end = max((place for call in calls for place in _recorded_places(call, body)), default=start - 1) + 1
        for place in range(after, end):
            if place not in marks:
                lines += [with_cut_gradients(body[place], ctx), *_watching(place, watches)]
        values = _values(calls, body, ctx)
        for call in calls:
            ctx.taken[id(call.call)] = partial(_written_call, taken=call, tape=tape, value=values.get(_text(call), ""))
        several = len(calls) > 1 or any([*inner_bodies(body[call.place])] for call in calls)
        valued = {values[_text(call)]: call for call in calls if _text(call) in values}
        last = [Planned(partial(_valued, name=name, call=call)) for name, call in valued.items()]
        block = [*_watching(None, [(tape, calls)], start), *lines, *last]
        lead = body[start].leading_lines
        lines = [Planned(partial(_recorded, tape=tape, persistent=several, lines=block, lead=lead))]
        after = max(after, end)
    kept = [place for place in range(len(body)) if place not in marks]
    before = [with_cut_gradients(body[place], ctx) for place in kept if place < start]
    return [*before, *lines, *(with_cut_gradients(body[place], ctx) for place in kept if place >= after)]


def _recorded_places(call: Taken, body: Lines) -> list[int]:
    """The places of the statements that a tape records for a call: with loops in which outputs are computed."""
    loop = [call.place] if isinstance(body[call.place], cst.For) and not isinstance(call.outputs[0], cst.Name) else []
    return [*call.inside, *loop]


def _levels(taken: Sequence[Taken]) -> list[list[Taken]]:
    """The calls by their order: those whose outputs are no gradients, those of their gradients, and so on."""
    orders: dict[int, int] = {}
    for call in taken:
        earlier = [orders[id(other)] for other in taken if other.place in call.inside and id(other) in orders]
        orders[id(call)] = 1 + max(earlier, default=-1)
    found: list[list[Taken]] = [[] for _ in range(1 + max(orders.values()))]
    for call in taken:
        found[orders[id(call)]].append(call)
    return found


def _watching(
    place: int | None, tapes: Sequence[tuple[str, Sequence[Taken]]], start: int = 0
) -> list[Planned]:
    """``tape.watch(x)`` for what a statement binds, or for what is bound before ``start``."""
    made = []
    for tape, calls in tapes:
        origins = {name: origin for call in calls for name, origin in zip(call.inputs, call.origins, strict=True)}
        names = [name for name, origin in origins.items() if (origin < start if place is None else origin == place)]
        if names:
            watched = cst.Name(names[0]) if len(names) == 1 else cst.List([cst.Element(cst.Name(n)) for n in names])
            made.append(nodes.call(cst.Attribute(cst.Name(tape), cst.Name("watch")), watched))
    return [Planned(partial(_plain, call=call)) for call in made]


def _plain(ctx, call: cst.Call) -> list[cst.BaseStatement]:
    return [cst.SimpleStatementLine([cst.Expr(call)])]


def _values(calls: Sequence[Taken], body: Lines, ctx) -> dict[str, str]:
    """Names for the outputs that are expressions: these must be computed under the tape."""
    found: dict[str, str] = {}
    for call in calls:
        written = isinstance(call.outputs[0], cst.Name) or _summed(call) is not None
        if not written and not isinstance(body[call.place], cst.For) and _text(call) not in found:
            free = [name for name in ("total", "value", "result") if name not in found.values()]
            found[_text(call)] = ctx.unused_of(free) if free else ctx.fresh("value")
    return found


def _text(call: Taken) -> str:
    return ", ".join(map(nodes.code, call.outputs))


def _summed(call: Taken) -> cst.BaseExpression | None:
    """``y`` of the output ``y.sum()``: tapes take the gradient of the sum in any case."""
    output = call.outputs[0]
    if call.weights or len(call.outputs) > 1 or not isinstance(output, cst.Call) or output.args:
        return None
    func = output.func
    summed = isinstance(func, cst.Attribute) and func.attr.value == "sum" and isinstance(func.value, cst.Name)
    return func.value if summed else None


def _valued(ctx, name: str, call: Taken) -> list[cst.BaseStatement]:
    """``total = (y ** 2).sum()``."""
    value = _listed([ctx.visit(each) for each in call.outputs]).with_changes(lpar=[], rpar=[])
    return [cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)])]


def _listed(parts: Sequence[cst.BaseExpression]) -> cst.BaseExpression:
    return parts[0] if len(parts) == 1 else cst.List([cst.Element(part) for part in parts])


def _recorded(
    ctx, tape: str, persistent: bool, lines: Sequence[cst.BaseStatement | Planned], lead: Sequence[cst.EmptyLine]
) -> list[cst.BaseStatement]:
    """``with tf.GradientTape() as tape:`` and what it records."""
    options = {"persistent": cst.Name("True")} if persistent else {}
    made = nodes.call(ctx.native("tensorflow.GradientTape"), **options)
    ctx.open_tapes.append(tape)
    body = ctx.block(lines)
    ctx.open_tapes.pop()
    first = body[0]
    body[0] = first.with_changes(leading_lines=[line for line in first.leading_lines if line.comment])
    blank = [line for line in lead if not line.comment]
    return [cst.With([cst.WithItem(made, cst.AsName(cst.Name(tape)))], cst.IndentedBlock(body), leading_lines=blank)]


def _written_call(ctx, place: int | None, taken: Taken, tape: str, value: str) -> cst.BaseExpression:
    """``tape.gradient(u, x)``."""
    outputs = cst.Name(value) if value else _summed(taken) or _listed([*taken.outputs])
    target = ctx.visit(outputs) if not value else outputs
    options = {} if _are_ones(taken) else {"output_gradients": _listed([ctx.visit(each) for each in taken.weights])}
    if taken.parameters is not None:
        options |= {"create_graph": taken.created} if taken.created is not None else {}
        held = ctx.visit(taken.parameters)
        made = nodes.call(ctx.helper("parameter_gradients"), cst.Name(tape), target, held, **options)
        return made if place is None else nodes.item(made, place)
    alone = place is not None
    names = [cst.Name(name) for name in (taken.inputs if place is None or taken.sequence else (taken.inputs[place],))]
    sources = names[0] if alone or taken.sequence else cst.List([cst.Element(name) for name in names])
    made = nodes.call(cst.Attribute(cst.Name(tape), cst.Name("gradient")), target, sources, **options)
    if taken.sequence and alone:
        made = nodes.item(made, place)
    if taken.created is not None:
        return made
    stop = ctx.native("tensorflow.stop_gradient")
    if alone:
        return nodes.call(stop, made)
    each = ctx.unused_of(("gradient", "each"))
    loop = cst.CompFor(cst.Name(each), made)
    return cst.ListComp(nodes.call(stop, cst.Name(each)), loop)


def _are_ones(taken: Taken) -> bool:
    """Whether all weights are surely ones, as they are where none are given."""
    texts = [nodes.code(weight) for weight in taken.weights]
    return texts == [f"torch.ones_like({nodes.code(each)})" for each in taken.outputs][: len(texts)]
