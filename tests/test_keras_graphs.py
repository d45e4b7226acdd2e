"""Functional models of Keras as graphs of PyTorch's own layers: code, numbers, weights, and what keeps the templates."""

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

from .test_keras_own_convolutions import filled  # noqa: E402
from .test_keras_own_layers import both, imported, written  # noqa: E402

RESNET = '''"""Residual networks."""

import keras
from keras import layers


def residual_block(x, filters, stride=1, project=False):
    """Two convolutions with a shortcut."""
    shortcut = x
    if project:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(x)
        shortcut = layers.BatchNormalization()(shortcut)
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.Conv2D(filters, 3, padding="same", kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization(name=f"last_{filters}_{stride}")(x)
    x = layers.Add()([x, shortcut])
    return layers.Activation("relu")(x)


def build(classes=5, widths=(4, 8), rate=0.0):
    inputs = keras.Input(shape=(17, 15, 3))
    x = layers.Conv2D(widths[0], 3, padding="same", activation="relu", name="stem")(inputs)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for i, width in enumerate(widths):
        x = residual_block(x, width, stride=2, project=True)
        x = residual_block(x, width)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(rate)(x)
    outputs = layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs, name="resnet")
'''
CONVERTED = '''"""Residual networks."""

from torch import nn

from torch_helpers import (
    Add,
    Dropout,
    GlobalAvgPool,
    he_normal_,
    Input,
    LazyBatchNorm,
    LazyConv2d,
    LazyLinear,
    LazyStridedConv2d,
    Model,
    PaddedMaxPool,
    ReLU,
)


def residual_block(x, filters, stride=1, project=False):
    """Two convolutions with a shortcut."""
    shortcut = x
    if project:
        shortcut = LazyStridedConv2d(filters, 1, stride=stride, bias=False)(x)
        shortcut = LazyBatchNorm()(shortcut)
    x = LazyStridedConv2d(filters, 3, stride=stride, padding="same", bias=False)(x)
    x = LazyBatchNorm()(x)
    x = ReLU()(x)
    x = LazyConv2d(filters, 3, padding="same").initialized(he_normal_)(x)
    x = LazyBatchNorm().called(f"last_{filters}_{stride}")(x)
    x = Add()([x, shortcut])
    return ReLU()(x)


def build(classes=5, widths=(4, 8), rate=0.0):
    inputs = Input(shape=(17, 15, 3))
    x = LazyConv2d(widths[0], 3, padding="same").called("stem").followed_by(nn.ReLU())(inputs)
    x = PaddedMaxPool(3, stride=2, padding="same")(x)
    for i, width in enumerate(widths):
        x = residual_block(x, width, stride=2, project=True)
        x = residual_block(x, width)
    x = GlobalAvgPool()(x)
    x = Dropout(rate)(x)
    outputs = LazyLinear(classes).followed_by(nn.Softmax(dim=-1))(x)
    return Model(inputs, outputs, name="resnet")
'''
UNET = '''
from keras import Input, layers
from keras.layers import Conv2D, MaxPooling2D, UpSampling2D, concatenate
from keras.models import Model


def block(x, filters):
    x = Conv2D(filters, 3, activation="relu", padding="same")(x)
    return Conv2D(filters, 3, activation="elu", padding="same")(x)


def build(size=None, depth=2):
    inputs = Input((size, size, 2))
    x, skips = inputs, []
    for level in range(depth):
        x = block(x, 4 * 2**level)
        skips.append(x)
        x = MaxPooling2D((2, 2))(x)
    x = block(x, 16)
    for skip in reversed(skips):
        x = concatenate([UpSampling2D()(x), skip], axis=3)
        x = block(x, skip.shape[-1])
        x = layers.Conv2DTranspose(skip.shape[-1], 3, padding="same")(x)
    scaled = 0.5 * x + layers.Conv2D(4, 1)(x) - 1.0
    return Model(inputs=[inputs], outputs=[Conv2D(1, 1, activation="sigmoid")(scaled), x])
'''
INPUTS = '''
import keras
from keras import layers


def build():
    tokens, numbers = keras.Input((6,), dtype="int32"), keras.Input(shape=(3,), name="numbers")
    shared = layers.Dense(4, activation="tanh", name="shared")
    x = layers.Embedding(11, 4)(tokens)
    x = layers.LayerNormalization()(layers.Conv1D(4, 3, padding="causal")(x))
    first, second = shared(layers.Flatten()(x)), layers.Dense(24)(numbers)
    inner = keras.Model(numbers, layers.Dense(4)(second), name="inner")
    return keras.Model([tokens, numbers], {"a": first * shared(second), "b": inner(numbers)})
'''
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(3, 17, 15, 3)).astype("float32")
TRAINING = '''

import tensorflow as tf


def train_step(model, optimizer, images, labels):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, model(images, training=True)))
    grads = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(grads, model.trainable_variables))
    return loss


def make_optimizer(rate):
    return keras.optimizers.SGD(rate, momentum=0.9)
'''


