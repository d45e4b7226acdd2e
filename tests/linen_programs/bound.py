"""Values on the way, kept by sow and capture_intermediates; modules bound to variables."""
import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    def setup(self):
        self.encoder = nn.Dense(4)
        self.decoder = nn.Dense(2)

    def encode(self, x):
        h = nn.relu(self.encoder(x))
        self.sow("intermediates", "h", h)
        return h

    def __call__(self, x):
        return self.decoder(self.encode(x))


def init(key):
    return Net().init(key, jnp.ones((1, 3)))


def compute(variables):
    x = jnp.sin(jnp.arange(6.0)).reshape(2, 3)
    params = {"params": variables["params"]}
    y, kept = Net().apply(params, x, mutable=["intermediates"])
    h = kept["intermediates"]["h"][0]
    bound = Net().bind(params)
    e = bound.encode(x)
    z = bound.decoder(e)
    w = bound.encoder.variables["params"]["kernel"]
    m = Net().apply(params, x, method=Net.encode)
    m2 = Net().apply(params, x, method="encode")
    return y, h, e, z, w, m, m2
