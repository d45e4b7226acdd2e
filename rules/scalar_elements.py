"""``total += x[i]`` -> ``total = total + x[i]``: NumPy's scalars never change, PyTorch's tensors without axes do.

An element of an array is a value of its own in NumPy and shares the array's memory in PyTorch. Where the array is
changed in the same function, what keeps an element gets a copy of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.walk import explore
from .base import rule
from .copies import changed_attributes, changed_names, is_own
from .indexing import operation_of

_KEEPING = ("add", "append", "appendleft", "insert", "put", "setdefault")
# Reductions, which give a scalar where no axis is stated.
_REDUCTIONS = frozenset("all any argmax argmin max mean median min norm prod std sum var".split())


def _applies(ctx) -> bool:
    return ctx.source.name == "numpy" and bool(ctx.target.settings.get("mutable_arrays"))


def changed_in_body(ctx) -> set[str]:
    """The names whose arrays the function at hand changes, outside of functions the module."""
    place = id(ctx.scope.body) if ctx.scope is not None else 0
    if place not in ctx.changed:
        ctx.changed[place] = changed_names(ctx.enclosing)
    return ctx.changed[place]


def _changed_attributes(ctx) -> set[str]:
    """The attributes of ``self`` that the method at hand changes in place, or methods of its class that it calls."""
    info = ctx.scope.info if ctx.scope is not None else None
    if info is None:
        return set()
    owner = ctx.project.class_info(ctx.infer.self_class) if ctx.infer.self_class and info.self_calls else None
    return changed_attributes(ctx.enclosing) | (owner.filled if owner is not None else frozenset())


@rule(cst.AugAssign)
def changed_scalar(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``total += v`` of a name or attribute that starts as a number, and is kept elsewhere too."""
    if not _applies(ctx) or {ctx.kind(node.target).tag, ctx.kind(node.value).tag} <= {"int", "float", "bool"}:
        return None
    target = node.target
    if isinstance(target, cst.Name):
        params = ctx.scope.params if ctx.scope is not None else ()
        if target.value in params or not _is_scalar(target.value, ctx) or not _is_kept(target.value, ctx):
            return None
    elif not isinstance(target, cst.Attribute) or not _starts_as_number(target, ctx):
        return None
    value = operation_of(node, ctx.visit(target), ctx.visit(node.value))
    if value is None:
        return None
    ctx.count("exact")
    return [cst.Assign([cst.AssignTarget(ctx.visit(target))], value)]


@rule(cst.Assign)
def kept_element(node: cst.Assign, ctx) -> None:
    """``first = x[0]`` and ``x[i], x[j] = x[j], x[i]`` where x is changed."""
    if _applies(ctx):
        names = [target.target.value for target in node.targets if isinstance(target.target, cst.Name)]
        place = node.targets[0].target
        if isinstance(place, cst.Subscript) and ctx.kind(place.value).tag == "array":
            return  # which takes a copy
        for value in _parts(node.value):
            _copy(value, ctx, names)
    if ctx.source.name == "numpy":
        _copy_starred(node.value, ctx)


@rule(cst.Call)
def appended_element(node: cst.Call, ctx) -> None:
    """``picked.append(scores[i])`` where scores is changed."""
    if _applies(ctx) and isinstance(node.func, cst.Attribute) and node.func.attr.value in _KEEPING:
        for arg in node.args:
            for value in _parts(arg.value):
                _copy(value, ctx)
            _copy_starred(arg.value, ctx)


_COMPREHENSIONS = (cst.DictComp, cst.GeneratorExp, cst.ListComp, cst.SetComp)
_COLLECTING = ("builtins.list", "builtins.set", "builtins.tuple")


def _copy_starred(value: cst.BaseExpression, ctx) -> None:
    """``[*x]``, ``tuple(x)`` and ``[v for v in x]`` where x is changed: its elements are copied, its rows are not."""
    for part in _collected(value, ctx):
        known = ctx.kind(part).tag == "array" and isinstance(part, (cst.Name, cst.Attribute))
        if not known or id(part) in ctx.substitutes or not _is_changed(part, ctx):
            continue
        if not _applies(ctx):
            message = f"rows of '{nodes.code(part)}' that are kept stay as they are when it is changed"
            ctx.note(part, "S2S203", ctx.array_api("__iter__"), message, "keep the numbers of the rows")
            continue
        ctx.substitutes[id(part)] = nodes.call(cst.Name("map"), ctx.helper("own_element"), ctx.visit(part))


def _collected(value: cst.BaseExpression, ctx) -> Iterator[cst.BaseExpression]:
    """The arrays whose elements a value holds."""
    if isinstance(value, (cst.Tuple, cst.List)):
        for element in value.elements:
            if isinstance(element, cst.StarredElement):
                yield element.value
            else:
                yield from _collected(element.value, ctx)
    elif isinstance(value, cst.Call) and len(value.args) == 1 and ctx.name_of(value.func) in _COLLECTING:
        inner = value.args[0].value
        yield from _collected(inner, ctx) if isinstance(inner, _COMPREHENSIONS) else (inner,)
    elif isinstance(value, _COMPREHENSIONS):
        kept = [part.value for part in _parts(getattr(value, "elt", None) or value.value) if isinstance(part, cst.Name)]
        for target, array in _looped(value.for_in.target, value.for_in.iter, ctx):
            if isinstance(target, cst.Name) and target.value in kept:
                yield array


def _is_changed(root: cst.BaseExpression, ctx) -> bool:
    """Whether what a name or attribute holds may be changed: attributes of others may always."""
    if isinstance(root, cst.Name):
        return root.value in changed_in_body(ctx)
    return not is_own(root) or root.attr.value in _changed_attributes(ctx)


