"""Calls of framework functions, layers and project classes."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.helper_names import helpers_of
from ..s2s.lift import Refused, bind
from ..s2s.tables import Entry, Template
from .base import rule
from .jit_boundary import boundary
from .keras_models import dropped_argument
from .keras_training import penalised_weight
from .layer_arguments import constructor_params, in_order, renamed
from .own_call import has_own_call, keeps_forward
from .references import value_of


@rule(cst.Call)
def table_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``torch.cat([a, b], dim=1)`` -> ``jnp.concatenate([a, b], axis=1)`` through the tables."""
    name = ctx.name_of(node.func)
    if isinstance(node.func, cst.Call) and not name:
        return _decorated(node, node.func, ctx)
    if not name or not ctx.foreign(name):
        return None
    entry = ctx.source.find(name)
    if entry is None:
        return _unknown(node, name, ctx)
    if entry.refuse:
        return ctx.refuse(node, name, entry.refuse)
    if entry.fold:
        ctx.count(entry.grade)
        if entry.grade == "approximate":
            ctx.note(node, "S2S200", name, entry.note)
        return nodes.expression(entry.fold)
    if entry.drop:
        return _dropped(node, entry, ctx)
    if entry.type == "device":
        return None
    if entry.type == "array":
        return _constructed(node, name, ctx)
    if ctx.infer.is_hub_layer(entry.op):
        return None
    if entry.op or entry.overloads:
        return ctx.convert(entry, node, None, name)
    if entry.type == "module" and not node.args and (made := ctx.type_node("module")) is not None:
        ctx.count("exact")  # a module that others are attributes of
        return nodes.call(made)
    return ctx.refuse(node, name, f"no {ctx.target.name} counterpart is known")


def _unknown(node: cst.Call, name: str, ctx) -> cst.BaseExpression:
    """A name the tables do not list; a method called through its class is read as the method."""
    owner, _, method = name.rpartition(".")
    entry = ctx.source.find(owner)
    if entry is not None and entry.type == "array" and node.args and method in ctx.source.methods:
        rest = node.with_changes(args=node.args[1:])
        return ctx.convert(ctx.source.methods[method][0], rest, node.args[0].value, name)
    if entry is not None and _has_method(ctx.target.templates.get(entry.op), method, ctx):
        ctx.count("exact")
        args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
        return node.with_changes(func=cst.Attribute(ctx.helper(entry.op), cst.Name(method)), args=args)
    unit = name.rpartition(".")[2]
    if helpers_of(name) and unit in ctx.target.templates:
        ctx.count("exact")
        return ctx.descend(node).with_changes(func=ctx.helper(unit))
    return ctx.refuse(node, name, f"no {ctx.target.name} counterpart is known")


def _has_method(template: Template | None, name: str, ctx) -> bool:
    """Whether a template is a class with a method of this name, or a base with it, which is the source's."""
    if template is None or not template.is_class:
        return False
    bases = (ctx.target.templates.get(base) for base in template.bases)
    return f"\n    def {name}(" in template.text or any(_has_method(base, name, ctx) for base in bases)


# PyTorch's names for arrays of one dtype.
TYPED_ARRAYS = {
    "Tensor": "float32", "FloatTensor": "float32", "DoubleTensor": "float64", "HalfTensor": "float16",
    "LongTensor": "int64", "IntTensor": "int32", "ShortTensor": "int16", "CharTensor": "int8",
    "ByteTensor": "uint8", "BoolTensor": "bool", "BFloat16Tensor": "bfloat16",
}  # fmt: skip

# Kinds of a single argument of such a constructor.
_VALUES = ("list", "tuple", "array", "ndarray")
_SIZES = ("int", "shape")


