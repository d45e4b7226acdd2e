"""Names of frameworks as users write them, the packages that belong to each, and directions between them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from ...exceptions import FrameworkNotInstalled, UnknownFramework, WrongTarget
from ..places import DIALECTS, FRAMEWORKS, MAPPINGS
from ..toml_files import read_toml

ROOT = "ivy.s2s.live"
_ALIASES = {
    "tf": "tensorflow", "keras": "tensorflow", "flax": "jax", "nnx": "jax", "haiku": "jax", "hk": "jax",
    "pytorch": "torch", "np": "numpy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Direction:
    """From one framework to another."""

    source: str
    target: str

    @property
    def name(self) -> str:
        return f"{self.source}_to_{self.target}"

    @property
    def prefix(self) -> str:
        """The package that converted modules of this direction lie in, under their own names."""
        return f"{ROOT}.{self.name}"


def direction_of(name: str) -> Direction | None:
    """The direction that a name such as ``torch_to_jax`` states."""
    source, separator, target = name.partition("_to_")
    known = separator and source in DIALECTS and target in DIALECTS
    return Direction(source, target) if known else None


def source_name(name: str) -> str:
    """The canonical name of a source framework."""
    found = _ALIASES.get(name.lower(), name.lower())
    if found not in FRAMEWORKS:
        raise UnknownFramework(f"source={name!r}: unknown framework; choose one of {', '.join(FRAMEWORKS)}")
    return found


def target_name(name: str | None) -> str:
    """The canonical name of a target framework whose package is installed, or ``ivy``."""
    if name == "ivy":
        return name
    known = ", ".join(FRAMEWORKS)
    if not name:
        raise WrongTarget(f"to is missing; choose one of {known}")
    found = _ALIASES.get(name.lower(), name.lower()) if isinstance(name, str) else ""
    if found not in FRAMEWORKS:
        raise WrongTarget(f"to={name!r}: unknown framework; choose one of {known}")
    loaded = sys.modules.get(found)
    if loaded is None and (found in sys.modules or importlib.util.find_spec(found) is None):
        remedy = f'pip install "ivy-s2s[{found}]"'
        raise FrameworkNotInstalled(f"to={name!r}: the package {found} is not installed; {remedy}")
    return found


@cache
def packages() -> dict[str, str]:
    """Top-level package -> the framework that it is; libraries that are only written in one are not among them."""
    return {name: framework for name, framework in _stated().items() if "." not in name}


@cache
def mixed_packages() -> frozenset[str]:
    """Packages that serve several frameworks, each in a module of its own, as `safetensors.torch` does."""
    return frozenset(name.split(".")[0] for name in _stated() if "." in name)


def libraries(framework: str) -> tuple[str, ...]:
    """Packages of a framework that are Python code over it: they are converted, as the user's code is."""
    return tuple(_config(framework).get("libraries", ())) if framework in FRAMEWORKS else ()


@cache
def _stated() -> dict[str, str]:
    return {package: framework for framework in FRAMEWORKS for package in _config(framework)["packages"]}


@cache
def _config(framework: str) -> dict[str, Any]:
    return read_toml(MAPPINGS / framework / "framework.toml")


def framework_of(module: str) -> str:
    """The framework that a module belongs to, '' for other packages."""
    return packages().get(module.split(".")[0], "")


def dominant(modules: Iterable[str], target: str) -> str:
    """The source framework that these modules speak of: NumPy only when there is no other."""
    found = [framework for framework in map(framework_of, modules) if framework and framework != target]
    others = [framework for framework in found if framework != "numpy"]
    counted = others or found
    return max(sorted(set(counted)), key=counted.count) if counted else ""
