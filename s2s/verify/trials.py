"""Finding a way to call an entry of the source: what its project shows first, then shapes that fit its first layer."""

from __future__ import annotations

import ast
import builtins
import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..live_entry import made, parameters_of
from ..weight_slots import modules_of, slots
from ..weight_state import to_numpy
from .apart import FLAGS, Apart, held_apart
from .job import Entry, Example
from .side import Side
from .specs import drawn, parsed
from .values import flat, is_array

_IMAGES = ((2, 3, 32, 32), (2, 3, 64, 64), (1, 3, 224, 224))
_SHAPES = (
    (2, 3, 8, 8),
    (2, 6),
    (2, 5, 8),
    (6,),
    (4, 4),
    (2, 3, 3),
    (2, 8, 8, 3),
    (2, 3, 4, 8, 8),
    (2, 3),
    (2, 2),
    (2, 4),
    (2, 5, 2),
)
_SIZES = {
    "head": 4, "group": 2, "layer": 2, "depth": 2, "kernel": 3, "stride": 1, "class": 10, "vocab": 50,
    "num_embeddings": 50, "dim": 16, "channel": 16, "chan": 16, "feature": 16, "hidden": 16, "planes": 16,
    "units": 16, "filters": 16, "width": 16, "token": 16, "size": 16, "input": 16, "output": 16, "dropout": 0.1,
    "rate": 0.1, "ratio": 0.5, "eps": 1e-5,
}  # fmt: skip
_ARRAYS = frozenset((
    "Tensor", "Array", "ndarray", "ArrayLike", "NDArray", "TensorLike", "TensorType", "FloatTensor", "LongTensor",
    "KerasTensor", "Any", "object", "Ellipsis", "T", "chex",
))  # fmt: skip
"""Words in annotations of what may be an array."""
_WHOLE = ("ids", "tokens", "words", "indices", "index", "labels", "label", "token", "positions", "targets")


class NotFound(Exception):
    """No way to call an entry was found; says what is missing."""


def constructions(entry: Entry, found: Any, namespace: dict[str, Any], package: str) -> Iterator[Example | None]:
    """Ways to make a model: of a class, or of a function that returns one; None is the function itself."""
    if entry.chosen and entry.made:
        yield from entry.made
        return
    required = [p for p in parameters_of(found) if p.default is p.empty and p.name != "rngs"]
    if not inspect.isclass(found):
        if not required:
            yield Example()
        yield None
        return
    if not required:
        yield Example()
    yield from entry.made[:8]
    guessed = {p.name: _guess(p, namespace, package) for p in required}
    if required and all(guessed.values()):
        yield Example((), guessed)


def _guess(parameter: inspect.Parameter, namespace: dict[str, Any], package: str) -> str:
    """The text of a likely argument: a size by its name, a configuration with its defaults; '' when there is none."""
    name = (
        parameter.annotation if isinstance(parameter.annotation, str) else getattr(parameter.annotation, "__name__", "")
    )
    known = namespace.get(name)
    if inspect.isclass(known) and known.__module__.split(".")[0] == package:
        return f"{name}()" if all(p.default is not p.empty for p in parameters_of(known)) else ""
    size = next((size for word, size in _SIZES.items() if word in parameter.name.lower()), None)
    if size is None and name in ("int", "float", "bool"):
        size = {"int": 8, "float": 0.5, "bool": True}[name]
    return "" if size is None or name in ("str", "Callable") else repr(size)


def constructed(cls: Any, example: Example, namespace: dict[str, Any]) -> Any:
    """An object from the texts of its arguments, which may use names of the entry's own module."""
    values = [evaluated(text, namespace) for text in example.args]
    named = {name: evaluated(text, namespace) for name, text in example.kwargs.items()}
    apart = held_apart(cls, lambda: made(cls, values, named)) if inspect.isclass(cls) else None
    return made(cls, values, named) if apart is None else apart


def evaluated(text: str, namespace: dict[str, Any]) -> Any:
    """The value of an expression in a module."""
    return eval(
        compile(text, "<argument>", "eval"), dict(namespace)
    )  # the project's own text, run as its tests would be


def is_portable(example: Example, namespace: dict[str, Any], package: str) -> bool:
    """Whether a construction's arguments mean the same in the converted module: literals and names of the package."""
    for text in (*example.args, *example.kwargs.values()):
        for node in ast.walk(ast.parse(text, mode="eval")):
            if not isinstance(node, ast.Name) or hasattr(builtins, node.id):
                continue
            if node.id not in namespace:
                return False
            owner = getattr(namespace[node.id], "__module__", None) or getattr(namespace[node.id], "__name__", "")
            if str(owner).split(".")[0] != package and not isinstance(namespace[node.id], (int, float, str, tuple)):
                return False
    return True


