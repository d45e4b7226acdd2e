"""Fifty steps of gradient descent in the source and in the converted model give the same losses."""

import importlib.util

import ivy
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from . import training_source as source  # noqa: E402

STEPS = 50
RATES = {"SmallCNN": 0.05, "SmallTransformer": 0.3}


def batches(name):
    """The same batches for every framework: inputs and labels that depend on them."""
    rng = np.random.default_rng(7)
    for _ in range(STEPS):
        labels = rng.integers(0, 5, 16)
        if name == "SmallCNN":
            inputs = rng.standard_normal((16, 3, 10, 10)).astype(np.float32) + labels[:, None, None, None] * 0.4
            yield inputs.astype(np.float32), labels
        else:
            inputs = rng.integers(0, 11, (16, 7))
            inputs[:, -1] = labels
            yield inputs, labels


def train_torch(model, data, rate):
    """Losses of each step, PyTorch."""
    optimizer = torch.optim.SGD(model.parameters(), rate)
    model.train()
    losses = []
    for inputs, labels in data:
        loss = torch.nn.functional.cross_entropy(model(torch.from_numpy(inputs)), torch.from_numpy(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def train_jax(model, data, rate):
    """Losses of each step, flax.nnx under jit with optax."""
    import optax
    from flax import nnx

    optimizer = nnx.Optimizer(model, optax.sgd(rate), wrt=nnx.Param)
    model.train()

    @nnx.jit
    def step(model, optimizer, inputs, labels):
        def loss_of(model):
            return optax.softmax_cross_entropy_with_integer_labels(model(inputs), labels).mean()

        loss, grads = nnx.value_and_grad(loss_of)(model)
        optimizer.update(model, grads)
        return loss

    return [float(step(model, optimizer, *batch)) for batch in data]


def train_tensorflow(model, data, rate):
    """Losses of each step, a Keras model under tf.function with Keras' optimizer."""
    import keras
    import tensorflow as tf

    optimizer = keras.optimizers.SGD(rate)

    @tf.function
    def step(inputs, labels):
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        return loss

    return [float(step(tf.constant(inputs), tf.constant(labels))) for inputs, labels in data]


def evaluated(model, inputs):
    """Outputs in inference, as a NumPy array."""
    if isinstance(model, torch.nn.Module):
        with torch.no_grad():
            return model.eval()(torch.from_numpy(inputs)).numpy()
    if hasattr(model, "eval"):
        model.eval()
    return np.asarray(model(inputs))


TRAINERS = {"jax": ("flax", train_jax), "tensorflow": ("keras", train_tensorflow)}


@pytest.mark.slow
@pytest.mark.parametrize("target", TRAINERS)
@pytest.mark.parametrize("name", ("SmallCNN", "SmallTransformer"))
def test_loss_curves_agree(name, target):
    package, train = TRAINERS[target]
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    torch.manual_seed(0)
    model = getattr(source, name)()
    converted = ivy.transpile(model, source="torch", to=target)
    data = list(batches(name))
    wanted = train_torch(model, data, RATES[name])
    found = train(converted, data, RATES[name])
    assert wanted[-1] < 0.9 * wanted[0], "the source must learn for the comparison to mean anything"
    np.testing.assert_allclose(found, wanted, atol=1e-3)
    inputs = data[0][0]
    np.testing.assert_allclose(evaluated(converted, inputs), evaluated(model, inputs), atol=5e-3)
