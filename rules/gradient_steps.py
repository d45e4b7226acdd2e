"""``zero_grad``, ``step`` and clipping: which of them belong to which loss, and what is written for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bare_calls, bound_names, changed_names, dotted_path, paths_read
from ..s2s.walk import below
from .array_optimizers import arrays_of_object, optimized_arrays
from .base import rule
from .custom_optimizers import is_own_step
from .cut_values import cut_names, inputs_of
from .loss_region import Parameters, Region, Unclear, is_constant_block, is_scaled
from .zeroed_around import zeroed_around

_CLIPS = {"torch.nn.utils.clip_grad_norm_": "clip_grad_norm", "torch.nn.utils.clip_grad_value_": "clip_grad_value"}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a method: of which optimizer (or module, for ``zero_grad``), and where; ``index`` is -1 when nested."""

    path: str
    node: cst.BaseSmallStatement
    call: cst.Call
    index: int

    @property
    def steps_alone(self) -> bool:
        """Whether it is a method of an optimizer of the project, which stays as it is."""
        return _method(self.call) not in ("step", "zero_grad")


@dataclass(frozen=True, slots=True)
class Group:
    """The ``backward`` calls before the same steps: their indices in the block, and the optimizers that then step."""

    backs: tuple[int, ...]
    optimizers: tuple[str, ...]

    @property
    def last(self) -> int:
        """The index of the last ``backward``."""
        return self.backs[-1]


