"""Neural network functions with PyTorch's names, argument order and NCHW layouts."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from .kinks import safe_norm
from .random import draw_key


def gelu(input, approximate="none"):
    """Gaussian error linear unit; `approximate` is "none" (erf) or "tanh"."""
    return jax.nn.gelu(input, approximate={"none": False, "tanh": True}[approximate])


def hardtanh(input, min_val=-1.0, max_val=1.0):
    """Elements limited to [min_val, max_val]; the gradient is zero at both bounds."""
    x = jnp.asarray(input)
    low, high = jnp.asarray(min_val, x.dtype), jnp.asarray(max_val, x.dtype)
    return jnp.where(x <= low, low, jnp.where(x >= high, high, x))


def leaky_relu(input, negative_slope=0.01):
    """Identity above zero, `negative_slope * x` at and below it."""
    x = jnp.asarray(input)
    return jnp.where(x > 0, x, x * negative_slope)


def softplus(input, beta=1.0, threshold=20.0):
    """log(1 + exp(beta * x)) / beta, and x itself where beta * x exceeds `threshold`."""
    x = jnp.asarray(input)
    scaled = x * beta
    smooth = jax.nn.softplus(jnp.where(scaled > threshold, 0.0, scaled)) / beta
    return jnp.where(scaled > threshold, x, smooth)


def softshrink(input, lambd=0.5):
    """Moves elements by `lambd` towards zero, to zero within `lambd` of it."""
    x = jnp.asarray(input)
    return jnp.where(x > lambd, x - lambd, jnp.where(x < -lambd, x + lambd, 0.0 * x))


def hardshrink(input, lambd=0.5):
    """Sets elements within `lambd` of zero to zero."""
    x = jnp.asarray(input)
    return jnp.where((x >= -lambd) & (x <= lambd), jnp.zeros_like(x), x)


def tanhshrink(input):
    """Input minus its hyperbolic tangent."""
    x = jnp.asarray(input)
    return x - jnp.tanh(x)


def threshold(input, threshold, value):
    """Elements above `threshold`; `value` in place of the others."""
    x = jnp.asarray(input)
    return jnp.where(x > threshold, x, jnp.asarray(value, x.dtype))


def prelu(input, weight):
    """Leaky ReLU with a learned slope: one for all, or one per channel (axis 1)."""
    x, slope = jnp.asarray(input), jnp.asarray(weight)
    if slope.size > 1 and x.ndim > 1:
        slope = slope.reshape((1, -1) + (1,) * (x.ndim - 2))
    return jnp.where(x > 0, x, slope.astype(x.dtype) * x)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, *, rngs=None):
    """Leaky ReLU whose slope is drawn from [lower, upper) in training, else their mean."""
    x = jnp.asarray(input)
    if not training:
        return leaky_relu(x, (lower + upper) / 2)
    slope = jax.random.uniform(draw_key(rngs, "dropout"), x.shape, x.dtype, lower, upper)
    return jnp.where(x > 0, x, x * slope)


def _softmax_axis(dim, ndim):
    """The given axis; when there is none, 0 for 0, 1 or 3 axes and 1 otherwise."""
    if dim is not None:
        return dim
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input, dim=None, dtype=None):
    """Exponentials normalised to sum one along `dim`, computed in `dtype` when given."""
    x = jnp.asarray(input, dtype)
    return jax.nn.softmax(x, axis=_softmax_axis(dim, x.ndim))


def log_softmax(input, dim=None, dtype=None):
    """Logarithm of the softmax along `dim`, computed in `dtype` when given."""
    x = jnp.asarray(input, dtype)
    return jax.nn.log_softmax(x, axis=_softmax_axis(dim, x.ndim))


def softmin(input, dim=None, dtype=None):
    """Softmax of the negated input along `dim`."""
    return softmax(-jnp.asarray(input), dim, dtype)


def gumbel_softmax(logits, tau=1.0, hard=False, eps=1e-10, dim=-1, *, rngs=None):
    """Sample of the relaxed categorical distribution; one-hot with soft gradients if `hard`."""
    x = jnp.asarray(logits)
    soft = jax.nn.softmax(
        (x + jax.random.gumbel(draw_key(rngs, "dropout"), x.shape, x.dtype)) / tau, dim
    )
    if not hard:
        return soft
    best = jnp.argmax(soft, axis=dim)
    one = jax.nn.one_hot(best, x.shape[dim], axis=dim, dtype=x.dtype)
    return one - lax.stop_gradient(soft) + soft


def normalize(input, p=2.0, dim=1, eps=1e-12):
    """Input divided by its p-norm along `dim`, the norm being at least `eps`."""
    x = jnp.asarray(input)
    return x / jnp.maximum(safe_norm(x, ord=p, axis=dim, keepdims=True), eps)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    """Cosine of the angle between the vectors along `dim` of two broadcastable arrays."""
    x1, x2 = jnp.broadcast_arrays(jnp.asarray(x1), jnp.asarray(x2))
    norm1 = jnp.maximum(safe_norm(x1, axis=dim, keepdims=True), eps)
    norm2 = jnp.maximum(safe_norm(x2, axis=dim, keepdims=True), eps)
    return jnp.sum((x1 / norm1) * (x2 / norm2), axis=dim)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """p-norm of `x1 - x2 + eps` along the last axis."""
    return safe_norm(jnp.asarray(x1) - jnp.asarray(x2) + eps, ord=p, axis=-1, keepdims=keepdim)


def pdist(input, p=2.0):
    """p-norm distances between all pairs of rows of an (N, M) array, in row order."""
    x = jnp.asarray(input)
    first, second = np.triu_indices(x.shape[0], 1)
    return safe_norm(x[first] - x[second], ord=p, axis=-1)


def one_hot(tensor, num_classes=-1):
    """Integer one-hot code of class indices in a new last axis."""
    index = jnp.asarray(tensor)
    if num_classes == -1:
        num_classes = int(jnp.max(index)) + 1
    return jax.nn.one_hot(index, num_classes, dtype=index.dtype)


def linear(input, weight, bias=None):
    """`input @ weight.T + bias` for a weight of shape (out_features, in_features)."""
    y = jnp.inner(jnp.asarray(input), jnp.asarray(weight))
    return y if bias is None else y + jnp.asarray(bias)


def bilinear(input1, input2, weight, bias=None):
    """`x1 @ weight[k] @ x2` for each k; weight has shape (out, in1, in2)."""
    x1, x2, w = jnp.asarray(input1), jnp.asarray(input2), jnp.asarray(weight)
    y = jnp.einsum("...i,kij,...j->...k", x1, w, x2)
    return y if bias is None else y + jnp.asarray(bias)


def _ntuple(value, n):
    """Value as a tuple of n ints: a single number (or 1-tuple) is repeated."""
    return tuple(int(item) for item in np.broadcast_to(value, n))


def _conv_padding(padding, kernel, stride, dilation):
    """(before, after) for each axis; "same" keeps the size and puts an odd rest at the end."""
    if padding == "same":
        if any(step != 1 for step in stride):
            raise ValueError("padding='same' is not supported for strided convolutions")
        totals = [d * (k - 1) for d, k in zip(dilation, kernel)]
        return [(total // 2, total - total // 2) for total in totals]
    return [(p, p) for p in _ntuple(0 if padding == "valid" else padding, len(kernel))]


def _conv(n, input, weight, bias, stride, padding, dilation, groups):
    """Cross-correlation over n spatial axes: (N, I, ...) with (O, I / groups, ...)."""
    x, w = jnp.asarray(input), jnp.asarray(weight)
    if x.ndim == n + 1:
        return _conv(n, x[None], w, bias, stride, padding, dilation, groups)[0]
    stride, dilation = _ntuple(stride, n), _ntuple(dilation, n)
    pads = _conv_padding(padding, w.shape[2:], stride, dilation)
    y = lax.conv_general_dilated(
        x, w, stride, pads, rhs_dilation=dilation, feature_group_count=groups
    )
    return y if bias is None else y + jnp.asarray(bias).reshape((-1,) + (1,) * n)


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """1-D convolution of (N, C, L) with a kernel of shape (O, C / groups, k)."""
    return _conv(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """2-D convolution of (N, C, H, W) with a kernel of shape (O, C / groups, kh, kw)."""
    return _conv(2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """3-D convolution of (N, C, D, H, W) with a kernel of shape (O, C / groups, kd, kh, kw)."""
    return _conv(3, input, weight, bias, stride, padding, dilation, groups)


def _conv_transpose(n, input, weight, bias, stride, padding, output_padding, groups, dilation):
    """Gradient of a convolution over n spatial axes; the kernel is (I, O / groups, ...)."""
    x, w = jnp.asarray(input), jnp.asarray(weight)
    if x.ndim == n + 1:
        args = (stride, padding, output_padding, groups, dilation)
        return _conv_transpose(n, x[None], w, bias, *args)[0]
    if x.ndim != n + 2:
        raise ValueError(f"expected an input of {n + 1} or {n + 2} axes, got shape {x.shape}")
    stride, dilation = _ntuple(stride, n), _ntuple(dilation, n)
    extra, kernel = _ntuple(output_padding, n), w.shape[2:]
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise ValueError("output_padding must be smaller than either stride or dilation")
    reach = [d * (k - 1) for d, k in zip(dilation, kernel)]
    pads = [(r - p, r - p + e) for r, p, e in zip(reach, _ntuple(padding, n), extra)]
    split = w.reshape((groups, w.shape[0] // groups) + w.shape[1:])
    w = jnp.swapaxes(split, 1, 2).reshape((-1, w.shape[0] // groups) + kernel)
    axes = tuple(range(n + 2))
    y = lax.conv_general_dilated(
        x,
        jnp.flip(w, axes[2:]),
        (1,) * n,
        pads,
        lhs_dilation=stride,
        rhs_dilation=dilation,
        dimension_numbers=lax.ConvDimensionNumbers(axes, axes, axes),
        feature_group_count=groups,
    )
    return y if bias is None else y + jnp.asarray(bias).reshape((-1,) + (1,) * n)


def conv_transpose1d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """1-D transposed convolution; the kernel has shape (C, O / groups, k)."""
    return _conv_transpose(
        1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """2-D transposed convolution; the kernel has shape (C, O / groups, kh, kw)."""
    return _conv_transpose(
        2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """3-D transposed convolution; the kernel has shape (C, O / groups, kd, kh, kw)."""
    return _conv_transpose(
        3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _pool_size(size, kernel, stride, padding, dilation, ceil_mode):
    """Number of windows along one axis; a last one that starts in the end padding is left out."""
    if 2 * padding > dilation * (kernel - 1) + 1:
        raise ValueError(f"padding {padding} is more than half of the kernel size {kernel}")
    span = size + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-span // stride) if ceil_mode else span // stride) + 1
    if ceil_mode and (count - 1) * stride >= size + padding:
        count -= 1
    if count < 1:
        raise ValueError(f"a window of {kernel} does not fit in a size of {size}")
    return count


def _pool_plan(shape, kernel_size, stride, padding, dilation, ceil_mode):
    """Kernel, stride, padding, dilation as tuples and the numbers of windows per axis."""
    n = len(shape)
    kernel = _ntuple(kernel_size, n)
    stride = kernel if stride is None or stride == () or stride == [] else _ntuple(stride, n)
    padding, dilation = _ntuple(padding, n), _ntuple(dilation, n)
    rows = zip(shape, kernel, stride, padding, dilation)
    return kernel, stride, padding, dilation, [_pool_size(*row, ceil_mode) for row in rows]


def _window_pads(shape, kernel, stride, padding, dilation, counts):
    """(before, after) per axis so that the last window fits."""
    ends = [(c - 1) * s + d * (k - 1) + 1 for c, s, d, k in zip(counts, stride, dilation, kernel)]
    return [(p, max(end - n - p, 0)) for n, p, end in zip(shape, padding, ends)]


def _window_indices(kernel, stride, dilation, counts):
    """Per axis an int array (windows, kernel) of positions in the padded input."""
    rows = zip(kernel, stride, dilation, counts)
    return [np.arange(c)[:, None] * s + np.arange(k) * d for k, s, d, c in rows]


def _gather_windows(x, indices):
    """Windows over the last axes: (..., *spatial) -> (..., *windows, *kernel)."""
    first = x.ndim - len(indices)
    for axis, index in enumerate(indices, first):
        x = jnp.moveaxis(jnp.take(x, index, axis=axis, mode="clip"), axis + 1, -1)
    return x


def _avg_pool(n, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor):
    """Window means over the last n axes."""
    x = jnp.asarray(input)
    shape = x.shape[-n:]
    plan = _pool_plan(shape, kernel_size, stride, padding, 1, ceil_mode)
    kernel, step, before, _, counts = plan
    lead = (1,) * (x.ndim - n)
    pads = [(0, 0)] * len(lead) + _window_pads(shape, *plan)
    total = lax.reduce_window(x, np.zeros((), x.dtype), lax.add, lead + kernel, lead + step, pads)
    total = total[(...,) + tuple(slice(count) for count in counts)]
    if divisor is not None:
        return total / divisor
    area = np.ones(())
    for size, k, s, p, count in zip(shape, kernel, step, before, counts):
        start = np.arange(count) * s - p
        stop = np.minimum(start + k, size + p if count_include_pad else size)
        area = area[..., None] * (stop - (start if count_include_pad else np.maximum(start, 0)))
    return total / jnp.asarray(area, x.dtype)


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Means of windows over the last axis."""
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Means of windows over the last two axes."""
    args = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _avg_pool(2, input, *args)


def avg_pool3d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """Means of windows over the last three axes."""
    args = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _avg_pool(3, input, *args)


def _lowest(dtype):
    """Smallest value of a dtype: what pads the input of a maximum."""
    return -jnp.inf if jnp.issubdtype(dtype, jnp.floating) else jnp.iinfo(dtype).min


def _max_pool(n, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    """Window maxima over the last n axes, with flat positions of the maxima if asked for."""
    x = jnp.asarray(input)
    shape = x.shape[-n:]
    plan = _pool_plan(shape, kernel_size, stride, padding, dilation, ceil_mode)
    kernel, step, before, spread, counts = plan
    lead = (1,) * (x.ndim - n)
    pads = [(0, 0)] * len(lead) + _window_pads(shape, *plan)
    if not return_indices and all(d == 1 for d in spread):
        low = np.asarray(_lowest(x.dtype), x.dtype)
        y = lax.reduce_window(x, low, lax.max, lead + kernel, lead + step, pads)
        return y[(...,) + tuple(slice(count) for count in counts)]
    padded = jnp.pad(x, pads, constant_values=_lowest(x.dtype))
    index = _window_indices(kernel, step, spread, counts)
    values, flat = _window_max(_gather_windows(padded, index), n)
    if not return_indices:
        return values
    return values, _flat_positions(flat, kernel, index, before, shape)


def _window_max(windows, n):
    """Maximum over the last n axes and its flat position there."""
    flat = windows.reshape(windows.shape[:-n] + (-1,))
    best = jnp.argmax(flat, axis=-1)
    return jnp.take_along_axis(flat, best[..., None], axis=-1)[..., 0], best


def _flat_positions(best, kernel, index, before, shape):
    """Positions y * W + x in the unpadded input of positions within the windows."""
    n = len(shape)
    offsets = jnp.unravel_index(best, kernel)
    position = jnp.zeros_like(best)
    for axis in range(n):
        window = np.arange(best.shape[axis - n]).reshape((-1,) + (1,) * (n - 1 - axis))
        where = jnp.asarray(index[axis])[window, offsets[axis]] - before[axis]
        position = position * shape[axis] + where
    return position


def max_pool1d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows over the last axis."""
    args = (kernel_size, stride, padding, dilation, ceil_mode, return_indices)
    return _max_pool(1, input, *args)


