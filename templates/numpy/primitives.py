"""Slices at places known only at run time, running reductions, contractions."""

import math
import string

import numpy as np

from .axis_orders import axis_orders, pad_pairs


def broadcast_in_dim(x, shape, dimensions, /):
    """x broadcast to a shape, its axes standing at the given ones."""
    sizes = dict(zip(dimensions, x.shape, strict=True))
    return np.broadcast_to(x.reshape([sizes.get(a, 1) for a in range(len(shape))]), tuple(shape))


def broadcasted_iota(dtype, shape, axis, /):
    """A array that counts along one of its axes."""
    count = np.arange(shape[axis], dtype=dtype)
    return broadcast_in_dim(count, shape, (axis % len(shape),)).copy()


def clamped(start, size, limit):
    """The start of a slice, moved so that the slice lies inside; negative ones count from the end."""
    start = int(start)
    return min(max(start + limit if start < 0 else start, 0), limit - size)


def block_index(x, start_indices, sizes):
    """The index of a block of x."""
    starts = [clamped(*place) for place in zip(start_indices, sizes, x.shape, strict=True)]
    return tuple(slice(start, start + size) for start, size in zip(starts, sizes, strict=True))


def dynamic_slice(x, start_indices, slice_sizes, /):
    """A block of x; the start is clamped so that the block lies inside."""
    return x[block_index(x, start_indices, slice_sizes)]


def dynamic_slice_in_dim(x, start_index, slice_size, /, axis=0):
    """A block along an axis; the start is clamped so that the block lies inside."""
    start = clamped(start_index, slice_size, x.shape[axis])
    return slice_in_dim(x, start, start + slice_size, axis=axis)


def dynamic_index_in_dim(x, index, /, axis=0, keepdims=True):
    """The slice at an index, which is clamped, along an axis."""
    found = dynamic_slice_in_dim(x, index, 1, axis)
    return found if keepdims else np.squeeze(found, axis)


def dynamic_update_slice(x, update, start_indices, /):
    """x with a block replaced; the start is clamped so that the block lies inside."""
    result = x.copy()
    result[block_index(x, start_indices, update.shape)] = update
    return result


def dynamic_update_slice_in_dim(x, update, start_index, axis, /):
    """x with a block along an axis replaced; the start is clamped so that the block lies inside."""
    starts = [0] * x.ndim
    starts[axis] = start_index
    return dynamic_update_slice(x, update, starts)


def dynamic_update_index_in_dim(x, update, index, axis, /):
    """x with the slice at an index, which is clamped, along an axis replaced."""
    update = update if update.ndim == x.ndim else np.expand_dims(update, axis)
    return dynamic_update_slice_in_dim(x, update, index, axis)


def collapse(x, start, stop=None, /):
    """x with the axes from start to before stop merged into one."""
    start, stop, _ = slice(start, stop).indices(x.ndim)
    return x.reshape(*x.shape[:start], -1, *x.shape[stop:])


def lax_div(x1, x2, /):
    """The quotient; of integers, rounded towards zero."""
    quotient = np.true_divide(x1, x2)
    return (
        quotient
        if np.result_type(x1).kind in "fc"
        else np.trunc(quotient).astype(np.result_type(x1, x2))
    )


def lax_pad(x, value, config, /):
    """Each axis with (before, after, between) elements of a value; negative ones are cut off."""
    for axis, (_, _, between) in enumerate(config):
        if between and x.shape[axis] > 1:
            shape = list(x.shape)
            shape[axis] += (shape[axis] - 1) * between
            spread = np.full(shape, value, x.dtype)
            spread[(slice(None),) * axis + (slice(None, None, between + 1),)] = x
            x = spread
    x = x[
        tuple(
            slice(max(-before, 0), n - max(-after, 0))
            for n, (before, after, _) in zip(x.shape, config)
        )
    ]
    pairs = [(max(before, 0), max(after, 0)) for before, after, _ in config]
    return np.pad(x, pairs, constant_values=value)


def lax_slice(x, start_indices, limit_indices, strides=None, /):
    """A block of x."""
    strides = [1] * x.ndim if strides is None else strides
    return x[
        tuple(slice(*part) for part in zip(start_indices, limit_indices, strides, strict=True))
    ]


def slice_in_dim(x, start_index, limit_index, /, stride=1, axis=0):
    """A block along an axis."""
    return x[(slice(None),) * (axis % x.ndim) + (slice(start_index, limit_index, stride),)]


def from_either_end(function, x, axis, reverse):
    """A cumulative function along an axis, from its end if reversed."""
    return np.flip(function(np.flip(x, axis), axis), axis) if reverse else function(x, axis)


def running_logsumexp(x, /, axis=0, reverse=False):
    """Cumulative logsumexp along an axis, from its end if reversed."""
    return from_either_end(np.logaddexp.accumulate, x, axis, reverse)


