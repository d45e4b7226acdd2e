"""The layer that makes masks."""

from .base import Layer


class Masking(Layer):
    """Marks the steps of (batch, steps, ...) in which all values are ``mask_value``, and sets them to zero."""

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def compute_mask(self, inputs, mask=None):
        """Which steps have another value."""
        return (inputs != self.mask_value).any(-1)

    def call(self, inputs):
        return inputs * self.compute_mask(inputs)[..., None].astype(inputs.dtype)
