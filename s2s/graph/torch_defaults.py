"""Arguments of PyTorch's functions without those that only state a default: layers pass all of theirs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_CONVOLUTION = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
_DEFAULTS = {"bias": None, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
_FUNCTIONS = "torch.nn.functional."


def stated(
    func: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call that say something."""
    kwargs = {key: value for key, value in kwargs.items() if not key.startswith("_")}
    short = name.removeprefix(_FUNCTIONS)
    if short in ("conv1d", "conv2d", "conv3d"):
        return _convolution(args, kwargs)
    if not name.startswith(_FUNCTIONS):
        return args, kwargs
    known = _signature(func, short)
    if known is None:
        return args, kwargs
    names = list(known)
    kwargs = {key: value for key, value in kwargs.items() if not _same(value, known.get(key, inspect.Parameter.empty))}
    while not kwargs.keys() & set(names[len(args) - 1 :]) and args and len(args) <= len(names):
        if not _same(args[-1], known[names[len(args) - 1]]):
            break
        args = args[:-1]
    return args, kwargs


@lru_cache(maxsize=256)
def _signature(func: Callable[..., Any], short: str) -> dict[str, Any] | None:
    """The parameters of a function with their defaults; None when Python does not know them."""
    import torch.nn.functional as F

    known = getattr(F, f"_{short}", None) if "pool" in short else func
    try:
        parameters = inspect.signature(known or func).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return None
    return {parameter.name: parameter.default for parameter in parameters}


def _same(value: Any, default: Any) -> bool:
    return type(value) is type(default) and type(value) in (int, float, bool, str, type(None)) and value == default


def _convolution(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Sizes of a convolution by name, one number where all axes have the same."""
    given = dict(zip(_CONVOLUTION, args)) | kwargs
    found = {}
    for key, value in given.items():
        if isinstance(value, tuple) and value and all(item == value[0] for item in value):
            value = value[0]
        if key not in _DEFAULTS or not _same(value, _DEFAULTS[key]):
            found[key] = value
    plain = [key for key in ("input", "weight", "bias") if key in found]
    if plain[:2] != ["input", "weight"]:
        return (), found
    return tuple(found.pop(key) for key in plain), found
