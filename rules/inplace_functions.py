"""``y = F.relu(x, inplace=True)`` -> ``y = (x := jax.nn.relu(x))`` where ``x`` is read again."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.reading import names_read
from ..s2s.tables import Entry
from .base import rule
from .changing_layers import FIRST, HOLDER, LAYER, effect_of
from .inplace import shared_root, store, view_hazard

_FLAG = "inplace"
_HINT = "leave out inplace, or write the values that are meant"
_SEQUENCE = "the first layer of the sequence changes its argument in place, which is used again"


@rule(cst.Expr)
def changing_function(node: cst.Expr, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``F.relu(x, inplace=True)`` and ``self.relu(x)`` as statements -> ``x = jax.nn.relu(x)``."""
    call = node.value
    if not isinstance(call, cst.Call) or not call.args or not _changes(call, ctx):
        return None
    array = call.args[0].value
    if _in_a_sequence(call, ctx):
        return ctx.refuse_statement(call.func, nodes.code(call.func), _SEQUENCE)
    method = cst.Call(cst.Attribute(array, cst.Name("apply_")))  # what a method that does the same would be
    return store(shared_root(array, ctx), _plain(call, ctx), ctx, method)


@rule(cst.Call)
def changed_argument(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Such a call whose result is used: its argument is given the result too, where it is read again."""
    if not node.args:
        return None
    if not _changes(node, ctx):
        _tell(node, ctx)
        return None
    root = shared_root(node.args[0].value, ctx)
    if not isinstance(root, cst.Name) or ctx.scope is None:
        return _plain(node, ctx) if _is_named(node, ctx) else None
    statement = ctx.small_statement
    if ctx.target.settings.get("mutable_arrays"):
        return nodes.call(ctx.helper("assign"), ctx.visit(root), _plain(node, ctx))
    hazard = view_hazard(root, ctx)
    if not hazard and _reads_beside(statement, node, root.value):
        hazard = f"'{root.value}' is changed in place and read in the same statement"
    read_again = not _assigns(statement, root.value) and ctx.read_after(root.value)
    if not hazard and read_again and _in_a_sequence(node, ctx):
        hazard = _SEQUENCE
    if hazard:
        return ctx.refuse(node, nodes.code(node.func), hazard, _HINT)
    if ctx.of_comprehension(root.value) or not read_again:
        return _plain(node, ctx) if _is_named(node, ctx) else None
    value = _plain(node, ctx)
    ctx.scope.assigned.add(root.value)
    return cst.NamedExpr(cst.Name(root.value), value, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _tell(node: cst.Call, ctx) -> None:
    """Tell of a call that may change its argument, which is read again, and does not do so in the target."""
    root = node.args[0].value
    if not isinstance(root, cst.Name) or ctx.scope is None or ctx.source.name != "torch":
        return
    if ctx.target.settings.get("mutable_arrays") or effect_of(node.func, ctx) != HOLDER:
        return
    statement = ctx.small_statement
    again = ctx.read_after(root.value) and not _assigns(statement, root.value)
    if again or _reads_beside(statement, node, root.value):
        message = f"a layer with inplace=True may change '{root.value}', which is read again: here it stays as it was"
        ctx.note(node, "S2S203", nodes.code(node.func), message, _HINT)


def _changes(node: cst.Call, ctx) -> bool:
    """Whether a call changes its first argument, and gives it back: by its name, by its flag, or as its layer does."""
    if ctx.source.name != "torch" or ctx.target.name == "torch" or id(node) in ctx.effect_written:
        return False
    if _is_named(node, ctx):
        return True
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if entry is not None:
        return not ctx.infer.is_hub_layer(entry.op) and _has_flag(node, entry, len(entry.args))
    return _is_changing_layer(node.func, ctx)


def _is_named(node: cst.Call, ctx) -> bool:
    """Whether a function is called that the framework has without the underscore: ``F.relu_``."""
    name = ctx.name_of(node.func)
    if not name.endswith("_") or name.endswith("__") or not ctx.foreign(name) or ctx.source.find(name) is not None:
        return False
    entry = ctx.source.find(name[:-1])
    return entry is not None and bool(entry.op) and not ctx.infer.is_hub_layer(entry.op)


def _has_flag(node: cst.Call, entry: Entry, position: int) -> bool:
    """Whether ``inplace`` is given as True."""
    if _FLAG not in entry.ignore:
        return False
    given = [arg for arg in node.args if arg.keyword is None and not arg.star]
    keyword = next((arg for arg in node.args if arg.keyword is not None and arg.keyword.value == _FLAG), None)
    flag = keyword or (given[position] if len(given) > position else None)
    return flag is not None and nodes.is_name(flag.value, "True")


def _is_changing_layer(func: cst.BaseExpression, ctx) -> bool:
    """Whether a layer with ``inplace=True`` is called, or a sequence that begins with one."""
    return effect_of(func, ctx) in (LAYER, FIRST)


def _in_a_sequence(node: cst.Call, ctx) -> bool:
    """Whether it is the first layer of a sequence that changes the argument."""
    return effect_of(node.func, ctx) == FIRST


def _plain(node: cst.Call, ctx) -> cst.BaseExpression:
    """The call as the target has it, which changes nothing."""
    ctx.effect_written.add(id(node))
    if not _is_named(node, ctx):
        return ctx.visit(node)
    name = ctx.name_of(node.func)[:-1]
    return ctx.convert(ctx.source.find(name), node, None, name)


def _assigns(statement: cst.CSTNode | None, name: str) -> bool:
    """Whether a statement gives a name, and nothing but it, a new value."""
    targets = statement.targets if isinstance(statement, cst.Assign) else []
    return len(targets) == 1 and nodes.is_name(targets[0].target, name)


def _reads_beside(statement: cst.CSTNode | None, call: cst.Call, name: str) -> bool:
    """Whether a statement reads a name outside of a call too."""
    if statement is None:
        return False
    rest = statement.deep_replace(call, cst.Name("_"))
    return isinstance(rest, cst.CSTNode) and name in names_read(rest)
