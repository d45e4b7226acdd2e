"""``x.permute(0, 2, 1)``, ``x.T``: methods and properties of arrays through the tables."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import paths_read
from ..s2s.kinds import NUMBERS, asked
from ..s2s.receivers import is_module_parameter, is_only_array, surely_array, takes
from ..s2s.tables import Entry
from .base import rule
from .shown_tensors import shows_tensor


@rule(cst.Call)
def array_method(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A method call on an array, or on a value whose kind is not known."""
    func = node.func
    if not isinstance(func, cst.Attribute):
        return None
    name = func.attr.value
    entries = ctx.source.methods.get(name)
    receiver = asked(ctx.kind(func.value), name)
    scalar = ctx.infer.numbers and receiver.tag in NUMBERS and not hasattr(float, name)
    if receiver.tag not in ("array", "unknown") and not (scalar and entries):
        return None
    if entries is None:
        return None
    if receiver.tag == "unknown":
        if _is_module(func.value, ctx):
            return None
        if not (surely_array(node, name, ctx.infer) and takes(entries[0], node)):
            if name == "item" and not node.args:
                return _item(node, func, ctx)
            if name == "copy" and not node.args and ctx.source.name == "numpy" and "copy_of" in ctx.target.templates:
                ctx.count("exact")
                return nodes.call(ctx.helper("copy_of"), ctx.visit(func.value))
            return decided(node, func, entries[0], ctx)
    api = ctx.array_api(name)
    if entries[0].fold:
        ctx.count("exact")
        return cst.parse_expression(entries[0].fold)
    return ctx.convert(entries[0], node, func.value, api)


