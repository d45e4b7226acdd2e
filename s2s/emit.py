"""The helper module of a generated package: the units that are used, with what they need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .tables import Table, Template

_TITLE = {
    "jax": '"""Layers and functions that JAX and flax.nnx spell differently."""',
    "tensorflow": '"""Layers and functions that TensorFlow and Keras spell differently."""',
    "numpy": '"""Layers and functions in NumPy."""',
    "torch": '"""Functions that PyTorch spells differently."""',
    "ivy": '"""What ivy has no function for."""',
}


def is_helper_module(text: str) -> bool:
    """Whether a text is a helper module that was written here."""
    return text.startswith(tuple(_TITLE.values()))


def closure(names: Iterable[str], table: Table) -> list[Template]:
    """The units for these names and everything they use, in an order in which definitions come first."""
    found: dict[str, Template] = {}
    todo = sorted(names)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        unit = table.templates.get(name)
        if unit is None:
            continue
        found[name] = unit
        todo.extend(sorted(unit.needs - found.keys()))
    return _ordered(found)


def _ordered(units: dict[str, Template]) -> list[Template]:
    """Bases and constants before their users; otherwise as in the templates."""
    placed: dict[str, Template] = {}

    def place(unit: Template, path: frozenset[str]) -> None:
        if unit.name in placed or unit.name in path:
            return
        for need in sorted(unit.needs):
            other = units.get(need)
            if other is not None and _needed_at_import(unit, need):
                place(other, path | {unit.name})
        placed[unit.name] = unit

    for unit in sorted(units.values(), key=lambda u: (u.is_class, u.order)):
        place(unit, frozenset())
    return list(placed.values())


def _needed_at_import(unit: Template, need: str) -> bool:
    head = unit.text.split("\n    ", 1)[0]
    need = need.rpartition(".")[2]
    return unit.is_class or need in head or not unit.text.startswith(("def ", "class ", "@"))


_BARE = {
    "jax": ("nnx.Module", "from flax import nnx"),
    "tensorflow": ("keras.layers.Layer", "import keras"),
    "numpy": ("object", ""),
    "torch": ("torch.nn.Module", "import torch"),
}


def _bare(unit: Template, table: Table) -> Template:
    """A class in place of one that the package only asks for: no object of it exists there."""
    base, line = _BARE[table.name]
    name = unit.name.rpartition(".")[2]
    head = f"class {name}:" if base == "object" else f"class {name}({base}):"
    text = f'{head}\n    """No layer of this package is one."""'
    return replace(unit, text=text, needs=frozenset(), imports=frozenset([line] if line else []))


def helper_module(names: Iterable[str], table: Table, tested: Iterable[str] = ()) -> str:
    """The text of the helper module for these names; '' when there are none.

    ``tested`` are those that the package only names in isinstance tests.
    """
    tested = {name for name in tested if name in table.templates and table.templates[name].is_class}
    units = closure(set(names) - tested, table)
    made = {unit.name for unit in units}
    units += [_bare(table.templates[name], table) for name in sorted(tested - made)]
    if not units:
        return ""
    imports = sorted({line for unit in units for line in unit.imports}, key=_import_key)
    standard = [line for line in imports if not _third_party(line, table)]
    framework = [line for line in imports if _third_party(line, table)]
    parts = [_TITLE[table.name]]
    if standard:
        parts.append("\n".join(standard))
    if framework:
        parts.append("\n".join(framework))
    text = "\n\n".join(parts) + "\n"
    previous = ""
    for unit in units:
        constant = not unit.text.startswith(("def ", "class ", "@", "#"))
        gap = "\n" if constant and previous == "constant" else "\n\n"
        text += gap + unit.text + "\n"
        previous = "constant" if constant else "definition"
    return text


def _third_party(line: str, table: Table) -> bool:
    top = line.split()[1].split(".")[0]
    return top in ("numpy", *table.packages)


def _import_key(line: str) -> tuple[str, str]:
    return (line.split()[1], line)
