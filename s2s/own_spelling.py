"""Writing layers as the target's own, with the initial values that they are given."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from . import nodes
from .lift import Bound, Refused, holds
from .lower import Writer, is_default
from .table_model import Entry


def own_class(entry: Entry, writer: Writer) -> cst.BaseExpression:
    """The class of the target's own layer, or the template that derives from it."""
    return writer.helper(entry.layer[1:]) if entry.layer.startswith("@") else writer.native(entry.layer)


def own_layer(bound: Bound, entry: Entry, original: cst.Call, writer: Writer) -> cst.Call | None:
    """A constructor as that of the target's own layer; None where only the template takes these arguments."""
    args = writer.native_args(entry, replace(bound, args={k: v for k, v in bound.args.items() if k != "name"}))
    if isinstance(args, Refused):
        return None
    op = writer.hub[entry.op]
    given = [n for n in entry.initializers if n in bound.args and not is_default(op, n, bound.args[n])]
    later = {name: writer.argument(bound, name) for name in given}
    if later and args:
        last = original.args[-1]
        args[-1] = args[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    made = original.with_changes(func=own_class(entry, writer), args=nodes.spaced(args), lpar=[], rpar=[])
    return nodes.call(cst.Attribute(made, cst.Name("initialized")), **later) if later else made


def filled(bound: Bound, tensor: cst.BaseExpression, writer: Writer) -> cst.BaseExpression | None:
    """A call that fills a tensor as an initialiser does; None where the target has no such function."""
    entry = writer.table.fills.get(bound.entry.op)
    if entry is None or not all(holds(p, bound.args.get(name), writer.kind) for name, p in entry.when):
        return None
    # By name: the tensor comes first, and others may stand between.
    args = writer.native_args(entry, replace(bound, places={}, positional=frozenset()))
    if isinstance(args, Refused):
        return None
    return cst.Call(writer.native(entry.fill), nodes.spaced([cst.Arg(tensor), *args]))
