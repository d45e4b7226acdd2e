"""The framework's layers: which have a twin for data whose channels come last, which take images as they are."""

from __future__ import annotations

import ast

from .edits import KEEP, Blocked, Edit, Splice
from .knowledge import bind
from .orders import as_image, as_plain
from .values import (
    UNKNOWN,
    Arg,
    Args,
    Array,
    Const,
    Container,
    Layer,
    Mapping,
    NotConstant,
    Sequence,
    Site,
    Value,
    constant,
    has_image,
    options,
    union,
)

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")


def make(m, frame, entry, args: Args, site: Site | None) -> Value:
    """A layer or a container that is constructed."""
    if entry.op in CONTAINERS:
        return _container(m, frame, entry.op, args, site)
    bound = bind(entry, args, None)
    values = {name: arg.value for name, arg in bound[1].items()} if bound is not None else {}
    if bound is None or not args.exact or args.open:
        values["?"] = UNKNOWN
    return m.new(Layer(entry.op, values, site))


def _container(m, frame, op: str, args: Args, site) -> Value:
    values = [arg.value for arg in args.positional]
    if len(values) == 1 and isinstance(values[0], Mapping):
        held = list(values[0].items.items())
        return m.new(Container(op, [value for _, value in held], True, [key for key, _ in held]))
    if op == "Sequential":
        return m.new(Container(op, values, args.exact))
    made = m.new(Container(op, []))
    if values:
        source = m.iterated(frame, values[0], site.node if site else None)
        items = source.items if isinstance(source, Sequence) else [source.item]
        m.append(made, items, isinstance(source, Sequence) and source.exact)
    return made


def run(m, frame, layer: Layer | Container, args: Args, node) -> Value:
    """A call of a layer."""
    if isinstance(layer, Container):
        return _sequential(m, frame, layer, args, node)
    first = args.positional[0] if args.positional else next(iter(args.keywords.values()), None)
    if first is None:
        return UNKNOWN
    return union(_applied(m, frame, layer, Arg(option, first.node), args, node) for option in options(first.value))


def _sequential(m, frame, layer: Container, args: Args, node) -> Value:
    if layer.op != "Sequential":
        raise Blocked(frame.module, node, f"a {layer.op} is called")
    arg = args.positional[0]
    for item in layer.items:
        value = m.call(frame, item, Args((arg,)), node)
        arg = Arg(value if layer.exact else union([value, arg.value]))
    return arg.value


def _applied(m, frame, layer: Layer, arg: Arg, args: Args, node) -> Value:
    op, value = layer.op, arg.value
    if op == "Flatten":
        return _flatten(m, frame, layer, value, node)
    if m.knowledge.spatial(op) is not None:
        return _twin(m, frame, layer, arg, args, node)
    if m.knowledge.elementwise(op):
        return value
    return _in_source_order(m, frame, op, args, arg, node)


def _in_source_order(m, frame, op: str, args: Args, first: Arg, node) -> Value:
    value = as_plain(m.edits, frame.module, first, node)
    for arg in args.all()[1:]:
        as_plain(m.edits, frame.module, arg, node)
    if m.knowledge.listed("last_axis", "layers", op) or op in ("Softmax", "LogSoftmax", "Softmin", "Softmax2d"):
        return value
    if op in ("LSTM",):
        return Sequence([Array(3), Sequence([Array(3), Array(3)], tuple=True)], tuple=True)
    if op in ("GRU", "RNN"):
        return Sequence([Array(3), Array(3)], tuple=True)
    if op == "MultiheadAttention":
        return Sequence([Array(3), Array(3)], tuple=True)
    if op == "Embedding":
        rank = value.rank if isinstance(value, Array) else None
        return Array(None if rank is None else rank + 1)
    return Array()


