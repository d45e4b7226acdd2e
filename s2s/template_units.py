"""The units of the helper templates: their source, what they need and what they take."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from .table_model import Param, TableError, Template, function_params

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
# The frameworks that have the units of ``templates/shared`` too.
SHARING = ("jax", "tensorflow", "numpy")
# Which frameworks have the units of a folder in it, which are for code of another one.
SHARED_FOR = {"jax": ("numpy", "tensorflow", "torch"), "tensorflow": ("jax", "numpy", "torch")}
# What a framework has of ``templates/shared`` alone.
SHARED_ALONE = {"torch": ("abstract_values", "assertions", "host_libraries", "naming", "nests", "static_shapes")}
# The templates beside it that one takes something from.
_IMPORTED = re.compile(r"^from \.(\w+) import", re.MULTILINE)
# Parts of a text that the plain edition of a family leaves out, between marks or by the name of a method or attribute.
_FULL = re.compile(r"^ *# \[full\n.*?^ *# full\]\n", re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"^ *# (\[full|full\])\n", re.MULTILINE)
_MASKS = re.compile(r"\n\n    (supports_masking = \w+|def compute_mask\(.*?)(?=\n\n|\n*\Z)", re.DOTALL)

# The base class of layers that are called with symbolic tensors.
_NODES = re.compile(r"(?<=\()Node, |\(Node\)")


def template_units(framework: str) -> dict[str, Template]:
    """The units of a framework's templates by name; those of a folder inside it by ``folder.name``.

    Such a folder holds the layers of one source framework, which may have names that others have too; what they share
    lies in ``templates/shared``, as does what is plain Python and NumPy. A folder in it holds other base classes:
    ``folder.variant.name`` are the layers on these. Texts with parts marked ``[full`` have a plain edition too,
    ``folder.plain.name``.
    """
    units: dict[str, Template] = {}
    _add_units(units, [*_texts(TEMPLATES / framework), *_shared(framework)], "")
    for folder in sorted(p for p in (TEMPLATES / framework).iterdir() if p.is_dir()):
        if folder.name != "__pycache__":
            texts = [*_texts(folder), *_shared_of_family(folder)]
            for edition, made in (("", lambda text: _MARK.sub("", text)), ("plain.", _plain)):
                if not edition or any(_MARK.search(text) for _, text in texts):
                    others = _of_families([text for _, text in texts], edition)
                    found = [(topic, made(text)) for topic, text in texts]
                    _add_units(units, found, f"{folder.name}.{edition}", others=others)
            for variant in sorted(p for p in folder.iterdir() if (p / "base.py").is_file()):
                _add_variant(units, variant, f"{folder.name}.", f"{folder.name}.{variant.name}.")
    return units


def _of_families(texts: list[str], edition: str) -> dict[str, str]:
    """What some texts import of other families (``from ..keras.training import Trainer``): name -> unit."""
    nodes = (node for text in texts for node in ast.parse(text).body if isinstance(node, ast.ImportFrom))
    pairs = ((node.module or "", alias.name) for node in nodes if node.level == 2 for alias in node.names)
    found = {name: f"{module.split('.')[0]}.{edition}{name}" for module, name in pairs if "." in module}
    return found


def _plain(text: str) -> str:
    """The plain edition of a text."""
    return _NODES.sub("", _MASKS.sub("", _FULL.sub("", text)))


def _add_variant(units: dict[str, Template], folder: Path, family: str, prefix: str) -> None:
    """The units of a family that build on others than usual, which lie in a folder inside that of the family."""
    known = [unit for name, unit in units.items() if name.startswith(family)]
    _add_units(units, _texts(folder), prefix, others={unit.name[len(family) :]: unit.name for unit in known})
    own = [unit for name, unit in units.items() if name.startswith(prefix)]
    changed = {family + unit.name[len(prefix) :]: unit.name for unit in own}
    while new := [u for u in known if u.name not in changed and u.needs & changed.keys()]:
        changed |= {unit.name: prefix + unit.name[len(family) :] for unit in new}
    built_on = [unit for unit in known if changed.get(unit.name, unit.name) not in units]
    for unit in (*own, *built_on):
        needs = frozenset(changed.get(need, need) for need in unit.needs)
        bases = tuple(changed.get(base, base) for base in unit.bases)
        name = changed.get(unit.name, unit.name)
        units[name] = replace(unit, name=name, needs=needs, bases=bases, order=len(units))


def units_in_place(base: str, variant: str, spelled: Callable[[str], str]) -> dict[str, Template]:
    """The units of a framework in another spelling, with those of a variant in place of the ones of the same name."""
    own = _texts(TEMPLATES / variant)
    units: dict[str, Template] = {}
    base_texts = [(topic, spelled(text)) for topic, text in [*_texts(TEMPLATES / base), *_shared(base)]]
    _add_units(units, [*base_texts, *own], "", shadowed=_bound_in(own))
    return units


def _texts(folder: Path) -> list[tuple[str, str]]:
    """(topic, text) of the templates in a folder."""
    paths = sorted(path for path in folder.glob("*.py") if path.stem != "__init__")
    return [(path.stem, path.read_text(encoding="utf-8")) for path in paths]


def _shared(framework: str) -> list[tuple[str, str]]:
    return [(path.stem, path.read_text(encoding="utf-8")) for path in shared_templates(framework)]


def _shared_of_family(folder: Path) -> list[tuple[str, str]]:
    """What frameworks share of a family, without what builds on topics that the framework's folder lacks."""
    own, found = {path.stem for path in folder.glob("*.py")}, _texts(TEMPLATES / "shared" / folder.name)
    while True:
        there = own | {topic for topic, _ in found}
        kept = [(topic, text) for topic, text in found if there.issuperset(_IMPORTED.findall(text))]
        if len(kept) == len(found):
            return found
        found = kept


def shared_templates(framework: str) -> list[Path]:
    """The files of ``templates/shared`` that a framework has: those whose own imports are there too.

    What is for code of JAX lies in ``templates/shared/jax``; every other framework has it.
    """
    paths = sorted(path for path in (TEMPLATES / "shared").glob("*.py") if path.stem != "__init__")
    sources = [source for source, frameworks in SHARED_FOR.items() if framework in frameworks]
    others = [path for source in sources for path in sorted((TEMPLATES / "shared" / source).glob("*.py"))]
    if framework not in SHARING:
        return [*(path for path in paths if path.stem in SHARED_ALONE.get(framework, ())), *others]
    there = {path.stem for path in (*paths, *others, *(TEMPLATES / framework).glob("*.py"))}
    found = [path for path in paths if there.issuperset(_IMPORTED.findall(path.read_text(encoding="utf-8")))]
    return [*found, *others]


def _bound_in(texts: list[tuple[str, str]]) -> set[str]:
    return {name for _, text in texts for node in ast.parse(text).body for name in _bound(node)}


def _add_units(
    units: dict[str, Template],
    texts: list[tuple[str, str]],
    prefix: str,
    shadowed: Collection[str] = (),
    others: Mapping[str, str] | None = None,
) -> None:
    """Add the units of some texts; of those that are shadowed, the last text's counts.

    ``others`` are the names of units that the texts use under shorter ones.
    """
    keys = {name: name for name in units} | dict(others or {}) | {name: prefix + name for name in _bound_in(texts)}
    for topic, text in texts:
        for unit in _units(prefix + topic, text, set(keys)):
            name = prefix + unit.name
            if name in units and unit.name not in shadowed:
                raise TableError(f"{topic}.py: {unit.name} is defined twice")
            units[name] = replace(
                unit,
                name=name,
                needs=frozenset(keys[need] for need in unit.needs),
                bases=tuple(keys.get(base, base) for base in unit.bases),
                order=len(units),
            )


def _bound(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return (node.name,)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return (node.targets[0].id,)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return (node.target.id,)
    return ()


def _units(topic: str, text: str, names: set[str]) -> Iterator[Template]:
    lines = text.splitlines()
    tree = ast.parse(text)
    imports = _import_lines(tree)
    for node in tree.body:
        bound = _bound(node)
        if not bound:
            continue
        start = node.lineno - 1
        for decorator in getattr(node, "decorator_list", ()):
            start = min(start, decorator.lineno - 1)
        while start > 0 and lines[start - 1].startswith("#"):
            start -= 1
        source = "\n".join(lines[start : node.end_lineno]).replace("  # fmt: skip", "")
        used = set(_global_names(symtable.symtable(source, topic, "exec")))
        unit = Template(
            name=bound[0],
            topic=topic,
            text=source,
            needs=frozenset((used & names) - {bound[0]}),
            imports=frozenset(imports[n] for n in used if n in imports),
        )
        if isinstance(node, ast.FunctionDef):
            unit = replace(unit, params=function_params(node.args))
        elif isinstance(node, ast.ClassDef):
            methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
            init = methods.get("__init__")
            call = methods.get("call") or methods.get("__call__")
            unit = replace(
                unit,
                is_class=True,
                bases=tuple(ast.unparse(base) for base in node.bases),
                params=function_params(init.args)[1:] if init else _named_fields(node),
                init_params=frozenset(p.name for p in function_params(init.args)) if init else frozenset(),
                open_ended=bool(init and init.args.kwarg),
                call_params=frozenset(p.name for p in function_params(call.args)) if call else frozenset(),
            )
        yield unit


def _named_fields(node: ast.ClassDef) -> tuple[Param, ...]:
    """The fields of a named tuple, which its constructor takes; () for other classes."""
    if not any(isinstance(base, ast.Name) and base.id == "NamedTuple" for base in node.bases):
        return ()
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)]
    return tuple(Param(ast.unparse(f.target), ast.unparse(f.value) if f.value else None) for f in fields)


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    """The names of the module that a piece of source uses: parameters and local names are not."""
    everywhere = table.get_type() in ("module", "class")
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (everywhere or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _global_names(child)


def _import_lines(tree: ast.Module) -> dict[str, str]:
    """Local name -> import statement, for imports of anything but sibling templates."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.split(".")[0]
                tail = f" as {alias.asname}" if alias.asname else ""
                found[name] = f"import {alias.name}{tail}"
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
            for alias in node.names:
                tail = f" as {alias.asname}" if alias.asname else ""
                found[alias.asname or alias.name] = f"from {node.module} import {alias.name}{tail}"
    return found
