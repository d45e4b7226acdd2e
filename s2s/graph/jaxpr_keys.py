"""Random keys of JAX as the arrays of two numbers that they are, and draws as calls of ``jax.random``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .jaxpr_shapes import Bits, Key, is_traced, number, row_of, whole
from .native_calls import public
from .record import unwrapped

_DRAWS: dict[str, tuple[str, ...]] = {
    "uniform": ("key", "shape", "minval", "maxval"),
    "normal": ("key", "shape"),
    "bernoulli": ("key", "p", "shape"),
    "truncated_normal": ("key", "lower", "upper", "shape"),
    "randint": ("key", "shape", "minval", "maxval"),
    "gumbel": ("key", "shape"),
    "exponential": ("key", "shape"),
    "laplace": ("key", "shape"),
    "logistic": ("key", "shape"),
    "cauchy": ("key", "shape"),
}
"""Functions of ``jax.random`` and their positional arguments: JAX traces each as a function ``_uniform`` and so on."""
_USUAL = {"minval": 0.0, "maxval": 1.0}
_ONES = 0x3F800000  # the bits of 1.0 in float32


_STAGES = {"random_bits": "shift_right_logical", "shift_right_logical": "or", "or": "bitcast_convert_type"}
"""What is done to bits after what."""


def is_key(aval: Any) -> bool:
    """Whether a value is a random key."""
    return str(aval.dtype).startswith("key<")


def of_keys(equation: Any) -> bool:
    """Whether an equation computes with keys."""
    return any(is_key(atom.aval) for atom in (*equation.invars, *equation.outvars))


def as_key(value: Any) -> Key:
    """A key by its two numbers."""
    if isinstance(value, Key):
        return value
    return Key(public("jax.random.key_data")(value))


def typed(value: Any) -> Any:
    """A key, or keys, as JAX's functions give them; other values as they are."""
    import jax

    return jax.random.wrap_key_data(unwrapped(value.value)) if isinstance(value, Key) else value


def drawn(equation: Any, operands: Sequence[Any]) -> Any:
    """The numbers that a function of ``jax.random`` draws from one key; None for other functions, and several keys."""
    name, out = str(equation.params.get("name", "")), equation.outvars[0].aval
    first, *others = equation.invars
    if not is_key(first.aval) or first.aval.shape or len(equation.outvars) > 1:
        return None
    key = as_key(operands[0]).value
    if name == "_shuffle" and len(out.shape) == 1:
        return _permuted(key, operands[1], out)
    names = _DRAWS.get(name.removeprefix("_"))
    if names is None or name[0] != "_" or str(out.dtype) not in ("float32", "int32", "bool"):
        return None
    given: dict[str, Any] = {"key": key, "shape": tuple(out.shape)}
    free = [parameter for parameter in names if parameter not in given]
    if len(free) != len(others) or any(atom.aval.shape not in ((), out.shape) for atom in others):
        return None
    given |= {p: _plain(value, atom.aval) for p, value, atom in zip(free, operands[1:], others, strict=True)}
    args = [given[parameter] for parameter in names if parameter not in _USUAL or name == "_randint"]
    options = {p: given[p] for p in names if p in _USUAL and name != "_randint" and not _is_usual(p, given[p])}
    return public(f"jax.random.{name[1:]}")(*args, **options)


def _is_usual(parameter: str, value: Any) -> bool:
    return isinstance(value, float) and value == _USUAL[parameter]


def _plain(value: Any, aval: Any) -> Any:
    value = whole(value)
    return value if is_traced(value) else number(value, aval.dtype)


def _permuted(key: Any, x: Any, out: Any) -> Any:
    """``permutation``; of the numbers from 0 on by how many there are."""
    plain = None if is_traced(x) else np.asarray(unwrapped(whole(x)))
    counted = plain is not None and plain.dtype == np.int32 and (plain == np.arange(plain.size)).all()
    return public("jax.random.permutation")(key, out.shape[0] if counted else whole(x))


def of_key_values(mapped: Callable[..., Any], equation: Any, operands: list[Any]) -> list[Any] | None:
    """The results of an equation of keys or bits; None for those that are not known.

    ``mapped(draw, keys)`` calls a function of a key for several of them.
    """
    name, params, out = equation.primitive.name, equation.params, equation.outvars[0].aval
    if any(isinstance(value, Bits) for value in operands):
        return _staged(mapped, name, operands, out)
    handler = partial(_EACH[name], mapped) if name in _EACH else _HANDLERS.get(name)
    result = None if handler is None else handler(params, operands, out)
    return None if result is None else [result]


def _staged(mapped: Callable[..., Any], name: str, operands: list[Any], out: Any) -> list[Any] | None:
    """Bits one step further: those of ``uniform`` are shifted, get an exponent, and lose the 1."""
    bits, rest = operands[0], operands[1:]
    if not isinstance(bits, Bits):
        return None
    wanted = {"shift_right_logical": 9, "or": _ONES, "sub": 1.0}.get(name)
    plain = None if not rest or is_traced(rest[0]) else np.asarray(unwrapped(whole(rest[0])))
    if rest and (plain is None or not (plain == wanted).all()):
        return None
    if name == "sub" and bits.stage == "bitcast_convert_type":
        return [_uniform(mapped, bits)]
    return [Bits(bits.value, bits.shape, name)] if _STAGES.get(bits.stage) == name else None


