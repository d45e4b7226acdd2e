"""Keras source text in PyTorch: builders, layer classes and the library's own applications."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")
torch = pytest.importorskip("torch")

from ivy.s2s.emit import helper_module  # noqa: E402
from ivy.s2s.pipeline import convert_text  # noqa: E402
from ivy.s2s.tables import load  # noqa: E402

from . import keras_models_source as source  # noqa: E402
from .keras_layer_cases import flat, numbers, randomized  # noqa: E402

TEXT = Path(source.__file__).read_text()


@pytest.fixture(scope="module")
def converted():
    return convert_text(TEXT, "tensorflow", "torch")


@pytest.fixture(scope="module")
def space(converted):
    """The names of the converted module."""
    helpers = types.ModuleType("torch_helpers")
    exec(helper_module(converted.helpers, load()["torch"]), helpers.__dict__)
    sys.modules["torch_helpers"] = helpers
    names: dict[str, object] = {"__name__": "converted"}
    exec(converted.code, names)
    del sys.modules["torch_helpers"]
    return names


def leaves(value):
    """The arrays of a structure in order."""
    return leaves(list(value.values())) if isinstance(value, dict) else flat(value)


def arrays(value):
    return {key: tf.constant(item) for key, item in value.items()} if isinstance(value, dict) else tf.constant(value)


def tensors(value):
    if isinstance(value, dict):
        return {key: torch.from_numpy(item) for key, item in value.items()}
    return torch.from_numpy(value)


def agree(expected, found, tolerance=2e-5):
    for one, other in zip(leaves(expected), leaves(found), strict=True):
        one = np.asarray(one)
        assert one.shape == tuple(other.shape)
        largest = max(1.0, np.abs(one).max())
        np.testing.assert_allclose(other.detach().numpy(), one, rtol=tolerance, atol=tolerance * largest)


BUILDERS = [
    ("unet", {}, numbers((2, 32, 32, 3))),
    ("unet", {"input_shape": (None, None, 3), "depth": 3}, numbers((1, 40, 24, 3))),
    ("dense_stages", {}, numbers((2, 16))),
    ("text_classifier", {}, np.arange(24).reshape(2, 12).astype(np.int32) % 20),
    ("generator", {}, numbers((2, 10))),
    ("transfer", {}, numbers((2, 32, 32, 3))),
    ("two_inputs", {}, {"image": numbers((2, 8)), "text": numbers((2, 5))}),
    ("VAE", {}, numbers((3, 6))),
    ("Linear", {"units": 3}, numbers((2, 6))),
]


@pytest.mark.parametrize("name,kwargs,inputs", BUILDERS)
def test_same_results(space, name, kwargs, inputs):
    theirs, ours = getattr(source, name)(**kwargs), space[name](**kwargs).eval()
    theirs(arrays(inputs))
    ours(tensors(inputs))
    randomized(theirs)
    ours.set_weights(theirs.get_weights())
    agree(theirs(arrays(inputs)), ours(tensors(inputs)), 1e-4)
    assert ours.count_params() == theirs.count_params()


def test_training_step(space):
    """Gradients of the weights and moved statistics of a model with batch normalisation."""
    theirs, ours = source.unet(rate=0.0), space["unet"](rate=0.0)
    x = numbers((2, 32, 32, 3))
    randomized(theirs)
    ours.set_weights(theirs.get_weights())
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(theirs(x, training=True)[..., 0] ** 2)
    ours.train()
    mine = (ours(torch.from_numpy(x))[..., 0] ** 2).mean()
    mine.backward()
    agree([loss], [mine])
    slopes = tape.gradient(loss, theirs.trainable_variables)
    for slope, weight in zip(slopes, ours.trainable_weights, strict=True):
        np.testing.assert_allclose(weight.grad.numpy(), slope.numpy(), rtol=1e-3, atol=1e-6)
    agree(theirs.get_weights(), ours.weights)


def test_layers_are_the_models(space):
    """Names, order and shapes of the layers are Keras'; frozen layers are not trained."""
    theirs, ours = source.unet(), space["unet"]()
    assert [type(layer).__name__ for layer in ours.layers] == [
        type(layer).__name__ for layer in theirs.layers if type(layer).__name__ not in ("Relu", "Multiply", "Negative")
    ]
    assert [layer.shape for layer in (ours.input, ours.output)] == [theirs.input.shape, theirs.output.shape]
    frozen = space["transfer"]()
    assert [tuple(weight.shape) for weight in frozen.trainable_weights] == [
        tuple(weight.shape) for weight in source.transfer().trainable_weights
    ]


def test_what_is_refused_is_said(converted):
    assert converted.sites["refused"] == 1
    said = {(d.api, d.code) for d in converted.diagnostics}
    assert said == {("keras.Model.add_loss", "S2S100"), ("adam", "S2S200")}


OLD = """import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras import layers


class Scale(layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight("scale", [input_shape[-1]], tf.float32, "ones", constraint=None)
        self.shift = self.add_variable("shift", shape=(1,), initializer="zeros")

    @tf.function
    def call(self, x):
        width = K.int_shape(x)[-1]
        return x * self.scale + self.shift / width
"""
OLD_WRITTEN = """import torch

from torch_helpers import Layer


class Scale(Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=[input_shape[-1]], dtype=torch.float32, initializer="ones")
        self.shift = self.add_weight(name="shift", shape=(1,), initializer="zeros")

    def forward(self, x):
        width = x.shape[-1]
        return x * self.scale + self.shift / width
"""


