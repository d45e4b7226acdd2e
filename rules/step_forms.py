"""Training code as it is written -> the same in the form that is read: one name for each value, steps by an optimizer.

``for p in model.parameters(): p.data.add_(p.grad, alpha=-lr)`` is a step of ``SGD(model.parameters(), lr=lr)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import bound_names, dotted_path, read_names
from ..s2s.nodes import code
from ..s2s.walk import below
from .loss_region import backward_loss, is_constant_block, statement_call, takes_gradients

Lines = Sequence[cst.BaseStatement]
_MODES = ("train", "eval")
_COUNTS = ("first", "second", "third", "fourth", "fifth")


def with_plain_forms(body: Lines, ctx) -> Lines:
    """The statements of a block that takes gradients; the same object where they have the form already."""
    lines: list[cst.BaseStatement] = []
    for line in body:
        if _is_wrappers(line, ctx):
            continue
        lines += _as_steps(line, {name for each in lines for name in bound_names(each)}, ctx)
    lines = [each for line in lines for each in _with_named_loss(_without_result(line), ctx)]
    lines = _with_own_names(lines, ctx)
    return body if len(lines) == len(body) and all(a is b for a, b in zip(lines, body)) else lines


def _without_result(line: cst.BaseStatement) -> cst.BaseStatement:
    """``model = model.train()`` -> ``model.train()``."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or not isinstance(small.value, cst.Call):
        return line
    owner, _, method = dotted_path(small.value.func).rpartition(".")
    if method not in _MODES or not owner or owner != dotted_path(small.targets[0].target):
        return line
    return line.with_changes(body=[cst.Expr(small.value)])


def _is_wrappers(line: cst.BaseStatement, ctx) -> bool:
    """Whether a line, or all of a branch, sets what only a wrapper of several processes reads."""
    if isinstance(line, cst.If) and line.orelse is None:
        return all(_is_wrappers(each, ctx) for each in line.body.body)
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    target = small.targets[0].target if isinstance(small, cst.Assign) else None
    return isinstance(target, cst.Attribute) and target.attr.value in ctx.source.settings.get("wrapper_settings", ())


def _with_named_loss(line: cst.BaseStatement, ctx) -> list[cst.BaseStatement]:
    """``criterion(model(x), y).backward()`` -> ``loss = criterion(model(x), y)`` and ``loss.backward()``."""
    call = statement_call(line)
    value = backward_loss(line, ctx) if call is not None else None
    if value is None or value is not getattr(call and call.func, "value", None) or not _calls_with_values(value):
        return [line]
    name = ctx.unused_of(("loss", "batch_loss"))
    assigned = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)])
    func = cst.ensure_type(call.func, cst.Attribute).with_changes(value=cst.Name(name))
    return _with_lead([assigned, cst.SimpleStatementLine([cst.Expr(call.with_changes(func=func))])], line)


def _calls_with_values(value: cst.BaseExpression) -> bool:
    """Whether inside of a value something is called with values, as a model is: ``((model(x) - y) ** 2).mean()``."""
    given = (each.value for each in below(value) if isinstance(each, cst.Arg))
    owners = (each.func.value for each in (value, *below(value))
              if isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute))  # fmt: skip
    return any(isinstance(each, cst.Call) and each.args for part in (*given, *owners) for each in (part, *below(part)))


# Steps that are written by hand


def _as_steps(line: cst.BaseStatement, used: set[str], ctx) -> list[cst.BaseStatement]:
    """The lines of an optimizer for a loop that changes all parameters of a module by their gradients."""
    if is_constant_block(line, ctx) and isinstance(line, cst.With):
        first, *rest = line.body.body
        made = _as_steps(first, used, ctx)
        zeros = [each for each in rest if (call := statement_call(each)) is not None and _ends(call, "zero_grad")]
        return [*_with_lead(made, line), *rest] if made != [first] and zeros == rest else [line]
    module = _looped_module(line)
    rate = _rate(line, ctx) if module is not None else None
    framework = next((n for n, kind in ctx.module.names.items() if kind.tag == "ref" and kind.name == "torch"), "")
    if module is None or rate is None or not framework:
        return [line]
    name = ctx.unused_of(tuple(name for name in ("optimizer", "sgd", "descent") if name not in used) or ("step",))
    given = nodes.call(cst.Attribute(module.deep_clone(), cst.Name("parameters")))
    made = nodes.call(nodes.dotted(f"{framework}.optim.SGD"), given, lr=rate.deep_clone())
    assigned = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], made)])
    stepped = cst.SimpleStatementLine([cst.Expr(nodes.call(nodes.dotted(f"{name}.step")))])
    return _with_lead([assigned, stepped], line)


def _with_lead(lines: list[cst.BaseStatement], line: cst.BaseStatement) -> list[cst.BaseStatement]:
    first, *rest = lines
    return [first.with_changes(leading_lines=[*line.leading_lines, *first.leading_lines]), *rest]


def _looped_module(line: cst.BaseStatement) -> cst.BaseExpression | None:
    """``model`` of ``for p in model.parameters():``."""
    if not isinstance(line, cst.For) or not isinstance(line.target, cst.Name) or line.orelse is not None:
        return None
    given = line.iter
    known = isinstance(given, cst.Call) and not given.args and _ends(given, "parameters") and dotted_path(given.func)
    return cst.ensure_type(given.func, cst.Attribute).value if known else None


