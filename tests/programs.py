"""Small programs of JAX in files of their own: converted, executed in both frameworks, and what they give compared."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from ivy.s2s.api import source_to_source


def forget_helpers() -> None:
    """Let the helper modules of converted code be imported anew, as those of other code."""
    for module in [module for module in sys.modules if module.endswith("_helpers") and "." not in module]:
        del sys.modules[module]


def loaded(path: Path, name: str) -> ModuleType:
    """The module of a file; helper modules beside it are its own."""
    forget_helpers()
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


def both(path: Path, target: str, folder: Path) -> tuple[ModuleType, ModuleType]:
    """A program as it is and converted; nothing of it may be refused."""
    source, out = folder / "source", folder / "converted"
    source.mkdir()
    (source / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    report = source_to_source(source, to=target, out=out)
    assert report.exit_code == 0, [str(d) for d in report.diagnostics] + list(report.errors)
    return loaded(path, f"source_{path.stem}"), loaded(out / path.name, f"converted_{path.stem}")


def leaves(tree) -> list[np.ndarray]:
    """The arrays of a tree of either framework, dictionaries in the order of their keys."""
    if isinstance(tree, dict) or hasattr(tree, "items") and hasattr(tree, "keys"):
        return [leaf for key in sorted(tree, key=str) for leaf in leaves(tree[key])]
    if isinstance(tree, (list, tuple)):
        return [leaf for item in tree for leaf in leaves(item)]
    value = tree.get_value() if hasattr(tree, "get_value") else tree
    return [np.asarray(value.detach() if hasattr(value, "detach") else value)]


def assert_same(found, expected) -> None:
    """All arrays of two results are equal but for rounding."""
    ours, theirs = leaves(found), leaves(expected)
    assert len(ours) == len(theirs)
    for i, (a, b) in enumerate(zip(ours, theirs)):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-5, err_msg=f"result {i}")
