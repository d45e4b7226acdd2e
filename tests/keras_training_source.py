"""Training with tapes and Keras' optimizers, learning rates, losses and metrics."""

import keras
import tensorflow as tf
from keras import layers, optimizers

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.1),
    "momentum": lambda: keras.optimizers.SGD(learning_rate=0.1, momentum=0.9),
    "nesterov": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, weight_decay=0.1),
    "momentum schedule": lambda: optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 5, 0.5), momentum=0.9),
    "adam": lambda: optimizers.Adam(1e-2),
    "adam epsilon": lambda: optimizers.Adam(1e-2, beta_1=0.8, beta_2=0.95, epsilon=1e-2),
    "amsgrad": lambda: tf.keras.optimizers.Adam(1e-2, amsgrad=True),
    "adam decay": lambda: optimizers.Adam(1e-2, weight_decay=0.1, global_clipnorm=0.5),
    "adamw": lambda: optimizers.AdamW(1e-2),
    "adamw clip": lambda: optimizers.AdamW(optimizers.schedules.CosineDecay(1e-2, 10), 0.1, clipnorm=0.3),
    "rmsprop": lambda: optimizers.RMSprop(1e-2),
    "rmsprop centered": lambda: optimizers.RMSprop(1e-3, rho=0.95, momentum=0.9, centered=True, clipvalue=0.2),
    "adagrad": lambda: optimizers.Adagrad(1e-1),
    "adadelta": lambda: optimizers.Adadelta(1.0, rho=0.9),
    "adamax": lambda: optimizers.Adamax(1e-2, weight_decay=0.1),
    "lion": lambda: optimizers.Lion(1e-2, beta_1=0.8),
    "nadam": lambda: optimizers.Nadam(1e-2, beta_2=0.99),
}

SCHEDULES = {
    "exponential": lambda: optimizers.schedules.ExponentialDecay(1.0, 4, 0.5),
    "staircase": lambda: optimizers.schedules.ExponentialDecay(1.0, decay_steps=4, decay_rate=0.5, staircase=True),
    "inverse": lambda: optimizers.schedules.InverseTimeDecay(1.0, 4, 0.5),
    "piecewise": lambda: optimizers.schedules.PiecewiseConstantDecay([4, 9], [1.0, 0.5, 0.1]),
    "polynomial": lambda: optimizers.schedules.PolynomialDecay(1.0, 8, 0.1, power=2.0),
    "cycle": lambda: optimizers.schedules.PolynomialDecay(1.0, 4, 0.1, cycle=True),
    "cosine": lambda: optimizers.schedules.CosineDecay(1.0, 10, alpha=0.1),
    "warm cosine": lambda: optimizers.schedules.CosineDecay(0.1, 10, warmup_target=1.0, warmup_steps=4),
}

LOSSES = {
    "squares": lambda: keras.losses.MeanSquaredError(),
    "absolutes": lambda: keras.losses.MeanAbsoluteError(reduction="sum"),
    "binary": lambda: keras.losses.BinaryCrossentropy(from_logits=True),
    "categories": lambda: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    "rows": lambda: keras.losses.CategoricalCrossentropy(from_logits=True, reduction="none"),
    "huber": lambda: keras.losses.Huber(delta=0.5),
    "cosine": lambda: keras.losses.CosineSimilarity(),
    "hinge": lambda: keras.losses.Hinge(),
    "log cosh": lambda: keras.losses.LogCosh(),
}


def stepped(name, variables, gradients):
    """Variables after steps along given gradients, of which the last ones miss one."""
    optimizer = OPTIMIZERS[name]()
    for grads in gradients:
        optimizer.apply_gradients(zip(grads, variables))
    return variables


def rates(name, count):
    schedule = SCHEDULES[name]()
    return [schedule(step) for step in range(count)]


def losses(name, target, output, weights):
    loss = LOSSES[name]()
    return loss(target, output), loss(target, output, sample_weight=weights)


