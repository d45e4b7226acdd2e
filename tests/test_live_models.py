"""Live Keras models and Haiku as a target: the same numbers, weights by name, the specification's examples."""

import inspect
import os
import subprocess
import sys

import ivy
import numpy as np
import pytest
from ivy import exceptions
from ivy.s2s.weight_names import matched

keras = pytest.importorskip("keras")
torch = pytest.importorskip("torch")

TARGETS = ["torch", "jax", "numpy"]


def with_values(model, seed=0):
    """The model with weights that tell every layer apart."""
    rng = np.random.default_rng(seed)
    for variable in model.weights:
        if variable.dtype == "float32":
            value = rng.standard_normal(variable.shape) * 0.3
            variable.assign(np.abs(value) + 0.5 if variable.name == "moving_variance" else value)
    return model


def branches():
    """A graph with a repeated block, a shortcut and layers without names of their own."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    for block in ("block1_", "block2_"):
        y = keras.layers.Conv2D(4, 1, use_bias=False, name=f"{block}conv")(x)
        y = keras.layers.BatchNormalization(name=f"{block}bn")(y)
        y = keras.layers.Activation("swish", name=f"{block}activation")(y)
        x = keras.layers.Add()([x, y])
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Dense(5)(x)), name="branches")


class Gate(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.relu

    def build(self, input_shape):
        self.w = self.add_weight(name="kernel", shape=(input_shape[-1], self.units))
        self.inner = [keras.layers.Dense(self.units), keras.layers.BatchNormalization()]
        for layer in self.inner:
            layer.build((None, self.units))

    def call(self, x, training=False):
        x = keras.ops.matmul(x, self.w)
        for layer in self.inner:
            x = layer(x)
        return self.activation(x)


class Gates(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = Gate(5)
        self.drop = keras.layers.Dropout(0.5)
        self.last = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(2, use_bias=False)])

    def call(self, x, training=False):
        return self.last(self.drop(self.first(x), training=training))


def gates():
    model = Gates()
    model(np.ones((1, 6), np.float32))
    return model


def attention():
    inputs = keras.Input((7, 8))
    x = keras.layers.MultiHeadAttention(2, 4)(inputs, inputs)
    x = keras.layers.Bidirectional(keras.layers.LSTM(3))(keras.layers.LayerNormalization()(x + inputs))
    body = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), keras.layers.ReLU()], name="body")
    return keras.Model(inputs, body(x))


def dense():
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(2)])


def result(model, target, x):
    """What a model computes, as an array of NumPy."""
    if target == "torch":
        with torch.no_grad():
            return model(torch.from_numpy(x)).numpy()
    return np.asarray(model(x))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "make, shape", [(branches, (2, 8, 8, 3)), (attention, (2, 7, 8)), (gates, (2, 6)), (dense, (2, 6))]
)
def test_keras_models_keep_their_weights(make, shape, target):
    pytest.importorskip(target)
    model = with_values(make())
    x = np.random.default_rng(1).random(shape, dtype=np.float32)
    converted = ivy.transpile(model, source="tensorflow", to=target)
    np.testing.assert_allclose(result(converted, target, x), np.asarray(model(x)), rtol=1e-5, atol=1e-6)
    assert os.path.exists(inspect.getsourcefile(type(converted)))
    with_values(model, seed=2)
    report = ivy.load_weights(converted, model)
    assert len(report.loaded) == len(model.weights)
    np.testing.assert_allclose(result(converted, target, x), np.asarray(model(x)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("target", TARGETS)
def test_layers_that_were_made_in_another_order(target):
    pytest.importorskip(target)
    inputs = keras.Input((4,))
    last, first = keras.layers.Dense(4), keras.layers.Dense(4, activation="tanh")  # Keras counts them in this order
    inside = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    model = with_values(keras.Model(inputs, inside(last(first(inputs)))))
    x = np.random.default_rng(1).random((2, 4), dtype=np.float32)
    np.testing.assert_allclose(result(ivy.transpile(model, to=target), target, x), np.asarray(model(x)), rtol=1e-5)


def test_converted_keras_models_train():
    model = ivy.transpile(with_values(branches()), to="torch")
    model.train()
    model(torch.ones(2, 8, 8, 3)).sum().backward()
    assert all(p.grad is not None for p in model.parameters()) and len(list(model.parameters())) == 12


def test_weights_from_keras_files(tmp_path):
    pytest.importorskip("h5py")
    converted = ivy.transpile(branches(), to="torch")
    model = with_values(branches(), seed=3)  # its layers have other numbers in their names
    x = np.random.default_rng(1).random((2, 8, 8, 3), dtype=np.float32)
    model.save_weights(tmp_path / "model.weights.h5")
    model.save(tmp_path / "model.keras")
    model.save(tmp_path / "model.h5")
    initial = {name: value.clone() for name, value in converted.state_dict().items()}
    for name in ("model.weights.h5", "model.keras", "model.h5"):
        converted.load_state_dict(initial)
        ivy.load_weights(converted, tmp_path / name)
        np.testing.assert_allclose(result(converted, "torch", x), np.asarray(model(x)), rtol=1e-5, atol=1e-6)


def test_weights_of_live_models_go_back():
    nnx = pytest.importorskip("flax.nnx")
    source = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)).eval()
    model = ivy.transpile(source, to="jax")
    model[0].bias = nnx.Param(model[0].bias[...] + 1)
    ivy.load_weights(source, model)
    x = np.ones((2, 3), np.float32)
    np.testing.assert_allclose(source(torch.from_numpy(x)).detach().numpy(), np.asarray(model(x)), rtol=1e-5)


def test_names_are_matched_by_meaning():
    numbered = {"conv2d"}
    assert matched(["conv2d.k", "conv2d_1.k"], ["conv2d_1.k", "conv2d_2.k"], numbered) == {
        "conv2d.k": "conv2d_1.k",
        "conv2d_1.k": "conv2d_2.k",
    }
    assert matched(["conv2d.k", "conv2d_1.k"], ["conv2d_1.k", "conv2d.k"], numbered) == {
        "conv2d.k": "conv2d.k",
        "conv2d_1.k": "conv2d_1.k",
    }
    assert matched(["fc_1.k", "fc_2.k"], ["fc_2.k", "fc_3.k"]) == {"fc_2.k": "fc_2.k"}
    assert matched(["a.kernel", "a.bias"], ["a.#0", "a.#1"]) == {"a.kernel": "a.#0", "a.bias": "a.#1"}
    assert matched(["a._query_dense.kernel"], ["a/query_dense/kernel"]) == {
        "a._query_dense.kernel": "a/query_dense/kernel"
    }


def test_weight_errors(tmp_path):
    converted = ivy.transpile(dense(), to="torch")
    with pytest.raises(ivy.WeightError, match=r"of the wrong shape: dense .*weight: \(5, 6\) does not fill"):
        ivy.load_weights(converted, keras.Sequential([keras.Input((6,)), keras.layers.Dense(5), keras.layers.Dense(2)]))
    with pytest.raises(ivy.WeightError, match="missing from the state"):
        ivy.load_weights(converted, keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)]))
    with pytest.raises(ivy.WeightError, match="no such file"):
        ivy.load_weights(converted, tmp_path / "absent.h5")
    (tmp_path / "state.xyz").write_bytes(b"")
    with pytest.raises(ivy.WeightError, match="unknown kind of file"):
        ivy.load_weights(converted, tmp_path / "state.xyz")


def test_haiku_classes_carry_the_weights():
    hk = pytest.importorskip("haiku")
    import jax

    source = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Dropout(0.5), torch.nn.BatchNorm1d(4))
    source(torch.randn(8, 3))
    encoder = ivy.transpile(source, source="torch", to="haiku", args=(torch.ones(2, 3),))
    assert issubclass(encoder, hk.Module)

    class Classifier(hk.Module):
        def __init__(self):
            super().__init__()
            self.encoder = encoder()
            self.fc = hk.Linear(2)

        def __call__(self, x):
            return self.fc(self.encoder(self.encoder(x)[:, :3]))

    x = np.random.default_rng(0).random((2, 3), dtype=np.float32)
    forward = hk.transform(lambda x: Classifier()(x))
    params = forward.init(jax.random.PRNGKey(0), x)
    assert {name: sorted(values) for name, values in params.items()} == {
        "classifier/~/linear": ["b", "w"],
        "classifier/~/sequential": ["0.bias", "0.weight", "2.bias", "2.weight"],
    }
    assert forward.apply(params, None, x).shape == (2, 2)
    alone = hk.transform(lambda x: encoder()(x))
    params = alone.init(None, x)
    wanted = source.eval()(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(jax.jit(alone.apply)(params, None, x), wanted, rtol=1e-5, atol=1e-6)
    zeros = jax.tree.map(np.zeros_like, params)
    assert not np.asarray(alone.apply(zeros, None, x)).any()


def test_errors():
    with pytest.raises(exceptions.NotConvertible, match="not its class"):
        ivy.transpile(torch.nn.Linear, to="haiku")
    half = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, dtype="mixed_float16")])
    with pytest.raises(exceptions.NotConvertible, match="float16"):
        ivy.transpile(half, to="torch")


EFFICIENTNET = """
eff_encoder = tf.keras.applications.efficientnet_v2.EfficientNetV2B0(
    include_top=False, weights=None, input_shape=(224, 224, 3)
)
noise = tf.random.normal(shape=(1, 224, 224, 3))
"""
TO_TORCH = f"""
import ivy
import torch
import tensorflow as tf
{EFFICIENTNET}
torch_eff_encoder = ivy.transpile(eff_encoder, source="tensorflow", to="torch", args=(noise,))

