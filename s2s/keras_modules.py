"""Which projects' classes of Keras are modules of PyTorch itself: those that ask their base for nothing but calls.

Such classes say at every call inside whether it is training, where it matters: a module of PyTorch passes nothing on.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from .keras_sequences import SEQUENCE, TRAINING
from .own_keras import containers, looped, walked
from .project import ModuleInfo, Project
from .walk import ast_nodes

BASES = frozenset(("keras.Layer", "keras.Model"))
# What layers and models of Keras have beside their call; of any object where no other has a method of this name.
_OF_BASE = frozenset(
    """activity_regularizer add_loss add_metric add_update add_variable add_weight assign_add build build_from_config
    built call compute_dtype compute_loss compute_mask compute_metrics compute_output_shape count_params dtype
    dtype_policy from_config get_build_config get_config get_metrics_result input input_shape input_spec layers losses
    make_predict_function make_test_function make_train_function metrics metrics_names name non_trainable_variables
    non_trainable_weights optimizer output output_shape path predict_step quantize reset_metrics reset_states
    run_eagerly save_own_variables stateless_call stop_training submodules summary supports_masking symbolic_call
    test_step train_step trainable updates variable_dtype""".split()
)
_CALLED = frozenset(
    """add_loss add_metric add_weight build compile count_params evaluate export fit from_config get_config get_layer
    load_weights non_trainable_variables non_trainable_weights predict predict_on_batch reset_metrics reset_states save
    save_weights summary test_on_batch to_json train_on_batch""".split()
)
_UNKNOWN = "?"


@dataclass(frozen=True)
class Source:
    """A module of the project: its tree, what its names stand for, and what things of Keras are in the hub."""

    info: ModuleInfo
    nodes: list[ast.AST]
    name: Callable[[ast.AST], str]
    op: Callable[[str], str]
    own: Collection[int]  # the attributes of ``self`` that the project's classes define
    in_sequences: Collection[int]  # the layers of sequences that are PyTorch's own too


def _says_mode(node: ast.AST) -> bool:
    """Whether something says of a call, or takes, whether it is training: else modules know it themselves."""
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.arg) and node.arg == "training"
    starts = isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
    return any(keyword.arg == "training" or keyword.arg is None and not starts for keyword in node.keywords)


def trains_in_sequences(source: Source) -> bool:
    """Whether a sequence of a module has layers that do something else while they are trained."""
    inside = (node for node in source.nodes if isinstance(node, ast.Call) and id(node) in source.in_sequences)
    return any(source.op(source.name(node.func)) in TRAINING for node in inside)


@dataclass(frozen=True)
class _Class:
    """A class of the project that is a layer or a model."""

    name: str
    node: ast.ClassDef
    source: Source

    @cached_property
    def methods(self) -> dict[str, ast.FunctionDef]:
        return {part.name: part for part in self.node.body if isinstance(part, ast.FunctionDef)}

    @cached_property
    def parts(self) -> list[ast.AST]:
        return ast_nodes(self.node)


def are_modules(sources: list[Source], project: Project, own: Collection[str], is_layer: Callable[[str], bool]) -> bool:
    """Whether all classes of Keras in a project may be modules of PyTorch itself.

    ``own`` are the layers of the hub that are written as PyTorch's own, ``is_layer`` tells what in the hub is a layer.
    """
    return _Project(sources, project, own, is_layer).fits()


class _Project:
    def __init__(
        self, sources: list[Source], project: Project, own: Collection[str], is_layer: Callable[[str], bool]
    ) -> None:
        self.sources, self.project, self.own, self.is_layer = sources, project, own, is_layer
        found = (
            _Class(source.info.classes[node.name].name, node, source)
            for source in sources
            for node in source.nodes
            if isinstance(node, ast.ClassDef) and node.name in source.info.classes
        )
        self.classes = {one.name: one for one in found if self._is_layer_class(one)}
        self.held = {name: dict(self._holdings(one)) for name, one in self.classes.items()}
        self.told = TRAINING | ({SEQUENCE} if any(map(trains_in_sequences, sources)) else set())
        self.is_told = any(map(_says_mode, (node for source in sources for node in source.nodes)))
        self.telling = {name for name in self.classes if "training" in self._parameters(name, "call")}

    def _is_layer_class(self, one: _Class) -> bool:
        return any(one.source.op(base) in BASES for base in self.project.mro(one.name)[1:])

    def fits(self) -> bool:
        """Whether nothing asks for more than a module."""
        usual = all(self._has_usual_parts(one) for one in self.classes.values())
        return bool(self.classes) and usual and all(map(self._asks_little, self.sources))

    def _has_usual_parts(self, one: _Class) -> bool:
        """Whether a class has a base and methods as a module has, and keeps its layers where a module finds them."""
        bases = [one.source.name(base) for base in one.node.bases]
        known = len(bases) == 1 and (one.source.op(bases[0]) in BASES or bases[0] in self.classes)
        if not known or one.node.keywords or one.node.decorator_list:
            return False
        if (_OF_BASE - {"call"}) & one.methods.keys() or "call" not in self._methods(one.name):
            return False
        return _starts_base(one, bases[0] in self.classes) and all(
            self._tells_mode(one, f) for f in one.methods.values()
        )

    def _methods(self, name: str) -> dict[str, ast.FunctionDef]:
        """The methods of a class and of its bases in the project."""
        found: dict[str, ast.FunctionDef] = {}
        for base in reversed(self.project.mro(name)):
            found |= self.classes[base].methods if base in self.classes else {}
        return found

    def _parameters(self, name: str, method: str) -> set[str]:
        function = self._methods(name).get(method)
        return {arg.arg for arg in (*function.args.args, *function.args.kwonlyargs)} if function is not None else set()

    def _holdings(self, one: _Class) -> Iterator[tuple[str, set[str]]]:
        """What the attributes of a class are: classes of layers, '' for what cannot be called, '?' for anything."""
        found: dict[str, set[str]] = {}
        for part in one.parts:
            for attribute, value in containers(part):
                found.setdefault(attribute, set()).add(self._made(value, one))
            if isinstance(part, (ast.Assign, ast.AnnAssign)) and part.value is not None:
                for target in part.targets if isinstance(part, ast.Assign) else [part.target]:
                    if isinstance(target, ast.Attribute):
                        found.setdefault(target.attr, set()).update(self._values(part.value, one))
        yield from found.items()

    def _values(self, node: ast.expr, one: _Class) -> Iterator[str]:
        if isinstance(node, ast.IfExp):
            yield from self._values(node.body, one)
            yield from self._values(node.orelse, one)
        elif not isinstance(node, (ast.Constant, ast.List, ast.ListComp)):
            yield self._made(node, one)

    def _made(self, node: ast.expr, one: _Class) -> str:
        """The class of a layer that an expression makes."""
        name = one.source.name(node.func) if isinstance(node, ast.Call) else ""
        return name if name in self.classes or one.source.op(name) in self.own else _UNKNOWN

    def _tells_mode(self, one: _Class, function: ast.FunctionDef) -> bool:
        """Whether a method says of each call inside if it is training, where that matters."""
        parts = ast_nodes(function)
        loops = looped(parts)
        local = {part.id for part in parts if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)}
        for call in (part for part in parts if isinstance(part, ast.Call)):
            called = self._called(call.func, one, loops, local)
            told = any(keyword.arg == "training" for keyword in call.keywords)
            matters = {_UNKNOWN, *self.telling} & called or not self.told.isdisjoint(map(one.source.op, called))
            if matters and not told and len(call.args) < 2 and self.is_told:
                return False
            if told and any(name in self.classes and name not in self.telling for name in called):
                return False
        return True

    def _called(self, func: ast.expr, one: _Class, loops: Mapping[str, set[str]], local: Collection[str]) -> set[str]:
        """The classes of layers that may be called."""
        if one.source.name(func):
            return set()
        if isinstance(func, ast.Attribute):
            if isinstance(func.value, ast.Name) and func.value.id == "self":
                return set() if func.attr in self._methods(one.name) else self._held(one.name, {func.attr})
            owners = [name for name, held in self.held.items() if func.attr in held]
            return set().union(*(self.held[name][func.attr] for name in owners))
        if isinstance(func, ast.Name):
            if func.id in loops:
                return self._held(one.name, loops[func.id])
            return {_UNKNOWN} if func.id in local else set()
        if isinstance(func, ast.Subscript) and isinstance(func.value, ast.Attribute):
            return self._held(one.name, {func.value.attr})
        return {_UNKNOWN}

    def _held(self, name: str, attributes: Collection[str]) -> set[str]:
        bases = [base for base in self.project.mro(name) if base in self.held]
        held = {a: set().union(*(self.held[base].get(a, set()) for base in bases)) for a in attributes}
        return set().union(*(classes or {_UNKNOWN} for classes in held.values()))

    def _asks_little(self, source: Source) -> bool:
        """Whether a module of the project makes layers where modules find them, and asks nothing else of them."""
        inside = {id(part) for one in self.classes.values() if one.source is source for part in one.parts}
        kept = {id(value) for node in source.nodes for value in _kept(node)} | set(source.in_sequences)
        in_lists = {id(item) for node in source.nodes for item in _items(node)}
        walks = {*walked(source.nodes), *(id(node.func) for node in source.nodes if isinstance(node, ast.Call))}
        for node in source.nodes:
            name = source.name(node)
            if isinstance(node, ast.ClassDef) and self._is_hidden(node, source):
                return False
            if self.is_layer(op := source.op(name)) and op not in self.own and op not in BASES:
                return False
            if isinstance(node, ast.Call):
                if source.op(source.name(node.func)) in BASES:
                    return False
                makes = self._is_made(node, source)
                if makes and id(node) not in kept and (id(node) in inside or id(node) in in_lists):
                    return False
                if makes and not self._takes(node, source) or id(node) not in inside and not self._may_tell(node):
                    return False
            if isinstance(node, ast.Attribute) and not name and id(node) not in source.own:
                if node.attr in _CALLED or node.attr in _OF_BASE and _is_of_self(node) and id(node) in inside:
                    return False
            is_held = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in self.layers
            if is_held and id(node) not in walks:
                return False
        return True

    def _is_hidden(self, node: ast.ClassDef, source: Source) -> bool:
        """Whether a class is a layer that lies in a function or another class."""
        bases = {source.name(base) for base in node.bases}
        is_layer = bool(bases & self.classes.keys()) or not BASES.isdisjoint(map(source.op, bases))
        return is_layer and all(one.node is not node for one in self.classes.values())

    @cached_property
    def layers(self) -> set[str]:
        """The attributes that hold layers."""
        return {name for held in self.held.values() for name, classes in held.items() if classes - {_UNKNOWN}}

    def _is_made(self, node: ast.Call, source: Source) -> bool:
        name = source.name(node.func)
        return name in self.classes or source.op(name) in self.own

    def _takes(self, node: ast.Call, source: Source) -> bool:
        """Whether a class of the project takes the arguments without its base."""
        name = source.name(node.func)
        named = {keyword.arg for keyword in node.keywords}
        return name not in self.classes or named <= self._parameters(name, "__init__")

    def _may_tell(self, node: ast.Call) -> bool:
        """Whether a call outside of the classes, if it says that a model is training, is of one that takes this."""
        if not any(keyword.arg == "training" for keyword in node.keywords):
            return True
        inner = {name for held in self.held.values() for classes in held.values() for name in classes}
        return self.classes.keys() - inner <= self.telling


def _starts_base(one: _Class, derives: bool) -> bool:
    """Whether a constructor begins with that of its base, which needs none of what it is given but by the project."""
    init = one.methods.get("__init__")
    if init is None:
        return True
    first = init.body[1 if ast.get_docstring(init) is not None else 0 :][:1]
    call = first[0].value if first and isinstance(first[0], ast.Expr) else None
    if not isinstance(call, ast.Call) or not _is_super(call.func, "__init__") or call.args and not derives:
        return False
    rest = init.args.kwarg.arg if init.args.kwarg is not None else ""
    uses = [part for part in ast_nodes(init) if isinstance(part, ast.Name) and part.id == rest]
    passed = [keyword.value for keyword in call.keywords if keyword.arg is None]
    named = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    return uses == passed and (derives or named <= {"name"})


def _is_super(node: ast.expr, method: str) -> bool:
    called = node.value if isinstance(node, ast.Attribute) and node.attr == method else None
    return isinstance(called, ast.Call) and isinstance(called.func, ast.Name) and called.func.id == "super"


def _is_of_self(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _kept(node: ast.AST) -> Iterator[ast.expr]:
    """What becomes an attribute of ``self``, alone or in a list that is made there or begins empty."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and _is_of_self(node.targets[0]):
        value = node.value
        yield from (value.body, value.orelse) if isinstance(value, ast.IfExp) else [value]
        if isinstance(value, ast.List):
            yield from value.elts
        elif isinstance(value, ast.ListComp):
            yield value.elt
    elif isinstance(node, ast.FunctionDef):
        parts = ast_nodes(node)
        lists = {
            part.targets[0].attr
            for part in parts
            if isinstance(part, ast.Assign) and isinstance(part.value, (ast.List, ast.ListComp))
            if _is_of_self(part.targets[0])
        }
        yield from (item for part in parts for name, item in _appended(part) if name in lists)


