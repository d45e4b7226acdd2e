"""Packages with code of several frameworks: where their helpers share names, each framework has a module of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from .emit import closure, one_edition
from .helper_places import helper_path, helpers_import
from .model import Converted, SourceFile
from .tables import Table


def separated(
    converted: Sequence[Converted], files: Mapping[str, SourceFile], frameworks: Mapping[str, str],
    names: Mapping[str, str], table: Table,
) -> tuple[list[Converted], dict[str, str]]:  # fmt: skip
    """The converted files with the helper modules that they import, and the path of the module of each file.

    The framework of most files of a package keeps the usual name; ``Sequential`` of PyTorch is not that of Keras.
    """
    places = {item.relative: helper_path(files[item.relative], names, table.name) for item in converted if item.helpers}
    made = list(converted)
    for path in sorted({*places.values()}):
        sharing = [place for place, item in enumerate(made) if places.get(item.relative) == path]
        counts = Counter(frameworks[made[place].relative] for place in sharing)
        if len(counts) < 2 or not _clash((made[place].helpers for place in sharing), table):
            continue
        order = sorted(counts, key=lambda name: (-counts[name], name))
        for place in sharing:
            suffix = "_" * order.index(frameworks[made[place].relative])
            item = made[place]
            places[item.relative] = path.removesuffix(".py") + f"{suffix}.py"
            made[place] = _importing(item, helpers_import(files[item.relative], dict(names), table.name), suffix)
    return made, places


def _clash(helpers: Iterable[frozenset[str]], table: Table) -> bool:
    """Whether two of the units that files need have one name."""
    units = one_edition({name for found in helpers for name in found})
    counts = Counter(unit.name.rpartition(".")[2] for unit in closure(units, table))
    return max(counts.values(), default=0) > 1


def _importing(item: Converted, module: str, suffix: str) -> Converted:
    """A file that imports its helpers from the module with this suffix."""
    if not suffix or item.code is None:
        return item
    return replace(item, code=item.code.replace(f"from {module} import ", f"from {module}{suffix} import "))
