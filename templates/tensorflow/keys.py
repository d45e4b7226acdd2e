"""Random numbers from keys: a key is a tensor of two uint32, and the same key always gives the same numbers.

The generator is Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
It computes with 32-bit words in int64.
"""

import math

import tensorflow as tf

from .indexing import take_along_axis

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
WORD = 0xFFFFFFFF


def word(x):
    """The lower 32 bits."""
    return tf.bitwise.bitwise_and(x, tf.constant(WORD, tf.int64))


def rotated(x, count):
    """32-bit words with their bits rotated to the left."""
    left = tf.bitwise.left_shift(x, tf.constant(count, tf.int64))
    right = tf.bitwise.right_shift(x, tf.constant(32 - count, tf.int64))
    return word(tf.bitwise.bitwise_or(left, right))


def threefry(key, high, low):
    """Two tensors of 32 random bits for each pair of counters."""
    key = tf.cast(key, tf.int64)
    first, second = key[..., 0], key[..., 1]
    third = tf.bitwise.bitwise_xor(
        tf.bitwise.bitwise_xor(first, second), tf.constant(0x1BD11BDA, tf.int64)
    )
    schedule = (first, second, third)
    high, low = word(high + first), word(low + second)
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            high = word(high + low)
            low = tf.bitwise.bitwise_xor(rotated(low, rotation), high)
        high = word(high + schedule[(group + 1) % 3])
        low = word(low + schedule[(group + 2) % 3] + group + 1)
    return high, low


def counters(shape):
    """The numbers 0, 1, ... as their high and low 32 bits."""
    count = tf.range(math.prod(shape), dtype=tf.int64)
    return count // 2**32, word(count)


def as_shape(shape):
    """A size or several as a tuple."""
    return tuple(shape) if isinstance(shape, (tuple, list, tf.TensorShape)) else (int(shape),)


def random_bits(key, shape=()):
    """32 random bits for each element."""
    shape = as_shape(shape)
    high, low = threefry(key, *counters(shape))
    return tf.reshape(tf.bitwise.bitwise_xor(high, low), shape)


def random_key(seed):
    """The key of a seed."""
    low = word(tf.cast(seed, tf.int64))
    return tf.cast(tf.stack([tf.zeros_like(low), low], axis=-1), tf.uint32)


def random_split(key, num=2):
    """Independent keys that follow from one."""
    shape = as_shape(num)
    words = tf.stack(threefry(key, *counters(shape)), axis=-1)
    return tf.cast(tf.reshape(words, (*shape, 2)), tf.uint32)


def random_fold_in(key, data):
    """A key that follows from a key and a number."""
    seed = tf.cast(random_key(data), tf.int64)
    return tf.cast(tf.stack(threefry(key, seed[..., 0], seed[..., 1]), axis=-1), tf.uint32)


