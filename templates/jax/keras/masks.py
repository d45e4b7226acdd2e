"""Masks of arrays, which Keras passes from layer to layer: which steps of a sequence count."""

import inspect
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


def with_masks(call, args, kwargs):
    """The keywords of a call with the masks of its arrays: ``mask`` of a single one, ``query_mask`` of ``query``."""
    signature = inspect.signature(call)
    if not any(name == "mask" or name.endswith("_mask") for name in signature.parameters):
        return kwargs
    given = signature.bind_partial(*args, **kwargs).arguments
    arrays = {name: value for name, value in given.items() if holds_arrays(value)}
    names = {"mask" if len(arrays) == 1 else f"{name}_mask": value for name, value in arrays.items()}
    wanted = {name: mask_of(value) for name, value in names.items() if name in signature.parameters}
    return {**kwargs, **{name: mask for name, mask in wanted.items() if given.get(name) is None}}


def pass_mask_on(layer, inputs, outputs, mask):
    """Give the outputs of a layer the masks that it computes from that of its first argument."""
    outputs = flat(outputs)
    if not layer.supports_masking or all(mask_of(x) is not None for x in outputs):
        return
    found = layer.compute_mask(inputs, mask)
    for x, one in zip(outputs, [] if found is None else flat(found), strict=False):
        if one is not None and mask_of(x) is None:
            set_mask(x, one)


def kept(before, after):
    """An array that was made from another, with its mask."""
    if after is not before and mask_of(before) is not None:
        set_mask(after, mask_of(before))
    return after
