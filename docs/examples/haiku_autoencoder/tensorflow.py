"""An autoencoder in haiku."""

import tensorflow as tf

from tensorflow_helpers import (
    Conv2D,
    Flatten,
    get_parameter,
    Linear,
    MLP,
    Module,
    numel,
    product,
    shape_of,
    transform,
    without_apply_rng,
)


class Encoder(Module):
    """Codes of images."""

    def __init__(self, latents: int, name=None):
        super().__init__(name=name)
        self.latents = latents

    def call(self, x):
        x = Conv2D(8, kernel_shape=3, stride=2)(x)
        x = tf.nn.relu(x)
        x = Flatten()(x)
        scale = get_parameter("scale", (self.latents,), init=tf.ones)
        return product(scale, Linear(self.latents)(x))


def autoencoder(x: tf.Tensor) -> tf.Tensor:
    """The reconstructions of images of shape (batch, height, width, channels)."""
    code = Encoder(16)(x)
    y = MLP([64, numel(x[0])])(code)
    return tf.reshape(tf.sigmoid(y), shape_of(x))


model = without_apply_rng(transform(autoencoder))
