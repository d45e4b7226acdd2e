"""What is known of values that were taken out of flax.nnx models: states, and functions whose gradients are states."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import libcst as cst

from .kinds import ARRAY, UNKNOWN, Kind, instance, tuple_of

STATE = instance("flax.nnx.State")
_SEVERAL = ("nnx.model_state", "nnx.pop_values", "nnx.filter_state", "nnx.split_state")
_GRADIENTS = ("nnx.model_grad", "nnx.model_value_and_grad")
_ONE = ("nnx.merge_state", "nnx.state_of_items", "nnx.State")


def is_state(kind: Kind) -> bool:
    """Whether a value is a state, or something in one."""
    return kind == STATE


def state_result(op: str, args: Mapping[str, cst.BaseExpression], kind_of: Callable[[cst.CSTNode], Kind]) -> Kind:
    """What an op makes of states; unknown for other ops."""
    if op in _SEVERAL:
        count = _count(args.get("filters")) + ("first" in args)
        return tuple_of([STATE] * count) if count > 1 else STATE
    if op == "nnx.split_model":
        return tuple_of([UNKNOWN, *[STATE] * max(1, _count(args.get("filters")))])
    if op == "tree_map" and any(is_state(kind_of(args[name])) for name in ("tree", "rest") if name in args):
        return STATE
    if op in _GRADIENTS:
        return Kind("function", items=(_gradients(op, args),))
    return STATE if op in _ONE else UNKNOWN


def _count(filters: cst.BaseExpression | None) -> int:
    """How many filters stand in a tuple of them."""
    return len(filters.elements) if isinstance(filters, cst.Tuple) else 0


def _gradients(op: str, args: Mapping[str, cst.BaseExpression]) -> Kind:
    """What a function gives that takes the gradient of a model, where it is the only one that it takes."""
    argnums, has_aux = args.get("argnums"), args.get("has_aux")
    if isinstance(argnums, (cst.Tuple, cst.List)) or has_aux is not None and not isinstance(has_aux, cst.Name):
        return UNKNOWN
    with_aux = has_aux is not None and has_aux.value == "True"
    if op == "nnx.model_grad":
        return tuple_of([STATE, UNKNOWN]) if with_aux else STATE
    return tuple_of([tuple_of([ARRAY, UNKNOWN]) if with_aux else ARRAY, STATE])
