"""Haiku's dictionaries of parameters and state: their names without the outermost module, and making them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from .weight_names import plain
from .weight_slots import Slot


def from_root(found: Mapping[str, Slot], names: Collection[str]) -> dict[str, Slot]:
    """The slots under their names from the module whose state has these names: ``net/block/fc.w`` is ``block/fc.w``.

    What goes is the part that all names begin with, as far as it makes most names equal.
    """
    parts = {name: re.split(r"[/.]", name) for name in found}
    wanted = Counter(map(plain, names))

    def equal(depth: int) -> int:
        return sum(plain(".".join(path[depth:])) in wanted for path in parts.values())

    common = min((len(path) - 1 for path in parts.values()), default=0)
    common = next((i for i in range(common) if len({path[i] for path in parts.values()}) > 1), common)
    best = max(range(common + 1), key=equal)
    if not best:
        return dict(found)
    return {new: replace(found[old], name=new) for old, new in ((n, ".".join(p[best:])) for n, p in parts.items())}


def makes_arrays(make: Any) -> bool:
    """Whether a class is a converted one, or a function, whose modules can make their arrays without inputs."""
    return hasattr(make, "make_arrays") if isinstance(make, type) else callable(make)


def first_arrays(make: Any, args: list[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """``params`` and ``state`` of the converted module that a class or function makes, without inputs."""
    import haiku as hk
    import jax

    pair: Any = hk.transform_with_state(lambda: make(*args, **kwargs).make_arrays())
    params, state = pair.init(jax.random.key(0))
    return {"params": params, "state": state}
