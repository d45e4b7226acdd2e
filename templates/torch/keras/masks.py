"""Masks of arrays, which Keras passes from layer to layer: which steps of a sequence count."""


import torch


def set_mask(x, mask):
    """Give a tensor a mask."""
    x._keras_mask = mask


def mask_of(value):
    """The mask that was given to an array, or those of several; None where there is none."""
    if isinstance(value, (list, tuple)):
        return [mask_of(item) for item in value]
    if isinstance(value, dict):
        return {key: mask_of(item) for key, item in value.items()}
    return getattr(value, "_keras_mask", None)


def flat(value):
    """The leaves of lists, tuples and dictionaries in order."""
    parts = list(value.values()) if isinstance(value, dict) else value
    return [leaf for part in parts for leaf in flat(part)] if isinstance(parts, (list, tuple)) else [value]


def holds_arrays(value):
    """Whether a value is an array or a structure of arrays; some may be None."""
    leaves = [leaf for leaf in flat(value) if leaf is not None]
    return bool(leaves) and all(isinstance(leaf, torch.Tensor) for leaf in leaves)