@dataclass(frozen=True, slots=True)
class OptimizerCalls:
    """All calls in a function that concern gradients, and the groups of one block of it."""

    length: int
    steps: tuple[Call, ...]
    zeros: tuple[Call, ...]
    clips: tuple[Call, ...]
    idle: tuple[Call, ...]
    sources: dict[str, frozenset[str]] = field(default_factory=dict)
    arrays: dict[str, tuple[str, ...]] = field(default_factory=dict)  # an optimizer -> the arrays that it trains
    groups: tuple[Group, ...] = ()
    grads: str = "grads"
    around: frozenset[int] = frozenset()  # calls (by `id`) that zero what is trained, before a branch that is the block

    @property
    def optimizers(self) -> frozenset[str]:
        """The paths of all optimizers that step in the function."""
        return frozenset(step.path for step in self.steps)

    def problem(
        self, region: Region, outside: Iterable[cst.CSTNode], parameters: Parameters, ctx,
        recorded: frozenset[str] = frozenset(),
    ) -> str:  # fmt: skip
        """Why the gradient of a region lacks a part, '' when it does not; that of ``recorded`` names it has."""
        bound: set[str] = set()
        free = []
        inputs = inputs_of(region, partial(is_constant_block, ctx=ctx))
        for node, counts in _with_gradients([*_one_by_one(inputs)], cut_names([node for node, _ in inputs], ctx)):
            reads = [(path, each) for path, each in paths_read(node) if "." not in path and path not in bound]
            free += [(path, each) for path, each in reads if counts and not parameters.is_module(path, each)]
            bound.update(bound_names(node))
        for node in outside:
            held = ({*bound_names(node)} - recorded) & {path for path, _ in free}
            if held and parameters.reads_module(node, cut_names([node], ctx)):
                cut = cut_names([node for node, _ in inputs], ctx)
                for name, each in free:
                    if name in held and id(each) not in cut:
                        return f"'{name}' was computed before by statements whose gradient the loss needs"
        return ""

    def modules(
        self, region: Region, optimizers: Sequence[str], parameters: Parameters, ctx
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The paths of the modules that a loss function takes: those whose gradients are taken, and the others."""
        found: dict[str, None] = {}
        for node in (*region.inside, *(cst.Expr(loss) for loss in region.losses)):
            for path, each in sorted(paths_read(node), key=lambda pair: pair[0].count(".")):
                inner = any(path.startswith(f"{known}.") for known in found)
                if not inner and parameters.is_module(path, each):
                    found[path] = None
        if not found:
            called = _called(region.inside, ctx)
            return called[:1], called[1:]
        trained = dict(self.sources)
        for path, names in self.arrays.items():
            trained[path] = trained.get(path, frozenset()) | frozenset(names)
        clipped = frozenset().union(*(_clipped_paths(call.call) for call in self.clips))
        # What an optimizer of elsewhere trains is what is clipped: it raises where a parameter has no gradient.
        unknown = clipped if clipped and clipped <= frozenset(found) else frozenset(found)
        wanted = frozenset().union(*(trained.get(path, unknown) for path in optimizers))
        chosen = tuple(path for path in found if path in wanted) or _through_methods(found, wanted) or tuple(found)
        return chosen, tuple(path for path in found if path not in chosen)

    def mark(self, group: Group, accumulates: bool, modules: Sequence[str], ctx) -> None:
        """Say what the statements of a group become."""
        for call in self.idle:
            ctx.planned[id(call.node)] = lambda ctx: []
        if accumulates:
            for call in (*self.steps, *self.zeros):
                if call.steps_alone:
                    continue
                name = "step" if call in self.steps else "zero_grad"
                ctx.planned[id(call.node)] = partial(_method_call, path=group.optimizers[0], name=name)
            for call in self.clips:
                ctx.planned[id(call.node)] = partial(
                    _clipped_in_place, call=call, path=group.optimizers[0], modules=modules
                )
            return
        for call in self.zeros:
            ctx.planned[id(call.node)] = lambda ctx: []
        for call in self.steps:
            if call.path in group.optimizers and call.index > group.last:
                ctx.planned[id(call.node)] = partial(_update, path=call.path, modules=modules, grads=self.grads)
        last = max((call.index for call in self.steps if call.path in group.optimizers), default=self.length)
        for call in self.clips:
            if group.last < call.index <= last:
                ctx.planned[id(call.node)] = partial(_clipped, call=call, modules=modules, grads=self.grads)


def _through_methods(found: Iterable[str], wanted: frozenset[str]) -> tuple[str, ...]:
    """The modules of an object that its optimizer trains and only its methods use, where what is called is no part."""
    related = any(one.startswith(f"{other}.") or other.startswith(f"{one}.")
                  for one in found for other in wanted)  # fmt: skip
    own = all(path.startswith("self.") for path in wanted)
    return () if related or not own else tuple(sorted(wanted))


def _called(statements: Iterable[cst.CSTNode], ctx) -> tuple[str, ...]:
    """What is called and may be a module, in the order of evaluation; the optimizer checks that the first is."""
    finder = _Called()
    for node in statements:
        node.visit(finder)
    unknown = (func for func in finder.found if ctx.kind(func).tag == "unknown")
    return tuple(dict.fromkeys(path for func in unknown if (path := dotted_path(func)) and _may_be_module(path)))


def _may_be_module(path: str) -> bool:
    """Whether a called path is a name, or an attribute of ``self``, and no method of something else."""
    return "." not in path or (path.startswith("self.") and path.count(".") == 1)


class _Called(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.BaseExpression] = []

    def leave_Call(self, original_node: cst.Call) -> None:
        self.found.append(original_node.func)


def _one_by_one(inputs: Iterable[tuple[cst.CSTNode, bool]]) -> Iterator[tuple[cst.CSTNode, bool]]:
    """Statements with those of a ``with`` block in its place: a later one reads what an earlier one binds."""
    for node, counts in inputs:
        if isinstance(node, cst.With):
            yield from ((item.item, counts) for item in node.items)
            yield from _one_by_one((line, counts) for line in node.body.body)
        else:
            yield node, counts


def _with_gradients(
    inputs: Sequence[tuple[cst.CSTNode, bool]], cut: frozenset[int]
) -> list[tuple[cst.CSTNode, bool]]:  # fmt: skip
    """Statements with whether gradients are needed of what they read: not where what they bind is only read cut."""
    wanted: set[str] = set()
    found = []
    for node, counts in reversed(inputs):
        own = {*bound_names(node)} | changed_names(node)
        counts = counts and (not own or bool(own & wanted))
        if counts:
            wanted |= {path for path, each in paths_read(node) if "." not in path and id(each) not in cut}
        found.append((node, counts))
    return found[::-1]


def calls_in(
    body: Sequence[cst.BaseStatement], whole: cst.CSTNode, losses: dict[int, cst.BaseExpression],
    gone: frozenset[int], ctx,
) -> OptimizerCalls:  # fmt: skip
    """Find the calls in a function; ``body`` is the block that takes the gradients of ``losses``."""
    direct = {id(small): i for i, line in enumerate(body) if _is_line(line) for small in line.body}
    below = {id(n): i for i, line in enumerate(body) for n, _ in bare_calls([line])}
    found: dict[str, list[Call]] = {"step": [], "zero": [], "clip": [], "idle": []}
    statements = [pair for pair in bare_calls(getattr(whole, "body", ())) if id(pair[0]) not in gone]
    zeroed = {_owner(call) for _, call in statements if _method(call) == "zero_grad"}
    stepping = {_owner(call) for _, call in statements if _method(call) == "step" and not call.args}
    if len(stepping) == 1:
        zeroed |= stepping  # what else would take the gradients
    scalers = {_owner(call) for _, call in statements if _method(call) == "unscale_"}
    everything = list(bare_calls(getattr(whole, "body", ())))
    scalers |= {_owner(call.func.value) for _, call in everything if _method(call) == "backward" and _scales(call, ctx)}
    for node, call in statements:
        sort, path = _sort(call, zeroed, scalers, ctx)
        if sort:
            place = below if sort == "clip" else direct
            found[sort].append(Call(path, node, call, place.get(id(node), -1)))
    steps, zeros, clips, idle = (tuple(found[sort]) for sort in ("step", "zero", "clip", "idle"))
    sources = _global_sources(whole, ctx) | _sources_of_object(ctx) | _sources(statements, ctx)
    return OptimizerCalls(
        len(body), steps, zeros, clips, idle, sources, _arrays(statements, ctx),
        tuple(_groups(body, losses, steps)), ctx.unused("grads"), zeroed_around(body, whole),
    )  # fmt: skip


def _is_line(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleStatementLine)


def _method(call: cst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, cst.Attribute) else ""


def _owner(call: cst.Call) -> str:
    return dotted_path(call.func.value) if isinstance(call.func, cst.Attribute) else ""


def _scales(call: cst.Call, ctx) -> bool:
    return is_scaled(call.func.value, ctx)


def _sort(call: cst.Call, zeroed: set[str], scalers: set[str], ctx) -> tuple[str, str]:
    """What a call is (a step, zeroing, clipping, or nothing without mixed precision), and of what."""
    name = ctx.name_of(call.func)
    if ctx.source.renamed(name) in _CLIPS:
        return "clip", ""
    method, owner = _method(call), _owner(call)
    if not owner:
        return "", ""
    kind = ctx.kind(call.func.value)
    if ctx.infer.is_object(kind, "scaling") or owner in scalers:
        if method == "step" and call.args:
            return "step", dotted_path(call.args[0].value)
        return ("idle", owner) if method in ("unscale_", "update") else ("", "")
    if method == "zero_grad":
        return "zero", owner
    if is_own_step(method, kind, ctx):
        return "step", owner
    optimizer = ctx.infer.is_object(kind, "optimizers") or (kind.tag == "unknown" and owner in zeroed)
    return ("step", owner) if method == "step" and optimizer and not call.args else ("", "")


def _clipped_paths(call: cst.Call) -> frozenset[str]:
    """The modules and arrays whose gradients are clipped; nothing where that is not clear.

    ``model.parameters()``, ``[z]``, ``z``, ``list(actor.parameters()) + list(critic.parameters())``
    """
    return frozenset(_held_paths(call.args[0].value)) if call.args else frozenset()


def _held_paths(node: cst.BaseExpression) -> tuple[str, ...]:
    if isinstance(node, cst.Call) and _method(node) == "parameters" and not node.args:
        return (_owner(node),)
    if isinstance(node, cst.Call) and nodes.code(node.func) in ("list", "tuple", "itertools.chain", "chain"):
        parts = [_held_paths(arg.value) for arg in node.args]
    elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add):
        parts = [_held_paths(node.left), _held_paths(node.right)]
    elif isinstance(node, (cst.List, cst.Tuple)):
        starred = [each.value for each in node.elements if isinstance(each, cst.StarredElement)]
        plain = [each.value for each in node.elements if not isinstance(each, cst.StarredElement)]
        parts = [*map(_held_paths, starred), *((dotted_path(each),) for each in plain)]
    else:
        return (dotted_path(node),)
    return tuple(path for part in parts for path in part) if all(parts) else ("",)


def _sources(statements, ctx) -> dict[str, frozenset[str]]:
    """Of which modules the optimizers that the function makes take their parameters."""
    found = {}
    for optimizer, given in _optimized(statements, ctx):
        modules = {p.rpartition(".")[0] for p, _ in paths_read(given) if p.endswith(".parameters")}
        if modules:
            found[optimizer] = frozenset(modules)
    return found


def _global_sources(whole: cst.CSTNode, ctx) -> dict[str, frozenset[str]]:
    """Of which global modules the optimizers take their parameters that a function uses as global names."""
    if ctx.scope is None:
        return {}
    own = ctx.scope.params | {name for line in getattr(whole, "body", ()) for name in bound_names(line)}
    found = _sources(bare_calls(ctx.top), ctx)
    firsts = {path: {each.partition(".")[0] for each in (path, *names)} for path, names in found.items()}
    return {path: names for path, names in found.items() if not own & firsts[path]}


def _sources_of_object(ctx) -> dict[str, frozenset[str]]:
    """Of which of its modules the optimizers that the class at hand makes take their parameters."""
    name = ctx.scope.cls.rpartition(".")[2] if ctx.scope is not None and ctx.scope.cls else ""
    classes = (node for node in ctx.top if name and isinstance(node, cst.ClassDef) and node.name.value == name)
    assigned = [each for node in classes for each in below(node) if isinstance(each, cst.Assign)]
    found = _sources([(each, each.value) for each in assigned if isinstance(each.value, cst.Call)], ctx)
    own = {path: modules for path, modules in found.items() if path.startswith("self.")}
    return {path: modules for path, modules in own.items() if all(each.startswith("self.") for each in modules)}


def _arrays(statements, ctx) -> dict[str, tuple[str, ...]]:
    """The optimizers that are given arrays by their names, ``Adam([z])``, with these."""
    made = [(node, call) for node, call in statements if isinstance(node, cst.Assign)]
    found = {dotted_path(t.target): optimized_arrays(call, ctx) for node, call in made for t in node.targets}
    return arrays_of_object(ctx) | {path: names for path, names in found.items() if names}


def _optimized(statements, ctx) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The optimizers that a function makes, with what they are given."""
    for node, call in statements:
        entry = ctx.source.find(ctx.name_of(call.func)) if isinstance(node, cst.Assign) else None
        op = ctx.hub.get(entry.op) if entry is not None else None
        if op is not None and op.topic == "optimizers" and call.args:
            yield from ((dotted_path(target.target), call.args[0].value) for target in node.targets)


def _groups(body, losses: dict[int, cst.BaseExpression], calls: Sequence[Call]) -> Iterable[Group]:
    """The ``backward`` calls, by the steps that follow them in the block."""
    backs: list[int] = []
    steps: list[str] = []
    placed = {call.index: call.path for call in calls if call.index >= 0}
    optimizers = {call.path for call in calls}
    alone = tuple(optimizers) if len(optimizers) == 1 else ()
    for index in range(len(body)):
        if index in losses:
            if steps:
                yield Group(tuple(backs), tuple(dict.fromkeys(steps)))
                backs, steps = [], []
            backs.append(index)
        elif backs and index in placed:
            steps.append(placed[index])
    yield Group(tuple(backs), tuple(dict.fromkeys(steps)) or alone)


def step_kind(calls: OptimizerCalls, group: Group) -> str | Unclear:
    """``updates`` when each step takes the gradients of this group alone, ``accumulates`` when that is not certain."""
    if all(_is_simple(calls, group, path) for path in group.optimizers):
        return "updates"
    if len(calls.optimizers) > 1:
        return Unclear(
            "with several optimizers each must step once, after its zero_grad and backward in the same block",
            "call zero_grad, backward and step of one optimizer after the other",
        )
    return "accumulates"


def _is_simple(calls: OptimizerCalls, group: Group, path: str) -> bool:
    """Whether an optimizer steps once, on gradients that were zeroed before and come from this group alone."""
    steps = [call for call in calls.steps if call.path == path]
    others = {call.path for call in calls.zeros} - calls.optimizers
    zeros = [call for call in calls.zeros if call.path == path or call.path in others]
    around = [call for call in zeros if id(call.call) in calls.around]
    if len(steps) != 1 or steps[0].steps_alone or steps[0].index < group.last:
        return False
    if any(c.index < 0 and c not in around for c in zeros):
        return False
    if others and len(calls.optimizers) > 1 and not all(p in others for p in calls.sources.get(path, ("",))):
        return False
    zeroed = {call.index for call in zeros}
    taken = {back for other in calls.groups if other is not group for back in other.backs}
    if any(group.backs[0] < index < steps[0].index for index in zeroed):
        return False
    before = [*range(group.backs[0] - 1, -1, -1), -1, *range(calls.length - 1, steps[0].index, -1)]
    for index in before:
        if index in zeroed and index >= 0 or index < 0 and around:
            return True
        if index in taken:
            return False
    return False


# What is written


@rule(cst.Expr, cst.Assign)
def planned_statement(node: cst.Expr | cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """A statement for which a training step was planned: ``optimizer.step()`` -> ``optimizer.update(model, grads)``."""
    maker = ctx.planned.get(id(node)) if ctx.planned else None
    if maker is None:
        return None
    ctx.count("exact")
    return maker(ctx)


def _method_call(ctx, path: str, name: str) -> list[cst.BaseSmallStatement]:
    return [cst.Expr(cst.Call(cst.Attribute(ctx.visit(nodes.dotted(path)), cst.Name(name))))]


def _update(ctx, path: str, modules: Sequence[str], grads: str) -> list[cst.BaseSmallStatement]:
    """``optimizer.update(model, grads)`` or ``optimizer.apply_gradients(zip(grads, model.trainable_variables))``."""
    return [cst.Expr(with_gradients(path, ("update", "apply_gradients"), modules, grads, ctx))]


def with_gradients(path: str, names: tuple[str, str], modules: Sequence[str], grads: str, ctx) -> cst.Call:
    """A call that gives gradients to an optimizer; ``names`` are the method in JAX and in TensorFlow."""
    owner = ctx.visit(nodes.dotted(path))
    if ctx.target.name == "jax":
        held = [nodes.dotted(module) for module in modules]
        model = held[0] if len(held) == 1 else nodes.tuple_of(held)
        return nodes.call(cst.Attribute(owner, cst.Name(names[0])), model, cst.Name(grads))
    pairs = nodes.call(cst.Name("zip"), cst.Name(grads), variables(modules, path, ctx))
    return nodes.call(cst.Attribute(owner, cst.Name(names[1])), pairs)


def variables(modules: Sequence[str], optimizer: str, ctx) -> cst.BaseExpression:
    """The variables whose gradients a tape is asked for."""
    if not modules:
        return cst.Attribute(ctx.visit(nodes.dotted(optimizer)), cst.Name("params"))
    arrays = [cst.Element(nodes.dotted(path)) for path in modules if is_array(path, ctx)]
    held = [ctx.visit(nodes.dotted(path)) for path in modules if not is_array(path, ctx)]
    parts: list[cst.BaseExpression] = [cst.List(arrays)] if arrays else []
    parts += [cst.Attribute(path, cst.Name("trainable_variables")) for path in held]
    made: cst.BaseExpression = parts[0]
    for part in parts[1:]:
        made = cst.BinaryOperation(made, cst.Add(), part)
    return made


def is_array(path: str, ctx) -> bool:
    """Whether what a loss function takes is an array that is trained, and no module."""
    if "." in path and any(path in names for names in arrays_of_object(ctx).values()):
        return True
    return ctx.kind(nodes.dotted(path)).tag == "array"


def _clip_args(call: cst.Call, ctx) -> list[cst.Arg] | None:
    """The arguments after the parameters; None when some have no counterpart."""
    args = []
    for arg in call.args[1:]:
        if arg.keyword is not None and arg.keyword.value in ("error_if_nonfinite", "foreach"):
            if nodes.code(arg.value) not in ("False", "None") and arg.keyword.value != "foreach":
                return None
            continue
        args.append(arg.with_changes(value=ctx.visit(arg.value)))
    return nodes.spaced(args)


def _clipped(ctx, call: Call, modules: Sequence[str], grads: str) -> list[cst.BaseSmallStatement]:
    """``grads, _ = clip_grad_norm(grads, 1.0)``."""
    args = _clip_args(call.call, ctx)
    if args is None or frozenset(modules) != _clipped_paths(call.call):
        return _unclipped(call, ctx)
    name = _CLIPS[ctx.source.renamed(ctx.name_of(call.call.func))]
    value = cst.Call(ctx.helper(name), nodes.spaced([nodes.positional(cst.Name(grads)), *args]))
    target: cst.BaseExpression = cst.Name(grads)
    if name == "clip_grad_norm":
        kept = call.node.targets[0].target if isinstance(call.node, cst.Assign) else cst.Name("_")
        target = nodes.tuple_of([cst.Name(grads), kept]).with_changes(lpar=[], rpar=[])
    return [cst.Assign([cst.AssignTarget(target)], value)]


def _clipped_in_place(ctx, call: Call, path: str, modules: Sequence[str]) -> list[cst.BaseSmallStatement]:
    """``optimizer.clip_grad_norm(1.0)``."""
    args = _clip_args(call.call, ctx)
    if args is None or (modules and frozenset(modules) != _clipped_paths(call.call)):
        return _unclipped(call, ctx)
    name = _CLIPS[ctx.source.renamed(ctx.name_of(call.call.func))]
    value = cst.Call(cst.Attribute(ctx.visit(nodes.dotted(path)), cst.Name(name)), args)
    return [call.node.with_changes(value=value)]


def _unclipped(call: Call, ctx) -> list[cst.BaseSmallStatement]:
    reason = "only the gradients of all that the loss differentiates are clipped together"
    return ctx.refuse_statement(call.call, ctx.name_of(call.call.func), reason)
