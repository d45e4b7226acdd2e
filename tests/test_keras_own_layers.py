"""Layers of Keras that become PyTorch's own where nothing in the project can tell, and all that keeps the templates."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")

import ivy  # noqa: E402
from ivy.s2s.api import source_to_source  # noqa: E402
from ivy.s2s.keras_sequences import activation_forms  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

ENCODER = '''"""A classifier of texts."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class FeedForward(layers.Layer):
    """Two affine maps with dropout between them."""

    def __init__(self, units, hidden, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(hidden, activation="gelu")
        self.outer = layers.Dense(units)
        self.dropout = layers.Dropout(rate)

    def call(self, x, training=False):
        return self.outer(self.dropout(self.inner(x), training=training))


class Encoder(keras.Model):
    def __init__(self, words, units=16, hidden=32, classes=3, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.embed = layers.Embedding(words, units)
        self.blocks = [FeedForward(units, hidden, rate) for _ in range(2)]
        self.norms = [layers.LayerNormalization(epsilon=1e-6) for _ in range(2)]
        self.head = layers.Dense(classes, use_bias=False)

    def call(self, tokens, training=False):
        x = self.embed(tokens)
        for block, norm in zip(self.blocks, self.norms):
            x = norm(x + block(x, training=training))
        return self.head(tf.reduce_mean(x, axis=1))
'''
CONVERTED = '''"""A classifier of texts."""

import torch
import torch.nn.functional as F
from torch import nn

from torch_helpers import Dropout, Embedding, LazyLayerNorm, LazyLinear, Linear


class FeedForward(nn.Module):
    """Two affine maps with dropout between them."""

    def __init__(self, units, hidden, rate=0.1):
        super().__init__()
        self.inner = LazyLinear(hidden)
        self.outer = Linear(hidden, units)
        self.dropout = Dropout(rate)

    def forward(self, x, training=False):
        return self.outer(self.dropout(F.gelu(self.inner(x)), training=training))


class Encoder(nn.Module):
    def __init__(self, words, units=16, hidden=32, classes=3, rate=0.1):
        super().__init__()
        self.embed = Embedding(words, units)
        self.blocks = nn.ModuleList(
            [FeedForward(units, hidden, rate) for _ in range(2)]
        )
        self.norms = nn.ModuleList([LazyLayerNorm(eps=1e-6) for _ in range(2)])
        self.head = LazyLinear(classes, bias=False)

    def forward(self, tokens, training=False):
        x = self.embed(tokens)
        for block, norm in zip(self.blocks, self.norms):
            x = norm(x + block(x, training=training))
        return self.head(torch.mean(x, dim=1))
'''
TRAINING = """

def train_step(model, optimizer, tokens, labels):
    with tf.GradientTape() as tape:
        logits = model(tokens, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


def make_optimizer(rate):
    return keras.optimizers.SGD(rate, momentum=0.9)
"""
ACTIVATIONS = sorted(activation_forms(load()["torch"]))
TOKENS = np.random.default_rng(0).integers(0, 11, (4, 5))


def written(text: str, folder: Path, name: str = "model") -> tuple[str, str]:
    """The code of a project of one module, and its helpers."""
    source = folder / "source" / f"{name}.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text(text)
    report = source_to_source(source, source="tensorflow", to="torch", out=folder / "torch" / f"{name}.py")
    assert not report.errors and not report.sites["refused"], report.diagnostics
    helpers = folder / "torch" / "torch_helpers.py"
    return (folder / "torch" / f"{name}.py").read_text(), helpers.read_text() if helpers.exists() else ""


def imported(folder: Path, name: str = "model"):
    """A module of a folder that may have helpers of its own."""
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        for gone in ("torch_helpers", name):
            sys.modules.pop(gone, None)


def both(text: str, folder: Path):
    """The source and what it becomes, as modules."""
    written(text, folder)
    return imported(folder / "source"), imported(folder / "torch")


def made(source, *args, **kwargs):
    """A model of Keras with weights that show every difference."""
    model = source.Encoder(*args, **kwargs)
    model(TOKENS)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape).astype("float32"))
    return model


@pytest.fixture(scope="module")
def encoders(tmp_path_factory):
    return both(ENCODER + TRAINING, tmp_path_factory.mktemp("keras_own_layers"))


def test_the_code_is_pytorchs(tmp_path):
    code, helpers = written(ENCODER, tmp_path)
    assert code == CONVERTED
    assert helpers.count("\n") < 65


def test_the_layers_are_pytorchs(encoders):
    model = encoders[1].Encoder(11)
    model(torch.tensor(TOKENS))
    kinds = {name: type(module) for name, module in model.named_modules()}
    assert type(model).__bases__ == (torch.nn.Module,) and type(model.blocks) is torch.nn.ModuleList
    assert kinds["head"] is kinds["blocks.0.inner"] is torch.nn.Linear and kinds["norms.1"] is torch.nn.LayerNorm
    assert issubclass(kinds["embed"], torch.nn.Embedding) and issubclass(kinds["blocks.0.dropout"], torch.nn.Dropout)
    assert {name.rpartition(".")[2] for name in model.state_dict()} == {"weight", "bias"}
    assert model.norms[0].eps == 1e-6 and model.head.bias is None


def test_results_gradients_and_steps_are_the_sources(encoders):
    source, converted = encoders
    theirs, ours = made(source, 11, rate=0.0), converted.Encoder(11, rate=0.0)
    ours(torch.tensor(TOKENS))
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(ours(torch.tensor(TOKENS)).detach(), theirs(TOKENS), atol=1e-5)
    labels = TOKENS[:, 0] % 3
    optimizers = source.make_optimizer(1e-2), converted.make_optimizer(1e-2)
    given = torch.tensor(TOKENS), torch.tensor(labels)
    losses = [float(source.train_step(theirs, optimizers[0], TOKENS, labels))]
    found = [float(converted.train_step(ours, optimizers[1], *given))]
    stepped = source.Encoder(11, rate=0.0)
    stepped(TOKENS)
    ivy.load_weights(stepped, ours)
    for mine, wanted in zip(stepped.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-5)
    losses += [float(source.train_step(theirs, optimizers[0], TOKENS, labels)) for _ in range(4)]
    found += [float(converted.train_step(ours, optimizers[1], *given)) for _ in range(4)]
    assert losses[-1] < losses[0]
    np.testing.assert_allclose(found, losses, rtol=1e-4)


@pytest.mark.parametrize("called", [True, False])
@pytest.mark.parametrize("kept", ["model", "model.weights.h5"])
def test_weights_go_both_ways(encoders, kept, called, tmp_path):
    source, converted = encoders
    theirs, ours = made(source, 11), converted.Encoder(11)
    if called:
        ours(torch.tensor(TOKENS))
    if kept != "model":
        theirs.save_weights(tmp_path / kept)
    ivy.load_weights(ours, theirs if kept == "model" else tmp_path / kept)
    np.testing.assert_allclose(ours(torch.tensor(TOKENS)).detach(), theirs(TOKENS), atol=1e-5)
    back = source.Encoder(11)
    back(TOKENS)
    ivy.load_weights(back, ours)
    for found, wanted in zip(back.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(found, wanted)


LISTS = """
from tensorflow.keras import Model, layers


class Encoder(Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(11, 4)
        self.before = layers.Dense(4)
        self.zones = []
        self.yards = []
        for _ in range(2):
            self.zones.append(layers.Dense(4))
            self.yards.append(layers.Dense(4))

    def call(self, x):
        x = self.before(self.embed(x))
        for zone, yard in zip(self.zones, self.yards):
            x = zone(x) + 2 * yard(x)
        return x
"""


SWAPPED = """
from tensorflow.keras import Model, layers


class Encoder(Model):
    def __init__(self):
        super().__init__()
        self.embed = layers.Embedding(11, 4)
        first, second = layers.Dense(4), layers.Dense(4)
        self.right, self.zone = second, first
        self.many = []
        for _ in range(2):
            self.many.append(layers.Dense(4))
        self.yard = layers.Dense(4)

    def call(self, x):
        for layer in self.many:
            x = layer(self.embed(x) if x.shape[-1] == 5 else x)
        return self.right(self.zone(self.yard(x)))
"""


@pytest.mark.parametrize("text", [LISTS, SWAPPED], ids=["lists", "swapped"])
def test_layers_of_a_file_are_where_keras_has_them(text, tmp_path):
    is_own = "class LazyLinear" in written(text, tmp_path)[1]
    assert is_own == (text is SWAPPED)  # the lists are filled in turns, which modules do not see
    source, converted = both(text, tmp_path)
    theirs, ours = made(source), converted.Encoder()
    ours(torch.tensor(TOKENS))
    theirs.save_weights(tmp_path / "model.weights.h5")
    ivy.load_weights(ours, tmp_path / "model.weights.h5")
    np.testing.assert_allclose(ours(torch.tensor(TOKENS)).detach(), theirs(TOKENS), rtol=1e-4, atol=1e-4)


def test_dropout_is_told_at_the_calls(encoders):
    model = encoders[1].Encoder(11, rate=0.5)
    tokens = torch.tensor(TOKENS)
    assert torch.equal(model(tokens), model(tokens))
    assert not torch.equal(model(tokens, training=True), model(tokens, training=True))
    drop = model.blocks[0].dropout
    dropped = drop(torch.ones(1000), training=True)
    assert set(dropped.unique().tolist()) == {0.0, 2.0} and 0.4 < (dropped == 0).float().mean() < 0.6


def test_initial_values_are_distributed_as_the_sources():
    own = importlib.import_module("ivy.templates.torch.keras_own.layers")
    torch.manual_seed(0)
    ours, theirs = own.LazyLinear(2048), keras.layers.Dense(2048)
    ours(torch.zeros(1, 64))
    theirs(np.zeros((1, 64)))
    alike(ours.weight.detach().numpy().T, np.asarray(theirs.kernel))
    assert isinstance(ours, torch.nn.Linear) and not ours.bias.any()
    ours, theirs = own.Embedding(2048, 64), keras.layers.Embedding(2048, 64)
    theirs(np.zeros((1,)))
    alike(ours.weight.detach().numpy(), np.asarray(theirs.embeddings))


def alike(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Two draws of one distribution: moments, range and quantiles of 131,072 numbers."""
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours.std(), theirs.std(), rtol=0.02)
    np.testing.assert_allclose(abs(ours).max(), abs(theirs).max(), rtol=0.02)
    levels = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(np.quantile(ours, levels), np.quantile(theirs, levels), atol=0.03 * theirs.std())


TELLS = [
    ("self.norms = [", "self.more, self.most = [], []\n        self.fill()\n        self.norms = ["),
    ("self.head = ", "self.more = {'a': layers.Dense(3)}\n        self.head = "),
    ("self.head = ", "self.more = (layers.Dense(3),)\n        self.head = "),
    ("self.embed(tokens)", "self.embed(tokens) @ self.head.kernel"),
    ("self.embed(tokens)", "self.embed(tokens) * self.head.units"),
    ("self.head(", "self.head(training=training, inputs="),
    ("layers.Dense(units)", "layers.Dense(units, bias_initializer='ones')"),
    ("layers.Dense(units)", "layers.Dense(units, kernel_regularizer='l2')"),
    ("layers.Dense(units)", "layers.Dense(units, trainable=False)"),
    ("layers.Dense(units)", "keras.Sequential([layers.Dense(units), layers.GaussianNoise(0.1)])"),
    ("layers.Dense(units)", "keras.Sequential([layers.Dense(units, activation='hard_tanh')])"),
    ("layers.Dense(units)", "keras.Sequential([layer for layer in [layers.Dense(units)]])"),
    ("self.embed = ", "self.stack = keras.Sequential([layers.Dense(units)])\n        self.stack.add(layers.Dense(3))\n        self.embed = "),
    ("\n\nclass FeedForward", "\n\ndef stack():\n    return keras.Sequential([layers.Dense(3)])\n\n\nclass FeedForward"),
    ("layers.Dense(units)", "layers.TimeDistributed(layers.Dense(units))"),
    ("\n\nclass FeedForward", "\n\nDENSE = layers.Dense\n\n\nclass FeedForward"),
    ("\n\nclass FeedForward", "\n\nclass Wide(layers.Dense):\n    pass\n\n\nclass FeedForward"),
    ("self.head = ", "self.blocks[0].trainable = False\n        self.head = "),
    ("self.head(tf", "len(self.get_weights()) + self.head(tf"),
    ("self.head(tf", "len(self.layers) + self.head(tf"),
    ("self.head(tf", "sum(tf.shape(w)[0] for w in self.trainable_weights) + self.head(tf"),
    ("self.head(tf", "sum(isinstance(b, layers.Dense) for b in self.blocks) + self.head(tf"),
    ("self.head(tf", "sum(isinstance(b, layers.Layer) for b in self.blocks) + self.head(tf"),
    ("self.head(tf", "getattr(self.head, 'kernel')[0, 0] + self.head(tf"),
    ("layers.Dense(units)", "layers.Dense(units, dtype='float64')"),
]


FILLED = """
    def fill(self):
        for _ in range(2):
            self.more.append(layers.Dense(3))
            self.most.append(layers.Dense(3))
"""


@pytest.mark.parametrize(("old", "new"), TELLS)
def test_what_tells_keeps_the_template(old, new, tmp_path):
    text = ENCODER.replace(old, new, 1) + FILLED * ("self.fill" in new)
    assert text != ENCODER
    assert "class LazyLinear" not in written(text, tmp_path)[1]


ACTIVATED = """
import tensorflow as tf
from tensorflow.keras import Model, layers


def squared(x):
    return x * x


class Net(Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Dense(4, activation="relu", use_bias=False)
        self.second = layers.Dense(4, "tanh")
        self.third = layers.Dense(4, activation=tf.nn.softmax, name="third")
        self.fourth = layers.Dense(4, activation=squared)
        self.fifth = layers.Dense(4, activation="linear")

    def call(self, x):
        return self.fifth(self.fourth(self.third(self.second(self.first(x)) + self.second(x))))
"""


def test_activations_are_applied_at_the_calls(tmp_path):
    code, helpers = written(ACTIVATED, tmp_path)
    assert code.endswith("""
        self.first = LazyLinear(4, bias=False)
        self.second = LazyLinear(4)
        self.third = Linear(4, 4)
        self.fourth = Linear(4, 4)
        self.fifth = LazyLinear(4)

    def forward(self, x):
        return self.fifth(
            squared(
                self.fourth(
                    F.softmax(
                        self.third(
                            torch.tanh(self.second(F.relu(self.first(x))))
                            + torch.tanh(self.second(x))
                        ),
                        dim=-1,
                    )
                )
            )
        )
""")
    theirs, ours = imported(tmp_path / "source").Net(), imported(tmp_path / "torch").Net()
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    theirs(x)
    ours(torch.tensor(x))
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(ours(torch.tensor(x)).detach(), theirs(x), atol=1e-5)


SIZED = """
import tensorflow as tf
from tensorflow.keras import Model, layers


class Encoder(Model):
    def __init__(self, width, depth=2, **kwargs):
        super().__init__(**kwargs)
        self.embed = layers.Embedding(11, width)
        self.first_norm = layers.LayerNormalization()
        self.wide = layers.Dense(4 * width, activation="gelu")
        self.narrow = layers.Dense(width, use_bias=False)
        self.second_norm = layers.LayerNormalization(epsilon=1e-5)
        self.dropout = layers.Dropout(0.1)
        self.head = layers.Dense(3)

    def call(self, tokens, training=False):
        x = self.embed(tokens)
        y = self.first_norm(x)
        if training:
            y = self.dropout(y, training=training)
        y = self.narrow(tf.nn.relu(-self.wide(y)))
        return self.head(self.second_norm(0.5 * x + y))
"""
SIZES = """
        self.embed = Embedding(11, width)
        self.first_norm = nn.LayerNorm(width, eps=0.001)
        self.wide = Linear(width, 4 * width)
        self.narrow = Linear(4 * width, width, bias=False)
        self.second_norm = nn.LayerNorm(width, eps=1e-5)
        self.dropout = Dropout(0.1)
        self.head = Linear(width, 3)
"""


def test_sizes_of_inputs_are_found(tmp_path):
    code, helpers = written(SIZED, tmp_path)
    assert SIZES in code and "Lazy" not in code
    theirs = made(imported(tmp_path / "source"), 8)
    ours = imported(tmp_path / "torch").Encoder(8)
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(ours(torch.tensor(TOKENS)).detach(), theirs(TOKENS), atol=1e-5)
    assert type(ours.first_norm) is torch.nn.LayerNorm and bool((imported(tmp_path / "torch").Encoder(8).wide.bias == 0).all())


@pytest.mark.parametrize(
    ("old", "new", "lazy"),
    [
        ("0.5 * x + y", "0.5 * x + tokens[..., None]", "self.second_norm = LazyLayerNorm(eps=1e-5)"),
        ("0.5 * x + y", "tf.concat([x, y], -1)", "self.second_norm = LazyLayerNorm(eps=1e-5)"),
        ('activation="gelu"', 'activation="glu"', "self.narrow = LazyLinear(width, bias=False)"),
        ("0.5 * x + y", "x @ y", "self.second_norm = LazyLayerNorm(eps=1e-5)"),
        ("self.head(self", "self.head(self.wide(x)) + self.head(self", "self.head = LazyLinear(3)"),
        ("self.head(self", "sum(self.head(z) for z in [x]) + self.head(self", "self.head = LazyLinear(3)"),
        ("        y = self.first", "        for x in [tokens]:\n            pass\n        y = self.first", "self.first_norm = LazyLayerNorm()"),
        ("        self.wide", "        width = 2 * width\n        self.wide", "self.first_norm = LazyLayerNorm()"),
        ("    def call", "    def grow(self, width):\n        self.head = layers.Dense(width)\n\n    def call", "self.head = LazyLinear(3)"),
    ],
)  # fmt: skip
def test_sizes_that_are_not_sure_are_found_at_the_call(old, new, lazy, tmp_path):
    text = SIZED.replace(old, new, 1)
    assert text != SIZED
    assert lazy in written(text, tmp_path)[0]


MAPS = "".join(
    f"        self.{name} = keras.Sequential([layers.Dense(6, activation={name!r}, name='first'), layers.Dense(units)])\n"
    for name in ACTIVATIONS
)
SEQUENCES = f"""
from tensorflow import keras
from tensorflow.keras import Model, layers


class Encoder(Model):
    def __init__(self, units):
        super().__init__()
        self.embed = layers.Embedding(11, units)
        self.zoom = keras.Sequential([layers.Flatten(), layers.Dense(5), layers.LayerNormalization(), layers.ReLU()])
{MAPS}
    def call(self, tokens):
        x = self.embed(tokens)
        return self.zoom({" + ".join(f"self.{name}(x)" for name in ACTIVATIONS)})
"""


@pytest.fixture(scope="module")
def sequences(tmp_path_factory):
    return both(SEQUENCES, tmp_path_factory.mktemp("keras_sequences"))


@pytest.mark.parametrize("kept", ["model", "model.weights.h5"])
def test_sequences_are_pytorchs(sequences, kept, tmp_path):
    source, converted = sequences
    theirs, ours = made(source, 8), converted.Encoder(8)
    assert type(ours.relu) is torch.nn.Sequential and len(ours.relu) == 3 and type(ours.zoom[0]) is torch.nn.Flatten
    assert type(ours.zoom[2]) is torch.nn.LayerNorm and ours.relu[2].in_features == 6
    if kept != "model":
        theirs.save_weights(tmp_path / kept)
    ivy.load_weights(ours, theirs if kept == "model" else tmp_path / kept)
    np.testing.assert_allclose(ours(torch.tensor(TOKENS)).detach(), theirs(TOKENS), atol=1e-5)
    back = made(source, 8)
    for weight in back.weights:
        weight.assign(weight * 0)
    ivy.load_weights(back, ours)
    np.testing.assert_allclose(back(TOKENS), theirs(TOKENS), atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_each_activation_of_a_sequence(sequences, name):
    theirs, ours = made(sequences[0], 8), sequences[1].Encoder(8)
    ivy.load_weights(ours, theirs)
    x = np.random.default_rng(2).normal(size=(4, 5, 8)).astype("float32")
    np.testing.assert_allclose(getattr(ours, name)(torch.tensor(x)).detach(), getattr(theirs, name)(x), atol=1e-5)


KEEPS_BASE = [
    ("\n\nclass Encoder", "\n\ndef other():\n    class Other(layers.Layer):\n        pass\n\n    return Other()\n\n\nclass Encoder"),
    ("block(x, training=training)", "block(x)"),
    ("self.dropout(self.inner(x), training=training)", "self.dropout(self.inner(x))"),
    ("def call(self, x, training=False)", "def call(self, x)"),
    ("layers.Dense(units)", "layers.Dense(units) if units else layers.PReLU()"),
    ("super().__init__(**kwargs)", "super().__init__(dtype='float32', **kwargs)"),
    ("super().__init__(**kwargs)", "self.outer = layers.Dense(units)\n        super().__init__(**kwargs)"),
    ("super().__init__(**kwargs)", "super().__init__(**kwargs)\n        self.options = kwargs"),
    ("FeedForward(units, hidden, rate)", "FeedForward(units, hidden, rate, name='block')"),
    ("[FeedForward(units, hidden, rate) for _ in range(2)]", "list(self.make(units, hidden, rate))"),
    ("self.embed = ", "self.embed, self.other = layers.Embedding(3, 3), "),
    ("self.head(tf", "self.add_weight(shape=(3,)) + self.head(tf"),
    ("self.head(tf", "len(self.name) + self.head(tf"),
    ("\n\nclass Encoder", "\n\ndef train(model, x, y):\n    model.compile('sgd', 'mse')\n    model.fit(x, y)\n\n\nclass Encoder"),
    ("\n\nclass Encoder", "\n\ndef train(model, x):\n    return model.predict(x)\n\n\nclass Encoder"),
    ("    def call(self, x,", "    def get_config(self):\n        return {}\n\n    def call(self, x,"),
    ("    def call(self, x,", "    def build(self, shape):\n        self.extra = layers.Dense(3)\n\n    def call(self, x,"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), KEEPS_BASE)
def test_what_keeps_the_base_class_of_keras(old, new, tmp_path):
    text = ENCODER.replace(old, new, 1).replace("    def call(self, tokens", "    def make(self, *args):\n        return [FeedForward(*args)]\n\n    def call(self, tokens", "self.make" in new)
    assert text != ENCODER
    code, helpers = written(text, tmp_path)
    assert "class FeedForward(Layer)" in code and "class Layer(nn.Module)" in helpers and "class LazyLinear" in helpers


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.first(x)", "self.first.activation(x)"),
        ("self.first(x)", "[layer(x) for layer in (self.first,)][0]"),
        ("self.first(x)", "getattr(self, 'first')(x)"),
        ("self.first = ", "self.first = self.other = "),
        ("activation=squared", "activation=lambda x: x"),
        ("def __init__(self):", "def __init__(self, squared):"),
        ("\n\nclass Net", "\n\ndef f(net, x):\n    return net.first(x)\n\n\nclass Net"),
        ("\n\nclass Net(Model)", "\n\nclass Base(Model):\n    def f(self, x):\n        return self.first(x)\n\n\nclass Net(Base)"),
    ],
)
def test_what_is_called_elsewhere_keeps_its_activation(old, new, tmp_path):
    text = ACTIVATED.replace(old, new, 1)
    assert text != ACTIVATED
    assert "class LazyLinear" not in written(text, tmp_path)[1]


def test_what_tells_of_one_class_keeps_its_template(tmp_path):
    text = ENCODER.replace("norm(x + block(x, training=training))", "norm(x + block(x), training=training)")
    helpers = written(text, tmp_path)[1]
    assert "class LayerNormalization(Layer)" in helpers and "class LazyLinear(" in helpers


NO_TELLS = [
    ("class Encoder(keras.Model)", "class Scale(layers.Layer):\n    def build(self, shape):\n        self.kernel = self."
     "add_weight(shape=(shape[-1],), name='kernel')\n\n    def call(self, x):\n        return x * self.kernel\n\n\n"
     "class Encoder(keras.Model)"),
    ("layers.Dense(units)", "layers.Dense(units, name='outer')"),
    ("tokens, training=False):", "tokens: tf.Tensor, training: bool = False) -> tf.Tensor:"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), NO_TELLS)
def test_what_does_not_tell(old, new, tmp_path):
    text = ENCODER.replace(old, new, 1)
    assert text != ENCODER
    helpers = written(text, tmp_path)[1]
    assert "class LazyLinear" in helpers and "class Dense(" not in helpers
    assert ("class Layer(" in helpers) == ("build" in new)
