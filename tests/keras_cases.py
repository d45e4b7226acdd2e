"""Functions and classes of Keras 3, and calls of them over seeded arrays."""

import keras
import numpy as np
from keras import ops
from keras.ops import linalg

CALLS = (
    "triangular(f(3, 3), f(3, 2), f(3))",
    "depth_split(f(2, 3, 6))",
    "separable(f(2, 7, 6, 3), f(3, 3, 3, 2), f(1, 1, 6, 4))",
    "running_products(f(3, 4), b(3, 4))",
    "stacked(f(2, 3), f(1, 3))",
    "named_activations(3 * f(4, 6))",
    "activation_values(3 * f(4, 6))",
    "decomposed(f(4, 3))",
    "of_low_rank(f(6, 2), f(2, 4))",
    "spectrogram(f(2, 400))",
    "low_pass(f(2, 8, 6))",
    "parts_by_key(f(3, 4, 5))",
    "over_rows(f(3, 4), f(3, 4))",
    "running(f(5, 2))",
    "complex_numbers(f(3, 4, 2))",
    "unit_rows(f(3, 4))",
    "adaptive(f(2, 7, 8, 3))",
    "losses_of_values(f(4, 3), f(4, 3), u(4))",
    "losses_of_classes(n(5), u(5, 4), u(5))",
    "losses_of_masks(b(4, 6), u(4, 6), u(4, 6))",
    "losses_by_name(u(4, 3), u(4, 3))",
    "circles(n(6), f(6, 4))",
    "reductions(f(4, 4), f(4, 4), u(4))",
    "own_losses(f(5, 3), f(5, 3), u(5))",
    "metrics_of_values(f(4, 3), f(4, 3), u(4))",
    "metrics_of_classes(n(5), u(5, 4), u(5))",
    "metrics_of_masks(b(4, 6), u(4, 6), u(4, 6), u(4))",
    "averages(f(4, 3), f(2, 5), u(4))",
)


def triangular(a, b, c):
    a = a + 4 * ops.eye(3)
    lower, upper = ops.tril(a), ops.triu(a)
    return (
        ops.solve_triangular(upper, b),
        ops.solve_triangular(lower, b, lower=True),
        linalg.solve_triangular(upper, c),
        ops.linalg.norm(a, axis=-1),
    )


def depth_split(x):
    return [*ops.dsplit(x, 3), *ops.dsplit(x, [2, 3])]


def separable(x, depthwise, pointwise):
    return (
        ops.separable_conv(x, depthwise, pointwise, padding="same"),
        ops.separable_conv(x, depthwise, pointwise, strides=2),
    )


def running_products(x, missing):
    x = ops.where(missing, np.nan, x)
    return ops.nancumprod(x, axis=1), ops.nanprod(x), ops.nanprod(x, axis=0, keepdims=True)


def stacked(a, b):
    return ops.vstack([a, b])


NAMES = (
    "linear exponential hard_swish hard_silu hard_tanh mish glu hard_shrink soft_shrink tanh_shrink "
    "squareplus sparse_plus sparse_sigmoid relu6 celu"
).split()


def named_activations(x):
    return [keras.activations.get(name)(x) for name in NAMES]


def activation_values(x):
    functions = [keras.activations.linear, keras.activations.mish, keras.activations.exponential]
    functions.append(keras.activations.hard_tanh)
    return [
        *[function(x) for function in functions],
        keras.activations.hard_swish(x),
        keras.activations.sparse_plus(x),
        keras.activations.sparse_sigmoid(x),
        keras.activations.sparsemax(x),
        keras.activations.squareplus(x),
        keras.activations.squareplus(x, b=2),
        keras.activations.threshold(x, 0.5, -1.0),
    ]


def decomposed(x):
    q, r = linalg.qr(x)
    u, s, v = ops.linalg.svd(x, full_matrices=False)
    square = ops.matmul(ops.transpose(x), x)
    return (
        ops.matmul(q, r),
        s,
        ops.matmul(u * s, v),
        linalg.cholesky(square),
        linalg.eigh(square)[0],
        linalg.pinv(x),
        linalg.matrix_rank(x),
        linalg.lstsq(x, x),
    )


