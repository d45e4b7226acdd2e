"""Functions of flax.nnx and flax.linen: means of windows, attention masks, random streams."""

import functools
import math

import tensorflow as tf

from ..flax_functions import flax_pool, promoted
from ..keys import random_fold_in, random_key
from ..shape import shape_of


def avg_pool(inputs, /, window_shape, strides=None, padding="VALID", count_include_pad=True):
    """The mean of each window; strides are one unless given, and padding counts unless said otherwise."""
    total = flax_pool(inputs, window_shape, strides, padding, "sum")
    if count_include_pad:
        return total / math.prod(window_shape)
    return total / flax_pool(tf.ones_like(inputs[..., :1]), window_shape, strides, padding, "sum")


def make_attention_mask(
    query_input, key_input, /, pairwise_fn=None, extra_batch_dims=0, dtype=None
):
    """A mask (..., 1, queries, keys) from values of the queries and of the keys."""
    if pairwise_fn is None:
        (query_input,), (key_input,), pairwise_fn = (
            promoted(query_input),
            promoted(key_input),
            tf.multiply,
        )
    mask = pairwise_fn(query_input[..., None], key_input[..., None, :])[..., None, :, :]
    for _ in range(extra_batch_dims):
        mask = mask[None]
    return tf.cast(mask, dtype or tf.float32)


def make_causal_mask(x, /, extra_batch_dims=0, dtype=None):
    """A mask (..., 1, length, length) that lets each place see itself and those before."""
    places = tf.broadcast_to(tf.range(shape_of(x)[-1]), shape_of(x))
    return make_attention_mask(places, places, tf.greater_equal, extra_batch_dims, dtype)


def combine_masks(*masks, dtype=None):
    """The places that all masks keep; None without masks."""
    given = [tf.cast(mask, tf.bool) for mask in masks if mask is not None]
    return tf.cast(functools.reduce(tf.logical_and, given), dtype or tf.float32) if given else None


class RngStream:
    """Keys that follow from one key."""

    def __init__(self, key, tag="default"):
        self.key = random_key(key) if isinstance(key, int) else key
        self.tag, self.count = tag, 0

    def __call__(self):
        self.count += 1
        return random_fold_in(self.key, self.count - 1)

    def fork(self):
        """A stream of its own that follows from this one."""
        return RngStream(self(), self.tag)


class Rngs:
    """Streams of keys by name, others from the default. Without seeds TensorFlow's generator gives one."""

    def __init__(self, default=None, /, **rngs):
        if default is None and not rngs:
            default = int(tf.random.uniform((), 0, 1 << 31, tf.int64))
        given = (
            default
            if isinstance(default, dict)
            else {} if default is None else {"default": default}
        )
        self.streams = {name: RngStream(key, name) for name, key in {**given, **rngs}.items()}

    def __getattr__(self, name):
        if name.startswith("__") or name == "streams":
            raise AttributeError(name)
        if name not in self.streams and "default" not in self.streams:
            raise AttributeError(f"no stream {name!r} and no default")
        return self.streams.get(name) or self.streams["default"]

    def __getitem__(self, name):
        return getattr(self, name)

    def __contains__(self, name):
        return name in self.streams

    def __call__(self):
        return self.default()

    def fork(self):
        """Streams of their own that follow from these."""
        made = Rngs(0)
        made.streams = {name: stream.fork() for name, stream in self.streams.items()}
        return made


def first_from(*args, error_msg):
    """The first argument that is not None."""
    for arg in args:
        if arg is not None:
            return arg
    raise ValueError(error_msg)
