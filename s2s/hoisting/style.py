"""How a project's classes of flax.linen are written: on the target's own modules, or on a base class like flax's."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

import libcst as cst

from ..imported_names import imported_name
from ..nodes import code
from ..project import ModuleInfo, Project
from ..table_model import HubOp, Table
from .constructors import with_constructors
from .linen_classes import MODULE
from .tree import below

# What only a module of flax has: it computes with variables that it is given, and knows where it is.
_FUNCTIONAL = frozenset(
    """apply bind clone copy get_variable has_rng has_variable init init_with_output is_initializing
    is_mutable_collection lazy_init make_rng module_paths path perturb put_variable scope sow tabulate unbind
    variables""".split()
)
_LIFTED = frozenset(("linen.jit_layer", "linen.map_layers", "linen.remat_layer", "linen.scan_layers"))


def linen_style(
    texts: Mapping[str, str],
    nodes: Mapping[str, Iterable[ast.AST]],
    project: Project,
    table: Table,
    hub: dict[str, HubOp],
) -> str:
    """``native`` where classes derive from the target's module class, ``layers`` where layers are arguments of others
    and know the one they belong to, ``flax`` where a class makes layers at its call or computes with given variables.

    ``texts`` and ``nodes`` are those of the source framework's modules, by the names of the modules.
    """
    classes = {info.name for module in project.modules.values() for info in module.classes.values()}
    wanted = {name for name in classes if any(_is_linen(base, table) for base in project.mro(name))}
    if not wanted or any(_is_functional(nodes[name], project.modules[name], table) for name in texts):
        return "flax"
    shared = False
    layers = frozenset(wanted)
    for name, text in texts.items():
        if not any(cls.startswith(f"{name}.") for cls in wanted):
            if any(_is_named(node, project, name, layers, table) for node in nodes[name]):
                return "flax"
            continue
        old = cst.parse_module(text)
        new = with_constructors(old, project, name, table, hub, True)
        tree = ast.walk(ast.parse(new.code))
        if any(_is_named(node, project, name, layers, table) for node in tree):
            return "flax"
        made = [node for a, node in zip(old.body, new.body, strict=True) if a is not node]
        wanted -= {f"{name}.{node.name.value}" for node in made if isinstance(node, cst.ClassDef)}
        shared = shared or any(_gives_layers(node) for node in made)
    return "flax" if wanted else "layers" if shared else "native"


def _is_linen(name: str, table: Table) -> bool:
    """Whether a name is flax.linen's module class or one of its layers."""
    entry = table.find(name)
    return name == MODULE or entry is not None and entry.op.startswith("linen.") and entry.op[6:7].isupper()


def _is_named(node: ast.AST, project: Project, module: str, layers: frozenset[str], table: Table) -> bool:
    """Whether a call gives a layer a name that is no attribute's."""
    if not isinstance(node, ast.Call) or not {"name", "parent"} & {keyword.arg for keyword in node.keywords}:
        return False
    info = project.modules[module]
    own = f"{module}.{node.func.id}" if isinstance(node.func, ast.Name) else ""
    name = project.canonical(imported_name(node.func, info) or own)
    return name in layers or _is_linen(name, table)


def _is_functional(nodes: Iterable[ast.AST], info: ModuleInfo, table: Table) -> bool:
    """Whether a module asks for what only a module of flax has, or makes layers of layers."""
    names = {kind.name for kind in info.names.values() if kind.tag == "ref"}
    for node in nodes:
        name = imported_name(node, info) if isinstance(node, ast.Attribute) else ""
        if isinstance(node, ast.Attribute) and node.attr in _FUNCTIONAL and not name:
            return True
        names.add(name)
    return any((entry := table.find(name)) is not None and entry.op in _LIFTED for name in names if name)


def _gives_layers(node: cst.CSTNode) -> bool:
    """Whether a constructor gives what it made to the constructors of others."""
    made = {
        code(part.targets[0].target)
        for part in below(node)
        if isinstance(part, cst.Assign) and isinstance(part.value, cst.Call)
    }
    inits = (part for part in below(node) if isinstance(part, cst.FunctionDef) and part.name.value == "__init__")
    calls = (part for init in inits for part in below(init) if isinstance(part, cst.Call))
    given = (part for call in calls for arg in call.args for part in below(arg))
    return any(
        isinstance(part, cst.Attribute) and code(part) in made and code(part).startswith("self.")
        or isinstance(part, cst.Name) and part.value == "getattr"
        for part in given
    )  # fmt: skip
