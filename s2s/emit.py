"""The helper module of a generated package: the units that are used, with what they need."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from .helper_clashes import told_apart
from .specialised import specialised
from .tables import Table, Template
from .trimming import reached, trimmed

_TITLE = {
    "jax": '"""Layers and functions that JAX and flax.nnx spell differently."""',
    "haiku": '"""Modules, layers and functions for Haiku."""',
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
    return _ordered(reached(names, table.templates))


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
    "haiku": ("hk.Module", "import haiku as hk"),
    "tensorflow": ("keras.layers.Layer", "import keras"),
    "numpy": ("object", ""),
    "torch": ("torch.nn.Module", "import torch"),
}


_PLAIN = "keras.plain."
ABSENT = "A layer that nothing in this package is."


def _absent(names: list[str], table: Table) -> list[Template]:
    """Classes in place of those that the package only asks for: no object of them exists there."""
    if not names:
        return []
    base, line = _BARE[table.name]
    head = "class Absent:" if base == "object" else f"class Absent({base}):"
    own = Template("Absent", "", f'{head}\n    """{ABSENT}"""', frozenset(), frozenset([line] if line else []))
    last = [name.rpartition(".")[2] for name in names]
    text = " = ".join([*last, "Absent"])
    if len(text) > 88:
        text = "\n".join(f"{name} = Absent" for name in last)
    return [own, Template(names[0], "", text, frozenset(), frozenset())]


def _is_layer_class(name: str, table: Table) -> bool:
    """Whether a unit is a class, and not one that answers isinstance by looking at the object."""
    unit = table.templates.get(name)
    if unit is None or not unit.is_class:
        return False
    return not any("__instancecheck__" in table.templates[need].text for need in unit.needs)


def units_of(text: str, table: Table) -> tuple[set[str], set[str]]:
    """The units that a helper module has, and those of them that it only has for isinstance tests."""
    found: set[str] = set()
    tested: set[str] = set()
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.update(_units_named(node.name, text, table))
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            absent = isinstance(node.value, ast.Name) and node.value.id == "Absent"
            (tested if absent else found).update(unit for n in names for unit in _units_named(n, text, table))
    return found | tested, tested


def _units_named(name: str, text: str, table: Table) -> list[str]:
    """The unit with this name, of the family whose text the module holds."""
    keys = [key for key in table.templates if key.rpartition(".")[2] == name]
    if len(keys) < 2:
        return keys
    found = [key for key in keys if "\n".join(table.templates[key].text.split("\n")[:2]) in text] or keys
    plain = [key for key in found if key.startswith(_PLAIN)]
    return plain if plain and "class Symbolic" not in text else found[:1]


def _edition(names: Iterable[str]) -> Callable[[str], str]:
    """What to call each unit: layers of Keras are all plain, or all of the full edition where some code needs it."""
    full = any(name.startswith("keras.") and not name.startswith(_PLAIN) for name in names)
    return lambda name: name.replace(_PLAIN, "keras.", 1) if full else name


def one_edition(names: Iterable[str]) -> set[str]:
    """The units with layers of Keras all plain, or all of the full edition where some code needs it."""
    names = set(names)
    return set(map(_edition(names), names))


def helper_module(
    names: Iterable[str], table: Table, tested: Iterable[str] = (), texts: Iterable[str] | None = None
) -> str:
    """The text of the helper module for these names; '' when there are none.

    ``tested`` are those that the package only names in isinstance tests. ``texts`` is the code that uses the
    module: methods marked as optional that it does not name and parameters that it does not give are left out; None
    keeps all.
    """
    names, tested = set(names), set(tested)
    spelled = _edition(names | tested)
    tested = {n for n in map(spelled, tested) if _is_layer_class(n, table)}
    wanted = set(map(spelled, names)) - tested
    units = trimmed(_ordered(reached(wanted, _for_symbols(wanted, table))), texts, wanted)
    units = units if texts is None else specialised(units, texts, wanted, table)
    made = {unit.name for unit in units}
    units += _absent(sorted(tested - made), table)
    if not units:
        return ""
    units = told_apart(units, wanted | tested)
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
        constant = not re.match(r"(#[^\n]*\n)*(def |class |@)", unit.text)
        gap = "\n\n" if not (constant and previous) else "\n" if unit.text.count("\n") > 1 else ""
        text += gap + unit.text + "\n"
        previous = unit.text if constant else ""
    return text


def _for_symbols(wanted: set[str], table: Table) -> Mapping[str, Template]:
    """The units; functions that code with symbolic inputs of Keras may call are applied to symbolic tensors as well."""
    units = table.templates
    if "keras.Input" not in wanted or _ON_SYMBOLS not in units:
        return units
    functions = [units[name] for name in wanted if not name.startswith("keras.") and name in units]
    decorated = {
        unit.name: replace(unit, text=f"@on_symbols\n{unit.text}", needs=unit.needs | {_ON_SYMBOLS})
        for unit in functions
        if unit.text.startswith("def ")
    }
    return {**units, **decorated}


_ON_SYMBOLS = "keras.on_symbols"


def _third_party(line: str, table: Table) -> bool:
    top = line.split()[1].split(".")[0]
    return top in ("numpy", *table.packages)


def _import_key(line: str) -> tuple[str, str]:
    return (line.split()[1], line)
