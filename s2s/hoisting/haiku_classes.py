"""``hk.Linear(64)(x)`` in a method of a class of haiku -> a layer of the constructor, and ``self.linear(x)``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import libcst as cst

from ..infer import Inference
from ..nodes import code
from ..project import Project
from ..table_model import HubOp, Table
from .compact import Compact
from .constructors import BLANK, Scope, apart, from_fields, is_field
from .creations import Creations, makes_layers
from .dialects import HAIKU, NotHoistable
from .known import Known
from .linen_classes import LinenClass
from .tree import CHANGING, below

_HOOKS = frozenset(
    """__delattr__ __getattr__ __getattribute__ __init_subclass__ __new__ __post_init__ __setattr__ __deepcopy__
    forward param get_state set_state""".split()
)
# What a module of haiku knows of its place, which one of the target does not.
_PLACED = frozenset("module_name params_dict state_dict submodules method_names".split())


def haiku_constructors(
    module: cst.Module, project: Project, name: str, table: Table, hub: dict[str, HubOp], late: bool
) -> cst.Module | None:
    """The module with layers made by the constructors of its classes of haiku; None where one of them cannot.

    ``late`` says that layers may wait for the first input, whose size they have.
    """
    infer = Inference(project.modules[name], project, table, hub)
    classes = [node for node in module.body if isinstance(node, cst.ClassDef)]
    own = [node for node in classes if HAIKU.is_derived(f"{name}.{node.name.value}", project)]
    try:
        made = {id(node): _hoisted(node, infer, late) for node in own}
    except NotHoistable:
        return None
    return module.with_changes(body=[made.get(id(node), node) for node in module.body]) if made else module


@dataclass(frozen=True, slots=True)
class HaikuClass(LinenClass):
    """A class of haiku: ``attributes`` are what its constructor sets and nothing changes."""

    attributes: frozenset[str] = frozenset()

    @property
    def constants(self) -> frozenset[str]:
        """The names that a constructor can read from ``self`` when all else is set."""
        return self.attributes | LinenClass.constants.fget(self)  # type: ignore[attr-defined]

    @property
    def taken_names(self) -> frozenset[str]:
        """The names that no layer can have."""
        return LinenClass.taken_names.fget(self) | _set_names(self.node)  # type: ignore[attr-defined]


def _hoisted(node: cst.ClassDef, infer: Inference, late: bool) -> cst.ClassDef:
    """The class with a constructor that makes all layers."""
    cls = _read(node, infer)
    name = f"{infer.module.name}.{node.name.value}"
    made: list[cst.BaseStatement] = []
    methods: dict[int, cst.FunctionDef] = {}
    taken = set(cls.taken_names)
    for method in cls.methods:
        if method.name.value == "__init__" or not _makes_layers(method, name, cls, infer):
            continue
        with Scope(method, name, infer):
            compact = Compact(replace(cls, maker=method), infer, taken)
            if compact.late and not late:
                raise NotHoistable("a layer has the size of an input")
            made += compact.constructor
            methods[id(method)] = compact.rest()
            taken = compact.taken
    return _rebuilt(cls, made, methods)


def _read(node: cst.ClassDef, infer: Inference) -> HaikuClass:
    """The parts of a class that derives from ``hk.Module`` alone."""
    if len(node.bases) != 1 or infer.name_of(node.bases[0].value) not in (HAIKU.base, *HAIKU.bases):
        raise NotHoistable("it derives from another class")
    if node.keywords or not isinstance(node.body, cst.IndentedBlock):
        raise NotHoistable("it is made by keywords")
    statements = node.body.body
    if not all(isinstance(part, (cst.SimpleStatementLine, cst.FunctionDef)) for part in statements):
        raise NotHoistable("its body has other statements than fields and methods")
    methods = tuple(part for part in statements if isinstance(part, cst.FunctionDef))
    if any(method.name.value in _HOOKS for method in methods):
        raise NotHoistable("it changes how objects are made")
    init = next((method for method in methods if method.name.value == "__init__"), None)
    fields = tuple(line.body[0] for line in statements if is_field(line)) if _is_dataclass(node, infer) else ()
    if fields and init is not None or any(isinstance(field.value, cst.Call) for field in fields):
        raise NotHoistable("its constructor is written and made")
    _check_place(node)
    if init is not None:
        _check_start(init, node.name.value)
    attributes = _set_names(init) if init is not None else set()
    _check_kept(methods, attributes | {code(field.target) for field in fields})
    return HaikuClass(node, fields, methods, None, HAIKU, frozenset(attributes))


def _is_dataclass(node: cst.ClassDef, infer: Inference) -> bool:
    names = [infer.name_of(decorator.decorator) for decorator in node.decorators]
    if names and names != ["dataclasses.dataclass"]:
        raise NotHoistable("it is made by decorators")
    return bool(names)


def _check_place(node: cst.ClassDef) -> None:
    """Raise where a class asks for its name, or for what a module of haiku knows of its place."""
    stored = {id(t.target) for part in below(node) if isinstance(part, cst.Assign) for t in part.targets}
    for part in below(node):
        if isinstance(part, cst.Attribute):
            own = isinstance(part.value, cst.Name) and part.value.value == "self"
            if part.attr.value in _PLACED or own and part.attr.value == "name" and id(part) not in stored:
                raise NotHoistable("it asks for its name")


def _check_start(init: cst.FunctionDef, cls: str) -> None:
    """Raise where a constructor does not start its base class as usual."""
    starts = [line for line in init.body.body if _start(line, cls) is not None]
    calls = [part for part in below(init.body) if isinstance(part, cst.Name) and part.value == "super"]
    if len(starts) != 1 or len(calls) != 1 or any(isinstance(part, cst.Return) for part in below(init.body)):
        raise NotHoistable("it starts its base class in another way")


def _start(line: cst.CSTNode, cls: str) -> cst.Call | None:
    """The call of a statement ``super().__init__(name=name)``; None for other statements."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    call = small.value if isinstance(small, cst.Expr) else None
    if not isinstance(call, cst.Call) or code(call.func) not in ("super().__init__", f"super({cls}, self).__init__"):
        return None
    names = [arg for arg in call.args if arg.keyword is None or arg.keyword.value == "name"]
    return call if len(names) == len(call.args) < 2 and not any(arg.star for arg in names) else None


