"""A class of flax.linen as it is written: its fields, its methods, and the one that makes layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from ..infer import Inference
from ..nodes import code
from .dialects import LINEN, Dialect, NotHoistable
from .tree import below

MODULE = LINEN.base
MODULES = frozenset((MODULE, *LINEN.bases))
_COMPACT = "flax.linen.compact"
# Annotations that make a name of the class body no argument of the constructor, or one of another sort.
_NO_FIELDS = ("ClassVar", "InitVar", "KW_ONLY", "Final")
# Methods that change what an object is; the constructor that is written knows nothing of them.
_HOOKS = frozenset(
    """__delattr__ __getattr__ __getattribute__ __init__ __init_subclass__ __new__ __post_init__ __setattr__ clone
    copy""".split()
)
_KEPT_BY_FLAX = frozenset(("name", "parent", "scope"))


@dataclass(frozen=True, slots=True)
class LinenClass:
    """A class whose constructor can be written: ``maker`` is ``setup``, a compact method, or absent."""

    node: cst.ClassDef
    fields: tuple[cst.AnnAssign, ...]
    methods: tuple[cst.FunctionDef, ...]
    maker: cst.FunctionDef | None
    dialect: Dialect = LINEN

    @property
    def field_names(self) -> frozenset[str]:
        """The names of the constructor's arguments."""
        return frozenset(code(field.target) for field in self.fields)

    @property
    def constants(self) -> frozenset[str]:
        """The names that the class body assigns, and the properties that read nothing but fields."""
        lines = (line for line in self.node.body.body if isinstance(line, cst.SimpleStatementLine))
        small = (part for line in lines for part in line.body)
        assigned = (part.targets[0].target for part in small if isinstance(part, cst.Assign))
        plain = (method.name.value for method in self.methods if _is_plain_property(method, self.field_names))
        return frozenset(code(target) for target in assigned) | frozenset(plain)

    @property
    def taken_names(self) -> frozenset[str]:
        """The names that no layer can have."""
        return self.field_names | {method.name.value for method in self.methods}

    @property
    def compact(self) -> bool:
        """Whether layers are made where they are called."""
        return self.maker is not None and self.maker.name.value != "setup"


def _is_plain_property(method: cst.FunctionDef, fields: frozenset[str]) -> bool:
    """Whether a method is a property that a constructor can read when all fields are set."""
    if [code(decorator.decorator) for decorator in method.decorators] != ["property"]:
        return False
    read = (part for part in below(method.body) if isinstance(part, cst.Attribute) and code(part.value) == "self")
    calls = any(isinstance(part, cst.Call) and code(part.func).startswith("self.") for part in below(method.body))
    return not calls and all(part.attr.value in fields for part in read)


def read_class(node: cst.ClassDef, infer: Inference) -> LinenClass | None:
    """The parts of a class that derives from ``nn.Module`` alone; None for other classes."""
    if len(node.bases) != 1 or infer.name_of(node.bases[0].value) not in MODULES:
        return None
    if node.keywords or node.decorators or not isinstance(node.body, cst.IndentedBlock):
        raise NotHoistable("it is made by decorators or keywords")
    fields = tuple(_field(small) for small in _annotated(node.body))
    methods = tuple(part for part in node.body.body if isinstance(part, cst.FunctionDef))
    return LinenClass(node, fields, methods, _maker(methods, infer))


def _annotated(body: cst.IndentedBlock) -> Iterator[cst.AnnAssign]:
    for statement in body.body:
        if not isinstance(statement, (cst.SimpleStatementLine, cst.FunctionDef)):
            raise NotHoistable("its body has other statements than fields and methods")
        small = statement.body if isinstance(statement, cst.SimpleStatementLine) else ()
        if len(small) > 1:
            raise NotHoistable("several of its statements share a line")
        yield from (part for part in small if isinstance(part, cst.AnnAssign))


def _field(node: cst.AnnAssign) -> cst.AnnAssign:
    annotation = code(node.annotation.annotation)
    if not isinstance(node.target, cst.Name) or any(name in annotation for name in _NO_FIELDS):
        raise NotHoistable("it has names that are no fields")
    if isinstance(node.value, cst.Call) and code(node.value.func).rpartition(".")[2] == "field":
        raise NotHoistable("a field has a factory")
    if node.target.value in _KEPT_BY_FLAX:
        raise NotHoistable("a field has a name that flax keeps")
    return node


def _maker(methods: tuple[cst.FunctionDef, ...], infer: Inference) -> cst.FunctionDef | None:
    if any(method.name.value in _HOOKS for method in methods):
        raise NotHoistable("it changes how objects are made")
    makers = [m for m in methods if m.name.value == "setup" or _is_compact(m, infer)]
    if len(makers) > 1 or any(len(m.decorators) > 1 for m in makers):
        raise NotHoistable("several methods make layers")
    return makers[0] if makers else None


def _is_compact(method: cst.FunctionDef, infer: Inference) -> bool:
    return any(infer.name_of(decorator.decorator) == _COMPACT for decorator in method.decorators)
