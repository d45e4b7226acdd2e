"""Branches, loops and maps that are written as function calls, draws with bounds, checks."""


import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from .random import draw_key
from .registries import _RELATIONS


def cast(x, dtype, /):
    """x, which may be a number, in a dtype that may be given by its name."""
    return x.astype(dtype) if hasattr(x, "astype") else jnp.asarray(x, dtype)


def loop_while(condition, body, loop_vars, /, *, maximum_iterations=None):
    """The values after the body was applied while the condition held for them."""

    def going_on(state):
        held = condition(*state[0])
        return held if maximum_iterations is None else held & (state[1] < maximum_iterations)

    def step(state):
        made = body(*state[0])
        return tuple(made) if isinstance(made, (list, tuple)) else (made,), state[1] + 1

    return lax.while_loop(going_on, step, (tuple(jnp.asarray(v) for v in loop_vars), 0))[0]


def fold_elements(function, elems, /, *, initializer=None):
    """The function applied to the result so far and each element along the first axis."""
    start, rest = (elems[0], elems[1:]) if initializer is None else (initializer, elems)
    return lax.scan(lambda result, element: (function(result, element), None), start, rest)[0]


def scan_elements(function, elems, /, *, initializer=None):
    """All intermediate results of folding the function over the elements along the first axis, stacked."""
    start, rest = (elems[0], elems[1:]) if initializer is None else (initializer, elems)

    def step(result, element):
        made = function(result, element)
        return made, made

    results = lax.scan(step, start, rest)[1]
    return results if initializer is not None else jnp.concatenate([start[None], results])


def draw_uniform(shape, /, *, minval=0.0, maxval=1.0, dtype=None, generator=None):
    """Numbers in [minval, maxval)."""
    return jax.random.uniform(
        draw_key(generator), tuple(shape), dtype or jnp.float32, minval, maxval
    )


def draw_normal(shape, /, *, mean=0.0, stddev=1.0, dtype=None, generator=None):
    """Normally distributed numbers."""
    return (
        jax.random.normal(draw_key(generator), tuple(shape), dtype or jnp.float32) * stddev + mean
    )


def draw_truncated_normal(shape, /, *, mean=0.0, stddev=1.0, dtype=None, generator=None):
    """Normally distributed numbers within two standard deviations of the mean."""
    values = jax.random.truncated_normal(
        draw_key(generator), -2.0, 2.0, tuple(shape), dtype or jnp.float32
    )
    return values * stddev + mean


def draw_integers(shape, minval, maxval, /, *, dtype=None, generator=None):
    """Whole numbers in [minval, maxval); int32 without a dtype."""
    key = draw_key(generator)
    return jax.random.randint(key, tuple(shape), minval, maxval).astype(dtype or jnp.int32)


def draw_classes(logits, num_samples, /, *, dtype=None, generator=None):
    """Classes (batch, num_samples) with the log-probabilities (batch, classes); int32 without a dtype."""
    shape = (logits.shape[0], num_samples)
    drawn = jax.random.categorical(draw_key(generator), logits[:, None], shape=shape)
    return drawn.astype(dtype or jnp.int32)


def draw_gamma(shape, alpha, /, *, dtype=None, generator=None):
    """Gamma distributed numbers of scale 1."""
    return jax.random.gamma(draw_key(generator), alpha, tuple(shape), dtype or jnp.float32)


def draw_beta(shape, alpha, beta, /, *, dtype=None, generator=None):
    """Beta distributed numbers."""
    return jax.random.beta(draw_key(generator), alpha, beta, tuple(shape), dtype or jnp.float32)


def draw_binomial(shape, counts, probabilities, /, *, dtype=None, generator=None):
    """How many of a number of trials succeed."""
    counts, probabilities = (jnp.asarray(n, jnp.float32) for n in (counts, probabilities))
    drawn = jax.random.binomial(draw_key(generator), counts, probabilities, tuple(shape))
    return drawn.astype(dtype or jnp.float32)


def draw_shuffled(x, /, axis=0, *, generator=None):
    """The parts of x along an axis in a random order."""
    return jax.random.permutation(draw_key(generator), x, axis)