def max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows over the last two axes."""
    args = (kernel_size, stride, padding, dilation, ceil_mode, return_indices)
    return _max_pool(2, input, *args)


def max_pool3d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """Maxima of windows over the last three axes."""
    args = (kernel_size, stride, padding, dilation, ceil_mode, return_indices)
    return _max_pool(3, input, *args)


def _max_unpool(n, input, indices, kernel_size, stride, padding, output_size):
    """Zeros with the pooled values put back at their flat positions."""
    x, index = jnp.asarray(input), jnp.asarray(indices)
    kernel = _ntuple(kernel_size, n)
    step = kernel if stride is None else _ntuple(stride, n)
    rows = zip(x.shape[-n:], kernel, step, _ntuple(padding, n))
    shape = tuple((size - 1) * s - 2 * p + k for size, k, s, p in rows)
    if output_size is not None:
        shape = tuple(output_size)[-n:]
    lead = x.shape[:-n]
    rows = jnp.arange(math.prod(lead))[:, None]
    zeros = jnp.zeros((math.prod(lead), math.prod(shape)), x.dtype)
    flat = zeros.at[rows, index.reshape(len(zeros), -1)].set(x.reshape(len(zeros), -1))
    return flat.reshape(lead + shape)


def max_unpool1d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Partial inverse of `max_pool1d` with indices."""
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Partial inverse of `max_pool2d` with indices."""
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Partial inverse of `max_pool3d` with indices."""
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def _adaptive_sizes(shape, output_size):
    """Output sizes: one number for all axes, None keeps the axis."""
    n = len(shape)
    sizes = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * n
    if len(sizes) != n:
        raise ValueError(f"output_size must have {n} elements, got {output_size!r}")
    return [size if wanted is None else int(wanted) for size, wanted in zip(shape, sizes)]


