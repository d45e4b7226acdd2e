"""Slices at places known only at run time, running reductions, contractions."""

import math
import string

import keras
import tensorflow as tf

from .axis_orders import axis_orders, pad_pairs


def expand_dims(x, /, *, axis):
    """x with new axes of size 1 at several places of the result."""
    for a in sorted(a % (x.shape.rank + len(axis)) for a in axis):
        x = tf.expand_dims(x, a)
    return x


def broadcast_in_dim(x, shape, dimensions, /):
    """x broadcast to a shape, its axes standing at the given ones."""
    sizes = dict(zip(dimensions, x.shape, strict=True))
    return tf.broadcast_to(
        tf.reshape(x, [sizes.get(a, 1) for a in range(len(shape))]), tuple(shape)
    )


def broadcasted_iota(dtype, shape, axis, /):
    """An array that counts along one of its axes."""
    count = tf.range(shape[axis], dtype=dtype)
    return broadcast_in_dim(count, shape, (axis % len(shape),))


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
    return found if keepdims else tf.squeeze(found, axis)


def dynamic_update_slice(x, update, start_indices, /):
    """x with a block replaced; the start is clamped so that the block lies inside."""
    starts = [clamped(*place) for place in zip(start_indices, update.shape, x.shape, strict=True)]
    sizes = zip(starts, update.shape, x.shape, strict=True)
    pads = [(start, size - start - count) for start, count, size in sizes]
    inside = tf.pad(tf.ones(update.shape, tf.bool), pads)
    return tf.where(inside, tf.pad(tf.cast(update, x.dtype), pads), x)


def dynamic_update_slice_in_dim(x, update, start_index, axis, /):
    """x with a block along an axis replaced; the start is clamped so that the block lies inside."""
    starts = [0] * x.shape.rank
    starts[axis] = start_index
    return dynamic_update_slice(x, update, starts)


def dynamic_update_index_in_dim(x, update, index, axis, /):
    """x with the slice at an index, which is clamped, along an axis replaced."""
    update = update if update.shape.rank == x.shape.rank else tf.expand_dims(update, axis)
    return dynamic_update_slice_in_dim(x, update, index, axis)


def collapse(x, start, stop=None, /):
    """x with the axes from start to before stop merged into one."""
    start, stop, _ = slice(start, stop).indices(x.shape.rank)
    return tf.reshape(x, (*x.shape[:start], math.prod(x.shape[start:stop]), *x.shape[stop:]))


def lax_div(x1, x2, /):
    """The quotient; of integers, rounded towards zero."""
    x1, x2 = tf.convert_to_tensor(x1), tf.convert_to_tensor(x2)
    return x1 / x2 if x1.dtype.is_floating else tf.truncatediv(x1, x2)


def lax_pad(x, value, config, /):
    """Each axis with (before, after, between) elements of a value; negative ones are cut off."""
    value = tf.cast(value, x.dtype)
    for axis, (_, _, between) in enumerate(config):
        size = x.shape[axis]
        if between and size > 1:
            x = tf.expand_dims(x, axis + 1)
            x = tf.pad(
                x,
                [(0, between * (a == axis + 1)) for a in range(x.shape.rank)],
                constant_values=value,
            )
            x = collapse(x, axis, axis + 2)
            x = slice_in_dim(x, 0, size + (size - 1) * between, axis=axis)
    x = x[
        tuple(
            slice(max(-before, 0), n - max(-after, 0))
            for n, (before, after, _) in zip(x.shape, config)
        )
    ]
    return tf.pad(
        x, [(max(before, 0), max(after, 0)) for before, after, _ in config], constant_values=value
    )


def lax_slice(x, start_indices, limit_indices, strides=None, /):
    """A block of x."""
    strides = [1] * x.shape.rank if strides is None else strides
    return x[
        tuple(slice(*part) for part in zip(start_indices, limit_indices, strides, strict=True))
    ]


def slice_in_dim(x, start_index, limit_index, /, stride=1, axis=0):
    """A block along an axis."""
    return x[(slice(None),) * (axis % x.shape.rank) + (slice(start_index, limit_index, stride),)]


def from_either_end(function, x, axis, reverse):
    """A cumulative function along an axis, from its end if reversed."""
    return (
        tf.reverse(function(tf.reverse(x, [axis]), axis), [axis]) if reverse else function(x, axis)
    )


def running_logsumexp(x, /, axis=0, reverse=False):
    """Cumulative logsumexp along an axis, from its end if reversed."""
    return tf.math.cumulative_logsumexp(x, axis, reverse=reverse)


def running_maximum(x, axis):
    """Cumulative maximum along an axis, in steps of growing width."""
    size, width = x.shape[axis], 1
    while width < size:
        head = slice_in_dim(x, 0, width, axis=axis)
        tail = tf.maximum(
            slice_in_dim(x, width, size, axis=axis), slice_in_dim(x, 0, size - width, axis=axis)
        )
        x, width = tf.concat([head, tail], axis), 2 * width
    return x


