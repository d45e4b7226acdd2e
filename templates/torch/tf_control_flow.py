"""Branches, loops and maps that are written as function calls, draws with bounds, checks."""


import torch

from .registries import _RELATIONS


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
        return tuple(torch.stack(list(part)) for part in zip(*results, strict=True))
    return torch.stack(results)


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
    return torch.stack(results)


def cast(x, dtype, /):
    """x in a dtype that may be given by its name."""
    return torch.as_tensor(x).to(getattr(torch, dtype) if isinstance(dtype, str) else dtype)


def draw_uniform(shape, /, *, minval=0.0, maxval=1.0, dtype=None, generator=None):
    """Numbers in [minval, maxval)."""
    return torch.rand(tuple(shape), dtype=dtype, generator=generator) * (maxval - minval) + minval


def draw_normal(shape, /, *, mean=0.0, stddev=1.0, dtype=None, generator=None):
    """Normally distributed numbers."""
    return torch.randn(tuple(shape), dtype=dtype, generator=generator) * stddev + mean


def draw_truncated_normal(shape, /, *, mean=0.0, stddev=1.0, dtype=None, generator=None):
    """Normally distributed numbers within two standard deviations of the mean."""
    values = torch.empty(tuple(shape), dtype=dtype)
    return (
        torch.nn.init.trunc_normal_(values, 0.0, 1.0, -2.0, 2.0, generator=generator) * stddev
        + mean
    )


def draw_integers(shape, minval, maxval, /, *, dtype=None, generator=None):
    """Whole numbers in [minval, maxval); int32 without a dtype."""
    drawn = torch.randint(minval, maxval, tuple(shape), generator=generator)
    return drawn.to(dtype or torch.int32)


def draw_classes(logits, num_samples, /, *, dtype=None, generator=None):
    """Classes (batch, num_samples) with the log-probabilities (batch, classes); int32 without a dtype."""
    shares = torch.softmax(logits, dim=-1)
    drawn = torch.multinomial(shares, num_samples, replacement=True, generator=generator)
    return drawn.to(dtype or torch.int32)


def draw_gamma(shape, alpha, /, *, dtype=None, generator=None):
    """Gamma distributed numbers of scale 1."""
    alpha = torch.broadcast_to(torch.as_tensor(alpha, dtype=dtype or torch.float32), tuple(shape))
    return torch._standard_gamma(alpha.contiguous(), generator=generator)


def draw_beta(shape, alpha, beta, /, *, dtype=None, generator=None):
    """Beta distributed numbers."""
    x, y = (draw_gamma(shape, a, dtype=dtype, generator=generator) for a in (alpha, beta))
    return x / (x + y)


def draw_binomial(shape, counts, probabilities, /, *, dtype=None, generator=None):
    """How many of a number of trials succeed."""
    counts, probabilities = (
        torch.broadcast_to(torch.as_tensor(n, dtype=torch.float32), tuple(shape)).contiguous()
        for n in (counts, probabilities)
    )
    return torch.binomial(counts, probabilities, generator=generator).to(dtype or torch.float32)


def draw_shuffled(x, /, axis=0, *, generator=None):
    """The parts of x along an axis in a random order."""
    order = torch.randperm(x.shape[axis], generator=generator)
    return torch.index_select(x, axis, order.to(x.device))


def seeded(seed, /):
    """A generator that a seed of one or two numbers determines."""
    generator = torch.Generator()
    generator.manual_seed(hash(tuple(int(n) for n in torch.as_tensor(seed).reshape(-1))) % 2**63)
    return generator


def _segments(data, segment_ids, num_segments, reduce, empty):
    ids = segment_ids.to(torch.int64)
    count = int(ids.max()) + 1 if num_segments is None else int(num_segments)
    index = ids.reshape((-1,) + (1,) * (data.ndim - ids.ndim)).expand(-1, *data.shape[ids.ndim :])
    data = data.reshape(-1, *data.shape[ids.ndim :])
    index = torch.where((index < 0) | (index >= count), count, index)  # a row for what is in no segment
    out = torch.full((count + 1, *data.shape[1:]), empty, dtype=data.dtype, device=data.device)
    return out.scatter_reduce(0, index, data, reduce, include_self=reduce in ("sum", "prod"))[:-1]