def _adaptive_bins(size, count):
    """First and one-past-last positions of `count` bins that cover `size`; they may overlap."""
    number = np.arange(count)
    return number * size // count, -(-(number + 1) * size // count)


def _adaptive_avg_pool(n, input, output_size, axes=None):
    """Means of bins over the last n axes (or `axes`): first over whole axes, then one by one."""
    x, axes = jnp.asarray(input), tuple(range(-n, 0) if axes is None else axes)
    counts = _adaptive_sizes([x.shape[a] for a in axes], output_size)
    whole = tuple(a for a, count in zip(axes, counts) if count == 1)
    x = jnp.mean(x, axis=whole, keepdims=True) if whole else x
    for axis, count in zip(axes, counts):
        size = x.shape[axis]
        if count != size:
            start, stop = _adaptive_bins(size, count)
            position = np.arange(size)
            inside = (position >= start[:, None]) & (position < stop[:, None])
            share = jnp.asarray(inside / (stop - start)[:, None], x.dtype)
            mean = jnp.tensordot(x, share, ((axis,), (1,)), precision=lax.Precision.HIGHEST)
            x = jnp.moveaxis(mean, -1, axis)
    return x


def adaptive_avg_pool1d(input, output_size):
    """Means of `output_size` bins over the last axis."""
    return _adaptive_avg_pool(1, input, output_size)


