"""A graph as files: a module that needs its framework alone, its helpers, and the arrays that it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...exceptions import NotConvertible
from ..dtypes import dtype_name
from .record import is_array

if TYPE_CHECKING:
    from .graph import Graph

_LOADED = {
    "torch": ("import torch", "torch.from_numpy(_held[{!r}])"),
    "jax": ("import jax.numpy as jnp", "jnp.asarray(_held[{!r}])"),
    "tensorflow": ("import tensorflow as tf", "tf.constant(_held[{!r}])"),
    "numpy": ("", "_held[{!r}]"),
    "ivy": ("", "_held[{!r}]"),
}


def save(graph: Graph, path: Path) -> Path:
    """Write the module, and beside it ``<name>_helpers.py`` and ``<name>.npz`` where they are needed."""
    path = path if path.suffix == ".py" else path.with_name(path.name + ".py")
    path.parent.mkdir(parents=True, exist_ok=True)
    text, constants = graph.source, graph.constants
    helpers = f"{path.stem}_helpers"
    needed = _helpers(graph)
    if needed:
        path.with_name(f"{helpers}.py").write_text(needed, encoding="utf-8")
        text = text.replace(f"from {graph.framework}_helpers import", f"from {helpers} import")
    arrays = {name: value for name, value in constants.items() if is_array(value)}
    lines = _imports({name: value for name, value in constants.items() if name not in arrays})
    if arrays:
        import numpy as np

        np.savez(path.with_suffix(".npz"), **{name: _host(name, value) for name, value in arrays.items()})  # type: ignore[arg-type]
        lines += ["from pathlib import Path", "import numpy as np", _LOADED[graph.framework][0]]
        lines += ['_held = np.load(Path(__file__).with_suffix(".npz"))']
    path.write_text(_completed(text, lines, list(arrays), graph.framework), encoding="utf-8")
    return path


def _helpers(graph: Graph) -> str:
    """The text of the helper functions that a converted graph calls, '' when it calls none."""
    traced = graph._traced
    if graph.framework == traced.dialect or f"from {graph.framework}_helpers import" not in graph.source:
        return ""
    from ..emit import helper_module
    from ..pipeline import convert_text
    from ..tables import load

    converted = convert_text(traced.text_for(graph.framework).module, traced.dialect, graph.framework)
    return helper_module(converted.helpers, load()[graph.framework])


def _imports(classes: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in classes.items():
        module = getattr(value, "__module__", None)
        if not isinstance(value, type) or module in (None, "__main__") or "." in value.__qualname__:
            raise NotConvertible(f"{name}: cannot be named in a file of its own; pickle the graph instead")
        lines.append(f"from {module} import {value.__name__} as {name}")
    return lines


def _host(name: str, value: Any) -> Any:
    import numpy as np

    host = value.detach().cpu().numpy() if hasattr(value, "detach") else np.asarray(value)
    if host.dtype.name != dtype_name(value.dtype) or host.dtype.kind == "V":
        raise NotConvertible(
            f"{name}: NumPy cannot store its dtype {dtype_name(value.dtype)}; pickle the graph instead"
        )
    return host


def _completed(text: str, lines: list[str], arrays: list[str], framework: str) -> str:
    """The text with values for the names that it only annotates."""
    import black

    body = text.splitlines()
    for name in arrays:
        at = next(at for at, line in enumerate(body) if line.startswith(f"{name}: "))
        body[at] += f" = {_LOADED[framework][1].format(name)}"
    first = 1 if body and body[0].startswith("from __future__") else 0
    found = "\n".join([*body[:first], *lines, *body[first:]]) + "\n"
    return black.format_str(found, mode=black.Mode(line_length=100))
