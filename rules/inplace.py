"""``x.mul_(y)`` -> ``x = x * y``: in-place methods become rebinding, or ``assign`` where a variable is meant."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.lift import Refused, bind
from ..s2s.statements import view_root
from .base import rule
from .custom_optimizers import is_held_variable, may_be_held, shared_cast, variable_stored
from .indexing import only_changed, written
from .masked_calls import masked
from .mode_arguments import unreserved_attribute
from .reserved import reserved_attribute
from .temporary_views import place, scattered
from .view_writes import is_slice, other_names, stored


@rule(cst.Expr)
def inplace_statement(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """An in-place call as a statement."""
    call = node.value
    if not isinstance(call, cst.Call) or not is_inplace(call, ctx):
        return None
    root = shared_root(call, ctx)
    value = _value(call, ctx)
    if value is None:
        return None
    return store(root, value, ctx, call)


@rule(cst.Expr)
def out_statement(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``torch.mul(a, b, out=x)`` -> ``x = assign(x, a * b)``."""
    found = _with_out(node.value, ctx)
    if found is None:
        return None
    out, value = found
    return store(out, value, ctx, node.value, keeps_place=True)


@rule(cst.Call)
def out_expression(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``torch.mul(a, b, out=x) if c else d`` -> ``(x := assign(x, a * b)) if c else d``."""
    found = _with_out(node, ctx)
    if found is None or not isinstance(found[0], cst.Name) or ctx.scope is None:
        return None
    out, value = found
    value = nodes.call(ctx.helper("assign"), ctx.visit(out), value)
    if ctx.target.settings.get("mutable_arrays"):
        return value
    if view_hazard(out, ctx) or may_be_variable(out, ctx) or ctx.of_comprehension(out.value):
        return None
    return cst.NamedExpr(cst.Name(out.value), value, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _out_by_position(call: cst.Call, ctx) -> cst.BaseExpression | None:
    """Where NumPy's elementwise functions write: the argument behind their operands, as in ``np.sqrt(x, x)``."""
    name = ctx.name_of(call.func) if ctx.source.name == "numpy" and len(call.args) in (2, 3) else ""
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if entry is None or not entry.args or not all(a.positional_only and not a.variadic for a in entry.args):
        return None
    plain = all(arg.keyword is None and not arg.star for arg in call.args)
    return call.args[-1].value if plain and len(call.args) == len(entry.args) + 1 else None


def _with_out(call: cst.BaseExpression, ctx) -> tuple[cst.BaseExpression, cst.BaseExpression] | None:
    """Where a call of the tables writes with ``out``, and what."""
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    out = next((a.value for a in call.args if a.keyword is not None and a.keyword.value == "out"), None)
    out = _out_by_position(call, ctx) if out is None else out
    name = ctx.name_of(call.func) if out is not None else ""
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if out is None or entry is None or ctx.kind(out).tag not in ("array", "unknown"):
        return None
    where = next((a for a in call.args if a.keyword is not None and a.keyword.value == "where"), None)
    if where is not None and ctx.source.name == "numpy":
        value = masked(call, where, out, ctx)
        return None if value is None else (out, value)
    rest = call.with_changes(args=[a for a in call.args if a.value is not out])
    bound = bind(entry, rest.args, None, ctx.kind)
    if isinstance(bound, Refused) or ctx.infer.returned(bound.entry, bound.args).tag != "array":
        return None
    return out, ctx.spell(bound, rest, name)


@rule(cst.Call)
def inplace_expression(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """An in-place call whose result is used."""
    if not is_inplace(node, ctx):
        return None
    root = shared_root(node, ctx)
    if not isinstance(root, cst.Name) and _seen_elsewhere(view_root(root, ctx.infer), ctx):
        reason = "it changes a part of a value inside an expression"
        return ctx.refuse(node, ctx.array_api(node.func.attr.value), reason, "make it a statement of its own")
    value = _value(node, ctx)
    if value is None:
        return None
    name = node.func.attr.value
    if isinstance(root, cst.Name) and ctx.of_comprehension(root.value):
        return nodes.call(ctx.helper("assign_in_place"), ctx.visit(root), value)
    if is_held_variable(root, ctx):
        return nodes.call(ctx.helper("assign"), ctx.visit(root), value)
    given = name in ("copy_", "fill_") and isinstance(root, cst.Name)
    if name not in _RESHAPING and (given or isinstance(root, cst.Attribute) or may_be_variable(root, ctx)):
        value = nodes.call(ctx.helper("assign"), ctx.visit(root), value)
    if isinstance(ctx.small_statement, cst.Return) or not isinstance(root, cst.Name):
        return value
    if ctx.scope is None or isinstance(root, cst.Name) and root.value == "self":
        return value
    if root.value not in ctx.scope.assigned | ctx.scope.params and root.value in ctx.infer.scopes[-1]:
        reason = f"'{root.value}' goes through a collection, whose arrays would be changed in place"
        return ctx.refuse(node, ctx.array_api(name), reason)
    return cst.NamedExpr(
        cst.Name(root.value), value, lpar=[cst.LeftParen()], rpar=[cst.RightParen()]
    )


def _seen_elsewhere(base: str, ctx) -> bool:
    """Whether a change of what shares memory with a name, if any, is seen after the expression."""
    return bool(base) and (ctx.scope is None or base in ctx.scope.params or uses_after(base, ctx))


@rule(cst.Assign)
def data_assignment(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``m.weight.data = value`` -> ``m.weight = assign(m.weight, value)``."""
    if len(node.targets) != 1:
        return None
    target = node.targets[0].target
    if not (isinstance(target, cst.Attribute) and target.attr.value == "data"):
        return None
    root = target.value
    if ctx.kind(root).tag not in ("array", "unknown") or not isinstance(root, (cst.Name, cst.Attribute)):
        return None
    ctx.count("exact")
    place = ctx.visit(root)
    return [cst.Assign([cst.AssignTarget(place)], nodes.call(ctx.helper("assign"), place, ctx.visit(node.value)))]


@rule(cst.AssignTarget)
def assigned_attribute(node: cst.AssignTarget, ctx) -> cst.AssignTarget | None:
    """An attribute that is assigned is a place, not a value to convert."""
    target = node.target
    if isinstance(target, cst.Name):
        return node
    ctx.mark_places(target)
    if not isinstance(target, cst.Attribute):
        return None
    new = reserved_attribute(target, ctx) or unreserved_attribute(target, ctx)
    if new is None:
        value = ctx.visit(target.value)
        new = target if value is target.value else target.with_changes(value=value)
    return node if new is target else node.with_changes(target=new)


def is_inplace(node: cst.Call, ctx) -> bool:
    """Whether a call is an in-place method of an array."""
    func = node.func
    if not isinstance(func, cst.Attribute):
        return False
    name = func.attr.value
    if not name.endswith("_") or name.endswith("__") or name.startswith("_"):
        return False
    if name in ("requires_grad_", "share_memory_", "retain_graph_"):
        return False
    kind = ctx.kind(func.value)
    if kind.tag not in ("array", "unknown"):
        return False
    return name in _SPECIAL or name in ctx.source.methods or name[:-1] in ctx.source.methods


_SPECIAL = ("copy_", "zero_", "fill_")
_RESHAPING = ("unsqueeze_", "squeeze_", "t_", "transpose_", "swapaxes_", "swapdims_")


def shared_root(node: cst.BaseExpression, ctx) -> cst.BaseExpression:
    """What a chain of in-place calls changes: ``x`` of ``x.data.mul_(a).add_(b)``."""
    while True:
        if isinstance(node, cst.Call) and is_inplace(node, ctx):
            node = node.func.value
        elif isinstance(node, cst.Attribute) and node.attr.value == "data":
            node = node.value
        elif (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Attribute)
            and node.func.attr.value == "detach"
        ):
            node = node.func.value
        else:
            return place(node, ctx)


def _value(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The new value that an in-place call stores, as an expression without side effects."""
    assert isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute)
    name = node.func.attr.value
    receiver = node.func.value
    root = shared_root(receiver, ctx)
    api = ctx.array_api(name)
    if name in _SPECIAL and isinstance(receiver, cst.Call) and isinstance(root, cst.Call):
        ctx.count("exact")
        made = ctx.visit(receiver)
        if name == "zero_":
            return _spelled("zeros_like", made, [], ctx)
        given = ctx.visit(node.args[0].value)
        copied = name == "copy_"
        return nodes.call(ctx.helper("assign"), made, given) if copied else _spelled("full_like", made, [given], ctx)
    if name in _SPECIAL and (not isinstance(receiver, cst.Call) or isinstance(root, cst.Subscript)):
        ctx.count("exact")
        if name == "copy_":
            return ctx.visit(node.args[0].value)
        base = ctx.visit(root)
        if name == "zero_":
            return _spelled("zeros_like", base, [], ctx)
        return ctx.visit(node.args[0].value)
    entry = (ctx.source.methods.get(name) or ctx.source.methods.get(name[:-1]) or (None,))[0]
    if entry is None:
        return None
    operand = receiver if isinstance(receiver, cst.Call) else root
    if isinstance(receiver, cst.Call) and is_inplace(receiver, ctx):
        inner = _value(receiver, ctx)
        if inner is not None:
            ctx.substitutes[id(receiver)] = inner
    arithmetic = _arithmetic(name, node, operand, ctx)
    if arithmetic is not None:
        return arithmetic
    bound = bind(entry, node.args, operand, ctx.kind)
    if isinstance(bound, Refused):
        return ctx.refuse(node, api, bound.reason)
    return ctx.spell(bound, node, api)


_OPERATORS = {"add_": cst.Add, "sub_": cst.Subtract, "mul_": cst.Multiply, "div_": cst.Divide, "pow_": cst.Power}


def _arithmetic(name: str, node: cst.Call, operand: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """``x.mul_(y)`` as ``x * y``."""
    if name not in _OPERATORS or len(node.args) != 1 or node.args[0].keyword or node.args[0].star:
        return None
    if name == "div_" and ctx.kind(operand).name.startswith(("int", "bool")):
        return None
    ctx.count("exact")
    sides = [nodes.parenthesized(ctx.visit(side)) for side in (operand, node.args[0].value)]
    return cst.BinaryOperation(sides[0], _OPERATORS[name](), sides[1])


def _spelled(op: str, base: cst.BaseExpression, rest: list[cst.BaseExpression], ctx):
    written_as = ctx.target.writes.get(op)
    if written_as is None or written_as.native.startswith("@"):
        return nodes.call(ctx.helper(op), base, *rest)
    return nodes.call(ctx.native(written_as.native), base, *rest)


def store(
    root: cst.BaseExpression, value: cst.BaseExpression, ctx, call: cst.Call, keeps_place: bool = False
) -> Sequence[cst.BaseSmallStatement]:
    """The statement that gives ``root`` its new value; ``keeps_place`` when its dtype and shape must stay."""
    return _stored(root, value, ctx, call, keeps_place or call.func.attr.value in _SPECIAL)


def _stored(
    root: cst.BaseExpression, value: cst.BaseExpression, ctx, call: cst.Call, keeps_place: bool
) -> Sequence[cst.BaseSmallStatement]:
    if isinstance(root, cst.Subscript) and not is_held_variable(root, ctx):
        held = ctx.source.name == "torch" and "assign_item" in ctx.target.templates
        return written(root, value, ctx, "assign_item" if held else "setitem")
    if isinstance(root, cst.Call):
        view = scattered(root, value, ctx)
        if view is not None:
            return _stored(shared_root(view[0], ctx), view[1], ctx, call, keeps_place=False)
    if not isinstance(root, (cst.Name, cst.Attribute)):
        return [
            cst.Expr(ctx.refuse(call, ctx.array_api(call.func.attr.value), "it changes a temporary view in place"))
        ]
    if is_held_variable(root, ctx) and call.func.attr.value not in _RESHAPING:
        return variable_stored(root, value, ctx, keeps_place)
    if problem := shared_cast(root, ctx):
        return ctx.refuse_statement(call, ctx.array_api(call.func.attr.value), problem)
    target = ctx.visit(root)
    if not isinstance(target, (cst.Name, cst.Attribute, cst.Subscript)):
        return [cst.Expr(target)]  # it was refused
    if call.func.attr.value in _RESHAPING:
        return [cst.Assign([cst.AssignTarget(target)], value)]
    if ctx.target.settings.get("mutable_arrays"):
        return [cst.Expr(nodes.call(ctx.helper("assign"), target, value))]
    if is_slice(root, ctx):
        return stored(root, value, ctx)
    hazard = view_hazard(root, ctx)
    if hazard:
        return ctx.refuse_statement(call, ctx.array_api(call.func.attr.value), hazard)
    if isinstance(root, cst.Name) and only_changed(root.value, ctx):
        return [cst.Expr(nodes.call(ctx.helper("assign_in_place"), target, value))]
    if keeps_place or isinstance(root, cst.Attribute) or may_be_variable(root, ctx):
        value = nodes.call(ctx.helper("assign"), target, value)
    if isinstance(root, cst.Name) and ctx.scope is not None:
        ctx.scope.assigned.add(root.value)
    return [cst.Assign([cst.AssignTarget(target)], value)]


def view_hazard(root: cst.BaseExpression, ctx) -> str:
    """Why changing ``root`` in place would be seen through another name, '' if it would not."""
    if isinstance(root, cst.Attribute) and ctx.scope is not None and (other := other_names(root, ctx)):
        return f"'{other}' may share memory with '{nodes.code(root)}' and is used afterwards"
    if not isinstance(root, cst.Name) or ctx.scope is None:
        return ""
    base = ctx.scope.views.get(root.value, "")
    if base and uses_after(base, ctx) and base != root.value:
        return f"'{root.value}' may share memory with '{base}', which is used afterwards"
    for name, shared in ctx.scope.views.items():
        if shared == root.value and uses_after(name, ctx):
            return f"'{name}' may share memory with '{root.value}' and is used afterwards"
    return ""


def uses_after(name: str, ctx) -> bool:
    """Whether a name is read after the current statement (or anywhere, inside a loop)."""
    scope = ctx.scope
    if scope is None or scope.body is None:
        return True
    return ctx.read_after(name)


def may_be_variable(root: cst.BaseExpression, ctx) -> bool:
    """Whether a name can hold a parameter or buffer: function arguments that were not rebound."""
    kind = ctx.kind(root)
    if kind.name == "variable" or may_be_held(root, ctx):
        return True
    if not isinstance(root, cst.Name) or ctx.scope is None or ctx.scope.is_forward:
        return False
    return root.value in ctx.scope.params and root.value not in ctx.scope.assigned


@rule(cst.AugAssign)
def refused_place(node: cst.AugAssign, ctx) -> cst.BaseSmallStatement | None:
    """``p.grad /= n``, where what is changed was refused: the statement is what raises."""
    if not isinstance(node.target, cst.Attribute):
        return None
    place = ctx.visit(node.target)
    if not isinstance(place, (cst.Name, cst.Attribute, cst.Subscript)):
        return cst.Expr(place)
    value = ctx.visit(node.value)
    unchanged = place is node.target and value is node.value
    return node if unchanged else node.with_changes(target=place, value=value)
