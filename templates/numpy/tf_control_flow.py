"""Branches, loops and maps that are written as function calls, draws with bounds, checks."""


import numpy as np

from .random import pick_generator
from .registries import _RELATIONS


def cast(x, dtype, /):
    """x, which may be a number, in a dtype that may be given by its name."""
    return x.astype(dtype) if hasattr(x, "astype") else np.asarray(x, dtype)


def loop_while(condition, body, loop_vars, /, *, maximum_iterations=None):
    """The values after the body was applied while the condition held for them."""
    values, count = tuple(loop_vars), 0
    while (maximum_iterations is None or count < maximum_iterations) and condition(*values):
        made = body(*values)
        values, count = tuple(made) if isinstance(made, (list, tuple)) else (made,), count + 1
    return values


def map_elements(function, elems, /):
    """The results of the function for each element along the first axis (of one array or several), stacked."""
    several = isinstance(elems, (list, tuple))
    results = [function(e) for e in (zip(*elems, strict=True) if several else elems)]
    if isinstance(results[0], (list, tuple)):
        return tuple(np.stack(list(part)) for part in zip(*results, strict=True))
    return np.stack(results)


def fold_elements(function, elems, /, *, initializer=None):
    """The function applied to the result so far and each element along the first axis."""
    rest = iter(elems)
    result = next(rest) if initializer is None else initializer
    for element in rest:
        result = function(result, element)
    return result


def scan_elements(function, elems, /, *, initializer=None):
    """All intermediate results of folding the function over the elements along the first axis, stacked."""
    rest = iter(elems)
    results = [next(rest)] if initializer is None else []
    result = results[0] if results else initializer
    for element in rest:
        result = function(result, element)
        results.append(result)
    return np.stack(results)


def draw_uniform(shape, /, *, minval=0.0, maxval=1.0, dtype=None, generator=None):
    """Numbers in [minval, maxval)."""
    values = pick_generator(generator).uniform(minval, maxval, tuple(shape))
    return values.astype(dtype or np.float32)


def draw_normal(shape, /, *, mean=0.0, stddev=1.0, dtype=None, generator=None):
    """Normally distributed numbers."""
    return pick_generator(generator).normal(mean, stddev, tuple(shape)).astype(dtype or np.float32)


def draw_truncated_normal(shape, /, *, mean=0.0, stddev=1.0, dtype=None, generator=None):
    """Normally distributed numbers within two standard deviations of the mean."""
    rng = pick_generator(generator)
    values = rng.standard_normal(tuple(shape))
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.standard_normal(int(outside.sum()))
    return (values * stddev + mean).astype(dtype or np.float32)


def draw_integers(shape, minval, maxval, /, *, dtype=None, generator=None):
    """Whole numbers in [minval, maxval); int32 without a dtype."""
    return (
        pick_generator(generator).integers(minval, maxval, tuple(shape)).astype(dtype or np.int32)
    )


def draw_classes(logits, num_samples, /, *, dtype=None, generator=None):
    """Classes (batch, num_samples) with the log-probabilities (batch, classes); int32 without a dtype."""
    noise = pick_generator(generator).gumbel(size=(logits.shape[0], num_samples, logits.shape[1]))
    return np.argmax(logits[:, None] + noise, axis=-1).astype(dtype or np.int32)


def draw_gamma(shape, alpha, /, *, dtype=None, generator=None):
    """Gamma distributed numbers of scale 1."""
    drawn = pick_generator(generator).standard_gamma(alpha, tuple(shape))
    return drawn.astype(dtype or np.float32)


def draw_beta(shape, alpha, beta, /, *, dtype=None, generator=None):
    """Beta distributed numbers."""
    return pick_generator(generator).beta(alpha, beta, tuple(shape)).astype(dtype or np.float32)


def draw_binomial(shape, counts, probabilities, /, *, dtype=None, generator=None):
    """How many of a number of trials succeed."""
    counts = np.asarray(counts).astype(np.int64)
    drawn = pick_generator(generator).binomial(counts, probabilities, tuple(shape))
    return drawn.astype(dtype or np.float32)


def draw_shuffled(x, /, axis=0, *, generator=None):
    """The parts of x along an axis in a random order."""
    return pick_generator(generator).permutation(x, axis=axis)


def seeded(seed, /):
    """A generator that a seed of one or two numbers determines."""
    return np.random.default_rng([int(n) % 2**32 for n in np.asarray(seed).reshape(-1)])


