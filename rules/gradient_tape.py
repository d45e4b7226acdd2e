"""``with tf.GradientTape() as tape:`` -> ``torch.autograd.grad`` or ``jax.grad``, where the code allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, read_names
from ..s2s.kinds import Kind
from ..s2s.reading import names_read
from ..s2s.taped import taped_calls
from .base import rule
from .gradient_flow import leaves
from .model_tapes import WEIGHTS, asked_sources, recorded_block, taken_targets

_TAPE = "tensorflow.GradientTape"


@dataclass(frozen=True, slots=True)
class Tape:
    """What is written for a tape: the names that it watches and, in JAX, the function of them and what it gives.

    One that ``records`` is an object when the code runs. ``lines`` are those of the block in PyTorch.
    """

    watched: tuple[str, ...]
    function: str = ""
    results: tuple[str, ...] = ()
    persistent: bool = False
    records: bool = False
    lines: tuple[cst.BaseStatement, ...] = ()


@rule(cst.With)
def gradient_tape(node: cst.With, ctx) -> Sequence[cst.BaseStatement] | None:
    """The block that one tape records, or several."""
    calls = [item.item for item in node.items]
    if not all(isinstance(call, cst.Call) and ctx.name_of(call.func) == _TAPE for call in calls):
        return None
    if isinstance(node.body, cst.SimpleStatementSuite):
        node = node.with_changes(body=cst.IndentedBlock([cst.SimpleStatementLine(node.body.body)]))
    names = [_name_of(item) for item in node.items]
    reason = _problem(node, names, ctx)
    if reason:
        return _refused(node, calls[0], reason, ctx)
    watched = tuple(n for line in node.body.body for name in names for n in _watched(line, name))
    persistent = len(names) > 1 or any(a.keyword is not None and a.keyword.value == "persistent" for a in calls[0].args)
    if ctx.target.name == "torch":
        for name in names:
            ctx.tapes[_scope(ctx), name] = Tape(watched, persistent=persistent, lines=tuple(node.body.body))
        made: list[cst.BaseStatement] = []
        ctx.open_tapes.extend(names)
        for line in node.body.body:
            found = [cst.SimpleStatementLine([_watch(n, ctx)]) for name in names for n in _watched(line, name)]
            made += found or ctx.block([line])
        del ctx.open_tapes[-len(names) :]
        return _led(node, made)
    lines, after = _until_used(_unwatched(node.body.body, names), names)
    recorded = recorded_block(names, watched, lines, ctx)
    if recorded is None:
        recorded = _as_function(lines, names, watched, ctx)
    else:
        for name in names:
            ctx.tapes[_scope(ctx), name] = Tape(watched, persistent=True, records=True)
    if isinstance(recorded, str):
        return _refused(node, calls[0], recorded, ctx)
    return _led(node, [*recorded, *ctx.block(after)])


def _scope(ctx) -> str:
    return ctx.scope.name if ctx.scope is not None else ""


def _problem(node: cst.With, names: Sequence[str], ctx) -> str:
    """Why the block of tapes cannot be converted, '' when it can."""
    if ctx.target.name == "numpy":
        return "numpy computes no gradients"
    if ctx.target.language not in ("torch", "jax"):
        return "tapes are not written"
    if not all(names) or not isinstance(node.body, cst.IndentedBlock):
        return "the tape has no plain name"
    told = {name: {each for line in node.body.body for each in _watched(line, name)} for name in names}
    known = {each for own in told.values() for each in own}
    if any(known & {*asked_sources(ctx.enclosing, [name])} - told[name] for name in names):
        return "a tape is asked for the gradient of what another one watches"
    return ""


def _until_used(
    lines: Sequence[cst.BaseStatement], tapes: Sequence[str]
) -> tuple[Sequence[cst.BaseStatement], Sequence[cst.BaseStatement]]:
    """The statements of a block before the first that uses its tapes, and those from there on.

    All belong to the block where a later gradient may be one of what is computed after the first was taken.
    """
    start = next((place for place, line in enumerate(lines) if {*tapes} & read_names(line)), len(lines))
    after = lines[start:]
    uses = [place for place, line in enumerate(after) if {*tapes} & read_names(line)]
    bound = {name for line in after for name in bound_names(line)}
    if len(uses) > 1 and any(bound & names_read(target) for target in taken_targets(after, tapes)):
        return lines, ()
    return lines[:start], after


def _as_function(statements: Sequence[cst.BaseStatement], tapes: Sequence[str], watched: tuple[str, ...], ctx):
    """Statements, which have assignments to names alone, as a function of what is watched, and its call."""
    smalls = [small for line in statements for small in line.body]
    assigned = {small.targets[0].target.value for small in smalls}
    targets: list[str] = []
    for small in smalls:
        free = names_read(small.value) - set(targets) - set(watched)
        if free & assigned:
            return "the block reads a name before it assigns it"
        targets.append(small.targets[0].target.value)
    if not targets:
        return "the block computes nothing"
    function, results = ctx.fresh("recorded"), tuple(dict.fromkeys(targets))
    for name in tapes:
        ctx.tapes[_scope(ctx), name] = Tape(watched, function, results)
    body = ctx.block(statements)
    value = nodes.names(results)
    params = cst.Parameters([cst.Param(cst.Name(n)) for n in watched])
    block = cst.IndentedBlock([*body, cst.SimpleStatementLine([cst.Return(value)])])
    applied = nodes.call(cst.Name(function), *[cst.Name(n) for n in watched])
    assigned = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(nodes.names(results))], applied)])
    return [cst.FunctionDef(cst.Name(function), params, block), assigned]


@rule(cst.Call)
def tape_gradient(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``tape.gradient(y, x)``."""
    func = node.func
    if (
        not ctx.tapes
        or not isinstance(func, cst.Attribute)
        or not isinstance(func.value, cst.Name)
    ):
        return None
    tape, api = ctx.tapes.get((_scope(ctx), func.value.value)), f"{_TAPE}.{func.attr.value}"
    if tape is None:
        return None
    given = _arguments(node)
    if given is None or func.attr.value not in _GIVES or func.attr.value != "gradient" and tape.function:
        return ctx.refuse(node, api, f"only calls of {', '.join(_GIVES)} with target and sources are converted")
    options = {name: ctx.visit(given[name]) for name in ("output_gradients",) if name in given}
    connected = given.get("unconnected_gradients")
    if connected is not None and _is_zero(connected) is None:
        return ctx.refuse(node, api, "whether unconnected gradients are zeros must be written out")
    if connected is not None and _is_zero(connected):
        options["zeros"] = cst.Name("True")
    target, sources = given["target"], given.get("sources", given.get("source"))
    ctx.count("exact")
    if ctx.target.name == "torch":
        return _torch_gradient(node, tape, target, sources, options, ctx)
    if tape.records:
        made = cst.Attribute(cst.Name(func.value.value), func.attr)
        return nodes.call(made, ctx.visit(target), ctx.visit(sources), **options)
    if options:
        return ctx.refuse(node, api, "only target and sources are converted here: let the block call a model")
    return _jax_gradient(node, api, tape, target, sources, ctx)


