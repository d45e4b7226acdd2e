"""Writing the statements of a loss: as a function for ``nnx.value_and_grad``, or under a ``tf.GradientTape``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, dotted_path, free_names, paths_read, read_names
from ..s2s.kinds import ARRAY
from ..s2s.reading import reading_order
from ..s2s.statements import Planned
from .base import rule
from .calls import add_keyword
from .gradient_steps import is_array, variables, with_gradients
from .loss_region import is_constant_block


def written(ctx, step, after: Sequence[cst.BaseStatement], whole: cst.CSTNode) -> list[cst.BaseStatement]:
    """The statements of one training step in the target."""
    ctx.count("exact")
    if ctx.target.name == "jax":
        made = _jax(ctx, step, _read_later(step, after, whole))
    else:
        made = _tensorflow(ctx, step, whole)
    for loss in step.region.losses:
        if isinstance(loss, cst.Name):
            ctx.infer.bind(loss.value, ARRAY)
    if step.accumulates:
        call = with_gradients(step.optimizers[0], ("accumulate", "accumulate"), step.modules, step.grads, ctx)
        made.append(cst.SimpleStatementLine([cst.Expr(call)]))
    return made


def _read_later(step, after: Sequence[cst.BaseStatement], whole: cst.CSTNode) -> list[str]:
    """The names that the region binds and that are read after it, or before it in the same loop."""
    return read_later(step.region.inside, whole, after, (*step.region.before, *step.backs))


def read_later(
    inside: Sequence[cst.BaseStatement], whole: cst.CSTNode, after: Sequence[cst.BaseStatement] = (),
    moving: Sequence[cst.BaseStatement] = (),
) -> list[str]:  # fmt: skip
    """The names that statements bind and that are read after them, or before them in the same loop."""
    bound = list(dict.fromkeys(name for node in inside for name in bound_names(node)))
    order = reading_order(whole)
    own = [order.index[i] for node in inside for i in _ids(node) if i in order.index]
    reads = {name for node in after for name in read_names(node)}
    if own:
        start, end = min(own), max(own) + 1
        for begin, finish in order.loops:
            if begin <= start < finish:
                reads |= {name for each in order.reads[begin:start] for name in each}
        moved = {order.index[i] for node in moving for i in _ids(node) if i in order.index}
        reads |= {name for i in range(end, len(order.reads)) if i not in moved for name in order.reads[i]}
    return [name for name in bound if name in reads]


def _ids(node: cst.CSTNode) -> Iterable[int]:
    finder = _Statements()
    node.visit(finder)
    return finder.found


class _Statements(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[int] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.BaseSmallStatement):
            self.found.append(id(node))
        return True


def _statements(ctx, step, wrap) -> tuple[list[cst.BaseStatement], list[cst.EmptyLine]]:
    """The rewritten statements of a region, and the blank lines that stood before them.

    ``wrap`` makes the statements of blocks whose values are constants.
    """
    made: list[cst.BaseStatement] = []
    for constant, group in groupby(step.region.inside, lambda node: id(node) in step.region.constant):
        lines = [*group]
        made.extend([line for node in lines for line in wrap(node)] if constant else ctx.block(lines))
    lead = made[0].leading_lines
    made[0] = made[0].with_changes(leading_lines=[line for line in lead if line.comment])
    return made, [line for line in lead if not line.comment]


def _jax(ctx, step, later: list[str]) -> list[cst.BaseStatement]:
    """A nested function of the modules that gives the loss and what is used of it later."""
    region = step.region
    modules = [*step.modules, *step.others]
    read = read_before_bound(region.inside, step.outer)
    arguments = [*modules, *(name for name in read if name not in modules)]
    params = [path.rpartition(".")[2] for path in arguments]
    if not step.held:
        _rename(ctx, step, [path for path in modules if "." in path])
    function = ctx.unused_of(("loss_fn", "compute_loss", "step_loss"))
    total = _total(region.losses, ctx)
    named = isinstance(region.losses[0], cst.Name) and len(region.losses) == 1
    value = region.losses[0].value if named else ""
    kept = [name for name in later if name != value]
    body, blank = _statements(ctx, step, lambda node: constants(node, ctx))
    result = nodes.tuple_of([total, nodes.names(kept, paren=True)]).with_changes(lpar=[], rpar=[]) if kept else total
    body.append(cst.SimpleStatementLine([cst.Return(result)]))
    if step.held:
        body = [_held(body, modules, ctx)]
    definition = cst.FunctionDef(
        cst.Name(function),
        cst.Parameters([cst.Param(cst.Name(name)) for name in params]),
        cst.IndentedBlock(body),
        leading_lines=[*blank, *step.head],
    )
    options = _argnums(ctx, step.modules)
    if kept:
        options["has_aux"] = cst.Name("True")
    transform = ctx.native("flax.nnx.value_and_grad" if value else "flax.nnx.grad")
    taken = nodes.call(transform, cst.Name(function), **options)
    call = nodes.call(taken, *[nodes.dotted(path) for path in arguments])
    grads = cst.Name(step.grads)
    if value:
        outputs = nodes.tuple_of([cst.Name(value), nodes.names(kept, paren=True)]) if kept else cst.Name(value)
        target: cst.BaseExpression = nodes.tuple_of([outputs, grads]).with_changes(lpar=[], rpar=[])
    else:
        outputs = nodes.tuple_of([grads, nodes.names(kept, paren=True)]) if kept else grads
        target = outputs.with_changes(lpar=[], rpar=[])
    assigned = cst.SimpleStatementLine(
        [cst.Assign([cst.AssignTarget(target)], call)], leading_lines=_comments(step.lines)
    )
    return [definition, spaced_line(assigned)]


def _held(body: list[cst.BaseStatement], modules: Sequence[str], ctx) -> cst.With:
    """``with replaced(self, model=model):`` around statements that call methods of ``self``."""
    owners: dict[str, list[str]] = {}
    for path in modules:
        owner, _, name = path.rpartition(".")
        if owner:
            owners.setdefault(owner, []).append(name)
    pairs = [(owner, {name: cst.Name(name) for name in names}) for owner, names in owners.items()]
    items = [nodes.call(ctx.helper("replaced"), nodes.dotted(owner), **given) for owner, given in pairs]
    return cst.With([*map(cst.WithItem, items)], cst.IndentedBlock(body))


def spaced_line(line: cst.SimpleStatementLine) -> cst.SimpleStatementLine:
    """A line after a nested function, with a blank line before it."""
    return line.with_changes(leading_lines=[cst.EmptyLine(indent=False), *line.leading_lines])


def _comments(lines: Iterable[cst.EmptyLine]) -> list[cst.EmptyLine]:
    return [line for line in lines if line.comment]


def _argnums(ctx, modules: Sequence[str]) -> dict[str, cst.BaseExpression]:
    """What gradients are taken of: the first arguments, of modules without what the project freezes."""
    places: list[cst.BaseExpression] = [cst.Integer(str(i)) for i in range(len(modules))]
    frozen = ctx.project.freezes and not all(is_array(path, ctx) for path in modules)
    if frozen:
        places = [nodes.call(ctx.native("flax.nnx.DiffState"), place, ctx.helper("trainable")) for place in places]
    elif len(places) == 1:
        return {}
    return {"argnums": places[0] if len(places) == 1 else nodes.tuple_of(places)}


def _total(losses: Sequence[cst.BaseExpression], ctx) -> cst.BaseExpression:
    """The sum of the losses."""
    made = ctx.visit(losses[0])
    for loss in losses[1:]:
        made = cst.BinaryOperation(nodes.parenthesized(made), cst.Add(), nodes.parenthesized(ctx.visit(loss)))
    return made.with_changes(lpar=[], rpar=[]) if len(losses) == 1 else made


def read_before_bound(inside: Sequence[cst.BaseStatement], outer: frozenset[str]) -> list[str]:
    """The names that statements may read before they bind them: a function must be given these."""
    free, _ = free_names(inside)
    return sorted({name for node in inside for name in bound_names(node)} & free & outer)


def _rename(ctx, step, paths: list[str]) -> None:
    """``self.model`` is called ``model`` in the loss function, which takes it as an argument."""
    for node in (*step.region.inside, *(cst.Expr(loss) for loss in step.region.losses)):
        for path, each in paths_read(node):
            if path in paths:
                ctx.substitutes[id(each)] = cst.Name(path.rpartition(".")[2])


def constants(node: cst.With, ctx) -> list[cst.BaseStatement]:
    """The statements of a block without gradients, and the names that it binds with their gradient cut."""
    made = ctx.block([node])
    stop = "jax.lax.stop_gradient" if ctx.target.name == "jax" else "tensorflow.stop_gradient"
    for name in bound_names(node):
        cut = nodes.call(ctx.native(stop), cst.Name(name))
        made.append(cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], cut)]))
    return made


def with_cut_gradients(line: cst.BaseStatement, ctx) -> cst.BaseStatement | Planned:
    """A statement of a function that is differentiated: the values of a block without gradients are constants."""
    return Planned(partial(constants, line)) if is_constant_block(line, ctx) else line


def _tensorflow(ctx, step, whole: cst.CSTNode) -> list[cst.BaseStatement]:
    """The statements under a tape, and the gradients of what it recorded."""
    goes_on = step.tape.before is not None
    tape = step.tape.name = step.tape.before.name if goes_on else ctx.unused("tape")
    _train(ctx, step, whole)
    stopped = cst.WithItem(cst.Call(cst.Attribute(cst.Name(tape), cst.Name("stop_recording"))))

    def unrecorded(node: cst.With) -> list[cst.BaseStatement]:
        return [node.with_changes(items=[stopped], body=ctx._suite(node.body))]

    ctx.open_tapes.append(tape)
    body, blank = _statements(ctx, step, unrecorded)
    ctx.open_tapes.pop()
    losses = []
    for loss in step.region.losses:
        if isinstance(loss, cst.Name):
            losses.append(ctx.visit(loss))
            continue
        name = ctx.unused_of(("scaled_loss", "total_loss"))
        value = ctx.visit(loss).with_changes(lpar=[], rpar=[])
        body.append(cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)]))
        losses.append(cst.Name(name))
    kept = {"persistent": cst.Name("True")} if step.tape.kept else {}
    item = cst.WithItem(nodes.call(ctx.native("tensorflow.GradientTape"), **kept), cst.AsName(cst.Name(tape)))
    item = cst.WithItem(cst.Name(tape)) if goes_on else item
    target = losses[0] if len(losses) == 1 else cst.List([cst.Element(loss) for loss in losses])
    taken = nodes.call(
        cst.Attribute(cst.Name(tape), cst.Name("gradient")), target, variables(step.modules, step.optimizers[0], ctx)
    )
    assigned = cst.Assign([cst.AssignTarget(cst.Name(step.grads))], taken)
    line = cst.SimpleStatementLine([assigned], leading_lines=_comments(step.lines))
    return [cst.With([item], cst.IndentedBlock(body), leading_lines=[*blank, *step.head]), line]


def _train(ctx, step, whole: cst.CSTNode) -> None:
    """Note the calls of models whose mode the function does not set: PyTorch's models train until they are told."""
    modes = {path for path, _ in paths_read(whole) if path.endswith(".train")}  # eval() may come after the training
    unsaid = [path for path in (*step.modules, *step.others) if f"{path}.train" not in modes]
    paths = {path for path in unsaid if path in step.modules or path in step.known}
    for path in unsaid:
        if path not in paths:
            message = f"'{path}' computes as for inference unless set_training was called on it"
            ctx.note(step.region.inside[0], "S2S204", ctx.module_api("train"), message, f"call {path}.train()")
    for node in step.region.inside:
        finder = _CallsOf(paths)
        node.visit(finder)
        ctx.trained.update(finder.found)


class _CallsOf(cst.CSTVisitor):
    def __init__(self, paths: set[str]) -> None:
        super().__init__()
        self.paths = paths
        self.found: dict[int, str] = {}

    def visit_Call(self, node: cst.Call) -> None:
        path = dotted_path(node.func).removesuffix(".forward")
        if path in self.paths:
            self.found[id(node)] = path


@rule(cst.Call)
def trained_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``model(x)`` -> ``model(x, training=model.training)`` in a training step."""
    path = ctx.trained.pop(id(node), "")
    if not path:
        return None
    mode = cst.Attribute(nodes.dotted(path), cst.Name("training"))
    made = ctx.visit(node)
    return add_keyword(made, "training", mode) if isinstance(made, cst.Call) else made
