"""What a function of Haiku's modules does, module by module: a record for each run of a method.

Haiku's own hooks (interceptors of methods, getters and setters) tell which module runs. Layers of Haiku are one
operation each; a module of another class is a record of its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ...exceptions import NotTraceable
from .native_calls import _Function, current, recording, recording_version
from .proxy import Traced
from .record import Level, Node, Recorder, is_array, noded, unwrapped
from .sites import Site, here
from .source import Parameter
from .trace import with_proxies
from .trees import leaves, mapped

FUNCTIONS = ("avg_pool", "max_pool", "dynamic_unroll", "static_unroll", "expand_apply")
"""Functions of Haiku that are one operation each."""


class Entangled(NotTraceable):
    """A module that does not stand for itself: it shares layers or values with the code around it."""

    def __init__(self, kind: type | None, why: str) -> None:
        super().__init__(why)
        self.kind = kind


@dataclass(eq=False, slots=True)
class Member:
    """A module that was made: ``arguments`` are those of a layer of Haiku, None for other classes."""

    is_leaf_of_trees: ClassVar[bool] = True

    module: Any
    maker: Run
    arguments: inspect.BoundArguments | None
    made: list[Member] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """A module in the arguments of an operation: ``method`` of it is called, or its property is read."""

    is_leaf_of_trees: ClassVar[bool] = True

    member: Member
    method: str = ""
    is_property: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """``hk.get_parameter`` or ``hk.get_state``."""

    is_leaf_of_trees: ClassVar[bool] = True

    function: str
    name: str
    value: Any


class Initializer:
    """Stands for one of Haiku's initialisers, where a layer must be given some."""


@dataclass(eq=False, slots=True)
class Run:
    """One run of a method of a module, or of the function (no member)."""

    member: Member | None
    method: str
    recorder: RunRecorder
    parameters: list[Parameter] = field(default_factory=list)
    made: list[Member] = field(default_factory=list)
    asked: dict[str, Traced] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    output: Any = None

    @property
    def prefix(self) -> str:
        """How the names of the modules begin that are made here."""
        if self.member is None:
            return ""
        inner = {"__init__": "~/", "__call__": ""}.get(self.method, f"~{self.method}/")
        return f"{self.member.module.module_name}/{inner}"

    def entangled(self, why: str) -> Entangled:
        kind = type(self.member.module) if self.member is not None else None
        return Entangled(kind, f"{kind.__name__ if kind else 'the function'}: {why}")


class Sizes(tuple[int, ...]):
    """A shape that notes which of its sizes are read."""

    noted: list[int]

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        self.noted += found if isinstance(key, slice) else [found]
        return found

    def __iter__(self) -> Iterator[int]:
        return iter(self[:])

    def __add__(self, other: Any) -> Any:
        return self[:] + other

    def __radd__(self, other: Any) -> Any:
        return other + self[:]

    def __eq__(self, other: object) -> bool:
        return self[:] == other

    def __hash__(self) -> int:
        return hash(self[:])


class RunRecorder(Recorder):
    """The record of one run: values of other runs are none of its own. ``sizes`` are those that were read."""

    def __init__(self, sizes: list[int]) -> None:
        super().__init__("jax", "jax")
        self.sizes = sizes

    def site(self) -> Site | None:
        return here(watched.__code__)

    def read_shape(self, shape: Any) -> Any:
        found = Sizes(shape)
        found.noted = self.sizes
        return found

    def record(self, kind: str, name: str, args: Any, kwargs: Any, *rest: Any, **named: Any) -> Any:
        strangers = (leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Traced) and leaf.recorder is not self)
        if current.get() is not self or any(True for _ in strangers):
            raise Entangled(None, "values that a module got in another way than by its arguments")
        return super().record(kind, name, args, kwargs, *rest, **named)


class Held(Traced):
    """A parameter: its shape and dtype are the same for all inputs."""

    @property
    def shape(self) -> Any:
        return self.value.shape

    @property
    def dtype(self) -> Any:
        return self.value.dtype


