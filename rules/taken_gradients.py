"""Which statements of a block compute what ``torch.autograd.grad`` takes gradients of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, changed_names, free_names, read_names
from .gradient_flow import containers, leaves, reached_names, set_by
from .loss_region import Unclear, leaving_problem
from .parameter_gradients import reaching_places

HINT = "write the outputs as a function of the inputs, and take its gradient"


@dataclass(frozen=True, slots=True)
class Taken:
    """One call of ``torch.autograd.grad``: where it stands, of what it takes gradients, with which weights.

    ``sequence`` is whether the only input is a list or tuple of arrays, by its kind. ``created`` is what says that
    gradients can be taken of the gradients, ``unused`` whether inputs may be unused. ``inside`` are the places of the
    statements that compute the outputs of the inputs, ``origins`` and ``versions`` those that bind the inputs and the
    names in the outputs, -1 where they are bound before. ``parameters`` are those of a module, in place of ``inputs``.
    """

    call: cst.Call
    place: int
    outputs: tuple[cst.BaseExpression, ...]
    inputs: tuple[str, ...]
    weights: tuple[cst.BaseExpression, ...]
    created: cst.BaseExpression | None
    unused: bool
    sequence: bool = False
    inside: tuple[int, ...] = ()
    origins: tuple[int, ...] = ()
    versions: tuple[int, ...] = ()
    parameters: cst.BaseExpression | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What calls have in common whose outputs are the same."""
        parameters = "" if self.parameters is None else nodes.code(self.parameters)
        return (*map(nodes.code, self.outputs), self.versions, parameters)


@dataclass(slots=True)
class Differentiated:
    """Outputs as a function of inputs: the calls that take its gradients, and the names of what is written.

    ``lines`` are the statements of the calls; ``extra`` what the function gives beside the outputs, where it stands
    in a block.
    """

    calls: list[Taken]
    inputs: tuple[str, ...]
    inside: tuple[int, ...]
    function: str = ""
    pullback: str = ""
    value: str = ""
    lines: tuple[cst.BaseStatement, ...] = ()
    extra: tuple[str, ...] | None = None

    @property
    def outputs(self) -> tuple[cst.BaseExpression, ...]:
        """What gradients are taken of."""
        return self.calls[0].outputs

    @property
    def parameters(self) -> cst.BaseExpression | None:
        """The parameters that gradients are taken with respect to, where these are no arrays."""
        return self.calls[0].parameters

    @property
    def end(self) -> float:
        """Where the outputs are computed: after the last statement that they or the inputs need."""
        needed = [place for call in self.calls for place in (*call.origins, *call.versions)]
        return max([*self.inside, *needed], default=-1) + 0.5

    @property
    def names(self) -> tuple[str, ...]:
        """The outputs that are plain names."""
        return tuple(each.value for each in self.outputs if isinstance(each, cst.Name))


def placed(
    body: Sequence[cst.BaseStatement], start: int, taken: Taken, marks: Collection[int], ctx
) -> Taken | Unclear:
    """A call with the places of the statements that compute its outputs of its inputs, or why these cannot be told.

    The statements before ``start`` are those before the block at hand.
    """
    origins = {name: _last_binding(body, name, taken.place) for name in taken.inputs}
    needed = _needed(body, taken, marks)
    if taken.parameters is not None:
        return _placed_parameters(body, start, taken, needed, ctx)
    tainted = {name for name, origin in origins.items() if origin < 0}
    inside: list[int] = []
    for place in range(taken.place):
        if place in needed and read_names(body[place]) & tainted:
            inside.append(place)
            tainted.update(bound_names(body[place]), changed_names(body[place]))
        for name, origin in origins.items():
            if origin == place and place in inside:
                return Unclear(f"'{name}' is computed from another input", HINT)
        tainted.update(name for name, origin in origins.items() if origin == place)
        tainted -= {name for name in bound_names(body[place]) if place not in inside and name not in taken.inputs}
    if not any(read_names(each) & tainted for each in taken.outputs):
        return Unclear("what the outputs are computed of the inputs by is not in this block", HINT)
    problem = _problem(body, taken, inside, ctx) or _rebound(body, start, inside, ctx)
    problem = problem or _hidden(body, taken, inside, min(origins.values()), ctx)
    if problem:
        return Unclear(problem, HINT)
    return replace(taken, inside=tuple(inside), origins=tuple(origins.values()), versions=_versions(body, taken))


