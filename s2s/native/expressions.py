"""Values of expressions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from . import arrays, shapes
from .edits import Blocked
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
    Items,
    Mapping,
    Method,
    Native,
    NotConstant,
    Object,
    Sequence,
    Shape,
    Site,
    Super,
    Union,
    Value,
    constant,
    has_image,
    options,
    truth,
    union,
)

_OPERATORS: dict[type, Callable] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip


def evaluate(m, frame, node: ast.expr) -> Value:
    """The value of an expression; its effects happen."""
    handler = _HANDLERS.get(type(node))
    return UNKNOWN if handler is None else handler(m, frame, node)


def _constant(m, frame, node: ast.Constant) -> Value:
    return Const(node.value)


def _name(m, frame, node: ast.Name) -> Value:
    if node.id in frame.names:
        return frame.names[node.id]
    if frame.outer is not None and node.id in frame.outer:
        return frame.outer[node.id]
    return global_value(m, frame.module, node)


def global_value(m, module: str, node: ast.Name) -> Value:
    """What a name of a module stands for."""
    return named(m, m.declarations.meaning(module, node), Site(module, node))


def named(m, name: str, site: Site | None) -> Value:
    """The value of a qualified name."""
    declared = m.declarations
    if name in declared.classes:
        return ClassRef(name)
    if name in declared.functions:
        module, node = declared.functions[name]
        return Function(module, node)
    if name in declared.values:
        return _assigned(m, name)
    return Native(name, site)


def _assigned(m, name: str) -> Value:
    """The value that a module gives a name, once."""
    if name not in m.globals:
        m.globals[name] = UNKNOWN
        found = m.declarations.values[name]
        if found is not None:
            from .machine import Frame

            outer, m.path = m.path, ()
            m.globals[name] = evaluate(m, Frame(found[0], {}), found[1])
            m.path = outer
    return m.globals[name]


def _attribute(m, frame, node: ast.Attribute) -> Value:
    base = evaluate(m, frame, node.value)
    return union(attribute_of(m, frame, option, node) for option in options(base))


def attribute_of(m, frame, owner: Value, node: ast.Attribute) -> Value:
    """``owner.name``."""
    name = node.attr
    if isinstance(owner, Native):
        return named(m, m.declarations.project.canonical(f"{owner.name}.{name}"), Site(frame.module, node))
    if isinstance(owner, Object):
        return _member(m, frame, owner, owner.cls, name, node)
    if isinstance(owner, ClassRef):
        return _class_member(m, owner.name, name, None)
    if isinstance(owner, Super):
        return Method(owner, name, Site(frame.module, node))
    if isinstance(owner, Array):
        return _array_attribute(m, frame, owner, node)
    if isinstance(owner, Sequence) and owner.tuple and name in ("values", "indices") and len(owner.items) == 2:
        return owner.items[name == "indices"]
    if hasattr(owner, "op") and hasattr(owner, "args"):
        return _layer_attribute(m, owner, name, node, frame)
    if owner in (HOST, OUTSIDE, UNKNOWN) and name not in ("get", "pop", "items", "keys", "values", "copy"):
        return owner
    return Method(owner, name, Site(frame.module, node))


def _member(m, frame, owner: Object, cls: str, name: str, node: ast.AST) -> Value:
    if name in owner.attributes:
        return owner.attributes[name]
    if name == "training":
        return HOST
    found = _class_member(m, cls, name, owner)
    if found is not UNKNOWN:
        if isinstance(found, Function) and "property" in m.declarations.decorators(found.node):
            return m.call(frame, found, Args(), node)
        return found
    if name == "__class__":
        return ClassRef(cls)
    if owner.native is not None and hasattr(owner.native, "args"):
        return _layer_attribute(m, owner.native, name, node, frame)
    return Method(owner, name, Site(frame.module, node))


def _class_member(m, cls: str, name: str, bound: Value | None) -> Value:
    found = m.declarations.method(cls, name)
    if found is not None:
        owner, module, node = found
        decorators = m.declarations.decorators(node)
        own = None if "staticmethod" in decorators else ClassRef(cls) if "classmethod" in decorators else bound
        return Function(module, node, None, owner, own)
    for base in m.declarations.project.mro(cls):
        declared = m.declarations.classes.get(base)
        for statement in declared.node.body if declared is not None else ():
            targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
            value = getattr(statement, "value", None)
            if value is not None and any(isinstance(t, ast.Name) and t.id == name for t in targets):
                from .machine import Frame

                return evaluate(m, Frame(declared.module, {}), value)
    return UNKNOWN


def _array_attribute(m, frame, owner: Array, node: ast.Attribute) -> Value:
    if node.attr == "shape":
        return Shape(owner)
    if node.attr == "ndim":
        return HOST if owner.rank is None else Const(owner.rank)
    if node.attr in ("data", "real", "grad"):
        return owner
    if node.attr in ("T", "mT", "H", "mH"):
        if owner.image:
            raise Blocked(frame.module, node, "the axes of an image are reversed")
        m.edits.record(frame.module, node.value, "order")
        return owner
    if node.attr in ("dtype", "device", "requires_grad", "is_cuda", "itemsize", "nbytes", "layout"):
        return HOST
    return Method(owner, node.attr, Site(frame.module, node))


def _layer_attribute(m, owner, name: str, node: ast.AST, frame) -> Value:
    """An attribute of the framework's layer: a parameter, which is stored as in the source, or an argument."""
    if name in ("weight", "bias", "running_mean", "running_var"):
        ranks = {"weight": 2 + (m.knowledge.spatial(owner.op) or 0) if "Conv" in owner.op else None}
        norm = "Norm" in owner.op and owner.op not in ("LayerNorm", "RMSNorm")
        linear = 2 if owner.op in ("Linear", "Embedding") and name == "weight" else None
        return Array(1 if norm or (name == "bias" and owner.op != "LayerNorm") else ranks.get(name) or linear)
    if name in owner.args:
        return owner.args[name]
    if name in ("register_buffer", "register_parameter", "add_module", "apply", "modules", "parameters", "to", "eval",
                "train", "forward", "requires_grad_", "named_parameters", "named_modules", "children"):  # fmt: skip
        return Method(owner, name, Site(frame.module, node))
    return HOST


