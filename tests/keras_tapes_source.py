"""Steps of training with tapes over Keras models, as scripts write them; converted by test_keras_tapes.py."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops


def wave(shape, dtype=None):
    """First values that are the same everywhere."""
    count = int(np.prod(shape))
    return ops.reshape(ops.sin(ops.arange(1, count + 1, dtype="float32") * 1.7) * 0.4, shape)


def dense(units, activation=None, **options):
    return layers.Dense(units, activation=activation, kernel_initializer=wave, **options)


class Sampling(layers.Layer):
    """A draw that is the mean here, so that both frameworks compute the same."""

    def call(self, inputs):
        mean, log_var = inputs
        return mean + ops.exp(0.5 * log_var) * 0.1


def encoder():
    inputs = keras.Input((6,))
    x = dense(8, "relu")(inputs)
    mean, log_var = dense(2, name="mean")(x), dense(2, name="log_var")(x)
    return keras.Model(inputs, [mean, log_var, Sampling()([mean, log_var])])


class Autoencoder(keras.Model):
    """A variational autoencoder with a step of its own."""

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.total_tracker = keras.metrics.Mean(name="total")
        self.kl_tracker = keras.metrics.Mean(name="kl")

    @property
    def metrics(self):
        return [self.total_tracker, self.kl_tracker]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            z_mean, z_log_var, z = self.encoder(data)
            reconstruction = self.decoder(z)
            error = ops.mean(ops.sum(ops.square(data - reconstruction), axis=-1))
            kl = -0.5 * (1 + z_log_var - ops.square(z_mean) - ops.exp(z_log_var))
            kl = ops.mean(ops.sum(kl, axis=1))
            total = error + kl
        grads = tape.gradient(total, self.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.trainable_weights))
        self.total_tracker.update_state(total)
        self.kl_tracker.update_state(kl)
        return {m.name: m.result() for m in self.metrics}


def autoencoder(data):
    model = Autoencoder(encoder(), keras.Sequential([layers.Input((2,)), dense(8, "relu"), dense(6)]))
    model.compile(optimizer=keras.optimizers.Adam(0.01))
    history = model.fit(data["x"], epochs=3, batch_size=10, shuffle=False, verbose=0).history
    return history, model.get_weights()


class Penalised(keras.Model):
    """A Wasserstein GAN with a gradient penalty: tapes in loops, and a tape below a tape."""

    def __init__(self, discriminator, generator, steps=2, weight=10.0):
        super().__init__()
        self.discriminator, self.generator = discriminator, generator
        self.steps, self.weight = steps, weight

    def compile(self, d_optimizer, g_optimizer, d_loss_fn, g_loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer
        self.d_loss_fn, self.g_loss_fn = d_loss_fn, g_loss_fn

    def gradient_penalty(self, real, fake):
        interpolated = real + 0.3 * (fake - real)
        with tf.GradientTape() as gp_tape:
            gp_tape.watch(interpolated)
            pred = self.discriminator(interpolated, training=True)
        grads = gp_tape.gradient(pred, [interpolated])[0]
        norm = tf.sqrt(tf.reduce_sum(tf.square(grads), axis=[1]))
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real):
        if isinstance(real, tuple):
            real = real[0]
        noise = real[:, :3]
        for _ in range(self.steps):
            with tf.GradientTape() as tape:
                fake = self.generator(noise, training=True)
                fake_logits = self.discriminator(fake, training=True)
                real_logits = self.discriminator(real, training=True)
                d_cost = self.d_loss_fn(real_img=real_logits, fake_img=fake_logits)
                gp = self.gradient_penalty(real, fake)
                d_loss = d_cost + gp * self.weight
            d_gradient = tape.gradient(d_loss, self.discriminator.trainable_variables)
            self.d_optimizer.apply_gradients(zip(d_gradient, self.discriminator.trainable_variables))
        with tf.GradientTape() as tape:
            generated = self.generator(noise, training=True)
            g_loss = self.g_loss_fn(self.discriminator(generated, training=True))
        gen_gradient = tape.gradient(g_loss, self.generator.trainable_variables)
        self.g_optimizer.apply_gradients(zip(gen_gradient, self.generator.trainable_variables))
        return {"d_loss": d_loss, "g_loss": g_loss}


def discriminator_loss(real_img, fake_img):
    return tf.reduce_mean(fake_img) - tf.reduce_mean(real_img)


def generator_loss(fake_img):
    return -tf.reduce_mean(fake_img)


def wasserstein(data):
    generator = keras.Sequential([layers.Input((3,)), dense(8), layers.BatchNormalization(), dense(6)])
    critic = keras.Sequential([layers.Input((6,)), dense(8), layers.LeakyReLU(negative_slope=0.2), dense(1)])
    model = Penalised(critic, generator)
    model.compile(
        keras.optimizers.RMSprop(0.01), keras.optimizers.SGD(0.05), discriminator_loss, generator_loss
    )
    history = model.fit(data["x"], epochs=2, batch_size=15, shuffle=False, verbose=0).history
    return history, generator.get_weights(), critic.get_weights()


class Distiller(keras.Model):
    """A student that learns from a teacher, with losses of ``compile``."""

    def __init__(self, student, teacher):
        super().__init__()
        self.teacher, self.student = teacher, student

    def compile(self, optimizer, metrics, student_loss_fn, distillation_loss_fn, alpha=0.1, temperature=3):
        super().compile(optimizer=optimizer, metrics=metrics)
        self.student_loss_fn, self.distillation_loss_fn = student_loss_fn, distillation_loss_fn
        self.alpha, self.temperature = alpha, temperature

    def train_step(self, data):
        x, y = data
        teacher_predictions = self.teacher(x, training=False)
        with tf.GradientTape() as tape:
            student_predictions = self.student(x, training=True)
            student_loss = self.student_loss_fn(y, student_predictions)
            distillation_loss = (
                self.distillation_loss_fn(
                    tf.nn.softmax(teacher_predictions / self.temperature, axis=1),
                    tf.nn.softmax(student_predictions / self.temperature, axis=1),
                )
                * self.temperature**2
            )
            loss = self.alpha * student_loss + (1 - self.alpha) * distillation_loss
        trainable_vars = self.student.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)
        self.optimizer.apply_gradients(zip(gradients, trainable_vars))
        self.compute_metrics(x, y, student_predictions)
        results = {m.name: m.result() for m in self.metrics if m.name != "loss"}
        results.update({"student_loss": student_loss, "distillation_loss": distillation_loss})
        return results

    def call(self, x):
        return self.student(x)


def distilled(data):
    teacher = keras.Sequential([layers.Input((6,)), dense(12, "relu"), dense(3)])
    student = keras.Sequential([layers.Input((6,)), dense(4, "relu"), dense(3)])
    model = Distiller(student, teacher)
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
        student_loss_fn=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        distillation_loss_fn=keras.losses.KLDivergence(),
    )
    history = model.fit(data["x"], data["classes"], epochs=2, batch_size=12, shuffle=False, verbose=0).history
    return [history[key] for key in ("student_loss", "distillation_loss")], student.get_weights()


class Late(keras.Model):
    """Layers that make their weights at the first step."""

    def __init__(self):
        super().__init__()
        self.hidden = dense(5, "tanh")
        self.norm = layers.BatchNormalization()
        self.head = dense(1)
        self.unused = layers.Dense(3)

    def call(self, x, training=False):
        return self.head(self.norm(self.hidden(x), training=training))


class Trainer:
    """A loop in a class of its own, with accumulated values, branches and loops in the block."""

    def __init__(self, model, optimizer):
        self.model, self.optimizer = model, optimizer
        self.loss = keras.losses.MeanSquaredError()
        self.seen = keras.metrics.Mean()

    @tf.function
    def step(self, x, y, scale=1.0):
        total = 0.0
        with tf.GradientTape() as tape:
            for part in range(2):
                pred = self.model(x + part, training=True)
                if scale != 1.0:
                    pred = pred * scale
                total += self.loss(y, pred)
        variables = self.model.trainable_variables
        grads = tape.gradient(total, variables)
        grads = [tf.clip_by_norm(g, 0.5) for g in grads]
        self.optimizer.apply_gradients(zip(grads, variables))
        self.seen(total)
        return total, pred


def looped(data):
    trainer = Trainer(Late(), keras.optimizers.SGD(0.1, momentum=0.9))
    history = []
    for start in (0, 20, 40, 10):
        x, y = data["x"][start : start + 20], data["sizes"][start : start + 20]
        total, pred = trainer.step(tf.constant(x), tf.constant(y), scale=0.5)
        history.append((float(total), float(tf.reduce_mean(pred))))
    return history, float(trainer.seen.result()), trainer.model.get_weights()


def unused_weights(data):
    """Weights that the loss does not depend on have no gradient, and optimizers leave them alone."""
    first, second = dense(3), dense(2)
    x = tf.constant(data["x"])
    first(x), second(x)
    with tf.GradientTape(persistent=True) as tape:
        a, b = first(x), second(x)
        loss = tf.reduce_sum(a**2) + tf.reduce_sum(tf.stop_gradient(b))
    grads = tape.gradient(loss, first.trainable_variables + second.trainable_variables)
    both = tape.gradient([loss, a], {"kernel": first.kernel, "other": second.kernel})
    del tape
    return [g is None for g in grads], grads[0], both["kernel"], both["other"] is None


def attention_map(data):
    """The gradient with respect to what a layer inside computes, as maps of classes need it."""
    inputs = keras.Input((6,))
    model = keras.Model(inputs, dense(5, "relu")(inputs))
    head = keras.Sequential([layers.Input((5,)), dense(3)])
    with tf.GradientTape() as tape:
        found = model(tf.constant(data["x"]))
        tape.watch(found)
        predictions = head(found)
        channel = predictions[:, 1]
    grads = tape.gradient(channel, found)
    return grads, tf.reduce_mean(found * grads, axis=1)


def second_order(data):
    """A derivative inside of a loss."""
    model = keras.Sequential([layers.Input((6,)), dense(5, "tanh"), dense(1)])
    optimizer = keras.optimizers.SGD(0.05)
    x = tf.constant(data["x"])
    history = []
    for _ in range(3):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                u = model(x)
            du = inner.gradient(u, x)
            loss = tf.reduce_mean(tf.square(du - 1.0)) + tf.reduce_mean(u**2)
        grads = outer.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        history.append(float(loss))
    return history, model.get_weights()


class OwnLoss(keras.Model):
    """``compute_loss`` of its own, called in a step of its own."""

    def __init__(self):
        super().__init__()
        self.head = dense(1)
        self.tracker = keras.metrics.Mean(name="mean_loss")
        self.error = keras.metrics.MeanAbsoluteError(name="error")

    def call(self, x, training=False):
        return self.head(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        loss = ops.mean(ops.square(y - y_pred))
        self.tracker.update_state(loss)
        return loss

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x, y, y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        self.error.update_state(y, y_pred)
        return {"loss": self.tracker.result(), "error": self.error.result()}

    def test_step(self, data):
        x, y = data
        y_pred = self(x, training=False)
        self.compute_loss(x, y, y_pred)
        self.error.update_state(y, y_pred)
        return {"loss": self.tracker.result(), "error": self.error.result()}

    @property
    def metrics(self):
        return [self.tracker, self.error]


def own_loss(data):
    model = OwnLoss()
    model.compile(optimizer=keras.optimizers.Adam(0.05))
    options = {"epochs": 2, "batch_size": 20, "shuffle": False, "verbose": 0}
    history = model.fit(data["x"], data["sizes"], validation_data=(data["x"][:9], data["sizes"][:9]), **options)
    return history.history, model.get_weights()


def image_step(image, optimizer):
    """A step on a variable that is an argument; what it returns is read by NumPy."""
    with tf.GradientTape() as tape:
        rough = tf.reduce_mean(tf.square(image[1:] - image[:-1]))
        loss = rough + tf.reduce_mean(tf.abs(image))
    gradient = tape.gradient(loss, image)
    optimizer.apply_gradients([(gradient, image)])
    return loss, {"rough": rough}


def inverted(data):
    image = tf.Variable(data["x"][:8])
    optimizer = keras.optimizers.SGD(0.5)
    found = [image_step(image, optimizer) for _ in range(3)]
    return [np.asarray(loss) for loss, _ in found], [np.asarray(parts["rough"]) for _, parts in found], image.numpy()


class Noisy(layers.Layer):
    """Draws with a seed of its own, whose numbers are not compared."""

    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, x):
        noise = keras.random.normal(ops.shape(x), seed=self.seed_generator)
        self.add_loss(ops.mean(ops.square(x)))
        return x + 0.0 * noise


def drawn_in_steps(data):
    """Draws in a graph and in the steps of ``fit``."""
    inputs = keras.Input((6,))
    outputs = layers.Dense(1, kernel_initializer=wave)(Noisy()(layers.Dense(4, kernel_initializer=wave)(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    history = model.fit(data["x"], data["sizes"], epochs=2, batch_size=20, shuffle=False, verbose=0)
    return history.history, model.predict(data["x"][:5], verbose=0)


CASES = (autoencoder, wasserstein, distilled, looped, unused_weights, attention_map, second_order, own_loss, inverted, drawn_in_steps)
