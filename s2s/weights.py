"""Loading a source model's state into a converted model."""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .weight_files import State, WeightError, arrays_of, keras_state, read_file, to_numpy
from .weight_names import matched


@dataclass(frozen=True, slots=True)
class LoadedWeight:
    """One array that was loaded: its name in the state, in the model, and its shape."""

    source: str
    target: str
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What ``load_weights`` did: what was loaded where, what the state lacks and what the model lacks."""

    loaded: tuple[LoadedWeight, ...]
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()

    def __str__(self) -> str:
        width = max((len(w.source) for w in self.loaded), default=0)
        lines = [
            f"{w.source:<{width}}  {w.shape}" + (f"  -> {w.target}" if w.target != w.source else "")
            for w in self.loaded
        ]
        lines += [f"missing from the state: {name}" for name in self.missing]
        lines += [f"not in the model: {name}" for name in self.unexpected]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a model that holds one array."""

    name: str
    owner: Any
    attribute: str
    value: Any
    persistent: bool = True

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(int(n) for n in self.value.shape)


def load_weights(model: Any, state: Any, strict: bool = True) -> LoadReport:
    """Set the parameters and buffers of a converted model from the source model's state.

    ``state`` is the live source model, a mapping of its own names (``state_dict`` keys) to arrays of its shapes, or
    the path of a file: ``.safetensors``, ``.npz``, ``.pt``, Keras' ``.h5`` and ``.keras``, Flax' ``.msgpack``. Names
    that differ only in their separators or in the numbers that Keras adds belong together. Arrays keep the dtype of
    the model. With ``strict``, raises ``WeightError`` when names are missing or unexpected; a wrong shape always
    raises. Nothing is changed when it raises.
    """
    known = read_state(state)
    arrays = known.arrays
    found = {slot.name: slot for slot in slots(model)}
    if not found and arrays:
        raise WeightError(f"{type(model).__name__} has no weights yet: call it once before loading them")
    pairs = matched(found, arrays, known.made_up)
    missing = tuple(n for n, slot in found.items() if n not in pairs and slot.persistent)
    taken = set(pairs.values())
    unexpected = tuple(n for n in arrays if n not in taken)
    wrong = [
        f"{name}: the state has {tuple(arrays[pairs[name]].shape)}, the model {slot.shape}"
        for name, slot in found.items()
        if name in pairs and tuple(arrays[pairs[name]].shape) != slot.shape
    ]
    if wrong or (strict and (missing or unexpected)):
        raise WeightError(_complaint(missing, unexpected, wrong))
    loaded = []
    for name, source in pairs.items():
        _assign(found[name], np.asarray(arrays[source]))
        loaded.append(LoadedWeight(source, name, found[name].shape))
    return LoadReport(tuple(loaded), missing, unexpected)


def _complaint(missing: tuple[str, ...], unexpected: tuple[str, ...], wrong: list[str]) -> str:
    parts = []
    for title, names in (
        ("missing from the state", missing),
        ("not in the model", unexpected),
        ("of the wrong shape", wrong),
    ):
        if names:
            shown = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
            parts.append(f"{len(names)} {title}: {shown}")
    return "; ".join(parts) + ". Pass strict=False to load what fits by name."


def read_state(state: Any) -> State:
    """State as NumPy arrays, from a live model, a mapping or a file."""
    if isinstance(state, (str, Path)):
        return read_file(Path(state))
    if isinstance(state, Mapping):
        return State(arrays_of(state))
    if hasattr(state, "state_dict"):
        return State(arrays_of(state.state_dict()))
    if framework_of(state) == "tensorflow":
        return keras_state(state)
    return State({slot.name: to_numpy(slot.value) for slot in slots(state) if slot.persistent})


def slots(model: Any) -> Iterator[Slot]:
    """Every parameter and buffer of a converted model, under the source's dotted name."""
    framework = framework_of(model)
    if framework == "jax":
        yield from _walk(model, "", _nnx_members, _is_nnx_variable, _is_nnx_module)
    elif framework == "tensorflow":
        yield from _walk(model, "", _keras_members, _is_keras_variable, _is_keras_layer)
    elif framework == "torch":
        for name, value in model.state_dict(keep_vars=True).items():
            yield Slot(name, None, name, value)
    else:
        yield from _walk(model, "", _plain_members, _is_array, _is_plain_module)