def _constructed(node: cst.Call, name: str, ctx) -> cst.BaseExpression:
    """``torch.FloatTensor(values)`` is ``torch.tensor(values, dtype=torch.float32)``, of sizes ``torch.empty``."""
    dtype = TYPED_ARRAYS.get(name.rpartition(".")[2])
    if not node.args:
        node = node.with_changes(args=[cst.Arg(cst.List([]))])
    place = ctx.native_constant(dtype)
    named = any(arg.keyword is not None or arg.star == "**" for arg in node.args)
    if place is None or named or ctx.source.name != "torch":
        reason = "only values or sizes are converted"
        return ctx.refuse(node, name, reason, "use torch.tensor or torch.empty")
    first = node.args[0]
    kind = ctx.kind(first.value)
    if len(node.args) == 1 and not first.star and kind.tag not in (*_VALUES, *_SIZES):
        ctx.count("exact")
        return nodes.call(ctx.helper("values_or_size"), ctx.visit(first.value), place)
    values = len(node.args) == 1 and not first.star and kind.tag in _VALUES
    given = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in node.args]
    if values or dtype != "float32":  # which is what torch.empty gives
        given.append(nodes.keyword("dtype", cst.SimpleString(repr(dtype))))
    bound = bind(ctx.source.find("torch.tensor" if values else "torch.empty"), given, None, ctx.kind)
    if isinstance(bound, Refused):
        return ctx.refuse(node, name, bound.reason)
    return ctx.spell(bound, node, name)


