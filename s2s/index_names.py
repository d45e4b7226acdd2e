"""The names of one module: its imports, global assignments and what annotations and expressions refer to."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Mapping

from .arguments import called_value
from .kinds import (
    ARRAY,
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    UNKNOWN,
    Kind,
    annotation_kind,
    content,
    join,
    list_of,
    ref,
)
from .module_names import absolute
from .optional_imports import choices
from .project import ClassInfo, FunctionInfo, ModuleInfo
from .table_model import KnownNames
from .walk import ast_nodes, by_class, imported_names, is_self, statements

# Methods of PyTorch's modules and tensors that give what they are called on.
_SELF_METHODS = ("requires_grad_", "eval", "train", "cuda", "cpu")


# Names of the method of modules that their call is.
_CALLS = ("forward", "call", "__call__")


class NameIndex:
    """What the names of a module are bound to."""

    def __init__(self, name: str, is_package: bool, known: KnownNames, others: Mapping[str, ModuleInfo] = {}) -> None:
        self.name = name
        self.others = others  # modules of the project that are indexed already
        self.package = name if is_package else name.rpartition(".")[0]
        self.known = known
        self.returns_changed = any(table.settings.get("returns_changed") for table in known.tables)
        self.names: dict[str, Kind] = {}
        self.replaced: dict[str, str] = {}  # what names stood for before a class or function of that name
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
        self.backs = self.freezes = self.embeds = self.merges = self.differentiates = self.names_bytes = False
        self.names_calls = False
        self.has_modes = False
        self.attributes: set[str] = set()
        self.attributes_at_hand: dict[str, Kind] = {}  # of the class that is read
        self._walked: dict[int, list[ast.AST]] = {}
        self._sorted: dict[int, dict[type, list]] = {}

    def walk(self, node: ast.AST) -> list[ast.AST]:
        """All nodes below one, kept for the next question about the same node."""
        if id(node) not in self._walked:
            self._walked[id(node)] = ast_nodes(node)
        return self._walked[id(node)]

    def below(self, node: ast.AST) -> dict[type, list]:
        """All nodes below one by their class."""
        if id(node) not in self._sorted:
            self._sorted[id(node)] = by_class(self.walk(node))
        return self._sorted[id(node)]

    def _imports(self, tree: ast.Module) -> None:
        """Note the imports of a module, what it binds and the attributes that it names."""
        below = self.below(tree)
        names, attributes = below.get(ast.Name, ()), below.get(ast.Attribute, ())
        self.bound = {node.id for node in names if node.ctx.__class__ is ast.Store}
        self.bound.update(node.arg for node in below.get(ast.arg, ()))
        for kind in (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef, ast.ExceptHandler):
            self.bound.update(node.name for node in below.get(kind, ()) if node.name)
        self.attributes = {node.attr for node in attributes}
        written = (n for n in attributes if n.attr == "requires_grad" and n.ctx.__class__ is ast.Store)
        self.freezes = "requires_grad_" in self.attributes or any(written)
        self.embeds = "Embedding" in self.attributes or any(node.id == "Embedding" for node in names)
        constants = below.get(ast.Constant, ())
        self.names_bytes = "uint8" in self.attributes or any(node.value == "uint8" for node in constants)
        self.names_calls = "__name__" in self.attributes and any(node.value in _CALLS for node in constants)
        self.backs = not self.attributes.isdisjoint(("autograd", "backward"))
        used = self.attributes | {node.id for node in names}
        self.has_modes = any(name.lower().startswith(("dropout", "batchnorm", "alphadropout")) for name in used)
        self.merges = "merge" in self.attributes
        self.differentiates = not self.attributes.isdisjoint(("grad", "value_and_grad"))
        for node in below.get(ast.Call, ()):
            if node.keywords and (name := called_value(node.func)):
                self.valued.append((name, [each.arg for each in node.keywords if each.arg]))
        self._imported_names(tree)

    def _imported_names(self, tree: ast.Module) -> None:
        """Note what imports bind, the first of several of one name."""
        outside: set[str] = set()
        top = {id(node) for node in statements(tree.body)}
        for node in [node for node in self.walk(tree) if node.__class__ in _IMPORTING]:
            kind = node.__class__
            if kind is ast.If and node.orelse and _is_type_checking(node.test):
                for statement in node.orelse:
                    if isinstance(statement, ast.ImportFrom) and not statement.level:
                        for alias in statement.names:
                            self.names.setdefault(alias.asname or alias.name, ref(f"{statement.module}.{alias.name}"))
            elif kind is ast.Try or (kind is ast.If and node.orelse):
                self._choose(node)
            elif kind is ast.Import:
                (outside if id(node) in top else self.nested).update(imported_names(node))
                for alias in node.names:
                    if alias.asname:
                        self.names.setdefault(alias.asname, ref(alias.name))
                    else:
                        package = alias.name.split(".")[0]
                        self.names.setdefault(package, ref(package))
            elif kind is ast.ImportFrom:
                (outside if id(node) in top else self.nested).update(imported_names(node))
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
            known = self.names.get(node.name)
            if known is not None and known.tag == "ref":
                self.replaced.setdefault(node.name, known.name)
            self.names[node.name] = ref(f"{self.name}.{node.name}")
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._assign_global(target.id, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.value is not None and self._is_array_type(node.value):
                self._assign_global(node.target.id, node.value)
            else:
                self.names[node.target.id] = self._annotated(node.annotation)

    def _assign_global(self, name: str, value: ast.expr) -> None:
        known = self.names.get(name)
        kind = self._kind(value)
        if self._is_union(value):
            self.unions[name] = _Expanded(self.unions).visit(copy.deepcopy(value))
        if self._is_array_type(value):
            kind = ref(self._resolve(value.value))
        if kind.tag == "ref" and known is None and isinstance(value, (ast.Attribute, ast.Subscript)):
            self.aliases.add(name)
        else:
            self.aliases.discard(name)
        if known is not None and known.tag == "ref" and kind.tag == "none" and name not in self.substituted:
            return
        self.names[name] = kind if known is None or known.tag == "ref" else join(known, kind)

    def _is_array_type(self, value: ast.expr) -> bool:
        """Whether a value is NumPy's generic type of arrays with parameters, such as ``NDArray[np.float64]``."""
        generic = ("numpy.ndarray", "numpy.typing.NDArray")
        return isinstance(value, ast.Subscript) and self._resolve(value.value) in generic

    def _is_union(self, value: ast.expr) -> bool:
        """Whether a value may stand for one of several types in annotations."""
        if isinstance(value, ast.Subscript):
            return self._resolve(value.value) in ("typing.Union", "typing.Optional")
        return isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)

    def _annotated(self, node: ast.expr | None) -> Kind:
        """The kind that an annotation states; names that the module gives to unions stand for them."""
        names = [n.id for n in ast.walk(node) if isinstance(n, ast.Name)] if node is not None and self.unions else []
        if any(name in self.unions for name in names):
            node = _Expanded(self.unions).visit(copy.deepcopy(node))
        return annotation_kind(node, self._resolve, self.known.types)

    def _resolve(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            kind = self.names.get(node.id) or self._starred(node.id, self.stars)
            return kind.name if kind is not None and kind.tag == "ref" else ""
        if isinstance(node, ast.Attribute):
            base = self._resolve(node.value)
            return f"{base}.{node.attr}" if base else ""
        return ""

    def _starred(self, name: str, stars: Iterable[str], depth: int = 0) -> Kind | None:
        """What a name stands for in the modules of the project that everything is imported from."""
        if name in self.bound or name.startswith("_") or depth > 9:
            return None
        for info in (self.others[star] for star in stars if star in self.others):
            found = info.names.get(name) or self._starred(name, info.stars, depth + 1)
            if found is not None:
                return found
        return None

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
            if isinstance(func, ast.Attribute) and func.attr in (*_SELF_METHODS, "to") and self._is_made(func.value):
                return self._made(func.value)
            if stated := self._of_literals(node):
                return Kind("array", stated)
            name = self._resolve(func) or self._drawn(node)
            if len(node.args) == 1 and not node.keywords and self._is_listed("plain_results", name):
                return ARRAY
            return Kind("result", name) if name and not self._stays_in_numpy(name, node) else UNKNOWN
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call) and isinstance(node.slice, ast.Tuple):
            return Kind("part", items=(self._kind(node.value),))
        if isinstance(node, ast.IfExp):
            return join(self._kind(node.body), self._kind(node.orelse))
        if isinstance(node, ast.Tuple):
            return Kind("tuple", items=tuple(self._kind(item) for item in node.elts))
        if isinstance(node, (ast.List, ast.ListComp)):
            items = node.elts if isinstance(node, ast.List) else [node.elt]
            return list_of(self._kind(items[0])) if len(items) == 1 or self._holds_texts(node) else Kind("list")
        if isinstance(node, (ast.Dict, ast.DictComp)):
            return Kind("dict")
        if isinstance(node, (ast.Compare,)):
            return UNKNOWN
        return UNKNOWN


    def _is_made(self, node: ast.expr) -> bool:
        """Whether a call, or the one whose result a name has, makes an object of a class, as classes are written."""
        return self._made(node).name.rpartition(".")[2][:1].isupper()

    def _made(self, node: ast.expr) -> Kind:
        """What a call gives, or a name that is bound to its result; unknown for all else."""
        if isinstance(node, ast.Name):
            kind = self.names.get(node.id, UNKNOWN)
        else:
            kind = self._kind(node) if isinstance(node, ast.Call) else UNKNOWN
        return kind if kind.tag == "result" else UNKNOWN

    def _is_listed(self, setting: str, name: str) -> bool:
        """Whether a list in the settings of a framework has a name."""
        return any(name in table.settings.get(setting, ()) for table in self.known.tables)

    def _of_literals(self, node: ast.Call) -> str:
        """The dtype of an array of NumPy that is made of numbers that are written down; '' for other calls."""
        name = self._resolve(node.func)
        if name not in ("numpy.array", "numpy.asarray") or not self._is_listed("host_makers", name):
            return ""
        if len(node.args) != 1 or node.keywords:
            return ""
        if not isinstance(node.args[0], (ast.List, ast.Tuple)):
            return ""
        leaves = [leaf for leaf in self.walk(node.args[0]) if not isinstance(leaf, _NESTING)]
        if not leaves or not all(isinstance(leaf, ast.Constant) for leaf in leaves):
            return ""
        classes = {type(leaf.value) for leaf in leaves if isinstance(leaf, ast.Constant)}
        return "int64" if classes == {int} else "float64" if float in classes and classes <= {int, float} else ""

    def _drawn(self, node: ast.Call) -> str:
        """The qualified name of a method that draws an array from a stream of random numbers; '' for other calls."""
        if not isinstance(node.func, ast.Attribute):
            return ""
        owner = node.func.value
        kind = self.names.get(owner.id, UNKNOWN) if isinstance(owner, ast.Name) else UNKNOWN
        if isinstance(owner, ast.Attribute) and is_self(owner.value):
            kind = self.attributes_at_hand.get(owner.attr, UNKNOWN)
        if kind.tag not in ("result", "instance"):
            return ""
        place = next((d for t in self.known.tables if (d := t.settings.get("draws", {}).get(node.func.attr))), "")
        sizes = [keyword.value for keyword in node.keywords if keyword.arg == "size"]
        sizes += node.args if place[:1] == "*" else node.args[int(place[:1] or len(node.args)) :]
        empty = not sizes or isinstance(sizes[0], ast.Constant) and sizes[0].value is None
        return "" if empty or not place else f"{kind.name}.{node.func.attr}"

    def _stays_in_numpy(self, name: str, node: ast.Call) -> bool:
        """Whether a call makes an array of texts or objects."""
        settings = next((t.settings for t in self.known.tables if name in t.settings.get("host_makers", ())), None)
        if settings is None:
            return False
        dtypes = [keyword.value for keyword in node.keywords if keyword.arg == "dtype"]
        dtypes += node.args[settings["host_makers"][name] :]
        if dtypes:
            name = self._resolve(dtypes[0]) or f"builtins.{ast.unparse(dtypes[0])}"
            return name in settings["host_dtypes"]
        return bool(node.args) and self._holds_texts(node.args[0])

    def _holds_texts(self, node: ast.expr) -> bool:
        """Whether a value is a list of texts, which makes no array but in NumPy."""
        if isinstance(node, ast.Name):
            return content(self.names.get(node.id, UNKNOWN)) == STR
        if isinstance(node, (ast.List, ast.Tuple)):
            return bool(node.elts) and all(_is_text(item) or self._holds_texts(item) for item in node.elts)
        return False


_IMPORTING = frozenset((ast.Import, ast.ImportFrom, ast.If, ast.Try))
_NESTING = (ast.List, ast.Tuple, ast.expr_context, ast.UnaryOp, ast.USub)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or isinstance(node, ast.Constant) and isinstance(node.value, str)


class _Expanded(ast.NodeTransformer):
    """Annotations with the unions that a module has names for in place of the names."""

    def __init__(self, unions: dict[str, ast.expr]) -> None:
        self.unions = unions

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802
        return self.unions.get(node.id, node)


def _is_type_checking(test: ast.expr) -> bool:
    if isinstance(test, ast.Attribute) and isinstance(test.value, ast.Name) and test.value.id == "typing":
        return test.attr == "TYPE_CHECKING"
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"
