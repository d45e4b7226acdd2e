"""Random numbers from keys: a key is an array of two uint32, and the same key always gives the same numbers.

The generator is Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
"""

import math

import numpy as np

from .math import erf, erfinv

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry(key, high, low):
    """Two arrays of 32 random bits for each pair of counters."""
    first, second = key[..., 0], key[..., 1]
    schedule = (first, second, first ^ second ^ np.uint32(0x1BD11BDA))
    high, low = high + first, low + second
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            high = high + low
            low = (low << np.uint32(rotation) | low >> np.uint32(32 - rotation)) ^ high
        high = high + schedule[(group + 1) % 3]
        low = low + schedule[(group + 2) % 3] + np.uint32(group + 1)
    return high, low


def counters(shape):
    """The numbers 0, 1, ... as their high and low 32 bits."""
    count = np.arange(math.prod(shape), dtype=np.uint64)
    return (count >> np.uint64(32)).astype(np.uint32), count.astype(np.uint32)


def as_shape(shape):
    """A size or several as a tuple."""
    return tuple(shape) if np.iterable(shape) else (int(shape),)


def random_bits(key, shape=()):
    """32 random bits for each element."""
    shape = as_shape(shape)
    high, low = threefry(key, *counters(shape))
    return (high ^ low).reshape(shape)


def random_key(seed):
    """The key of a seed."""
    low = np.asarray(seed).astype(np.int64) & 0xFFFFFFFF
    return np.stack([np.zeros_like(low), low], axis=-1).astype(np.uint32)


def random_split(key, num=2):
    """Independent keys that follow from one."""
    shape = as_shape(num)
    return np.stack(threefry(key, *counters(shape)), axis=-1).reshape(*shape, 2)


def random_fold_in(key, data):
    """A key that follows from a key and a number."""
    seed = random_key(data)
    return np.stack(threefry(key, seed[..., :1], seed[..., 1:]), axis=-1)[..., 0, :]


def random_uniform(key, shape=(), dtype=None, minval=0.0, maxval=1.0):
    """Uniform numbers in [minval, maxval)."""
    low, high = np.float32(minval), np.float32(maxval)
    unit = (random_bits(key, shape) >> np.uint32(9)).astype(np.float32) * np.float32(2**-23)
    return np.maximum(low, unit * (high - low) + low).astype(dtype or np.float32)


def random_normal(key, shape=(), dtype=None):
    """Standard normal numbers."""
    lowest = np.nextafter(np.float32(-1), np.float32(0))
    return (np.float32(math.sqrt(2)) * erfinv(random_uniform(key, shape, minval=lowest))).astype(
        dtype or np.float32
    )


def random_truncated_normal(key, lower, upper, shape=None, dtype=None):
    """Standard normal numbers between two bounds."""
    lower, upper = np.float32(lower), np.float32(upper)
    shape = np.broadcast_shapes(lower.shape, upper.shape) if shape is None else shape
    root = np.float32(math.sqrt(2))
    u = random_uniform(key, shape, minval=erf(lower / root), maxval=erf(upper / root))
    bounds = np.nextafter(lower, np.float32(np.inf)), np.nextafter(upper, np.float32(-np.inf))
    return np.clip(root * erfinv(u), *bounds).astype(dtype or np.float32)


def random_bernoulli(key, p=0.5, shape=None):
    """True with probability p."""
    return random_uniform(key, np.shape(p) if shape is None else shape) < np.float32(p)


def random_rademacher(key, shape=(), dtype=None):
    """-1 or 1, equally likely."""
    return (2 * random_bernoulli(key, 0.5, shape).astype(np.int32) - 1).astype(dtype or np.int32)


def random_exponential(key, shape=(), dtype=None):
    """Exponential numbers of rate 1."""
    return -np.log1p(-random_uniform(key, shape, dtype))


def random_gumbel(key, shape=(), dtype=None):
    """Standard Gumbel numbers."""
    tiny = np.finfo(np.float32).tiny
    return -np.log(-np.log(random_uniform(key, shape, dtype, minval=tiny)))