def _rate(line: cst.For, ctx) -> cst.BaseExpression | None:
    """The learning rate of a loop whose one statement is a step of gradient descent."""
    body = line.body.body
    small = body[0].body[0] if len(body) == 1 and isinstance(body[0], cst.SimpleStatementLine) else None
    name = line.target.value
    if isinstance(small, cst.AugAssign) and isinstance(small.operator, cst.SubtractAssign):
        return _factor(small.value, name) if _is_place(small.target, name) else None
    call = small.value if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call) else None
    if call is None or not isinstance(call.func, cst.Attribute) or not _is_place(call.func.value, name):
        return None
    given = [arg.value for arg in call.args]
    keywords = [arg.keyword.value if arg.keyword is not None else "" for arg in call.args]
    if call.func.attr.value == "sub_" and keywords == [""]:
        return _factor(given[0], name)
    if call.func.attr.value != "add_":
        return None
    if keywords == [""] and isinstance(given[0], cst.UnaryOperation) and isinstance(given[0].operator, cst.Minus):
        return _factor(given[0].expression, name)
    if keywords == ["", "alpha"] and _is_gradient(given[0], name):
        return _negated(given[1])
    return _negated(given[0]) if keywords == ["", ""] and _is_gradient(given[1], name) else None


def _factor(node: cst.BaseExpression, name: str) -> cst.BaseExpression | None:
    """``lr`` of ``lr * p.grad``."""
    if not isinstance(node, cst.BinaryOperation) or not isinstance(node.operator, cst.Multiply):
        return None
    for rate, gradient in ((node.left, node.right), (node.right, node.left)):
        if _is_gradient(gradient, name) and name not in read_names(rate):
            return rate
    return None


def _negated(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """``lr`` of ``-lr``."""
    return node.expression if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus) else None


def _is_place(node: cst.BaseExpression, name: str) -> bool:
    return code(node) in (name, f"{name}.data")


def _is_gradient(node: cst.BaseExpression, name: str) -> bool:
    return code(node) in (f"{name}.grad", f"{name}.grad.data", f"{name}.grad.detach()")


def _ends(call: cst.Call, name: str) -> bool:
    return isinstance(call.func, cst.Attribute) and call.func.attr.value == name


# One name for each value


def _with_own_names(lines: list[cst.BaseStatement], ctx) -> list[cst.BaseStatement]:
    """``output = netD(real)`` and ``output = netD(fake)``, one for each of two losses -> two names."""
    for name in dict.fromkeys(name for line in lines if (name := _given(line))):
        places = [place for place, line in enumerate(lines) if _given(line) == name]
        for count, (start, end) in enumerate(zip(places, places[1:])):
            span = lines[start:end]
            if not any(map(takes_gradients, span)) or not _is_read_there(span, name):
                continue
            if not all(_is_plain(line, name) for line in span[1:]):
                continue
            own = ctx.unused_of(tuple(f"{word}_{name}" for word in _COUNTS[count : count + 1]) or (name,))
            lines[start] = _renamed_target(lines[start], name, own)
            lines[start + 1 : end] = [_renamed(line, name, own) for line in span[1:]]
            lines[end] = _renamed_value(lines[end], name, own)
    return lines


def _is_read_there(span: Lines, name: str) -> bool:
    """Whether statements after a loss read a name that the loss is computed of."""
    after = next(place for place, line in enumerate(span) if takes_gradients(line))
    return any(name in read_names(line) for line in span[after + 1 :])


def _given(line: cst.BaseStatement) -> str:
    """The name that a line gives a value."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1:
        return ""
    target = small.targets[0].target
    return target.value if isinstance(target, cst.Name) else ""


def _is_plain(line: cst.BaseStatement, name: str) -> bool:
    """Whether all that a statement does with a name is in the statement itself."""
    held = (cst.FunctionDef, cst.ClassDef, cst.Lambda, cst.Global, cst.Nonlocal, cst.Del)
    inside = (each for each in below(line) if isinstance(each, held))
    return name not in bound_names(line) and not any(name in _texts(each) for each in inside)


def _texts(node: cst.CSTNode) -> Iterator[str]:
    return (each.value for each in below(node) if isinstance(each, cst.Name))


class _Renaming(cst.CSTTransformer):
    def __init__(self, name: str, own: str) -> None:
        super().__init__()
        self.name, self.own = name, own

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.Name:
        return updated_node.with_changes(value=self.own) if original_node.value == self.name else updated_node

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:
        return updated_node.with_changes(keyword=original_node.keyword)


def _renamed(line: cst.BaseStatement, name: str, own: str) -> cst.BaseStatement:
    made = line.visit(_Renaming(name, own)) if name in {*_texts(line)} else line
    assert isinstance(made, cst.BaseStatement)
    return made


def _renamed_target(line: cst.SimpleStatementLine, name: str, own: str) -> cst.SimpleStatementLine:
    assign = cst.ensure_type(line.body[0], cst.Assign)
    return line.with_changes(body=[assign.with_changes(targets=[cst.AssignTarget(cst.Name(own))])])


def _renamed_value(line: cst.SimpleStatementLine, name: str, own: str) -> cst.SimpleStatementLine:
    assign = cst.ensure_type(line.body[0], cst.Assign)
    if name not in read_names(assign.value):
        return line
    return line.with_changes(body=[assign.with_changes(value=assign.value.visit(_Renaming(name, own)))])
