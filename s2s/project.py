"""The project index: modules, classes and functions of all files, read with ``ast`` and never executed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from .arguments import Passed, called_value, passed_arguments
from .kinds import (
    ARRAY,
    BOOL,
    FLOAT,
    INT,
    LOOSE,
    NONE,
    NUMBERS,
    STR,
    UNKNOWN,
    Kind,
    annotation_kind,
    join,
    list_of,
    ref,
)
from .masks import with_masks
from .module_names import absolute
from .mutations import changed_parameters, filled_parameter
from .optional_imports import choices
from .receivers import ITEM_IS, SIZE_CALL, STRING_KEY
from .row import Row
from .table_model import KnownNames, Tables
from .walk import ast_nodes, by_class


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
    fills: str = ""
    imported_too: frozenset[str] = frozenset()  # names that it imports in one place and binds in another
    hands_on: bool = False  # whether a method gives its object to something that it calls

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


@dataclass(frozen=True, slots=True)
class Project:
    """All modules of a project, with name resolution across files.

    ``neighbour`` gives what is known of a module of another package, if that package is converted too; None for others.
    """

    modules: dict[str, ModuleInfo] = field(default_factory=dict)
    namespaces: dict[str, str] = field(default_factory=dict)  # "package:framework module" -> module that stands for it
    beside: tuple[str, ...] = ()  # packages that are converted too, though not as part of this project
    passed: dict[str, dict[str, tuple[Kind, ...]]] = field(default_factory=dict)  # function -> parameter -> kinds
    keywords: frozenset[str] = frozenset()  # keywords in calls of values, of all modules
    linen: str = "flax"  # how classes of flax.linen are written, see hoisting/style.py
    haiku: str = "haiku"  # how classes of haiku are written, see hoisting/haiku_style.py
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
    def differentiates(self) -> bool:
        """Whether some module of the project takes gradients of models."""
        return any(module.differentiates for module in self.modules.values())

    @property
    def reads_modes(self) -> bool:
        """Whether some module of the project asks other objects than self if they are training."""
        return any(module.reads_modes for module in self.modules.values())

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
        return replace(self, passed=known, keywords=keywords)

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


def index_module(text: str, name: str, is_package: bool, known: KnownNames) -> ModuleInfo:
    """Summarise one module, with what is known of the names of its framework."""
    return Indexer(name, is_package, known).index(ast.parse(text))


_SETTING = frozenset((ast.Assign, ast.AnnAssign, ast.Call))


class _Expanded(ast.NodeTransformer):
    """Annotations with the unions that a module has names for in place of the names."""

    def __init__(self, unions: dict[str, ast.expr]) -> None:
        self.unions = unions

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        return self.unions.get(node.id, node)


class Indexer:
    """Summarises one module; see ``index_module``."""

    def __init__(self, name: str, is_package: bool, known: KnownNames) -> None:
        self.name = name
        self.package = name if is_package else name.rpartition(".")[0]
        self.known = known
        self.names: dict[str, Kind] = {}
        self.stars: list[str] = []
        self.aliases: set[str] = set()
        self.unions: dict[str, ast.expr] = {}
        self.functions: dict[str, FunctionInfo] = {}
        self.classes: dict[str, ClassInfo] = {}
        self.bound: set[str] = set()
        self.unused: set[int] = set()
        self.substituted: set[str] = set()
        self.nested: set[str] = set()
        self.valued: list[tuple[str, list[str]]] = []  # what may be a value that is called, with keywords
        self.freezes = self.embeds = self.merges = self.differentiates = False
        self._walked: dict[int, list[ast.AST]] = {}
        self._sorted: dict[int, dict[type, list]] = {}

    def walk(self, node: ast.AST) -> list[ast.AST]:
        """All nodes below one, kept for the next question about the same node."""
        if id(node) not in self._walked:
            self._walked[id(node)] = ast_nodes(node)
        return self._walked[id(node)]

    def _below(self, node: ast.AST) -> dict[type, list]:
        """All nodes below one by their class."""
        if id(node) not in self._sorted:
            self._sorted[id(node)] = by_class(self.walk(node))
        return self._sorted[id(node)]

    def index(self, tree: ast.Module) -> ModuleInfo:
        self._imports(tree)
        for node in _statements(tree.body):
            self._bind(node)
        for node in _statements(tree.body):
            if id(node) in self.unused:
                continue
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._function(node, "")
            elif isinstance(node, ast.ClassDef):
                self._class(node, "")
        return ModuleInfo(
            self.name,
            self.names,
            tuple(self.stars),
            self.functions,
            self.classes,
            frozenset(self.bound),
            tuple(_first_line(node) for node in tree.body),
            frozenset(self.aliases),
            self.freezes,
            self._passed(tree),
            {name: self._annotated(node) for name, node in self.unions.items()},
            frozenset(self.nested),
            self._keywords(),
            self.embeds,
            self.merges,
            self.differentiates,
            self._reads_modes(tree),
            self._empties(tree),
        )

    def _reads_modes(self, tree: ast.Module) -> bool:
        found = (n for n in self._below(tree).get(ast.Attribute, ()) if n.attr == "training")
        return any(n.ctx.__class__ is ast.Load and not _is_self(n.value) for n in found)

    def _empties(self, tree: ast.Module) -> frozenset[str]:
        """What is given ``torch.tensor([])``, ``torch.empty(0)`` and the like, which joining leaves out."""
        pairs = [(t, n.value) for n in self._below(tree).get(ast.Assign, ()) for t in n.targets]
        for target, value in pairs[:]:
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs.extend(zip(target.elts, value.elts))
        plain = [(t, value) for t, value in pairs if isinstance(t, (ast.Name, ast.Attribute))]
        return frozenset(ast.unparse(target) for target, value in plain if self._is_empty(value))

    def _is_empty(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Call) or not self._resolve(node.func).startswith("torch."):
            return False
        made = self._resolve(node.func)[6:]
        if made in ("empty", "zeros", "ones"):
            sizes = [*node.args, *(k.value for k in node.keywords if k.arg == "size")]
            return len(sizes) == 1 and ast.unparse(sizes[0]) in ("0", "(0,)", "[0]")
        given = ast.unparse(node.args[0]) if node.args else ""
        no_items = made in ("tensor", "as_tensor") and given in ("[]", "()")
        return no_items or made.endswith("Tensor") and given in ("", "[]")

    def _keywords(self) -> frozenset[str]:
        """The keywords in calls of what is no function, class or method of this module, and no imported name."""
        known = set(self.names)
        for info in self.classes.values():
            fixed = (name for name, kind in info.attributes.items() if kind.tag == "ref")
            known.update(f"self.{name}" for name in (*info.methods, *fixed))
        return frozenset(key for name, keys in self.valued for key in keys if name not in known)

    def _passed(self, tree: ast.Module) -> tuple[Passed, ...]:
        """What calls of the module's functions and of imported ones are given, as far as it matters."""
        found: list[Passed] = []
        scopes = [node for node in _statements(tree.body) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        main = ast.Module([node for node in tree.body if node not in scopes and not isinstance(node, ast.ClassDef)], [])
        for node in (main, *scopes):
            below = self._below(node) if node is not main else by_class(ast_nodes(node))
            own = frozenset() if node is main else frozenset(a.arg for a in [*node.args.args, *node.args.kwonlyargs])
            name = "" if node is main else f"{self.name}.{node.name}"
            calls, assigns = below.get(ast.Call, ()), below.get(ast.Assign, ())
            found.extend(passed_arguments(calls, assigns, own, name, self._resolve))
        imported = {kind.name for kind in self.names.values() if kind.tag == "ref"}
        ours = imported | {f"{self.name}.{name}" for name in self.functions}
        return tuple(each for each in found if each[0] in ours and not each[0].startswith(_FOREIGN))

    def _imports(self, tree: ast.Module) -> None:
        outside: set[str] = set()
        top = {id(node) for node in _statements(tree.body)}
        for node in self.walk(tree):
            kind = node.__class__
            if kind is ast.Name:
                if node.ctx.__class__ is ast.Store:
                    self.bound.add(node.id)
                self.embeds = self.embeds or node.id == "Embedding"
            elif kind is ast.arg:
                self.bound.add(node.arg)
            elif kind is ast.Attribute:
                written = node.attr == "requires_grad" and node.ctx.__class__ is ast.Store
                self.freezes = self.freezes or written or node.attr == "requires_grad_"
                self.embeds = self.embeds or node.attr == "Embedding"
                self.merges = self.merges or node.attr == "merge"
                self.differentiates = self.differentiates or node.attr in ("grad", "value_and_grad")
            elif kind is ast.FunctionDef or kind is ast.ClassDef or kind is ast.AsyncFunctionDef:
                self.bound.add(node.name)
            elif kind is ast.Call and node.keywords and (name := called_value(node.func)):
                self.valued.append((name, [each.arg for each in node.keywords if each.arg]))
            elif kind is ast.ExceptHandler and node.name:
                self.bound.add(node.name)
            elif kind is ast.If and node.orelse and _is_type_checking(node.test):
                for statement in node.orelse:
                    if isinstance(statement, ast.ImportFrom) and not statement.level:
                        for alias in statement.names:
                            self.names.setdefault(alias.asname or alias.name, ref(f"{statement.module}.{alias.name}"))
            elif kind is ast.Try or (kind is ast.If and node.orelse):
                self._choose(node)
            elif kind is ast.Import:
                (outside if id(node) in top else self.nested).update(_imported_names(node))
                for alias in node.names:
                    if alias.asname:
                        self.names.setdefault(alias.asname, ref(alias.name))
                    else:
                        package = alias.name.split(".")[0]
                        self.names.setdefault(package, ref(package))
            elif kind is ast.ImportFrom:
                (outside if id(node) in top else self.nested).update(_imported_names(node))
                base = absolute(node.module or "", node.level, self.package)
                for alias in node.names:
                    if alias.name == "*":
                        self.stars.append(base)
                    else:
                        self.names.setdefault(alias.asname or alias.name, ref(f"{base}.{alias.name}"))
        self.nested -= outside

    def _choose(self, node: ast.Try | ast.If) -> None:
        """Names that one branch imports and another one binds are the framework's, if they are converted."""
        found = choices(node, self.package, self.known)
        self.unused |= found.unused
        self.substituted |= found.substituted
        for name, full in found.imported.items():
            self.names.setdefault(name, ref(full))

    def _bind(self, node: ast.stmt) -> None:
        if id(node) in self.unused:
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.names[node.name] = ref(f"{self.name}.{node.name}")
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._assign_global(target.id, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            kind = self._annotated(node.annotation)
            self.names[node.target.id] = kind

    def _assign_global(self, name: str, value: ast.expr) -> None:
        known = self.names.get(name)
        kind = self._kind(value)
        if isinstance(value, ast.Subscript) and self._resolve(value.value) in ("typing.Union", "typing.Optional"):
            self.unions[name] = value
        if kind.tag == "ref" and known is None and isinstance(value, ast.Attribute):
            self.aliases.add(name)
        else:
            self.aliases.discard(name)
        if known is not None and known.tag == "ref" and kind.tag == "none" and name not in self.substituted:
            return
        self.names[name] = kind if known is None or known.tag == "ref" else join(known, kind)

    def _annotated(self, node: ast.expr | None) -> Kind:
        """The kind that an annotation states; names that the module gives to unions stand for them."""
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)] if node is not None and self.unions else []
        if any(name in self.unions for name in names):
            node = _Expanded(self.unions).visit(copy.deepcopy(node))
        return annotation_kind(node, self._resolve, self.known.types)

    def _resolve(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            kind = self.names.get(node.id)
            return kind.name if kind is not None and kind.tag == "ref" else ""
        if isinstance(node, ast.Attribute):
            base = self._resolve(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def _kind(self, node: ast.expr) -> Kind:
        if isinstance(node, ast.Constant):
            value = node.value
            if isinstance(value, bool):
                return BOOL
            return {int: INT, float: FLOAT, str: STR, type(None): NONE}.get(type(value), UNKNOWN)
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = self._resolve(node)
            return ref(name) if name else UNKNOWN
        if isinstance(node, ast.Call):
            func = node.func
            if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call) and func.attr in _SELF_METHODS:
                return self._kind(func.value)
            name = self._resolve(func)
            return Kind("result", name) if name else UNKNOWN
        if isinstance(node, ast.IfExp):
            return join(self._kind(node.body), self._kind(node.orelse))
        if isinstance(node, ast.Tuple):
            return Kind("tuple", items=tuple(self._kind(item) for item in node.elts))
        if isinstance(node, (ast.List, ast.ListComp)):
            items = node.elts if isinstance(node, ast.List) else [node.elt]
            return list_of(self._kind(items[0])) if len(items) == 1 else Kind("list")
        if isinstance(node, (ast.Dict, ast.DictComp)):
            return Kind("dict")
        if isinstance(node, (ast.Compare,)):
            return UNKNOWN
        return UNKNOWN

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, local: bool = False) -> FunctionInfo:
        path = f"{prefix}{node.name}"
        below = self._below(node)
        uses = _parameter_uses(node, below)
        self._first_arguments(node, uses)
        params = []
        plain = [*node.args.posonlyargs, *node.args.args]
        defaults = [None] * (len(plain) - len(node.args.defaults)) + list(node.args.defaults)
        for arg, default in zip(plain, defaults, strict=True):
            params.append(self._param(arg, default, uses))
        if node.args.vararg:
            params.append(self._param(node.args.vararg, None, uses, star="*"))
        for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
            params.append(self._param(arg, default, uses, keyword_only=True))
        if node.args.kwarg:
            params.append(self._param(node.args.kwarg, None, uses, star="**"))
        training, calls, constructs = self._body_facts(node)
        info = FunctionInfo(
            name=f"{self.name}.{path}",
            params=tuple(params),
            returns=with_masks(self._annotated(node.returns) or self._given_back(node, prefix, below), node, below),
            decorators=tuple(
                self._resolve(d.func if isinstance(d, ast.Call) else d) or ast.unparse(d) for d in node.decorator_list
            ),
            reads_training=training,
            self_calls=calls,
            constructs=constructs,
            local=local,
            changes=changed_parameters(node, below),
            fills=filled_parameter(node, below),
            imported_too=_imported_too(below),
            hands_on=any(map(_is_self, (a for call in below.get(ast.Call, ()) for a in call.args))),
        )
        self.functions[path] = info
        self._locals(node.body, f"{path}.<locals>.")
        return info

    def _given_back(self, node: ast.FunctionDef | ast.AsyncFunctionDef, prefix: str, below: dict[type, list]) -> Kind:
        """What a plain function of a module without annotation gives back: results of calls, directly or by name."""
        alone = len(below.get(ast.FunctionDef, ())) == 1 and not (below.keys() & {ast.Yield, ast.YieldFrom, ast.Lambda})
        if prefix or node.decorator_list or node.returns is not None or not alone or ast.AsyncFunctionDef in below:
            return UNKNOWN
        values = [self._bound_once(inner.value, node, below) for inner in below.get(ast.Return, ())]
        kinds = dict.fromkeys(self._kind(value) if isinstance(value, ast.Call) else UNKNOWN for value in values)
        return Kind("given_back", items=tuple(kinds)) if kinds and all(k.tag == "result" for k in kinds) else UNKNOWN

    def _bound_once(
        self, value: ast.expr | None, node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]
    ) -> ast.expr | None:
        """What a name is that a function surely binds, in one place alone; any other expression itself."""
        if not isinstance(value, ast.Name):
            return value
        stored = [n for n in below.get(ast.Name, ()) if n.id == value.id and not isinstance(n.ctx, ast.Load)]
        bound = [n for n in below.get(ast.Assign, ()) if len(n.targets) == 1 and n.targets[0] in stored]
        return bound[0].value if len(stored) == len(bound) == 1 and bound[0] in node.body else None

    def _first_arguments(self, node: ast.FunctionDef | ast.AsyncFunctionDef, uses: dict[str, set[str]]) -> None:
        """Note ``torch.abs()`` as a use of a parameter that is never rebound and is passed to it first.

        ``torch.abs(+)`` stands for one that is an operand of what is passed.
        """
        names = {a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]}
        below = self._below(node)
        names -= {n.id for n in below.get(ast.Name, ()) if n.ctx.__class__ is ast.Store}
        for inner in below.get(ast.Call, ()) if names else ():
            if not inner.args or inner.args[0].__class__ not in (ast.Name, ast.BinOp, ast.UnaryOp):
                continue
            mark = "()" if inner.args[0].__class__ is ast.Name else "(+)"
            given = names.intersection(_operands(inner.args[0]))
            function = self._resolve(inner.func) if given else ""
            for name in given if function else ():
                uses.setdefault(name, set()).add(f"{function}{mark}")

    def _locals(self, body: list[ast.stmt], prefix: str) -> None:
        for inner in _statements(body):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._function(inner, prefix, local=True)
            elif isinstance(inner, ast.ClassDef):
                self._class(inner, prefix)

    def _param(
        self,
        arg: ast.arg,
        default: ast.expr | None,
        uses: dict[str, set[str]],
        star: str = "",
        keyword_only: bool = False,
    ) -> ParamInfo:
        return ParamInfo(
            name=arg.arg,
            kind=self._annotated(arg.annotation),
            default=None if default is None else self._kind(default),
            attributes=frozenset(uses.get(arg.arg, ())),
            star=star,
            keyword_only=keyword_only,
        )

    def _body_facts(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[bool, frozenset[str], frozenset[str]]:
        below = self._below(node)
        training = any(n.attr == "training" and _is_self(n.value) for n in below.get(ast.Attribute, ()))
        calls, constructs = set(), set()
        for inner in below.get(ast.Call, ()):
            if isinstance(inner.func, ast.Attribute) and _is_self(inner.func.value):
                calls.add(inner.func.attr)
            name = self._resolve(inner.func)
            if name:
                constructs.add(name)
            elif _is_super_init(inner.func):
                constructs.add("super")
        return training, frozenset(calls), frozenset(constructs)

    def _class(self, node: ast.ClassDef, prefix: str) -> None:
        path = f"{prefix}{node.name}"
        methods: dict[str, FunctionInfo] = {}
        attributes: dict[str, Kind] = {}
        assigned: dict[str, list[Kind]] = {}
        buffers: dict[str, bool] = {}
        properties = set()
        for inner in _statements(node.body):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                info = self._function(inner, f"{path}.")
                methods[inner.name] = info
                if any(d in ("property", "functools.cached_property") for d in info.decorators):
                    properties.add(inner.name)
                self._self_attributes(inner, info, attributes, assigned, buffers)
            elif isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name):
                kind = self._annotated(inner.annotation)
                attributes[inner.target.id] = kind
            elif isinstance(inner, ast.Assign):
                for target in inner.targets:
                    if isinstance(target, ast.Name):
                        attributes[target.id] = self._kind(inner.value)
            elif isinstance(inner, ast.ClassDef):
                self._class(inner, f"{path}.")
        for name in self._changed_attributes(node):
            if attributes.get(name) in (INT, FLOAT, BOOL):  # 0 that sums of arrays start from
                attributes[name] = UNKNOWN
        for name in buffers:
            if not {kind.tag for kind in assigned[name]} & {"none", "instance"}:  # what is assigned becomes the buffer
                attributes[name] = Kind("array", "variable")
        self.classes[path] = ClassInfo(
            name=f"{self.name}.{path}",
            bases=tuple(b for b in (self._resolve(base) for base in node.bases) if b),
            methods=methods,
            attributes=attributes,
            assigned={k: tuple(v) for k, v in assigned.items()},
            properties=frozenset(properties),
            metaclass=next((self._resolve(k.value) for k in node.keywords if k.arg == "metaclass"), ""),
            buffers=buffers,
        )

    def _changed_attributes(self, node: ast.ClassDef) -> set[str]:
        """The attributes that ``self.a += value`` may turn from a number into something else."""
        return {
            inner.target.attr
            for inner in self._below(node).get(ast.AugAssign, ())
            if isinstance(inner.target, ast.Attribute)
            and _is_self(inner.target.value)
            and self._kind(inner.value) not in (INT, FLOAT, BOOL, Kind("result", "builtins.len"))
        }

    def _self_attributes(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef,
        info: FunctionInfo,
        attributes: dict[str, Kind],
        assigned: dict[str, list[Kind]],
        buffers: dict[str, bool],
    ) -> None:
        params = {p.name: p for p in info.params}
        registered: dict[str, bool] = {}
        plain: set[str] = set()
        for inner in self.walk(node):
            if inner.__class__ not in _SETTING:
                continue
            targets: list[tuple[ast.expr, ast.expr | None, Kind | None]] = []
            if isinstance(inner, ast.Assign):
                for target in inner.targets:
                    if isinstance(target, (ast.Tuple, ast.List)):
                        targets.extend((t, None, None) for t in target.elts)
                    else:
                        targets.append((target, inner.value, None))
            elif isinstance(inner, ast.AnnAssign):
                kind = self._annotated(inner.annotation)
                targets.append((inner.target, inner.value, kind))
            elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                self._registered(inner, attributes, assigned)
                _note_buffer(inner, registered)
            for target, value, declared in targets:
                if not (isinstance(target, ast.Attribute) and _is_self(target.value)):
                    continue
                kind = declared or (self._kind(value) if value is not None else UNKNOWN)
                if isinstance(value, ast.Name) and value.id in params:
                    param = params[value.id]
                    kind = param.kind if param.kind == LOOSE else param.kind or _of_default(param.default)
                if not self._makes_buffer(value, target.attr, registered):
                    plain.add(target.attr)
                assigned.setdefault(target.attr, []).append(kind)
                known = attributes.get(target.attr)
                attributes[target.attr] = kind if known is None else _join_known(known, kind)
        # What a method registers or assigns, as the case may be, is not surely a buffer.
        buffers.update({name: persistent for name, persistent in registered.items() if name not in plain})

    def _makes_buffer(self, value: ast.expr | None, name: str, buffers: dict[str, bool]) -> bool:
        """Whether an assigned value is ``nn.Buffer(array)``; its name and if it is persistent are kept then."""
        if not isinstance(value, ast.Call) or self._resolve(value.func) not in _BUFFERS:
            return False
        persistent = next((k.value for k in value.keywords if k.arg == "persistent"), ast.Constant(True))
        if len(value.args) == 1 and isinstance(persistent, ast.Constant):
            buffers[name] = bool(persistent.value)
        return len(value.args) == 1

    def _registered(self, call: ast.Call, attributes: dict[str, Kind], assigned: dict[str, list[Kind]]) -> None:
        assert isinstance(call.func, ast.Attribute)
        if not _is_self(call.func.value) or not call.args:
            return
        first = call.args[0]
        if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            return
        if call.func.attr in ("register_buffer", "register_parameter"):
            empty = len(call.args) > 1 and isinstance(call.args[1], ast.Constant)
            kind = NONE if empty else Kind("array", "variable")
            assigned.setdefault(first.value, []).append(kind)
            attributes[first.value] = ARRAY if empty else kind
        elif call.func.attr == "add_module" and len(call.args) > 1:
            attributes[first.value] = self._kind(call.args[1])


