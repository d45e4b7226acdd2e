"""Several functions of the same modules, transformed together."""
import haiku as hk
import jax.numpy as jnp


def autoencoder():
    encoder = hk.nets.MLP([8, 3], name="encoder")
    decoder = hk.nets.MLP([8, 4], name="decoder")

    def encode(x):
        return encoder(x)

    def decode(z):
        return decoder(z)

    def init(x):
        return decode(encode(x))

    return init, (encode, decode)


net = hk.multi_transform(autoencoder)


def init(key):
    return net.init(key, jnp.ones((1, 4)))


def compute(params):
    encode, decode = net.apply
    x = jnp.sin(jnp.arange(8.0)).reshape(2, 4)
    z = encode(params, None, x)
    return z, decode(params, None, z)
