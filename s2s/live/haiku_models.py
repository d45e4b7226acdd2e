"""Models as classes of Haiku: ``hk.Module`` classes whose parameters start with the values of a flax.nnx model."""

from __future__ import annotations

import importlib.util
from typing import Any

from ...exceptions import FrameworkNotInstalled, NotConvertible

_DOC = """Computes what {name} does, in inference mode; called without arguments, as Haiku's modules are.

Its parameters have the source's names and values, whatever key ``init`` is given. What the model does not train, such
as the statistics of batch normalisation, is constant, so ``hk.transform`` needs no state and ``apply`` no key.
"""


def is_haiku(name: str | None) -> bool:
    """Whether a target framework is Haiku; ``FrameworkNotInstalled`` when its package is missing."""
    if (name or "").lower() not in ("haiku", "hk"):
        return False
    if importlib.util.find_spec("haiku") is None:
        raise FrameworkNotInstalled("to='haiku': the package haiku is not installed; pip install dm-haiku")
    return True


def haiku_class(model: Any) -> Any:
    """The ``hk.Module`` class of a flax.nnx model; functions and libraries have no parameters and stay as they are."""
    from flax import nnx

    if isinstance(model, type) and issubclass(model, nnx.Module):
        raise NotConvertible(f"{model.__name__}: give a model to convert to haiku, not its class: it has no weights")
    if not isinstance(model, nnx.Module):
        return model
    import haiku as hk

    model.eval()
    parts: Any = nnx.split(model, nnx.Param, ...)
    definition, trained, others = parts
    flat: Any = nnx.to_flat_state(trained)
    parameters = {".".join(map(str, path)): (path, variable) for path, variable in flat}

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        values = [(path, variable.replace(_parameter(name, variable))) for name, (path, variable) in parameters.items()]
        return nnx.merge(definition, nnx.from_flat_state(values), others)(*args, **kwargs)

    source = type(model)
    members = {"__call__": __call__, "__doc__": _DOC.format(name=source.__name__), "__module__": source.__module__}
    meta: Any = type(hk.Module)
    return meta(source.__name__, (hk.Module,), members)


def _parameter(name: str, variable: Any) -> Any:
    """The parameter of the current transformation that starts with the value of a variable."""
    import haiku as hk

    value = variable[...]
    return hk.get_parameter(name, value.shape, value.dtype, init=lambda shape, dtype: value)
