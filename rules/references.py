"""``act_layer=nn.GELU``, ``torch.float32``, ``F.relu`` as values: names that are not called."""

from __future__ import annotations

import libcst as cst

from ..s2s import nodes
from ..s2s.helper_names import helpers_of
from ..s2s.kinds import ARRAY, UNKNOWN
from ..s2s.lift import Bound, bind, same_literal
from ..s2s.lower import Spelled
from ..s2s.own_spelling import own_class
from ..s2s.tables import Entry, Form
from .base import rule


@rule(cst.Name, cst.Attribute)
def reference(node: cst.Name | cst.Attribute, ctx) -> cst.BaseExpression | None:
    """Replace a reference to the source framework by the target's, or by a stub."""
    if isinstance(node, cst.Name):
        if ctx.is_local(node.value) or node.value in ctx.module.aliases or id(node) in ctx.places:
            return node
    kind = ctx.kind(node)
    name = ctx.project.canonical(kind.name) if kind.tag == "ref" else constant_name(node, ctx)
    if not name or not ctx.foreign(name):
        if isinstance(node, cst.Name):
            return node
        return None
    entry = ctx.source.find(name)
    if ctx.annotation:
        return _annotation(node, name, entry, ctx)
    if entry is None and helpers_of(name) and name.rpartition(".")[2] in ctx.target.templates:
        return ctx.helper(name.rpartition(".")[2])
    if entry is None:
        return _module_value(name, ctx) or _unknown(node, name, ctx)
    found = value_of(entry, ctx)
    if found is None:
        reason = entry.refuse or f"no {ctx.target.name} counterpart is known"
        return ctx.refuse(node, name, reason)
    named = _with_source_names(entry, ctx)
    if named is not None:
        return named
    graded = bool(entry.fold) or entry.context == "drop"
    ctx.count(entry.grade if graded else "exact")
    if graded and entry.grade == "approximate":
        ctx.note(node, "S2S200" if entry.fold else "S2S201", name, entry.note)
    if node.lpar and not found.lpar:
        found = found.with_changes(lpar=node.lpar, rpar=node.rpar)
    return found


def _module_value(name: str, ctx) -> cst.BaseExpression | None:
    """``keras.backend`` as a value -> the generated module that stands for it; ``nn.__dict__`` -> that module's."""
    whole, _, attribute = name.rpartition(".")
    content = attribute == "__dict__"
    module = ctx.project.namespaces.get(f"{ctx.imports.package}:{ctx.source.renamed(whole if content else name)}")
    if module is None:
        return None
    ctx.count("exact")
    found = ctx.imports.sibling(module.rpartition(".")[2])
    return cst.Attribute(found, cst.Name("__dict__")) if content else found


def _unknown(node: cst.BaseExpression, name: str, ctx) -> cst.BaseExpression:
    """A stub for a name that the tables do not list; that of a module has stubs for what is in it."""
    reason = f"no {ctx.target.name} counterpart is known"
    known = ctx.source.renamed(name) in ctx.source.settings.get("modules", ())
    if known and "module_stand_in" in ctx.target.templates:
        return ctx.refuse(node, name, reason, stub="module_stand_in")
    return ctx.refuse(node, name, reason)


def constant_name(node: cst.BaseExpression, ctx) -> str:
    """The name of a framework constant, whose kind is the constant's and not a reference."""
    if isinstance(node, cst.Attribute):
        base = ctx.kind(node.value)
        if base.tag == "ref":
            name = ctx.project.canonical(f"{base.name}.{node.attr.value}")
            return name if ctx.foreign(name) else ""
    if isinstance(node, cst.Name) and ctx.kind(node).tag in ("dtype", "float", "str", "tuple"):
        known = ctx.module.names.get(node.value)
        return known.name if known is not None and known.tag == "ref" else ""
    return ""


