"""Slices at places known only at run time, running reductions, contractions."""

import math
import string

import torch
import torch.nn.functional as F

from .axis_orders import axis_orders, pad_pairs


def broadcast_in_dim(x, shape, dimensions, /):
    """x broadcast to a shape, its axes standing at the given ones."""
    sizes = dict(zip(dimensions, x.shape, strict=True))
    return x.reshape([sizes.get(a, 1) for a in range(len(shape))]).broadcast_to(tuple(shape))


def broadcasted_iota(dtype, shape, axis, /):
    """A tensor that counts along one of its axes."""
    count = torch.arange(shape[axis], dtype=dtype)
    return broadcast_in_dim(count, shape, (axis % len(shape),)).clone()


def is_mapped(x):
    """Whether a value is a tensor of which ``torch.func.vmap`` gives each call another."""
    return isinstance(x, torch.Tensor) and torch._C._functorch.is_batchedtensor(x)


def clamped(start, size, limit):
    """The start of a slice, moved so that the slice lies inside; negative ones count from the end."""
    if is_mapped(start):
        return torch.where(start < 0, start + limit, start).clamp(0, limit - size)
    start = int(start)
    return min(max(start + limit if start < 0 else start, 0), limit - size)


def window_at(x, start_indices, sizes):
    """The index of a block of x."""
    starts = [clamped(*place) for place in zip(start_indices, sizes, x.shape, strict=True)]
    if not any(map(is_mapped, starts)):
        return tuple(slice(start, start + size) for start, size in zip(starts, sizes, strict=True))
    ranges = [start + torch.arange(size, device=x.device) for start, size in zip(starts, sizes, strict=True)]
    return tuple(places.reshape(-1, *[1] * (x.ndim - 1 - i)) for i, places in enumerate(ranges))


def dynamic_slice(x, start_indices, slice_sizes, /):
    """A block of x; the start is clamped so that the block lies inside."""
    return x[window_at(x, start_indices, slice_sizes)]


def dynamic_slice_in_dim(x, start_index, slice_size, /, axis=0):
    """A block along an axis; the start is clamped so that the block lies inside."""
    start = clamped(start_index, slice_size, x.shape[axis])
    if is_mapped(start):
        return torch.index_select(x, axis, start + torch.arange(slice_size, device=x.device))
    return torch.narrow(x, axis, start, slice_size)


def dynamic_index_in_dim(x, index, /, axis=0, keepdims=True):
    """The slice at an index, which is clamped, along an axis."""
    found = dynamic_slice_in_dim(x, index, 1, axis)
    return found if keepdims else found.squeeze(axis)


def dynamic_update_slice(x, update, start_indices, /):
    """x with a block replaced; the start is clamped so that the block lies inside."""
    places = window_at(x, start_indices, update.shape)
    if any(isinstance(place, torch.Tensor) for place in places):
        return x.index_put([place.expand(update.shape) for place in places], update.to(x.dtype))
    result = x.clone()
    result[places] = update.to(x.dtype)
    return result


def dynamic_update_slice_in_dim(x, update, start_index, axis, /):
    """x with a block along an axis replaced; the start is clamped so that the block lies inside."""
    starts = [0] * x.ndim
    starts[axis] = start_index
    return dynamic_update_slice(x, update, starts)


def dynamic_update_index_in_dim(x, update, index, axis, /):
    """x with the slice at an index, which is clamped, along an axis replaced."""
    update = update if update.ndim == x.ndim else update.unsqueeze(axis)
    return dynamic_update_slice_in_dim(x, update, index, axis)


def collapse(x, start, stop=None, /):
    """x with the axes from start to before stop merged into one."""
    start, stop, _ = slice(start, stop).indices(x.ndim)
    return x.flatten(start, stop - 1)


def lax_div(x1, x2, /):
    """The quotient; of integers, rounded towards zero."""
    quotient = torch.as_tensor(x1) / x2 if torch.is_floating_point(torch.as_tensor(x1)) else None
    return torch.div(x1, x2, rounding_mode="trunc") if quotient is None else quotient


