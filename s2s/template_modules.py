"""The helper templates as importable modules: those of a framework, and the shared ones as if they were its."""

from __future__ import annotations

import importlib.util
import sys
from importlib import import_module
from types import ModuleType

from .template_units import TEMPLATES

_PACKAGE = __name__.split(".s2s.")[0] + ".templates"


def template_module(place: str) -> ModuleType:
    """The module ``jax.layers``; ``jax.data`` is that of ``templates/shared``, which imports its siblings from jax."""
    name = f"{_PACKAGE}.{place}"
    path = TEMPLATES / "shared" / f"{place.rpartition('.')[2]}.py"
    own = TEMPLATES.joinpath(*place.split(".")).with_suffix(".py")
    if name in sys.modules or own.exists() or not path.exists():
        return import_module(name)
    import_module(name.rpartition(".")[0])
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
