"""Convolutions, pooling and batch normalisation of Keras as PyTorch's own layers: code, numbers, steps, weights."""

from __future__ import annotations

import copy
import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")

import ivy  # noqa: E402

from .test_keras_own_layers import alike, both, imported, written  # noqa: E402

NET = '''"""Classifies images."""

import keras
from keras import layers


class SmallNet(keras.Model):
    """A small network of convolutions."""

    def __init__(self, classes=10, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = layers.Conv2D(16, 3, padding="same", activation="relu")
        self.bn1 = layers.BatchNormalization()
        self.pool = layers.MaxPooling2D()
        self.conv2 = layers.Conv2D(32, (3, 3), strides=2, padding="same", use_bias=False)
        self.bn2 = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)
        self.gap = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(classes)

    def call(self, x, training=False):
        x = self.pool(self.bn1(self.conv1(x), training=training))
        x = keras.activations.relu(self.bn2(self.conv2(x), training=training))
        return self.head(self.gap(x))
'''
CONVERTED = '''"""Classifies images."""

import torch.nn.functional as F
from torch import nn

from torch_helpers import (
    BatchNorm,
    GlobalAvgPool,
    LazyConv2d,
    Linear,
    MaxPool2d,
    StridedConv2d,
)


class SmallNet(nn.Module):
    """A small network of convolutions."""

    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = LazyConv2d(16, 3, padding="same")
        self.bn1 = BatchNorm(16)
        self.pool = MaxPool2d((2, 2))
        self.conv2 = StridedConv2d(16, 32, (3, 3), stride=2, padding="same", bias=False)
        self.bn2 = BatchNorm(32, eps=1e-5, momentum=0.1)
        self.gap = GlobalAvgPool()
        self.head = Linear(32, classes)

    def forward(self, x, training=False):
        x = self.pool(self.bn1(F.relu(self.conv1(x)), training=training))
        x = F.relu(self.bn2(self.conv2(x), training=training))
        return self.head(self.gap(x))
'''
TRAINING = """

import tensorflow as tf


def train_step(model, optimizer, images, labels):
    with tf.GradientTape() as tape:
        logits = model(images, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


def make_optimizer(rate):
    return keras.optimizers.SGD(rate, momentum=0.9)
"""
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(4, 13, 11, 3)).astype("float32")


def filled(model, *inputs):
    """A model of Keras with weights that show every difference."""
    model(*inputs)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        values = rng.normal(size=weight.shape) * 0.3
        weight.assign((abs(values) + 0.5 if "variance" in weight.name else values).astype("float32"))
    return model


def test_the_code_is_pytorchs(tmp_path):
    code, helpers = written(NET, tmp_path)
    assert code == CONVERTED
    assert helpers.count("\n") < 125


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    return both(NET + TRAINING, tmp_path_factory.mktemp("keras_own_convolutions"))


def test_results_statistics_and_steps_are_the_sources(nets):
    source, converted = nets
    theirs, ours = filled(source.SmallNet(), IMAGES), converted.SmallNet()
    images, labels = torch.tensor(IMAGES), np.arange(4) % 3
    ours(images)
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(ours(images).detach(), theirs(IMAGES), atol=1e-4)
    optimizers = source.make_optimizer(1e-2), converted.make_optimizer(1e-2)
    for _ in range(3):
        loss = float(source.train_step(theirs, optimizers[0], IMAGES, labels))
        np.testing.assert_allclose(
            float(converted.train_step(ours, optimizers[1], images, torch.tensor(labels))), loss, rtol=1e-4
        )
    stepped = filled(source.SmallNet(), IMAGES)
    ivy.load_weights(stepped, ours)
    for mine, wanted in zip(stepped.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-4, err_msg=wanted.path)
    np.testing.assert_allclose(ours(images).detach(), theirs(IMAGES), atol=1e-3)


