"""Functions: converted when first called, with arrays of other frameworks converted at the border."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from ...exceptions import IvyError, NotConvertible, SourceNotFound
from . import cache as files
from .boundary import native_types, to_native
from .frameworks import Direction, dominant, framework_of, libraries
from .helpers import naming_families
from .importer import SNIPPETS, import_converted, run_file
from .snippets import snippet_of


class Function:
    """A function of the source framework as one of the target's. It is converted when it is first needed.

    It shows the source's name, signature and docstring; ``__wrapped__`` is the converted function itself, which
    does not look at its arguments. Arrays of other frameworks among the arguments are converted.
    """

    def __init__(self, original: Callable[..., Any], direction: Direction, convert: Callable[[Any], Any]) -> None:
        self._original: Callable[..., Any] | None = original
        self._direction = direction
        self._convert = convert
        self._run: Callable[..., Any] = self._first
        self._native: set[type] = set()
        self.__name__: str = getattr(original, "__name__", "function")
        self.__qualname__ = getattr(original, "__qualname__", self.__name__)
        self.__doc__ = original.__doc__
        self.__module__ = getattr(original, "__module__", None) or __name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        native = self._native
        for value in args:
            if type(value) not in native:
                return self._checked(args, kwargs)
        if kwargs:
            for value in kwargs.values():
                if type(value) not in native:
                    return self._checked(args, kwargs)
        return self._run(*args, **kwargs)

    def _checked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        target = self._direction.target
        return self._run(*to_native(args, target, self._dtype), **to_native(kwargs, target, self._dtype))

    def _dtype(self, value: Any) -> Any:
        """A dtype of the source framework as the target's; everything else as it is."""
        kind, source = type(value), self._direction.source
        if kind.__name__ not in ("dtype", "DType") or framework_of(kind.__module__) != source or source == "numpy":
            return value
        from .references import counterpart

        return counterpart(value, self._direction)

    def _first(self, *args: Any, **kwargs: Any) -> Any:
        self.load()
        return self(*args, **kwargs)

    def load(self) -> Function:
        """Convert now."""
        if self._run == self._first:
            run = located(self._original, self._direction, self._convert)
            self._native = native_types(self._direction.target)
            self._run = run
        return self

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        return self.load()._run

    @property
    def __signature__(self) -> Any:
        import inspect

        return inspect.signature(self._run if self._original is None else self._original)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{self.__name__}: {self._direction.source} to {self._direction.target}>"

    def __reduce__(self) -> Any:
        run = self.__wrapped__
        inner: Any = run if isinstance(run, FunctionType) else getattr(run, "__wrapped__", run)
        values = inner.__globals__.get("__values__", {})
        name = next((key for key, value in inner.__globals__.items() if value is run), run.__qualname__)
        text = Path(inner.__code__.co_filename).read_text(encoding="utf-8")
        facts = {name: getattr(self, name) for name in ("__name__", "__qualname__", "__doc__")}
        stem = run.__module__.rpartition(".")[2] if f".{SNIPPETS}." in run.__module__ else ""
        return _restored, (self._direction, run.__module__, name, stem, text, values, facts)


def _restored(
    direction: Direction, module: str, name: str, stem: str, text: str, values: dict[str, Any], facts: dict[str, Any]
) -> Function:
    """An unpickled function, in a process that may never have converted it."""
    if stem:
        path = snippet_path(direction, stem)
        if not path.exists():
            files.write(path, text.encode("utf-8"))
        owner = load_snippet(direction, stem, values)
    else:
        owner = import_converted(direction, module[len(direction.prefix) + 1 :])
    run = attribute(owner, name)
    found = Function(run, direction, lambda value: value)
    found._original = None
    found._run = run
    found._native = native_types(direction.target)
    vars(found).update(facts)
    return found


def located(original: Any, direction: Direction, convert: Callable[[Any], Any]) -> Any:
    """The converted counterpart of a function or class: from its converted module, else from a snippet of its own."""
    place = importable(original)
    failure: Exception | None = None
    if place is not None:
        try:
            found = attribute(import_converted(direction, place[0]), place[1])
            if not _untouched(found, original, direction):
                return found
        except IvyError as error:
            failure = error
        except Exception as error:  # whatever the module's own top level does when it is run again
            failure = error
    try:
        return from_snippet(original, direction, convert)
    except IvyError as error:
        if failure is None or place is None:
            raise
        why = f"{type(failure).__name__}: {failure}"
        raise NotConvertible(f"{place[0]}.{place[1]}: its module cannot be imported converted ({why})") from error
    except Exception as error:
        if failure is None:
            raise
        name = getattr(original, "__qualname__", repr(original))
        raise NotConvertible(f"{name}: its module does not run when it is converted ({failure})") from error


def _untouched(found: Any, original: Any, direction: Direction) -> bool:
    """Whether a function is still written in the source framework: its module got that in a way that text hides."""
    if direction.source == "numpy":
        return False  # text that NumPy and the target share stays as it is
    pairs = [(found, original)]
    if isinstance(original, type):
        pairs = [(vars(found).get(name), value) for name, value in vars(original).items()]
    unwrapped = ((getattr(new, "__func__", new), getattr(old, "__func__", old)) for new, old in pairs)
    return any(
        isinstance(new, FunctionType)
        and isinstance(old, FunctionType)
        and (new.__code__.co_code, new.__code__.co_names) == (old.__code__.co_code, old.__code__.co_names)
        and direction.source in map(framework_of, _modules_of(new))
        for new, old in unwrapped
    )


