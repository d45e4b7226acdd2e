"""Calls that make layers, and calls that may make layers without being seen to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from ..infer import Inference
from ..nodes import code
from .dialects import Dialect, NotHoistable
from .known import Known
from .tree import below


@dataclass(frozen=True, slots=True)
class Creation:
    """A call that makes a layer: its class, the name that it is given, and its other arguments."""

    call: cst.Call
    cls: str
    name: cst.BaseExpression | None
    args: tuple[cst.Arg, ...]
    modes: tuple[cst.Arg, ...]


class Creations:
    """Tells which calls of a method make layers. ``partials`` are the locals that hold classes with arguments."""

    def __init__(self, infer: Inference, known: Known, dialect: Dialect) -> None:
        self.infer, self.known, self.dialect = infer, known, dialect
        self.partials: dict[str, str] = {}
        self.in_loop = False

    def read(self, node: cst.CSTNode) -> Creation | None:
        """The layer that a call makes; None for other calls."""
        cls = self._class_of(node.func) if isinstance(node, cst.Call) else ""
        if not cls:
            return None
        assert isinstance(node, cst.Call)
        name, kept, modes = None, [], []
        for index, arg in enumerate(node.args):
            key = arg.keyword.value if arg.keyword is not None else ""
            if arg.star == "**" and not (self.dialect.open and self.known.computes(arg.value)) or key == "parent":
                raise NotHoistable("the arguments of a layer are not known")
            if key == "name" and self.in_loop and self.dialect.lists and isinstance(arg.value, cst.SimpleString):
                kept.append(arg)  # a name that each turn gives: haiku numbers its layers as those without one
            elif key == "name":
                name = None if code(arg.value) == "None" else arg.value
            elif self._is_mode(index, key, arg, cls):
                modes.append(arg)
            else:
                kept.append(arg)
        return Creation(node, cls, name, tuple(kept), tuple(modes))

    def _class_of(self, func: cst.BaseExpression) -> str:
        if isinstance(func, cst.Name) and func.value in self.partials:
            return self.partials[func.value]
        name = self.infer.name_of(func)
        return name if self.dialect.is_layer_class(name, self.infer) else ""

    def _is_mode(self, index: int, key: str, arg: cst.Arg, cls: str) -> bool:
        """Whether an argument that the constructor cannot know is one that the call takes too."""
        key = key or (self.dialect.first.get(cls, "") if index == 0 and not arg.star else "")
        framework = self.infer.project.class_info(cls) is None
        return key in self.dialect.modes and framework and not self.known.computes(arg.value)

    def is_size(self, arg: cst.Arg, found: Creation) -> bool:
        """Whether an argument of a layer of the framework has to be the same at each call."""
        if arg.keyword is not None or arg.star:
            return arg.keyword is not None and arg.keyword.value in self.dialect.sizes and self._is_plain(found)
        return found.args[0] is arg and found.cls in self.dialect.sized and self._is_plain(found)

    def _is_plain(self, found: Creation) -> bool:
        return self.infer.name_of(found.call.func) == found.cls and self.infer.project.class_info(found.cls) is None

    def learn_partial(self, target: cst.BaseExpression, value: cst.BaseExpression) -> None:
        """Remember ``conv = partial(nn.Conv, use_bias=False)``."""
        cls = self.partial_class(value)
        if cls and isinstance(target, cst.Name):
            assert isinstance(value, cst.Call)
            if any(arg.keyword is not None and arg.keyword.value == "name" for arg in value.args):
                raise NotHoistable("layers share a name")
            self.partials[target.value] = cls

    def partial_class(self, value: cst.CSTNode) -> str:
        """The class of layers that a partial makes, or that a name stands for."""
        if isinstance(value, cst.Call) and self.infer.name_of(value.func) == "functools.partial" and value.args:
            return self._class_of(value.args[0].value)
        return self._class_of(value) if isinstance(value, (cst.Name, cst.Attribute)) else ""

    def within(self, node: cst.CSTNode) -> Iterator[cst.Call]:
        """The calls inside a piece of code that make layers."""
        return (part for part in below(node) if isinstance(part, cst.Call) and self._class_of(part.func))

    def check(self, node: cst.Call) -> None:
        """Raise where a call that makes no layer itself may make one somewhere else."""
        name = self.infer.name_of(node.func)
        if name and makes_layers(name, self.infer, self.dialect):
            raise NotHoistable(f"{name} makes layers")
        if name not in ("functools.partial", "builtins.isinstance"):
            if any(self.partial_class(arg.value) for arg in node.args):
                raise NotHoistable("a function is given a class of layers")
        if isinstance(node.func, cst.NamedExpr) or isinstance(node.func, cst.Call) and not self._is_safe(node.func):
            raise NotHoistable("what a call gives is called and may be a new layer")
        if isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Call):
            method = node.func.attr.value
            if not self._is_safe(node.func.value) and method not in self.infer.table.methods:
                raise NotHoistable("a method of what a call gives is called, which may be a new layer")

    def _is_safe(self, node: cst.Call) -> bool:
        """Whether what a call gives is no layer that it made, or is known to be an attribute now."""
        if id(node) in self.known.made or self._class_of(node.func):
            return True
        return self.knows(node.func)

    def knows(self, func: cst.BaseExpression) -> bool:
        """Whether it is known what a call calls: a function, a method of a class, or a layer."""
        kind = self.infer.kind(func)
        if kind.tag in ("method", "array") or isinstance(func, cst.Call):
            return True
        if kind.tag == "ref":
            return True
        return isinstance(func, cst.Attribute) and self.infer.kind(func.value).tag == "array"


def makes_layers(name: str, infer: Inference, dialect: Dialect, seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function of the project makes layers, itself or by what it calls."""
    info = infer.project.function(name)
    if info is None or name in seen or infer.project.class_info(name) is not None:
        return False
    called = {infer.project.canonical(other) for other in info.constructs}
    inner = seen | {name}
    return any(dialect.is_layer_class(other, infer) or makes_layers(other, infer, dialect, inner) for other in called)
