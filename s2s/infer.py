"""Kinds of expressions: an abstract evaluation of libcst nodes, flow-sensitive within a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import libcst as cst

from . import kinds as k
from .helper_names import helpers_of
from .kinds import ARRAY, BOOL, FLOAT, INT, NONE, SHAPE, STR, UNKNOWN, Kind
from .project import FunctionInfo, ModuleInfo, Project
from .receivers import SIZE_CALL, is_array_parameter, is_mapping_parameter
from .state_kinds import is_state, state_result
from .tables import Entry, HubOp, Table

_BUILTIN_CALLS = {
    "int": INT,
    "len": INT,
    "float": FLOAT,
    "bool": BOOL,
    "str": STR,
    "repr": STR,
    "isinstance": BOOL,
    "hasattr": BOOL,
    "callable": BOOL,
    "ord": INT,
    "id": INT,
}
# What functions for regular expressions give; `regex` has the same.
_OF_PATTERNS = {
    "compile": k.instance("re.Pattern"),
    "escape": STR,
    "findall": k.list_of(UNKNOWN),
    "fullmatch": k.instance("re.Match"),
    "match": k.instance("re.Match"),
    "search": k.instance("re.Match"),
    "split": k.list_of(STR),
    "sub": STR,
}
_LAYERS_WITH_TUPLES = frozenset(f"torch.nn.{name}" for name in ("LSTM", "GRU", "RNN", "MultiheadAttention", "LSTMCell"))
# Other attributes of a ModuleDict are the modules that it holds.
_DICT_METHODS = frozenset(
    """add_module apply clear cpu cuda eval get get_submodule items keys parameters pop popitem requires_grad_
    setdefault state_dict to train update values""".split()
)
ARRAY_ATTRIBUTES = {
    "shape": SHAPE,
    "dtype": k.DTYPE,
    "device": k.DEVICE,
    "ndim": INT,
    "itemsize": INT,
    "nbytes": INT,
    "requires_grad": BOOL,
    "is_cuda": BOOL,
}


VARIABLE = Kind("array", "variable")
# Attributes of Keras' layers and models.
# The topics of functions that give arrays also where they are given numbers.
_MAKING = frozenset(("channels_last", "creation", "joining", "linalg", "shape", "sorting"))
_VARIABLE_LISTS = frozenset(
    """non_trainable_variables non_trainable_weights trainable_variables trainable_weights variables weights""".split()
)
# Methods of modules that give parameters or buffers.
_VARIABLES = frozenset(("parameters", "named_parameters", "buffers", "named_buffers"))

# Attributes and methods of probability distributions that are or give arrays.
_OF_DISTRIBUTIONS = frozenset(
    """concentration concentration0 concentration1 covariance_matrix high loc logits low mean mode precision_matrix
    probs rate scale scale_tril stddev variance""".split()
)
_DRAWN_OR_COMPUTED = frozenset("cdf entropy enumerate_support icdf log_prob perplexity rsample sample".split())

# What settings of a layer are.
_SETTINGS = frozenset(("int", "float", "bool", "str", "none", "dtype", "device"))

DTYPES = frozenset(
    """bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64
    complex128""".split()
)


# Ops that give floats for integers.
FLOATING = frozenset(
    """acos acosh angle asin asinh atan atan2 atanh cbrt cos cosh deg2rad divide exp exp2 expm1 hypot log log10 log1p
    log2 logaddexp mean median percentile quantile rad2deg reciprocal sin sinc sinh sqrt std tan tanh var""".split()
)
# Elementwise ops that give an int for ints.
_OF_NUMBERS = frozenset(("abs", "negative", "sqrt", "square"))  # written with operators for values of unknown kind
_EXACT = frozenset(
    """abs add clip floor_divide maximum minimum multiply negative positive pow remainder round sign square
    subtract""".split()
)

# The arguments whose dtype an op's result takes on.
_OPERANDS = frozenset(("x", "x1", "x2", "input", "arrays", "operands", "a", "b"))


class ClassScope(dict):
    """The names of a class body: visible in the body itself, not in the functions inside it."""


class Inference:
    """Kinds within one module. ``push``/``pop`` open and close function scopes."""

    def __init__(self, module: ModuleInfo, project: Project, table: Table, hub: dict[str, HubOp]) -> None:
        self.module = module
        self.project = project
        self.table = table
        self.hub = hub
        self.scopes: list[dict[str, Kind]] = []
        self.self_class = ""
        self.memo: dict[int, Kind] = {}
        self.optional: set[str] = set()
        self.discarded = 0
        self.numbers = False
        self.lifted: Callable[[cst.Call], tuple[Entry, dict[str, cst.BaseExpression]] | None] = lambda call: None
        self._handlers: dict[type, Callable[[cst.CSTNode], Kind]] = {
            cst.Name: self._name,
            cst.Attribute: self._attribute,
            cst.Call: self._call,
            cst.Subscript: self._subscript,
            cst.BinaryOperation: self._binary,
            cst.BooleanOperation: self._boolean,
            cst.UnaryOperation: self._unary,
            cst.Comparison: self._comparison,
            cst.Tuple: self._tuple,
            cst.List: self._list,
            cst.IfExp: self._if_exp,
            cst.ListComp: self._comprehension,
            cst.GeneratorExp: self._comprehension,
            cst.NamedExpr: self._named,
            cst.Integer: lambda node: INT,
            cst.Float: lambda node: FLOAT,
            cst.SimpleString: lambda node: STR,
            cst.ConcatenatedString: lambda node: STR,
            cst.FormattedString: lambda node: STR,
            cst.Dict: self._dict,
            cst.DictComp: lambda node: Kind("dict"),
            cst.Lambda: lambda node: Kind("function"),
        }

    # Scopes

    def push(self, names: dict[str, Kind]) -> None:
        """Open a function scope with these local names."""
        self.scopes.append(names)
        self.memo.clear()

    def pop(self) -> None:
        """Close the innermost scope."""
        self.scopes.pop()
        self.memo.clear()

    def lookup(self, name: str) -> Kind | None:
        """The kind a name is bound to, innermost scope first; None when it is not bound here."""
        for depth, scope in enumerate(reversed(self.scopes)):
            if name in scope and (depth == 0 or not isinstance(scope, ClassScope)):
                return scope[name]
        kind = self.module.names.get(name)
        return self._starred(name, self.module.stars, 0) if kind is None else kind

    def _starred(self, name: str, stars: tuple[str, ...], depth: int) -> Kind | None:
        """A name that comes through ``from module import *``."""
        for star in stars:
            module = self.project.module(star)
            if module is not None and depth < 5 and not name.startswith("_"):
                found = module.names.get(name) or self._starred(name, module.stars, depth + 1)
                if found is not None:
                    return found
            elif self.table.find(f"{star}.{name}") is not None:
                return k.ref(f"{star}.{name}")
        return None

    def bind(self, name: str, kind: Kind) -> None:
        """Bind a name in the innermost scope."""
        self.memo.clear()
        if self.scopes:
            self.scopes[-1][name] = kind
        elif name not in self.module.names:
            self.module.names[name] = kind

    # Expressions

    def kind(self, node: cst.CSTNode) -> Kind:
        """The kind of an expression."""
        found = self.memo.get(id(node))
        if found is None:
            handler = self._handlers.get(type(node))
            found = UNKNOWN if handler is None else self.resolved(handler(node))
            self.memo[id(node)] = found
        return found

    def name_of(self, node: cst.CSTNode) -> str:
        """The canonical qualified name that an expression refers to, '' if none."""
        kind = self.kind(node)
        if kind.tag != "ref":
            return ""
        return self.project.canonical(kind.name)

    def resolved(self, kind: Kind) -> Kind:
        """Turn deferred kinds (the result of calling a name) into what the project says they are."""
        if kind.tag == "result":
            return self.call_result(kind.name)
        if kind.tag == "union":
            return k.join_all(self.resolved(part) for part in kind.items)
        if kind.tag == "instance" and kind.name:
            name = self.project.canonical(kind.name)
            entry = self.table.find(name)
            if entry is not None and entry.type in ("array", "dtype", "device", "shape"):
                return k.parse_returns(entry.type)
            if entry is not None and entry.type in ("number", "typing.Any"):
                return k.LOOSE if entry.type == "number" else UNKNOWN
            union = self.project.union(name)
            if union is not None:
                return self.resolved(union)
        return kind

    def is_layer_class(self, name: str) -> bool:
        """Whether a class derives from the framework's module class."""
        root = self.table.settings.get("module_class", "")
        for base in self.project.mro(name):
            entry = self.table.find(base)
            if base == root or (entry is not None and entry.type == "module"):
                return True
            if entry is not None and entry.op and self.is_hub_layer(entry.op):
                return True
        return False

    def is_array_class(self, name: str) -> bool:
        """Whether a class of the project derives from the framework's array class."""
        bases = self.project.mro(name) if self.project.class_info(name) is not None else []
        entries = (self.table.find(base) for base in bases)
        return any(entry is not None and entry.type == "array" for entry in entries)

    def is_hub_layer(self, op: str) -> bool:
        """Whether a hub name is a layer."""
        found = self.hub.get(op)
        return found is not None and found.layer

    def makes_object(self, op: str) -> bool:
        """Whether a hub name is a class whose objects have methods of their own, such as an optimizer."""
        found = self.hub.get(op)
        return found is not None and found.returns == "object"

    def is_object(self, kind: Kind, topic: str = "") -> bool:
        """Whether a value is an object of a class of this hub topic, or of one of the project that derives from it."""
        if kind.tag != "instance":
            return False
        entries = (self.table.find(base) for base in self.project.mro(kind.name))
        ops = (self.hub.get(entry.op) for entry in entries if entry is not None)
        return any(op is not None and op.returns == "object" and topic in ("", op.topic) for op in ops)

    def is_distribution(self, kind: Kind) -> bool:
        """Whether a value is a probability distribution."""
        return self.is_object(kind, "distributions")

    def is_layer(self, kind: Kind) -> bool:
        """Whether a value is a layer object."""
        return kind.tag == "instance" and self.is_layer_class(kind.name)

    def is_own_layer(self, kind: Kind) -> bool:
        """Whether a value is a layer of a class of the framework itself."""
        entry = self.table.find(kind.name) if kind.tag == "instance" else None
        return entry is not None and self.is_hub_layer(entry.op)

    def is_stateless(self, kind: Kind) -> bool:
        """Whether a layer surely holds neither parameters nor other state, as most losses do."""
        for base in self.project.mro(kind.name):
            info, entry = self.project.class_info(base), self.table.find(base)
            op = self.hub.get(entry.op) if entry is not None else None
            if base == kind.name and info is None and (op is None or op.topic != "loss_layers"):
                return False
            if op is not None and op.layer and op.topic != "loss_layers":
                return False
            held = [self.resolved(found) for each in (info.assigned.values() if info else ()) for found in each]
            if any(not (found.tag in _SETTINGS or self.is_layer(found) and self.is_stateless(found)) for found in held):
                return False
        return True

    def may_use_global_modules(self, function: str) -> bool:
        """Whether the file of a function of the project has layers, or what may be some, as global names."""
        module, _ = self.project._split(self.project.canonical(function))
        kinds = (kind for kind in module.names.values() if kind.tag in ("result", "instance")) if module else ()
        return any(
            self.is_layer(self.resolved(kind)) or kind.tag == "result" and self.project.function(kind.name)
            for kind in kinds
        )

    def _name(self, node: cst.Name) -> Kind:
        found = self.lookup(node.value)
        if found is not None:
            return self._imported(found) if found.tag == "ref" else found
        if node.value in ("True", "False"):
            return BOOL
        if node.value == "None":
            return NONE
        return k.ref(f"builtins.{node.value}") if node.value in _BUILTINS else UNKNOWN

    def _imported(self, kind: Kind) -> Kind:
        """What a name imported from another module of the project was assigned there."""
        module, rest = self.project._split(self.project.canonical(kind.name))
        value = module.names.get(rest) if module is not None else None
        entry = self.table.find(kind.name) if module is None else None
        if entry is not None and entry.const and entry.kind == "dtype":
            return k.DTYPE
        return kind if value is None or value.tag in ("ref", "none", "unknown") else value

    def _attribute(self, node: cst.Attribute) -> Kind:
        attr = node.attr.value
        if attr in ("__module__", "__name__", "__qualname__", "__doc__"):
            return STR
        base = self.kind(node.value)
        if base.tag == "ref":
            return self._member(f"{base.name}.{attr}")
        if base.tag == "array":
            if attr in ARRAY_ATTRIBUTES:
                return ARRAY_ATTRIBUTES[attr]
            entry = self.table.properties.get(attr)
            if entry is not None:
                return self.returned(entry, {"x": node.value})
            if attr in ("data", "grad") or (attr == "value" and base.name == "variable"):
                return base
            return UNKNOWN
        if base.tag in ("dtype", "shape"):
            found = (self.table.find(f"{owner}.{attr}") for owner in self.table.type_names.get(base.tag, ()))
            entry = next((entry for entry in found if entry is not None), None)
            return self.returned(entry, {}) if entry is not None and entry.property else UNKNOWN
        if base.tag == "instance":
            return self._instance_attribute(base, attr)
        if base.tag == "class" and (method := self.project.method(base.name, attr)) is not None:
            return Kind("method", method.name)
        if base.tag == "tuple" and attr in base.name.split(","):
            return base.items[base.name.split(",").index(attr)]
        if base.tag == "limits":
            return INT if base.name == "iinfo" or attr == "bits" else FLOAT
        if attr == "shape":
            return SHAPE
        if base.tag == "unknown" and attr in ("dtype", "device"):
            return ARRAY_ATTRIBUTES[attr]
        return UNKNOWN

    def _named_member(self, owner: str, key: cst.BaseExpression) -> Kind:
        """What ``getattr(torch, "version")`` is: the member of a module of the framework that a string names."""
        if owner.partition(".")[0] not in self.table.packages or self.project.owns(owner):
            return UNKNOWN
        return self._member(f"{owner}.{key.evaluated_value}") if isinstance(key, cst.SimpleString) else UNKNOWN

    def _member(self, name: str) -> Kind:
        canonical = self.project.canonical(name)
        module, rest = self.project._split(canonical)
        if module is not None and rest and "." not in rest:
            kind = module.names.get(rest)
            if kind is not None and kind.tag != "ref":
                return kind
        if module is not None and rest.count(".") == 1:
            owner, _, attr = rest.rpartition(".")
            info = module.classes.get(owner)
            if info is not None and attr in info.attributes and attr not in info.methods:
                return info.attributes[attr]
        entry = self.table.find(canonical)
        if entry is not None and entry.const:
            return {"dtype": k.DTYPE, "float": FLOAT}.get(entry.kind, k.ref(canonical))
        if canonical in ("math.pi", "math.e", "math.tau", "math.inf", "math.nan"):
            return FLOAT
        if entry is not None and entry.property and entry.fold:
            return self.kind(cst.parse_expression(entry.fold))
        return k.ref(canonical)

    def _instance_attribute(self, base: Kind, attr: str) -> Kind:
        if is_state(base):
            return VARIABLE if attr == "value" else base
        if attr == "training":
            return BOOL
        if attr == "_modules" and self.table.name == "torch" and self.is_layer(base):
            return Kind("dict", items=(STR, k.instance(self.table.settings["module_class"])))
        method = self.project.method(base.name, attr)
        if method is not None:
            if any(d in ("property", "functools.cached_property") for d in method.decorators):
                return method.returns
            return Kind("method", method.name)
        kind = self.resolved(self.project.attribute(base.name, attr))
        if kind.tag == "ref" and self.project.overridden(base.name, attr, kind):
            return UNKNOWN  # which function it is depends on the object
        if kind == FLOAT and self.table.settings.get("loose_floats") and not self.is_layer(base):
            return k.LOOSE
        if kind or kind == k.LOOSE:
            return kind
        if self.is_distribution(base):
            return SHAPE if attr in ("batch_shape", "event_shape") else ARRAY if attr in _OF_DISTRIBUTIONS else UNKNOWN
        if attr in ("weight", "bias", "running_mean", "running_var") and self.is_layer(base):
            return VARIABLE
        if attr in self.table.settings.get("layer_arrays", ()) and self.is_own_layer(base):
            return VARIABLE
        if attr in _VARIABLE_LISTS and self.table.name == "tensorflow":
            if self.is_layer(base) or base.tag == "unknown" and "trainable" in attr:
                return k.list_of(VARIABLE)
        return k.DEVICE if attr == "device" else UNKNOWN

    def _call(self, node: cst.Call) -> Kind:
        func = node.func
        callee = self.kind(func)
        if callee.tag == "ref":
            return self._ref_call(node, callee.name)
        if callee.tag == "class":
            return k.instance(callee.name)
        if callee == k.DTYPE and self.table.settings.get("callable_dtypes"):
            return Kind("array", self.dtype_name(func))
        if callee.tag == "method":
            info = self.project.function(callee.name)
            return self.resolved(info.returns) if info is not None else UNKNOWN
        if callee.tag == "function" and callee.items:
            return callee.items[0] if node.args and self.is_layer(self.kind(node.args[0].value)) else UNKNOWN
        if callee.tag == "instance":
            return self._object_call(callee)
        if isinstance(func, cst.Attribute) and not self._is_own_attribute(func):
            updated = self._updated(func)
            if updated is not None:
                return updated
            return self._method_call(node, func)
        if callee.tag == "unknown" and node.args and self.kind(node.args[0].value).tag == "array":
            return ARRAY
        return UNKNOWN

    def _updated(self, func: cst.Attribute) -> Kind | None:
        """The kind of ``x.at[i].set(v)``: that of x."""
        owner = func.value.value if isinstance(func.value, cst.Subscript) else None
        if not self.table.settings.get("at_updates") or not isinstance(owner, cst.Attribute):
            return None
        if owner.attr.value != "at":
            return None
        kind = self.kind(owner.value)
        return kind if kind.tag == "array" else ARRAY

    def _is_own_attribute(self, func: cst.Attribute) -> bool:
        """Whether ``self.name`` is an attribute that the class sets, so that calling it is no method call."""
        owner = self.kind(func.value)
        if owner.tag != "instance" or not self.is_layer(owner):
            return False
        if owner.name == "torch.nn.ModuleDict" and func.attr.value not in _DICT_METHODS:
            return True
        for base in self.project.mro(owner.name):
            info = self.project.class_info(base)
            if info is not None and func.attr.value in info.assigned:
                return True
        return False

    def _ref_call(self, node: cst.Call, name: str) -> Kind:
        if name.startswith("builtins."):
            return self._builtin_call(node, name[9:])
        lifted = self.lifted(node)
        if lifted is not None:
            entry, args = lifted
            if self.is_hub_layer(entry.op) or self.makes_object(entry.op):
                return k.instance(self.project.canonical(name))
            found = self.returned(entry, args)
            return ARRAY if entry.op == "clone" and not found else found  # of an array or what becomes one
        if name.startswith("numpy.") and node.args:
            return self._of_numpy(name[6:], node.args[0].value)
        return self.call_result(name)

    def is_differentiable_function(self, name: str) -> bool:
        """Whether a class derives from the framework's class for functions with their own gradient."""
        entries = (self.table.find(base) for base in self.project.mro(name))
        return any(entry is not None and entry.type == "function" for entry in entries)

    def call_result(self, name: str) -> Kind:
        """What calling a qualified name gives."""
        name = self.project.canonical(name)
        if helpers_of(name) and name.endswith((".parameters", ".buffers")):
            return k.list_of(Kind("array", "variable"))
        owner, _, member = name.rpartition(".")
        if member == "apply" and self.is_differentiable_function(owner):
            return ARRAY
        function = self.project.function(name)
        if function is not None:
            if function.returns.tag == "given_back":
                return ARRAY if all(self._makes_array(part.name) for part in function.returns.items) else UNKNOWN
            return self.resolved(function.returns) if function.returns.tag != "result" else UNKNOWN
        if self.project.class_info(name) is not None:
            return k.instance(name)
        entry = self.table.find(name)
        if entry is not None:
            if self.is_hub_layer(entry.op) or self.makes_object(entry.op):
                return k.instance(name)
            if entry.op:
                return self.returned(entry, {})
            for part in entry.overloads:
                return self.returned(part, {})
            if entry.type == "device":
                return k.DEVICE
            if entry.type == "array":
                return ARRAY
            if entry.type == "module":
                return k.instance(name)
        if name.startswith("numpy."):
            return self._of_numpy(name[6:])
        if owner in ("re", "regex"):
            return _OF_PATTERNS.get(member, UNKNOWN)
        return ARRAY if name in self.table.settings.get("array_functions", ()) else UNKNOWN

    def _makes_array(self, name: str) -> bool:
        """Whether a function of the framework surely gives an array, whatever it is given."""
        entry = self.table.find(self.project.canonical(name))
        op = self.hub.get(entry.op) if entry is not None and not entry.overloads else None
        return op is not None and op.topic in _MAKING and op.returns.startswith(("array", "like:"))

    def _of_numpy(self, name: str, given: cst.BaseExpression | None = None) -> Kind:
        """What a function of NumPy gives beside another framework: an array, or perhaps a number of its."""
        known = self.table.settings.get("host_arrays", {})
        of_array = given is not None and name in known.get("of_arrays", ()) and self.kind(given) == k.HOST
        return k.HOST if of_array or name in known.get("made", ()) else k.NDARRAY

    def returned(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> Kind:
        """The kind of a hub op's result, for these canonical arguments."""
        op = self.hub.get(entry.op)
        if op is None:
            return UNKNOWN
        text = op.returns
        if found := state_result(entry.op, args, self.kind):
            return found
        if args.get("dtype") is not None and text.startswith(("like:", "array")) and text != "array:variable":
            return self._stated_dtype(entry, args)
        if text.startswith("instance:"):
            kind = self.kind(args[text[9:]]) if text[9:] in args else UNKNOWN
            return k.instance(kind.name) if kind.tag in ("class", "ref") else UNKNOWN
        if text.startswith(("like:", "same:")):
            node = args.get(text[5:])
            kind = self.kind(node) if node is not None else ARRAY
            if text.startswith("same:"):
                return kind
            return kind if kind.tag == "array" and kind.name != "variable" else ARRAY
        if self.numbers and op.name in ("finfo", "iinfo"):
            return Kind("limits", op.name)
        if entry.op in ("unique", "unique_consecutive", "unique_with_index") and "x" in args:
            return self._distinct(entry, args)
        if entry.op == "meshgrid" and "arrays" in args:
            return k.list_of(k.content(self.kind(args["arrays"])))
        if entry.op == "concat" and "arrays" in args and self.are_sizes(args["arrays"]):
            return k.parse_returns("sizes")
        kind = k.parse_returns(text)
        if self.numbers and op.topic == "elementwise" and kind.tag == "array" and args:
            kinds = [self.kind(a) for a in args.values()]
            if all(each.tag in k.NUMBERS for each in kinds):
                return k.BOOL if kind.name == "bool" else k.join_all(kinds) if op.name in _EXACT else k.FLOAT
            if op.name in _OF_NUMBERS and self.table.name == "tensorflow" and kinds == [UNKNOWN]:
                return UNKNOWN  # It may be a number, and then the result is one.
        if kind == ARRAY:
            stated = self._stated_dtype(entry, args)
            return k.FLOATS if stated == ARRAY and self._gives_floats(entry, args) else stated
        return Kind(kind.tag, ",".join(op.fields) or "values,indices", kind.items) if kind.tag == "tuple" else kind

    def are_sizes(self, node: cst.BaseExpression) -> bool:
        """Whether what is joined are lengths of axes: shapes, and what is written beside them.

        Shapes that are arrays are only joined with integers.
        """
        if not isinstance(node, (cst.List, cst.Tuple)) or not node.elements:
            return False
        kinds = [self.kind(element.value) for element in node.elements]
        if any(kind == k.parse_returns("sizes") for kind in kinds):
            return all(kind.tag in ("shape", "list", "tuple", "unknown") for kind in kinds)
        ints = (k.content(kind).tag == "int" for kind in kinds)
        return any(kind.tag == "shape" for kind in kinds) and all(ints)

    def _distinct(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> Kind:
        """The different elements, with places and counts where the call says so literally."""
        flags = [args[name] for name in ("return_inverse", "return_counts") if name in args]
        if any(not isinstance(flag, cst.Name) or flag.value not in ("True", "False") for flag in flags):
            return UNKNOWN
        x, counts = self.kind(args["x"]), self._counts
        found = Kind("array", x.name if x.tag == "array" and x.name != "variable" else "")
        more = [counts] * (entry.op == "unique_with_index") + [counts for flag in flags if flag.value == "True"]
        return k.tuple_of([found, *more]) if more else found

    @property
    def _counts(self) -> Kind:
        return Kind("array", self.table.settings.get("default_int", "int64"))

    def _gives_floats(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> bool:
        """Whether an op of a source that promotes gives floats: always, or as one of its operands is of floats."""
        if not self.table.settings.get("promotes"):
            return False
        return entry.op in self.table.settings.get("float_ops", ()) or any(
            k.has_floats(self.kind(arg)) for name, arg in args.items() if name in _OPERANDS
        )

    def _stated_dtype(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> Kind:
        """An array whose dtype the call states, or that counts in whole steps."""
        dtype = args.get("dtype")
        if dtype is not None:
            return Kind("array", self.dtype_name(dtype))
        if entry.op in ("sum", "prod", "cumsum", "cumprod") and args.get("x") is not None:
            return self.operated(self.kind(args["x"]), INT)
        if entry.op in ("array", "asarray", "tensor", "as_tensor") and args.get("obj") is not None:
            return self._of_data(self.kind(args["obj"]))
        if entry.op == "clip" and args.get("x") is not None:
            bounds = [self.kind(args[name]) for name in ("min", "max") if name in args]
            return reduce(self.operated, (b for b in bounds if b != NONE), self.kind(args["x"]))
        if entry.op in ("max", "min", "sort", "diff") and args.get("x") is not None:
            name = self.kind(args["x"]).name
            kept = name in DTYPES and len(args) == 1 or entry.op in ("max", "min", "sort")
            return Kind("array", name if kept else "")
        if entry.op in FLOATING and args.get("x") is not None:
            name = self.kind(args["x"]).name
            return Kind("array", self.default_float if k.is_integral(name) else name if name[:5] == "float" else "")
        counts = entry.op == "arange" and args and all(self.kind(a).tag == "int" for a in args.values())
        if counts or entry.op == "bincount" and "weights" not in args:
            return self._counts
        return k.WHOLE if self._may_count(entry, args) else ARRAY

    def _may_count(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> bool:
        """Whether ``torch.arange`` gives integers if its arguments, some of which are unknown, are integers."""
        tags = {self.kind(arg).tag for arg in args.values()}
        return entry.op == "arange" and self.default_float == "float32" and tags <= {"int", "unknown"} and bool(args)

    def _of_data(self, data: Kind) -> Kind:
        """An array of these data."""
        if data.tag == "array":
            return Kind("array", data.name if data.name != "variable" else "")
        names = {"int": self.table.settings.get("default_int", "int64"), "float": self.default_float, "bool": "bool"}
        return Kind("array", names.get(k.content(data).tag, ""))

    def dtype_name(self, node: cst.BaseExpression) -> str:
        """The hub's name of a dtype that is written out: ``torch.float32``, ``"float32"``, ``"f4"``, ``float``."""
        if isinstance(node, cst.SimpleString):
            text = str(node.evaluated_value)
            return text if text in DTYPES else self.table.dtype_names.get(text, "")
        if isinstance(node, cst.Attribute):
            owner = self.name_of(node.value)
            if owner == "numpy" and self.table.settings.get("array_types") == ["jax.Array"]:
                name = node.attr.value.rstrip("_")
                return name if name in DTYPES else ""
            found = self.table.find(f"{owner}.{node.attr.value}") if owner else None
            return found.const if found is not None and found.kind == "dtype" else ""
        if not isinstance(node, cst.Name):
            return ""
        bound = self.lookup(node.value)
        if bound is None:
            return self.table.dtype_names.get(node.value, "")
        found = self.table.find(bound.name) if bound.tag == "ref" else None
        return found.const if found is not None and found.kind == "dtype" else ""

    def _object_call(self, callee: Kind) -> Kind:
        forward = self.project.method(callee.name, self.table.settings.get("forward", "__call__"))
        if forward is not None:
            returns = self.resolved(forward.returns)
            return returns if returns or not self.is_layer(callee) else ARRAY
        if self.is_layer(callee):
            bases = set(self.project.mro(callee.name))
            return UNKNOWN if bases & _LAYERS_WITH_TUPLES else ARRAY
        method = self.project.method(callee.name, "__call__")
        return self.resolved(method.returns) if method is not None else UNKNOWN

    def _method_call(self, node: cst.Call, func: cst.Attribute) -> Kind:
        receiver = self.kind(func.value)
        name = func.attr.value
        if receiver.tag == "instance" and not self.project.method(receiver.name, name):
            if name in ("to", "cuda", "cpu", "eval", "train", "apply", "float", "half", "requires_grad_"):
                return receiver
            if name in _DRAWN_OR_COMPUTED and self.is_distribution(receiver):
                return ARRAY
        if name in _VARIABLES and (receiver.tag == "unknown" or self.is_layer(receiver)) and self.table.name == "torch":
            return k.list_of(k.tuple_of((STR, VARIABLE)) if name.startswith("named") else VARIABLE)
        if name in ("split", "rsplit") and receiver.tag == "unknown":
            if all(self.kind(arg.value).tag == "str" for arg in node.args[:1]) and self.table.name == "torch":
                return k.list_of(STR)  # no tensor is split at a text, or at nothing
        if receiver.tag in ("array", "unknown", "ndarray"):
            if receiver.tag == "ndarray":
                kept = name in self.table.settings.get("host_arrays", {}).get("methods", ())
                return receiver if kept else k.NDARRAY
            lifted = self.lifted(node)
            if lifted is not None:
                return self.returned(*lifted)
            if name.endswith("_") and receiver.tag == "array":
                return receiver
        if receiver.tag == "str" and name in ("join", "format", "replace", "lower", "strip"):
            return STR
        if receiver.tag == "str" and name in ("split", "rsplit"):
            return k.list_of(STR)
        if receiver.tag == "shape" and name == "numel":
            return INT
        if receiver.tag == "dict" and name in ("items", "keys", "values"):
            known = len(receiver.items) == 2
            parts = {"items": k.tuple_of(receiver.items), "keys": STR, "values": receiver.items[-1]} if known else {}
            return k.list_of(parts[name]) if known else UNKNOWN
        if name == "forward" and isinstance(func.value, cst.Call):
            return ARRAY
        return UNKNOWN

    def _builtin_call(self, node: cst.Call, name: str) -> Kind:
        args = [self.kind(a.value) for a in node.args]
        if name in _BUILTIN_CALLS:
            return _BUILTIN_CALLS[name]
        if name == "next" and args:
            return k.join_all([k.element(args[0]), *args[1:]])
        if name in ("max", "min", "sum", "abs", "round", "pow") and args:
            if len(args) == 1 and name in ("max", "min", "sum"):
                return k.element(args[0])
            if name == "round":
                return args[0] if args[0].tag == "array" else (FLOAT if len(args) > 1 else INT)
            return k.join_all(args)
        if name in ("list", "tuple", "reversed", "sorted"):
            if args and args[0].tag == "tuple" and name in ("list", "tuple"):
                return args[0]
            if args and name == "tuple" and args[0].tag == "shape":
                return SHAPE
            return k.list_of(k.element(args[0])) if args else Kind("list")
        if name == "range":
            return k.list_of(INT)
        if name == "enumerate" and args:
            return k.list_of(k.tuple_of((INT, k.element(args[0]))))
        if name == "zip":
            return k.list_of(k.tuple_of(k.element(a) for a in args))
        if name == "dict":
            known = all(a.keyword is not None for a in node.args)
            return Kind("dict", ",".join(a.keyword.value for a in node.args if a.keyword) if known else "")
        if name == "super" and self.self_class:
            return Kind("super", self.self_class)
        if name == "type" and args and args[0].tag == "instance":
            return Kind("class", args[0].name)
        if name == "getattr" and len(args) == 2 and args[0].tag == "ref":
            return self._named_member(args[0].name, node.args[1].value)
        return UNKNOWN

    def _subscript(self, node: cst.Subscript) -> Kind:
        base = self.kind(node.value)
        index = node.slice[0].slice if len(node.slice) == 1 else None
        if is_state(base):
            return VARIABLE if isinstance(index, cst.Index) and isinstance(index.value, cst.Ellipsis) else base
        if isinstance(index, cst.Index) and self.kind(index.value) == STR and base.tag != "dict":
            return UNKNOWN
        if base.tag == "array":
            return base if base.name != "variable" else ARRAY
        if base.tag == "instance" and self.is_array_class(base.name):
            return ARRAY
        if base.tag == "ndarray":
            return base if isinstance(index, cst.Slice) else k.NDARRAY
        if base.tag == "shape":
            return base if isinstance(index, cst.Slice) else INT
        if base.tag == "tuple" and isinstance(index, cst.Index):
            position = literal_int(index.value)
            if position is not None and -len(base.items) <= position < len(base.items):
                return base.items[position]
            return k.join_all(base.items)
        if base.tag == "list":
            return base if isinstance(index, cst.Slice) else k.element(base)
        if base.tag == "dict" and len(base.items) == 2:
            return base.items[1]
        if base.tag == "str":
            return STR
        return UNKNOWN

    def _binary(self, node: cst.BinaryOperation) -> Kind:
        left, right = self.kind(node.left), self.kind(node.right)
        if left.tag == "array" or right.tag == "array":
            if isinstance(node.operator, (cst.BitAnd, cst.BitOr, cst.BitXor)) and left != right:
                return k.MASK
            return self.operated(left, right, isinstance(node.operator, cst.Divide))
        if left.tag == "ndarray" or right.tag == "ndarray":
            known = all(side.tag == "ndarray" or side.tag in k.NUMBERS for side in (left, right))
            return k.HOST if known and k.HOST in (left, right) else k.NDARRAY
        if left.tag in k.NUMBERS and right.tag in k.NUMBERS:
            if isinstance(node.operator, cst.Divide):
                return FLOAT
            return FLOAT if "float" in (left.tag, right.tag) else INT
        if k.LOOSE in (left, right) and all(side == k.LOOSE or side.tag in k.NUMBERS for side in (left, right)):
            return k.LOOSE
        if left.tag in k.SEQUENCES:
            if left.tag == right.tag == "tuple" and isinstance(node.operator, cst.Add):
                return k.tuple_of(left.items + right.items)
            return left if left.tag == "shape" else Kind("list", items=(k.element(left),))
        if left.tag == "int" and right.tag in k.SEQUENCES and isinstance(node.operator, cst.Multiply):
            return right if right.tag == "shape" else Kind("list", items=(k.element(right),))
        if left.tag == "str":
            return STR
        return UNKNOWN

    def operated(self, left: Kind, right: Kind, divides: bool = False) -> Kind:
        """What arithmetic on an array and an array or number gives, by the source's promotion."""
        if k.WHOLE in (left, right) and {left, right} <= {k.WHOLE, INT} and not divides:
            return k.WHOLE
        found = k.operated(left, right, divides, self.table.settings.get("default_int", "int64"), self.default_float)
        floats = divides or k.has_floats(left) or k.has_floats(right)
        return k.FLOATS if found == ARRAY and floats and self.table.settings.get("promotes") else found

    @property
    def default_float(self) -> str:
        """The dtype of an array made of Python floats."""
        return self.table.settings.get("default_float", "float32")

    def _boolean(self, node: cst.BooleanOperation) -> Kind:
        left, right = self.kind(node.left), self.kind(node.right)
        if isinstance(node.operator, cst.Or) and left == k.OPTIONAL_DTYPE:
            return right if right.tag == "dtype" else UNKNOWN
        return k.join(left, right)

    def _unary(self, node: cst.UnaryOperation) -> Kind:
        if isinstance(node.operator, cst.Not):
            return BOOL
        kind = self.kind(node.expression)
        return k.MASK if isinstance(node.operator, cst.BitInvert) and kind == ARRAY else kind

    def _comparison(self, node: cst.Comparison) -> Kind:
        if isinstance(node.comparisons[0].operator, (cst.Is, cst.IsNot, cst.In, cst.NotIn)):
            return BOOL
        sides = [self.kind(node.left), *(self.kind(c.comparator) for c in node.comparisons)]
        if any(side.tag == "array" for side in sides):
            return k.BOOL_ARRAY
        if k.LOOSE in sides and all(side == k.LOOSE or side.tag in k.NUMBERS for side in sides):
            return k.LOOSE
        return BOOL if all(side.tag in k.NUMBERS or side.tag == "str" for side in sides) else UNKNOWN

    def _tuple(self, node: cst.Tuple) -> Kind:
        if any(isinstance(e, cst.StarredElement) for e in node.elements):
            kinds = [
                k.element(self.kind(e.value)) if isinstance(e, cst.StarredElement) else self.kind(e.value)
                for e in node.elements
            ]
            return SHAPE if all(kind == INT for kind in kinds) else k.list_of(k.join_all(kinds))
        return k.tuple_of(self.kind(e.value) for e in node.elements)

    def _list(self, node: cst.List) -> Kind:
        kinds = [
            k.element(self.kind(e.value)) if isinstance(e, cst.StarredElement) else self.kind(e.value)
            for e in node.elements
        ]
        return k.list_of(k.join_all(kinds)) if kinds else Kind("list")

    def _dict(self, node: cst.Dict) -> Kind:
        """A dict display; its name lists the keys when all are string literals."""
        keys = []
        for element in node.elements:
            if not (isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString)):
                return Kind("dict")
            keys.append(str(element.key.evaluated_value))
        return Kind("dict", ",".join(keys))

    def _if_exp(self, node: cst.IfExp) -> Kind:
        kinds = self.kind(node.body), self.kind(node.orelse)
        if kinds[0] != kinds[1] and all(self._is_module(kind) for kind in kinds):
            return k.NAMESPACE
        return k.join(*kinds)

    def _is_module(self, kind: Kind) -> bool:
        """Whether a value is a module of a framework or of NumPy, as in ``xp = np if ... else jnp``."""
        if kind == k.NAMESPACE:
            return True
        return kind.tag == "ref" and kind.name in ("numpy", *self.table.imports)

    def _named(self, node: cst.NamedExpr) -> Kind:
        kind = self.kind(node.value)
        if isinstance(node.target, cst.Name):
            self.bind(node.target.value, kind)
        return kind

    def _comprehension(self, node: cst.ListComp | cst.GeneratorExp) -> Kind:
        with_scope: dict[str, Kind] = {}
        self.push(with_scope)
        self.bind_comprehension(node.for_in)
        kind = self.kind(node.elt)
        self.pop()
        return k.list_of(kind)

    def bind_comprehension(self, loop: cst.CompFor) -> None:
        """Bind the targets of comprehension loops in the innermost scope."""
        self.assign(loop.target, k.element(self.kind(loop.iter)))
        if loop.inner_for_in is not None:
            self.bind_comprehension(loop.inner_for_in)

    # Statements

    def assign(self, target: cst.BaseExpression, kind: Kind) -> None:
        """Bind an assignment target to a value of this kind."""
        if isinstance(target, cst.Name):
            self.bind(target.value, kind)
        elif isinstance(target, (cst.Tuple, cst.List)):
            count = len(target.elements)
            for position, element in enumerate(target.elements):
                if isinstance(element, cst.StarredElement):
                    self.assign(element.value, k.list_of(k.element(kind)))
                elif kind.tag == "tuple" and len(kind.items) == count:
                    self.assign(element.value, kind.items[position])
                else:
                    self.assign(element.value, k.element(kind))

    def function_scope(self, info: FunctionInfo | None, method: bool, forward: bool) -> dict[str, Kind]:
        """The kinds of a function's parameters on entry."""
        if info is None:
            return {}
        scope: dict[str, Kind] = {}
        for position, param in enumerate(info.params):
            if method and position == 0 and self.self_class and "staticmethod" not in info.decorators:
                static = any(d.endswith("classmethod") for d in info.decorators)
                static = static or info.name.rpartition(".")[2] in ("__init_subclass__", "__new__", "__class_getitem__")
                scope[param.name] = Kind("class" if static else "instance", self.self_class)
                continue
            scope[param.name] = self._param_kind(param, forward)
            if scope[param.name] == UNKNOWN and not forward:
                scope[param.name] = self._passed_kind(info.name, param.name)
        return scope

    def _passed_kind(self, function: str, param: str, depth: int = 0) -> Kind:
        """What all calls in the project give a parameter, where that is a layer, an optimizer and the like."""
        passed = self.project.passed.get(function, {}).get(param, ())
        found: set[Kind] = set()
        for kind in passed if depth < 5 else ():
            if kind.tag == "passed":
                owner, _, name = kind.name.partition("|")
                kind = self._passed_kind(owner, name, depth + 1)
            found.add(self.resolved(kind))
        if len(found) == 1 and (self.is_layer(only := next(iter(found))) or self.is_object(only)):
            return only
        if found and all(self.is_layer(kind) for kind in found):
            return k.instance(self.table.settings["module_class"])
        return UNKNOWN

    def _param_kind(self, param, forward: bool) -> Kind:
        kind = self.resolved(param.kind)
        if param.star == "*":
            return k.list_of(kind or (ARRAY if forward else UNKNOWN))
        if param.star == "**":
            return Kind("dict", items=(STR, kind))
        default = self.resolved(param.default) if param.default is not None else UNKNOWN
        if kind == k.LOOSE or (self.table.settings.get("loose_floats") and self._may_be_array(param, kind, default)):
            return k.LOOSE
        if kind.tag == "none":
            kind = UNKNOWN
        if kind.tag == "dtype" and param.default == NONE:
            return k.OPTIONAL_DTYPE
        if not kind and param.name == "device" and default.tag in ("none", "unknown"):
            return k.DEVICE  # as the attribute of this name is; nothing else is called so
        if kind:
            return k.LOOSE if kind.tag == "array" and default.tag in k.NUMBERS else kind
        if default.tag == "none" or default.tag == "unknown":
            if is_mapping_parameter(param.attributes):
                return UNKNOWN
            if param.attributes & self.only_array or is_array_parameter(param.attributes, self.module, self.table.name):
                return ARRAY
            if forward and param.default is None:
                return ARRAY
            return ARRAY if any(self._takes_array(use) for use in param.attributes) else UNKNOWN
        if default.tag == "ref":
            return Kind("class", self._layer_root(default.name)) if self._layer_root(default.name) else UNKNOWN
        return default if default.tag in ("float", "bool", "int", "str") else UNKNOWN

    def _may_be_array(self, param, kind: Kind, default: Kind) -> bool:
        """Whether a parameter that is said to be a number, by its annotation or default, may be given an array."""
        if kind or default == FLOAT:
            return kind in (FLOAT, UNKNOWN)
        return default == INT and any(self._computes(use) for use in param.attributes)

    def _computes(self, use: str) -> bool:
        """Whether a use of a parameter is a call of a function of numbers, as ``jnp.log(+)`` is."""
        function, called, _ = use.partition("(")
        entry = self.table.find(self.project.canonical(function)) if called else None
        return entry is not None and [arg.canonical for arg in entry.args[:1]] == ["x"]

    def _takes_array(self, use: str) -> bool:
        """Whether a use of a parameter is a call of a framework function whose first argument is an array."""
        if not use.endswith("()"):
            return False
        entry = self.table.find(self.project.canonical(use[:-2]))
        parts = (entry.overloads or (entry,)) if entry is not None and not self.is_hub_layer(entry.op) else ()
        if self.table.name != "torch":
            return bool(parts) and all(_works_along_axes(part) for part in parts)
        # Of two operands (x1, x2) the first may be a number, as in torch.pow(2, x).
        firsts = [(part.args[0].native, part.args[0].canonical) for part in parts if part.args]
        return bool(firsts) and all(native == "input" and name != "x1" for native, name in firsts)

    def _layer_root(self, name: str) -> str:
        """The module class when ``name`` is some layer class, else ''."""
        return self.table.settings.get("module_class", "") if self.is_layer_class(name) else ""

    @property
    def only_array(self) -> frozenset[str]:
        """Method names that no other common Python value has."""
        return ONLY_ARRAY | {SIZE_CALL} if self.table.name == "torch" else frozenset()


def _works_along_axes(entry: Entry) -> bool:
    """Whether a function takes an array first and an axis: numbers are not passed to such functions."""
    names = {arg.canonical for arg in entry.args}
    return bool(entry.args) and entry.args[0].canonical == "x" and "axis" in names


ONLY_ARRAY = frozenset(
    """unsqueeze permute contiguous expand detach masked_fill index_select unsqueeze_ masked_fill_ chunk unbind
    expand_as view_as softmax log_softmax sigmoid tanh bmm matmul clamp clamp_ clamp_min flatten_ type_as new_zeros
    new_ones new_tensor new_full numel new_empty device requires_grad requires_grad_ add_ mul_ div_ sub_ copy_ zero_
    fill_ uniform_ normal_ abs_ exp_ sqrt_ gather scatter scatter_ scatter_add_ repeat_interleave logsumexp
    is_cuda rsqrt tril triu addcmul erf sqrt exp log cos sin movedim unflatten amax amin norm bernoulli_ trunc_normal_
    is_floating_point dim layout float half double bfloat16 narrow topk cumsum nelement lerp_ lerp is_contiguous
    masked_select log1p expm1 mT relu pow bool int long index_add_ index_copy_ unfold eq ne lt gt le ge""".split()
) - frozenset(("exp", "log", "sqrt", "cos", "sin", "int", "bool", "float", "device", "pow", "layout", "dim"))

_BUILTINS = frozenset(
    """int float bool str len range list tuple dict set sum max min abs round zip enumerate map filter isinstance
    issubclass super getattr setattr hasattr type print sorted reversed any all callable repr iter next slice
    property staticmethod classmethod object vars pow ord id exec eval frozenset divmod complex bytes""".split()
)


def literal_int(node: cst.BaseExpression) -> int | None:
    """The value of an integer literal, also with a minus sign."""
    if isinstance(node, cst.Integer):
        return int(node.value.replace("_", ""), 0)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        inner = literal_int(node.expression)
        return None if inner is None else -inner
    return None
