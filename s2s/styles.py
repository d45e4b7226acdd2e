"""What is decided for a whole project before its files are converted: how its classes and layers are written."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .hoisting.activations import activated_layers
from .hoisting.haiku_style import haiku_style
from .hoisting.style import linen_style
from .keras_called import Called, called_layers
from .keras_graphs import GRAPH, SEQUENCES
from .keras_modules import BASES
from .keras_sequences import SEQUENCE
from .keras_sizes import Places, input_sizes
from .keras_style import keras_style
from .model import SourceFile
from .own_layers import own_layers
from .project import ModuleInfo, Project
from .tables import Table, Tables


def styled(
    files: Sequence[SourceFile],
    texts: Mapping[str, str],
    nodes: Mapping[str, list[ast.AST]],
    modules: dict[str, ModuleInfo],
    frameworks: Mapping[str, str],
    tables: Tables,
    target: str,
    graphs: bool = True,
    sizes: Mapping[Places, str] | None = None,
) -> Project:
    """The project with what is decided for all of it.

    ``graphs`` says whether models may be graphs of the target's layers; ``sizes`` are sizes of the inputs of layers
    that are known beside the code.
    """
    style = style_of_linen(files, texts, nodes, modules, frameworks, tables, target)
    haiku = style_of_haiku(files, texts, nodes, modules, frameworks, tables, target)
    keras = _style_of_keras(files, nodes, modules, frameworks, tables, target)
    known = Project(modules, linen=style, haiku=haiku, keras=keras)
    graph: frozenset[str] = frozenset()
    for made_of in (GRAPH, SEQUENCES) if keras == "full" and graphs else ():
        graph = graph or _as_graph(files, nodes, replace(known, keras=made_of), frameworks, tables, target)
        known = replace(known, keras=made_of) if graph and known.keras == "full" else known
    called = _called(files, nodes, known, tables, target) if keras == "plain" else {}
    known = _with_called(known, called, tables, target)
    own = own_layers_of(files, nodes, known, frameworks, tables, target) | graph
    written = {place: one for place, one in called.items() if _is_own(one, own, tables[target])}
    known = _with_called(known, written, tables, target)
    return replace(known, own_layers=own, sized={**known.sized, **(sizes or {})})


def style_of_linen(files, texts, nodes, modules, frameworks, tables: Tables, target: str) -> str:
    """How classes of flax.linen are written in the target."""
    own = _of_jax("linen", files, nodes, frameworks, tables, target)
    return _style(linen_style, own, texts, nodes, modules, tables) if own else "flax"


def style_of_haiku(files, texts, nodes, modules, frameworks, tables: Tables, target: str) -> str:
    """How classes of haiku are written in the target."""
    own = _of_jax("haiku", files, nodes, frameworks, tables, target)
    return _style(haiku_style, own, texts, nodes, modules, tables) if own else "haiku"


def _of_jax(family: str, files, nodes, frameworks, tables: Tables, target: str) -> list[SourceFile]:
    """The files of JAX, where the target has a plain edition of a family of layers."""
    has = f"{family}.plain.Module" in tables[target].templates
    return [f for f in files if has and frameworks[f.relative] == "jax" and f.relative in nodes]


def _style(decide: Callable[..., str], own: list[SourceFile], texts, nodes, modules, tables: Tables) -> str:
    by_module = {f.module: texts[f.relative] for f in own}
    trees = {f.module: nodes[f.relative] for f in own}
    return decide(by_module, trees, Project(modules), tables["jax"], tables.hub)


def _style_of_keras(files, nodes, modules, frameworks, tables: Tables, target: str) -> str:
    """How layers of Keras are written in the target."""
    own = [f for f in files if frameworks[f.relative] == "tensorflow" and f.relative in nodes]
    if "keras.plain.Layer" not in tables[target].templates or not own:
        return "full"
    trees = {f.module: nodes[f.relative] for f in own}
    return keras_style(trees, modules, tables["tensorflow"], tables[target])


def _called(files, nodes, project: Project, tables: Tables, target: str) -> dict[tuple[str, str], Called]:
    """The layers of Keras that may be the target's own and are only called."""
    trees = {f.module: nodes[f.relative] for f in files if f.relative in nodes}
    ops = {op for op in tables[target].own_layers if op.startswith("keras.")} - {SEQUENCE, *BASES}
    return called_layers(trees, project, tables["tensorflow"], ops)


def _is_own(layer: Called, own: frozenset[str], target: Table) -> bool:
    return any(entry.native in own for entry in target.own_layers[layer.op])


def _with_called(project: Project, layers: dict[tuple[str, str], Called], tables: Tables, target: str) -> Project:
    """The project with what is known of such layers."""
    source = tables["tensorflow"]
    activated = activated_layers(layers, source, tables.hub)
    return replace(project, activated=activated, sized=input_sizes(layers, source, tables[target], tables.hub))


def own_layers_of(files, nodes, project: Project, frameworks, tables: Tables, target: str) -> frozenset[str]:
    """The layers that are written as the target's own; none where a file is in the target's framework or unreadable."""
    known = set(frameworks.values())
    sources = [source for source, has in (("jax", True), ("tensorflow", project.keras == "plain")) if has]
    if known.isdisjoint(sources) or target in known or any(f.relative not in nodes for f in files):
        return frozenset()
    trees = {f.module: nodes[f.relative] for f in files}
    found = (own_layers(trees, project, tables[s], tables[target], tables.hub) for s in sources if s in known)
    return frozenset().union(*found)


def _as_graph(files, nodes, project: Project, frameworks, tables: Tables, target: str) -> frozenset[str]:
    """The layers of a project whose models of Keras are put together from the target's own; none for other projects."""
    if set(frameworks.values()) & {"tensorflow"} == set() or "keras_own.Symbol" not in tables[target].templates:
        return frozenset()
    if target in frameworks.values() or any(f.relative not in nodes for f in files):
        return frozenset()
    trees = {f.module: nodes[f.relative] for f in files}
    return own_layers(trees, project, tables["tensorflow"], tables[target], tables.hub)
