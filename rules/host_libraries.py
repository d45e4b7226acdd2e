"""``lfilter(b, a, x)`` -> ``on_host(lfilter)(b, a, x)``: what SciPy and its like have and the tables do not.

Such libraries compute with NumPy's arrays. Their functions that the hub has are written as the target's; the others
run as they are, on copies of the arrays, so that no gradient passes them.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import content
from ..s2s.lift import Bound, bind
from .base import rule
from .type_tests import classes_of

_CODE = "S2S210"
_OF_UFUNCS = ("accumulate", "outer", "reduce", "reduceat")


def is_library_name(name: str, ctx) -> bool:
    """Whether a qualified name is of a library of NumPy's arrays, and no constant of it."""
    settings = ctx.source.settings
    if name.partition(".")[0] not in settings.get("host_libraries", ()) or "on_host" not in ctx.target.templates:
        return False
    return not ctx.project.owns(name) and not _below(name, settings.get("host_constants", ()))


def _is_host_function(name: str, ctx) -> bool:
    """Whether a name is that of a function of NumPy that runs as it is: the tables do not have it."""
    listed = ctx.source.settings.get("host_functions", ())
    entry = ctx.source.find(name)
    if entry is not None and entry.op not in ctx.target.refusals or "on_host" not in ctx.target.templates:
        return False
    owner, _, method = name.rpartition(".")
    if method in _OF_UFUNCS and ctx.source.find(owner) is not None:
        return True
    return name in listed or _below(name, [part[:-1] for part in listed if part.endswith(".")])


def _below(name: str, modules: Iterable[str]) -> bool:
    return any(name.startswith(f"{module}.") for module in modules)


@rule(cst.Call)
def library_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``expit(x)`` -> ``torch.sigmoid(x)`` through the tables; what they do not have keeps its name."""
    name = ctx.name_of(node.func)
    if not name or not (is_library_name(name, ctx) or ctx.foreign(name) and _is_host_function(name, ctx)):
        return None
    entry = ctx.source.find(name)
    bound = bind(entry, node.args, None, ctx.kind) if entry is not None else None
    found = ctx.spelled(bound, node, name) if isinstance(bound, Bound) else None
    if isinstance(found, cst.BaseExpression):
        return found
    if ctx.project.live and not ctx.foreign(name):
        return None
    args = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(func=_on_host(node.func, name, ctx), args=args)


@rule(cst.Name, cst.Attribute)
def library_reference(node: cst.Name | cst.Attribute, ctx) -> cst.BaseExpression | None:
    """A function or object of such a library as a value; classes stay as they are."""
    if ctx.annotation or id(node) in ctx.places or isinstance(node, cst.Name) and ctx.is_local(node.value):
        return None
    kind = ctx.kind(node)
    name = ctx.project.canonical(kind.name) if kind.tag == "ref" else ""
    if "." not in name:
        return None
    if name.endswith(("Error", "Warning")) and ctx.source.name == "numpy":
        entry = ctx.source.find(name)
        written = entry is not None and entry.type in ctx.target.types
        return ctx.native(name) if ctx.foreign(name) and not written else None
    if is_library_name(name, ctx):
        is_class = name.rpartition(".")[2][:1].isupper()
        return None if ctx.project.live or is_class else _on_host(node, name, ctx)
    if ctx.foreign(name) and _is_host_function(name, ctx):
        return ctx.native(name) if name.rpartition(".")[2][:1].isupper() else _on_host(node, name, ctx)
    return None


def _on_host(node: cst.BaseExpression, name: str, ctx) -> cst.BaseExpression:
    """The same function for the target's arrays."""
    ctx.count("approximate")
    message = "runs as it is, in NumPy, on copies of the arrays: no gradient passes it"
    ctx.note(node, _CODE, name, message, "write it with the framework's functions where gradients or compilation count")
    function = ctx.native(name) if ctx.foreign(name) else node.with_changes(lpar=[], rpar=[])
    return nodes.call(ctx.helper("on_host"), function).with_changes(lpar=node.lpar, rpar=node.rpar)


@rule(cst.Call)
def record_dtype(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``np.dtype([("normals", "<f4", 3)])`` stays: other frameworks have no arrays of records."""
    if ctx.source.name != "numpy" or ctx.name_of(node.func) != "numpy.dtype" or ctx.target.name == "numpy":
        return None
    if not node.args or not isinstance(node.args[0].value, (cst.List, cst.Dict)):
        return None
    ctx.count("kept")
    return node.with_changes(func=ctx.native("numpy.dtype"))


@rule(cst.Call)
def host_only_array(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``np.array(["cat"])`` and ``np.empty(n, dtype=object)`` stay: nothing else has arrays of texts or objects."""
    name = ctx.source.renamed(ctx.name_of(node.func))
    place = ctx.source.settings.get("host_makers", {}).get(name)
    if place is None or ctx.target.name == "numpy" or not node.args:
        return None
    stated = next((arg for arg in node.args if arg.keyword is not None and arg.keyword.value == "dtype"), None)
    if stated is None and len(node.args) > place and node.args[place].keyword is None:
        stated = node.args[place]
    texts = stated is None and content(ctx.kind(node.args[0].value)).tag == "str"
    if not texts and (stated is None or not ctx.infer.is_host_dtype(stated.value)):
        return None
    ctx.count("kept")
    args = [arg if arg is stated else arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args]
    return node.with_changes(func=ctx.native(name), args=args)


@rule(cst.Call)
def library_test(node: cst.Call, ctx) -> None:
    """Leave classes in type tests as they are."""
    if ctx.name_of(node.func) in ("builtins.isinstance", "builtins.issubclass") and len(node.args) == 2:
        classes = classes_of(node.args[1].value)
        ctx.places.update(id(each) for each in classes if is_library_name(ctx.name_of(each), ctx))


@rule(cst.ClassDef)
def library_class(node: cst.ClassDef, ctx) -> None:
    """Leave base classes as they are."""
    ctx.places.update(id(base.value) for base in node.bases if is_library_name(ctx.name_of(base.value), ctx))