def test_older_spelling():
    assert convert_text(OLD, "tensorflow", "torch").code == OLD_WRITTEN


APPLICATIONS = [
    ("convnext", "ConvNeXtTiny", 64), ("densenet", "DenseNet121", 64), ("efficientnet", "EfficientNetB0", 64),
    ("efficientnet_v2", "EfficientNetV2B0", 64), ("inception_resnet_v2", "InceptionResNetV2", 96),
    ("inception_v3", "InceptionV3", 96), ("mobilenet", "MobileNet", 64), ("mobilenet_v2", "MobileNetV2", 64),
    ("mobilenet_v3", "MobileNetV3Small", 64), ("resnet", "ResNet50", 64), ("resnet_v2", "ResNet50V2", 64),
    ("vgg16", "VGG16", 64), ("xception", "Xception", 96),
]  # fmt: skip


IN_JAX = (
    "ConvNeXtTiny", "DenseNet121", "EfficientNetV2B0", "InceptionV3", "MobileNetV2", "ResNet50", "VGG16", "Xception",
)  # fmt: skip


@pytest.fixture(scope="module")
def applications(tmp_path_factory):
    """The library's folder of models, converted as a package of its own; by target."""
    folder, place = Path(keras.__file__).parent / "src" / "applications", tmp_path_factory.mktemp("applications")

    @functools.cache
    def package(target):
        name = f"applications_{target}"
        command = [sys.executable, "-m", "ivy", str(folder), "--from", "tensorflow", "--to", target]
        command += ["-o", str(place / name), "--exclude", "*_test.py"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode in (0, 1), done.stderr
        texts = [p.read_text() for p in (place / name).rglob("*.py")]
        assert not [text for text in texts if "from keras" in text or "import keras" in text]
        return name

    sys.path.insert(0, str(place))
    yield package
    sys.path.remove(str(place))


def inferred(target, model, x):
    """What a converted model computes in inference, as an array of NumPy."""
    if target == "torch":
        with torch.no_grad():
            return model.eval()(torch.from_numpy(x)).numpy()
    from flax import nnx

    model.eval()
    return np.asarray(nnx.jit(lambda model, x: model(x))(model, x))


@pytest.mark.slow
@pytest.mark.parametrize(
    "target,module,name,size",
    [*(("torch", *case) for case in APPLICATIONS), *(("jax", *case) for case in APPLICATIONS if case[1] in IN_JAX)],
)
def test_application(applications, target, module, name, size):
    """The same weights give the same features; layers have the same classes in the same order."""
    pytest.importorskip("flax")
    theirs = getattr(keras.applications, name)(weights=None, include_top=False, input_shape=(size, size, 3))
    build = getattr(importlib.import_module(f"{applications(target)}.{module}"), name)
    ours = build(weights=None, include_top=False, input_shape=(size, size, 3))
    rng = np.random.default_rng(0)
    for weight in theirs.weights:
        if weight.path.endswith("moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.path.endswith(("moving_mean", "beta", "bias")):
            weight.assign(rng.normal(size=weight.shape) * 0.1)
    assert [type(layer).__name__ for layer in ours.layers] == [type(layer).__name__ for layer in theirs.layers]
    for ours_layer, layer in zip(ours.layers, theirs.layers, strict=True):
        ours_layer.set_weights(layer.get_weights())
    x = rng.random((1, size, size, 3), dtype=np.float32) * (255 if "Net" in name and "ResNet" not in name else 1)
    expected = np.asarray(theirs(x, training=False))
    np.testing.assert_allclose(inferred(target, ours, x), expected, rtol=1e-4, atol=1e-4 * max(1, np.abs(expected).max()))


def live_model():
    """A graph with models inside, a layer of the user's, a shared layer and a wrapper."""
    layers = keras.layers
    inputs = keras.Input((6, 6, 3))
    stem = keras.Sequential([layers.Conv2D(4, 3, padding="same"), layers.LayerNormalization()], name="stem")
    inside = keras.Input((6, 6, 4))
    head = keras.Model(inside, layers.Conv2D(4, 1)(inside) + inside, name="head")
    shared = layers.Dense(4, activation="relu", name="shared")
    x = shared(head(stem(inputs)))
    x = shared(source.Linear(4, name="linear")(layers.GlobalAveragePooling2D()(x)))
    x = layers.Bidirectional(layers.GRU(3), name="both")(layers.Reshape((2, 2))(x))
    return keras.Model(inputs, x)


def test_live_graph():
    from ivy.s2s.live.keras_graph import graph_source

    theirs, x = live_model(), numbers((2, 6, 6, 3))
    randomized(theirs)
    graph = graph_source(theirs, "Net")
    converted = convert_text(graph.text, "tensorflow", "torch")
    assert not converted.sites.get("refused")
    helpers = types.ModuleType("torch_helpers")
    exec(helper_module(converted.helpers, load()["torch"]), helpers.__dict__)
    sys.modules["torch_helpers"] = helpers
    names: dict[str, object] = {"__name__": "converted"}
    exec(converted.code, names)
    del sys.modules["torch_helpers"]
    ours = names["Net"]().eval()
    ours(torch.from_numpy(x))
    for path, layer in graph.layers.items():
        ours.get_submodule(path).set_weights(layer.layer.get_weights())
    agree([theirs(x)], [ours(torch.from_numpy(x))])
