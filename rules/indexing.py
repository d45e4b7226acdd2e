"""``x[i] = v`` -> ``x = x.at[i].set(v)`` and the indexing that the target's arrays lack."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..s2s import nodes
from ..s2s.kinds import INT, NUMBERS, SEQUENCES, Kind, content, has_floats, is_integral, list_of, may_be_whole
from ..s2s.reading import names_read
from ..s2s.receivers import is_mapping_parameter
from ..s2s.statements import view_root
from ..s2s.unit_axes import may_lead, unit_names
from ..s2s.walk import below
from .base import rule
from .element_names import may_be_element
from .mask_arithmetic import counted
from .parts_of_results import part_of_result
from .reversed_slices import is_backwards, reversed_slices
from .temporary_views import scattered
from .view_writes import is_held, is_slice, stored

_AT = {cst.AddAssign: "add", cst.MultiplyAssign: "multiply"}
_OPERATORS = {
    cst.AddAssign: cst.Add,
    cst.SubtractAssign: cst.Subtract,
    cst.MultiplyAssign: cst.Multiply,
    cst.DivideAssign: cst.Divide,
    cst.FloorDivideAssign: cst.FloorDivide,
    cst.ModuloAssign: cst.Modulo,
    cst.PowerAssign: cst.Power,
    cst.BitAndAssign: cst.BitAnd,
    cst.BitOrAssign: cst.BitOr,
    cst.BitXorAssign: cst.BitXor,
    cst.MatrixMultiplyAssign: cst.MatrixMultiply,
}


# Accessors of tables of pandas, which take several indices too.
_OF_TABLES = ("loc", "iloc")


@rule(cst.Subscript)
def read_index(node: cst.Subscript, ctx) -> cst.BaseExpression | None:
    """Reading ``x[index]`` where the target's arrays cannot be indexed so."""
    if ctx.annotation or id(node) in ctx.places or _has_string_key(node, ctx):
        return None
    if ctx.source.settings.get("lists_as_indices") and _is_one_list(node, ctx):
        ctx.count("exact")
        only = node.slice[0].with_changes(slice=cst.Index(nodes.call(cst.Name("tuple"), index_value(node, ctx))))
        return node.with_changes(value=ctx.visit(node.value), slice=[only])
    if ctx.kind(node.value).tag == "unknown" and ctx.target.name == "torch" and ctx.source.name != "torch":
        if any(map(is_backwards, node.slice)):
            ctx.count("exact")
            return nodes.call(ctx.helper("getitem"), ctx.visit(node.value), index_value(node, ctx))
    target = ctx.target.name
    by_array = _indexed_by_array(node, ctx)
    split = by_array and ctx.source.name == "torch" and splits_axes(node, ctx)
    if ctx.kind(node.value).tag != "array" and not (target == "tensorflow" and by_array or split):
        return None
    reorders = ctx.source.name != "torch" and target in ("torch", "tensorflow")
    if (reorders or "ivy" in (ctx.source.name, target)) and splits_axes(node, ctx):
        api = ctx.array_api("__getitem__")
        return ctx.refuse(node, api, "an int and an array index separated by a slice order the axes otherwise")
    if target == "torch":
        return reversed_slices(node, ctx)
    if ctx.target.settings.get("strict_indexing") and not all(is_basic(e, ctx) for e in node.slice):
        ctx.count("exact")
        return nodes.call(ctx.helper("getitem"), ctx.visit(node.value), index_value(node, ctx))
    if ctx.source.name == "torch" and target != "tensorflow" and splits_axes(node, ctx):
        ctx.count("exact")
        return _ints_first(node, ctx)
    if ctx.target.language == "jax" and any(_is_list(e) or _is_variable(e, ctx) or _held(e, ctx) for e in node.slice):
        new = ctx.descend(node)
        return new.with_changes(slice=[_indexable(o, e, ctx) for o, e in zip(node.slice, new.slice)])
    return None


def _is_one_list(node: cst.Subscript, ctx) -> bool:
    """Whether the index is a list, which stands for a tuple in TensorFlow; one of numbers may be another array's."""
    only, owner = node.slice[0].slice if len(node.slice) == 1 else None, ctx.kind(node.value).tag
    if not isinstance(only, cst.Index) or only.star or ctx.kind(only.value).tag != "list":
        return False
    if owner == "unknown" and content(ctx.kind(only.value)).tag in ("int", "bool"):
        message = "a list as an index is a tuple of indices in TensorFlow; it is left, as the array may be another's"
        ctx.note(node, "S2S300", ctx.array_api("__getitem__"), message, "write a tuple of indices")
        return False
    return owner in ("array", "unknown")


