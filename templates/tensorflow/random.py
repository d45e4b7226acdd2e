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


def as_floats(*values):
    """The values as floating-point tensors of one dtype and shape."""
    dtypes = [tf.as_dtype(v.dtype) for v in values if hasattr(v, "dtype")]
    dtype = next((found for found in dtypes if found.is_floating), tf.float32)
    total = sum(tf.zeros_like(value, dtype) for value in values)
    return [total + tf.cast(value, dtype) for value in values]


class Distribution:
    """Base of distributions: `sample` and `rsample` draw tensors of shape sample_shape + batch_shape."""

    def __init__(self, batch_shape=()):
        self.batch_shape = tuple(batch_shape)

    def rsample(self, sample_shape=()):
        """Numbers through which gradients flow to the parameters."""
        raise NotImplementedError(f"{type(self).__name__} draws no differentiable numbers")

    def sample(self, sample_shape=()):
        """Numbers without gradient."""
        return tf.stop_gradient(self.rsample(sample_shape))


class Uniform(Distribution):
    """Uniform numbers in [low, high)."""

    def __init__(self, low, high, validate_args=None):
        self.low, self.high = as_floats(low, high)
        super().__init__(self.low.shape)

    def rsample(self, sample_shape=()):
        draws = rand((*sample_shape, *self.batch_shape), dtype=self.low.dtype)
        return self.low + draws * (self.high - self.low)


class Normal(Distribution):
    """Normal numbers with mean loc and standard deviation scale."""

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(self.loc.shape)

    def rsample(self, sample_shape=()):
        draws = randn((*sample_shape, *self.batch_shape), dtype=self.loc.dtype)
        return self.loc + draws * self.scale


class Bernoulli(Distribution):
    """1 with probability probs, else 0; logits may be given instead."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        (self.probs,) = as_floats(tf.sigmoid(logits) if probs is None else probs)
        super().__init__(self.probs.shape)

    def sample(self, sample_shape=()):
        shape = (*sample_shape, *self.batch_shape)
        return bernoulli(tf.broadcast_to(self.probs, shape))


class Beta(Distribution):
    """Beta numbers in (0, 1)."""

    def __init__(self, concentration1, concentration0, validate_args=None):
        self.concentration1, self.concentration0 = as_floats(concentration1, concentration0)
        super().__init__(self.concentration1.shape)

    def rsample(self, sample_shape=()):
        first = tf.random.gamma(sample_shape, self.concentration1, dtype=self.concentration1.dtype)
        second = tf.random.gamma(sample_shape, self.concentration0, dtype=self.concentration0.dtype)
        return first / (first + second)
