"""Records of runs as the text of Haiku modules: layers in constructors or where they are called, methods below them."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from .haiku_record import Asked, Initializer, Member, Reference, Run, public_place
from .literals import call, name
from .names import identifier
from .native_calls import _Function
from .program import Program, program
from .record import Node, is_array
from .source import Writer
from .syntax import assign
from .trees import is_named, leaves

_RESERVED = frozenset("name module_name params_dict state_dict submodules get_parameter get_state set_state".split())
"""What a module of Haiku has, in some target or other, beside what its constructor sets."""


def haiku_snake(text: str) -> str:
    """The name that Haiku gives to a module of a class."""
    return re.sub(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))", r"_\1", text).lower()


def default_name(member: Member) -> str:
    """How Haiku calls a layer of its own without a name."""
    stated = inspect.signature(type(member.module)).parameters.get("name")
    default = stated.default if stated is not None else None
    return default if isinstance(default, str) else haiku_snake(type(member.module).__name__)


def arranged(run: Run) -> Program:
    """The program of a run; what it keeps as state is a further output."""
    return program(run.recorder.nodes, (run.output, [_noded(value) for value in run.written.values()]), "jax")


def _noded(value: Any) -> Any:
    return getattr(value, "node", value)


def called_in(found: Program) -> list[Member]:
    """The modules that a program calls, each as often as it does."""
    return [r.member for node in found.nodes for r in leaves((node.args, node.kwargs)) if isinstance(r, Reference)]


def used(found: Program) -> list[Member]:
    """The modules that a program needs: those that it calls, and before each those that it was given."""
    return [member for called in called_in(found) for member in with_given(called)]


def with_given(member: Member) -> list[Member]:
    """The modules that a layer was given, and the layer."""
    inner = leaves(member.arguments.arguments) if member.arguments is not None else ()
    return [*(m for leaf in inner if isinstance(leaf, Reference) for m in with_given(leaf.member)), member]


def _return_last(body: list[ast.stmt]) -> None:
    """``x = ...; return x`` is ``return ...``."""
    last, end = body[-2] if len(body) > 1 else None, body[-1]
    if not isinstance(last, ast.Assign) or not isinstance(end, ast.Return) or len(last.targets) != 1:
        return
    target = last.targets[0]
    if isinstance(target, ast.Name) and isinstance(end.value, ast.Name) and target.id == end.value.id:
        body[-2:] = [ast.Return(last.value)]


def layer_call(writer: MethodWriter, member: Member, label: str) -> ast.Call:
    """``hk.Linear(8, with_bias=False)``: required arguments by position, the others by name where they are given."""
    assert member.arguments is not None
    args: list[ast.expr] = []
    kwargs: dict[str, ast.expr] = {}
    for key, parameter in member.arguments.signature.parameters.items():
        if key not in member.arguments.arguments:
            continue
        value = member.arguments.arguments[key]
        if parameter.kind is parameter.VAR_POSITIONAL:
            args += [hinted(writer.value(item), key) for item in value]
        elif parameter.kind is parameter.VAR_KEYWORD:
            kwargs |= {inner: hinted(writer.value(item), inner) for inner, item in value.items()}
        elif parameter.default is parameter.empty and len(args) < 3:
            args.append(hinted(writer.value(value), key))
        elif not _same(value, parameter.default):
            kwargs[key] = hinted(writer.value(value), key)
    if label:
        kwargs["name"] = ast.Constant(label)
    return call(name(public_place(type(member.module))), args, kwargs)


def hinted(expression: ast.expr, hint: str) -> ast.expr:
    """An expression whose constants know what they are for."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Constant):
            node.hint = hint  # type: ignore[attr-defined]
    return expression


def _same(value: Any, default: Any) -> bool:
    return value is default or type(value) is type(default) and not is_array(value) and value == default


def labels(members: Iterable[Member], default: Callable[[Member], str]) -> dict[Member, str] | None:
    """The ``name=`` that each module needs to be called what it is, '' where Haiku does so by itself.

    None where modules that are made in this order cannot have their names.
    """
    made: Counter[str] = Counter()
    found: dict[Member, str] = {}
    for member in members:
        wanted, stem = member.module.name, default(member)
        given = f"{stem}_{made[stem]}" if made[stem] else stem
        numbered = re.fullmatch(r"(.*)_(0|[1-9]\d*)", wanted)
        if given != wanted and not numbered and made[wanted]:
            return None
        found[member] = "" if given == wanted else wanted
        base, number = (numbered[1], int(numbered[2])) if numbered else (wanted, made[wanted])
        made[base] = max(made[base], number + 1)
    return found