# Packages whose functions are none of a project's.
_FOREIGN = ("torch.", "numpy.", "jax.", "tensorflow.", "keras.", "flax.", "math.", "os.", "typing.", "functools.")


# Bases that modules and other classes have.
_NEUTRAL_BASES = ("abc.ABC", "builtins.object", "object", "typing.Generic", "typing.Protocol")
# What makes an array a buffer of the module that it is assigned to.
_BUFFERS = ("torch.nn.Buffer", "torch.nn.parameter.Buffer")
# Methods of PyTorch's modules and tensors that give what they are called on.
_SELF_METHODS = ("requires_grad_", "eval", "train", "cuda", "cpu")


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _note_buffer(call: ast.Call, buffers: dict[str, bool]) -> None:
    """Keep the name of a buffer that ``self.register_buffer("name", array)`` makes, and if it is persistent."""
    given = dict(zip(("name", "tensor", "persistent"), call.args)) | {k.arg: k.value for k in call.keywords}
    name, array, persistent = (given.get(key) for key in ("name", "tensor", "persistent"))
    is_own = isinstance(call.func, ast.Attribute) and call.func.attr == "register_buffer" and _is_self(call.func.value)
    if not is_own or not isinstance(name, ast.Constant) or array is None or isinstance(array, ast.Constant):
        return
    if persistent is None or isinstance(persistent, ast.Constant):
        buffers[str(name.value)] = persistent is None or bool(persistent.value)


