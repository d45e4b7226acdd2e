"""Which layers of a project are written as the target's own layers: those whose difference nothing in it can tell.

The own layer has other names and layouts of parameters, other attributes and fewer arguments than the template.
Whatever in the project may ask a layer for one of these keeps the template for all layers of the class.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

import libcst as cst

from .elementwise import is_elementwise
from .emit import closure
from .imported_names import imported_name
from .keras_graphs import GRAPH, SEQUENCES, are_sequences, are_trained, is_graph, known_penalties
from .keras_modules import BASES, Source, are_modules, keep_order, trains_in_sequences
from .keras_sequences import FIRST, INPUT, SEQUENCE, activation_forms, activation_layer, sequence_layers
from .kinds import UNKNOWN
from .lift import Bound, Refused, bind
from .lower import is_default
from .nodes import code
from .own_keras import asks_layers, containers, looped, may_be_layer, walked
from .own_spelling import initializer, own_form
from .project import ModuleInfo, Project
from .table_model import Entry, HubOp, Table
from .walk import ast_nodes
from .weight_table import Layout, layers

# Arguments that say nothing about what a layer computes; constructors of linen's classes have its name.
_SILENT = frozenset(("rngs", "name"))
# The weights of layers of Keras, of which those that are not trained are among them.
_ALL_WEIGHTS = frozenset(("non_trainable_variables", "non_trainable_weights", "variables", "weights"))
# What takes gradients makes trees of parameters, and what follows may work along their axes or draw for each element.
_GRADIENTS = frozenset(("grad", "value_and_grad", "vjp", "jvp", "jacrev", "jacfwd", "hessian", "linearize"))
_TREES = ("jax.tree", "jax.tree_util", "jax.tree_map", "jax.flatten_util", "flax.traverse_util")
_MAPS = frozenset(("jax.tree.map", "jax.tree_map", "jax.tree_util.tree_map"))
_DRAWING = frozenset(("add_noise", "noisy_sgd", "stateless", "GradientTransformation", "contrib"))


def own_layers(
    nodes: Mapping[str, Iterable[ast.AST]], project: Project, source: Table, target: Table, hub: Mapping[str, HubOp]
) -> frozenset[str]:
    """The entries of the target's own layers that are written, by their keys in its table.

    ``nodes`` are those of all modules of the project by their names: whatever their framework, they may ask a layer.
    """
    packages = {native.split(".")[0] for native, entry in source.entries.items() if entry.op in target.own_layers}
    packages |= {alias.split(".")[0] for alias, name in source.renames.items() if name.split(".")[0] in packages}
    modules = [project.modules[name] for name in nodes]
    imported = (kind.name for module in modules for kind in module.names.values() if kind.tag == "ref")
    if packages.isdisjoint(name.split(".")[0] for name in imported) and not any(module.stars for module in modules):
        return frozenset()
    readers = [_Reader(project.modules[name], list(found), project, source, target) for name, found in nodes.items()]
    made = {op for reader in readers for op in reader.made if not op.startswith("linen.") or project.linen == "native"}
    if not made or any(reader.imports_all for reader in readers):
        return frozenset()
    uses = [_Uses(reader) for reader in readers]
    if any(reader.takes_states(hub) for reader in readers):
        made = {op for op in made if not op.startswith("nnx.")}
    if any(use.asks_of_keras() for use in uses) or not all(reader.keeps_order() for reader in readers):
        made = {op for op in made if not op.startswith("keras.")}
    found: dict[str, Entry] = {}
    told = project.keras == GRAPH or any(map(trains_in_sequences, _sources(readers, uses)))
    told = told or project.keras == SEQUENCES and any(map(_says_mode, (n for reader in readers for n in reader.nodes)))
    trained = project.keras in (GRAPH, SEQUENCES) and any(are_trained(r.nodes, r.name) for r in readers)
    for reader in readers:
        reader.of_trained = trained
    for op in made:
        offered = [own for own in target.own_layers[op] if own.trained == trained]
        differences = (Difference(op, own, hub[op], target) for own in offered or target.own_layers[op])
        fitting = (one for one in differences if all(reader.fits(op, one.own, hub[op]) for reader in readers))
        fitting = (one for one in fitting if op != SEQUENCE or one.own.layer.startswith("@") == (told or trained))
        first = next((one for one in fitting if not _is_told(one, readers, uses)), None)
        found |= {op: first.own} if first is not None else {}
    templates = set().union(*(reader.templates for reader in readers))
    parts = {op for reader in readers for layers in reader.sequences.values() for _, op in layers}
    if SEQUENCE in templates and not {SEQUENCE, *parts} <= found.keys():
        found = {op: own for op, own in found.items() if not op.startswith("keras.")}
    while clashing := _clashing(found, templates, target):
        found = {op: own for op, own in found.items() if op not in clashing}
    if project.keras in (GRAPH, SEQUENCES):
        found = found if _are_graphs(readers, uses, found, hub) else {}
        return frozenset(own.native for own in found.values())
    if any(op.startswith("keras.") for op in found) and _are_modules(readers, uses, found.keys(), hub):
        found |= {op: target.own_layers[op][0] for op in BASES}
    return frozenset(own.native for own in found.values())


def _are_modules(readers: list[_Reader], uses: list[_Uses], own: Collection[str], hub: Mapping[str, HubOp]) -> bool:
    """Whether the project's classes of Keras are modules of the target itself."""
    sources = _sources(readers, uses)
    return are_modules(sources, readers[0].project, own, lambda op: _is_layer(op, hub))


