"""Calls: functions and classes of the project run, those of the framework are looked up."""

from __future__ import annotations

import ast
from typing import Any

from . import arrays, containers, layers, shapes
from .edits import Blocked
from .knowledge import bind
from .memory import known_call, remembered
from .values import (
    HOST,
    OUTSIDE,
    UNKNOWN,
    Arg,
    Args,
    Array,
    ClassRef,
    Const,
    Container,
    Function,
    Layer,
    Mapping,
    Method,
    Native,
    Object,
    Partial,
    Sequence,
    Site,
    Super,
    Union,
    Value,
    from_outside,
    has_image,
    options,
    union,
)


def call(m, frame, func: Value, args: Args, node: ast.AST) -> Value:
    """The result of calling a value."""
    if isinstance(func, Union):
        return _any_of(m, frame, func, args, node)
    if isinstance(func, ClassRef):
        return construct(m, frame, func.name, args, node)
    if isinstance(func, Function):
        return invoke(m, frame, func, args, node)
    if isinstance(func, Partial):
        given = (*func.args.positional, *args.positional)
        is_open = func.args.open or args.open
        joined = Args(given, func.args.keywords | args.keywords, args.exact, is_open)
        return call(m, frame, func.func, joined, node)
    if isinstance(func, Object):
        return _object(m, frame, func, args, node)
    if isinstance(func, (Layer, Container)):
        return layers.run(m, frame, func, args, node)
    if isinstance(func, Native):
        return _native(m, frame, func, args, node)
    if isinstance(func, Method):
        return _method(m, frame, func, args, node)
    outside = func in (OUTSIDE, HOST)
    if any(has_image(arg.value) for arg in args.all()):
        reason = "a layer or function that the project does not name gets an image"
        raise Blocked(frame.module, node, reason, outside)
    if func is UNKNOWN and any(isinstance(o, Array) for arg in args.all() for o in options(arg.value)):
        raise Blocked(frame.module, node, "it is not known which layer or function gets an array")
    return OUTSIDE if func is OUTSIDE else HOST if func is HOST else UNKNOWN


def _any_of(m, frame, func: Union, args: Args, node) -> Value:
    """A call of one of several values; what a caller may pass instead of the project's own is not followed."""
    inner = [option for option in func.options if option not in (OUTSIDE, HOST) and option != Const(None)]
    if not inner:
        return call(m, frame, OUTSIDE, args, node)
    if OUTSIDE in func.options and any(has_image(arg.value) for arg in args.all()):
        m.assumed.add(frame.module)
    outer, found = m.path, []
    for option in inner:
        if len(inner) > 1:
            m.branches += 1
            m.path = (*outer, m.branches)
        found.append(call(m, frame, option, args, node))
    m.path = outer
    return union(found)


def invoke(m, frame, func: Function, args: Args, node) -> Value:
    """Run a function of the project."""
    from .machine import MOST_DEPTH, MOST_REPEATS, Frame

    if m.stack.count(func.node) > MOST_REPEATS and not any(has_image(arg.value) for arg in args.all()):
        return UNKNOWN
    if len(m.stack) > MOST_DEPTH:
        raise Blocked(frame.module, node, "functions call each other too deeply to be followed")
    inner = Frame(func.module, {}, func.owner, func.outer, func.node)
    parameters(m, inner, func, args)
    got = [option for value in inner.names.values() for option in options(value)]
    inner.ranks = frozenset(option.rank for option in got if isinstance(option, Array) and option.image)
    m.visited.add(func.node)
    if isinstance(func.node, ast.Lambda):
        return m.value(inner, func.node.body)
    if m.declarations.is_generator(func.node):
        if any(has_image(arg.value) for arg in args.all()):
            raise Blocked(frame.module, node, "a generator gets an image")
        return UNKNOWN
    key = known_call(func, inner.names)
    known = m.results.get(key)
    if key is not None and known is not None and (again := remembered(known)) is not None:
        return again
    m.results[key] = UNKNOWN  # what a call of itself with the same arguments gives
    m.stack.append(func.node)
    left = m.block(inner, func.node.body)
    m.stack.pop()
    result = union([*inner.returns, *([Const(None)] if left else [])]) if inner.returns else Const(None)
    m.results[key] = result
    return result


def parameters(m, inner, func: Function, args: Args) -> None:
    """Bind the parameters of a function in its frame."""
    spec = func.node.args
    given = list(args.positional)
    if func.bound is not None:
        given.insert(0, Arg(func.bound))
    named = dict(args.keywords)
    plain = [*spec.posonlyargs, *spec.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(spec.defaults)) + list(spec.defaults)
    for parameter, default in zip(plain, defaults, strict=True):
        if given:
            inner.names[parameter.arg] = given.pop(0).value
        else:
            inner.names[parameter.arg] = _given(m, inner, named, parameter, default, args)
    for parameter, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        inner.names[parameter.arg] = _given(m, inner, named, parameter, default, args)
    if spec.vararg is not None:
        inner.names[spec.vararg.arg] = m.new(Sequence([a.value for a in given], args.exact, tuple=True))
    if spec.kwarg is not None:
        inner.names[spec.kwarg.arg] = m.new(Mapping({key: arg.value for key, arg in named.items()}, args.open))


