"""One pass over a module: every site gets one outcome, decided on original nodes, built from rewritten ones."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from . import nodes
from .helper_names import helpers_of
from .imports import Imports
from .infer import Inference
from .kinds import Kind
from .lift import Bound, Refused, bind
from .liveness import Flow, flow_of
from .lower import Writer
from .model import Diagnostic
from .own_spelling import initializer, own_layer, text_of
from .parentheses import fitting, keep_parens
from .positions import positions
from .project import FunctionInfo, ModuleInfo, Project
from .reading import returns_name, returns_value
from .receivers import surely_array
from .statements import Statements
from .symbolic import for_symbols
from .tables import VARIANTS, Entry, Table, Tables, Template
from .threaded import Threading
from .walk import is_node, semantic_fields
from .widening import promoted, widen

Rule = Callable[[cst.CSTNode, "Rewriter"], cst.CSTNode | None]


@dataclass(slots=True)
class Scope:
    """The function (or class) body that is being rewritten."""

    name: str
    info: FunctionInfo | None = None
    cls: str = ""
    is_forward: bool = False
    threaded: frozenset[str] = frozenset()
    assigned: set[str] = field(default_factory=set)
    params: frozenset[str] = frozenset()
    arguments: frozenset[str] = frozenset()  # also those of functions inside others
    views: dict[str, str] = field(default_factory=dict)
    slices: dict[str, cst.Attribute | cst.Subscript] = field(default_factory=dict)  # also places that hold arrays
    loop_names: set[str] = field(default_factory=set)
    body: cst.BaseSuite | None = None
    symbolic: bool = False  # whether it puts models of Keras together


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic whose place is still a node."""

    node: cst.CSTNode
    code: str
    api: str
    message: str
    hint: str
    grade: str
    statement: cst.CSTNode | None  # the place of a node that a rule made


