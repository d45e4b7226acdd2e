"""``hidden: int`` and ``nn.Dense(self.hidden)(x)`` of a linen class -> a constructor, and ``self.Dense_0(x)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import libcst as cst

from ..infer import Inference
from ..kinds import UNKNOWN, instance
from ..project import Project
from ..table_model import HubOp, Table
from .compact import Compact
from .creations import Creations, makes_layers
from .dialects import NotHoistable
from .known import Known
from .linen_classes import MODULES, LinenClass, read_class
from .tree import below, bound_names

# What a module asks itself about the place where it runs: its constructor knows nothing of that.
_RUNNING = frozenset(
    """get_variable has_rng has_variable is_initializing is_mutable_collection make_rng param perturb put_variable sow
    variable variables""".split()
)


def with_constructors(
    module: cst.Module, project: Project, name: str, table: Table, hub: dict[str, HubOp], late: bool
) -> cst.Module:
    """The module with a constructor in each class of flax.linen whose layers it can make.

    ``late`` says that layers may wait for the first input, whose size they have.
    """
    info = project.modules[name]
    if not any(project.canonical(base) in MODULES for cls in info.classes.values() for base in cls.bases):
        return module
    infer = Inference(info, project, table, hub)
    derived = {
        project.canonical(base) for m in project.modules.values() for cls in m.classes.values() for base in cls.bases
    }
    own = {n for n in module.body if isinstance(n, cst.ClassDef) and f"{name}.{n.name.value}" not in derived}
    body = [with_constructor(node, infer, late) if node in own else node for node in module.body]
    changed = any(a is not b for a, b in zip(body, module.body, strict=True))
    return module.with_changes(body=body) if changed else module


def with_constructor(node: cst.ClassDef, infer: Inference, late: bool) -> cst.ClassDef:
    """The class with a constructor; the class itself where its layers depend on what it is called with."""
    try:
        cls = read_class(node, infer)
        if cls is None:
            return node
        name = f"{infer.module.name}.{node.name.value}"
        for method in cls.methods:
            if method is not cls.maker:
                _check(method, name, cls, infer)
        if cls.maker is None:
            return _rebuilt(cls, [], {})
        with Scope(cls.maker, name, infer):
            if not cls.compact:
                return _rebuilt(cls, _set_up(cls, infer), {id(cls.maker): None})
            compact = Compact(cls, infer)
            if compact.late and not late:
                raise NotHoistable("a layer has the size of an input")
            return _rebuilt(cls, compact.constructor, {id(cls.maker): _plain(compact.rest())})
    except NotHoistable:
        return node


class Scope:
    """The names of a method, of which only ``self`` is known."""

    def __init__(self, method: cst.FunctionDef, cls: str, infer: Inference) -> None:
        names = dict.fromkeys(bound_names(method.body) + bound_names(method.params), UNKNOWN)
        self.infer, self.cls = infer, cls
        self.names = {**names, "self": instance(cls)}

    def __enter__(self) -> None:
        self.outer, self.infer.self_class = self.infer.self_class, self.cls
        self.infer.push(self.names)

    def __exit__(self, *error: object) -> None:
        self.infer.pop()
        self.infer.self_class = self.outer


def _check(method: cst.FunctionDef, name: str, cls: LinenClass, infer: Inference) -> None:
    """Raise where a method that is not compact makes layers."""
    with Scope(method, name, infer):
        creations = Creations(infer, Known(cls, method, infer), cls.dialect)
        for part in below(method.body):
            if isinstance(part, cst.Call):
                if creations.read(part) is not None:
                    raise NotHoistable("a method makes layers for the one that calls it")
                creations.check(part)


def _set_up(cls: LinenClass, infer: Inference) -> list[cst.BaseStatement]:
    """The statements of ``setup`` for a constructor."""
    assert cls.maker is not None
    known = Known(cls, cls.maker, infer)
    for part in below(cls.maker.body):
        if isinstance(part, cst.Attribute) and isinstance(part.value, cst.Name) and part.value.value == "self":
            if part.attr.value in _RUNNING:
                raise NotHoistable("setup makes parameters or asks where the module runs")
        if isinstance(part, cst.Call) and makes_layers(infer.name_of(part.func), infer, cls.dialect):
            continue  # a function that makes layers may do so in a constructor too
    body = [statement for statement in cls.maker.body.body if not _says_nothing(statement, known)]
    return [cast(cst.BaseStatement, known.moved(statement)) for statement in body]


def _says_nothing(statement: cst.CSTNode, known: Known) -> bool:
    """Whether a statement is a docstring, ``pass``, or another name for a field, which is read as the argument."""
    first = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if isinstance(first, cst.Assign) and len(first.targets) == 1 and len(statement.body) == 1:  # type: ignore[attr-defined]
        target = first.targets[0].target
        return known.learn(target, first.value) and isinstance(target, cst.Name) and target.value in known.aliases
    return isinstance(first, cst.Pass) or isinstance(first, cst.Expr) and isinstance(first.value, cst.SimpleString)


def _plain(method: cst.FunctionDef) -> cst.FunctionDef:
    """A compact method as any other."""
    leading = [*method.leading_lines, *method.lines_after_decorators]
    return method.with_changes(decorators=[], leading_lines=leading, lines_after_decorators=[])


def _rebuilt(
    cls: LinenClass, made: Sequence[cst.BaseStatement], methods: dict[int, cst.FunctionDef | None]
) -> cst.ClassDef:
    """The class with its constructor where its fields stood, and with other methods."""
    constructor = from_fields(cls, made)
    body: list[cst.BaseStatement] = []
    for statement in cls.node.body.body:
        replaced = methods.get(id(statement), statement)
        if is_field(statement) or isinstance(statement, cst.FunctionDef):
            if constructor is not None:
                body.append(constructor.with_changes(leading_lines=[BLANK] if body else []))
            constructor = None
        if isinstance(replaced, cst.FunctionDef):
            body.append(apart(replaced) if body else replaced)
        elif replaced is not None and not is_field(replaced):
            body.append(replaced)
    return cls.node.with_changes(body=cls.node.body.with_changes(body=body))


def is_field(statement: cst.BaseStatement) -> bool:
    """Whether a statement of a class body has an annotation."""
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.AnnAssign)


BLANK = cst.EmptyLine(indent=False)


def apart(method: cst.FunctionDef) -> cst.FunctionDef:
    """A method with a blank line before it."""
    if any(line.comment is None for line in method.leading_lines):
        return method
    return method.with_changes(leading_lines=[BLANK, *method.leading_lines])


def from_fields(cls: LinenClass, made: Sequence[cst.BaseStatement]) -> cst.FunctionDef | None:
    """The constructor that sets the fields of a class and makes its layers; None where there is nothing to do."""
    if not cls.fields and not made:
        return None
    start = cst.parse_statement("super().__init__()")
    lines = {id(s.body[0]): s for s in cls.node.body.body if isinstance(s, cst.SimpleStatementLine)}
    kept = [_kept(field, lines[id(field)]) for field in cls.fields if id(field) in lines]
    params = [cst.Param(cst.Name("self")), *(_param(field) for field in cls.fields)]
    suite = cst.IndentedBlock([start, *kept, *made])
    return cst.FunctionDef(cst.Name("__init__"), cst.Parameters(params), suite)


def _kept(field: cst.AnnAssign, line: cst.SimpleStatementLine) -> cst.BaseStatement:
    """``self.hidden = hidden`` with the comments of the field."""
    place = cst.Attribute(cst.Name("self"), field.target)
    comments = [comment for comment in line.leading_lines if comment.comment is not None]
    return line.with_changes(body=[cst.Assign([cst.AssignTarget(place)], field.target)], leading_lines=comments)


def _param(field: cst.AnnAssign) -> cst.Param:
    around = cst.AssignEqual(cst.SimpleWhitespace(" "), cst.SimpleWhitespace(" "))
    annotation = cst.Annotation(field.annotation.annotation)
    default = {} if field.value is None else {"default": field.value, "equal": around}
    return cst.Param(field.target, annotation, **default)