def indexes_axes(node: cst.Subscript) -> bool:
    """Whether a subscript has indices for several axes, slices among them, as arrays alone take them."""
    of_table = isinstance(node.value, cst.Attribute) and node.value.attr.value in _OF_TABLES
    return not of_table and len(node.slice) > 1 and any(isinstance(part.slice, cst.Slice) for part in node.slice)


def _has_string_key(node: cst.Subscript, ctx) -> bool:
    """Whether an item is one of a dictionary, also where what holds it was taken for an array."""
    only = node.slice[0].slice if len(node.slice) == 1 else None
    return isinstance(only, cst.Index) and ctx.kind(only.value).tag == "str"


def _indexed_by_array(node: cst.Subscript, ctx) -> bool:
    """Whether a value of unknown kind is indexed by an array, or by a list of ints among others, as arrays are."""
    if ctx.kind(node.value).tag != "unknown":
        return False
    if len(node.slice) > 1 and any(_is_list(e) and ctx.kind(e.slice.value) == list_of(INT) for e in node.slice):
        return True
    kinds = [ctx.kind(e.slice.value) for e in node.slice if isinstance(e.slice, cst.Index)]
    if any(isinstance(e.slice, cst.Index) and _is_range(e.slice.value, ctx) for e in node.slice):
        return True
    if _is_entry(node.value, ctx) and all(kind.tag in ("unknown", "array") for kind in kinds) and kinds:
        return True
    of_host = ctx.source.name == "torch" and ctx.target.name == "tensorflow" and any(k.tag == "ndarray" for k in kinds)
    return of_host or any(kind.tag == "array" for kind in kinds)


def _is_entry(node: cst.BaseExpression, ctx) -> bool:
    """Whether a value is an entry of a dictionary of unknown values, as targets are: ``target["labels"][chosen]``."""
    return ctx.source.name == "torch" and isinstance(node, cst.Subscript) and _has_string_key(node, ctx)


def _indexable(old: cst.SubscriptElement, new: cst.SubscriptElement, ctx) -> cst.SubscriptElement:
    """An index that JAX takes: lists become arrays, variables are read."""
    if isinstance(old.slice, cst.Slice):
        return new
    if id(old.slice.value) in ctx.substitutes:
        return new
    if _is_list(new) and _of_ints(old, ctx) or ctx.kind(old.slice.value) == list_of(INT):
        return _as_array(new, ctx)
    if _is_list(new) or _held(old, ctx):
        of_elements = ctx.source.settings.get("hashable_elements")
        made = nodes.call(ctx.helper("element_list" if of_elements else "list_index"), new.slice.value)
        return new.with_changes(slice=cst.Index(made))
    if not _is_variable(old, ctx):
        return new
    return new.with_changes(slice=cst.Index(nodes.whole(new.slice.value)))


def _held(element: cst.SubscriptElement, ctx) -> bool:
    """Whether an index is a list that has a name, or one that a comprehension makes."""
    value = element.slice.value if isinstance(element.slice, cst.Index) else None
    if isinstance(value, cst.Call) and ctx.source.settings.get("hashable_elements"):
        return False  # functions of NumPy give tuples
    return value is not None and not isinstance(value, cst.List) and ctx.kind(value).tag == "list"


def _of_ints(element: cst.SubscriptElement, ctx) -> bool:
    """Whether a list of indices is written out and holds numbers."""
    parts = element.slice.value.elements
    return all(ctx.kind(part.value).tag in ("int", "bool", "list") or not ctx.kind(part.value) for part in parts)


def _is_variable(element: cst.SubscriptElement, ctx) -> bool:
    return isinstance(element.slice, cst.Index) and ctx.kind(element.slice.value) == Kind("array", "variable")


def splits_axes(node: cst.Subscript, ctx) -> bool:
    """Whether an int and an array index are separated: torch takes the int first, NumPy moves the axis to the front."""
    roles = [_role(e, ctx) for e in node.slice]
    if "int" not in roles or "array" not in roles:
        return False
    marked = [i for i, role in enumerate(roles) if role in ("int", "array")]
    return any(roles[i] not in ("int", "array") for i in range(marked[0], marked[-1]))


def _role(element: cst.SubscriptElement, ctx) -> str:
    part = element.slice
    if isinstance(part, cst.Slice):
        return "slice"
    if isinstance(part.value, cst.Ellipsis):
        return "ellipsis"
    if _is_list(element):
        return "array"
    tag = ctx.kind(part.value).tag
    return {"none": "none", "array": "array", "ndarray": "array"}.get(tag, "int")