def lax_pad(x, value, config, /):
    """Each axis with (before, after, between) elements of a value; negative ones are cut off."""
    for axis, (_, _, between) in enumerate(config):
        if between and x.shape[axis] > 1:
            shape = list(x.shape)
            shape[axis] += (shape[axis] - 1) * between
            spread = x.new_full(shape, float(value) if x.is_floating_point() else int(value))
            spread[(slice(None),) * axis + (slice(None, None, between + 1),)] = x
            x = spread
    pairs = [size for before, after, _ in reversed(config) for size in (before, after)]
    return F.pad(x, pairs, value=float(value) if x.is_floating_point() else int(value))


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
    return function(x.flip(axis), axis).flip(axis) if reverse else function(x, axis)


def running_logsumexp(x, /, axis=0, reverse=False):
    """Cumulative logsumexp along an axis, from its end if reversed."""
    return from_either_end(torch.logcumsumexp, x, axis, reverse)


def running_max(x, /, axis=0, reverse=False):
    """Cumulative maximum along an axis, from its end if reversed."""
    return from_either_end(lambda y, a: torch.cummax(y, a).values, x, axis, reverse)


def running_min(x, /, axis=0, reverse=False):
    """Cumulative minimum along an axis, from its end if reversed."""
    return from_either_end(lambda y, a: torch.cummin(y, a).values, x, axis, reverse)


def running_prod(x, /, axis=0, reverse=False):
    """Cumulative product along an axis, from its end if reversed."""
    return from_either_end(lambda y, a: torch.cumprod(y, a, dtype=y.dtype), x, axis, reverse)


def running_sum(x, /, axis=0, reverse=False):
    """Cumulative sum along an axis, from its end if reversed."""
    return from_either_end(lambda y, a: torch.cumsum(y, a, dtype=y.dtype), x, axis, reverse)


def sort_together(operand, /, axis=-1, num_keys=1):
    """Tensors sorted along an axis by the first of them, ties by the next; NaN comes last."""
    if isinstance(operand, torch.Tensor):
        return torch.sort(operand, dim=axis, stable=True).values
    order = None
    for key in reversed(operand[:num_keys]):
        found = torch.argsort(
            key if order is None else key.gather(axis, order), dim=axis, stable=True
        )
        order = found if order is None else order.gather(axis, found)
    return tuple(x.gather(axis, order) for x in operand)


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
    return torch.einsum(f"{''.join(first)},{''.join(second)}->{''.join(batch + kept)}", x1, x2)


def conv_general(
    lhs, rhs, /, window_strides, padding, *, lhs_dilation=None, rhs_dilation=None, dimension_numbers=None,
    feature_group_count=1,
):  # fmt: skip
    """Convolution with explicit padding or 'SAME', 'SAME_LOWER', 'VALID', and any order of axes."""
    spatial = lhs.ndim - 2
    lhs_dilation, rhs_dilation = lhs_dilation or (1,) * spatial, rhs_dilation or (1,) * spatial
    orders = axis_orders(dimension_numbers, lhs.ndim)
    x, weight = lhs.permute(orders[0]), rhs.permute(orders[1])
    x = lax_pad(x, 0, [(0, 0, 0)] * 2 + [(0, 0, d - 1) for d in lhs_dilation])
    window = [(size - 1) * d + 1 for size, d in zip(weight.shape[2:], rhs_dilation, strict=True)]
    pairs = pad_pairs(padding, x.shape[2:], window, window_strides)
    x = F.pad(x, [size for pair in reversed(pairs) for size in pair])
    function = (F.conv1d, F.conv2d, F.conv3d)[spatial - 1]
    result = function(
        x, weight, None, tuple(window_strides), 0, tuple(rhs_dilation), feature_group_count
    )
    return result.permute([orders[2].index(a) for a in range(lhs.ndim)])


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
    kernel = torch.eye(count, dtype=lhs.dtype, device=lhs.device).reshape(count, 1, *filter_shape)
    return conv_general(
        lhs, kernel.repeat(channels, *(1,) * (lhs.ndim - 1)), window_strides, padding, lhs_dilation=lhs_dilation,
        rhs_dilation=rhs_dilation, dimension_numbers=dimension_numbers, feature_group_count=channels,
    )  # fmt: skip