def of_low_rank(a, b):
    x = ops.matmul(a, b)
    return linalg.pinv(x), ops.pinv(x, rcond=0.5), linalg.matrix_rank(x), linalg.lstsq(x, x)


def spectrogram(x):
    real, imaginary = ops.stft(x, 64, 32, 128)
    power = ops.square(real) + ops.square(imaginary)
    back = ops.istft((real, imaginary), 64, 32, 128)
    frames = ops.extract_sequences(x, 64, 32) * ops.hanning(64) * ops.hamming(64)
    return ops.log(power + 1e-3), back, frames


def low_pass(x):
    real, imaginary = ops.fft2((x, ops.zeros_like(x)))
    mask = ops.cast(ops.arange(6) < 3, "float32")
    real, imaginary = ops.ifft2((real * mask, imaginary * mask))
    half = ops.rfft(x)
    return real, imaginary, ops.irfft(half), *ops.fft((x, 2 * x))


def parts_by_key(x):
    return (
        ops.get_item(x, 1),
        ops.get_item(x, (slice(None), 2)),
        ops.get_item(x, (slice(0, 2), slice(None, None, 2), -1)),
        ops.get_item(x, (..., None)),
    )


def over_rows(x, y):
    return ops.vdot(x, y), ops.fold(ops.unfold(x[None, None], 2), (3, 4), 2)


def running(x):
    return ops.associative_scan(lambda a, b: a + b, x)


def complex_numbers(x):
    z = ops.view_as_complex(x)
    return ops.view_as_real(z * z), ops.view(x, "int32")


def unit_rows(x):
    return (
        ops.normalize(x),
        ops.normalize(0 * x, axis=0),
        ops.layer_normalization(x),
        ops.layer_normalization(x, ops.ones(4), ops.ones(4), epsilon=1e-3),
        ops.rms_normalization(x),
        ops.sparsemax(x),
        ops.multi_hot(ops.argmax(x, axis=-1), 5),
        ops.saturate_cast(200 * x, "uint8"),
    )


def adaptive(x):
    pooled = keras.layers.AdaptiveAveragePooling2D((3, 4))(x)
    return pooled, ops.adaptive_max_pool(x, 2), keras.layers.AdaptiveMaxPooling2D(3)(x)


def losses_of_values(y_true, y_pred, weights):
    losses = [
        keras.losses.MeanSquaredError(),
        keras.losses.MeanAbsoluteError(reduction="sum"),
        keras.losses.MeanAbsolutePercentageError(),
        keras.losses.MeanSquaredLogarithmicError(),
        keras.losses.Huber(delta=0.5),
        keras.losses.LogCosh(),
        keras.losses.CosineSimilarity(axis=0),
        keras.losses.Hinge(),
        keras.losses.SquaredHinge(),
        keras.losses.CategoricalHinge(),
        keras.losses.Poisson(reduction="none"),
    ]
    y_pred = ops.abs(y_pred)
    return [loss(y_true, y_pred) for loss in losses] + [losses[0](y_true, y_pred, weights)]


def losses_of_classes(classes, scores, weights):
    hot = ops.one_hot(classes, 4)
    scores = scores / ops.sum(scores, axis=-1, keepdims=True)
    return (
        keras.losses.SparseCategoricalCrossentropy()(classes, scores, sample_weight=weights),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1)(hot, scores),
        keras.losses.CategoricalFocalCrossentropy(gamma=1.5)(hot, scores),
        keras.losses.CategoricalFocalCrossentropy(from_logits=True, reduction=None)(hot, scores),
        keras.losses.CategoricalGeneralizedCrossEntropy(q=0.3)(classes, scores),
        keras.losses.KLDivergence()(hot, scores),
    )