def _tuple(m, frame, node: ast.Tuple | ast.List) -> Value:
    made = m.new(Sequence([], tuple=isinstance(node, ast.Tuple)))
    for element in node.elts:
        if isinstance(element, ast.Starred):
            source = m.iterated(frame, evaluate(m, frame, element.value), element)
            exact = isinstance(source, Sequence) and source.exact
            made.items.extend(source.items if isinstance(source, Sequence) else [source.item])
            made.exact = made.exact and exact
        else:
            made.items.append(evaluate(m, frame, element))
    return made


def _dict(m, frame, node: ast.Dict) -> Value:
    made = m.new(Mapping({}))
    for key, value in zip(node.keys, node.values, strict=True):
        held = evaluate(m, frame, value)
        if key is None:
            if isinstance(held, Mapping):
                made.items.update(held.items)
                made.open = made.open or held.open
            continue
        known = evaluate(m, frame, key)
        made.items[known.value if isinstance(known, Const) else None] = held
    return made


def _binary(m, frame, node: ast.BinOp) -> Value:
    args = [Arg(evaluate(m, frame, part), part) for part in (node.left, node.right)]
    return arrays.operate(m, frame, node, node.op, args)


def host(op: type, values: list[Value]) -> Value:
    """The result of an operator on Python values."""
    try:
        known = [constant(value) for value in values]
        return _wrapped(_OPERATORS[op](*known))
    except (NotConstant, KeyError, TypeError, ValueError, ArithmeticError):
        return HOST


def _wrapped(value: Any) -> Value:
    if isinstance(value, (tuple, list)):
        return Sequence([_wrapped(item) for item in value], tuple=isinstance(value, tuple))
    return Const(value) if isinstance(value, (int, float, str, bool, type(None))) else HOST


def _unary(m, frame, node: ast.UnaryOp) -> Value:
    value = evaluate(m, frame, node.operand)
    if isinstance(node.op, ast.Not):
        known = truth(value)
        return HOST if known is None else Const(not known)
    if isinstance(value, Const) and isinstance(node.op, ast.USub) and isinstance(value.value, (int, float)):
        return Const(-value.value)
    return value if isinstance(value, (Array, Union)) else HOST


