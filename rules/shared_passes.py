"""``fake = netG(noise)`` before another optimizer's step, and a loss of ``netG`` that reads ``fake`` after it.

In JAX the value before the step is that of a copy, and the pass is written where the loss needs its gradient: ``netG``
has the same parameters there, and its statistics change once. In TensorFlow the tape of the first loss goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, changed_names, dotted_path, paths_read, read_names
from .cut_values import cut_names
from .loss_region import Parameters, backward_loss, statement_call

Lines = Sequence[cst.BaseStatement]


def with_passes_where_needed(body: Lines, evidence: frozenset[str], ctx) -> Lines:
    """The statements of a block with such passes written again; the same object where there are none."""
    lines = list(body)
    for line in body:
        place = next(i for i, each in enumerate(lines) if each is line)
        reader = _reader(lines, place, evidence, ctx)
        if reader is None:
            continue
        assign = cst.ensure_type(line.body[0], cst.Assign)
        call = cst.ensure_type(assign.value, cst.Call)
        copied = nodes.call(ctx.imports.want_from("copy", "deepcopy"), call.func)
        again = line.deep_clone().with_changes(leading_lines=[])
        lines[reader:reader] = [again]
        lines[place] = line.with_changes(body=[assign.with_changes(value=call.with_changes(func=copied))])
    return body if len(lines) == len(body) else lines


def _reader(lines: Lines, place: int, evidence: frozenset[str], ctx) -> int | None:
    """The place of the statement after a step that reads what a pass gave with its gradient."""
    name, call = _pass(lines[place], evidence, ctx)
    if call is None:
        return None
    inputs = read_names(call)
    trained = stepped = False
    reader = None
    for index in range(place + 1, len(lines)):
        line = lines[index]
        if {*bound_names(line), *changed_names(line)} & {name, *inputs}:
            return None
        trained = trained or backward_loss(line, ctx) is not None
        stepped = stepped or trained and _steps(line)
        if _reads(line, name, ctx) and reader is None:
            reader = index
            if not stepped:
                return None
        if reader is not None and backward_loss(line, ctx) is not None:
            return reader
    return None


def _pass(line: cst.BaseStatement, evidence: frozenset[str], ctx) -> tuple[str, cst.Call | None]:
    """The name that a line gives the result of a module, with the call."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or not isinstance(small.value, cst.Call):
        return "", None
    target, func = small.targets[0].target, small.value.func
    known = dotted_path(func) and Parameters(evidence, ctx).is_module(dotted_path(func), func)
    plain = all(dotted_path(arg.value) and not arg.star for arg in small.value.args)
    return (target.value, small.value) if isinstance(target, cst.Name) and known and plain else ("", None)


def _reads(line: cst.BaseStatement, name: str, ctx) -> bool:
    cut = cut_names([line], ctx)
    return any(path == name and id(each) not in cut for path, each in paths_read(line))


def _steps(line: cst.BaseStatement) -> bool:
    call = statement_call(line)
    return call is not None and isinstance(call.func, cst.Attribute) and call.func.attr.value == "step"


def recorded_names(before: Lines, between: Lines) -> Iterator[str]:
    """The names that statements under a tape bind in any case, and those that follow them leave alone."""
    changed = {name for line in between for name in (*bound_names(line), *changed_names(line))}
    for line in before:
        if isinstance(line, cst.SimpleStatementLine):
            yield from (name for name in bound_names(line) if name not in changed)