def losses_of_masks(y_true, y_pred, weights):
    y_true = ops.cast(y_true, "float32")
    return (
        keras.losses.BinaryCrossentropy()(y_true, y_pred),
        keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True)(y_true, y_pred),
        keras.losses.BinaryFocalCrossentropy(from_logits=True, gamma=3, alpha=0.4)(y_true, y_pred),
        keras.losses.Dice()(y_true, y_pred),
        keras.losses.Dice(axis=(1,))(y_true, y_pred),
        keras.losses.Tversky(alpha=0.3, beta=0.7)(y_true, y_pred),
        keras.losses.Tversky(axis=1, reduction="none")(y_true, y_pred),
    )


def losses_by_name(y_true, y_pred):
    names = ["mse", "mean_absolute_error", "KLDivergence", "binary_crossentropy", "Huber", "dice"]
    return [keras.losses.get(name)(y_true, y_pred) for name in names]


def circles(classes, embeddings):
    embeddings = ops.normalize(embeddings)
    return (
        keras.losses.Circle(gamma=4.0)(classes, embeddings),
        keras.losses.Circle(gamma=4.0, reduction="none")(classes, embeddings),
        keras.losses.circle(classes, embeddings, gamma=3.0, remove_diagonal=False),
    )


def reductions(y_true, y_pred, weights):
    """Weights of examples, also where losses have as many columns as there are examples."""
    found = []
    for reduction in ("sum", "mean", "sum_over_batch_size", "mean_with_sample_weight", None):
        loss = keras.losses.MeanSquaredError(reduction=reduction)
        found += [loss(y_true, y_pred), loss(y_true, y_pred, weights)]
        found.append(loss(y_true[..., None], y_pred[..., None], weights))
        found.append(loss(y_true[..., None], y_pred[..., None], weights[:, None]))
    return found


class Scaled(keras.losses.Loss):
    """Differences times a factor."""

    def __init__(self, factor=2.0, name="scaled", **kwargs):
        super().__init__(name=name, **kwargs)
        self.factor = factor

    def call(self, y_true, y_pred):
        return self.factor * ops.mean(ops.abs(y_true - y_pred), axis=-1)


class Exponential(keras.Loss):
    def call(self, y_true, y_pred):
        return ops.sum(ops.exp(-ops.square(y_true - y_pred)), axis=-1)


def own_losses(y_true, y_pred, weights):
    return (
        Scaled()(y_true, y_pred),
        Scaled(0.5, reduction="sum")(y_true, y_pred, sample_weight=weights),
        Exponential(reduction="none")(y_true, y_pred),
        Exponential()(ops.cast(y_true, "int32"), y_pred),
    )


def gathered(metrics, *values):
    """Results after one batch, after two, and after a reset."""
    found = []
    for metric in metrics:
        metric.update_state(*values)
        found.append(metric.result())
        metric.update_state(*[value[:2] for value in values])
        found.append(metric.result())
        metric.reset_state()
        found.append(metric(*values))
    return found


def metrics_of_values(y_true, y_pred, weights):
    def metrics():
        return [
            keras.metrics.MeanSquaredError(),
            keras.metrics.MeanAbsoluteError(name="mae"),
            keras.metrics.RootMeanSquaredError(),
            keras.metrics.MeanAbsolutePercentageError(),
            keras.metrics.MeanSquaredLogarithmicError(),
            keras.metrics.LogCoshError(),
            keras.metrics.Poisson(),
            keras.metrics.CosineSimilarity(axis=1),
            keras.metrics.Hinge(),
            keras.metrics.SquaredHinge(),
            keras.metrics.CategoricalHinge(),
            keras.metrics.Accuracy(),
            keras.metrics.MeanMetricWrapper(keras.losses.huber, name="huber"),
        ]

    y_pred = ops.abs(y_pred)
    return gathered(metrics(), y_true, y_pred) + gathered(metrics(), y_true, y_pred, weights)


