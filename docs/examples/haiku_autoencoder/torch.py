"""An autoencoder in haiku."""

import torch
import torch.nn.functional as F

from torch_helpers import (
    Conv2D,
    Flatten,
    get_parameter,
    Linear,
    MLP,
    Module,
    transform,
    without_apply_rng,
)


class Encoder(Module):
    """Codes of images."""

    def __init__(self, latents: int, name=None):
        super().__init__(name=name)
        self.latents = latents

    def forward(self, x):
        x = Conv2D(8, kernel_shape=3, stride=2)(x)
        x = F.relu(x)
        x = Flatten()(x)
        scale = get_parameter("scale", (self.latents,), init=torch.ones)
        return scale * Linear(self.latents)(x)


def autoencoder(x: torch.Tensor) -> torch.Tensor:
    """The reconstructions of images of shape (batch, height, width, channels)."""
    code = Encoder(16)(x)
    y = MLP([64, x[0].numel()])(code)
    return F.sigmoid(y).reshape(x.shape)


model = without_apply_rng(transform(autoencoder))
