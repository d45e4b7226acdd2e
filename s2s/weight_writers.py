"""Writing a converted model's state to the kinds of files that its framework reads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from .discover import InputError
from .weight_slots import slots
from .weight_state import to_numpy

Arrays = dict[str, np.ndarray]


def arrays_to_write(model: Any) -> Arrays:
    """The saved arrays of a model under its framework's names."""
    return {slot.name: to_numpy(slot.value) for slot in slots(model) if slot.persistent}


def write_state(model: Any, path: Path, framework: str) -> None:
    """Write a model's state in the format of the file's name; the file appears whole or not at all.

    Raises ``InputError`` for a name that stands for no format of the framework.
    """
    kind = kind_of(path, framework)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=kind)
    os.close(handle)
    try:
        _WRITERS[kind](model, Path(name))
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def kind_of(path: Path, framework: str) -> str:
    """The format that a file's name asks for; ``InputError`` when the framework does not use it."""
    kind = next((kind for kind in _WRITERS if path.name.endswith(kind)), "")
    if kind not in _FORMATS[framework]:
        known = ", ".join(_FORMATS[framework])
        raise InputError(f"-o {path}: a state for {framework} is written as one of {known}")
    return kind


def _torch(model: Any, path: Path) -> None:
    torch = import_module("torch")
    is_model = isinstance(model, torch.nn.Module)
    arrays = model.state_dict() if is_model else {k: torch.from_numpy(v) for k, v in arrays_to_write(model).items()}
    torch.save(dict(arrays), path)


def _safetensors(model: Any, path: Path) -> None:
    arrays = {name: np.array(value, order="C") for name, value in arrays_to_write(model).items()}
    import_module("safetensors.numpy").save_file(arrays, path)


def _npz(model: Any, path: Path) -> None:
    with path.open("wb") as handle:
        np.savez(handle, **arrays_to_write(model))  # type: ignore[arg-type]


def _msgpack(model: Any, path: Path) -> None:
    """Nested dictionaries, as ``nnx.replace_by_pure_dict`` and Flax' own checkpoints have them."""
    nested: dict[str, Any] = {}
    for name, value in arrays_to_write(model).items():
        *outer, last = name.split(".")
        place = nested
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    path.write_bytes(import_module("flax.serialization").msgpack_serialize(nested))


def _keras(model: Any, path: Path) -> None:
    model.save_weights(path, overwrite=True)


_WRITERS: dict[str, Callable[[Any, Path], None]] = {
    ".weights.h5": _keras,
    ".safetensors": _safetensors,
    ".msgpack": _msgpack,
    ".npz": _npz,
    ".pt": _torch,
    ".pth": _torch,
}
_FORMATS = {
    "torch": (".pt", ".pth", ".safetensors", ".npz"),
    "tensorflow": (".weights.h5", ".npz", ".safetensors"),
    "haiku": (".npz", ".msgpack", ".safetensors"),
    "jax": (".npz", ".msgpack", ".safetensors"),
    "numpy": (".npz", ".safetensors"),
}