def adaptive_avg_pool2d(input, output_size):
    """Means of bins over the last two axes; None in `output_size` keeps an axis."""
    return _adaptive_avg_pool(2, input, output_size)


def adaptive_avg_pool3d(input, output_size):
    """Means of bins over the last three axes; None in `output_size` keeps an axis."""
    return _adaptive_avg_pool(3, input, output_size)


def _adaptive_max_pool(n, input, output_size, return_indices):
    """Maxima of bins over the last n axes, with flat positions if asked for."""
    x = jnp.asarray(input)
    shape = x.shape[-n:]
    index = []
    for size, count in zip(shape, _adaptive_sizes(shape, output_size)):
        start, stop = _adaptive_bins(size, count)
        offset = np.arange((stop - start).max())
        index.append(np.minimum(start[:, None] + offset, stop[:, None] - 1))
    values, best = _window_max(_gather_windows(x, index), n)
    if not return_indices:
        return values
    kernel = tuple(rows.shape[1] for rows in index)
    return values, _flat_positions(best, kernel, index, (0,) * n, shape)


def adaptive_max_pool1d(input, output_size, return_indices=False):
    """Maxima of `output_size` bins over the last axis."""
    return _adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input, output_size, return_indices=False):
    """Maxima of bins over the last two axes."""
    return _adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input, output_size, return_indices=False):
    """Maxima of bins over the last three axes."""
    return _adaptive_max_pool(3, input, output_size, return_indices)


def _lp_pool(n, input, norm_type, kernel_size, stride, ceil_mode):
    """p-norms of windows over the last n axes."""
    x = jnp.asarray(input)
    count = math.prod(_ntuple(kernel_size, n))
    mean = _avg_pool(n, x**norm_type, kernel_size, stride, 0, ceil_mode, True, None)
    return (jnp.sign(mean) * jax.nn.relu(jnp.abs(mean)) * count) ** (1.0 / norm_type)


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """p-norms of windows over the last axis."""
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """p-norms of windows over the last two axes."""
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """p-norms of windows over the last three axes."""
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def _moments(x, axes):
    """Mean and variance over the axes, which stay with size 1."""
    y = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    return jnp.mean(y, axes, keepdims=True), jnp.var(y, axes, keepdims=True)


def _normalize(x, mean, var, eps, weight, bias, shape):
    """(x - mean) / sqrt(var + eps) * weight + bias, the parameters reshaped to `shape`."""
    dtype = jnp.promote_types(x.dtype, jnp.float32)
    mean, scale = mean.astype(dtype), lax.rsqrt(var.astype(dtype) + eps)
    scale = scale if weight is None else scale * jnp.asarray(weight).reshape(shape)
    shift = -mean * scale if bias is None else jnp.asarray(bias).reshape(shape) - mean * scale
    return (x * scale + shift).astype(x.dtype)  # as PyTorch on the CPU: gradients are two sums over x


def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5
):
    """Normalises each channel (axis 1); training uses the batch and updates the averages."""
    options = (running_mean, running_var, weight, bias, training, momentum, eps)
    return _normalize_channels(jnp.asarray(input), 1, *options)


def _normalize_channels(x, axis, running_mean, running_var, weight, bias, training, momentum, eps):
    """Normalises each channel of this axis; training uses the batch and updates the averages."""
    shape = tuple(-1 if i == axis % x.ndim else 1 for i in range(x.ndim))
    mean, var = running_mean, running_var
    if training:
        mean, var = _moments(x, tuple(i for i in range(x.ndim) if i != axis % x.ndim))
        count = x.size // x.shape[axis]
        if count == 1:
            raise ValueError(f"expected more than 1 value per channel, got shape {x.shape}")
        if running_mean is not None:
            _update_average(running_mean, mean, momentum)
            _update_average(running_var, var * (count / (count - 1)), momentum)
    mean, var = jnp.reshape(mean[...], shape), jnp.reshape(var[...], shape)
    return _normalize(x, mean, var, eps, weight, bias, shape)


def _update_average(average, value, momentum):
    """Moves a running average (a variable) in place towards a new value."""
    old = jnp.asarray(average)
    new = (1 - momentum) * old + momentum * lax.stop_gradient(value).reshape(old.shape)
    average[...] = new.astype(old.dtype)


