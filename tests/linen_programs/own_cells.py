"""A recurrent cell of one's own, run over sequences beside flax's cells."""

import flax.linen as nn
import jax.numpy as jnp


class GatedCell(nn.RNNCellBase):
    features: int

    @nn.compact
    def __call__(self, carry, x):
        gate = nn.sigmoid(nn.Dense(self.features, name="gate")(jnp.concatenate([carry, x], -1)))
        carry = gate * carry + (1 - gate) * nn.tanh(nn.Dense(self.features, name="new")(x))
        return carry, carry

    @nn.nowrap
    def initialize_carry(self, rng, input_shape):
        return jnp.zeros(input_shape[:-1] + (self.features,))

    @property
    def num_feature_axes(self):
        return 1


class Tagger(nn.Module):
    hidden: int = 3

    @nn.compact
    def __call__(self, x, lengths):
        carry, x = nn.RNN(GatedCell(self.hidden), return_carry=True)(x, seq_lengths=lengths)
        x = nn.Bidirectional(nn.RNN(nn.SimpleCell(2)), nn.RNN(GatedCell(2)))(x)
        return carry, nn.Dense(2)(x)


def init(key):
    return Tagger().init(key, jnp.ones((2, 4, 3)), jnp.array([4, 2]))


def compute(variables):
    x = jnp.sin(jnp.arange(24.0)).reshape(2, 4, 3)
    return Tagger().apply(variables, x, jnp.array([4, 2]))
