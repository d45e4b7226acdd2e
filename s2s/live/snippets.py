"""A module made of one function or class and what it uses: for code that lives in no importable module."""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import sys
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from ...exceptions import NotConvertible, SourceNotFound
from .boundary import framework_of_array
from .frameworks import framework_of, packages
from .public_names import public_name
from .sources import decorators, free_names, is_made, written

_LITERALS = (int, float, bool, str, type(None))


@dataclass(slots=True)
class Snippet:
    """The text of such a module, and the values in it that are not text. ``meant`` is what its names stand for."""

    name: str = ""
    imports: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    meant: dict[str, Any] = field(default_factory=dict)
    postponed: bool = False

    @property
    def text(self) -> str:
        future = "from __future__ import annotations\n\n" if self.postponed else ""
        imports = "".join(f"{line}\n" for line in sorted(set(self.imports.values())))
        constants = "".join(f"{line}\n" for line in self.constants.values())
        definitions = "\n\n".join(text.strip("\n") + "\n" for text in self.definitions.values())
        parts = [future + imports, constants]
        return "\n".join(part for part in parts if part) + ("\n\n" if imports or constants else "") + definitions


def snippet_of(obj: FunctionType | type) -> Snippet:
    """The snippet of a function, lambda or class."""
    found = Snippet()
    found.name = _name(obj)
    found.meant[found.name] = obj
    _define(found, found.name, obj)
    return found


def _name(obj: FunctionType | type) -> str:
    if obj.__name__.isidentifier():
        return obj.__name__
    scope = obj.__globals__ if isinstance(obj, FunctionType) else {}
    return next((name for name, value in scope.items() if value is obj and name.isidentifier()), "function")


def _define(snippet: Snippet, name: str, obj: FunctionType | type, user: Any = None) -> None:
    """Add a definition under a name, after everything that it uses; ``user`` is what mentions it."""
    wrapped = getattr(obj, "__wrapped__", None)
    inner = wrapped if isinstance(obj, FunctionType) and isinstance(wrapped, FunctionType) else obj
    if isinstance(inner, FunctionType) and inner is not obj and not _decorators_are_known(inner):
        inner = obj
    node, text = written(inner)
    if isinstance(inner, FunctionType) and _rebinds(inner, node):
        raise NotConvertible(f"{name}: it rebinds variables of the function around it; return them instead")
    if isinstance(node, ast.Lambda):
        text = f"{name} = {' '.join(text.splitlines()) if '#' not in text else text}"
    elif inner is not obj or isinstance(obj, type):
        text = decorators(node, inner) + text
    outside = _scope(inner)
    if isinstance(inner, type) and not outside:  # no method tells its surroundings
        module = sys.modules.get(inner.__module__) if inner.__module__ != "__main__" else None
        outside = dict(vars(module)) if module is not None else _scope(user) if user is not None else {}
    own = getattr(node, "name", name)
    for used in free_names(text):
        if used in (own, name):
            if outside.get(used, obj) not in (obj, inner):
                raise NotConvertible(f"{name}: {used!r} stands for two things in it; rename one of them")
            continue
        if used in outside:
            _need(snippet, used, outside[used], inner)
        elif not hasattr(builtins, used) and used not in ("__name__", "__file__", "__doc__"):
            _from_default(snippet, used, node, inner)
    if isinstance(inner, FunctionType) and inner.__code__.co_flags & 0x1000000:
        snippet.postponed = True
    if own != name and not isinstance(node, ast.Lambda):
        text += f"\n\n\n{name} = {own}"
    snippet.definitions[name] = text


def _decorators_are_known(function: FunctionType) -> bool:
    """Whether the decorators of a function can be named from its module; those of enclosing functions cannot."""
    outside = _scope(function)
    lines = decorators(written(function)[0], function)
    return all(name in outside or hasattr(builtins, name) for name in free_names(f"{lines}def decorated(): ..."))


def _rebinds(function: FunctionType, node: ast.AST) -> bool:
    free = set(function.__code__.co_freevars)
    return any(isinstance(n, ast.Nonlocal) and free & set(n.names) for n in ast.walk(node))