def _are_graphs(readers: list[_Reader], uses: list[_Uses], own: Mapping[str, Entry], hub: Mapping[str, HubOp]) -> bool:
    """Whether the project's models of Keras are graphs of the target's own layers."""
    source, project = readers[0].source, readers[0].project
    fitting = is_graph if project.keras == GRAPH else are_sequences
    sources = _sources(readers, uses)
    return fitting(sources, own, lambda name: source.find(name) is not None, lambda op: _is_layer(op, hub))


def _is_layer(op: str, hub: Mapping[str, HubOp]) -> bool:
    return op.startswith("keras.") and hub[op].layer


def _sources(readers: list[_Reader], uses: list[_Uses]) -> list[Source]:
    pairs = zip(readers, uses, strict=True)
    return [Source(r.info, r.nodes, r.name, r.op, use.own, r.in_sequences) for r, use in pairs]


def layer_of(cls: str, attribute: str, project: Project, source: Table) -> str:
    """The one hub layer that an attribute of a class always is; '' where it may be something else."""
    infos = [info for base in project.mro(cls) if (info := project.class_info(base)) is not None]
    kinds = {kind for info in infos for kind in info.assigned.get(attribute, ())}
    if len(kinds) != 1 or any(project.overridden(cls, attribute, kind) for kind in kinds):
        return ""
    (kind,) = kinds
    entry = source.find(project.canonical(kind.name)) if kind.tag == "result" else None
    return entry.op if entry is not None and not entry.overloads else ""


def _clashing(found: Mapping[str, Entry], templates: set[str], target: Table) -> set[str]:
    """The ops whose own layer has the name of a template that others need: a helper module has one class of a name."""
    names = {unit.name.rpartition(".")[2] for unit in closure(templates - found.keys(), target)}
    return {op for op, own in found.items() if own.layer.startswith("@") and own.layer.rpartition(".")[2] in names}


def _says_mode(node: ast.AST) -> bool:
    """Whether a call says whether it is training."""
    return isinstance(node, ast.Call) and any(keyword.arg == "training" for keyword in node.keywords)


def _is_told(difference: Difference, readers: list[_Reader], uses: list[_Uses]) -> bool:
    """Whether the project may show the difference between the template and the own layer."""
    places = [place for reader in readers for place in reader.places(difference.op)]
    names = {name for name in places if name}
    held = set().union(*(reader.held(difference.op) for reader in readers))
    elsewhere = "" in places or any(names & use.handed or held & use.given for use in uses)
    if elsewhere and difference.op == SEQUENCE:
        return readers[0].project.keras not in (GRAPH, SEQUENCES)
    return any(use.tells(difference, names, held, elsewhere) for use in uses)