def instance_norm(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """Normalises each channel of each sample; running averages are updated, or used instead."""
    x = jnp.asarray(input)
    if not use_input_stats:
        return batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    axes = tuple(range(2, x.ndim))
    count = math.prod(x.shape[2:])
    if count == 1:
        raise ValueError(f"expected more than 1 spatial element, got shape {x.shape}")
    mean, var = _moments(x, axes)
    if running_mean is not None:
        _update_average(running_mean, jnp.mean(mean, 0), momentum)
        _update_average(running_var, jnp.mean(var, 0) * (count / (count - 1)), momentum)
    return _normalize(x, mean, var, eps, weight, bias, (1, -1) + (1,) * len(axes))


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalises over the trailing axes, whose shape is `normalized_shape`."""
    x, shape = jnp.asarray(input), tuple(np.ravel(normalized_shape).tolist())
    if x.shape[-len(shape) :] != shape:
        raise ValueError(f"normalized_shape {shape} does not end the input shape {x.shape}")
    y, axes = x.astype(jnp.promote_types(x.dtype, jnp.float32)), tuple(range(-len(shape), 0))
    y = jax.nn.standardize(y, axes, variance=jnp.var(y, axes, keepdims=True), epsilon=eps)
    y = y if weight is None else y * jnp.asarray(weight)
    y = y if bias is None else y + jnp.asarray(bias)
    return y.astype(x.dtype)


def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Divides by the root mean square over the trailing axes."""
    x, shape = jnp.asarray(input), tuple(np.ravel(normalized_shape).tolist())
    if x.shape[-len(shape) :] != shape:
        raise ValueError(f"normalized_shape {shape} does not end the input shape {x.shape}")
    eps = float(jnp.finfo(x.dtype).eps) if eps is None else eps
    axes = tuple(range(-len(shape), 0))
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    square = jnp.mean(jnp.square(wide), axes, keepdims=True)
    y = wide * lax.rsqrt(square + eps)
    y = y if weight is None else y * jnp.asarray(weight)
    return y.astype(x.dtype)


def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalises groups of channels (axis 1) of each sample."""
    x = jnp.asarray(input)
    n, c, *sizes = x.shape
    groups = x.reshape((n, num_groups, c // num_groups, math.prod(sizes)))
    moments, shape = _moments(groups, (2, 3)), (num_groups, -1, 1)
    return _normalize(groups, *moments, eps, weight, bias, shape).reshape(x.shape)


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divides by a power of the mean square over `size` neighbouring channels (axis 1)."""
    x = jnp.asarray(input)
    pads = [(0, 0)] * x.ndim
    pads[1] = (size // 2, (size - 1) // 2)
    window = (1, size) + (1,) * (x.ndim - 2)
    total = lax.reduce_window(x * x, np.zeros((), x.dtype), lax.add, window, (1,) * x.ndim, pads)
    return x / (k + alpha * total / size) ** beta


def pad(input, pad, mode="constant", value=None):
    """Pads the last axes by (before, after) pairs, the last axis first; a negative number crops."""
    x = jnp.asarray(input)
    if len(pad) % 2 or len(pad) > 2 * x.ndim:
        raise ValueError(f"pad of length {len(pad)} does not fit an input of {x.ndim} axes")
    pairs = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)]
    pairs += [(0, 0)] * (x.ndim - len(pairs))
    pairs.reverse()
    if mode == "constant":
        fill = jnp.asarray(0 if value is None else value, x.dtype)
        return lax.pad(x, fill, [(before, after, 0) for before, after in pairs])
    if value is not None and value != 0:
        raise ValueError(f"pad mode {mode!r} takes no value")
    modes = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    limits = {"reflect": 1, "circular": 0}
    for size, pair in zip(x.shape, pairs):
        if mode in limits and max(pair) > size - limits[mode]:
            raise ValueError(f"pad {pair} is too large for mode {mode!r} and size {size}")
    grown = [(max(before, 0), max(after, 0)) for before, after in pairs]
    if mode == "circular":
        return jnp.pad(_crop(x, pairs), grown, mode="wrap")
    return _crop(jnp.pad(x, grown, mode=modes[mode]), pairs)


def _crop(x, pairs):
    """Cuts off what negative (before, after) pairs ask for."""
    cuts = zip(x.shape, pairs)
    return x[tuple(slice(max(-b, 0), size - max(-a, 0)) for size, (b, a) in cuts)]


def _resize_sizes(shape, size, scale_factor, recompute_scale_factor):
    """Output sizes and, per axis, the given scale (None when sizes alone decide)."""
    n = len(shape)
    if (size is None) == (scale_factor is None):
        raise ValueError("exactly one of size and scale_factor must be given")
    if size is not None:
        sizes = size if isinstance(size, (tuple, list)) else (size,) * n
        return [int(s) for s in sizes], [None] * n
    many = isinstance(scale_factor, (tuple, list))
    scales = [float(s) for s in (scale_factor if many else (scale_factor,) * n)]
    sizes = [math.floor(float(size) * scale) for size, scale in zip(shape, scales)]
    return sizes, [None] * n if recompute_scale_factor else scales


def _source_step(size, count, scale, align_corners=False):
    """Distance in the input between neighbouring output positions."""
    if align_corners:
        return (size - 1) / (count - 1) if count > 1 else 0.0
    return size / count if scale is None else 1.0 / scale


def _nearest_indices(size, count, scale, exact):
    """Input position of every output position; float32 arithmetic decides the ties."""
    step = np.float32(_source_step(size, count, scale))
    offset = np.float32(0.5 if exact else 0.0)
    position = np.floor((np.arange(count, dtype=np.float32) + offset) * step)
    return np.minimum(position.astype(np.int64), size - 1)