def _placed_parameters(
    body: Sequence[cst.BaseStatement], start: int, taken: Taken, needed: Collection[int], ctx
) -> Taken | Unclear:
    inside = reaching_places(body, start, taken, needed, ctx)
    if isinstance(inside, Unclear):
        return inside
    problem = _problem(body, taken, inside, ctx) or _rebound(body, start, inside, ctx)
    if problem:
        return Unclear(problem, HINT)
    return replace(taken, inside=tuple(inside), versions=_versions(body, taken))


def _versions(body: Sequence[cst.BaseStatement], taken: Taken) -> tuple[int, ...]:
    """The places of the statements that bind the names in the outputs, and in the parameters."""
    parts = [*taken.outputs, *filter(None, (taken.parameters,))]
    names = sorted({name for each in parts for name in read_names(each)})
    return tuple(_last_binding(body, name, taken.place) for name in names)


def _problem(body: Sequence[cst.BaseStatement], taken: Taken, inside: Sequence[int], ctx) -> str:
    """Why statements cannot be a function that is called where the last of them stands, '' when they can."""
    statements = [body[place] for place in inside]
    leaving = next(filter(None, map(leaving_problem, statements)), "")
    if leaving:
        return leaving.replace("the loss", "the outputs")
    bound = {name for line in statements for name in bound_names(line)}
    outer = sorted({name for line in statements for name in changed_names(line)} - bound)
    if outer and ctx.target.name == "jax":
        return f"the outputs change '{outer[0]}', which is made before"
    for place in inside:
        between = [i for i in range(place + 1, taken.place) if i not in inside]
        anew = {name for i in between for name in bound_names(body[i])} & read_names(body[place])
        acting = {name for i in between if i < inside[-1] and _acts(body[i]) for name in read_names(body[i])}
        if anew or acting & bound:
            return f"'{min(anew or acting & bound)}' is changed between the statements that compute the outputs"
    return ""


def _rebound(body: Sequence[cst.BaseStatement], start: int, inside: Sequence[int], ctx) -> str:
    """Why statements before a block give other values when they are computed in it, '' when they do not."""
    around = containers(body[start:], getattr(ctx.enclosing, "body", ()))
    for place in inside:
        if place < start:
            anew = {name for line in leaves([around[place]]) for name in set_by(line)}
            found = {*bound_names(body[place]), *read_names(body[place])} & anew
            if found:
                return f"'{min(found)}' has another value in a loop or branch"
    return ""


def _acts(line: cst.BaseStatement) -> bool:
    """Whether a statement is called for what it does."""
    return isinstance(line, cst.SimpleStatementLine) and any(isinstance(small, cst.Expr) for small in line.body)


def _last_binding(body: Sequence[cst.BaseStatement], name: str, place: int) -> int:
    """The place of the last statement before another that binds a name, -1 when there is none."""
    return next((i for i in range(place - 1, -1, -1) if name in bound_names(body[i])), -1)


def _needed(body: Sequence[cst.BaseStatement], taken: Taken, marks: Collection[int]) -> set[int]:
    """The places of the statements before a call that its outputs are computed by."""
    wanted = {name for each in taken.outputs for name in read_names(each)}
    needed: set[int] = set()
    for place in range(taken.place - 1, -1, -1):
        line = body[place]
        if place in marks or isinstance(line, (cst.FunctionDef, cst.ClassDef)):
            continue
        if wanted & ({*bound_names(line)} | changed_names(line)):
            needed.add(place)
            wanted |= read_names(line)
    return needed


def _hidden(body: Sequence[cst.BaseStatement], taken: Taken, inside: Sequence[int], start: int, ctx) -> str:
    """Why the outputs may depend on the inputs in ways that the statements do not show, '' when they do not."""
    known = {id(line) for line in leaves([*body[: start + 1], *(body[place] for place in inside)])}
    reached = reached_names(taken.inputs, getattr(ctx.enclosing, "body", ()), known, ctx)
    free, bound = free_names([body[place] for place in inside])
    free |= {name for each in taken.outputs for name in read_names(each)} - bound
    found = free & reached - {*taken.inputs}
    return f"'{min(found)}' may have been computed from the inputs elsewhere in the function" if found else ""