def value_of(entry: Entry, ctx) -> cst.BaseExpression | None:
    """The target's expression for an entry used as a value."""
    if entry.const:
        native = ctx.target.constants.get(entry.const)
        if native is None:
            return None
        found = ctx.target.entries[native]
        if found.write:
            return nodes.fill(found.write, {}, ctx.imports.template_name)
        if native.startswith("@"):
            return ctx.helper(native[1:])
        return ctx.native(native)
    if entry.type and entry.op not in ctx.target.templates:
        return ctx.type_node(entry.type)
    if entry.fold and entry.property:
        return nodes.fill(entry.fold, {}, ctx.imports.template_name)
    if entry.fold:
        return nodes.expression(f"(lambda *args, **kwargs: {entry.fold})")
    if entry.context == "drop" and "no_context" in ctx.target.templates:
        return ctx.helper("no_context")
    if entry.drop == "decorator":
        return nodes.expression("(lambda *args, **kwargs: lambda value: value)")
    if entry.drop:
        return nodes.expression("(lambda value, *args, **kwargs: value)")
    own = ctx.own_layer(entry.op)
    if own is not None:
        return own_class(own, ctx.writer)
    if entry.overloads:
        return _overloaded(entry, ctx)
    return _function_value(entry, ctx)


# Functions of PyTorch whose results depend on the arguments, and the helpers that decide at each call.
_DECIDING = {"torch.max": "max_of", "torch.min": "min_of"}


def _overloaded(entry: Entry, ctx) -> cst.BaseExpression | None:
    if _DECIDING.get(entry.native, "") in ctx.target.templates:
        return ctx.helper(_DECIDING[entry.native])
    for part in _widest_first(entry):
        found = _function_value(part, ctx)
        if found is not None:
            return found
    return None


def _widest_first(entry: Entry) -> tuple[Entry, ...]:
    """The overloads; one that takes the arguments of all others comes first, as nobody knows what a value is given."""
    usual = [part for part in entry.overloads if part.writable or not entry.writable]
    every = {arg.canonical for part in usual for arg in part.args}
    widest = [part for part in usual if {arg.canonical for arg in part.args} == every and not part.when]
    rest = sorted((part for part in entry.overloads if part not in widest), key=lambda part: bool(part.when))
    return (*widest, *rest)


def called_with(entry: Entry, ctx) -> dict[str, str] | None:
    """Canonical names -> the argument names of what ``value_of`` gives for a function; None if it takes but one."""
    if _DECIDING.get(entry.native, "") in ctx.target.templates:
        return {"x": "x", "axis": "dim", "keepdims": "keepdim", "x2": "other"}
    for part in _widest_first(entry) if entry.overloads else (entry,):
        op = ctx.hub.get(part.op)
        if op is None or _function_value(part, ctx) is None:
            continue
        written = ctx.target.writes.get(op.name)
        form = _default_form(written) if written is not None else None
        unit = ctx.target.templates.get((form or written).helper or "" if written is not None else op.name)
        if unit is not None:
            return {p.name: p.name for p in unit.params}
        if written is None or written.write or (form is not None and form.write):
            return None
        return {a.canonical: a.native for a in written.args}
    return None


def _function_value(entry: Entry, ctx) -> cst.BaseExpression | None:
    op = ctx.hub.get(entry.op)
    if op is None:
        return None
    written = ctx.target.writes.get(op.name)
    unlike = _unlike_defaults(entry, op)
    kinked = ctx.writer.kink_helper(op)
    if kinked:
        return _with_defaults(ctx.helper(kinked), unlike, ctx)
    if op.layer and written is not None and not (written.write or written.forms or written.helper):
        return ctx.native(written.native)
    if written is None or written.helper:
        name = written.helper if written is not None else op.name
        if name not in ctx.target.templates:
            return None
        return _with_defaults(ctx.helper(name), unlike, ctx)
    form = _default_form(written, unlike)
    if form is not None and form.helper:
        return _with_defaults(ctx.helper(form.helper), unlike, ctx)
    template = form.write if form is not None else written.write
    if template:
        return _as_lambda(entry, template, op, ctx)
    native = form.call if form is not None and form.call else written.native
    if native.startswith("@") or (form is None and not all(map(_for_values, written.forms))):
        return None
    return _native_value(entry, written, native, op, ctx)


def _unlike_defaults(entry: Entry, op) -> dict[str, str]:
    """The defaults of the source's function that are not those of the hub's, by canonical name."""
    defaults = {p.name: p.default for p in op.params if p.default is not None}
    return {k: v for k, v in entry.defaults.items() if k in defaults and not same_literal(v, defaults[k])}


