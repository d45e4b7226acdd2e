"""How a project's classes of haiku are written: as the target's own modules, or with haiku's way of naming."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import libcst as cst

from ..imported_names import imported_name
from ..indexer import index_module
from ..infer import Inference
from ..project import ModuleInfo, Project
from ..table_model import HubOp, Table
from ..tables import known_names
from .dialects import HAIKU
from .haiku_classes import haiku_constructors
from .haiku_functions import TRANSFORMS, with_modules
from .haiku_places import Places
from .tree import below

# What modules of the target do too; what else haiku has makes names, or wants to know where a module lies.
_FUNCTIONS = frozenset(
    """Module RNNCore Params State MutableParams MutableState LSTMState PRNGSequence BatchApply Transformed
    TransformedWithState avg_pool dropout dynamic_unroll expand_apply get_parameter get_state max_pool multinomial
    next_rng_key next_rng_keys remat set_state static_unroll transform transform_with_state without_apply_rng""".split()
)
_LAYERS = frozenset(
    """AvgPool BatchNorm Bias Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose DeepRNN
    DepthwiseConv1D DepthwiseConv2D DepthwiseConv3D Embed ExponentialMovingAverage Flatten GRU GroupNorm IdentityCore
    InstanceNorm LSTM LayerNorm Linear MaxPool MultiHeadAttention RMSNorm ResetCore Reshape
    SeparableDepthwiseConv2D Sequential SpectralNorm VanillaRNN""".split()
)
_NETS = frozenset("MLP ResNet ResNet18 ResNet34 ResNet50 ResNet101 ResNet152 ResNet200".split())
# Names in dictionaries of parameters, which are the target's own.
_WORDS = frozenset("w b w_i w_h embeddings scale offset".split())


def haiku_style(
    texts: Mapping[str, str],
    nodes: Mapping[str, Iterable[ast.AST]],
    project: Project,
    table: Table,
    hub: dict[str, HubOp],
) -> str:
    """``native`` where all layers are made by constructors and nothing asks where a module lies, else ``haiku``.

    ``texts`` and ``nodes`` are those of the source framework's modules, by the names of the modules.
    """
    using = [name for name in texts if _uses_haiku(project.modules[name])]
    using += [name for name in texts if name not in using and _uses(project.modules[name], using)] if using else []
    if not using or any(project.modules[name].stars for name in using):
        return "haiku"
    if not all(_is_plain(list(nodes[name]), project.modules[name]) for name in using):
        return "haiku"
    classes = [cls for name in using for cls in project.modules[name].classes.values()]
    attributes = {name for cls in classes if HAIKU.is_derived(cls.name, project) for name in cls.attributes}
    if any(_sets(node, attributes) for name in texts for node in nodes[name]):
        return "haiku"
    old = {name: cst.parse_module(texts[name]) for name in using}
    transforms = any(_transforms(module, name, project, table, hub) for name, module in old.items())
    words = (word for name in texts for word in _strings(list(nodes[name]), project.modules[name]))
    if transforms and any(word in _WORDS or "~" in word for word in words):
        return "haiku"
    new, project = native_modules(old, project, table, hub, not transforms)
    if new is None:
        return "haiku"
    infers = {name: Inference(project.modules[name], project, table, hub) for name in new}
    return "native" if all(Places(module, infers[name]).are_known() for name, module in new.items()) else "haiku"


def native_modules(
    modules: Mapping[str, cst.Module], project: Project, table: Table, hub: dict[str, HubOp], late: bool
) -> tuple[dict[str, cst.Module] | None, Project]:
    """Modules with makers in place of functions that are transformed and with constructors, and what is known of them.

    None where a class cannot have one. ``late`` says that layers may wait for the first input, whose size they have.
    """
    made = {name: with_modules(module, project, name, table, hub) for name, module in modules.items()}
    project = with_indexed(made, project, table)
    hoisted = {name: haiku_constructors(module, project, name, table, hub, late) for name, module in made.items()}
    found = {name: module for name, module in hoisted.items() if module is not None}
    return found if len(found) == len(made) else None, with_indexed(found, project, table)


def with_indexed(modules: Mapping[str, cst.Module], project: Project, table: Table) -> Project:
    """The project with modules as they are written now."""
    known = known_names(table)
    infos = {name: index_module(module.code, name, False, known) for name, module in modules.items()}
    return replace(project, modules={**project.modules, **infos})


def _uses_haiku(info: ModuleInfo) -> bool:
    return any(kind.tag == "ref" and f"{kind.name}.".startswith("haiku.") for kind in info.names.values())


def _sets(node: ast.AST, attributes: set[str]) -> bool:
    """Whether code sets an attribute of something else than ``self``."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Store) or node.attr not in attributes:
        return False
    return not (isinstance(node.value, ast.Name) and node.value.id == "self")


def _uses(info: ModuleInfo, modules: list[str]) -> bool:
    """Whether a module has names of other modules, or these themselves."""
    names = [f"{kind.name}." for kind in info.names.values() if kind.tag == "ref"]
    packages = {f"{module.rpartition('.')[0]}." for module in modules} - {"."}
    return any(name.startswith(f"{module}.") for name in names for module in modules) or not packages.isdisjoint(names)


def _is_plain(nodes: list[ast.AST], info: ModuleInfo) -> bool:
    """Whether a module only names what of haiku the target has too."""
    names = {name for node in nodes if (name := imported_name(node, info)).startswith("haiku.")}
    names |= {kind.name for kind in info.names.values() if kind.tag == "ref" and kind.name.startswith("haiku.")}
    return all(_is_known(name.removeprefix("haiku.").split(".")) for name in names)


def _is_known(parts: list[str]) -> bool:
    if parts[0] in ("nets", "initializers"):
        return len(parts) == 1 or parts[0] == "initializers" or parts[1] in _NETS
    return parts[0] in _FUNCTIONS or parts[0] in _LAYERS


def _transforms(module: cst.Module, name: str, project: Project, table: Table, hub: dict[str, HubOp]) -> bool:
    infer = Inference(project.modules[name], project, table, hub)
    names = (infer.name_of(part) for part in below(module) if isinstance(part, (cst.Name, cst.Attribute)))
    return not TRANSFORMS.isdisjoint(names)


def _strings(nodes: list[ast.AST], info: ModuleInfo) -> Iterator[str]:
    """The texts in a module, without the names that parameters and layers are given."""
    given = {id(part) for node in nodes if isinstance(node, ast.Call) for part in _names_in(node, info)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in given:
            yield node.value


def _names_in(node: ast.Call, info: ModuleInfo) -> Iterator[ast.AST]:
    if imported_name(node.func, info).startswith("haiku."):
        yield from node.args[:1]
    yield from (keyword.value for keyword in node.keywords if keyword.arg == "name")
