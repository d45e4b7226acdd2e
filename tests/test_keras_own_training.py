"""Models of Keras that are compiled and fitted, as PyTorch's own layers: code, histories, metrics, predictions, weights."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

import ivy  # noqa: E402

from .test_keras_own_layers import both, imported, written  # noqa: E402

SEQUENCE = '''"""A classifier of small images."""

import keras
from keras import layers


def build(classes=3, rate=0.0):
    return keras.Sequential(
        [
            keras.Input((12, 12, 2)),
            layers.Conv2D(8, 3, padding="same", activation="relu", use_bias=False),
            layers.BatchNormalization(),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, strides=2, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dropout(rate),
            layers.GlobalAveragePooling2D(),
            layers.Dense(classes, activation="softmax", name="predictions"),
        ]
    )


def train(model, x, y, tested):
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
    )
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    model.summary()
    history = model.fit(
        x, y, batch_size=8, epochs=6, shuffle=False, validation_data=tested, callbacks=[stop], verbose=0
    )
    return history.history, model.evaluate(*tested, verbose=0), model.predict(tested[0], verbose=0)
'''
CONVERTED = '''"""A classifier of small images."""

from torch import nn

from torch_helpers import (
    BatchNorm,
    Conv2d,
    Dropout,
    EarlyStopping,
    GlobalAvgPool,
    Linear,
    MaxPool2d,
    SGD,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    StridedConv2d,
    TrainedSequential,
)


def build(classes=3, rate=0.0):
    return TrainedSequential(
        Conv2d(2, 8, 3, padding="same", bias=False),
        nn.ReLU(),
        BatchNorm(8),
        MaxPool2d((2, 2)),
        StridedConv2d(8, 8, 3, stride=2, padding="same"),
        nn.LeakyReLU(negative_slope=0.2),
        Dropout(rate),
        GlobalAvgPool(),
        Linear(8, classes),
        nn.Softmax(dim=-1),
    )


def train(model, x, y, tested):
    model.compile(
        optimizer=SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
        loss=SparseCategoricalCrossentropy(),
        metrics=[SparseCategoricalAccuracy(name="acc")],
    )
    stop = EarlyStopping(patience=2, restore_best_weights=True)
    print(model)
    history = model.fit(
        x, y, batch_size=8, epochs=6, shuffle=False, validation_data=tested, callbacks=[stop], verbose=0
    )
    return history.history, model.evaluate(*tested, verbose=0), model.predict(tested[0], verbose=0)
'''
GRAPH = '''
import keras
from keras import layers


def block(x, filters):
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    if x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1)(x)
    return layers.Add()([x, y])


def build(classes=3):
    inputs = keras.Input(shape=(12, 12, 2))
    x = layers.MaxPooling2D()(block(layers.Rescaling(1.0 / 255)(inputs), 4))
    outputs = layers.Dense(classes)(layers.GlobalAveragePooling2D()(block(x, 8)))
    model = keras.Model(inputs, outputs, name="small")
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def train(model, x, y, tested):
    plateau = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1)
    history = model.fit(
        x, y, batch_size=8, epochs=4, shuffle=False, validation_data=tested, callbacks=[plateau], verbose=0
    )
    return history.history, model.evaluate(*tested, verbose=0), model.predict(tested[0], verbose=0)
'''
OUTPUTS = '''
import keras
from keras import layers


class Losses(keras.callbacks.Callback):
    """Keeps the loss of each epoch."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs["loss"])


def build():
    first, second = keras.Input((5,), name="first"), keras.Input((4,), name="second")
    x = layers.concatenate([layers.Dense(6, activation="tanh")(first), second])
    price = layers.Dense(1, name="price")(x)
    kind = layers.Dense(3, activation="softmax", name="kind")(x)
    return keras.Model(inputs=[first, second], outputs=[price, kind])


