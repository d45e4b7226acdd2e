"""Which module of a converted model is which of haiku's: by the names that haiku gives, never by shapes.

Haiku calls a module by its ``name`` argument or its class, with a number from the second on: ``linear``, ``linear_1``.
What a constructor makes lies below ``~``, what another method than ``__call__`` makes below ``~method``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .hoisting.dialects import HAIKU
from .weight_names import stem

# Modules that others are given to, and have their names from elsewhere; they have none of their own.
_HOLDERS = frozenset(("BatchApply", "DeepRNN", "ModuleList", "ResetCore", "Sequential"))
# PyTorch's layers that stand for haiku's.
_CLASSES = {"Embedding": "Embed", "LazyLinear": "Linear"}


@dataclass(slots=True)
class _Scope:
    """A module of haiku: its path, and the modules below it by the method that made them and their names."""

    path: str
    below: dict[tuple[str, str], _Scope] = field(default_factory=dict)


def haiku_paths(model: Any, names: Iterable[str]) -> dict[str, str]:
    """Paths of modules of a PyTorch model, and names of its own arrays -> those in haiku.

    ``names`` are those of all arrays in haiku. Modules whose names leave open which is which are left out.
    """
    root = _tree({name.rpartition(".")[0] for name in names})
    held = [path for kind in (model.named_parameters, model.named_buffers) for path, _ in kind(remove_duplicate=False)]
    found: dict[str, str] = {}
    own = [scope for (_, name), scope in root.below.items() if stem(name) == stem(_name(model)) or name == _name(model)]
    start = own[0] if len(own) == 1 else root
    _pair(model, "", start, root, held, found)
    return found | {name: f"{start.path or '~'}.{name}" for name in held if "." not in name}


def is_of_haiku(model: Any, names: Collection[str]) -> bool:
    """Whether names of arrays are haiku's and not the model's own: with slashes, or for a model that was haiku's."""
    if set(names) <= model.state_dict().keys():
        return False
    return any("/" in name for name in names) or any(hasattr(layer, "first_state") for layer in model.modules())


def _tree(paths: Iterable[str]) -> _Scope:
    root = _Scope("")
    for path in paths:
        scope, method = root, ""
        for part in path.split("/"):
            if part.startswith("~"):
                method = part
                continue
            inner = scope.below.get((method, part))
            if inner is None:
                between = f"{method}/" if method else ""
                inner = _Scope(f"{scope.path}/{between}{part}".lstrip("/"))
                scope.below[method, part] = inner
            scope, method = inner, ""
    return root


def _name(module: Any) -> str:
    """What haiku calls a module, without a number."""
    given = vars(module).get("name")
    cls = type(module).__name__
    return given if isinstance(given, str) else HAIKU.kind(_CLASSES.get(cls, cls))


def _pair(module: Any, path: str, scope: _Scope, root: _Scope, held: list[str], found: dict[str, str]) -> None:
    """Find the modules below one. An attribute is the name that a layer was given where no class has such a name."""
    found[path] = scope.path
    layers = [(place, layer) for place, layer in _layers(module, path) if any(n.startswith(f"{place}.") for n in held)]
    classes = {_name(layer) for _, layer in layers}
    groups: dict[str, list[tuple[str, Any]]] = {}
    for place, layer in layers:
        attribute = place.rpartition(".")[2]
        told = [inner for (_, name), inner in scope.below.items() if name == attribute]
        if stem(attribute) not in classes and len(told) == 1:
            _pair(layer, place, told[0], root, held, found)
        else:
            groups.setdefault(_name(layer), []).append((place, layer))
    for name, group in groups.items():
        scopes = _scopes(name, scope) or _scopes(name, root)
        if len(scopes) == len(group):
            for (place, layer), inner in zip(group, scopes, strict=True):
                _pair(layer, place, inner, root, held, found)


def _layers(module: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The layers that a module made, with their paths, in the order in which they were made."""
    for name, layer in module.named_children():
        place = f"{path}.{name}" if path else name
        if type(layer).__name__ in _HOLDERS:
            yield from _layers(layer, place)
        else:
            yield place, layer


def _scopes(name: str, scope: _Scope) -> list[_Scope]:
    """The modules that asked for a name, in the order in which they were made; none where that is not known."""
    keys = [key for key in scope.below if key[1] == name or stem(key[1]) == name]
    methods = {method for method, _ in keys} - {"~"}
    if len(methods) > 1:
        return []
    return [scope.below[key] for key in sorted(keys, key=lambda key: (key[0] != "~", _number(key[1], name)))]


def _number(name: str, start: str) -> int:
    number = re.fullmatch(r"_(\d+)", name[len(start) :])
    return int(number[1]) if number else 0
