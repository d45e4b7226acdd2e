"""Where a function or class was written: its text, and the names that it takes from outside."""

from __future__ import annotations

import ast
import dataclasses
import linecache
import symtable
import sys
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from types import FunctionType
from typing import Any

from ...exceptions import SourceNotFound

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


def written(obj: FunctionType | type) -> tuple[Definition, str]:
    """The syntax tree of a function, lambda or class, and its text without indentation and decorators."""
    function = obj if isinstance(obj, FunctionType) else _any_method(obj)
    filename, text = _file(obj, function)
    if not text:
        raise _missing(obj, f"{filename} cannot be read")
    try:
        tree = _parsed(text)
    except SyntaxError as error:
        raise _missing(obj, f"{filename} has changed since") from error
    node: Definition | None
    node = _class_node(obj, function, tree) if isinstance(obj, type) else _function_node(obj, tree, text)
    if node is None:
        raise _missing(obj, f"{filename} has changed since")
    lines = text.splitlines()
    if isinstance(node, ast.Lambda):
        return node, ast.get_source_segment(text, node) or ""
    assert node.end_lineno is not None
    return node, textwrap.dedent("\n".join(lines[node.lineno - 1 : node.end_lineno]))


def decorators(node: Definition, obj: FunctionType | type) -> str:
    """The lines of the decorators of a definition."""
    if isinstance(node, ast.Lambda) or not node.decorator_list:
        return ""
    _, text = _file(obj, obj if isinstance(obj, FunctionType) else _any_method(obj))
    lines = text.splitlines(keepends=True)
    return textwrap.dedent("".join(lines[node.decorator_list[0].lineno - 1 : node.lineno - 1]))


def _missing(obj: Any, why: str) -> SourceNotFound:
    name = getattr(obj, "__qualname__", repr(obj))
    return SourceNotFound(f"{name}: no source is available ({why}); define it in a file or a notebook")


def _file(obj: FunctionType | type, function: FunctionType | None) -> tuple[str, str]:
    """The name and the text of the file or cell that a definition stands in; no text when it cannot be read."""
    if function is not None:
        filename = function.__code__.co_filename
        return filename, "".join(linecache.getlines(filename, function.__globals__))
    assert isinstance(obj, type)
    module = getattr(sys.modules.get(obj.__module__), "__file__", None)
    cells = [name for name in linecache.cache if name.startswith("<")] if obj.__module__ == "__main__" else []
    texts = {name: "".join(linecache.getlines(name)) for name in (*cells, *([module] if module else []))}
    found = {name: text for name, text in texts.items() if _class_node(obj, None, _tree(text)) is not None}
    if len(set(found.values())) != 1:
        raise _missing(
            obj, "it has no methods written in Python that tell where it is" if not found else "it is defined twice"
        )
    return next(iter(found.items()))


def _tree(text: str) -> ast.Module:
    try:
        return _parsed(text)
    except SyntaxError:
        return ast.Module([], [])


def _any_method(cls: type) -> FunctionType | None:
    """A function written inside a class: it knows the file. None for classes without, such as plain dataclasses."""
    for value in vars(cls).values():
        value = getattr(value, "__func__", getattr(value, "fget", value))
        value = getattr(value, "__wrapped__", value)
        if isinstance(value, FunctionType) and value.__qualname__.startswith(f"{cls.__qualname__}."):
            if not is_made(value):
                return value
    return None


def is_made(function: FunctionType) -> bool:
    """Whether a method is one that `dataclass` wrote."""
    return function.__code__.co_filename in ("<string>", dataclasses.__file__)


@lru_cache(maxsize=32)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _first_line(node: ast.AST) -> int:
    found = getattr(node, "decorator_list", None)
    return found[0].lineno if found else getattr(node, "lineno", 0)


def _function_node(function: FunctionType, tree: ast.Module, text: str) -> Definition | None:
    code = function.__code__
    if code.co_name == "<lambda>":
        return _lambda_node(function, tree, text)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _first_line(node) == code.co_firstlineno:
            if node.name == code.co_name and tuple(_parameters(node)) == names:
                return node
    return None


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    arguments = node.args
    return (a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _lambda_node(function: FunctionType, tree: ast.Module, text: str) -> ast.Lambda | None:
    """The lambda on the function's line that has its byte code."""
    wanted = function.__code__
    on_line = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda) and n.lineno == wanted.co_firstlineno]
    if len(on_line) == 1:
        return on_line[0]
    for node in on_line:
        body = next((p for p in wanted.co_positions() if p[2] is not None and p[0] is not None), None)
        if body is not None and _contains(node.body, wanted):
            return node
    return None


def _contains(body: ast.expr, code: Any) -> bool:
    """Whether byte code comes from this expression: all of its places lie inside."""
    places = [(p[0], p[2]) for p in code.co_positions() if p[0] is not None and p[2] is not None and p[3] != p[2]]
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return bool(places) and all(start <= place <= end for place in places)


def _class_node(cls: type, function: FunctionType | None, tree: ast.Module) -> Definition | None:
    """The class that holds a function, or the only one of this name with the fields of a class without functions."""
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == cls.__name__]
    if function is None:
        nodes = [node for node in nodes if _has_fields(cls, node)]
        return nodes[0] if len(nodes) == 1 else None
    line = function.__code__.co_firstlineno
    return next((n for n in reversed(nodes) if n.lineno <= line <= (n.end_lineno or 0)), None)


def _has_fields(cls: type, node: ast.ClassDef) -> bool:
    """Whether a class has the annotations of a definition, and its constants."""
    fields = [s for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
    constants = {s.target.id: s.value.value for s in fields if isinstance(s.value, ast.Constant)}  # type: ignore[union-attr]
    return [s.target.id for s in fields] == list(vars(cls).get("__annotations__", {})) and all(  # type: ignore[union-attr]
        vars(cls).get(name, value) == value for name, value in constants.items()
    )


def free_names(text: str) -> list[str]:
    """Names that a definition takes from outside, in alphabetical order."""
    table = symtable.symtable(text, "definition", "exec")
    found = {s.get_name() for s in table.get_symbols() if s.is_referenced() and not s.is_assigned()}
    todo = list(table.get_children())
    while todo:
        inner = todo.pop()
        found.update(s.get_name() for s in inner.get_symbols() if s.is_global())
        todo.extend(inner.get_children())
    return sorted(found - {"__class__"})