def _appended(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is appended to a list that is an attribute of ``self``."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
        place = node.func.value
        if _is_of_self(place):
            yield from ((place.attr, argument) for argument in node.args)


def keep_order(nodes: list[ast.AST], made: Collection[int]) -> bool:
    """Whether modules find layers in the order in which Keras does; ``made`` are the calls that make them.

    Keras counts a layer of a list when it is put into it, a module when the list becomes an attribute.
    """
    kept = {id(value) for node in nodes for value in _kept(node)}
    pairs = (node for node in nodes if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple))
    unpacked = {id(node.value) for node in pairs}
    held = (node for node in nodes if id(node) not in unpacked)
    if any(id(item) in made and id(item) not in kept for node in held for item in _items(node)):
        return False
    return not any(_crosses(node) for node in nodes if isinstance(node, ast.FunctionDef))


def _crosses(function: ast.FunctionDef) -> bool:
    """Whether something becomes an attribute after a list was begun and before it is filled."""
    parts = ast_nodes(function)
    appended = [(item.lineno, name) for part in parts for name, item in _appended(part)]
    begun: dict[str, int] = {}
    for part in parts:
        if isinstance(part, ast.Assign) and isinstance(part.value, (ast.List, ast.ListComp)):
            begun.update((t.attr, part.lineno) for t in part.targets if _is_of_self(t))
    calls = [(p.lineno, "") for p in parts if isinstance(p, ast.Assign) and _holds_call(p)]
    return any(
        name != another and begun.get(name, 0) < other <= line
        for line, name in appended
        for other, another in (*calls, *appended)
    )


def _holds_call(node: ast.Assign) -> bool:
    """Whether an assignment makes an attribute by a call, or of a list of calls."""
    return any(map(_is_of_self, node.targets)) and any(isinstance(part, ast.Call) for part in ast_nodes(node.value))


def _items(node: ast.AST) -> Iterator[ast.AST]:
    """The items of what may be a container of layers outside of classes."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        yield from node.elts
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
        yield node.elt
    elif isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.DictComp):
        yield node.value
