"""``with tf.GradientTape() as tape:`` over models in JAX -> a function and ``tape = Tape(loss_fn, model)``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, changed_names, dotted_path, paths_read, read_names
from ..s2s.infer import VARIABLE
from .gradient_flow import statements_before
from .loss_functions import read_before_bound, read_later, spaced_line
from .loss_region import leaving_problem
from .taped_reads import recorded_names
from .training_step import outside_of

WEIGHTS = frozenset(("trainable_variables", "trainable_weights", "variables", "weights"))


def recorded_block(
    tapes: Sequence[str], watched: Sequence[str], lines: Sequence[cst.BaseStatement], ctx
) -> list[cst.BaseStatement] | str | None:
    """The block of tapes as a function and what records it, or why it cannot be one; None without models.

    ``watched`` are the names that the tapes are told to watch, ``lines`` the statements without these calls.
    """
    whole = ctx.enclosing
    asked = asked_sources(whole, tapes)
    own = {name for line in lines for name in bound_names(line)}
    watched = list(dict.fromkeys([*watched, *(path for path in asked if path in own)]))
    before, inside = _from_watched(lines, watched)
    binding = [bound_names(line) for line in before if {*bound_names(line)} & {*watched}]
    together = len(binding) > 1 or any(name not in watched for names in binding for name in names)
    if before and (together or not {*asked} <= own):  # gradients with respect to results
        together = True
        watched, inside = [name for name in watched if name not in own], list(lines)
        before = []
    models = _models(inside, whole, watched, ctx)
    missing = [name for name in asked if "." in name and not any(_within(name, path) for path in models)]
    known = [name for name in asked if not _is_made_later(name, inside, whole, ctx)]
    variables = _variables(inside, known, (*models, *watched), ctx)
    plain = _taken(whole, tapes).plain and all(map(_assigns_names, inside))
    if watched and plain and not (models or before or together or missing or variables):
        return None
    missing = [name for name in missing if name not in variables]
    filled = _filled_lists(inside, ctx)
    problem = _problem(inside, tapes, missing, filled)
    if problem:
        return problem
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
    rebound = [name for name in rebound if name not in variables]
    rebound += filled
    kept = [*read_later(inside, whole), *filled]
    written = _Written(tapes, names, watched, variables, rebound, kept, filled, together)
    ctx.recorded_names = recorded_names(inside, (*models, *watched, *variables), ctx)
    return _recording(written, before, inside, ctx)


def _assigns_names(line: cst.BaseStatement) -> bool:
    """Whether a line has nothing but assignments to one name each."""
    smalls = line.body if isinstance(line, cst.SimpleStatementLine) else [line]
    single = (small for small in smalls if isinstance(small, cst.Assign) and len(small.targets) == 1)
    return sum(isinstance(small.targets[0].target, cst.Name) for small in single) == len(smalls)


@dataclass(frozen=True, slots=True)
class _Written:
    """What is written for tapes: the models, arrays and variables that they record, and what the function gives."""

    tapes: Sequence[str]
    names: dict[str, str]
    watched: Sequence[str]
    variables: Sequence[str]
    rebound: Sequence[str]
    kept: Sequence[str]
    filled: Sequence[str]
    inner: bool


def _recording(written: _Written, before, inside, ctx) -> list[cst.BaseStatement]:
    """The function, its recording and the names of its results."""
    tapes, names, watched, kept = written.tapes, written.names, written.watched, written.kept
    function = ctx.unused_of(("loss_fn", "compute_loss", "step_loss"))
    made = ctx.block(before) if before else []
    body = [*map(_copied, written.filled), *ctx.block(inside)]
    ctx.recorded_names = frozenset()
    if kept:
        body.append(cst.SimpleStatementLine([cst.Return(nodes.names(kept))]))
    params = [cst.Param(cst.Name(name)) for name in (*names.values(), *watched)]
    params += map(nodes.kept_param, written.rebound)
    definition = cst.FunctionDef(cst.Name(function), cst.Parameters(params), cst.IndentedBlock(body))
    given = [nodes.dotted(path) for path in (*names, *watched)]
    variables = cst.List([cst.Element(nodes.dotted(path)) for path in written.variables])
    options: dict[str, cst.BaseExpression] = {"variables": variables} if written.variables else {}
    helper = ctx.helper("keras.ResultTape" if written.inner else "keras.Tape")
    tape = nodes.call(helper, cst.Name(function), *given, **options)
    targets = [cst.AssignTarget(cst.Name(name)) for name in tapes]
    made += [definition, spaced_line(cst.SimpleStatementLine([cst.Assign(targets, tape)]))]
    if kept:
        results = cst.Attribute(cst.Name(tapes[0]), cst.Name("results"))
        made.append(cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(nodes.names(kept))], results)]))
    return made


def _copied(name: str) -> cst.BaseStatement:
    """``values = values.copy()``: a function that is called more than once fills a list of its own."""
    copy = nodes.call(cst.Attribute(cst.Name(name), cst.Name("copy")))
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], copy)])


def _filled_lists(inside: Sequence[cst.BaseStatement], ctx) -> list[str]:
    """The lists made before that statements append to, where nothing else may hold them."""
    changed = {name for line in inside for name in changed_names(line)}
    own = {name for line in inside for name in bound_names(line)}
    lists = [name for name in sorted(changed - own) if ctx.kind(cst.Name(name)).tag == "list"]
    return [name for name in lists if not _is_shared(name, ctx)]


def _is_shared(name: str, ctx) -> bool:
    """Whether a list may be known by another name: a parameter, or something that is assigned or returned as it is."""
    if ctx.scope is not None and name in ctx.scope.params:
        return True
    finder = _Whole(name)
    ctx.enclosing.visit(finder)
    return finder.found


class _Whole(cst.CSTVisitor):
    """Looks for a name that is used as it is in an assignment, a structure or the call of something unknown."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.found = name, False

    def _look(self, value: cst.CSTNode | None) -> None:
        self.found |= isinstance(value, cst.Name) and value.value == self.name

    def visit_Assign(self, node: cst.Assign) -> None:
        self._look(node.value)

    def visit_Element(self, node: cst.Element) -> None:
        self._look(node.value)

    def visit_DictElement(self, node: cst.DictElement) -> None:
        self._look(node.value)

    def visit_Global(self, node: cst.Global) -> None:
        self.found |= any(item.name.value == self.name for item in node.names)

    visit_Nonlocal = visit_Global


