"""Parts, orders and places of arrays, and draws from a seed, with TensorFlow's conventions."""

import numpy as np

from .nd_indexing import unique_first_seen


def batched_eye(n_rows, /, *, n_cols=None, batch_shape=None, dtype=None):
    """Identity matrices in an array of the shape of a batch."""
    return np.tile(np.eye(n_rows, n_cols, dtype=dtype or np.float32), (*(batch_shape or ()), 1, 1))


def unique_with_counts(x, /):
    """The different elements as they first occur, the place of each element among them, and how often each occurs."""
    values, places = unique_first_seen(x)
    return values, places, np.bincount(places, minlength=len(values)).astype(np.int32)


def dynamic_partition(x, partitions, num_partitions, /):
    """The elements of x with the number of each part, in their order."""
    x, partitions = np.asarray(x), np.asarray(partitions)
    return [x[partitions == number] for number in range(num_partitions)]


def dynamic_stitch(places, parts, /):
    """The elements of several arrays, each at its index; of equal indices the last one counts."""
    indices = [np.asarray(index) for index in places]
    rows = [value.reshape(-1, *value.shape[index.ndim :]) for index, value in zip(indices, map(np.asarray, parts))]
    joined = np.concatenate([index.reshape(-1) for index in indices])
    last = np.zeros(int(joined.max()) + 1, int)
    np.maximum.at(last, joined, np.arange(len(joined)))
    return np.concatenate(rows)[last]


def reverse_sequence(x, lengths, /, *, seq_axis=None, batch_axis=0):
    """x with the first elements along an axis in reverse order, as many as the length of each example."""
    axes = (batch_axis or 0, seq_axis)
    moved, lengths = np.moveaxis(x, axes, (0, 1)), lengths[:, None]
    steps, rows = np.arange(moved.shape[1]), np.arange(moved.shape[0])
    places = np.where(steps < lengths, lengths - 1 - steps, steps)
    return np.moveaxis(moved[rows[:, None], places], (0, 1), axes)


def tridiagonal_solve(diagonals, rhs, /):
    """The solutions of systems whose matrices have diagonals of equal length above, on and below the middle."""
    size = diagonals.shape[-1]
    above, middle, below = (diagonals[..., place, :, None] for place in range(3))
    matrix = above * np.eye(size, k=1, dtype=diagonals.dtype) + middle * np.eye(size, dtype=diagonals.dtype)
    matrix = matrix + below * np.eye(size, k=-1, dtype=diagonals.dtype)
    if rhs.ndim < diagonals.ndim:
        return np.linalg.solve(matrix, rhs[..., None])[..., 0]
    return np.linalg.solve(matrix, rhs)


def non_max_suppression(boxes, scores, size, /, *, iou_threshold=0.5, score_threshold=float("-inf")):
    """The indices of at most size boxes, the best first, that overlap with no better one by more than a share."""
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    areas = (high - low).prod(-1)
    shared = (np.minimum(high[:, None], high) - np.maximum(low[:, None], low)).clip(0).prod(-1)
    overlaps = shared / np.where(shared > 0, areas[:, None] + areas - shared, 1) > iou_threshold
    kept = []
    for place in np.argsort(-scores, kind="stable").tolist():
        if len(kept) < size and scores[place] > score_threshold and not overlaps[place, kept].any():
            kept.append(place)
    return np.asarray(kept, np.int32)


def of_two_seeds(seed):
    """A generator whose numbers two seeds decide."""
    return np.random.default_rng([int(number) % 2**32 for number in seed])


def stateless_normal(shape, seed, /, *, mean=0.0, stddev=1.0, dtype=None):
    """Normal numbers that two seeds decide."""
    return (of_two_seeds(seed).normal(size=tuple(int(n) for n in shape)) * stddev + mean).astype(dtype or np.float32)


def stateless_uniform(shape, seed, /, *, minval=0, maxval=None, dtype=None):
    """Numbers of a range that two seeds decide, up to 1 without a maximum."""
    size, generator, dtype = tuple(int(n) for n in shape), of_two_seeds(seed), dtype or np.float32
    if not np.issubdtype(dtype, np.floating):
        return generator.integers(minval, maxval, size).astype(dtype)
    return generator.uniform(minval, 1 if maxval is None else maxval, size).astype(dtype)
