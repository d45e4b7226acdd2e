"""How the models of a project are built, and what one analysis of them gives."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property

from .declarations import Declarations
from .edits import Blocked, Edit, Edits
from .knowledge import Knowledge
from .machine import Frame, Machine
from .roots import Roots
from .values import (
    HOST,
    OUTSIDE,
    Arg,
    Args,
    Array,
    ClassRef,
    Const,
    Function,
    Object,
    Value,
    broad,
    has_image,
    options,
    union,
)

MOST_STEPS_IN_ALL = 3_000_000
RANKS = (4, 3, 5)  # numbers of axes of images, the most frequent first
Keys = dict[tuple[str, ast.AST, str], Edit]


@dataclass(frozen=True)
class Found:
    """What the analysis of one model gave: its edits, or the place and reason why there are none."""

    name: str
    edits: Keys = field(default_factory=dict)
    blocked: Blocked | None = None
    images: bool = True
    built: frozenset[str] = frozenset()
    is_built: bool = True  # whether the constructor could be followed

    @property
    def transposes(self) -> int:
        """How many transposes are written."""
        return sum(edit.transposes for edit in self.edits.values())


@dataclass
class Analysis:
    """All that the analyses of the models of a project share."""

    declarations: Declarations
    knowledge: Knowledge
    texts: dict[str, bytes]
    observed: dict[str, list[dict[str, Value]]] = field(default_factory=dict)
    steps: int = 0

    @cached_property
    def roots(self) -> Roots:
        """Which classes are models, and what they name."""
        return Roots(self.declarations, self.knowledge)

    def machine(self) -> Machine:
        return Machine(self.declarations, self.knowledge, Edits(self.texts))

    def analysed(self, name: str) -> Found:
        """The analysis of a model or of a function that makes one, for images of the number of axes that it takes."""
        best: Found | None = None
        most = -1
        if self.steps > MOST_STEPS_IN_ALL:
            return Found(name, {}, Blocked(*self.declarations.place(name), "the project is too large for that"))
        for rank in RANKS:
            m = self.machine()
            try:
                self._run(m, name, Array(rank, True))
                if m.native_layers == 0:
                    return Found(name, images=False)
                _check_unknown(m)
                if not m.takes_image:
                    raise Blocked(*self.declarations.place(name), "what it takes is no image (N, C, ...)")
                return Found(name, m.edits.found, built=frozenset(o.cls for o in m.objects))
            except Blocked as error:
                if m.native_layers > most:
                    most, images = m.native_layers, m.native_layers > 0 or self.roots.takes_images(name)
                    best = Found(name, {}, error, images, frozenset(o.cls for o in m.objects), m.is_built)
                if m.native_layers or not m.is_built:
                    break
            except RecursionError:
                return Found(
                    name, {}, Blocked(*self.declarations.place(name), "it is nested too deeply to be followed")
                )
            finally:
                self.steps += m.steps
            for cls, values in m.observed.items():
                self.observed.setdefault(cls, []).extend(values)
        assert best is not None
        return best

    def unchanged(self, name: str) -> Found:
        """A model without images: the places that it needs as they are, or that it could not be followed."""
        m = self.machine()
        try:
            self._run(m, name, Array())
        except (Blocked, RecursionError):
            return Found(name, {}, Blocked(*self.declarations.place(name), "it could not be followed"), images=False)
        return Found(name, m.edits.found, images=False)

    def _run(self, m: Machine, name: str, image: Array) -> None:
        module, node = self.declarations.place(name)
        frame = Frame(module, {}, node=node)
        if name in self.declarations.functions:
            func: Value = Function(module, node)  # type: ignore[arg-type]
            made = m.call(frame, func, self._arguments(m, frame, node, []), node)  # type: ignore[arg-type]
        else:
            init = self.declarations.method(name, "__init__")
            args = self._arguments(m, frame, init[2], self.observed.get(name, [])) if init else Args()
            made = m.call(frame, ClassRef(name), args, node)
        for cls, values in m.observed.items():
            self.observed.setdefault(cls, []).extend(values)
        models = [option for option in options(made) if isinstance(option, Object)]
        m.is_built = True
        for model in models:
            self._forward(m, frame, model, image)
        if models:
            self._other_methods(m)

    def _forward(self, m: Machine, frame: Frame, model: Object, image: Array) -> None:
        found = self.declarations.method(model.cls, "forward")
        if found is None:
            m.call(frame, model, Args((Arg(image),)), frame.node)  # type: ignore[arg-type]
            return
        _, module, node = found
        args = self._arguments(m, Frame(module, {}), node, [], forward=True)
        keywords = dict(list(args.keywords.items())[1:])
        first = (Arg(image),)
        m.call(frame, model, Args(first, keywords), node)

    def _arguments(self, m: Machine, frame: Frame, node: ast.FunctionDef, observed, forward: bool = False) -> Args:
        """What a caller may pass: any number where numbers stand, the classes that the project passes elsewhere."""
        spec = node.args
        plain = [*spec.posonlyargs, *spec.args]
        defaults = [None] * (len(plain) - len(spec.defaults)) + list(spec.defaults)
        pairs = [*zip(plain, defaults, strict=True), *zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]
        found = {}
        for parameter, default in pairs:
            if parameter.arg in ("self", "cls") and parameter is plain[0]:
                continue
            seen = [broad(values[parameter.arg]) for values in observed if parameter.arg in values]
            if default is not None:
                seen.append(broad(m.value(frame, default)))
            elif not seen:
                seen.append(Array() if forward and not _is_number(parameter) else OUTSIDE)
            if any(option == Const(None) for value in seen for option in options(value)):
                seen.append(union([Array(), OUTSIDE]) if forward else OUTSIDE)
            found[parameter.arg] = Arg(union(seen))
        return Args((), found, open=not forward and spec.kwarg is not None)

    def _other_methods(self, m: Machine) -> None:
        """Methods that use layers for images but that forward does not call are not known to be right."""
        for made in {made.cls: made for made in m.objects}.values():
            for base in self.declarations.project.mro(made.cls):
                declared = self.declarations.classes.get(base)
                for name, node in declared.methods.items() if declared is not None else ():
                    if node in m.visited or name.startswith("__"):
                        continue
                    if self.declarations.method(made.cls, name)[2] is not node:  # type: ignore[index]
                        continue
                    call = _calls_a_layer(m, declared.module, node, made)  # type: ignore[union-attr]
                    if call is not None:
                        reason = f"{name}() uses layers for images, but forward() does not call it"
                        raise Blocked(declared.module, call, reason)  # type: ignore[union-attr]


def _check_unknown(m: Machine) -> None:
    """Nothing may change in an expression that also had a value of which nothing is known."""
    changed = {(module, node) for (module, node, _), edit in m.edits.found.items() if edit != Edit()}
    for module, node in m.unknown:
        if any((module, inner) in changed for inner in ast.walk(node)):
            raise Blocked(module, node, "what is computed here is not known in every case")


def _is_number(parameter: ast.arg) -> bool:
    return isinstance(parameter.annotation, ast.Name) and parameter.annotation.id in ("int", "float", "bool", "str")


def _calls_a_layer(m: Machine, module: str, node: ast.FunctionDef, made: Object) -> ast.AST | None:
    """A call of one of the object's layers in a method."""
    for inner in ast.walk(node):
        func = inner.func if isinstance(inner, ast.Call) else None
        own = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "self"
        if own and func.attr in made.attributes:  # type: ignore[union-attr]
            held = options(made.attributes[func.attr])  # type: ignore[union-attr]
            if any(not isinstance(option, (Const, Array)) and option not in (HOST, OUTSIDE) for option in held):
                return inner
    return None


__all__ = ["Analysis", "Found", "has_image"]
