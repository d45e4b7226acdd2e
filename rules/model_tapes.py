"""``with tf.GradientTape() as tape:`` over models in JAX -> a function and ``tape = Tape(loss_fn, model)``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, changed_names, dotted_path, paths_read, read_names
from .loss_functions import read_before_bound, read_later, spaced_line
from .loss_region import leaving_problem
from .training_step import outside_of

_WEIGHTS = frozenset(("trainable_variables", "trainable_weights", "variables", "weights"))


def recorded_block(
    node: cst.With, tapes: Sequence[str], watched: Sequence[str], lines: Sequence[cst.BaseStatement], ctx
) -> list[cst.BaseStatement] | str | None:
    """The block of tapes as a function and what records it, or why it cannot be one; None without models.

    ``watched`` are the names that the tapes are told to watch, ``lines`` the statements without these calls.
    """
    whole = ctx.scope.body if ctx.scope is not None and ctx.scope.body is not None else cst.Module(ctx.top)
    asked = _sources(whole, tapes)
    own = {name for line in lines for name in bound_names(line)}
    watched = list(dict.fromkeys([*watched, *(path for path in asked if path in own)]))
    before, inside = _from_watched(lines, watched)
    binding = [bound_names(line) for line in before if {*bound_names(line)} & {*watched}]
    together = [name for names in binding for name in names if name not in watched]
    if together:
        return f"'{together[0]}' is computed together with what gradients are taken of"
    models = _models(inside, whole, watched, ctx)
    missing = [name for name in asked if "." in name and not any(_within(name, path) for path in models)]
    if not models and not before and not missing:
        return None
    problem = _problem(inside, tapes, missing)
    if problem or not (models or watched):
        return problem or "it names no model whose gradients are taken"
    watched = [name for name in watched if any(name in read_names(line) for line in inside)]
    names = {path: _parameter(path, inside) for path in models}
    for line in inside:
        for path, each in paths_read(line):
            if names.get(path, path) != path:
                ctx.substitutes[id(each)] = cst.Name(names[path])
    outside = [*outside_of(whole.body, inside)]
    outer = frozenset(name for line in (*outside, *before) for name in bound_names(line))
    params = ctx.scope.params if ctx.scope is not None else frozenset()
    rebound = [name for name in read_before_bound(inside, outer | params) if name not in watched]
    return _written(tapes, before, inside, names, watched, rebound, read_later(inside, whole), ctx)


def _written(tapes, before, inside, names, watched, rebound, kept, ctx) -> list[cst.BaseStatement]:
    """The function, its recording and the names of its results."""
    function = ctx.unused_of(("loss_fn", "compute_loss", "step_loss"))
    made = ctx.block(before) if before else []
    body = [*ctx.block(inside)]
    if kept:
        body.append(cst.SimpleStatementLine([cst.Return(_names(kept))]))
    params = [cst.Param(cst.Name(name)) for name in (*names.values(), *watched)]
    params += [cst.Param(cst.Name(name), default=cst.Name(name), equal=_TIGHT) for name in rebound]
    definition = cst.FunctionDef(cst.Name(function), cst.Parameters(params), cst.IndentedBlock(body))
    given = [nodes.dotted(path) for path in (*names, *watched)]
    tape = nodes.call(ctx.helper("keras.Tape"), cst.Name(function), *given)
    targets = [cst.AssignTarget(cst.Name(name)) for name in tapes]
    made += [definition, spaced_line(cst.SimpleStatementLine([cst.Assign(targets, tape)]))]
    if kept:
        results = cst.Attribute(cst.Name(tapes[0]), cst.Name("results"))
        made.append(cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(_names(kept))], results)]))
    return made


_TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def _names(names: Sequence[str]) -> cst.BaseExpression:
    if len(names) == 1:
        return cst.Name(names[0])
    return nodes.tuple_of([cst.Name(name) for name in names]).with_changes(lpar=[], rpar=[])


def _parameter(path: str, inside: Sequence[cst.BaseStatement]) -> str:
    """What a model is called in the function: the last part of its path, unless something else is called so."""
    last = path.rpartition(".")[2]
    taken = {name for line in inside for name in (*read_names(line), *bound_names(line))}
    return path.replace(".", "_") if "." in path and last in taken else last


def _within(path: str, owner: str) -> bool:
    return path == owner or path.startswith(f"{owner}.")


def _sources(whole: cst.CSTNode, tapes: Sequence[str]) -> list[str]:
    """What gradients of the tapes are asked for: names, and paths of weights (``model.trainable_variables``)."""
    finder = _Gradients(frozenset(tapes))
    whole.visit(finder)
    paths = [path for value in finder.found for path, _ in paths_read(value)]
    return [path for path in dict.fromkeys(paths) if "." not in path or path.rpartition(".")[2] in _WEIGHTS]


class _Gradients(cst.CSTVisitor):
    """The sources of calls of ``tape.gradient``."""

    def __init__(self, tapes: frozenset[str]) -> None:
        super().__init__()
        self.tapes = tapes
        self.found: list[cst.BaseExpression] = []

    def visit_Call(self, node: cst.Call) -> None:
        owner, _, method = dotted_path(node.func).rpartition(".")
        if owner in self.tapes and method == "gradient":
            named = [arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value == "sources"]
            self.found += named or [arg.value for arg in node.args[1:2] if arg.keyword is None]


def _from_watched(lines: Sequence[cst.BaseStatement], watched: Sequence[str]):
    """The statements up to the last that binds something watched, and those after it."""
    places = [i for i, line in enumerate(lines) if {*bound_names(line)} & {*watched}]
    start = places[-1] + 1 if places else 0
    return list(lines[:start]), list(lines[start:])


def _models(inside: Sequence[cst.BaseStatement], whole: cst.CSTNode, watched: Sequence[str], ctx) -> list[str]:
    """The paths of the models that the statements use, outermost ones."""
    owners = {path.rpartition(".")[0] for path, _ in paths_read(whole) if path.rpartition(".")[2] in _WEIGHTS}
    bound = {name for line in inside for name in bound_names(line)}
    finder = _Trained()
    for line in inside:
        line.visit(finder)
    found: dict[str, None] = {}
    for line in inside:
        for path, each in paths_read(line):
            kind = ctx.kind(each)
            layer = ctx.infer.is_layer(kind) and not ctx.infer.is_stateless(kind)
            called = kind.tag == "unknown" and (path in owners or path in finder.found)
            if (layer or called) and path.partition(".")[0] not in bound and path not in watched:
                found[path] = None
    return [path for path in found if not any(path != other and _within(path, other) for other in found)]


class _Trained(cst.CSTVisitor):
    """What is called with the argument ``training``: models."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_Call(self, node: cst.Call) -> None:
        if any(arg.keyword is not None and arg.keyword.value == "training" for arg in node.args):
            self.found.add(dotted_path(node.func))


def _problem(inside: Sequence[cst.BaseStatement], tapes: Sequence[str], missing: Sequence[str]) -> str:
    """Why statements cannot be a function, '' when they can."""
    if missing:
        return f"gradients of '{missing[0]}' are asked for, and the block does not name the model"
    if any({*tapes} & read_names(line) for line in inside):
        return "the block uses its own tape"
    problem = next(filter(None, map(leaving_problem, inside)), "")
    bound = {name for line in inside for name in bound_names(line)}
    outer = sorted({name for line in inside for name in changed_names(line)} - bound - {"self"})
    if not problem and outer:
        return f"the block changes '{outer[0]}', which is made before it"
    return problem