def _linear_taps(size, count, scale, align_corners):
    """(indices, weights) of shape (count, 2) for linear interpolation."""
    step = _source_step(size, count, scale, align_corners)
    number = np.arange(count)
    position = number * step if align_corners else np.maximum((number + 0.5) * step - 0.5, 0.0)
    low = np.minimum(np.floor(position).astype(np.int64), size - 1)
    part = np.clip(position - low, 0.0, 1.0)
    index = np.stack([low, np.minimum(low + 1, size - 1)], 1)
    return index, np.stack([1.0 - part, part], 1)


def _cubic_kernel(distance, a):
    """Cubic convolution kernel with parameter `a`, for distances of at most two."""
    d = abs(distance)
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return (d <= 1) * near + ((d > 1) & (d < 2)) * far


def _cubic_taps(size, count, scale, align_corners):
    """(indices, weights) of shape (count, 4) for cubic interpolation (a = -0.75)."""
    step = _source_step(size, count, scale, align_corners)
    number = np.arange(count)
    position = number * step if align_corners else (number + 0.5) * step - 0.5
    low = np.floor(position)
    taps = low[:, None] + np.arange(-1, 3)
    weights = _cubic_kernel(position[:, None] - taps, -0.75)
    return np.clip(taps, 0, size - 1).astype(np.int64), weights


def _antialias_taps(size, count, scale, align_corners, cubic):
    """(indices, weights) of a filter that widens with the step, so that nothing is skipped."""
    step = _source_step(size, count, scale, align_corners)
    width = max(step, 1.0)
    reach = (2.0 if cubic else 1.0) * width
    center = step * (np.arange(count) + 0.5)
    first = np.maximum((center - reach + 0.5).astype(np.int64), 0)
    last = np.minimum((center + reach + 0.5).astype(np.int64), size)
    taps = first[:, None] + np.arange((last - first).max())
    distance = (taps - center[:, None] + 0.5) / width
    values = _cubic_kernel(distance, -0.5) if cubic else np.maximum(1 - abs(distance), 0.0)
    values = np.where(taps < last[:, None], values, 0.0)
    return np.minimum(taps, size - 1), values / values.sum(1, keepdims=True)


def _apply_taps(x, axis, index, weights):
    """Weighted sums of the elements at `index` along `axis`."""
    shape = (-1,) + (1,) * (-1 - axis)
    total = 0.0
    for tap in range(index.shape[1]):
        weight = jnp.asarray(weights[:, tap], x.dtype).reshape(shape)
        total = total + jnp.take(x, index[:, tap], axis=axis, mode="clip") * weight
    return total


def interpolate(
    input,
    size=None,
    scale_factor=None,
    mode="nearest",
    align_corners=None,
    recompute_scale_factor=None,
    antialias=False,
):
    """Resizes the spatial axes of (N, C, ...) to `size` or by `scale_factor`.

    `mode` is "nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic" or
    "area". Half-pixel centres unless `align_corners`.
    """
    x = jnp.asarray(input)
    options = (size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)
    return _resize(x, range(2 - x.ndim, 0), *options)


def _resize(x, axes, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias):
    """Interpolation along `axes`, which are negative numbers."""
    shape = [x.shape[axis] for axis in axes]
    sizes, scales = _resize_sizes(shape, size, scale_factor, recompute_scale_factor)
    if mode in ("nearest", "nearest-exact"):
        for axis, count, scale in zip(axes, sizes, scales):
            index = _nearest_indices(x.shape[axis], count, scale, mode == "nearest-exact")
            x = jnp.take(x, index, axis=axis, mode="clip")
        return x
    if mode == "area":
        return _adaptive_avg_pool(len(axes), x, sizes, axes)
    if mode not in {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}[len(axes)]:
        raise ValueError(f"mode {mode!r} does not fit an input of shape {x.shape}")
    cubic, corners = mode == "bicubic", bool(align_corners)
    y = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    for axis, count, scale in zip(axes, sizes, scales):
        if antialias:
            taps = _antialias_taps(y.shape[axis], count, scale, corners, cubic)
        else:
            taps = (_cubic_taps if cubic else _linear_taps)(y.shape[axis], count, scale, corners)
        y = _apply_taps(y, axis, *taps)
    return y.astype(x.dtype)


def _unnormalize(coordinate, size, align_corners):
    """Grid coordinate in [-1, 1] to a pixel position."""
    if align_corners:
        return (coordinate + 1) / 2 * (size - 1)
    return ((coordinate + 1) * size - 1) / 2


def _reflect(position, size, align_corners):
    """Position folded back into the image at its border pixels (or at their outer edges)."""
    low, span = (0.0, size - 1) if align_corners else (-0.5, size)
    if span == 0:
        return jnp.zeros_like(position)
    distance = jnp.abs(position - low)
    rest, flips = distance % span, distance // span
    return jnp.where(flips % 2 == 0, rest + low, span - rest + low)


def _inside_position(position, size, padding_mode, align_corners):
    """Position after the border rule of `padding_mode`."""
    if padding_mode == "reflection":
        position = _reflect(position, size, align_corners)
    if padding_mode == "zeros":
        return position
    # At the border the gradient is zero, as outside.
    outside = (position <= 0) | (position >= size - 1)
    return jnp.where(outside, lax.stop_gradient(jnp.clip(position, 0, size - 1)), position)


def _pick(x, index):
    """Values of (N, C, *S) at integer positions (one (N, *O) array per axis); zero outside."""
    shape = x.shape[2:]
    flat, valid = 0, True
    for position, size in zip(index, shape):
        valid = valid & (position >= 0) & (position < size)
        flat = flat * size + jnp.clip(position, 0, size - 1).astype(jnp.int32)
    rows = flat.reshape((flat.shape[0], 1, -1))
    values = jnp.take_along_axis(x.reshape(x.shape[:2] + (-1,)), rows, axis=2)
    values = values.reshape(x.shape[:2] + flat.shape[1:])
    return jnp.where(valid[:, None], values, jnp.zeros((), x.dtype))


