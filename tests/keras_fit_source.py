"""Keras models that are trained by ``fit``; converted by test_keras_fit.py, which gives all the same weights."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, regularizers


def perceptron(classes=3, activation="softmax"):
    return keras.Sequential(
        [layers.Input((8,)), layers.Dense(16, activation="relu"), layers.Dense(classes, activation=activation)]
    )


class Blocks(keras.Model):
    """A model with statistics, made at its first call."""

    def __init__(self, width=6):
        super().__init__()
        self.hidden = layers.Dense(width, use_bias=False)  # a bias before a norm has no gradient but rounding
        self.norm = layers.BatchNormalization()
        self.drop = layers.Dropout(0.0)
        self.head = layers.Dense(1)

    def call(self, inputs, training=False):
        x = self.norm(self.hidden(inputs), training=training)
        return self.head(self.drop(keras.activations.relu(x), training=training))


def two_headed():
    inputs = keras.Input((8,), name="features")
    x = layers.Dense(12, activation="tanh")(inputs)
    kind = layers.Dense(3, activation="softmax", name="kind")(x)
    size = layers.Dense(1, name="size")(x)
    return keras.Model(inputs, [kind, size])


def named_outputs():
    inputs = {"a": keras.Input((4,), name="a"), "b": keras.Input((4,), name="b")}
    x = layers.Concatenate()([inputs["a"], inputs["b"]])
    outputs = {"kind": layers.Dense(3, name="kind")(x), "size": layers.Dense(1, name="size")(x)}
    return keras.Model(inputs, outputs)


def masked_tagger():
    inputs = keras.Input((6,), dtype="int32")
    x = layers.Embedding(10, 8, mask_zero=True)(inputs)
    x = layers.LSTM(5, return_sequences=True)(x)
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(x))


def penalised_model():
    inputs = keras.Input((8,))
    x = layers.Dense(8, kernel_regularizer=regularizers.l2(0.05), bias_regularizer=regularizers.L1L2(0.1, 0.2))(inputs)
    x = layers.BatchNormalization(gamma_regularizer="l1")(layers.Activation("relu")(x))
    return keras.Model(inputs, layers.Dense(1, kernel_regularizer=regularizers.L1(0.02))(x))


class OwnStep(keras.Model):
    """A model with metrics of its own and a loss that it computes itself."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)
        self.error = keras.metrics.MeanAbsoluteError(name="error")

    def call(self, x):
        return self.head(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return keras.ops.mean(keras.ops.square(y - y_pred)) * 2.0


class OwnUpdates(keras.Model):
    """A model whose step goes through its metrics, as those of keras.io do."""

    def __init__(self):
        super().__init__()
        self.head = layers.Dense(3)

    def call(self, x):
        return self.head(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            logits = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=logits)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, logits)
        return {metric.name: metric.result() for metric in self.metrics}


class Thresholded(keras.callbacks.Callback):
    """Stops training when the loss is small enough."""

    def __init__(self, limit):
        super().__init__()
        self.limit, self.seen = limit, []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(float(logs["loss"]))

    def on_epoch_end(self, epoch, logs=None):
        if logs["loss"] < self.limit:
            self.model.stop_training = True


class Chunks(keras.utils.PyDataset):
    """Batches by index."""

    def __init__(self, x, y, **kwargs):
        super().__init__(**kwargs)
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x) // 10

    def __getitem__(self, index):
        rows = slice(index * 10, index * 10 + 10)
        return self.x[rows], self.y[rows]


class Within(keras.metrics.Metric):
    """The share of predictions that are near, by weight."""

    def __init__(self, limit=1.0, name="within", **kwargs):
        super().__init__(name=name, **kwargs)
        self.limit = limit
        self.near = self.add_weight(name="near", shape=(), initializer="zeros")
        self.seen = self.add_weight(name="seen", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        near = keras.ops.cast(keras.ops.abs(y_true - y_pred) < self.limit, self.dtype)
        weights = keras.ops.ones_like(near) if sample_weight is None else keras.ops.reshape(sample_weight, (-1, 1))
        self.near.assign_add(keras.ops.sum(near * keras.ops.cast(weights, self.dtype)))
        self.seen.assign(self.seen + keras.ops.sum(keras.ops.cast(weights, self.dtype)))

    def result(self):
        return self.near / self.seen


def closeness(y_true, y_pred):
    return keras.ops.mean(keras.ops.cast(keras.ops.abs(y_true - y_pred) < 1.0, "float32"), axis=-1)


def squares(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(y_pred - y_true), axis=-1)


def classified(model, data):
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        data["x"], data["classes"], epochs=3, batch_size=10, shuffle=False, validation_split=0.3, verbose=0
    )
    return history.history, model.evaluate(data["x"], data["classes"], verbose=0), model.predict(data["x"], verbose=0)