def random_uniform(key, shape=(), dtype=None, minval=0.0, maxval=1.0):
    """Uniform numbers in [minval, maxval)."""
    low, high = tf.cast(minval, tf.float32), tf.cast(maxval, tf.float32)
    unit = tf.cast(random_bits(key, shape) // 2**9, tf.float32) * 2**-23
    return tf.cast(tf.maximum(low, unit * (high - low) + low), dtype or tf.float32)


def random_normal(key, shape=(), dtype=None):
    """Standard normal numbers."""
    u = random_uniform(key, shape, minval=-1 + 2**-24)
    return tf.cast(math.sqrt(2) * tf.math.erfinv(u), dtype or tf.float32)


def random_truncated_normal(key, lower, upper, shape=None, dtype=None):
    """Standard normal numbers between two bounds."""
    lower, upper = tf.cast(lower, tf.float32), tf.cast(upper, tf.float32)
    shape = tf.broadcast_static_shape(lower.shape, upper.shape) if shape is None else shape
    root = math.sqrt(2)
    u = random_uniform(
        key, shape, minval=tf.math.erf(lower / root), maxval=tf.math.erf(upper / root)
    )
    bounds = tf.math.nextafter(lower, math.inf), tf.math.nextafter(upper, -math.inf)
    return tf.cast(tf.clip_by_value(root * tf.math.erfinv(u), *bounds), dtype or tf.float32)


def random_bernoulli(key, p=0.5, shape=None):
    """True with probability p."""
    p = tf.cast(p, tf.float32)
    return random_uniform(key, p.shape if shape is None else shape) < p


def random_rademacher(key, shape=(), dtype=None):
    """-1 or 1, equally likely."""
    return 2 * tf.cast(random_bernoulli(key, 0.5, shape), dtype or tf.int32) - 1


def random_exponential(key, shape=(), dtype=None):
    """Exponential numbers of rate 1."""
    return -tf.math.log1p(-random_uniform(key, shape, dtype))


def random_gumbel(key, shape=(), dtype=None):
    """Standard Gumbel numbers."""
    return -tf.math.log(-tf.math.log(random_uniform(key, shape, dtype, minval=2**-126)))


def random_laplace(key, shape=(), dtype=None):
    """Laplace numbers of scale 1."""
    u = random_uniform(key, shape, dtype, minval=-1 + 2**-24)
    return tf.sign(u) * tf.math.log1p(-tf.abs(u))


def random_logistic(key, shape=(), dtype=None):
    """Standard logistic numbers."""
    u = random_uniform(key, shape, dtype, minval=2**-23)
    return tf.math.log(u / (1 - u))


def random_cauchy(key, shape=(), dtype=None):
    """Standard Cauchy numbers."""
    u = random_uniform(key, shape, dtype, minval=2**-23)
    return tf.tan(math.pi * (u - 0.5))


def random_randint(key, shape, minval, maxval, dtype=None):
    """Whole numbers in [minval, maxval)."""
    high, low = (random_bits(k, shape) for k in tf.unstack(random_split(key)))
    minval, maxval = tf.cast(minval, tf.int64), tf.cast(maxval, tf.int64)
    span = tf.maximum(maxval - minval, 1)
    square = word((2**16 % span) ** 2) % span
    offset = word(high % span * square + low % span) % span
    return tf.cast(offset + minval, dtype or tf.int32)


def shuffled(key, x, axis=0):
    """The elements along an axis in random order, in another one at each place of the other axes."""
    rounds = math.ceil(3 * math.log(max(1, math.prod(x.shape))) / math.log(2**32 - 1))
    for _ in range(rounds):
        key, subkey = tf.unstack(random_split(key))
        order = tf.argsort(random_bits(subkey, x.shape), axis=axis, stable=True)
        x = take_along_axis(x, order, axis=axis)
    return x


def random_permutation(key, x, axis=0, independent=False):
    """The numbers below x, or the slices of x along an axis, in random order."""
    if not tf.is_tensor(x) or not x.shape.rank:
        return shuffled(key, tf.range(x))
    if independent:
        return shuffled(key, x, axis)
    return tf.gather(x, shuffled(key, tf.range(x.shape[axis])), axis=axis)


def random_choice(key, a, shape=(), replace=True, p=None, axis=0):
    """Elements drawn from a, or from the numbers below a."""
    a = tf.convert_to_tensor(a)
    shape, size = as_shape(shape), a.shape[axis] if a.shape.rank else int(a)
    if p is not None:
        p = tf.cast(p, tf.float32)
    if p is None and replace:
        index = random_randint(key, shape, 0, size)
    elif p is None:
        index = tf.reshape(random_permutation(key, size)[: math.prod(shape)], shape)
    elif replace:
        total = tf.cumsum(p)
        draws = tf.reshape(total[-1] * (1 - random_uniform(key, shape)), [-1])
        index = tf.reshape(tf.searchsorted(total, draws), shape)
    else:
        order = tf.argsort(
            random_gumbel(key, (size,)) + tf.math.log(p), direction="DESCENDING", stable=True
        )
        index = tf.reshape(order[: math.prod(shape)], shape)
    return tf.gather(a, index, axis=axis) if a.shape.rank else index


def random_categorical(key, logits, axis=-1, shape=None):
    """Indices drawn with the log-probabilities along an axis."""
    rank = logits.shape.rank
    axis = axis % rank - rank
    sizes = tuple(logits.shape)
    size = list(sizes[:axis] + sizes[rank + axis + 1 :] if shape is None else as_shape(shape))
    size.insert(len(size) + axis + 1, sizes[axis])
    return tf.argmax(random_gumbel(key, size) + logits, axis=axis)


def random_multivariate_normal(key, mean, cov, shape=None, dtype=None):
    """Normal numbers of a mean vector and a covariance matrix."""
    if shape is None:
        shape = tf.broadcast_static_shape(mean.shape[:-1], cov.shape[:-2])
    normal = random_normal(key, (*as_shape(shape), mean.shape[-1]), dtype)
    return mean + tf.linalg.matvec(tf.linalg.cholesky(cov), normal)


def random_orthogonal(key, n, shape=(), dtype=None):
    """Random orthogonal matrices."""
    q, r = tf.linalg.qr(random_normal(key, (*as_shape(shape), n, n), dtype))
    return q * tf.sign(tf.linalg.diag_part(r))[..., None, :]
