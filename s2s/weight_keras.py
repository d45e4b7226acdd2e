"""State of Keras: of live models and of the files that it writes; nothing in a file is built or run."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from .weight_names import plain, stem
from .weight_state import Known, State, Stored, WeightError, known, snake, to_numpy

_LAYERS = ("layers", "_layer_checkpoint_dependencies")
_ASIDE = ("optimizer", "seed_generator", "metrics")


def keras_archive(path: Path) -> State:
    """A ``.keras`` file: its arrays, and the classes of its layers as its configuration writes them down."""
    with zipfile.ZipFile(path) as archive:
        configuration = json.loads(archive.read("config.json"))
        return hdf5(io.BytesIO(archive.read("model.weights.h5")), configuration)


def hdf5(path: Any, configuration: Any = None) -> State:
    """Keras' files: the older kind names every weight, the newer one numbers those of a layer."""
    with import_module("h5py").File(path, "r") as stored:
        _no_outside_links(stored)
        old = stored.get("model_weights", stored)
        if "layer_names" in old.attrs:
            configuration = json.loads(_word(stored.attrs.get("model_config", "{}")))
            words = frozenset(_words_of_classes(configuration))
            return State(dict(_named_weights(old)), words, ("keras",), _modules(configuration), False, _aside(stored))
        made_up: set[str] = set()
        found = dict(_stored(stored, ""))
        arrays = dict(_numbered_weights(stored, "", made_up, found))
        modules = _modules(configuration or {})
        return State(arrays, frozenset(made_up), ("keras",), modules, False, _aside(stored), True, found)


def _no_outside_links(group: Any) -> None:
    """Refuse a file that would have other files opened."""
    for name in group:
        link = group.get(name, getlink=True)
        if type(link).__name__ == "ExternalLink":
            raise WeightError(f"{name}: points at another file, which is not opened; save the state as arrays alone")
        inner = group[name]
        if hasattr(inner, "shape"):
            if inner.external:
                raise WeightError(f"{name}: keeps its numbers in another file; save the state as arrays alone")
        else:
            _no_outside_links(inner)


def _aside(stored: Any) -> tuple[str, ...]:
    names = [name for name in ("optimizer", "optimizer_weights") if name in stored and len(stored[name])]
    return tuple(names)


def _modules(configuration: Any) -> dict[str, Known]:
    """What a configuration says of layers that have a name of their own."""
    found: dict[str, Known] = {}
    for entry in _configurations(configuration):
        inner = entry.get("config")
        if isinstance(inner, dict) and isinstance(inner.get("name"), str):
            told = Known(frozenset((entry["class_name"],)), SimpleNamespace(**inner))
            found.setdefault(plain(inner["name"]), told)
            cell = {"GRU": "GRUCell", "LSTM": "LSTMCell", "SimpleRNN": "SimpleRNNCell"}.get(entry["class_name"])
            if cell:
                found.setdefault(f"{plain(inner['name'])}_cell", Known(frozenset((cell,)), told.attributes))
    return found


def _configurations(configuration: Any) -> Iterator[dict[str, Any]]:
    """All configurations of objects inside one."""
    if isinstance(configuration, dict):
        if isinstance(configuration.get("class_name"), str):
            yield configuration
        configuration = list(configuration.values())
    if isinstance(configuration, list):
        for item in configuration:
            yield from _configurations(item)


def _named_weights(stored: Any) -> Iterator[tuple[str, np.ndarray]]:
    for layer in map(_word, stored.attrs["layer_names"]):
        for name in map(_word, stored[layer].attrs["weight_names"]):
            yield f"{layer}.{name.rpartition('/')[2].partition(':')[0]}", np.asarray(stored[layer][name])


def _words_of_classes(configuration: Any) -> Iterator[str]:
    """The words that Keras made names of."""
    for entry in _configurations(configuration):
        yield snake(entry["class_name"])


