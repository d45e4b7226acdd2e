"""Layers of einops with the source's signatures."""

import einops
from flax import nnx


class Rearrange(nnx.Module):
    """Rearranges the axes as an einops pattern says."""

    def __init__(self, pattern, **axes_lengths):
        self.pattern, self.axes_lengths = pattern, axes_lengths

    def __call__(self, input):
        return einops.rearrange(input, self.pattern, **self.axes_lengths)


class Reduce(nnx.Module):
    """Reduces axes as an einops pattern says."""

    def __init__(self, pattern, reduction, **axes_lengths):
        self.pattern, self.reduction, self.axes_lengths = pattern, reduction, axes_lengths

    def __call__(self, input):
        return einops.reduce(input, self.pattern, self.reduction, **self.axes_lengths)
