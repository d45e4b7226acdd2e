"""What calls give: functions and classes of the project, and ops of the tables with their dtypes."""

from __future__ import annotations

from functools import reduce

import libcst as cst

from . import kinds as k
from .class_kinds import KnownClasses
from .helper_names import helpers_of
from .kinds import ARRAY, INT, NONE, STR, UNKNOWN, Kind
from .observed import refined
from .project import FunctionInfo
from .state_kinds import state_result
from .tables import Entry

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
# The topics of functions that give arrays also where they are given numbers.
_MAKING = frozenset(("channels_last", "creation", "joining", "linalg", "shape", "sorting"))
DTYPES = frozenset(
    """bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64
    complex128""".split()
)
# Ops that give floats for integers.
FLOATING = frozenset(
    """acos acosh angle asin asinh atan atan2 atanh cbrt cos cosh deg2rad divide exp exp2 expm1 hypot log log10 log1p
    log2 logaddexp mean median percentile quantile rad2deg reciprocal sin sinc sinh sqrt std tan tanh var""".split()
)
_FLOATING_TOO = frozenset(
    """average cho_solve cholesky corrcoef cov det eigh eigvalsh fft gradient histogram ifft interp inv irfft lstsq
    matrix_norm norm pinv rfft slogdet solve svd trapezoid vector_norm""".split()
)
# Elementwise ops that give an int for ints.
OF_NUMBERS = frozenset(("abs", "negative", "sqrt", "square"))  # written with operators for values of unknown kind
_EXACT = frozenset(
    """abs add clip floor_divide maximum minimum multiply negative positive pow remainder round sign square
    subtract""".split()
)
# The arguments that other ops make their results of.
_JOINED = {"concat": ("arrays",), "stack": ("arrays",), "where": ("x1", "x2"), "where_number": ("x1", "x2")}
# The arguments whose dtype an op's result takes on.
_OPERANDS = frozenset(("x", "x1", "x2", "input", "arrays", "operands", "a", "b"))

# What functions of ``math`` give that give no float: integers, tuples, or what they are given.
_OF_MATH = {
    **dict.fromkeys("ceil comb factorial floor gcd isqrt lcm perm trunc".split(), k.INT),
    **dict.fromkeys("frexp modf prod sumprod".split(), UNKNOWN),
}