def weighted(model, data):
    model.compile(
        keras.optimizers.SGD(0.05, momentum=0.9),
        "categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["accuracy", keras.metrics.CategoricalCrossentropy(name="entropy")],
    )
    fitted = model.fit(
        data["x"],
        data["one_hot"],
        epochs=2,
        shuffle=False,
        verbose=0,
        sample_weight=data["weights"],
        validation_data=(data["x"][:20], data["one_hot"][:20]),
        validation_batch_size=7,
    )
    tested = model.evaluate(data["x"], data["one_hot"], sample_weight=data["weights"], verbose=0, return_dict=True)
    return fitted.history, tested


def by_class(model, data):
    model.compile("rmsprop", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=False), metrics=["acc"])
    fitted = model.fit(
        data["x"],
        data["classes"],
        epochs=2,
        batch_size=16,
        shuffle=False,
        verbose=0,
        class_weight={0: 1.0, 1: 3.0},
        steps_per_epoch=2,
    )
    return fitted.history


def regression(model, data):
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss=squares,
        metrics=["mse", closeness, keras.metrics.RootMeanSquaredError()],
    )
    fitted = model.fit(
        data["x"],
        data["sizes"],
        epochs=3,
        batch_size=10,
        shuffle=False,
        verbose=0,
        validation_split=0.2,
        validation_freq=2,
    )
    return fitted.history, model.evaluate(data["x"], data["sizes"], verbose=0), model.predict(data["x"][:5], verbose=0)


def binary(model, data):
    model.compile(
        "adagrad", "binary_crossentropy", metrics=["accuracy", keras.metrics.Precision(), keras.metrics.Recall()]
    )
    return model.fit(data["x"], data["binary"], epochs=2, shuffle=False, verbose=0).history


def two_losses(model, data):
    model.compile(
        "adam",
        loss={"kind": "sparse_categorical_crossentropy", "size": "mse"},
        loss_weights={"kind": 1.0, "size": 0.3},
        metrics={"kind": ["accuracy"], "size": ["mae", "mse"]},
    )
    targets = {"kind": data["classes"], "size": data["sizes"]}
    fitted = model.fit(data["x"], targets, epochs=2, shuffle=False, verbose=0, batch_size=12)
    return fitted.history, model.evaluate(data["x"], targets, verbose=0), model.predict(data["x"], verbose=0)


def listed_losses(model, data):
    model.compile(
        "sgd", loss=["sparse_categorical_crossentropy", "mse"], loss_weights=[0.5, 1.0], metrics=[["accuracy"], ["mae"]]
    )
    targets = [data["classes"], data["sizes"]]
    return model.fit(data["x"], targets, epochs=2, shuffle=False, verbose=0).history, model.evaluate(
        data["x"], targets, verbose=0
    )


def dictionaries(model, data):
    losses = {"kind": keras.losses.SparseCategoricalCrossentropy(from_logits=True), "size": "mae"}
    model.compile(keras.optimizers.AdamW(0.01), loss=losses, metrics={"kind": "accuracy"})
    inputs = {"a": data["x"][:, :4], "b": data["x"][:, 4:]}
    targets = {"kind": data["classes"], "size": data["sizes"]}
    fitted = model.fit(inputs, targets, epochs=2, shuffle=False, verbose=0)
    return fitted.history, model.predict(inputs, verbose=0)


def tagged(model, data):
    # Keras on TensorFlow squares the gradient of each occurrence of a word: optimizers with squares differ there.
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model.fit(data["tokens"], data["tags"], epochs=2, shuffle=False, verbose=0).history


def own_step(model, data):
    model.compile(keras.optimizers.SGD(0.02))
    return model.fit(data["x"], data["sizes"], epochs=2, shuffle=False, verbose=0).history


def own_updates(model, data):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    metrics = [keras.metrics.SparseTopKCategoricalAccuracy(2)]
    model.compile(keras.optimizers.SGD(0.02), loss, metrics=["accuracy"], weighted_metrics=metrics)
    history = model.fit(data["x"], data["classes"], epochs=2, shuffle=False, verbose=0).history
    names = [metric.name for metric in model.metrics]
    return history, names, model.evaluate(data["x"], data["classes"], verbose=0)


def stopped(model, data):
    model.compile(keras.optimizers.SGD(1.5), "mse", metrics=["mae"])
    stopping = keras.callbacks.EarlyStopping("val_mae", patience=1, restore_best_weights=True)
    fitted = model.fit(
        data["x"],
        data["sizes"],
        epochs=8,
        shuffle=False,
        verbose=0,
        validation_split=0.3,
        callbacks=[stopping],
    )
    return fitted.history, stopping.stopped_epoch, model.predict(data["x"][:4], verbose=0)


def lowered(model, data):
    model.compile(keras.optimizers.SGD(0.3), "mse")
    rates = [
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9 if epoch else rate),
        keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.05),
    ]
    return model.fit(data["x"], data["sizes"], epochs=6, shuffle=False, verbose=0, callbacks=rates).history


def watched(model, data):
    callback = Thresholded(0.9)
    ends = []
    shown = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append((epoch, logs["loss"])))
    model.compile(keras.optimizers.Adam(0.05), keras.losses.MeanSquaredError())
    model.fit(data["x"], data["sizes"], epochs=6, shuffle=False, verbose=0, callbacks=[callback, shown])
    return callback.seen, ends


