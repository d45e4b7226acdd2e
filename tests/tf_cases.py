"""TensorFlow functions in the style of real libraries, and calls of them over seeded arrays."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K

CALLS = (
    "upsample(f(2, 4, 5, 3))",
    "merge_heads(f(2, 3, 4, 5))",
    "masked_mean(f(2, 3, 4), b(2, 3, 4))",
    "gaussian_nll(f(3, 4), f(3, 8))",
    "bilinear(f(3, 4), f(5, 4))",
    "batched_bilinear(f(2, 3, 4), f(2, 5, 4))",
    "positional(6, 8)",
    "topk_mask(f(3, 7), 2)",
    "put_true(b(5))",
    "count_up(5)",
    "focal(b(3, 4), u(3, 4))",
    "iou(u(2, 5, 5, 1), u(2, 5, 5, 1))",
    "attention(f(2, 3, 4), f(2, 5, 4), f(2, 5, 4), b(2, 5))",
    "box_area(f(4, 4))",
    "label_smoothing(n(6), 5)",
    "weighted_loss(n(6), f(6, 4), u(6))",
    "squeeze_excite(f(2, 4, 5, 6), f(6, 2), f(2, 6))",
    "sinusoid(f(9))",
    "rank_normalize(f(3, 5))",
    "gather_rows(f(3, 4, 2), n(3))",
    "pairwise(f(4, 3), f(5, 3))",
    "pad_and_shift(f(3, 4))",
    "power_spectrum(f(64))",
    "same_convolution(f(2, 7, 6, 3), f(3, 3, 3, 4))",
    "crossentropies(n(6), f(6, 4))",
    "integer_statistics()",
    "running_total(f(6))",
    "branching(f(3))",
    "branching(f(3) + 5)",
    "rows_scaled(f(4, 3))",
    "image_terms(u(2, 16, 16, 3), u(2, 16, 16, 3))",
    "ssim_loss(u(2, 16, 16, 3), u(2, 16, 16, 3))",
    "mse(f(3, 4), f(3, 4))",
    "Scaler(2.0)(f(3))",
    "metric_pair(n(6), u(6, 8))",
    "segments(f(6, 2), n(6))",
    "clipped(f(3, 4))",
    "moments_of(f(2, 3, 4))",
    "triangle(f(4, 4))",
    "strided(f(6, 5))",
    "dense(f(3, 4), f(4, 2), f(2))",
    "pooled(f(2, 7, 6, 3))",
    "versioned(f(3, 4))",
    "contracted(f(3, 4), f(4, 5))",
)


def upsample(x, factor: int = 2):
    shape = tf.shape(x)
    size = shape[1:3] * factor
    return tf.image.resize(x, size, method="nearest")


def merge_heads(x):
    b, h, s, d = tf.unstack(tf.shape(x))
    x = tf.transpose(x, perm=[0, 2, 1, 3])
    return tf.reshape(x, tf.concat([tf.shape(x)[:-2], [h * d]], axis=0))


def masked_mean(x: tf.Tensor, mask: tf.Tensor, axis=-1):
    mask = tf.cast(mask, x.dtype)
    count = tf.reduce_sum(mask, axis=axis)
    return tf.math.divide_no_nan(tf.reduce_sum(x * mask, axis), count)


@tf.function(jit_compile=True)
def gaussian_nll(y_true, y_pred):
    mean, log_var = tf.split(y_pred, 2, axis=-1)
    with tf.name_scope("nll"):
        precision = tf.exp(-log_var)
        loss = 0.5 * tf.reduce_mean(precision * tf.square(y_true - mean) + log_var)
    return loss


def bilinear(a, b):
    n = tf.cast(tf.shape(a)[0], tf.float32)
    if a.shape.rank == 2 and a.dtype.is_floating:
        return tf.matmul(a, b, transpose_b=True) / n
    return a


def batched_bilinear(a, b):
    return tf.einsum("bij,bkj->bik", a, b) + tf.linalg.matmul(a, tf.linalg.matrix_transpose(b))


def positional(length, depth):
    positions = tf.range(length)[:, tf.newaxis]
    depths = tf.range(depth)[tf.newaxis, :] / depth
    rates = 1 / (10000 ** tf.cast(depths, tf.float32))
    angles = tf.cast(positions, tf.float32) * rates
    return tf.concat([tf.sin(angles), tf.cos(angles)], axis=-1)


def topk_mask(x, k):
    values, indices = tf.math.top_k(x, k=k)
    return tf.where(x >= values[..., -1:], x, tf.zeros_like(x)), tf.cast(indices, tf.float32)


def put_true(keep):
    return tf.tensor_scatter_nd_update(keep, [[1], [3]], [True, True])


def count_up(n):
    i, total = tf.while_loop(
        lambda i, s: i < n, lambda i, s: (i + 1, s + i), [tf.constant(0), tf.constant(0)]
    )
    return total


def focal(y_true, y_pred, gamma=2.0):
    y_pred = K.clip(y_pred, K.epsilon(), 1.0 - K.epsilon())
    pt = tf.where(y_true, y_pred, 1 - y_pred)
    return -K.sum(K.pow(1.0 - pt, gamma) * K.log(pt))


def iou(y_true, y_pred, smooth=1.0):
    axes = [1, 2, 3]
    intersection = K.sum(K.abs(y_true * y_pred), axis=axes)
    union = K.sum(y_true, axis=axes) + K.sum(y_pred, axis=axes) - intersection
    return K.mean((intersection + smooth) / (union + smooth), axis=0)


def attention(query, key, value, mask):
    scale = tf.math.rsqrt(tf.cast(tf.shape(key)[-1], tf.float32))
    scores = tf.matmul(query, key, transpose_b=True) * scale
    scores += (1.0 - tf.cast(mask, tf.float32)[:, tf.newaxis, :]) * -1e9
    weights = tf.nn.softmax(scores, axis=-1)
    return tf.matmul(weights, value)


def box_area(boxes):
    y_min, x_min, y_max, x_max = tf.split(value=boxes, num_or_size_splits=4, axis=1)
    return tf.squeeze((y_max - y_min) * (x_max - x_min), [1])


def label_smoothing(labels, classes, amount=0.1):
    hot = tf.one_hot(labels, classes, on_value=1.0 - amount, off_value=amount / (classes - 1))
    return tf.reverse(hot, axis=[-1])


def weighted_loss(labels, logits, weights):
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss *= weights
    return tf.reduce_sum(loss) / tf.maximum(tf.reduce_sum(weights), 1.0)


def squeeze_excite(x, w1, w2):
    squeezed = tf.reduce_mean(x, axis=[1, 2])
    gate = tf.nn.sigmoid(tf.nn.swish(squeezed @ w1) @ w2)
    return x * gate[:, tf.newaxis, tf.newaxis, :]


def sinusoid(x):
    return tf.stack([tf.sin(x), tf.math.cos(x)], axis=1) + tf.constant(np.pi, dtype=tf.float32)


def rank_normalize(x):
    order = tf.argsort(x, axis=-1, direction="DESCENDING")
    ordered = tf.gather(x, order, axis=-1, batch_dims=1)
    return ordered - tf.reduce_max(x, axis=-1, keepdims=True)


def gather_rows(x, indices):
    batch = tf.range(tf.shape(x)[0])
    return tf.gather_nd(x, tf.stack([batch, tf.cast(indices, tf.int32)], axis=1))


def pairwise(a, b):
    squares = tf.reduce_sum(tf.square(a), 1, keepdims=True) + tf.reduce_sum(tf.square(b), 1)
    return tf.sqrt(tf.maximum(squares - 2 * tf.matmul(a, b, False, True), 1e-12))


def pad_and_shift(x):
    padded = tf.pad(x, [[1, 0], [0, 2]], constant_values=-1.0)
    return tf.roll(padded, shift=1, axis=0), tf.pad(x, [[1, 1], [2, 2]], mode="REFLECT")


def power_spectrum(signal):
    frames = tf.signal.stft(signal, frame_length=16, frame_step=8)
    return tf.math.log(tf.abs(frames) ** 2 + 1e-6)


def same_convolution(x, kernel):
    y = tf.nn.conv2d(x, kernel, strides=[1, 2, 2, 1], padding="SAME")
    return tf.nn.leaky_relu(tf.nn.bias_add(y, tf.ones([4])))


def crossentropies(labels, logits):
    sparse = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    hot = tf.one_hot(labels, 4)
    dense = keras.losses.categorical_crossentropy(hot, tf.nn.softmax(logits), label_smoothing=0.1)
    return (
        sparse + dense,
        keras.losses.huber(hot, logits),
        keras.losses.kld(hot, tf.nn.softmax(logits)),
    )


def integer_statistics():
    values = tf.constant([1, 2, 4])
    return tf.reduce_mean(values), tf.reduce_sum(values), values // 2, tf.argmax(values)


def running_total(x):
    return tf.cumsum(x, exclusive=True), tf.math.cumprod(x, reverse=True)


def branching(x):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: x * 2, lambda: x - 1)


def rows_scaled(x):
    return tf.map_fn(lambda row: row / tf.norm(row), x), tf.vectorized_map(lambda row: row * 2, x)


def image_terms(a, b):
    grey = tf.image.rgb_to_grayscale(a)
    small = tf.image.resize(b, (9, 11))
    return (
        tf.image.total_variation(grey),
        tf.image.psnr(a, b, max_val=1.0),
        tf.image.adjust_contrast(small, 2.0),
    )


def ssim_loss(a, b):
    return 1 - tf.reduce_mean(tf.image.ssim(a, b, 1.0))


def mse(y_true, y_pred, loss_fn=keras.losses.mse):
    return loss_fn(y_true, y_pred)


class Scaler:
    def __init__(self, scale, dtype=tf.float32):
        self.scale = tf.constant(scale, dtype=dtype)

    def __call__(self, x):
        if isinstance(x, tf.Tensor):
            return x * self.scale
        return tf.convert_to_tensor(x, tf.float32) * self.scale


def metric_pair(labels, scores):
    best = keras.metrics.sparse_categorical_accuracy(labels, scores)
    return best, keras.metrics.sparse_top_k_categorical_accuracy(labels, scores, k=3)


def segments(x, ids):
    return tf.math.unsorted_segment_sum(x, ids, num_segments=4), tf.math.unsorted_segment_max(
        x, ids, 4
    )


def clipped(x):
    scaled, norm = tf.clip_by_global_norm([x, 2 * x], 1.0)
    return (
        scaled[0],
        norm,
        tf.clip_by_norm(x, 0.5),
        tf.nn.l2_normalize(x, axis=1),
        tf.clip_by_value(x, -0.5, 0.5),
    )


def moments_of(x):
    mean, variance = tf.nn.moments(x, axes=[0, 1], keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3), tf.math.reduce_std(
        x, axis=0
    )


def triangle(x):
    lower = tf.linalg.band_part(x, -1, 0)
    return tf.linalg.set_diag(lower, tf.ones(4)), tf.linalg.diag_part(x), tf.linalg.trace(x)


def strided(x):
    return (
        x[::2, 1:],
        tf.slice(x, [1, 0], [3, -1]),
        tf.boolean_mask(x, x[:, 0] > 0),
        x[..., tf.newaxis],
    )


def dense(x, w, b, activation=tf.nn.relu):
    return activation(K.dot(x, w) + b)


def pooled(x):
    return tf.nn.max_pool2d(x, 3, 2, "SAME"), tf.nn.avg_pool2d(
        x, ksize=2, strides=2, padding="SAME"
    )


def versioned(x):
    if tf.__version__ >= "2.0.0" and not K.is_sparse(x):
        x = tf.nn.relu(x)
    return {"rank" + str(len(x.shape)): x}["rank2"]


def contracted(x, y, axes=(1, 0)):
    return (
        tf.tensordot(x, y, axes=(-1, 0)),
        tf.tensordot(x, y, [[1], [0]]),
        tf.tensordot(x, y, 1),
        tf.tensordot(x, y, axes=axes),
    )
