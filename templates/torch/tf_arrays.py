"""Parts, orders and places of arrays, and draws from a seed, with TensorFlow's conventions."""

import torch

from .nd_indexing import unique_first_seen


def batched_eye(n_rows, /, *, n_cols=None, batch_shape=None, dtype=None):
    """Identity matrices in an array of the shape of a batch."""
    matrix = torch.eye(n_rows, n_rows if n_cols is None else n_cols, dtype=dtype or torch.float32)
    return matrix.repeat(*(int(n) for n in batch_shape or ()), 1, 1)


def unique_with_counts(x, /):
    """The different elements as they first occur, the place of each element among them, and how often each occurs."""
    values, places = unique_first_seen(x)
    return values, places, torch.bincount(places, minlength=len(values)).to(torch.int32)


def dynamic_partition(x, partitions, num_partitions, /):
    """The elements of x with the number of each part, in their order."""
    x, partitions = torch.as_tensor(x), torch.as_tensor(partitions)
    return [x[partitions == number] for number in range(num_partitions)]


def dynamic_stitch(places, parts, /):
    """The elements of several arrays, each at its index; of equal indices the last one counts."""
    indices = [torch.as_tensor(index, dtype=torch.int64) for index in places]
    rows = [value.reshape(-1, *value.shape[index.ndim :]) for index, value in zip(indices, map(torch.as_tensor, parts))]
    joined = torch.cat([index.reshape(-1) for index in indices])
    last = joined.new_zeros(int(joined.max()) + 1).scatter_reduce(0, joined, torch.arange(len(joined)), "amax")
    return torch.cat(rows)[last]


def reverse_sequence(x, lengths, /, *, seq_axis=None, batch_axis=0):
    """x with the first elements along an axis in reverse order, as many as the length of each example."""
    axes = (batch_axis or 0, seq_axis)
    moved, lengths = x.movedim(axes, (0, 1)), lengths.to(torch.int64)[:, None]
    steps, rows = (torch.arange(size, device=x.device) for size in (moved.shape[1], moved.shape[0]))
    places = torch.where(steps < lengths, lengths - 1 - steps, steps)
    return moved[rows[:, None], places].movedim((0, 1), axes)


def tridiagonal_solve(diagonals, rhs, /):
    """The solutions of systems whose matrices have diagonals of equal length above, on and below the middle."""
    above, middle, below = diagonals.unbind(-2)
    matrix = torch.diag_embed(above[..., :-1], 1) + torch.diag_embed(middle) + torch.diag_embed(below[..., 1:], -1)
    if rhs.ndim < diagonals.ndim:
        return torch.linalg.solve(matrix, rhs[..., None])[..., 0]
    return torch.linalg.solve(matrix, rhs)


def non_max_suppression(boxes, scores, size, /, *, iou_threshold=0.5, score_threshold=float("-inf")):
    """The indices of at most size boxes, the best first, that overlap with no better one by more than a share."""
    low, high = torch.minimum(boxes[:, :2], boxes[:, 2:]), torch.maximum(boxes[:, :2], boxes[:, 2:])
    areas = (high - low).prod(-1)
    shared = (torch.minimum(high[:, None], high) - torch.maximum(low[:, None], low)).clamp(min=0).prod(-1)
    overlaps = torch.where(shared > 0, shared / (areas[:, None] + areas - shared), 0) > iou_threshold
    kept = []
    for place in torch.argsort(scores, descending=True, stable=True).tolist():
        if len(kept) < size and scores[place] > score_threshold and not overlaps[place, kept].any():
            kept.append(place)
    return torch.tensor(kept, dtype=torch.int32, device=boxes.device)


def of_two_seeds(seed):
    """A generator whose numbers two seeds decide."""
    first, second = (int(number) for number in seed)
    return torch.Generator().manual_seed((first * 1_000_003 + second) % 2**63)


def stateless_normal(shape, seed, /, *, mean=0.0, stddev=1.0, dtype=None):
    """Normal numbers that two seeds decide."""
    return (
        torch.randn([int(n) for n in shape], generator=of_two_seeds(seed), dtype=dtype or torch.float32) * stddev + mean
    )


def stateless_uniform(shape, seed, /, *, minval=0, maxval=None, dtype=None):
    """Numbers of a range that two seeds decide, up to 1 without a maximum."""
    size, generator, dtype = [int(n) for n in shape], of_two_seeds(seed), dtype or torch.float32
    if not dtype.is_floating_point:
        return torch.randint(int(minval), int(maxval), size, generator=generator, dtype=dtype)
    span = (1 if maxval is None else maxval) - minval
    return torch.rand(size, generator=generator, dtype=dtype) * span + minval
