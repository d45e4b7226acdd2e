"""flax.nnx variables, random streams and lists of modules as the targets have them: tensors, keys, ``ModuleList``."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import is_integral
from .base import rule

_VARIABLES = ("Parameter", "Buffer")


def _leaves_nnx(ctx) -> bool:
    return ctx.source.name == "jax" and ctx.target.name in ("torch", "tensorflow", "numpy")


def _is_read(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is ``variable.value`` or ``variable.get_value()``."""
    if isinstance(node, cst.Call) and not node.args and isinstance(node.func, cst.Attribute):
        return node.func.attr.value == "get_value" and _variable(node.func.value, ctx)
    return isinstance(node, cst.Attribute) and node.attr.value == "value" and _variable(node.value, ctx)


def _snapshot(node: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """A variable's value as it is now, where the variable itself changes: by itself, or by an optimizer in PyTorch."""
    if ctx.source.name != "jax" or not _is_read(node, ctx):
        return None
    if ctx.target.name == "torch" and not _in_module(ctx):
        return nodes.call(cst.Attribute(ctx.visit(node), cst.Name("clone")))
    if ctx.target.name != "tensorflow":
        return None
    return nodes.call(ctx.native("tensorflow.convert_to_tensor"), ctx.visit(node))


def _in_module(ctx) -> bool:
    """Whether this is code of a module, during which no optimizer steps."""
    return ctx.scope is not None and bool(ctx.scope.cls) and ctx.threading.is_module(ctx.scope.cls)


@rule(cst.Assign)
def kept_value(node: cst.Assign, ctx) -> cst.BaseSmallStatement | None:
    """``old = self.count.value`` -> ``old = tf.convert_to_tensor(self.count)``."""
    value = _snapshot(node.value, ctx) if all(isinstance(t.target, cst.Name) for t in node.targets) else None
    return None if value is None else node.with_changes(value=value)


@rule(cst.Return)
def returned_value(node: cst.Return, ctx) -> cst.BaseSmallStatement | None:
    """``return self.count.value`` -> ``return tf.convert_to_tensor(self.count)``."""
    value = _snapshot(node.value, ctx) if node.value is not None else None
    return None if value is None else node.with_changes(value=value)


@rule(cst.Element)
def element_value(node: cst.Element, ctx) -> cst.Element | None:
    """``(self.count.value, x)`` -> ``(tf.convert_to_tensor(self.count), x)``."""
    value = _snapshot(node.value, ctx)
    return None if value is None else node.with_changes(value=value)


@rule(cst.Expr)
def appended_value(node: cst.Expr, ctx) -> cst.BaseSmallStatement | None:
    """``history.append(model.scale.value)`` -> ``history.append(model.scale.clone())``."""
    call = node.value
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "append":
        return None
    value = _snapshot(call.args[0].value, ctx) if len(call.args) == 1 else None
    if value is None:
        return None
    func = call.func.with_changes(value=ctx.visit(call.func.value))
    return node.with_changes(value=call.with_changes(func=func, args=[call.args[0].with_changes(value=value)]))


@rule(cst.Call)
def host_value(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``np.asarray(model.scale.value)`` -> ``np.asarray(model.scale.detach())``: parameters have gradients."""
    if ctx.source.name != "jax" or ctx.target.name != "torch" or not node.args:
        return None
    if ctx.name_of(node.func) not in ("numpy.asarray", "numpy.array"):
        return None
    first = node.args[0]
    if first.star or not (_is_read(first.value, ctx) or _variable(first.value, ctx)):
        return None
    value = nodes.call(cst.Attribute(ctx.visit(first.value), cst.Name("detach")))
    rest = [arg.with_changes(value=ctx.visit(arg.value)) for arg in node.args[1:]]
    return node.with_changes(args=[first.with_changes(value=value), *rest])


@rule(cst.Attribute)
def variable_value(node: cst.Attribute, ctx) -> cst.BaseExpression | None:
    """``self.scale.value`` -> ``self.scale``."""
    if node.attr.value != "value" or not _leaves_nnx(ctx) or not _variable(node.value, ctx):
        return None
    ctx.count("exact")
    return ctx.visit(node.value)


@rule(cst.Call)
def variable_call(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``self.scale.get_value()`` -> ``self.scale``."""
    func = node.func
    if (
        not isinstance(func, cst.Attribute)
        or func.attr.value != "get_value"
        or node.args
        or not _leaves_nnx(ctx)
    ):
        return None
    if not _variable(func.value, ctx):
        return None
    ctx.count("exact")
    return ctx.visit(func.value)


@rule(cst.Expr)
def variable_set(node: cst.Expr, ctx) -> cst.BaseSmallStatement | None:
    """``self.count.set_value(v)`` -> ``self.count = v.detach()``."""
    call = node.value
    if (
        not isinstance(call, cst.Call)
        or not isinstance(call.func, cst.Attribute)
        or not _leaves_nnx(ctx)
    ):
        return None
    if (
        call.func.attr.value != "set_value"
        or len(call.args) != 1
        or not _variable(call.func.value, ctx)
    ):
        return None
    return _stored(call.func.value, call.args[0].value, ctx.visit(call.args[0].value), ctx)


@rule(cst.Assign)
def variable_assignment(node: cst.Assign, ctx) -> cst.BaseSmallStatement | None:
    """``self.count.value = v`` and ``self.count[...] = v`` -> ``self.count = v.detach()``."""
    if len(node.targets) != 1 or not _leaves_nnx(ctx):
        return None
    target = node.targets[0].target
    owner = _written(target, ctx)
    if owner is not None:
        return _stored(owner, node.value, ctx.visit(node.value), ctx)
    if not _may_be_written(target, ctx):
        return None
    ctx.count("exact")
    return cst.Expr(nodes.call(ctx.helper("nnx.assign_value"), ctx.visit(target.value), ctx.visit(node.value)))


def _may_be_written(target: cst.BaseExpression, ctx) -> bool:
    """Whether ``layer.kernel.value`` and ``layer.kernel[...]`` may be those of a variable, which is a tensor."""
    whole = isinstance(target, cst.Subscript) and nodes.code(target).endswith("[...]")
    whole = whole or isinstance(target, cst.Attribute) and target.attr.value == "value"
    if ctx.target.name != "torch" or not whole:
        return False
    if not isinstance(target.value, cst.Attribute) or ctx.kind(target.value).tag != "unknown":
        return False
    return any(kind.tag == "ref" and kind.name.startswith("flax") for kind in ctx.module.names.values())


@rule(cst.AugAssign)
def variable_update(node: cst.AugAssign, ctx) -> cst.BaseSmallStatement | None:
    """``self.count.value += 1`` -> ``self.count = (self.count + 1).detach()``."""
    owner = _written(node.target, ctx) if _leaves_nnx(ctx) else None
    operator = getattr(cst, type(node.operator).__name__.removesuffix("Assign"), None)
    if owner is None or operator is None:
        return None
    value = cst.BinaryOperation(
        ctx.visit(owner), operator(), nodes.parenthesized(ctx.visit(node.value))
    )
    return _stored(owner, owner, value, ctx)


def _written(target: cst.BaseExpression, ctx) -> cst.BaseExpression | None:
    """The variable whose whole value a target stands for."""
    if isinstance(target, cst.Attribute) and target.attr.value == "value":
        owner = target.value
    elif isinstance(target, cst.Subscript) and nodes.code(target).endswith("[...]"):
        owner = target.value
    else:
        return None
    return owner if isinstance(owner, cst.Attribute) and _variable(owner, ctx) else None


def _stored(owner, original, value, ctx) -> cst.BaseSmallStatement:
    """Parameters are written in place, so that an optimizer keeps them; buffers of PyTorch and arrays are replaced."""
    ctx.count("exact")
    if ctx.target.name == "tensorflow":
        return cst.Expr(nodes.call(cst.Attribute(ctx.visit(owner), cst.Name("assign")), value))
    if ctx.target.name == "numpy":
        return cst.Assign([cst.AssignTarget(ctx.visit(owner))], nodes.call(ctx.native("numpy.asarray"), value))
    if _op_of_attribute(owner, ctx) != "Buffer":
        return cst.Expr(nodes.call(ctx.helper("assign"), ctx.visit(owner), value))
    return cst.Assign([cst.AssignTarget(ctx.visit(owner))], _kept(original, value, ctx))


def _kept(original, value, ctx) -> cst.BaseExpression:
    """What a buffer keeps of a value: its gradient too while a loss is computed that may ask for it."""
    if ctx.project.differentiates and not _is_integral(original, ctx):
        return nodes.call(ctx.helper("nnx.kept"), value)
    if ctx.kind(original).tag != "array":
        value = nodes.call(ctx.native("torch.as_tensor"), value)
    return nodes.call(cst.Attribute(nodes.parenthesized(value), cst.Name("detach")))


def _is_integral(node: cst.BaseExpression, ctx) -> bool:
    kind = ctx.kind(node)
    return kind.tag in ("int", "bool") or kind.tag == "array" and is_integral(kind.name)


@rule(cst.Assign)
def new_variable(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``self.loss = Loss(v)`` in a call -> ``self.register_buffer("loss", v)``, with its gradient in a loss."""
    call, target = node.value, node.targets[0].target
    if ctx.source.name != "jax" or ctx.target.name != "torch" or not _in_module(ctx):
        return None
    if ctx.scope.name.endswith(".__init__"):
        return None
    if not isinstance(call, cst.Call) or len(call.args) != 1 or not isinstance(target, cst.Attribute):
        return None
    if class_of_variable(ctx.name_of(call.func), ctx) != "Buffer" or nodes.code(target.value) != "self":
        return None
    value = call.args[0].value
    ctx.count("exact")
    func = cst.Attribute(ctx.visit(target.value), cst.Name("register_buffer"))
    key = cst.SimpleString(f'"{target.attr.value}"')
    return [cst.Expr(nodes.call(func, key, _kept(value, ctx.visit(value), ctx)))]


def _variable(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is a parameter or buffer."""
    kind = ctx.kind(node)
    if kind.tag == "array":
        return kind.name == "variable"
    return kind.tag == "instance" and bool(class_of_variable(kind.name, ctx))


def _op_of_attribute(node: cst.Attribute, ctx) -> str:
    """``Buffer`` for an attribute that the class only ever makes buffers of."""
    owner = ctx.kind(node.value)
    info = ctx.project.class_info(owner.name) if owner.tag == "instance" else None
    kinds = info.assigned.get(node.attr.value, ()) if info is not None else ()
    ops = {class_of_variable(kind.name, ctx) for kind in kinds if kind.tag in ("result", "instance")}
    return "Buffer" if ops == {"Buffer"} else ""


def class_of_variable(name: str, ctx) -> str:
    """What a class of variables is: ``Parameter`` or ``Buffer``; '' for other classes."""
    for base in ctx.project.mro(name):
        entry = ctx.source.find(base)
        if entry is not None and entry.op in _VARIABLES:
            return entry.op
    return ""


@rule(cst.Name)
def dropped_rngs(node: cst.Name, ctx) -> cst.BaseExpression | None:
    """``rngs`` in a constructor that takes none any more -> a stream of its own."""
    scope = ctx.scope
    if (
        node.value != "rngs"
        or not _leaves_nnx(ctx)
        or scope is None
        or not scope.cls
        or not scope.name.endswith(".__init__")
    ):
        return None
    if (
        "rngs" not in scope.params
        or not ctx.threading.is_module(scope.cls)
        or rebinds(scope.body, "rngs")
    ):
        return None
    ctx.count("close")
    return nodes.call(ctx.helper("nnx.Rngs"))


def rebinds(body: cst.BaseSuite | None, name: str) -> bool:
    """Whether a function assigns to one of its names."""

    class Finder(cst.CSTVisitor):
        found = False

        def visit_AssignTarget(self, node: cst.AssignTarget) -> None:
            if isinstance(node.target, cst.Name) and node.target.value == name:
                self.found = True

    finder = Finder()
    if body is not None:
        body.visit(finder)
    return finder.found


@rule(cst.Call)
def module_container(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``nnx.data([Block(), Block()])`` -> ``nn.ModuleList([Block(), Block()])``, so that its modules are registered."""
    if (
        not _leaves_nnx(ctx)
        or ctx.name_of(node.func) not in ("flax.nnx.data", "flax.nnx.List")
        or len(node.args) != 1
    ):
        return None
    kind = ctx.kind(node.args[0].value)
    if kind.tag not in ("list", "dict") or not kind.items:
        return None
    container = {"list": "ModuleList", "dict": "ModuleDict"}[kind.tag]
    if not ctx.infer.is_layer(kind.items[-1]):
        if kind.items[-1].tag != "array" or kind.items[-1].name != "variable":
            return None
        container = container.replace("Module", "Parameter")
    ctx.count("exact")
    func = ctx.native(f"torch.nn.{container}") if ctx.target.name == "torch" else ctx.helper(container)
    return node.with_changes(func=func, args=[a.with_changes(value=ctx.visit(a.value)) for a in node.args])


@rule(cst.Expr)
def sown_value(node: cst.Expr, ctx) -> list[cst.BaseSmallStatement] | None:
    """``self.sow(nnx.Intermediate, "features", x)`` goes: code that asks for such values is refused."""
    if not isinstance(node.value, cst.Call) or not _keeps_value(node.value, "sow", ctx):
        return None
    ctx.count("approximate")
    ctx.note(node, "S2S207", "flax.nnx.Module.sow", "values on the way are not kept", "return them where you need them")
    return []


@rule(cst.Call)
def sown_result(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``kept = self.sow(nnx.Intermediate, "features", x)`` is refused: nobody would find the value."""
    for method in ("sow", "perturb"):
        if _keeps_value(node, method, ctx):
            reason = "values on the way are not kept: return them"
            return node.with_changes(func=ctx.refuse(node.func, f"flax.nnx.Module.{method}", reason))
    return None


def _keeps_value(node: cst.Call, method: str, ctx) -> bool:
    """Whether a call asks a module of flax.nnx to keep a value that is on the way."""
    func = node.func
    if not isinstance(func, cst.Attribute) or func.attr.value != method or not _leaves_nnx(ctx):
        return False
    owner = ctx.kind(func.value)
    return ctx.infer.is_layer(owner) and "flax.nnx.Module" in ctx.project.mro(owner.name)


@rule(cst.Call)
def partial_layer(node: cst.Call, ctx) -> cst.BaseExpression | None:
    """``partial(nnx.Conv, use_bias=False, rngs=rngs)`` without what the layer does not take."""
    if ctx.name_of(node.func) != "functools.partial" or not _leaves_nnx(ctx) or not node.args:
        return None
    name = ctx.name_of(node.args[0].value)
    if not name or not ctx.infer.is_layer_class(name):
        return None
    entry = ctx.source.find(name)
    ignored = {"rngs", *(entry.ignore if entry is not None else ())}
    args = [a for a in node.args if a.keyword is None or a.keyword.value not in ignored]
    if len(args) == len(node.args):
        return None
    return ctx.visit(node.with_changes(args=nodes.spaced(args)))


def initialised_body(node: cst.FunctionDef, body: cst.BaseSuite, cls: str, ctx) -> cst.BaseSuite:
    """The body of a constructor that first calls that of the target's base class, which flax.nnx does not need."""
    if (
        not _leaves_nnx(ctx)
        or ctx.target.name == "numpy"
        or node.name.value != "__init__"
        or not isinstance(body, cst.IndentedBlock)
    ):
        return body
    bases = ctx.project.mro(cls)[1:]
    entries = [ctx.source.find(base) for base in bases]
    if not any(
        e is not None and (e.native == "flax.nnx.Module" or e.op.startswith("nnx."))
        for e in entries
    ):
        return body
    if "__init__(" in nodes.code(node.body):
        return body
    inherited = any(
        ctx.project.class_info(b) is not None and "__init__" in ctx.project.class_info(b).methods
        for b in bases
    )
    own = inherited or any(e is not None and e.op.startswith("nnx.") for e in entries)
    if own:
        base = ctx.native("torch.nn.Module") if ctx.target.name == "torch" else ctx.helper("Module")
        call = nodes.call(cst.Attribute(base, cst.Name("__init__")), cst.Name("self"))
    else:
        call = nodes.call(cst.Attribute(nodes.call(cst.Name("super")), cst.Name("__init__")))
    statements = list(body.body)
    at = 1 if _is_docstring(statements[0]) else 0
    line = cst.SimpleStatementLine([cst.Expr(call)])
    return body.with_changes(body=[*statements[:at], line, *statements[at:]])


def _is_docstring(statement: cst.BaseStatement) -> bool:
    first = (
        statement.body[0]
        if isinstance(statement, cst.SimpleStatementLine) and statement.body
        else None
    )
    return isinstance(first, cst.Expr) and isinstance(
        first.value, (cst.SimpleString, cst.ConcatenatedString)
    )