def one_name(model, data):
    """A loss and metrics by the name of the one output."""
    name = model.layers[-1].name
    model.compile("adam", loss={name: "mse"}, metrics={name: ["mae"]})
    return list(model.fit(data["x"], data["sizes"], epochs=1, shuffle=False, verbose=0).history.values())


def one_weight(model, data):
    """One weight of each example for two outputs."""
    batches = [
        (data["x"][i : i + 20], (data["classes"][i : i + 20], data["sizes"][i : i + 20]), data["weights"][i : i + 20])
        for i in (0, 20)
    ]
    model.compile("adam", loss=["sparse_categorical_crossentropy", "mse"], weighted_metrics=[["accuracy"], ["mae"]])
    trained = [model.train_on_batch(x.astype("float32"), y, sample_weight=w) for x, y, w in batches]
    fitted = model.fit(
        data["x"], [data["classes"], data["sizes"]], sample_weight=data["weights"], shuffle=False, verbose=0
    )
    return trained, fitted.history


def by_index(model, data):
    model.compile("adam", "mse")
    chunks = Chunks(data["x"], data["sizes"])
    return model.fit(chunks, epochs=2, shuffle=False, verbose=0).history, model.evaluate(chunks, verbose=0)


def generated(model, data):
    def batches():
        while True:
            for start in range(0, 60, 15):
                yield data["x"][start : start + 15], data["sizes"][start : start + 15]

    model.compile("adam", "mse")
    return model.fit(batches(), epochs=2, steps_per_epoch=3, verbose=0).history


def from_pipeline(model, data):
    pairs = tf.data.Dataset.from_tensor_slices((data["x"].astype("float32"), data["sizes"]))
    batches = pairs.map(lambda x, y: (x * 2.0, y)).batch(16).prefetch(tf.data.AUTOTUNE)
    model.compile("adam", "mse")
    fitted = model.fit(batches, epochs=2, validation_data=batches.take(2), verbose=0)
    return fitted.history, model.evaluate(batches, verbose=0), model.predict(batches, verbose=0)


def batch_by_batch(model, data):
    model.compile("adam", "mse", metrics=["mae"])
    x, y = data["x"][:16], data["sizes"][:16]
    trained = [model.train_on_batch(x, y) for _ in range(3)]
    return trained, model.test_on_batch(x, y, return_dict=True), model.predict_on_batch(x)


def frozen_part(model, data):
    model.layers[0].trainable = False
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
        "sparse_categorical_crossentropy",
    )
    return model.fit(data["x"], data["classes"], epochs=2, shuffle=False, verbose=0).history, model.get_weights()


def penalised(model, data):
    model.compile(keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    fitted = model.fit(data["x"], data["sizes"], epochs=3, shuffle=False, verbose=0)
    penalties = [float(loss) for loss in model.losses]
    return fitted.history, model.evaluate(data["x"], data["sizes"], verbose=0), sum(penalties), len(penalties)


def own_metric(model, data):
    model.compile("adam", "mse", metrics=[Within()], weighted_metrics=[Within(0.5, name="nearer")])
    options = {"sample_weight": data["weights"], "shuffle": False, "verbose": 0}
    history = model.fit(data["x"], data["sizes"], epochs=2, validation_split=0.2, **options).history
    metric = Within(2.0)
    metric.update_state(data["sizes"][:5], data["sizes"][5:10] * 3.0)
    return history, float(metric.result()), metric.name


def tested(model, data):
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    outputs = model.predict(data["x"], batch_size=16, verbose=0)
    return model.evaluate(data["x"], data["classes"], verbose=0, return_dict=True), outputs


def prepared():
    """What is done with data before training, on the host."""
    sequences = [[1, 2, 3, 4], [5], [], [6, 7]]
    return [
        keras.utils.to_categorical([0, 2, 1]),
        keras.utils.to_categorical(np.array([[1], [0]]), num_classes=4),
        keras.utils.pad_sequences(sequences),
        keras.utils.pad_sequences(sequences, maxlen=2, padding="post", truncating="post", value=-1),
        keras.utils.pad_sequences(sequences, 3, dtype="float32"),
        keras.utils.normalize(np.array([[3.0, 4.0], [0.0, 0.0]]), axis=1),
    ]


CASES = {
    "classified": perceptron,
    "weighted": perceptron,
    "by_class": perceptron,
    "regression": Blocks,
    "binary": lambda: perceptron(1, "sigmoid"),
    "two_losses": two_headed,
    "listed_losses": two_headed,
    "dictionaries": named_outputs,
    "tagged": masked_tagger,
    "own_step": OwnStep,
    "own_updates": OwnUpdates,
    "stopped": Blocks,
    "lowered": Blocks,
    "watched": lambda: perceptron(1, None),
    "one_name": penalised_model,
    "one_weight": two_headed,
    "by_index": Blocks,
    "from_pipeline": Blocks,
    "generated": lambda: perceptron(1, None),
    "batch_by_batch": Blocks,
    "frozen_part": perceptron,
    "penalised": penalised_model,
    "own_metric": Blocks,
    "tested": perceptron,
}
