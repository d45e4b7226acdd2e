"""Functions that do nothing but take a gradient: ``def gradient(y, x): return torch.autograd.grad(y, x, ...)[0]``."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from .row import Row

_NAMES = (
    "outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "only_inputs", "allow_unused",
    "is_grads_batched", "materialize_grads",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GradientHelper(Row):
    """Which parameters such a function takes the gradient of, with respect to which, with which weights.

    ``created`` is whether the gradient may be differentiated again, ``item`` whether it is given alone, and not in a
    tuple.
    """

    outputs: str
    inputs: tuple[str, ...]
    weights: str
    created: bool
    item: bool
    unused: bool


def gradient_helper(
    node: ast.FunctionDef | ast.AsyncFunctionDef, resolve: Callable[[ast.expr], str]
) -> GradientHelper | None:
    """What a function takes the gradient of; None for a function that does anything else."""
    params = {arg.arg for arg in (*node.args.args, *node.args.kwonlyargs)}
    lines = node.body[1:] if ast.get_docstring(node) is not None else node.body
    defaulted = _default_weights(lines[0], resolve) if lines else None
    lines = lines[1:] if defaulted else lines
    call, item = _given_back(lines)
    if call is None or resolve(call.func) != "torch.autograd.grad" or len(call.args) > len(_NAMES):
        return None
    given = dict(zip(_NAMES, call.args)) | {k.arg: k.value for k in call.keywords if k.arg}
    outputs, inputs = _output(given.get("outputs"), resolve), _inputs(given.get("inputs"))
    weights = given.get("grad_outputs")
    named = weights.id if isinstance(weights, ast.Name) else ""
    if named and (defaulted != (named, outputs) or named not in params):
        return None
    if weights is not None and not named and not _is_none(weights) and _ones(weights, resolve) != outputs:
        return None
    created, unused = _flag(given.get("create_graph")), _flag(given.get("allow_unused"))
    others = [given.get(name) for name in ("is_grads_batched", "materialize_grads")]
    if created is None or unused is None or any(each is not None for each in others):
        return None
    if not inputs or not {outputs, *inputs} <= params:
        return None
    return GradientHelper(outputs, inputs, named, created, item, unused)


def _default_weights(line: ast.stmt, resolve: Callable[[ast.expr], str]) -> tuple[str, str] | None:
    """``(weights, y)`` of ``if weights is None: weights = torch.ones_like(y)``."""
    if not isinstance(line, ast.If) or line.orelse or len(line.body) != 1 or not isinstance(line.test, ast.Compare):
        return None
    assign, test = line.body[0], line.test
    if not isinstance(assign, ast.Assign) or not isinstance(test.ops[0], ast.Is) or not _is_none(test.comparators[0]):
        return None
    target, made = assign.targets[0], _ones(assign.value, resolve)
    same = isinstance(target, ast.Name) and ast.unparse(test.left) == target.id
    return (target.id, made) if same and made and isinstance(target, ast.Name) else None


def _given_back(lines: list[ast.stmt]) -> tuple[ast.Call | None, bool]:
    """The only call of a function that gives back what this gives, and whether it is one item of it."""
    if not lines or not isinstance(lines[-1], ast.Return) or len(lines) > 3:
        return None, False
    value = lines[-1].value
    item = False
    for line in reversed(lines[:-1]):
        if isinstance(value, ast.Subscript) and _is_zero(value.slice) and not item:
            value, item = value.value, True
        if not isinstance(line, ast.Assign) or len(line.targets) != 1 or not isinstance(value, ast.Name):
            return None, False
        target = line.targets[0]
        unpacked = isinstance(target, (ast.Tuple, ast.List)) and len(target.elts) == 1
        name = target.elts[0] if unpacked and isinstance(target, (ast.Tuple, ast.List)) else target
        if not isinstance(name, ast.Name) or name.id != value.id or unpacked and item:
            return None, False
        value, item = line.value, item or unpacked
    if isinstance(value, ast.Subscript) and _is_zero(value.slice) and not item:
        value, item = value.value, True
    return (value, item) if isinstance(value, ast.Call) else (None, False)


def _output(node: ast.expr | None, resolve: Callable[[ast.expr], str]) -> str:
    """``y`` of ``y``, ``[y]``, ``y.sum()`` and ``torch.sum(y)``."""
    if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == 1:
        node = node.elts[0]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sum":
        if not node.args and not node.keywords:
            node = node.func.value
        elif resolve(node.func) == "torch.sum" and len(node.args) == 1 and not node.keywords:
            node = node.args[0]
    return node.id if isinstance(node, ast.Name) else ""


def _inputs(node: ast.expr | None) -> tuple[str, ...]:
    values = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
    return tuple(each.id for each in values if isinstance(each, ast.Name)) if all(map(_is_name, values)) else ()


def _ones(node: ast.expr, resolve: Callable[[ast.expr], str]) -> str:
    """``y`` of ``torch.ones_like(y)``."""
    if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) == 1:
        node = node.elts[0]
    made = isinstance(node, ast.Call) and resolve(node.func) == "torch.ones_like" and node.args
    first = node.args[0] if isinstance(node, ast.Call) and made else None
    return first.id if isinstance(first, ast.Name) else ""


def _flag(node: ast.expr | None) -> bool | None:
    """A truth value that is written out; None for another one."""
    if node is None:
        return False
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, bool) else None


def _is_name(node: object) -> bool:
    return isinstance(node, ast.Name)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0 and node.value is not False
