"""Which projects put models of Keras together from layers that are PyTorch's own: those that only call the models.

What such a project has of Keras are layers with an own class in the target, their inputs and the models between them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from .keras_modules import BASES, Source
from .walk import ast_nodes

STYLE = "graph"
# What makes the symbols of a model, and a model of them; functions that apply a layer to symbols.
PARTS = frozenset(("keras.Input", "keras.Model"))
FUNCTIONS = frozenset(("keras.add", "keras.concatenate", "keras.multiply"))
# What only models and layers of Keras have; calls of it on anything that is not imported.
_ASKED = frozenset(
    """activity_regularizer add_loss add_metric build compile compute_mask compute_output_shape count_params evaluate
    fit from_config get_config get_layer input input_names input_shape input_spec inputs layers load_weights losses
    metrics_names non_trainable_variables non_trainable_weights output output_names output_shape outputs path pop
    predict predict_on_batch reset_metrics reset_states save save_weights stop_training submodules summary
    test_on_batch to_json train_on_batch trainable variables weights""".split()
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
    return own.keys() >= PARTS and all(_is_plain(source, own, known, is_layer) for source in sources)


def _is_plain(
    source: Source, own: Mapping[str, object], known: Callable[[str], bool], is_layer: Callable[[str], bool]
) -> bool:
    makers = _makers(source, own)
    inside = {id(part) for maker in makers for part in ast_nodes(maker)}
    calls = {id(node.func): node for node in source.nodes if isinstance(node, ast.Call)}
    for node in source.nodes:
        name = source.name(node)
        op = source.op(name)
        if op in BASES - PARTS or isinstance(node, ast.ClassDef) and _derives(node, source):
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


def _derives(node: ast.ClassDef, source: Source) -> bool:
    return any(source.op(source.name(base)).startswith("keras.") for base in node.bases)


def _makers(source: Source, own: Mapping[str, object]) -> list[ast.FunctionDef]:
    """The functions that make layers, and those of the module that these call."""
    functions = {node.name: node for node in source.nodes if isinstance(node, ast.FunctionDef)}
    made = own.keys() | PARTS | FUNCTIONS
    todo = [f for f in functions.values() if any(source.op(source.name(part)) in made for part in ast_nodes(f))]
    found: dict[str, ast.FunctionDef] = {}
    while todo:
        function = todo.pop()
        if function.name not in found:
            found[function.name] = function
            names = {part.id for part in ast_nodes(function) if isinstance(part, ast.Name)}
            todo += [functions[name] for name in names & functions.keys()]
    return list(found.values())


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
