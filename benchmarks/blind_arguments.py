"""Arguments for functions that nobody chose: those of the docstring's examples, and ones made from what it says."""

from __future__ import annotations

import contextlib
import doctest
import functools
import importlib
import inspect
import io
import itertools
import operator
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
TRIES = 400
LARGEST = 20_000
SIZES = {"b": 2, "n": 2, "c": 3, "h": 8, "w": 9, "d": 4, "m": 8, "*": 2, "...": 2, "k": 3, "p": 3, "t": 5}
SHAPES = ((2, 3, 8, 9), (2, 3), (4,), (3, 3), (2, 4, 3), (2, 3, 3), (8, 9), (8, 9, 3), (2, 4), (1, 1, 8, 9), (2,), ())
BY_NAME = {
    "kernel_size": (3, (3, 3)), "sigma": (1.5, (1.5, 1.5)), "size": ((6, 7), 5), "dsize": ((6, 7),), "axis": (-1, 0),
    "num_classes": (4,), "n": (4, 2), "window_size": (3,), "levels": (3,), "topn": (2,), "M": (8,), "Nx": (8,),
}  # fmt: skip




def from_examples(function: Callable[..., Any]) -> Iterator[Arguments]:
    """The arguments of the calls in the examples of a function's docstring; arrays are NumPy's."""
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(function) or "")
    if not examples:
        return
    seen: list[Arguments] = []

    @functools.wraps(function)
    def recorder(*args: Any, **kwargs: Any) -> Any:
        seen.append((args, kwargs))
        return function(*args, **kwargs)

    names = {**_usual_names(function), **vars(sys.modules[function.__module__]), function.__name__: recorder}
    with _standing_in(function, recorder), contextlib.redirect_stdout(io.StringIO()):
        for example in examples:
            if not example.options.get(doctest.SKIP) and len(seen) < 4:
                with contextlib.suppress(Exception):
                    exec(compile(example.source, "<example>", "single"), names)
    for arguments in seen:
        with contextlib.suppress(TypeError):
            yield _on_the_host(arguments)


def _usual_names(function: Callable[..., Any]) -> dict[str, Any]:
    """What examples take for imported: the library, its modules and its framework."""
    top = function.__module__.split(".")[0]
    found = {top: sys.modules[top], "np": np}
    for name, module in (("torch", "torch"), ("jax", "jax"), ("jnp", "jax.numpy"), ("keras", "keras")):
        if module in sys.modules:
            found[name] = importlib.import_module(module)
    return found


@contextlib.contextmanager
def _standing_in(function: Callable[..., Any], other: Callable[..., Any]) -> Iterator[None]:
    """Every module that holds the function holds another one in its place."""
    places = [
        (module, name)
        for module in list(sys.modules.values())
        for name, value in list(getattr(module, "__dict__", {}).items())
        if value is function and not name.startswith("__")
    ]
    for module, name in places:
        setattr(module, name, other)
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, function)


