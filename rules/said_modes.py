"""``model = Net()`` -> ``model = Net(); model.train()`` where Keras would infer: modules of PyTorch train at first."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import dotted_path, paths_read
from ..s2s.walk import below

Lines = Sequence[cst.BaseStatement]
_MOVES = frozenset("to cuda cpu float apply requires_grad_".split())


def with_said_modes(body: Lines, ctx) -> Lines:
    """The statements of a block of training code with the modes of the models that it makes.

    Where the project has no layer that computes otherwise in training, or the file says ``train()`` of a model of
    that name, nothing is said.
    """
    in_module = ctx.scope is not None and ctx.scope.cls and ctx.threading.is_module(ctx.scope.cls)
    if ctx.target.name != "tensorflow" or in_module or not ctx.project.has_modes:
        return body
    if not ctx.module.takes_gradients:
        _tell_unsaid(body, ctx)
        return body
    said = {path.split(".")[-2] for path, _ in paths_read(ctx.whole) if path.endswith(".train")}
    before = ctx.kinds_ahead(body)
    lines = [each for line in body for each in (line, *_said(line, said, ctx))]
    ctx.restore_kinds(before)
    return body if len(lines) == len(body) else lines


def _tell_unsaid(body: Lines, ctx) -> None:
    """Tell which models infer that would train in PyTorch, in a file that calls them and takes no gradients."""
    found = [path.split(".") for path, _ in paths_read(ctx.whole)]
    said = {parts[-2] for parts in found if parts[-1] in ("train", "eval") and len(parts) > 1}
    called = {dotted_path(each.func) for each in below(ctx.whole) if isinstance(each, cst.Call)}
    before = ctx.kinds_ahead(body)
    for line in body:
        path = _made_path(line, said, ctx)
        if path and path in called:
            message = f"'{path}' computes as for inference, PyTorch's modules as in training until eval() is called"
            ctx.note(line, "S2S204", ctx.module_api("train"), message, f"call {path}.train() or {path}.eval()")
    ctx.restore_kinds(before)


def _made_path(line: cst.BaseStatement, said: set[str], ctx) -> str:
    """What a line calls the model that it makes, where no mode of such a name is said; '' else."""
    small = line.body[-1] if isinstance(line, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return ""
    path = dotted_path(small.targets[0].target)
    return path if path and path.rpartition(".")[2] not in said and _makes(small.value, ctx) else ""


def _said(line: cst.BaseStatement, said: set[str], ctx) -> list[cst.BaseStatement]:
    """The statement that says the mode of a model that a line makes."""
    path = _made_path(line, said, ctx)
    if not path:
        return []
    call = nodes.call(cst.Attribute(nodes.dotted(path), cst.Name("train")))
    return [cst.SimpleStatementLine([cst.Expr(call)])]


def _makes(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression makes a module with layers in it: a call of its class, and what moves the result."""
    while isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _MOVES:
        node = node.func.value
    if not isinstance(node, cst.Call):
        return False
    kind = ctx.kind(node)
    made = bool(ctx.name_of(node.func)) and ctx.infer.is_layer(kind) and not ctx.infer.is_stateless(kind)
    return made and (ctx.project.class_info(kind.name) is not None or nodes.code(node.func).endswith("Sequential"))