def train(model, first, second, price, kind):
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-2),
        loss={"price": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"price": 0.5, "kind": 1.0},
        metrics={"price": ["mae"], "kind": ["accuracy"]},
    )
    losses = Losses()
    given, targets = {"second": second, "first": first}, {"price": price, "kind": kind}
    history = model.fit(given, targets, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[losses])
    step = model.train_on_batch([first, second], [price, kind], return_dict=True)
    return history.history, losses.seen, step, model.predict([first, second], verbose=0)
'''
PENALISED = '''
import keras
from keras import layers, regularizers


def train(model, x, y):
    history = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    return history.history, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)


def sequence():
    model = keras.Sequential([
        keras.Input((13, 1)),
        layers.Flatten(),
        layers.Dense(16, kernel_regularizer=regularizers.l2(1e-2)),
        layers.LeakyReLU(alpha=0.1),
        layers.Dense(
            8,
            activation="relu",
            kernel_regularizer=regularizers.L1L2(l1=1e-3, l2=1e-2),
            bias_regularizer=regularizers.L1(1e-2),
        ),
        layers.Dense(1),
    ])
    model.compile(optimizer="rmsprop", loss="mse", metrics=["mae"])
    return model
'''
SHARED = '''def build():
    inputs = keras.Input((13, 1))
    shared = layers.Dense(1, activation="tanh", kernel_regularizer=regularizers.L2(0.1), name="shared")
    x = layers.Conv1D(2, 3, kernel_regularizer=regularizers.L1(0.01))(shared(shared(inputs)))
    model = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(x)))
    model.compile("sgd", "mse")
    return model
'''
ADDED = '''"""A network that is put together layer by layer."""

from keras.layers import Conv2D, Dense, Flatten
from keras.models import Sequential