def segment_sum(data, segment_ids, /, *, num_segments=None):
    """Sums of the elements with the same segment number."""
    return _segments(data, segment_ids, num_segments, "sum", 0)


def segment_prod(data, segment_ids, /, *, num_segments=None):
    """Products of the elements with the same segment number."""
    return _segments(data, segment_ids, num_segments, "prod", 1)


def segment_mean(data, segment_ids, /, *, num_segments=None):
    """Means of the elements with the same segment number, 0 for none."""
    return _segments(data, segment_ids, num_segments, "mean", 0)


def segment_max(data, segment_ids, /, *, num_segments=None):
    """Largest of the elements with the same segment number, the lowest value of the dtype for none."""
    info = torch.finfo if data.is_floating_point() else torch.iinfo
    return _segments(data, segment_ids, num_segments, "amax", info(data.dtype).min)


def segment_min(data, segment_ids, /, *, num_segments=None):
    """Smallest of the elements with the same segment number, the largest value of the dtype for none."""
    info = torch.finfo if data.is_floating_point() else torch.iinfo
    return _segments(data, segment_ids, num_segments, "amin", info(data.dtype).max)


def sorted_segment_max(data, segment_ids, /):
    """Largest of the elements with the same segment number, 0 for none."""
    return _segments(data, segment_ids, None, "amax", 0)


def sorted_segment_min(data, segment_ids, /):
    """Smallest of the elements with the same segment number, 0 for none."""
    return _segments(data, segment_ids, None, "amin", 0)


def segment_max_or_inf(data, segment_ids, /, *, num_segments=None):
    """Largest of the elements with the same segment number; -inf, or the lowest integer, for none."""
    lowest = -float("inf") if data.is_floating_point() else torch.iinfo(data.dtype).min
    return _segments(data, segment_ids, num_segments, "amax", lowest)


def segment_min_or_inf(data, segment_ids, /, *, num_segments=None):
    """Smallest of the elements with the same segment number; inf, or the largest integer, for none."""
    largest = float("inf") if data.is_floating_point() else torch.iinfo(data.dtype).max
    return _segments(data, segment_ids, num_segments, "amin", largest)


def constant_of(value, /, *, dtype=None, shape=None):
    """The value as a tensor of a dtype that may be given by its name, repeated or laid out to fill a shape."""
    x = torch.as_tensor(value)
    x = x if dtype is None else cast(x, dtype)
    return (
        x
        if shape is None
        else (x.reshape(tuple(shape)) if x.numel() > 1 else x.expand(tuple(shape)))
    )


def check_relation(x1, x2, /, relation="==", message=None):
    """Raises ValueError unless the relation holds for all elements."""
    if not bool(torch.all(torch.as_tensor(_RELATIONS[relation](x1, x2)))):
        raise ValueError(message or f"x {relation} y does not hold for all elements")


def check_rank(x, rank, /, message=None):
    """Raises ValueError unless x has so many axes."""
    if x.ndim != rank:
        raise ValueError(message or f"expected {rank} axes, got {x.ndim}")


def check_finite(x, message=None, /):
    """Raises ValueError unless all elements are finite."""
    if not bool(torch.isfinite(x).all()):
        raise ValueError(message or "x has elements that are not finite")


def check_near(x1, x2, /, rtol=None, atol=None, message=None):
    """Raises ValueError unless x1 and x2 differ by at most rtol * abs(x2) + atol, ten times the precision."""
    x1, x2 = torch.as_tensor(x1), torch.as_tensor(x2)
    smallest = 10 * torch.finfo(x1.dtype).eps if x1.is_floating_point() else 1e-5
    rtol, atol = smallest if rtol is None else rtol, smallest if atol is None else atol
    if not bool((abs(x1 - x2) <= atol + rtol * abs(x2)).all()):
        raise ValueError(message or "x and y are not near each other")
