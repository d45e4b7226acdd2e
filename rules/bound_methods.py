"""``self.op = self._first`` -> ``self.op = BoundMethod(self, self._first)``: methods that are attributes of a module.

``nnx.grad``, ``nnx.jit`` and the like call copies of a module, and a method of the module that was copied knows nothing
of these: its parameters would be constants. ``BoundMethod`` is part of the graph and is copied with it.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from ..s2s import nodes
from ..s2s.dataflow import read_names
from ..s2s.walk import below
from .base import rule
from .own_call import keeps_forward

_ADDING = ("append", "insert")
_PARTIAL = "functools.partial"
_NOT_BOUND = ("property", "staticmethod", "classmethod")
_CONSTANT = "copies of the module, as nnx.grad and nnx.jit make them, keep the function of the original: no gradient"
_HINT = "make it a method of the class"


@rule(cst.Attribute)
def bound_method(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """A method of a module that is kept in an attribute."""
    owner = ctx.kind(node.value) if _is_kept(node, ctx) else None
    if owner is None or owner.tag != "instance" or not ctx.infer.is_layer(owner):
        return None
    method = ctx.project.method(owner.name, node.attr.value)
    called = node.attr.value == ctx.source.settings.get("forward")
    if method is None and not called:
        return None
    if method is not None and any(d.endswith(_NOT_BOUND) for d in method.decorators):
        return None
    ctx.count("exact")
    made = ctx.descend(node)
    if called and not keeps_forward(owner.name, ctx):
        made = made.with_changes(attr=cst.Name(ctx.forward_name))
    return nodes.call(ctx.helper("BoundMethod"), ctx.visit(node.value), made)


@rule(cst.Lambda)
def bound_lambda(node: cst.Lambda, ctx) -> cst.BaseExpression | None:
    """A lambda that uses its module, or one that has a name here, and is kept in an attribute: it takes the module."""
    owners = _modules_read(node, ctx) if _is_kept(node, ctx) else ()
    params = node.params
    if not owners or params.posonly_params:
        return None
    if len(owners) > 1:
        ctx.note(node, "S2S203", ctx.module_api("__setattr__"), _CONSTANT, _HINT)
        return None
    own = cst.Param(cst.Name(owners[0]))
    made = ctx.descend(node)
    made = made.with_changes(
        params=made.params.with_changes(params=[own, *made.params.params]),
        whitespace_after_lambda=cst.SimpleWhitespace(" "),
    )
    ctx.count("exact")
    return nodes.call(ctx.helper("BoundMethod"), cst.Name(owners[0]), made)


def _modules_read(node: cst.Lambda | cst.FunctionDef, ctx) -> list[str]:
    """The module at hand and those that have names here, as far as a function reads them."""
    params = node.params
    own = {each.name.value for each in (*params.posonly_params, *params.params, *params.kwonly_params)}
    names = sorted(read_names(node) - own)
    return [name for name in names if name == "self" or ctx.infer.is_layer(ctx.kind(cst.Name(name)))]


@rule(cst.Call, cst.Name)
def bound_otherwise(node: cst.Call | cst.Name, ctx) -> cst.BaseExpression | None:
    """A partial of a method, or a function of the constructor that uses a module: told."""
    if not _is_kept(node, ctx):
        return None
    if isinstance(node, cst.Name):
        functions = (f for f in below(ctx.enclosing) if isinstance(f, cst.FunctionDef) and f.name.value == node.value)
        reads = any(_modules_read(function, ctx) for function in functions)
    else:
        given = node.args[:1] if ctx.name_of(node.func) == _PARTIAL else ()
        reads = any(nodes.is_of_self(arg.value) and ctx.kind(arg.value).tag == "method" for arg in given)
    if reads:
        ctx.note(node, "S2S203", ctx.module_api("__setattr__"), _CONSTANT, _HINT)
    return None


@rule(cst.Call)
def bound_by_call(node: cst.Call, ctx) -> None:
    """``self.steps.append(self.step)`` and ``setattr(self, name, self.step)``: told."""
    if ctx.target.name != "jax" or ctx.scope is None or not (_adds(node) or _is_setattr(node, ctx)):
        return
    if ctx.threading.is_module(ctx.scope.cls) and any(_reads_module(arg.value, ctx) for arg in node.args):
        ctx.note(node, "S2S203", ctx.module_api("__setattr__"), _CONSTANT, _HINT)


def _adds(node: cst.Call) -> bool:
    return nodes.calls_method(node, *_ADDING) and nodes.is_of_self(cst.ensure_type(node.func, cst.Attribute).value)


def _is_setattr(node: cst.Call, ctx) -> bool:
    own = bool(node.args) and nodes.is_name(node.args[0].value, "self")
    return own and ctx.name_of(node.func) == "builtins.setattr"


def _reads_module(node: cst.BaseExpression, ctx) -> bool:
    """Whether a value is a method of the module, or a lambda that uses it."""
    if isinstance(node, cst.Lambda):
        return bool(_modules_read(node, ctx))
    return nodes.is_of_self(node) and ctx.kind(node).tag == "method"


def _is_kept(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is, or may be, a value that the statement at hand gives an attribute of a module."""
    if ctx.target.name != "jax" or ctx.scope is None:
        return False
    statement, kept = ctx.kept_values
    if statement is not ctx.small_statement:
        kept = _kept_by(ctx.small_statement)
        ctx.kept_values = (ctx.small_statement, kept)
    return id(node) in kept and ctx.threading.is_module(ctx.scope.cls)


def _kept_by(statement: cst.CSTNode | None) -> frozenset[int]:
    """The ids of what a statement gives attributes of ``self``."""
    if not isinstance(statement, cst.Assign) or not any(nodes.is_of_self(t.target) for t in statement.targets):
        return frozenset()
    return frozenset(map(id, _values(statement.value)))


def _values(node: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The expressions of which a value is one, or that a container is written of."""
    if isinstance(node, cst.IfExp):
        yield from (*_values(node.body), *_values(node.orelse))
    elif isinstance(node, cst.BooleanOperation):
        yield from (*_values(node.left), *_values(node.right))
    elif isinstance(node, (cst.List, cst.Tuple, cst.Dict)):
        for element in node.elements:
            yield from _values(element.value)
    elif isinstance(node, (cst.ListComp, cst.SetComp, cst.DictComp)):
        yield from _values(node.value if isinstance(node, cst.DictComp) else node.elt)
    else:
        yield node