def _twin(m, frame, layer: Layer, arg: Arg, args: Args, node) -> Value:
    value, spatial = arg.value, m.knowledge.spatial(layer.op)
    if not isinstance(value, Array):
        raise Blocked(frame.module, node, f"what {layer.op} gets is not known")
    if not value.image and (m.knowledge.listed("plain", "layers", layer.op)):
        rename(m, layer.site, False, node, frame)
        return value
    _check_arguments(frame, layer, node)
    m.meets(value)
    rank = spatial + 2 if spatial else value.rank
    if rank is None:
        raise Blocked(frame.module, node, f"the number of axes of what {layer.op} gets is not known")
    held = as_image(m.edits, frame.module, arg, rank, node)
    if isinstance(held, Array) and held.rank == rank and not held.image:
        raise Blocked(frame.module, node, f"{layer.op} gets an array with fewer axes")
    for other in args.positional[1:]:
        if has_image(other.value):
            raise Blocked(frame.module, node, f"{layer.op} gets more than one image")
    rename(m, layer.site, True, node, frame)
    return Array(rank, True, single(m, layer.op, value.single, layer.args))


def single(m, op: str, was: bool, args: dict[str, Value]) -> bool:
    """Whether an image surely has one place after a layer or function."""
    if m.knowledge.listed("spatial", "to_one", op):
        try:
            size = constant(args["output_size"])
        except (NotConstant, KeyError):
            return False
        return size == 1 or (isinstance(size, (tuple, list)) and all(n == 1 for n in size))
    if "onv" in op and "ranspose" not in op:
        return was and args.get("kernel_size") == Const(1) and args.get("padding", Const(0)) == Const(0)
    return was and m.knowledge.listed("spatial", "kept", op)


def _check_arguments(frame, layer: Layer, node) -> None:
    if "?" in layer.args:
        raise Blocked(frame.module, node, f"the arguments of {layer.op} are not known")
    if layer.args.get("return_indices", Const(False)) != Const(False):
        raise Blocked(frame.module, node, f"positions in the source's order are asked of {layer.op}")
    if "Max" in layer.op and layer.args.get("dilation", Const(1)) != Const(1):
        raise Blocked(frame.module, node, f"windows of {layer.op} have gaps")


def _flatten(m, frame, layer: Layer, value: Value, node) -> Value:
    start, end = layer.args.get("start_dim", Const(1)), layer.args.get("end_dim", Const(-1))
    whole = (start, end) == (Const(1), Const(-1))
    if not isinstance(value, Array):
        raise Blocked(frame.module, node, "what Flatten gets is not known")
    if value.image and not whole:
        raise Blocked(frame.module, node, "Flatten() of an image keeps some of its axes")
    rename(m, layer.site, value.image and not value.single, node, frame, transposes=1)
    return Array(2 if whole else None)


def rename(m, site: Site | None, twin: bool, node, frame, transposes: int = 0) -> None:
    """Let a class or function be its twin, or what it is, wherever this place of the source is meant."""
    if site is None:
        raise Blocked(frame.module, node, "where a layer's class is named is not known")
    if not twin:
        m.edits.record(site.module, site.node, "name", KEEP)
        return
    m.native_layers += 1
    m.edits.record(site.module, site.node, "name", _renamed(m, site, transposes, frame))


def _renamed(m, site: Site, transposes: int, frame) -> Edit:
    if isinstance(site.node, ast.Attribute):
        _, end = m.edits.span(site.module, site.node)
        place = end - len(site.node.attr.encode())
        return Edit((Splice(place, place, "channels_last."),), transposes)
    if not isinstance(site.node, ast.Name):
        raise Blocked(frame.module, site.node, "where a layer's class is named cannot be changed")
    name = m.declarations.name_of(site.module, site.node)
    owner, _, last = name.rpartition(".")
    alias = "native_" + owner.rpartition(".")[2]
    splice = m.edits.replaced(site.module, site.node, f"{alias}.channels_last.{last}")
    return Edit((splice,), transposes, f"import {owner} as {alias}")