def _decorated(node: cst.Call, maker: cst.Call, ctx) -> cst.BaseExpression | None:
    """``register(package="demo")(function)`` -> ``function``, where the decorator has no effect."""
    name = ctx.name_of(maker.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if entry is None or entry.drop != "decorator" or len(node.args) != 1 or node.args[0].keyword or node.args[0].star:
        return None
    ctx.count(entry.grade)
    if entry.grade == "approximate":
        ctx.note(node, "S2S202", entry.native, entry.note)
    return ctx.visit(node.args[0].value)


def _dropped(node: cst.Call, entry, ctx) -> cst.BaseExpression | None:
    ctx.count(entry.grade)
    if entry.grade == "approximate":
        ctx.note(node, "S2S202", entry.native, entry.note or "dropped")
    helper = boundary(entry, ctx)
    if node.args and entry.drop != "decorator":
        value = ctx.visit(node.args[0].value)
        return value if helper is None else nodes.call(helper, value)
    if helper is None and entry.context == "drop" and "no_context" in ctx.target.templates:
        return nodes.call(ctx.helper("no_context"))
    return helper or nodes.expression("(lambda function: function)")


@rule(cst.Call)
def has_name(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``hasattr(torch, "compile")`` -> whether the tables know the name."""
    if ctx.name_of(node.func) != "builtins.hasattr" or len(node.args) != 2:
        return None
    owner, key = ctx.name_of(node.args[0].value), node.args[1].value
    if not owner or not ctx.foreign(owner) or not isinstance(key, cst.SimpleString):
        return None
    ctx.count("exact")
    name = f"{owner}.{key.evaluated_value}"
    known = ctx.source.find(name) is not None or any(n.startswith(name + ".") for n in ctx.source.entries)
    return cst.Name("True" if known else "False")


@rule(cst.Call)
def get_name(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``getattr(torch.compiler, "is_compiling", None)`` -> the name's counterpart, or the default."""
    if ctx.name_of(node.func) != "builtins.getattr" or len(node.args) not in (2, 3):
        return None
    owner, key = ctx.name_of(node.args[0].value), node.args[1].value
    if not owner or not ctx.foreign(owner):
        return None
    if not isinstance(key, cst.SimpleString):
        what = f"only what the strings of the project name of {owner} is there when this runs"
        ctx.note(node, "S2S301", owner, what, "mention other names in a string of the project")
        return None
    name = f"{owner}.{key.evaluated_value}"
    entry = ctx.source.find(name)
    found = value_of(entry, ctx) if entry is not None else None
    if found is None and len(node.args) == 2:
        return ctx.refuse(node, name, (entry.refuse if entry else "") or f"no {ctx.target.name} counterpart is known")
    ctx.count("exact" if found is not None else "close")
    return nodes.parenthesized(found) if found is not None else ctx.visit(node.args[2].value)


@rule(cst.Call)
def device_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``torch.device("cuda")`` -> ``"cuda"``: placement is left to the target framework."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name else None
    if entry is None or entry.type != "device" or not node.args:
        return None
    if name == "builtins.str":  # where devices are strings it is still Python's str
        return None
    ctx.count("close")
    return ctx.visit(node.args[0].value)


@rule(cst.Call)
def layer_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nn.Linear(4, 8)`` -> the template layer with the same signature."""
    name = ctx.name_of(node.func)
    entry = ctx.source.find(name) if name and ctx.foreign(name) else None
    if entry is None or not ctx.infer.is_hub_layer(entry.op):
        return None
    own = ctx.own_layer(entry.op)
    made = ctx.spell_own_layer(own, entry, node) if own is not None else None
    if made is not None:
        return made
    template = ctx.target.templates.get(entry.op)
    if template is None:
        return _native_layer(node, entry, name, ctx)
    base = _family_base(entry, ctx)
    ours = constructor_params(template, ctx)
    known = {*ours, *(p.name for p in (ctx.hub[base.op].params if base is not None else ()))}
    ignored = entry.ignore | (base.ignore if base is not None else frozenset())
    open_ended = template.open_ended and base is None or not ours
    given = in_order(renamed(node.args, ours), entry, template, ctx)
    if isinstance(given, str):
        return ctx.refuse(node, name, given)
    args, penalties = [], {}
    for arg in given:
        if penalised := penalised_weight(arg, entry, ctx):
            penalties[penalised] = ctx.visit(arg.value)
            continue
        if arg.keyword is not None and arg.keyword.value in ignored:
            dropped_argument(arg, node, name, ctx)
            continue
        if arg.keyword is not None and not open_ended and arg.keyword.value not in known:
            if base is None and arg.keyword.value in ("device", "dtype", "inplace"):
                continue
            return ctx.refuse(node, name, f"argument '{arg.keyword.value}' has no counterpart")
        args.append(arg.with_changes(value=ctx.visit(arg.value)))
    ctx.count(entry.grade)
    if entry.grade == "approximate":
        ctx.note(node, "S2S200", name, entry.note)
    args = nodes.spaced(args)
    made = with_rngs(node.with_changes(func=ctx.helper(entry.op), args=args), name, ctx)
    return nodes.call(ctx.helper("keras.regularized"), made, **penalties) if penalties else made


def _family_base(entry: Entry, ctx) -> Entry | None:
    """The base class of the layers that a layer of a family belongs to, whose arguments all of them take."""
    family = entry.op.partition(".")[0]
    wanted = f"{family}.Layer" if "." in entry.op else ""
    if wanted not in ctx.hub or entry.op == wanted:
        return None
    return ctx.source.family_bases.get(wanted)


def _native_layer(node: cst.Call, entry: Entry, name: str, ctx) -> cst.BaseExpression:
    """A layer that the target itself has under the hub's signature."""
    written = ctx.target.writes.get(entry.op)
    if written is None or written.write or written.forms:
        reason = ctx.target.refusals.get(entry.op, f"no {ctx.target.name} layer is known")
        return ctx.refuse(node, name, reason)
    ctx.count(max(entry.grade, written.grade, key=("exact", "close", "approximate").index))
    known = {arg.canonical: arg.native for arg in written.args}
    args = []
    for arg in node.args:
        keyword = arg.keyword.value if arg.keyword is not None else ""
        if keyword == "rngs":
            continue
        if keyword and keyword not in known and keyword not in ("device", "dtype"):
            return ctx.refuse(node, name, f"argument '{keyword}' has no counterpart")
        changes = {"value": ctx.visit(arg.value)}
        if known.get(keyword, keyword) != keyword:
            changes["keyword"] = cst.Name(known[keyword])
        args.append(arg.with_changes(**changes))
    func = ctx.helper(written.helper) if written.helper else ctx.native(written.native)
    return node.with_changes(func=func, args=nodes.spaced(args))


@rule(cst.Call)
def project_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """Calls of the project's own classes and methods get the arguments that are threaded."""
    func = node.func
    if isinstance(func, cst.Attribute) and func.attr.value == ctx.source.settings.get("forward"):
        return _forward(node, func, ctx)
    name = ctx.name_of(func)
    if name and ctx.project.class_info(name) is not None:
        new = ctx.descend(node)
        ctx.count("kept")
        return with_rngs(new, name, ctx)
    kind = ctx.kind(func)
    if kind.tag == "method" and isinstance(func, cst.Attribute) and isinstance(func.value, cst.Name):
        return _self_call(node, func, ctx)
    ctx.count("kept")
    return None


def _forward(node: cst.Call, func: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``m.forward(x)`` -> ``m(x)``."""
    owner = ctx.kind(func.value)
    if keeps_forward(owner.name, ctx) or _is_of_plain_class(func.value, ctx):
        return None
    around = owner.tag == "instance" and has_own_call(owner.name, ctx)
    if owner.tag in ("ref", "class") or around:
        if not ctx.infer.is_layer_class(owner.name):
            return None
        forward = ctx.forward_name
        new = ctx.descend(node)
        return new.with_changes(func=new.func.with_changes(attr=cst.Name(forward)))
    if not ctx.infer.is_layer(owner) and (owner.tag == "instance" or func.attr.value != "forward"):
        return None
    new = ctx.descend(node)
    return new.with_changes(func=nodes.parenthesized(new.func.value))


def _is_of_plain_class(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is ``super()`` in a class that is no module."""
    above = isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == "super"
    return above and ctx.scope is not None and bool(ctx.scope.cls) and not ctx.threading.is_module(ctx.scope.cls)


def _self_call(node: cst.Call, func: cst.Attribute, ctx) -> cst.BaseExpression | None:
    scope = ctx.scope
    mode = ctx.threading.mode
    if scope is None or not scope.cls or func.value.value != "self" or not mode or mode not in scope.threaded:
        return None
    if not ctx.threading.training_method(scope.cls, func.attr.value):
        return None
    return add_keyword(ctx.descend(node), mode, cst.Name(mode))


def with_rngs(node: cst.Call, name: str, ctx) -> cst.Call:
    """Pass ``rngs`` on where the constructor that is being written has it."""
    scope = ctx.scope
    if scope is None or "rngs" not in scope.threaded or not ctx.threading.constructor_takes_rngs(name):
        return node
    return add_keyword(node, "rngs", cst.Name("rngs"))


def add_keyword(node: cst.Call, name: str, value: cst.BaseExpression) -> cst.Call:
    """The call with one more keyword argument, before any ``**``."""
    if any(a.keyword is not None and a.keyword.value == name for a in node.args):
        return node
    args = list(node.args)
    at = next((i for i, a in enumerate(args) if a.star == "**"), len(args))
    new = nodes.keyword(name, value)
    if args and at == len(args):
        last = args[-1]
        if isinstance(last.comma, cst.Comma) and isinstance(
            last.comma.whitespace_after, cst.ParenthesizedWhitespace
        ):
            between = args[0].comma.whitespace_after if len(args) > 1 else None
            if isinstance(between, cst.ParenthesizedWhitespace):
                args[-1] = last.with_changes(comma=args[0].comma)
                return node.with_changes(args=[*args, new.with_changes(comma=last.comma)])
            args[-1] = last.with_changes(comma=cst.MaybeSentinel.DEFAULT)
        elif isinstance(node.whitespace_before_args, cst.ParenthesizedWhitespace):
            between = args[0].comma if len(args) > 1 else cst.Comma(node.whitespace_before_args)
            closing = last.whitespace_after_arg
            args[-1] = last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace(""))
            return node.with_changes(args=[*args, new.with_changes(whitespace_after_arg=closing)])
    args.insert(at, new)
    return node.with_changes(args=nodes.spaced(args))
