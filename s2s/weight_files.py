"""State from files. Nothing that a file holds is executed: arrays are read, everything else is refused or ignored."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .weight_keras import hdf5, keras_archive
from .weight_state import State, WeightError, arrays_of, of_model

_TF_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_TF_BESIDE = frozenset(("optimizer", "save_counter"))


def read_file(path: Path) -> State:
    """The state that a file or folder holds."""
    reader = _reader(path)
    if reader is None:
        raise WeightError(f"{path}: no such file")
    try:
        return reader(path)
    except ImportError as error:
        raise WeightError(f"{path}: reading it needs the package {error.name}; pip install {error.name}") from error
    except WeightError as error:
        raise error if str(path) in str(error) else WeightError(f"{path}: {error}") from error
    except Exception as error:  # whatever a reader says about a file that is damaged or would run code
        reason = str(error).partition("\n")[0].rstrip(". ")
        unsafe = type(error).__name__ == "UnpicklingError" or "allow_pickle" in reason
        remedy = "it holds more than arrays, and loading that could run code" if unsafe else reason
        raise WeightError(f"{path}: cannot be read: {remedy}; save the state as arrays alone") from error


def _reader(path: Path) -> Callable[[Path], State] | None:
    """What reads a file, by the end of its name; a folder by what lies in it."""
    if path.is_dir():
        return _index_in if any(path.glob("*.index.json")) else _tensorflow if any(path.glob("*.index")) else _orbax
    if path.name.endswith(".index.json"):
        return _shards
    if path.suffix == ".index" or path.with_name(f"{path.name}.index").exists():
        return _tensorflow
    if not path.exists():
        return None
    if path.suffix not in _READERS:
        raise WeightError(f"{path}: unknown kind of file; save the state as one of {', '.join(_READERS)}")
    return _READERS[path.suffix]


def _safetensors(path: Path) -> State:
    return State(arrays_of(import_module("safetensors.numpy").load_file(path)))


def _shards(path: Path) -> State:
    """``model.safetensors.index.json`` and the like: the files beside it that its ``weight_map`` names."""
    weight_map = json.loads(path.read_text(encoding="utf-8")).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise WeightError("has no weight_map of names to files")
    arrays: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(weight_map.values()):
        file = path.parent / str(name)
        if file.name != name or file.suffix not in _READERS:
            raise WeightError(f"{name!r} in its weight_map is not a file of arrays beside it")
        arrays.update(read_file(file).arrays)
    missing = [name for name in weight_map if name not in arrays]
    if missing:
        raise WeightError(f"its files lack {', '.join(missing[:5])}")
    return State({name: arrays[name] for name in weight_map}, families=_family_of(path.name))


def _family_of(name: str) -> tuple[str, ...]:
    return ("torch",) if ".bin." in name else ()


def _index_in(path: Path) -> State:
    found = sorted(path.glob("*.index.json"))
    if len(found) > 1:
        raise WeightError(f"holds several indices: {', '.join(file.name for file in found)}; name one")
    return read_file(found[0])


def _npz(path: Path) -> State:
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    lost = [name for name, array in arrays.items() if array.dtype.kind == "V"]
    if lost:
        raise WeightError(f"{lost[0]} has lost its dtype, as bfloat16 does in .npz; save it as float32")
    return State(arrays)


def _torch(path: Path) -> State:
    """A state_dict, also one that lies in a training checkpoint under its usual name; nothing in the file is run."""
    stored = import_module("torch").load(path, map_location="cpu", weights_only=True)
    if not isinstance(stored, Mapping):
        raise WeightError(f"holds a {type(stored).__name__}; save model.state_dict() instead")
    return _of_training(stored, ("torch",))


def _of_training(stored: Mapping[Any, Any], families: tuple[str, ...]) -> State:
    """The state of the model in a checkpoint of a training program."""
    model, ignored = of_model(stored)
    aside = [name for name in model if name == "n_averaged"]
    arrays = arrays_of({name: value for name, value in model.items() if name not in aside})
    arrays = {name.replace("_orig_mod.", ""): array for name, array in arrays.items()}
    return State(arrays, families=families, ignored=(*ignored, *aside))


def _msgpack(path: Path) -> State:
    stored = import_module("flax.serialization").msgpack_restore(path.read_bytes())
    return _of_training(stored, ())


def _orbax(path: Path) -> State:
    checkpoint = import_module("orbax.checkpoint")
    return _of_training(checkpoint.PyTreeCheckpointer().restore(path.resolve()), ())


def _tensorflow(path: Path) -> State:
    """A checkpoint of TensorFlow: ``ckpt-1.index``, the name before its ``.index``, or the folder of one."""
    if path.is_dir():
        found = sorted(path.glob("*.index"))
        if len(found) != 1:
            raise WeightError(f"holds {len(found)} checkpoints: {', '.join(f.name for f in found)}; name one")
        path = found[0]
    reader = import_module("tensorflow").train.load_checkpoint(str(path).removesuffix(".index"))
    shapes = reader.get_variable_to_shape_map()
    names = _names_of_objects(reader.get_tensor(_TF_GRAPH)) if _TF_GRAPH in shapes else {name: name for name in shapes}
    arrays = {name.replace("/", "."): np.asarray(reader.get_tensor(key)) for name, key in sorted(names.items())}
    beside = {part for key in shapes for part in key.split("/") if part in _TF_BESIDE}
    return State(arrays, families=("keras",), ignored=tuple(sorted(beside)))


def _names_of_objects(graph: bytes) -> dict[str, str]:
    """Names of variables by the attributes that lead to them from the root, past optimizers -> keys in the checkpoint.

    The keys themselves take the shortest way, which often leads through an optimizer.
    """
    objects = import_module("tensorflow.core.protobuf.trackable_object_graph_pb2").TrackableObjectGraph()
    objects.ParseFromString(graph)
    names: dict[str, str] = {}
    paths, waiting = {0: ""}, [0]
    for number in waiting:
        node = objects.nodes[number]
        for attribute in node.attributes:
            if attribute.name == "VARIABLE_VALUE":
                names[paths[number]] = attribute.checkpoint_key
        for child in node.children:
            if child.node_id not in paths and child.local_name not in _TF_BESIDE:
                paths[child.node_id] = f"{paths[number]}/{child.local_name}".lstrip("/")
                waiting.append(child.node_id)
    return names


_READERS: dict[str, Callable[[Path], State]] = {
    ".safetensors": _safetensors,
    ".npz": _npz,
    ".h5": hdf5,
    ".hdf5": hdf5,
    ".keras": keras_archive,
    ".msgpack": _msgpack,
    ".pt": _torch,
    ".pth": _torch,
    ".bin": _torch,
    ".index": _tensorflow,
}