def _set_names(node: cst.CSTNode) -> set[str]:
    """The attributes of ``self`` that a piece of code sets."""
    targets = (part for part in below(node) if isinstance(part, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)))
    return {
        part.attr.value
        for target in targets
        for part in below(target.target)
        if isinstance(part, cst.Attribute) and isinstance(part.value, cst.Name) and part.value.value == "self"
    }


def _check_kept(methods: Sequence[cst.FunctionDef], attributes: set[str]) -> None:
    """Raise where calls change what the constructor sets: objects of haiku are made anew for each call of a model."""
    others = [method for method in methods if method.name.value != "__init__"]
    calls = [part for method in others for part in below(method) if isinstance(part, cst.Call)]
    changed = {name for method in others for name in _set_names(method)}
    changed |= {name for call in calls if (name := _changed_by(call))}
    asking = [call for call in calls if code(call.func) in ("getattr", "hasattr", "setattr", "vars") and call.args]
    added = (part.target for method in others for part in below(method) if isinstance(part, cst.AugAssign))
    asked = any(code(call.args[0].value) == "self" for call in asking)
    if changed & attributes or asked or any(code(target).startswith("self.") for target in added):
        raise NotHoistable("calls change what its constructor sets")


def _changed_by(call: cst.Call) -> str:
    """The attribute of ``self`` that a call changes in place, '' for none."""
    func = call.func
    place = func.value if isinstance(func, cst.Attribute) and func.attr.value in CHANGING else None
    own = isinstance(place, cst.Attribute) and code(place.value) == "self"
    return place.attr.value if own and isinstance(place, cst.Attribute) else ""


def _makes_layers(method: cst.FunctionDef, name: str, cls: HaikuClass, infer: Inference) -> bool:
    """Whether a method makes layers; raises where it may make some unseen."""
    with Scope(method, name, infer):
        creations = Creations(infer, Known(cls, method, infer), HAIKU)
        found = False
        for part in below(method.body):
            if isinstance(part, cst.Call):
                found = found or creations.read(part) is not None
                if (called := infer.name_of(part.func)) and makes_layers(called, infer, HAIKU):
                    raise NotHoistable(f"{called} makes layers")
    if found and method.decorators:
        raise NotHoistable("a method with decorators makes layers")
    return found


def _rebuilt(cls: HaikuClass, made: Sequence[cst.BaseStatement], methods: dict[int, cst.FunctionDef]) -> cst.ClassDef:
    """The class with what its constructor makes, and with other methods."""
    init = next((method for method in cls.methods if method.name.value == "__init__"), None)
    if init is not None:
        methods = methods | {id(init): _with(init, cls.node.name.value, made)}
        body = [methods.get(id(part), part) for part in cls.node.body.body]
    else:
        body = list(_with_constructor(cls, made, methods))
    return cls.node.with_changes(body=cls.node.body.with_changes(body=body), **_undecorated(cls.node))


def _undecorated(node: cst.ClassDef) -> dict[str, object]:
    if not node.decorators:
        return {}
    return {"decorators": [], "leading_lines": [*node.leading_lines, *node.lines_after_decorators]}


def _with_constructor(
    cls: HaikuClass, made: Sequence[cst.BaseStatement], methods: dict[int, cst.FunctionDef]
) -> Iterator[cst.BaseStatement]:
    """The body of a class that had no constructor."""
    constructor = from_fields(cls, made)
    first = True
    for part in cast(Sequence[cst.BaseStatement], cls.node.body.body):
        if constructor is not None and (isinstance(part, cst.FunctionDef) or cls.fields and is_field(part)):
            yield constructor if first else constructor.with_changes(leading_lines=[BLANK])
            constructor, first = None, False
        if isinstance(part, cst.FunctionDef):
            new = methods.get(id(part), part)
            yield new if first else apart(new)
        elif not (cls.fields and is_field(part)):
            yield part
        else:
            continue
        first = False


def _with(init: cst.FunctionDef, cls: str, made: Sequence[cst.BaseStatement]) -> cst.FunctionDef:
    """The constructor, which keeps its name as an attribute and makes layers at its end."""
    body: list[cst.BaseStatement] = []
    for line in init.body.body:
        call = _start(line, cls)
        if call is None:
            body.append(line)
            continue
        body.append(line.with_changes(body=[cst.Expr(cst.parse_expression("super().__init__()"))]))
        if call.args:
            place = cst.Attribute(cst.Name("self"), cst.Name("name"))
            body.append(cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(place)], call.args[0].value)]))
    return init.with_changes(body=init.body.with_changes(body=[*body, *made]))