@rule(cst.For)
def changed_loop_name(node: cst.For, ctx) -> None:
    """``for v in x: v += 1`` -> ``for v in map(own_element, x)``: rows of x are changed there, elements are not."""
    if not _applies(ctx):
        return
    changed = changed_names(node.body)
    for target, array in _looped(node.target, node.iter, ctx):
        loops = isinstance(target, cst.Name) and target.value in changed and id(array) not in ctx.substitutes
        if loops and ctx.kind(array).tag in ("array", "unknown"):
            ctx.substitutes[id(array)] = nodes.call(cst.Name("map"), ctx.helper("own_element"), ctx.visit(array))


def _looped(
    target: cst.BaseExpression, source: cst.BaseExpression, ctx
) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """The targets of a loop and what each goes through; parts of ``zip`` and ``enumerate`` one by one."""
    name = ctx.name_of(source.func) if isinstance(source, cst.Call) else ""
    if name not in ("builtins.enumerate", "builtins.zip"):
        yield target, source
    elif isinstance(target, cst.Tuple) and not any(arg.star for arg in source.args):
        first = name == "builtins.enumerate"
        for element, arg in zip(target.elements[first:], source.args):
            yield from _looped(element.value, arg.value, ctx)


def _parts(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """A value, or the parts of a tuple or list."""
    if isinstance(value, (cst.Tuple, cst.List)):
        for element in value.elements:
            yield from _parts(element.value)
    else:
        yield value


def _copy(value: cst.BaseExpression, ctx, names: Sequence[str] = ()) -> None:
    """Have an element of an array copied that is changed, or that one of the names changes."""
    if not isinstance(value, cst.Subscript) or id(value) in ctx.substitutes:
        return
    if ctx.kind(value).tag not in ("array", "unknown") or ctx.kind(value.value).tag not in ("array", "unknown"):
        return
    parts = [element.slice for element in value.slice]
    if not all(isinstance(part, cst.Index) and _is_place(part.value, ctx) for part in parts):
        return
    root = value.value
    while isinstance(root, (cst.Subscript, cst.Attribute)) and not is_own(root):
        root = root.value
    changed = changed_in_body(ctx)
    if isinstance(root, cst.Attribute):
        touched = root.attr.value in _changed_attributes(ctx)
    else:
        touched = isinstance(root, cst.Name) and root.value in changed
    if touched or any(name in changed for name in names):
        ctx.substitutes[id(value)] = nodes.call(ctx.helper("own_element"), ctx.visit(value))


def _is_place(index: cst.BaseExpression, ctx) -> bool:
    """Whether an index may pick one place of an axis."""
    if isinstance(index, (cst.Ellipsis, cst.List, cst.SimpleString)):
        return False
    return ctx.kind(index).tag in ("int", "unknown", "array")


def _is_scalar(name: str, ctx) -> bool:
    """Whether a name is given a number, or what is reduced over all axes, wherever the function assigns it."""
    values = _Assigned(name)
    explore(ctx.enclosing, values)
    return bool(values.found) and all(_gives_scalar(value, ctx) for value in values.found)


def _starts_as_number(target: cst.Attribute, ctx) -> bool:
    """Whether the class of an object gives an attribute numbers alone, but for what is added to it."""
    owner = ctx.kind(target.value)
    info = ctx.project.class_info(owner.name) if owner.tag == "instance" else None
    kinds = info.assigned.get(target.attr.value, ()) if info is not None else ()
    return bool(kinds) and all(kind.tag in ("int", "float") for kind in kinds)


def _gives_scalar(value: cst.BaseExpression, ctx) -> bool:
    if ctx.kind(value).tag in ("int", "float", "bool") or isinstance(value, (cst.Integer, cst.Float)):
        return True
    if not isinstance(value, cst.Call) or not isinstance(value.func, cst.Attribute):
        return False
    of_function = bool(ctx.name_of(value.func))
    return value.func.attr.value in _REDUCTIONS and len(value.args) == int(of_function)


class _Assigned(cst.CSTVisitor):
    """The values that a name is given."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.found: list[cst.BaseExpression] = []

    def visit_Assign(self, node: cst.Assign) -> None:
        for target in node.targets:
            if isinstance(target.target, cst.Name) and target.target.value == self.name:
                self.found.append(node.value)
            elif isinstance(target.target, cst.Tuple):
                self._unpacked(target.target, node.value)

    def _unpacked(self, target: cst.Tuple, value: cst.BaseExpression) -> None:
        for i, element in enumerate(target.elements):
            if isinstance(element.value, cst.Name) and element.value.value == self.name:
                values = value.elements if isinstance(value, cst.Tuple) else ()
                self.found.append(values[i].value if i < len(values) else value)


def _is_kept(name: str, ctx) -> bool:
    """Whether something else keeps what the name holds: a container, another name or place, who loops over it."""
    visitor = _Kept(name)
    explore(ctx.enclosing, visitor)
    return visitor.found


class _Kept(cst.CSTVisitor):
    """Whether the value of a name is kept by something else."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.found = False

    def _note(self, value: cst.BaseExpression | None) -> None:
        if value is not None and any(isinstance(v, cst.Name) and v.value == self.name for v in _parts(value)):
            self.found = True

    def visit_Assign(self, node: cst.Assign) -> None:
        self._note(node.value)

    def visit_Yield(self, node: cst.Yield) -> None:
        self._note(node.value if isinstance(node.value, cst.BaseExpression) else None)

    def visit_Call(self, node: cst.Call) -> None:
        if isinstance(node.func, cst.Attribute) and node.func.attr.value in _KEEPING:
            for arg in node.args:
                self._note(arg.value)
