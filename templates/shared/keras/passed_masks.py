"""Masks that calls of layers take and pass on."""

import inspect

from .masks import flat, holds_arrays, mask_of, set_mask


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