def build(classes=3):
    model = Sequential()
    # Places.
    model.add(Conv2D(4, (3, 3), activation="relu", input_shape=(12, 12, 2)))
    model.add(Flatten())  # to vectors

    model.add(
        Dense(8)
    )
    # Classes.
    model.add(Dense(classes, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def train(model, x, y):
    return model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history
'''
PUT_TOGETHER = '''
def build(classes=3):
    model = TrainedSequential(
        # Places.
        Conv2d(2, 4, (3, 3)),
        nn.ReLU(),
        nn.Flatten(),  # to vectors
        LazyLinear(8),
        # Classes.
        Linear(8, classes),
        nn.Softmax(dim=-1),
    )
    model.compile(SGD(), SparseCategoricalCrossentropy())
    return model
'''
RNG = np.random.default_rng(0)
IMAGES, KINDS = RNG.random((48, 12, 12, 2), dtype=np.float32) * 4, RNG.integers(0, 3, 48)


def equal(found, wanted):
    """Whether two structures of numbers, and their keys, are the same."""
    if isinstance(wanted, dict):
        assert list(found) == list(wanted)
        found, wanted = list(found.values()), list(wanted.values())
    if not isinstance(wanted, (list, tuple)):
        np.testing.assert_allclose(found, wanted, atol=2e-5, rtol=1e-4)
        return
    assert len(found) == len(wanted)
    for mine, other in zip(found, wanted, strict=True):
        equal(mine, other)


def test_the_code_is_pytorchs(tmp_path):
    code, helpers = written(SEQUENCE, tmp_path)
    assert code == CONVERTED
    assert "class Layer(" not in helpers and "class Symbol:" not in helpers
    assert helpers.count("\n") < 1200
    (tmp_path / "other").mkdir()
    assert "class Layer(" not in written(GRAPH, tmp_path / "other")[1]


@pytest.mark.parametrize("text", [SEQUENCE, GRAPH], ids=["sequence", "graph"])
def test_training_gives_the_same_numbers(text, tmp_path):
    source, made = both(text, tmp_path)
    keras.utils.set_random_seed(1)
    theirs, ours = source.build(), made.build()
    ivy.load_weights(ours, theirs)
    given = (IMAGES[:32], KINDS[:32], (IMAGES[32:], KINDS[32:]))
    equal(made.train(ours, *given), source.train(theirs, *given))
    before = ours(torch.tensor(IMAGES))
    np.testing.assert_allclose(before.detach(), theirs(IMAGES), atol=1e-4)
    theirs.save_weights(tmp_path / "trained.weights.h5")
    new = made.build()
    ivy.load_weights(new, tmp_path / "trained.weights.h5")
    np.testing.assert_allclose(new(torch.tensor(IMAGES)).detach(), before.detach(), atol=1e-4)


def test_outputs_inputs_and_callbacks_by_name(tmp_path):
    source, made = both(OUTPUTS, tmp_path)
    theirs, ours = source.build(), made.build()
    ivy.load_weights(ours, theirs)
    rng = np.random.default_rng(3)
    first, second, price = (rng.random((32, size), dtype=np.float32) for size in (5, 4, 1))
    equal(made.train(ours, first, second, price, KINDS[:32]), source.train(theirs, first, second, price, KINDS[:32]))


@pytest.mark.parametrize("text", [PENALISED.replace("sequence", "build"), PENALISED.partition("def sequence")[0] + SHARED])
def test_penalties_of_weights(text, tmp_path):
    assert "class Layer(" not in written(text, tmp_path)[1]
    source, made = imported(tmp_path / "source"), imported(tmp_path / "torch")
    theirs, ours = source.build(), made.build()
    ivy.load_weights(ours, theirs)
    x = np.random.default_rng(4).random((32, 13), dtype=np.float32)
    equal(made.train(ours, x[..., None], x[:, :1]), source.train(theirs, x[..., None], x[:, :1]))


def test_layers_that_are_added_one_by_one(tmp_path):
    code, _ = written(ADDED, tmp_path)
    assert PUT_TOGETHER in code
    source, made = imported(tmp_path / "source"), imported(tmp_path / "torch")
    theirs, ours = source.build(), made.build()
    ivy.load_weights(ours, theirs)
    equal(made.train(ours, IMAGES, KINDS), source.train(theirs, IMAGES, KINDS))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    model.add(Flatten())", "    if classes:\n        model.add(Flatten())"),
        ("    model.add(Flatten())", "    add = model.add\n    add(Flatten())"),
        ("    return model\n", "    model.add(Dense(3))\n    return model\n"),
        ("    model.add(Flatten())", "    model.add(Flatten(),)"),
        ("model.add(Dense(classes", "model.add(Dense(model.count_params()"),
    ],
)
def test_layers_that_may_be_added_otherwise(old, new, tmp_path):
    assert old in ADDED
    code, helpers = written(ADDED.replace(old, new, 1), tmp_path)
    assert "class Layer(" in helpers and "model.add(" in code


def test_dropout_draws_in_training_alone(tmp_path):
    made = imported_from(SEQUENCE, tmp_path)
    model = made.build(rate=0.5)
    torch.manual_seed(0)
    first, second = (model.outputs_of(torch.tensor(IMAGES[:4]), True) for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(model(torch.tensor(IMAGES[:4])), model(torch.tensor(IMAGES[:4])))


def imported_from(text, folder):
    written(text, folder)
    return imported(folder / "torch")


KEEPS = [
    ("model.summary()", "model.layers[0].trainable = False"),
    ("model.summary()", "model.load_weights('start.weights.h5')"),
    ("model.summary()", "model.set_weights(model.get_weights())"),
    ('padding="same", activation="relu"', 'padding="same", kernel_regularizer="l1_l2", activation="relu"'),
    ("def build(", "class Net(keras.Model):\n    def train_step(self, data):\n        return {}\n\n\ndef build("),
]


@pytest.mark.parametrize(("old", "new"), KEEPS)
def test_what_keeps_the_templates(old, new, tmp_path):
    assert old in SEQUENCE
    assert "class Layer(" in written(SEQUENCE.replace(old, new), tmp_path)[1]
