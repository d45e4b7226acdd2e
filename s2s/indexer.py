"""The summary of one module for the project index, read with ``ast`` and never executed."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping

from .arguments import Passed, passed_arguments
from .index_classes import ClassIndex
from .project import ModuleInfo
from .table_model import KnownNames
from .taped import called_names, called_on_tapes
from .walk import ast_nodes, by_class, imported_names, is_self, statements

# Packages whose functions are none of a project's.
_FOREIGN = ("torch.", "numpy.", "jax.", "tensorflow.", "keras.", "flax.", "math.", "os.", "typing.", "functools.")


def index_module(
    text: str, name: str, is_package: bool, known: KnownNames, others: Mapping[str, ModuleInfo] = {}
) -> ModuleInfo:
    """Summarise one module, with what is known of the names of its framework and of other modules of the project."""
    return Indexer(name, is_package, known, others).index(ast.parse(text))


class Indexer(ClassIndex):
    """Summarises one module; see ``index_module``."""

    def index(self, tree: ast.Module) -> ModuleInfo:
        self._imports(tree)
        for node in statements(tree.body):
            self._bind(node)
        for node in statements(tree.body):
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
            self.backs or any(name.startswith("torch.autograd") for name in self._imported()),
            *self._taped(tree),
            self._changing_layers(self.below(tree)),
            self._trains(),
            self.names_bytes,
            self.names_calls,
            self.has_modes,
            self._once(tree),
        )

    def _once(self, tree: ast.Module) -> frozenset[str]:
        """The names that module code assigns in one statement of its own, and that nothing else binds."""
        found = [
            node.targets[0].id
            for node in tree.body
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        ]
        stores: Counter[str] = Counter()
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                stores[node.name] += 1
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                stores.update(imported_names(node))
            else:
                names = self.below(node).get(ast.Name, ())
                stores.update(each.id for each in names if each.ctx.__class__ is not ast.Load)
        stores.update(name for node in self.below(tree).get(ast.Global, ()) for name in node.names)
        return frozenset(name for name in found if stores[name] == 1)

    def _trains(self) -> bool:
        """Whether the module names what has to do with gradients: by an attribute, or in an import."""
        names = {part for name in self._imported() for part in name.split(".")} | self.attributes
        return any(not names.isdisjoint(table.settings.get("gradient_names", ())) for table in self.known.tables)

    def _taped(self, tree: ast.Module) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
        """What is called in the blocks of tapes, and what each function calls; nothing where no gradients are taken."""
        if not self.backs and all(table.name != "tensorflow" for table in self.known.tables):
            return frozenset(), {}
        below = self.below(tree)
        calls: dict[str, frozenset[str]] = {}
        for node in (*below.get(ast.FunctionDef, ()), *below.get(ast.AsyncFunctionDef, ())):
            calls[node.name] = calls.get(node.name, frozenset()) | called_names(self.below(node).get(ast.Call, []))
        return called_on_tapes(below.get(ast.With, [])), calls

    def _imported(self) -> list[str]:
        """The full names that the module imports, and the modules that it takes all names of."""
        return [*(kind.name for kind in self.names.values() if kind.tag == "ref"), *self.stars]

    def _reads_modes(self, tree: ast.Module) -> bool:
        found = (n for n in self.below(tree).get(ast.Attribute, ()) if n.attr == "training")
        return any(n.ctx.__class__ is ast.Load and not is_self(n.value) for n in found)

    def _empties(self, tree: ast.Module) -> frozenset[str]:
        """What is given ``torch.tensor([])``, ``torch.empty(0)`` and the like, which joining leaves out."""
        pairs = [(t, n.value) for n in self.below(tree).get(ast.Assign, ()) for t in n.targets]
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
        if made not in ("tensor", "as_tensor") and not made.endswith("Tensor"):
            return False
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
        scopes = [node for node in statements(tree.body) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        main = ast.Module([node for node in tree.body if node not in scopes and not isinstance(node, ast.ClassDef)], [])
        for node in (main, *scopes):
            below = self.below(node) if node is not main else by_class(ast_nodes(node))
            own = frozenset() if node is main else frozenset(a.arg for a in [*node.args.args, *node.args.kwonlyargs])
            name = "" if node is main else f"{self.name}.{node.name}"
            calls, assigns = below.get(ast.Call, ()), below.get(ast.Assign, ())
            found.extend(passed_arguments(calls, assigns, own, name, self._resolve))
        ours = {*self._imported()} | {f"{self.name}.{name}" for name in self.functions}
        return tuple(each for each in found if each[0] in ours and not each[0].startswith(_FOREIGN))


def _first_line(node: ast.stmt) -> int:
    """The line of a statement, decorators included."""
    decorators = getattr(node, "decorator_list", ())
    return decorators[0].lineno if decorators else node.lineno