def random_laplace(key, shape=(), dtype=None):
    """Laplace numbers of scale 1."""
    u = random_uniform(key, shape, dtype, minval=-1 + np.finfo(np.float32).epsneg)
    return np.sign(u) * np.log1p(-np.abs(u))


def random_logistic(key, shape=(), dtype=None):
    """Standard logistic numbers."""
    u = random_uniform(key, shape, dtype, minval=np.finfo(np.float32).eps)
    return np.log(u / (1 - u))


def random_cauchy(key, shape=(), dtype=None):
    """Standard Cauchy numbers."""
    u = random_uniform(key, shape, dtype, minval=np.finfo(np.float32).eps)
    return np.tan(np.float32(math.pi) * (u - np.float32(0.5)))


def random_randint(key, shape, minval, maxval, dtype=None):
    """Whole numbers in [minval, maxval)."""
    keys = random_split(key)
    high, low = (random_bits(k, shape).astype(np.uint64) for k in keys)
    span = np.maximum(np.asarray(maxval, np.int64) - minval, 1).astype(np.uint64)
    square = (np.uint64(2**16) % span) ** 2 % 2**32 % span
    offset = ((high % span * square + low % span) % 2**32 % span).astype(np.int64)
    return (offset + minval).astype(dtype or np.int32)


def shuffled(key, x, axis=0):
    """The elements along an axis in random order, in another one at each place of the other axes."""
    rounds = math.ceil(3 * math.log(max(1, x.size)) / math.log(2**32 - 1))
    for _ in range(rounds):
        key, subkey = random_split(key)
        order = np.argsort(random_bits(subkey, x.shape), axis=axis, kind="stable")
        x = np.take_along_axis(x, order, axis)
    return x


def random_permutation(key, x, axis=0, independent=False):
    """The numbers below x, or the slices of x along an axis, in random order."""
    x = np.asarray(x)
    if x.ndim == 0:
        return shuffled(key, np.arange(x))
    if independent:
        return shuffled(key, x, axis)
    return np.take(x, shuffled(key, np.arange(x.shape[axis])), axis=axis)


def random_choice(key, a, shape=(), replace=True, p=None, axis=0):
    """Elements drawn from a, or from the numbers below a."""
    a = np.asarray(a)
    shape, size = as_shape(shape), a.shape[axis] if a.ndim else int(a)
    if p is not None:
        p = np.asarray(p, np.float32)
    if p is None and replace:
        index = random_randint(key, shape, 0, size)
    elif p is None:
        index = random_permutation(key, size)[: math.prod(shape)].reshape(shape)
    elif replace:
        total = np.cumsum(p)
        index = np.searchsorted(total, total[-1] * (1 - random_uniform(key, shape)))
    else:
        order = np.argsort(-(random_gumbel(key, (size,)) + np.log(p)), kind="stable")
        index = order[: math.prod(shape)].reshape(shape)
    return np.take(a, index, axis=axis) if a.ndim else index


def random_categorical(key, logits, axis=-1, shape=None):
    """Indices drawn with the log-probabilities along an axis."""
    logits = np.asarray(logits)
    axis = axis % logits.ndim - logits.ndim
    batch = logits.shape[:axis] + logits.shape[logits.ndim + axis + 1 :]
    size = list(batch if shape is None else as_shape(shape))
    size.insert(len(size) + axis + 1, logits.shape[axis])
    return np.argmax(random_gumbel(key, size) + logits, axis=axis)


def random_multivariate_normal(key, mean, cov, shape=None, dtype=None):
    """Normal numbers of a mean vector and a covariance matrix."""
    mean, cov = np.asarray(mean), np.asarray(cov)
    shape = (
        np.broadcast_shapes(mean.shape[:-1], cov.shape[:-2]) if shape is None else as_shape(shape)
    )
    factor = np.linalg.cholesky(cov)
    return mean + np.einsum(
        "...ij,...j->...i", factor, random_normal(key, (*shape, mean.shape[-1]), dtype)
    )


def random_orthogonal(key, n, shape=(), dtype=None):
    """Random orthogonal matrices."""
    q, r = np.linalg.qr(random_normal(key, (*as_shape(shape), n, n), dtype))
    return q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