def test_the_code_is_pytorchs(tmp_path):
    code, helpers = written(RESNET, tmp_path)
    assert code == CONVERTED
    assert helpers.count("\n") < 450


@pytest.fixture(scope="module")
def resnets(tmp_path_factory):
    return both(RESNET + TRAINING, tmp_path_factory.mktemp("keras_graphs"))


@pytest.mark.parametrize("kept", ["model", "model.weights.h5", "model.keras"])
def test_weights_go_both_ways(resnets, kept, tmp_path):
    source, converted = resnets
    theirs, ours = filled(source.build(), IMAGES), converted.build()
    if kept != "model":
        (theirs.save if kept.endswith(".keras") else theirs.save_weights)(tmp_path / kept)
    ivy.load_weights(ours, theirs if kept == "model" else tmp_path / kept)
    np.testing.assert_allclose(ours(torch.tensor(IMAGES)).detach(), theirs(IMAGES), atol=1e-5)
    back = source.build()
    ivy.load_weights(back, ours)
    for found, wanted in zip(back.weights, theirs.weights, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_steps_and_statistics_are_the_sources(resnets):
    source, converted = resnets
    theirs, ours = filled(source.build(), IMAGES), converted.build()
    ivy.load_weights(ours, theirs)
    optimizers = source.make_optimizer(1e-2), converted.make_optimizer(1e-2)
    labels = np.arange(3)
    for _ in range(3):
        wanted = float(source.train_step(theirs, optimizers[0], IMAGES, labels))
        found = converted.train_step(ours, optimizers[1], torch.tensor(IMAGES), torch.tensor(labels))
        np.testing.assert_allclose(float(found), wanted, rtol=1e-4)
    assert not ours.training  # the call told it, not `train()`
    np.testing.assert_allclose(ours(torch.tensor(IMAGES)).detach(), theirs(IMAGES), atol=1e-4)
    stepped = source.build()
    ivy.load_weights(stepped, ours)
    for mine, wanted in zip(stepped.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-4, err_msg=wanted.path)


def test_models_are_modules(resnets):
    model = resnets[1].build(rate=0.5)
    assert isinstance(model.stem, torch.nn.Conv2d) and set(dict(model.named_children())) >= {"last_4_2", "dense"}
    images = torch.tensor(IMAGES)
    other = copy.deepcopy(model)
    other.stem.weight.data.zero_()
    assert not torch.equal(model(images), other(images))
    other.load_state_dict(model.state_dict())
    assert torch.equal(model(images), other(images))
    model.train()
    assert not torch.equal(model(images), model(images)) and model.dropout.training
    assert not torch.equal(model.eval()(images, training=True), model(images))


@pytest.mark.parametrize("size", [None, 16])
def test_skips_and_unknown_sizes(size, tmp_path):
    code, helpers = written(UNET, tmp_path)
    assert "class Layer(" not in helpers
    source, converted = imported(tmp_path / "source"), imported(tmp_path / "torch")
    x = RNG.normal(size=(2, 16, 16, 2)).astype("float32")
    theirs, ours = filled(source.build(size), x), converted.build(size)
    ivy.load_weights(ours, theirs)
    for found, wanted in zip(ours([torch.tensor(x)]), theirs(x), strict=True):
        np.testing.assert_allclose(found.detach(), wanted, rtol=1e-3, atol=1e-3)


def test_inputs_outputs_and_models_in_models(tmp_path):
    code, helpers = written(INPUTS, tmp_path)
    assert "class Layer(" not in helpers
    source, converted = imported(tmp_path / "source"), imported(tmp_path / "torch")
    tokens, numbers = RNG.integers(0, 11, (2, 6)), RNG.normal(size=(2, 3)).astype("float32")
    theirs, ours = filled(source.build(), [tokens, numbers]), converted.build()
    ivy.load_weights(ours, theirs)
    wanted, found = theirs([tokens, numbers]), ours([torch.tensor(tokens), torch.tensor(numbers)])
    assert found.keys() == wanted.keys()
    for key in wanted:
        np.testing.assert_allclose(found[key].detach(), wanted[key], atol=1e-5)


BRANCHES = '''
import tensorflow as tf
from tensorflow.keras import Input, Model, layers


def conv(x, filters, kernel=3, strides=1, activation="relu", name=None, axis=3):
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(axis=axis)(x)
    return x if activation is None else layers.Activation(activation)(x)


def branches(x, n):
    a = conv(x, n, 1)
    b = conv(conv(x, n, 1), n, 3, activation="swish")
    c = conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), n, 1, activation=None)
    return layers.concatenate([a, b, c], axis=-1)


def build(act="tanh"):
    image = Input(shape=(17, 15, 3))
    x = conv(image, 8, 5, strides=2, name="entry")
    for i in range(2):
        x = branches(x, 4 + i)
    y = layers.multiply([x, layers.Conv2D(x.shape[-1], 1, activation="sigmoid")(x)], name="gate")
    y = layers.GlobalMaxPooling2D()(layers.add([y, x]))
    y = layers.Dense(5, activation=act)(y)
    return Model(inputs=image, outputs=layers.Dense(5, activation=tf.nn.softmax)(y))
'''


@pytest.mark.parametrize("kept", ["model", "model.weights.h5"])
def test_branches_with_alike_layers(kept, tmp_path):
    code, helpers = written(BRANCHES, tmp_path)
    assert "class Layer(" not in helpers
    source, converted = imported(tmp_path / "source"), imported(tmp_path / "torch")
    theirs, ours = filled(source.build(), IMAGES), converted.build()
    if kept != "model":
        theirs.save_weights(tmp_path / kept)
    ivy.load_weights(ours, theirs if kept == "model" else tmp_path / kept)
    for training in (False, True, False):
        wanted, found = theirs(IMAGES, training=training), ours(torch.tensor(IMAGES), training=training)
        np.testing.assert_allclose(found.detach(), wanted, atol=1e-5)


MODELS = '''
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def down(filters):
    return keras.Sequential([
        layers.Conv2D(filters, 4, strides=2, padding="same", kernel_initializer=tf.zeros_initializer(), activation="elu"),
        layers.BatchNormalization(),
        layers.Activation("leaky_relu"),
    ])


def encoder(shape):
    image = keras.Input(shape)
    x, skips = image, []
    for block in [down(4), down(6)]:
        x = block(x)
        skips.append(x)
    x = layers.ReLU(6.0)(layers.DepthwiseConv2D(3, padding="same")(x))
    return keras.Model(image, [skips[0], layers.Conv2D(6, 1)(x)])


def build(shape=(17, 15, 3)):
    image = keras.Input(shape)
    net = encoder(shape)
    first, second = net(image)
    other, _ = net(-image)
    x = keras.Sequential([layers.Flatten(), layers.Dense(5)], name="last")(second)
    return keras.Model(image, [layers.Dense(3)(x), layers.GlobalMaxPooling2D()(first - other)])
'''


@pytest.mark.parametrize("kept", ["model", "model.weights.h5"])
def test_sequences_and_models_with_several_outputs_in_models(kept, tmp_path):
    code, helpers = written(MODELS, tmp_path)
    assert "class Layer(" not in helpers
    source, converted = imported(tmp_path / "source"), imported(tmp_path / "torch")
    theirs, ours = filled(source.build(), IMAGES), converted.build()
    assert float(ours.functional.sequential[0].weight.abs().max()) == 0
    if kept != "model":
        theirs.save_weights(tmp_path / kept)
    ivy.load_weights(ours, theirs if kept == "model" else tmp_path / kept)
    for training in (False, True, False):
        wanted, found = theirs(IMAGES, training=training), ours(torch.tensor(IMAGES), training=training)
        for mine, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(mine.detach(), other, atol=1e-4)


KEEPS = [
    ("return keras.Model(inputs", "model = keras.Model(inputs", "    return keras.Model(inputs, model.layers[3].output)\n"),
    ("return keras.Model(inputs", "model = keras.Model(inputs", "    model.load_weights('a')\n    return model\n"),
    ("return keras.Model(inputs", "model = keras.Model(inputs", "    model.trainable = False\n    return model\n"),
    ('use_bias=False)(x)', 'use_bias=False, kernel_regularizer="l2")(x)', ""),
    ('layers.Activation("relu")(x)', "keras.ops.relu(x)", ""),
    ("layers.Dropout(rate)(x)", "layers.Dropout(rate)(x, training=True)", ""),
    ("layers.Dropout(rate)(x)", "layers.Lambda(lambda y: 2 * y)(x)", ""),
    ("layers.Dropout(rate)(x)", "layers.Dropout(rate, noise_shape=(3, 1))(x)", ""),
    ("keras.Input(shape=(17, 15, 3))", "keras.Input(batch_shape=(3, 17, 15, 3))", ""),
    ("\n\ndef build", "\n\nclass Scale(layers.Layer):\n    def call(self, x):\n        return x\n\n\ndef build", ""),
    ("layers.Dropout(rate)(x)", "layers.ReLU(5.0)(x)", ""),
    ("x = layers.Dropout(rate)(x)", "net = keras.Sequential()\n    if rate:\n        net.add(layers.Dense(3))\n    x = net(x)", ""),
    ("layers.Dropout(rate)(x)", "eval('layers.Dropout')(rate)(x)", ""),
    ("layers.Add()([x", "(lambda y: keras.ops.sum(y, axis=0))([x", ""),
]


@pytest.mark.parametrize(("old", "new", "end"), KEEPS)
def test_what_keeps_the_templates(old, new, end, tmp_path):
    text = RESNET.replace(old, new, 1)
    assert text != RESNET
    assert "class Layer(" in written(text + end, tmp_path)[1]
