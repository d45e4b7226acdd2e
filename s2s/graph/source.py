"""The record of a run as the text of a function: syntax trees, written by astor and laid out by black."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..dtypes import Dtype, dtype_name
from .dialects import DIALECTS, spelled
from .inner import Inner
from .literals import NoLiteral, call, literal, name, small_array
from .names import Names, described, identifier
from .program import Program
from .record import Node, is_array
from .syntax import BINARY, COMPARE, DOC, UNARY, add_parameter, assign, common_dtype, laid_out
from .trees import Step, children, is_named, is_record, leaves

_ALWAYS = 1 << 60
_MAKERS = frozenset("clone zeros ones full empty zeros_like ones_like full_like empty_like cat stack".split())
"""Functions and methods of PyTorch whose results are no views."""


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a module with one function, and the values that its names stand for."""

    module: str
    function: str
    constants: dict[str, Any]


@dataclass(slots=True)
class Parameter:
    """A parameter of the function: its name, the kind of parameter, and the nodes of the arrays that it holds."""

    name: str
    kind: Any
    paths: dict[Node, tuple[Step, ...]]


def text_of(
    program: Program,
    called: str,
    parameters: list[Parameter],
    dialect: str,
    known: Callable[[Any], str],
    doc: str,
    casts: bool = False,
) -> Text:
    """Write a program; ``known`` gives the user's name of a constant, '' when it has none.

    With ``casts`` operands of unlike dtypes are cast in the text, for frameworks whose operators do not.
    """
    return Writer(program, dialect, known, parameters, casts).module(identifier(called), doc)


def module_tree(
    definitions: Sequence[ast.stmt], dialect: str, imports: set[str], constants: dict[str, Any]
) -> ast.Module:
    """A module with imports, the types of the arrays that it is given, and definitions."""
    native = DIALECTS[dialect].array
    stated: list[ast.stmt] = [
        ast.AnnAssign(ast.Name(constant, ast.Store()), name(native), None, simple=1)
        for constant, value in constants.items()
        if is_array(value)
    ]
    first = ast.parse("\n".join([DIALECTS[dialect].imports, *sorted(imports)])).body
    return ast.fix_missing_locations(ast.Module([*first, *stated, *definitions], []))