def _with_defaults(function: cst.BaseExpression, unlike: dict[str, str], ctx) -> cst.BaseExpression:
    """A function of the hub's signature with other defaults bound by ``partial``."""
    if not unlike:
        return function
    bound = {name: _default(name, text, ctx) for name, text in unlike.items()}
    return nodes.call(ctx.imports.want_from("functools", "partial"), function, **bound)


def _default(name: str, text: str, ctx) -> cst.BaseExpression:
    """A default of the source as the target writes it; dtypes stand in the tables by name."""
    dtype = ctx.native_constant(text.strip("'\"")) if name == "dtype" else None
    return nodes.expression(text) if dtype is None else dtype


def _for_values(form: Form) -> bool:
    """Whether a form is for Python numbers, lists or literals: what a function value is not called with."""
    return any(p in ("scalar", "sequence", "int", "ints", "mask", "integers") for _, p in form.when)


def _default_form(written: Entry, unlike: dict[str, str] | None = None):
    """The form that is written when only the first argument is given, and other defaults than the hub's."""
    for form in written.forms:
        if all(_holds(predicate, (unlike or {}).get(name)) for name, predicate in form.when):
            return form
    return None


def _holds(predicate: str, default: str | None) -> bool:
    """Whether a predicate holds for an argument that is absent, or has this default."""
    if default is None:
        return predicate == "absent"
    return predicate == "given" or (predicate.startswith("=") and same_literal(predicate[1:], default))


def _native_value(entry: Entry, written: Entry, target: str, op, ctx) -> cst.BaseExpression | None:
    """The native function, with defaults that differ from the source's bound by ``partial``."""
    if [a.canonical for a in entry.args[:1]] != [a.canonical for a in written.args[:1]]:
        return None
    bound = {}
    native_names = {a.canonical: a.native for a in written.args}
    for param in op.params:
        ours = entry.defaults.get(param.name, param.default)
        theirs = written.defaults.get(param.name, param.default)
        if ours is None or theirs is None or same_literal(ours, theirs):
            continue
        if param.name not in native_names:
            return None
        mapped = written.values.get(param.name, {})
        text = next((native for canonical, native in mapped.items() if same_literal(canonical, ours)), ours)
        bound[native_names[param.name]] = _default(param.name, text, ctx)
    native = ctx.native(target)
    if not bound:
        return native
    return nodes.call(ctx.imports.want_from("functools", "partial"), native, **bound)


def _as_lambda(entry: Entry, template: str, op, ctx) -> cst.BaseExpression | None:
    """A function of the operands for an op that has only an expression template; its own where that is all it calls."""
    required = [p for p in op.params if p.default is None]
    if not template or not 0 < len(required) < 3 or any(p.variadic for p in required):
        return None
    function, _, argument = template.partition("(")
    if argument == "{" + required[0].name + "})" and function.replace(".", "").isidentifier():
        return nodes.fill(function, {}, ctx.imports.template_name)
    names = ["x"] if len(required) == 1 else [p.name for p in required]
    values: dict[str, cst.BaseExpression] = {
        p.name: nodes.expression(entry.defaults.get(p.name, p.default))
        for p in op.params
        if "{" + p.name + "}" in template and p not in required
    }
    values |= {p.name: cst.Name(name) for p, name in zip(required, names, strict=True)}
    body = nodes.fill(template, values, ctx.imports.template_name)
    parameters = cst.Parameters([cst.Param(cst.Name(name)) for name in names])
    space = cst.SimpleWhitespace(" ")
    return nodes.parenthesized(cst.Lambda(parameters, body, whitespace_after_lambda=space))


