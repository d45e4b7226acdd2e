"""What a traced run leaves behind: a node for each operation, in the order in which they ran."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import wraps
from typing import Any, ClassVar

from ...exceptions import DataDependent, IvyError, NotTraceable
from ..backend import of_type
from ..dtypes import Array, dtype_name
from .proxy import Traced, proxy
from .sites import Site, here
from .trees import children, leaves, mapped, rebuilt

IDENTITIES = frozenset(
    "asarray array tensor astype to contiguous float type type_as dropout dropout1d dropout2d dropout3d alpha_dropout"
    " feature_dropout clone_if_needed ascontiguousarray".split()
)
"""Operations that may return what they are given whatever its shape is."""
_KEPT = frozenset("stop_gradient detach requires_grad_ set_requires_grad checkpoint".split())


class Level(IntEnum):
    """What a value depends on; that of a result is the highest of what it is made of."""

    CONSTANT = 0
    SHAPE = 1
    PARAMETER = 2
    DATA = 3


@dataclass(eq=False, slots=True)
class Node:
    """One operation. ``args`` and ``kwargs`` hold nodes, arrays (constants) and plain values.

    ``kind`` is ``input``, ``call`` (a function by its full name), ``method``, ``attribute``, ``operator``, ``item``,
    ``setitem`` (a copy with an item changed) or ``part`` (of the result of another node).
    """

    is_leaf_of_trees: ClassVar[bool] = True

    kind: str
    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    level: Level = Level.CONSTANT
    random: bool = False
    site: Site | None = None
    value: Any = None

    def inputs(self) -> list[Node]:
        """The nodes that this one uses, each as often as it does."""
        return [leaf for leaf in leaves((self.args, self.kwargs)) if isinstance(leaf, Node)]


def computes(function: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a recorder, or a function whose first argument is one, that is not recorded itself."""

    @wraps(function)
    def quiet(recorder: Recorder, *args: Any, **kwargs: Any) -> Any:
        active = recorder.active
        before, recorder.busy, active.busy = (recorder.busy, active.busy), True, True
        try:
            return function(recorder, *args, **kwargs)
        finally:
            recorder.busy, active.busy = before

    return quiet


