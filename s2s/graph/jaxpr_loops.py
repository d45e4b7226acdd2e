"""Loops and conditions of JAX as calls of ``lax.while_loop``, ``cond``, ``switch`` and ``scan`` of nested functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .inner import Inner
from .jaxpr_keys import as_key, is_key
from .jaxpr_shapes import Key, whole
from .native_calls import current, public
from .proxy import Traced
from .record import Level, Node, Recorder, computes, noded, unwrapped
from .trees import leaves

Run = Callable[[Recorder, Any, Sequence[Any], Sequence[Any]], list[Any]]
"""Runs a jaxpr with constants and inputs in a record."""
_UNROLLED = 100
"""Operations in a loop of known length that are written one after another."""


def is_nested(name: str, params: dict[str, Any], operands: Sequence[Any]) -> bool:
    """Whether an equation is written with functions: a long loop, one of unknown length, a condition on a value."""
    if name == "cond":
        return isinstance(operands[0], Traced) and operands[0].node.level == Level.DATA
    if name == "scan":
        return params["length"] * _operations(params["jaxpr"].jaxpr) > _UNROLLED
    return name == "while"


def _operations(jaxpr: Any) -> int:
    """How many operations a jaxpr has, those of the ones inside it too."""
    inner = (leaf for equation in jaxpr.eqns for leaf in leaves(equation.params))
    return 1 + len(jaxpr.eqns) + sum(_operations(getattr(leaf, "jaxpr", leaf)) for leaf in inner if _is_jaxpr(leaf))


def _is_jaxpr(value: Any) -> bool:
    return hasattr(getattr(value, "jaxpr", value), "eqns")


def unrolled(recorder: Recorder, run: Run, equation: Any, operands: list[Any]) -> list[Any]:
    """The results of a short loop: its steps one after another."""
    params = equation.params
    first, second = params["num_consts"], params["num_carry"]
    consts, carry = operands[:first], operands[first : first + second]
    rows = [whole(value) for value in operands[first + second :]]
    steps: list[list[Any]] = []
    for at in reversed(range(params["length"])) if params["reverse"] else range(params["length"]):
        outputs = run(recorder, params["jaxpr"], consts, [*carry, *(_row(row, at) for row in rows)])
        carry = outputs[:second]
        steps.append(outputs[second:])
    avals = [atom.aval for atom in params["jaxpr"].jaxpr.outvars[second:]]
    ordered = steps[::-1] if params["reverse"] else steps
    stacked = []
    for at, aval in enumerate(avals):
        parts = [_array(recorder, step[at], aval) for step in ordered]
        joined = public("jax.numpy.stack")(list(map(_raw, parts)))
        stacked.append(Key(joined) if is_key(aval) else joined)
    return [*carry, *stacked]


def _row(rows: Any, at: int) -> Any:
    return Key(rows.value[at]) if isinstance(rows, Key) else rows[at]


def nested(recorder: Recorder, run: Run, equation: Any, operands: list[Any], results: Sequence[Any]) -> list[Any]:
    """The results of such an equation, whose values are given."""
    keys = [is_key(atom.aval) for atom in equation.outvars]
    results = [_raw(as_key(value)) if key else value for key, value in zip(keys, results, strict=True)]
    operands = [_array(recorder, value, atom.aval) for value, atom in zip(operands, equation.invars, strict=True)]
    found = _Nested(recorder, run, results).written(equation.primitive.name, equation.params, operands)
    return [Key(value) if key else value for key, value in zip(keys, found, strict=True)]


def for_each(recorder: Recorder, draw: Callable[..., Any], *arrays: Any) -> Any:
    """``vmap(draw)(*arrays)``."""
    import jax

    writer = _Nested(recorder, lambda *_: [], ())
    names = ("key", "number")[: len(arrays)]
    parameters = [(name, _row(unwrapped(x), 0)) for name, x in zip(names, arrays, strict=True)]
    function = writer.function("draw", lambda inner, inputs: draw(*inputs), parameters)
    result = computes(lambda recorder: jax.vmap(draw)(*map(unwrapped, arrays)))(recorder)
    return writer.add("jax.vmap", [function], [(), *arrays], result)[0]


class _Nested:
    def __init__(self, recorder: Recorder, run: Run, results: Sequence[Any]) -> None:
        self.recorder, self.run, self.results = recorder, run, results

    def written(self, name: str, params: dict[str, Any], operands: list[Any]) -> list[Any]:
        if name == "cond":
            return self.condition(params, operands)
        return self.scan(params, operands) if name == "scan" else self.loop(params, operands)

    def loop(self, params: dict[str, Any], operands: list[Any]) -> list[Any]:
        """``while``: ``lax.while_loop(condition, body, carry)``."""
        first, second = params["cond_nconsts"], params["body_nconsts"]
        carry = operands[first + second :]
        asked, stepped = params["cond_jaxpr"], params["body_jaxpr"]

        def goes(inner: Recorder, inputs: list[Any]) -> Any:
            return _arrays(inner, self.run(inner, asked, operands[:first], inputs), asked)[0]

        def condition(inner: Recorder, inputs: list[Any]) -> Any:
            going = goes(inner, inputs)
            return public("jax.numpy.any")(going) if unwrapped(going).shape else going

        def step(inner: Recorder, inputs: list[Any]) -> Any:
            changed = _arrays(inner, self.run(inner, stepped, operands[first : first + second], inputs), stepped)
            if asked.out_avals[0].shape:  # a loop of several, of which each stops by itself
                going = goes(inner, inputs)
                changed = [_selected(going, new, old) for new, old in zip(changed, inputs, strict=True)]
            return _packed(changed)

        goes_on = self.function("condition", condition, [("carry", carry)])
        body = self.function("body", step, [("carry", carry)])
        return self.add("jax.lax.while_loop", [goes_on, body], [_packed(carry)], _packed(list(self.results)))

    def condition(self, params: dict[str, Any], operands: list[Any]) -> list[Any]:
        """``cond``: ``lax.cond(chosen, on_true, on_false, ...)``, or ``lax.switch`` of more branches."""
        given, branches = operands[1:], params["branches"]
        two = len(branches) == 2
        names = ["on_false", "on_true"] if two else [f"branch_{at}" for at in range(len(branches))]
        parameters = [(f"value_{at}" if len(given) > 1 else "value", item) for at, item in enumerate(given)]
        made = [self.function(n, self.branch(b), parameters) for n, b in zip(names, branches, strict=True)]
        result = _packed(list(self.results))
        if not two:
            return self.add("jax.lax.switch", made, [operands[0], *given], result)
        return self.add("jax.lax.cond", made[::-1], [condition_of(self.recorder, operands[0]), *given], result)

    def scan(self, params: dict[str, Any], operands: list[Any]) -> list[Any]:
        """``scan``: ``lax.scan(step, carry, rows)``."""
        first, second = params["num_consts"], params["num_carry"]
        carry, rows = operands[first : first + second], operands[first + second :]
        parameters = [("carry", carry), ("row", [_first(row) for row in rows])]

        def body(inner: Recorder, inputs: list[Any]) -> Any:
            outputs = _arrays(inner, self.run(inner, params["jaxpr"], operands[:first], inputs), params["jaxpr"])
            return _packed(outputs[:second]), _packed(outputs[second:])

        step = self.function("step", body, parameters)
        options = {"reverse": True} if params["reverse"] else {}
        if not rows:
            options["length"] = params["length"]
        result = _packed(list(self.results[:second])), _packed(list(self.results[second:]))
        return self.add("jax.lax.scan", [step], [_packed(carry), _packed(rows)], result, options)

    def branch(self, closed: Any) -> Callable[[Recorder, list[Any]], Any]:
        return lambda inner, inputs: _packed(_arrays(inner, self.run(inner, closed, [], inputs), closed))

    def function(
        self, name: str, compute: Callable[[Recorder, list[Any]], Any], parameters: Sequence[tuple[str, Any]]
    ) -> Inner:
        """A function of arrays; ``parameters`` have sample values."""
        inner = Recorder("jax", "jax", self.recorder.freeze)
        inputs: list[Any] = []
        named: list[tuple[str, Any]] = []
        for key, value in parameters:
            values = value if isinstance(value, list) else [value]
            proxies = [inner.input(f"{key}_{at}", unwrapped(_raw(item))) for at, item in enumerate(values)]
            inputs += [Key(proxy) if isinstance(item, Key) else proxy for proxy, item in zip(proxies, values)]
            nodes = [proxy.node for proxy in proxies]
            named.append((key, _packed(nodes) if isinstance(value, list) else nodes[0]))
        inner.replayed = self.recorder.replayed
        token = current.set(inner)
        try:
            output = noded(compute(inner, inputs))
        finally:
            current.reset(token)
        return Inner(name, named, inner.nodes, output).arrange("jax")

    def add(
        self, name: str, functions: list[Inner], args: list[Any], result: Any, options: dict[str, Any] | None = None
    ) -> list[Any]:
        free = tuple(dict.fromkeys(node for function in functions for node in function.free))
        given = (tuple(functions), free, *noded(tuple(args)))
        site = self.recorder.site()
        node = Node("nested", name, given, options or {}, Level.DATA, False, site, result)
        return _flat(self.recorder.wrapped(self.recorder.add(node), result))


def _packed(values: list[Any]) -> Any:
    """One value as it is, several as a tuple, none as None."""
    values = list(map(_raw, values))
    return (values[0] if len(values) == 1 else tuple(values)) if values else None


def _flat(value: Any) -> list[Any]:
    if value is None:
        return []
    return [leaf for part in value for leaf in _flat(part)] if isinstance(value, tuple) else [value]


@computes
def _array(recorder: Recorder, value: Any, aval: Any) -> Any:
    """A value as an array: a number would be of another kind in other frameworks."""
    import jax.numpy as jnp

    if is_key(aval):
        return as_key(value)
    value = whole(value)
    return value if isinstance(value, Traced) else jnp.asarray(value, aval.dtype)


def _raw(value: Any) -> Any:
    """The array of a key; other values as they are."""
    return value.value if isinstance(value, Key) else value


def _arrays(recorder: Recorder, values: Sequence[Any], closed: Any) -> list[Any]:
    return [_array(recorder, value, aval) for value, aval in zip(values, closed.out_avals, strict=True)]


def _selected(going: Any, new: Any, old: Any) -> Any:
    missing = len(unwrapped(old).shape) - len(unwrapped(going).shape)
    going = going.reshape((*unwrapped(going).shape, *(1 for _ in range(missing)))) if missing else going
    return public("jax.numpy.where")(going, new, old)


def _first(rows: Any) -> Any:
    return _row(rows if isinstance(rows, Key) else unwrapped(rows), 0)


def condition_of(recorder: Recorder, index: Traced) -> Any:
    """The condition of which JAX made an index."""
    node = index.node
    source = node.args[0] if node.kind == "method" and node.name == "astype" else None
    if isinstance(source, Node) and source.value.dtype == np.dtype(bool):
        return Traced(source.value, source, recorder)
    return recorder.operator("ne", index, 0)