def grid_sample(input, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    """Samples (N, C, *S) at `grid` positions (N, *O, n), last axis (x, y[, z]) in [-1, 1].

    `mode` is "bilinear", "nearest" or "bicubic" (2-D only); `padding_mode` is "zeros",
    "border" or "reflection".
    """
    x, grid = jnp.asarray(input), jnp.asarray(grid)
    shape, corners = x.shape[2:], bool(align_corners)
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f"unknown padding_mode {padding_mode!r}")
    if grid.shape[-1] != len(shape):
        raise ValueError(f"grid of shape {grid.shape} does not fit input of shape {x.shape}")
    points = [grid[..., len(shape) - 1 - axis] for axis in range(len(shape))]
    points = [_unnormalize(point, size, corners) for point, size in zip(points, shape)]
    rule = (padding_mode, corners)
    if mode == "bicubic" and len(shape) == 2:
        return _sample_bicubic(x, points, rule)
    points = [_inside_position(point, size, *rule) for point, size in zip(points, shape)]
    if mode == "nearest":
        return _pick(x, [jnp.round(point) for point in points])
    if mode != "bilinear":
        raise ValueError(f"mode {mode!r} does not fit an input of shape {x.shape}")
    total = 0.0
    lows = [jnp.floor(point) for point in points]
    for corner in itertools.product((0, 1), repeat=len(shape)):
        rows = zip(points, lows, corner)
        parts = [p - low if side else low + 1 - p for p, low, side in rows]
        values = _pick(x, [low + side for low, side in zip(lows, corner)])
        total = total + values * math.prod(parts[1:], start=parts[0])[:, None]
    return total


def _sample_bicubic(x, points, rule):
    """Bicubic samples (a = -0.75) of (N, C, H, W) at pixel positions (y, x)."""
    lows = [jnp.floor(point) for point in points]
    total = 0.0
    for offsets in itertools.product(range(-1, 3), repeat=2):
        taps = [low + offset for low, offset in zip(lows, offsets)]
        weights = [_cubic_kernel(p - tap, -0.75) for p, tap in zip(points, taps)]
        taps = [_inside_position(tap, size, *rule) for tap, size in zip(taps, x.shape[2:])]
        total = total + _pick(x, taps) * (weights[0] * weights[1])[:, None]
    return total


def affine_grid(theta, size, align_corners=None):
    """Sampling grid (N, *S, n) of affine maps (N, n, n + 1) for outputs of `size` (N, C, *S)."""
    theta = jnp.asarray(theta)
    lines = []
    for length in size[2:]:
        line = np.linspace(-1.0, 1.0, length) if length > 1 else np.zeros(1)
        lines.append(line if align_corners else line * (length - 1) / length)
    mesh = list(np.meshgrid(*lines, indexing="ij"))[::-1]
    base = jnp.asarray(np.stack(mesh + [np.ones(tuple(size[2:]))], -1), theta.dtype)
    return jnp.einsum("...k,nik->n...i", base, theta)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """Sliding blocks of (N, C, H, W) as columns: (N, C * kh * kw, blocks)."""
    x = jnp.asarray(input)
    if x.ndim == 3:
        return unfold(x[None], kernel_size, dilation, padding, stride)[0]
    kernel, spread, before, step, counts = _fold_plan(
        x.shape[2:], kernel_size, dilation, padding, stride
    )
    x = jnp.pad(x, [(0, 0), (0, 0)] + [(p, p) for p in before])
    blocks = _gather_windows(x, _window_indices(kernel, step, spread, counts))
    blocks = jnp.moveaxis(blocks, (2, 3), (4, 5))
    return blocks.reshape((x.shape[0], -1, math.prod(counts)))