def _boolean(m, frame, node: ast.BoolOp) -> Value:
    found: list[Value] = []
    for part in node.values:
        value = evaluate(m, frame, part)
        known = truth(value)
        decisive = known is isinstance(node.op, ast.Or)
        if known is None or decisive:
            dropped = Const(None) if isinstance(node.op, ast.Or) else None
            found.extend(option for option in options(value) if part is node.values[-1] or option != dropped)
        if decisive:
            break
        if known is not None and part is node.values[-1]:
            found.append(value)
    return union(found)


def _compare(m, frame, node: ast.Compare) -> Value:
    values = [evaluate(m, frame, part) for part in (node.left, *node.comparators)]
    if len(node.ops) == 1 and isinstance(node.ops[0], (ast.Is, ast.IsNot)):
        return _identity(values, isinstance(node.ops[0], ast.Is))
    if any(isinstance(option, Array) for value in values for option in options(value)):
        args = [Arg(value, part) for value, part in zip(values, (node.left, *node.comparators), strict=True)]
        return arrays.elementwise(m, frame, node, args)
    if any(isinstance(value, Shape) for value in values):
        return shapes.compared(m, frame, node, values)
    return host(type(node.ops[0]), values) if len(values) == 2 else HOST


def _identity(values: list[Value], same: bool) -> Value:
    left, right = values
    if right == Const(None) or left == Const(None):
        other = left if right == Const(None) else right
        kinds = {_is_none(option) for option in options(other)}
        if len(kinds) == 1 and None not in kinds:
            return Const(kinds.pop() is same)
        return HOST
    if isinstance(left, (ClassRef, Native)) and isinstance(right, (ClassRef, Native)):
        return Const((left.name == right.name) is same)
    return HOST


def _is_none(value: Value) -> bool | None:
    if value in (OUTSIDE, UNKNOWN):
        return None
    return value == Const(None)


def _choice(m, frame, node: ast.IfExp) -> Value:
    known = truth(evaluate(m, frame, node.test))
    if known is not None:
        return evaluate(m, frame, node.body if known else node.orelse)
    before, found = frame.names, []
    for names, part in zip(m.narrowed(frame, node.test), (node.body, node.orelse), strict=True):
        frame.names = before | dict(names)
        found.append(evaluate(m, frame, part))
    frame.names = before
    return union(found)


