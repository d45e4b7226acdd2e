"""Kinds of expressions: an abstract evaluation of libcst nodes, flow-sensitive within a function."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from . import kinds as k
from .kinds import ARRAY, BOOL, FLOAT, INT, NONE, SHAPE, STR, UNKNOWN, Kind
from .observed import refined
from .parameter_kinds import Parameters
from .project import FunctionInfo, ModuleInfo, Project
from .receivers import methods_that_may_be
from .state_kinds import is_state
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
    "set": k.SET,
    "frozenset": k.SET,
}
_COPIES = ("copy.copy", "copy.deepcopy")
_DICTIONARIES = frozenset(f"collections.{name}" for name in ("Counter", "OrderedDict", "defaultdict"))
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
_VARIABLE_LISTS = frozenset(
    """non_trainable_variables non_trainable_weights trainable_variables trainable_weights variables weights""".split()
)
# Methods of modules that give parameters or buffers.
_VARIABLES = frozenset(("parameters", "named_parameters", "buffers", "named_buffers"))

# Attributes and methods of probability distributions that are or give arrays.
_CONSTANTS = frozenset(
    ("math.pi", "math.e", "math.tau", "math.inf", "math.nan", "numpy.pi", "numpy.e", "numpy.inf", "numpy.nan")
)
_OF_DISTRIBUTIONS = frozenset(
    """concentration concentration0 concentration1 covariance_matrix high loc logits low mean mode precision_matrix
    probs rate scale scale_tril stddev variance""".split()
)
# Operators that tuples lack.
_OF_ARRAYS = (cst.Divide, cst.FloorDivide, cst.MatrixMultiply, cst.Power, cst.Subtract)
_OPERATOR_METHODS: dict[type, str] = {
    cst.Add: "add", cst.Subtract: "sub", cst.Multiply: "mul", cst.Divide: "truediv", cst.MatrixMultiply: "matmul",
    cst.Power: "pow", cst.Modulo: "mod", cst.FloorDivide: "floordiv",
}  # fmt: skip
_DRAWN_OR_COMPUTED = frozenset("cdf entropy enumerate_support icdf log_prob perplexity rsample sample".split())


class Inference(Parameters):
    """Kinds of the expressions of one module."""

    def __init__(self, module: ModuleInfo, project: Project, table: Table, hub: dict[str, HubOp]) -> None:
        super().__init__(module, project, table, hub)
        self.optional: set[str] = set()
        self.discarded = 0
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
            cst.DictComp: self._dict_comprehension,
            cst.Set: lambda node: k.SET,
            cst.SetComp: lambda node: k.SET,
            cst.Lambda: lambda node: Kind("function"),
        }

    def kind(self, node: cst.CSTNode) -> Kind:
        found = self.memo.get(id(node))
        if found is None:
            handler = self._handlers.get(type(node))
            kind = UNKNOWN if handler is None else self.resolved(handler(node))
            found = self.memo[id(node)] = (node, kind)  # held, so that no other node gets its id
        return found[1]

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
        module, rest = self.project._split(self.defined(kind.name))
        value = module.names.get(rest) if module is not None else None
        if module is not None and value == UNKNOWN and self.project.observed is not None:
            value = self.project.observed.name(module.name, rest)
        entry = self.table.find(kind.name) if module is None else None
        if entry is not None and entry.const and entry.kind == "dtype":
            return k.DTYPE
        return kind if value is None or value.tag in ("ref", "none", "unknown") else value

    def _attribute(self, node: cst.Attribute) -> Kind:
        attr = node.attr.value
        if attr in ("__module__", "__name__", "__qualname__", "__doc__"):
            return STR
        base = k.asked(self.kind(node.value), attr)
        if base.tag == "ref":
            return self._member(f"{base.name}.{attr}")
        if base == VARIABLE and (attr == "grad" or attr == "data" and is_gradient(node.value)):
            if self.is_written_optimizer(k.instance(self.self_class)):
                return VARIABLE
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
        if base.tag == "unknown" and attr == "size" and self.table.name == "jax":
            return INT
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
            if kind == UNKNOWN and self.project.observed is not None:
                kind = self.project.observed.name(module.name, rest)
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
        if canonical in _CONSTANTS:
            return FLOAT
        if entry is not None and entry.property and entry.fold:
            folded = cst.parse_expression(entry.fold)
            return k.ref(canonical) if isinstance(folded, cst.Attribute) else self.kind(folded)
        return k.ref(canonical)

    def _instance_attribute(self, base: Kind, attr: str) -> Kind:
        if is_state(base):
            return VARIABLE if attr == "value" else base
        if attr == "training":
            return BOOL
        if attr == "param_groups" and self.is_object(base, "optimizers"):
            return k.list_of(k.PARAM_GROUP)
        if attr == "state" and self.is_written_optimizer(base):
            return Kind("states", base.name)
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
        if self.project.observed is not None:
            kind = refined(kind, self.project.observed.attribute(base.name, attr))
        if kind or kind in (k.LOOSE, k.TRUTH):
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
        if self.table.settings.get("loose_floats") and self.is_given(base, attr):
            return k.GIVEN
        return k.DEVICE if attr == "device" else UNKNOWN

    def _call(self, node: cst.Call) -> Kind:
        func = node.func
        callee = self.kind(func)
        if callee.tag == "ref":
            return self._ref_call(node, callee.name)
        if callee.tag == "class":
            return k.instance(callee.name)
        if callee.tag == "dtype" and self.table.settings.get("callable_dtypes"):
            return Kind("array", self.dtype_name(func))
        if callee.tag == "method":
            info = self.project.function(callee.name)
            return self._method_result(info) if info is not None else UNKNOWN
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
        if name in _DICTIONARIES:
            return Kind("dict")
        if name in _COPIES and node.args:
            return self.kind(node.args[0].value)
        if name.startswith("numpy.") and node.args:
            return self._of_numpy(name[6:], node.args[0].value)
        wrapped = self.table.find(name) if node.args else None
        if wrapped is not None and wrapped.drop and self.kind(node.args[0].value) == k.DERIVATIVE:
            return k.DERIVATIVE
        return self.call_result(name)

    def _object_call(self, callee: Kind) -> Kind:
        forward = self.project.method(callee.name, self.table.settings.get("forward", "__call__"))
        if forward is not None:
            returns = self.resolved(forward.returns)
            return returns if returns or not self.is_layer(callee) else ARRAY
        if self.is_layer(callee):
            return UNKNOWN if "several" in map(self.given_by, self.project.mro(callee.name)) else ARRAY
        method = self.project.method(callee.name, "__call__")
        return self._method_result(method) if method is not None else UNKNOWN

    def _method_result(self, info: FunctionInfo) -> Kind:
        """What calling a method gives."""
        stated = self.resolved(info.returns)
        return self.function_result(info) if not stated or stated == ARRAY else stated

    def _method_call(self, node: cst.Call, func: cst.Attribute) -> Kind:
        name = func.attr.value
        receiver = k.asked(self.kind(func.value), name)
        if receiver.tag == "instance" and not self.project.method(receiver.name, name):
            if name in ("to", "cuda", "cpu", "eval", "train", "apply", "float", "half", "requires_grad_"):
                return receiver
            if name in _DRAWN_OR_COMPUTED and self.is_distribution(receiver):
                return ARRAY
            if drawn := self.drawn(node, receiver, name):
                return drawn
            if receiver.name == "random.Random" and name in ("choices", "sample"):
                return Kind("list")
        if name in _VARIABLES and (receiver.tag == "unknown" or self.is_layer(receiver)) and self.table.name == "torch":
            return k.list_of(k.tuple_of((STR, VARIABLE)) if name.startswith("named") else VARIABLE)
        is_host = name in self.table.settings.get("host_methods", ())
        if is_host and (receiver.tag in ("array", "unknown") or self.is_layer(receiver)):
            return k.NDARRAY
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
            if self.project.observed is not None and (methods := methods_that_may_be(node, self)):
                return self.project.observed.given_by(methods)
        if receiver.tag == "str" and name in ("join", "format", "replace", "lower", "strip"):
            return STR
        if receiver.tag == "str" and name in ("split", "rsplit"):
            return k.list_of(STR)
        if receiver.tag == "shape" and name == "numel":
            return INT
        if receiver.tag == "generator":
            found = (self.table.find(f"{owner}.{name}") for owner in self.table.type_names.get("generator", ()))
            return next((self.returned(entry, {}) for entry in found if entry is not None), UNKNOWN)
        if receiver.tag == "dict" and name in ("items", "keys", "values"):
            known = len(receiver.items) == 2
            parts = {"items": k.tuple_of(receiver.items), "keys": STR, "values": receiver.items[-1]} if known else {}
            return k.list_of(parts[name]) if known else UNKNOWN
        if name in ("get", "setdefault") and receiver.tag == "record" and node.args:
            return k.entry(receiver, literal_text(node.args[0].value))
        if name in ("get", "setdefault") and receiver.tag in ("dict", "unknown") and len(node.args) == 2:
            known = receiver.items[1] if len(receiver.items) == 2 else self.kind(node.args[1].value)
            return k.join(known, self.kind(node.args[1].value)) if known.tag == "array" else UNKNOWN
        if name == "get" and receiver.tag == "dict" and len(receiver.items) == 2 and len(node.args) == 1:
            return receiver.items[1]
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
        if base.tag == "states":
            return self.state_of_parameter(base.name)
        if base.tag == "record":
            return k.entry(base, literal_text(index.value)) if isinstance(index, cst.Index) else UNKNOWN
        if isinstance(index, cst.Index) and self.kind(index.value) == STR and base.tag != "dict":
            return UNKNOWN
        if base.tag == "array":
            return base if base.name != "variable" else ARRAY
        if base.tag == "ref" and (made := self._made_by_index(base.name, node)):
            return made
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
            return base.items[1] if _may_be_key(index, base) else UNKNOWN
        if base.tag == "str":
            return STR
        return UNKNOWN

    def _made_by_index(self, name: str, node: cst.Subscript) -> Kind:
        """What ``np.mgrid[0:3, 0:4]`` and ``np.r_[a, 0]`` give."""
        settings = self.table.settings
        if name not in (*settings.get("grids", ()), *settings.get("joins", ())):
            return UNKNOWN
        values: list[cst.BaseExpression] = []
        for part in (element.slice for element in node.slice):
            if isinstance(part, cst.Index):
                inner = part.value
                values.extend([e.value for e in inner.elements] if isinstance(inner, cst.Tuple) else [inner])
            elif isinstance(part, cst.Slice):
                values.extend(bound for bound in (part.lower, part.upper, part.step) if bound is not None)
        floats = any(is_imaginary(each) or k.has_floats(self.kind(each)) for each in values)
        whole = all(self.kind(each) == INT or k.may_be_whole(self.kind(each)) for each in values)
        made = k.FLOATS if floats else k.WHOLE if whole else ARRAY
        return made if name in settings.get("joins", ()) or len(node.slice) == 1 else k.list_of(made)

    def _binary(self, node: cst.BinaryOperation) -> Kind:
        left, right = self.kind(node.left), self.kind(node.right)
        if "instance" in (left.tag, right.tag) and (found := self._of_operator(node, left, right)):
            return found
        if "array" in (left.tag, right.tag) and (is_imaginary(node.left) or is_imaginary(node.right)):
            return Kind("array", "complex128" if self.default_float == "float64" else "")
        if left.tag == "array" or right.tag == "array":
            if isinstance(node.operator, (cst.BitAnd, cst.BitOr, cst.BitXor)) and left != right:
                return k.MASK
            return self.operated(left, right, isinstance(node.operator, cst.Divide))
        own = "__matmul__" in self.project.methods_named
        if isinstance(node.operator, cst.MatrixMultiply) and self.project.observed is not None and not own:
            return ARRAY if {left.tag, right.tag} <= {"unknown", "list", "ndarray"} else UNKNOWN
        if left.tag == "ndarray" or right.tag == "ndarray":
            known = all(side.tag == "ndarray" or side.tag in k.NUMBERS for side in (left, right))
            return k.HOST if known and k.HOST in (left, right) else k.NDARRAY
        if left.tag in k.NUMBERS and right.tag in k.NUMBERS:
            if isinstance(node.operator, cst.Divide):
                return FLOAT
            return FLOAT if "float" in (left.tag, right.tag) else INT
        loose = [side in (k.LOOSE, k.GIVEN) for side in (left, right)]
        if any(loose) and all(is_loose or side.tag in k.NUMBERS for is_loose, side in zip(loose, (left, right))):
            return k.LOOSE
        if "tuple" in (left.tag, right.tag) and isinstance(node.operator, _OF_ARRAYS) and self.table.name == "torch":
            return ARRAY  # `torch.min(a, b)` of arrays, taken for values and indices along an axis
        if left.tag in k.SEQUENCES:
            if left.tag == right.tag == "tuple" and isinstance(node.operator, cst.Add):
                return k.tuple_of(left.items + right.items)
            return left if left.tag == "shape" else Kind("list", items=(k.element(left),))
        if left.tag == "int" and right.tag in k.SEQUENCES and isinstance(node.operator, cst.Multiply):
            return right if right.tag == "shape" else Kind("list", items=(k.element(right),))
        if left.tag == "str":
            return STR
        return UNKNOWN

    def _of_operator(self, node: cst.BinaryOperation, left: Kind, right: Kind) -> Kind:
        """What an operator gives that a class of the project has a method for."""
        for side, prefix in ((left, "__"), (right, "__r")):
            name = f"{prefix}{_OPERATOR_METHODS.get(type(node.operator), '')}__"
            info = self.project.method(side.name, name) if side.tag == "instance" else None
            if info is not None:
                return self._method_result(info)
        return UNKNOWN

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
        if any(side.tag == "ndarray" for side in sides):
            if self.table.name == "numpy" and k.STR in sides:
                return k.BOOL_ARRAY
            known = all(side.tag == "ndarray" or side.tag in k.NUMBERS for side in sides)
            return k.HOST if known and k.HOST in sides else k.NDARRAY
        if k.LOOSE in sides and all(side == k.LOOSE or side.tag in k.NUMBERS for side in sides):
            return k.LOOSE
        return BOOL if all(side.tag in k.NUMBERS or side.tag == "str" for side in sides) else k.TRUTH

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
        """A dict display; its name lists the keys when all are string literals, its items say if all are arrays."""
        elements = [element for element in node.elements if isinstance(element, cst.DictElement)]
        if len(elements) < len(node.elements):
            return Kind("dict")
        texts = [element.key for element in elements if isinstance(element.key, cst.SimpleString)]
        name = ",".join(str(key.evaluated_value) for key in texts) if len(texts) == len(elements) else ""
        return k.dict_of([(self.kind(e.key), self.kind(e.value)) for e in elements], name)

    def _dict_comprehension(self, node: cst.DictComp) -> Kind:
        self.push({})
        self.bind_comprehension(node.for_in)
        kind = k.dict_of([(self.kind(node.key), self.kind(node.value))])
        self.pop()
        return kind

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


_BUILTINS = frozenset(
    """int float bool str len range list tuple dict set sum max min abs round zip enumerate map filter isinstance
    issubclass super getattr setattr hasattr type print sorted reversed any all callable repr iter next slice
    property staticmethod classmethod object vars pow ord id exec eval frozenset divmod complex bytes""".split()
)


def _may_be_key(index: object, known: Kind) -> bool:
    """Whether an index is none that a dict display does not have."""
    text = index.value if isinstance(index, cst.Index) else None
    if not known.name or not isinstance(text, cst.SimpleString):
        return True
    return str(text.evaluated_value) in known.name.split(",")


def is_imaginary(node: cst.BaseExpression) -> bool:
    """Whether an expression is an imaginary number that is written out, or a product with one: ``-2j * np.pi``."""
    if isinstance(node, cst.UnaryOperation):
        return is_imaginary(node.expression)
    if isinstance(node, cst.BinaryOperation):
        return is_imaginary(node.left) or is_imaginary(node.right)
    return isinstance(node, cst.Imaginary)


def is_gradient(node: cst.BaseExpression) -> bool:
    """Whether a node is ``p.grad``."""
    return isinstance(node, cst.Attribute) and node.attr.value == "grad"


def literal_text(node: cst.BaseExpression) -> str | None:
    """The text of a string that is written down."""
    text = node.evaluated_value if isinstance(node, cst.SimpleString) else None
    return text if isinstance(text, str) else None


def literal_int(node: cst.BaseExpression) -> int | None:
    """The value of an integer literal, also with a minus sign."""
    if isinstance(node, cst.Integer):
        return int(node.value.replace("_", ""), 0)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        inner = literal_int(node.expression)
        return None if inner is None else -inner
    return None