class Recorder:
    """The record of one run. ``framework`` computes the values; ``dialect`` is the one that calls are named in."""

    def __init__(self, framework: str, dialect: str, freeze: bool = False) -> None:
        self.framework = framework
        self.dialect = dialect
        self.freeze = freeze
        self.nodes: list[Node] = []
        self.findings: list[str] = []
        self.failure: IvyError | None = None
        self.shapes_read = False
        self.dtypes_read = False
        self.gradients = True
        self.busy = False
        self.replayed: Site | None = None
        self.mutable = framework in ("torch", "numpy")
        self.inner: Recorder | None = None

    @property
    def active(self) -> Recorder:
        """The record of the innermost function that runs."""
        return self if self.inner is None else self.inner.active

    def site(self) -> Site | None:
        """Where the user's code is: the place that ``replayed`` says while operations are repeated."""
        return self.replayed or here()

    def read_shape(self, shape: Any) -> Any:
        """What the shape of a proxy is for the code that asks."""
        self.shapes_read = True
        return shape

    def input(self, name: str, value: Any) -> Traced:
        """A proxy for an argument, or for what lies at a path in one."""
        return proxy(value, self.add(Node("input", name, level=Level.DATA, value=value)), self)

    def add(self, node: Node) -> Node:
        self.nodes.append(node)
        return node

    def note(self, message: str, site: Site | None = None) -> None:
        """Add to the list of warnings, once."""
        text = f"{message}\n  at {site}" if site is not None else message
        if text not in self.findings:
            self.findings.append(text)

    def level(self, values: Any) -> Level:
        """What these arguments depend on."""
        found = Level.CONSTANT
        for leaf in leaves(values):
            if isinstance(leaf, Traced):
                found = max(found, leaf.node.level)
            elif getattr(leaf, "requires_grad", False) is True and not isinstance(leaf, type):
                found = max(found, Level.PARAMETER)
        return found

    def record(
        self,
        kind: str,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        result: Any,
        random: bool = False,
        highest: Level = Level.DATA,
    ) -> Any:
        """Note an operation and give its result with proxies in place of its arrays."""
        if self.inner is not None:
            return self.inner.record(kind, name, args, kwargs, result, random, highest)
        level = Level.DATA if random else min(highest, self.level((args, kwargs)))
        if not random and level > Level.CONSTANT and isinstance(result, Array):
            same = self._identity(name, (args, kwargs), result)
            if same is not None:
                return same
        node = self.add(Node(kind, name, noded(args), noded(kwargs), level, random, self.site(), result))
        return self.wrapped(node, result, (args, kwargs))

    def _identity(self, name: str, given: Any, result: Any) -> Traced | None:
        """The proxy of the array that an operation returned as it was given."""
        short = name.rpartition(".")[2]
        for leaf in leaves(given) if short not in _KEPT else ():
            if isinstance(leaf, Traced) and leaf.value is result:
                self.dtypes_read = True
                self.shapes_read |= short not in IDENTITIES
                return leaf
        return None

    def wrapped(self, node: Node, result: Any, given: Any = ()) -> Any:
        """The result of a node with a proxy for each array in it."""
        if is_array(result):
            return self.proxy(node, result, given)
        inner = children(result)
        if inner is None or not any(map(is_array, leaves(result))):
            return result
        parts = []
        for step, item in inner:
            if not _holds_arrays(item):
                parts.append(item)
                continue
            part = self.add(Node("part", "", (node, step), {}, node.level, node.random, node.site, item))
            parts.append(self.wrapped(part, item, given))
        return rebuilt(result, parts)

    def proxy(self, node: Node, value: Any, given: Any = ()) -> Traced:
        """A proxy for the array of a node, which may be a view of arrays that were given."""
        node.value = value
        new = proxy(value, node, self)
        if self.mutable:
            key = memory(value)
            source = next((t for t in leaves(given) if isinstance(t, Traced) and memory(t.value) == key), None)
            if source is not None:
                new.join(source, given[0][1] if node.kind == "item" else None, node.kind == "item")
        return new

    @computes
    def operator(self, name: str, *operands: Any) -> Any:
        """An operator of Python on arrays; NotImplemented for what is no operand of theirs."""
        if not all(map(_operand, operands)):
            return NotImplemented
        function: Callable[..., Any] = pow if name == "pow" else getattr(operator, name)
        return self.record("operator", name, operands, {}, function(*unwrapped(operands)))

    @computes
    def item(self, base: Traced, key: Any) -> Any:
        """``base[key]``."""
        plain = unwrapped(key)
        return self.record("item", "getitem", (base, key), {}, base.value[plain])

    @computes
    def set_item(self, base: Traced, key: Any, value: Any) -> None:
        """``base[key] = value``: the proxy stands for the changed array from here on."""
        if not self.mutable:
            raise TypeError(f"arrays of {self.framework} cannot be changed\n  at {self.site()}")
        written = isinstance(value, Traced) and value.wrote_through(base, key)
        if written:
            return
        changed = copied(base.value)
        changed[unwrapped(key)] = unwrapped(value)
        level = self.level((base, key, value))
        node = self.add(Node("setitem", "", noded((base, key, value)), {}, level, value=changed))
        self.write(base, node, changed)

    @computes
    def in_place(self, name: str, target: Traced, other: Any) -> Any:
        """An augmented assignment such as ``target += other``."""
        if not self.mutable:
            return self.operator(name, target, other)
        changed = copied(target.value)
        changed = getattr(operator, f"i{name.rstrip('_')}")(changed, unwrapped(other))
        new = self.operator(name, target, other)
        if new is NotImplemented:
            return new
        self.replace(target, new, changed)
        return target

    def replace(self, target: Traced, new: Traced, changed: Any) -> None:
        """Let a proxy stand for a new value of the same dtype, as an operation in place does."""
        if dtype_name(new.value.dtype) != dtype_name(changed.dtype):
            new = self.cast(new, changed.dtype)
        self.write(target, new.node, changed)

    def cast(self, value: Traced, dtype: Any) -> Traced:
        if self.dialect == "ivy":
            import ivy

            result = getattr(ivy, "astype")(value.value, dtype_name(dtype))  # noqa: B009
            return self.record("call", "ivy.astype", (value, dtype), {}, result)
        if self.dialect == "numpy":
            return self.record("method", "astype", (value, dtype), {}, value.value.astype(dtype))
        return self.record("method", "to", (value, dtype), {}, value.value.to(dtype))

    def write(self, target: Traced, node: Node, value: Any) -> None:
        """An operation in place: the proxy gets a new node, and other proxies of the same memory with it."""
        if self.inner is not None or target.recorder is not self:
            self.refuse("a function inside another one changes an array of the code around it")
        group = [t for t in target.group() if t is not target]
        target.node, target.value = node, value
        updated = [target]
        view = target
        while view.origin is not None:
            base, key = view.origin
            changed = copied(base.value)
            changed[unwrapped(key)] = view.value
            args = noded((base, key, view))
            base.node = self.add(Node("setitem", "", args, {}, self.level((base, view)), value=changed))
            base.value = changed
            updated.append(base)
            view = base
        for other in group:
            if any(other is done for done in updated):
                continue
            if other.origin is not None and any(other.origin[0] is done for done in updated):
                self._refresh(other)
                updated.append(other)
            else:
                other.stale = True

    def _refresh(self, view: Traced) -> None:
        assert view.origin is not None
        base, key = view.origin
        value = base.value[unwrapped(key)]
        args = noded((base, key))
        view.node = self.add(Node("item", "getitem", args, {}, base.node.level, False, view.node.site, value))
        view.value = value

    @computes
    def concrete(self, traced: Traced, what: str) -> Any:
        """The value of a proxy for Python to decide with: an error, or a note, unless it is constant."""
        level = traced.current().node.level
        if level == Level.SHAPE:
            self.shapes_read = True
        elif level == Level.DATA:
            self._decide(what)
        elif level == Level.PARAMETER:
            self.note(f"{what} of a parameter is kept as it was when the graph was traced", self.site())
        return traced.value

    def _decide(self, what: str) -> None:
        site = self.site()
        if what == "bool" and site is not None and site.only_guards():
            self.note("this check is not part of the graph", site)
            return
        message = _REASONS.get(what, f"{what} takes a value out of the graph")
        if self.freeze:
            self.note(f"{message}: kept as it was when the graph was traced", site)
            return
        error = DataDependent(f"{message}, so the graph would hold for these arguments alone; {_REMEDY}\n  at {site}")
        self.failure = self.failure or error
        raise error

    def refuse(self, message: str) -> None:
        """Stop: this cannot be recorded."""
        error = NotTraceable(f"{message}\n  at {self.site()}")
        self.failure = self.failure or error
        raise error