def _parameter(path: str, inside: Sequence[cst.BaseStatement]) -> str:
    """What a model is called in the function: the last part of its path, unless something else is called so."""
    last = path.rpartition(".")[2]
    taken = {name for line in inside for name in (*read_names(line), *bound_names(line))}
    return path.replace(".", "_") if "." in path and last in taken else last


def _within(path: str, owner: str) -> bool:
    return path == owner or path.startswith(f"{owner}.")


def asked_sources(whole: cst.CSTNode, tapes: Sequence[str]) -> list[str]:
    """What gradients of the tapes are asked for: names, and paths of weights (``model.trainable_variables``)."""
    paths = [path for value in _taken(whole, tapes).found for path, _ in paths_read(value)]
    return [path for path in dict.fromkeys(paths) if "." not in path or path.rpartition(".")[2] in WEIGHTS]


def taken_targets(lines: Sequence[cst.CSTNode], tapes: Sequence[str]) -> list[cst.BaseExpression]:
    """What statements take gradients of."""
    return [target for line in lines for target in _taken(line, tapes).targets]


def _taken(whole: cst.CSTNode, tapes: Sequence[str]) -> _Gradients:
    """The gradients that are taken by some tapes."""
    finder = _Gradients(frozenset(tapes))
    whole.visit(finder)
    return finder


