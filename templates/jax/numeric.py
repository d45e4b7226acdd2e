"""What NumPy has beyond the Array API and jax.numpy."""

import itertools

import jax.numpy as jnp


def dense_grid(parts, /):
    """The coordinates of the points of a grid, stacked; of a single axis the axis itself."""
    return parts[0] if len(parts) == 1 else jnp.stack(jnp.meshgrid(*parts, indexing="ij"))


def sliding_windows(x, window_shape, axis=None, /):
    """Windows that slide along axes (None: all), whose sizes are new axes at the end."""
    x = jnp.asarray(x)
    sizes = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(sizes) != len(axes):
        raise ValueError(f"sizes {sizes} of windows for axes {tuple(axes)}")
    for size, at in zip(sizes, [at % x.ndim for at in axes], strict=True):
        places = jnp.arange(x.shape[at] - size + 1)[:, None] + jnp.arange(size)
        x = jnp.moveaxis(jnp.take(x, places, axis=at), at + 1, -1)
    return x


def ndenumerate(x, /):
    """Pairs of an index and the element there, row by row."""
    x = jnp.asarray(x)
    return ((index, x[index]) for index in ndindex(*x.shape))


def ndindex(*shape):
    """The indices of an array of a shape, row by row; the sizes are given one by one or together."""
    shape = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
    return itertools.product(*map(range, shape))