def _ints_first(node: cst.Subscript, ctx) -> cst.Subscript:
    """``x[0, :, idx]`` -> ``x[0][:, idx]``."""
    full = cst.SubscriptElement(cst.Slice(None, None))
    first, second = [], []
    for element in node.slice:
        role = _role(element, ctx)
        new = ctx.visit(element)
        if role == "int":
            first.append(new)
            continue
        if role == "ellipsis":
            first.append(new)
        elif role != "none":
            first.append(full)
        second.append(_as_array(new, ctx) if _is_list(element) and ctx.target.language == "jax" else new)
    while first and first[-1] is full and "ellipsis" not in map(lambda e: _role(e, ctx), node.slice):
        first.pop()
    inner = cst.Subscript(ctx.visit(node.value), _joined(first))
    return node.with_changes(value=inner, slice=_joined(second))


def _assigned_ints_first(node: cst.Assign | cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x[0, :, idx] = v`` -> ``x[0][:, idx] = v``, in NumPy too."""
    places = [t.target for t in node.targets] if isinstance(node, cst.Assign) else [node.target]
    if ctx.source.name != "torch" or ctx.target.name != "numpy" or len(places) != 1:
        return None
    place = places[0]
    if not isinstance(place, cst.Subscript) or not splits_axes(place, ctx):
        return None
    if ctx.kind(place.value).tag not in ("array", "unknown"):
        return None
    ctx.count("exact")
    new, value = _ints_first(place, ctx), ctx.visit(node.value)
    if isinstance(node, cst.AugAssign):
        return [node.with_changes(target=new, value=value)]
    return [node.with_changes(targets=[node.targets[0].with_changes(target=new)], value=value)]


def _assigned_numbers(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x[:3] = (0, 0, 1)`` -> ``x[:3] = torch.tensor((0, 0, 1), dtype=x.dtype)``, where arrays take no sequences."""
    target = node.targets[0].target
    if ctx.target.name != "torch" or ctx.source.name == "torch" or len(node.targets) != 1:
        return None
    if not isinstance(target, cst.Subscript) or not isinstance(target.value, (cst.Attribute, cst.Name)):
        return None
    kind = ctx.kind(node.value)
    written = kind.tag in SEQUENCES and content(kind).tag in NUMBERS
    if ctx.kind(target.value).tag != "array" or not (written or _may_be_sequence(node.value, ctx)):
        return None
    if not written and isinstance(node.value, (cst.List, cst.Tuple)):
        value = ctx.writer.of_op("asarray", obj=nodes.parenthesized(node.value))
    else:
        dtype = cst.Attribute(ctx.visit(target.value), cst.Name("dtype"))
        maker = ctx.native("torch.tensor" if written else "torch.as_tensor")
        value = nodes.call(maker, ctx.visit(node.value), dtype=dtype)
    if value is None:
        return None
    ctx.count("exact")
    return [node.with_changes(targets=[node.targets[0].with_changes(target=ctx.descend(target))], value=value)]


def _may_be_sequence(value: cst.BaseExpression, ctx) -> bool:
    """Whether a value is a list of values, or an argument that may be one: the function asks its length."""
    if isinstance(value, (cst.List, cst.Tuple)):
        parts = [part.value for part in value.elements]
        return bool(parts) and not any(ctx.kind(part).tag == "str" for part in parts)
    if not isinstance(value, cst.Name) or ctx.kind(value).tag not in ("list", "unknown"):
        return False
    if ctx.scope is None or value.value not in ctx.scope.params:
        return False
    return ctx.enclosing is not None and any(_is_length_of(value.value, each) for each in below(ctx.enclosing))


def _is_length_of(name: str, node: cst.CSTNode) -> bool:
    """Whether a node is ``len(name)``."""
    length = isinstance(node, cst.Call) and nodes.is_name(node.func, "len") and len(node.args) == 1
    return length and nodes.is_name(cst.ensure_type(node, cst.Call).args[0].value, name)


def _joined(elements: list[cst.SubscriptElement]) -> list[cst.SubscriptElement]:
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    last = len(elements) - 1
    return [
        e.with_changes(comma=cst.MaybeSentinel.DEFAULT if i == last else comma) for i, e in enumerate(elements)
    ]


def _is_range(value: cst.BaseExpression, ctx) -> bool:
    return isinstance(value, cst.Call) and ctx.name_of(value.func) == "builtins.range"


def _is_list(element: cst.SubscriptElement) -> bool:
    return isinstance(element.slice, cst.Index) and isinstance(element.slice.value, cst.List)


def _as_array(element: cst.SubscriptElement, ctx) -> cst.SubscriptElement:
    array = nodes.call(ctx.native("jax.numpy.array"), element.slice.value)
    return element.with_changes(slice=cst.Index(array))


def is_basic(element: cst.SubscriptElement, ctx) -> bool:
    """Whether an index is an int, a slice, None or an ellipsis."""
    part = element.slice
    if isinstance(part, cst.Slice):
        return ctx.target.name != "ivy" or part.step is None or isinstance(part.step, cst.Integer)
    assert isinstance(part, cst.Index)
    if part.star:
        return False
    value = part.value
    if isinstance(value, (cst.Integer, cst.Ellipsis)) or nodes.code(value) in ("None", "..."):
        return True
    if isinstance(value, cst.UnaryOperation):
        return isinstance(value.expression, cst.Integer)
    return ctx.kind(value).tag in ("int", "none") and not _is_of_closure(value, ctx)


def _is_of_closure(node: cst.BaseExpression, ctx) -> bool:
    """Whether a number is the parameter of a function inside another: those that build masks are given arrays too."""
    info = ctx.scope.info if ctx.scope is not None else None
    return info is not None and info.local and isinstance(node, cst.Name) and info.param(node.value) is not None


def index_value(node: cst.Subscript, ctx) -> cst.BaseExpression:
    """The index of a subscript as one expression: slices become ``slice(...)``, several a tuple."""
    from .element_indices import ranges

    ranges(node, ctx)
    parts = [_index_part(e, ctx) for e in node.slice]
    if len(parts) == 1 and not isinstance(node.slice[0].comma, cst.Comma):
        only = parts[0]
        return only if not isinstance(only, cst.StarredElement) else nodes.tuple_of(parts)
    return nodes.tuple_of(parts)


def _index_part(element: cst.SubscriptElement, ctx) -> cst.BaseExpression | cst.StarredElement:
    part = element.slice
    if isinstance(part, cst.Index):
        value = ctx.visit(part.value)
        if ctx.target.name == "jax" and _is_variable(element, ctx):
            value = nodes.whole(value)
        return cst.StarredElement(value) if part.star else value
    bounds = [ctx.visit(b) if b is not None else cst.Name("None") for b in (part.lower, part.upper)]
    if part.step is not None:
        bounds.append(ctx.visit(part.step))
    return nodes.call(cst.Name("slice"), *bounds)


def _assigned_integers(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x[rows, columns] = counts`` -> ``... = counts.to(x.dtype)``: elements that arrays pick take no other dtype."""
    target = node.targets[0].target
    if ctx.source.name != "numpy" or ctx.target.name != "torch" or len(node.targets) != 1:
        return None
    if not isinstance(target, cst.Subscript) or not isinstance(target.value, (cst.Attribute, cst.Name)):
        return None
    kind, given = ctx.kind(target.value), ctx.kind(node.value)
    whole = may_be_whole(given) or given.tag == "array" and is_integral(given.name)
    if kind.tag != "array" or not has_floats(kind) or not whole or not _picks_by_arrays(target, ctx):
        return None
    ctx.count("exact")
    dtype = cst.Attribute(ctx.visit(target.value), cst.Name("dtype"))
    value = nodes.call(cst.Attribute(nodes.parenthesized(ctx.visit(node.value)), cst.Name("to")), dtype)
    return [node.with_changes(targets=[node.targets[0].with_changes(target=ctx.descend(target))], value=value)]


def _picks_by_arrays(target: cst.Subscript, ctx) -> bool:
    indices = [element.slice.value for element in target.slice if isinstance(element.slice, cst.Index)]
    return any(isinstance(index, cst.List) or ctx.kind(index).tag in ("array", "list") for index in indices)


@rule(cst.Assign)
def write_index(node: cst.Assign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x[i] = v`` on arrays that cannot be changed in place."""
    targets = [t.target for t in node.targets]
    places = [t.value for t in targets if isinstance(t, cst.Subscript)]
    if any(_is_property(place, ctx) and place.attr.value == "flat" for place in places):
        return ctx.refuse_statement(node.value, ctx.array_api("flat"), "there is no flat view that can be assigned")
    if ctx.target.settings.get("mutable_arrays"):
        return _assigned_ints_first(node, ctx) or _assigned_numbers(node, ctx) or _assigned_integers(node, ctx)
    if any(isinstance(e, cst.Subscript) and ctx.kind(e.value).tag == "array" for e in _parts_of(targets)):
        return _unpacked_items(node, targets, ctx)
    if len(targets) > 1:
        return _chained(node, targets, ctx)
    if not isinstance(targets[0], cst.Subscript):
        return None
    target = targets[0]
    if ctx.kind(node.value).tag == "str":
        return None  # no array of numbers takes a text
    if not _assignable(target, ctx) or _takes_no_array(target, node.value, ctx):
        return part_of_result(target, ctx)
    return written(target, ctx.visit(node.value), ctx)


def _takes_no_array(target: cst.Subscript, value: cst.BaseExpression, ctx) -> bool:
    """Whether something of unknown kind is given what PyTorch's tensors do not take: it is no tensor."""
    given = ctx.kind(value).tag in ("list", "tuple", "dict", "set", "none")
    return given and ctx.source.name == "torch" and ctx.kind(target.value).tag == "unknown"


def _parts_of(targets: list[cst.BaseAssignTargetExpression]) -> list[cst.BaseExpression]:
    """The targets inside ``a, b`` and ``[a, b]``."""
    groups = [t for t in targets if isinstance(t, (cst.Tuple, cst.List))]
    return [element.value for group in groups for element in group.elements]


def _unpacked_items(
    node: cst.Assign, targets: list[cst.BaseAssignTargetExpression], ctx
) -> Sequence[cst.BaseSmallStatement]:
    """``x[i], y[j] = f()`` -> ``x_value, y_value = f()`` and one assignment after the other."""
    group = targets[0]
    plain = len(targets) == 1 and isinstance(group, (cst.Tuple, cst.List))
    if not plain or not all(isinstance(e, cst.Element) for e in group.elements):
        reason = "several elements are assigned at once"
        return ctx.refuse_statement(node.value, ctx.array_api("__setitem__"), reason)
    values = node.value.elements if isinstance(node.value, (cst.Tuple, cst.List)) else [cst.Element(node.value)]
    if any(view_root(e.value, ctx.infer) for e in values):
        reason = "what is assigned may be a view of what the assignment before it changes"
        return ctx.refuse_statement(node.value, ctx.array_api("__setitem__"), reason)
    after: list[cst.BaseSmallStatement] = []
    elements: list[cst.BaseElement] = []
    for element in group.elements:
        place = element.value
        if isinstance(place, cst.Subscript) and _assignable(place, ctx):
            root = place.value.value if isinstance(place.value, cst.Name) else "item"
            fresh = cst.Name(ctx.fresh(f"{root}_part"))
            elements.append(element.with_changes(value=fresh))
            after.extend(written(place, fresh, ctx))
        else:
            elements.append(element.with_changes(value=ctx.visit(cst.AssignTarget(place)).target))
    assigned = cst.AssignTarget(group.with_changes(elements=elements))
    return [cst.Assign([assigned], ctx.visit(node.value)), *after]


def _chained(
    node: cst.Assign, targets: list[cst.BaseAssignTargetExpression], ctx
) -> Sequence[cst.BaseSmallStatement] | None:
    """``x[i] = x[j] = v`` as one assignment after the other."""
    if not any(isinstance(t, cst.Subscript) and _assignable(t, ctx) for t in targets):
        return None
    made: list[cst.BaseSmallStatement] = []
    value = ctx.visit(node.value)
    if not nodes.is_simple(value):
        read = {name for t in targets if not isinstance(t, cst.Name) for name in names_read(t)}
        plain = [t for t in targets if isinstance(t, cst.Name) and t.value not in read]
        name = plain[0] if plain else cst.Name(ctx.fresh("value"))
        targets = [t for t in targets if t is not name]
        made.append(cst.Assign([cst.AssignTarget(name)], value))
        value = name
    for target in targets:
        if isinstance(target, cst.Subscript) and _assignable(target, ctx):
            made.extend(written(target, value, ctx))
        else:
            made.append(cst.Assign([ctx.visit(cst.AssignTarget(target))], value))
    return made


def _assignable(target: cst.Subscript, ctx) -> bool:
    """Whether an item assignment is, or may be, one to an array that must be rebound."""
    base = target.value
    kind = ctx.kind(base)
    if _has_string_key(target, ctx):
        return False
    if kind.tag == "array":
        return isinstance(base, (cst.Name, cst.Attribute, cst.Subscript, cst.Call))
    if kind.tag == "unknown" and isinstance(base, cst.Attribute):
        return _indexed_by_array(target, ctx)
    if kind.tag == "unknown" and isinstance(base, cst.Subscript) and isinstance(base.value, cst.Name):
        return indexes_axes(target) and not only_changed(base.value.value, ctx)
    if kind.tag != "unknown" or not isinstance(base, cst.Name):
        return False
    param = ctx.scope.info.param(base.value) if ctx.scope is not None and ctx.scope.info is not None else None
    if param is not None and is_mapping_parameter(param.attributes):
        return False
    return base.value in ctx.infer.names_at_hand


def written(
    target: cst.Subscript, value: cst.BaseExpression, ctx, setter: str = "setitem"
) -> Sequence[cst.BaseSmallStatement]:
    """Statements that give ``target`` a new value by rebinding what it indexes."""
    from .changed_arguments import returned_arguments
    from .inplace import view_hazard

    base = target.value
    reorders = (ctx.source.name == "torch") != (ctx.target.name in ("torch", "tensorflow"))
    if (reorders or "ivy" in (ctx.source.name, ctx.target.name)) and splits_axes(target, ctx):
        return [
            cst.Expr(
                ctx.refuse(target, ctx.array_api("__setitem__"), "an int and an array index are separated by a slice")
            )
        ]
    if isinstance(base, cst.Attribute) and base.attr.value == "data":
        base = base.value
    if ctx.target.settings.get("mutable_arrays"):
        return [cst.Assign([cst.AssignTarget(ctx.descend(target))], value)]
    if isinstance(base, cst.Subscript):
        inner = _updated(ctx.visit(base), target, value, ctx, ctx.kind(base), setter)
        return written(base, inner, ctx, setter)
    view = scattered(base, _updated(ctx.visit(base), target, value, ctx, ctx.kind(base)), ctx)
    if view is not None and isinstance(view[0], (cst.Name, cst.Attribute)):
        return stored(*view, ctx)
    if not isinstance(base, (cst.Name, cst.Attribute)) or _is_property(base, ctx):
        api = ctx.array_api("__setitem__")
        return ctx.refuse_statement(base, api, "an element of a temporary view is assigned")
    if is_slice(base, ctx):
        ctx.count("exact")
        return stored(base, _updated(ctx.visit(base), target, value, ctx, ctx.kind(base)), ctx)
    hazard = view_hazard(base, ctx)
    if hazard:
        return ctx.refuse_statement(base, ctx.array_api("__setitem__"), hazard)
    if isinstance(base, cst.Name) and only_changed(base.value, ctx):
        reason = f"'{base.value}' is changed for the caller, and arrays are immutable"
        return ctx.refuse_statement(base, ctx.array_api("__setitem__"), reason)
    ctx.count("exact")
    if isinstance(base, cst.Name) and ctx.scope is not None and base.value in ctx.scope.params:
        escapes = ctx.argument_escapes(base.value) and not returned_arguments(ctx.scope.info, ctx)
        if not ctx.scope.is_forward and base.value not in ctx.scope.assigned and escapes:
            ctx.note(
                base, "S2S203", ctx.array_api("__setitem__"),
                f"the caller's '{base.value}' is not changed: arrays are immutable", "use the returned value",
            )  # fmt: skip
    new = ctx.visit(base)
    return [cst.Assign([cst.AssignTarget(new)], _updated(new, target, value, ctx, ctx.kind(base), setter))]


def _is_property(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is a view that a property of an array gives: ``x.T``."""
    is_member = isinstance(node, cst.Attribute) and ctx.kind(node.value).tag == "array"
    return is_member and node.attr.value in ctx.source.properties


def only_changed(name: str, ctx) -> bool:
    """Whether a change of ``name`` in place is for others alone: it is not bound here and not read afterwards."""
    scope = ctx.scope
    from .changed_arguments import returned_arguments

    if scope is None or name in scope.assigned or name in returned_arguments(scope.info, ctx):
        return False
    if name in scope.loop_names:
        return True
    if name not in scope.params or ctx.kind(cst.Name(name)).name == "variable":
        return False
    return ctx.argument_escapes(name) and (ctx.returns_nothing() or not ctx.read_after(name))


def _updated(base, target: cst.Subscript, value, ctx, kind, setter: str = "setitem") -> cst.BaseExpression:
    plain = kind.tag == "array" and kind.name != "variable" and not _may_lead(ctx)
    if ctx.target.language == "jax" and plain:
        ats = cst.Subscript(cst.Attribute(nodes.parenthesized(base), cst.Name("at")), _slices(target, ctx))
        return nodes.call(cst.Attribute(ats, cst.Name("set")), value)
    return nodes.call(ctx.helper(setter), base, index_value(target, ctx), value)


def _may_lead(ctx) -> bool:
    """Whether what the statement at hand assigns may have leading axes of length 1, which PyTorch and NumPy drop."""
    value = getattr(ctx.small_statement, "value", None)
    if value is None or isinstance(ctx.small_statement, cst.AugAssign):
        return False
    place = id(ctx.enclosing)
    if place not in ctx.unit_names:
        ctx.unit_names[place] = unit_names(ctx.enclosing)
    return may_lead(value, ctx.unit_names[place])


def _slices(target: cst.Subscript, ctx) -> Sequence[cst.SubscriptElement]:
    return [_indexable(e, ctx.visit(e), ctx) for e in target.slice]


@rule(cst.AugAssign)
def augmented(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x[i] += v`` and ``self.buffer += v``."""
    from .inplace import view_hazard

    mutable = ctx.target.settings.get("mutable_arrays")
    if (mutable or ctx.target.name == "ivy") and not ctx.source.settings.get("mutable_arrays"):
        return _rebound(node, ctx)  # the arrays of some backends of ivy change in place
    target = node.target
    of_data = isinstance(target, cst.Attribute) and target.attr.value == "data" and ctx.source.name == "torch"
    if mutable and of_data:
        return [node.with_changes(target=ctx.visit(target.value), value=ctx.visit(node.value))]
    if mutable:
        return _assigned_ints_first(node, ctx)
    if isinstance(target, cst.Subscript):
        return _augmented_item(node, target, ctx)
    if of_data:
        place = ctx.visit(target.value)
        value = operation(node, place, ctx.visit(node.value))
        return [cst.Assign([cst.AssignTarget(place)], nodes.call(ctx.helper("assign"), place, value))]
    kind = ctx.kind(target)
    if kind.tag == "unknown" and ctx.source.name == "numpy" and _has_no_other_effect(target, ctx):
        reason = f"'{target.value}' is changed for others, and arrays are immutable"
        return ctx.refuse_statement(target, ctx.array_api("__iadd__"), reason)
    if kind.tag == "unknown" and may_be_element(target, ctx):
        message = f"if '{nodes.code(target)}' is a row of an array, the array is not changed: arrays are immutable"
        ctx.note(target, "S2S203", ctx.array_api("__iadd__"), message, "assign to the array's item")
    if kind.tag == "unknown" and is_slice(target, ctx) and is_held(place := ctx.scope.slices[target.value], ctx):
        message = f"if '{target.value}' is an array, that of '{nodes.code(place)}' is not changed: arrays are immutable"
        ctx.note(target, "S2S203", ctx.array_api("__iadd__"), message, "assign what the name holds then")
    if kind.tag != "array":
        return None
    if is_slice(target, ctx) and type(node.operator) in _OPERATORS:
        if may_be_element(target, ctx):
            reason = f"'{nodes.code(target)}' may be an element, which changes alone in NumPy, or a row of an array"
            return ctx.refuse_statement(target, ctx.array_api("__iadd__"), reason)
        ctx.count("exact")
        return stored(target, operation(node, ctx.visit(target), ctx.visit(node.value)), ctx)
    hazard = view_hazard(target, ctx)
    if hazard:
        return ctx.refuse_statement(target, ctx.array_api("__iadd__"), hazard)
    if isinstance(target, cst.Name) and only_changed(target.value, ctx):
        if kind.name == "variable":
            value = operation(node, ctx.visit(target), ctx.visit(node.value))
            return [cst.Expr(nodes.call(ctx.helper("assign_in_place"), ctx.visit(target), value))]
        reason = f"'{target.value}' is changed for others, and arrays are immutable"
        return ctx.refuse_statement(target, ctx.array_api("__iadd__"), reason)
    if kind.name == "variable":
        new = ctx.visit(target)
        value = operation(node, new, ctx.visit(node.value))
        return [cst.Assign([cst.AssignTarget(new)], nodes.call(ctx.helper("assign"), new, value))]
    return None


def _has_no_other_effect(target: cst.BaseExpression, ctx) -> bool:
    """Whether changing a name that goes through a collection matters only if it is an array: nothing reads it again."""
    if not isinstance(target, cst.Name) or ctx.scope is None or target.value not in ctx.scope.loop_names:
        return False
    return only_changed(target.value, ctx) and not ctx.read_after(target.value)


def _rebound(node: cst.AugAssign, ctx) -> Sequence[cst.BaseSmallStatement] | None:
    """``x += y`` as ``x = x + y``: the source's arrays are immutable, and the target's would change for others too."""
    if type(node.operator) not in _OPERATORS:
        return None
    if ctx.kind(node.target).tag not in ("array", "unknown") and ctx.kind(node.value).tag != "array":
        return None
    if ctx.kind(node.value).tag in ("str", "list", "tuple", "dict"):
        return None
    before: list[cst.BaseSmallStatement] = []
    target = ctx.visit(node.target)
    if isinstance(node.target, cst.Subscript):
        if ctx.kind(node.target.value).tag == "ndarray" or not _repeats(node.target.value):
            return None
        if not _repeats(node.target):
            before, target = _index_first(target, ctx)
    elif not isinstance(node.target, (cst.Name, cst.Attribute)):
        return None
    counts = counted(node.value, node.target, ctx) if isinstance(node.operator, cst.SubtractAssign) else None
    value = operation(node, target, counts or ctx.visit(node.value))
    return [*before, cst.Assign([cst.AssignTarget(target)], value)]


def _repeats(node: cst.BaseExpression) -> bool:
    """Whether an expression, an item of a container too, may be evaluated twice."""
    if not isinstance(node, cst.Subscript):
        return nodes.is_simple(node)
    return _repeats(node.value) and all(nodes.is_simple(_value(element)) for element in node.slice)


def _index_first(target: cst.Subscript, ctx) -> tuple[list[cst.BaseSmallStatement], cst.Subscript]:
    """``d[f(x)]`` as ``index = f(x)`` and ``d[index]``; slices stay where they are."""
    if len(target.slice) != 1 or not isinstance(target.slice[0].slice, cst.Index):
        return [], target
    name = cst.Name(ctx.fresh("index"))
    made = cst.Assign([cst.AssignTarget(name)], target.slice[0].slice.value)
    return [made], target.with_changes(slice=[target.slice[0].with_changes(slice=cst.Index(name))])


def _is_no_key(target: cst.Subscript) -> bool:
    """Whether an index is one of arrays alone: ``...``, or a slice beside others, which dictionaries do not take."""
    parts = [element.slice for element in target.slice]
    whole = any(isinstance(part, cst.Index) and isinstance(part.value, cst.Ellipsis) for part in parts)
    return whole or len(parts) > 1 and any(isinstance(part, cst.Slice) for part in parts)


def _augmented_item(
    node: cst.AugAssign, target: cst.Subscript, ctx
) -> Sequence[cst.BaseSmallStatement] | None:
    if ctx.source.name == "torch" and isinstance(target.value, cst.Attribute) and target.value.attr.value == "data":
        target = target.with_changes(value=target.value.value)
        node = node.with_changes(target=target)
    base = ctx.kind(target.value)
    sliced = len(target.slice) > 1 or isinstance(target.slice[0].slice, cst.Slice)
    of_array = _indexed_by_array(target, ctx)
    sliced = sliced and (ctx.source.name != "torch" or _is_no_key(target))
    if base.tag == "unknown" and (of_array or sliced) and _assignable(target, ctx):
        return written(target, operation(node, ctx.visit(target), ctx.visit(node.value)), ctx)
    named = isinstance(target.value, (cst.Name, cst.Attribute))
    if base.tag != "array" or not named and not _is_row(target.value, ctx):
        return None
    method = _AT.get(type(node.operator))
    basic = all(is_basic(e, ctx) or ctx.kind(_value(e)).name == "bool" for e in target.slice)
    alone = _changes_alone(target.value, ctx)
    if ctx.target.language == "jax" and base.name != "variable" and method and basic and alone and named:
        ctx.count("exact")
        new = ctx.visit(target.value)
        ats = cst.Subscript(cst.Attribute(new, cst.Name("at")), _slices(target, ctx))
        value = nodes.call(cst.Attribute(ats, cst.Name(method)), ctx.visit(node.value))
        return [cst.Assign([cst.AssignTarget(new)], value)]
    return written(target, operation(node, ctx.visit(target), ctx.visit(node.value)), ctx)


def _is_row(node: cst.BaseExpression, ctx) -> bool:
    """Whether an expression is a part of a named array that shares its memory, as no array is its index."""
    while isinstance(node, cst.Subscript) and not _indexed_by_array(node, ctx):
        node = node.value
        if isinstance(node, (cst.Name, cst.Attribute)):
            return ctx.kind(node).tag == "array" and ctx.source.name == "torch"
    return False


def _changes_alone(base: cst.BaseExpression, ctx) -> bool:
    """Whether nobody else sees a change of an array: no view of it, nothing that it is a view of, no caller."""
    from .inplace import view_hazard

    if not isinstance(base, cst.Name) or ctx.scope is None:
        return True
    if is_slice(base, ctx) or view_hazard(base, ctx) or only_changed(base.value, ctx):
        return False
    return base.value not in ctx.scope.params or not ctx.argument_escapes(base.value)


def _value(element: cst.SubscriptElement) -> cst.CSTNode:
    return element.slice.value if isinstance(element.slice, cst.Index) else element.slice


def operation_of(node: cst.AugAssign, left, right) -> cst.BinaryOperation | None:
    """The operation that an assignment such as ``x += y`` does; None for operators that have none."""
    return operation(node, left, right) if type(node.operator) in _OPERATORS else None


def operation(node: cst.AugAssign, left, right) -> cst.BinaryOperation:
    operator = _OPERATORS[type(node.operator)]()
    loose = (cst.BinaryOperation, cst.IfExp, cst.Comparison, cst.BooleanOperation, cst.Lambda, cst.UnaryOperation)
    if isinstance(right, loose):
        right = nodes.parenthesized(right)
    return cst.BinaryOperation(left, operator, right)
