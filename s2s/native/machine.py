"""A model built and run on paper: statements, with both sides of conditions that are not known."""

from __future__ import annotations

import ast
from collections.abc import Hashable
from dataclasses import dataclass, field

from .declarations import Declarations
from .edits import Blocked, Edits
from .knowledge import Knowledge
from .orders import as_image
from .values import (
    HOST,
    OUTSIDE,
    UNKNOWN,
    Arg,
    Args,
    Array,
    Const,
    Container,
    Function,
    Items,
    Mapping,
    Native,
    Object,
    Sequence,
    Site,
    Union,
    Value,
    has_image,
    options,
    truth,
    union,
)

MOST_STEPS = 400_000
MOST_DEPTH = 80
MOST_REPEATS = 4
MOST_TURNS = 128


@dataclass
class Frame:
    """A function that runs: its module, its names, the class it belongs to and what it returned so far."""

    module: str
    names: dict[str, Value]
    owner: str = ""
    outer: dict[str, Value] | None = None
    node: ast.AST | None = None
    returns: list[Value] = field(default_factory=list)
    ranks: frozenset[int] = frozenset()  # numbers of axes of the images that it got
    exits: list[dict[str, Value]] = field(default_factory=list)


@dataclass
class Machine:
    """The state of an analysis: objects on the heap carry under which conditions they were made."""

    declarations: Declarations
    knowledge: Knowledge
    edits: Edits
    path: tuple[int, ...] = ()
    branches: int = 0
    steps: int = 0
    stack: list[ast.AST] = field(default_factory=list)
    native_layers: int = 0
    is_built: bool = False
    made: dict[int, tuple[int, ...]] = field(default_factory=dict)
    kept: list[object] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    observed: dict[str, list[dict[str, Value]]] = field(default_factory=dict)
    visited: set[ast.AST] = field(default_factory=set)
    globals: dict[str, Value] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)
    takes_image: bool | None = None
    unknown: set[tuple[str, ast.AST]] = field(default_factory=set)
    results: dict[Hashable, Value] = field(default_factory=dict)

    # Objects and the conditions under which they are made and changed

    def new(self, value):
        """Remember under which conditions a changeable object was made."""
        self.made[id(value)] = self.path
        self.kept.append(value)  # ids are only good while the object lives
        return value

    def surely(self, value: Value) -> bool:
        """Whether a change of an object happens whenever the object exists."""
        return self.made.get(id(value), ())[: len(self.path)] == self.path

    def meets(self, value: Array) -> None:
        """The first layer for images tells whether what the model gets is one."""
        if self.takes_image is None:
            self.takes_image = value.image

    def append(self, held: Sequence | Container, values: list[Value], exact: bool = True) -> None:
        """Add elements to a list or a container."""
        held.items.extend(values)
        held.exact = held.exact and exact and self.surely(held)

    def set_attribute(self, frame: Frame, owner: Value, name: str, value: Value) -> None:
        """``owner.name = value``."""
        for option in options(owner):
            if isinstance(option, Object):
                sure = self.surely(option) and not isinstance(owner, Union)
                old = option.attributes.get(name)
                option.attributes[name] = value if sure or old is None else union([old, value])
            elif has_image(value):
                raise Blocked(frame.module, frame.node, "an image is stored where it cannot be followed")

    # Statements. A block says whether it is left at its end.

    def block(self, frame: Frame, body: list[ast.stmt]) -> bool:
        """Run statements; False when every way through them returns, raises or leaves a loop."""
        return all(self.statement(frame, node) for node in body)

    def statement(self, frame: Frame, node: ast.stmt) -> bool:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise Blocked(frame.module, node, "the model is too large to be followed")
        frame.node = node
        handler = getattr(self, "_" + type(node).__name__.lower(), None)
        if handler is None:
            raise Blocked(frame.module, node, f"a statement of this sort ({type(node).__name__}) is not followed")
        return handler(frame, node)

    def _pass(self, frame: Frame, node: ast.stmt) -> bool:
        return True

    _import = _importfrom = _global = _nonlocal = _pass

    def _expr(self, frame: Frame, node: ast.Expr) -> bool:
        if not isinstance(node.value, ast.Constant):
            self.value(frame, node.value)
        return True

    def _assert(self, frame: Frame, node: ast.Assert) -> bool:
        self.value(frame, node.test)
        return True

    def _raise(self, frame: Frame, node: ast.Raise) -> bool:
        return False

    def _return(self, frame: Frame, node: ast.Return) -> bool:
        if node.value is None:
            frame.returns.append(Const(None))
        else:
            frame.returns.append(self._returned(frame, node.value))
        return False

    def _returned(self, frame: Frame, node: ast.expr) -> Value:
        """What is returned: an image where an image was got and reshaped to as many axes."""
        value = self.value(frame, node)
        found = []
        for option in options(value):
            if isinstance(option, Array) and option.shaped and option.rank in frame.ranks:
                found.append(as_image(self.edits, frame.module, Arg(option, node), option.rank, node))
            else:
                self.edits.record(frame.module, node, "order")
                found.append(option)
        return union(found)

    def _delete(self, frame: Frame, node: ast.Delete) -> bool:
        return True

    def _functiondef(self, frame: Frame, node: ast.FunctionDef) -> bool:
        frame.names[node.name] = Function(frame.module, node, {**(frame.outer or {}), **frame.names}, frame.owner)
        return True

    def _assign(self, frame: Frame, node: ast.Assign) -> bool:
        value = self.value(frame, node.value)
        for target in node.targets:
            self.assign(frame, target, value, node.value)
        return True

    def _annassign(self, frame: Frame, node: ast.AnnAssign) -> bool:
        if node.value is not None:
            self.assign(frame, node.target, self.value(frame, node.value), node.value)
        return True

    def _augassign(self, frame: Frame, node: ast.AugAssign) -> bool:
        left, right = self.value(frame, node.target), self.value(frame, node.value)
        if isinstance(left, (Sequence, Container)) and isinstance(right, (Sequence, Container)):
            self.append(left, right.items, right.exact)
            return True
        args = [Arg(left), Arg(right, node.value)]
        self.assign(frame, node.target, self.operate(frame, node, node.op, args), node.value)
        return True

    def _with(self, frame: Frame, node: ast.With) -> bool:
        for item in node.items:
            self.value(frame, item.context_expr)
            if item.optional_vars is not None:
                self.assign(frame, item.optional_vars, HOST, item.context_expr)
        return self.block(frame, node.body)

    def _try(self, frame: Frame, node: ast.Try) -> bool:
        blocks = [[*node.body, *node.orelse], *([*handler.body] for handler in node.handlers)]
        left = self._one_of(frame, blocks)
        return self.block(frame, node.finalbody) and left

    def _if(self, frame: Frame, node: ast.If) -> bool:
        known = truth(self.value(frame, node.test))
        if known is not None:
            return self.block(frame, node.body if known else node.orelse)
        narrowed = self.narrowed(frame, node.test)
        return self._one_of(frame, [node.body, node.orelse], narrowed)

    def _one_of(self, frame: Frame, blocks: list[list[ast.stmt]], narrowed=((), ())) -> bool:
        """Run one of several blocks, it is not known which."""
        before, after, outer = dict(frame.names), [], self.path
        for number, body in enumerate(blocks):
            self.branches += 1
            self.path = (*outer, self.branches)
            frame.names = before | dict(narrowed[number] if number < len(narrowed) else ())
            if self.block(frame, body):
                after.append(frame.names)
        self.path = outer
        frame.names = joined(after) if after else before
        return bool(after)

    def _break(self, frame: Frame, node: ast.stmt) -> bool:
        frame.exits.append(dict(frame.names))
        return False

    _continue = _break

    def _while(self, frame: Frame, node: ast.While) -> bool:
        self.value(frame, node.test)
        return self._repeated(frame, node, lambda: None)

    def _for(self, frame: Frame, node: ast.For) -> bool:
        source = self.iterated(frame, self.value(frame, node.iter), node.iter)
        if isinstance(source, Items):
            return self._repeated(frame, node, lambda: self.assign(frame, node.target, source.item, node.iter))
        if len(source.items) > MOST_TURNS:
            raise Blocked(frame.module, node, "a loop has too many turns to be followed")
        exits, frame.exits = frame.exits, []
        for item in source.items:
            before = dict(frame.names)
            self.assign(frame, node.target, item, node.iter)
            after = [frame.names] if self._maybe(frame, node.body, source.exact) else []
            after += frame.exits + ([] if source.exact else [before])
            frame.exits = []
            if not after:
                frame.exits = exits
                return False
            frame.names = joined(after)
        frame.exits = exits
        return self.block(frame, node.orelse)

    def _maybe(self, frame: Frame, body: list[ast.stmt], surely: bool) -> bool:
        """Run a block that may not run."""
        if surely:
            return self.block(frame, body)
        outer = self.path
        self.branches += 1
        self.path = (*outer, self.branches)
        left = self.block(frame, body)
        self.path = outer
        return left

    def _repeated(self, frame: Frame, node: ast.For | ast.While, start) -> bool:
        """Run a loop whose number of turns is not known until nothing new is learned."""
        exits, frame.exits = frame.exits, []
        for _ in range(4):
            before = dict(frame.names)
            start()
            after = [frame.names] if self._maybe(frame, node.body, False) else []
            frame.names = joined([before, *after, *frame.exits])
            frame.exits = []
            if _known(before) == _known(frame.names):
                frame.exits = exits
                return self.block(frame, node.orelse)
        raise Blocked(frame.module, node, "what a loop does to its values is not known")

    # Names, attributes and items that are set

    def assign(self, frame: Frame, target: ast.expr, value: Value, source: ast.expr) -> None:
        """Bind what an assignment or a loop sets."""
        if isinstance(target, ast.Name):
            frame.names[target.id] = value
        elif isinstance(target, ast.Attribute):
            self.set_attribute(frame, self.value(frame, target.value), target.attr, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self.unpack(frame, target, value, source)
        elif isinstance(target, ast.Starred):
            self.assign(frame, target.value, value, source)
        elif isinstance(target, ast.Subscript):
            self.set_item(frame, target, value)

    def set_item(self, frame: Frame, target: ast.Subscript, value: Value) -> None:
        """``owner[key] = value``."""
        owner = self.value(frame, target.value)
        key = self.value(frame, target.slice)
        if has_image(owner) or has_image(value):
            raise Blocked(frame.module, target, "part of an image is written, or an image is stored in a container")
        if isinstance(owner, Mapping) and isinstance(key, Const):
            old = owner.items.get(key.value)
            owner.items[key.value] = value if old is None or self.surely(owner) else union([old, value])
        elif isinstance(owner, Container) and owner.op == "ModuleDict":
            self.append(owner, [value])
            owner.keys.append(key.value if isinstance(key, Const) else None)
        elif isinstance(owner, (Sequence, Container)):
            owner.items.append(value)
            owner.exact = False

    # What the parts of the machine that are in other files do

    def value(self, frame: Frame, node: ast.expr) -> Value:
        """The value of an expression."""
        from .expressions import evaluate

        self.steps += 1
        return evaluate(self, frame, node)

    def unpack(self, frame: Frame, target: ast.Tuple | ast.List, value: Value, source: ast.expr) -> None:
        from .shapes import unpack

        unpack(self, frame, target, value, source)

    def operate(self, frame: Frame, node: ast.AST, op: ast.AST, args: list[Arg]) -> Value:
        from .arrays import operate

        return operate(self, frame, node, op, args)

    def iterated(self, frame: Frame, value: Value, node: ast.expr) -> Sequence | Items:
        from .containers import iterated

        return iterated(self, frame, value, node)

    def call(self, frame: Frame, func: Value, args: Args, node: ast.AST) -> Value:
        """The result of a call."""
        from .calls import call

        return call(self, frame, func, args, node)

    def narrowed(self, frame: Frame, test: ast.expr):
        """Names whose value is known better where a condition holds, and where it does not."""
        if (
            isinstance(test, ast.Compare)
            and isinstance(test.left, ast.Name)
            and isinstance(test.ops[0], (ast.Is, ast.IsNot))
            and isinstance(test.comparators[0], ast.Constant)
            and test.comparators[0].value is None
            and test.left.id in frame.names
        ):
            held = frame.names[test.left.id]
            rest = [option for option in options(held) if option != Const(None)]
            sides = ({test.left.id: Const(None)}.items(), {test.left.id: union(rest)}.items() if rest else ())
            return sides if isinstance(test.ops[0], ast.Is) else sides[::-1]
        if isinstance(test, ast.Name) and test.id in frame.names:
            rest = [option for option in options(frame.names[test.id]) if option != Const(None)]
            return ({test.id: union(rest)}.items() if rest else (), ())
        return ((), ())


def joined(names: list[dict[str, Value]]) -> dict[str, Value]:
    """The names after one of several ways."""
    if len(names) == 1:
        return names[0]
    keys = dict.fromkeys(key for each in names for key in each)
    return {key: union(each[key] for each in names if key in each) for key in keys}


def _known(names: dict[str, Value]) -> dict[str, frozenset]:
    """What is known of each name, in a form that can be compared."""
    return {key: frozenset(_sort(option) for option in options(value)) for key, value in names.items()}


def _sort(value: Value):
    if isinstance(value, (Array, Const, Native, Site)) or value in (HOST, OUTSIDE, UNKNOWN):
        return value
    return type(value).__name__, getattr(value, "cls", getattr(value, "op", ""))