def _join_known(a: Kind, b: Kind) -> Kind:
    """Join, but an assignment of something unknown does not hide that an attribute is a layer or an array."""
    for one, other in ((a, b), (b, a)):
        if one.tag in ("result", "union") and (other == LOOSE or other.tag in {"result", "union", *NUMBERS}):
            return Kind("union", items=(a, b))
        if one == UNKNOWN and other == FLOAT:
            return LOOSE
        if one == UNKNOWN and other.tag in ("result", "array", "instance"):
            return other
    return join(a, b)


def _statements(body: list[ast.stmt]):
    """Statements of a block and of the if/try/with/for blocks inside it, not of functions and classes."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            yield from _statements(node.body)
            for handler in getattr(node, "handlers", ()):
                yield from _statements(handler.body)
            yield from _statements(getattr(node, "orelse", []))
            yield from _statements(getattr(node, "finalbody", []))


def _imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The names that an import binds."""
    return [alias.asname or alias.name.split(".")[0] for alias in node.names]


def _imported_too(below: dict[type, list]) -> frozenset[str]:
    """The names that the imports below a function bind and other statements too."""
    imported = {name for node in below.get(ast.ImportFrom, ()) for name in _imported_names(node)}
    stored = {n.id for n in below.get(ast.Name, ()) if n.ctx.__class__ is ast.Store} if imported else set()
    return frozenset(imported & stored)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _is_super_init(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "__init__"
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "super"
    )


