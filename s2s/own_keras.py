"""What code of Keras may ask of any layer: what PyTorch's own layers have not, or would take without a word."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as Collection

from .walk import ast_nodes

# What names of Keras stand for that treat layers as layers of Keras: containers and wrappers, copies, other dtypes.
_NAMES = frozenset(
    """TimeDistributed Wrapper clone_model deserialize serialize mixed_precision set_dtype_policy set_floatx
    DTypePolicy""".split()
)
# Methods and attributes that give or take whole layers, or weights in Keras' order and layout.
_ASKED = frozenset("get_layer get_weights layers set_weights submodules".split())
_WEIGHTS = frozenset(
    """non_trainable_variables non_trainable_weights trainable_variables trainable_weights variables weights""".split()
)
# What may be done with weights of any layout.
_HANDED = frozenset("apply apply_gradients build gradient jacobian len watch zip".split())
_OF_LAYERS = frozenset("built compute_dtype dtype_policy losses name supports_masking variable_dtype".split())
_CLASSES = frozenset(("keras.Layer", "keras.Model"))


def asks_layers(
    nodes: list[ast.AST], name: Callable[[ast.AST], str], op: Callable[[str], str], own: Collection[int]
) -> bool:
    """Whether a module may ask a layer of Keras what PyTorch's own has not.

    ``name`` gives the full name of something imported, ``op`` what it is in the hub; ``own`` are the attributes of
    ``self`` that the project's classes define.
    """
    names, safe = looped(nodes), set(_safe(nodes))
    for node in nodes:
        if isinstance(node, ast.keyword) and node.arg == "trainable":
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            if any(op(name(part)) in _CLASSES for argument in node.args[1:] for part in ast_nodes(argument)):
                return True
        full = name(node)
        if "keras" in (parts := full.split(".")) and _NAMES & set(parts):
            return True
        if not isinstance(node, ast.Attribute) or full or id(node) in own:
            continue
        if node.attr in _ASKED or node.attr == "trainable" or node.attr in _WEIGHTS and id(node) not in safe:
            return True
        if node.attr in _OF_LAYERS and may_be_layer(node.value, names):
            return True
    return False


def may_be_layer(node: ast.expr, names: Mapping[str, Collection[str]], held: Collection[str] | None = None) -> bool:
    """Whether an expression may well be a layer that a container holds.

    ``names`` are those that loops bind, with the attributes that they go through; ``held`` are the attributes that hold
    the layers in question, None where they may lie anywhere.
    """
    if isinstance(node, ast.Name):
        through = names.get(node.id)
    elif isinstance(node, ast.Subscript):
        through = _attributes(node)
    else:
        return isinstance(node, ast.Call)
    return through is not None and (held is None or "" in through or not held.isdisjoint(through))


def looped(nodes: Iterable[ast.AST]) -> dict[str, set[str]]:
    """The names that loops and comprehensions bind: the attributes that they go through, '' for anything else."""
    found: dict[str, set[str]] = {}
    for node in nodes:
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            for name, attributes in _bound(node.target, node.iter):
                found.setdefault(name, set()).update(attributes)
    return found


def _bound(target: ast.expr, through: ast.expr) -> Iterator[tuple[str, set[str]]]:
    """Each name of a loop's target, with the attributes whose items it has."""
    call = through if isinstance(through, ast.Call) and isinstance(through.func, ast.Name) else None
    called = call.func.id if call is not None and isinstance(call.func, ast.Name) else ""
    given = call.args if call is not None else []
    parts = target.elts if isinstance(target, ast.Tuple) else []
    if called == "enumerate" and len(parts) == 2 and given:
        yield from _bound(parts[1], given[0])
    elif called == "zip" and len(parts) == len(given):
        for part, argument in zip(parts, given, strict=True):
            yield from _bound(part, argument)
    else:
        names = (part.id for part in ast_nodes(target) if isinstance(part, ast.Name))
        yield from ((name, _attributes(through)) for name in names)


def _attributes(node: ast.expr) -> set[str]:
    """The attribute that an expression is an item or a part of, '' for anything else."""
    if isinstance(node, ast.Attribute):
        return {node.attr}
    if isinstance(node, ast.Subscript):
        return _attributes(node.value)
    if not isinstance(node, ast.Call):
        return {""}
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("items", "values"):
        return _attributes(node.func.value)
    if isinstance(node.func, ast.Name) and node.func.id in ("enumerate", "list", "reversed", "tuple"):
        return set().union(*map(_attributes, node.args))
    return set() if isinstance(node.func, ast.Name) and node.func.id == "range" else {""}


def containers(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The attribute that holds a container, with what a statement puts into it."""
    if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        place = targets[0].value if isinstance(targets[0], ast.Subscript) else targets[0]
        if len(targets) == 1 and isinstance(place, ast.Attribute):
            yield from ((place.attr, item) for item in _items(node.value, isinstance(targets[0], ast.Subscript)))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
        if node.func.attr in ("append", "extend") and isinstance(node.func.value, ast.Attribute):
            is_item = node.func.attr == "append"
            yield from ((node.func.value.attr, item) for item in _items(node.args[0], is_item))


def _items(node: ast.expr, is_item: bool = False) -> Iterator[ast.expr]:
    """The items of a container that is written down; of anything else nothing, but itself where it is an item."""
    if isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            yield from _items(item, True)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _items(value, True)
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield from _items(node.elt, True)
    elif isinstance(node, ast.DictComp):
        yield from _items(node.value, True)
    elif is_item:
        yield node


def walked(nodes: Iterable[ast.AST]) -> Iterator[int]:
    """Containers that are gone through, counted, or that something is put into or taken out of."""
    for node in nodes:
        if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            yield from (id(part) for part in ast_nodes(node.iter))
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            yield id(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
            yield from map(id, node.args)


def _safe(nodes: list[ast.AST]) -> Iterator[int]:
    """Weights that are given to what does not look at their axes, at once or by a name that is asked nothing else."""
    given = {id(argument) for node in nodes if isinstance(node, ast.Call) for argument in _handed(node)}
    yield from given
    names = [node for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    asked = {node.id for node in names if id(node) not in given}
    for node in nodes:
        if isinstance(node, ast.Assign) and all(isinstance(t, ast.Name) and t.id not in asked for t in node.targets):
            yield id(node.value)


def _handed(node: ast.Call) -> list[ast.expr]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return node.args if called in _HANDED else []