def _given(m, inner, named: dict[str, Arg], parameter: ast.arg, default, args: Args) -> Value:
    if parameter.arg in named:
        return named.pop(parameter.arg).value
    if default is None:
        return UNKNOWN if not args.exact else OUTSIDE
    from .machine import Frame

    value = m.value(Frame(inner.module, {}, inner.owner, inner.outer), default)
    value = from_outside(value) if args.open else value
    return value if args.exact else union([value, UNKNOWN])


def construct(m, frame, cls: str, args: Args, node) -> Value:
    """An object of a class of the project."""
    natives = m.declarations.natives(cls)
    made = m.new(Object(cls))
    m.objects.append(made)
    found = m.declarations.method(cls, "__init__")
    if found is None:
        initialize_native(m, frame, made, natives, args, node)
        return made
    owner, module, function = found
    from .machine import Frame

    func = Function(module, function, None, owner, made)
    probe = Frame(module, {}, owner)
    parameters(m, probe, func, args)
    m.observed.setdefault(cls, []).append({k: v for k, v in probe.names.items() if v is not made})
    invoke(m, frame, func, args, node)
    return made


def initialize_native(m, frame, made: Object, natives, args: Args, node) -> None:
    """What ``__init__`` of the framework's class that an object is derived from sets."""
    for name, module, place in natives:
        entry = m.knowledge.find(name)
        if entry is None or not entry.op or name == m.knowledge.table.settings["module_class"]:
            continue
        made.native = layers.make(m, frame, entry, args, Site(module, place))  # type: ignore[assignment]
        return


def _object(m, frame, func: Object, args: Args, node) -> Value:
    """A call of an object: its forward method, or what the framework's class does."""
    for name in ("forward", "__call__"):
        found = m.declarations.method(func.cls, name)
        if found is not None:
            owner, module, method = found
            return invoke(m, frame, Function(module, method, None, owner, func), args, node)
    if func.native is not None:
        return layers.run(m, frame, func.native, args, node)
    if any(has_image(arg.value) for arg in args.all()):
        raise Blocked(frame.module, node, f"what a call of {func.cls} does is not known")
    return UNKNOWN


def _method(m, frame, func: Method, args: Args, node) -> Value:
    owner = func.owner
    if isinstance(owner, Super):
        return _super(m, frame, owner, func.name, args, node)
    if isinstance(owner, Array):
        return _array_method(m, frame, func, args, node)
    if isinstance(owner, (Layer, Container)) and func.name in ("forward", "__call__"):
        return layers.run(m, frame, owner, args, node)
    return containers.method(m, frame, func, args, node)


def _super(m, frame, owner: Super, name: str, args: Args, node) -> Value:
    if not isinstance(owner.object, Object):
        return UNKNOWN
    found = m.declarations.method(owner.object.cls, name, after=owner.owner)
    if found is not None:
        base, module, method = found
        return invoke(m, frame, Function(module, method, None, base, owner.object), args, node)
    if name == "__init__":
        initialize_native(m, frame, owner.object, m.declarations.natives(owner.object.cls), args, node)
        return Const(None)
    if name == "forward" and owner.object.native is not None:
        return layers.run(m, frame, owner.object.native, args, node)
    call = Method(owner.object, name, Site(frame.module, node))
    return containers.method(m, frame, call, args, node)


def _array_method(m, frame, func: Method, args: Args, node) -> Value:
    owner: Any = func.owner
    receiver = Arg(owner, getattr(getattr(node, "func", None), "value", None))
    if func.name == "size":
        return shapes.size(m, frame, owner, args, node)
    if func.name in ("dim", "ndimension"):
        return HOST if owner.rank is None else Const(owner.rank)
    if func.name in ("requires_grad_", "contiguous", "detach", "clone", "cpu", "cuda", "copy_"):
        return func.owner
    methods = m.knowledge.table.methods
    if not args.exact and (owner.image or any(has_image(arg.value) for arg in args.all())):
        raise Blocked(frame.module, node, "arguments beside an image are not known")
    for entry in methods.get(func.name) or methods.get(func.name.rstrip("_"), ()):
        bound = bind(entry, args, receiver)
        if bound is not None:
            return arrays.apply(m, frame, *bound, node)
    if owner.image or any(has_image(arg.value) for arg in args.all()):
        raise Blocked(frame.module, node, f"what .{func.name}() does to an image is not known")
    return owner if func.name.endswith("_") else UNKNOWN