def _fold_plan(shape, kernel_size, dilation, padding, stride):
    """Kernel, dilation, padding, stride as pairs and the numbers of blocks per axis."""
    kernel, spread = _ntuple(kernel_size, 2), _ntuple(dilation, 2)
    before, step = _ntuple(padding, 2), _ntuple(stride, 2)
    rows = zip(shape, kernel, spread, before, step)
    counts = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in rows]
    if min(counts) < 1:
        raise ValueError(f"blocks of {kernel} do not fit in a size of {tuple(shape)}")
    return kernel, spread, before, step, counts


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Sums columns (N, C * kh * kw, blocks) back into an image (N, C, *output_size)."""
    x = jnp.asarray(input)
    if x.ndim == 2:
        return fold(x[None], output_size, kernel_size, dilation, padding, stride)[0]
    shape = _ntuple(output_size, 2)
    kernel, spread, before, step, counts = _fold_plan(shape, kernel_size, dilation, padding, stride)
    blocks = x.reshape((x.shape[0], -1) + kernel + tuple(counts))
    full = [size + 2 * p for size, p in zip(shape, before)]
    image = jnp.zeros(blocks.shape[:2] + tuple(full), x.dtype)
    for i, j in itertools.product(range(kernel[0]), range(kernel[1])):
        top, left = i * spread[0], j * spread[1]
        rows = slice(top, top + (counts[0] - 1) * step[0] + 1, step[0])
        columns = slice(left, left + (counts[1] - 1) * step[1] + 1, step[1])
        image = image.at[:, :, rows, columns].add(blocks[:, :, i, j])
    return image[:, :, before[0] : full[0] - before[0], before[1] : full[1] - before[1]]


def pixel_shuffle(input, upscale_factor):
    """(..., C * r * r, H, W) to (..., C, H * r, W * r)."""
    x, r = jnp.asarray(input), upscale_factor
    *lead, c, h, w = x.shape
    k = len(lead)
    x = x.reshape((*lead, c // (r * r), r, r, h, w))
    x = x.transpose((*range(k), k, k + 3, k + 1, k + 4, k + 2))
    return x.reshape((*lead, c // (r * r), h * r, w * r))


def pixel_unshuffle(input, downscale_factor):
    """(..., C, H * r, W * r) to (..., C * r * r, H, W)."""
    x, r = jnp.asarray(input), downscale_factor
    *lead, c, h, w = x.shape
    k = len(lead)
    x = x.reshape((*lead, c, h // r, r, w // r, r))
    x = x.transpose((*range(k), k, k + 2, k + 4, k + 1, k + 3))
    return x.reshape((*lead, c * r * r, h // r, w // r))


def channel_shuffle(input, groups):
    """Interleaves the channels (axis 1) of `groups` groups."""
    x = jnp.asarray(input)
    split = x.reshape((x.shape[0], groups, x.shape[1] // groups) + x.shape[2:])
    return jnp.swapaxes(split, 1, 2).reshape(x.shape)


def embedding(
    input,
    weight,
    padding_idx=None,
    max_norm=None,
    norm_type=2.0,
    scale_grad_by_freq=False,
    sparse=False,
):
    """Rows of `weight` at integers (NaN outside); the row `padding_idx` gets no gradient."""
    if max_norm is not None or scale_grad_by_freq:
        raise NotImplementedError("embedding with max_norm or scale_grad_by_freq")
    index, table = jnp.asarray(input), jnp.asarray(weight)
    rows = jnp.take(table, index, axis=0)
    if padding_idx is None:
        return rows
    fixed = (index == padding_idx % table.shape[0])[..., None]
    return jnp.where(fixed, lax.stop_gradient(rows), rows)


def _drop(x, p, shape, rngs):
    """Zeros with probability p (one draw per element of `shape`), the rest scaled by 1/(1-p)."""
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, got {p}")
    if p == 0.0 or p == 1.0:
        return x * (1.0 - p)
    keep = jax.random.bernoulli(draw_key(rngs, "dropout"), 1.0 - p, shape)
    return jnp.where(keep, x / (1.0 - p), 0)


def dropout(input, p=0.5, training=True, *, rngs=None):
    """Zeros elements with probability p and scales the rest; the input itself in inference."""
    x = jnp.asarray(input)
    return _drop(x, p, x.shape, rngs) if training else x


def _drop_channels(n, input, p, training, rngs):
    """Dropout of whole channels: axis 1 of (N, C, ...), axis 0 of (C, ...) with n spatial axes."""
    x = jnp.asarray(input)
    lead = x.ndim - n
    return _drop(x, p, x.shape[:lead] + (1,) * n, rngs) if training else x


def dropout1d(input, p=0.5, training=True, *, rngs=None):
    """Dropout of whole channels of (N, C, L) or (C, L)."""
    return _drop_channels(1, input, p, training, rngs)


def dropout2d(input, p=0.5, training=True, *, rngs=None):
    """Dropout of whole channels (axis 1) of (N, C, H, W)."""
    return _drop_channels(jnp.ndim(input) - 2, input, p, training, rngs)


def dropout3d(input, p=0.5, training=True, *, rngs=None):
    """Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W)."""
    return _drop_channels(3, input, p, training, rngs)


def alpha_dropout(input, p=0.5, training=False, *, rngs=None):
    """Dropout that keeps zero mean and unit variance of SELU activations."""
    x = jnp.asarray(input)
    return _alpha_drop(x, p, x.shape, rngs) if training else x


def feature_alpha_dropout(input, p=0.5, training=False, *, rngs=None):
    """Alpha dropout of whole channels (axis 1)."""
    x = jnp.asarray(input)
    return _alpha_drop(x, p, x.shape[:2] + (1,) * (x.ndim - 2), rngs) if training else x


def _alpha_drop(x, p, shape, rngs):
    """Replaces dropped elements by SELU's negative limit, then restores mean and variance."""
    limit = -1.7580993408473766
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, got {p}")
    if p == 0.0:
        return x
    if p == 1.0:
        return jnp.zeros_like(x)
    scale = ((1 - p) * (1 + p * limit**2)) ** -0.5
    keep = jax.random.bernoulli(draw_key(rngs, "dropout"), 1.0 - p, shape)
    return scale * jnp.where(keep, x, jnp.asarray(limit, x.dtype)) - scale * p * limit


def scaled_dot_product_attention(
    query,
    key,
    value,
    attn_mask=None,
    dropout_p=0.0,
    is_causal=False,
    scale=None,
    enable_gqa=False,
    *,
    rngs=None,
):
    """softmax(query @ key.T * scale + mask) @ value; a boolean mask keeps where true."""
    q, k, v = jnp.asarray(query), jnp.asarray(key), jnp.asarray(value)
    if enable_gqa:
        k = jnp.repeat(k, q.shape[-3] // k.shape[-3], axis=-3)
        v = jnp.repeat(v, q.shape[-3] // v.shape[-3], axis=-3)
    scale = 1.0 / math.sqrt(q.shape[-1]) if scale is None else scale
    scores = jnp.einsum("...ld,...sd->...ls", q * scale, k)
    if is_causal:
        if attn_mask is not None:
            raise ValueError("attn_mask and is_causal cannot both be given")
        attn_mask = jnp.tril(jnp.ones(scores.shape[-2:], bool))
    weights = _attention_weights(scores, attn_mask)
    return jnp.matmul(_drop(weights, dropout_p, weights.shape, rngs), v)


def _attention_weights(scores, mask):
    """Softmax over the last axis under a mask; a row without any position gives zeros."""
    if mask is None:
        return jax.nn.softmax(scores, axis=-1)
    mask = jnp.asarray(mask)
    if mask.dtype == bool:
        scores = jnp.where(mask, scores, -jnp.inf)
    else:
        scores = scores + mask
    empty = jnp.all(scores == -jnp.inf, axis=-1, keepdims=True)
    weights = jax.nn.softmax(jnp.where(empty, 0.0, scores), axis=-1)
    return jnp.where(empty, 0.0, weights).astype(scores.dtype)
