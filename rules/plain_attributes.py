"""Arrays that modules of PyTorch keep beside their state: ``constant_names`` of a class of NumPy.

``self.scale = torch.ones(3)`` is no parameter in PyTorch. In NumPy every array of a module is one, but for buffers and
those that the class names.
"""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.nodes import is_of_self
from ..s2s.walk import below
from .base import rule
from .class_lines import with_class_line
from .module_methods import MOVES

_MADE = ("Parameter", "Buffer")
# Functions and methods that may give the parameter itself that they are given.
_SAME = MOVES | frozenset("as_tensor asarray contiguous double float half requires_grad_ type type_as".split())
_CONSTRUCTORS = ("__init__", "__post_init__")


@rule(cst.Assign, cst.AnnAssign)
def plain_attribute(node: cst.Assign | cst.AnnAssign, ctx) -> None:
    """Note which attributes of a module are arrays that are no state; the assignment is written by other rules."""
    cls = ctx.scope.cls if ctx.scope is not None else ""
    if ctx.source.name != "torch" or ctx.target.name != "numpy" or not cls or node.value is None:
        return
    if not ctx.threading.is_module(cls):
        return
    targets = [node.target] if isinstance(node, cst.AnnAssign) else [each.target for each in node.targets]
    for target in targets:
        parts = target.elements if isinstance(target, cst.Tuple) else ()
        for part in (each.value for each in parts) if parts else (target,):
            if is_of_self(part):
                name = cst.ensure_type(part, cst.Attribute).attr.value
                _note(name, None if parts else node.value, cls, ctx)


def _note(name: str, value: cst.BaseExpression | None, cls: str, ctx) -> None:
    known = ctx.plain_attributes.setdefault(cls, {})
    if value is not None and _makes_state(value, ctx):
        known[name] = False
        return
    infos = (ctx.project.class_info(each) for each in ctx.project.mro(cls))
    if any(info is not None and name in info.buffers for info in infos):
        return
    kind = ctx.kind(value) if value is not None else None
    later = ctx.scope.info is not None and ctx.scope.info.name.rpartition(".")[2] not in _CONSTRUCTORS
    if later and (kind is None or kind.tag in ("array", "unknown")) or _is_computed(value, kind, ctx):
        known.setdefault(name, True)


def _makes_state(value: cst.BaseExpression, ctx) -> bool:
    """Whether a value is made by ``nn.Parameter`` or ``nn.Buffer``, perhaps in one case of several."""
    calls = (each for each in (value, *below(value)) if isinstance(each, cst.Call))
    entries = (ctx.source.find(ctx.name_of(call.func)) for call in calls if ctx.name_of(call.func))
    return any(entry is not None and entry.op in _MADE for entry in entries)


def _is_computed(value: cst.BaseExpression | None, kind, ctx) -> bool:
    """Whether a value is a new array, which PyTorch takes for no parameter."""
    if value is None or kind is None or kind.tag != "array":
        return False
    if isinstance(value, cst.Call):
        func = value.func
        name = func.attr.value if isinstance(func, cst.Attribute) else ""
        method = isinstance(func, cst.Attribute) and ctx.kind(func.value).tag == "array"
        if not method and not ctx.foreign(ctx.name_of(func)):
            return False
        return (name or ctx.name_of(func).rpartition(".")[2]) not in _SAME
    return isinstance(value, (cst.BinaryOperation, cst.Comparison, cst.Subscript, cst.UnaryOperation))


def with_constant_names(body: cst.BaseSuite, cls: str, ctx) -> cst.BaseSuite:
    """The body of a class with the names of the arrays that are neither learned nor stored."""
    names = [name for name, plain in ctx.plain_attributes.get(cls, {}).items() if plain]
    if not names:
        return body
    value = nodes.tuple_of([cst.SimpleString(f'"{name}"') for name in names])
    return with_class_line(body, cst.Assign([cst.AssignTarget(cst.Name("constant_names"))], value))
