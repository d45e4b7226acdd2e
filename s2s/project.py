"""The project index: modules, classes and functions of all files, with name resolution across them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .arguments import Passed
from .gradient_helpers import GradientHelper
from .kinds import (
    UNKNOWN,
    Kind,
)
from .row import Row
from .table_model import Tables


@dataclass(frozen=True, slots=True)
class ParamInfo(Row):
    """One parameter of a function in the project."""

    name: str
    kind: Kind
    default: Kind | None = None
    attributes: frozenset[str] = frozenset()
    star: str = ""
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class FunctionInfo(Row):
    """A function or method: its parameters, what it returns, and what its body names."""

    name: str
    params: tuple[ParamInfo, ...]
    returns: Kind
    decorators: tuple[str, ...] = ()
    reads_training: bool = False
    self_calls: frozenset[str] = frozenset()
    constructs: frozenset[str] = frozenset()
    local: bool = False
    changes: tuple[str, ...] = ()
    alters: dict[str, bool] = field(default_factory=dict)  # see altered_parameters
    fills: str = ""
    imported_too: frozenset[str] = frozenset()  # names that it imports in one place and binds in another
    hands_on: bool = False  # whether a method gives its object to something that it calls
    # Names and attributes that it gives layers that change their argument in place, see changing_layers.py.
    changing: dict[str, str] = field(default_factory=dict)
    # The own attributes that are called with the first parameter before it is bound again.
    first_calls: frozenset[str] = frozenset()
    gradient: GradientHelper | None = None  # what it takes the gradient of, where it does nothing else

    def param(self, name: str) -> ParamInfo | None:
        return next((p for p in self.params if p.name == name), None)


@dataclass(frozen=True, slots=True)
class ClassInfo(Row):
    """A class: bases as qualified names, methods, and every attribute set on ``self``."""

    name: str
    bases: tuple[str, ...]
    methods: dict[str, FunctionInfo]
    attributes: dict[str, Kind]
    assigned: dict[str, tuple[Kind, ...]] = field(default_factory=dict)
    properties: frozenset[str] = frozenset()
    metaclass: str = ""
    buffers: dict[str, bool] = field(default_factory=dict)  # by name, whether they are persistent
    filled: frozenset[str] = frozenset()  # attributes whose items methods assign
    numbered: frozenset[str] = frozenset()  # keys of dictionaries that methods give Python numbers
    kept: frozenset[str] = frozenset()  # arguments of the constructor that attributes keep which methods change


@dataclass(frozen=True, slots=True)
class ModuleInfo(Row):
    """A module: what its top-level names stand for."""

    name: str
    names: dict[str, Kind]
    stars: tuple[str, ...] = ()
    functions: dict[str, FunctionInfo] = field(default_factory=dict)
    classes: dict[str, ClassInfo] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    starts: tuple[int, ...] = ()
    aliases: frozenset[str] = frozenset()  # names that are assigned another qualified name: Array = jnp.ndarray
    freezes: bool = False  # whether it says of some parameter if it is trained: p.requires_grad = False
    passed: tuple[Passed, ...] = ()
    unions: dict[str, Kind] = field(default_factory=dict)  # what the names of unions of types stand for
    nested: frozenset[str] = frozenset()  # names that only functions import
    keywords: frozenset[str] = frozenset()  # keywords in calls of values, such as `op(x, dim=1)` with any `op`
    embeds: bool = False  # whether it names layers called Embedding
    merges: bool = False  # whether it puts models together: nnx.merge
    differentiates: bool = False  # whether it takes gradients of models: nnx.grad
    reads_modes: bool = False  # whether it asks other objects than self if they are training
    empties: frozenset[str] = frozenset()  # names and own attributes that are given arrays of no elements somewhere
    takes_gradients: bool = False  # whether it names torch.autograd, or calls `backward`
    taped: frozenset[str] = frozenset()  # the last names of what is called in the blocks of tapes
    calls: dict[str, frozenset[str]] = field(default_factory=dict)  # last names of functions -> of what they call
    changing: dict[str, str] = field(default_factory=dict)  # global names of layers that change their argument
    trains: bool = False  # whether it names what layers are made of, or gradients: the framework's `gradient_names`
    names_bytes: bool = False  # whether it names the dtype uint8
    names_calls: bool = False  # whether it asks functions for their name, and has the texts "forward" or "__call__"
    has_modes: bool = False  # whether it names layers that compute otherwise in training
    once: frozenset[str] = frozenset()  # names that its own code assigns in one place, and no function changes

    def all_functions(self) -> Iterator[FunctionInfo]:
        """The functions and methods."""
        yield from self.functions.values()
        for info in self.classes.values():
            yield from info.methods.values()


# Bases that modules and other classes have.
_NEUTRAL_BASES = ("abc.ABC", "builtins.object", "object", "typing.Generic", "typing.Protocol")
# Names that lead on to names, as re-exports do: real ones are far shorter.
_LONGEST_CHAIN = 50


@dataclass(frozen=True, slots=True)
class Project:
    """All modules of a project, with name resolution across files.

    ``neighbour`` gives what is known of a module of another package, if that package is converted too; None for others.
    """

    modules: dict[str, ModuleInfo] = field(default_factory=dict)
    namespaces: dict[str, str] = field(default_factory=dict)  # "package:framework module" -> module that stands for it
    beside: tuple[str, ...] = ()  # packages that are converted too, though not as part of this project
    live: bool = False  # whether it is converted while it runs, so that what it imports is replaced then
    passed: dict[str, dict[str, tuple[Kind, ...]]] = field(default_factory=dict)  # function -> parameter -> kinds
    keywords: frozenset[str] = frozenset()  # keywords in calls of values, of all modules
    gradient_helpers: frozenset[str] = frozenset()  # the functions that do nothing but take a gradient
    linen: str = "flax"  # how classes of flax.linen are written, see hoisting/style.py
    haiku: str = "haiku"  # how classes of haiku are written, see hoisting/haiku_style.py
    methods_named: dict[str, tuple[FunctionInfo, ...]] = field(default_factory=dict)  # of all classes, by their names
    observed: Any = None  # what a rehearsal of the module at hand saw, see observed.py
    keras: str = "full"  # what the base class of layers of Keras has, see keras_style.py
    own_layers: frozenset[str] = frozenset()  # entries of the target's own layers that are written, see own_layers.py
    activated: frozenset[tuple[str, str]] = frozenset()  # layers without their activation, see hoisting/activations.py
    sized: dict[tuple[str, str], str] = field(default_factory=dict)  # sizes of their inputs, see keras_sizes.py
    mixins: dict[str, str] = field(default_factory=dict)  # classes that only modules derive from -> `nn.Module`

    neighbour: Callable[[str], ModuleInfo | None] | None = None

    @property
    def plain_families(self) -> frozenset[str]:
        """The families of layers that are written on the target's own base classes."""
        plain = {"linen": self.linen != "flax", "haiku": self.haiku == "native"}
        plain |= {"keras": self.keras in ("plain", "sequences"), "keras_own": self.keras != "graph"}
        return frozenset(family for family, is_plain in plain.items() if is_plain)

    @property
    def embeds(self) -> bool:
        """Whether some module of the project names layers called Embedding."""
        return any(module.embeds for module in self.modules.values())

    @property
    def names_bytes(self) -> bool:
        """Whether some module of the project has arrays of uint8."""
        return any(module.names_bytes for module in self.modules.values())

    @property
    def names_calls(self) -> bool:
        """Whether some module of the project may look at a function by the name of the method that calls are."""
        return any(module.names_calls for module in self.modules.values())

    @property
    def differentiates(self) -> bool:
        """Whether some module of the project takes gradients of models."""
        return any(module.differentiates for module in self.modules.values())

    @property
    def trains(self) -> bool:
        """Whether gradients may be taken of what the project computes."""
        return any(module.trains for module in self.modules.values())

    @property
    def reads_modes(self) -> bool:
        """Whether some module of the project asks other objects than self if they are training."""
        return any(module.reads_modes for module in self.modules.values())

    @property
    def has_modes(self) -> bool:
        """Whether some module of the project names layers that compute otherwise in training."""
        return any(module.has_modes for module in self.modules.values())

    @property
    def freezes(self) -> bool:
        """Whether some module of the project says of parameters if they are trained."""
        return any(module.freezes for module in self.modules.values())

    def module(self, name: str) -> ModuleInfo | None:
        """What is known of a module of the project, or of one that is converted with it."""
        found = self.modules.get(name)
        return self.neighbour(name) if found is None and self.neighbour is not None else found

    def canonical(self, name: str, tried: set[str] | None = None) -> str:
        """The defining qualified name of ``name``, following imports and re-exports between modules."""
        tried = set() if tried is None else tried
        if name in tried:
            return name
        if len(tried) == _LONGEST_CHAIN:  # a name that leads to a part of itself
            return min(tried, key=len)
        tried.add(name)
        module, rest = self._split(name)
        if module is None or not rest:
            return name
        head, _, tail = rest.partition(".")
        kind = module.names.get(head)
        if kind is not None and kind.tag == "ref" and kind.name != name:
            if kind.name == f"{module.name}.{head}":
                return name
            target = kind.name + ("." + tail if tail else "")
            return self.canonical(target, tried)
        if kind is None:
            for star in module.stars:
                if self.module(star) is None:
                    continue
                target = f"{star}.{rest}"
                found = self.canonical(target, tried)
                if found != target or self.defines(found):
                    return found
        return name

    def _split(self, name: str) -> tuple[ModuleInfo | None, str]:
        head = name
        while head:
            module = self.module(head)
            if module is not None:
                return module, name[len(head) + 1 :]
            head, _, _ = head.rpartition(".")
        return None, name

    def defines(self, name: str) -> bool:
        """Whether a module of the project defines ``name``."""
        module, rest = self._split(name)
        return module is not None and (not rest or rest.partition(".")[0] in module.names)

    def owns(self, name: str) -> bool:
        """Whether ``name`` lies inside one of the project's modules, or in a package that is converted too."""
        return self._split(name)[0] is not None or name.split(".")[0] in self.beside

    def function(self, name: str) -> FunctionInfo | None:
        """The function or method of this qualified name."""
        module, rest = self._split(self.canonical(name))
        if module is None:
            return None
        if rest in module.functions:
            return module.functions[rest]
        owner, _, method = rest.rpartition(".")
        if owner:
            return self.method(f"{module.name}.{owner}", method)
        return None

    def union(self, name: str) -> Kind | None:
        """What a name of a type stands for that is no class of the project: a union, or something unknown."""
        module, rest = self._split(self.canonical(name))
        if module is None or rest not in module.names:
            return None
        return None if rest in module.classes else module.unions.get(rest, UNKNOWN)

    def class_info(self, name: str) -> ClassInfo | None:
        """The class of this qualified name."""
        module, rest = self._split(self.canonical(name))
        return module.classes.get(rest) if module is not None else None

    def mro(self, name: str) -> list[str]:
        """The class and all its bases, project classes and external names, depth first."""
        order: list[str] = []
        todo = [self.canonical(name)]
        while todo:
            current = todo.pop(0)
            if current in order:
                continue
            order.append(current)
            info = self.class_info(current)
            if info is not None:
                todo = [self.canonical(base) for base in info.bases] + todo
        for current in order[:]:
            if current in self.mixins and self.mixins[current] not in order:
                order.append(self.mixins[current])
        return order

    def with_mixins(self, tables: Tables) -> Project:
        """The project with its classes that are no modules of PyTorch, but of which all that derive from them are."""
        root = tables["torch"].settings["module_class"]
        children: dict[str, list[str]] = {}
        for module in self.modules.values():
            for info in module.classes.values():
                for base in info.bases:
                    children.setdefault(self.canonical(base), []).append(info.name)
        mixins: dict[str, str] = {}
        candidates = [name for name in children if self._may_be_mixin(name)]
        while True:  # until nothing more is found: mixins of mixins
            known = replace(self, mixins=mixins)
            new = (name for name in candidates if name not in mixins)
            found = [name for name in new if all(known._is_torch_module(child, tables) for child in children[name])]
            if not found:
                return known
            mixins = mixins | dict.fromkeys(found, root)

    def _is_torch_module(self, name: str, tables: Tables) -> bool:
        """Whether a class derives from PyTorch's class of modules, or from one of its layers."""
        entries = (tables["torch"].find(base) for base in self.mro(name))
        found = (entry for entry in entries if entry is not None)
        return any(e.type == "module" or e.op in tables.hub and tables.hub[e.op].layer for e in found)

    def _may_be_mixin(self, name: str) -> bool:
        """Whether all bases of a class of the project are the project's, or say nothing of what it is."""
        info = self.class_info(name)
        if info is None:
            return False
        return all(self.class_info(base) is not None or base in _NEUTRAL_BASES for base in self.mro(name)[1:])

    def with_passed(self) -> Project:
        """The project with what all its calls give the parameters of its functions."""
        found: dict[str, dict[str, set[Kind]]] = {}
        for module in self.modules.values():
            for callee, key, kind in module.passed:
                info = self.function(callee)
                if info is None:
                    continue
                if key.isdigit():
                    key = info.params[int(key)].name if int(key) < len(info.params) else ""
                found.setdefault(info.name, {}).setdefault(key, set()).add(kind)
        known = {f: {p: tuple(sorted(kinds, key=repr)) for p, kinds in params.items()} for f, params in found.items()}
        keywords = frozenset().union(*(module.keywords for module in self.modules.values()))
        helpers = (info.name for module in self.modules.values() for info in module.all_functions() if info.gradient)
        named: dict[str, tuple[FunctionInfo, ...]] = {}
        for module in self.modules.values():
            for owner in module.classes.values():
                for name, info in owner.methods.items():
                    named[name] = (*named.get(name, ()), info)
        return replace(
            self, passed=known, keywords=keywords, gradient_helpers=frozenset(helpers), methods_named=named
        )

    def may_take_gradients(self, module: ModuleInfo) -> bool:
        """Whether a module takes gradients of arrays, itself or by what the project has for that."""
        if module.takes_gradients or not self.gradient_helpers:
            return module.takes_gradients
        helpers = {part for name in self.gradient_helpers for part in name.rsplit(".", 1)}
        known = {kind.name for kind in module.names.values() if kind.tag == "ref"} | module.names.keys()
        called = (name for info in module.all_functions() for name in (*info.constructs, *info.self_calls))
        return bool(helpers & known) or any(name.rpartition(".")[2] in helpers for name in called)

    def method(self, cls: str, name: str) -> FunctionInfo | None:
        """A method, looked up along the bases."""
        for owner in self.mro(cls):
            info = self.class_info(owner)
            if info is not None and name in info.methods:
                return info.methods[name]
        return None

    def attribute(self, cls: str, name: str) -> Kind:
        """The kind of an attribute set on ``self`` anywhere in the class or its bases."""
        for owner in self.mro(cls):
            info = self.class_info(owner)
            if info is not None and name in info.attributes:
                return info.attributes[name]
        return UNKNOWN

    def overridden(self, cls: str, name: str, kind: Kind) -> bool:
        """Whether a class derived from this one sets the attribute to something of another kind."""
        own = self.canonical(cls)
        return any(
            info.attributes.get(name, kind) != kind and info.name != own and own in self.mro(info.name)
            for module in self.modules.values()
            for info in module.classes.values()
        )