@dataclass(frozen=True)
class Difference:
    """What the own layer lacks, or has otherwise, beside the template."""

    op: str
    own: Entry
    layer: HubOp
    target: Table

    @cached_property
    def _layouts(self) -> tuple[Layout, Layout] | None:
        """How the source and the target store the layer."""
        family, _, name = self.op.partition(".")
        for layer in layers().values():
            ours = [o for o in layer.layouts if o.family == self.target.name and self._class in o.classes]
            theirs = [o for o in layer.layouts if o.family == family and name in o.classes]
            if ours and theirs:
                return theirs[0], ours[0]
        return None

    @property
    def _class(self) -> str:
        return self.own.layer.rpartition(".")[2]

    @cached_property
    def arguments(self) -> frozenset[str]:
        """Attributes with the names of arguments that the own layer has not under the same name."""
        same = {arg.canonical for arg in self.own.args if arg.canonical == arg.native}
        return frozenset({param.name for param in self.layer.params} - same)

    @cached_property
    def methods(self) -> frozenset[str]:
        """Methods of the template that the own layer has not."""
        return frozenset(_methods(self.target.templates[self.op].text) - _methods(self._own_text))

    @cached_property
    def state(self) -> frozenset[str]:
        """Names of arrays that only the source's layer has."""
        if self._layouts is None:
            return frozenset()
        theirs, ours = self._layouts
        return frozenset(theirs.arrays.keys() - ours.arrays.keys())

    @cached_property
    def counts(self) -> bool:
        """Whether the own layer has arrays in its state that are no weights of the source's."""
        return self._layouts is not None and bool(self._layouts[1].counters)

    @cached_property
    def renamed(self) -> dict[str, str]:
        """The own layer's names of arrays that are otherwise the same."""
        if self._layouts is None or self.is_transposed:
            return {}
        ours = {piece.part: name for name, pieces in self._layouts[1].arrays.items() for piece in pieces}
        return {name: ours[pieces[0].part] for name, pieces in self._layouts[0].arrays.items()}

    def renames(self, node: ast.Attribute) -> bool:
        """Whether an attribute of a layer is an array that is read under the own layer's name."""
        return node.attr in self.renamed and isinstance(node.ctx, ast.Load)

    @cached_property
    def is_transposed(self) -> bool:
        """Whether an array has its axes in another order."""
        if self._layouts is None:
            return False
        axes = [{piece.part: piece.axes for pieces in o.arrays.values() for piece in pieces} for o in self._layouts]
        return axes[0] != axes[1]

    @cached_property
    def keywords(self) -> frozenset[str]:
        """Arguments of a call of the template that the own layer does not take."""
        taken = _call_arguments(self.target.templates[self.op].text) | _of_base(self.op)
        return taken - _call_arguments(self._own_text)

    @cached_property
    def _own_text(self) -> str:
        """The templates that the own layer is made of."""
        return _with_bases(self.own.layer[1:], self.target)


def _with_bases(name: str, target: Table) -> str:
    """The text of a template and of those that it derives from; '' for a layer of the target itself."""
    unit = target.templates.get(name)
    return unit.text + "".join("\n\n\n" + _with_bases(base, target) for base in unit.bases) if unit else ""


def _of_base(op: str) -> frozenset[str]:
    """The arguments that the base class of a family takes for all of its layers."""
    return frozenset(("training", "mask") if op.startswith("keras.") else ())


def _call_arguments(text: str) -> frozenset[str]:
    """The arguments of a template's call beside its input."""
    functions = (part for part in ast.walk(ast.parse(text)) if isinstance(part, ast.FunctionDef))
    forward = (part.args for part in functions if part.name == "forward")
    return frozenset(arg.arg for args in forward for arg in [*args.args[2:], *args.kwonlyargs])


def _methods(text: str) -> set[str]:
    return set(re.findall(r"\n    def ([a-z]\w*)\(", text)) - {"forward"}