def _on_the_host(value: Any) -> Any:
    """A value with its arrays as NumPy's; TypeError for large ones."""
    if isinstance(value, dict):
        return {key: _on_the_host(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_on_the_host(inner) for inner in value)
    if hasattr(value, "__array__") and hasattr(value, "shape"):
        value = np.asarray(value.detach() if hasattr(value, "detach") else value)
        if value.size > LARGEST or value.dtype.kind not in "biufc":
            raise TypeError("no small array of numbers")
    return value


def candidates(function: Callable[..., Any]) -> Iterator[Arguments]:
    """Arguments that the function may take, the likeliest first; arrays are NumPy's."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return
    given = [p for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    texts = {p.name: _described(p, function.__doc__ or "") for p in given}
    arrays = [p.name for p in given if _is_array(p, texts[p.name])]
    others = [(p.name, _plain_values(p, texts[p.name])) for p in given if p.name not in arrays]
    shapes = [_stated_shapes(texts[name]) for name in arrays]
    combinations = itertools.chain(
        zip(*shapes, strict=False) if shapes and all(shapes) else (),
        ((shape,) * len(arrays) for shape in SHAPES),
        itertools.product(*[[*stated, *SHAPES][:7] for stated in shapes]),
    )
    for combination in itertools.islice(combinations, TRIES):
        for kinds in itertools.islice(itertools.product(("float", "int"), repeat=len(arrays)), 4):
            values = {n: _drawn(n, s, k) for n, s, k in zip(arrays, combination, kinds, strict=True)}
            for plain in itertools.islice(itertools.product(*[v for _, v in others]), 6):
                yield _bound(given, {**values, **dict(zip([n for n, _ in others], plain, strict=True))})


def _described(parameter: inspect.Parameter, doc: str) -> str:
    """The annotation of a parameter, and the line of the docstring that describes it with the one below."""
    annotation = "" if parameter.annotation is parameter.empty else str(parameter.annotation)
    line = re.search(rf"^\s*{re.escape(parameter.name)}\s*(\([^)]*\))?\s*:.*(\n.*)?", doc, re.M)
    return f"{annotation} | {line.group(0) if line else ''}"


def _is_array(parameter: inspect.Parameter, text: str) -> bool:
    annotation, _, described = text.partition(" | ")
    if "Callable" in annotation:
        return False
    if annotation and annotation != "typing.Any":
        return any(word in annotation for word in ("Tensor", "Array", "ndarray"))
    if re.search(r"\barray|ndarray|tensor|matri|image|sequence", described, re.I):
        return True
    plain = re.search(r"\b(int|float|bool|str|scalar|number|tuple|callable|function)", described, re.I)
    return not plain and parameter.name not in BY_NAME


def _stated_shapes(text: str) -> list[tuple[int, ...]]:
    """Shapes such as ``(B, C, H, W)`` in a description."""
    found = []
    for inside in re.findall(r"[(\[]([\w*., ]+)[)\]]", text):
        sizes = [part.strip().lower() for part in inside.split(",") if part.strip()]
        if sizes and all(size.isdigit() or size[0] in SIZES for size in sizes):
            for larger in ({}, {"n": 6, "m": 7}):
                known = {**SIZES, **larger}
                found.append(tuple(int(size) if size.isdigit() else known[size[0]] for size in sizes))
    return [shape for shape in dict.fromkeys(found) if np.prod(shape) < 5000]


def _plain_values(parameter: inspect.Parameter, text: str) -> list[Any]:
    if parameter.name in BY_NAME:
        return list(BY_NAME[parameter.name])
    text = text.lower()
    found: list[Any] = []
    if "callable" in text or parameter.name.endswith(("_fn", "_fun", "func")):
        return [operator.sub, operator.neg, operator.add]
    for inside in re.findall(r"tuple\[([\w, ]+)\]", text):
        found.append(tuple(0.5 if "float" in part else 3 for part in inside.split(",")))
    found += [(3, 3), (0.5, 0.5)] if "tuple" in text else []
    found += [3, 1] if "int" in text else []
    found += [0.5] if "float" in text or "scalar" in text else []
    found += [True] if "bool" in text else []
    quoted = re.findall(r"['\"](\w+)['\"]", text)
    found += quoted[:3] if "str" in text or quoted else []
    return found or [0.5, 3, (3, 3)]


def _drawn(name: str, shape: tuple[int, ...], kind: str) -> np.ndarray:
    seed = sum(map(ord, name))
    rng = np.random.default_rng(seed)
    if kind == "int":
        return rng.integers(0, 2, shape)
    return np.asarray(rng.random(shape), np.float32)


def _bound(parameters: list[inspect.Parameter], values: dict[str, Any]) -> Arguments:
    """The values by position where a parameter has one."""
    named = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    args = tuple(values[p.name] for p in parameters if p.name not in named)
    return args, {name: values[name] for name in named}