class Results(KnownClasses):
    """The kinds of results, for the arguments that a call gives."""

    def resolved(self, kind: Kind) -> Kind:
        """Turn deferred kinds (the result of calling a name) into what the project says they are."""
        if kind.tag == "result":
            return self.call_result(kind.name)
        if kind.tag == "part":  # an element of what a call gives, by indices for several axes
            whole = self.resolved(kind.items[0])
            return Kind("array", whole.name) if whole.tag == "array" and whole.name != "variable" else UNKNOWN
        if kind.tag == "union":
            return k.join_all(self.resolved(part) for part in kind.items)
        if kind.tag == "instance" and kind.name:
            name = self.project.canonical(kind.name)
            entry = self.table.find(name)
            if entry is not None and entry.type in ("array", "dtype", "device", "shape"):
                return k.parse_returns(entry.type)
            if entry is not None and entry.type in ("number", "array-like", "typing.Any"):
                return k.LOOSE if entry.type == "number" else UNKNOWN
            if name.startswith("typing."):  # Array = Any
                return UNKNOWN
            union = self.project.union(name)
            if union is not None:
                return self.resolved(union)
        return kind

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
                sure = all(self._makes_array(part.name) for part in function.returns.items)
                return self._as_seen(ARRAY if sure else UNKNOWN, function)
            return self.function_result(function)
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
        drawn = self.table.settings.get("draws", {}).get(member, "").partition(" ")
        if drawn[0] and self._is_stream(owner):
            return Kind("array", drawn[2])
        if name.startswith("numpy."):
            return self._of_numpy(name[6:])
        if owner == "math":
            return _OF_MATH.get(member, k.BOOL if member.startswith("is") else k.FLOAT)
        if owner in ("re", "regex"):
            return _OF_PATTERNS.get(member, UNKNOWN)
        return ARRAY if name in self.table.settings.get("array_functions", ()) else UNKNOWN

    def function_result(self, info: FunctionInfo) -> Kind:
        """What calling a function or method of the project gives."""
        stated = self.resolved(info.returns) if info.returns.tag != "result" else UNKNOWN
        return self._as_seen(stated, info)

    def _as_seen(self, stated: Kind, info: FunctionInfo) -> Kind:
        """What is known of a function's result, and what a rehearsal saw of it."""
        seen = self.project.observed
        return stated if seen is None else refined(stated, seen.returned(info.name))

    def _is_stream(self, name: str) -> bool:
        """Whether calling a name makes a stream of random numbers."""
        entry = self.table.find(name)
        return entry is not None and entry.op == "RandomStream"

    def drawn(self, node: cst.Call, stream: Kind, method: str) -> Kind:
        """What a method of a stream of random numbers gives: an array where the call has a size."""
        place, _, dtype = self.table.settings.get("draws", {}).get(method, "").partition(" ")
        if not place or not self._is_stream(stream.name) or any(arg.star for arg in node.args):
            return UNKNOWN
        plain = [arg.value for arg in node.args if arg.keyword is None]
        sizes = [arg.value for arg in node.args if arg.keyword is not None and arg.keyword.value == "size"]
        sizes += plain if place == "*" else plain[int(place) :]
        given = bool(sizes) and self.kind(sizes[0]).tag != "none"
        return Kind("array", dtype) if given else UNKNOWN

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
            if kind.name.startswith("complex") and entry.op in ("abs", "angle", "imag", "real"):
                return Kind("array", "float32" if kind.name == "complex64" else "float64")
            return kind if kind.tag == "array" and kind.name != "variable" else ARRAY
        if self.numbers and op.name in ("finfo", "iinfo"):
            return Kind("limits", op.name)
        if entry.op in ("unique", "unique_consecutive", "unique_with_index", "unique_with_nan") and "x" in args:
            return self._distinct(entry, args)
        if entry.op == "meshgrid" and "arrays" in args:
            of_arrays = k.content(self.kind(args["arrays"]))
            return k.list_of(of_arrays if of_arrays.tag == "array" else k.WHOLE if of_arrays == INT else ARRAY)
        if entry.op == "concat" and "arrays" in args and self.are_sizes(args["arrays"]):
            return k.parse_returns("sizes")
        kind = k.parse_returns(text)
        if self.numbers and op.topic == "elementwise" and kind.tag == "array" and args:
            kinds = [self.kind(a) for a in args.values()]
            if all(each.tag in k.NUMBERS for each in kinds):
                return k.BOOL if kind.name == "bool" else k.join_all(kinds) if op.name in _EXACT else k.FLOAT
            if op.name in OF_NUMBERS and self.table.name == "tensorflow" and kinds in ([UNKNOWN], [k.GIVEN]):
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
        asked = [flag for flag in flags if isinstance(flag, cst.Name) and flag.value == "True"]
        more = [counts] * ((entry.op == "unique_with_index") + len(asked))
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
            return UNKNOWN if self.is_host_dtype(dtype) else Kind("array", self.dtype_name(dtype))
        if entry.op in ("sum", "prod", "cumsum", "cumprod", "trace") and args.get("x") is not None:
            return self.operated(self.kind(args["x"]), INT)
        if entry.op in ("array", "asarray", "tensor", "as_tensor") and args.get("obj") is not None:
            return self._of_data(self.kind(args["obj"]))
        if entry.op == "clip" and args.get("x") is not None:
            bounds = [self.kind(args[name]) for name in ("min", "max") if name in args]
            return reduce(self.operated, (b for b in bounds if b != NONE), self.kind(args["x"]))
        if self.table.settings.get("wide_floats") and (name := self._whole(entry, args)):
            return Kind("array", name)
        if entry.op in ("max", "min", "sort", "diff") and args.get("x") is not None:
            name = self.kind(args["x"]).name
            if k.may_be_whole(self.kind(args["x"])):
                return self.kind(args["x"])
            kept = name in DTYPES and len(args) == 1 or entry.op in ("max", "min", "sort")
            return Kind("array", name if kept else "")
        if entry.op in FLOATING and args.get("x") is not None:
            name = self.kind(args["x"]).name
            stays = name.startswith(("float", "complex")) and entry.op not in ("abs", "angle")
            return Kind("array", self.default_float if k.is_integral(name) else name if stays else "")
        counts = entry.op == "arange" and args and all(self.kind(a).tag == "int" for a in args.values())
        if counts or entry.op == "bincount" and "weights" not in args:
            return self._counts
        return k.WHOLE if self._may_count(entry, args) else self._of_whole(entry, args)

    def _whole(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> str:
        """The dtype of integers that an op gives for arrays of one such dtype, and numbers; '' where that is unsure."""
        names = args.keys() if entry.op in _EXACT else _JOINED.get(entry.op, ())
        given = [args[name] for name in names if name in args]
        if len(given) == 1 and isinstance(given[0], (cst.List, cst.Tuple)):
            given = [element.value for element in given[0].elements]
        kinds = [self.kind(each) for each in given]
        dtypes = {kind.name for kind in kinds if kind.tag == "array"}
        if not all(kind == INT or kind.tag == "array" and kind.name in ("int32", "int64") for kind in kinds):
            return ""
        if entry.op in ("where", "where_number") and not dtypes:
            return "int64"
        return dtypes.pop() if len(dtypes) == 1 else ""

    def _may_count(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> bool:
        """Whether ``torch.arange`` gives integers if its arguments, some of which are unknown, are integers."""
        if entry.op not in ("arange", "arange_wide") or not args:
            return False
        kinds = [self.kind(arg) for arg in args.values()]
        return all(kind == k.LOOSE or kind.tag in ("int", "unknown", "array") for kind in kinds) and not any(
            map(k.has_floats, kinds)
        )

    def _of_whole(self, entry: Entry, args: dict[str, cst.BaseExpression]) -> Kind:
        """What an op of NumPy that computes no floats gives: likely integers of such alone."""
        if not self.table.settings.get("wide_floats") or entry.op in FLOATING | _FLOATING_TOO:
            return ARRAY
        given = [self.kind(arg) for name, arg in args.items() if name in _OPERANDS]
        given = [part for kind in given for part in (kind.items if kind.tag in ("tuple", "list") else (kind,))]
        whole = [k.may_be_whole(kind) or k.is_integral(kind.name) for kind in given if kind.tag == "array"]
        if not whole or not all(whole) or any(kind.tag not in ("array", "int", "bool") for kind in given):
            return ARRAY
        return k.MIXED if k.MIXED in given else k.WHOLE

    def _of_data(self, data: Kind) -> Kind:
        """An array of these data; texts are an array in NumPy alone."""
        if k.content(data).tag == "str":
            return k.HOST
        if data.tag == "array":
            return data if data.name != "variable" else ARRAY
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

    def is_host_dtype(self, node: cst.BaseExpression) -> bool:
        """Whether a dtype is one of objects or texts, of which NumPy alone has arrays."""
        named = isinstance(node, cst.SimpleString) and str(node.evaluated_value)[:1] in ("O", "S", "U", "o")
        return named or self.name_of(node) in self.table.settings.get("host_dtypes", ())

    def operated(self, left: Kind, right: Kind, divides: bool = False) -> Kind:
        """What arithmetic on an array and an array or number gives, by the source's promotion."""
        if self.default_float == "float64" and "array" in (left.tag, right.tag):
            if any(side.tag == "array" and side.name.startswith("complex") for side in (left, right)):
                return Kind("array", "complex128")
        likely = k.MIXED in (left, right) or k.WHOLE in (left, right)
        if likely and {left, right} <= {k.WHOLE, k.MIXED, INT} and not divides:
            return k.MIXED if k.MIXED in (left, right) else k.WHOLE
        floating = divides or "float" in (left.tag, right.tag)
        if likely and floating and k.FLOATS not in (left, right) and self.default_float == "float64":
            return Kind("array", "float64")
        found = k.operated(left, right, divides, self.table.settings.get("default_int", "int64"), self.default_float)
        floats = divides or k.has_floats(left) or k.has_floats(right)
        return k.FLOATS if found == ARRAY and floats and self.table.settings.get("promotes") else found

    @property
    def default_float(self) -> str:
        """The dtype of an array made of Python floats."""
        return self.table.settings.get("default_float", "float32")
