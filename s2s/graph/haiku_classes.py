"""The text of a module for a recorded function of Haiku: a class for each kind of module, used as often as it repeats.

Modules of one class that are written alike but for plain values become one class with these values as arguments.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .haiku_record import Entangled, Member, Run
from .haiku_text import (
    MethodWriter,
    arranged,
    attribute_names,
    called_in,
    default_name,
    haiku_snake,
    labels,
    layer_call,
    used,
    with_given,
)
from .literals import call, name
from .names import identifier
from .program import Program
from .source import Text, module_tree
from .syntax import assign, laid_out


@dataclass(eq=False, slots=True)
class Kind:
    """A class of the text: its name, its parameters, and their values for each module."""

    name: str
    parameters: list[str] = field(default_factory=list)
    values: dict[Member, list[Any]] = field(default_factory=dict)


class Classes:
    """Writes the classes of the modules that a run needs, those first that others are made of."""

    def __init__(self, root: Run, called: str, known: Callable[[Any], str]) -> None:
        self.root, self.called, self.known = root, called, known
        self.programs: dict[Run, Program] = {}
        self.kinds: dict[Member, Kind] = {}
        self.imports = {"import haiku as hk"}
        self.constants: dict[str, Any] = {}
        self.held: dict[int, str] = {}
        self.converted: dict[Any, Any] = {}
        self.definitions: list[ast.stmt] = []
        self.names = {called, "hk", "jax", "jnp", "lax"}

    def text(self) -> Text:
        heights: dict[Member, int] = {}
        self.measure(self.root, heights)
        for height in range(1, max(heights.values(), default=0) + 1):
            self.write_kinds([member for member, found in heights.items() if found == height])
        self.definitions.append(self.method(self.root, self.called, {}))
        tree = module_tree(self.definitions, "jax", self.imports, self.constants)
        return Text(laid_out(tree, ""), self.called, self.constants)

    def program(self, run: Run) -> Program:
        if run not in self.programs:
            self.programs[run] = arranged(run)
        return self.programs[run]

    def measure(self, run: Run, heights: dict[Member, int]) -> int:
        """How many classes deep a run goes; layers of Haiku need no class."""
        deepest = 0
        for member in used(self.program(run)):
            if member.arguments is not None:
                continue
            if member not in heights:
                heights[member] = 0
                inner = [self.measure(runs[0], heights) for runs in member.runs.values()]
                heights[member] = 1 + max(inner, default=0)
            deepest = max(deepest, heights[member])
        return deepest

    def method(self, run: Run, called: str, attributes: dict[Member, str]) -> ast.FunctionDef:
        found = self.program(run)
        writer = MethodWriter(
            program=found,
            dialect="jax",
            known=self.known,
            parameters=run.parameters,
            constants=self.constants,
            held=self.held,
            converted=self.converted,
            imports=self.imports,
            run=run,
            made=self.making,
            attributes=dict(attributes),
            usual_name=self.usual_name,
        )
        return writer.method(called)

    def usual_name(self, member: Member) -> str:
        return default_name(member) if member.arguments is not None else haiku_snake(self.kinds[member].name)

    def making(self, writer: MethodWriter, member: Member, label: str) -> ast.expr:
        """The call that makes a module."""
        if member.arguments is not None:
            return layer_call(writer, member, label)
        kind = self.kinds[member]
        values = [copy.copy(value) for value in kind.values[member]]
        kwargs = dict(zip(kind.parameters, values, strict=True)) if len(values) > 1 else {}
        for key, value in zip(kind.parameters, values, strict=True):
            value.hint = key  # type: ignore[attr-defined]
        if label:
            kwargs["name"] = _label(label)
        return call(name(kind.name), [] if len(values) > 1 else values, kwargs)

    def write_kinds(self, members: list[Member]) -> None:
        groups: dict[tuple[type, str], list[tuple[Member, ast.ClassDef]]] = {}
        for member in members:
            written = self.definition(member)
            groups.setdefault((type(member.module), _shape(written)), []).append((member, written))
        for (kind, _), group in groups.items():
            found = Kind(self.free(kind.__name__))
            self.definitions.append(_with_parameters(found, group))
            self.kinds.update((member, found) for member, _ in group)

    def free(self, wanted: str) -> str:
        base, number = identifier(wanted), 1
        found = base
        while found in self.names:
            number += 1
            found = f"{base}{number}"
        self.names.add(found)
        return found

    def definition(self, member: Member) -> ast.ClassDef:
        """The class of one module, with its values written out."""
        reached = {m for runs in member.runs.values() for run in runs for m in used(self.program(run))}
        children = [child for child in member.made if child in reached]
        given = Counter(m for child in children for m in with_given(child)[:-1])
        direct = {m for runs in member.runs.values() for run in runs for m in called_in(self.program(run))}
        kept = [child for child in children if child in direct or given[child] > 1]
        attributes = attribute_names(member, kept)
        first = Run(member, "__init__", self.root.recorder)
        maker = MethodWriter(
            program=Program([], None),
            dialect="jax",
            known=self.known,
            parameters=[],
            constants=self.constants,
            held=self.held,
            converted=self.converted,
            imports=self.imports,
            run=first,
            made=self.making,
            labels=labels(children, self.usual_name) or {},
        )
        start: list[ast.stmt] = list(ast.parse("super().__init__(name=name)").body)
        for child in kept:
            start.append(assign(f"self.{attributes[child]}", self.making(maker, child, maker.labels[child])))
            maker.attributes[child] = attributes[child]
        arguments = ast.arguments([], [ast.arg("self"), ast.arg("name")], None, [], [], None, [ast.Constant(None)])
        methods: list[ast.stmt] = [ast.FunctionDef("__init__", arguments, start, [], None)]
        for called, runs in member.runs.items():
            texts = [self.method(run, called, attributes) for run in runs]
            if any(ast.dump(text) != ast.dump(texts[0]) for text in texts[1:]):
                kind = type(member.module)
                raise Entangled(kind, f"{kind.__name__}: its calls of {called} compute different things")
            methods.append(texts[0])
        return ast.ClassDef("", [name("hk.Module")], [], methods, [])


def _label(text: str) -> ast.Constant:
    found = ast.Constant(text)
    found.hint = "layer_name"  # type: ignore[attr-defined]
    return found


def _constants(tree: ast.ClassDef) -> Iterator[tuple[ast.Constant, bool]]:
    """The constants of a class, and whether they stand in its constructor; not the default of ``name``."""
    for method in tree.body:
        assert isinstance(method, ast.FunctionDef)
        for statement in method.body:
            found = (node for node in ast.walk(statement) if isinstance(node, ast.Constant))
            yield from ((node, method.name == "__init__") for node in found)


def _shape(tree: ast.ClassDef) -> str:
    """The text of a class without its constants."""
    plain = copy.deepcopy(tree)
    for node, _ in _constants(plain):
        node.value = None
    return ast.dump(plain)


def _with_parameters(kind: Kind, group: list[tuple[Member, ast.ClassDef]]) -> ast.ClassDef:
    """The class of several modules, with the constants in which they differ as arguments of the constructor."""
    first = group[0][1]
    first.name = kind.name
    columns = zip(*(_constants(tree) for _, tree in group), strict=True)
    names: dict[tuple[Any, ...], str] = {}
    kept: dict[str, bool] = {}
    replaced: dict[int, ast.expr] = {}
    for column in columns:
        node, in_constructor = column[0]
        values = tuple((type(item.value), repr(item.value)) for item, _ in column)
        if len(set(values)) == 1:
            continue
        if values not in names:
            hint = getattr(node, "hint", "") or _attribute(column, [member for member, _ in group])
            names[values] = _free(hint or "value", first, names)
            for (member, _), (item, _) in zip(group, column, strict=True):
                kind.values.setdefault(member, []).append(ast.Constant(item.value))
        kept[names[values]] = kept.get(names[values], False) or not in_constructor
        replaced[id(node)] = name(names[values] if in_constructor else f"self.{names[values]}")
    kind.parameters = list(names.values())
    for member, _ in group:
        kind.values.setdefault(member, [])
    found = _Replace(replaced).visit(first)
    constructor = found.body[0]
    constructor.args.args[1:1] = [ast.arg(parameter) for parameter in kind.parameters]
    constructor.body[1:1] = [assign(f"self.{key}", name(key)) for key, value in kept.items() if value]
    return found


def _attribute(column: tuple[Any, ...], members: list[Member]) -> str:
    """The attribute in which the modules themselves have the values, '' when there is none."""
    pairs = [(vars(member.module), item.value) for member, (item, _) in zip(members, column, strict=True)]
    for key in pairs[0][0]:
        if not key.startswith("_") and all(type(own.get(key)) is type(v) and own[key] == v for own, v in pairs):
            return key
    return ""


def _free(hint: str, tree: ast.ClassDef, names: dict[Any, str]) -> str:
    """A name for a parameter that is no attribute or variable of the class yet."""
    taken = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    taken |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    taken |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} | set(names.values())
    base, number = identifier(hint), 1
    found = base
    while found in taken:
        number += 1
        found = f"{base}_{number}"
    return found


class _Replace(ast.NodeTransformer):
    def __init__(self, replaced: dict[int, ast.expr]) -> None:
        self.replaced = replaced

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return self.replaced.get(id(node), node)
