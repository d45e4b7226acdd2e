"""The same layers hand-written in five frameworks: a model that has one under the name ``layer``, and how it is called.

Inputs and results are arrays of NumPy with the channels last; sequences are (batch, time, features).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import haiku as hk
import jax
import jax.numpy as jnp
import keras
import numpy as np
import torch
from flax import linen, nnx


@dataclass(frozen=True)
class Held:
    """A model or its dictionary of parameters, and a function of the input."""

    state: Any
    call: Callable[[np.ndarray], np.ndarray]


def images(channels=4):
    return np.random.default_rng(0).random((2, 7, 6, channels), dtype=np.float32)


def steps():
    return np.random.default_rng(0).random((2, 5, 4), dtype=np.float32)


def ids():
    return np.random.default_rng(0).integers(0, 9, (2, 5))


def _moved(name, array, rng):
    """A value for a parameter; those of variances are positive."""
    array = np.asarray(array)
    if array.dtype.kind != "f":
        return array
    noise = 0.4 * rng.standard_normal(array.shape)
    return np.abs(array + noise).astype(array.dtype) + 0.1 if "var" in name else (array + noise).astype(array.dtype)


class _Torch(torch.nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer


def of_torch(layer, call=None, first=False):
    """``first``: the layer takes images with their channels first."""
    model = _Torch(layer).eval()

    def run(x):
        x = torch.from_numpy(x)
        x = x.movedim(-1, 1) if first else x
        with torch.no_grad():
            y = call(model.layer, x) if call else model.layer(x)
        return (y.movedim(1, -1) if first else y).numpy()

    def fill(seed):
        rng = np.random.default_rng(seed)
        with torch.no_grad():
            for name, value in model.state_dict().items():
                value.copy_(torch.from_numpy(_moved(name, value.numpy(), rng)))
        return Held(model, run)

    return fill


def of_keras(layer, call=None):
    class Holder(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = layer

        def call(self, x):
            return call(self.layer, x) if call else self.layer(x)

    model = Holder()

    def fill(seed, x):
        rng = np.random.default_rng(seed)
        model(x)
        for variable in model.weights:
            if variable.dtype.startswith("float"):
                variable.assign(_moved(variable.name, variable.numpy(), rng))
        return Held(model, lambda x: np.asarray(model(x)))

    return fill


def of_nnx(layer, call=None):
    class Holder(nnx.Module):
        def __init__(self):
            self.layer = layer

    model = Holder()

    def fill(seed):
        rng = np.random.default_rng(seed)
        for path, variable in nnx.to_flat_state(nnx.state(model, (nnx.Param, nnx.BatchStat))):
            variable[...] = jnp.asarray(_moved(str(path[-1]), variable[...], rng))
            owner = model
            for part in path[:-1]:
                owner = owner[part] if isinstance(part, int) else getattr(owner, part)
            getattr(owner, path[-1])[...] = variable[...]
        model.eval()
        return Held(
            model, lambda x: np.asarray(call(model.layer, jnp.asarray(x)) if call else model.layer(jnp.asarray(x)))
        )

    return fill


def _filled(tree, rng, path=""):
    return {
        k: _filled(v, rng, path + k) if hasattr(v, "items") else jnp.asarray(_moved(path + k, v, rng))
        for k, v in tree.items()
    }


def of_linen(make, call=None):
    class Holder(linen.Module):
        def setup(self):
            self.layer = make()

        def __call__(self, x):
            return call(self.layer, x) if call else self.layer(x)

    def fill(seed, x):
        model = Holder()
        variables = _filled(model.init(jax.random.key(0), jnp.asarray(x)), np.random.default_rng(seed))
        return Held(variables, lambda x: np.asarray(model.apply(variables, jnp.asarray(x))))

    return fill


def of_haiku(function, init=None):
    """``init``: the function whose call makes the parameters, where another makes all of them."""

    def fill(seed, x):
        net = hk.without_apply_rng(hk.transform_with_state(function))
        params, state = hk.transform_with_state(init or function).init(jax.random.key(0), jnp.asarray(x))
        rng = np.random.default_rng(seed)
        held = {"params": _filled(params, rng)} | ({"state": _filled(state, rng)} if state else {})
        return Held(held, lambda x: np.asarray(net.apply(held["params"], held.get("state", {}), jnp.asarray(x))[0]))

    return fill


def _haiku_norm(training):
    return lambda x: hk.BatchNorm(True, True, 0.9, name="layer")(x, is_training=training)


def _rngs():
    return nnx.Rngs(0)


def _deep_keras(kind, both):
    """Two levels of a recurrent layer."""

    def one():
        layer = kind(5, return_sequences=True)
        return keras.layers.Bidirectional(layer) if both else layer

    return [one(), one()], lambda layers, x: layers[1](layers[0](x))


def _nnx_rnn(cell, size=4, both=False):
    def one(reverse=False):
        return nnx.RNN(cell(size, 5, rngs=_rngs()), reverse=reverse, keep_order=reverse, rngs=_rngs())

    if not both:
        return one()
    return nnx.Bidirectional(one(), nnx.RNN(cell(size, 5, rngs=_rngs()), rngs=_rngs()), rngs=_rngs())


def _chain(layers, x):
    for layer in layers:
        x = layer(x)
    return x


def _haiku_core(*cores):
    def run(x):
        core = cores[0]() if len(cores) == 1 else hk.DeepRNN([make() for make in cores])
        return hk.dynamic_unroll(core, x, core.initial_state(x.shape[0]), time_major=False)[0]

    return run


def _first(layer, x):
    return layer(x)[0]


def _torch_rnn(kind, **options):
    return of_torch(kind(4, 5, batch_first=True, **options), _first)


def _itself(layer, x):
    return layer(x, x, x)[0]


def _haiku_attention(x):
    return hk.MultiHeadAttention(2, 3, w_init=hk.initializers.RandomNormal(), model_size=6, name="layer")(x, x, x)


def _six(seed=0):
    return np.random.default_rng(seed).random((2, 5, 6), dtype=np.float32)


KL, TN = keras.layers, torch.nn
LAYERS: dict[str, tuple[Callable[[], np.ndarray], dict[str, Callable[[], Any]]]] = {
    "dense": (steps, {
        "torch": lambda: of_torch(TN.Linear(4, 5)),
        "keras": lambda: of_keras(KL.Dense(5)),
        "nnx": lambda: of_nnx(nnx.Linear(4, 5, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.Dense(5)),
        "haiku": lambda: of_haiku(lambda x: hk.Linear(5, name="layer")(x)),
    }),
    "conv": (images, {
        "torch": lambda: of_torch(TN.Conv2d(4, 6, (3, 2), groups=2), first=True),
        "keras": lambda: of_keras(KL.Conv2D(6, (3, 2), groups=2)),
        "nnx": lambda: of_nnx(nnx.Conv(4, 6, (3, 2), padding="VALID", feature_group_count=2, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.Conv(6, (3, 2), padding="VALID", feature_group_count=2)),
        "haiku": lambda: of_haiku(lambda x: hk.Conv2D(6, (3, 2), padding="VALID", feature_group_count=2, name="layer")(x)),
    }),
    "depthwise convolution": (images, {
        "torch": lambda: of_torch(TN.Conv2d(4, 8, 3, groups=4), first=True),
        "keras": lambda: of_keras(KL.DepthwiseConv2D(3, depth_multiplier=2)),
        "nnx": lambda: of_nnx(nnx.Conv(4, 8, (3, 3), padding="VALID", feature_group_count=4, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.Conv(8, (3, 3), padding="VALID", feature_group_count=4)),
        "haiku": lambda: of_haiku(lambda x: hk.DepthwiseConv2D(2, 3, padding="VALID", name="layer")(x)),
    }),
    "transposed convolution": (images, {
        "torch": lambda: of_torch(TN.ConvTranspose2d(4, 6, 3, stride=2), first=True),
        "keras": lambda: of_keras(KL.Conv2DTranspose(6, 3, strides=2)),
        "nnx": lambda: of_nnx(nnx.ConvTranspose(4, 6, (3, 3), (2, 2), padding="VALID", rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.ConvTranspose(6, (3, 3), (2, 2), padding="VALID")),
        "haiku": lambda: of_haiku(lambda x: hk.Conv2DTranspose(6, 3, 2, padding="VALID", name="layer")(x)),
    }),
    "transposed convolution, transpose_kernel": (images, {
        "torch": lambda: of_torch(TN.ConvTranspose2d(4, 6, 3, stride=2), first=True),
        "keras": lambda: of_keras(KL.Conv2DTranspose(6, 3, strides=2)),
        "nnx": lambda: of_nnx(
            nnx.ConvTranspose(4, 6, (3, 3), (2, 2), padding="VALID", transpose_kernel=True, rngs=_rngs())
        ),
    }),
    "embedding": (ids, {
        "torch": lambda: of_torch(TN.Embedding(9, 4)),
        "keras": lambda: of_keras(KL.Embedding(9, 4)),
        "nnx": lambda: of_nnx(nnx.Embed(9, 4, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.Embed(9, 4)),
        "haiku": lambda: of_haiku(lambda x: hk.Embed(9, 4, name="layer")(x)),
    }),
    "batch normalisation": (images, {
        "torch": lambda: of_torch(TN.BatchNorm2d(4), first=True),
        "keras": lambda: of_keras(KL.BatchNormalization(epsilon=1e-5)),
        "nnx": lambda: of_nnx(nnx.BatchNorm(4, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.BatchNorm(use_running_average=True)),
        "haiku": lambda: of_haiku(_haiku_norm(False), _haiku_norm(True)),
    }),
    "layer normalisation": (steps, {
        "torch": lambda: of_torch(TN.LayerNorm(4)),
        "keras": lambda: of_keras(KL.LayerNormalization(epsilon=1e-5)),
        "nnx": lambda: of_nnx(nnx.LayerNorm(4, epsilon=1e-5, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.LayerNorm(epsilon=1e-5)),
        "haiku": lambda: of_haiku(lambda x: hk.LayerNorm(-1, True, True, name="layer")(x)),
    }),
    "group normalisation": (images, {
        "torch": lambda: of_torch(TN.GroupNorm(2, 4), first=True),
        "keras": lambda: of_keras(KL.GroupNormalization(2, epsilon=1e-5)),
        "nnx": lambda: of_nnx(nnx.GroupNorm(4, 2, epsilon=1e-5, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.GroupNorm(2, epsilon=1e-5)),
        "haiku": lambda: of_haiku(lambda x: hk.GroupNorm(2, name="layer")(x)),
    }),
    "instance normalisation": (images, {
        "torch": lambda: of_torch(TN.InstanceNorm2d(4, affine=True), first=True),
        "nnx": lambda: of_nnx(nnx.InstanceNorm(4, epsilon=1e-5, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.InstanceNorm(epsilon=1e-5)),
        "haiku": lambda: of_haiku(lambda x: hk.InstanceNorm(True, True, name="layer")(x)),
    }),
    "RMS normalisation": (steps, {
        "torch": lambda: of_torch(TN.RMSNorm(4, eps=1e-5)),
        "keras": lambda: of_keras(KL.RMSNormalization(epsilon=1e-5)),
        "nnx": lambda: of_nnx(nnx.RMSNorm(4, epsilon=1e-5, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.RMSNorm(epsilon=1e-5)),
        "haiku": lambda: of_haiku(lambda x: hk.RMSNorm(-1, name="layer")(x)),
    }),
    "PReLU": (lambda: steps() - 0.5, {
        "torch": lambda: of_torch(TN.PReLU()),
        "nnx": lambda: of_nnx(nnx.PReLU()),
        "linen": lambda: of_linen(lambda: linen.PReLU()),
    }),
    "attention": (_six, {
        "torch": lambda: of_torch(TN.MultiheadAttention(6, 2, batch_first=True), _itself),
        "keras": lambda: of_keras(KL.MultiHeadAttention(2, 3), lambda layer, x: layer(x, x)),
        "nnx": lambda: of_nnx(nnx.MultiHeadAttention(2, 6, decode=False, rngs=_rngs())),
        "linen": lambda: of_linen(lambda: linen.MultiHeadDotProductAttention(2)),
        "haiku": lambda: of_haiku(_haiku_attention),
    }),
    "LSTM": (steps, {
        "torch": lambda: _torch_rnn(TN.LSTM),
        "keras": lambda: of_keras(KL.LSTM(5, return_sequences=True)),
        "nnx": lambda: of_nnx(_nnx_rnn(nnx.LSTMCell)),
        "linen": lambda: of_linen(lambda: linen.RNN(linen.LSTMCell(5))),
        "haiku": lambda: of_haiku(_haiku_core(lambda: hk.LSTM(5, name="layer"))),
    }),
    "LSTM, fused gates": (steps, {
        "torch": lambda: _torch_rnn(TN.LSTM),
        "keras": lambda: of_keras(KL.RNN(KL.LSTMCell(5), return_sequences=True)),
        "nnx": lambda: of_nnx(_nnx_rnn(nnx.OptimizedLSTMCell)),
        "linen": lambda: of_linen(lambda: linen.RNN(linen.OptimizedLSTMCell(5))),
    }),
    "LSTM of two levels": (steps, {
        "torch": lambda: _torch_rnn(TN.LSTM, num_layers=2),
        "keras": lambda: of_keras(*_deep_keras(KL.LSTM, False)),
        "nnx": lambda: of_nnx(nnx.List([_nnx_rnn(nnx.LSTMCell), _nnx_rnn(nnx.LSTMCell, 5)]), _chain),
        "haiku": lambda: of_haiku(_haiku_core(*[lambda: hk.LSTM(5, name="layer")] * 2)),
    }),
    "LSTM of two levels, stacked cells": (steps, {
        "torch": lambda: _torch_rnn(TN.LSTM, num_layers=2),
        "keras": lambda: of_keras(
            KL.RNN(KL.StackedRNNCells([KL.LSTMCell(5), KL.LSTMCell(5)]), return_sequences=True)
        ),
        "haiku": lambda: of_haiku(_haiku_core(*[lambda: hk.LSTM(5, name="layer")] * 2)),
    }),
    "LSTM in both directions": (steps, {
        "torch": lambda: _torch_rnn(TN.LSTM, bidirectional=True),
        "keras": lambda: of_keras(KL.Bidirectional(KL.LSTM(5, return_sequences=True))),
        "nnx": lambda: of_nnx(_nnx_rnn(nnx.OptimizedLSTMCell, both=True)),
        "linen": lambda: of_linen(
            lambda: linen.Bidirectional(linen.RNN(linen.LSTMCell(5)), linen.RNN(linen.LSTMCell(5)))
        ),
    }),
    "LSTM of two levels in both directions": (steps, {
        "torch": lambda: _torch_rnn(TN.LSTM, num_layers=2, bidirectional=True),
        "keras": lambda: of_keras(*_deep_keras(KL.LSTM, True)),
        "nnx": lambda: of_nnx(
            nnx.List([_nnx_rnn(nnx.LSTMCell, both=True), _nnx_rnn(nnx.LSTMCell, 10, both=True)]), _chain
        ),
    }),
    "GRU": (steps, {
        "torch": lambda: _torch_rnn(TN.GRU),
        "keras": lambda: of_keras(KL.GRU(5, return_sequences=True)),
        "linen": lambda: of_linen(lambda: linen.RNN(linen.GRUCell(5))),
    }),
    "GRU of two levels in both directions": (steps, {
        "torch": lambda: _torch_rnn(TN.GRU, num_layers=2, bidirectional=True),
        "keras": lambda: of_keras(*_deep_keras(KL.GRU, True)),
    }),
    "GRU, reset first": (steps, {
        "keras": lambda: of_keras(KL.GRU(5, return_sequences=True, reset_after=False)),
        "haiku": lambda: of_haiku(_haiku_core(lambda: hk.GRU(5, name="layer"))),
    }),
    "recurrent, tanh": (steps, {
        "torch": lambda: _torch_rnn(TN.RNN),
        "keras": lambda: of_keras(KL.SimpleRNN(5, return_sequences=True)),
        "nnx": lambda: of_nnx(_nnx_rnn(nnx.SimpleCell)),
        "linen": lambda: of_linen(lambda: linen.RNN(linen.SimpleCell(5))),
    }),
    "recurrent, ReLU": (steps, {
        "torch": lambda: _torch_rnn(TN.RNN, nonlinearity="relu"),
        "keras": lambda: of_keras(KL.SimpleRNN(5, return_sequences=True, activation="relu")),
        "haiku": lambda: of_haiku(_haiku_core(lambda: hk.VanillaRNN(5, name="layer"))),
    }),
}  # fmt: skip


def held(kind, family, seed):
    """A layer of a framework with values that follow from the seed."""
    inputs, makers = LAYERS[kind]
    make = makers[family]()
    return make(seed) if family in ("torch", "nnx") else make(seed, inputs())


def matrix():
    """The layers and the frameworks between any two of which their weights are converted, as a table for the page."""
    families = ("torch", "keras", "nnx", "linen", "haiku")
    rows = [f"| layer | {' | '.join(families)} | pairs |", f"|---|{'---|' * len(families)}---:|"]
    for kind, (_, makers) in LAYERS.items():
        marks = " | ".join("yes" if family in makers else "-" for family in families)
        rows.append(f"| {kind} | {marks} | {len(makers) * (len(makers) - 1)} |")
    return "\n".join(rows)