def _of_default(default: Kind | None) -> Kind:
    """What is known of an argument by its default; another function or class than the default may be given."""
    return UNKNOWN if default is None or default.tag == "ref" else default


def _first_line(node: ast.stmt) -> int:
    """The line of a statement, decorators included."""
    decorators = getattr(node, "decorator_list", ())
    return decorators[0].lineno if decorators else node.lineno


def _parameter_uses(node: ast.FunctionDef | ast.AsyncFunctionDef, below: dict[type, list]) -> dict[str, set[str]]:
    """Attributes that the body reads from each parameter, and marks for items by a string and for ``x.size()``."""
    names = {a.arg for a in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]}
    uses: dict[str, set[str]] = {}
    for inner in below.get(ast.Attribute, ()):
        if inner.value.__class__ is ast.Name and inner.value.id in names:
            uses.setdefault(inner.value.id, set()).add(inner.attr)
    for inner in below.get(ast.Subscript, ()):
        if inner.value.__class__ is ast.Name and inner.value.id in names and _is_string(inner.slice):
            uses.setdefault(inner.value.id, set()).add(STRING_KEY)
    for inner in below.get(ast.Compare, ()):
        held = inner.left.value if inner.left.__class__ is ast.Subscript else None
        if held.__class__ is ast.Name and held.id in names and inner.ops[0].__class__ in (ast.Is, ast.IsNot):
            uses.setdefault(held.id, set()).add(ITEM_IS)
    for inner in below.get(ast.Call, ()):
        called = inner.func
        if called.__class__ is ast.Attribute and called.attr == "size" and called.value.__class__ is ast.Name:
            if called.value.id in names:
                uses[called.value.id].add(SIZE_CALL)
    return uses


def _operands(node: ast.expr) -> Iterator[str]:
    """The names that arithmetic is done with."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.UnaryOp):
        yield from _operands(node.operand)
    elif isinstance(node, ast.BinOp):
        yield from _operands(node.left)
        yield from _operands(node.right)


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