def _call(m, frame, node: ast.Call) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        return Super(frame.names.get("self", UNKNOWN), frame.owner)  # type: ignore[arg-type]
    func = evaluate(m, frame, node.func)
    if UNKNOWN in options(func):
        m.unknown.add((frame.module, node))
    positional: list[Arg] = []
    exact, is_open = True, False
    for arg in node.args:
        if isinstance(arg, ast.Starred):
            source = m.iterated(frame, evaluate(m, frame, arg.value), arg)
            exact = exact and isinstance(source, Sequence) and source.exact
            positional.extend(map(Arg, source.items if isinstance(source, Sequence) else [source.item]))
        else:
            positional.append(Arg(evaluate(m, frame, arg), arg))
    keywords: dict[str, Arg] = {}
    for keyword in node.keywords:
        value = evaluate(m, frame, keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = Arg(value, keyword.value)
        elif isinstance(value, Mapping):
            exact = exact and None not in value.items
            is_open = is_open or value.open
            keywords.update({str(key): Arg(held) for key, held in value.items.items() if key is not None})
        else:
            exact = False
    return m.call(frame, func, Args(tuple(positional), keywords, exact, is_open), node)


def _subscript(m, frame, node: ast.Subscript) -> Value:
    owner = evaluate(m, frame, node.value)
    return union(_item(m, frame, option, node) for option in options(owner))


def _item(m, frame, owner: Value, node: ast.Subscript) -> Value:
    if isinstance(owner, Array):
        return arrays.indexed(m, frame, owner, node)
    if isinstance(owner, Shape):
        return shapes.indexed(m, frame, owner.of, node)
    key = evaluate(m, frame, node.slice)
    _stays(m, frame, owner, node)
    if isinstance(owner, Mapping):
        if isinstance(key, Const) and key.value in owner.items:
            return owner.items[key.value]
        return union(owner.items.values()) if owner.items else UNKNOWN
    if isinstance(owner, Items):
        return owner if isinstance(node.slice, ast.Slice) else owner.item
    if isinstance(owner, Object) and owner.native is not None:
        return _item(m, frame, owner.native, node)
    if isinstance(owner, (Sequence, Container)):
        return _element(m, owner, key, node)
    return owner if owner in (HOST, OUTSIDE) else UNKNOWN


def _stays(m, frame, owner: Value, node: ast.Subscript) -> None:
    """What is no array and no shape is read as the source reads it."""
    if owner is UNKNOWN:
        m.unknown.add((frame.module, node))
    for place, aspect in ((node, "index"), (node, "axis"), (node.slice, "axis")):
        m.edits.record(frame.module, place, aspect)


def _element(m, owner: Sequence | Container, key: Value, node: ast.Subscript) -> Value:
    if isinstance(node.slice, ast.Slice):
        bounds = [_bound(m, part) for part in (node.slice.lower, node.slice.upper, node.slice.step)]
        if owner.exact and all(b is None or isinstance(b, int) for b in bounds):
            items, exact = owner.items[slice(*bounds)], True
        else:
            items, exact = list(owner.items), False
        if isinstance(owner, Container):
            return m.new(Container(owner.op, items, exact))
        return m.new(Sequence(items, exact, owner.tuple))
    if isinstance(key, Const) and isinstance(owner, Container) and key.value in owner.keys:
        return owner.items[owner.keys.index(key.value)]
    if owner.exact and isinstance(key, Const) and isinstance(key.value, int):
        if -len(owner.items) <= key.value < len(owner.items):
            return owner.items[key.value]
    return union(owner.items) if owner.items else UNKNOWN


def _bound(m, node: ast.expr | None):
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return "unknown"


def _slice(m, frame, node: ast.Slice) -> Value:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            evaluate(m, frame, part)
    return HOST


def _lambda(m, frame, node: ast.Lambda) -> Value:
    return Function(frame.module, node, {**(frame.outer or {}), **frame.names}, frame.owner)


def _comprehension(m, frame, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Value:
    made = m.new(Sequence([]))
    before, outer = frame.names, m.path
    frame.names = dict(before)
    _turns(m, frame, node.generators, lambda: made.items.append(evaluate(m, frame, node.elt)), made)
    frame.names, m.path = before, outer
    if not made.exact and made.items and not any(map(has_image, made.items)):
        return made
    return made


def _turns(m, frame, generators, action, made) -> None:
    if not generators:
        action()
        return
    first, *rest = generators
    source = m.iterated(frame, evaluate(m, frame, first.iter), first.iter)
    exact = isinstance(source, Sequence) and source.exact
    for item in source.items if isinstance(source, Sequence) else [source.item, source.item]:
        m.assign(frame, first.target, item, first.iter)
        known = [truth(evaluate(m, frame, test)) for test in first.ifs]
        if False in known:
            continue
        made.exact = made.exact and exact and None not in known
        _turns(m, frame, rest, action, made)


def _dict_comprehension(m, frame, node: ast.DictComp) -> Value:
    made = m.new(Mapping({}))
    before = frame.names
    frame.names = dict(before)

    def add() -> None:
        key, value = evaluate(m, frame, node.key), evaluate(m, frame, node.value)
        made.items[key.value if isinstance(key, Const) else None] = value

    _turns(m, frame, node.generators, add, Sequence([]))
    frame.names = before
    return made


def _walrus(m, frame, node: ast.NamedExpr) -> Value:
    value = evaluate(m, frame, node.value)
    frame.names[node.target.id] = value
    return value


def _text(m, frame, node: ast.JoinedStr) -> Value:
    """A formatted string, known when its parts are; shapes in messages are not followed."""
    parts = []
    for part in node.values:
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        value = evaluate(m, frame, inner) if isinstance(inner, (ast.Constant, ast.Name, ast.BinOp)) else HOST
        if not isinstance(value, Const) or getattr(part, "format_spec", None) is not None:
            return HOST
        parts.append(str(value.value))
    return Const("".join(parts))


_HANDLERS: dict[type, Callable] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Tuple: _tuple,
    ast.List: _tuple,
    ast.Set: _tuple,
    ast.Dict: _dict,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _choice,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.NamedExpr: _walrus,
    ast.JoinedStr: _text,
}
