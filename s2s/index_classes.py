"""The classes of one module: their methods, and the attributes and buffers that these set."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from .index_functions import FunctionIndex
from .kinds import (
    ARRAY,
    BOOL,
    FLOAT,
    INT,
    LOOSE,
    NONE,
    NUMBERS,
    UNKNOWN,
    Kind,
    join,
)
from .project import ClassInfo, FunctionInfo
from .walk import is_self, statements
from .whole_numbers import WholeNumbers

_COMPUTED = (ast.Attribute, ast.BinOp, ast.Call, ast.IfExp, ast.Name)
_SETTING = frozenset((ast.Assign, ast.AnnAssign, ast.Call))
# What makes an array a buffer of the module that it is assigned to.
_BUFFERS = ("torch.nn.Buffer", "torch.nn.parameter.Buffer")


class ClassIndex(FunctionIndex):
    """Summarises classes."""

    def _locals(self, body: list[ast.stmt], prefix: str) -> None:
        for inner in statements(body):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._function(inner, prefix, local=True)
            elif isinstance(inner, ast.ClassDef):
                self._class(inner, prefix)

    def _class(self, node: ast.ClassDef, prefix: str) -> None:
        path = f"{prefix}{node.name}"
        methods: dict[str, FunctionInfo] = {}
        attributes: dict[str, Kind] = {}
        assigned: dict[str, list[Kind]] = {}
        buffers: dict[str, bool] = {}
        properties = set()
        for inner in statements(node.body):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                info = self._function(inner, f"{path}.")
                if not (inner.name in properties and _changes_property(inner)):
                    methods[inner.name] = info
                if any(d in ("property", "functools.cached_property") for d in info.decorators):
                    properties.add(inner.name)
                    if info.returns == UNKNOWN and self._counts(inner, info, attributes):
                        methods[inner.name] = replace(info, returns=INT)
                self._self_attributes(inner, info, attributes, assigned, buffers)
            elif isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
                kind = self._annotated(inner.annotation)
                attributes[inner.target.id] = kind
            elif isinstance(inner, ast.Assign):
                for target in inner.targets:
                    if isinstance(target, ast.Name):
                        attributes[target.id] = self._kind(inner.value)
            elif isinstance(inner, ast.ClassDef):
                self._class(inner, f"{path}.")
        for name in self._changed_attributes(node):
            if attributes.get(name) in (INT, FLOAT, BOOL):  # 0 that sums of arrays start from
                attributes[name] = UNKNOWN
        for name in buffers:
            if not {kind.tag for kind in assigned[name]} & {"none", "instance"}:  # what is assigned becomes the buffer
                attributes[name] = Kind("array", "variable")
        self.classes[path] = ClassInfo(
            name=f"{self.name}.{path}",
            bases=tuple(b for b in (self._base(base, path) for base in node.bases) if b),
            methods=methods,
            attributes=attributes,
            assigned={k: tuple(v) for k, v in assigned.items()},
            properties=frozenset(properties),
            metaclass=next((self._resolve(k.value) for k in node.keywords if k.arg == "metaclass"), ""),
            buffers=buffers,
            filled=frozenset(_filled_attributes(self.below(node).get(ast.Subscript, ()))),
            numbered=frozenset(_numbered_keys(self.below(node))) if "step" in methods else frozenset(),
            kept=_kept_arguments(node, self.below(node)),
        )

    def _base(self, node: ast.expr, path: str) -> str:
        """The full name of a base class; of ``class Dataset(Dataset)`` it is what the name was imported as."""
        of_same_name = isinstance(node, ast.Name) and node.id == path
        return self.replaced.get(path, "") if of_same_name and path in self.replaced else self._resolve(node)

    def _changed_attributes(self, node: ast.ClassDef) -> set[str]:
        """The attributes that ``self.a += value`` in a method may turn from a number into something else."""
        methods = [n for n in statements(node.body) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return {
            inner.target.attr
            for method in methods
            for inner in self.below(method).get(ast.AugAssign, ())
            if isinstance(inner.target, ast.Attribute)
            and is_self(inner.target.value)
            and self._kind(inner.value) not in (INT, FLOAT, BOOL, Kind("result", "builtins.len"))
        }

    def _whole_numbers(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, info: FunctionInfo, attributes: dict[str, Kind]
    ) -> WholeNumbers:
        """What tells of the values in a method which ones are whole numbers."""
        params = {p.name: p.kind or _of_default(p.default) for p in info.params}
        sizes = any(kind.name.partition(".")[0] == "jax" for kind in self.names.values())
        below = self.below(node)
        return WholeNumbers(params, below.get(ast.Name, ()), below.get(ast.Assign, ()), attributes, sizes)

    def _counts(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, info: FunctionInfo, attributes: dict[str, Kind]
    ) -> bool:
        """Whether everything that a method returns is a whole number."""
        returned = [each.value for each in self.below(node).get(ast.Return, ())]
        whole = self._whole_numbers(node, info, attributes) if returned else None
        return whole is not None and all(value is not None and whole.is_whole(value) for value in returned)

    def _self_attributes(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        info: FunctionInfo,
        attributes: dict[str, Kind],
        assigned: dict[str, list[Kind]],
        buffers: dict[str, bool],
    ) -> None:
        params = {p.name: p for p in info.params}
        self.attributes_at_hand = attributes
        whole: WholeNumbers | None = None
        registered: dict[str, bool] = {}
        plain: set[str] = set()
        for inner in self.walk(node):
            if inner.__class__ not in _SETTING:
                continue
            targets: list[tuple[ast.expr, ast.expr | None, Kind | None]] = []
            if isinstance(inner, ast.Assign):
                for target in inner.targets:
                    if isinstance(target, (ast.Tuple, ast.List)):
                        targets.extend((t, value, None) for t, value in _unpacked(target, inner.value))
                    else:
                        targets.append((target, inner.value, None))
            elif isinstance(inner, ast.AnnAssign):
                kind = self._annotated(inner.annotation)
                targets.append((inner.target, inner.value, kind))
            elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                self._registered(inner, attributes, assigned)
                _note_buffer(inner, registered)
            for target, value, declared in targets:
                if not (isinstance(target, ast.Attribute) and is_self(target.value)):
                    continue
                kind = declared or (self._kind(value) if value is not None else UNKNOWN)
                if isinstance(value, ast.Name) and value.id in params:
                    param = params[value.id]
                    kind = param.kind if param.kind == LOOSE else param.kind or _of_default(param.default)
                elif isinstance(value, _COMPUTED):
                    whole = whole or self._whole_numbers(node, info, attributes)
                    kind = INT if whole.is_whole(value) else kind
                if not self._makes_buffer(value, target.attr, registered) and not _reads(value, target.attr):
                    plain.add(target.attr)
                before = assigned.setdefault(target.attr, [])
                known = attributes.get(target.attr)
                if known == ARRAY and set(before) == {NONE}:
                    known = None  # it was registered as None: what it is otherwise is assigned
                if known == UNKNOWN and _is_given(value, target.attr):
                    kind = UNKNOWN  # what it is before may be a number, which is made an array here
                before.append(kind)
                attributes[target.attr] = kind if known is None else _join_known(known, kind)
        # What a method registers or assigns, as the case may be, is not surely a buffer.
        buffers.update({name: persistent for name, persistent in registered.items() if name not in plain})

    def _makes_buffer(self, value: ast.expr | None, name: str, buffers: dict[str, bool]) -> bool:
        """Whether an assigned value is ``nn.Buffer(array)``; its name and if it is persistent are kept then."""
        if not isinstance(value, ast.Call) or self._resolve(value.func) not in _BUFFERS:
            return False
        persistent = next((k.value for k in value.keywords if k.arg == "persistent"), ast.Constant(True))
        if len(value.args) == 1 and isinstance(persistent, ast.Constant):
            buffers[name] = bool(persistent.value)
        return len(value.args) == 1

    def _registered(self, call: ast.Call, attributes: dict[str, Kind], assigned: dict[str, list[Kind]]) -> None:
        assert isinstance(call.func, ast.Attribute)
        if not is_self(call.func.value) or not call.args:
            return
        first = call.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            return
        if call.func.attr in ("register_buffer", "register_parameter"):
            empty = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
            kind = NONE if empty else Kind("array", "variable")
            assigned.setdefault(first.value, []).append(kind)
            known = attributes.get(first.value)
            if not empty or known is None:
                attributes[first.value] = ARRAY if empty else kind
        elif call.func.attr == "add_module" and len(call.args) > 1:
            attributes[first.value] = self._kind(call.args[1])


def _unpacked(targets: ast.Tuple | ast.List, value: ast.expr) -> list[tuple[ast.expr, ast.expr | None]]:
    """The targets of an unpacking with what each is given, where that is written down."""
    written = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(targets.elts)
    values: list[ast.expr | None] = [*value.elts] if written else [None] * len(targets.elts)  # type: ignore[attr-defined]
    starred = any(isinstance(part, ast.Starred) for part in (*targets.elts, *filter(None, values)))
    return [(target, None if starred else given) for target, given in zip(targets.elts, values, strict=True)]


def _filled_attributes(subscripts: Iterable[ast.Subscript]) -> Iterator[str]:
    """The attributes of ``self`` whose items, or parts of them, are assigned."""
    for node in subscripts:
        root = node.value if isinstance(node.ctx, ast.Store) else None
        while isinstance(root, ast.Subscript):
            root = root.value
        if isinstance(root, ast.Attribute) and is_self(root.value):
            yield root.attr


def _numbered_keys(below: dict[type, list]) -> Iterator[str]:
    """The keys of dictionaries that are given Python numbers: ``state["step"] = 0``, ``state.get("step", 0)``."""
    for node in below.get(ast.Assign, ()):
        if _is_number(node.value):
            keys = (target.slice for target in node.targets if isinstance(target, ast.Subscript))
            yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    for call in below.get(ast.Call, ()):
        asks = isinstance(call.func, ast.Attribute) and call.func.attr in ("get", "setdefault")
        if asks and len(call.args) == 2 and _is_number(call.args[1]) and isinstance(call.args[0], ast.Constant):
            yield str(call.args[0].value)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _kept_arguments(node: ast.ClassDef, below: dict[type, list]) -> frozenset[str]:
    """The arguments that the constructor keeps as they are (``self.x = x``) and methods change (``self.x += v``)."""
    made = next((n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    if made is None:
        return frozenset()
    changed = set(_filled_attributes(below.get(ast.Subscript, ())))
    targets = (inner.target for inner in below.get(ast.AugAssign, ()))
    changed |= {target.attr for target in targets if isinstance(target, ast.Attribute) and is_self(target.value)}
    names = {arg.arg for arg in (*made.args.args, *made.args.kwonlyargs)}
    kept: set[str] = set()
    for inner in ast.walk(made) if changed else ():
        if isinstance(inner, ast.Assign):
            pairs = [pair for target in inner.targets for pair in _pairs(target, inner.value)]
            for target, value in pairs:
                own = isinstance(target, ast.Attribute) and is_self(target.value) and target.attr in changed
                if own and isinstance(value, ast.Name) and value.id in names:
                    kept.add(value.id)
    return frozenset(kept)


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr | None]]:
    """What an assignment gives each of its targets."""
    return _unpacked(target, value) if isinstance(target, (ast.Tuple, ast.List)) else [(target, value)]


def _note_buffer(call: ast.Call, buffers: dict[str, bool]) -> None:
    """Keep the name of a buffer that ``self.register_buffer("name", array)`` makes, and if it is persistent."""
    given = dict(zip(("name", "tensor", "persistent"), call.args)) | {k.arg: k.value for k in call.keywords}
    name, array, persistent = (given.get(key) for key in ("name", "tensor", "persistent"))
    is_own = isinstance(call.func, ast.Attribute) and call.func.attr == "register_buffer" and is_self(call.func.value)
    if not is_own or not isinstance(name, ast.Constant) or array is None or isinstance(array, ast.Constant):
        return
    if persistent is None or isinstance(persistent, ast.Constant):
        buffers[str(name.value)] = persistent is None or bool(persistent.value)


def _reads(value: ast.expr | None, name: str) -> bool:
    """Whether a value is computed of the own attribute with the name."""
    parts = ast.walk(value) if value is not None else ()
    return any(isinstance(part, ast.Attribute) and part.attr == name and is_self(part.value) for part in parts)


def _is_given(value: ast.expr | None, name: str) -> bool:
    """Whether a value is a function's of the own attribute with the name."""
    given = value.args if isinstance(value, ast.Call) else []
    return any(isinstance(arg, ast.Attribute) and is_self(arg.value) and arg.attr == name for arg in given)


def _join_known(a: Kind, b: Kind) -> Kind:
    """Join, but an assignment of something unknown does not hide that an attribute is a layer or an array."""
    for one, other in ((a, b), (b, a)):
        if one.tag in ("result", "union") and (other == LOOSE or other.tag in {"result", "union", *NUMBERS}):
            return Kind("union", items=(a, b))
        if one == UNKNOWN and other == FLOAT:
            return LOOSE
        if one == UNKNOWN and other.tag in ("result", "array", "instance"):
            return other
    return join(a, b)


def _of_default(default: Kind | None) -> Kind:
    """What is known of an argument by its default; another function or class than the default may be given."""
    return UNKNOWN if default is None or default.tag == "ref" else default


def _changes_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function sets or deletes the property of its name: reading it calls another one."""
    return any(isinstance(d, ast.Attribute) and d.attr in ("setter", "deleter") for d in node.decorator_list)