def running_max(x, /, axis=0, reverse=False):
    """Cumulative maximum along an axis, from its end if reversed."""
    return from_either_end(np.maximum.accumulate, x, axis, reverse)


def running_min(x, /, axis=0, reverse=False):
    """Cumulative minimum along an axis, from its end if reversed."""
    return from_either_end(np.minimum.accumulate, x, axis, reverse)


def running_prod(x, /, axis=0, reverse=False):
    """Cumulative product along an axis, from its end if reversed."""
    return from_either_end(lambda y, a: np.cumprod(y, a, dtype=y.dtype), x, axis, reverse)


def running_sum(x, /, axis=0, reverse=False):
    """Cumulative sum along an axis, from its end if reversed."""
    return from_either_end(lambda y, a: np.cumsum(y, a, dtype=y.dtype), x, axis, reverse)


def sort_together(operand, /, axis=-1, num_keys=1):
    """Arrays sorted along an axis by the first of them, ties by the next; NaN comes last."""
    if isinstance(operand, np.ndarray):
        return np.sort(operand, axis=axis, kind="stable")
    order = None
    for key in reversed(operand[:num_keys]):
        key = key if order is None else np.take_along_axis(key, order, axis)
        found = np.argsort(key, axis=axis, kind="stable")
        order = found if order is None else np.take_along_axis(order, found, axis)
    return tuple(np.take_along_axis(x, order, axis) for x in operand)


def dot_general(x1, x2, /, dimension_numbers):
    """Contraction over pairs of axes, batched over others: ((contracted, contracted), (batched, batched))."""
    (sum1, sum2), (batch1, batch2) = dimension_numbers
    letters = iter(string.ascii_letters)
    first = [next(letters) for _ in x1.shape]
    second = [next(letters) for _ in x2.shape]
    for a, b in zip((*sum1, *batch1), (*sum2, *batch2), strict=True):
        second[b] = first[a]
    batch = [first[a] for a in batch1]
    kept = [c for i, c in enumerate(first) if i not in (*sum1, *batch1)]
    kept += [c for i, c in enumerate(second) if i not in (*sum2, *batch2)]
    return np.einsum(f"{''.join(first)},{''.join(second)}->{''.join(batch + kept)}", x1, x2)


def conv_general(
    lhs, rhs, /, window_strides, padding, *, lhs_dilation=None, rhs_dilation=None, dimension_numbers=None,
    feature_group_count=1,
):  # fmt: skip
    """Convolution with explicit padding or 'SAME', 'SAME_LOWER', 'VALID', and any order of axes."""
    spatial = lhs.ndim - 2
    lhs_dilation, rhs_dilation = lhs_dilation or (1,) * spatial, rhs_dilation or (1,) * spatial
    orders = axis_orders(dimension_numbers, lhs.ndim)
    x, weight = lhs.transpose(orders[0]), rhs.transpose(orders[1])
    x = lax_pad(x, 0, [(0, 0, 0)] * 2 + [(0, 0, d - 1) for d in lhs_dilation])
    weight = lax_pad(weight, 0, [(0, 0, 0)] * 2 + [(0, 0, d - 1) for d in rhs_dilation])
    pairs = pad_pairs(padding, x.shape[2:], weight.shape[2:], window_strides)
    x = np.pad(x, [(0, 0), (0, 0), *pairs])
    axes = tuple(range(2, lhs.ndim))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axes)
    windows = windows[
        (slice(None), slice(None), *(slice(None, None, step) for step in window_strides))
    ]
    windows = windows.reshape(x.shape[0], feature_group_count, -1, *windows.shape[2:])
    weight = weight.reshape(feature_group_count, -1, *weight.shape[1:])
    space, width = string.ascii_uppercase[:spatial], string.ascii_uppercase[spatial : 2 * spatial]
    result = np.einsum(f"ngi{space}{width},goi{width}->ngo{space}", windows, weight, optimize=True)
    result = result.reshape(x.shape[0], -1, *result.shape[3:])
    return result.transpose([orders[2].index(a) for a in range(lhs.ndim)])


def conv_patches(
    lhs,
    filter_shape,
    window_strides,
    padding,
    /,
    lhs_dilation=None,
    rhs_dilation=None,
    dimension_numbers=None,
):
    """The elements of each window as channels, those of one channel next to each other."""
    count, channels = math.prod(filter_shape), lhs.shape[1]
    if dimension_numbers is not None:
        arrays, kernel, outputs = dimension_numbers
        channels = lhs.shape[arrays.index("C")]
        dimension_numbers = arrays, "OI" + kernel.replace("O", "").replace("I", ""), outputs
    kernel = np.eye(count, dtype=lhs.dtype).reshape(count, 1, *filter_shape)
    return conv_general(
        lhs, np.tile(kernel, (channels, *(1,) * (lhs.ndim - 1))), window_strides, padding, lhs_dilation=lhs_dilation,
        rhs_dilation=rhs_dilation, dimension_numbers=dimension_numbers, feature_group_count=channels,
    )  # fmt: skip
