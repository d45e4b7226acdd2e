"""Layers of einops with the source's signatures."""

import einops

from .module import Module


class Rearrange(Module):
    """Rearranges the axes as an einops pattern says."""

    def __init__(self, pattern, **axes_lengths):
        super().__init__()
        self.pattern, self.axes_lengths = pattern, axes_lengths

    def call(self, input):
        return einops.rearrange(input, self.pattern, **self.axes_lengths)


class Reduce(Module):
    """Reduces axes as an einops pattern says."""

    def __init__(self, pattern, reduction, **axes_lengths):
        super().__init__()
        self.pattern, self.reduction, self.axes_lengths = pattern, reduction, axes_lengths

    def call(self, input):
        return einops.reduce(input, self.pattern, self.reduction, **self.axes_lengths)
