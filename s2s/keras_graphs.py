"""Which projects put models of Keras together from layers that are PyTorch's own: those that only call the models.

What such a project has of Keras are layers with an own class in the target, their inputs and the models between them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping

from .keras_modules import Source
from .keras_sequences import SEQUENCE
from .walk import ast_nodes

GRAPH = "graph"
SEQUENCES = "sequences"
# What makes the symbols of a model, and a model of them; functions that apply a layer to symbols.
PARTS = frozenset(("keras.Input", "keras.Model"))
FUNCTIONS = frozenset(("keras.add", "keras.concatenate", "keras.multiply"))
# Layers that are no nodes of a graph; what finds things by texts.
_OTHERS = frozenset(("keras.Layer",))
_BY_TEXT = frozenset(("eval", "exec", "globals"))
# What only models and layers of Keras have; calls of it on anything that is not imported.
_ASKED = frozenset(
    """activity_regularizer add_loss add_metric build compute_mask compute_output_shape count_params from_config
    get_config get_layer input input_names input_shape input_spec inputs layers load_weights losses
    non_trainable_variables non_trainable_weights output output_names output_shape outputs path pop reset_states
    submodules to_json trainable variables weights""".split()
)
# Penalties that are the same for a weight and a transposed one.
_PENALTIES = frozenset(("keras.L1", "keras.L1L2", "keras.L2"))
PENALTY_NAMES = frozenset(("l1", "l2", "L1", "L2"))
# What models that are trained have.
_TRAINING = frozenset(
    """compile evaluate fit metrics_names predict predict_on_batch reset_metrics save save_weights stop_training
    test_on_batch train_on_batch""".split()
)


def is_graph(
    sources: Iterable[Source],
    own: Mapping[str, object],
    known: Callable[[str], bool],
    is_layer: Callable[[str], bool],
) -> bool:
    """Whether the models of a project may be the target's own graphs.

    ``own`` are the layers that are written as the target's own, ``known`` tells what the source's table has,
    ``is_layer`` what in the hub is a layer of Keras.
    """
    sources = list(sources)
    makers = {id(part) for maker in _makers(sources, own) for part in ast_nodes(maker)}
    plain = all(_is_plain(source, own, known, is_layer, makers) for source in sources)
    return own.keys() >= PARTS and plain and all(map(_lists_sequences, sources))


def are_sequences(
    sources: Iterable[Source],
    own: Mapping[str, object],
    known: Callable[[str], bool],
    is_layer: Callable[[str], bool],
) -> bool:
    """Whether all layers of a project lie in sequences, which may be the target's own; the arguments are the same."""
    sources = list(sources)
    if SEQUENCE not in own or any(_names(source, "keras.Model") for source in sources):
        return False
    plain = all(_is_plain(source, own, known, is_layer, frozenset()) for source in sources)
    return plain and all(_all_inside(source, own) and _lists_sequences(source) for source in sources)


def are_trained(nodes: Iterable[ast.AST], name: Callable[[ast.AST], str]) -> bool:
    """Whether a module may ask models of Keras for ``fit`` and the like."""
    return any(isinstance(node, ast.Attribute) and node.attr in _TRAINING and not name(node) for node in nodes)


def known_penalties(node: ast.Call, own: Collection[str], op: Callable[[ast.AST], str]) -> set[str]:
    """The arguments of a layer, of those that its own one takes, that are made penalties of any layout of weights."""
    given = ((keyword.arg or "", keyword.value) for keyword in node.keywords)
    return {arg for arg, value in given if arg in own and _is_penalty(value, op)}


def _is_penalty(value: ast.expr, op: Callable[[ast.AST], str]) -> bool:
    """Whether an expression makes such a penalty, or is its name."""
    if isinstance(value, ast.Constant):
        return value.value in PENALTY_NAMES
    return isinstance(value, ast.Call) and op(value.func) in _PENALTIES


def _names(source: Source, op: str) -> bool:
    return any(source.op(source.name(node)) == op for node in source.nodes)


def _lists_sequences(source: Source) -> bool:
    """Whether all sequences are made of lists of layers that are written down."""
    calls = {id(node.func): node for node in source.nodes if isinstance(node, ast.Call)}
    for node in source.nodes:
        if source.op(source.name(node)) == SEQUENCE:
            items = _items(calls.get(id(node)))
            if not items or any(id(item) not in source.in_sequences for item in items[1:]):
                return False
            if id(items[0]) not in source.in_sequences and not _is_input(items[0], source):
                return False
    return True


