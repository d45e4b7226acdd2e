"""Method calls on values of unknown kind: when a name and its arguments leave nothing but an array."""

from __future__ import annotations

import libcst as cst

from .kinds import UNKNOWN
from .table_model import Entry

_SHARED = frozenset(
    """split index count copy add pop size type sort values t view repeat format replace get update append extend
    remove insert join strip lower upper items keys clear discard union mean sum std max min reshape transpose
    flatten squeeze round all any dot take clip cumsum item tolist astype fill nonzero prod var argmax argmin argsort
    diagonal trace partition swapaxes ravel resize choose conj put searchsorted real imag data close open read write
    step backward zero_grad state_dict to apply float half double bool int long train eval abs
    is_complex map reduce filter group match search sample log_prob flip crop convert rotate paste save load exp log
    sqrt pow""".split()
)


# Methods that other common values have too: strings, containers, files and numbers.
_BUILTIN = frozenset(
    """split index count copy add pop size type sort values view format replace get update append extend remove insert
    join strip lower upper items keys clear discard union round read write close fill put partition data tobytes
    real imag conjugate""".split()
)
_NUMERIC = frozenset("to float max min round abs exp log sqrt pow bool long half double t int".split())
# Methods that no other values than arrays have, PyTorch's or others.
_ARRAYS_ALONE = frozenset(
    """reshape flatten squeeze transpose mean sum flip std var tolist argmax argmin argsort prod cumsum nonzero any all
    diagonal swapaxes""".split()
)
# Methods of tensors that are given a text first.
_TEXT_FIRST = frozenset("to type cuda cpu norm".split())
# Methods that arrays of the other libraries do not have.
_TORCH_ALONE = frozenset("to float long half double int t".split())
# Methods of TensorFlow's tensors and variables that nothing else has beside them.
_TENSORFLOW_ALONE = frozenset(("get_shape", "numpy"))
# Methods that arrays of NumPy and images lack, but tables of data have.
_NOT_OF_NUMPY = frozenset("abs exp log sqrt pow".split())
_TABLES = ("pandas", "polars")
_EVIDENCE = frozenset("shape dtype ndim view reshape mean var sum std flatten size type_as numel".split())
_NUMPY_EVIDENCE = frozenset(
    """shape dtype ndim size T reshape ravel flatten astype sum mean std var max min argmax argmin cumsum cumprod dot
    transpose swapaxes squeeze any all prod clip nonzero itemsize at""".split()
)
_OTHERS = ("numpy", "PIL", "pandas", "cv2")
_BESIDE_NUMPY = ("PIL", "pandas", "torch", "tensorflow", "h5py", "polars")


# What modules of functions of arrays have and arrays do not.
_OF_MODULES = frozenset("array asarray arange concatenate linspace ones stack zeros zeros_like".split())
# What models have that are asked for their dtype, as arrays are.
_OF_MODELS = frozenset("apply bind init init_with_output".split())

STRING_KEY = "[str]"
# ``items[i] is None``: what holds other things than numbers.
ITEM_IS = "[is]"
# ``x[:, i]``, ``x[..., 0]``, ``x[[0, 2]]``: no list and no mapping is indexed so.
AXES = "[:,]"
# A call of `size`, which is an attribute of the arrays, images and tables of other libraries.
SIZE_CALL = "size()"
_OF_MAPPINGS = frozenset((STRING_KEY, ITEM_IS, *"append extend get items keys pop setdefault update".split()))


def is_mapping_parameter(attributes: frozenset[str]) -> bool:
    """Whether what a body reads from a parameter makes it a dictionary, another mapping or a list."""
    return bool(attributes & _OF_MAPPINGS)


def is_module_parameter(attributes: frozenset[str]) -> bool:
    """Whether what a body reads from a parameter makes it a module of functions of arrays."""
    return bool(attributes & _OF_MODULES)


def is_array_parameter(attributes: frozenset[str], module, source: str) -> bool:
    """Whether what a body reads from a parameter without annotation makes it an array."""
    if is_module_parameter(attributes) or source == "jax" and attributes & _OF_MODELS:
        return False
    if source == "torch":
        return bool(attributes & _EVIDENCE) and only_framework(module, _OTHERS)
    evidence = _NUMPY_EVIDENCE | {AXES} if source == "numpy" else _NUMPY_EVIDENCE
    return bool(attributes & evidence) and only_framework(module, _BESIDE_NUMPY)


def is_only_array(infer) -> bool:
    """Whether what has the attributes of an array is one in this file, whose source is not PyTorch."""
    return infer.table.name in ("numpy", "jax") and only_framework(infer.module, _BESIDE_NUMPY)


