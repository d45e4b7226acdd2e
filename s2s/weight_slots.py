"""The places of a model that hold arrays: of torch, Keras, flax.nnx, NumPy classes and dictionaries."""

from __future__ import annotations

import functools
import inspect
import keyword
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .weight_keras import graph_layers, graph_layers_beside
from .weight_state import WeightError

# What parameters and buffers of PyTorch's lazy layers are before the first call: they have no shape.
NOT_YET = frozenset(("UninitializedParameter", "UninitializedBuffer"))


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a model that holds one array; ``owners`` are the modules it lies in with their paths, inner first.

    ``expected`` is the shape of what a lazy layer of PyTorch has not made yet, with -1 for sizes that it does not know.
    """

    name: str
    owner: Any
    attribute: Any
    value: Any
    persistent: bool = True
    owners: tuple[tuple[str, Any], ...] = ()
    expected: tuple[int, ...] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.expected if self.expected is not None else tuple(int(n) for n in self.value.shape)

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of this shape fits."""
        return len(shape) == len(self.shape) and all(m in (n, -1) for n, m in zip(shape, self.shape, strict=True))


def slots(model: Any, lazy: bool = False) -> Iterator[Slot]:
    """Every parameter and buffer of a converted model, under the source's dotted name.

    ``lazy`` gives those too that lazy layers of PyTorch have not made yet, where it is known how many axes they have.
    """
    if isinstance(model, Mapping):
        yield from _walk(model, "", _items, _is_array, _is_mapping)
        return
    if isinstance(model, tuple) and all(map(_is_mapping, model)):
        for part in model:
            yield from slots(part)
        return
    framework = framework_of(model)
    if framework == "jax":
        yield from _walk(model, "", _nnx_members, _is_nnx_variable, _is_nnx_module)
    elif framework == "tensorflow":
        yield from _walk(model, "", _keras_members, _is_keras_variable, _is_keras_layer)
    elif framework == "haiku":
        yield from _walk(model, "", _plain_members, _is_haiku_variable, _is_haiku_module)
    elif framework == "torch":
        owners = dict(model.named_modules(remove_duplicate=False))
        for name, value in model.state_dict(keep_vars=True).items():
            owner, _, attribute = name.rpartition(".")
            expected = None
            if type(value).__name__ in NOT_YET:
                expected = _expected(owners.get(owner), attribute)
                if expected is None or not lazy:
                    continue
            yield Slot(name, owners.get(owner), attribute, value, True, _outer(owner, owners), expected)
    else:
        yield from _walk(model, "", _plain_members, _is_array, _is_plain_module)


