"""State as NumPy arrays: from files, mappings and live models of the source framework."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .weight_names import stem


class WeightError(ValueError):
    """State that does not fit a model: what is missing, unexpected or of the wrong shape."""


@dataclass(frozen=True, slots=True)
class State:
    """Arrays under the source's names, and the words in these names that Keras made up from the classes of layers."""

    arrays: dict[str, np.ndarray]
    made_up: frozenset[str] = frozenset()


def read_file(path: Path) -> State:
    """The state that a file holds."""
    if not path.exists():
        raise WeightError(f"{path}: no such file")
    reader = _orbax if path.is_dir() else _READERS.get(path.suffix)
    if reader is None:
        raise WeightError(f"{path}: unknown kind of file; save the state as one of {', '.join(_READERS)}")
    try:
        return reader(path)
    except ImportError as error:
        raise WeightError(f"{path}: reading it needs the package {error.name}; pip install {error.name}") from error
    except WeightError:
        raise
    except Exception as error:  # whatever a reader says about a file that is damaged or would run code
        reason = str(error).partition("\n")[0].rstrip(". ")
        unsafe = type(error).__name__ == "UnpicklingError" or "allow_pickle" in reason
        remedy = "it holds more than arrays, and loading that could run code" if unsafe else reason
        raise WeightError(f"{path}: cannot be read: {remedy}; save the state as arrays alone") from error


def _safetensors(path: Path) -> State:
    try:
        stored = import_module("safetensors.numpy").load_file(path)
    except (KeyError, TypeError):  # bfloat16, which NumPy has not
        stored = import_module("safetensors.torch").load_file(path)
    return State(arrays_of(stored))


def _npz(path: Path) -> State:
    with np.load(path, allow_pickle=False) as stored:
        return State({name: stored[name] for name in stored.files})


def _torch(path: Path) -> State:
    """A state_dict, also one that lies in a training checkpoint under its usual name; nothing in the file is run."""
    stored = import_module("torch").load(path, map_location="cpu", weights_only=True)
    if not isinstance(stored, Mapping):
        raise WeightError(f"{path}: holds a {type(stored).__name__}; save model.state_dict() instead")
    for name in ("state_dict", "model_state_dict", "model"):
        if isinstance(stored.get(name), Mapping):
            stored = stored[name]
    return State(arrays_of(stored))


def _msgpack(path: Path) -> State:
    stored = import_module("flax.serialization").msgpack_restore(path.read_bytes())
    return State(arrays_of(stored))


def _orbax(path: Path) -> State:
    checkpoint = import_module("orbax.checkpoint")
    return State(arrays_of(checkpoint.PyTreeCheckpointer().restore(path.resolve())))


def _keras_archive(path: Path) -> State:
    with zipfile.ZipFile(path) as archive:
        return _hdf5(io.BytesIO(archive.read("model.weights.h5")))


def _hdf5(path: Any) -> State:
    """Keras' files: the older kind names every weight, the newer one numbers those of a layer."""
    with import_module("h5py").File(path, "r") as stored:
        old = stored.get("model_weights", stored)
        if "layer_names" in old.attrs:
            configuration = json.loads(_word(stored.attrs.get("model_config", "{}")))
            return State(dict(_named_weights(old)), frozenset(_words_of_classes(configuration)))
        made_up: set[str] = set()
        return State(dict(_numbered_weights(stored, "", made_up)), frozenset(made_up))


def _named_weights(stored: Any) -> Iterator[tuple[str, np.ndarray]]:
    for layer in map(_word, stored.attrs["layer_names"]):
        for name in map(_word, stored[layer].attrs["weight_names"]):
            yield f"{layer}.{name.rpartition('/')[2].partition(':')[0]}", np.asarray(stored[layer][name])


def _words_of_classes(configuration: Any) -> Iterator[str]:
    """The words that Keras made names of, from all configurations of layers inside one."""
    if isinstance(configuration, dict):
        if isinstance(configuration.get("class_name"), str):
            yield snake(configuration["class_name"])
        configuration = list(configuration.values())
    if isinstance(configuration, list):
        for item in configuration:
            yield from _words_of_classes(item)


