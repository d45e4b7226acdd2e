"""Sequences: what iterating gives, Python's functions on them, methods of lists and containers."""

from __future__ import annotations

from typing import Any

from .edits import Blocked
from .values import (
    HOST,
    OUTSIDE,
    UNKNOWN,
    Args,
    Array,
    Const,
    Container,
    Items,
    Mapping,
    Method,
    Object,
    Sequence,
    Shape,
    Union,
    Value,
    from_outside,
    has_image,
    union,
)


def iterated(m, frame, value: Value, node) -> Sequence | Items:
    """What a loop over a value goes through."""
    if isinstance(value, Object) and value.native is not None:
        value = value.native
    if isinstance(value, (Sequence, Items)):
        return value
    if isinstance(value, Container):
        if value.op == "ModuleDict":
            return Items(HOST)
        return Sequence(value.items, value.exact)
    if isinstance(value, Mapping):
        return Sequence([Const(key) for key in value.items])
    if isinstance(value, Array):
        if value.image:
            raise Blocked(frame.module, node, "a loop goes over the samples of an image")
        return Items(Array(None if value.rank is None else value.rank - 1))
    if isinstance(value, Shape) and value.of.image:
        raise Blocked(frame.module, node, "a loop goes over the shape of an image")
    if isinstance(value, Union):
        parts = [iterated(m, frame, option, node) for option in value.options]
        items = [i for part in parts for i in (part.items if isinstance(part, Sequence) else [part.item])]
        return Sequence(items, exact=False)
    return Items(UNKNOWN if value is UNKNOWN else HOST)


def builtin(m, frame, name: str, args: Args, node) -> Value:
    """A call of one of Python's own functions."""
    values = [arg.value for arg in args.positional]
    handler = _BUILTINS.get(name)
    if handler is not None:
        return handler(m, frame, values, node)
    if any(has_image(arg.value) and not isinstance(arg.value, Shape) for arg in args.all()):
        if name == "isinstance" and len(values) == 2:
            return _is_instance(m, *values)
        if name in ("len", "print", "type", "id", "callable", "hasattr"):
            return HOST
        raise Blocked(frame.module, node, f"an image is passed to {name}()")
    if name == "isinstance" and len(values) == 2:
        return _is_instance(m, *values)
    if name in _HOST:
        if any(isinstance(value, Shape) and value.of.image for value in values) and name != "len":
            raise Blocked(frame.module, node, f"the shape of an image is passed to {name}()")
        return _folded(name, values)
    return UNKNOWN


def _folded(name: str, values: list[Value]) -> Value:
    held = values[0] if values else HOST
    if name == "len" and isinstance(held, (Sequence, Container)) and held.exact:
        return Const(len(held.items))
    if name == "len" and isinstance(held, Shape) and held.of.rank is not None:
        return Const(held.of.rank)
    if name in _FOLDED and values and all(isinstance(v, Const) for v in values):
        try:
            return Const(_FOLDED[name](*[v.value for v in values if isinstance(v, Const)]))
        except (TypeError, ValueError):
            return HOST
    return HOST


def _is_instance(m, value: Value, cls: Value) -> Value:
    classes = cls.items if isinstance(cls, Sequence) else [cls]
    names = [getattr(c, "name", "") for c in classes]
    entries = [m.knowledge.find(name) for name in names]
    if isinstance(value, Array) and any(entry is not None and entry.type == "array" for entry in entries):
        return Const(True)
    python = {"builtins.int": int, "builtins.float": float, "builtins.str": str, "builtins.bool": bool}
    if isinstance(value, Const) and all(name in python for name in names):
        return Const(isinstance(value.value, tuple(python[name] for name in names)))
    sequences = {"builtins.tuple", "builtins.list", "collections.abc.Iterable", "collections.abc.Sequence"}
    if isinstance(value, Const) and not isinstance(value.value, str) and set(names) <= sequences:
        return Const(False)
    if isinstance(value, Object):
        bases = m.declarations.project.mro(value.cls)
        if any(name in bases for name in names):
            return Const(True)
        if all(name in m.declarations.classes for name in names):
            return Const(False)
    return HOST


def _range(m, frame, values, node) -> Value:
    if values and all(isinstance(v, Const) and isinstance(v.value, int) for v in values):
        numbers = range(*[v.value for v in values])
        if len(numbers) <= 200:
            return m.new(Sequence([Const(n) for n in numbers]))
    return Items(HOST)


def _enumerate(m, frame, values, node) -> Value:
    source = iterated(m, frame, values[0], node)
    if isinstance(source, Items):
        return Items(Sequence([HOST, source.item], tuple=True))
    numbered: list[Value] = [Const(i) if source.exact else HOST for i in range(len(source.items))]
    return _zip(m, frame, [Sequence(numbered, source.exact), source], node)


def _zip(m, frame, values, node) -> Value:
    sources = [iterated(m, frame, value, node) for value in values]
    known = [s for s in sources if isinstance(s, Sequence) and s.exact]
    if len(known) == len(sources):
        rows = zip(*[s.items for s in known], strict=False)
        return m.new(Sequence([Sequence(list(row), tuple=True) for row in rows]))
    columns = [s.item if isinstance(s, Items) else union(s.items) if s.items else UNKNOWN for s in sources]
    return Items(Sequence(columns, tuple=True))


def _reversed(m, frame, values, node) -> Value:
    source = iterated(m, frame, values[0], node)
    return source if isinstance(source, Items) else m.new(Sequence(source.items[::-1], source.exact))