class Classifier(torch.nn.Module):
    def __init__(self, num_classes=20):
        super().__init__()
        self.encoder = torch_eff_encoder
        self.fc = torch.nn.Linear(1280, num_classes)

    def forward(self, x):
        x = self.encoder(x)
        return self.fc(x)

classifier = Classifier()
ret = classifier(torch.rand((1, 244, 244, 3)))
assert ret.shape == (1, 8, 8, 20), ret.shape
assert sum(value.numel() for value in torch_eff_encoder.state_dict().values()) == 5_919_312
out = torch_eff_encoder(torch.from_numpy(noise.numpy())).detach().numpy()
wanted = eff_encoder(noise).numpy()
assert out.shape == (1, 7, 7, 1280) and abs(out - wanted).max() < 1e-5 * abs(wanted).max()
"""
TO_HAIKU = """
class Classifier(hk.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.encoder = encoder()
        self.fc = hk.Linear(output_size=num_classes, with_bias=True)

    def __call__(self, x):
        x = self.encoder(x)
        x = self.fc(x)
        return x

def _forward_classifier(x):
    module = Classifier()
    return module(x)

rng_key = jax.random.PRNGKey(42)
x = jax.random.uniform(key=rng_key, shape=noise.shape)
forward_classifier = hk.transform(_forward_classifier)
params = forward_classifier.init(rng=rng_key, x=x)
ret = forward_classifier.apply(params, None, x)
alone = hk.transform(lambda x: encoder()(x))
out = alone.apply(alone.init(None, noise.numpy()), None, noise.numpy())
"""
KERAS_TO_HAIKU = f"""
import ivy
import jax
import haiku as hk
import tensorflow as tf
jax.config.update("jax_enable_x64", True)
{EFFICIENTNET}
encoder = ivy.transpile(eff_encoder, source="tensorflow", to="haiku", args=(noise,))
{TO_HAIKU}
wanted = eff_encoder(noise).numpy()
assert ret.shape == (1, 7, 7, 1000) and abs(out - wanted).max() < 1e-5 * abs(wanted).max()
"""
TIMM_TO_HAIKU = f"""
import torch
ops = torch.library.Library("torchvision", "DEF")  # the installed torchvision may lack its compiled part
ops.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
ops.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import ivy
import timm
import jax
import haiku as hk

mlp_encoder = timm.create_model("mixer_b16_224", pretrained=False, num_classes=0)
noise = torch.randn(1, 3, 224, 224)
encoder = ivy.transpile(mlp_encoder, source="torch", to="haiku", args=(noise,))
{TO_HAIKU}
wanted = mlp_encoder.eval()(noise).detach().numpy()
assert ret.shape == (1, 1000) and abs(out - wanted).max() < 1e-5 * abs(wanted).max()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "code, packages",
    [
        (TO_TORCH, ["tensorflow", "torch"]),
        (KERAS_TO_HAIKU, ["tensorflow", "haiku"]),
        (TIMM_TO_HAIKU, ["timm", "haiku"]),
    ],
    ids=["keras-to-torch", "keras-to-haiku", "timm-to-haiku"],
)
def test_examples(code, packages):
    for package in packages:
        if package != "timm":
            pytest.importorskip(package)
    command = [sys.executable, "-W", "ignore", "-c", code]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    if "No module named 'timm'" in done.stderr:
        pytest.skip("timm is not installed")
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("target", ("jax", "numpy", "tensorflow"))
def test_training_the_source_leaves_the_converted_model_alone(target):
    torch = pytest.importorskip("torch")
    model = torch.nn.Linear(64, 64)
    converted = ivy.transpile(model, source="torch", to=target)
    x = np.ones((1, 64), np.float32)
    before = np.array(converted(x))
    with torch.no_grad():
        model.weight.mul_(2)
        model.bias.add_(1)
    np.testing.assert_array_equal(np.asarray(converted(x)), before)