@pytest.mark.parametrize("called", [True, False])
@pytest.mark.parametrize("kept", ["model", "model.weights.h5"])
def test_weights_go_both_ways(nets, kept, called, tmp_path):
    source, converted = nets
    theirs, ours = filled(source.SmallNet(), IMAGES), converted.SmallNet()
    if called:
        ours(torch.tensor(IMAGES))
    if kept != "model":
        theirs.save_weights(tmp_path / kept)
    ivy.load_weights(ours, theirs if kept == "model" else tmp_path / kept)
    np.testing.assert_allclose(ours(torch.tensor(IMAGES)).detach(), theirs(IMAGES), atol=1e-4)
    back = filled(source.SmallNet(), IMAGES)
    for weight in back.weights:
        weight.assign(weight * 0)
    ivy.load_weights(back, ours)
    for found, wanted in zip(back.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_models_are_copied_and_pickled(nets):
    model = nets[1].SmallNet()
    copied = copy.deepcopy(model)
    first, second = model(torch.tensor(IMAGES)), copied(torch.tensor(IMAGES))
    assert not torch.equal(first, second)  # each has weights of its own
    copied.load_state_dict(model.state_dict())
    assert torch.equal(copied(torch.tensor(IMAGES)), first)


LAYERS = {
    "Conv1D(4, 3)": (2, 9, 3),
    "Conv1D(4, 4, padding='same', strides=3)": (2, 10, 3),
    "Conv1D(4, 3, padding='causal', dilation_rate=2)": (2, 9, 3),
    "Conv1D(4, 3, dilation_rate=2, padding='same')": (2, 9, 3),
    "Conv2D(4, (3, 2))": (2, 9, 8, 3),
    "Conv2D(4, 2, padding='same')": (2, 9, 8, 3),
    "Conv2D(4, (5, 2), (2, 3), 'same')": (2, 9, 8, 3),
    "Conv2D(4, 3, strides=(2, 2))": (2, 9, 8, 3),
    "Conv2D(4, 1, strides=2, padding='same')": (2, 9, 8, 3),
    "Conv2D(4, (1, 1), strides=(2, 3), use_bias=False)": (2, 9, 8, 3),
    "Conv2D(6, 3, groups=3, padding='same')": (2, 9, 8, 3),
    "Conv2D(6, 3, groups=3, strides=2, padding='same')": (2, 9, 8, 3),
    "Conv2D(4, 3, dilation_rate=2, padding='same')": (2, 9, 8, 3),
    "Conv2D(4, 3, padding='SAME'.lower(), strides=1)": (2, 9, 8, 3),
    "DepthwiseConv2D(3, padding='same')": (2, 9, 8, 3),
    "DepthwiseConv2D((2, 3), strides=2, padding='same', use_bias=False)": (2, 9, 8, 3),
    "DepthwiseConv2D(3, strides=(2, 2), activation='relu')": (2, 9, 8, 3),
    "Conv3D(4, 2, padding='same', strides=2)": (2, 5, 4, 6, 3),
    "Conv3D(4, (3, 2, 1))": (2, 5, 4, 6, 3),
    "Conv1DTranspose(4, 3, strides=2, padding='same')": (2, 5, 3),
    "Conv2DTranspose(4, 3, strides=2, padding='same')": (2, 5, 4, 3),
    "Conv2DTranspose(4, 2, strides=2, padding='same')": (2, 5, 4, 3),
    "Conv2DTranspose(4, (4, 5), strides=(2, 1), padding='same')": (2, 5, 4, 3),
    "Conv2DTranspose(4, 2, strides=3)": (2, 5, 4, 3),
    "Conv2DTranspose(4, 3)": (2, 5, 4, 3),
    "Conv3DTranspose(4, 3, strides=2, padding='same')": (2, 3, 4, 2, 3),
    "MaxPooling1D()": (2, 9, 3),
    "MaxPooling1D(3, strides=2, padding='same')": (2, 8, 3),
    "MaxPooling2D((3, 2), strides=2)": (2, 9, 8, 3),
    "MaxPooling2D(3, strides=2, padding='same')": (2, 9, 8, 3),
    "MaxPooling2D(2, padding='valid')": (2, 9, 8, 3),
    "MaxPooling3D(2)": (2, 5, 4, 6, 3),
    "AveragePooling1D(3)": (2, 9, 3),
    "AveragePooling2D(2)": (2, 9, 8, 3),
    "AveragePooling2D(3, 2, 'same')": (2, 9, 8, 3),
    "AveragePooling3D((2, 1, 3), padding='same')": (2, 5, 4, 6, 3),
    "GlobalAveragePooling1D()": (2, 9, 3),
    "LeakyReLU()": (2, 9, 3),
    "LeakyReLU(negative_slope=0.2)": (2, 9, 3),
    "Rescaling(1 / 255, offset=-1)": (2, 9, 3),
    "GlobalAveragePooling2D(keepdims=True)": (2, 9, 8, 3),
    "GlobalMaxPooling2D()": (2, 9, 8, 3),
    "GlobalMaxPooling3D(keepdims=True)": (2, 5, 4, 6, 3),
    "UpSampling2D()": (2, 5, 4, 3),
    "UpSampling2D((3, 2), interpolation='bilinear')": (2, 5, 4, 3),
    "ZeroPadding2D()": (2, 5, 4, 3),
    "ZeroPadding2D((1, 2))": (2, 5, 4, 3),
    "ZeroPadding2D(((1, 0), (2, 3)))": (2, 5, 4, 3),
    "BatchNormalization()": (2, 5, 4, 3),
    "BatchNormalization(-1, 0.8, 1e-2)": (8, 3),
    "BatchNormalization(axis=3)": (2, 5, 4, 3),
    "BatchNormalization(axis=1, momentum=0.5)": (2, 5, 4, 3),
    "ReLU(6.0)": (2, 5, 3),
    "Activation('leaky_relu')": (2, 5, 3),
    "Activation('softmax')": (2, 5, 3),
    "Activation('gelu')": (2, 5, 3),
    "Activation('exponential')": (2, 5, 3),
}
ZOO = "from keras import Model, layers\n" + "".join(
    f"""

class Net{number}(Model):
    def __init__(self):
        super().__init__()
        self.layer = layers.{layer}

    def call(self, x, training=False):
        return self.layer(x{", training=training" if "BatchNorm" in layer else ""})
"""
    for number, layer in enumerate(LAYERS)
)


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keras_zoo")
    code, helpers = written(ZOO, folder)
    assert "(Layer)" not in helpers and "(Model)" not in code  # none of the templates
    return imported(folder / "source"), imported(folder / "torch")


@pytest.mark.parametrize("number", range(len(LAYERS)), ids=list(LAYERS))
def test_each_layer(zoo, number):
    shape = list(LAYERS.values())[number]
    x = np.random.default_rng(number).normal(size=shape).astype("float32")
    theirs, ours = (getattr(module, f"Net{number}")() for module in zoo)
    filled(theirs, x)
    ours(torch.tensor(x))
    ivy.load_weights(ours, theirs)
    for training in (False, True):
        given, mine = tf.Variable(x), torch.tensor(x, requires_grad=True)
        with tf.GradientTape() as tape:
            wanted = theirs(given, training=training)
            loss = tf.reduce_sum(tf.sin(wanted))
        found = ours(mine, training=training)
        np.testing.assert_allclose(found.detach(), wanted, atol=1e-5)
        torch.sum(torch.sin(found)).backward()
        grads = tape.gradient(loss, [given, *theirs.trainable_variables])
        np.testing.assert_allclose(mine.grad, grads[0], atol=1e-4)
        stored = {id(w): g for w, g in zip(theirs.trainable_variables, grads[1:], strict=True)}
        biases = [w for w in theirs.trainable_variables if w.ndim == 1]
        ones = [p for p in ours.parameters() if p.ndim == 1]
        for weight, parameter in zip(biases, ones, strict=True):
            np.testing.assert_allclose(parameter.grad, stored[id(weight)], atol=1e-3)
        ours.zero_grad()
    back = getattr(zoo[0], f"Net{number}")()
    back(x)
    ivy.load_weights(back, ours)
    for mine, wanted in zip(back.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-6)


STARTS = """
import keras
from keras import Model, layers


class Net(Model):
    def __init__(self):
        super().__init__()
        self.he = layers.Conv2D(256, 3, padding="same", kernel_initializer="he_normal")
        self.uniform = layers.Conv2D(256, 3, kernel_initializer=keras.initializers.HeUniform())
        self.normal = layers.Dense(512, kernel_initializer=keras.initializers.RandomNormal(stddev=0.02))
        self.cut = layers.Conv2DTranspose(128, 3, kernel_initializer="lecun_normal")
        self.glorot = layers.Dense(512, kernel_initializer="glorot_normal", use_bias=False)
        self.usual = layers.Conv2D(512, 3)

    def call(self, x):
        x = self.usual(self.cut(self.uniform(self.he(x))))
        return self.glorot(self.normal(x))
"""


def test_first_values_are_distributed_as_the_sources(tmp_path):
    code, _ = written(STARTS, tmp_path)
    assert 'LazyConv2d(256, 3, padding="same").initialized(he_normal_)' in code
    assert "partial(nn.init.normal_, std=0.02)" in code
    torch.manual_seed(0)
    theirs, ours = imported(tmp_path / "source").Net(), imported(tmp_path / "torch").Net()
    x = np.zeros((1, 9, 9, 64), "float32")
    theirs(x)
    ours(torch.tensor(x))
    for name in ("he", "uniform", "normal", "cut", "glorot", "usual"):
        wanted, found = np.asarray(getattr(theirs, name).kernel), getattr(ours, name).weight.detach().numpy()
        if name == "normal":  # has no range
            found, wanted = found.clip(-0.05, 0.05), wanted.clip(-0.05, 0.05)
        alike(found.reshape(wanted.shape), wanted)


KEEPS = [
    ("layers.MaxPooling2D()", "layers.MaxPooling2D(data_format='channels_first')", "class MaxPool2d"),
    ("self.conv1(x)", "self.conv1(x) + len(self.variables)", "class BatchNorm("),
    ("layers.BatchNormalization()", "layers.BatchNormalization(scale=False)", "class BatchNorm("),
    ("self.conv1(x)", "self.conv1(x) * self.conv1.kernel[0, 0, 0]", "class Conv2d("),
    ("layers.Dense(classes)", "layers.Conv2D(3, 3, kernel_regularizer='l2')", "class Conv2d("),
    ("layers.Dense(classes)", "layers.Conv2D(3, 3, kernel_initializer=kwargs['start'])", "class Conv2d("),
    ("layers.Dense(classes)", "layers.Conv2D(3, 3, bias_initializer='ones')", "class Conv2d("),
    ("layers.Dense(classes)", "layers.UpSampling2D(2, interpolation='bicubic')", "class Upsample("),
]


@pytest.mark.parametrize(("old", "new", "unit"), KEEPS)
def test_what_keeps_the_template(old, new, unit, tmp_path):
    text = NET.replace(old, new, 1)
    assert text != NET
    assert unit not in written(text, tmp_path)[1]


SEQUENCES = """
import keras
from keras import layers


class Net(keras.Model):
    def __init__(self, width=4):
        super().__init__()
        self.stem = keras.Sequential([
            layers.Conv2D(width, 3, strides=2, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.0),
        ])
        self.head = keras.Sequential([layers.GlobalAveragePooling2D(), layers.Dense(5, activation="tanh")])

    def call(self, x, training=False):
        return self.head(self.stem(x, training=training), training=training)
"""
WHOLE = """
import keras
from keras import layers


def build(shape=(13, 11, 3), classes=4):
    return keras.Sequential(
        [
            keras.Input(shape=shape),
            layers.Conv2D(6, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(classes, activation="softmax"),
        ],
        name="whole",
    )


def older():
    return keras.Sequential([layers.Conv2D(2, 3, input_shape=(13, 11, 3)), layers.Flatten(), layers.Dense(3)])
"""


@pytest.mark.parametrize("made", ["Net", "build", "older"])
def test_sequences_train_when_they_are_told(made, tmp_path):
    code, helpers = written(SEQUENCES if made == "Net" else WHOLE, tmp_path)
    assert "class Layer(" not in helpers
    source, converted = imported(tmp_path / "source"), imported(tmp_path / "torch")
    theirs, ours = filled(getattr(source, made)(), IMAGES), getattr(converted, made)()
    images = torch.tensor(IMAGES)
    ours(images)
    ivy.load_weights(ours, theirs)
    for training in (False, True, False):
        wanted, found = theirs(IMAGES, training=training), ours(images, training=training)
        np.testing.assert_allclose(found.detach(), wanted, atol=1e-4)
    theirs.save_weights(tmp_path / "model.weights.h5")
    again = getattr(converted, made)()
    ivy.load_weights(again, tmp_path / "model.weights.h5")
    np.testing.assert_allclose(again(images).detach(), theirs(IMAGES), atol=1e-4)
    assert all(type(layer).__module__.startswith("torch") for layer in ours.modules() if layer is not ours)


def test_a_whole_sequence_is_pytorchs(tmp_path):
    code, _ = written(WHOLE, tmp_path)
    assert """
def build(shape=(13, 11, 3), classes=4):
    return Sequential(
        Conv2d(shape[-1], 6, 3),
        nn.ReLU(),
        BatchNorm(6),
        MaxPool2d((2, 2)),
        nn.Flatten(),
        LazyLinear(classes),
        nn.Softmax(dim=-1),
    )


def older():
    return Sequential(Conv2d(3, 2, 3), nn.Flatten(), LazyLinear(3))
""" in code


PLAIN = """
import keras
from keras import layers


class Net(keras.Model):
    def __init__(self, classes=3, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(6, 3, activation="relu")
        self.norm = layers.BatchNormalization()
        self.down = layers.DepthwiseConv2D(3, strides=2, padding="same")
        self.block = keras.Sequential([layers.Conv2D(4, 1), layers.BatchNormalization(), layers.ReLU()])
        self.pool = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(classes)

    def call(self, x):
        return self.head(self.pool(self.block(self.down(self.norm(self.conv(x))))))
"""


def test_modules_know_the_mode_where_nothing_tells_it(tmp_path):
    code, helpers = written(PLAIN, tmp_path)
    assert "class Net(nn.Module):" in code and "class Layer(" not in helpers
    source, converted = imported(tmp_path / "source"), imported(tmp_path / "torch")
    theirs, ours, images = filled(source.Net(), IMAGES), converted.Net(), torch.tensor(IMAGES)
    ours(images)
    ivy.load_weights(ours, theirs)
    np.testing.assert_allclose(ours(images).detach(), theirs(IMAGES), atol=1e-5)
    np.testing.assert_allclose(ours.train()(images).detach(), theirs(IMAGES, training=True), atol=1e-5)
    np.testing.assert_allclose(ours.eval()(images).detach(), theirs(IMAGES), atol=1e-5)
    with pytest.raises(TypeError):
        ours(images, training=True)


UNTOLD = [
    ("training=training), training=training)", "training=training))"),
    ("self.stem(x, training=training)", "self.stem(x)"),
]


@pytest.mark.parametrize(("old", "new"), UNTOLD)
def test_sequences_that_are_not_told_keep_the_base_class(old, new, tmp_path):
    text = SEQUENCES.replace(old, new)
    assert text != SEQUENCES
    assert "class Layer(" in written(text, tmp_path)[1]
    source, converted = imported(tmp_path / "source"), imported(tmp_path / "torch")
    theirs, ours = filled(source.Net(), IMAGES), converted.Net()
    ours(torch.tensor(IMAGES))
    ivy.load_weights(ours, theirs)
    for training in (False, True, False):
        wanted, found = theirs(IMAGES, training=training), ours(torch.tensor(IMAGES), training=training)
        np.testing.assert_allclose(found.detach(), wanted, atol=1e-4)


ASKED = ["model.load_weights('a')", "model.add(layers.Dense(2))", "model.layers[0].name"]


@pytest.mark.parametrize("asked", ASKED)
def test_sequences_that_are_asked_for_more_keep_the_templates(asked, tmp_path):
    text = WHOLE.replace("    return keras.Sequential(\n        [", "    model = keras.Sequential(\n        [").replace(
        '        name="whole",\n    )\n', '        name="whole",\n    )\n' + f"    {asked}\n    return model\n"
    )
    assert "class Layer(" in written(text, tmp_path)[1]
