"""State as NumPy arrays under the source's names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


class WeightError(ValueError):
    """State that does not fit a model: what is missing, unexpected or of the wrong shape."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a module: the names of its class and of those above, and an object that has its attributes."""

    classes: frozenset[str]
    attributes: Any = None


def known(module: Any) -> Known:
    """What a live module tells."""
    return Known(frozenset(cls.__name__ for cls in type(module).__mro__), module)


Stored = tuple[str, tuple[np.ndarray, ...]]  # the name of a layer and its arrays


@dataclass(frozen=True, slots=True)
class State:
    """Arrays under the source's names.

    ``made_up`` are the words in these names that Keras made up from the classes of layers, ``families`` the kinds of
    layers that they come from where that is certain, ``modules`` what is known of the source's modules by plain path;
    ``complete`` says that nothing is missing, ``ignored`` what a checkpoint holds beside the model, ``numbered`` that
    arrays are called by their position in a layer (``dense.#0``), ``stored`` what a file of Keras has at each path: the
    name of the layer and its arrays.
    """

    arrays: dict[str, np.ndarray]
    made_up: frozenset[str] = frozenset()
    families: tuple[str, ...] = ()
    modules: Mapping[str, Known] = field(default_factory=dict)
    complete: bool = False
    ignored: tuple[str, ...] = ()
    numbered: bool = False
    stored: Mapping[str, Stored] = field(default_factory=dict)


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


_MODELS = ("state_dict", "model_state_dict", "model_state", "model", "net", "network", "params", "weights")
_COLLECTIONS = frozenset(("params", "batch_stats", "state", "constants", "cache", "buffers"))
_BESIDE = frozenset((
    "optimizer", "optimizer_state_dict", "optimizer_states", "optimizer_state", "optim", "opt_state", "lr_scheduler",
    "scheduler", "scheduler_state_dict", "lr_schedulers", "scaler", "amp", "amp_scaler", "epoch", "step", "global_step",
    "iteration", "iterations", "state_dict_ema", "model_ema", "ema", "loss", "best_acc", "args", "config", "hparams",
    "hyper_parameters", "callbacks", "loops", "pytorch-lightning_version", "arch", "metric", "version", "rng", "rngs",
))  # fmt: skip
"""What training programs keep in a checkpoint beside the model."""


def of_model(stored: Mapping[Any, Any]) -> tuple[Mapping[Any, Any], tuple[str, ...]]:
    """The model's part of a training checkpoint, and what it holds beside that.

    A part is the model's when it has one of the usual names and everything beside it has one of those of other things.
    """
    ignored: list[str] = []
    while True:
        names = set(map(str, stored))
        inner = next((name for name in _MODELS if isinstance(stored.get(name), Mapping)), None)
        if "params" in names and names <= _COLLECTIONS | _BESIDE and inner == "params":
            kept = {name: value for name, value in stored.items() if name in _COLLECTIONS}
            return kept, (*ignored, *_told(stored, names - _COLLECTIONS))
        if inner is None or not names - {inner} <= _BESIDE:
            return stored, tuple(ignored)
        ignored += _told(stored, names - {inner})
        stored = stored[inner]


def _told(stored: Mapping[Any, Any], names: set[str]) -> list[str]:
    """``optimizer (12 arrays)``: what is ignored, in the order of the checkpoint."""
    return [f"{name}{_size_of(value)}" for name, value in stored.items() if str(name) in names]


def _size_of(value: Any) -> str:
    count = _arrays_in(value)
    return f" ({count} arrays)" if count else ""


def _arrays_in(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(map(_arrays_in, value.values()))
    if isinstance(value, (list, tuple)):
        return sum(map(_arrays_in, value))
    return int(hasattr(value, "shape") and hasattr(value, "dtype"))


def without_collections(names: Iterable[str]) -> dict[str, str]:
    """Names -> names without the collections of linen and haiku in front and without ``value`` at the end."""
    given = list(names)
    short = given
    tops = {name.partition(".")[0] for name in given}
    if "params" in tops and tops <= _COLLECTIONS:
        short = [name.partition(".")[2] for name in short]
    if short and all(name.endswith(".value") for name in short):
        short = [name.removesuffix(".value") for name in short]
    return dict(zip(given, short if len(set(short)) == len(given) else given))


def snake(name: str) -> str:
    """``Conv2D`` -> ``conv2d``: the word that Keras makes a layer's name of."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