_GIVES = ("gradient", "jacobian", "batch_jacobian")
_ORDER = ("target", "sources", "output_gradients", "unconnected_gradients")
# How jacobians are computed.
_SILENT = frozenset(("experimental_use_pfor", "parallel_iterations"))


def _arguments(node: cst.Call) -> dict[str, cst.BaseExpression] | None:
    """The arguments of a tape's method by name, None where they are not all known."""
    found: dict[str, cst.BaseExpression] = {}
    for place, arg in enumerate(node.args):
        if arg.star or arg.keyword is None and place >= 2:
            return None
        name = arg.keyword.value if arg.keyword is not None else _ORDER[place]
        if name not in (*_ORDER, "source", *_SILENT):
            return None
        found[name] = arg.value
    known = "target" in found and ("sources" in found or "source" in found)
    return found if known else None


def _is_zero(node: cst.BaseExpression) -> bool | None:
    """Whether unconnected gradients are to be zeros."""
    text = nodes.code(node).rpartition(".")[2].strip("'\"").upper()
    return {"ZERO": True, "NONE": False}.get(text)


@rule(cst.Del)
def deleted_tape(node: cst.Del, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``del tape``, where nothing is left of the tape."""
    several = isinstance(node.target, cst.Tuple)
    targets = [element.value for element in node.target.elements] if several else [node.target]
    names = [target.value for target in targets if isinstance(target, cst.Name)]
    tapes = [ctx.tapes.get((_scope(ctx), name)) for name in names]
    gone = [name for name, tape in zip(names, tapes, strict=True) if tape is not None and not tape.records]
    if not gone or len(names) < len(targets):
        return None
    kept = [cst.Name(name) for name in names if name not in gone]
    return [cst.Del(kept[0] if len(kept) == 1 else nodes.tuple_of(kept).with_changes(lpar=[], rpar=[]))] if kept else []


def _torch_gradient(node: cst.Call, tape: Tape, target, sources, options, ctx) -> cst.Call | cst.Subscript:
    """``torch.autograd.grad`` where the kinds of target and sources are known, else a helper that looks."""
    method = node.func.attr.value
    if names_read(sources) <= set(tape.watched) or recorded_by_another(node.func.value.value, ctx):
        options["create_graph"] = cst.Name("True")  # gradients of inputs are part of losses
    elif tape.persistent:
        options["retain_graph"] = cst.Name("True")
    if method != "gradient":
        return nodes.call(ctx.helper(f"keras.{method}"), ctx.visit(target), ctx.visit(sources), **options)
    cloned = isinstance(sources, cst.Name) and sources.value in tape.watched
    cloned = cloned and not _is_structure(sources.value, ctx)
    single = cloned or ctx.kind(sources).tag == "array"
    listed = isinstance(sources, (cst.List, cst.Tuple)) or ctx.kind(sources).tag in ("list", "tuple")
    results = isinstance(target, (cst.List, cst.Tuple, cst.Dict)) or ctx.kind(target).tag in ("list", "tuple", "dict")
    nested = listed and _holds_lists(sources, ctx)
    if results or nested or not (single or listed) or options.keys() & {"output_gradients", "zeros"}:
        return nodes.call(ctx.helper("keras.gradients"), ctx.visit(target), ctx.visit(sources), **options)
    total = cst.Call(cst.Attribute(nodes.parenthesized(ctx.visit(target)), cst.Name("sum")))
    options = {"allow_unused": cst.Name("True"), **options}
    made = nodes.call(ctx.native("torch.autograd.grad"), total, ctx.visit(sources), **options)
    if single:
        return nodes.item(made, 0)
    return nodes.call(cst.Name("list"), made) if _used_as_list(node, ctx) else made


def _holds_lists(sources: cst.BaseExpression, ctx) -> bool:
    """Whether sources are a list of lists of weights, written here or given to the name by the function."""
    found = [sources]
    if isinstance(sources, cst.Name):
        lines = (small for line in leaves(ctx.enclosing.body) for small in getattr(line, "body", ()))
        assigned = [small for small in lines if isinstance(small, cst.Assign) and len(small.targets) == 1]
        found = [each.value for each in assigned if nodes.code(each.targets[0].target) == sources.value]
    lists = [each for each in found if isinstance(each, (cst.List, cst.Tuple))]
    parts = [part.value for each in lists for part in each.elements if isinstance(part, cst.Element)]
    weights = (isinstance(part, cst.Attribute) and part.attr.value in WEIGHTS for part in parts)
    return any(weights) or any(ctx.kind(part).tag in ("list", "tuple", "dict") for part in parts)


def _used_as_list(node: cst.Call, ctx) -> bool:
    """Whether gradients, which PyTorch gives as a tuple, are joined with lists or changed."""
    finder = _ListUses(node)
    for _ in range(2):  # uses may stand before the assignment, in a loop
        ctx.enclosing.visit(finder)
    return finder.found


class _ListUses(cst.CSTVisitor):
    """Looks for what is done with the value of an expression, or with the name that it is given."""

    def __init__(self, value: cst.BaseExpression) -> None:
        super().__init__()
        self.value, self.name, self.found = value, "", False

    def visit_Assign(self, node: cst.Assign) -> None:
        target = node.targets[0].target
        if node.value is self.value and isinstance(target, cst.Name):
            self.name = target.value
        self.found |= isinstance(target, cst.Subscript) and self._is_it(target.value)

    def visit_BinaryOperation(self, node: cst.BinaryOperation) -> None:
        self.found |= isinstance(node.operator, cst.Add) and (self._is_it(node.left) or self._is_it(node.right))

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self.found |= self._is_it(node.target) or self._is_it(node.value)

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self.found |= self._is_it(node.value) and node.attr.value in ("append", "extend", "insert", "pop", "copy")

    def _is_it(self, node: cst.BaseExpression) -> bool:
        return node is self.value or bool(self.name) and isinstance(node, cst.Name) and node.value == self.name


def recorded_by_another(tape: str, ctx) -> bool:
    """Whether something is part of what another tape records, in this function or in one that leads to it."""
    if any(name != tape for name in ctx.open_tapes):
        return True
    if ctx.taped_calls is None:
        ctx.taped_calls = taped_calls(ctx.project)
    return ctx.scope is not None and ctx.scope.name.rpartition(".")[2] in ctx.taped_calls


def _jax_gradient(node: cst.Call, api: str, tape: Tape, target, sources, ctx) -> cst.BaseExpression:
    wanted = (
        [e.value for e in sources.elements]
        if isinstance(sources, (cst.List, cst.Tuple))
        else [sources]
    )
    names = [n.value for n in wanted if isinstance(n, cst.Name)]
    if (
        not isinstance(target, cst.Name)
        or target.value not in tape.results
        or len(names) != len(wanted)
    ):
        return ctx.refuse(
            node,
            api,
            "the target must be a name of the block, and the sources names that it watches",
        )
    if not set(names) <= set(tape.watched):
        return ctx.refuse(node, api, "the sources must be names that the tape watches")
    result: cst.BaseExpression = nodes.call(
        cst.Name(tape.function), *[cst.Name(n) for n in tape.watched]
    )
    if len(tape.results) > 1:
        place = cst.Integer(str(tape.results.index(target.value)))
        result = cst.Subscript(result, [cst.SubscriptElement(cst.Index(place))])
    body = nodes.call(ctx.native("jax.numpy.sum"), result)
    inner = cst.Lambda(
        cst.Parameters([cst.Param(cst.Name(n)) for n in tape.watched]), body,
        whitespace_after_lambda=cst.SimpleWhitespace(" "),
    )  # fmt: skip
    numbers = [tape.watched.index(n) for n in names]
    options: dict[str, cst.BaseExpression] = {}
    if isinstance(sources, (cst.List, cst.Tuple)):
        options["argnums"] = nodes.tuple_of([cst.Integer(str(n)) for n in numbers])
    elif numbers != [0]:
        options["argnums"] = cst.Integer(str(numbers[0]))
    made = nodes.call(ctx.native("jax.grad"), inner, **options)
    return nodes.call(made, *[cst.Name(n) for n in tape.watched])


def _name_of(item: cst.WithItem) -> str:
    asname = item.asname
    return asname.name.value if asname is not None and isinstance(asname.name, cst.Name) else ""


def _watch_call(line: cst.BaseStatement, name: str) -> cst.Call | None:
    small = (
        line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    )
    call = small.value if isinstance(small, cst.Expr) else None
    if (
        isinstance(call, cst.Call)
        and nodes.code(call.func) == f"{name}.watch"
        and len(call.args) == 1
    ):
        return call
    return None


def _watched(line: cst.BaseStatement, name: str) -> list[str]:
    """The names that ``tape.watch(x)`` or ``tape.watch([x, y])`` watches."""
    call = _watch_call(line, name)
    if call is None:
        return []
    value = call.args[0].value
    parts = (
        [e.value for e in value.elements] if isinstance(value, (cst.List, cst.Tuple)) else [value]
    )
    return [part.value for part in parts if isinstance(part, cst.Name)]


def _unwatched(body: Sequence[cst.BaseStatement], tapes: Sequence[str]) -> list[cst.BaseStatement]:
    return [line for line in body if not any(_watched(line, name) for name in tapes)]


def _watch(name: str, ctx) -> cst.Assign:
    """``x = x.clone().requires_grad_()``: the caller's tensor stays as it is, and gradients flow on to it."""
    value: cst.BaseExpression = cst.parse_expression(f"{name}.clone().requires_grad_()")
    if _is_structure(name, ctx):
        value = nodes.call(ctx.helper("keras.watched"), cst.Name(name))
    return cst.Assign([cst.AssignTarget(cst.Name(name))], value)


def _is_structure(name: str, ctx) -> bool:
    """Whether a name holds several arrays, by its kind or because something reads ``name["key"]``."""
    finder = _Keys(name)
    ctx.enclosing.visit(finder)
    return finder.found or ctx.kind(cst.Name(name)).tag in ("list", "tuple", "dict")


class _Keys(cst.CSTVisitor):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.found = name, False

    def visit_Subscript(self, node: cst.Subscript) -> None:
        index = node.slice[0].slice
        keyed = isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString)
        self.found |= keyed and isinstance(node.value, cst.Name) and node.value.value == self.name


def _refused(node: cst.With, call: cst.Call, reason: str, ctx) -> list[cst.BaseStatement]:
    """The block as it is, under a stub that raises when it is reached."""
    stub = ctx.refuse(call, _TAPE, reason)
    if node.items[0].asname is not None:
        ctx.infer.assign(node.items[0].asname.name, Kind("unknown"))
    item = node.items[0].with_changes(item=stub, comma=cst.MaybeSentinel.DEFAULT)
    return [node.with_changes(items=[item], body=ctx._suite(node.body))]


def _led(node: cst.With, made: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
    first = made[0]
    return [
        first.with_changes(leading_lines=[*node.leading_lines, *first.leading_lines]),
        *made[1:],
    ]
