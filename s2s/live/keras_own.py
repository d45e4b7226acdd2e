"""Live Keras models and classes of PyTorch's own layers: those that need no template of Keras' layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ...exceptions import IvyError
from ..weight_state import WeightError
from ..weights import load_weights
from .boundary import to_native
from .frameworks import Direction
from .functions import own_module
from .keras_graph import Placed, graph_source
from .keras_rebuilt import is_of_framework, rebuilt_alike
from .snippets import snippet_of


def own_model(
    obj: Any, graph: Any, name: str, direction: Direction, example: Callable[[], tuple[Any, Any] | None]
) -> Any:
    """The model with the weights of a live one, in inference; None where templates are needed.

    ``graph`` is the functional model that it is, if it is one; ``example`` gives inputs of a call.
    """
    if graph is not None:
        source = graph_source(graph, name)
        cls, arguments = _own(source.text, name, direction, _sizes(source.layers.values())), {}
    else:
        found = rebuilt_alike(obj)
        arguments = found if found is not None else {}
        cls = None if found is None else own_class(type(obj), direction, _sizes(_placed(obj)))
    return None if cls is None else _with_weights(cls(**arguments).eval(), obj, example)


def own_class(cls: Any, direction: Direction, sizes: dict[tuple[str, str], str] | None = None) -> Any:
    """A class of layers of Keras as a module of PyTorch itself; None where something may tell the difference.

    One whose methods take ``training`` keeps its template, which hands on the mode of the module.
    """
    if not hasattr(cls, "add_weight") or is_of_framework(cls):
        return None
    snippet = snippet_of(cls)
    if snippet.values or "training" in snippet.text:
        return None
    return _own(snippet.text, snippet.name, direction, sizes or {})


def _own(text: str, name: str, direction: Direction, sizes: dict[tuple[str, str], str]) -> Any:
    """The class of a text where it is a module without templates of Keras' base class."""
    import torch

    try:
        found = getattr(own_module(text, name, direction, sizes), name)
    except IvyError:
        return None
    return found if torch.nn.Module in found.__bases__ else None


def _with_weights(new: Any, obj: Any, example: Callable[[], tuple[Any, Any] | None]) -> Any:
    """The model with the weights of a live one, None where they do not fit."""
    import torch

    try:
        if any(map(torch.nn.parameter.is_lazy, (*new.parameters(), *new.buffers()))):
            inputs = example()
            given = to_native(((), {}) if inputs is None else inputs, "torch")
            with torch.no_grad():
                new(*given[0], **given[1])
        load_weights(new, obj)
    except (AttributeError, RuntimeError, TypeError, ValueError, WeightError):
        return None
    new.register_forward_pre_hook(_as_keras_takes, with_kwargs=True)
    return new


def _as_keras_takes(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    """Inputs of any framework as tensors, floats in the dtype of the weights."""
    import torch

    weights = (p.dtype for p in module.parameters() if p.is_floating_point())
    dtype = next(weights, torch.get_default_dtype())
    cast = lambda x: x.to(dtype) if torch.is_tensor(x) and x.is_floating_point() else x  # noqa: E731
    return torch.utils._pytree.tree_map(cast, to_native((args, kwargs), "torch"))


def _placed(obj: Any) -> Iterator[Placed]:
    """The layers of Keras itself that are attributes of the user's layers in a model."""
    for layer in obj._flatten_layers():
        for attribute, value in vars(layer).items() if not is_of_framework(type(layer)) else ():
            if hasattr(value, "add_weight") and is_of_framework(type(value)):
                yield Placed(value, type(layer).__name__, attribute)


def _sizes(layers: Iterable[Placed]) -> dict[tuple[str, str], str]:
    """The sizes of the inputs of layers, where they are the same for all that an attribute of a class stands for."""
    found: dict[tuple[str, str], set[Any]] = {}
    for placed in layers:
        found.setdefault((placed.cls, placed.attribute), set()).add(_size(placed.layer))
    return {place: str(*sizes) for place, sizes in found.items() if len(sizes) == 1 and sizes != {None}}


def _size(layer: Any) -> int | None:
    """The last axis of the one input that a layer was built for."""
    shapes = list((getattr(layer, "_build_shapes_dict", None) or {}).values())
    size = shapes[0][-1] if len(shapes) == 1 and isinstance(shapes[0], (tuple, list)) and shapes[0] else None
    return size if isinstance(size, int) else None
