"""Functions with derivatives at kinks that are not those of JAX: at zeros, at bounds, where values are equal."""

import jax.numpy as jnp
from jax import lax


def absolute(x, /):
    """Absolute value; its gradient is zero at zero, where that of `jnp.abs` is one."""
    x = jnp.asarray(x)
    return x * jnp.sign(x) if jnp.issubdtype(x.dtype, jnp.floating) else jnp.abs(x)


def clamp(x, /, min=None, max=None):
    """x within bounds; its gradient is one at the bounds too, where that of `jnp.clip` is a half."""
    if min is not None:
        x = jnp.where(x == min, x, jnp.maximum(x, min))
    return x if max is None else jnp.where(x == max, x, jnp.minimum(x, max))


def first_maximum(x1, x2, /):
    """Larger elements; the gradient of equal ones is that of the first."""
    return jnp.where(x1 == x2, x1, jnp.maximum(x1, x2))


def first_minimum(x1, x2, /):
    """Smaller elements; the gradient of equal ones is that of the first."""
    return jnp.where(x1 == x2, x1, jnp.minimum(x1, x2))


def first_fmax(x1, x2, /):
    """Larger elements without NaN; the gradient of equal ones is that of the first."""
    return jnp.where(x1 == x2, x1, jnp.fmax(x1, x2))


def first_fmin(x1, x2, /):
    """Smaller elements without NaN; the gradient of equal ones is that of the first."""
    return jnp.where(x1 == x2, x1, jnp.fmin(x1, x2))


def flat_copysign(x1, x2, /):
    """Size of x1 with the sign of x2; its gradient is zero at zero."""
    return jnp.copysign(absolute(x1), x2)


def safe_std(x, /, *, axis=None, correction=0, keepdims=False):
    """Standard deviation over the given axes; its gradient is zero where all elements are equal."""
    var = jnp.var(x, axis=axis, ddof=correction, keepdims=keepdims)
    return jnp.where(var == 0, 0, jnp.sqrt(jnp.where(var == 0, 1, var)))


def safe_atan2(x1, x2, /):
    """Angle of the points (x2, x1); its gradient is zero at the origin."""
    origin = (x1 == 0) & (x2 == 0)
    angle = jnp.arctan2(jnp.where(origin, 0, x1), jnp.where(origin, 1, x2))
    return jnp.where(origin, lax.stop_gradient(jnp.arctan2(x1, x2)), angle)


def safe_angle(x, /):
    """Angle of complex numbers; its gradient is zero at zero."""
    return safe_atan2(jnp.imag(x), jnp.real(x))


def safe_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """Norm of vectors along the given axes, of the flattened array without axes; its gradient is zero at zero."""
    zero = jnp.all(x == 0, axis=axis, keepdims=True)
    size = jnp.where(x == 0, 0, jnp.abs(jnp.where(x == 0, 1, x)))
    size = size if ord in (0, 1, jnp.inf, -jnp.inf) else jnp.where(zero, 1, size)
    norm = jnp.linalg.vector_norm(size, axis=axis, keepdims=True, ord=ord)
    norm = jnp.where(zero, 0, norm)
    return norm if keepdims else jnp.squeeze(norm, axis)


def safe_array_norm(x, /, *, ord=None, axis=None, keepdims=False):
    """Norm of vectors, matrices or the flattened array; that of squares has a zero gradient at zero."""
    of_vectors = isinstance(axis, int) or (axis is None and x.ndim == 1)
    if ord in (None, "fro") or of_vectors:
        return safe_norm(x, axis=axis, keepdims=keepdims, ord=2 if ord in (None, "fro") else ord)
    return jnp.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)


def safe_matrix_norm(x, /, *, ord="fro", axis=(-2, -1), keepdims=False):
    """Norm of matrices; that of squares has a zero gradient at zero."""
    return safe_array_norm(x, ord=ord, axis=axis, keepdims=keepdims)


def closed_hardtanh(input, /, min_val=-1.0, max_val=1.0):
    """Elements limited to [min_val, max_val]; the gradient is one at both bounds."""
    return clamp(input, min_val, max_val)