def _items(call: ast.Call | None) -> list[ast.expr]:
    """The items of a sequence that is made of a list."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)] if call is not None else []
    return next((value.elts for value in given if isinstance(value, ast.List)), [])


def _is_input(node: ast.expr, source: Source) -> bool:
    return isinstance(node, ast.Call) and source.op(source.name(node.func)) == "keras.Input"


def _all_inside(source: Source, own: Mapping[str, object]) -> bool:
    """Whether layers are made for sequences alone, and inputs as their first items."""
    calls = (node for node in source.nodes if isinstance(node, ast.Call))
    sequences = (node for node in calls if source.op(source.name(node.func)) == SEQUENCE)
    inside = {id(item) for node in sequences for item in _items(node)[:1]} | set(source.in_sequences)
    made = ((node, source.op(source.name(node.func))) for node in source.nodes if isinstance(node, ast.Call))
    return all(id(node) in inside or op == SEQUENCE for node, op in made if op in own)


def _is_plain(
    source: Source,
    own: Mapping[str, object],
    known: Callable[[str], bool],
    is_layer: Callable[[str], bool],
    inside: Collection[int],
) -> bool:
    calls = {id(node.func): node for node in source.nodes if isinstance(node, ast.Call)}
    for node in source.nodes:
        name = source.name(node)
        op = source.op(name)
        if op in _OTHERS or isinstance(node, ast.ClassDef) and _derives(node, source, is_layer):
            return False
        if isinstance(node, ast.Name) and node.id in _BY_TEXT:
            return False
        if is_layer(op) and op not in own:
            return False
        if op in PARTS | FUNCTIONS and not _is_usual(calls.get(id(node)), op):
            return False
        if isinstance(node, ast.Attribute) and not name and node.attr in _ASKED:
            return False
        if id(node) in inside and name and known(name) and _computes(op, own, calls.get(id(node))):
            return False
        if isinstance(node, ast.keyword) and node.arg in ("training", "mask") and id(node.value) in inside:
            return False
    return True


def _derives(node: ast.ClassDef, source: Source, is_layer: Callable[[str], bool]) -> bool:
    """Whether a class is a layer or a model of Keras."""
    bases = [source.op(source.name(base)) for base in node.bases]
    return any(op in (*PARTS, *_OTHERS, SEQUENCE) or is_layer(op) for op in bases)


def _makers(sources: list[Source], own: Mapping[str, object]) -> list[ast.FunctionDef]:
    """The functions that make layers, and all that have the name of one that these call."""
    functions: dict[str, list[ast.FunctionDef]] = {}
    todo: list[str] = []
    made = own.keys() | PARTS | FUNCTIONS
    for source in sources:
        for function in (node for node in source.nodes if isinstance(node, ast.FunctionDef)):
            functions.setdefault(function.name, []).append(function)
            if any(source.op(source.name(part)) in made for part in ast_nodes(function)):
                todo.append(function.name)
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            parts = [part for function in functions[name] for part in ast_nodes(function)]
            names = {part.id for part in parts if isinstance(part, ast.Name)}
            names |= {part.attr for part in parts if isinstance(part, ast.Attribute)}
            todo += names & functions.keys()
    return [function for name in found for function in functions[name]]


def _is_usual(call: ast.Call | None, op: str) -> bool:
    """Whether inputs, models and functions of layers are called with what the target's own take."""
    if call is None or any(isinstance(arg, ast.Starred) for arg in call.args):
        return False
    named = {keyword.arg for keyword in call.keywords}
    if op == "keras.Input":
        return len(call.args) < 2 and named <= {"shape", "name", "dtype"} and len(call.args) + ("shape" in named) == 1
    if op == "keras.Model":
        return named <= {"inputs", "outputs", "name"} and len(call.args) + len(named - {"name"}) == 2
    return named <= {"axis", "name"} and len(call.args) == 1


def _computes(op: str, own: Mapping[str, object], call: ast.Call | None) -> bool:
    """Whether what a function names of the framework may compute with symbols."""
    if op in own or op in PARTS | FUNCTIONS or call is None:
        return False
    return not (op.startswith("keras.") and op.split(".")[1][:1].isupper())
