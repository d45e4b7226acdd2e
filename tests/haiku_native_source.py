"""Models of haiku whose layers a constructor can make; read as text by tests/test_haiku_native.py."""

import dataclasses
from collections.abc import Sequence

import haiku as hk
import jax
import jax.numpy as jnp


class Block(hk.Module):
    """A residual block."""

    def __init__(self, channels, stride=1, use_projection=False, name=None):
        super().__init__(name=name)
        self.use_projection = use_projection
        if use_projection:
            self.proj = hk.Conv2D(channels, 1, stride=stride, with_bias=False, name="shortcut")
        self.conv = hk.Conv2D(channels, 3, stride=stride, with_bias=False)
        self.norm = hk.BatchNorm(create_scale=True, create_offset=True, decay_rate=0.9)

    def __call__(self, x, is_training):
        shortcut = self.proj(x) if self.use_projection else x
        return jax.nn.relu(self.norm(self.conv(x), is_training) + shortcut)


class Convolutional(hk.Module):
    def __init__(self, num_classes, widths=(4, 6, 6), name=None):
        super().__init__(name=name)
        self.num_classes = num_classes
        self.widths = widths

    def head(self, x):
        x = jax.nn.relu(hk.Linear(8)(x))
        return hk.Linear(self.num_classes, name="logits")(x)

    def __call__(self, x, is_training):
        x = hk.Conv2D(self.widths[0], kernel_shape=3, padding="SAME")(x)
        for i, width in enumerate(self.widths):
            x = Block(width, stride=1 if i == 0 else 2, use_projection=i > 0)(x, is_training)
        x = jnp.mean(x, axis=(1, 2))
        scale = hk.get_parameter("gain", [self.widths[-1]], init=jnp.ones)
        calls = hk.get_state("calls", [], jnp.int32, init=jnp.zeros)
        hk.set_state("calls", calls + 1)
        if is_training:
            x = hk.dropout(hk.next_rng_key(), 0.1, x)
        return self.head(x * scale)


def convolutional(images, is_training):
    return Convolutional(5)(images, is_training=is_training)


class Encoder(hk.Module):
    """A Gaussian for each input."""

    def __init__(self, latent_size: int, hidden_size: int = 16):
        super().__init__()
        self._latent_size = latent_size
        self._hidden_size = hidden_size

    def __call__(self, x):
        x = hk.Flatten()(x)
        x = jax.nn.relu(hk.Linear(self._hidden_size)(x))
        mean = hk.Linear(self._latent_size)(x)
        return mean, jnp.exp(hk.Linear(self._latent_size)(x))


class Autoencoder(hk.Module):
    def __init__(self, latent_size: int, output_shape: Sequence[int], name: str | None = None):
        super().__init__(name=name)
        self.output_shape = output_shape
        self.encoder = Encoder(latent_size)
        self.decoder = hk.Sequential([
            hk.nets.MLP([16, 12], activation=jnp.tanh),
            jax.nn.relu,
            hk.Linear(output_shape[0] * output_shape[1], w_init=hk.initializers.RandomNormal(0.1)),
        ])

    def __call__(self, x):
        mean, stddev = self.encoder(x)
        z = mean + stddev * jax.random.normal(hk.next_rng_key(), mean.shape)
        return mean, jnp.reshape(self.decoder(z), (-1, *self.output_shape))


class Layered(hk.Module):
    """Lists of layers, made in two ways."""

    def __init__(self, depth, width, name=None):
        super().__init__(name=name)
        self.norms = [hk.LayerNorm(-1, True, True) for _ in range(depth)]
        self.layers = []
        for _ in range(depth):
            self.layers.append(hk.Linear(width))

    def __call__(self, x):
        for norm, layer in zip(self.norms, self.layers):
            x = jax.nn.gelu(layer(norm(x)))
        return x


