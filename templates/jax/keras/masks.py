"""Masks of arrays, which Keras passes from layer to layer: which steps of a sequence count."""

import weakref

import jax

# The masks of arrays that exist, by the identity of the array.
MASKS = {}


def set_mask(x, mask):
    """Give an array a mask, for as long as the array exists."""
    key = id(x)
    MASKS[key] = (weakref.ref(x, lambda _: MASKS.pop(key, None)), mask)


def mask_of(value):
    """The mask that was given to an array, or those of several; None where there is none."""
    if isinstance(value, (list, tuple)):
        return [mask_of(item) for item in value]
    if isinstance(value, dict):
        return {key: mask_of(item) for key, item in value.items()}
    found = MASKS.get(id(value))
    return found[1] if found is not None and found[0]() is value else None


def flat(value):
    """The leaves of lists, tuples and dictionaries in order."""
    parts = list(value.values()) if isinstance(value, dict) else value
    return [leaf for part in parts for leaf in flat(part)] if isinstance(parts, (list, tuple)) else [value]


def holds_arrays(value):
    """Whether a value is an array or a structure of arrays; some may be None."""
    leaves = [leaf for leaf in flat(value) if leaf is not None]
    return bool(leaves) and all(isinstance(leaf, jax.Array) for leaf in leaves)


def kept(before, after):
    """An array that was made from another, with its mask."""
    if after is not before and mask_of(before) is not None:
        set_mask(after, mask_of(before))
    return after