class Rewriter(Statements):
    """Rewrites one module. Rules are asked in order; the first that answers a node wins."""

    def __init__(
        self,
        module: ModuleInfo,
        project: Project,
        tables: Tables,
        source: str,
        target: str,
        rules: dict[type, tuple[Rule, ...]],
        threading: Threading,
        helpers_module: str,
    ) -> None:
        self.project = project
        self._foreign: dict[str, bool] = {}
        self.module = module
        self.source: Table = tables[source]
        self.target: Table = tables[target]
        self.hub = tables.hub
        self.rules = rules
        self.threading = threading
        self.infer = Inference(module, project, self.source, tables.hub)
        self.infer.lifted = self._lifted
        self.imports = Imports(module, self.source, self.target, helpers_module, project)
        known = {VARIANTS.get(source, source), VARIANTS.get(target, target), "numpy", "ivy"}
        others = [found for name, found in tables.packages.items() if VARIANTS.get(name, name) not in known]
        self.other_packages = [package for found in others for package in found]
        self.findings: list[Finding] = []
        self.sites: dict[str, int] = {}
        self.todos: list[str] = []
        self.scopes: list[Scope] = []
        self.loops: list[dict[str, Kind]] = []
        self.annotation = False
        self.statement: cst.CSTNode | None = None
        self.writer = Writer(
            table=self.target,
            hub=tables.hub,
            native=self.native,
            helper=self.helper,
            visit=self.visit,
            kind=self.infer.kind,
            known_name=self.imports.template_name,
            dtype_name=self.infer.dtype_name,
            fresh=self.fresh,
            replaced=lambda node: id(node) in self.substitutes,
            array_op=self.source.settings.get("array_op", "tensor"),
            given_op=self.source.settings.get("given_op", "as_tensor"),
            loose=self.source.settings.get("loose_floats", False),
            asks=self.source.settings.get("asks_numbers", ()),
            list_ints=self.source.settings.get("list_ints", ""),
            no_axes=self.source.settings.get("no_axes", "none"),
            graph=self.project.keras == "graph",
            source=self.source.language,
            trains=self.project.trains,
        )
        self.infer.numbers = self.target.settings.get("number_functions", False)
        self._lifts: dict[int, tuple[Entry, dict[str, cst.BaseExpression]] | None] = {}
        self._fresh: dict[str, int] = {}
        self.substitutes: dict[int, cst.CSTNode] = {}
        self.effect_written: set[int] = set()  # calls whose change of an argument stands in the target already
        self.changed: dict[int, set[str]] = {}  # names whose arrays a body changes, by the body
        self.takes_gradients = self.project.may_take_gradients(self.module)
        # By class, the attributes that modules are given: whether they are arrays beside their state.
        self.plain_attributes: dict[str, dict[str, bool]] = {}
        self.names_bytes = self.project.names_bytes
        self.names_calls = self.project.names_calls
        self.ranks: dict[int, dict[str, int]] = {}  # how many axes arrays have that a body names, by the body
        self.unit_names: dict[int, frozenset[str]] = {}  # names whose arrays may begin with an axis of length 1
        self.looped: dict[int, dict[str, list[cst.BaseExpression]]] = {}  # what loops of a body bind names from
        self.joined: dict[int, tuple[cst.If, cst.CSTNode]] = {}  # branches with losses: what is around them now
        self.places: set[int] = set()
        self.tapes: dict[tuple[str, str], object] = {}
        self.open_tapes: list[str] = []
        self.recorded_names: frozenset[str] = frozenset()
        self.taped_calls: frozenset[str] | None = None
        self.planned: dict[int, Callable[[Rewriter], list[cst.BaseSmallStatement]]] = {}
        self.trained: dict[int, str] = {}
        self.taken: dict[int, Any] = {}  # calls that take gradients of arrays -> what is written, or why it is not
        self.kept_graphs: dict[str, set[str]] | None = None  # what is given values with gradients, by whom
        self.gradient_groups: list[Any] = []  # what `taken` has in common for several calls
        self.plain_marks: set[int] = set()  # calls of `requires_grad_` on what these gradients are taken of
        self.mapped: set[int] = set()  # calls that are mapped over examples
        self.class_name = ""
        self.in_class_body = False
        self.in_lambda = False
        self.small_statement: cst.CSTNode | None = None
        self.kept_values: tuple[cst.CSTNode | None, frozenset[int]] = (None, frozenset())  # of the statement at hand
        self._flow: Flow | None = None

    # What rules use

    @property
    def scope(self) -> Scope | None:
        """The innermost function scope."""
        return self.scopes[-1] if self.scopes else None

    def mark_places(self, target: cst.CSTNode) -> None:
        """Remember the names and items that a target (of an assignment, a loop, ``del``) writes: they are not read."""
        if isinstance(target, (cst.Subscript, cst.Name)):
            self.places.add(id(target))
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self.mark_places(element.value)

    def kind(self, node: cst.CSTNode) -> Kind:
        """The kind of an original expression."""
        return self.infer.kind(node)

    def name_of(self, node: cst.CSTNode) -> str:
        """The qualified name that an original expression refers to, '' if none."""
        return self.infer.name_of(node)

    def foreign(self, name: str) -> bool:
        """Whether a qualified name belongs to the source framework's packages."""
        found = self._foreign.get(name)
        if found is None:
            found = self._foreign[name] = self._is_foreign(name)
        return found

    def _is_foreign(self, name: str) -> bool:
        if helpers_of(name) == self.source.name:
            return True
        for package in self.source.packages:
            if name == package or name.startswith(package + "."):
                return not self.project.owns(name)
        return False

    @property
    def array_classes(self) -> bool:
        """Whether a class of the project derives from the source's array class."""
        classes = (info for module in self.project.modules.values() for info in module.classes.values())
        return any(self.infer.is_array_class(info.name) for info in classes if info.bases)

    def native(self, name: str) -> cst.BaseExpression:
        """A full native name of the target as an expression; its import is added."""
        return self.imports.native(name)

    def helper(self, name: str) -> cst.BaseExpression:
        """A template unit as an expression; it is copied and imported unless the target has an op of that name."""
        native = f"{self.target.language}.{name}"
        family, _, unit = name.partition(".")
        if family == "keras" and self.project.keras == "graph" and f"keras_own.{unit}" in self.target.templates:
            name = f"keras_own.{unit}"
        if family in self.project.plain_families:
            edition = f"{family}.plain.{unit}"
            name = edition if edition in self.target.templates else name
        if name not in self.target.templates and native in self.target.entries:
            return self.imports.native(native)
        return self.imports.helper(name)

    def type_node(self, name: str) -> cst.BaseExpression | None:
        """The target's spelling of a table type such as ``array`` or ``module``."""
        if name in ("number", "array-like"):
            array, either = self.type_node("array"), cst.BitOr()
            return None if array is None else cst.BinaryOperation(array, either, cst.Name("float"))
        native = name if name.startswith("typing.") else self.target.types.get(name)
        if native is None:
            return None
        if native.startswith("@"):
            return self.helper(native[1:])
        if native.startswith("builtins."):
            return cst.Name(native[9:])
        return self.native(native)

    def native_constant(self, const: str | None) -> cst.BaseExpression | None:
        """The target's spelling of a hub constant such as ``float32``."""
        native = self.target.constants.get(const or "")
        return None if native is None or native.startswith("@") else self.native(native)

    def fresh(self, name: str) -> str:
        """A variable name that the module does not use."""
        taken = self.imports.taken
        while True:
            self._fresh[name] = self._fresh.get(name, 0) + 1
            made = f"{name}_{self._fresh[name]}"
            if made not in taken:
                return made

    def unused(self, name: str) -> str:
        """The name itself where the module does not use it, else one that is made of it."""
        return self.fresh(name) if name in self.imports.taken else name

    def unused_of(self, names: Sequence[str]) -> str:
        """The first of these names that the module does not use."""
        return next((name for name in names if name not in self.imports.taken), self.fresh(names[0]))

    @property
    def enclosing(self) -> cst.CSTNode:
        """The body of the function at hand, outside of functions the whole module."""
        body = self.scope.body if self.scope is not None else None
        return self.whole if body is None else body

    @property
    def forward_name(self) -> str:
        """What a layer's computing method is called in the target."""
        return self.target.settings.get("forward_of", {}).get(self.source.name, self.target.settings["forward"])

    def array_api(self, name: str) -> str:
        """The full name of an array method of the source, for messages."""
        return f"{self.source.array_type}.{name}"

    def module_api(self, name: str) -> str:
        """The full name of a method of the source's module class, for messages."""
        return f"{self.source.settings['module_class']}.{name}"

    def count(self, grade: str) -> None:
        """Count one site."""
        self.sites[grade] = self.sites.get(grade, 0) + 1

    def note(
        self, node: cst.CSTNode, code: str, api: str, message: str, hint: str = "", grade: str = "approximate"
    ) -> None:
        """Tell the user about a site that was converted with a difference."""
        self.findings.append(Finding(node, code, api, message, hint, grade, self.statement))

    def note_other_framework(self, node: cst.Import | cst.ImportFrom) -> None:
        """Tell the user that code of a third framework stays: a file is read as one framework's."""
        package = self.imports.taken_from(node, self.other_packages)
        if package:
            message = f"the file is read as {self.source.name}: code of {package} stays as it is"
            self.note(node, "S2S208", package, message, "convert it with --from, or move it to a file of its own")
            self.other_packages.remove(package)

    def refuse(
        self, node: cst.BaseExpression, api: str, reason: str, hint: str = "", stub: str = "not_converted"
    ) -> cst.BaseExpression:
        """A stub for something that was not converted: importable, raises when it is used."""
        self.count("refused")
        reason = self._of_training(api) or reason
        self.note(node, "S2S100", api, reason, hint or "rewrite this by hand", grade="refused")
        self.todos.append(f"# TODO(ivy-s2s): {_one_line(nodes.code(node))}: {reason}")
        made = nodes.call(
            self.helper(stub),
            cst.SimpleString(repr(api)),
            cst.SimpleString(repr(reason)),
        )
        if isinstance(node, cst.Call) and self.scopes:
            args = [a.with_changes(value=self.visit(a.value)) for a in node.args]
            return node.with_changes(func=made, args=args)
        return cst.Call(made) if self.scopes and self._computes(node) else made

    def _of_training(self, api: str) -> str:
        """Why a part of training is refused by a target that takes no gradients, '' for everything else."""
        trains = api.startswith(tuple(self.source.settings.get("of_training", ())))
        return self.target.settings.get("untrained", "") if trains else ""

    def _computes(self, node: cst.BaseExpression) -> bool:
        """Whether an expression computes something where it stands, and is no name that may never be used."""
        if isinstance(node, (cst.Attribute, cst.Subscript)):
            return self.kind(node.value).tag == "array"
        return isinstance(node, (cst.BinaryOperation, cst.Comparison, cst.UnaryOperation))

    def refuse_statement(self, node: cst.BaseExpression, api: str, reason: str) -> list[cst.Expr]:
        """A statement that raises when it is reached, for one that changes something in place."""
        self.count("refused")
        reason = self._of_training(api) or reason
        self.note(node, "S2S100", api, reason, "rewrite this by hand", grade="refused")
        whole = self.small_statement if self.small_statement is not None else node
        self.todos.append(f"# TODO(ivy-s2s): {_one_line(nodes.code(whole))}: {reason}")
        stub = nodes.call(self.helper("not_converted"), cst.SimpleString(repr(api)), cst.SimpleString(repr(reason)))
        return [cst.Expr(cst.Call(stub))]

    def spell(self, bound: Bound, node: cst.BaseExpression, api: str) -> cst.BaseExpression:
        """Write a bound call in the target, or refuse it."""
        found = self.spelled(bound, node, api)
        return self.refuse(node, api, found.reason, found.hint) if isinstance(found, Refused) else found

    def spelled(self, bound: Bound, node: cst.BaseExpression, api: str) -> cst.BaseExpression | Refused:
        """A bound call in the target, or why it has no counterpart."""
        original = node if isinstance(node, cst.Call) else None
        widen(bound, self)
        made = promoted(bound, self)
        if made is not None:
            self.count("exact")
            return keep_parens(node, self._in_graph(made, bound))
        spelled = self.writer.spell(bound, original)
        if isinstance(spelled, Refused):
            return spelled
        self.count(spelled.grade)
        if spelled.grade == "approximate":
            self.note(node, "S2S200", api, spelled.note)
        return keep_parens(node, self._in_graph(spelled.node, bound))

    def _in_graph(self, written: cst.BaseExpression, bound: Bound) -> cst.BaseExpression:
        """What was written for a call, such that it takes symbolic tensors where models of Keras are put together."""
        helper = self.target.settings.get("on_symbols", "")
        if not helper or self.scope is None or not self.scope.symbolic or self.in_lambda:
            return written
        made_of_numbers = self.hub[bound.entry.op].topic == "creation" and not {"x", "obj"} & bound.args.keys()
        if made_of_numbers:
            return written
        modules = frozenset(statement.split()[-1] for statement in self.target.imports.values())
        return for_symbols(written, map(self.kind, bound.args.values()), modules, lambda: self.helper(helper))

    def own_layer(self, op: str) -> Entry | None:
        """The target's own layer for a layer of the hub, where this project has it."""
        found = self.target.own_layers.get(op, ())
        return next((own for own in found if own.native in self.project.own_layers), None)

    def spell_own_layer(
        self, own: Entry, entry: Entry, node: cst.Call, size: cst.BaseExpression | None = None
    ) -> cst.BaseExpression | None:
        """The constructor of a layer as that of the target's own layer, None where only the template takes it."""
        bound = bind(entry, node.args, None, self.kind)
        if isinstance(bound, Refused):
            return None
        value = bound.args.get(own.started)
        start = initializer(value, self.name_of, self.source) if value is not None else None
        made = own_layer(bound, own, node, self.writer, start, size)
        if made is None:
            return None
        self.count(own.grade if own.grade != "exact" else entry.grade)
        given = {arg.keyword.value: arg.value for arg in node.args if arg.keyword is not None}
        rules = {weight: self._penalty(given[name]) for name, weight in own.penalised.items() if name in given}
        return keep_parens(node, nodes.call(self.helper("keras_own.penalised"), made, **rules) if rules else made)

    def _penalty(self, node: cst.BaseExpression) -> cst.CSTNode:
        """A penalty of weights, which may be told by its name: ``"l2"`` is ``L2()``."""
        entry = self.source.find(f"keras.regularizers.{text_of(node)}") if text_of(node) else None
        return self.visit(node) if entry is None else nodes.call(self.helper(entry.op))

    def convert(
        self,
        entry: Entry,
        node: cst.Call,
        receiver: cst.BaseExpression | None,
        api: str,
    ) -> cst.BaseExpression:
        """Read a call of an entry and write it in the target, or refuse it."""
        bound = bind(entry, node.args, receiver, self.kind)
        if isinstance(bound, Refused):
            same = self._same_signature(entry, node)
            if same is not None:
                return same
            return self.refuse(node, api, bound.reason, bound.hint)
        return self.spell(bound, node, api)

    def _same_signature(self, entry: Entry, node: cst.Call) -> cst.BaseExpression | None:
        """Unpacked arguments go through as they are where the target is a helper with the same names."""
        template = self.target.templates.get(entry.op)
        if template is None or entry.overloads or self.target.writes.get(entry.op) is not None:
            return None
        if not any(arg.star for arg in node.args):
            return None
        if any(a.canonical != a.native for a in entry.args):
            return None
        known = [p.name for p in template.params]
        ours = [a.canonical for a in entry.args]
        if known[: len(ours)] != ours:
            return None
        if any(a.keyword and a.keyword.value not in known for a in node.args):
            return None
        self.count("exact")
        args = [a.with_changes(value=self.visit(a.value)) for a in node.args]
        return node.with_changes(func=self.helper(entry.op), args=args)

    def _lifted(self, node: cst.Call) -> tuple[Entry, dict[str, cst.BaseExpression]] | None:
        """What a call is in the tables, for kinds."""
        callee = self.infer.kind(node.func)
        if callee.tag == "ref":
            entry = self.source.find(self.project.canonical(callee.name))
            candidates: tuple[Entry, ...] = (entry,) if entry is not None else ()
            receiver = None
        elif isinstance(node.func, cst.Attribute):
            candidates = self.source.methods.get(node.func.attr.value.rstrip("_"), ())
            candidates = self.source.methods.get(node.func.attr.value, candidates)
            receiver = node.func.value
            if self.infer.kind(receiver).tag == "unknown":
                if not surely_array(node, node.func.attr.value, self.infer):
                    return None
        else:
            return None
        for entry in candidates:
            if not (entry.op or entry.overloads):
                continue
            bound = bind(entry, node.args, receiver, self.infer.kind)
            if isinstance(bound, Bound):
                return bound.entry, bound.args
            if entry.op:
                return entry, {}
        return None

    # Scopes

    def qualified(self, name: str) -> str:
        """The qualified name of something defined here."""
        if self.in_class_body:
            return f"{self.class_name}.{name}"
        if self.scopes:
            return f"{self.scopes[-1].name}.<locals>.{name}"
        return f"{self.module.name}.{name}"

    def is_local(self, name: str) -> bool:
        """Whether a name is bound in a function or class body, so that it is not an import."""
        return any(name in scope for scope in self.infer.scopes)

    def of_comprehension(self, name: str) -> bool:
        """Whether a name is one that a comprehension around the current expression loops over."""
        return any(name in names for names in self.loops)

    @contextmanager
    def function_scope(self, scope: Scope, names: dict[str, Kind]) -> Iterator[None]:
        """Rewrite inside a function."""
        outer = (self.in_class_body, self.class_name, self.infer.self_class, self._flow)
        views = dict(self.scopes[-1].views) if self.scopes else {}
        scope.views = views
        self.scopes.append(scope)
        self.in_class_body = False
        if scope.cls:
            self.infer.self_class = scope.cls
        self._flow = None
        self.infer.push(names)
        yield
        self.infer.pop()
        self.scopes.pop()
        self.in_class_body, self.class_name, self.infer.self_class, self._flow = outer

    @contextmanager
    def class_scope(self, name: str, names: dict[str, Kind]) -> Iterator[None]:
        """Rewrite inside a class body."""
        outer = (self.in_class_body, self.class_name, self.infer.self_class)
        self.in_class_body, self.class_name, self.infer.self_class = True, name, name
        self.infer.push(names)
        yield
        self.infer.pop()
        self.in_class_body, self.class_name, self.infer.self_class = outer

    def attribute_name(self, name: str) -> str:
        """An attribute's name in the target: names that the target's module class reserves get an underscore."""
        return f"{name}_" if name in self.target.reserved else name

    def module_attribute(self, name: str) -> bool:
        """Whether some module class of the project sets this attribute."""
        return self.threading.sets_attribute(name)

    def graph_node(self, name: str) -> bool:
        """Whether a module class needs ``pytree=False``: it keeps containers, or changes what an attribute is."""
        if any("def __init_subclass__" in template.text for template in self._template_bases(name)):
            return False  # The base class says it for all that derive from it.
        for base in self.project.mro(name):
            info = self.project.class_info(base)
            if info is None:
                template = self.threading.template_of(base)
                if template is not None and "pytree=False" in template.text.split(":", 1)[0]:
                    return True
                continue
            changed = [name for name, kinds in info.assigned.items() if _changes_status(kinds)]
            if not all(self.stays_buffer(base, name) for name in changed):
                return True
        return False

    def stays_buffer(self, cls: str, name: str) -> bool:
        """Whether an attribute is registered as a buffer with a value, and surely never None."""
        infos = [info for info in map(self.project.class_info, self.project.mro(cls)) if info is not None]
        kinds = {kind.tag for info in infos for kind in info.assigned.get(name, ())}
        return any(name in info.buffers for info in infos) and not kinds & {"none", "instance"}

    def _template_bases(self, name: str) -> Iterator[Template]:
        """The templates that a class of the project derives from."""
        todo = [self.threading.template_of(base) for base in self.project.mro(name)]
        while todo:
            template = todo.pop()
            if template is not None:
                yield template
                todo.extend(self.target.templates.get(base) for base in template.bases)

    def read_after(self, name: str) -> bool:
        """Whether the current function reads ``name`` after the current statement, or again in a loop."""
        if isinstance(self.small_statement, cst.Return):
            return False
        if self._flow is None:
            self._flow = flow_of(self.scopes[-1].body)
        return self._flow.read_later(name, self.small_statement)

    def argument_escapes(self, name: str) -> bool:
        """Whether an argument that is changed in place is not returned, so that the caller would miss it."""
        scope = self.scopes[-1]
        return scope.body is not None and not returns_name(scope.body, name)

    def returns_nothing(self) -> bool:
        """Whether the current function gives no value back, so that changing arguments is what it is for."""
        body = self.scopes[-1].body
        return body is not None and not returns_value(body)

    # The pass

    def visit(self, node: cst.CSTNode) -> cst.CSTNode:
        """The rewritten form of an original expression."""
        if self.substitutes and id(node) in self.substitutes:
            return self.substitutes[id(node)]
        for rule in self.rules.get(type(node), ()):
            result = rule(node, self)
            if result is not None:
                return result
        return self.descend(node)

    def descend(self, node: cst.CSTNode) -> cst.CSTNode:
        """Rewrite the parts of a node; the node itself when nothing changed."""
        kind = type(node)
        if kind in _SCOPED:
            return self._scoped(node)
        changes: dict[str, object] = {}
        for name in semantic_fields(kind):
            value = getattr(node, name)
            if value.__class__ is tuple or value.__class__ is list:
                items = [self.visit(v) if is_node(v) else v for v in value]
                if any(map(operator.is_not, items, value)):
                    changes[name] = items
            elif is_node(value):
                new = self.visit(value)
                if new is not value:
                    changes[name] = fitting(node, name, new)
        return node.with_changes(**changes) if changes else node

    def _scoped(self, node: cst.CSTNode) -> cst.CSTNode:
        """Comprehensions and lambdas bind names of their own."""
        if isinstance(node, cst.Lambda):
            names = {p.name.value: Kind("unknown") for p in _all_params(node.params)}
            params = self.visit(node.params)
            self.infer.push(names)
            outer, self.in_lambda = self.in_lambda, True
            body = self.visit(node.body)
            self.in_lambda = outer
            self.infer.pop()
            if params is node.params and body is node.body:
                return node
            return node.with_changes(params=params, body=body)
        loop: dict[str, Kind] = {}
        self.infer.push(loop)
        self.loops.append(loop)
        assert isinstance(node, (cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp))
        self.infer.bind_comprehension(node.for_in)
        changes: dict[str, object] = {}
        for name in ("elt", "key", "value", "for_in"):
            part = getattr(node, name, None)
            if part is not None:
                new = self.visit(part)
                if name == "for_in" and new is not part:
                    new = self._without_names(part, new)
                if new is not part:
                    changes[name] = new
        self.loops.pop()
        self.infer.pop()
        return node.with_changes(**changes) if changes else node

    def _without_names(self, old: cst.CompFor, new: cst.CompFor) -> cst.CompFor:
        """Python has no ``:=`` in what a comprehension goes through: a value that is needed twice is refused there."""
        inner = new.inner_for_in
        if inner is not None and old.inner_for_in is not None:
            new = new.with_changes(inner_for_in=self._without_names(old.inner_for_in, inner))
        if new.iter is old.iter or not nodes.names_values(new.iter):
            return new
        reason = "it is needed twice where a comprehension goes through it"
        return new.with_changes(iter=self.refuse(old.iter, nodes.code(old.iter), reason, "give it a name before"))

    def visit_annotation(self, node: cst.Annotation) -> cst.Annotation:
        """Rewrite names in an annotation."""
        outer, self.annotation = self.annotation, True
        new = self.visit(node.annotation)
        self.annotation = outer
        return node if new is node.annotation else node.with_changes(annotation=new)

    def diagnostics(self, module: cst.Module, path: str) -> tuple[Diagnostic, ...]:
        """All findings with their places."""
        if not self.findings:
            return ()
        nodes_of = {id(node) for f in self.findings for node in (f.node, f.statement) if node is not None}
        places = positions(module, nodes_of, self.module.starts)
        found = []
        for finding in self.findings:
            line, col = places.get(id(finding.node)) or places.get(id(finding.statement), (0, 0))
            found.append(
                Diagnostic(finding.code, path, line, col, finding.api, finding.message, finding.hint, finding.grade)
            )
        return tuple(sorted(found, key=lambda d: (d.line, d.col, d.api)))


