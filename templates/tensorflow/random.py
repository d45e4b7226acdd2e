"""Random numbers from TensorFlow's global state or from a given `tf.random.Generator`."""

import tensorflow as tf


def seed_generator(generator, seed, /):
    """Seed a generator and return it."""
    generator.reset_from_seed(seed)
    return generator


def pick_source(generator=None):
    """Where numbers are drawn from: the given generator, or the functions with global state."""
    return tf.random if generator is None else generator


def rand(shape, /, *, dtype=None, generator=None):
    """Uniform numbers in [0, 1)."""
    return pick_source(generator).uniform(tf.cast(tf.reshape(shape, [-1]), tf.int32), dtype=dtype or tf.float32)


def rand_like(x, /, *, dtype=None, generator=None):
    """Uniform numbers in [0, 1) of the shape of x."""
    return rand(tf.shape(x), dtype=dtype or x.dtype, generator=generator)


def randn(shape, /, *, dtype=None, generator=None):
    """Standard normal numbers."""
    return pick_source(generator).normal(tf.cast(tf.reshape(shape, [-1]), tf.int32), dtype=dtype or tf.float32)


def randn_like(x, /, *, dtype=None, generator=None):
    """Standard normal numbers of the shape of x."""
    return randn(tf.shape(x), dtype=dtype or x.dtype, generator=generator)


def randint(high, shape, /, *, low=0, dtype=None, generator=None):
    """Whole numbers in [low, high)."""
    draws = pick_source(generator).uniform(shape, low, high, dtype=tf.int64)
    return tf.cast(draws, dtype or tf.int64)


def randint_like(x, high, /, *, low=0, dtype=None, generator=None):
    """Whole numbers in [low, high) of the shape of x."""
    return randint(high, tf.shape(x), low=low, dtype=dtype or x.dtype, generator=generator)


def integers_like(x, high, /, *, low=0, generator=None):
    """Whole numbers in [low, high) of the shape and dtype of x."""
    return randint(high, tf.shape(x), low=low, dtype=x.dtype, generator=generator)


def randperm(n, /, *, dtype=None, generator=None):
    """A random order of 0 to n - 1."""
    return tf.cast(tf.argsort(rand([n], dtype=tf.float64, generator=generator)), dtype or tf.int64)


def normal(mean=0.0, std=1.0, /, *, shape=None, dtype=None, generator=None):
    """Normal numbers; mean and std are numbers or tensors that broadcast."""
    if shape is None:
        shape = tf.broadcast_dynamic_shape(tf.shape(mean), tf.shape(std))
    dtype = dtype or getattr(mean, "dtype", getattr(std, "dtype", None))
    return mean + std * randn(shape, dtype=dtype, generator=generator)


def normal_like(x, /, *, mean=0.0, std=1.0, generator=None):
    """Normal numbers of the shape and dtype of x."""
    return mean + std * randn_like(x, generator=generator)


def uniform_like(x, /, *, low=0.0, high=1.0, generator=None):
    """Uniform numbers in [low, high) of the shape and dtype of x."""
    return pick_source(generator).uniform(tf.shape(x), low, high, dtype=x.dtype)


def exponential_like(x, /, *, rate=1.0, generator=None):
    """Exponential numbers of the shape and dtype of x."""
    return -tf.math.log1p(-rand_like(x, generator=generator)) / rate


def bernoulli(x, /, *, p=None, generator=None):
    """0 or 1 for each element: 1 with the probability in x, or p everywhere."""
    draws = rand(tf.shape(x), generator=generator)
    return tf.cast(draws < tf.cast(x if p is None else p, tf.float32), x.dtype)


def bernoulli_like(x, /, *, p=0.5, generator=None):
    """0 or 1, 1 with probability p, of the shape and dtype of x."""
    return bernoulli(x, p=p, generator=generator)


def poisson(x, /, *, generator=None):
    """Poisson numbers with the rates in x, in the dtype of x."""
    if generator is not None:
        raise NotImplementedError("poisson: tf.random.Generator draws no Poisson numbers")
    return tf.random.poisson([], x, dtype=x.dtype)


def multinomial(x, num_samples, /, *, replacement=False, generator=None):
    """Indices drawn along the last axis with the weights in x."""
    weights = tf.math.log(x)
    sizes = tf.shape(x)
    noise_shape = tf.concat([sizes[:-1], [num_samples], sizes[-1:]], 0) if replacement else sizes
    noise = -tf.math.log(
        -tf.math.log(pick_source(generator).uniform(noise_shape, 1e-30, dtype=x.dtype))
    )
    if replacement:
        return tf.argmax(weights[..., None, :] + noise, axis=-1)
    return tf.cast(tf.math.top_k(weights + noise, num_samples).indices, tf.int64)