def _word(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _numbered_weights(
    group: Any, path: str, made_up: set[str], found: Mapping[str, Stored]
) -> Iterator[tuple[str, np.ndarray]]:
    """``conv/vars/0`` under the attribute's name; what lies in ``layers`` under the names of the layers."""
    keys = sorted(group, key=_creation)
    is_list = "vars" not in group and len({stem(key) for key in keys}) == 1 and bool(path)
    for index, key in enumerate(keys):
        inner = group[key]
        if key == "vars":
            for number, array in enumerate(found[group.name.strip("/")][1]):
                yield f"{path}#{number}", array
        elif key in _LAYERS:
            yield from _named_layers(inner, "" if not path else f"{path}{key}.", made_up, found)
        elif not hasattr(inner, "shape") and key not in _ASIDE:
            yield from _numbered_weights(inner, f"{path}{index if is_list else key}.", made_up, found)


def _stored(group: Any, path: str) -> Iterator[tuple[str, Stored]]:
    """The path of each layer, its name, and its arrays in their order."""
    for key, inner in group.items():
        if key == "vars":
            name = _word(inner.attrs.get("name", ""))
            yield path, (name, tuple(np.asarray(inner[number]) for number in sorted(inner, key=int)))
        elif not hasattr(inner, "shape") and (key not in _ASIDE or path.rpartition("/")[2] in _LAYERS):
            yield from _stored(inner, f"{path}/{key}".lstrip("/"))


def _named_layers(
    group: Any, path: str, made_up: set[str], found: Mapping[str, Stored]
) -> Iterator[tuple[str, np.ndarray]]:
    """The layers of a model that is a graph or a sequence; those without a name are numbered among themselves."""
    counts: Counter[str] = Counter()
    for key in sorted(group, key=_creation):
        inner = group[key]
        name = _word(inner["vars"].attrs.get("name", key)) if "vars" in inner else key
        if stem(name) == stem(key):  # numbered in the order of construction; the key has that of the model
            word = stem(key)
            name = f"{word}_{counts[word]}" if counts[word] else word
            counts[word] += 1
            made_up.add(word)
        yield from _numbered_weights(inner, f"{path}{name}.", made_up, found)


def _creation(name: str) -> tuple[str, int]:
    """``dense``, ``dense_1``, ..., ``dense_10``."""
    number = name.rpartition("_")[2]
    return (stem(name), int(number)) if stem(name) != name else (name, 0)


def keras_state(model: Any) -> State:
    """The state of a live Keras model; a graph that is an object of a subclass has its layers under their names too."""
    made_up = {snake(type(layer).__name__) for layer in model._flatten_layers()}
    values = {id(variable): to_numpy(variable) for _, variable in keras_weights(model)}
    arrays = {name: values[id(variable)] for name, variable in keras_weights(model)}
    modules = {plain(path): known(layer) for path, layer in keras_modules(model)}
    for path, layer in graph_layers_beside(model, ()):
        for name, variable in keras_weights(layer):
            arrays.setdefault(f"{path}.{name}", values[id(variable)])
        for inner, module in keras_modules(layer, path):
            modules.setdefault(plain(inner), known(module))
    return State(arrays, frozenset(made_up), ("keras",), modules, True)


def keras_weights(layer: Any) -> Iterator[tuple[str, Any]]:
    """Every weight of a live Keras model under attribute names; in models that are graphs, under layer names."""
    for path, module in keras_modules(layer):
        held = {id(tracked(value)): (name, value) for name, value in vars(module).items() if not name.startswith("_")}
        for variable in [*module._trainable_variables, *module._non_trainable_variables]:
            name, value = held.get(id(variable), (variable.name, variable))
            yield f"{path}{'.' if path else ''}{name}", value


def tracked(value: Any) -> Any:
    """What Keras tracks of an attribute: of a converted kernel (O, I, ...) the variable (..., I, O), else itself."""
    return value.stored if type(value).__name__ == "Kernel" and hasattr(value, "stored") else value


def keras_modules(layer: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every layer of a live Keras model by such a name, the model itself under ''."""
    yield path, layer
    for name, child in _children(layer):
        yield from keras_modules(child, f"{path}.{name}" if path else name)


def _children(layer: Any) -> Iterator[tuple[str, Any]]:
    seen: set[int] = set()
    named = graph_layers(layer)
    for name, value in named or list(vars(layer).items()):
        bookkeeping = name in INTERNAL or name.startswith("_self_") and not hasattr(value, "_trainable_variables")
        if named or not bookkeeping:
            yield from _layers(name, value, seen)
    yield from graph_layers_beside(layer, seen)


# Attributes in which Keras itself keeps the layers of a model.
INTERNAL = frozenset("_layers _functional _metrics _operations _operations_by_depth".split())


def graph_layers_beside(layer: Any, seen: Collection[int]) -> list[tuple[str, Any]]:
    """The layers of a graph that is an object of a subclass, without those seen as attributes."""
    bases = {(cls.__module__.split(".")[0], cls.__name__) for cls in type(layer).__mro__}
    if graph_layers(layer) or ("keras", "Functional") not in bases:
        return []
    return list(in_order(inner for inner in layer._layers if id(inner) not in seen))


def graph_layers(layer: Any) -> list[tuple[str, Any]]:
    """The layers of a model that is a graph or a sequence by their names; none for any other layer."""
    cls = type(layer)
    if cls.__name__ not in ("Functional", "Sequential", "Model") or cls.__module__.split(".")[0] != "keras":
        return []
    return list(in_order(getattr(layer, "_layers", ())))


def in_order(layers: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Layers with their names; names that Keras made up are numbered in the order of the model, not of construction."""
    counts: Counter[str] = Counter()
    for layer in layers:
        word = snake(type(layer).__name__)
        if stem(layer.name) != word:
            yield layer.name, layer
            continue
        yield f"{word}_{counts[word]}" if counts[word] else word, layer
        counts[word] += 1


def _layers(name: str, value: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """The layers in an attribute; those of lists and dictionaries under their index or key."""
    if hasattr(value, "_non_trainable_variables"):  # not of an optimizer
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _layers(f"{name}.{index}", item, seen)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _layers(f"{name}.{key}", item, seen)
