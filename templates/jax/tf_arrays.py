"""Parts, orders and places of arrays, and draws from a seed, with TensorFlow's conventions."""

import jax
import jax.numpy as jnp
import numpy as np

from .nd_indexing import unique_first_seen


def batched_eye(n_rows, /, *, n_cols=None, batch_shape=None, dtype=None):
    """Identity matrices in an array of the shape of a batch."""
    matrix = jnp.eye(n_rows, n_cols, dtype=dtype or jnp.float32)
    return jnp.broadcast_to(matrix, (*batch_shape, *matrix.shape) if batch_shape is not None else matrix.shape)


def unique_with_counts(x, /):
    """The different elements as they first occur, the place of each element among them, and how often each occurs."""
    values, places = unique_first_seen(x)
    return values, places, jnp.bincount(places, length=len(values)).astype(jnp.int32)


def dynamic_partition(x, partitions, num_partitions, /):
    """The elements of x with the number of each part, in their order."""
    x, partitions = jnp.asarray(x), jnp.asarray(partitions)
    return [x[partitions == number] for number in range(num_partitions)]


def dynamic_stitch(places, parts, /):
    """The elements of several arrays, each at its index; of equal indices the last one counts."""
    indices = [jnp.asarray(index) for index in places]
    rows = [value.reshape(-1, *value.shape[index.ndim :]) for index, value in zip(indices, map(jnp.asarray, parts))]
    joined = jnp.concatenate([index.reshape(-1) for index in indices])
    last = jnp.zeros(int(joined.max()) + 1, int).at[joined].max(jnp.arange(len(joined)))
    return jnp.concatenate(rows)[last]


def reverse_sequence(x, lengths, /, *, seq_axis=None, batch_axis=0):
    """x with the first elements along an axis in reverse order, as many as the length of each example."""
    axes = (batch_axis or 0, seq_axis)
    moved, lengths = jnp.moveaxis(x, axes, (0, 1)), lengths[:, None]
    steps, rows = jnp.arange(moved.shape[1]), jnp.arange(moved.shape[0])
    places = jnp.where(steps < lengths, lengths - 1 - steps, steps)
    return jnp.moveaxis(moved[rows[:, None], places], (0, 1), axes)


def tridiagonal_solve(diagonals, rhs, /):
    """The solutions of systems whose matrices have diagonals of equal length above, on and below the middle."""
    size = diagonals.shape[-1]
    above, middle, below = (diagonals[..., place, :, None] for place in range(3))
    matrix = above * jnp.eye(size, k=1, dtype=diagonals.dtype) + middle * jnp.eye(size, dtype=diagonals.dtype)
    matrix = matrix + below * jnp.eye(size, k=-1, dtype=diagonals.dtype)
    if rhs.ndim < diagonals.ndim:
        return jnp.linalg.solve(matrix, rhs[..., None])[..., 0]
    return jnp.linalg.solve(matrix, rhs)


def non_max_suppression(boxes, scores, size, /, *, iou_threshold=0.5, score_threshold=float("-inf")):
    """The indices of at most size boxes, the best first, that overlap with no better one by more than a share."""
    low, high = jnp.minimum(boxes[:, :2], boxes[:, 2:]), jnp.maximum(boxes[:, :2], boxes[:, 2:])
    areas = (high - low).prod(-1)
    shared = (jnp.minimum(high[:, None], high) - jnp.maximum(low[:, None], low)).clip(0).prod(-1)
    share = jnp.where(shared > 0, shared / jnp.where(shared > 0, areas[:, None] + areas - shared, 1), 0)
    overlaps, scores = np.asarray(share > iou_threshold), np.asarray(scores)
    kept = []
    for place in np.argsort(-scores, kind="stable").tolist():
        if len(kept) < size and scores[place] > score_threshold and not overlaps[place, kept].any():
            kept.append(place)
    return jnp.asarray(kept, jnp.int32)


def of_two_seeds(seed):
    """A key that two seeds decide."""
    return jax.random.fold_in(jax.random.key(seed[0]), seed[1])


def stateless_normal(shape, seed, /, *, mean=0.0, stddev=1.0, dtype=None):
    """Normal numbers that two seeds decide."""
    return jax.random.normal(of_two_seeds(seed), tuple(int(n) for n in shape), dtype or jnp.float32) * stddev + mean


def stateless_uniform(shape, seed, /, *, minval=0, maxval=None, dtype=None):
    """Numbers of a range that two seeds decide, up to 1 without a maximum."""
    size, key, dtype = tuple(int(n) for n in shape), of_two_seeds(seed), dtype or jnp.float32
    if not jnp.issubdtype(dtype, jnp.floating):
        return jax.random.randint(key, size, minval, maxval, dtype)
    return jax.random.uniform(key, size, dtype, minval, 1 if maxval is None else maxval)
