"""``keras.Sequential([Dense(8, activation="relu"), ...])`` -> ``nn.Sequential(LazyLinear(8), nn.ReLU(), ...)``."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s import nodes
from ..s2s.keras_sequences import ACTIVATION, FIRST, INPUT, SEQUENCE, activation_forms
from ..s2s.own_spelling import own_class
from ..s2s.walk import below
from .base import rule
from .keras_sized import sized

# What gives the same wherever it is written.
_PLAIN = (cst.Attribute, cst.BinaryOperation, cst.Integer, cst.Name)


@rule(cst.Call)
def sequence_of_layers(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A sequence as PyTorch's, with the activations of dense layers as layers."""
    own = ctx.own_layer(SEQUENCE)
    if own is None or _op(node, ctx) != SEQUENCE:
        return None
    listed = next(arg.value for arg in node.args if arg.keyword is None or arg.keyword.value != "name")
    layers: list[cst.BaseExpression] = []
    ends: list[int] = []
    items = [cst.ensure_type(element.value, cst.Call) for element in cst.ensure_type(listed, cst.List).elements]
    size = _first_size(items[0], ctx) if items else None
    items = items[1:] if items and _op(items[0], ctx) == INPUT else items
    for made in (_without_shape(item) for item in items):
        layers += _layers(made, size, ctx)
        size = _size(made, size, ctx)
        ends.append(len(layers))
    args = nodes.spaced([nodes.positional(layer) for layer in layers])
    ctx.count("exact")
    made = node.with_changes(func=own_class(own, ctx.writer), args=args)
    made = _commented(made, cst.ensure_type(listed, cst.List), ends) if args else made
    name = next((arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value == "name"), None)
    if name is None or not ctx.writer.graph:
        return made
    return nodes.call(cst.Attribute(made, cst.Name("called")), ctx.visit(name))


def _commented(made: cst.Call, listed: cst.List, ends: list[int]) -> cst.Call:
    """The call with the comments between the items of a list, of which each became arguments up to an end."""
    commas = [element.comma for element in listed.elements]
    after = [comma.whitespace_after for comma in commas[:-1] if isinstance(comma, cst.Comma)]
    after.append(listed.rbracket.whitespace_before)
    first = listed.lbracket.whitespace_after
    if len(ends) < len(commas):  # the inputs went
        first = _joined(first, after[0])
    if not any(isinstance(part, cst.Comment) for space in (first, *after) for part in below(space)):
        return made
    spaces = dict(zip(ends, after[len(commas) - len(ends) :], strict=True))
    last = len(made.args)
    args = [
        arg.with_changes(comma=cst.Comma(whitespace_after=_line_after(spaces.get(place), place < last)))
        for place, arg in enumerate(made.args, 1)
    ]
    return made.with_changes(args=args, whitespace_before_args=_line_after(first, True))


def _joined(
    space: cst.BaseParenthesizableWhitespace, more: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """The comments of two ends of lines."""
    if not isinstance(space, cst.ParenthesizedWhitespace) or not isinstance(more, cst.ParenthesizedWhitespace):
        return more
    return more.with_changes(empty_lines=[*space.empty_lines, *more.empty_lines])


def _line_after(space: cst.BaseParenthesizableWhitespace | None, goes_on: bool) -> cst.ParenthesizedWhitespace:
    """The end of a line and the comments below it, before one more argument or the end of the call."""
    comments = space if isinstance(space, cst.ParenthesizedWhitespace) else cst.ParenthesizedWhitespace()
    inner = cst.SimpleWhitespace("    ")
    below_it = [line.with_changes(indent=True, whitespace=inner) for line in comments.empty_lines if line.comment]
    last = inner if goes_on else cst.SimpleWhitespace("")
    return comments.with_changes(empty_lines=below_it, indent=True, last_line=last)


def _first_size(first: cst.Call, ctx) -> cst.BaseExpression | None:
    """The size of the last axis of the inputs of a sequence, where its first layer says it."""
    is_input = _op(first, ctx) == INPUT
    names = ("shape",) if is_input else FIRST
    given = [arg.value for arg in first.args if arg.keyword is not None and arg.keyword.value in names]
    given += [arg.value for arg in first.args[:1] if is_input and arg.keyword is None and not arg.star]
    if given and isinstance(given[0], cst.Tuple) and given[0].elements:
        size = given[0].elements[-1].value
        return size if all(isinstance(part, _PLAIN) for part in below(size)) and nodes.code(size) != "None" else None
    return nodes.expression(f"{given[0].value}[-1]") if given and isinstance(given[0], cst.Name) else None


def _without_shape(call: cst.Call) -> cst.Call:
    """The constructor of a first layer without the shape of its inputs."""
    args = [arg for arg in call.args if arg.keyword is None or arg.keyword.value not in FIRST]
    if args and len(args) < len(call.args):
        args[-1] = args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return call.with_changes(args=args) if len(args) < len(call.args) else call


def _layers(call: cst.Call, size: cst.BaseExpression | None, ctx) -> Iterator[cst.BaseExpression]:
    """A layer for inputs of a size, and one for its activation."""
    given = [arg for arg in call.args if arg.keyword is not None and arg.keyword.value == "activation"]
    activation = given[0].value if given and _op(call, ctx) != ACTIVATION else None
    if activation is not None:
        args = [arg for arg in call.args if arg is not given[0]]
        call = call.with_changes(args=[*args[:-1], args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)])
    made = sized(call, ctx.visit(size), ctx) if size is not None else None
    yield made if made is not None else ctx.visit(call)
    forms = activation_forms(ctx.target)
    if isinstance(activation, cst.SimpleString) and activation.evaluated_value in forms:
        form = forms[str(activation.evaluated_value)]
        yield nodes.call(ctx.native(form.call), **{key: nodes.expression(value) for key, value in form.add.items()})


def _size(call: cst.Call, before: cst.BaseExpression | None, ctx) -> cst.BaseExpression | None:
    """The size of the last axis after a layer, where it may be written again."""
    own = ctx.own_layer(_op(call, ctx))
    if own is None or not own.size:
        return None if own is None or own.size is None else before
    name = own.size
    position = next(place for place, param in enumerate(ctx.hub[own.op].params) if param.name == name)
    by_name = [arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == name]
    places = [arg.value for arg in call.args if arg.keyword is None and not arg.star]
    found = by_name or places[position : position + 1]
    return found[0] if found and all(isinstance(part, _PLAIN) for part in below(found[0])) else None


def _op(node: cst.Call, ctx) -> str:
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    return entry.op if entry is not None else ""