def from_snippet(original: Any, direction: Direction, convert: Callable[[Any], Any]) -> Any:
    """The converted counterpart of a function or class, from a module of its own."""
    inner = original if isinstance(original, (FunctionType, type)) else getattr(original, "__wrapped__", None)
    if not isinstance(inner, (FunctionType, type)):
        raise SourceNotFound(f"{original!r}: a builtin or compiled object has no Python source to convert")
    snippet = snippet_of(original if hasattr(original, "__globals__") or isinstance(original, type) else inner)
    stem = _converted_stem(snippet.text, snippet.name, direction, False)
    values = {name: convert(value) for name, value in snippet.values.items()}
    return attribute(load_snippet(direction, stem, values), snippet.name)


def text_module(text: str, name: str, direction: Direction) -> ModuleType:
    """The converted module of a generated text; ``NotConvertible`` when something in it has no counterpart."""
    return load_snippet(direction, _converted_stem(text, name, direction, True), {})


def own_module(text: str, name: str, direction: Direction, sizes: dict[tuple[str, str], str]) -> ModuleType:
    """The converted module of a text that is all of a project; ``sizes`` are known of its layers by their places."""
    return load_snippet(direction, _converted_stem(text, name, direction, True, sizes), {})


def _converted_stem(
    text: str, name: str, direction: Direction, whole: bool, sizes: dict[tuple[str, str], str] | None = None
) -> str:
    """Convert a text into the cache, under a name made of its own name and its contents."""
    alone = "" if sizes is None else repr(sorted(sizes.items()))
    stem = f"{name}_{files.digest(direction.name, text, *filter(None, [alone]))}"
    path = snippet_path(direction, stem)
    if not path.exists():
        from ..pipeline import convert_text

        source, target = direction.source, direction.target
        known = None if sizes is None else {(f"{stem}.{cls}", own): size for (cls, own), size in sizes.items()}
        result = convert_text(text, source, target, stem, libraries(source) if known is None else None, known)
        if result.error:
            raise NotConvertible(f"{name}: {result.error}")
        refused = [f"{d.api}: {d.message}" for d in result.diagnostics if d.grade == "refused"]
        if refused and whole:
            raise NotConvertible(f"{name}: {'; '.join(dict.fromkeys(refused))}")
        code = text if result.code is None else result.code
        code = naming_families(code, result.helpers, f"{direction.target}_helpers")
        files.write(path, code.encode("utf-8", "surrogatepass"))
    return stem


def snippet_path(direction: Direction, stem: str) -> Path:
    """Where the converted text of a snippet lies."""
    return files.folder(direction.name) / f"{stem}.py"


def load_snippet(direction: Direction, stem: str, values: dict[str, Any]) -> ModuleType:
    """The module of a snippet; one that was given values from outside is not shared."""
    name = f"{direction.prefix}.{SNIPPETS}.{stem}"
    if not values:
        return import_module(name)
    module = run_file(name, snippet_path(direction, stem), direction, {**values, "__values__": values})
    sys.modules.setdefault(name, module)
    return module


def importable(obj: Any) -> tuple[str, str] | None:
    """The module and the dotted name that give an object when imported; None for those of scripts and of functions."""
    name = getattr(obj, "__module__", None)
    module = sys.modules.get(name or "")
    file = getattr(module, "__file__", None)
    if module is None or name == "__main__" or not file or not file.endswith(".py"):
        return None
    qualified = getattr(obj, "__qualname__", "")
    if "<" not in qualified and attribute(module, qualified) is obj:
        return module.__name__, qualified
    found = next((key for key, value in vars(module).items() if value is obj), None)
    return (module.__name__, found) if found is not None else None


def attribute(owner: Any, dotted: str) -> Any:
    """The attribute at a dotted name; None when there is none."""
    for part in dotted.split("."):
        owner = getattr(owner, part, None)
    return owner


def source_of(obj: Any, target: str) -> str:
    """The framework that a function or class is written in, '' when nothing tells."""
    if isinstance(obj, type):
        bases = dominant([base.__module__ for base in obj.__mro__], target)
        return bases or dominant([m for v in vars(obj).values() for m in _modules_of(v)], target)
    return dominant(_modules_of(obj), target)


def _modules_of(obj: Any, seen: set[int] | None = None) -> list[str]:
    """The modules that a function, and functions of the same module that it calls, speak of."""
    seen = set() if seen is None else seen
    obj = getattr(obj, "__func__", obj)
    obj = getattr(obj, "__wrapped__", obj) if not isinstance(obj, FunctionType) else obj
    if not isinstance(obj, FunctionType) or id(obj) in seen:
        return []
    seen.add(id(obj))
    wrapped = getattr(obj, "__wrapped__", None)
    scope = dict(zip(obj.__code__.co_freevars, (_content(cell) for cell in obj.__closure__ or ())))
    found = _modules_of(wrapped, seen) if wrapped is not None else []
    for name in _names(obj.__code__):
        value = scope.get(name, obj.__globals__.get(name))
        found += _modules_of_value(value, seen)
    return found


def _modules_of_value(value: Any, seen: set[int]) -> list[str]:
    """The modules that a global or closure value speaks of; containers speak of what they hold."""
    if isinstance(value, ModuleType):
        return [value.__name__]
    if type(value) in (dict, list, tuple):
        held = value.values() if isinstance(value, dict) else value
        return [module for item in held for module in _modules_of_value(item, seen)]
    if value is None or id(value) in seen:
        return []
    module = getattr(value, "__module__", None) or type(value).__module__
    return [*([] if framework_of(module) else _modules_of(value, seen)), module]


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _names(code: CodeType) -> list[str]:
    inner = [name for const in code.co_consts if isinstance(const, CodeType) for name in _names(const)]
    return [*code.co_names, *code.co_freevars, *inner]