@dataclass
class MethodWriter(Writer):
    """Writes one method. ``made`` gives the call that makes a module, ``attributes`` the names in the constructor."""

    run: Any = None
    made: Callable[[MethodWriter, Member, str], ast.expr] = layer_call
    attributes: dict[Member, str] = field(default_factory=dict)
    labels: dict[Member, str] = field(default_factory=dict)
    usual_name: Callable[[Member], str] = default_name

    def method(self, called: str) -> ast.FunctionDef:
        body: list[ast.stmt] = []
        for taken in (*self.constants, *(["self"] if self.run.member is not None else [])):
            self.names.reserve(taken)
        arguments = self.signature(called, body)
        if self.run.member is not None:
            arguments.args.insert(0, ast.arg("self", None))
        counts = Counter(member for member in used(self.program) if member.maker is self.run)
        own = [member for member in self.run.made if member in counts]
        as_called = labels(counts, self.usual_name)
        if as_called is not None and all(count == 1 for count in counts.values()):
            self.labels = as_called
        else:
            self.labels = labels(own, self.usual_name) or {}
            for member in own:
                chosen = self.names.reserve(identifier(member.module.name))
                body.append(assign(chosen, self.made(self, member, self.labels[member])))
                self.attributes[member] = chosen
        for node in self.program.assigned:
            self.statement(node, body)
        output, written = self.program.output
        for key, value in zip(self.run.written, written, strict=True):
            body.append(ast.Expr(call(name("hk.set_state"), [ast.Constant(key), self.value(value)])))
        body.append(ast.Return(self.output(output)))
        _return_last(body)
        return ast.FunctionDef(called, arguments, body, [], None)

    def reference(self, member: Member) -> ast.expr:
        """A module: the method's own, an attribute, a variable, or the call that makes it."""
        if member is self.run.member:
            return name("self")
        if member in self.attributes:
            attribute = self.attributes[member]
            return name(f"self.{attribute}" if member.maker.method == "__init__" else attribute)
        return self.made(self, member, self.labels[member])

    def wanted(self, node: Node) -> str:
        if node.kind == "layer":
            return self.program.hints.get(node) or "x"
        return super().wanted(node)

    def expression(self, node: Node) -> ast.expr:
        if node.kind == "asked":
            return self.asked(node.args[0])
        if node.kind == "layer":
            reference, *args = node.args
            target = self.reference(reference.member)
            if reference.method != "__call__":
                target = ast.Attribute(target, reference.method, ast.Load())
            if reference.is_property:
                return target
            kwargs = {key: self.value(value) for key, value in node.kwargs.items()}
            return call(target, [self.value(value) for value in args], kwargs)
        return super().expression(node)

    def asked(self, asked: Asked) -> ast.expr:
        shape: Any = ast.Constant(cast(Any, tuple(map(int, asked.value.shape))))
        shape.hint = "shape"
        args: list[ast.expr] = [ast.Constant(asked.name), shape]
        if asked.value.dtype.name != "float32":
            args.append(self.value(asked.value.dtype))
        elif asked.function == "get_state":
            args.append(name("jnp.float32"))
        return call(name(f"hk.{asked.function}"), args, {"init": name("jnp.zeros")})

    def value(self, value: Any) -> ast.expr:
        if isinstance(value, Reference):
            return self.reference(value.member)
        if isinstance(value, Initializer):
            return call(name("hk.initializers.VarianceScaling"), [])
        if isinstance(value, _Function):
            return self.function(value.name)
        if is_named(value):
            whole = self.whole(value)
            return self.value(whole) if whole is not None else self.output(value)
        return super().value(value)

    def container(self, value: Any) -> ast.expr:
        place = public_place(type(value))
        return name(place) if place else super().container(value)


def attribute_names(member: Member, children: list[Member]) -> dict[Member, str]:
    """The attributes of a module's layers: those that it has them in, else their names."""
    kept: dict[int, str] = {}
    for key, value in vars(member.module).items():
        if isinstance(value, (list, tuple)):
            kept.update((id(item), f"{key}_{at}") for at, item in enumerate(value))
        elif isinstance(value, dict):
            kept.update((id(item), f"{key}_{inner}") for inner, item in value.items())
        else:
            kept[id(value)] = key
    found: dict[Member, str] = {}
    for child in children:
        wanted = identifier(kept.get(id(child.module), child.module.name))
        while wanted in found.values() or wanted in _RESERVED:
            wanted += "_"
        found[child] = wanted
    return found