def metrics_of_classes(classes, scores, weights):
    hot = ops.one_hot(classes, 4)
    dense = [
        keras.metrics.CategoricalAccuracy(),
        keras.metrics.TopKCategoricalAccuracy(k=2),
        keras.metrics.CategoricalCrossentropy(label_smoothing=0.1),
        keras.metrics.KLDivergence(),
        keras.metrics.F1Score(),
        keras.metrics.F1Score("micro", threshold=0.3),
        keras.metrics.FBetaScore(average="weighted", beta=2.0),
        keras.metrics.FBetaScore(average="macro", beta=0.5, threshold=0.25),
    ]
    sparse = [
        keras.metrics.SparseCategoricalAccuracy(),
        keras.metrics.SparseTopKCategoricalAccuracy(2),
        keras.metrics.SparseCategoricalCrossentropy(from_logits=True),
    ]
    found = gathered(dense, hot, scores, weights) + gathered(dense, hot, scores)
    return found + gathered(sparse, classes, scores)


def metrics_of_masks(y_true, y_pred, weights, examples):
    def metrics():
        return [
            keras.metrics.BinaryAccuracy(),
            keras.metrics.BinaryCrossentropy(),
            keras.metrics.Precision(),
            keras.metrics.Recall(thresholds=0.3),
            keras.metrics.TruePositives(),
            keras.metrics.FalsePositives(0.4),
            keras.metrics.TrueNegatives(),
            keras.metrics.FalseNegatives(),
        ]

    y_true = ops.cast(y_true, "float32")
    found = gathered(metrics(), y_true, y_pred) + gathered(metrics()[2:], y_true, y_pred, weights)
    return found + gathered(metrics(), y_true, y_pred, examples)


def averages(x, y, weights):
    """Batches of unlike sizes count by their examples."""
    mean, total = keras.metrics.Mean(), keras.metrics.Sum()
    for metric in (mean, total):
        metric.update_state(x)
        metric.update_state(y)
    found = [mean.result(), total.result()]
    for metric in (mean, total):
        metric.reset_state()
        metric.update_state(x, sample_weight=weights)
        metric.update_state(y)
        metric.update_state(3.0)
    return [*found, mean.result(), total.result()]


def draws(logits):
    """Random numbers, whose means and spreads are those of their distributions."""
    return (
        keras.random.gamma((4000,), 3.0, seed=1),
        keras.random.beta((4000,), 2.0, 6.0),
        keras.random.binomial((4000,), 8.0, 0.25),
        keras.random.randint((4000,), -2, 3),
        keras.random.truncated_normal((4000,), mean=1.0, stddev=2.0),
        ops.cast(keras.random.categorical(logits, 4000), "float32")[0],
    )


def orders(x):
    return keras.random.shuffle(x), keras.random.shuffle(x, axis=1)


def scalar_losses(x, y):
    """Losses whose gradients are compared."""
    return (
        Scaled()(y, x)
        + keras.losses.Circle(gamma=4.0)(ops.argmax(y, axis=-1), ops.normalize(x))
        + keras.losses.Tversky()(y > 0, ops.sigmoid(x))
        + keras.losses.BinaryFocalCrossentropy(from_logits=True)(y > 0, x)
        + keras.losses.CategoricalFocalCrossentropy()(ops.softmax(y), ops.softmax(x))
        + keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")(y, x, ops.abs(y[:, 0]))
    )


def scalar_norms(x, y):
    normal = ops.rms_normalization(x) + ops.layer_normalization(x, axis=0) + ops.sparsemax(x)
    return ops.vdot(normal + ops.normalize(x, order=1) + ops.normalize(x), y) + ops.nanprod(x)


def scalar_spectra(x, y):
    real, imaginary = ops.fft2((x, y))
    frames = ops.stft(ops.reshape(x, (-1,)), 8, 4, 8)[0]
    return (
        ops.mean(ops.square(real)) + ops.sum(imaginary) + ops.sum(frames) + ops.sum(ops.rfft(x)[1])
    )


def scalar_images(x, y):
    image = ops.reshape(x, (1, 6, 4, 1))
    edges = ops.image.sobel_edges(image)[..., 0]
    places = ops.stack([2 * y[0], 2 * y[1]])
    return ops.sum(ops.image.gaussian_blur(image) * edges) + ops.sum(
        ops.image.map_coordinates(x, places, 1)
    )


def scalar_directions(x, y):
    value, along = ops.jvp(lambda a: ops.sum(ops.square(a) * y), (x,), (y,))
    return value + along