def _listed(m, frame, values, node) -> Value:
    if not values:
        return m.new(Sequence([]))
    if isinstance(values[0], Shape):
        return values[0]
    source = iterated(m, frame, values[0], node)
    return source if isinstance(source, Items) else m.new(Sequence(list(source.items), source.exact))


def _tupled(m, frame, values, node) -> Value:
    made = _listed(m, frame, values, node)
    return m.new(Sequence(made.items, made.exact, tuple=True)) if isinstance(made, Sequence) else made


_BUILTINS = {
    "range": _range, "enumerate": _enumerate, "zip": _zip, "reversed": _reversed, "list": _listed, "tuple": _tupled,
    "iter": _listed,
}  # fmt: skip
_FOLDED: dict[str, Any] = {f.__name__: f for f in (int, float, bool, max, min, abs, round, str)}
_HOST = frozenset(
    "int float bool str len sum max min abs round isinstance issubclass hasattr callable print repr any all divmod id "
    "type pow ord chr hash sorted set frozenset".split()
)


def method(m, frame, call: Method, args: Args, node) -> Value:
    """A method of a list, a dictionary or a container."""
    owner, name, values = call.owner, call.name, [arg.value for arg in args.positional]
    if isinstance(owner, Object):
        return _module_method(m, frame, owner, name, args, node)
    if isinstance(owner, Mapping):
        return _mapping(m, owner, name, values)
    if isinstance(owner, (Sequence, Container)):
        return _listlike(m, frame, owner, name, values, node)
    if any(has_image(arg.value) for arg in args.all()):
        raise Blocked(frame.module, node, f"an image is passed to {name}(), which is not known")
    return UNKNOWN if owner is UNKNOWN else HOST


def _listlike(m, frame, owner: Sequence | Container, name: str, values: list[Value], node) -> Value:
    if name in ("append", "insert", "add"):
        m.append(owner, [values[-1]], exact=name != "insert")
        return owner if isinstance(owner, Container) else Const(None)
    if name in ("extend", "update") and values:
        source = iterated(m, frame, values[0], node)
        if isinstance(source, Sequence):
            m.append(owner, source.items, source.exact)
        else:
            m.append(owner, [source.item], exact=False)
        return Const(None)
    if name == "add_module" and len(values) == 2:
        m.append(owner, [values[1]])
        return Const(None)
    if name == "pop":
        return union(owner.items) if owner.items else UNKNOWN
    if name == "values":
        return Sequence(owner.items, owner.exact)
    if name in ("items", "named_children"):
        return Sequence([Sequence([HOST, item], tuple=True) for item in owner.items], owner.exact)
    if name == "children":
        return Sequence(owner.items, owner.exact)
    if name in ("forward", "__call__"):
        return UNKNOWN
    if name == "copy":
        return m.new(Sequence(list(owner.items), owner.exact))
    return HOST if name in ("index", "count", "keys", "sort", "reverse") else UNKNOWN


def _mapping(m, owner: Mapping, name: str, values: list[Value]) -> Value:
    key = values[0].value if values and isinstance(values[0], Const) else None
    if name in ("get", "pop", "setdefault"):
        default = values[1] if len(values) > 1 else Const(None)
        found = owner.items.get(key)
        if name == "pop" and m.surely(owner):
            owner.items.pop(key, None)
        if found is not None:
            return found
        return union([from_outside(default), OUTSIDE]) if owner.open else default
    if name == "items":
        return Sequence([Sequence([Const(k), v], tuple=True) for k, v in owner.items.items()], not owner.open)
    if name == "keys":
        return Sequence([Const(k) for k in owner.items], not owner.open)
    if name == "values":
        return Sequence(list(owner.items.values()), not owner.open)
    if name == "copy":
        return m.new(Mapping(dict(owner.items), owner.open))
    if name == "update" and values and isinstance(values[0], Mapping):
        owner.items.update(values[0].items)
        owner.open = owner.open or values[0].open
        return Const(None)
    return UNKNOWN


def _module_method(m, frame, owner: Object, name: str, args: Args, node) -> Value:
    """A method that the framework's module class gives an object."""
    values = [arg.value for arg in args.positional]
    if name in ("register_buffer", "register_parameter", "add_module", "register_module") and len(values) > 1:
        if not isinstance(values[0], Const):
            if isinstance(values[1], Array):
                return Const(None)
            if isinstance(owner.native, Container):
                m.append(owner.native, [values[1]])
                return Const(None)
            raise Blocked(frame.module, node, "a layer gets a name that is only known when the model is built")
        if isinstance(owner.native, Container) and name == "add_module":
            m.append(owner.native, [values[1]])
        m.set_attribute(frame, owner, str(values[0].value), values[1])
        return Const(None)
    if isinstance(owner.native, Container) and name in ("append", "extend", "insert", "values", "items", "pop"):
        return _listlike(m, frame, owner.native, name, values, node)
    if name in ("train", "eval", "to", "apply", "float", "half", "cuda", "cpu", "requires_grad_", "type"):
        return owner
    if name in ("modules", "children", "named_modules", "named_children", "parameters", "named_parameters"):
        return Items(Sequence([HOST, UNKNOWN], tuple=True) if name.startswith("named") else UNKNOWN)
    if any(has_image(arg.value) for arg in args.all()):
        raise Blocked(frame.module, node, f"an image is passed to {name}(), which is not known")
    return UNKNOWN
