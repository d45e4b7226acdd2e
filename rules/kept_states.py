"""``best = model.state_dict()`` in a loop that trains: PyTorch's follows the weights, here it is a copy."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s import nodes
from ..s2s.nodes import code
from ..s2s.walk import below
from .base import rule

_COPIES = ("copy",)  # a copy of the dictionary holds the same arrays


@rule(cst.Assign)
def kept_state(node: cst.Assign, ctx) -> None:
    """Tell that a state which a model is given back after it was trained further differs."""
    if ctx.source.name != "torch" or ctx.target.name == "torch" or len(node.targets) != 1:
        return
    value = node.value
    while nodes.calls_method(value, *_COPIES) and not value.args:  # type: ignore[attr-defined]
        value = value.func.value  # type: ignore[attr-defined]
    target = code(node.targets[0].target)
    if not nodes.calls_method(value, "state_dict") or not _is_given_back(node, target, ctx):
        return
    follows = "PyTorch's shares memory with the model, and follows it"
    message = f"'{target}' keeps the weights of this moment; {follows}"
    ctx.note(node, "S2S203", ctx.module_api("state_dict"), message, "use copy.deepcopy in the source")


def _is_given_back(node: cst.Assign, target: str, ctx) -> bool:
    """Whether what is kept is loaded outside of the loop, or by another function than the one, that keeps it."""
    name = target.rpartition(".")[2]
    loads = [call for call in below(ctx.whole) if nodes.calls_method(call, "load_state_dict")]
    given = [call for call in loads if call.args and code(call.args[0].value).rpartition(".")[2] == name]
    around = _loop_around(node, ctx.enclosing)
    if around is None and "." in target:
        around = ctx.scope.body if ctx.scope is not None else None
    inside = {id(each) for each in below(around)} if around is not None else set()
    return around is not None and any(id(call) not in inside for call in given)


def _loop_around(node: cst.CSTNode, whole: cst.CSTNode) -> cst.CSTNode | None:
    """The outermost loop of a function that a statement is in."""
    return next((loop for loop in _loops(whole) if any(each is node for each in below(loop))), None)


def _loops(whole: cst.CSTNode) -> Iterator[cst.CSTNode]:
    return (each for each in below(whole) if isinstance(each, (cst.For, cst.While)))
