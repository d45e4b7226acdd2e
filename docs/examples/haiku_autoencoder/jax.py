"""An autoencoder in haiku."""

import haiku as hk
import jax
import jax.numpy as jnp


class Encoder(hk.Module):
    """Codes of images."""

    def __init__(self, latents: int, name=None):
        super().__init__(name=name)
        self.latents = latents

    def __call__(self, x):
        x = hk.Conv2D(8, kernel_shape=3, stride=2)(x)
        x = jax.nn.relu(x)
        x = hk.Flatten()(x)
        scale = hk.get_parameter("scale", (self.latents,), init=jnp.ones)
        return scale * hk.Linear(self.latents)(x)


def autoencoder(x: jax.Array) -> jax.Array:
    """The reconstructions of images of shape (batch, height, width, channels)."""
    code = Encoder(16)(x)
    y = hk.nets.MLP([64, x[0].size])(code)
    return jax.nn.sigmoid(y).reshape(x.shape)


model = hk.without_apply_rng(hk.transform(autoencoder))