class Net(keras.Model):
    def __init__(self, units, outputs, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(units, activation="relu")
        self.norm = layers.BatchNormalization()
        self.out = layers.Dense(outputs)

    def call(self, x, training=None):
        return self.out(self.norm(self.hidden(x), training=training))


loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def make_step(model, optimizer, metric):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_fn(y, logits)
        grads = tape.gradient(loss, model.trainable_variables)
        grads, norm = tf.clip_by_global_norm(grads, 1.0)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        metric.update_state(y, logits)
        return loss, norm

    return step


def classifier(weights, batches):
    """Losses, accuracies and weights of a classifier that is trained; statistics of its normalisation too."""
    model = Net(8, 3)
    model(batches[0][0])
    model.set_weights(weights)
    optimizer = keras.optimizers.Adam(learning_rate=1e-2)
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    average = keras.metrics.Mean()
    step = make_step(model, optimizer, accuracy)
    history = []
    for x, y in batches:
        loss, norm = step(x, y)
        average.update_state(loss)
        history.append((float(loss), float(norm), float(accuracy.result())))
    accuracy.reset_state()
    return history, float(average.result()), float(accuracy(batches[0][1], model(batches[0][0]))), model.get_weights()


def adversaries(generator_weights, critic_weights, batches):
    """Two models, two tapes, two optimizers."""
    generator, critic = Net(6, 4), Net(6, 1)
    generator(batches[0][0])
    critic(batches[0][0])
    generator.set_weights(generator_weights)
    critic.set_weights(critic_weights)
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    generator_optimizer, critic_optimizer = keras.optimizers.Adam(1e-2), keras.optimizers.RMSprop(1e-3)
    history = []
    for real, noise in batches:
        with tf.GradientTape() as generator_tape, tf.GradientTape() as critic_tape:
            fake = generator(noise, training=True)
            on_real, on_fake = critic(real, training=True), critic(fake, training=True)
            generator_loss = entropy(tf.ones_like(on_fake), on_fake)
            critic_loss = entropy(tf.ones_like(on_real), on_real) + entropy(tf.zeros_like(on_fake), on_fake)
        generator_grads = generator_tape.gradient(generator_loss, generator.trainable_variables)
        critic_grads = critic_tape.gradient(critic_loss, critic.trainable_variables)
        generator_optimizer.apply_gradients(zip(generator_grads, generator.trainable_variables))
        critic_optimizer.apply_gradients(zip(critic_grads, critic.trainable_variables))
        history.append((float(generator_loss), float(critic_loss)))
    return history, generator.get_weights()


def averaged(weights, x):
    """A slow copy of a model; values that are kept are those of their time."""
    model, slow = Net(4, 2), Net(4, 2)
    for each in (model, slow):
        each(x)
        each.set_weights(weights)
    optimizer = keras.optimizers.SGD(0.5)
    before = [tf.identity(v) for v in model.trainable_variables]
    host = [v.numpy() for v in model.trainable_variables]
    first = tf.convert_to_tensor(model.trainable_variables[0])
    history = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x) - 1.0))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
        history.append(loss.numpy())
        for a, b in zip(slow.trainable_variables, model.trainable_variables):
            a.assign(0.9 * a + 0.1 * b)
    optimizer.learning_rate = 0.1
    return before, host, first, history, slow.get_weights(), model.get_weights(), optimizer.learning_rate


class Scaled(keras.Model):
    """A model with a step of its own, which ``fit`` calls with a batch as the data has it."""

    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(2)
        self.tracker = keras.metrics.Mean(name="scaled")

    def call(self, x):
        return self.head(x)

    def compile(self, rule, scale):
        super().compile(optimizer=rule)
        self.scale = scale

    @property
    def metrics(self):
        return [self.tracker]

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(data, training=True))) * self.scale
        grads = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
        self.tracker.update_state(loss)
        return {"scaled": self.tracker.result()}


def own_step(x, weights):
    """The history of a model with a step of its own, and its weights afterwards."""
    model = Scaled()
    model.predict_on_batch(x[:1])
    model.set_weights(weights)
    model.compile(keras.optimizers.Adam(0.05), scale=3.0)
    history = model.fit(x, epochs=3, batch_size=8, shuffle=False, verbose=0)
    return history.history["scaled"], model.get_weights()