def _word(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _numbered_weights(group: Any, path: str, made_up: set[str]) -> Iterator[tuple[str, np.ndarray]]:
    """``layers/conv2d_1/vars/0`` under the name that the layer has, in the order of the layers."""
    for key in sorted(group, key=_creation):
        inner = group[key]
        if key == "vars":
            for number in sorted(inner, key=int):
                yield f"{path}#{number}", np.asarray(inner[number])
        elif not hasattr(inner, "shape") and key not in ("optimizer", "seed_generator", "metrics"):
            name = _word(inner["vars"].attrs.get("name", key)) if "vars" in inner else key
            if stem(name) == stem(key):  # numbered in the order of construction; the key has that of the model
                name = key
                made_up.add(stem(key))
            top = key in ("layers", "_layer_checkpoint_dependencies") and not path
            yield from _numbered_weights(inner, path if top else f"{path}{name}.", made_up)


def _creation(name: str) -> tuple[str, int]:
    """``dense``, ``dense_1``, ..., ``dense_10``."""
    number = name.rpartition("_")[2]
    return (stem(name), int(number)) if stem(name) != name else (name, 0)


_READERS: dict[str, Callable[[Path], State]] = {
    ".safetensors": _safetensors,
    ".npz": _npz,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".keras": _keras_archive,
    ".msgpack": _msgpack,
    ".pt": _torch,
    ".pth": _torch,
}


def arrays_of(state: Mapping[Any, Any], prefix: str = "") -> dict[str, np.ndarray]:
    """A mapping of names to arrays; mappings inside it add their name and a dot."""
    found: dict[str, np.ndarray] = {}
    for name, value in state.items():
        if isinstance(value, (list, tuple)):
            value = dict(enumerate(value))
        if isinstance(value, Mapping):
            found.update(arrays_of(value, f"{prefix}{name}."))
        elif value is not None and not _is_random(value):
            found[f"{prefix}{name}"] = to_numpy(value)
    return found


def _is_random(value: Any) -> bool:
    """Whether a variable of flax.nnx is the state of a random generator."""
    return any(cls.__name__ == "RngState" for cls in type(value).__mro__)


def to_numpy(value: Any) -> np.ndarray:
    """An array of any framework as one of NumPy; bfloat16 becomes float32."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
        return value.numpy()
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array


def keras_state(model: Any) -> State:
    """The state of a live Keras model."""
    made_up = {snake(type(layer).__name__) for layer in model._flatten_layers()}
    return State({name: to_numpy(value) for name, value in keras_weights(model)}, frozenset(made_up))


def snake(name: str) -> str:
    """``Conv2D`` -> ``conv2d``: the word that Keras makes a layer's name of."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def keras_weights(layer: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every weight of a live Keras model under attribute names; in models that are graphs, under layer names."""
    own = [*layer._trainable_variables, *layer._non_trainable_variables]
    names = {id(value): name for name, value in vars(layer).items() if not name.startswith("_")}
    for variable in own:
        yield f"{prefix}{names.get(id(variable), variable.name)}", variable
    for name, child in _keras_children(layer):
        yield from keras_weights(child, f"{prefix}{name}.")


def _keras_children(layer: Any) -> Iterator[tuple[str, Any]]:
    seen: set[int] = set()
    named = list(_numbered(getattr(layer, "_layers", ())))
    is_graph = type(layer).__name__ in ("Functional", "Sequential", "Model") and named
    for name, value in named if is_graph else list(vars(layer).items()):
        if is_graph or name not in ("_layers", "_functional", "_metrics") and not name.startswith("_self_"):
            yield from _keras_layers(name, value, seen)


def _numbered(layers: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Layers with their names; names that Keras made up are numbered in the order of the model, not of construction."""
    counts: Counter[str] = Counter()
    for layer in layers:
        word = snake(type(layer).__name__)
        if stem(layer.name) != word:
            yield layer.name, layer
            continue
        yield f"{word}_{counts[word]}" if counts[word] else word, layer
        counts[word] += 1


def _keras_layers(name: str, value: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """The layers in an attribute; those of lists and dictionaries under their index or key."""
    if hasattr(value, "_trainable_variables"):
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _keras_layers(f"{name}.{index}", item, seen)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _keras_layers(f"{name}.{key}", item, seen)
