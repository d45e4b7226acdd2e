"""What JAX itself traces: for code with functions of functions (``vmap``, ``grad``) and functions got from elsewhere.

The function is traced by ``jax.make_jaxpr`` and its primitives are called again, as the public functions that compute
them, while these record. Loops are unrolled; conditions on values are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .jaxpr_keys import as_key, drawn, is_key, of_key_values, of_keys, typed
from .jaxpr_loops import condition_of, for_each, is_nested, nested, unrolled
from .jaxpr_scatter import scattered
from .jaxpr_shapes import Bits, Key, Spread, aligned, computed, indexed, is_traced, number, row_of, whole
from .native_calls import current, public
from .proxy import Traced
from .record import Recorder, computes, is_array, unwrapped
from .sites import innermost
from .trees import leaves, mapped

_LONGEST = 20_000  # operations of an unrolled function
_OPERATORS = {
    "add": "add", "add_any": "add", "sub": "sub", "mul": "mul", "pow": "pow", "eq": "eq", "ne": "ne", "lt": "lt",
    "le": "le", "gt": "gt", "ge": "ge", "and": "and_", "or": "or_", "xor": "xor", "neg": "neg", "not": "invert",
    "abs": "abs",
}  # fmt: skip
_FUNCTIONS = {
    "max": "jax.numpy.maximum", "min": "jax.numpy.minimum", "atan2": "jax.numpy.arctan2", "rem": "jax.lax.rem",
    "nextafter": "jax.numpy.nextafter", "sign": "jax.numpy.sign", "floor": "jax.numpy.floor", "ceil": "jax.numpy.ceil",
    "is_finite": "jax.numpy.isfinite", "exp": "jax.numpy.exp", "exp2": "jax.numpy.exp2", "log": "jax.numpy.log",
    "log1p": "jax.numpy.log1p", "expm1": "jax.numpy.expm1", "tanh": "jax.numpy.tanh", "sin": "jax.numpy.sin",
    "cos": "jax.numpy.cos", "tan": "jax.numpy.tan", "asin": "jax.numpy.arcsin", "acos": "jax.numpy.arccos",
    "atan": "jax.numpy.arctan", "sinh": "jax.numpy.sinh", "cosh": "jax.numpy.cosh", "asinh": "jax.numpy.arcsinh",
    "acosh": "jax.numpy.arccosh", "atanh": "jax.numpy.arctanh", "sqrt": "jax.numpy.sqrt", "rsqrt": "jax.lax.rsqrt",
    "cbrt": "jax.numpy.cbrt", "logistic": "jax.nn.sigmoid", "square": "jax.numpy.square",
    "erf": "jax.scipy.special.erf", "erf_inv": "jax.scipy.special.erfinv", "erfc": "jax.scipy.special.erfc",
    "lgamma": "jax.scipy.special.gammaln", "digamma": "jax.scipy.special.digamma", "real": "jax.numpy.real",
    "imag": "jax.numpy.imag", "conj": "jax.numpy.conj", "stop_gradient": "jax.lax.stop_gradient",
}  # fmt: skip
"""Primitives of single elements and the functions that compute them."""
_REDUCTIONS = {
    "reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod", "reduce_and": "all",
    "reduce_or": "any", "argmax": "argmax", "argmin": "argmin",
}  # fmt: skip
_RUNNING = {"cumsum": "jax.numpy.cumsum", "cumprod": "jax.numpy.cumprod", "cummax": "jax.lax.cummax"}
_SAME = frozenset("copy copy_p device_put sharding_constraint optimization_barrier".split())
_INNER = ("jaxpr", "call_jaxpr", "fun_jaxpr")


def interpreted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that records the primitives of ``function`` one by one."""

    def run(*args: Any, **kwargs: Any) -> Any:
        recorder = current.get()
        assert recorder is not None
        inputs = list({id(leaf): leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, Traced)}.values())
        closed, output = _traced(recorder, function, args, kwargs, inputs)
        recorder.shapes_read = recorder.dtypes_read = True
        try:
            given = [as_key(x) if is_key(x.value) else x for x in inputs]
            results = iter(_Interpreter(recorder).run(closed.jaxpr, closed.consts, given))
            return mapped(lambda leaf: _result(next(results)) if is_array(leaf) else leaf, output)
        finally:
            recorder.replayed = None

    return run