def framework_of(model: Any) -> str:
    """The framework that a model object belongs to, by the classes it derives from."""
    for cls in type(model).__mro__:
        top = cls.__module__.split(".")[0]
        if top == "flax":
            return "jax"
        if top in ("keras", "tensorflow"):
            return "tensorflow"
        if top == "torch":
            return "torch"
    if hasattr(model, "__dict__"):
        return "numpy"
    raise WeightError(f"{type(model).__name__}: not a model of torch, keras, flax.nnx or a NumPy class")


def _walk(model, prefix, members, is_array, is_module, path: tuple[int, ...] = ()) -> Iterator[Slot]:
    unsaved = getattr(model, "unsaved_names", ())
    for name, value in members(model):
        full = f"{prefix}{name}"
        if is_array(value):
            yield Slot(full, model, name, value, name not in unsaved and _persistent(value))
        elif is_module(value) and id(value) not in path and _belongs(value, model):
            yield from _walk(value, full + ".", members, is_array, is_module, (*path, id(value)))


def _belongs(value: Any, model: Any) -> bool:
    """Whether a module is the model's own and not one that it was given by another, as modules of flax.linen are."""
    place = getattr(value, "_place", None)
    return place is None or place.owner is model


def _persistent(value: Any) -> bool:
    metadata = getattr(value, "get_metadata", None)
    if metadata is not None:
        return bool(metadata().get("persistent", True))
    return bool(getattr(value, "persistent", True))


def _nnx_members(module: Any):
    from flax import nnx

    if isinstance(module, nnx.List):
        return [(str(i), module[i]) for i in range(len(module))]
    return [(n, v) for n, v in vars(module).items() if not n.startswith("_pytree__")]


def _is_nnx_variable(value: Any) -> bool:
    from flax import nnx

    return isinstance(value, nnx.Variable) and not isinstance(value, nnx.RngState)


def _is_nnx_module(value: Any) -> bool:
    from flax import nnx

    return isinstance(value, nnx.Module) and not isinstance(value, nnx.Rngs)


def _keras_members(layer: Any):
    found = []
    hidden = getattr(type(layer), "_hidden_members", ())
    for name, value in vars(layer).items():
        if name.startswith("_") and not _is_keras_variable(value) and not _is_keras_layer(value):
            continue
        if name not in hidden:
            renamed = name.endswith("_") and not name.startswith("_") and not keyword.iskeyword(name[:-1])
            found.append((name[:-1] if renamed else name, value))
    return found


def _is_keras_variable(value: Any) -> bool:
    import keras

    return isinstance(value, keras.Variable)


def _is_keras_layer(value: Any) -> bool:
    import keras

    return isinstance(value, keras.layers.Layer)


def _plain_members(module: Any):
    return list(vars(module).items())


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _is_plain_module(value: Any) -> bool:
    """Models are callable; lists and dictionaries of modules are known by the attribute of their base class."""
    return (
        hasattr(value, "__dict__")
        and (callable(value) or hasattr(value, "buffer_names"))
        and not isinstance(value, type)
    )


def _assign(slot: Slot, array: np.ndarray) -> None:
    value = slot.value
    if isinstance(value, np.ndarray):
        value[...] = array
        return
    module = type(value).__mro__
    if any(cls.__module__.startswith("flax") for cls in module):
        import jax.numpy as jnp

        value[...] = jnp.array(array, dtype=value.dtype, copy=True)
    elif any(cls.__module__.startswith("torch") for cls in module):
        import torch

        with torch.no_grad():
            known = array.astype(np.float32) if array.dtype.name == "bfloat16" else np.array(array)
            value.copy_(torch.from_numpy(known))
    else:
        value.assign(np.asarray(array, dtype=value.dtype if isinstance(value.dtype, str) else value.dtype.name))
