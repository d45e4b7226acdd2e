"""Where Keras' saving of weights finds the layers of a converted model: the paths of a ``.weights.h5`` file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .helper_names import helpers_of
from .weight_names import stem
from .weight_slots import framework_of
from .weight_state import State, snake


def under_own_names(model: Any, state: State) -> State:
    """The state with the model's paths for those of the file; as it was where the two do not fit.

    A layer of a file is known by the attribute or the list that Keras met first, and by its number among those of its
    class. The names of the layers of each class tell that they were made in the same order.
    """
    if not _is_layer(model) or _is_own(model) and not _is_converted(model):
        return state
    names = {path: name for path, (name, _) in state.stored.items()}
    places = dict(_places(model, names))
    if not _same_order(places, names):
        return state
    arrays = {}
    for path, (name, values) in state.stored.items():
        if not values:
            continue
        place = next(outer for outer in _prefixes(path) if outer in places)
        inner = path[len(place) :].strip("/").split("/")
        own, layer = places[place]
        if not name or "layers" in inner or place != path and not _is_given(layer):
            return state
        own = ".".join(filter(None, [own, *inner]))
        arrays.update({f"{own}.#{number}".lstrip("."): value for number, value in enumerate(values)})
    return replace(state, arrays=arrays) if arrays else state


# What Keras calls the layers that are written as PyTorch's own.
_WORDS = {
    "BatchNorm": "batch_normalization",
    "Conv1d": "conv1d",
    "Conv2d": "conv2d",
    "Conv3d": "conv3d",
    "ConvTranspose1d": "conv1d_transpose",
    "ConvTranspose2d": "conv2d_transpose",
    "ConvTranspose3d": "conv3d_transpose",
    "Dropout": "dropout",
    "Embedding": "embedding",
    "LayerNorm": "layer_normalization",
    "Linear": "dense",
}
# What their classes are called beside that: before the first call, with strides, of the past alone.
_PREFIXES = re.compile("^(Lazy)?(Causal|Strided)?")


def _prefixes(path: str) -> Iterator[str]:
    """A path and those around it, the longest first."""
    parts = path.split("/") if path else []
    return ("/".join(parts[:end]) for end in range(len(parts), -1, -1))


def _same_order(places: Mapping[str, tuple[str, Any]], names: Mapping[str, str]) -> bool:
    """Whether the layers of each class were made in one order: Keras numbers them, and so do converted layers."""
    numbers: dict[str, list[tuple[int, int]]] = {}
    for path, name in names.items():
        if path in places:
            own = getattr(places[path][1], "name", "") or ""
            if stem(own) == stem(name) == snake(type(places[path][1]).__name__):
                numbers.setdefault(stem(name), []).append((_number(name), _number(own)))
    return all([own for _, own in sorted(pairs)] == sorted(own for _, own in pairs) for pairs in numbers.values())


def _number(name: str) -> int:
    return int(name.rpartition("_")[2]) if stem(name) != name else 0


def _places(model: Any, names: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Path in the file, path in the model and the layer, in the order of saving; ``names`` are the file's."""
    seen: set[int] = set()

    def visit(layer: Any, stored: str, own: str) -> Iterator[tuple[str, tuple[str, Any]]]:
        if id(layer) in seen:
            return
        seen.add(id(layer))
        yield stored, (own, layer)
        for name, path, value in _saved(layer):
            place = _joined(stored, name, "/")
            if name == "layers" and not path and not _is_sequence(layer):
                if not any(known.startswith(f"{place}/") for known in names):
                    continue
                value = _as_made(value, place, names)
            yield from child(value, place, _joined(own, path, "."))

    def child(value: Any, stored: str, own: str) -> Iterator[tuple[str, tuple[str, Any]]]:
        items = _items(value)
        if items is None:
            yield from visit(value, stored, own) if _is_layer(value) else ()
            return
        used: Counter[str] = Counter()
        for key, item in items:
            word = _word(item)
            if word == "container" and _items(item) is None:
                continue
            name = _key(word, used[word])
            used[word] += 1
            yield from child(item, f"{stored}/{name}", _joined(own, key, "."))

    yield from visit(model, "", "")


def _is_sequence(layer: Any) -> bool:
    """Whether a layer is a ``Sequential``."""
    return any(cls.__name__ == "Sequential" for cls in type(layer).__mro__)


def _word(value: Any) -> str:
    """What Keras calls an element of a container before it counts."""
    kind = type(value).__name__
    own = _PREFIXES.sub("", kind)
    if _is_graph(value):
        return "functional"
    if _is_own(value) and (_is_given(value) or own in _WORDS):
        return _WORDS.get(own, snake(kind))
    return snake(kind) if _is_layer(value) else "container"


def _key(word: str, number: int) -> str:
    return f"{word}_{number}" if number else word