@rule(cst.Call)
def unknown_method(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """A method of an array that neither the tables nor another rule knows."""
    func = node.func
    if not isinstance(func, cst.Attribute) or ctx.kind(func.value).tag != "array":
        return None
    name = func.attr.value
    if name.startswith("__") or name in ctx.source.methods or ctx.kind(func).tag != "unknown":
        return None
    if name in ("astype", *_OF_DISTRIBUTIONS) or any(hasattr(other, name) for other in _OTHERS):
        _leave(node, name, ctx)
        return None
    return ctx.refuse(node, ctx.array_api(name), f"no {ctx.target.name} counterpart is known")


# What models that are taken to give arrays may give instead: methods of distributions.
_OF_DISTRIBUTIONS = ("entropy", "log_prob", "rsample", "sample")
# Values that code annotates as arrays, or as one of several types of which arrays are the first.
_OTHERS = (str, dict, list, set)


def _item(node: cst.Call, func: cst.Attribute, ctx) -> cst.BaseExpression:
    """``x.item()`` of an array or a NumPy number: the target's arrays have it too, or a helper asks at run time."""
    ctx.count("exact")
    if "item" not in ctx.target.templates:
        return ctx.descend(node)
    return nodes.call(ctx.helper("item"), ctx.visit(func.value))


# Methods that arrays of NumPy and JAX have too, which do something else there.
_AMBIGUOUS = frozenset("std var max min sort transpose repeat nonzero flatten".split())
# What code calls on arrays and numbers of NumPy as well, which TensorFlow's arrays do not have.
_NUMERIC = _AMBIGUOUS | frozenset(
    """sum mean prod any all cumsum argmax argmin argsort round reshape squeeze clip diagonal trace abs exp log sqrt
    pow tolist""".split()
)


def _is_module(node: cst.BaseExpression, ctx) -> bool:
    """Whether a parameter is a module of functions, such as ``np_`` of ``np_.concatenate(parts)``."""
    info = ctx.scope.info if ctx.scope is not None else None
    param = info.param(node.value) if info is not None and isinstance(node, cst.Name) else None
    return param is not None and is_module_parameter(param.attributes)


def decided(node: cst.Call, func: cst.Attribute, entry: Entry, ctx) -> cst.BaseExpression | None:
    """``x.std()`` of something unknown beside NumPy -> ``(jnp.std(x, ddof=1) if is_array(x) else x.std())``."""
    name = func.attr.value
    of_jax = _AMBIGUOUS | {"squeeze"}  # which raises where PyTorch leaves an axis that is longer than 1
    names = {"tensorflow": _NUMERIC, "jax": of_jax, "numpy": _AMBIGUOUS}.get(ctx.target.language, ())
    plain = name in ("max", "min", "flatten", "squeeze") and not node.args
    means_the_same = plain and ctx.target.language != "tensorflow"
    body = ctx.scope.body if ctx.scope is not None else None
    closed = isinstance(body, cst.BaseExpression) or ctx.scope is None and (ctx.in_class_body or ctx.in_lambda)
    nested = not nodes.is_simple(func.value) and closed
    of_list = name == "sort" and isinstance(ctx.small_statement, cst.Expr) and ctx.small_statement.value is node
    if ctx.source.name != "torch" or name not in names or means_the_same or nested or of_list:
        _leave(node, name, ctx)
        return None
    if ctx.target.language == "numpy" and shows_tensor(node, ctx):
        return ctx.convert(entry, node, func.value, ctx.array_api(name))
    if ctx.target.language == "numpy":
        reason = f"it means something else for an array of NumPy, which '{nodes.code(func.value)}' may be"
        return ctx.refuse(node, ctx.array_api(name), reason, "annotate the value")
    value = func.value
    asked: cst.BaseExpression = ctx.visit(value)
    if not nodes.is_simple(value):
        value = cst.Name(ctx.fresh("value"))
        ctx.substitutes[id(value)] = value
        asked = cst.NamedExpr(value, asked, lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    converted = ctx.convert(entry, node, value, ctx.array_api(name))
    own = nodes.call(cst.Attribute(ctx.visit(value), func.attr)).with_changes(args=ctx.descend(node).args)
    made = cst.IfExp(_is_array(asked, ctx), converted, own)
    alone = isinstance(ctx.small_statement, (cst.Return, cst.Assign)) and ctx.small_statement.value is node
    return made if alone else nodes.parenthesized(made)


def _is_array(value: cst.BaseExpression, ctx) -> cst.Call:
    """Whether a value is an array or variable of the target."""
    if ctx.target.language != "jax":
        return nodes.call(ctx.native("tensorflow.is_tensor"), value)
    types = [ctx.native("jax.Array")]
    if ctx.target.name == "jax":
        types.append(ctx.native("flax.nnx.Variable"))
    return nodes.call(cst.Name("isinstance"), value, types[0] if len(types) == 1 else nodes.tuple_of(types))


def _leave(node: cst.Call, name: str, ctx) -> None:
    message = "the kind of the receiver is not known, so the call is left as written"
    ctx.note(node, "S2S300", ctx.array_api(name), message, "annotate the value")


@rule(cst.Call)
def typed_method(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``x.shape.numel()`` -> ``math.prod(x.shape)``; methods of generators of random numbers."""
    func = node.func
    owner = _owner(func, ctx) if isinstance(func, cst.Attribute) else ""
    if not isinstance(func, cst.Attribute) or owner not in ("shape", "generator"):
        return None
    entry = _member(owner, func.attr.value, ctx)
    if entry is not None and entry.fold:
        ctx.count("exact")
        return cst.parse_expression(entry.fold)
    if entry is not None:
        return _seeded(node, func.value, entry, ctx) or ctx.convert(entry, node, func.value, entry.native)
    known = _known_by_methods(owner, ctx)
    if not known:
        return None
    return ctx.refuse(node, f"{known}.{func.attr.value}", f"no {ctx.target.name} counterpart is known")


def _seeded(node: cst.Call, made: cst.BaseExpression, entry: Entry, ctx) -> cst.BaseExpression | None:
    """``torch.Generator().manual_seed(0)`` -> ``np.random.default_rng(0)``: made and seeded at once."""
    if entry.op != "seed_generator" or not isinstance(made, cst.Call) or len(node.args) != 1:
        return None
    lifted = ctx.infer.lifted(made)
    if lifted is None or lifted[0].op != "make_generator":
        return None
    seeded = ctx.writer.of_op("seeded_generator", seed=node.args[0].value)
    if seeded is not None:
        ctx.count(entry.grade)
        ctx.note(node, "S2S200", entry.native, entry.note)
    return seeded


def _known_by_methods(owner: str, ctx) -> str:
    """The class of generators of which the tables list the methods that are converted, '' where rules know them."""
    names = ctx.source.type_names.get(owner, ()) if owner == "generator" else ()
    return next((name for name in names if ctx.source.find(name).op == "make_generator"), "")


def _owner(node: cst.Attribute, ctx) -> str:
    """The tag of what a member is asked of, which may be all that says what it is."""
    tag = ctx.kind(node.value).tag
    members = ctx.source.settings.get("sure_members", {}) if tag == "unknown" else {}
    return next((owner for owner, names in members.items() if node.attr.value in names), tag)


def _member(kind: str, name: str, ctx):
    """The entry of an attribute of the source's shapes, dtypes or devices."""
    found = (ctx.source.find(f"{owner}.{name}") for owner in ctx.source.type_names.get(kind, ()))
    return next((entry for entry in found if entry is not None), None)


def _array_of_device(node: cst.BaseExpression, ctx) -> cst.BaseExpression:
    """``x`` of ``x.device``: arrays inside a transformation have no device to ask."""
    if isinstance(node, cst.Attribute) and node.attr.value == "device" and ctx.kind(node.value).tag == "array":
        return node.value
    return node


def _reads(ctx) -> bool:
    """Whether the source's arrays have PyTorch's ``size`` as an attribute, where PyTorch has a method."""
    return ctx.source.name in ("numpy", "jax")


def _is_weight(node: cst.BaseExpression, ctx) -> bool:
    """Whether a value of unknown kind is ``layer.weight`` or another array of a layer, whose data is asked for."""
    named = isinstance(node, cst.Attribute) and node.attr.value in ("weight", "bias", "running_mean", "running_var")
    return named and ctx.source.name == "torch" and ctx.kind(node).tag == "unknown"


def _has_shape(node: cst.BaseExpression, ctx) -> bool:
    """Whether a name of unknown kind is that of an array of PyTorch, as the function at hand reads its shape."""
    if not isinstance(node, cst.Name) or ctx.source.name != "torch" or "device" not in ctx.source.properties:
        return False
    return any(path == f"{node.value}.shape" for path, _ in paths_read(ctx.enclosing))


@rule(cst.Attribute)
def array_property(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``x.mT`` and other properties that the target spells differently."""
    base = asked(ctx.kind(node.value), node.attr.value)
    tag = _owner(node, ctx)
    if tag in ("dtype", "device", "shape"):
        entry = _member(tag, node.attr.value, ctx)
        owner = _array_of_device(node.value, ctx) if tag == "device" else node.value
        return ctx.convert(entry, cst.Call(node), owner, entry.native) if entry is not None else None
    if base.tag != "array":
        if base.tag == "unknown" and node.attr.value in ("is_cuda",):
            return cst.Name("False")
        if base.tag == "unknown" and node.attr.value == "requires_grad" and ctx.target.name not in ("torch", "ivy"):
            ctx.count("exact")
            return nodes.call(ctx.helper("requires_grad"), ctx.visit(node.value))
        if base.tag == "unknown" and node.attr.value == "size" and ctx.target.name != ctx.source.name and _reads(ctx):
            if "size_of" in ctx.target.templates:
                ctx.count("exact")
                return nodes.call(ctx.helper("size_of"), ctx.visit(node.value))
        if base.tag == "unknown" and node.attr.value == "device" and _has_shape(node.value, ctx):
            return ctx.convert(ctx.source.properties["device"], cst.Call(node), node.value, ctx.array_api("device"))
        if node.attr.value == "data" and _is_weight(node.value, ctx):
            return ctx.convert(ctx.source.properties["data"], cst.Call(node), node.value, ctx.array_api("data"))
        if base.tag == "unknown" and node.attr.value == "T" and "transposed" in ctx.target.templates:
            if _has_shape(node.value, ctx):
                ctx.count("exact")
                return nodes.call(ctx.helper("transposed"), ctx.visit(node.value))
        if base.tag == "unknown" and node.attr.value in ("T", "mT") and is_only_array(ctx.infer):
            entry = ctx.source.properties.get(node.attr.value)
            return ctx.convert(entry, cst.Call(node), node.value, entry.native) if entry is not None else None
        return None
    entry = ctx.source.properties.get(node.attr.value)
    if entry is None:
        return None
    if entry.fold:
        ctx.count("exact")
        return cst.parse_expression(entry.fold)
    fake = cst.Call(node)
    return ctx.convert(entry, fake, node.value, entry.native)
