"""An autoencoder in haiku."""

import numpy as np

from numpy_helpers import (
    Conv2D,
    Flatten,
    get_parameter,
    Linear,
    MLP,
    Module,
    relu,
    sigmoid,
    transform,
    without_apply_rng,
)


class Encoder(Module):
    """Codes of images."""

    def __init__(self, latents: int, name=None):
        super().__init__(name=name)
        self.latents = latents

    def __call__(self, x):
        x = Conv2D(8, kernel_shape=3, stride=2)(x)
        x = relu(x)
        x = Flatten()(x)
        scale = get_parameter(
            "scale", (self.latents,), init=lambda x: np.ones(x, dtype=np.float32)
        )
        return scale * Linear(self.latents)(x)


def autoencoder(x: np.ndarray) -> np.ndarray:
    """The reconstructions of images of shape (batch, height, width, channels)."""
    code = Encoder(16)(x)
    y = MLP([64, x[0].size])(code)
    return sigmoid(y).reshape(x.shape)


model = without_apply_rng(transform(autoencoder))