class _Gradients(cst.CSTVisitor):
    """The sources of calls of ``tape.gradient``, and whether all calls are ``tape.gradient(target, sources)``."""

    def __init__(self, tapes: frozenset[str]) -> None:
        super().__init__()
        self.tapes = tapes
        self.found: list[cst.BaseExpression] = []
        self.targets: list[cst.BaseExpression] = []
        self.plain = True

    def visit_Call(self, node: cst.Call) -> None:
        owner, _, method = dotted_path(node.func).rpartition(".")
        if owner in self.tapes and method in ("gradient", "jacobian", "batch_jacobian"):
            self.plain = self.plain and method == "gradient" and len(node.args) == 2
            self.targets += [a.value for a in node.args if a.keyword is not None and a.keyword.value == "target"]
            self.targets += [arg.value for arg in node.args[:1] if arg.keyword is None]
            named = [arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value[:6] == "source"]
            self.found += named or [arg.value for arg in node.args[1:2] if arg.keyword is None]


def _from_watched(lines: Sequence[cst.BaseStatement], watched: Sequence[str]):
    """The statements up to the last that binds something watched, and those after it."""
    places = [i for i, line in enumerate(lines) if {*bound_names(line)} & {*watched}]
    start = places[-1] + 1 if places else 0
    return list(lines[:start]), list(lines[start:])


def _models(inside: Sequence[cst.BaseStatement], whole: cst.CSTNode, watched: Sequence[str], ctx) -> list[str]:
    """The paths of the models that the statements use, outermost ones."""
    owners = {path.rpartition(".")[0] for path, _ in paths_read(whole) if path.rpartition(".")[2] in WEIGHTS}
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


def _variables(
    inside: Sequence[cst.BaseStatement], asked: Sequence[str], recorded: Sequence[str], ctx
) -> list[str]:
    """The variables that stand alone: those that the statements read, and what else gradients are asked for."""
    bound = {name for line in inside for name in bound_names(line)}
    kinds = {path: ctx.kind(each) for line in inside for path, each in paths_read(line)}
    read = [path for path, kind in kinds.items() if kind == VARIABLE]
    unknown = [path for path in asked if path not in kinds or kinds[path].tag == "unknown"]
    others = [path for path in unknown if _may_hold_variables(path, ctx)]
    found = [path for path in dict.fromkeys([*read, *others]) if path.partition(".")[0] not in bound]
    return [path for path in found if not any(_within(path, owner) for owner in recorded)]


def _is_made_later(name: str, inside: Sequence[cst.BaseStatement], whole: cst.CSTNode, ctx) -> bool:
    """Whether a name of the function is bound after some statements alone."""
    if "." in name or ctx.scope is None or name in ctx.scope.params:
        return False
    body = whole.body
    before = {each for line in statements_before(inside, body) for each in bound_names(line)}
    return name not in before and any(name in bound_names(line) for line in outside_of(body, inside))


def _may_hold_variables(path: str, ctx) -> bool:
    """Whether a name that exists by now may be a variable or hold some."""
    exists = ctx.infer.lookup(path.partition(".")[0]) is not None
    return exists and ctx.kind(nodes.dotted(path)).tag in ("array", "list", "tuple", "unknown")


class _Trained(cst.CSTVisitor):
    """What is called with the argument ``training``: models."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def visit_Call(self, node: cst.Call) -> None:
        if any(arg.keyword is not None and arg.keyword.value == "training" for arg in node.args):
            self.found.add(dotted_path(node.func))


def _problem(
    inside: Sequence[cst.BaseStatement], tapes: Sequence[str], missing: Sequence[str], filled: Sequence[str]
) -> str:
    """Why statements cannot be a function, '' when they can."""
    if missing:
        return f"gradients of '{missing[0]}' are asked for, and the block does not name the model"
    if any({*tapes} & read_names(line) for line in inside):
        return "the block uses its own tape"
    problem = next(filter(None, map(leaving_problem, inside)), "")
    bound = {name for line in inside for name in bound_names(line)}
    outer = sorted({name for line in inside for name in changed_names(line)} - bound - {"self", *filled})
    if not problem and outer:
        return f"the block changes '{outer[0]}', which is made before it"
    return problem