def running_max(x, /, axis=0, reverse=False):
    """Cumulative maximum along an axis, from its end if reversed."""
    return from_either_end(running_maximum, x, axis, reverse)


def running_min(x, /, axis=0, reverse=False):
    """Cumulative minimum along an axis, from its end if reversed."""
    return -running_max(-x, axis, reverse)


def running_prod(x, /, axis=0, reverse=False):
    """Cumulative product along an axis, from its end if reversed."""
    return tf.math.cumprod(x, axis, reverse=reverse)


def running_sum(x, /, axis=0, reverse=False):
    """Cumulative sum along an axis, from its end if reversed."""
    return tf.cumsum(x, axis, reverse=reverse)


def sort_together(operand, /, axis=-1, num_keys=1):
    """Arrays sorted along an axis by the first of them, ties by the next; NaN comes last."""
    if tf.is_tensor(operand):
        return keras.ops.take_along_axis(operand, stable_order(operand, axis), axis)
    order = None
    for key in reversed(operand[:num_keys]):
        found = stable_order(
            key if order is None else keras.ops.take_along_axis(key, order, axis), axis
        )
        order = found if order is None else keras.ops.take_along_axis(order, found, axis)
    return tuple(keras.ops.take_along_axis(x, order, axis) for x in operand)


def stable_order(x, axis):
    """The indices that sort along an axis, NaN last, equal elements in their order."""
    if x.dtype.is_bool:
        x = tf.cast(x, tf.int32)
    order = tf.argsort(x, axis=axis, stable=True)
    if not x.dtype.is_floating:
        return order
    is_nan = tf.cast(tf.math.is_nan(keras.ops.take_along_axis(x, order, axis)), tf.int32)
    return keras.ops.take_along_axis(order, tf.argsort(is_nan, axis=axis, stable=True), axis)


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
    return tf.einsum(f"{''.join(first)},{''.join(second)}->{''.join(batch + kept)}", x1, x2)


def grouped_convolution(x, weight, strides, rates, groups):
    """Convolution without padding, whose channels come last."""
    if len(strides) == 2 and groups == x.shape[-1] > 1 and strides[0] == strides[1]:
        kernel = tf.reshape(weight, (*weight.shape[:2], groups, -1))
        return tf.nn.depthwise_conv2d(x, kernel, (1, *strides, 1), "VALID", dilations=rates)
    parts = zip(tf.split(x, groups, -1), tf.split(weight, groups, -1), strict=True)
    axes = ("NWC", "NHWC", "NDHWC")[len(strides) - 1]
    parts = [tf.nn.convolution(*part, strides, "VALID", axes, rates) for part in parts]
    return tf.concat(parts, -1)


def conv_general(
    lhs, rhs, /, window_strides, padding, *, lhs_dilation=None, rhs_dilation=None, dimension_numbers=None,
    feature_group_count=1,
):  # fmt: skip
    """Convolution with explicit padding or 'SAME', 'SAME_LOWER', 'VALID', and any order of axes."""
    rank = lhs.shape.rank
    lhs_dilation, rhs_dilation = lhs_dilation or (1,) * (rank - 2), rhs_dilation or (1,) * (
        rank - 2
    )
    orders = axis_orders(dimension_numbers, rank)
    x = tf.transpose(lhs, (orders[0][0], *orders[0][2:], orders[0][1]))
    weight = tf.transpose(rhs, (*orders[1][2:], orders[1][1], orders[1][0]))
    x = lax_pad(x, 0, [(0, 0, 0), *((0, 0, d - 1) for d in lhs_dilation), (0, 0, 0)])
    window = [(size - 1) * d + 1 for size, d in zip(weight.shape[:-2], rhs_dilation, strict=True)]
    x = tf.pad(x, [(0, 0), *pad_pairs(padding, x.shape[1:-1], window, window_strides), (0, 0)])
    # TensorFlow takes no strides where the kernel is dilated: the places between are left out afterwards.
    strides = (1,) * (rank - 2) if max(rhs_dilation) > 1 else tuple(window_strides)
    result = grouped_convolution(x, weight, strides, tuple(rhs_dilation), feature_group_count)
    if strides != tuple(window_strides):
        result = result[(slice(None), *(slice(None, None, step) for step in window_strides))]
    channels_first = [0, rank - 1, *range(1, rank - 1)]
    return tf.transpose(result, [channels_first[orders[2].index(a)] for a in range(rank)])


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
    kernel = tf.reshape(tf.eye(count, dtype=lhs.dtype), (count, 1, *filter_shape))
    kernel = tf.tile(kernel, (channels, *(1,) * (lhs.shape.rank - 1)))
    return conv_general(
        lhs, kernel, window_strides, padding, lhs_dilation=lhs_dilation, rhs_dilation=rhs_dilation,
        dimension_numbers=dimension_numbers, feature_group_count=channels,
    )  # fmt: skip
