"""ivy: source-to-source conversion between machine-learning frameworks.

>>> import ivy
>>> report = ivy.source_to_source("src/", to="jax", out="src_jax/")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .s2s.api import source_to_source as source_to_source
    from .s2s.weights import load_weights as load_weights

__version__ = "0.1.0"
_PLACES = {
    "load_weights": ("s2s.weights", "load_weights"),
    "LoadReport": ("s2s.weights", "LoadReport"),
    "WeightError": ("s2s.weights", "WeightError"),
    "source_to_source": ("s2s.api", "source_to_source"),
}
__all__ = [*_PLACES]


def __getattr__(name: str) -> Any:
    """Load the parts of the API when they are first used: ``import ivy`` costs nothing."""
    if name not in _PLACES:
        raise AttributeError(f"module 'ivy' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _PLACES[name]
    value = getattr(import_module(f".{module}", __name__), attribute)
    globals()[name] = value
    return value