_TRANSPARENT = frozenset(("copy.deepcopy", "copy.copy", "torch.jit.script", "torch.compile", "torch.no_grad"))


def _native(m, frame, func: Native, args: Args, node) -> Value:
    name = func.name
    if name.startswith("builtins."):
        return _builtin(m, frame, name[9:], args, node)
    if name == "functools.partial" and args.positional:
        first, *rest = args.positional
        return Partial(first.value, Args(tuple(rest), args.keywords, args.exact, args.open))
    if name in _TRANSPARENT and args.positional:
        return args.positional[0].value
    if name == "collections.OrderedDict":
        return _ordered(m, frame, args, node)
    entry = m.knowledge.find(name)
    if entry is not None:
        return _of_framework(m, frame, func, entry, args, node)
    if any(has_image(arg.value) for arg in args.all()):
        raise Blocked(frame.module, node, f"what {name} does to an image is not known")
    host = name.partition(".")[0] in ("math", "itertools", "os", "re", "logging", "warnings", "numpy", "operator")
    return HOST if host else UNKNOWN


def _of_framework(m, frame, func: Native, entry, args: Args, node) -> Value:
    hub = m.knowledge.hub.get(entry.op)
    if hub is not None and hub.layer:
        return layers.make(m, frame, entry, args, func.site)
    if entry.op in ("Parameter", "Buffer") or func.name.startswith("torch.nn.init."):
        return args.positional[0].value if args.positional else UNKNOWN
    if not args.exact and any(has_image(arg.value) for arg in args.all()):
        raise Blocked(frame.module, node, "arguments beside an image are not known")
    if entry.op == "checkpoint" and args.positional:
        first, *rest = args.positional
        return call(m, frame, first.value, Args(tuple(rest), {}, args.exact), node)
    bound = bind(entry, args, None)
    if bound is not None and bound[0].op:
        return arrays.apply(m, frame, *bound, node, func.site)
    if any(has_image(arg.value) for arg in args.all()):
        raise Blocked(frame.module, node, f"what {func.name} does to an image is not known")
    return UNKNOWN if entry.refuse or entry.op else HOST


def _ordered(m, frame, args: Args, node) -> Value:
    made = m.new(Mapping({}))
    for arg in args.positional:
        if isinstance(arg.value, Mapping):
            made.items.update(arg.value.items)
            continue
        source = containers.iterated(m, frame, arg.value, node)
        for row in source.items if isinstance(source, Sequence) else []:
            if isinstance(row, Sequence) and len(row.items) == 2:
                key = row.items[0]
                made.items[key.value if isinstance(key, Const) else len(made.items)] = row.items[1]
    return made


def _builtin(m, frame, name: str, args: Args, node) -> Value:
    values = [arg.value for arg in args.positional]
    if name == "setattr" and len(values) == 3:
        return _set_attribute(m, frame, values, node)
    if name == "getattr" and len(values) > 1:
        return _get_attribute(m, frame, values, node)
    if name == "dict":
        made = m.new(Mapping({}))
        for value in values:
            if isinstance(value, Mapping):
                made.items.update(value.items)
        made.items.update({key: arg.value for key, arg in args.keywords.items()})
        made.open = args.open or any(isinstance(v, Mapping) and v.open for v in values)
        return made
    if name == "map" and len(values) == 2:
        source = containers.iterated(m, frame, values[1], node)
        items = source.items if isinstance(source, Sequence) else [source.item]
        made_items = [call(m, frame, values[0], Args((Arg(item),)), node) for item in items]
        exact = isinstance(source, Sequence) and source.exact
        return m.new(Sequence(made_items, exact))
    if name in ("staticmethod", "classmethod", "property") and values:
        return values[0]
    return containers.builtin(m, frame, name, args, node)


def _set_attribute(m, frame, values: list[Value], node) -> Value:
    owner, key, value = values
    if isinstance(key, Const):
        m.set_attribute(frame, owner, str(key.value), value)
    elif not isinstance(value, Array) and value not in (HOST, OUTSIDE) and not isinstance(value, Const):
        raise Blocked(frame.module, node, "a layer gets a name that is only known when the model is built")
    return Const(None)


def _get_attribute(m, frame, values: list[Value], node) -> Value:
    from .expressions import attribute_of

    owner, key, *rest = values
    if not isinstance(key, Const):
        return union([HOST, UNKNOWN])
    place = ast.copy_location(ast.Attribute(ast.Name("owner"), str(key.value)), node)
    found = union(attribute_of(m, frame, option, place) for option in options(owner))
    if rest and isinstance(found, Method):
        return rest[0]
    return found