class Modules:
    """The runs of one trace, the innermost last in ``stack``. Modules of the classes ``dissolved`` have no runs."""

    def __init__(self, recorder: RunRecorder, dissolved: frozenset[type]) -> None:
        self.adapt = recording_version("jax")
        self.changed = ExitStack()
        self.scopes: set[int] = set()
        self.root = Run(None, "", recorder)
        self.stack = [self.root]
        self.members: dict[int, Member] = {}
        self.dissolved = dissolved
        self.inside = 0

    @contextmanager
    def watching(self, function: Any) -> Iterator[None]:
        """Follow what Haiku does in this thread."""
        import haiku as hk

        with self.changed as stack:
            self.adapt_names(function)
            stack.enter_context(hk.intercept_methods(self.method))
            stack.enter_context(hk.custom_getter(self.parameter, params=True))
            stack.enter_context(hk.custom_getter(self.state, params=False, state=True))
            stack.enter_context(hk.custom_setter(self.setting))
            for name in FUNCTIONS:
                stack.callback(setattr, hk, name, getattr(hk, name))
                setattr(hk, name, self.function(name, getattr(hk, name)))
            yield

    def adapt_names(self, function: Any) -> None:
        """Let names that code got from JAX's modules (``from jax.nn import gelu``) record too, for a while."""
        scope = getattr(inspect.unwrap(function), "__globals__", None)
        if scope is None or id(scope) in self.scopes or is_haikus_name(scope.get("__name__")):
            return
        self.scopes.add(id(scope))
        for name, value in list(scope.items()):
            if callable(value) and self.adapt(value) is not value:
                self.changed.callback(scope.__setitem__, name, value)
                scope[name] = self.adapt(value)

    def method(self, run: Callable[..., Any], args: Any, kwargs: Any, context: Any) -> Any:
        """An interceptor of Haiku's."""
        module, name = context.module, context.method_name
        if self.inside:
            return run(*args, **kwargs)
        if name == "__init__":
            return self.make(run, module, args, kwargs)
        member, here = self.members.get(id(module)), self.stack[-1]
        is_property = isinstance(inspect.getattr_static(type(module), name, None), property)
        if member is not None and member.arguments is not None:
            return self.layer(member, name, is_property, run, args, kwargs)
        if member is None or member is here.member and (is_property or name == here.method):
            return run(*args, **kwargs)
        if is_property:
            raise here.entangled(f"reads {name} of {type(module).__name__}")
        return self.nested(member, context, run, args, kwargs)

    def make(self, run: Callable[..., Any], module: Any, args: Any, kwargs: Any) -> Any:
        """A module is made."""
        here = self.stack[-1]
        arguments = self.arguments_of_layer(type(module), args, kwargs)
        if type(module) in self.dissolved or arguments is None and is_haikus(type(module)):
            return run(*args, **kwargs)
        member = Member(module, here, arguments)
        if any(isinstance(leaf, Traced) for leaf in leaves((args, kwargs))):
            raise Entangled(type(module), f"{type(module).__name__} is made with arrays of the inputs")
        if arguments is not None:
            with self.as_one(here.recorder):
                run(*args, **kwargs)
        else:
            inner = Run(member, "__init__", RunRecorder(here.recorder.sizes), made=member.made)
            self.adapt_names(type(module).__init__)
            bound = inspect.signature(type(module)).bind(*args, **kwargs)
            bound.apply_defaults()
            bound.arguments = mapped(self.adapt, bound.arguments)
            with self.running(inner, None):
                run(*bound.args, **bound.kwargs)
        if module.module_name != here.prefix + module.name:
            raise here.entangled(f"names {module.module_name} in a way of its own")
        self.members[id(module)] = member
        here.made.append(member)

    def arguments_of_layer(self, kind: type, args: Any, kwargs: Any) -> inspect.BoundArguments | None:
        """The arguments of a layer of Haiku that can be written out; None for other classes and arguments."""
        if not public_place(kind):
            return None
        bound = inspect.signature(kind).bind(*args, **kwargs)
        needed = "w_init_scale" in bound.signature.parameters  # attention asks for one of the two
        for name in list(bound.arguments):
            if name == "w_init" and needed:
                bound.arguments[name] = Initializer()
            elif name == "name" or "init" in name:  # the values of parameters are given
                del bound.arguments[name]
        bound.arguments = mapped(self.beside, bound.arguments)
        return bound if all(map(_has_text, leaves(bound.arguments))) else None

    def beside(self, value: Any) -> Any:
        """A reference for a layer that was made where the running method makes its own."""
        member = self.members.get(id(value))
        return Reference(member) if member is not None and member.maker is self.stack[-1] else value

    def layer(self, member: Member, name: str, is_property: bool, run: Any, args: Any, kwargs: Any) -> Any:
        """A call of a layer of Haiku."""
        here = self.stack[-1]
        self.reach(member)
        with self.as_one(here.recorder):
            result = run(*unwrapped(args), **unwrapped(kwargs))
        return self.note(Reference(member, name, is_property), args, kwargs, result)

    def nested(self, member: Member, context: Any, run: Any, args: Any, kwargs: Any) -> Any:
        """A call of a module of another class."""
        self.reach(member)
        outer = self.stack[-1].recorder
        bound = inspect.signature(context.orig_method).bind(*args, **kwargs)
        inner = Run(member, context.method_name, RunRecorder(outer.sizes))
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for name, value in list(bound.arguments.items()):
            kind = bound.signature.parameters[name].kind
            paths: dict[Node, Any] = {}
            bound.arguments[name] = with_proxies(inner.recorder, name, unwrapped(value), (), paths)
            if not paths:
                continue
            inner.parameters.append(Parameter(name, kind, paths))
            if kind is kind.KEYWORD_ONLY:
                named[name] = value
            elif kind is kind.VAR_KEYWORD:
                named.update(value)
            else:
                positional += value if kind is kind.VAR_POSITIONAL else [value]
        with self.running(inner, inner.recorder):
            output = run(*bound.args, **bound.kwargs)
        if any(isinstance(leaf, Traced) and leaf.recorder is not inner.recorder for leaf in leaves(output)):
            raise Entangled(type(member.module), "a module returns what it did not compute")
        inner.output = noded(output)
        member.runs.setdefault(context.method_name, []).append(inner)
        outer.shapes_read |= inner.recorder.shapes_read
        outer.dtypes_read |= inner.recorder.dtypes_read
        return self.note(Reference(member, context.method_name), tuple(positional), named, unwrapped(output))

    def reach(self, member: Member) -> None:
        """Raise unless the running method can name a module: it made it, or its constructor did."""
        here, maker = self.stack[-1], member.maker
        if here.method == "__init__":
            raise here.entangled("its constructor calls layers")
        if member is here.member:
            return
        if maker is not here and not (maker.method == "__init__" and maker.member is here.member):
            raise here.entangled(f"calls {type(member.module).__name__}, which other code made")

    def note(self, reference: Reference, args: Any, kwargs: Any, result: Any) -> Any:
        """Record a call of a module."""
        member = reference.member
        return self.add("layer", member.module.name, (reference, *args), kwargs, result, member.maker is self.stack[-1])

    def add(self, kind: str, name: str, args: Any, kwargs: Any, result: Any, alone: bool = False) -> Any:
        here = self.stack[-1]
        traced = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Traced)]
        if any(leaf.recorder is not here.recorder for leaf in traced):
            raise here.entangled("uses values that it got in another way than by its arguments")
        node = Node(kind, name, noded(args), noded(kwargs), Level.DATA, alone, here.recorder.site(), result)
        return here.recorder.wrapped(here.recorder.add(node), result)

    def function(self, name: str, function: Any) -> Any:
        """The recording version of a function of Haiku's."""

        def call(*args: Any, **kwargs: Any) -> Any:
            here = self.stack[-1]
            if self.inside or current.get() is None:
                return function(*args, **kwargs)

            def member(leaf: Any) -> Any:
                found = self.members.get(id(leaf))
                if found is not None:
                    self.reach(found)
                elif hasattr(leaf, "module_name"):
                    raise here.entangled(f"gives hk.{name} a module that it cannot name")
                return Reference(found) if found is not None else leaf

            given, named = mapped(member, args), mapped(member, kwargs)
            with self.as_one(here.recorder):
                result = function(*unwrapped(args), **unwrapped(kwargs))
            return self.add("call", f"hk.{name}", given, named, result)

        return call

    def parameter(self, get: Any, value: Any, context: Any) -> Any:
        return self.ask("get_parameter", get(value), context)

    def state(self, get: Any, value: Any, context: Any) -> Any:
        return self.ask("get_state", get(value), context)

    def ask(self, function: str, value: Any, context: Any) -> Any:
        """A getter of Haiku's."""
        here = self.stack[-1]
        if self.inside:
            return value
        self.own(context)
        name = context.full_name.rpartition("/")[2]
        if function == "get_state" and name in here.written:
            return here.written[name]
        if f"{function} {name}" not in here.asked:
            asked = Asked(function, name, value)
            site = here.recorder.site()
            node = here.recorder.add(Node("asked", name, (asked,), {}, Level.DATA, True, site, value))
            here.asked[f"{function} {name}"] = Held(value, node, here.recorder)
        return here.asked[f"{function} {name}"]

    def setting(self, following: Any, value: Any, context: Any) -> Any:
        """A setter of Haiku's."""
        if self.inside:
            return following(value)
        self.own(context)
        if not is_array(value):
            raise self.stack[-1].entangled("keeps state that is no array")
        self.stack[-1].written[context.full_name.rpartition("/")[2]] = value
        return following(unwrapped(value))

    def own(self, context: Any) -> None:
        """Raise unless an array is one of the module whose method runs."""
        here = self.stack[-1]
        module = here.member.module if here.member is not None else None
        if here.method == "__init__":
            raise here.entangled("its constructor asks for arrays")
        path = module.module_name if module is not None else "~"
        if context.full_name.rpartition("/")[0] != path:
            raise here.entangled(f"asks for {context.full_name} in a way of its own")

    @contextmanager
    def running(self, run: Run, recorder: RunRecorder | None) -> Iterator[None]:
        token = current.set(recorder)
        self.stack.append(run)
        try:
            yield
        finally:
            self.stack.pop()
            current.reset(token)

    @contextmanager
    def as_one(self, recorder: Recorder) -> Iterator[None]:
        """What runs is one operation: nothing inside it is recorded."""
        import jax

        before, recorder.busy = recorder.busy, True
        self.inside += 1
        try:
            with jax.disable_jit(False):
                yield
        finally:
            self.inside -= 1
            recorder.busy = before


def watched(modules: Modules, function: Any, *args: Any, **kwargs: Any) -> Any:
    """What ``function`` gives inside a transformation while modules are followed."""
    with recording(modules.root.recorder), modules.watching(function):
        return function(*args, **kwargs)


def is_haikus(kind: type) -> bool:
    return is_haikus_name(kind.__module__)


def is_haikus_name(module: str | None) -> bool:
    return (module or "").partition(".")[0] == "haiku"


def public_place(kind: type) -> str:
    """``hk.Linear``, '' for classes that Haiku does not show."""
    import haiku as hk

    for owner, prefix in ((hk, "hk"), (hk.nets, "hk.nets")):
        if getattr(owner, kind.__name__, None) is kind:
            return f"{prefix}.{kind.__name__}"
    return ""


def _has_text(value: Any) -> bool:
    if isinstance(value, (_Function, Initializer, Reference)) or value is None:
        return True
    return isinstance(value, (bool, int, float, str)) or type(value).__module__ in ("numpy", "jax.numpy")
