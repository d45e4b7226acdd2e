"""Functions of Keras with its defaults and dtypes."""

import torch

from .math import prod


def layer_normalization(x, /, gamma=None, beta=None, *, axis=-1, epsilon=None):
    """x with mean 0 and variance 1 along the axes, times gamma, plus beta; computed in float32 or wider."""
    axes = axis if isinstance(axis, (list, tuple)) else (axis,)
    y = x.to(torch.promote_types(x.dtype, torch.float32))
    variance, mean = torch.var_mean(y, dim=tuple(axes), correction=0, keepdim=True)
    y = (y - mean) * torch.rsqrt(variance + (1e-7 if epsilon is None else epsilon))
    places = [a % x.ndim for a in axes]
    shape = [n if i in places else 1 for i, n in enumerate(x.shape)]
    if gamma is not None:
        y = y * (gamma if gamma.ndim == x.ndim else gamma.reshape(shape)).to(y.dtype)
    if beta is not None:
        y = y + (beta if beta.ndim == x.ndim else beta.reshape(shape)).to(y.dtype)
    return y.to(x.dtype)


def rms_normalization(x, /, scale=None, *, axis=-1, epsilon=None):
    """x with mean square 1 along the axes, times scale; computed in float32 or wider."""
    y = x.to(torch.promote_types(x.dtype, torch.float32))
    square = torch.mean(torch.square(y), dim=axis, keepdim=True)
    y = y * torch.rsqrt(square + (1e-7 if epsilon is None else epsilon))
    return (y if scale is None else y * torch.as_tensor(scale, dtype=y.dtype)).to(x.dtype)


def unit_length(x, /, *, axis=-1, order=2, epsilon=None):
    """x divided by its norm along an axis (along several for the Euclidean norm), or by epsilon at least."""
    epsilon = 1e-7 if epsilon is None else epsilon
    x = x if x.ndim else x[None]
    if order == 2:
        square = torch.sum(torch.square(x), dim=axis, keepdim=True)
        return x * torch.rsqrt(torch.clamp(square, min=epsilon**2))
    if not isinstance(axis, int):
        raise NotImplementedError("norms of this order are those of matrices over several axes")
    norm = torch.linalg.vector_norm(x, order, dim=axis, keepdim=True)
    return x / torch.clamp(norm, min=epsilon)


def multi_hot(indices, num_classes, /, *, axis=-1, dtype=None):
    """1 for each class among the indices, along the second axis of them where there are several axes."""
    classes = torch.arange(num_classes, device=indices.device)
    hot = torch.movedim(indices[..., None] == classes, -1, axis)
    return torch.any(hot, dim=min(indices.ndim - 1, 1)).to(dtype or torch.float32)


def sparsemax(x, /, *, axis=-1):
    """The sparsemax of Keras; its threshold adds up the cumulative sums of all elements above it."""
    ordered = torch.flip(torch.sort(x, dim=axis).values, [axis])
    total = torch.cumsum(ordered, dim=axis)
    shape = [1] * x.ndim
    shape[axis] = -1
    rank = torch.arange(1, x.shape[axis] + 1, dtype=x.dtype, device=x.device).reshape(shape)
    above = ordered - (total - 1) / rank > 0
    count = torch.sum(above, dim=axis, keepdim=True)
    threshold = (torch.sum(torch.where(above, total, 0), dim=axis, keepdim=True) - 1) / count
    return torch.clamp(x - threshold, min=0)


def saturate_cast(x, dtype, /):
    """x in another dtype, with values beyond its limits at the limits."""

    def limits(dtype):
        if dtype == torch.bool:
            return 0, 1
        known = torch.finfo(dtype) if dtype.is_floating_point else torch.iinfo(dtype)
        return known.min, known.max

    if x.dtype == torch.bool:
        return x.to(dtype)
    (low, high), (least, most) = limits(dtype), limits(x.dtype)
    low, high = max(low, least), min(high, most)
    if x.dtype.is_floating_point and torch.tensor(high, dtype=x.dtype).item() > high:
        bounds = torch.tensor([high, 0], dtype=x.dtype)
        high = torch.nextafter(bounds[0], bounds[1]).item()
    return torch.clamp(x, low, high).to(dtype)


def nanprod(x, /, *, axis=None, keepdims=False):
    """Product over the given axes of what is no NaN."""
    x = torch.where(torch.isnan(x), torch.ones_like(x), x)
    return prod(x, axis=axis, keepdims=keepdims)


def nancumprod(x, /, *, axis=None):
    """Cumulative product with NaN taken as 1 and infinity as the largest number."""
    x = torch.nan_to_num(x, nan=1.0)
    return torch.cumprod(x.flatten() if axis is None else x, dim=0 if axis is None else axis)


def lstsq_solution(x1, x2, /):
    """The shortest least squares solution of x1 @ y = x2."""
    return torch.linalg.pinv(x1, rtol=max(x1.shape) * torch.finfo(x1.dtype).eps) @ x2


def histogram_of_floats(x, /, bins=10, range=None):
    """Counts in bins of equal width, in the dtype of x, and the edges of the bins."""
    low, high = (x.min().item(), x.max().item()) if range is None else range
    x = x[(x >= low) & (x <= high)]
    edges = torch.linspace(low, high, bins + 1, dtype=x.dtype, device=x.device)
    places = torch.searchsorted(edges[1:-1].contiguous(), x.contiguous(), right=True)
    return torch.bincount(places, minlength=bins).to(x.dtype), edges


def solve_triangle(x1, x2, /, lower=False):
    """Solution of x1 @ y = x2 for a triangular matrix x1; x2 may have one axis less and hold vectors."""
    if x2.ndim == x1.ndim - 1:
        return torch.linalg.solve_triangular(x1, x2[..., None], upper=not lower)[..., 0]
    return torch.linalg.solve_triangular(x1, x2, upper=not lower)


def geometric_space(start, stop, /, num=50, *, endpoint=True, dtype=None, axis=0):
    """Numbers with equal ratios from start to stop, which have the same sign; float32 without a dtype."""
    start, stop = (torch.as_tensor(n, dtype=dtype or torch.float32) for n in (start, stop))
    start, stop = torch.broadcast_tensors(start, stop)
    share = torch.arange(num, dtype=start.dtype) / max(num - 1 if endpoint else num, 1)
    ratio = torch.abs(stop / start)
    return torch.movedim(start * ratio ** share.reshape(-1, *[1] * start.ndim), 0, axis)


def batch_dot(x1, x2, /, *, axes=None):
    """The sums of products along an axis of each array, for each example; one number for each lies in an axis."""
    if axes is None:
        axes = (x1.ndim - 1, max(x2.ndim - 2, 1))
    first, second = (axes, axes) if isinstance(axes, int) else axes
    ours, theirs = [*range(x1.ndim)], [0, *range(x1.ndim, x1.ndim + x2.ndim - 1)]
    theirs[second] = summed = ours[first]
    result = torch.einsum(x1, ours, x2, theirs, [axis for axis in [*ours, *theirs[1:]] if axis != summed])
    return result if result.ndim > 1 else result[:, None]
