"""ivy: source-to-source conversion between machine-learning frameworks.

>>> import ivy
>>> report = ivy.source_to_source("src/", to="jax", out="src_jax/")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import exceptions as exceptions
    from .s2s.api import source_to_source as source_to_source
    from .s2s.backend import current_backend as current_backend
    from .s2s.backend import set_backend as set_backend
    from .s2s.backend import unset_backend as unset_backend
    from .s2s.backend import use_backend as use_backend
    from .s2s.graph.trace import trace_graph as trace_graph
    from .s2s.live.transpile import transpile as transpile
    from .s2s.live.transpile import unify as unify
    from .s2s.weights import load_weights as load_weights

__version__ = "0.19.0"
_PLACES = {
    "load_weights": ("s2s.weights", "load_weights"),
    "LoadReport": ("s2s.weights", "LoadReport"),
    "WeightError": ("s2s.weights", "WeightError"),
    "exceptions": ("exceptions", ""),
    "source_to_source": ("s2s.api", "source_to_source"),
    "trace_graph": ("s2s.graph.trace", "trace_graph"),
    "transpile": ("s2s.live.transpile", "transpile"),
    "unify": ("s2s.live.transpile", "unify"),
    "Array": ("s2s.dtypes", "Array"),
    "Dtype": ("s2s.dtypes", "Dtype"),
    "current_backend": ("s2s.backend", "current_backend"),
    "set_backend": ("s2s.backend", "set_backend"),
    "unset_backend": ("s2s.backend", "unset_backend"),
    "use_backend": ("s2s.backend", "use_backend"),
}
_PARTS = ("cli", "mappings", "rules", "s2s", "templates")
__all__ = [*_PLACES]


def __getattr__(name: str) -> Any:
    """Load the parts of the API when they are first used: ``import ivy`` costs nothing."""
    # Test runners load this file alone, under another name: there it has no parts.
    if name.startswith("_") or name in _PARTS or "__path__" not in globals():
        raise AttributeError(f"module 'ivy' has no attribute {name!r}")
    from importlib import import_module

    if name in _PLACES:
        module, attribute = _PLACES[name]
        value = import_module(f".{module}", __name__)
        value = getattr(value, attribute) if attribute else value
    else:
        value = import_module(".s2s.runtime", __name__).member(name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The API and every op, dtype and constant of the hub."""
    from importlib import import_module

    return [*_PLACES, *import_module(".s2s.runtime", __name__).names()]