def _scope(obj: FunctionType | type) -> dict[str, Any]:
    """What the names outside a definition stand for: globals, then closure values."""
    if isinstance(obj, type):
        found: dict[str, Any] = {}
        for value in vars(obj).values():
            value = getattr(value, "__func__", getattr(value, "fget", value))
            if isinstance(value, FunctionType) and value.__module__ == obj.__module__ and not is_made(value):
                found.update(_scope(inspect.unwrap(value)))
        return found
    found = dict(obj.__globals__)
    for name, cell in zip(obj.__code__.co_freevars, obj.__closure__ or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue
    return found


def _from_default(snippet: Snippet, used: str, node: Any, function: Any) -> None:
    """A name of the scope around a definition that only a default value or an annotation mentions."""
    arguments = getattr(node, "args", None)
    if arguments is None or not isinstance(function, FunctionType):
        return
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(arguments.defaults, function.__defaults__ or ())]
    pairs += [
        (d, (function.__kwdefaults__ or {}).get(a.arg)) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults)
    ]
    for default, value in pairs:
        if isinstance(default, ast.Name) and default.id == used:
            _need(snippet, used, value, function)
            return
    if any(used in free_names(ast.unparse(a.annotation)) for a in positional if a.annotation is not None):
        snippet.postponed = True


def _need(snippet: Snippet, name: str, value: Any, user: Any) -> None:
    """Bind a name to what it stands for: an import, a definition, a literal, or a value set from outside."""
    if name in snippet.meant:
        if snippet.meant[name] is not value and not (isinstance(value, _LITERALS) and snippet.meant[name] == value):
            raise NotConvertible(f"{user.__qualname__}: {name!r} stands for two things in what it uses; rename one")
        return
    snippet.meant[name] = value
    if isinstance(value, ModuleType):
        snippet.imports[name] = f"import {value.__name__}" + ("" if value.__name__ == name else f" as {name}")
        return
    if isinstance(value, (FunctionType, type)) and _is_local(value, user):
        try:
            return _define(snippet, name, value, user)
        except SourceNotFound:
            if isinstance(value, type) and not hasattr(value, "_fields"):  # named tuples are made without source
                raise
    place = place_of_value(name, value)
    if place is not None:
        module, attribute = place
        alias = "" if attribute == name else f" as {name}"
        snippet.imports[name] = f"from {module} import {attribute}{alias}"
    elif framework_of_array(value):
        _declare_array(snippet, name, value)
    elif isinstance(value, _LITERALS) or isinstance(value, tuple) and all(isinstance(v, _LITERALS) for v in value):
        finite = re.search(r"\b(nan|inf)\b", repr(value)) is None or isinstance(value, str)
        if finite:
            snippet.constants[name] = f"{name} = {value!r}"
        else:
            snippet.values[name] = value
    else:
        snippet.values[name] = value


def _is_local(value: Any, user: Any) -> bool:
    """Whether a function or class belongs to the same module as its user, or to none that can be imported."""
    module = value.__module__
    if module == "__main__" or "<locals>" in value.__qualname__ or value.__name__ == "<lambda>":
        return not (module and framework_of(module))
    return module == user.__module__ and not framework_of(module or "")


def _declare_array(snippet: Snippet, name: str, value: Any) -> None:
    """State what a name will be, so that the code that uses it is understood; the value is set from outside."""
    natives = {"torch": "torch.Tensor", "tensorflow": "tensorflow.Tensor", "jax": "jax.Array", "numpy": "numpy.ndarray"}
    framework = framework_of_array(value)
    snippet.values[name] = value
    if snippet.meant.get(framework, sys.modules[framework]) is sys.modules[framework]:
        snippet.imports[framework] = f"import {framework}"
        snippet.meant[framework] = sys.modules[framework]
        snippet.constants[name] = f"{name}: {natives[framework]}"


def place_of_value(name: str, value: Any) -> tuple[str, str] | None:
    """The module and attribute that a value can be imported from."""
    known = public_name(value)
    if known is not None:
        return known
    names = dict.fromkeys(
        (getattr(value, "__name__", ""), name, str(value).rpartition(".")[2] if _is_plain(value) else "")
    )
    own = getattr(value, "__module__", None) or ""
    modules = [own, *packages(), *_framework_modules()]
    if _is_private(own):
        modules = [*modules[1:], own]  # the public name comes first
    if isinstance(value, (*_LITERALS, tuple, list, dict)) or framework_of_array(value):
        return None
    for module in modules:
        for attribute in names:
            loaded = sys.modules.get(module)
            if attribute and loaded is not None and module != "__main__" and vars(loaded).get(attribute) is value:
                return module, attribute
    return None


def _is_plain(value: Any) -> bool:
    return framework_of(type(value).__module__) != ""


def _framework_modules() -> list[str]:
    """Loaded modules of the frameworks with few dots in their names."""
    return [m for m in list(sys.modules) if m.count(".") <= 2 and not _is_private(m) and framework_of(m)]


def _is_private(module: str) -> bool:
    return "._" in module or ".src" in module