_REASONS = {
    "bool": "the truth of a traced array decides what Python does next",
    "index": "a traced array is used as a Python integer",
    "array": "a traced array is made a NumPy array outside the graph",
}
_REMEDY = (
    "write it with array operations (where, minimum, a masked sum, cond or scan of the framework), move it out of the"
    " function, or pass freeze=True to keep what happens for these arguments"
)


def is_array(value: Any) -> bool:
    """Whether a value is an array that gets a proxy; scalars of NumPy are."""
    if type(value) in (int, float, bool, str, type(None)) or isinstance(value, type):
        return False
    return isinstance(value, Array)


def _holds_arrays(value: Any) -> bool:
    return any(map(is_array, leaves(value)))


def _operand(value: Any) -> bool:
    return isinstance(value, Traced) or isinstance(value, (int, float, bool, complex)) or bool(of_type(type(value)))


def noded(value: Any) -> Any:
    """Nodes in place of proxies."""
    return mapped(lambda leaf: leaf.current().node if isinstance(leaf, Traced) else leaf, value)


def unwrapped(value: Any) -> Any:
    """Arrays in place of proxies."""
    return mapped(lambda leaf: leaf.current().value if isinstance(leaf, Traced) else leaf, value)


def copied(value: Any) -> Any:
    """A copy of an array in memory of its own."""
    return value.clone() if hasattr(value, "clone") else value.copy()


def memory(value: Any) -> int | None:
    """What identifies the memory of an array that can be changed."""
    if hasattr(value, "untyped_storage"):
        try:
            return value.untyped_storage()._cdata
        except (RuntimeError, NotImplementedError):
            return id(value)
    if not hasattr(value, "base"):
        return id(value)
    while getattr(value, "base", None) is not None:
        value = value.base
    return id(value)
