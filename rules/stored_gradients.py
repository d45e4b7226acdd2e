"""``loss.backward()`` before ``x.grad`` is read: the gradient gets a name, where no optimizer takes part."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, dotted_path, paths_read
from .gradient_flow import leaves
from .loss_region import backward_loss, backward_problem, statement_call
from .taken_gradients import Taken

_NOTE = "the gradients of parameters, which PyTorch keeps as well, are not computed"


def read_gradients(ctx) -> dict[str, list[cst.Attribute]]:
    """The names of a function of which ``x.grad`` is read, with these nodes; none where an optimizer steps."""
    return _gradients_in(ctx.enclosing)


@lru_cache(maxsize=64)
def _gradients_in(whole: cst.CSTNode) -> dict[str, list[cst.Attribute]]:
    finder = _Gradients()
    whole.visit(finder)
    return {} if finder.steps or not finder.takes else finder.found


class _Gradients(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[cst.Attribute]] = {}
        self.steps = self.takes = False

    def visit_Attribute(self, node: cst.Attribute) -> None:
        read = node.value if node.attr.value == "data" else node
        if not isinstance(read, cst.Attribute) or read.attr.value != "grad" or not isinstance(read.value, cst.Name):
            return
        if read.value.value != "self":
            self.found.setdefault(read.value.value, []).append(node)

    def visit_Call(self, node: cst.Call) -> None:
        method = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
        self.steps = self.steps or method == "step"
        self.takes = self.takes or method == "backward"

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        return False


def stored_gradients(body: Sequence[cst.BaseStatement], start: int, ctx) -> list[Taken]:
    """The calls of ``backward`` in a block that give arrays new gradients, which are read afterwards.

    The block begins at ``start``.
    """
    losses = ((place, backward_loss(body[place], ctx)) for place in range(start, len(body)))
    backs = [(place, loss) for place, loss in losses if loss is not None]
    if len(backs) != 1 or backward_problem(body[backs[0][0]]):
        return []
    place, loss = backs[0]
    call = statement_call(body[place])
    read = {name: found for name, found in read_gradients(ctx).items() if _is_new(name, body, place, ctx)}
    if not read or call is None:
        return []
    names = {name: ctx.unused(f"{name}_grad") for name in read}
    for name, found in read.items():
        ctx.substitutes.update((id(node), cst.Name(names[name])) for node in found)
    for line in leaves(ctx.enclosing.body):
        for small in getattr(line, "body", ()):
            if _resets(small, read):
                ctx.planned[id(small)] = _nothing
    small = body[place].body[0]
    ctx.planned[id(small)] = partial(_assigned, call=call, names=tuple(names.values()))
    return [Taken(call, place, (loss,), tuple(read), (), None, False)]


def _is_new(name: str, body: Sequence[cst.BaseStatement], place: int, ctx) -> bool:
    """Whether an array surely has no gradient yet: it is made or reset in each pass of the loop around, if any."""
    loop = _loop_around(body[place], ctx)
    if loop is None:
        return True
    statements = list(leaves(loop.body.body))
    resets = any(_resets(small, {name}) for line in statements for small in getattr(line, "body", ()))
    return resets or any(name in bound_names(line) for line in statements)


def _loop_around(line: cst.BaseStatement, ctx) -> cst.For | cst.While | None:
    """The innermost loop of the function that a statement is in."""
    finder = _Loops(line)
    ctx.enclosing.visit(finder)
    return finder.found


class _Loops(cst.CSTVisitor):
    def __init__(self, line: cst.BaseStatement) -> None:
        super().__init__()
        self.line = line
        self.found: cst.For | cst.While | None = None

    def visit_For(self, node: cst.For) -> None:
        self._look(node)

    def visit_While(self, node: cst.While) -> None:
        self._look(node)

    def _look(self, node: cst.For | cst.While) -> None:
        if any(line is self.line for line in leaves(node.body.body)):
            self.found = node  # inner loops are visited later


def _resets(small: cst.CSTNode, names) -> bool:
    """Whether a statement is ``x.grad = None``, ``x.grad.zero_()`` or ``model.zero_grad()``."""
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and nodes.code(small.value) == "None":
        return dotted_path(small.targets[0].target) in {f"{name}.grad" for name in names}
    if not isinstance(small, cst.Expr) or not isinstance(small.value, cst.Call):
        return False
    owner, _, method = dotted_path(small.value.func).rpartition(".")
    gradients = {f"{name}.grad" for name in names} | {f"{name}.grad.data" for name in names}
    return method == "zero_grad" or method in ("zero_", "detach_") and owner in gradients


def resets_alone(line: cst.CSTNode, names) -> bool:
    """Whether a branch does nothing but reset gradients: ``if x.grad is not None: x.grad.zero_()``."""
    if not isinstance(line, cst.If) or line.orelse is not None:
        return False
    smalls = [small for inner in leaves(line.body.body) for small in getattr(inner, "body", ())]
    owners = {f"{name}.grad" for name in names}
    return all(_resets(small, names) for small in smalls) and any(p in owners for p, _ in paths_read(line.test))


def _nothing(ctx) -> list[cst.BaseSmallStatement]:
    return []


def _assigned(ctx, call: cst.Call, names: tuple[str, ...]) -> list[cst.BaseSmallStatement]:
    """``x_grad = loss_vjp(jnp.ones_like(loss))[0]``."""
    plan = ctx.taken.get(id(call))
    if not callable(plan):
        reason = plan.reason if plan is not None else "what it computes is not clear"
        return ctx.refuse_statement(call, ctx.array_api("backward"), reason)
    ctx.note(call, "S2S204", ctx.array_api("backward"), _NOTE)
    value = plan(ctx, 0 if len(names) == 1 else None)
    target = nodes.tuple_of([cst.Name(name) for name in names]).with_changes(lpar=[], rpar=[])
    return [cst.Assign([cst.AssignTarget(cst.Name(names[0]) if len(names) == 1 else target)], value)]