_SCOPED = (cst.Lambda, cst.ListComp, cst.SetComp, cst.GeneratorExp, cst.DictComp)


class Rehearser(Rewriter):
    """Goes through a module for what it tells, and passes over all expressions that tell nothing."""

    telling: frozenset[int] = frozenset()

    def visit(self, node: cst.CSTNode) -> cst.CSTNode:
        """The node itself, or what the watching rules make of it."""
        return super().visit(node) if id(node) in self.telling else node


def _all_params(params: cst.Parameters) -> list[cst.Param]:
    found = [*params.posonly_params, *params.params, *params.kwonly_params]
    for star in (params.star_arg, params.star_kwarg):
        if isinstance(star, cst.Param):
            found.append(star)
    return found


def _changes_status(kinds: tuple[Kind, ...]) -> bool:
    """Whether flax would complain about an attribute: a plain container, or None that becomes data."""
    if any(kind.tag in ("list", "dict", "tuple") and kind.tag != "shape" and not _numbers(kind) for kind in kinds):
        return True
    return len(kinds) > 1 and any(kind.tag not in ("result", "array") for kind in kinds)


def _numbers(kind: Kind) -> bool:
    return kind.tag == "tuple" and all(item.tag in ("int", "float", "str", "bool") for item in kind.items)


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 88 else text[:85] + "..."
