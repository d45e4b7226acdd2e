"""What NumPy has beyond the Array API and jax.numpy."""

import jax.numpy as jnp


def dense_grid(parts, /):
    """The coordinates of the points of a grid, stacked; of a single axis the axis itself."""
    return parts[0] if len(parts) == 1 else jnp.stack(jnp.meshgrid(*parts, indexing="ij"))
