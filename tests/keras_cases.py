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
    "spectrogram(f(2, 400))",
    "low_pass(f(2, 8, 6))",
    "parts_by_key(f(3, 4, 5))",
    "over_rows(f(3, 4), f(3, 4))",
    "running(f(5, 2))",
    "complex_numbers(f(3, 4, 2))",
    "unit_rows(f(3, 4))",
    "adaptive(f(2, 7, 8, 3))",
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