class _Reader:
    """The layers that a module makes, and where it names their classes."""

    def __init__(self, info: ModuleInfo, nodes: list[ast.AST], project: Project, source: Table, target: Table) -> None:
        self.info, self.nodes, self.project, self.source, self.target = info, nodes, project, source, target
        self.of_keras, self.of_trained = "keras" in source.packages, False
        self.imports_all = any(star.split(".")[0] in source.packages for star in info.stars)
        self.made: dict[str, list[ast.Call]] = {}
        self.templates: set[str] = set()
        named = {id(node): op for node in nodes if (op := self._layer(node))}
        allowed: set[int] = set()
        for node in nodes:
            if isinstance(node, ast.Call) and id(node.func) in named:
                self.made.setdefault(named[id(node.func)], []).append(node)
                allowed.add(id(node.func))
            allowed.update(id(part) for place in _harmless(node) for part in ast_nodes(place))
        self.values = {op for place, op in named.items() if place not in allowed}
        asked = {id(part) for node in nodes if _is_type_test(node) for part in ast_nodes(node)}
        self.asked_for = {op for place, op in named.items() if place in asked}

    def name(self, node: ast.AST) -> str:
        """The full name of something imported, or of something that the module defines."""
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return ""
        kind = self.info.names.get(node.id) if isinstance(node, ast.Name) else None
        own = kind.name if kind is not None and kind.tag == "ref" else ""
        return self.project.canonical(imported_name(node, self.info) or own)

    def op(self, name: str) -> str:
        """The hub's name of something of the source."""
        entry = self.source.find(name) if name else None
        return entry.op if entry is not None else ""

    def _layer(self, node: ast.AST) -> str:
        entry = self.source.find(name) if (name := self.name(node)) else None
        if entry is not None and entry.op in self.target.templates:
            self.templates.add(entry.op)
        return entry.op if entry is not None and entry.op in self.target.own_layers else ""

    def takes_states(self, hub: Mapping[str, HubOp]) -> bool:
        """Whether the module takes the values of models of flax.nnx out of them, by the names that they have there."""
        ops = {self.op(name) for node in self.nodes if (name := self.name(node))}
        return any(hub[op].topic == "nnx_states" for op in ops if op in hub)

    def places(self, op: str) -> Iterator[str]:
        """The attributes that layers of a class are kept as; '' for one that goes elsewhere."""
        kept = {id(value): target for node in self.nodes for value, target in _assigned(node)}
        for node in self.made.get(op, ()):
            place = kept.get(id(node))
            if id(node) in self.in_sequences:
                continue
            if place is not None or id(node) not in self.in_containers:
                yield place.attr if isinstance(place, ast.Attribute) else ""

    @cached_property
    def sequences(self) -> dict[int, list[tuple[ast.Call, str]]]:
        """The layers of what makes sequences of the target's own."""
        found = ((id(node), list(sequence_layers(node, self._layer))) for node in self.nodes if self.of_keras)
        return {
            node: layers
            for node, layers in found
            if layers and all(activation_layer(layer, op, self.activations) is not None for layer, op in layers)
        }

    @cached_property
    def activations(self) -> frozenset[str]:
        """The names of activations that layers of the target compute."""
        return frozenset(activation_forms(self.target))

    @cached_property
    def in_sequences(self) -> set[int]:
        """The calls that make the layers of such sequences."""
        return {id(layer) for layers in self.sequences.values() for layer, _ in layers}

    @cached_property
    def activated(self) -> set[int]:
        """The calls of constructors whose activation is applied where the layers are called."""
        classes = (node for node in self.nodes if isinstance(node, ast.ClassDef) and node.name in self.info.classes)
        wanted = self.project.activated
        layers = [pair for found in self.sequences.values() for pair in found]
        return {id(layer) for layer, op in layers if activation_layer(layer, op, self.activations)} | {
            id(value)
            for node in classes
            for part in ast_nodes(node)
            for value, target in _assigned(part)
            if _is_of_self(target) and (self.info.classes[node.name].name, target.attr) in wanted
        }

    @cached_property
    def in_containers(self) -> dict[int, str]:
        """The attributes of the containers that hold what is made in them; of layers of Keras."""
        nodes = self.nodes if self.of_keras else []
        return {id(item): name for node in nodes for name, item in containers(node)}

    def held(self, op: str) -> set[str]:
        """The attributes that hold containers of layers of a class."""
        return {name for node in self.made.get(op, ()) if (name := self.in_containers.get(id(node)))}

    def keeps_order(self) -> bool:
        """Whether the layers of Keras become attributes in an order that modules know too."""
        layers = (calls for op, calls in self.made.items() if op.startswith("keras.") and op != INPUT)
        made = {id(node) for calls in layers for node in calls}
        return not self.of_keras or keep_order(self.nodes, made - self.in_sequences)

    def fits(self, op: str, own: Entry, layer: HubOp) -> bool:
        """Whether the own layer can be written wherever the module names the class."""
        if op in self.asked_for and ".Lazy" in own.layer:  # its class is another one after the first call
            return False
        return op not in self.values and all(self._fits(node, own, layer) for node in self.made.get(op, ()))

    def _fits(self, node: ast.Call, own: Entry, layer: HubOp) -> bool:
        if id(node) in self.in_sequences and self.project.keras in (GRAPH, SEQUENCES):
            kept = [keyword for keyword in node.keywords if keyword.arg not in FIRST]
            call = cst.parse_expression(ast.unparse(ast.Call(node.func, node.args, kept)))
        else:
            call = cst.parse_expression(ast.unparse(node))
        entry = self.source.find(self.name(node.func))
        assert isinstance(call, cst.Call) and entry is not None
        bound = bind(entry, call.args, None, lambda node: UNKNOWN)
        told = known_penalties(node, own.penalised, lambda part: self.op(self.name(part))) if self.of_trained else set()
        if isinstance(bound, Refused) or {k.arg for k in node.keywords} & (entry.ignore - _SILENT - told):
            return False
        form = own_form(own, bound, lambda node: UNKNOWN)
        if form is None or not self._starts(bound, own, layer):
            return False
        listed = {*(arg.canonical for arg in own.args), *own.initializers, *_SILENT, *form.drop, own.started}
        listed |= {"activation"} if id(node) in self.activated or self._is_followed(bound) else set()
        listed |= {"layers"} if id(node) in self.sequences else set()
        return all(name in listed or is_default(layer, name, value) for name, value in bound.args.items())

    def _is_followed(self, bound: Bound) -> bool:
        """Whether a layer of a graph is followed by its activation."""
        value = bound.args.get("activation")
        return self.project.keras == GRAPH and not isinstance(value, (cst.Dict, cst.Lambda))

    def _starts(self, bound: Bound, own: Entry, layer: HubOp) -> bool:
        """Whether the own layer can start with the values that a layer of Keras starts with."""
        value = bound.args.get(own.started)
        if value is None or is_default(layer, own.started, value):
            return True
        found = initializer(value, lambda node: self.name(ast.parse(code(node), mode="eval").body), self.source)
        return found is not None and found.entry.op in self.target.fills


