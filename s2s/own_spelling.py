"""Writing layers as the target's own, with the initial values that they are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import libcst as cst

from . import nodes
from .keras_sequences import ACTIVATION, activation_forms
from .kinds import UNKNOWN
from .lift import Bound, KindOf, Refused, bind, holds
from .lower import Writer, is_default
from .table_model import Entry, Form, Table
from .weight_table import layers


def own_class(entry: Entry, writer: Writer, layer: str = "") -> cst.BaseExpression:
    """The class of the target's own layer, or the template that derives from it."""
    layer = layer or entry.layer
    node = layer.replace("torch.nn.", "@keras_own.")
    if writer.graph and node[1:] in writer.table.templates:
        layer = node
    return writer.helper(layer[1:]) if layer.startswith("@") else writer.native(layer)


def own_form(entry: Entry, bound: Bound, kind: KindOf) -> Form | None:
    """How the own layer is written for these arguments; None where it is not."""
    fitting = (form for form in entry.forms if all(holds(p, bound.args.get(name), kind) for name, p in form.when))
    return next(fitting, None) if entry.forms else Form()


def own_layer(
    bound: Bound,
    entry: Entry,
    original: cst.Call,
    writer: Writer,
    start: Bound | None = None,
    size: cst.BaseExpression | None = None,
) -> cst.Call | None:
    """A constructor as that of the target's own layer; None where only the template takes these arguments.

    ``start`` is the initialiser of Keras that fills its weights, ``size`` the size of its inputs where it is known.
    """
    form = own_form(entry, bound, writer.kind)
    if form is None:
        return None
    left = {name: _computed(entry, name, value) for name, value in bound.args.items() if name not in form.drop}
    listed = {arg.canonical for arg in entry.args}
    gone = {"name", entry.started, *(("activation",) if writer.graph else ())} - listed
    left = {name: value for name, value in left.items() if name not in gone}
    args = writer.native_args(entry, replace(bound, args=left))
    if isinstance(args, Refused):
        return None
    if args and entry.args[0].canonical not in left and args[0].keyword is not None:
        args[0] = nodes.positional(args[0].value) if args[0].keyword.value == entry.args[0].native else args[0]
    form = form if size is None else sized_form(form, entry)
    named = {arg.keyword.value if arg.keyword is not None else entry.args[i].native for i, arg in enumerate(args)}
    args += [nodes.keyword(name, nodes.expression(value)) for name, value in form.add.items() if name not in named]
    args = args if size is None else [nodes.positional(size), *args]
    op = writer.hub[entry.op]
    given = [n for n in entry.initializers if n in bound.args and not is_default(op, n, bound.args[n])]
    later = {name: writer.argument(bound, name) for name in given}
    if later and args:
        last = original.args[-1]
        args[-1] = args[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    func = own_class(entry, writer, form.call)
    made = original.with_changes(func=func, args=nodes.spaced(args), lpar=[], rpar=[])
    if writer.graph:
        made = _node(made, bound, entry, writer)
    if entry.started in bound.args and not is_default(op, entry.started, bound.args[entry.started]):
        filler = filling(start, writer) if start is not None else None
        return None if filler is None else nodes.call(cst.Attribute(made, cst.Name("initialized")), filler)
    return nodes.call(cst.Attribute(made, cst.Name("initialized")), **later) if later else made


def _node(made: cst.Call, bound: Bound, entry: Entry, writer: Writer) -> cst.Call:
    """A layer that is called with symbols, with its name and what it computes of its results."""
    if "name" in bound.args and has_weights(entry):
        made = nodes.call(cst.Attribute(made, cst.Name("called")), writer.visit(bound.args["name"]))
    value = bound.args.get("activation")
    if value is None or entry.op == ACTIVATION or nodes.code(value) in ("None", "'linear'", '"linear"'):
        return made
    form = activation_forms(writer.table).get(text_of(value))
    if form is None:
        function = writer.visit(value)
        if not holds("callable", value, writer.kind):
            function = nodes.call(writer.helper("keras_own.activation_named"), function)
    else:
        settings = {key: nodes.expression(text) for key, text in form.add.items()}
        function = nodes.call(writer.native(form.call), **settings)
    return nodes.call(cst.Attribute(made, cst.Name("followed_by")), function)


def has_weights(entry: Entry) -> bool:
    """Whether a layer has weights, which are called by its name."""
    name = entry.layer.rpartition(".")[2]
    return any(name in layout.classes for layer in layers().values() for layout in layer.layouts)


def text_of(node: cst.BaseExpression | None) -> str:
    """What a literal text says; '' for all else."""
    return str(node.evaluated_value) if isinstance(node, cst.SimpleString) else ""


def _computed(entry: Entry, name: str, value: cst.BaseExpression) -> cst.BaseExpression:
    """An argument as the own layer takes it: numbers are computed at once."""
    text = entry.computed.get(name, "")
    if not text:
        return value
    if isinstance(value, cst.Float):
        return nodes.expression(f"{1 - value.evaluated_value:.12g}") if text == "1 - {}" else value
    return nodes.expression(text.replace("{}", nodes.code(nodes.parenthesized(value))))


def initializer(value: cst.BaseExpression, name_of: Callable[[cst.BaseExpression], str], source: Table) -> Bound | None:
    """What an initialiser of Keras is, which may be its name or a call that makes it."""
    if isinstance(value, cst.SimpleString):
        name = f"keras.initializers.{value.evaluated_value!s}"
    else:
        name = name_of(value.func) if isinstance(value, cst.Call) else ""
    entry = source.find(name) if name else None
    if entry is None:
        return None
    bound = bind(entry, value.args if isinstance(value, cst.Call) else (), None, lambda node: UNKNOWN)
    return bound if isinstance(bound, Bound) else None


def sized_form(form: Form, entry: Entry) -> Form:
    """The form whose first argument is the size of the inputs, for one of a class that finds it at the first call."""
    if entry.sized is not None:
        return entry.sized
    return replace(form, call=(form.call or entry.layer).replace(".Lazy", ".", 1))


def filling(bound: Bound, writer: Writer) -> cst.BaseExpression | None:
    """The function of a tensor that fills it as an initialiser of Keras does; None where the target has none."""
    entry = writer.table.fills.get(bound.entry.op)
    if entry is None:
        return None
    args = writer.native_args(entry, replace(bound, places={}, positional=frozenset()))
    if isinstance(args, Refused):
        return None
    function = own_class(replace(entry, layer=entry.fill), writer)
    if not args:
        return function
    return cst.Call(writer.native("functools.partial"), nodes.spaced([cst.Arg(function), *args]))


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
