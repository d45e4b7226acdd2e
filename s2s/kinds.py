"""Abstract values: what the converter knows about the value of an expression."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from .row import Row


@dataclass(frozen=True, slots=True)
class Kind(Row):
    """One abstract value.

    ``tag`` is array, int, float, bool, str, none, dtype, device, shape, tuple, list, dict, set, ref, instance,
    result, part, passed, union, function, class, generator, ndarray, record, states or unknown. ``name`` is the
    qualified name of a ref, the class of an instance or class, the dtype of an array. ``items`` are element kinds:
    all of a tuple, the one of a list, key and value of a dict; of a record those of the keys in ``name``, and of all
    others; of a union the kinds that it may be, some of which are known later.
    """

    tag: str
    name: str = ""
    items: tuple[Kind, ...] = ()

    def __bool__(self) -> bool:
        return self.tag != "unknown"


UNKNOWN = Kind("unknown")
LOOSE = Kind("unknown", "number")  # an array or a number
GIVEN = Kind("unknown", "given")  # what a constructor is given, which often is a number
UNSEEN = Kind("unknown", "unseen")  # what a rehearsal has not come to yet
TRUTH = Kind("unknown", "truth")  # what a comparison gave: a mask, or True or False
ARRAY = Kind("array")
BOOL_ARRAY = Kind("array", "bool")
MASK = Kind("array", "mask")  # booleans or integers, as bitwise operators give
FLOATS = Kind("array", items=(Kind("float"),))  # floats of a width that is not known
WHOLE = Kind("array", items=(Kind("int"),))  # integers, or floats where what counts them is a float
MIXED = Kind("array", items=(Kind("int"), Kind("float")))  # integers at times, floats at others
NDARRAY = Kind("ndarray")
DERIVATIVE = Kind("function", "derivative")  # what ``jax.grad`` and the like give
GENERATOR = Kind("generator")
HOST = Kind("ndarray", "array")  # surely one of NumPy's arrays, and no number of its
INT = Kind("int")
FLOAT = Kind("float")
BOOL = Kind("bool")
STR = Kind("str")
SET = Kind("set")
NONE = Kind("none")
DTYPE = Kind("dtype")
OPTIONAL_DTYPE = Kind("dtype", "optional")
DEVICE = Kind("device")
NAMESPACE = Kind("namespace")  # one module or another: ``xp = np if ... else jnp``
SHAPE = Kind("shape")
PARAM_GROUP = Kind("record", "params", (Kind("list", items=(Kind("array", "variable"),)), UNKNOWN))
NUMBERS = frozenset(("int", "float", "bool"))
SEQUENCES = frozenset(("tuple", "list", "shape"))


# Modules that are another one under a second name.
_SAME = {"tensorflow.compat.v2": "tensorflow"}


def ref(name: str) -> Kind:
    """A qualified name: a module, class, function or constant."""
    for alias, module in _SAME.items():
        if name.startswith(alias) and name[len(alias) : len(alias) + 1] in ("", "."):
            name = module + name[len(alias) :]
    return Kind("ref", name)


def instance(name: str) -> Kind:
    """An object of the class with this qualified name."""
    return Kind("instance", name)


def tuple_of(items: Iterable[Kind]) -> Kind:
    """A tuple with these element kinds."""
    return Kind("tuple", items=tuple(items))


def list_of(item: Kind) -> Kind:
    """A list of elements of one kind."""
    return Kind("list", items=(item,))


def dict_of(pairs: Iterable[tuple[Kind, Kind]], name: str = "") -> Kind:
    """A dict; what it holds is known where all values are arrays, or collections."""
    keys, values = zip(*pairs, strict=True) if (pairs := list(pairs)) else ((), ())
    held = join_all(values)
    return Kind("dict", name, (join_all(keys), held) if held.tag in ("array", "list", "dict") else ())


def join(a: Kind, b: Kind) -> Kind:
    """The kind of a value that is one or the other. ``None`` beside anything but a dtype is not kept."""
    if a == b or b == UNSEEN:
        return a
    if a == UNSEEN:
        return b
    if {a.tag, b.tag} <= {"none", "dtype"}:
        return OPTIONAL_DTYPE
    if a.tag == "none":
        return b
    if b.tag == "none":
        return a
    if a.tag == b.tag == "array":
        return MIXED if may_be_whole(a) or may_be_whole(b) else ARRAY
    if {a.tag, b.tag} <= NUMBERS:
        return FLOAT if "float" in (a.tag, b.tag) else INT
    if a.tag == b.tag == "shape":
        return Kind("shape", "tensor")  # arithmetic on what is an array at times is never that of a tuple
    if a.tag == b.tag == "list":
        return list_of(join_all(a.items + b.items))
    if a.tag == b.tag == "dict":
        parts = [kind.items for kind in (a, b) if kind.items]
        return dict_of(parts, a.name if a.name == b.name else "")  # type: ignore[arg-type]
    if a.tag == b.tag == "tuple" and len(a.items) == len(b.items):
        return tuple_of(join(x, y) for x, y in zip(a.items, b.items, strict=True))
    if a.tag == b.tag == "ref" and len(names := {_on_any_device(a.name), _on_any_device(b.name)}) == 1:
        return ref(*names)
    if a.tag == b.tag == "ref" and names == {"torch.FloatTensor", "torch.Tensor"}:
        return ref("torch.FloatTensor")  # what torch.Tensor makes
    if a.tag == b.tag == "instance":
        return instance("torch.nn.Module") if _both_layers(a, b) else UNKNOWN
    loose = [kind == LOOSE or kind.tag == "array" or kind.tag in NUMBERS for kind in (a, b)]
    return LOOSE if all(loose) else UNKNOWN


def _on_any_device(name: str) -> str:
    """``torch.FloatTensor`` for ``torch.cuda.FloatTensor``."""
    return name.replace("torch.cuda.", "torch.", 1) if name.startswith("torch.cuda.") else name


def _both_layers(a: Kind, b: Kind) -> bool:
    return a.name.startswith("torch.nn.") or b.name.startswith("torch.nn.")


_CATEGORIES = {"bool": 0, "uint8": 1, "int8": 1, "int16": 1, "int32": 1, "int64": 1} | dict.fromkeys(
    ("float16", "bfloat16", "float32", "float64"), 2
)


_SCALAR_CLASSES = ("generic", "number", "integer", "signedinteger", "unsignedinteger", "inexact", "floating")


def operated(left: Kind, right: Kind, divides: bool, default_int: str, default_float: str) -> Kind:
    """The array that arithmetic on an array and an array or number gives; its dtype where one is certain.

    A number's dtype never beats an array of the same category; arrays that differ within one have no certain dtype.
    """
    a, b = _category(left), _category(right)
    if a < 0 or b < 0:
        return ARRAY
    if left.tag == right.tag and a == b:
        name = left.name if left.name == right.name else ""
    else:
        winner = left if a > b or (a == b and left.tag == "array") else right
        name = winner.name if winner.tag == "array" else (default_int if winner.tag == "int" else default_float)
        both_arrays = left.tag == right.tag == "array"
        if both_arrays and default_float == "float64" and winner.name.startswith("float") and min(a, b) == 1:
            name = ""
    if divides and name and _CATEGORIES[name] < 2:
        name = default_float
    return Kind("array", name)


def _category(kind: Kind) -> int:
    if kind.tag == "array":
        return _CATEGORIES.get(kind.name, -1)
    return {"bool": 0, "int": 1, "float": 2}.get(kind.tag, -1)


def may_be_whole(kind: Kind) -> bool:
    """Whether an array is likely one of integers, where its dtype is not known."""
    return kind in (WHOLE, MIXED)


def has_floats(kind: Kind) -> bool:
    """Whether a value is a float, or an array (or a sequence of arrays) of floats."""
    if kind.tag in ("list", "tuple"):
        return any(has_floats(item) for item in kind.items)
    return kind == FLOATS or kind.tag == "float" or kind.tag == "array" and kind.name.startswith(("float", "bfloat"))


def join_all(kinds: Iterable[Kind]) -> Kind:
    """Join of any number of kinds; of none, unknown."""
    result: Kind | None = None
    for kind in kinds:
        result = kind if result is None else join(result, kind)
    return UNKNOWN if result is None else result


def element(kind: Kind) -> Kind:
    """What iterating over a value gives."""
    if kind.tag == "array":
        return kind
    if kind.tag == "ndarray":
        return NDARRAY
    if kind.tag == "shape":
        return INT
    if kind.tag == "tuple":
        return join_all(kind.items)
    if kind.tag == "list" and kind.items:
        return kind.items[0]
    if kind.tag == "dict" and kind.items:
        return kind.items[0]
    if kind.tag == "str":
        return STR
    return UNKNOWN


def content(kind: Kind) -> Kind:
    """What nested lists and tuples hold; any other value itself."""
    if kind.tag == "shape":
        return INT
    return content(join_all(map(content, kind.items))) if kind.tag in SEQUENCES else kind


def entry(record: Kind, key: object) -> Kind:
    """What a record holds under a key, None for one that is not known."""
    names = record.name.split(",")
    return record.items[names.index(key)] if key in names else record.items[-1]


def asked(kind: Kind, member: str) -> Kind:
    """What has a method or property: what ``torch.max(x, y)`` gives is no pair where it is asked for its shape."""
    pair = kind.tag == "tuple" and kind.name == "values,indices" and len(kind.items) == 2
    either = pair and member not in ("values", "indices")
    return ARRAY if either else kind


def is_integral(dtype: str, masks_only: bool = False) -> bool:
    """Whether a dtype is one of integers or booleans, or surely of booleans."""
    return dtype == "bool" or (not masks_only and (dtype == "mask" or _CATEGORIES.get(dtype, 2) < 2))


_SIMPLE = {
    "array": ARRAY,
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "str": STR,
    "none": NONE,
    "dtype": DTYPE,
    "device": DEVICE,
    "shape": SHAPE,
    "sizes": Kind("shape", "tensor"),
    "list": Kind("list"),
    "dict": Kind("dict"),
    "derivative": DERIVATIVE,
    "generator": GENERATOR,
    "tuple": Kind("unknown"),
    "unknown": UNKNOWN,
}


@lru_cache(maxsize=4096)
def parse_returns(text: str) -> Kind:
    """The kind that a hub op's ``returns`` states (``like:x`` and ``same:x`` are the caller's)."""
    text = text.strip()
    if text in _SIMPLE:
        return _SIMPLE[text]
    if text.startswith("array:"):
        return Kind("array", text[6:])
    for tag in ("tuple", "list"):
        if text.startswith(tag + "(") and text.endswith(")"):
            items = tuple(parse_returns(part) for part in _split(text[len(tag) + 1 : -1]))
            return Kind(tag, items=items[:1] if tag == "list" else items)
    return UNKNOWN


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


_BUILTIN_ANNOTATIONS = {
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "str": STR,
    "None": NONE,
    "complex": FLOAT,
    "list": Kind("list"),
    "dict": Kind("dict"),
}
_TYPES = {
    "array": ARRAY,
    "number": LOOSE,
    "array-like": UNKNOWN,
    "typing.Any": UNKNOWN,
    "variable": Kind("array", "variable"),
    "dtype": DTYPE,
    "device": DEVICE,
    "shape": SHAPE,
    "generator": GENERATOR,
}


def annotation_kind(node: ast.expr | None, resolve: Callable[[ast.expr], str], types: dict[str, str]) -> Kind:
    """The kind that an annotation states. ``types`` maps qualified names to the tables' type names."""
    if node is None:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        if node.value is None:
            return NONE
        if isinstance(node.value, str):
            try:
                return annotation_kind(ast.parse(node.value, mode="eval").body, resolve, types)
            except SyntaxError:
                return UNKNOWN
        return UNKNOWN
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([annotation_kind(side, resolve, types) for side in (node.left, node.right)], types)
    if isinstance(node, ast.Subscript):
        return _generic(node, resolve, types)
    name = resolve(node)
    if not name and isinstance(node, ast.Name):
        return _BUILTIN_ANNOTATIONS.get(node.id, UNKNOWN)
    if name in types:
        return _TYPES.get(types[name], instance(name))
    if name == "numpy.ndarray":
        return NDARRAY
    if name in ("typing.Any", "typing.Callable", ""):
        return UNKNOWN
    if name.startswith(("typing.", "collections.")):
        return UNKNOWN
    return instance(name)