def methods_that_may_be(node: cst.Call, infer) -> tuple:
    """The project's methods that a call on an object of unknown class may be, if nothing else has that name."""
    func = node.func
    if not isinstance(func, cst.Attribute) or func.attr.value in _BUILTIN or func.attr.value.startswith("__"):
        return ()
    found = infer.project.methods_named.get(func.attr.value, ())
    if not found or func.attr.value in infer.table.methods or infer.kind(func.value) != UNKNOWN:
        return ()
    given = sum(arg.keyword is None and not arg.star for arg in node.args)
    return tuple(info for info in found if given < len(info.params) or any(p.star for p in info.params))


def surely_array(node: cst.Call, name: str, infer) -> bool:
    """Whether the name and the arguments of a call on an unknown value leave nothing but an array."""
    if infer.table.name == "tensorflow" and name in _TENSORFLOW_ALONE:
        return not node.args
    if infer.table.name != "torch":
        own = infer.table.name == "numpy" and _is_of_own_arrays(name, infer)
        return name not in _BUILTIN and not own and only_framework(infer.module, _BESIDE_NUMPY)
    if name == "sub" and len(node.args) != 1 and all(arg.keyword is None for arg in node.args):
        return False  # a regular expression's: a replacement and a text
    if name not in _TEXT_FIRST and node.args and infer.kind(node.args[0].value).tag == "str":
        return False
    if name == "mode" and not node.args:
        return False  # a distribution's: of a tensor the mode is asked for along an axis
    if name == "multiply" and not only_framework(infer.module, ("scipy",)):
        return False  # a sparse matrix's
    if name == "backward" and not node.args and not infer.project.methods_named.get(name):
        return True  # nothing else in the project can be asked for its gradients
    if name not in _SHARED:
        return True
    if name == "to" and node.args and not node.args[0].star:
        return _is_place(node.args[0].value, infer)
    if any(infer.kind(a.value).tag == "str" for a in node.args):
        return False
    keywords = {a.keyword.value for a in node.args if a.keyword is not None}
    if keywords & {"dim", "keepdim", "dims", "non_blocking"}:
        return True
    if name == "size" or name == "type" and node.args:
        return True
    alone = only_framework(infer.module, _OTHERS)
    if name == "repeat" and len(node.args) > 2 or name == "transpose" and _is_swap(node):
        return True
    if name == "view" or name in _ARRAYS_ALONE:
        return name == "view" or alone
    if not alone:
        return name in _TORCH_ALONE or name in _NOT_OF_NUMPY and only_framework(infer.module, _TABLES)
    if name == "split":
        return bool(node.args) and infer.kind(node.args[0].value).tag in ("int", "list", "tuple")
    if name == "add":
        return bool(node.args) and id(node) != infer.discarded
    return name in _NUMERIC or (name == "repeat" and bool(node.args))


def _is_of_own_arrays(name: str, infer) -> bool:
    """Whether a class of the project that can be added or multiplied has a method of that name too."""
    named = infer.project.methods_named
    owners = {info.name.rpartition(".")[0] for info in named.get(name, ())}
    counted = {info.name.rpartition(".")[0] for each in ("__add__", "__mul__") for info in named.get(each, ())}
    return not owners.isdisjoint(counted)


def takes(entry: Entry, node: cst.Call) -> bool:
    """Whether the array's method takes as many positional arguments as a call has."""
    given = sum(arg.keyword is None and not arg.star for arg in node.args)
    forms = entry.overloads or (entry,)
    return any(f.method_variadic or any(a.variadic for a in f.args) or given < len(f.args) or f.refuse for f in forms)


def _is_swap(node: cst.Call) -> bool:
    """Whether two axes are swapped, of which one shows that there are more than these: NumPy names all axes."""
    axes = [arg.value.value for arg in node.args if isinstance(arg.value, cst.Integer)]
    return len(node.args) == 2 and any(int(axis) > 1 for axis in axes)


def _is_place(node: cst.BaseExpression, infer) -> bool:
    """Whether what ``x.to`` is given may be a device or dtype, and surely is no unit of measurement."""
    if isinstance(node, cst.SimpleString):
        return str(node.evaluated_value).split(":")[0] in ("cpu", "cuda", "mps", "xpu")
    return infer.kind(node).tag in ("device", "dtype", "array", "unknown", "str")


def only_framework(module, others: tuple[str, ...]) -> bool:
    """Whether arrays of other libraries are out of the question in this file."""
    return not any(kind.tag == "ref" and kind.name.split(".")[0] in others for kind in module.names.values())