def calls(entry: Entry, obj: Any, side: Side, namespace: dict[str, Any]) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Arguments to try, arrays as those of NumPy."""
    if entry.inputs:
        given = parsed(entry.inputs)
        yield list(given.args), given.named
        return
    for example in entry.calls[:8]:
        found = _shown(example, namespace)
        if found is not None:
            yield found
    function = _called(obj, side)
    needed = [p for p in parameters_of(function) if p.default is p.empty and p.name not in ("self", *FLAGS)]
    if not needed or len(needed) > 4:
        return
    shapes = [*entry.shapes, *(_layer_shapes(obj, side) if side.is_model(obj) else _SHAPES)]
    kinds = [_kind(p) for p in needed]
    if None in kinds:
        return
    plain = ["array" if kind == "ids" else kind for kind in kinds]
    for tried in (kinds, plain) if plain != kinds else (kinds,):
        for shape in dict.fromkeys(map(tuple, shapes)):
            yield [_argument(kind, shape, i, side) for i, kind in enumerate(tried)], {}


def _called(obj: Any, side: Side) -> Any:
    if isinstance(obj, Apart):
        return obj.function
    if not side.is_model(obj):
        return obj
    name = {"torch": "forward", "tensorflow": "call"}.get(side.name, "__call__")
    return getattr(obj, name)


def _shown(example: Example, namespace: dict[str, Any]) -> tuple[list[Any], dict[str, Any]] | None:
    """The arguments of an example, or None when its text does not run alone."""
    scope = dict(namespace)
    for line in example.setup:
        try:
            exec(compile(line, "<example>", "exec"), scope)  # the project's own text, run as its tests would be
        except Exception:
            continue
    try:
        args = [_portable(evaluated(text, scope)) for text in example.args]
        return args, {name: _portable(evaluated(text, scope)) for name, text in example.kwargs.items()}
    except Exception:
        return None


def _portable(value: Any) -> Any:
    if is_array(value):
        return np.array(to_numpy(value))
    if isinstance(value, dict):
        return {key: _portable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_portable(item) for item in value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} is neither an array nor a plain value")


def _layer_shapes(model: Any, side: Side) -> Iterator[tuple[Any, ...]]:
    """Shapes of inputs that the first layer with weights takes; a number in front is the limit of whole numbers."""
    last = side.name == "tensorflow"
    given = getattr(model, "inputs", None) or []
    if len(given) == 1 and last:
        yield tuple(n or 2 for n in given[0].shape)
    for module in modules_of(model).values():
        kind = type(module).__name__
        size = next(
            (
                getattr(module, n)
                for n in ("in_features", "in_channels", "input_size", "num_features")
                if _whole(module, n)
            ),
            0,
        )
        count = next((getattr(module, n) for n in ("num_embeddings", "input_dim") if _whole(module, n)), 0)
        if "Embed" in kind and count and "Patch" not in kind:
            yield ("int", count, 2, 7)
        elif "Conv2" in kind and size:
            yield from ((1 if n > 100 else 2, size, n, n) for n in (16, 32, 64, 224))
        elif "Conv1" in kind and size:
            yield (2, size, 32)
        elif size:
            yield from ((2, size), (2, 5, size), (2, size, 8, 8), (2, 8, 8, size), (2, size, 8))
        else:
            continue
        break
    images = [(n, h, w, c) if last else (n, c, h, w) for n, c, h, w in _IMAGES]
    size = _size_hint(model)
    yield from ((2, size), (2, 5, size), (2, size, 8, 8), (2, 8, 8, size)) if size else ()
    for slot in slots(model):
        if len(slot.shape) == 2:
            yield from ((2, n) for n in slot.shape)
    yield from itertools.chain(images, ((2, 16), (2, 5, 16), (2, 16, 8, 8), (2, 8, 8, 16), (2, 6)))


def _whole(module: Any, name: str) -> bool:
    return isinstance(getattr(module, name, None), int)


def _size_hint(model: Any) -> int:
    for name in (
        "dim",
        "embed_dim",
        "d_model",
        "channels",
        "in_channels",
        "num_channels",
        "hidden_size",
        "normalized_shape",
    ):
        value = getattr(model, name, 0)
        value = value[-1] if isinstance(value, tuple) and value else value
        if isinstance(value, int) and value:
            return value
    return 0


def _kind(parameter: inspect.Parameter) -> str | None:
    """What a required argument is by its annotation and name: an array, a number, or None when it cannot be told."""
    written = (
        parameter.annotation if isinstance(parameter.annotation, str) else getattr(parameter.annotation, "__name__", "")
    )
    if written in ("int", "float", "bool"):
        return str(written)
    words = set(re.findall(r"\w+", str(parameter.annotation)))
    if parameter.annotation is not parameter.empty and words and not words & _ARRAYS:
        return None
    if "mask" in parameter.name:
        return "mask"
    return "ids" if parameter.name in _WHOLE or parameter.name.endswith("_ids") else "array"


def _argument(kind: str | None, shape: tuple[Any, ...], seed: int, side: Side) -> Any:
    if kind in ("int", "float", "bool"):
        return {"int": 2, "float": 0.5, "bool": True}[kind]
    if shape[0] == "int":
        return drawn("int32" if side.name == "jax" else "int64", shape[2:], shape[1], seed)
    if kind == "ids":
        return drawn("int32" if side.name == "jax" else "int64", shape[:2], 5, seed)
    if kind == "mask":
        return drawn("bool", shape[:2], 2, seed)
    return np.random.default_rng(seed).random(shape, dtype=np.float32)


def first_that_runs(
    entry: Entry, obj: Any, side: Side, namespace: dict[str, Any], again: Callable[[], Any]
) -> tuple[Any, list[Any], dict[str, Any]]:
    """The object and arguments with which the source runs and gives finite arrays.

    ``again`` makes the object anew: layers whose weights are made at the first call keep those of a call that failed.
    """
    problem, accepted = "", None
    lazy = side.name == "tensorflow" and side.is_model(obj)
    flag = {obj.flag: not FLAGS[obj.flag]} if isinstance(obj, Apart) and obj.flag else {}
    for args, given in calls(entry, obj, side, namespace):
        kwargs = {**given, **flag}
        try:
            results = flat(side.call(obj, args, kwargs, False))
        except Exception as error:  # the shapes do not fit: the next ones may
            problem = problem or f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"
            obj = again() if lazy else obj
            continue
        if not results:
            problem = "it returns no arrays"
            continue
        accepted = accepted or (obj, args, kwargs)
        if all(np.isfinite(array).any() for array in results.values() if array.dtype.kind in "fc" and array.size):
            return obj, args, kwargs
    if accepted is not None:
        return accepted
    raise NotFound(problem or "its arguments cannot be told from its annotations")