def _expected(layer: Any, attribute: str) -> tuple[int, ...] | None:
    """The shape of what a lazy layer will make: of affine maps, convolutions and normalisations."""
    if hasattr(layer, "kernel_size"):
        if attribute != "weight":
            return (layer.out_channels,)
        if layer.transposed:
            return (-1, layer.out_channels // layer.groups, *layer.kernel_size)
        return (layer.out_channels, -1, *layer.kernel_size)
    if hasattr(layer, "num_features"):
        return (-1,)
    if hasattr(layer, "out_features"):
        return (layer.out_features, -1) if attribute == "weight" else (layer.out_features,)
    return (-1,) * len(layer.normalized_shape) if hasattr(layer, "normalized_shape") else None


def _outer(path: str, modules: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """The modules that a dotted path lies in, the innermost first."""
    found = []
    while path:
        found.append((path, modules.get(path)))
        path = path.rpartition(".")[0]
    return (*found, ("", modules.get("")))


def framework_of(model: Any) -> str:
    """The framework that a model object belongs to, by the classes it derives from."""
    for cls in type(model).__mro__:
        top = cls.__module__.split(".")[0]
        if top == "flax":
            return "jax"
        if top == "haiku":
            return "haiku"
        if top in ("keras", "tensorflow"):
            return "tensorflow"
        if top == "torch":
            return "torch"
    if hasattr(model, "__dict__"):
        return "numpy"
    raise WeightError(f"{type(model).__name__}: not a model of torch, keras, flax.nnx or a NumPy class")


def _walk(model, prefix, members, is_array, is_module, path: tuple[tuple[str, Any], ...] = ()) -> Iterator[Slot]:
    unsaved = getattr(model, "unsaved_names", ())
    constants = {name for cls in type(model).__mro__ for name in vars(cls).get("constant_names", ())}
    inside = ((prefix.removesuffix("."), model), *path)
    for name, value in members(model):
        full = f"{prefix}{name}"
        if is_array(value) and (name not in constants or name in getattr(model, "buffer_names", ())):
            yield Slot(full, model, name, value, name not in unsaved and _persistent(value), inside)
        elif is_module(value) and not any(value is outer for _, outer in inside) and _belongs(value, model):
            yield from _walk(value, full + ".", members, is_array, is_module, inside)


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

    return isinstance(value, nnx.Variable) and not isinstance(value, (nnx.RngState, nnx.Intermediate))


def _is_nnx_module(value: Any) -> bool:
    from flax import nnx

    return isinstance(value, nnx.Module) and not isinstance(value, nnx.Rngs)


def _keras_members(layer: Any):
    named = graph_layers(layer)
    if named:
        return named
    found: list[tuple[str, Any]] = []
    hidden = getattr(type(layer), "_hidden_members", ())
    own = {id(value) for value in vars(layer).values()}
    for name, value in vars(layer).items():
        if name.startswith("_") and not _is_keras_variable(value) and not _is_keras_layer(value):
            continue
        if name not in hidden:
            renamed = name.endswith("_") and not name.startswith("_") and not keyword.iskeyword(name[:-1])
            inner = _spread(name[:-1] if renamed else name, value)
            # What a list or dictionary holds of the attributes has their names alone.
            found += (item for item in inner if item[1] is value or id(item[1]) not in own)
    return found + graph_layers_beside(layer, own | {id(value) for _, value in found})


def _spread(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The layers and variables of lists and dictionaries under their index or key."""
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _spread(f"{name}.{index}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _spread(f"{name}.{key}", item)
    else:
        yield name, value


def _is_keras_variable(value: Any) -> bool:
    import keras

    return isinstance(value, keras.Variable)


def _is_keras_layer(value: Any) -> bool:
    import keras

    return isinstance(value, keras.layers.Layer)


def _is_haiku_variable(value: Any) -> bool:
    """Parameters and buffers of converted modules: their own classes, which compute as arrays do."""
    return isinstance(value, np.lib.mixins.NDArrayOperatorsMixin)


def _is_haiku_module(value: Any) -> bool:
    return any(cls.__module__.startswith("haiku.") for cls in type(value).__mro__)


def _plain_members(module: Any):
    return list(vars(module).items())


def _items(mapping: Mapping[Any, Any]):
    return list(mapping.items())


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_array(value: Any) -> bool:
    """Arrays of any framework, as attributes of classes that belong to none."""
    found = isinstance(value, np.ndarray) or (hasattr(value, "__array__") and hasattr(value, "shape"))
    return found and not isinstance(value, type)


def _is_plain_module(value: Any) -> bool:
    """Models are callable; lists and dictionaries of modules are known by the attribute of their base class."""
    return (
        hasattr(value, "__dict__")
        and (callable(value) or hasattr(value, "buffer_names"))
        and not isinstance(value, (type, np.ufunc, functools.partial))
        and not inspect.isroutine(value)
    )


def assign(slot: Slot, array: np.ndarray) -> None:
    """Put an array where the slot is, in the slot's dtype."""
    value = slot.value
    module = type(value).__mro__
    if isinstance(value, np.ndarray) and value.flags.writeable:
        value[...] = array
    elif any(cls.__module__.startswith("flax") for cls in module) or _is_haiku_variable(value):
        import jax.numpy as jnp

        value[...] = jnp.array(array, dtype=value.dtype, copy=True)
    elif any(cls.__module__.partition(".")[0] == "torch" for cls in module):
        import torch

        if slot.expected is not None:
            value.materialize(array.shape)
        with torch.no_grad():
            known = array.astype(np.float32) if array.dtype.name == "bfloat16" else np.array(array)
            value.copy_(torch.from_numpy(known))
    elif hasattr(value, "assign"):
        value.assign(np.asarray(array, dtype=value.dtype if isinstance(value.dtype, str) else value.dtype.name))
    else:
        _replace(slot, array)


def _replace(slot: Slot, array: np.ndarray) -> None:
    """A new array in place of one that cannot change."""
    import sys

    value, new = slot.value, np.asarray(array, dtype=np.asarray(slot.value).dtype)
    if type(value).__module__.startswith("tensorflow"):
        made: Any = sys.modules["tensorflow"].convert_to_tensor(new)
    else:
        made = sys.modules["jax.numpy"].array(new) if "jax" in type(value).__module__ else new
    if isinstance(slot.owner, dict):
        slot.owner[slot.attribute] = made
    else:
        setattr(slot.owner, slot.attribute, made)


def modules_of(model: Any) -> dict[str, Any]:
    """Every module of a model by its dotted path, the model itself under the empty one."""
    if isinstance(model, Mapping):
        return {}
    framework = framework_of(model)
    if framework == "torch":
        return dict(model.named_modules(remove_duplicate=False))
    members, is_module = {
        "jax": (_nnx_members, _is_nnx_module),
        "tensorflow": (_keras_members, _is_keras_layer),
        "numpy": (_plain_members, _is_plain_module),
        "haiku": (_plain_members, _is_haiku_module),
    }[framework]
    found: dict[str, Any] = {}

    def visit(module: Any, path: str, outer: tuple[Any, ...]) -> None:
        found[path] = module
        for name, value in members(module):
            if is_module(value) and not any(value is other for other in (*outer, module)):
                visit(value, f"{path}.{name}" if path else name, (*outer, module))

    visit(model, "", ())
    return found