@dataclasses.dataclass
class Attending(hk.Module):
    """Tokens that see those before them."""

    vocabulary: int
    width: int
    heads: int = 2
    name: str | None = None

    def __call__(self, tokens):
        init = hk.initializers.VarianceScaling(2.0)
        x = hk.Embed(self.vocabulary, self.width, w_init=hk.initializers.TruncatedNormal(0.02))(tokens)
        x = x + hk.get_parameter("positions", [tokens.shape[1], self.width], init=init)
        mask = jnp.tril(jnp.ones((1, 1, tokens.shape[1], tokens.shape[1])))
        attention = hk.MultiHeadAttention(self.heads, 3, w_init=init, model_size=self.width)
        y = hk.LayerNorm(axis=-1, create_scale=True, create_offset=True)(x)
        x = x + attention(y, y, y, mask=mask)
        x = Layered(2, self.width)(x)
        return hk.Linear(self.vocabulary, with_bias=False)(x)


class Towers(hk.Module):
    """Loops that make several layers at a turn, with layers of the same classes before, between and behind."""

    def __init__(self, widths=(4, 5, 6), depth=2, final=True):
        super(Towers, self).__init__()  # noqa: UP008
        self.widths, self.depth = widths, depth
        self.final = final
        self.options = {"w_init": hk.initializers.RandomNormal(0.3)}

    def __call__(self, x):
        x = hk.Linear(3)(x)
        for width in self.widths:
            y = jnp.tanh(hk.Linear(width, **self.options)(x))
            x = hk.LayerNorm(-1, True, True)(hk.Linear(width, **self.options)(y) + y)
        x = hk.Linear(4, name="bridge")(x)
        for i in range(self.depth):
            x = hk.Linear(4 + i, name="numbered_{}".format(i))(x)  # noqa: UP032
            x = jax.nn.relu(hk.Linear(4, name=None)(x))
            if i > 0:
                x = x * hk.get_parameter(f"factor_{i}", [4], init=jnp.ones)
        if self.final:
            return hk.Linear(2)(x)
        else:
            return hk.Linear(3)(x)


class Deciding(hk.Module):
    """Layers that only some inputs need, behind a return, and of one name in a loop."""

    def __init__(self, width, depth=2, name=None):
        super().__init__(name=f"{name or 'deciding'}_net")
        self.width, self.depth = width, depth

    def __call__(self, x, logits=True):
        if x.ndim == 3:
            x = hk.Conv1D(self.width, 2)(x).mean(1)
        y = hk.Linear(self.width, name="shared")(x) if logits else hk.Linear(self.width, name="shared")(x + 1.0)
        for _ in range(self.depth):
            net = hk.Sequential([hk.Linear(self.width, name="inner"), jnp.tanh])
            y = hk.LayerNorm(-1, True, True, name="norm")(net(y))
        if not logits:
            return y
        y = hk.LayerNorm(-1, True, True, name="last")(y)
        return hk.Linear(2, name="last")(y)


class Recurrent(hk.Module):
    def __init__(self, width):
        super().__init__()
        self.core = hk.DeepRNN([hk.LSTM(width), jax.nn.relu, hk.GRU(width)])

    def __call__(self, x):
        state = self.core.initial_state(x.shape[1])
        y, _ = hk.dynamic_unroll(self.core, x, state)
        return hk.BatchApply(hk.Linear(3))(y)


class Composed(hk.Module):
    def __init__(self, first: Encoder, second: hk.Module):
        super().__init__(name="parts")
        self.first = first
        self.second = second

    def __call__(self, x):
        return self.second(self.first(x)[0])


def mixed(images):
    """A function with layers of its own."""
    x = images / 2.0
    mlp = hk.Sequential([hk.Flatten(), hk.Linear(7), jax.nn.relu, hk.Linear(4)])
    return mlp(x) * hk.get_parameter("factor", [4], init=hk.initializers.Constant(2.0))


@hk.without_apply_rng
@hk.transform
def composed(x):
    """A module of modules that are made outside of it."""
    parts = Composed(first=Encoder(3, 4), second=Layered(2, 5))
    return parts(x)


network = hk.transform_with_state(convolutional)
autoencoder = hk.transform(lambda x: Autoencoder(3, (4, 5))(x))
attending = hk.without_apply_rng(hk.transform(lambda tokens: Attending(11, 6)(tokens)))
recurrent = hk.without_apply_rng(hk.transform(lambda x: Recurrent(4)(x)))
towers = hk.without_apply_rng(hk.transform(lambda x: Towers()(x)))
deciding = hk.without_apply_rng(hk.transform(lambda x, logits: Deciding(4)(x, logits)))
mixing = hk.without_apply_rng(hk.transform(mixed))
