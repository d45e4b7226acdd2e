"""Names of layers and weights, and the numbers in them."""

import collections
import re


def snake_case(name):
    """``Conv2D`` -> ``conv2d``, ``LayerNorm`` -> ``layer_norm``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()


# How many layers of each class were named by their class.
NAMED = collections.Counter()


def unique_name(kind):
    """A name such as ``conv2d_1`` for a layer that was given none."""
    word = snake_case(kind)
    NAMED[word] += 1
    return f"{word}_{NAMED[word] - 1}" if NAMED[word] > 1 else word


# How many numbers were asked for with each prefix.
UIDS = collections.Counter()


def get_uid(prefix=""):
    """How many times a number was asked for with this prefix."""
    UIDS[prefix] += 1
    return UIDS[prefix]