def _segments(data, segment_ids, num_segments, ufunc, empty):
    count = int(segment_ids.max()) + 1 if num_segments is None else int(num_segments)
    out = np.full((count, *data.shape[segment_ids.ndim :]), empty, dtype=data.dtype)
    inside = (segment_ids >= 0) & (segment_ids < count)
    ufunc.at(out, segment_ids[inside], data[inside])
    return out


def _filled(found, segment_ids):
    """The largest or smallest elements of segments, 0 for segments of none."""
    return np.where(np.isin(np.arange(len(found)), segment_ids).reshape((-1,) + (1,) * (found.ndim - 1)), found, 0)


def segment_sum(data, segment_ids, /, *, num_segments=None):
    """Sums of the elements with the same segment number."""
    return _segments(data, segment_ids, num_segments, np.add, 0)


def segment_prod(data, segment_ids, /, *, num_segments=None):
    """Products of the elements with the same segment number."""
    return _segments(data, segment_ids, num_segments, np.multiply, 1)


def segment_mean(data, segment_ids, /, *, num_segments=None):
    """Means of the elements with the same segment number, 0 for none."""
    count = _segments(np.ones_like(data), segment_ids, num_segments, np.add, 0)
    return segment_sum(data, segment_ids, num_segments=num_segments) / np.maximum(count, 1)


def segment_max(data, segment_ids, /, *, num_segments=None):
    """Largest of the elements with the same segment number, the lowest value of the dtype for none."""
    info = np.finfo if data.dtype.kind == "f" else np.iinfo
    return _segments(data, segment_ids, num_segments, np.maximum, info(data.dtype).min)


def segment_min(data, segment_ids, /, *, num_segments=None):
    """Smallest of the elements with the same segment number, the largest value of the dtype for none."""
    info = np.finfo if data.dtype.kind == "f" else np.iinfo
    return _segments(data, segment_ids, num_segments, np.minimum, info(data.dtype).max)


def sorted_segment_max(data, segment_ids, /):
    """Largest of the elements with the same segment number, 0 for none."""
    return _filled(segment_max(data, segment_ids), segment_ids).astype(data.dtype)


def sorted_segment_min(data, segment_ids, /):
    """Smallest of the elements with the same segment number, 0 for none."""
    return _filled(segment_min(data, segment_ids), segment_ids).astype(data.dtype)


def segment_max_or_inf(data, segment_ids, /, *, num_segments=None):
    """Largest of the elements with the same segment number; -inf, or the lowest integer, for none."""
    lowest = -np.inf if data.dtype.kind == "f" else np.iinfo(data.dtype).min
    return _segments(data, segment_ids, num_segments, np.maximum, lowest)


def segment_min_or_inf(data, segment_ids, /, *, num_segments=None):
    """Smallest of the elements with the same segment number; inf, or the largest integer, for none."""
    largest = np.inf if data.dtype.kind == "f" else np.iinfo(data.dtype).max
    return _segments(data, segment_ids, num_segments, np.minimum, largest)


def constant_of(value, /, *, dtype=None, shape=None):
    """The value as an array, repeated or laid out to fill a shape."""
    x = np.asarray(value, dtype=dtype)
    return (
        x
        if shape is None
        else (x.reshape(tuple(shape)) if x.size > 1 else np.full(tuple(shape), x))
    )


def check_relation(x1, x2, /, relation="==", message=None):
    """Raises ValueError unless the relation holds for all elements."""
    if not bool(np.all(np.asarray(_RELATIONS[relation](x1, x2)))):
        raise ValueError(message or f"x {relation} y does not hold for all elements")


def check_rank(x, rank, /, message=None):
    """Raises ValueError unless x has so many axes."""
    if x.ndim != rank:
        raise ValueError(message or f"expected {rank} axes, got {x.ndim}")


def check_finite(x, message=None, /):
    """Raises ValueError unless all elements are finite."""
    if not bool(np.isfinite(x).all()):
        raise ValueError(message or "x has elements that are not finite")


def check_near(x1, x2, /, rtol=None, atol=None, message=None):
    """Raises ValueError unless x1 and x2 differ by at most rtol * abs(x2) + atol, ten times the precision."""
    x1, x2 = np.asarray(x1), np.asarray(x2)
    smallest = 10 * float(np.finfo(x1.dtype).eps) if np.issubdtype(x1.dtype, np.floating) else 1e-5
    rtol, atol = smallest if rtol is None else rtol, smallest if atol is None else atol
    if not bool((abs(x1 - x2) <= atol + rtol * abs(x2)).all()):
        raise ValueError(message or "x and y are not near each other")
