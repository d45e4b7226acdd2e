"""Checkpoints of TensorFlow in PyTorch and JAX: training goes on where it was, with moments, statistics and counters."""

import ivy
import numpy as np
import pytest

from .programs import loaded

tf = pytest.importorskip("tensorflow")

SOURCE = """
import os

import tensorflow as tf
from tensorflow.keras import layers


def make_generator():
    model = tf.keras.Sequential()
    model.add(layers.Dense(6, use_bias=False, input_shape=(3,)))
    model.add(layers.BatchNormalization())
    model.add(layers.LeakyReLU())
    model.add(layers.Dense(4))
    return model


def make_discriminator():
    return tf.keras.Sequential([layers.Dense(5, input_shape=(4,)), layers.LeakyReLU(), layers.Dense(1)])


cross_entropy = tf.keras.losses.BinaryCrossentropy(from_logits=True)


class Trainer:
    def __init__(self, folder, by_manager):
        self.generator, self.discriminator = make_generator(), make_discriminator()
        self.generator_optimizer = tf.keras.optimizers.Adam(1e-2)
        self.discriminator_optimizer = tf.keras.optimizers.RMSprop(1e-2, momentum=0.5)
        self.folder, self.by_manager = folder, by_manager
        self.checkpoint = tf.train.Checkpoint(
            step=tf.Variable(0),
            generator_optimizer=self.generator_optimizer,
            discriminator_optimizer=self.discriminator_optimizer,
            generator=self.generator,
            discriminator=self.discriminator,
        )
        self.manager = tf.train.CheckpointManager(self.checkpoint, folder, max_to_keep=2)

    def train_step(self, images, noise):
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            generated = self.generator(noise, training=True)
            real = self.discriminator(images, training=True)
            fake = self.discriminator(generated, training=True)
            gen_loss = cross_entropy(tf.ones_like(fake), fake)
            disc_loss = cross_entropy(tf.ones_like(real), real) + cross_entropy(tf.zeros_like(fake), fake)
        gen_grads = gen_tape.gradient(gen_loss, self.generator.trainable_variables)
        disc_grads = disc_tape.gradient(disc_loss, self.discriminator.trainable_variables)
        self.generator_optimizer.apply_gradients(zip(gen_grads, self.generator.trainable_variables))
        self.discriminator_optimizer.apply_gradients(zip(disc_grads, self.discriminator.trainable_variables))
        return gen_loss, disc_loss

    def start_with(self, draw):
        for model in (self.generator, self.discriminator):
            model.set_weights([draw(value.shape) for value in model.get_weights()])

    def restore(self):
        latest = self.manager.latest_checkpoint if self.by_manager else tf.train.latest_checkpoint(self.folder)
        if latest is not None:
            self.checkpoint.restore(latest).expect_partial()
        return latest

    def save(self):
        if self.by_manager:
            return self.manager.save()
        return self.checkpoint.save(file_prefix=os.path.join(self.folder, "ckpt"))

    def run(self, saves, steps=5):
        images = tf.reshape(tf.range(32, dtype=tf.float32), (8, 4)) / 16 - 1
        noise = tf.reshape(tf.range(24, dtype=tf.float32), (8, 3)) / 12 - 1
        losses = []
        for step in range(steps):
            losses.append([float(loss) for loss in self.train_step(images, noise)])
            self.checkpoint.step.assign_add(1)
            if step in saves:
                self.save()
        return losses, int(self.checkpoint.step)
"""


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """The source and its conversions, by framework."""
    folder = tmp_path_factory.mktemp("saved")
    (folder / "tf_saved_gan.py").write_text(SOURCE)
    found = {"tensorflow": loaded(folder / "tf_saved_gan.py", "tf_saved_gan")}
    for target in ("torch", "jax"):
        report = ivy.source_to_source(folder / "tf_saved_gan.py", to=target, out=folder / target)
        assert not report.sites["refused"] and not report.errors, report.diagnostics
        found[target] = loaded(folder / target / "tf_saved_gan.py", f"saved_gan_{target}")
    return found


@pytest.mark.parametrize("by_manager", [False, True])
def test_training_goes_on_where_it_was(modules, tmp_path, by_manager):
    found = {}
    for name, module in modules.items():
        folder = tmp_path / name
        folder.mkdir()
        first = module.Trainer(str(folder), by_manager)
        assert first.restore() is None
        rng = np.random.default_rng(0)
        first.start_with(lambda shape, rng=rng: rng.normal(0.5, 0.3, tuple(shape)).astype(np.float32))
        before, _ = first.run(saves=(0, 1, 2))
        again = module.Trainer(str(folder), by_manager)
        assert again.restore() == str(folder / "ckpt-3")
        after, steps = again.run(saves=(0,))
        # As the steps after the last checkpoint would have gone.
        np.testing.assert_allclose(after[:2], before[3:], rtol=1e-4)
        names = {path.name.partition(".")[0] for path in folder.iterdir()}
        found[name] = (before, after, steps, names)
    for name in ("torch", "jax"):
        for ours, theirs in zip(found[name][:2], found["tensorflow"][:2]):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4)
        assert found[name][2:] == found["tensorflow"][2:]


@pytest.mark.parametrize("target", ["torch", "jax"])
def test_what_does_not_match_is_told(modules, tmp_path, target):
    trainer = modules[target].Trainer(str(tmp_path), False)
    path = trainer.save()
    other = modules[target].Trainer(str(tmp_path), False)
    other.checkpoint.more = other.checkpoint.step
    with pytest.raises(AssertionError, match="more"):
        other.checkpoint.restore(path).assert_existing_objects_matched()
    del other.checkpoint.more, other.checkpoint.generator
    status = other.checkpoint.restore(path)
    status.assert_existing_objects_matched()
    with pytest.raises(AssertionError, match="generator"):
        status.assert_consumed()