def seeded(seed, /):
    """A generator that a seed of one or two numbers determines."""
    key = jax.random.key(0)
    for number in jnp.asarray(seed).reshape(-1):
        key = jax.random.fold_in(key, number)
    return nnx.Rngs(key)


def _segments(function, data, segment_ids, num_segments):
    return function(data, segment_ids, num_segments=num_segments)


def segment_sum(data, segment_ids, /, *, num_segments=None):
    """Sums of the elements with the same segment number."""
    return _segments(jax.ops.segment_sum, data, segment_ids, num_segments)


def segment_prod(data, segment_ids, /, *, num_segments=None):
    """Products of the elements with the same segment number."""
    return _segments(jax.ops.segment_prod, data, segment_ids, num_segments)


def segment_mean(data, segment_ids, /, *, num_segments=None):
    """Means of the elements with the same segment number, 0 for none."""
    total = segment_sum(data, segment_ids, num_segments=num_segments)
    return total / jnp.maximum(
        segment_sum(jnp.ones_like(data), segment_ids, num_segments=num_segments), 1
    )


def segment_max(data, segment_ids, /, *, num_segments=None):
    """Largest of the elements with the same segment number, the lowest value of the dtype for none."""
    info = jnp.finfo if jnp.issubdtype(data.dtype, jnp.floating) else jnp.iinfo
    found = _segments(jax.ops.segment_max, data, segment_ids, num_segments)
    return jnp.maximum(found, info(data.dtype).min)


def segment_min(data, segment_ids, /, *, num_segments=None):
    """Smallest of the elements with the same segment number, the largest value of the dtype for none."""
    info = jnp.finfo if jnp.issubdtype(data.dtype, jnp.floating) else jnp.iinfo
    found = _segments(jax.ops.segment_min, data, segment_ids, num_segments)
    return jnp.minimum(found, info(data.dtype).max)


def _filled(found, segment_ids):
    """The largest or smallest elements of segments, 0 for segments of none."""
    count = jax.ops.segment_sum(jnp.ones_like(segment_ids), segment_ids, num_segments=len(found))
    return jnp.where(count.reshape((-1,) + (1,) * (found.ndim - 1)) > 0, found, jnp.zeros_like(found))


def sorted_segment_max(data, segment_ids, /):
    """Largest of the elements with the same segment number, 0 for none."""
    return _filled(jax.ops.segment_max(data, segment_ids), segment_ids)


def sorted_segment_min(data, segment_ids, /):
    """Smallest of the elements with the same segment number, 0 for none."""
    return _filled(jax.ops.segment_min(data, segment_ids), segment_ids)


def constant_of(value, /, *, dtype=None, shape=None):
    """The value as an array, repeated or laid out to fill a shape."""
    x = jnp.asarray(value, dtype=dtype)
    return (
        x
        if shape is None
        else (x.reshape(tuple(shape)) if x.size > 1 else jnp.full(tuple(shape), x))
    )


def check_relation(x1, x2, /, relation="==", message=None):
    """Raises ValueError unless the relation holds for all elements."""
    if not bool(jnp.all(jnp.asarray(_RELATIONS[relation](x1, x2)))):
        raise ValueError(message or f"x {relation} y does not hold for all elements")


def check_rank(x, rank, /, message=None):
    """Raises ValueError unless x has so many axes."""
    if x.ndim != rank:
        raise ValueError(message or f"expected {rank} axes, got {x.ndim}")


def check_finite(x, message=None, /):
    """Raises ValueError unless all elements are finite."""
    if not bool(jnp.isfinite(x).all()):
        raise ValueError(message or "x has elements that are not finite")


def check_near(x1, x2, /, rtol=None, atol=None, message=None):
    """Raises ValueError unless x1 and x2 differ by at most rtol * abs(x2) + atol, ten times the precision."""
    x1, x2 = jnp.asarray(x1), jnp.asarray(x2)
    smallest = 10 * float(jnp.finfo(x1.dtype).eps) if jnp.issubdtype(x1.dtype, jnp.floating) else 1e-5
    rtol, atol = smallest if rtol is None else rtol, smallest if atol is None else atol
    if not bool((abs(x1 - x2) <= atol + rtol * abs(x2)).all()):
        raise ValueError(message or "x and y are not near each other")
