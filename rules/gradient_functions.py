"""Gradients of arrays in JAX: outputs become functions of inputs, and ``jax.vjp`` gives what takes their gradients."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, free_names, paths_read, read_names
from ..s2s.kinds import ARRAY
from ..s2s.statements import Planned
from .gradient_flow import leaves
from .loss_functions import read_before_bound, read_later, spaced_line, with_cut_gradients
from .taken_gradients import Differentiated, Taken

Lines = Sequence[cst.BaseStatement]
_ZEROS = "the gradient of an input that the outputs do not depend on is zero, where PyTorch gives None"


def as_functions(
    body: Lines, start: int, taken: Sequence[Taken], marks: Collection[int], ctx
) -> list[cst.BaseStatement | Planned]:
    """The statements of a block, which begins at ``start``, those that compute outputs as functions of the inputs."""
    groups = _grouped(taken)
    for group in groups:
        group.value = "" if group.names else ctx.unused_of(("total", "value", "result"))
        base = group.names[0] if group.names else _base(group)
        group.function, group.pullback = ctx.unused(f"{base}_of"), ctx.unused(f"{base}_vjp")
        group.lines = tuple(body[call.place] for call in group.calls)
        for call in group.calls:
            ctx.taken[id(call.call)] = partial(_written_call, taken=call, group=group)
    outer = [group for group in ctx.gradient_groups if _stands_in(group, body[:start])]
    ctx.gradient_groups.extend(groups)
    places = [place for place in range(start, len(body)) if place not in marks]
    inside = [body[place] for place in places if any(place in group.inside for group in groups)]
    carried = read_before_bound(inside, _bound_outside(inside, ctx))
    later = frozenset(read_later(body[start:], ctx.enclosing)) | {*carried}
    known = {group.function: group.extra for group in outer if group.extra is not None}
    return _Arranged(body, start, [*outer, *groups], ctx).block(places, later, known)


def _base(group: Differentiated) -> str:
    """What a function is called after whose outputs have no name."""
    if group.parameters is not None:
        return group.value
    return min(read_names(group.outputs[0]) - {"self"}, default="outputs")


def _stands_in(group: Differentiated, outer: Lines) -> bool:
    """Whether a group is of statements before a block."""
    pairs = zip(group.calls, group.lines, strict=True)
    return all(call.place < len(outer) and outer[call.place] is line for call, line in pairs)


def _grouped(taken: Sequence[Taken]) -> list[Differentiated]:
    """The calls with the same outputs together, in the order in which these are computed."""
    found: dict[tuple[object, ...], list[Taken]] = {}
    for each in taken:
        same = found.setdefault((each.key, 0), [])
        if any({*each.origins} & {*other.inside} or {*other.origins} & {*each.inside} for other in same):
            found[each.key, id(each)] = [each]  # an input is computed of another one's
        else:
            same.append(each)
    groups = []
    for calls in found.values():
        most = sorted(calls, key=lambda call: -len(call.inputs))
        inputs = tuple(dict.fromkeys(name for call in most for name in call.inputs))
        inside = tuple(sorted({place for call in calls for place in call.inside}))
        groups.append(Differentiated(calls, inputs, inside))
    return sorted(groups, key=lambda group: group.end)


class _Arranged:
    """The statements of a block in their new order."""

    def __init__(self, body: Lines, start: int, groups: Sequence[Differentiated], ctx) -> None:
        self.body = body
        self.start = start
        self.groups = groups
        self.ctx = ctx
        expressions = [each for group in groups for call in group.calls for each in call.outputs if group.value]
        self.unread = {id(node) for each in expressions for _, node in paths_read(each)}

    def block(
        self, places: Sequence[int], results: frozenset[str], known: dict[str, tuple[str, ...]], inner: bool = False
    ) -> list[cst.BaseStatement | Planned]:
        """Some statements with functions in place of some of them; ``results`` are the names that are read later.

        ``known`` are the functions that are there already, with what they give beside the outputs. The statements of
        an ``inner`` function are there alone, those of the block see what stands before it.
        """
        within = {*places}
        seen = within if inner else within | {*range(self.start)}
        asked = [group for group in self.groups if any(call.place in within for call in group.calls)]
        own = [group for group in asked if {*group.inside} <= seen]
        kept, gives = self._kept(places, own, results)
        made: list[tuple[float, cst.BaseStatement | Planned]] = [
            (place, with_cut_gradients(self.body[place], self.ctx) if inner else self.body[place]) for place in kept
        ]
        for group in own:
            pulled = any(call.place in kept for call in group.calls)
            more = tuple(gives[group.function])
            if not (pulled or more):
                continue
            extra = tuple(name for name in more if name not in group.names)
            defined = known.get(group.function)
            if defined is None or not {*extra} <= {*defined}:
                defined = None
                known = {**known, group.function: extra}
                group.extra = group.extra if inner else extra
            write = partial(self._write, group=group, extra=extra, defined=defined, pulled=pulled, known=known)
            made.append((group.end, Planned(write, apart=defined is None)))
        return [line for _, line in sorted(made, key=lambda pair: pair[0])]

    def _kept(
        self, places: Sequence[int], groups: Sequence[Differentiated], results: frozenset[str]
    ) -> tuple[set[int], dict[str, list[str]]]:
        """The statements that stay where they are, and the names whose values each function gives."""
        inside = {place for group in groups for place in group.inside}
        kept = {place for place in places if place not in inside}
        gives: dict[str, list[str]] = {group.function: [] for group in groups}
        todo: list[tuple[float, frozenset[str]]] = [(place, self._read(place)) for place in kept]
        todo += [(group.end, self._free(group)) for group in groups]
        todo.append((len(self.body), results))
        while todo:
            place, names = todo.pop()
            for name in names:
                bound = next((i for i in reversed(places) if i < place and name in bound_names(self.body[i])), None)
                if bound is None or bound in kept:
                    continue
                giving = (group for group in groups if group.end < place and self._gives(group, name, bound))
                group = next(giving, None)
                if group is None:
                    kept.add(bound)
                    todo.append((bound, self._read(bound)))
                elif name not in gives[group.function]:
                    gives[group.function].append(name)
        return kept, gives

    def _read(self, place: int) -> frozenset[str]:
        """The names that a statement reads, without those that only say what gradients are taken of."""
        read = ((path, node) for path, node in paths_read(self.body[place]) if "." not in path)
        return frozenset(path for path, node in read if id(node) not in self.unread)

    def _gives(self, group: Differentiated, name: str, bound: int) -> bool:
        """Whether a function can give the value that a statement binds: the statement is the last inside to bind it."""
        return bound == max((place for place in group.inside if name in bound_names(self.body[place])), default=None)

    def _free(self, group: Differentiated) -> frozenset[str]:
        """The names that a function needs from outside of it."""
        free, bound = free_names([self.body[place] for place in group.inside])
        outputs = {name for each in group.outputs for name in read_names(each)}
        return frozenset({*group.inputs} | free | outputs - bound)

    def _write(
        self, ctx, group: Differentiated, extra: tuple[str, ...], defined: tuple[str, ...] | None, pulled: bool,
        known: dict[str, tuple[str, ...]],
    ) -> list[cst.BaseStatement]:  # fmt: skip
        """The function of a group, and its call, alone or by ``jax.vjp`` where gradients are asked for."""
        lead = [line for line in self.body[group.inside[0]].leading_lines if not line.comment] if group.inside else []
        made: list[cst.BaseStatement] = []
        if defined is None:
            made.append(self._definition(group, extra, known).with_changes(leading_lines=lead))
        gives = extra if defined is None else defined
        more = [cst.Name(name if name in extra else "_") for name in gives]
        outputs = [cst.Name(each.value if isinstance(each, cst.Name) else group.value) for each in group.outputs]
        parts: list[cst.BaseExpression] = [nodes.one_or_tuple(outputs)]
        function, inputs = cst.Name(group.function), [cst.Name(name) for name in group.inputs]
        if pulled:
            options = {"has_aux": cst.Name("True")} if more else {}
            taken = ctx.native("jax.vjp") if group.parameters is None else ctx.helper("parameters_vjp")
            held = inputs if group.parameters is None else [ctx.visit(group.parameters)]
            call = nodes.call(taken, function, *held, **options)
            parts.append(cst.Name(group.pullback))
        else:
            call = nodes.call(function, *inputs)
        parts += [nodes.one_or_tuple(more)] if more else []
        target = parts[0] if len(parts) == 1 else nodes.tuple_of(parts).with_changes(lpar=[], rpar=[])
        line = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(target)], call)])
        made.append(spaced_line(line) if made else line.with_changes(leading_lines=lead))
        for name in group.names:
            ctx.infer.bind(name, ARRAY)
        return made

    def _definition(
        self, group: Differentiated, extra: Sequence[str], known: dict[str, tuple[str, ...]]
    ) -> cst.FunctionDef:
        """The statements inside as a function of the inputs."""
        ctx = self.ctx
        held = {other.function for other in self.groups if {*group.inputs} <= {*other.inputs}} - {group.function}
        results = frozenset(name for each in group.outputs for name in read_names(each)) | {*extra}
        lines = self.block(group.inside, results, {name: known[name] for name in known if name in held}, inner=True)
        body = ctx.block(lines) if lines else []
        if body:
            body[0] = body[0].with_changes(leading_lines=[line for line in body[0].leading_lines if line.comment])
        outputs = nodes.one_or_tuple([ctx.visit(each) for each in group.outputs])
        value = nodes.tuple_of([outputs, nodes.one_or_tuple([cst.Name(name) for name in extra])]) if extra else outputs
        body = _returning(body, value.with_changes(lpar=[], rpar=[]))
        statements = [self.body[place] for place in group.inside]
        outer = _bound_outside(statements, ctx)
        rebound = [name for name in read_before_bound(statements, outer) if name not in group.inputs]
        params = [cst.Param(cst.Name(name)) for name in group.inputs]
        params += map(nodes.kept_param, rebound)
        return cst.FunctionDef(cst.Name(group.function), cst.Parameters(params), cst.IndentedBlock(body))


def _bound_outside(inside: Lines, ctx) -> frozenset[str]:
    """The names that a function binds in other places than some of its statements."""
    own = {id(line) for line in leaves(inside)}
    others = (line for line in leaves(getattr(ctx.enclosing, "body", ())) if id(line) not in own)
    params = ctx.scope.params if ctx.scope is not None else frozenset()
    return frozenset(name for line in others for name in bound_names(line)) | params


def _returning(body: list[cst.BaseStatement], value: cst.BaseExpression) -> list[cst.BaseStatement]:
    """A body that returns a value: the one of its last assignment without the name."""
    last = body[-1].body[0] if body and isinstance(body[-1], cst.SimpleStatementLine) else None
    if isinstance(last, cst.Assign) and isinstance(value, cst.Name) and len(body[-1].body) == len(last.targets) == 1:
        target = last.targets[0].target
        if isinstance(target, cst.Name) and target.value == value.value:
            return [*body[:-1], body[-1].with_changes(body=[cst.Return(last.value)])]
    return [*body, cst.SimpleStatementLine([cst.Return(value)])]


def _written_call(ctx, place: int | None, taken: Taken, group: Differentiated) -> cst.BaseExpression:
    """``u_vjp(jnp.ones_like(u))``, or an item of what it gives."""
    names = [each.value if isinstance(each, cst.Name) else group.value for each in taken.outputs]
    ones = ctx.native("jax.numpy.ones_like")
    weights = [ctx.visit(each) for each in taken.weights] or [nodes.call(ones, cst.Name(name)) for name in names]
    made: cst.BaseExpression = nodes.call(cst.Name(group.pullback), nodes.one_or_tuple(weights))
    order = [group.inputs.index(name) for name in taken.inputs]
    if taken.parameters is not None:
        made = made if place is None else nodes.item(made, place)
    elif taken.sequence:
        made = nodes.item(made, order[0])
        made = made if place is None else nodes.item(made, place)
    elif place is not None:
        made = nodes.item(made, order[place])
    elif order != [*range(len(group.inputs))]:
        text = f"tuple({nodes.code(made)}[i] for i in ({', '.join(map(str, order))},))"
        made = cst.parse_expression(text)
    if taken.unused:
        ctx.note(taken.call, "S2S204", "torch.autograd.grad", _ZEROS)
    return made if taken.created is not None else nodes.call(ctx.native("jax.lax.stop_gradient"), made)