def _each(mapped: Callable[..., Any], draw: Callable[..., Any], count: tuple[int, ...], *arrays: Any) -> Any:
    """A function of one key for several: ``count`` are their leading axes."""
    if not count:
        return draw(*arrays)
    if len(count) == 1:
        return mapped(draw, *arrays)
    flat = [x.reshape((-1, *unwrapped(x).shape[len(count) :])) for x in arrays]
    found = mapped(draw, *flat)
    return found.reshape((*count, *unwrapped(found).shape[1:]))


def _uniform(mapped: Callable[..., Any], bits: Bits) -> Any:
    def draw(key: Any) -> Any:
        return public("jax.random.uniform")(key, bits.shape)

    return _each(mapped, draw, unwrapped(bits.value).shape[:-1], bits.value)


def _bits(params: Any, operands: list[Any], out: Any) -> Any:
    return Bits(as_key(operands[0]).value, tuple(params["shape"])) if params["bit_width"] == 32 else None


def _wrap(params: Any, operands: list[Any], out: Any) -> Any:
    return Key(whole(operands[0]))


def _unwrap(params: Any, operands: list[Any], out: Any) -> Any:
    return as_key(operands[0]).value


def _split(mapped: Callable[..., Any], params: Any, operands: list[Any], out: Any) -> Any:
    key, shape = as_key(operands[0]).value, tuple(map(int, params["shape"]))
    numbers = () if shape == (2,) else (shape[0] if len(shape) == 1 else shape,)
    return Key(_each(mapped, lambda key: public("jax.random.split")(key, *numbers), unwrapped(key).shape[:-1], key))


def _fold_in(mapped: Callable[..., Any], params: Any, operands: list[Any], out: Any) -> Any:
    key, data = as_key(operands[0]).value, operands[1]
    fold = public("jax.random.fold_in")
    count = tuple(out.shape)
    if not is_traced(data) and (plain := np.asarray(unwrapped(whole(data)))).size and (plain == plain.flat[0]).all():
        number = int(plain.flat[0])
        keys = key if unwrapped(key).shape[:-1] == count else public("jax.numpy.broadcast_to")(key, (*count, 2))
        return Key(_each(mapped, lambda key: fold(key, number), count, keys))
    data = whole(data)
    if not count:
        return Key(fold(key, data))
    given = zip((key, data), ((*count, 2), count), strict=True)
    spread = [x if unwrapped(x).shape == size else public("jax.numpy.broadcast_to")(x, size) for x, size in given]
    return Key(_each(mapped, fold, count, *spread))


def _seed(params: Any, operands: list[Any], out: Any) -> Any:
    return Key(public("jax.random.PRNGKey")(whole(operands[0])))


def _slice(params: Any, operands: list[Any], out: Any) -> Any:
    steps = params["strides"] or (1,) * len(out.shape)
    ends = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    key = tuple(slice(start, end, None if by == 1 else by) for start, end, by in ends)
    return Key(as_key(operands[0]).value[key if len(key) > 1 else key[0]])


def _squeeze(params: Any, operands: list[Any], out: Any) -> Any:
    value, axes = as_key(operands[0]).value, tuple(map(int, params["dimensions"]))
    one = row_of(value) if axes == (0,) else None
    return Key(public("jax.numpy.squeeze")(value, axis=axes[0] if len(axes) == 1 else axes) if one is None else one)


def _reshape(params: Any, operands: list[Any], out: Any) -> Any:
    return Key(as_key(operands[0]).value.reshape((*out.shape, 2)))


def _select(params: Any, operands: list[Any], out: Any) -> Any:
    chosen, *cases = operands
    if len(cases) != 2 or not is_traced(chosen):
        return None
    chosen = whole(chosen)
    if unwrapped(chosen).dtype != bool:
        chosen = chosen.astype(bool)
    spread = chosen[..., None] if unwrapped(chosen).shape else chosen
    return Key(public("jax.numpy.where")(spread, as_key(cases[1]).value, as_key(cases[0]).value))


def _spread(params: Any, operands: list[Any], out: Any) -> Any:
    value = as_key(operands[0]).value
    sizes = dict(zip(map(int, params["broadcast_dimensions"]), unwrapped(value).shape, strict=False))
    placed = tuple(sizes.get(at, 1) for at in range(len(out.shape)))
    moved = value if (*placed, 2) == unwrapped(value).shape else value.reshape((*placed, 2))
    return Key(moved if placed == tuple(out.shape) else public("jax.numpy.broadcast_to")(moved, (*out.shape, 2)))


def _stack(params: Any, operands: list[Any], out: Any) -> Any:
    return Key(public("jax.numpy.stack")([as_key(value).value for value in operands], axis=params["axis"]))


def _same(params: Any, operands: list[Any], out: Any) -> Any:
    return as_key(operands[0])


_HANDLERS: dict[str, Callable[[Any, list[Any], Any], Any]] = {
    "random_bits": _bits, "random_wrap": _wrap, "random_unwrap": _unwrap, "random_seed": _seed, "slice": _slice,
    "squeeze": _squeeze, "reshape": _reshape, "select_n": _select, "broadcast_in_dim": _spread, "copy": _same,
    "stack": _stack,
    "copy_p": _same, "device_put": _same,
}  # fmt: skip
_EACH = {"random_split": _split, "random_fold_in": _fold_in}
"""Handlers that call a function for each of several keys."""