def _is_type_test(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance"


def _harmless(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node in which a class may be named whatever it is: annotations, and types that are asked for."""
    if _is_type_test(node):
        yield from node.args[1:]
    elif isinstance(node, (ast.AnnAssign, ast.arg)) and node.annotation is not None:
        yield node.annotation
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
        yield node.returns


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What an assignment gives its one target, on every way."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        value, target = node.value, node.targets[0]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        value, target = node.value, node.target
    else:
        return
    for part in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
        yield part, target


class _Uses:
    """What a module may ask layers for."""

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        called = {id(node.func): node for node in reader.nodes if isinstance(node, ast.Call)}
        self.own, self.owners, self.called = self._of_self()
        self.looped = looped(reader.nodes)
        attributes = [node for node in reader.nodes if isinstance(node, ast.Attribute)]
        self.asked = [node for node in attributes if id(node) not in self.own and not reader.name(node)]
        handed = [node for node in attributes if isinstance(node.ctx, ast.Load) and id(node) not in called]
        self.handed = {node.attr for node in handed}
        inside = set(walked(reader.nodes))
        self.given = {node.attr for node in handed if id(node) not in inside}
        self.calls = [node for node in called.values() if node.keywords and not self._is_known(node.func)]
        names_of_weights = {id(part) for node in called.values() if _is_add_weight(node) for part in ast_nodes(node)}
        self.words = {word for node in reader.nodes if id(node) not in names_of_weights for word in _words(node)}
        names = {name for node in reader.nodes if (name := reader.name(node))}
        parts = {part for name in names for part in name.split(".")[1:]}
        self.gradients = bool(parts & _GRADIENTS)
        safe = {id(part) for node in called.values() if self._maps_elements(node) for part in ast_nodes(node.func)}
        self.trees = any(reader.name(node).startswith(_TREES) for node in reader.nodes if id(node) not in safe)
        self.draws = any(_DRAWING & set(name.split(".")) for name in names if name.startswith("optax."))
        self.dtypes = self.words | parts | {node.attr for node in self.asked}

    def asks_of_keras(self) -> bool:
        """Whether the module may ask any layer what only layers of Keras have."""
        reader = self.reader
        return reader.of_keras and asks_layers(reader.nodes, reader.name, reader.op, self.own)

    def _of_self(self) -> tuple[set[int], dict[int, str], dict[int, str]]:
        """``self.kernel`` of classes with their own; which hub layer ``self.dense`` is in ``self.dense.kernel``, and in
        ``self.dense(x)``.
        """
        own: set[int] = set()
        owners: dict[int, str] = {}
        called: dict[int, str] = {}
        for node in self.reader.nodes:
            info = self.reader.info.classes.get(node.name) if isinstance(node, ast.ClassDef) else None
            if info is None:
                continue
            bases = (self.reader.project.class_info(base) for base in self.reader.project.mro(info.name))
            names = {name for base in bases if base is not None for name in (*base.attributes, *base.methods)}
            for part in ast_nodes(node):
                if _is_of_self(part) and part.attr in names:
                    own.add(id(part))
                elif isinstance(part, ast.Attribute) and _is_of_self(part.value):
                    owners[id(part)] = layer_of(info.name, part.value.attr, self.reader.project, self.reader.source)
                elif isinstance(part, ast.Call) and _is_of_self(part.func):
                    called[id(part)] = layer_of(info.name, part.func.attr, self.reader.project, self.reader.source)
        return own, owners, called

    def _maps_elements(self, node: ast.Call) -> bool:
        """Whether a call maps the arrays of a tree by a function that knows nothing of their axes."""
        maps = self.reader.name(node.func) in _MAPS and bool(node.args)
        return maps and is_elementwise(node.args[0], self.reader.name)

    def _is_known(self, func: ast.expr) -> bool:
        """Whether what is called is no layer: a function, a class, a constructor of a base."""
        return bool(self.reader.name(func)) or isinstance(func, ast.Attribute) and func.attr == "__init__"

    def tells(self, difference: Difference, names: set[str], held: set[str], elsewhere: bool) -> bool:
        """Whether the module may show the difference; ``names`` are the layers' attributes, ``held`` those of
        containers of them, ``elsewhere`` is whether they may also be something else.
        """
        for node in self.asked:
            owner = self.owners.get(id(node))
            if owner and (owner != difference.op or difference.renames(node)):
                continue
            if node.attr in difference.state or node.attr in difference.methods:
                return True
            if node.attr in _ALL_WEIGHTS and difference.counts:
                return True
            # Reading what the own layer has not raises; writing it would say nothing.
            of_layer = isinstance(node.value, ast.Attribute) and node.value.attr in names
            if node.attr in difference.arguments and (of_layer or isinstance(node.ctx, ast.Store)):
                return True
        if difference.state & self.words or self.dtypes & set(difference.own.differs_in):
            return True
        if difference.is_transposed and (self.draws or self.trees and self.gradients):
            return True
        others = (node for node in self.calls if self.called.get(id(node), "") in ("", difference.op))
        return any(self._gives(node, difference.keywords, names, held, elsewhere) for node in others)

    def _gives(
        self, node: ast.Call, keywords: frozenset[str], names: set[str], held: set[str], elsewhere: bool
    ) -> bool:
        """Whether a call may be one of the layer with an argument that the own layer does not take."""
        if not any(k.arg is None or k.arg in keywords for k in node.keywords):
            return False
        if self.reader.of_keras:  # `training` is given to most layers, also to those of the project
            elsewhere = may_be_layer(node.func, self.looped, None if elsewhere else held)
        return elsewhere or isinstance(node.func, ast.Attribute) and node.func.attr in names


def _is_add_weight(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "add_weight"


def _is_of_self(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _words(node: ast.AST) -> Iterator[str]:
    """The words of a text that may be a name, a path or a pattern of names."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and not re.search(r"\s", node.value):
        yield from re.split(r"\W+", node.value)
