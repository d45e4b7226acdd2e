"""Functions of flax.nnx and flax.linen: means of windows, attention masks, random streams."""

import functools
import math

import torch

from ..flax_functions import flax_pool
from ..keys import random_fold_in, random_key, random_split


def avg_pool(inputs, /, window_shape, strides=None, padding="VALID", count_include_pad=True):
    """The mean of each window; strides are one unless given, and padding counts unless said otherwise."""
    total = flax_pool(inputs, window_shape, strides, padding, "sum")
    if count_include_pad:
        return total / math.prod(window_shape)
    return total / flax_pool(
        torch.ones_like(inputs[..., :1]), window_shape, strides, padding, "sum"
    )


def make_attention_mask(
    query_input, key_input, /, pairwise_fn=None, extra_batch_dims=0, dtype=None
):
    """A mask (..., 1, queries, keys) from values of the queries and of the keys."""
    mask = (pairwise_fn or torch.multiply)(
        query_input.unsqueeze(-1), key_input.unsqueeze(-2)
    ).unsqueeze(-3)
    return mask.reshape((1,) * extra_batch_dims + mask.shape).to(dtype or torch.float32)


def make_causal_mask(x, /, extra_batch_dims=0, dtype=None):
    """A mask (..., 1, length, length) that lets each place see itself and those before."""
    places = torch.arange(x.shape[-1], device=x.device).expand(x.shape)
    return make_attention_mask(places, places, torch.greater_equal, extra_batch_dims, dtype)


def combine_masks(*masks, dtype=None):
    """The places that all masks keep; None without masks."""
    given = [mask.bool() for mask in masks if mask is not None]
    return functools.reduce(torch.logical_and, given).to(dtype or torch.float32) if given else None


class RngStream:
    """Keys that follow from one key."""

    def __init__(self, key, tag="default"):
        self.key = random_key(key) if isinstance(key, int) else key
        self.tag, self.count = tag, 0

    def __call__(self):
        self.count += 1
        return random_fold_in(self.key, self.count - 1)

    def fork(self, *, split=None):
        """A stream of its own that follows from this one, or several in one."""
        return RngStream(self() if split is None else random_split(self(), split), self.tag)


class Rngs:
    """Streams of keys by name, others from the default. Without seeds PyTorch's generator gives one."""

    def __init__(self, default=None, /, **rngs):
        if default is None and not rngs:
            default = int(torch.randint(1 << 31, ()))
        given = (
            default
            if isinstance(default, dict)
            else {} if default is None else {"default": default}
        )
        self.streams = {name: RngStream(key, name) for name, key in {**given, **rngs}.items()}
        self.parts = None

    def __getattr__(self, name):
        if name.startswith("__") or name in ("streams", "parts"):
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

    def fork(self, *, split=None):
        """Streams of their own that follow from these, or several of each in one."""
        return self.of({name: stream.fork(split=split) for name, stream in self.streams.items()}, split)

    def part(self, i):
        """One of the several streams that each is."""
        return self.of({name: RngStream(stream.key[i], name) for name, stream in self.streams.items()})

    def of(self, streams, parts=None):
        """Random streams by name; ``parts`` is how many each of them is."""
        made = Rngs(0)
        made.streams, made.parts = streams, parts
        return made


def first_from(*args, error_msg):
    """The first argument that is not None."""
    for arg in args:
        if arg is not None:
            return arg
    raise ValueError(error_msg)