def _as_made(layers: Mapping[str, Any], place: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The layers of a model, those of each class in the order of the file: by the names given to them, else as made."""
    by_word: dict[str, list[str]] = {}
    for path, layer in layers.items():
        by_word.setdefault(_word(layer), []).append(path)
    found: dict[str, Any] = {}
    for word, paths in by_word.items():
        every = [names.get(f"{place}/{_key(word, number)}", "") for number in range(len(paths))]
        keys = {name: number for number, name in enumerate(every)}
        early = [path for path in paths if _rank(path.partition(".")[0]) < "layers"]
        given: dict[int, str] = {}
        if len(early) == every.count(""):  # these lie elsewhere in the file
            keys.pop("", None)
            given = dict(zip((n for n, name in enumerate(every) if not name), early, strict=True))
        left = [path for path in paths if path not in given.values()]
        own = {path: getattr(layers[path], "name", "") or "" for path in left}
        given |= {keys[own[p]]: p for p in left if getattr(layers[p], "named", False) and own[p] in keys}
        rest = sorted((p for p in left if p not in given.values()), key=lambda p: _number(own[p]))
        nameless = any(_is_own(layers[path]) for path in left)  # in the order in which they became attributes, then
        free = sorted((0 if nameless else _number(k), number) for k, number in keys.items() if number not in given)
        given.update((number, path) for (_, number), path in zip(free, rest, strict=False))
        found.update((given[number], layers[given[number]]) for number in sorted(given))
    return found


def _rank(name: str) -> str:
    """What Keras sorts attributes by: private ones come last."""
    return f"~{name}" if name.startswith("_") else name


def _joined(outer: str, name: str, separator: str) -> str:
    return f"{outer}{separator}{name}" if outer and name else outer or name


def _saved(layer: Any) -> list[tuple[str, str, Any]]:
    """Name in the file, path in the model and value of what a layer holds; private attributes come last."""
    members = _members(layer)
    if _is_sequence(layer):
        return [("layers", "", dict(members))]
    if _is_graph(layer):
        return [("layers", "", dict(members))]
    if _is_given(layer):
        return []  # the names inside it are Keras' too
    found = [(name, name, value) for name, value in members]
    if _is_own(layer) or any(cls.__name__ == "Model" for cls in type(layer).__mro__):
        found.append(("layers", "", dict(_flat(members))))
    return sorted(found, key=lambda entry: _rank(entry[0]))


def _flat(members: Iterable[tuple[str, Any]], path: str = "") -> Iterator[tuple[str, Any]]:
    """The layers in attributes and in containers, under their paths."""
    for name, value in members:
        items = _items(value)
        if _is_layer(value):
            yield path + name, value
        elif items is not None:
            yield from _flat(items, f"{path}{name}.")


def _is_layer(value: Any) -> bool:
    """Whether something is a converted layer of Keras: these know whether they were given a name, PyTorch's do not."""
    return "named" in getattr(value, "__dict__", {}) or _is_own(value)


def _is_graph(value: Any) -> bool:
    """Whether something is a model of symbols that calls PyTorch's own layers."""
    return _is_own(value) and _is_given(value) and {"inputs", "outputs", "order"} <= vars(value).keys()


def _is_own(value: Any) -> bool:
    """Whether something is a module of PyTorch without a name, and no container."""
    attributes = getattr(value, "__dict__", {})
    return "_modules" in attributes and "named" not in attributes and _items(value) is None


def _is_converted(model: Any) -> bool:
    """Whether classes of a model are generated helpers, or code around them uses some."""
    if any(helpers_of(type(module).__module__ or "") for module in model.modules()):
        return True
    methods = (vars(type(module)).get("forward") for module in model.modules())
    scopes = [getattr(method, "__globals__", {}) for method in methods]
    values = (value for scope in scopes for value in scope.values() if isinstance(value, type))
    return any(helpers_of(value.__module__ or "") for value in values)


def _is_given(layer: Any) -> bool:
    """Whether a layer is one of Keras' own and no class of the project."""
    return "helpers" in type(layer).__module__ or type(layer).__module__.startswith("torch.")


def _members(layer: Any) -> list[tuple[str, Any]]:
    """The layers and containers that a layer holds, in the order of its attributes."""
    framework = framework_of(layer)
    if framework == "torch":
        return list(layer._modules.items())
    names = dict.fromkeys([*getattr(layer, "_members", ()), *vars(layer)])
    held = {name: vars(layer)[name] for name in names if name in vars(layer)}
    return [(n, v) for n, v in held.items() if _is_layer(v) or _items(v) is not None]


def _items(value: Any) -> list[tuple[str, Any]] | None:
    """Keys and items of a container; None for anything else."""
    kind = type(value).__name__
    if isinstance(value, Mapping) or kind in ("ModuleDict", "Dict"):
        return [(str(key), item) for key, item in value.items()]
    if isinstance(value, (list, tuple)) or kind in ("ModuleList", "List"):
        return [(str(index), item) for index, item in enumerate(value)]
    return None