@dataclass
class Writer:
    program: Program
    dialect: str
    known: Callable[[Any], str]
    parameters: list[Parameter]
    casts: bool = False
    variables: dict[Node, ast.expr] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    held: dict[int, str] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    converted: dict[Any, Any] = field(default_factory=dict)
    inner: dict[Inner, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = Names(set())
        self.assigned = set(self.program.assigned)
        self.places = {node: at for at, node in enumerate(self.program.assigned)}
        self.last: dict[Node, int] = {}
        for node in self.program.nodes:
            self._use(node, node, self.places.get(node))
        end = len(self.program.assigned)
        for leaf in leaves(self.program.output):
            if isinstance(leaf, Node):
                self._mark(leaf, end)

    def _use(self, node: Node, owner: Node, place: int | None) -> None:
        if place is not None:
            for source in owner.inputs():
                self._mark(source, place)

    def _mark(self, node: Node, place: int) -> None:
        """Note that statement ``place`` reads a node, or what a node that is written inside it reads."""
        if node in self.assigned or node.kind == "input":
            self.last[node] = max(self.last.get(node, -1), place)
        elif node not in self.program.folded:
            for source in node.inputs():
                self._mark(source, place)

    def module(self, called: str, doc: str) -> Text:
        function = self.definition(called, doc)
        tree = module_tree([function], self.dialect, self.imports, self.constants)
        return Text(laid_out(tree, doc), called, self.constants)

    def definition(self, called: str, doc: str = "") -> ast.FunctionDef:
        """The function itself."""
        body: list[ast.stmt] = [ast.Expr(ast.Constant(DOC))] if doc else []
        arguments = self.signature(called, body)
        for node in self.program.assigned:
            self.statement(node, body)
        body.append(ast.Return(self.output(self.program.output)))
        return ast.FunctionDef(called, arguments, body, [], None)

    def signature(self, called: str, body: list[ast.stmt]) -> ast.arguments:
        """The parameters; arrays that lie inside containers get variables at the top of the body."""
        self.names.reserve(called)
        found = ast.arguments([], [], None, [], [], None, [])
        native = name(DIALECTS[self.dialect].array)
        inner: list[tuple[Node, str, tuple[Step, ...]]] = []
        for parameter in self.parameters:
            direct = next((n for n, path in parameter.paths.items() if not path), None)
            until = max(self.last.get(direct, 0), 0) if direct is not None else _ALWAYS
            chosen = self.names.reserve(parameter.name, until)
            arg = ast.arg(chosen, native if direct is not None else None)
            add_parameter(found, arg, parameter.kind)
            for node, path in parameter.paths.items():
                if path:
                    inner.append((node, chosen, path))
                else:
                    self.variables[node] = name(chosen)
        for node, owner, path in inner:
            if node in self.last:
                wanted = _named(owner, path)
                chosen = self.names.reserve(wanted, self.last[node])
                body.append(assign(chosen, self.path(name(owner), path)))
                self.variables[node] = name(chosen)
        return found

    def path(self, node: ast.expr, path: tuple[Step, ...]) -> ast.expr:
        for kind, key in path:
            if kind == "attribute":
                node = ast.Attribute(node, key, ast.Load())
            else:
                node = ast.Subscript(node, self.value(key), ast.Load())
        return node

    def statement(self, node: Node, body: list[ast.stmt]) -> None:
        """Assign the value of a node to a variable, or its parts to one each."""
        place = self.places[node]
        if node.kind == "part" and node in self.variables:
            return
        if node in self.program.parts and len(self.program.parts[node]) > 1 and self.unpacks(node):
            return self.unpack(node, place, body)
        if node.kind == "nested":
            self.functions(node, body)
        expression = self.expression(node)
        chosen = self.names.take(self.wanted(node), place, self.last.get(node, place))
        if node.kind == "setitem" and self.dialect != "ivy":
            self.copy_and_set(node, expression, chosen, body)
        else:
            body.append(assign(chosen, expression))
        self.variables[node] = name(chosen)

    def wanted(self, node: Node) -> str:
        hint = self.program.hints.get(node)
        if not hint and node.kind == "setitem":
            base = self.variables.get(node.args[0])
            return base.id if isinstance(base, ast.Name) else "updated"
        return hint or described(node)

    def unpacks(self, node: Node) -> bool:
        inner = children(node.value)
        return inner is not None and isinstance(node.value, (tuple, list)) and len(inner) <= 8

    def functions(self, node: Node, body: list[ast.stmt]) -> None:
        """The functions that a node is given, before it."""
        for inner in node.args[0]:
            assert inner.arranged is not None
            writer = Writer(inner.arranged, self.dialect, self.known, [], self.casts)
            shared = (self.constants, self.held, self.imports, self.converted)
            writer.constants, writer.held, writer.imports, writer.converted = shared
            writer.variables.update((free, self.value(free)) for free in inner.free)
            taken = {
                leaf.id for free in inner.free for leaf in ast.walk(self.value(free)) if isinstance(leaf, ast.Name)
            }
            for used in (*taken, *self.constants):
                writer.names.reserve(used)
            self.inner[inner] = self.names.take(inner.name, self.places[node] - 1, self.places[node])
            body.append(writer.inner_definition(inner, self.inner[inner]))

    def inner_definition(self, inner: Inner, called: str) -> ast.FunctionDef:
        """A function inside another one; parameters of several arrays are unpacked."""
        self.names.reserve(called)
        arguments = ast.arguments([], [], None, [], [], None, [])
        body: list[ast.stmt] = []
        for parameter, nodes in inner.parameters:
            chosen = self.names.reserve(parameter)
            single = isinstance(nodes, Node)
            arguments.args.append(ast.arg(chosen, name(DIALECTS[self.dialect].array) if single else None))
            if single:
                self.variables[nodes] = name(chosen)
            elif nodes:
                names = [self.names.reserve(f"{parameter}_{at}") for at in range(len(nodes))]
                self.variables.update((node, name(key)) for node, key in zip(nodes, names, strict=True))
                targets: list[ast.expr] = [ast.Name(key, ast.Store()) for key in names]
                body.append(ast.Assign([ast.Tuple(targets, ast.Store())], name(chosen)))
        for node in self.program.assigned:
            self.statement(node, body)
        body.append(ast.Return(self.output(self.program.output)))
        return ast.FunctionDef(called, arguments, body, [], None)

    def nested_call(self, node: Node) -> ast.expr:
        """``lax.while_loop(condition, body, carry)`` and the like."""
        functions: list[ast.expr] = [name(self.inner[inner]) for inner in node.args[0]]
        args = list(node.args[2:])
        kwargs = {key: self.value(value) for key, value in node.kwargs.items()}
        if node.name.startswith(("torch.func.", "jax.vmap")):
            options = [*functions, *map(self.value, args[0])]
            return call(call(self.function(node.name), options, kwargs), [self.value(value) for value in args[1:]])
        if node.name in ("jax.lax.cond", "jax.lax.switch"):
            given: list[ast.expr] = functions if node.name == "jax.lax.cond" else [ast.List(functions, ast.Load())]
            return call(self.function(node.name), [self.value(args[0]), *given, *map(self.value, args[1:])], kwargs)
        return call(self.function(node.name), [*functions, *map(self.value, args)], kwargs)

    def unpack(self, node: Node, place: int, body: list[ast.stmt]) -> None:
        if node.kind == "nested":
            self.functions(node, body)
        expression = self.expression(node)
        by_key = {part.args[1]: part for part in self.program.parts[node]}
        targets: list[ast.expr] = []
        for step, _ in children(node.value) or []:
            part = by_key.get(step)
            if part is None:
                targets.append(ast.Name("_", ast.Store()))
                continue
            chosen = self.names.take(self.wanted(part), place, self.last.get(part, place))
            self.variables[part] = name(chosen)
            targets.append(ast.Name(chosen, ast.Store()))
        body.append(ast.Assign([ast.Tuple(targets, ast.Store())], expression))

    def copy_and_set(self, node: Node, base: ast.expr, chosen: str, body: list[ast.stmt]) -> None:
        """PyTorch: a copy with an item assigned; what was copied just before is changed itself."""
        source, key, value = node.args
        fresh = self.is_fresh(node)
        is_same = isinstance(base, ast.Name) and base.id == chosen
        if not (fresh and is_same):
            body.append(
                assign(
                    chosen,
                    (base if fresh else call(ast.Attribute(base, DIALECTS[self.dialect].copy, ast.Load()), [])),
                )
            )
        target = ast.Subscript(name(chosen), self.index(key), ast.Store())
        body.append(ast.Assign([target], self.value(value)))

    def is_fresh(self, node: Node) -> bool:
        """Whether the array whose item is set has memory of its own that nothing else uses afterwards."""
        source = node.args[0]
        if not isinstance(source, Node) or source in self.program.folded:
            return False
        place = self.places[node]
        others = [user for user in self.program.users[source] if user is not node]
        made = source.kind in ("setitem", "operator") or source.name.rpartition(".")[2] in _MAKERS
        if not made or source.name in ("pos", "pow"):
            return False
        return all(self.done(user, place) and self.harmless(user) for user in others)

    def done(self, user: Node | None, place: int) -> bool:
        """Whether a use of a value is evaluated in or before a statement."""
        if user is None:
            return False
        if user in self.places:
            return self.places[user] <= place
        return all(self.done(other, place) for other in self.program.users.get(user, [None]))

    def harmless(self, user: Node | None) -> bool:
        """Whether a use of a value keeps no view of its memory."""
        if user is None or user.kind not in ("operator", "item"):
            return False
        users = self.program.users.get(user, [])
        return user.kind == "operator" or all(u is not None and u.kind == "operator" for u in users)

    def expression(self, node: Node) -> ast.expr:
        """The operation of a node as an expression."""
        if node.kind == "part":
            return self.path(self.value(node.args[0]), (node.args[1],))
        if node.kind == "setitem":
            base, key, value = node.args
            if self.dialect != "ivy":
                return self.value(base)
            plain = self.value(base)
            plain = plain if self.is_fresh(node) else call(name("ivy.clone"), [plain])
            return call(name("ivy.setitem"), [plain, self.value(key), self.value(value)])
        if node.kind == "item":
            return ast.Subscript(self.value(node.args[0]), self.index(node.args[1]), ast.Load())
        if node.kind == "operator":
            return self.operator(node)
        if node.kind == "update":
            return self.update(node)
        if node.kind == "nested":
            return self.nested_call(node)
        args = [self.value(value) for value in node.args]
        kwargs = {key: self.value(value) for key, value in node.kwargs.items()}
        if node.kind == "attribute":
            return ast.Attribute(args[0], node.name, ast.Load())
        if node.kind == "method":
            return call(ast.Attribute(args[0], node.name, ast.Load()), args[1:], kwargs)
        return call(self.function(node.name), args, kwargs)

    def update(self, node: Node) -> ast.expr:
        """``x.at[key].set(value)``."""
        at = ast.Attribute(self.value(node.args[0]), "at", ast.Load())
        place = ast.Subscript(at, self.index(node.args[1]), ast.Load())
        kwargs = {key: self.value(value) for key, value in node.kwargs.items()}
        return call(
            ast.Attribute(place, node.name, ast.Load()),
            [self.value(v) for v in node.args[2:]],
            kwargs,
        )

    def function(self, dotted: str) -> ast.expr:
        short, needed = spelled(dotted)
        if needed:
            self.imports.add(needed)
        return name(short)

    def operator(self, node: Node) -> ast.expr:
        args = [self.operand(value, node) for value in node.args]
        if node.name in BINARY:
            return ast.BinOp(args[0], BINARY[node.name](), args[1])
        if node.name in COMPARE:
            return ast.Compare(args[0], [COMPARE[node.name]()], [args[1]])
        if node.name in UNARY:
            return ast.UnaryOp(UNARY[node.name](), args[0])
        return call(name("abs"), args)

    def operand(self, value: Any, node: Node) -> ast.expr:
        """An operand, cast to the dtype that the operation computes in when that is asked for."""
        written = self.value(value)
        wanted = common_dtype(node) if self.casts else ""
        own = value.value if isinstance(value, Node) else value
        if not wanted or not is_array(own) or dtype_name(own.dtype) == wanted:
            return written
        dtype = literal(Dtype(wanted), self.dialect)
        if self.dialect == "ivy":
            return call(name("ivy.astype"), [written, dtype])
        return call(ast.Attribute(written, DIALECTS[self.dialect].cast, ast.Load()), [dtype])

    def index(self, key: Any) -> ast.expr:
        """A subscript's key, with slices written as such."""
        if type(key) is slice:
            parts = [None if part is None else self.value(part) for part in (key.start, key.stop, key.step)]
            return ast.Slice(*parts)
        if type(key) is tuple and key:
            return ast.Tuple([self.index(item) for item in key], ast.Load())
        return self.value(key)

    def value(self, value: Any) -> ast.expr:
        """An argument: a variable, a nested expression, a literal, a container of them, or a constant."""
        if isinstance(value, Node):
            if value in self.variables:
                return self.variables[value]
            return self.constant(value.value) if value in self.program.folded else self.expression(value)
        if type(value) is slice:
            parts = (value.start, value.stop) if value.step is None else (value.start, value.stop, value.step)
            return call(name("slice"), [self.value(part) for part in parts])
        if isinstance(value, tuple) and not is_named(value) or type(value) is list:
            kind = ast.List if type(value) is list else ast.Tuple
            items = map(_plain_size, value) if type(value) is tuple or self.dialect == "jax" else value
            return kind([self.value(item) for item in items], ast.Load())
        if type(value) is dict:
            return ast.Dict([self.value(key) for key in value], [self.value(item) for item in value.values()])
        return self.constant(value)

    def constant(self, value: Any) -> ast.expr:
        """A literal, a small array written out, or the name of a value that the graph holds."""
        value = self.own_array(value)
        if id(value) not in self.held:
            try:
                return literal(value, self.dialect)
            except NoLiteral:
                pass
        known = self.known(value)
        if not known and id(value) not in self.held:
            try:
                return small_array(value, self.dialect)
            except NoLiteral:
                pass
        if id(value) not in self.held:
            chosen = self.names.reserve(known or ("constant" if is_array(value) else type(value).__name__))
            self.held[id(value)] = chosen
            self.constants[chosen] = value
        return name(self.held[id(value)])

    def own_array(self, value: Any) -> Any:
        """A constant as the framework has it: JAX makes its own arrays of NumPy's. Equal ones of these are one."""
        if self.dialect != "jax" or type(value).__module__ != "numpy" or not is_array(value):
            return value
        import jax.numpy as jnp

        new = jnp.asarray(value)
        key = (new.shape, new.dtype.name, new.tobytes())
        return self.converted.setdefault(key, new)

    def output(self, value: Any) -> ast.expr:
        """What the function returns: containers are built again."""
        whole = self.whole(value)
        if whole is not None:
            return self.value(whole)
        if is_named(value):
            args = [self.output(item) for item in value]
            if hasattr(value, "_fields"):
                return call(self.container(value), args)
            return call(name(f"torch.return_types.{type(value).__name__}"), [ast.Tuple(args, ast.Load())])
        if is_record(value):
            fields = {step[1]: self.output(item) for step, item in children(value) or []}
            return call(self.container(value), [], fields)
        inner = children(value)
        if inner is None:
            return self.value(value)
        if type(value) in (tuple, list):
            kind = ast.Tuple if type(value) is tuple else ast.List
            return kind([self.output(item) for _, item in inner], ast.Load())
        items = ast.Dict([self.value(key) for key in value], [self.output(item) for _, item in inner])
        return items if type(value) is dict else call(self.container(value), [items])

    def whole(self, value: Any) -> Node | None:
        """The node whose result a container is, part by part."""
        inner = children(value)
        if not inner or not all(isinstance(item, Node) and item.kind == "part" for _, item in inner):
            return None
        parent = inner[0][1].args[0]
        same = all(item.args == (parent, step) for step, item in inner)
        unused = parent not in self.variables and not any(item in self.variables for _, item in inner)
        return parent if same and unused and type(parent.value) is type(value) else None

    def container(self, value: Any) -> ast.expr:
        kind = type(value)
        if id(kind) not in self.held:
            chosen = self.names.reserve(kind.__name__)
            self.held[id(kind)] = chosen
            self.constants[chosen] = kind
        return name(self.held[id(kind)])


def _plain_size(value: Any) -> Any:
    """Sizes, axes and places that NumPy computed are written as Python's numbers."""
    return int(value) if type(value).__module__ == "numpy" and type(value).__name__.startswith("int") else value


def _named(owner: str, path: tuple[Step, ...]) -> str:
    """A name for what lies at a path in an argument."""
    key = path[-1][1]
    return key if isinstance(key, str) else f"{owner}_{key}"