def _union(kinds: list[Kind], types: dict[str, str]) -> Kind:
    """One of several kinds. What a class of the project is beside numbers is known later: an array, by another name.

    Where functions of the source take arrays of NumPy as its own, one of NumPy beside these says nothing more.
    """
    if NDARRAY in kinds and (ARRAY in kinds or LOOSE in kinds) and "number" in types.values():
        kinds = [kind for kind in kinds if kind != NDARRAY]
    tags = {kind.tag for kind in kinds}
    later = "union" in tags or ("instance" in tags and tags & NUMBERS)
    return Kind("union", items=tuple(kinds)) if later else join_all(kinds)


def _dtype_of(node: ast.expr, resolve: Callable[[ast.expr], str]) -> str:
    """The dtype in ``NDArray[np.float64]``, '' when it is none that all frameworks have."""
    name = resolve(node).rpartition(".")[2].rstrip("_")
    return name if name in _CATEGORIES else ""


def _is_scalar_class(node: ast.expr, resolve: Callable[[ast.expr], str]) -> bool:
    """Whether a class is one of NumPy's scalars, or a union of these."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _is_scalar_class(node.left, resolve) and _is_scalar_class(node.right, resolve)
    name = resolve(node)
    return name.startswith("numpy.") and (bool(_dtype_of(node, resolve)) or name[6:] in _SCALAR_CLASSES)


def _generic(node: ast.Subscript, resolve: Callable[[ast.expr], str], types: dict[str, str]) -> Kind:
    base = resolve(node.value) or (node.value.id if isinstance(node.value, ast.Name) else "")
    if types.get(base) == "array":
        return Kind("array", _dtype_of(node.slice, resolve))
    base = base.rpartition(".")[2]
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if base == "Optional":
        return join(annotation_kind(parts[0], resolve, types), NONE)
    if base in ("Annotated", "Final", "ClassVar"):
        return annotation_kind(parts[0], resolve, types)
    if base == "Union":
        return _union([annotation_kind(part, resolve, types) for part in parts], types)
    if base in ("List", "list", "Sequence", "Iterable", "Iterator", "Generator"):
        item = annotation_kind(parts[0], resolve, types)
        return list_of(item) if base in ("List", "list") else Kind("list", items=(item,))
    if base in ("Tuple", "tuple"):
        if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is Ellipsis:
            item = annotation_kind(parts[0], resolve, types)
            return SHAPE if item == INT else list_of(item)
        return tuple_of(annotation_kind(part, resolve, types) for part in parts)
    if base in ("Dict", "dict", "Mapping") and len(parts) == 2:
        return Kind("dict", items=tuple(annotation_kind(part, resolve, types) for part in parts))
    if base in ("Type", "type"):
        name = resolve(parts[0])
        return DTYPE if _is_scalar_class(parts[0], resolve) else Kind("class", name)
    return UNKNOWN