def _result(value: Any) -> Any:
    return public("jax.random.wrap_key_data")(value.value) if isinstance(value, Key) else whole(value)


@computes
def _traced(recorder: Recorder, function: Any, args: Any, kwargs: Any, inputs: list[Traced]) -> tuple[Any, Any]:
    """The jaxpr of a function of the traced arrays, and its output with JAX's tracers as leaves."""
    import jax

    held: list[Any] = []

    def of_arrays(*arrays: Any) -> list[Any]:
        known = {id(leaf): array for leaf, array in zip(inputs, arrays, strict=True)}
        given, named = mapped(lambda leaf: known.get(id(leaf), leaf), (args, kwargs))
        held.append(function(*given, **named))
        return [leaf for leaf in leaves(held[-1]) if is_array(leaf)]

    with jax.disable_jit(False):
        closed = jax.make_jaxpr(of_arrays)(*(leaf.value for leaf in inputs))
    return closed, held[-1]


class _Interpreter:
    """Calls the public functions that compute what the equations of a jaxpr do."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.count = 0

    def run(self, jaxpr: Any, consts: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """The outputs of a jaxpr."""
        values: dict[Any, Any] = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *inputs], strict=True))

        def read(atom: Any) -> Any:
            return number(atom.val, atom.aval.dtype) if hasattr(atom, "val") else values[atom]

        for equation in jaxpr.eqns:
            self.count += 1
            if self.count > _LONGEST:
                self.recorder.refuse(f"more than {_LONGEST} operations: a loop of this length is not unrolled")
            trace = equation.source_info.traceback
            self.recorder.replayed = innermost(trace.frames) if trace is not None else None
            results = self._equation(equation, [read(atom) for atom in equation.invars])
            values.update(zip(equation.outvars, results, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _equation(self, equation: Any, operands: list[Any]) -> list[Any]:
        name, params = equation.primitive.name, equation.params
        inner = next((params[key] for key in _INNER if key in params), None)
        keyed = of_keys(equation) or any(isinstance(value, Bits) for value in operands)
        if keyed and name not in ("cond", "scan", "while") and any(map(is_traced, operands)):
            return self._of_keys(equation, operands, inner)
        if name == "broadcast_in_dim" and (is_traced(operands[0]) or not equation.invars[0].aval.shape):
            return [self._spread(equation, operands[0])]
        if not any(map(is_traced, operands)):
            given = [getattr(atom, "val", value) for atom, value in zip(equation.invars, operands, strict=True)]
            return self._computed(equation, [typed(computed(value)) for value in given])
        if is_nested(name, params, operands):
            return nested(self.recorder, self._inner, equation, operands, self._values(equation, operands))
        if name == "cond":
            chosen = self.recorder.concrete(operands[0], "bool") if is_traced(operands[0]) else operands[0]
            branch = params["branches"][int(chosen)]
            return self.run(branch.jaxpr, branch.consts, operands[1:])
        if name == "scan":
            return unrolled(self.recorder, self._inner, equation, operands)
        if inner is not None:
            closed = hasattr(inner, "consts")
            return self.run(inner.jaxpr if closed else inner, inner.consts if closed else (), operands)
        out = equation.outvars[0].aval
        elementwise = self._elementwise(name, params, operands, out)
        made = elementwise if elementwise is not None else self._scattered(name, params, operands)
        made = made if made is not None else self._other(name, params, list(map(whole, operands)), out)
        if made is None:
            self.recorder.refuse(f"jax: {name} is not traced")
        results = list(made) if equation.primitive.multiple_results else [made]
        for variable, result in zip(equation.outvars, results, strict=True):
            self._check(name, variable.aval, result)
        return results

    def _of_keys(self, equation: Any, operands: list[Any], inner: Any) -> list[Any]:
        """The results of an equation of random keys."""
        called = drawn(equation, operands) if inner is not None else None
        if called is not None:
            self._check(equation.params["name"], equation.outvars[0].aval, called)
            return [called]
        if inner is not None:
            closed = hasattr(inner, "consts")
            return self.run(inner.jaxpr if closed else inner, inner.consts if closed else (), operands)
        found = of_key_values(partial(for_each, self.recorder), equation, operands)
        if found is None:
            self.recorder.refuse(f"jax: {equation.primitive.name} of random keys is not traced")
        assert found is not None
        return found

    def _inner(self, recorder: Recorder, closed: Any, consts: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """The outputs of a jaxpr in a record of its own; ``consts`` come before the inputs."""
        other = self if recorder is self.recorder else _Interpreter(recorder)
        return other.run(closed.jaxpr, closed.consts, [*consts, *inputs])

    def _values(self, equation: Any, operands: list[Any]) -> list[Any]:
        """What an equation gives for the values that are traced."""
        plain = [unwrapped(whole(typed(value))) for value in operands]
        given = [getattr(atom, "val", value) for atom, value in zip(equation.invars, plain, strict=True)]
        before, self.recorder.busy = self.recorder.busy, True
        try:
            return self._computed(equation, given)
        finally:
            self.recorder.busy = before

    @staticmethod
    def _spread(equation: Any, value: Any) -> Spread:
        """The result of ``broadcast_in_dim``, not repeated yet."""
        shape, places = tuple(equation.outvars[0].aval.shape), tuple(equation.params["broadcast_dimensions"])
        if isinstance(value, Spread):
            return Spread(value.value, shape, tuple(places[at] for at in value.places))
        plain = value if is_traced(value) else equation.invars[0].aval.dtype.type(value)
        return Spread(plain, shape, places)

    @staticmethod
    def _computed(equation: Any, operands: list[Any]) -> list[Any]:
        """What an equation of constants gives."""
        import jax

        with jax.disable_jit(False):
            params = equation.primitive.get_bind_params(equation.params)
            result = equation.primitive.bind(*operands, **params)
        return list(result) if equation.primitive.multiple_results else [result]

    def _check(self, name: str, aval: Any, result: Any) -> None:
        value = unwrapped(result)
        if tuple(value.shape) != tuple(aval.shape) or value.dtype != aval.dtype:
            self.recorder.refuse(f"jax: {name} gave {value.dtype}{value.shape}, not {aval.dtype}{aval.shape}")

    def _elementwise(self, name: str, params: dict[str, Any], operands: list[Any], out: Any) -> Any:
        """The result of a primitive of single elements; None for others."""
        floats = out.dtype.kind in "fcV"
        if name in _OPERATORS:
            return self.recorder.operator(_OPERATORS[name], *aligned(operands, out.shape))
        if name in _FUNCTIONS:
            return public(_FUNCTIONS[name])(*aligned(operands, out.shape))
        if name == "div":
            given = aligned(operands, out.shape)
            return self.recorder.operator("truediv", *given) if floats else public("jax.lax.div")(*given)
        if name == "integer_pow":
            return self.recorder.operator("pow", whole(operands[0]), params["y"])
        if name == "select_n" and len(operands) == 3:
            chosen, first, second = aligned(operands, out.shape)
            chosen = chosen if unwrapped(chosen).dtype == bool else condition_of(self.recorder, chosen)
            return public("jax.numpy.where")(chosen, second, first)
        if name == "clamp":
            low, x, high = aligned(operands, out.shape)
            return public("jax.numpy.clip")(x, low, high)
        if name == "round":
            if int(params["rounding_method"]) != 1:  # away from zero at halves
                return None
            return public("jax.numpy.round")(whole(operands[0]))
        return None

    def _scattered(self, name: str, params: dict[str, Any], operands: list[Any]) -> Any:
        return scattered(self.recorder, name, params, operands) if name.startswith("scatter") else None

    def _other(self, name: str, params: dict[str, Any], operands: list[Any], out: Any) -> Any:
        """The result of a primitive that looks at axes; None for those that are not known."""
        x = operands[0]
        if name in _SAME:
            return operands if name == "optimization_barrier" else x
        if name == "convert_element_type":
            return x if unwrapped(x).dtype == out.dtype else x.astype(out.dtype)
        if name in _REDUCTIONS:
            return self._reduced(name, params["axes"], x, out)
        if name in _RUNNING:
            return _running(_RUNNING[name], params, x)
        handler = getattr(self, f"_{name}", None)
        return handler(params, operands, out) if handler is not None else None

    @staticmethod
    def _reduced(name: str, axes: Sequence[int], x: Any, out: Any) -> Any:
        every = len(axes) == len(unwrapped(x).shape) and not name.startswith("arg")
        result = public(f"jax.numpy.{_REDUCTIONS[name]}")(x, **({} if every else {"axis": _axes(axes)}))
        return result if unwrapped(result).dtype == out.dtype else result.astype(out.dtype)

    @staticmethod
    def _reshape(params: Any, operands: list[Any], out: Any) -> Any:
        return operands[0].reshape(tuple(out.shape)) if params["dimensions"] is None else None

    @staticmethod
    def _squeeze(params: Any, operands: list[Any], out: Any) -> Any:
        axes = _axes(params["dimensions"])
        one = row_of(operands[0]) if axes == 0 else None
        return public("jax.numpy.squeeze")(operands[0], axis=axes) if one is None else one

    @staticmethod
    def _expand_dims(params: Any, operands: list[Any], out: Any) -> Any:
        return public("jax.numpy.expand_dims")(operands[0], axis=_axes(params["dimensions"]))

    @staticmethod
    def _transpose(params: Any, operands: list[Any], out: Any) -> Any:
        order = tuple(map(int, params["permutation"]))
        return operands[0].T if order == (1, 0) else public("jax.numpy.transpose")(operands[0], order)

    @staticmethod
    def _rev(params: Any, operands: list[Any], out: Any) -> Any:
        return public("jax.numpy.flip")(operands[0], axis=_axes(params["dimensions"]))

    @staticmethod
    def _concatenate(params: Any, operands: list[Any], out: Any) -> Any:
        return public("jax.numpy.concatenate")(operands, axis=params["dimension"])

    @staticmethod
    def _stack(params: Any, operands: list[Any], out: Any) -> Any:
        return public("jax.numpy.stack")(operands, **({"axis": params["axis"]} if params["axis"] else {}))

    @staticmethod
    def _pad(params: Any, operands: list[Any], out: Any) -> Any:
        pairs = [(int(low), int(high)) for low, high, inner in params["padding_config"] if inner == 0]
        if len(pairs) < len(out.shape) or min(min(pair) for pair in pairs) < 0 or isinstance(operands[1], Traced):
            return None
        return public("jax.numpy.pad")(operands[0], pairs, constant_values=number(operands[1], out.dtype))

    @staticmethod
    def _slice(params: Any, operands: list[Any], out: Any) -> Any:
        sizes = unwrapped(operands[0]).shape
        steps = params["strides"] or (1,) * len(sizes)
        found = zip(params["start_indices"], params["limit_indices"], steps, sizes, strict=True)
        key = [slice(start or None, None if end == n else end, None if by == 1 else by) for start, end, by, n in found]
        while len(key) > 1 and key[-1] == slice(None):
            key.pop()
        return operands[0][tuple(key) if len(key) > 1 else key[0]]

    @staticmethod
    def _tile(params: Any, operands: list[Any], out: Any) -> Any:
        return public("jax.numpy.tile")(operands[0], tuple(params["reps"]))

    @staticmethod
    def _split(params: Any, operands: list[Any], out: Any) -> Any:
        if len(params["sizes"]) == 1:
            return operands
        places = [sum(params["sizes"][:at]) for at in range(1, len(params["sizes"]))]
        return public("jax.numpy.split")(operands[0], places, axis=params["axis"])

    @staticmethod
    def _dynamic_slice(params: Any, operands: list[Any], out: Any) -> Any:
        return public("jax.lax.dynamic_slice")(operands[0], operands[1:], tuple(params["slice_sizes"]))

    @staticmethod
    def _dynamic_update_slice(params: Any, operands: list[Any], out: Any) -> Any:
        return public("jax.lax.dynamic_update_slice")(operands[0], operands[1], operands[2:])

    @staticmethod
    def _gather(params: Any, operands: list[Any], out: Any) -> Any:
        return indexed(operands[0], operands[1], params, out)

    @staticmethod
    def _sort(params: Any, operands: list[Any], out: Any) -> Any:
        axis = params["dimension"]
        if len(operands) == 1:
            return [public("jax.numpy.sort")(operands[0], axis=axis)]
        places = np.arange(out.shape[axis]).reshape([-1 if at == axis else 1 for at in range(len(out.shape))])
        if len(operands) != 2 or is_traced(operands[1]) or not (np.asarray(operands[1]) == places).all():
            return None
        order = public("jax.numpy.argsort")(operands[0], axis=axis)
        taken = public("jax.numpy.take_along_axis")(operands[0], order, axis=axis)
        dtype = np.asarray(operands[1]).dtype
        return [taken, order if unwrapped(order).dtype == dtype else order.astype(dtype)]

    @staticmethod
    def _top_k(params: Any, operands: list[Any], out: Any) -> Any:
        last = params.get("axis", -1) in (-1, len(out.shape) - 1)
        return public("jax.lax.top_k")(operands[0], params["k"]) if last else None

    def _dot_general(self, params: Any, operands: list[Any], out: Any) -> Any:
        ((left, right), (left_batch, right_batch)) = params["dimension_numbers"]
        a, b = operands
        ranks = len(unwrapped(a).shape), len(unwrapped(b).shape)
        last = len(left) == 1 and left[0] == ranks[0] - 1
        batched = tuple(range(ranks[0] - 2))
        of_matrix = not left_batch and ranks[1] <= 2 and right[0] == max(ranks[1] - 2, 0) if last else False
        stacked = ranks[0] == ranks[1] and tuple(left_batch) == tuple(right_batch) == batched
        if of_matrix or last and stacked and right[0] == ranks[0] - 2:
            return self.recorder.operator("matmul", a, b)
        names = iter("abcdefghijklmnopqrstuvwxyz")
        first = [next(names) for _ in range(ranks[0])]
        second = ["" for _ in range(ranks[1])]
        for i, j in zip([*left_batch, *left], [*right_batch, *right], strict=True):
            second[j] = first[i]
        second = [letter or next(names) for letter in second]
        kept = [letter for i, letter in enumerate(first) if i not in (*left, *left_batch)]
        rest = [letter for j, letter in enumerate(second) if j not in (*right, *right_batch)]
        result = "".join([*(first[i] for i in left_batch), *kept, *rest])
        return public("jax.numpy.einsum")(f"{''.join(first)},{''.join(second)}->{result}", a, b)

    @staticmethod
    def _conv_general_dilated(params: Any, operands: list[Any], out: Any) -> Any:
        if params["batch_group_count"] != 1 or params["preferred_element_type"] not in (None, out.dtype):
            return None
        numbers = params["dimension_numbers"]
        specs = []
        given = (numbers.lhs_spec, "NC"), (numbers.rhs_spec, "OI"), (numbers.out_spec, "NC")
        for spec, letters in given:
            names = [""] * len(spec)
            for place, letter in zip(spec, letters + "DHW"[5 - len(spec) :], strict=True):
                names[place] = letter
            specs.append("".join(names))
        options = {
            "padding": [tuple(map(int, pair)) for pair in params["padding"]],
            "lhs_dilation": tuple(params["lhs_dilation"]),
            "rhs_dilation": tuple(params["rhs_dilation"]),
            "dimension_numbers": tuple(specs),
            "feature_group_count": params["feature_group_count"],
        }
        ones = (1,) * (len(specs[0]) - 2)
        usual = {"lhs_dilation": ones, "rhs_dilation": ones, "feature_group_count": 1}
        options = {key: value for key, value in options.items() if usual.get(key) != value}
        return public("jax.lax.conv_general_dilated")(*operands, tuple(params["window_strides"]), **options)


def _axes(axes: Sequence[int]) -> int | tuple[int, ...]:
    return int(axes[0]) if len(axes) == 1 else tuple(map(int, axes))


def _running(name: str, params: Any, x: Any) -> Any:
    axis = params["axis"]
    if not params["reverse"]:
        return public(name)(x, axis=axis)
    flip = public("jax.numpy.flip")
    return flip(public(name)(flip(x, axis=axis), axis=axis), axis=axis)