def _with_source_names(entry: Entry, ctx) -> cst.BaseExpression | None:
    """``op = torch.mean`` -> ``op = lambda input, dim=None: jnp.mean(input, axis=dim)`` for ``op(x, dim=1)``.

    None where no call of a value in the project uses an argument's name that what is written does not have.
    """
    wanted = ctx.project.keywords & {arg.native for arg in entry.args[1:]}
    plain = not (entry.overloads or entry.fold or entry.drop or entry.context or entry.type or entry.property)
    if not wanted or not plain or ctx.infer.is_hub_layer(entry.op) or ctx.infer.makes_object(entry.op):
        return None
    if any(arg.variadic or arg.positional_only for arg in entry.args) or _kept_names(entry, ctx) >= wanted:
        return None
    last = max(i for i, arg in enumerate(entry.args) if arg.native in wanted)
    params = [_parameter(entry, i, ctx) for i in range(last + 1)]
    args = [cst.Arg(cst.Name(arg.native), keyword=cst.Name(arg.native)) for arg in entry.args[: last + 1]]
    ctx.infer.push({arg.native: UNKNOWN if i else ARRAY for i, arg in enumerate(entry.args)})
    bound = bind(entry, args, None, ctx.kind)
    made = ctx.writer.spell(bound, None) if isinstance(bound, Bound) else None
    ctx.infer.pop()
    if not isinstance(made, Spelled):
        return None
    ctx.count(made.grade)
    space = cst.SimpleWhitespace(" ")
    return nodes.parenthesized(cst.Lambda(cst.Parameters(params), made.node, whitespace_after_lambda=space))


def _kept_names(entry: Entry, ctx) -> set[str]:
    """The source's names that what is written for the function takes too."""
    names = called_with(entry, ctx) or {}
    return {arg.native for arg in entry.args if names.get(arg.canonical) == arg.native}


def _parameter(entry: Entry, index: int, ctx) -> cst.Param:
    """A parameter with the default that the source's function has."""
    arg = entry.args[index]
    param = ctx.hub[entry.op].param(arg.canonical)
    default = entry.defaults.get(arg.canonical, param.default if param is not None else None)
    value = None if default is None else _default(arg.canonical, default, ctx)
    if value is None:
        return cst.Param(cst.Name(arg.native))
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Param(cst.Name(arg.native), default=value, equal=equal)


def _annotation(node, name: str, entry: Entry | None, ctx) -> cst.BaseExpression:
    if entry is not None:
        found = (ctx.type_node(entry.type) if entry.type else None) or value_of(entry, ctx)
        if found is not None and not isinstance(found, cst.Lambda):
            return found
    if name.startswith("typing."):
        return ctx.native(name)
    ctx.count("kept")
    return cst.SimpleString(repr(nodes.code(node)))


@rule(cst.Subscript)
def quoted_generic(node: cst.Subscript, ctx) -> cst.BaseExpression | None:
    """``NDArray[np.float64]`` is the array type; an annotation such as ``torch.Foo[int]`` may be kept as a string."""
    name = ctx.name_of(node.value)
    if not name or not ctx.foreign(name) or name.startswith("typing."):
        return None
    entry = ctx.source.find(name)
    found = value_of(entry, ctx) if entry is not None and (ctx.annotation or entry.type == "array") else None
    if found is not None and entry.type == "array":
        ctx.count("exact")
        return found
    if found is not None or not ctx.annotation:
        return None
    ctx.count("kept")
    return cst.SimpleString(repr(nodes.code(node)))


@rule(cst.BinaryOperation)
def quoted_union(node: cst.BinaryOperation, ctx) -> cst.BaseExpression | None:
    """``torch.Foo | None`` with a side that is kept as a string becomes a string as a whole."""
    if not isinstance(node.operator, cst.BitOr):
        return None
    new = ctx.descend(node)
    if new is not node and _names(new.right, new.left):
        return new.left
    given = isinstance(node.left, cst.SimpleString) or isinstance(node.right, cst.SimpleString)
    if given and not ctx.annotation:
        return new
    if isinstance(new.left, cst.SimpleString) or isinstance(new.right, cst.SimpleString):
        parts = [
            str(p.evaluated_value) if isinstance(p, cst.SimpleString) else nodes.code(p)
            for p in (new.left, new.right)
        ]
        return cst.SimpleString(repr(" | ".join(parts)))
    return new


def _names(part: cst.BaseExpression, union: cst.BaseExpression) -> bool:
    """Whether a union has a part already, as two classes of the source may be one of the target."""
    if isinstance(union, cst.BinaryOperation) and isinstance(union.operator, cst.BitOr):
        return _names(part, union.left) or _names(part, union.right)
    return isinstance(part, cst.Attribute) and part.deep_equals(union)
